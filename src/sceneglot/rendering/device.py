"""Drawing on a GPU: the plain torch twins of `drawing`, and a Triton kernel for the z-buffer where there is one.

The points are copied to the device once; of every camera a mask goes there and the drawing comes back. Points and depth
are those of the compiled path bit for bit. Blended colours are sums in any order there, equal up to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.ops import raster_torch
from sceneglot.ops.dispatch import use_triton
from sceneglot.rendering.cloud import Cloud
from sceneglot.rendering.drawing import Drawing, radius_range, surface_depth
from sceneglot.rendering.style import Style
from sceneglot.scenes.view import Camera


@dataclass(frozen=True, eq=False)
class DevicePoints:
    """The drawn points of a cloud on a device, in the order they are drawn in.

    Attributes:
        order: (M,) int32, row k is the scene's point `order[k]`.
        xyz: (M, 3) float32 metres. color: (M, 3) float32 RGB. spacing: (M,) float32 metres; see `cloud.DrawnPoints`.
        scene_color: (N, 3) float32 RGB in the scene's own order.
    """

    order: Tensor
    xyz: Tensor
    color: Tensor
    spacing: Tensor
    scene_color: Tensor

    @classmethod
    def of(cls, cloud: Cloud, device: str) -> DevicePoints:
        """Copy them there.

        Raises:
            SceneglotError: there is no such device here, or it has no 64-bit numbers.
        """
        there, drawn = usable_device(device), cloud.drawn
        arrays = (drawn.order, drawn.xyz, drawn.color, drawn.spacing, cloud.color)
        return cls(*(torch.tensor(a, device=there) for a in arrays))


def usable_device(name: str) -> torch.device:
    """The device of that name, after trying it."""
    try:
        return torch.zeros(1, dtype=torch.float64, device=name).device
    except (RuntimeError, AssertionError, TypeError, NotImplementedError) as error:
        raise SceneglotError(
            f"device {name!r}: torch cannot compute with 64-bit numbers there; use cpu, or cuda where torch finds a GPU"
        ) from error


def draw_on_device(points: DevicePoints, camera: Camera, keep: np.ndarray, style: Style) -> Drawing:
    """Twin of `drawing.draw`; see there."""
    size = (camera.height, camera.width)
    kept = torch.tensor(keep, device=points.xyz.device)[points.order.long()]
    uv, depth, radius = raster_torch.project(
        points.xyz,
        torch.tensor(camera.pose),
        (camera.fx, camera.fy, camera.cx, camera.cy),
        orthographic=camera.projection == "orthographic",
        spacing=points.spacing * style.splat_scale,
        radius_range=radius_range(style, size),
        keep=kept,
    )
    point, nearest = _splat(uv, depth, radius, size, style, points.order)
    if style.smooth:
        color = raster_torch.blend(uv, depth, radius, points.color, nearest, surface_depth(points.spacing))
    else:
        color = torch.where(point[..., None] >= 0, points.scene_color[point.clamp_min(0).long()], 0.0)
    if style.fill_rounds:
        holes, sources = raster_torch.fill_holes(point, nearest, rounds=style.fill_rounds)
        for image in (point, nearest, color):
            flat = image.view(-1, *image.shape[2:])
            flat[holes] = flat[sources]
    return Drawing(*(image.cpu().numpy() for image in (point, nearest, color)))


def _splat(
    uv: Tensor, depth: Tensor, radius: Tensor, size: tuple[int, int], style: Style, order: Tensor
) -> tuple[Tensor, Tensor]:
    if use_triton(uv):
        from sceneglot.ops import raster_triton  # Triton is no dependency

        return raster_triton.splat(uv, depth, radius, size, shape=style.splat, index=order)
    return raster_torch.splat(uv, depth, radius, size, shape=style.splat, index=order)
