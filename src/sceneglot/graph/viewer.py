"""The viewer: who says "left"."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sceneglot.errors import SceneglotError


@dataclass(frozen=True)
class Viewer:
    """From where left, right, front and behind are judged; horizontal, world frame.

    Exactly one of three viewers:

    - `Viewer(position=(x, y))` stands at a point and **turns to face each anchor** before judging;
    - `Viewer(direction=(dx, dy))` looks along one direction, whatever the anchor;
    - `Viewer()` stands in the middle of the room (the default; `build_graph` fills in the position), so that text
      stays true when the whole scene is turned.

    For a gaze g the right hand is r = g x z. A thing is *right of* the anchor along +r, *left of* it along -r, *in
    front of* it along -g (between anchor and viewer) and *behind* it along +g. Front and left agree with one and the
    same person, unlike the released SceneVerse geometry, where they come from two opposite ones.
    """

    position: tuple[float, float] | None = None
    direction: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.position is not None and self.direction is not None:
            raise SceneglotError("viewer: give a position or a direction, not both")
        for name in ("position", "direction"):
            value = getattr(self, name)
            if value is None:
                continue
            if len(value) != 2 or not np.isfinite(value).all():
                raise SceneglotError(f"viewer: {name} must be two finite numbers, found {value!r}")
            object.__setattr__(self, name, (float(value[0]), float(value[1])))
        if self.direction is not None and np.hypot(*self.direction) < 1e-9:
            raise SceneglotError("viewer: direction must not be zero")

    @property
    def is_resolved(self) -> bool:
        """Whether a position or direction is known."""
        return self.position is not None or self.direction is not None

    def at(self, position: np.ndarray) -> Viewer:
        """This viewer, placed at `position` (2,) if it had no place yet."""
        return self if self.is_resolved else Viewer(position=(float(position[0]), float(position[1])))

    def gaze(self, anchors: np.ndarray) -> np.ndarray:
        """Where the viewer looks when facing each anchor.

        Args:
            anchors: (K, 2+) anchor centres, metres; only x and y are used.

        Returns:
            (K, 2) float64 unit vectors. An anchor exactly at the viewer's feet gives +y.
        """
        anchors = np.asarray(anchors, np.float64)[:, :2]
        if self.direction is not None:
            towards = np.broadcast_to(np.asarray(self.direction), anchors.shape)
        elif self.position is not None:
            towards = anchors - self.position
        else:
            raise SceneglotError("viewer: has no place yet; build_graph puts the default viewer in the room's middle")
        length = np.hypot(towards[:, 0], towards[:, 1])[:, None]
        return np.where(length > 1e-9, towards / np.maximum(length, 1e-9), (0.0, 1.0))

    def distance(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """(K,) horizontal distance of the viewer to each box, metres; infinite for a viewer without a place.

        Args:
            low, high: (K, 3) box corners.
        """
        if self.position is None:
            return np.full(len(low), np.inf)
        gap = np.maximum(np.maximum(low[:, :2] - self.position, self.position - high[:, :2]), 0.0)
        return np.hypot(gap[:, 0], gap[:, 1])


def right_of(gaze: np.ndarray) -> np.ndarray:
    """(K, 2) gaze -> (K, 2) right hand: gaze x z."""
    return np.stack([gaze[:, 1], -gaze[:, 0]], 1)
