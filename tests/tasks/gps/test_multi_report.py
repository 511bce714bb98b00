"""None, one and several, by hand."""

import numpy as np
import pytest
from tests.tasks.gps.test_box_report import FOUND, TRUTH

from sceneglot.errors import SceneglotError
from sceneglot.scenes import Objects, Utterance
from sceneglot.tasks.gps.multi_report import eval_type, multi_report
from sceneglot.tasks.grounding.predict import Grounded


def answer(target=(), ids=(0, 1, 2), scores=(0.5, 0.3, 0.2), source="", members=None) -> Grounded:
    sentence = Utterance("u", "s", "multi_referral", "text", target, source=source)
    share = None if members is None else np.array(members, np.float32)
    return Grounded(sentence, np.array(ids), np.array(scores, np.float32), np.full(3, np.nan), share)


def scores(answers, candidates: Objects = FOUND, **more):
    return multi_report(answers, lambda _: candidates, lambda _: TRUTH, **more)


def test_a_share_of_one_choice_is_cut_off():
    """Object 0 of the candidates hits chair 10 with IoU 1/3, object 1 hits chair 11 with 0.6."""
    both = answer((10, 11), (1, 0, 2))
    none = answer(scores=(0.2, 0.2, 0.2), source="human:multi3drefer/zt_wo_d")
    found = scores([both, none, answer()], threshold=0.25)
    assert not found.trained and found.threshold == 0.25
    assert found.scores["mt"] == {"n": 1, "F1@0.25": 100.0, "F1@0.5": 50.0}
    assert found.scores["zt_wo_d"]["F1@0.25"] == 100 and found.scores["zt_w_d"]["F1@0.25"] == 0
    assert found.scores["all"]["F1@0.25"] == pytest.approx(200 / 3)


OWN = Objects(np.arange(3), TRUTH.label, TRUTH.center, TRUTH.size)


def test_objects_judged_by_themselves_are_chosen_above_one_half():
    several = answer((10, 11), members=(0.9, 0.6, 0.5))
    none = answer((), members=(0.4, 0.1, 0.1), source="template:any-1/zt_w_d")
    too_many = answer((12,), (2, 0, 1), members=(0.9, 0.7, 0.1))
    found = scores([several, none, too_many], OWN)
    assert found.trained and found.threshold == 0.5
    at_half = {kind: values["F1@0.5"] for kind, values in found.scores.items()}
    assert at_half == {"all": pytest.approx(800 / 9), "zt_w_d": 100, "st_wo_d": pytest.approx(200 / 3), "mt": 100}
    assert several.meant == (0, 1) and none.meant == () and answer().meant == (0,)


def test_what_is_easy():
    chairs = answer((10, 11), members=(0.9, 0.9, 0.1))
    one_chair = answer((10,), source="template:one-1/st_w_d")
    absent, other_color = answer(source="x/zt_wo_d"), answer(source="x/zt_w_d")
    easy = scores([chairs, one_chair, absent, other_color], OWN).baselines
    at_half = {name: {kind: round(v["F1@0.5"], 1) for kind, v in rows.items()} for name, rows in easy.items()}
    assert at_half == {
        "no object, ever": {"all": 50.0, "zt_w_d": 100.0, "zt_wo_d": 100.0, "st_w_d": 0.0, "mt": 0.0},
        "always the likeliest object": {"all": 41.7, "zt_w_d": 0.0, "zt_wo_d": 0.0, "st_w_d": 100.0, "mt": 66.7},
        "all objects of the right class": {"all": 66.7, "zt_w_d": 0.0, "zt_wo_d": 100.0, "st_w_d": 66.7, "mt": 100.0},
    }


def test_types():
    refined = Utterance("u", "s", "multi_referral", "x", source="llm:a/b (template:any-1/zt_wo_d)")
    assert eval_type(refined, TRUTH) == "zt_wo_d"
    plain = [eval_type(Utterance("u", "s", "multi_referral", "x", ids), TRUTH) for ids in ((), (10,), (12,), (10, 12))]
    assert plain == ["zt_w_d", "st_w_d", "st_wo_d", "mt"]


def test_nothing_to_score():
    with pytest.raises(SceneglotError, match="nothing to score"):
        scores([])
