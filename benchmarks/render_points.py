"""How fast are points turned into pictures with ids: numba, its torch twin and, where installed, Open3D, in one run.

200,000 points of a furnished room at 512 x 512, seen from outside (all points in view) and from inside; splat radius by
depth from the points' spacing. The twins must agree bit for bit or the run fails.

    python -m benchmarks.render_points [--points 200000] [--size 512] [--seconds 2] [--device cpu]

Open3D draws without a graphics card where Mesa's software Vulkan is installed (Debian: mesa-vulkan-drivers libvulkan1).

Two figures each: frames per second of one core, from the CPU time of one thread, which other work on the machine hardly
disturbs; and frames per second by the clock with all cores, which says something only on an idle machine. Measured
figures are in docs/rendering.md.
"""

from __future__ import annotations

import atexit
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
import tyro

from sceneglot.ops import raster, raster_torch
from sceneglot.rendering import Cloud, Style, inside_cameras, orbit_cameras, render_views
from sceneglot.scenes import Camera, Scene, Source

VIEWS = 8
PLAIN = Style(smooth=False, fill_rounds=0)
FILLED = Style(smooth=False)


@dataclass(frozen=True)
class Options:
    """Options of the benchmark: points, image side (pixels), seconds per measurement, device of the torch twin."""

    points: int = 200_000
    size: int = 512
    seconds: float = 2.0
    device: str = "cpu"


def main(options: Options) -> None:
    """Measure and print one table."""
    torch.set_num_threads(1)
    scene = room(options.points)
    cloud = Cloud.of(scene)
    size = (options.size, options.size)
    print(f"{len(scene)} points, {size[0]} x {size[1]}, {raster.default_threads()} cores, torch on {options.device}")
    print(f"{'case':28s} {'method':36s} {'one core':>9s} {'all cores':>9s}  frames/s")
    for case, cameras in (
        ("from outside, all in view", orbit_cameras(scene, VIEWS, size=size, plan=cloud.plan)),
        ("from inside", inside_cameras(scene, VIEWS, size=size, plan=cloud.plan)),
    ):
        methods = {
            "ids + depth": lambda threads, c=cameras: splat_numba(cloud, c, size, threads),
            "ids + depth + colour": lambda threads, c=cameras: render_views(cloud, c, style=PLAIN, threads=threads),
            "the same, holes filled": lambda threads, c=cameras: render_views(cloud, c, style=FILLED, threads=threads),
            "the same, colours blended (default)": lambda threads, c=cameras: render_views(cloud, c, threads=threads),
            f"torch twin on {options.device}, ids + depth": lambda _, c=cameras: splat_torch(
                cloud, c, size, options.device
            ),
        }
        ours, twin = splat_numba(cloud, cameras, size, None), splat_torch(cloud, cameras, size, options.device)
        if not (np.array_equal(ours[0], twin[0]) and np.array_equal(ours[1], twin[1])):
            raise SystemExit("the twins differ")
        if find_spec("open3d"):
            methods["Open3D offscreen, colour only"] = open3d_frames(scene, cameras)
        for name, method in methods.items():
            alone = speed(lambda m=method: m(1), options.seconds, time.process_time)
            together = speed(lambda m=method: m(None), options.seconds, time.perf_counter)
            print(f"{case:28s} {name:36s} {alone:9.1f} {together:9.1f}")


def room(points: int, seed: int = 0) -> Scene:
    """Random points, evenly spread over the inside of a 7 x 5 x 2.7 m room and over 18 boxes in it."""
    rng = np.random.default_rng(seed)
    size = rng.uniform(0.4, 1.6, (18, 3)) * (1, 1, 0.7)
    corner = rng.uniform((0.2, 0.2, 0), (5.2, 3.2, 0.01), (18, 3))
    low = np.concatenate([[(0, 0, 0)], corner])
    extent = np.concatenate([[(7, 5, 2.7)], size])
    x, y, z = extent.T
    areas = np.stack([y * z, y * z, x * z, x * z, x * y, x * y], 1)
    face = rng.choice(areas.size, points, p=(areas / areas.sum()).ravel())
    box, side = face // 6, face % 6
    where = rng.random((points, 3))
    where[np.arange(points), side // 2] = side % 2
    xyz = low[box] + where * extent[box] + rng.normal(0, 0.004, (points, 3))
    rgb = (rng.integers(60, 220, (19, 3))[box] * (0.7 + 0.05 * side)[:, None]).astype(np.uint8)
    return Scene(id="room", xyz=xyz.astype(np.float32), rgb=rgb, source=Source("benchmark"))


def splat_numba(cloud: Cloud, cameras: list[Camera], size: tuple[int, int], threads: int | None) -> tuple:
    """Ids and depth of all cameras with the compiled kernels."""
    poses = np.stack([c.pose for c in cameras])
    intrinsics = np.array([(c.fx, c.fy, c.cx, c.cy) for c in cameras])
    limits = (0.5, 0.06 * size[0])
    drawn = cloud.drawn
    return raster.rasterize(
        drawn.xyz, poses, intrinsics, size,
        spacing=drawn.spacing, index=drawn.order, radius_range=limits, threads=threads,
    )  # fmt: skip


def splat_torch(cloud: Cloud, cameras: list[Camera], size: tuple[int, int], device: str) -> tuple:
    """The same with the torch twin, results on the host."""
    width = np.empty_like(cloud.drawn.spacing)
    width[cloud.drawn.order] = cloud.drawn.spacing  # the scene's own order
    xyz, spacing = (torch.from_numpy(a).to(device) for a in (cloud.scene.xyz, width))
    ids, depths = [], []
    for c in cameras:
        uv, depth, radius = raster_torch.project(
            xyz, torch.from_numpy(c.pose), (c.fx, c.fy, c.cx, c.cy), spacing=spacing, radius_range=(0.5, 0.06 * size[0])
        )
        point, nearest = raster_torch.splat(uv, depth, radius, size)
        ids.append(point.cpu().numpy())
        depths.append(nearest.cpu().numpy())
    return np.stack(ids), np.stack(depths)


def open3d_frames(scene: Scene, cameras: list[Camera]) -> Callable[[int | None], None]:
    """Draws the same points from the same cameras with Open3D's offscreen renderer, on as many cores as it takes."""
    import open3d

    height, width = cameras[0].height, cameras[0].width
    renderer = open3d_renderer(width, height)
    renderer.scene.clear_geometry()
    cloud = open3d.geometry.PointCloud(open3d.utility.Vector3dVector(scene.xyz.astype(np.float64)))
    cloud.colors = open3d.utility.Vector3dVector(scene.rgb / 255.0)
    material = open3d.visualization.rendering.MaterialRecord()
    material.shader, material.point_size = "defaultUnlit", 3.0
    renderer.scene.add_geometry("points", cloud, material)

    def frames(_: int | None) -> None:
        for c in cameras:
            matrix = np.array([[c.fx, 0, c.cx], [0, c.fy, c.cy], [0, 0, 1]])
            renderer.setup_camera(matrix, np.linalg.inv(c.pose), width, height)
            np.asarray(renderer.render_to_image())

    return frames


@cache
def open3d_renderer(width: int, height: int) -> Any:
    """One for the whole run: a second one, or one that still holds points at its end, brings Open3D 0.20 down."""
    import open3d

    renderer = open3d.visualization.rendering.OffscreenRenderer(width, height)
    atexit.register(renderer.scene.clear_geometry)
    return renderer


def speed(method: Callable[[], object], seconds: float, clock: Callable[[], float]) -> float:
    """Median frames per second of runs over all views within `seconds`, at least three, after one warm-up."""
    method()
    times: list[float] = []
    while len(times) < 3 or sum(times) < seconds:
        start = clock()
        method()
        times.append(clock() - start)
    return VIEWS / float(np.median(times))


if __name__ == "__main__":
    main(tyro.cli(Options))
