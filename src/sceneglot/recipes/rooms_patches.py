"""Recipe: teach the embedded teacher's image tower to name every patch of a picture, from other rooms' objects.

    sceneglot generate runs/patch-rooms --rooms 384 --seed 7
    sceneglot train rooms-patches --data runs/patch-rooms --out runs/patches
    sceneglot study ws3d --teacher rooms:runs/patches/rooms_vit.safetensors

The shipped tower has only seen sentences about whole pictures and crops, and its patches are a by-product. Dense
open-vocabulary work takes teachers taught with pixel labels instead: OpenScene (Peng et al. 2023, arXiv 2211.15654)
distils LSeg and OpenSeg. This is such a teacher for generated rooms: patches are put where the frozen text tower has
the names of what they show. It has therefore read the pixel labels of its own rooms; never give it rooms of the test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from rich.progress import track
from torch import Tensor, nn
from torch.utils.data import Dataset

from sceneglot.atomic import write_json
from sceneglot.errors import SceneglotError
from sceneglot.rendering import render
from sceneglot.scenes.scene import NO_INSTANCE, Scene
from sceneglot.scenes.store import Store
from sceneglot.scenes.tensorfile import open_tensors, write_tensors
from sceneglot.scenes.view import View
from sceneglot.tasks.segmentation.segmenter import text_bank
from sceneglot.teachers.embedded import WEIGHTS, EmbeddedTeacher, load_tower, save_tower, tower_preprocess
from sceneglot.teachers.vit import STRIDE, ImageTower
from sceneglot.train import LoopConfig, RunFolder, StepLoss, fit
from sceneglot.train.loop import Fit
from sceneglot.train.optim import OptimConfig

NOTHING = -1
"""Name of a patch that shows no object."""


@dataclass(frozen=True)
class PatchTeacherConfig:
    """A training of the image tower on patches."""

    data: Path
    """Store of labelled rooms with train and val splits."""
    out: Path
    """Run folder; an interrupted run continues."""
    start: Path = WEIGHTS
    """Image tower to start from."""
    image_size: int = 224
    """Side of the pictures, a multiple of 16; there is one patch per 16 pixels."""
    views: int = 8
    """Renders per room."""
    balance: float = 0.5
    """Names weigh (their share of all patches)^-balance."""
    temperature: float = 0.05
    whole: float = 1.0
    """Of staying where the tower it starts from has the whole picture: 1 - cos."""
    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(
            steps=1500, batch_size=16, optim=OptimConfig(lr=5e-4, weight_decay=0.05, clip_norm=1.0)
        )
    )


def rooms_patches(data: Path, out: Path) -> PatchTeacherConfig:
    """About 25 CPU minutes on one core."""
    return PatchTeacherConfig(data, out)


def train_rooms_patches(config: PatchTeacherConfig) -> Mapping[str, float]:
    """Take pictures, train, write `rooms_vit.safetensors` and `exam.json` into the run folder.

    Returns:
        Share of the patches of validation rooms that are named right, in percent, over all patches ("patches") and as
        a mean over names ("balanced"); the same of the tower it starts from.
    """
    store, run = Store.open(config.data), RunFolder(config.out)
    if config.image_size % STRIDE:
        raise SceneglotError(f"--image-size: expected a multiple of {STRIDE}, found {config.image_size}")
    if not (train := store.split("train")):
        raise SceneglotError(f"{config.data}: has no train rooms; make some with 'sceneglot generate'")
    run.start("rooms_patches", config)
    teacher = EmbeddedTeacher(config.start)
    names = tuple(sorted({label for i in train for label in store.objects(i).label}))
    texts = text_bank(teacher, names).embedding
    pictures = _Taken(store, config, names, teacher)
    lessons, exam = pictures(train), pictures(store.split("val"))
    if not (lessons.name != NOTHING).any():
        raise SceneglotError(f"{config.data}: no picture of a train room shows an object that has points")
    net = load_tower(config.start)
    net.config = replace(net.config, image_size=config.image_size)
    share = np.bincount(lessons.name[lessons.name != NOTHING], minlength=len(names))
    weight = torch.from_numpy((np.maximum(share, 1) / share.sum()) ** -config.balance).float()
    torch.manual_seed(config.loop.seed)

    def loss(net: nn.Module, batch: PatchBatch) -> StepLoss:
        pooled, patches = net(batch.pictures)
        logits = F.normalize(patches.flatten(0, 1), dim=1) @ texts.T.to(patches) / config.temperature
        named = _cross_entropy(logits, batch.name.flatten(), weight.to(patches))
        whole = (1 - F.cosine_similarity(pooled, batch.whole, dim=1)).mean()
        return StepLoss(named + config.whole * whole, {"patches": named.detach(), "whole": whole.detach()})

    job = Fit(net, PatchDataset(lessons, config.loop.seed), collate, loss, {"names": list(names)})
    fit(job, config.loop, run, title="patch teacher")
    save_tower(config.out / "rooms_vit.safetensors", net, {"vocabulary": list(names), "seed": config.loop.seed})
    before = load_tower(config.start)
    scores = patch_scores(net, exam, texts) | {f"{k} before": v for k, v in patch_scores(before, exam, texts).items()}
    write_json(config.out / "exam.json", scores)
    return scores


@dataclass(frozen=True, eq=False)
class PatchPictures:
    """Pictures with what every patch shows.

    Attributes:
        rgb: (B, S, S, 3) uint8. name: (B, P) int64 row of the names, or NOTHING; P = (S / 16)^2, row-major.
        whole: (B, D) float32 unit features of the pictures before training.
    """

    rgb: np.ndarray
    name: np.ndarray
    whole: np.ndarray

    def __len__(self) -> int:
        return len(self.rgb)


class _Taken:
    """Scene ids -> their pictures; taken once and kept in the run folder."""

    def __init__(
        self, store: Store, config: PatchTeacherConfig, names: Sequence[str], teacher: EmbeddedTeacher
    ) -> None:
        self.store, self.config, self.teacher = store, config, teacher
        self.row = {name: row for row, name in enumerate(names)}

    def __call__(self, scene_ids: Sequence[str]) -> PatchPictures:
        parts = [self._of(i) for i in track(scene_ids, description="taking pictures")]
        rgb, name, whole = (
            np.concatenate([part[key] for part in parts]) if parts else np.zeros(0) for key in ("rgb", "name", "whole")
        )
        return PatchPictures(rgb, name.astype(np.int64), whole.astype(np.float32))

    def _of(self, scene_id: str) -> Mapping[str, np.ndarray]:
        path = self.config.out / "pictures" / f"{scene_id}.safetensors"
        if not path.exists():
            scene, side = self.store.scene(scene_id), self.config.image_size
            views = render(scene, views=self.config.views, size=(side, side))
            names = point_names(scene, self.row)
            tensors = {
                "rgb": np.stack([view.rgb for view in views]),
                "name": np.stack([patch_names(view, names, side // STRIDE) for view in views]).astype(np.int16),
                "whole": self.teacher.encode_images([view.rgb for view in views]).pooled.astype(np.float16),
            }
            write_tensors(path, tensors, {})
        return open_tensors(path).map()


def point_names(scene: Scene, row: Mapping[str, int]) -> np.ndarray:
    """(N,) int64 row of the name of every point's object; NOTHING without one, or for a name that is not asked for.

    Raises:
        SceneglotError: the scene has no objects with points.
    """
    if scene.objects is None or scene.instance is None:
        raise SceneglotError(f"scene {scene.id}: patches take their names from objects with points, and it has none")
    name_of = {int(i): row.get(label, NOTHING) for i, label in zip(scene.objects.id, scene.objects.label)}
    known, inverse = np.unique(np.asarray(scene.instance), return_inverse=True)
    found = [NOTHING if i == NO_INSTANCE else name_of.get(int(i), NOTHING) for i in known]
    return np.array(found, np.int64)[inverse]


def patch_names(view: View, names: np.ndarray, grid: int) -> np.ndarray:
    """(grid * grid,) int64 commonest name among the pixels of each patch, NOTHING where most pixels show none.

    Args:
        view: with point ids, a square picture whose side is a multiple of `grid`. names: (N,) of the points.
    """
    assert view.point is not None  # renders always know their points
    side = view.point.shape[0] // grid
    pixel = np.where(view.point >= 0, names[view.point], NOTHING)
    blocks = pixel.reshape(grid, side, grid, side).swapaxes(1, 2).reshape(grid * grid, -1)
    counts = np.zeros((grid * grid, int(names.max(initial=0)) + 2), np.int64)
    np.add.at(counts, (np.arange(grid * grid)[:, None], blocks + 1), 1)  # column 0 counts NOTHING
    return counts.argmax(1) - 1


@dataclass(frozen=True)
class PatchBatch:
    """B pictures, normalised (B, 3, S, S); names (B, P); whole-picture features to keep (B, D)."""

    pictures: Tensor
    name: Tensor
    whole: Tensor

    def to(self, device: torch.device | str, non_blocking: bool = False) -> PatchBatch:
        """Copy on another device."""
        return PatchBatch(*(x.to(device, non_blocking=non_blocking) for x in (self.pictures, self.name, self.whole)))


class PatchDataset(Dataset[tuple[np.ndarray, np.ndarray, np.ndarray]]):
    """Pictures, half of them mirrored together with their patches; which ones follows from (seed, epoch, index)."""

    def __init__(self, pictures: PatchPictures, seed: int) -> None:
        self.pictures, self.seed = pictures, seed

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, key: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        epoch, index = key
        rgb, name, whole = (x[index] for x in (self.pictures.rgb, self.pictures.name, self.pictures.whole))
        if np.random.default_rng([self.seed, epoch, index]).random() < 0.5:
            grid = rgb.shape[0] // STRIDE
            rgb, name = rgb[:, ::-1], name.reshape(grid, grid)[:, ::-1].reshape(-1)
        return rgb, name, whole


def collate(items: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> PatchBatch:
    """Normalise and stack."""
    rgb, name, whole = (np.stack(x) for x in zip(*items))
    pictures = tower_preprocess(rgb.shape[1])(list(rgb))
    return PatchBatch(*(torch.from_numpy(x) for x in (pictures, name, whole)))


def _cross_entropy(logits: Tensor, name: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean over the patches that have a name; zero where none has."""
    if not (name != NOTHING).any():
        return logits.sum() * 0.0
    return F.cross_entropy(logits, name, weight, ignore_index=NOTHING)


@torch.inference_mode()
def patch_scores(tower: ImageTower, exam: PatchPictures, texts: Tensor) -> dict[str, float]:
    """Percent of patches named right: "patches" over all, "balanced" as a mean over the names that occur."""
    tower.eval()
    right, total = np.zeros(len(texts)), np.zeros(len(texts))
    for start in range(0, len(exam), 16):
        batch = collate([(exam.rgb[i], exam.name[i], exam.whole[i]) for i in range(start, min(start + 16, len(exam)))])
        said = (F.normalize(tower(batch.pictures)[1], dim=-1) @ texts.T).argmax(-1)
        for truth, guess in zip(batch.name[batch.name >= 0].tolist(), said[batch.name >= 0].tolist()):
            total[truth] += 1
            right[truth] += truth == guess
    if not total.any():
        return {}
    seen = total > 0
    return {"patches": 100 * right.sum() / total.sum(), "balanced": 100 * float((right[seen] / total[seen]).mean())}
