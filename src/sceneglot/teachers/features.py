"""FeatureStore: cached teacher features, read lazily and memory-mapped.

A folder, by convention `<store>/features/<teacher>/`:

    meta.json                      teacher, fingerprint of its weights, sizes, how the views were rendered
    views/<scene id>.safetensors   global (V, D), top (D,), photos (F, D), optional patches (V, P, D); all float16
    texts/<shard>.safetensors      pooled (T, D) and ragged tokens (sum L, Dt) float16, offsets (T + 1,) int64;
                                   the texts themselves as JSON in the header's metadata

Text shards are only ever added, so new sentences never rewrite old features.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import numpy as np

from sceneglot.atomic import write_json
from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.store import Store
from sceneglot.scenes.tensorfile import open_tensors
from sceneglot.teachers.base import folder_name, unit

_FIX = "run 'sceneglot embed' again with --overwrite"


@dataclass(frozen=True)
class FeatureMeta:
    """What the features of a folder were made with; features made differently must not be mixed.

    Attributes:
        teacher, fingerprint, dim, token_dim, image_size: of the teacher, see `Teacher`.
        views: rendered views per scene, beside the view from above; patches: whether patch features are kept.
    """

    teacher: str
    fingerprint: str
    dim: int
    token_dim: int
    image_size: int
    views: int
    patches: bool


@dataclass(frozen=True, eq=False)
class SceneFeatures:
    """Picture features of one scene, memory-mapped float16 of (nearly) unit norm.

    Attributes:
        views: (V, D) rendered views; top: (D,) the view from above; photos: (F, D) posed photographs, F may be 0.
        patches: (V, P, D) of the rendered views, row-major over a square grid, or None where not kept.
    """

    views: np.ndarray
    top: np.ndarray
    photos: np.ndarray
    patches: np.ndarray | None

    @property
    def images(self) -> np.ndarray:
        """(V + 1 + F, D) float32 unit vectors: rendered views, view from above, photographs."""
        return unit(np.concatenate([self.views, self.top[None], self.photos]))


class FeatureStore:
    """The reading side of `embed`.

    Args:
        folder: see the module's docstring; `FeatureStore.of(store, teacher_name)` finds it.

    Raises:
        BadFileError: no feature folder, or a damaged one.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.meta = read_meta(self.folder)
        self._shards = sorted((self.folder / "texts").glob("[0-9]*.safetensors"))
        self._place: dict[str, tuple[int, int]] = {}
        for shard, path in enumerate(self._shards):
            for row, text in enumerate(shard_texts(path)):
                self._place.setdefault(text, (shard, row))
        self._open_shard = lru_cache(maxsize=None)(self._map_shard)

    @classmethod
    def of(cls, store: Store, teacher: str = "embedded") -> FeatureStore:
        """The features of a store by the teacher's name, as given to `load_teacher` or as in `Teacher.name`.

        Raises:
            SceneglotError: they have not been made yet.
        """
        folder = store.feature_dir(folder_name(teacher))
        if not (folder / "meta.json").is_file():
            raise SceneglotError(
                f"{store.path}: has no features of teacher {teacher!r}; "
                f"run 'sceneglot embed {store.path} --teacher {teacher}'"
            )
        return cls(folder)

    @property
    def scene_ids(self) -> tuple[str, ...]:
        """Scenes that have picture features, sorted."""
        return tuple(sorted(p.stem for p in (self.folder / "views").glob("*.safetensors") if p.name[0] != "."))

    @property
    def texts(self) -> tuple[str, ...]:
        """All texts that have features, in the order they were encoded."""
        return tuple(self._place)

    def scene(self, scene_id: str) -> SceneFeatures:
        """Picture features of a scene."""
        path = self.folder / "views" / f"{scene_id}.safetensors"
        if not path.is_file():
            raise SceneglotError(f"{self.folder}: no features of scene {scene_id!r}; run 'sceneglot embed' to add them")
        arrays = open_tensors(path).map()
        try:
            features = SceneFeatures(arrays["global"], arrays["top"], arrays["photos"], arrays.get("patches"))
        except KeyError as error:
            raise BadFileError(path, f"holds no tensor named {error}", _FIX) from error
        if features.views.shape != (self.meta.views, self.meta.dim):
            expected = (self.meta.views, self.meta.dim)
            raise BadFileError(path, f"global has shape {features.views.shape}, expected {expected}", _FIX)
        return features

    def __contains__(self, text: object) -> bool:
        return text in self._place

    def pooled(self, texts: Sequence[str]) -> np.ndarray:
        """(B, D) float32 unit vectors of texts."""
        rows = [self._find(text) for text in texts]
        vectors = [self._open_shard(shard)["pooled"][row] for shard, row in rows]
        return unit(np.stack(vectors)) if vectors else np.zeros((0, self.meta.dim), np.float32)

    def tokens(self, text: str) -> np.ndarray:
        """(L, Dt) float32 token features of one text, unpadded."""
        shard, row = self._find(text)
        arrays = self._open_shard(shard)
        start, stop = arrays["offsets"][row : row + 2]
        return arrays["tokens"][start:stop].astype(np.float32)

    def _find(self, text: str) -> tuple[int, int]:
        place = self._place.get(text)
        if place is None:
            shown = text if len(text) < 60 else text[:57] + "..."
            raise SceneglotError(f"{self.folder}: no features of the text {shown!r}; run 'sceneglot embed' to add them")
        return place

    def _map_shard(self, shard: int) -> dict[str, np.ndarray]:
        return open_tensors(self._shards[shard]).map(["pooled", "tokens", "offsets"])


def shard_texts(path: Path) -> list[str]:
    """The texts of one shard, in the order of its rows."""
    file = open_tensors(path)
    try:
        texts = json.loads(file.metadata["texts"])
    except (KeyError, ValueError) as error:
        raise BadFileError(path, "is no text feature file: its header lists no texts", _FIX) from error
    if len(texts) != file.shape("pooled")[0]:
        raise BadFileError(path, f"lists {len(texts)} texts for {file.shape('pooled')[0]} rows", _FIX)
    return texts


def read_meta(folder: Path) -> FeatureMeta:
    """Read `meta.json`.

    Raises:
        BadFileError: missing or damaged.
    """
    path = folder / "meta.json"
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return FeatureMeta(**{f.name: values[f.name] for f in fields(FeatureMeta)})
    except FileNotFoundError:
        raise BadFileError(path, "no such file", "make features with 'sceneglot embed'") from None
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise BadFileError(path, f"is not the description of cached features ({error})", _FIX) from error


def write_meta(folder: Path, meta: FeatureMeta) -> None:
    """Write `meta.json`, atomically."""
    write_json(folder / "meta.json", meta, sort_keys=True)
