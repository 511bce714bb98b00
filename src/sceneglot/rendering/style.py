"""Style: how a picture of points looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sceneglot.errors import SceneglotError
from sceneglot.ops.raster import Splat

RGB = tuple[int, int, int]
WHITE: RGB = (255, 255, 255)
BLACK: RGB = (0, 0, 0)


@dataclass(frozen=True)
class Style:
    """Options of `render`, `render_view` and `top_down`.

    Attributes:
        background: RGB of pixels that show nothing.
        splat: footprint of a point.
        splat_scale: splat radius over the distance to the third nearest point. At 1, random points on a surface leave
            4 % of it open, which hole filling closes.
        max_radius: largest splat radius as a part of the longer image side.
        smooth: average the colour over the points that share the visible surface (`ops.raster_finish.blend`); off,
            every pixel has exactly the colour of its point.
        fill_rounds: how many pixels wide half a hole may be that is closed with its neighbours' content; 0 fills none.
        ceiling: "auto" drops the ceiling where the camera is above it, "keep" never, a number drops points above it
            (metres).
        cut_walls: drop walls between an outside camera and the room.
        paint: what points are coloured by. "auto" takes their colours; without those the height as hue, dimmed by the
            strength of the laser return or by the normals' slant where they are known. "intensity" is grey.
        shade: "auto" darkens by relief where the scene has no colour, "relief" anywhere, "none" nowhere.
    """

    background: RGB = WHITE
    splat: Splat = "round"
    splat_scale: float = 1.0
    max_radius: float = 0.06
    smooth: bool = True
    fill_rounds: int = 2
    ceiling: float | Literal["auto", "keep"] = "auto"
    cut_walls: bool = True
    paint: Literal["auto", "rgb", "height", "intensity", "normals"] = "auto"
    shade: Literal["auto", "none", "relief"] = "auto"

    def __post_init__(self) -> None:
        if self.splat not in ("round", "square"):
            raise SceneglotError(f"style: unknown splat {self.splat!r}, expected 'round' or 'square'")
        if not (self.splat_scale >= 0 and self.max_radius >= 0 and self.fill_rounds >= 0):
            raise SceneglotError("style: splat_scale, max_radius and fill_rounds must not be negative")
