"""Every source through dry run, import, check, describe and a training step; import speed and memory.

Command: python -m benchmarks.import_sources [--real FOLDER] [--scans 100] [--vertices 80000]

The first table runs the command line on the small fixtures that the tests write in the official layouts (and on real
samples in `--real`, laid out as for SCENEGLOT_REAL_DATA), and takes one small training step on what came out (see
`import_step`). The second imports synthetic scans in ScanNet's raw layout: scans per second and MB/s of CPU time beside
reading the same bytes, by how much the process grows for 1 scan and for all of them, and whether an import that is
killed five times ends with the bytes of one that is not.
"""

from __future__ import annotations

import contextlib
import io
import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tyro
from benchmarks.fuzz_targets import targets
from benchmarks.import_step import training_step

from sceneglot.cli.main import run
from sceneglot.errors import SceneglotError
from sceneglot.scenes.store import Store

STAGES = ("dry run", "import", "check", "describe", "step")

REAL: dict[str, tuple[str, ...]] = {
    "scannet": ("scans/scannet_raw",),
    "sunrgbd": ("scans/sunrgbd",),
    "semantickitti": ("scans/semantickitti",),
    "capture": ("scans/rgbd_capture", "scans/scannet_posed"),
    "file": ("scans/files", "scans/scannet_points", "scans/s3dis_crop"),
    "objects": ("meta/scannet/scannet_objects_train.json.gz",),
}
"""Kind -> real samples below the folder given with --real."""


def through(kind: str, root: Path, data: Path) -> tuple[dict[str, str], str]:
    """Run one source through all stages: "ok" or what went wrong for each, and what was trained."""
    commands = {
        "dry run": ["import", kind, str(root), "--dry-run"],
        "import": ["import", kind, str(root), str(data)],
        "check": ["check", str(data)],
        "describe": ["describe", str(data), "--workers", "1"],
    }
    found = {}
    for stage in commands:
        out, error = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
            code = run(commands[stage])
        skipped = [line for line in out.getvalue().splitlines() if line.startswith("skipped")]
        found[stage] = "ok" if code == 0 and not skipped else (error.getvalue() or "; ".join(skipped)).strip()[:150]
    try:
        trained, found["step"] = training_step(Store.open(data)), "ok"
    except (SceneglotError, ValueError) as error:
        trained, found["step"] = "", str(error)[:150]
    return found, trained


def fixtures() -> list[tuple[str, Callable[[Path], Path]]]:
    """(kind, writer that returns the root) of every importer."""
    from sceneglot.scenes.importers.catalog import KINDS

    def writer(target) -> Callable[[Path], Path]:
        def write(folder: Path) -> Path:
            target.write(folder)
            return folder / "o.json.gz" if target.name == "objects" else folder

        return write

    return [(target.name, writer(target)) for target in targets() if target.name in KINDS]


def write_scans(root: Path, count: int, vertices: int) -> int:
    """Scans in ScanNet's raw layout: a wavy floor of triangles with boxes of segments; returns their bytes."""
    from plyfile import PlyData, PlyElement

    side = int(np.sqrt(vertices))
    rng = np.random.default_rng(0)
    x, y = np.meshgrid(np.linspace(0, 6, side), np.linspace(0, 6, side))
    corner = np.arange(side * side).reshape(side, side)
    a, b, c, d = (part.reshape(-1) for part in (corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]))
    faces = np.empty(2 * len(a), [("vertex_indices", "i4", (3,))])
    faces["vertex_indices"] = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    segments = ((x // 0.5) * 12 + y // 0.5).astype(int).reshape(-1)
    labels = ("chair", "table", "floor", "door", "lamp")
    groups = [{"id": i, "objectId": i, "segments": [i], "label": labels[i % 5]} for i in range(0, 144, 3)]
    kinds = [(axis, "f4") for axis in "xyz"] + [(name, "u1") for name in ("red", "green", "blue", "alpha")]
    for number in range(count):
        name = f"scene{number:04d}_00"
        folder = root / name
        folder.mkdir(parents=True)
        rows = np.zeros(side * side, kinds)
        rows["x"], rows["y"] = x.reshape(-1), y.reshape(-1)
        rows["z"] = rng.random(side * side) * 0.02
        rows["red"] = rng.integers(0, 256, side * side)
        elements = [PlyElement.describe(rows, "vertex"), PlyElement.describe(faces, "face")]
        PlyData(elements, byte_order="<").write(folder / f"{name}_vh_clean_2.ply")
        segs = {"sceneId": name, "segIndices": segments.tolist()}
        (folder / f"{name}_vh_clean_2.0.010000.segs.json").write_text(json.dumps(segs))
        (folder / f"{name}.aggregation.json").write_text(json.dumps({"segGroups": groups}))
        (folder / f"{name}.txt").write_text("axisAlignment = 1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1\n")
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file())


def measured(action: Callable[[], None]) -> tuple[float, float]:
    """(CPU seconds, growth of the process in MB) of an action in a process of its own."""
    queue: multiprocessing.Queue = multiprocessing.get_context("fork").Queue()

    def work() -> None:
        base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        action()
        queue.put((time.process_time() - start, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024))

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()  # the result is small enough to wait in the queue
    if process.exitcode:
        raise SystemExit(f"the measured import ended with code {process.exitcode}")
    return queue.get()


def speed_and_memory(scans: int, vertices: int, scratch: Path) -> None:
    """Print the second table."""
    from sceneglot.scenes.importers.run import run_jobs
    from sceneglot.scenes.importers.scannet import scannet_jobs

    size = write_scans(scratch / "scans", scans, vertices) / 1e6
    files = [path for path in sorted((scratch / "scans").rglob("*")) if path.is_file()]

    def imports(count: int) -> None:
        store = Store.create(scratch / f"import-{count}", origin="scannet", licence="CC0-1.0")
        run_jobs(store, scannet_jobs(scratch / "scans")[:count], root=scratch / "scans")

    def read() -> None:
        for path in files:
            path.read_bytes()

    imports_one = measured(lambda: imports(1))
    imports_all = measured(lambda: imports(scans))
    raw, _ = measured(read)
    print(f"\n{scans} scans of {vertices:,} vertices in ScanNet's raw layout, {size:.0f} MB, CPU time, one worker")
    print(f"  raw read   {size / max(raw, 1e-9):9.1f} MB/s")
    print(f"  import     {size / imports_all[0]:9.1f} MB/s, {scans / imports_all[0]:.2f} scans/s")
    print(f"  memory     grows by {imports_one[1]:.0f} MB for 1 scan, {imports_all[1]:.0f} MB for {scans}")
    killed_and_continued(scratch / "scans", scans, 5, scratch)


def killed_and_continued(root: Path, scans: int, times: int, scratch: Path) -> None:
    """Kill `sceneglot import --workers 2` with SIGKILL again and again, each time after some more scenes; compare."""
    from sceneglot.scenes.importers.run import run_jobs
    from sceneglot.scenes.importers.scannet import scannet_jobs

    data, marks = scratch / "killed", []
    start = "from sceneglot.cli.main import main; main()"
    command = [sys.executable, "-c", start, "import", "scannet", str(root), str(data), "--workers", "2"]
    for number in range(1, times + 1):
        process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
        while process.poll() is None and len(_written(data)) < number * scans // (times + 1):
            time.sleep(0.005)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        marks.append(len(_written(data)))
    before = _written(data)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    redone = sum(_written(data)[name] != stamp for name, stamp in before.items())
    whole = Store.create(scratch / "whole", origin="scannet", licence=Store.open(data).licence)
    run_jobs(whole, scannet_jobs(root), root=root)
    same = _content(data) == _content(whole.path)
    told = ", ".join(map(str, marks))
    print(f"  kill -9    after {told} scenes; {redone} done again; {'the same bytes' if same else 'OTHER BYTES'}")


def _written(data: Path) -> dict[str, int]:
    """Scene files that are there -> when they were written."""
    return {path.name: path.stat().st_mtime_ns for path in (data / "scenes").glob("[!.]*.safetensors")}


def _content(data: Path) -> dict[str, bytes]:
    return {str(path.relative_to(data)): path.read_bytes() for path in data.rglob("*") if path.is_file()}


def main(real: Path | None = None, scans: int = 100, vertices: int = 80_000) -> None:
    """Print both tables.

    Args:
        real: folder with real samples.
        scans: synthetic scans of the speed measurement; 0 leaves it out.
        vertices: of each of them.
    """
    problems = []
    print(f"{'source':34s} " + " ".join(f"{stage:8s}" for stage in STAGES))
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        rows = [(f"{kind}, fixture", kind, write) for kind, write in fixtures()]
        if real is not None:
            rows += [
                (f"{kind}, {Path(name).name[:16]}", kind, lambda _, path=real / name: path)
                for kind, names in REAL.items()
                for name in names
            ]
        for number, (title, kind, write) in enumerate(rows):
            source = scratch / f"source-{number}"
            source.mkdir()
            found, trained = through(kind, write(source), scratch / f"data-{number}")
            marks = " ".join(f"{'ok' if found[stage] == 'ok' else 'FAILED':8s}" for stage in STAGES)
            print(f"{title:34s} {marks} {trained}", flush=True)
            problems += [f"{title}, {stage}: {text}" for stage, text in found.items() if text != "ok"]
        print("\n".join(problems))
        if scans:
            speed_and_memory(scans, vertices, scratch)


if __name__ == "__main__":
    tyro.cli(main)
