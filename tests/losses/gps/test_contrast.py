"""Scene and object contrast; the two-process test compares with one process on the joined batch."""

from __future__ import annotations

import math
import os
import socket
from pathlib import Path

import pytest
import torch
from torch import distributed as dist
from torch import multiprocessing as mp
from torch import nn

from sceneglot.losses.gps.contrast import NamedClasses, object_contrast, object_names, scene_contrast
from sceneglot.losses.gps.gather import gather_rows

SCENE_ID = torch.tensor([0, 1, 2, 0, 3, 1])
CAPTIONED = torch.tensor([True, True, False, True, True, True])


class Towers(nn.Module):
    """A scene tower, a text tower and a temperature."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.scene, self.text = nn.Linear(5, 4), nn.Linear(3, 4)
        self.log_scale = nn.Parameter(torch.tensor(2.0))

    def loss(self, rooms: torch.Tensor, texts: torch.Tensor, ids: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        return scene_contrast(self.scene(rooms), self.text(texts), self.log_scale.exp(), ids, told)


def data() -> tuple[torch.Tensor, ...]:
    g = torch.Generator().manual_seed(3)
    return torch.randn(6, 5, generator=g), torch.randn(6, 3, generator=g), SCENE_ID, CAPTIONED


def worker(rank: int, port: int, folder: str) -> None:
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=2)
    net = nn.parallel.DistributedDataParallel(Wrapped())
    mine = tuple(t[3 * rank : 3 * rank + 3] for t in data())
    loss = net(*mine)
    loss.backward()
    flat = {name.removeprefix("module.towers."): p.grad for name, p in net.named_parameters()}
    torch.save({"loss": loss.detach(), **flat}, Path(folder) / f"{rank}.pt")
    dist.destroy_process_group()


class Wrapped(nn.Module):
    """So that data parallelism sees the forward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.towers = Towers()

    def forward(self, *batch: torch.Tensor) -> torch.Tensor:
        return self.towers.loss(*batch)


def test_two_processes_equal_one_on_the_joined_batch(tmp_path: Path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mp.spawn(worker, (port, str(tmp_path)), nprocs=2)
    alone = Towers()
    loss = alone.loss(*data())
    loss.backward()
    for rank in (0, 1):
        found = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        torch.testing.assert_close(found.pop("loss"), loss.detach())
        for name, parameter in alone.named_parameters():
            assert parameter.grad is not None and parameter.grad.abs().sum() > 1e-4, name
            torch.testing.assert_close(found[name], parameter.grad, msg=lambda m, n=name: f"{n}: {m}")


def test_without_processes_nothing_is_gathered():
    rows = torch.randn(3, 2)
    assert gather_rows(rows) is rows


def test_same_scene_is_positive_and_no_caption_is_ignored():
    """With captions equal to their scenes' vectors the loss is that of the labels, whatever uncaptioned rows hold."""
    scene = torch.eye(4)[torch.tensor([0, 0, 1, 2])]
    caption, ids = scene.clone(), torch.tensor([7, 7, 8, 9])
    told = torch.tensor([True, True, True, False])
    scale = torch.tensor(100.0)
    base = scene_contrast(scene, caption, scale, ids, told)
    assert math.isclose(
        base.item(), math.log(2) * 2 / 3, rel_tol=1e-4
    )  # two positives share the mass of two rows of three
    caption[3] = caption[0]
    torch.testing.assert_close(scene_contrast(scene, caption, scale, ids, told), base)
    g = torch.Generator().manual_seed(0)
    scene, caption = torch.randn(4, 6, generator=g), torch.randn(4, 6, generator=g)
    without = scene_contrast(scene[:3], caption[:3], scale, ids[:3], told[:3])
    for name in (7, 9):  # neither a row of a captioned scene nor a negative of the others
        ids[3] = name
        torch.testing.assert_close(scene_contrast(scene, caption, scale, ids, told), without)
    ids[3] = 9
    scene, caption = torch.eye(4)[torch.tensor([0, 0, 1, 2])], torch.eye(4)[torch.tensor([0, 0, 1, 0])]
    apart = scene_contrast(scene, caption, scale, torch.tensor([7, 6, 8, 9]), told)
    assert apart >= base
    assert scene_contrast(scene, caption, scale, ids, torch.zeros(4, dtype=torch.bool)) == 0


def test_object_contrast_and_names():
    objects = torch.eye(3) * 4
    assert object_contrast(objects, torch.eye(3), torch.tensor(100.0)) < 1e-6
    twins = torch.tensor([[1.0, 0, 0], [1.0, 0, 0], [0, 0, 1.0]])
    same = torch.tensor([[1, 1, 0], [1, 1, 0], [0, 0, 1]]).bool()
    assert (
        object_contrast(twins, twins, torch.tensor(50.0), same)
        <= object_contrast(twins, twins, torch.tensor(50.0)) + 1e-6
    )
    label = torch.tensor([[0, 1, -100]])
    sure = object_names(objects[None], torch.eye(3), torch.tensor(100.0), label)
    assert sure < 1e-6
    raw = object_names(objects[None], torch.eye(3), torch.tensor(100.0), label, NamedClasses(raw=True))
    torch.testing.assert_close(raw, torch.log(1 + 2 * torch.exp(torch.tensor(-4.0))))
    assert object_names(objects[None], torch.eye(3), torch.tensor(1.0), torch.full((1, 3), -100)) == 0


def test_the_temperature_learns():
    scale = torch.tensor(1.0, requires_grad=True)
    rows = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    scene_contrast(rows, rows, scale, torch.arange(5), torch.ones(5, dtype=torch.bool)).backward()
    assert scale.grad is not None and scale.grad < 0  # right pairs: a larger scale lowers the loss


@pytest.mark.parametrize("count", [2, 10, 40])
def test_floor_of_untempered_cosines(count):
    """The reason for a temperature: with scale 1 the best possible loss is log(1 + (N - 1) / e^2)."""
    logits = torch.full((1, count), -1.0)
    logits[0, 0] = 1.0
    floor = logits.logsumexp(1) - 1.0
    assert math.isclose(floor.item(), math.log(1 + (count - 1) * math.exp(-2)), rel_tol=1e-5)
