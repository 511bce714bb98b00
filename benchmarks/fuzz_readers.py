"""Feed damaged files to every reader and importer: only SceneglotError may come out, in bounded time and memory.

Command: python -m benchmarks.fuzz_readers [--inputs 1000] [--only NAME ...] [--seed 0] [--out fuzz.json]

Each reader runs in a process of its own. Counted per reader: inputs that could be read, that were refused with the
library's own error, foreign exceptions, crashes (the process died), hangs (more than --seconds of CPU time, or thirty
times as much by the clock), by how much the process grew at its largest (MB, files are a few kilobytes), and the CPU
seconds of the slowest input and of all. Every input follows from (seed, reader, number): what fails is printed with its
number, and `--only NAME --first N --inputs 1` repeats it. With `--out` a run that was cut short goes on where it
stopped; a reader that is named with `--only` is run again. Most small inputs cost more to write than to read: where
there is one, a folder in memory helps (TMPDIR=/dev/shm).
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
import zlib
from dataclasses import asdict, dataclass, field
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import tyro
from benchmarks.fuzz_mutations import mutate
from benchmarks.fuzz_targets import Target, targets

from sceneglot.atomic import write_json
from sceneglot.errors import SceneglotError

_POLL = 0.1
_START = 300.0  # seconds that imports may take before the first input, by the clock
_CLOCK = 30.0  # how much longer than its CPU time an input may take by the clock: other processes want the cores too
_SHARED = ("torch", "trimesh", "pyarrow.parquet", "sceneglot.scenes.importers.catalog")  # loaded once for all workers


@dataclass
class Result:
    """What happened to one reader."""

    name: str
    inputs: int = 0
    read: int = 0
    refused: int = 0
    foreign: int = 0
    crashes: int = 0
    hangs: int = 0
    peak_mb: float = 0.0
    slowest: float = 0.0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Nothing but the library's own error came out."""
        return not (self.foreign or self.crashes or self.hangs)


def damaged_input(target: Target, original: Path, folder: Path, seed: int, number: int) -> Path:
    """Write input `number` of a target into `folder`, a copy of the valid `original`; returns the damaged file."""
    rng = np.random.default_rng((seed, zlib.crc32(target.name.encode()), number))
    files = sorted(path for path in original.rglob("*") if path.is_file())
    chosen = files[int(rng.integers(len(files)))]
    donor = files[int(rng.integers(len(files)))].read_bytes()
    path = folder / chosen.relative_to(original)
    path.write_bytes(mutate(chosen.read_bytes(), rng, donor))
    return path


def run_one(target: Target, folder: Path) -> str:
    """ "read", "refused", or the text of a foreign exception."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            target.read(folder)
        return "read"
    except SceneglotError as error:
        return "refused" if "\n" not in str(error) else f"message of several lines: {error!s:.200}"
    except BaseException:
        return traceback.format_exc(limit=-3)


def _worker(name: str, first: int, stop: int, seed: int, limit: float, progress: Any, connection: Connection) -> None:
    """Counts in `progress` (number under way, read, refused, growth in MB, CPU seconds of the slowest and of all),
    which outlives it; sends (number, text) of what is neither read nor refused, and (-1, text) if the reader cannot be
    run at all. An input that takes more than `limit` CPU seconds ends the process with SIGPROF."""
    sys.setrecursionlimit(1000)
    target = next(target for target in targets() if target.name == name)
    with tempfile.TemporaryDirectory() as scratch:
        original, folder = Path(scratch) / "original", Path(scratch) / "damaged"
        original.mkdir()
        target.write(original)
        shutil.copytree(original, folder)
        try:
            target.read(folder)  # the valid files are fine, and what is loaded once is loaded
        except SceneglotError as error:
            connection.send((-1, f"left out: {error}"))
            return
        base = _high_water()
        for number in range(first, stop):
            if target.fresh:
                folder = Path(scratch) / f"damaged-{number}"
                shutil.copytree(original, folder)
            path = damaged_input(target, original, folder, seed, number)
            progress[0], start = number, time.thread_time()  # an armed timer makes process_time lag by a tick
            signal.setitimer(signal.ITIMER_PROF, limit)
            outcome = run_one(target, folder)
            signal.setitimer(signal.ITIMER_PROF, 0)
            spent = time.thread_time() - start
            progress[3], progress[4] = max(progress[3], _high_water() - base), max(progress[4], spent)
            progress[5] += spent
            if outcome in ("read", "refused"):
                progress[1 if outcome == "read" else 2] += 1
            else:
                connection.send((number, outcome))
            if target.fresh:
                shutil.rmtree(folder)
            else:
                shutil.copyfile(original / path.relative_to(folder), path)


def _high_water() -> float:
    """Largest size of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fuzz(name: str, first: int, count: int, seed: int, limit: float) -> Result:
    """Run a target by name; a process that hangs or dies is replaced and goes on with the next input."""
    result = Result(name)
    at, stop = first, first + count
    context = multiprocessing.get_context("fork")  # imports are shared; this process runs no threads
    while at < stop:
        ours, theirs = context.Pipe(duplex=False)
        progress = context.RawArray("d", [at - 1, 0, 0, 0, 0, 0])
        process = context.Process(target=_worker, args=(name, at, stop, seed, limit, progress, theirs), daemon=True)
        process.start()
        theirs.close()
        at = _follow(process, ours, progress, stop, limit, result)
        result.read, result.refused = result.read + int(progress[1]), result.refused + int(progress[2])
        result.peak_mb = round(max(result.peak_mb, progress[3]), 1)
        result.slowest = round(max(result.slowest, progress[4]), 2)
        result.seconds += progress[5]
    result.inputs = result.read + result.refused + result.foreign + result.crashes + result.hangs
    result.seconds = round(result.seconds, 1)
    return result


def _follow(process: Any, connection: Connection, progress: Any, stop: int, limit: float, result: Result) -> int:
    """Wait for a worker, count what goes wrong; returns the number of the next input."""
    begun, seen, since = int(progress[0]), progress[0], time.monotonic() + _START
    while process.is_alive():
        process.join(_POLL)
        at = int(progress[0])
        if _failures(connection, result):
            return stop
        if at != seen:
            seen, since = at, time.monotonic()
        elif time.monotonic() - since > _CLOCK * limit:
            process.kill()
            process.join()
            result.hangs += 1
            result.failures.append(f"{at}: longer than {_CLOCK * limit:g} s by the clock")
            return at + 1
    at = int(progress[0])
    if _failures(connection, result) or process.exitcode == 0:
        return stop
    if at == begun:
        raise SystemExit(f"{result.name}: ended before its first input (code {process.exitcode})")
    if process.exitcode == -signal.SIGPROF:
        result.hangs += 1
        result.failures.append(f"{at}: more than {limit:g} s of CPU time")
    else:
        result.crashes += 1
        result.failures.append(f"{at}: process died with code {process.exitcode}")
    return at + 1


def _failures(connection: Connection, result: Result) -> bool:
    """Count the foreign exceptions that a worker reports; True if it cannot run at all (an extra is not installed)."""
    try:
        while connection.poll():
            number, text = connection.recv()
            if number < 0:
                result.failures.append(text)
                return True
            result.foreign += 1
            if len(result.failures) < 20:
                result.failures.append(f"{number}: {text}")
    except EOFError:  # the worker has ended
        pass
    return False


def _kept(out: Path | None, asked: dict[str, int]) -> dict[str, Result]:
    """Results by reader of an earlier run of the same inputs."""
    if out is None or not out.is_file():
        return {}
    stored = json.loads(out.read_text())
    if {key: stored.get(key) for key in asked} != asked:
        raise SystemExit(f"{out}: holds a run of other inputs; choose another file")
    return {row["name"]: Result(**row) for row in stored["results"]}


def main(
    inputs: int = 1000,
    only: tuple[str, ...] = (),
    first: int = 0,
    seed: int = 0,
    seconds: float = 10.0,
    out: Path | None = None,
) -> None:
    """Fuzz all readers, or those named, and print the table.

    Args:
        inputs: per reader.
        only: names of readers.
        first: number of the first input.
        seconds: an input that takes more CPU time is a hang.
        out: write the results as JSON after every reader, and keep those of the same seed and inputs that are there.
    """
    names = [target.name for target in targets()]
    unknown = [name for name in only if name not in names]
    if unknown:
        raise SystemExit(f"no reader is called {unknown[0]!r}; there are {', '.join(names)}")
    print("reader                  inputs    read  refused  foreign crashes hangs peak MB slowest seconds", flush=True)
    for module in _SHARED:
        import_module(module)
    asked = {"seed": seed, "first": first, "inputs": inputs}
    done = _kept(out, asked)
    for name in only or [name for name in names if name not in done]:
        r = done[name] = fuzz(name, first, inputs, seed, seconds)
        counts = f"{r.inputs:7d} {r.read:7d} {r.refused:8d} {r.foreign:8d} {r.crashes:7d} {r.hangs:5d}"
        print(f"{name:22s} {counts} {r.peak_mb:7.1f} {r.slowest:7.2f} {r.seconds:7.1f}", flush=True)
        for failure in r.failures:
            print("    " + failure.strip().replace("\n", "\n    "))
        if out is not None:
            write_json(out, {**asked, "results": [asdict(r) for r in done.values()]}, sort_keys=False)
    total, ok = sum(r.inputs for r in done.values()), all(r.ok for r in done.values())
    print(f"{total:,} inputs: " + ("nothing but the library's own error came out" if ok else "FAILURES, see above"))


if __name__ == "__main__":
    tyro.cli(main)
