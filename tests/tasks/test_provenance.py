"""Zero-shot is checked against what a run was trained on."""

import json
from dataclasses import replace

import numpy as np
import pytest

from sceneglot.errors import SceneglotError
from sceneglot.scenes import Objects, Scene, Source, Utterance
from sceneglot.scenes.store import Store
from sceneglot.tasks.provenance import Provenance

SAID = Utterance("u", "scene0001_00", "referral", "the chair", (1,), source="template:one-3")


@pytest.fixture
def store(tmp_path) -> Store:
    store = Store.create(tmp_path / "scans", origin="scannet", licence="test")
    empty = np.zeros((0, 3), np.float32)
    store.add(Scene("scene0001_00", empty, empty.astype(np.uint8), Source("test"), objects=Objects.empty()))
    store.finish()
    return store


def test_what_a_run_saw(store):
    human = replace(SAID, source="human:multi3drefer/zt_w_d")
    found = Provenance.of(store, [SAID, human, replace(SAID, source="llm:some-model")])
    assert found.scenes == ("scannet/scene0001_00",)
    assert found.texts == ("scannet/human:multi3drefer", "scannet/llm:some-model", "scannet/template")
    both = found.joined(Provenance(("rooms/a",), ("rooms/template",)))
    assert both.scenes == ("rooms/a", "scannet/scene0001_00")
    assert Provenance.from_facts(json.loads(json.dumps({"provenance": both.facts()}))) == both


ROOMS = Provenance(("rooms/a", "rooms/b"), ("rooms/template",))
GENERATED = ROOMS.joined(Provenance(("scannet/scene0001_00",), ("scannet/template", "scannet/llm:x")))
HUMAN = GENERATED.joined(Provenance((), ("scannet/human:nr3d",)))
NEW = ["scene0002_00"]


@pytest.mark.parametrize("setting", ["any", "zero-shot", "zero-shot-text"])
def test_rooms_alone_are_zero_shot_for_scans(setting):
    ROOMS.check(setting, "scannet", NEW)


def test_names_that_are_not_true_are_refused():
    GENERATED.check("zero-shot-text", "scannet", NEW)
    with pytest.raises(SceneglotError, match=r"not zero-shot: .* scenes of 'scannet'"):
        GENERATED.check("zero-shot", "scannet", NEW)
    HUMAN.check("any", "scannet", NEW)
    with pytest.raises(SceneglotError, match=r"not zero-shot-text: .*human:nr3d"):
        HUMAN.check("zero-shot-text", "scannet", NEW)
    HUMAN.check("zero-shot", "multiscan", ["s1"])


def test_another_scan_of_a_training_room_is_no_test_scene():
    for scene_id in ("scene0001_00", "scene0001_07"):
        with pytest.raises(SceneglotError, match="1 of 1 test scenes"):
            GENERATED.check("any", "scannet", [scene_id])
    ROOMS.check("any", "other", ["a"])
    with pytest.raises(SceneglotError, match="trained on, for example a"):
        ROOMS.check("any", "rooms", ["a", "c"])


def test_a_run_that_does_not_say_is_not_believed():
    Provenance().check("any", "scannet", NEW)
    with pytest.raises(SceneglotError, match="cannot be checked"):
        Provenance().check("zero-shot", "scannet", NEW)
