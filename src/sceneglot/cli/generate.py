"""`sceneglot generate`: a set of furnished, scanned, labelled rooms."""

from __future__ import annotations

from pathlib import Path

import tyro


def generate(
    out: tyro.conf.Positional[Path],
    rooms: int = 100,
    seed: int = 0,
    workers: int = 0,
    room_types: tuple[str, ...] = (),
    points: int = 60_000,
    val: float = 0.1,
    test: float = 0.1,
) -> None:
    """Generate labelled rooms, scanned by a virtual depth camera, into a store.

    The same seed gives the same files for any number of workers. An interrupted run continues when repeated, and a
    larger --rooms extends a set.

    Example: sceneglot generate data/rooms --rooms 200 --seed 1 --room-types bedroom kitchen

    Args:
        out: folder of the store.
        rooms: how many rooms the set holds in the end.
        seed: of the whole set.
        workers: processes, 0 for one per core.
        room_types: only these, in turn; all types where none is named.
        points: points per scene.
        val: fraction of rooms for validation.
        test: fraction of rooms for testing.
    """
    import time

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from sceneglot.synth.generate import generate_many
    from sceneglot.synth.scan_config import ScanConfig

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("rooms"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(), console=console,
    )  # fmt: skip
    start, first = time.perf_counter(), -1
    with bar:
        task = bar.add_task("rooms", total=rooms, speed="")

        def report(done: int, total: int) -> None:
            nonlocal first
            first = done if first < 0 else first
            speed = (done - first) / (time.perf_counter() - start)
            bar.update(task, completed=done, total=total, speed=f"{speed:.2f} rooms/s" if done > first else "")

        store = generate_many(
            out, rooms, seed, workers,
            val=val, test=test, room_types=room_types, config=ScanConfig(points=points), report=report,
        )  # fmt: skip
    splits = ", ".join(f"{len(store.split(name))} {name}" for name in ("train", "val", "test"))
    print(f"{store.path}: {len(store.scene_ids)} rooms ({splits})")
