"""How fast a scene is read: the store's memory-mapped files against compressed NPZ, side by side in one run.

Command: python -m benchmarks.store_read [--points 100000] [--scenes 20] [--rounds 5]
Measured on 2 shared cores, files in the page cache: see the printed table; both columns read every byte of every array.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tyro

from sceneglot.scenes import Objects, Scene, Source
from sceneglot.scenes.store import Store

COLUMNS = ("xyz", "rgb", "normal", "segment", "instance", "semantic")


def make_scene(number: int, points: int) -> Scene:
    """A scan-like scene: smooth surfaces with noise, so that compression has something to do."""
    rng = np.random.default_rng(number)
    xyz = rng.random((points, 3)).astype(np.float32) * (6, 5, 2.5)
    xyz[: points // 2, 2] = rng.normal(0, 0.005, points // 2)
    instance = (xyz[:, 0] * 3).astype(np.int32) % 20
    boxes = np.tile(np.float32([1, 1, 1]), (20, 1))
    return Scene(
        id=f"scene-{number:04d}",
        xyz=np.round(xyz, 4),
        rgb=(xyz * 40).astype(np.uint8),
        source=Source("benchmark", seed=number),
        normal=np.tile(np.float32([0, 0, 1]), (points, 1)),
        segment=instance * 7,
        instance=instance,
        semantic=(instance % 40).astype(np.int16),
        objects=Objects(np.arange(20), ("chair",) * 20, boxes, boxes),
    )


def seconds(action: Callable[[], object], rounds: int) -> float:
    """Best of several rounds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def main(points: int = 100_000, scenes: int = 20, rounds: int = 5) -> None:
    """Write the same scenes in both forms, read them back in turn and print the rates."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.create(Path(folder) / "store", origin="benchmark", licence="CC0-1.0")
        archives = []
        for number in range(scenes):
            scene = make_scene(number, points)
            store.add(scene)
            archives.append(Path(folder) / f"{scene.id}.npz")
            np.savez_compressed(archives[-1], **{name: getattr(scene, name) for name in COLUMNS})
        total = sum(getattr(store.scene(i), name).nbytes for i in store.scene_ids for name in COLUMNS) / 1e9
        size = {
            "store": sum(p.stat().st_size for p in (store.path / "scenes").iterdir()) / 1e9,
            "npz": sum(p.stat().st_size for p in archives) / 1e9,
        }

        def touch(array: np.ndarray) -> int:
            return int(array.view(np.uint8).max())  # a cheap look at every byte

        def read_store() -> None:
            for scene_id in store.scene_ids:
                scene = store.scene(scene_id)
                for name in COLUMNS:
                    touch(getattr(scene, name))

        def read_npz() -> None:
            for path in archives:
                with np.load(path, allow_pickle=False) as archive:
                    for name in COLUMNS:
                        touch(archive[name])

        fast, slow = seconds(read_store, rounds), seconds(read_npz, rounds)
        opened = seconds(lambda: [store.scene(i) for i in store.scene_ids], rounds)
        objects = seconds(lambda: [store.objects(i) for i in store.scene_ids], rounds)
    print(f"{scenes} scenes of {points:,} points, {total:.2f} GB of arrays, best of {rounds} rounds, warm")
    for name, spent in (("npz", slow), ("store", fast)):
        rate = f"{spent / scenes * 1e3:8.2f} ms a scene  {total / spent:6.2f} GB/s"
        print(f"  {name:6s} {rate}  {size[name]:.2f} GB on disk")
    print(f"  the store is {slow / fast:.1f} times faster")
    print(f"  only opened {opened / scenes * 1e3:.2f} ms, only objects {objects / scenes * 1e3:.2f} ms a scene")


if __name__ == "__main__":
    tyro.cli(main)
