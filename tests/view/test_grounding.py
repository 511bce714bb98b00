"""The picture of a grounded sentence shows the chosen object in red and those mentioned in blue."""

import numpy as np
from tests.tasks.fakes import toy_scene

from sceneglot.scenes import Scene, Utterance
from sceneglot.tasks.grounding.predict import Grounded
from sceneglot.view.floor_plan import ANCHOR, TARGET
from sceneglot.view.grounding import draw_grounding


def found(scene: Scene, *anchors: float) -> Grounded:
    scores = np.linspace(1, 0.1, len(scene.objects)).astype(np.float32)
    shares = np.array([*anchors, *[np.nan] * (len(scores) - len(anchors))], np.float32)
    return Grounded(
        Utterance("u", scene.id, "referral", "the chair"), scene.objects.id.astype(np.int64), scores, shares
    )


def holds(picture: np.ndarray, color: tuple[int, int, int]) -> bool:
    return bool((picture == color).all(-1).any())


def test_scan_and_plan_side_by_side_or_the_plan_alone():
    scene = toy_scene(0)
    both = draw_grounding(scene, found(scene, 0.0, 0.9), side=160)
    assert both.dtype == np.uint8 and both.shape[0] >= 160 and both.shape[1] > 160
    assert all(holds(half, color) for half in (both[:, :160], both[:, 160:]) for color in (TARGET, ANCHOR))
    empty = np.zeros((0, 3), np.float32)
    table = Scene(scene.id, empty, empty.astype(np.uint8), scene.source, objects=scene.objects, has_color=False)
    np.testing.assert_array_equal(draw_grounding(table, found(table, 0.0, 0.9), side=160), _plan(both, table))


def _plan(both: np.ndarray, table: Scene) -> np.ndarray:
    """The right half without the white bands."""
    height = draw_grounding(table, found(table), side=160).shape[0]
    above = (len(both) - height) // 2
    return both[above : above + height, 160:]


def test_the_chosen_object_is_no_anchor_and_unknown_anchors_are_none():
    scene = toy_scene(0)
    for shares in ((0.9,), (), (0.1, 0.1)):
        assert not holds(draw_grounding(scene, found(scene, *shares), side=160), ANCHOR)
