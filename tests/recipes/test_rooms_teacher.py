"""The recipe runs from rooms to weights, resumes exactly, and learns."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.teachers.boxstore import box_room, make_store

from sceneglot.errors import SceneglotError
from sceneglot.recipes.lit.pictures import PictureConfig, load_rooms
from sceneglot.recipes.lit.prompts import truth
from sceneglot.recipes.lit.ship import ship_runs
from sceneglot.recipes.rooms_teacher import (
    LitDataset,
    RoomsTeacherConfig,
    draw_weights,
    prepare_pictures,
    scene_captions,
    train_rooms_teacher,
)
from sceneglot.scenes.store import Store
from sceneglot.teachers import minilm
from sceneglot.teachers.embedded import load_tower
from sceneglot.teachers.vit import ViTConfig
from sceneglot.train.loop import LoopConfig

pytestmark = [
    pytest.mark.offline,
    pytest.mark.skipif(find_spec(minilm.PACKAGE) is None, reason="the offline extra is not installed"),
]


def debug(folder: Path) -> RoomsTeacherConfig:
    """A tower that learns nothing much in a few seconds."""
    return RoomsTeacherConfig(
        folder / "data",
        folder / "run",
        tower=ViTConfig(image_size=32, dim=24, depth=1, heads=2),
        pictures=PictureConfig(side=32, photos=2, renders=1, render_size=(48, 64), crops_per_object=1),
        loop=LoopConfig(steps=4, batch_size=8, log_every=1, save_every=2),
        bank=16,
        quick_share=0.0,
    )


def test_from_rooms_to_weights_and_again(tmp_path: Path) -> None:
    make_store(tmp_path / "data")
    config = debug(tmp_path)
    scores = train_rooms_teacher(config)
    result = json.loads((tmp_path / "run" / "exam.json").read_text())
    assert result["scores"]["object"]["count"] == 4 and result["scores"]["object"]["classes"] == 4
    assert scores["object"] == result["scores"]["object"]["top1"]
    once = (tmp_path / "run" / "rooms_vit.safetensors").read_bytes()
    train_rooms_teacher(replace(config, out=tmp_path / "again"))
    assert (tmp_path / "again" / "rooms_vit.safetensors").read_bytes() == once
    assert load_tower(tmp_path / "run" / "rooms_vit.safetensors").config == config.tower


def test_it_can_learn_a_handful_of_pictures(tmp_path: Path) -> None:
    make_store(tmp_path / "data")
    config = debug(tmp_path)
    loop = replace(config.loop, steps=60, batch_size=16, optim=replace(config.loop.optim, lr=3e-3))
    train_rooms_teacher(replace(config, loop=loop))
    lines = [json.loads(x) for x in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    losses = [x["loss/image_to_text"] for x in lines if "loss/image_to_text" in x]
    assert np.mean(losses[-5:]) < 0.6 * np.mean(losses[:5])


def test_batches_depend_on_keys_alone_and_hold_true_texts(tmp_path: Path) -> None:
    store, config = make_store(tmp_path / "data"), debug(tmp_path)
    cache = prepare_pictures(store, config, tmp_path / "pictures")
    data = LitDataset(load_rooms(cache, store.split("train")), scene_captions(store, store.split("train")), config)
    keys = [(0, i) for i in range(8)]
    one, two = (data.collate([data[k] for k in keys]) for _ in range(2))
    assert torch.equal(one.pictures, two.pictures) and torch.equal(one.texts, two.texts)
    assert one.positive[range(8), range(8)].all()  # a text drawn for a picture is true of it
    assert one.positive.shape == (8, 8 + 16)
    captions = [i for i, p in enumerate(data.prompts) if p.scene_id]
    assert len(captions) == 1 and not data.may_flip[captions[0]]  # "a bed left of a desk" must not be mirrored
    views = np.array([r.kind == "room" for r in data.pictures.records])
    assert (truth(*data.facts)[:, captions[0]] == views).all()


def test_quick_steps_are_smaller_and_the_rest_full(tmp_path: Path) -> None:
    store = make_store(tmp_path / "data")
    config = replace(debug(tmp_path), quick_share=0.5, quick_size=16, keep=0.5)
    cache = prepare_pictures(store, config, tmp_path / "pictures")
    data = LitDataset(load_rooms(cache, store.split("train")), [], config)
    batches = [data.collate([data[0, i], data[0, i + 1]]) for i in range(12)]
    assert {(b.pictures.shape[-1], b.keep) for b in batches} == {(16, 0.5), (32, 1.0)}


def test_weights_hold_shares_and_balance(tmp_path: Path) -> None:
    store, config = make_store(tmp_path / "data"), replace(debug(tmp_path), room_share=0.4, balance=0.0)
    records = load_rooms(prepare_pictures(store, config, tmp_path / "p"), store.scene_ids).records
    weight = draw_weights(records, config)
    assert weight.sum() == pytest.approx(1)
    assert weight[[r.kind == "room" for r in records]].sum() == pytest.approx(0.4)
    labels = np.array([r.label for r in records])
    assert {round(weight[labels == name].sum(), 9) for name in set(labels) - {""}} == {0.15}


def test_data_without_splits(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "data", origin="rooms", licence="CC0-1.0")
    store.add(box_room(0), split="train")
    store.finish()
    with pytest.raises(SceneglotError, match="has no val rooms"):
        train_rooms_teacher(debug(tmp_path))


def test_shipping_writes_weights_and_a_card_of_every_seed(tmp_path: Path) -> None:
    make_store(tmp_path / "data")
    config = debug(tmp_path)
    second = replace(config, out=tmp_path / "second", loop=replace(config.loop, seed=1))
    train_rooms_teacher(config)
    train_rooms_teacher(second)
    ship_runs((config.out, second.out), tmp_path / "package", cost="a moment")
    card = json.loads((tmp_path / "package" / "card.json").read_text())
    assert card["seeds"] == [0, 1] and len(card["other_exams"]) == 1
    text = (tmp_path / "package" / "CARD.md").read_text()
    assert "4 steps of 8 pictures" in text and "a moment" in text and "Seeds: 0, 1" in text
    shipped = (tmp_path / "package" / "rooms_vit.safetensors").read_bytes()
    assert shipped == (config.out / "rooms_vit.safetensors").read_bytes()


def test_shipping_an_unfinished_run(tmp_path: Path) -> None:
    with pytest.raises(SceneglotError, match=r"config\.json"):
        ship_runs((tmp_path,), tmp_path / "package", cost="")
