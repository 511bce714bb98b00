"""Parallel, resumable, bounded: what the loop shared by all importers promises."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from tests.scenes.importers.jobs import bad_scene, broken_scene, dying_scene, slow_scene
from tests.scenes.samples import sample_scene

from sceneglot.errors import SceneglotError
from sceneglot.scenes.importers.run import run_jobs
from sceneglot.scenes.importers.source import Job
from sceneglot.scenes.store import Store


@pytest.fixture
def store(tmp_path):
    return Store.create(tmp_path / "data", origin="test", licence="x")


def _good(*names: str) -> list[Job]:
    return [Job(name, partial(sample_scene, name)) for name in names]


def test_workers_write_the_same_bytes(tmp_path):
    written = []
    for workers in (1, 2):
        store = Store.create(tmp_path / str(workers), origin="test", licence="x")
        report = run_jobs(store, _good("a", "b", "c"), workers=workers)
        assert report.imported == ("a", "b", "c")
        written.append([(store.path / "scenes" / f"{name}.safetensors").read_bytes() for name in "abc"])
    assert written[0] == written[1]


def test_a_worker_that_dies_costs_one_scene(store):
    jobs = [*_good("a", "b"), Job("c", dying_scene), *_good("d", "e", "f", "g")]
    report = run_jobs(store, jobs, workers=2)
    assert report.imported == ("a", "b", "d", "e", "f", "g")
    assert [name for name, _ in report.failed] == ["c"]
    assert "worker process died" in report.failed[0][1]
    assert Store.open(store.path).listed_ids == ("a", "b", "d", "e", "f", "g")


def test_bad_scenes_and_defects_of_importers_are_reported_and_skipped(store):
    report = run_jobs(store, [Job("a", bad_scene), Job("b", broken_scene), *_good("c")], workers=2)
    assert report.imported == ("c",)
    assert dict(report.failed)["a"] == "bad.ply: is damaged"
    assert "unexpected ZeroDivisionError" in dict(report.failed)["b"]


def test_strict_stops_the_pool_and_keeps_what_is_done(store):
    jobs = [Job("a", bad_scene), *[Job(f"s{i}", partial(slow_scene, f"s{i}", 0.1)) for i in range(30)]]
    with pytest.raises(SceneglotError, match="is damaged"):
        run_jobs(store, jobs, workers=2, strict=True)
    assert len(Store.open(store.path)) < 30


def test_files_must_lie_below_the_root(store, tmp_path):
    root, outside = tmp_path / "root", tmp_path / "secret.bin"
    root.mkdir()
    outside.write_bytes(b"x")
    (root / "real.bin").write_bytes(b"12345")
    (root / "inner.bin").symlink_to(root / "real.bin")
    (root / "link.bin").symlink_to(outside)
    (root / "loop.bin").symlink_to(root / "loop.bin")
    names = ("real", "inner", "link", "loop", "missing")
    jobs = [Job(name, partial(sample_scene, name), "", (root / f"{name}.bin",)) for name in names]
    report = run_jobs(store, jobs, root=root)
    assert report.imported == ("real", "inner")
    assert report.num_bytes == 10
    reasons = dict(report.failed)
    assert "leads out of" in reasons["link"]
    assert "no such file" in reasons["missing"]
    assert "loop.bin" in reasons["loop"]


def test_a_root_that_is_itself_a_link_is_fine(store, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.bin").write_bytes(b"x")
    (tmp_path / "root").symlink_to(tmp_path / "real")
    job = Job("a", partial(sample_scene, "a"), "", (tmp_path / "root" / "a.bin",))
    assert run_jobs(store, [job], root=tmp_path / "root").imported == ("a",)


KILLED = """
import sys
from functools import partial
from tests.scenes.importers.jobs import slow_scene
from sceneglot.scenes.importers.run import run_jobs
from sceneglot.scenes.importers.source import Job
from sceneglot.scenes.store import Store

if __name__ == "__main__":
    store = Store.create(sys.argv[1], origin="test", licence="x")
    run_jobs(store, [Job(f"s{i}", partial(slow_scene, f"s{i}", 0.3)) for i in range(8)], workers=2)
"""


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_after_kill_nine_nothing_is_redone_or_doubled(tmp_path):
    script, data = tmp_path / "script.py", tmp_path / "data"
    script.write_text(KILLED)
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    process = subprocess.Popen([sys.executable, str(script), str(data)], env=environment, start_new_session=True)
    deadline = time.monotonic() + 60
    while len(list((data / "scenes").glob("*.safetensors"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    store = Store.open(data)
    before = {name: (data / "scenes" / f"{name}.safetensors").stat().st_mtime_ns for name in store.scene_ids}
    assert 3 <= len(before) < 8
    report = run_jobs(store, [Job(f"s{i}", partial(slow_scene, f"s{i}", 0)) for i in range(8)])
    assert sorted(report.kept) == sorted(before)
    assert len(report.imported) == 8 - len(before)
    after = {name: (data / "scenes" / f"{name}.safetensors").stat().st_mtime_ns for name in before}
    assert after == before
    assert Store.open(data).listed_ids == tuple(f"s{i}" for i in range(8))
    whole = Store.create(tmp_path / "whole", origin="test", licence="x")
    run_jobs(whole, [Job(f"s{i}", partial(slow_scene, f"s{i}", 0)) for i in range(8)])
    assert _files(data) == _files(whole.path)  # byte for byte that of a run nobody interrupted, and nothing else
