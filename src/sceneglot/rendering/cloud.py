"""Cloud: a scene made ready for drawing, so that many cameras share the work that depends on no camera."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import KDTree

from sceneglot.errors import SceneglotError
from sceneglot.ops.raster import spatial_order
from sceneglot.rendering.boxpoints import with_box_points
from sceneglot.rendering.shading import height_colors, intensity_levels, normal_colors
from sceneglot.rendering.style import Style
from sceneglot.rendering.survey import CEILING_CLASS, LOWEST_CEILING, SHELL_CLASSES, Survey, survey
from sceneglot.scenes.scene import Scene
from sceneglot.scenes.view import Camera

_CUT_UNKNOWN = 0.25
_CUT_TALL = 0.6
_CUT_TURNED = 1.2
_TALL = 1.2
_CUT_SHELL = 0.45
_FLOOR_BAND = 0.12


@dataclass(frozen=True, eq=False)
class DrawnPoints:
    """Points in an order in which neighbours in space follow one another, so that drawing stays in the cache.

    Attributes:
        order: (M,) int32, row k is the scene's point `order[k]`; points that are no numbers are missing.
        xyz: (M, 3) float32 metres. color: (M, 3) float32 RGB.
        spacing: (M,) float32 distance to the third nearest point, metres: how large a point has to be drawn.
    """

    order: np.ndarray
    xyz: np.ndarray
    color: np.ndarray
    spacing: np.ndarray

    @classmethod
    def of(cls, xyz: np.ndarray, color: np.ndarray) -> DrawnPoints:
        """Sort those points of (N, 3) that are numbers, and their colours, of (N, 3)."""
        finite = np.flatnonzero(np.isfinite(xyz).all(axis=1)).astype(np.int32)
        order = finite[spatial_order(xyz[finite])]
        xyz = np.ascontiguousarray(xyz[order], np.float32)
        return cls(order, xyz, color[order], point_spacing(xyz))


@dataclass(frozen=True, eq=False)
class Cloud:
    """The drawable points of a scene.

    Attributes:
        scene: the scene, or its boxes as points where it had none (`with_box_points`).
        finite: (N,) bool, False for points that are no numbers; they are never drawn.
        plan: its survey.
        color: (N, 3) float32 RGB.
        drawn: the points in the order they are drawn in; all other arrays are in the scene's own order.
        shell: (N,) bool, points of walls and what hangs on them; None where the scene has no labels.
        cell: (N, 2) int32 cell of the plan each point stands on.
    """

    scene: Scene
    finite: np.ndarray
    plan: Survey
    color: np.ndarray
    drawn: DrawnPoints
    shell: np.ndarray | None
    cell: np.ndarray

    @classmethod
    def of(cls, scene: Scene, style: Style | None = None) -> Cloud:
        """Prepare a scene; the style only decides the colours here."""
        style = style or Style()
        scene = with_box_points(scene)
        plan = survey(scene)
        given = scene.xyz
        finite = np.asarray(np.isfinite(scene.xyz).all(axis=1))
        if not finite.all():  # never drawn, but the arithmetic below wants numbers
            scene = replace(scene, xyz=np.where(finite[:, None], scene.xyz, plan.low.astype(np.float32)))
        color = point_colors(scene, plan, style)
        shell = None
        if scene.semantic is not None and (scene.semantic > 0).any():
            shell = np.isin(scene.semantic, SHELL_CLASSES)
        return cls(
            scene=scene,
            finite=finite,
            plan=plan,
            color=color,
            drawn=DrawnPoints.of(given, color),
            shell=shell,
            cell=plan.cells(scene.xyz[:, :2]),
        )

    def visible_parts(self, camera: Camera, style: Style) -> np.ndarray:
        """(N,) bool: points left after ceiling and near walls are cut away for this camera."""
        z = self.scene.xyz[:, 2]
        keep = self.finite.copy()
        above = camera.center[2] > self.plan.ceiling or camera.projection == "orthographic"
        if isinstance(style.ceiling, (int, float)):
            keep &= z <= style.ceiling
        elif style.ceiling == "auto" and above:
            keep &= z <= self.plan.ceiling
            if self.scene.semantic is not None:
                keep &= self.scene.semantic != CEILING_CLASS
            if self.scene.normal is not None:  # soffits and lower ceilings look down
                soffit = (z > self.plan.floor + LOWEST_CEILING) & (self.scene.normal[:, 2] < -0.5)
                keep &= ~(soffit if self.shell is None else soffit & self.shell)
        if style.cut_walls and camera.projection == "perspective":
            keep &= ~self._near_walls(camera.center)
        return keep

    def _near_walls(self, eye: np.ndarray) -> np.ndarray:
        """(N,) bool: wall points that an outside camera would have to look through.

        The line of sight enters the footprint at the near wall. Points reached soon after that entry hide the room.
        Where labels are known only walls and what hangs on them go, and walls that turn their back even deep inside
        (L-shaped rooms); where only oriented normals are known, points that turn their back; without either all of
        them. Above table height, without labels, the cut reaches deeper.
        """
        if not len(self.scene) or self.plan.holds(eye[:2])[0]:
            return np.zeros(len(self.scene), bool)
        way = self.plan.entered(eye[:2], max(_CUT_SHELL, _CUT_TALL, _CUT_TURNED))
        high = self.scene.xyz[:, 2] > self.plan.floor + _FLOOR_BAND
        way_of = way[self.cell[:, 0], self.cell[:, 1]]
        away = None
        if self.scene.normal is not None:
            away = np.einsum("nk,nk->n", self.scene.normal, self.scene.xyz - eye.astype(np.float32)) > 0
        if self.shell is not None:
            hidden = way_of < _CUT_SHELL
            return high & self.shell & (hidden if away is None else hidden | away)
        tall = self.scene.xyz[:, 2] > self.plan.floor + _TALL
        if away is not None:
            return high & away & (way_of < np.where(tall, _CUT_TURNED, _CUT_SHELL))
        return high & (way_of < np.where(tall, _CUT_TALL, _CUT_UNKNOWN))


def point_colors(scene: Scene, plan: Survey, style: Style) -> np.ndarray:
    """(N, 3) float32 RGB of the points as `style.paint` says.

    Raises:
        SceneglotError: the scene lacks what the style wants to paint it by.
    """
    if style.paint == "rgb" or (style.paint == "auto" and scene.has_color):
        return scene.rgb.astype(np.float32)
    if style.paint == "normals":
        if scene.normal is None:
            raise SceneglotError(f"scene {scene.id}: has no normals to paint it by; use --paint height")
        return normal_colors(scene.normal)
    if style.paint == "intensity":
        if scene.intensity is None:
            raise SceneglotError(f"scene {scene.id}: has no laser returns to paint it by; use --paint height")
        return np.repeat(30 + 200 * intensity_levels(scene.intensity)[:, None], 3, axis=1)
    color = height_colors(scene.xyz[:, 2], plan.floor, float(plan.high[2]))
    if style.paint == "height":
        return color
    if scene.intensity is not None:
        return color * (0.45 + 0.55 * intensity_levels(scene.intensity))[:, None]
    if scene.normal is not None:
        color *= 0.7 + 0.3 * np.abs(scene.normal @ np.array([0.36, 0.48, 0.8], np.float32))[:, None]
    return color


def point_spacing(xyz: np.ndarray) -> np.ndarray:
    """(N,) float32: distance to the third nearest other point, clipped to the upper 2 % (strays would become blobs)."""
    if len(xyz) < 5:
        return np.full(len(xyz), 0.02, np.float32)
    distance = KDTree(xyz).query(xyz, k=4, workers=-1)[0][:, 3].astype(np.float32)
    return np.minimum(distance, np.quantile(distance, 0.98).astype(np.float32))
