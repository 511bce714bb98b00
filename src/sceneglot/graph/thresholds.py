"""Every number the relations use, in one frozen dataclass."""

# ruff: noqa: RUF009  (Limit is an immutable tuple: safe as a default)
from __future__ import annotations

from dataclasses import dataclass, fields
from math import isfinite
from numbers import Real
from typing import NamedTuple

from sceneglot.errors import SceneglotError


class Limit(NamedTuple):
    """A threshold with a grey zone, metres.

    A relation is *asserted* up to `sure` and *denied* beyond `maybe`; between the two, people disagree, so the
    language neither claims nor excludes it. For lower limits ("at least") `sure` is the larger of the two.
    """

    sure: float
    maybe: float


@dataclass(frozen=True)
class Thresholds:
    """Thresholds of all relations, metres unless a comment says share (of an extent) or slope (tangent of an angle).

    Starting points: Sr3D's generator (contact 0.15, vertical gap 0.06, runner-up gap 0.2) and SceneVerse (near / far,
    aligned 0.065, corner and centre), see the docstring of each rule for what was changed and why.

    Attributes:
        contact: vertical distance between a supported thing's underside and its supporter's top.
        support_cover: share of the supported thing's extent that must lie over its supporter, per axis.
        support_area: the supporter's footprint may be smaller than the thing's by this factor (share).
        settle: how far above the underside of a bed, sofa or desk box a thing must start to rest on its surface
            (the box ends at headboard, back rest or hutch).
        surface_reach: how far below the top of a desk's box a thing that rests within it may end.
        support_order: how far below its supporter's centre a thing's centre may lie.
        parent_overlap, parent_drop: horizontal gap, and depth below its underside, up to which a supporter that the
            source names is believed.
        inside_cover: share of a contained thing's extent inside its container, per axis.
        rim: how far below a container's top a thing must start to be in it.
        container_floor: how far below a container's underside a thing in it may start.
        inside_top: how far above a container's top a thing inside it may end.
        embed_depth: how far above a counter's top a thing built into it may start.
        on_floor: height above the floor up to which a thing stands on it.
        under_floor: difference of undersides up to which a thing stands beneath a table.
        under_top: how far below the top of a table's box a thing beneath it ends.
        wall_gap: gap to a wall up to which a thing is against it or hangs on it.
        hang_height: height of the underside above the floor from which an unsupported thing hangs.
        ceiling_gap, ceiling_rise: gap to the ceiling, and height above the floor, of a thing that hangs from it.
        wall_thickness: wall boxes thicker than this are slanted walls, whose box does not tell where the wall is.
        side_gap: how near the side of the room's extent a thing must end to testify to a wall there.
        vertical_gap: gap from which one thing is above another.
        vertical_reach: gap up to which people still say "above".
        vertical_cover: share of the narrower extent that overlaps on the wider-overlapping axis.
        vertical_slack: horizontal gap tolerated on the other axis, of things that hang (a picture above a bed off the
            wall); others must overlap.
        higher_gap: vertical gap of "higher than".
        higher_reach: horizontal gap up to which heights are compared.
        adjacent, next_to, close: horizontal gaps of the three words.
        stacked: overlap on both axes from which things are over, not beside, each other.
        stacked_share: share of the extents of either, on both axes, from which the same is said.
        sprawl: extent on both axes from which a box may be that of an L or a U: what is within it, or near it, is not
            surely over or next to the thing itself.
        level: overlap in height that things next to each other share (negative: tolerated gap).
        beside_cover, beside_slack: share of the narrower side that faces the other thing for "beside", and by how much
            it may fall short.
        sector: slope by which the four direction sectors open.
        separation: how far two things may interpenetrate along a direction and still be left / right of each other.
        near: gap up to which it is "near to the left", beyond which "far to the left".
        side_reach, depth_reach: gap up to which left / right and in front / behind are asserted.
        viewer_distance: a viewer this close to the anchor's box faces it in no particular direction.
        runner_up: lead of the closest / farthest over the next candidate.
        front_sector, front_reach: slope (10 and 60 degrees) and depth of the sectors around an object with a front of
            its own (Sr3D: 10 degrees, 4 m and twice the object's size up to 1 m).
        between_cover: share of a thing's footprint inside the convex hull of the two anchors' footprints (Sr3D's
            numbers for targets and for those that must not be mistaken for them).
        between_depth: depth of a thing's centre in that hull which will do instead (a bed is wider than the
            nightstands it stands between); negative is outside.
        between_overlap: share of a thing's footprint that may lie over an anchor's.
        between_reach: gap between a thing and either anchor up to which the graph lists triples.
        aligned_area: difference in footprint area, square metres.
        aligned: difference in height and in one horizontal coordinate.
        aligned_reach: gap between neighbours in a row.
        corner: gap to both walls of a corner.
        corner_join: gap up to which two walls meet.
        corner_reach: how far both go on from where they meet on the side of a thing in their corner. Else it is
            outside: round the corner of a closet, or beside the end of a stub.
        corner_size: share of the room's extent from which a thing is too large for a corner.
        center: horizontal distance to the centre of the room, as a share of half its extent.
        center_clear: gap to every wall of a thing in the middle.
        center_room: extent from which a room has a middle (a closet has none).
        facing_reach: gap up to which a front points at something.
        facing_level: gap in height up to which it does (a television on the wall, not a lamp at the ceiling).
        facing_ahead: how far ahead of a thing's centre what it faces must be.
        facing_aim: by how much the ray out of its front may miss the box.
    """

    contact: Limit = Limit(0.15, 0.25)
    support_cover: Limit = Limit(0.5, 0.2)  # share
    support_area: float = 1.5  # share
    settle: Limit = Limit(0.2, 0.1)
    surface_reach: Limit = Limit(0.0, 0.25)
    support_order: Limit = Limit(0.0, 0.1)
    parent_overlap: float = 0.02
    parent_drop: float = 0.05
    inside_cover: Limit = Limit(0.8, 0.5)  # share
    rim: Limit = Limit(0.05, 0.0)
    container_floor: Limit = Limit(0.02, 0.2)
    inside_top: Limit = Limit(0.0, 0.2)
    embed_depth: Limit = Limit(0.0, 0.1)
    on_floor: Limit = Limit(0.2, 0.35)
    under_floor: Limit = Limit(0.3, 0.45)
    under_top: Limit = Limit(0.05, -0.1)
    wall_gap: Limit = Limit(0.2, 0.4)
    hang_height: Limit = Limit(0.35, 0.2)
    ceiling_gap: Limit = Limit(0.25, 0.4)
    ceiling_rise: Limit = Limit(1.2, 1.0)
    wall_thickness: float = 0.5
    side_gap: float = 0.15
    vertical_gap: Limit = Limit(0.06, 0.0)
    vertical_reach: Limit = Limit(1.5, 2.5)
    vertical_cover: Limit = Limit(0.5, 0.1)  # share
    vertical_slack: Limit = Limit(0.2, 0.5)
    higher_gap: Limit = Limit(0.1, 0.0)
    higher_reach: Limit = Limit(1.5, 3.0)
    adjacent: Limit = Limit(0.12, 0.25)
    next_to: Limit = Limit(0.4, 0.7)
    close: Limit = Limit(1.0, 1.6)
    stacked: float = 0.3
    stacked_share: float = 0.5  # share
    sprawl: float = 1.8
    level: Limit = Limit(0.05, -0.3)
    beside_cover: Limit = Limit(0.5, 0.0)  # share
    beside_slack: Limit = Limit(0.0, 0.1)
    sector: Limit = Limit(0.577, 1.732)  # slope: 30 and 60 degrees
    separation: Limit = Limit(0.05, 0.3)
    near: Limit = Limit(0.8, 1.3)
    side_reach: float = 3.0
    depth_reach: float = 1.5
    viewer_distance: float = 0.3
    runner_up: float = 0.2
    front_sector: Limit = Limit(0.176, 1.732)  # slope
    front_reach: float = 5.0
    between_cover: Limit = Limit(0.51, 0.1)  # share
    between_depth: Limit = Limit(0.1, -0.4)
    between_overlap: Limit = Limit(0.1, 0.5)  # share
    between_reach: float = 1.5
    aligned_area: float = 0.065
    aligned: float = 0.065
    aligned_reach: float = 1.5
    corner: Limit = Limit(0.3, 0.7)
    corner_join: float = 0.3
    corner_reach: float = 0.3
    corner_size: float = 0.5  # share
    center: Limit = Limit(0.25, 0.45)  # share
    center_clear: float = 0.5
    center_room: float = 2.0
    facing_reach: Limit = Limit(2.5, 4.0)
    facing_level: Limit = Limit(0.4, 1.0)
    facing_ahead: Limit = Limit(0.1, -0.3)
    facing_aim: Limit = Limit(0.0, 0.4)

    def __post_init__(self) -> None:
        for spec in fields(self):
            value = getattr(self, spec.name)
            wanted = 2 if isinstance(spec.default, Limit) else 1
            numbers = value if isinstance(value, tuple) else (value,)
            if len(numbers) != wanted or not all(isinstance(x, Real) and isfinite(x) for x in numbers):
                expected = "a Limit of two finite numbers" if wanted == 2 else "a finite number"
                raise SceneglotError(f"thresholds: {spec.name} must be {expected}, found {value!r}")
            # Compiled rules are built for floats; whole numbers would compile them anew.
            clean = [float(x) for x in numbers]
            object.__setattr__(self, spec.name, Limit(*clean) if wanted == 2 else clean[0])


DEFAULTS = Thresholds()
"""The thresholds used where none are given."""
