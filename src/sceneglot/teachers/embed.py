"""Run a teacher over a store once and keep what it says: picture features per scene, text features per sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from sceneglot.atomic import remove_leftovers
from sceneglot.errors import SceneglotError
from sceneglot.rendering import Cloud, render, top_down
from sceneglot.scenes.scene import Scene
from sceneglot.scenes.store import Store
from sceneglot.scenes.tensorfile import write_tensors
from sceneglot.teachers.base import Teacher
from sceneglot.teachers.features import FeatureMeta, FeatureStore, read_meta, shard_texts, write_meta

Progress = Callable[[str, int, int], None]
"""Called with ("scenes" | "texts", finished, all)."""

RENDER_SIZE = 256
"""Smallest side of the rendered pictures; they are square, so that cropping and squashing teachers see the same."""

SHARD = 4096
"""Most texts per shard: what an interruption can cost at most."""


def embed(
    store: Store,
    teacher: Teacher,
    *,
    views: int = 8,
    batch_size: int = 512,
    patches: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> FeatureStore:
    """Cache a teacher's features of all scenes and all sentences (and answers) of a store.

    What is there already is kept, so an interrupted run continues and new scenes or sentences are added.

    Args:
        views: rendered views per scene; the view from above and up to `views` posed photographs come on top.
        batch_size: sentences handed to the teacher at once (its own batches may be smaller).
        patches: keep patch features of the rendered views too: about P times the space.
        overwrite: throw away what is there instead of refusing when it was made with other weights or settings.
        progress: told about every finished scene and batch of texts.

    Raises:
        SceneglotError: the folder holds features made with other weights or settings.
    """
    folder = store.feature_dir(teacher.name)
    meta = FeatureMeta(
        teacher=teacher.name,
        fingerprint=teacher.fingerprint,
        dim=teacher.dim,
        token_dim=teacher.token_dim,
        image_size=teacher.image_size,
        views=views,
        patches=patches,
    )
    _agree(folder, meta, overwrite)
    report = progress or (lambda what, done, count: None)
    missing = [s for s in store.scene_ids if not (folder / "views" / f"{s}.safetensors").is_file()]
    report("scenes", len(store.scene_ids) - len(missing), len(store.scene_ids))
    for done, scene_id in enumerate(missing, start=len(store.scene_ids) - len(missing) + 1):
        arrays = embed_scene(store.scene(scene_id), teacher, views, patches)
        write_tensors(folder / "views" / f"{scene_id}.safetensors", arrays, {"scene_id": scene_id})
        report("scenes", done, len(store.scene_ids))
    embed_texts(folder, teacher, store_texts(store), batch_size, report)
    return FeatureStore(folder)


def embed_scene(scene: Scene, teacher: Teacher, views: int, patches: bool = False) -> dict[str, np.ndarray]:
    """Picture features of one scene as named float16 arrays, see `sceneglot.teachers.features`."""
    side = max(RENDER_SIZE, teacher.image_size)
    cloud = Cloud.of(scene)
    pictures = [view.rgb for view in render(cloud, views, (side, side))] if views else []
    pictures.append(top_down(cloud, (side, side)).rgb)
    photos = [scene.views[i].rgb for i in spread(len(scene.views), views)]
    features = teacher.encode_images(pictures + photos)
    pooled = features.pooled.astype(np.float16)
    arrays = {"global": pooled[:views], "top": pooled[views], "photos": pooled[views + 1 :]}
    if patches:
        arrays["patches"] = features.patches[:views].astype(np.float16)
    return arrays


def spread(count: int, wanted: int) -> list[int]:
    """At most `wanted` indices of 0..count-1, first and last included, evenly apart."""
    if count == 0 or wanted == 0:
        return []
    return np.unique(np.linspace(0, count - 1, min(wanted, count)).round().astype(int)).tolist()


def store_texts(store: Store) -> list[str]:
    """The different texts of a store in order of first use: sentences, questions and answers."""
    texts: dict[str, None] = {}
    for utterance in store.utterances():
        texts.update(dict.fromkeys((utterance.text, *utterance.answers)))
    return list(texts)


def embed_texts(folder: Path, teacher: Teacher, texts: Sequence[str], batch_size: int, report: Progress) -> None:
    """Add the features of all texts that have none yet, in shards of at most `SHARD`."""
    shards = sorted((folder / "texts").glob("[0-9]*.safetensors"))
    known = {text for path in shards for text in shard_texts(path)}
    missing = [text for text in dict.fromkeys(texts) if text not in known]
    total, done = len(known) + len(missing), len(known)
    report("texts", done, total)
    number = int(shards[-1].stem) + 1 if shards else 0
    for start in range(0, len(missing), SHARD):
        part = missing[start : start + SHARD]
        pooled, tokens, lengths = [], [], []
        for rows in _chunks(part, batch_size):
            features = teacher.encode_texts(rows)
            pooled.append(features.pooled.astype(np.float16))
            tokens.append(features.tokens[features.mask].astype(np.float16))
            lengths.extend(features.mask.sum(1).tolist())
            done += len(rows)
            report("texts", done, total)
        arrays = {
            "offsets": np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            "pooled": np.concatenate(pooled),
            "tokens": np.concatenate(tokens),
        }
        listed = {"texts": json.dumps(part, ensure_ascii=False)}
        write_tensors(folder / "texts" / f"{number:05d}.safetensors", arrays, listed)
        number += 1


def _agree(folder: Path, meta: FeatureMeta, overwrite: bool) -> None:
    """Write down what the features are made with, or compare with what an earlier run wrote."""
    if overwrite and folder.exists():
        shutil.rmtree(folder)
    if not (folder / "meta.json").is_file():
        write_meta(folder, meta)
        return
    for sub in ("views", "texts"):
        remove_leftovers(folder / sub)
    earlier, now = asdict(read_meta(folder)), asdict(meta)
    if changed := [key for key in now if earlier[key] != now[key]]:
        key = changed[0]
        raise SceneglotError(
            f"{folder}: holds features made with {key} {earlier[key]!r}, now {now[key]!r} is asked for; "
            "embed again with the same settings, or give --overwrite to throw them away"
        )


def _chunks(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (items[i : i + size] for i in range(0, len(items), size))
