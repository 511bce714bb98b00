import numpy as np
import pytest

from sceneglot.errors import SceneglotError
from sceneglot.metrics.scan2cap import Captioned, Described, score, speakers

BOX = np.array([0.0, 0, 0, 1, 1, 1])
HALF = BOX + [0.5, 0, 0, 0, 0, 0]  # IoU 1/3
CHAIR, TABLE = "this is a brown chair next to the table", "a long white table in the middle of the room"


def objects():
    return [Described("a", BOX, [CHAIR]), Described("b", BOX, [TABLE])]


def test_the_best_overlapping_proposal_speaks_if_it_overlaps_enough():
    proposals = {"a": Captioned(np.stack([HALF, BOX]), ["wrong", CHAIR]), "b": Captioned(HALF[None], [TABLE])}
    assert speakers(objects(), proposals) == [(CHAIR, pytest.approx(1)), (TABLE, pytest.approx(1 / 3))]
    assert speakers(objects(), {}) == [("", 0.0), ("", 0.0)]
    scores = score(objects(), proposals)
    assert (scores["found@0.25"], scores["found@0.5"]) == (100.0, 50.0)
    assert scores["ROUGE-L@0.25"] == pytest.approx(100) and scores["ROUGE-L@0.5"] < 75


def test_an_object_is_found_even_if_nothing_is_said_of_it():
    silent = {"a": Captioned(BOX[None], [""]), "b": Captioned(BOX[None], [TABLE])}
    assert score(objects(), silent)["found@0.5"] == 100.0


def test_missed_objects_stay_in_the_mean():
    perfect = {"a": Captioned(BOX[None], [CHAIR]), "b": Captioned(BOX[None], [TABLE])}
    half = {"a": perfect["a"]}
    full, part = score(objects(), perfect), score(objects(), half)
    assert full["ROUGE-L@0.5"] == pytest.approx(100) and full["BLEU-4@0.5"] == pytest.approx(100)
    assert part["found@0.5"] == 50.0
    assert 50 <= part["ROUGE-L@0.5"] < 75  # the marks of an empty caption match a little
    assert part["CIDEr@0.5"] < full["CIDEr@0.5"]


def test_nothing_to_score():
    with pytest.raises(SceneglotError):
        score([], {})
