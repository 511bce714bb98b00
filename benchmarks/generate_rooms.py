"""Claim: `sceneglot generate` makes at least one room per second and core, end to end (furnish + scan + write).

    python -m benchmarks.generate_rooms [--rooms 24] [--workers 1] [--seed 0]

Prints the mean seconds per stage in this process (compiled kernels warm), then rooms/s of a whole `generate_many` with
the given workers, start-up of the processes included, and the size of a room on disk.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import tyro

from sceneglot.scenes.store import Store
from sceneglot.synth.furnish import furnish
from sceneglot.synth.generate import LICENCE, ORIGIN, SEED_STRIDE, generate_many, room_id
from sceneglot.synth.scanner import scan


def stages(rooms: int, seed: int) -> dict[str, tuple[float, float]]:
    """Mean (wall, process) seconds per room of every stage, and of their sum."""
    spent = {name: [0.0, 0.0] for name in ("furnish", "scan", "write")}

    def clock(name: str, start: tuple[float, float]) -> None:
        spent[name][0] += time.perf_counter() - start[0]
        spent[name][1] += time.process_time() - start[1]

    def now() -> tuple[float, float]:
        return time.perf_counter(), time.process_time()

    scan(furnish(seed, room_id=room_id(seed)))  # loads or compiles the kernels
    with tempfile.TemporaryDirectory() as folder:
        store = Store.create(Path(folder) / "rooms", origin=ORIGIN, licence=LICENCE)
        for i in range(rooms):
            number = seed * SEED_STRIDE + i
            start = now()
            room = furnish(number, room_id=room_id(number))
            clock("furnish", start)
            start = now()
            scene = scan(room)
            clock("scan", start)
            start = now()
            store.add(scene)
            clock("write", start)
    means = {name: (wall / rooms, cpu / rooms) for name, (wall, cpu) in spent.items()}
    return means | {"all": (sum(m[0] for m in means.values()), sum(m[1] for m in means.values()))}


def main(rooms: int = 24, workers: int = 1, seed: int = 0) -> None:
    """Measure and print."""
    for name, (wall, cpu) in stages(rooms, seed).items():
        print(f"{name:8s} {wall:6.3f} s wall {cpu:6.3f} s cpu per room  ({1 / max(wall, 1e-9):6.2f} rooms/s)")
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        store = generate_many(Path(folder) / "rooms", rooms, seed, workers)
        took = time.perf_counter() - start
        size = sum(path.stat().st_size for path in store.path.rglob("*") if path.is_file()) / rooms / 1e6
    rate = rooms / took
    print(
        f"generate_many, {workers} worker(s): {rate:.2f} rooms/s, {rate / workers:.2f} per core; {size:.1f} MB a room"
    )


if __name__ == "__main__":
    tyro.cli(main)
