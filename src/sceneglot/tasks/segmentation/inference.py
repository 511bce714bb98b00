"""Segmenting a whole scene of any size: every point gets a prediction, in bounded memory, from one look or several.

A look turns, mirrors and shifts the cloud, cuts it into voxels, and segments it tile by tile, each tile with a margin
of context that is thrown away. Probabilities are averaged over looks. N points, V voxels, K classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.nets.open_vocabulary import TextBank, text_logits
from sceneglot.nets.parsing_heads import calibrate_novel
from sceneglot.nets.point_backbone import PointBatch
from sceneglot.ops.sparse import Voxels, voxelise
from sceneglot.tasks.augment import rotation_matrix
from sceneglot.tasks.segmentation.net import SegmentationNet, SegmentationOutput

COSINE_SCALE = 20.0
"""Inverse temperature of words asked of a network that was only distilled, not trained on words as classes."""


@dataclass(frozen=True)
class InferenceConfig:
    """How closely to look; the default is a single look.

    Raises:
        SceneglotError: fewer than one of anything, or a negative margin.
    """

    turns: int = 1
    """Headings, evenly around the vertical."""
    flips: bool = False
    """Each heading also mirrored."""
    fragments: int = 1
    """1: a voxel has the mean features of its points, as in training. More: in the k-th look it has those of its k-th
    point, counted round (Pointcept's test); every fragment's prediction goes to all points of the voxel."""
    max_voxels: int = 150_000
    """In one forward pass, margins not counted; memory follows it."""
    margin: float = 1.0
    """Metres of context around a tile."""

    def __post_init__(self) -> None:
        if self.turns < 1 or self.fragments < 1 or self.max_voxels < 1:
            raise SceneglotError("segmentation: turns, fragments and voxels per pass must be at least 1")
        if not self.margin >= 0:
            raise SceneglotError(f"segmentation: a margin of {self.margin} m around tiles, expected 0 or more")


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the network says about every point.

    Attributes:
        probability: (N, K) float32, rows sum to one.
        offset: (N, 3) float32 metres to the centre of the point's instance, or None.
    """

    probability: np.ndarray
    offset: np.ndarray | None

    @property
    def label(self) -> np.ndarray:
        """(N,) int64 likeliest class."""
        return self.probability.argmax(1)

    @property
    def confidence(self) -> np.ndarray:
        """(N,) float32 probability of that class."""
        return self.probability.max(1, initial=0.0)


@dataclass(frozen=True)
class _Look:
    """One change of the cloud: matrix (3, 3), shift (3,) in voxels, which point stands for a voxel (-1: the mean)."""

    matrix: np.ndarray
    shift: np.ndarray
    fragment: int


@torch.no_grad()
def predict(
    net: SegmentationNet,
    xyz: np.ndarray,
    features: np.ndarray,
    config: InferenceConfig = InferenceConfig(),
    bank: TextBank | None = None,
) -> Prediction:
    """Segment one scene; leaves the net in evaluation mode.

    Args:
        xyz: (N, 3) float32 metres; N may be 0.
        features: (N, C) from `data.point_features`.
        bank: K words to tell apart instead of the classes of the spec; needs a network with a teacher.

    Raises:
        SceneglotError: words asked of a network that knows none.
    """
    if bank is not None and not net.spec.embedding:
        raise SceneglotError("this run was trained without a teacher: it knows its own classes only, not words")
    net.eval()
    classes = len(net.spec.classes if bank is None else bank.names)
    total, offset = np.zeros((len(xyz), classes), np.float32), None
    looks = list(_looks(config))
    middle = xyz.mean(0, dtype=np.float64) if len(xyz) else np.zeros(3)
    points, columns = torch.from_numpy(xyz - middle), torch.from_numpy(np.ascontiguousarray(features, np.float32))
    for number, look in enumerate(looks):
        turned = points @ torch.from_numpy(look.matrix.T) + torch.from_numpy(look.shift * net.spec.voxel)
        voxels = voxelise(turned, net.spec.voxel)
        rows = _voxel_features(voxels, columns, look.fragment)
        head = lambda output: class_probability(net, output, bank)  # noqa: E731
        probability, guess = _by_tiles(net, voxels, turned, rows, classes, config, head)
        total += probability.index_select(0, voxels.row).numpy()
        if number == 0 and guess is not None:  # the first look does not turn, so offsets need not be turned back
            offset = guess.index_select(0, voxels.row).numpy()
    return Prediction(total / len(looks), offset)


@torch.no_grad()
def point_cosines(
    net: SegmentationNet,
    xyz: np.ndarray,
    features: np.ndarray,
    bank: TextBank,
    config: InferenceConfig = InferenceConfig(),
) -> np.ndarray:
    """(N, K) float32 cosines of what the network makes of every point with K words, from a single look.

    Args:
        xyz, features: as for `predict`.

    Raises:
        SceneglotError: a network that knows no words.
    """
    if not net.spec.embedding:
        raise SceneglotError("this run was trained without a teacher: it knows its own classes only, not words")
    net.eval()
    middle = xyz.mean(0, dtype=np.float64) if len(xyz) else np.zeros(3)
    points = torch.from_numpy(xyz - middle)
    voxels = voxelise(points, net.spec.voxel)
    rows = voxels.mean(torch.from_numpy(np.ascontiguousarray(features, np.float32)))

    def head(output: SegmentationOutput) -> Tensor:
        assert output.embedding is not None
        return text_logits(output.embedding, bank.to(output.embedding.device), cosine=True)

    found, _ = _by_tiles(net, voxels, points, rows, len(bank.names), config, head)
    return found.index_select(0, voxels.row).numpy()


def _looks(config: InferenceConfig) -> Iterator[_Look]:
    number = 0
    for turn in range(config.turns):
        matrix = rotation_matrix(np.array([0.0, 0.0, 2 * np.pi * turn / config.turns]))
        for mirror in (1.0, -1.0) if config.flips else (1.0,):
            for fragment in range(config.fragments):
                shift = (number * np.array([0.618, 0.414, 0.732])) % 1.0  # voxels are cut elsewhere every time
                yield _Look(matrix * np.array([mirror, 1, 1]), shift, fragment if config.fragments > 1 else -1)
                number += 1


def _voxel_features(voxels: Voxels, features: Tensor, fragment: int) -> Tensor:
    """(V, C) mean features, or those of the point number `fragment` of each voxel, counted round."""
    if fragment < 0:
        return voxels.mean(features)
    order = torch.sort(voxels.row, stable=True).indices
    count = torch.bincount(voxels.row, minlength=len(voxels.grid))
    first = count.cumsum(0) - count
    return features[order[first + fragment % count]]


def _by_tiles(
    net: SegmentationNet,
    voxels: Voxels,
    xyz: Tensor,
    rows: Tensor,
    classes: int,
    config: InferenceConfig,
    head: Callable[[SegmentationOutput], Tensor],
) -> tuple[Tensor, Tensor | None]:
    """(V, K) what `head` reads off every voxel, and (V, 3) offsets, on the CPU."""
    device = next(net.parameters()).device
    centre = (voxels.grid.coords[:, 1:].double() + 0.5) * voxels.size
    # The mean of a voxel's points, as in training; rounding must not push it out of the voxel.
    place = centre + (voxels.mean(xyz.double()) - centre).clamp(-0.499 * voxels.size, 0.499 * voxels.size)
    read = torch.zeros(len(centre), classes)
    offset = torch.zeros(len(centre), 3) if net.spec.instances else None
    for core in tiles(centre, config.max_voxels):
        around = _with_margin(centre, core, config.margin)
        cloud = PointBatch.of_scenes([(place[around].float(), rows[around])]).to(device)
        output = net(cloud)
        inside = torch.searchsorted(around, core)
        back = output.voxels.row[inside]
        read[core] = head(output)[back].float().cpu()
        if offset is not None and output.offset is not None:
            offset[core] = output.offset[back].float().cpu()
    return read, offset


def class_probability(net: SegmentationNet, output: SegmentationOutput, bank: TextBank | None = None) -> Tensor:
    """(V, K) over the spec's classes, with the base / novel decision where there is one, or over words."""
    spec = net.spec
    if bank is None:
        if output.base is None:
            return output.logits.softmax(1)
        is_base = torch.tensor([name not in spec.novel for name in spec.classes], device=output.logits.device)
        return calibrate_novel(output.logits, output.base, is_base)
    assert output.embedding is not None  # `predict` has checked
    bank = bank.to(output.embedding.device)
    scale = 1.0 if spec.words else COSINE_SCALE
    logits = text_logits(output.embedding, bank, scale=scale, cosine=not spec.words)
    return logits.softmax(1)


def tiles(xyz: Tensor, limit: int) -> Iterator[Tensor]:
    """Ascending rows (v,) int64 of parts of at most `limit` points: halves of halves across the longer side in x, y.

    Args:
        xyz: (V, 3).
    """
    waiting = [torch.arange(len(xyz), device=xyz.device)] if len(xyz) else []
    while waiting:
        rows = waiting.pop()
        if len(rows) <= limit:
            yield rows
            continue
        part = xyz[rows, :2]
        axis = int((part.amax(0) - part.amin(0)).argmax())
        lower = torch.zeros(len(rows), dtype=torch.bool, device=xyz.device)
        lower[torch.argsort(part[:, axis], stable=True)[: len(rows) // 2]] = True
        waiting += [rows[~lower], rows[lower]]


def _with_margin(xyz: Tensor, core: Tensor, margin: float) -> Tensor:
    """Ascending rows of the core and of everything within `margin` of its box in x and y."""
    if len(core) == len(xyz):
        return core
    low, high = xyz[core, :2].amin(0) - margin, xyz[core, :2].amax(0) + margin
    return ((xyz[:, :2] >= low) & (xyz[:, :2] <= high)).all(1).nonzero()[:, 0]
