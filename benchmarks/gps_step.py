"""Claim: one optimiser step of GPS at the published size runs on a CPU (or a GPU) within stated memory and time.

    python -m benchmarks.gps_step [--batch 2] [--objects 79] [--device cpu] [--steps 2] [--tiny] [--out FILE.json]

Stage 2 of arXiv 2401.09340: frozen PointNet++ on 1,024 points per object, BERT-4, spatial and joint transformer of
4 layers each, similarity and MLP heads, masked words over 30,522 tokens, scene contrast; AdamW; one sentence of 50
tokens and a caption of 80 tokens per scene. Weights and inputs are random: only sizes matter. Times are process CPU
seconds on one thread (wall seconds on a GPU) of the last step; memory is the largest resident size of the process (of
the device's allocator on a GPU), so each setting wants a process of its own. `--tiny` measures the CPU recipe instead.
"""

from __future__ import annotations

import json
import resource
import time
from itertools import pairwise
from pathlib import Path

import torch
import tyro

from sceneglot.losses.gps.words import IGNORE
from sceneglot.nets.gps.model import GPSConfig
from sceneglot.nets.gps.objects import PointObjectConfig
from sceneglot.nets.gps.text import BertText, new_bert
from sceneglot.tasks.gps.data import PointBatch
from sceneglot.tasks.gps.net import PAPER_RATES, ObjectNamer, PointGPS
from sceneglot.tasks.gps.objective import GPSObjective, full_stage
from sceneglot.train.optim import OptimConfig, build_optimizer, clip_gradients

VOCABULARY, LABELS, WORDS, CAPTION = 30_522, 607, 50, 80


def main(
    batch: int = 2, objects: int = 79, device: str = "cpu", steps: int = 2, tiny: bool = False, out: Path | None = None
) -> None:
    """Measure and print; see the module's text."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    start = peak(device)
    net = network(tiny).to(device)
    net.namer.freeze()
    net.train()
    parts = {
        "object encoder": net.namer,
        "text encoder": net.text,
        "spatial": net.gps.spatial,
        "joint": net.gps.joint,
        "word head": net.gps.word,
        "all": net,
    }
    counts = {name: sum(p.numel() for p in part.parameters()) for name, part in parts.items() if part is not None}
    optim = OptimConfig(lr=5e-4, weight_decay=0.01, faster=PAPER_RATES)
    optimizer = build_optimizer(net, optim)
    inputs = random_batch(batch, objects, 256 if tiny else 1024, device)
    memory = {"before": start, "network": peak(device)}
    times: dict[str, float] = {}
    for _ in range(steps):
        marks = [clock(device)]
        loss, _ = full_stage(net, inputs, GPSObjective())
        marks.append(clock(device))
        memory["forward"] = peak(device)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        marks.append(clock(device))
        memory["backward"] = peak(device)
        clip_gradients(net, optim)
        optimizer.step()
        marks.append(clock(device))
        memory["step"] = peak(device)
        times = dict(zip(("forward", "backward", "optimiser"), (b - a for a, b in pairwise(marks))))
        times["step"] = sum(times.values())
    print(f"{batch} scenes of {objects} objects, one sentence each, {'tiny' if tiny else 'published size'}, {device}")
    for name, count in counts.items():
        print(f"  {name:16s} {count / 1e6:8.2f} M parameters")
    for name, seconds in times.items():
        print(f"  {name:16s} {seconds:8.2f} s {'CPU, one thread' if device == 'cpu' else 'wall'}")
    for name, size in memory.items():
        print(f"  {name:16s} {size:8.2f} GB at most, so far")
    if out is not None:
        record = {"batch": batch, "objects": objects, "device": device, "tiny": tiny}
        out.write_text(json.dumps(record | {"parameters": counts, "seconds": times, "peak_gb": memory}, indent=1))
        print(f"wrote {out}")


def network(tiny: bool) -> PointGPS:
    """Stage 2 with random weights."""
    width = 384 if tiny else 768
    bert = new_bert(width, layers=0 if tiny else 4)
    config = GPSConfig.tiny(vocabulary=VOCABULARY) if tiny else GPSConfig()
    namer = ObjectNamer(PointObjectConfig.tiny() if tiny else PointObjectConfig(), torch.randn(LABELS, width))
    text = BertText(bert, config.joint.width, 2 if tiny else 0, frozen=tiny)
    return PointGPS(config, namer, text, class_embedding=tiny)


def random_batch(scenes: int, objects: int, points: int, device: str) -> PointBatch:
    """One sentence per scene, full slots, 15 % of the words hidden."""
    ids = torch.randint(1000, VOCABULARY, (scenes, WORDS))
    hidden = torch.rand(scenes, WORDS) < 0.15
    hidden[:, 1] = True
    target = torch.zeros(scenes, objects, dtype=torch.bool)
    target[:, 0] = True
    batch = PointBatch(
        points=torch.rand(scenes, objects, points, 6) * 2 - 1,
        location=torch.rand(scenes, objects, 6) * 4,
        mask=torch.ones(scenes, objects, dtype=torch.bool),
        label=torch.randint(LABELS, (scenes, objects)),
        caption=torch.randint(1000, VOCABULARY, (scenes, CAPTION)),
        caption_mask=torch.ones(scenes, CAPTION, dtype=torch.bool),
        has_caption=torch.ones(scenes, dtype=torch.bool),
        scene=torch.arange(scenes),
        scene_of=torch.arange(scenes),
        ids=ids,
        text_mask=torch.ones(scenes, WORDS, dtype=torch.bool),
        words=torch.where(hidden, ids, IGNORE),
        target=target,
        about=torch.arange(scenes),
        complete=torch.ones(scenes, dtype=torch.bool),
        answers=torch.zeros(scenes, 0),
        vectors=torch.zeros(scenes, 0),
    )
    return batch.to(device)


def clock(device: str) -> float:
    """Seconds: of the process on a CPU, of the wall on a GPU, which is waited for."""
    if device == "cpu":
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def peak(device: str) -> float:
    """Largest memory so far, GB."""
    if device == "cpu":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return torch.cuda.max_memory_allocated() / 1e9


if __name__ == "__main__":
    tyro.cli(main)
