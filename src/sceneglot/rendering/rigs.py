"""Sets of cameras by name."""

from __future__ import annotations

from typing import Literal

from sceneglot.errors import SceneglotError
from sceneglot.rendering.cameras import Size, inside_cameras, orbit_cameras
from sceneglot.rendering.snap import snap_cameras
from sceneglot.rendering.survey import Survey, survey
from sceneglot.scenes.scene import Scene
from sceneglot.scenes.view import Camera

Rig = Literal["orbit", "inside", "mixed", "snap"]
"""Set of cameras: "orbit" around the room from outside, "inside" from its border over its middle, "mixed" in turn,
"snap" on the raised border of the room and in its middle towards its corners (24 views are the published number)."""


def scene_cameras(
    scene: Scene, views: int = 8, *, size: Size = (256, 256), rig: Rig = "orbit", plan: Survey | None = None
) -> list[Camera]:
    """`views` cameras of a rig; see `Rig`."""
    if views < 0:
        raise SceneglotError(f"views must not be negative, found {views}")
    plan = plan or survey(scene)
    if rig == "orbit":
        return orbit_cameras(scene, views, size=size, plan=plan)
    if rig == "inside":
        return inside_cameras(scene, views, size=size, plan=plan)
    if rig == "snap":
        return snap_cameras(scene, views, size=size, plan=plan)
    if rig == "mixed":
        outside = orbit_cameras(scene, (views + 1) // 2, size=size, plan=plan)
        inside = inside_cameras(scene, views // 2, size=size, plan=plan)
        return [(outside, inside)[k % 2][k // 2] for k in range(views)]
    raise SceneglotError(f"unknown rig {rig!r}: expected 'orbit', 'inside', 'mixed' or 'snap'")
