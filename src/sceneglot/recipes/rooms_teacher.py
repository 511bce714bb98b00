"""Recipe: train the image tower of the embedded teacher on generated rooms.

    sceneglot generate runs/teacher-rooms --rooms 480 --seed 5
    sceneglot describe runs/teacher-rooms --kinds scene_caption
    sceneglot train rooms-teacher --data runs/teacher-rooms --out runs/teacher
    python -m sceneglot.recipes.lit.ship runs/teacher        (package data and card)

LiT (Zhai et al. 2022, arXiv 2111.07991): the text tower (all-MiniLM-L6-v2) is frozen, the image tower learns to put
photographs, renders and crops of rooms where the sentences about them already are. Because the texts are frozen, each
step contrasts the batch against a large bank of texts, and truth is decided from facts (`lit.prompts.truth`), so a
chair is never pushed away from "a photo of a chair" because another chair brought the sentence along.

Cost, memory and expected scores: see `src/sceneglot/teachers/weights/CARD.md`, written from this recipe's runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from rich.progress import track
from torch import Tensor, nn
from torch.utils.data import Dataset

from sceneglot.atomic import write_json
from sceneglot.errors import SceneglotError
from sceneglot.recipes.lit.contrast import AugmentConfig, augment, multi_positive_loss
from sceneglot.recipes.lit.exam import exam
from sceneglot.recipes.lit.pictures import PictureConfig, Pictures, cache_room, load_rooms
from sceneglot.recipes.lit.prompts import (
    PictureFacts,
    Prompt,
    Record,
    TextFacts,
    encode_facts,
    object_prompts,
    room_prompts,
    truth,
)
from sceneglot.scenes.store import Store
from sceneglot.teachers.embedded import EmbeddedTeacher, save_tower
from sceneglot.teachers.minilm import MiniLM
from sceneglot.teachers.vit import ImageTower, ViTConfig
from sceneglot.train.loop import Fit, LoopConfig, StepLoss, fit
from sceneglot.train.optim import OptimConfig
from sceneglot.train.run import RunFolder


@dataclass(frozen=True)
class RoomsTeacherConfig:
    """Everything that decides the result, next to the rooms themselves.

    Attributes:
        data: store of labelled rooms with all three splits; out: run folder, an interrupted run continues.
        prompts: true texts drawn per picture, once; captions: share of room views that get a scene caption instead,
            where the data has some.
        bank: texts of the bank each step contrasts with, beyond the batch's own.
        room_share: share of a batch that are whole views; the rest are crops of things.
        balance: exponent on the frequency of a thing's name when crops are drawn: 1 as they come, 0 all names alike.
        quick_share: share of the steps that save time: smaller pictures, of which only some patches are looked at. The
            others see the tower's full size and all patches, so that no separate tuning at full size is needed.
        quick_size: side of their pictures; keep: share of their patches that reach the transformer.
        temperature: start of the learned temperature, low because the frozen tower puts related sentences close.
    """

    data: Path
    out: Path
    tower: ViTConfig = field(default_factory=ViTConfig)
    pictures: PictureConfig = field(default_factory=PictureConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(
            steps=5000,
            batch_size=64,
            optim=OptimConfig(lr=1e-3, weight_decay=0.05, warmup=0.05, clip_norm=1.0),
            log_every=25,
            eval_every=500,
            save_every=100,
        )
    )
    prompts: int = 4
    captions: float = 0.3
    bank: int = 512
    room_share: float = 0.4
    balance: float = 0.5
    quick_share: float = 0.8
    quick_size: int = 80
    keep: float = 0.6
    temperature: float = 0.025


def rooms_teacher(data: Path, out: Path) -> RoomsTeacherConfig:
    """The configuration of the shipped weights."""
    return RoomsTeacherConfig(data, out)


def train_rooms_teacher(config: RoomsTeacherConfig) -> Mapping[str, float]:
    """Cache pictures, train, write `rooms_vit.safetensors` and `exam.json` into the run folder.

    Returns:
        Top-1 accuracy per task of the exam on the test rooms, which neither training nor its curves have seen.
    """
    store, run, out = Store.open(config.data), RunFolder(config.out), config.out
    for split in ("train", "val", "test"):
        if not store.split(split):
            raise SceneglotError(f"{config.data}: has no {split} rooms; make some with 'sceneglot generate'")
    run.start("rooms_teacher", config)
    cache = prepare_pictures(store, config, out / "pictures")
    train = load_rooms(cache, store.split("train"))
    data_set = LitDataset(train, scene_captions(store, store.split("train")), config)
    torch.manual_seed(config.loop.seed)
    net = LitNet(config)
    vocabulary = sorted({r.label for r in train.records if r.label})
    val = load_rooms(cache, store.split("val"))
    job = Fit(
        net=net,
        dataset=data_set,
        collate=data_set.collate,
        loss=lit_loss,
        facts={"recipe": "rooms_teacher", "tower": asdict(config.tower)},
        evaluate=lambda bare: _quick_score(bare, val, vocabulary, out),
    )
    fit(job, config.loop, run, title="rooms teacher")
    weights = out / "rooms_vit.safetensors"
    save_tower(weights, net.tower, {"vocabulary": vocabulary, "seed": config.loop.seed})
    room_types = sorted({r.room_type for r in train.records if r.room_type})
    result = exam(EmbeddedTeacher(weights), load_rooms(cache, store.split("test")), vocabulary, room_types)
    write_json(out / "exam.json", asdict(result))
    return {task: score.top1 for task, score in result.scores.items()}


def prepare_pictures(store: Store, config: RoomsTeacherConfig, folder: Path) -> Path:
    """Take the pictures of every room that has none yet; returns `folder`."""
    missing = [s for s in store.scene_ids if not (folder / f"{s}.safetensors").is_file()]
    for scene_id in track(missing, description="taking pictures", disable=not missing):
        cache_room(folder, store.scene(scene_id), config.pictures, config.loop.seed)
    return folder


def scene_captions(store: Store, scene_ids: Sequence[str]) -> list[Prompt]:
    """The store's scene captions as prompts that are true of every view of their room; empty if it has none."""
    wanted = set(scene_ids)
    found = store.utterances(kind="scene_caption")
    return [Prompt(u.text, "room", scene_id=u.scene_id) for u in found if u.scene_id in wanted]


class LitNet(nn.Module):
    """The image tower and its learned temperature."""

    def __init__(self, config: RoomsTeacherConfig) -> None:
        super().__init__()
        self.tower = ImageTower(config.tower)
        self.log_scale = nn.Parameter(torch.tensor(-float(np.log(config.temperature))))

    def forward(self, pictures: Tensor, texts: Tensor, keep: float) -> Tensor:
        """(B, 3, S, S) pictures, (T, D) unit texts -> (B, T) logits."""
        pooled, _ = self.tower(pictures, keep)
        return self.log_scale.clamp(max=4.6052).exp() * nn.functional.normalize(pooled, dim=1) @ texts.T


@dataclass(frozen=True, eq=False)
class LitBatch:
    """B pictures against T >= B texts; text b was drawn for picture b.

    Attributes:
        pictures: (B, 3, S, S) float32; texts: (T, D) float32 unit rows; positive: (B, T) bool; keep: share of patches.
    """

    pictures: Tensor
    texts: Tensor
    positive: Tensor
    keep: float

    def to(self, device: torch.device | str, non_blocking: bool = False) -> LitBatch:
        """Copy on another device."""
        pictures, texts, positive = (
            x.to(device, non_blocking=non_blocking) for x in (self.pictures, self.texts, self.positive)
        )
        return LitBatch(pictures, texts, positive, self.keep)


def lit_loss(net: nn.Module, batch: LitBatch) -> StepLoss:
    """Pictures against all texts, plus the batch's own texts against its pictures."""
    logits = net(batch.pictures, batch.texts, batch.keep)
    own = len(batch.pictures)
    to_text = multi_positive_loss(logits, batch.positive)
    to_image = multi_positive_loss(logits[:, :own].T, batch.positive[:, :own].T)
    return StepLoss(to_text + to_image, {"image_to_text": to_text.detach(), "text_to_image": to_image.detach()})


@dataclass(frozen=True)
class LitItem:
    """One drawn picture and text: (epoch, index) key, picture row, text row."""

    key: tuple[int, int]
    picture: int
    text: int


class LitDataset(Dataset[LitItem]):
    """Pictures with true texts; what a key draws depends on (seed, epoch, index) alone."""

    def __init__(self, pictures: Pictures, captions: Sequence[Prompt], config: RoomsTeacherConfig) -> None:
        self.pictures, self.config = pictures, config
        prompts, self.own = draw_prompts(pictures.records, config)
        self.prompts = [*prompts, *captions]
        self.captions: dict[str, list[int]] = {}
        for row, prompt in enumerate(captions, start=len(prompts)):
            self.captions.setdefault(prompt.scene_id, []).append(row)
        self.facts: tuple[PictureFacts, TextFacts] = encode_facts(pictures.records, self.prompts)
        self.may_flip = np.array([not {"left", "right"} & set(p.text.lower().split()) for p in self.prompts])
        self.texts = MiniLM().encode_pooled([p.text for p in self.prompts])
        self.cumulative = np.cumsum(draw_weights(pictures.records, config))

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, key: tuple[int, int]) -> LitItem:
        rng = np.random.default_rng([self.config.loop.seed, *key])
        picture = min(int(np.searchsorted(self.cumulative, rng.random())), len(self.pictures) - 1)
        record = self.pictures.records[picture]
        choices: Sequence[int] = self.own[picture]
        if record.kind == "room" and rng.random() < self.config.captions:
            choices = self.captions.get(record.scene_id, choices)
        return LitItem(key, picture, int(choices[rng.integers(len(choices))]))

    def collate(self, items: list[LitItem]) -> LitBatch:
        """Read, augment and judge a batch."""
        config = self.config
        rng = np.random.default_rng([config.loop.seed, *items[0].key, 1])
        rows = np.array([item.picture for item in items])
        own = np.array([item.text for item in items])
        bank = rng.choice(len(self.prompts), min(config.bank, len(self.prompts)), replace=False)
        texts = np.concatenate([own, bank])
        positive = truth(self.facts[0].take(rows), self.facts[1].take(texts))
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        flip = torch.from_numpy(self.may_flip[own])
        pixels = torch.from_numpy(self.pictures.pixels(rows))
        quick = rng.random() < config.quick_share
        size, keep = (config.quick_size, config.keep) if quick else (config.tower.image_size, 1.0)
        pictures = augment(pixels, size, config.augment, flip, generator)
        return LitBatch(pictures, torch.from_numpy(self.texts[texts]), torch.from_numpy(positive), keep)


def draw_prompts(records: Sequence[Record], config: RoomsTeacherConfig) -> tuple[list[Prompt], list[list[int]]]:
    """Unique prompts of all pictures, and for every picture the rows of its own."""
    row_of: dict[Prompt, int] = {}
    own = []
    rng = np.random.default_rng([config.loop.seed, 2])
    for record in records:
        draw = object_prompts if record.kind == "object" else room_prompts
        own.append([row_of.setdefault(p, len(row_of)) for p in draw(record, rng, config.prompts)])
    return list(row_of), own


def draw_weights(records: Sequence[Record], config: RoomsTeacherConfig) -> np.ndarray:
    """(P,) float64 probability of each picture; see `RoomsTeacherConfig.room_share` and `balance`."""
    names = np.array([r.label for r in records])
    _, inverse, count = np.unique(names, return_inverse=True, return_counts=True)
    crop = names != ""
    weight = np.where(crop, count[inverse].astype(np.float64) ** (config.balance - 1), 1.0)
    for mask, share in ((crop, 1 - config.room_share), (~crop, config.room_share)):
        weight[mask] *= share / max(weight[mask].sum(), 1e-12)
    return weight / weight.sum()


def _quick_score(net: nn.Module, val: Pictures, vocabulary: Sequence[str], out: Path) -> Mapping[str, float]:
    """Exam on every k-th picture of the validation rooms, for the curves."""
    assert isinstance(net, LitNet)
    weights = out / "latest_vit.safetensors"
    save_tower(weights, net.tower)
    rows = np.arange(0, len(val), max(1, len(val) // 800))
    part = Pictures((val.pixels(rows),), tuple(val.records[i] for i in rows))
    scores = exam(EmbeddedTeacher(weights), part, vocabulary).scores
    return {f"val/{task}": score.top1 for task, score in scores.items()} | {
        "temperature": float(net.log_scale.detach().exp())
    }
