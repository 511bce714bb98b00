"""Sets of rooms: repeatable for any number of workers, resumable, split as promised."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.cli.main import run
from sceneglot.errors import SceneglotError
from sceneglot.scenes.scene import Scene
from sceneglot.scenes.store import Store
from sceneglot.synth import ROOM_TYPES
from sceneglot.synth.generate import SEED_STRIDE, generate, generate_many, plan_jobs, room_id
from sceneglot.synth.scan_config import ScanConfig

QUICK = ScanConfig(points=4_000, frames=(6, 8), views=2, frame_size=(30, 40), view_size=(60, 80), min_points_small=5)
"""A coarse scan: the tests of the scan itself are elsewhere."""


def digest(folder: Path) -> dict[str, str]:
    """File name -> hash of every file below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def three_rooms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rooms") / "one-worker"
    generate_many(folder, 3, seed=5, workers=1, val=0.25, test=0.25, config=QUICK)
    return folder


def test_one_room_is_a_whole_scene() -> None:
    scene = generate(7)
    assert isinstance(scene, Scene)
    assert scene.id == room_id(7) == "room-000007" and scene.room_type in ROOM_TYPES
    assert len(scene) == ScanConfig().points and len(scene.views) == ScanConfig().views
    assert len(scene.objects) >= 3
    assert scene.instance is not None and scene.semantic is not None
    assert set(np.unique(scene.instance)) - {-1} <= set(scene.objects.id.tolist())
    assert (scene.objects.size > 0).any(1).all()


def test_the_type_can_be_chosen() -> None:
    wanted = sorted(ROOM_TYPES)[0]
    assert generate(1, wanted, QUICK).room_type == wanted


def test_same_seed_same_bytes() -> None:
    one, two, other = generate(11, config=QUICK), generate(11, config=QUICK), generate(12, config=QUICK)
    assert one.xyz.tobytes() == two.xyz.tobytes() and one.rgb.tobytes() == two.rgb.tobytes()
    assert one.objects.label == two.objects.label
    assert one.xyz.tobytes() != other.xyz.tobytes()


def test_two_workers_write_the_same_files_as_one(three_rooms: Path, tmp_path: Path) -> None:
    generate_many(tmp_path / "two", 3, seed=5, workers=2, val=0.25, test=0.25, config=QUICK)
    assert digest(tmp_path / "two") == digest(three_rooms)


def test_an_interrupted_run_continues_and_ends_the_same(three_rooms: Path, tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop_after_one(done: int, total: int) -> None:
        if done == 1:
            raise Stop

    seen: list[tuple[int, int]] = []
    settings_ = {"seed": 5, "workers": 1, "val": 0.25, "test": 0.25, "config": QUICK}
    with pytest.raises(Stop):
        generate_many(tmp_path / "rooms", 3, **settings_, report=stop_after_one)
    (written,) = (tmp_path / "rooms" / "scenes").glob("*.safetensors")
    stamp = written.stat().st_mtime_ns
    generate_many(tmp_path / "rooms", 3, **settings_, report=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)], "the first room should have been kept"
    assert written.stat().st_mtime_ns == stamp
    assert digest(tmp_path / "rooms") == digest(three_rooms)


def test_a_larger_set_starts_with_the_smaller(three_rooms: Path, tmp_path: Path) -> None:
    assert plan_jobs(20, 3, val=0.2, test=0.1)[:7] == plan_jobs(7, 3, val=0.2, test=0.1)
    store = Store.open(three_rooms)
    jobs = plan_jobs(3, 5, val=0.25, test=0.25)
    assert store.scene_ids == tuple(sorted(job.scene_id for job in jobs))
    for job in jobs:
        assert job.scene_id in store.split(job.split)


def test_other_settings_in_the_same_folder_are_refused(three_rooms: Path) -> None:
    with pytest.raises(SceneglotError, match=r"other settings \(scan, seed\)"):
        generate_many(three_rooms, 3, seed=6, workers=1, val=0.25, test=0.25)


def test_a_damaged_recipe_is_reported(tmp_path: Path) -> None:
    Store.create(tmp_path / "s", origin="rooms", licence="CC0-1.0")
    (tmp_path / "s" / "generate.json").write_text("{")
    with pytest.raises(SceneglotError, match=r"generate\.json"):
        generate_many(tmp_path / "s", 1, config=QUICK)


@settings(max_examples=30, deadline=None)
@given(rooms=st.integers(1, 120), val=st.floats(0, 0.5), test=st.floats(0, 0.5))
def test_every_prefix_keeps_the_fractions(rooms: int, val: float, test: float) -> None:
    jobs = plan_jobs(rooms, 0, val=val, test=test)
    for name, share in (("val", val), ("test", test), ("train", 1 - val - test)):
        assert abs(sum(job.split == name for job in jobs) - share * rooms) <= 1 + 1e-6


def test_seeds_of_different_sets_do_not_meet() -> None:
    first, second = ({job.seed for job in plan_jobs(500, seed)} for seed in (0, 1))
    assert not first & second and min(second) == SEED_STRIDE


def test_types_are_taken_in_turn() -> None:
    two = tuple(sorted(ROOM_TYPES)[:2])
    assert [job.room_type for job in plan_jobs(5, 0, room_types=two)] == [*two, *two, two[0]]


@pytest.mark.parametrize(
    "bad",
    [{"rooms": 0}, {"seed": -1}, {"val": -0.1}, {"val": 0.7, "test": 0.5}, {"room_types": ("dungeon",)}],
)
def test_impossible_sets_are_refused(bad: dict) -> None:
    with pytest.raises(SceneglotError, match="generate:"):
        plan_jobs(**{"rooms": 3, "seed": 0, **bad})


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "data"
    arguments = ["generate", str(out), "--rooms", "2", "--workers", "1", "--points", "3000", "--room-types"]
    assert run([*arguments, sorted(ROOM_TYPES)[1]]) == 0
    assert "2 rooms" in capsys.readouterr().out
    store = Store.open(out)
    assert len(store) == 2 and all(len(scene) == 3000 for scene in store)
    assert run([*arguments, "dungeon"]) == 2
    assert "unknown room type 'dungeon'" in capsys.readouterr().err
