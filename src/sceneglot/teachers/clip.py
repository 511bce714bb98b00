"""Any CLIP or SigLIP checkpoint as a teacher, through transformers (4.45 and later, 5 included), without torchvision.

The towers are called directly instead of `get_image_features`, whose return type changed from a tensor (v4) to
`BaseModelOutputWithPooling` (v5); this also yields the patch tokens without a second pass.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.teachers.base import (
    ImageFeatures,
    TextFeatures,
    empty_images,
    empty_texts,
    folder_name,
    quiet_loading,
    unit,
)
from sceneglot.teachers.preprocess import Preprocess

FAMILIES: dict[str, tuple[Literal["crop", "squash"], int]] = {"clip": ("crop", 77), "siglip": ("squash", 64)}
"""Model type in config.json -> how it fits pictures by default, and its text length."""


class ClipTeacher:
    """A CLIP or SigLIP model behind the `Teacher` protocol.

    Patches: CLIP's patch tokens go through the same post layer norm and visual projection as its class token;
    SigLIP's go one by one through its attention-pooling head, which for a single token is the head's value path.

    Args:
        model_id: hub id ("openai/clip-vit-base-patch32") or a local folder made by `save_pretrained`.
        device: torch device; batch_size: pictures or sentences per forward pass.

    Raises:
        SceneglotError: not reachable, damaged, neither a CLIP nor a SigLIP model, or weights that lack a part of it.
    """

    def __init__(self, model_id: str, *, device: str = "cpu", batch_size: int = 32) -> None:
        self._family, self._preprocess = _inspect(model_id)
        model, self._tokenizer = _load(model_id)
        # transformers 5 keeps the precision of the file; half precision is slow and coarse on a CPU
        self._model: Any = model.float().to(device).eval().requires_grad_(False)
        self._length = min(FAMILIES[self._family][1], int(self._model.config.text_config.max_position_embeddings))
        self._device, self._batch = device, batch_size
        self.name = folder_name(model_id)
        self.image_size = self._preprocess.size
        self.token_dim = int(self._model.config.text_config.hidden_size)
        self.dim = self._joint_dim()

    @property
    def fingerprint(self) -> str:
        """Hash over names, shapes and bytes of all weights."""
        import hashlib

        digest = hashlib.sha256()
        for name, tensor in sorted(self._model.state_dict().items()):
            digest.update(f"{name}{tuple(tensor.shape)}".encode())
            digest.update(tensor.detach().float().cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()[:16]

    @torch.inference_mode()
    def encode_images(self, images: Sequence[np.ndarray]) -> ImageFeatures:
        """See `Teacher.encode_images`."""
        parts = [self._image_batch(images[rows]) for rows in _slices(len(images), self._batch)]
        if not parts:
            return empty_images(self.dim, 0)
        pooled, patches = (torch.cat(x).float().cpu().numpy() for x in zip(*parts))
        return ImageFeatures(unit(pooled), unit(patches))

    @torch.inference_mode()
    def encode_texts(self, texts: Sequence[str]) -> TextFeatures:
        """See `Teacher.encode_texts`; CLIP cuts at 77 tokens, SigLIP at 64."""
        if not texts:
            return empty_texts(self.dim, self.token_dim)
        parts = [self._text_batch(list(texts[rows])) for rows in _slices(len(texts), self._batch)]
        longest = max(int(mask.sum(1).max()) for _, _, mask in parts)
        pooled = torch.cat([p for p, _, _ in parts]).float().cpu().numpy()
        tokens = np.zeros((len(texts), longest, self.token_dim), np.float32)
        masks = np.zeros((len(texts), longest), np.bool_)
        row = 0
        for _, hidden, mask in parts:
            n, length = len(mask), min(longest, mask.shape[1])
            masks[row : row + n, :length] = mask[:, :length].cpu().numpy()
            tokens[row : row + n, :length] = (hidden * mask[..., None])[:, :length].float().cpu().numpy()
            row += n
        return TextFeatures(unit(pooled), tokens, masks)

    def _image_batch(self, images: Sequence[np.ndarray]) -> tuple[Tensor, Tensor]:
        pixels = torch.from_numpy(self._preprocess(images)).to(self._device)
        tower = self._model.vision_model
        out = tower(pixel_values=pixels)
        if self._family == "clip":
            project = self._model.visual_projection
            patches = project(tower.post_layernorm(out.last_hidden_state[:, 1:]))  # 0 is the class token
            return project(out.pooler_output), patches
        hidden = out.last_hidden_state  # SigLIP: already normalised, no class token
        B, P, C = hidden.shape
        return out.pooler_output, tower.head(hidden.reshape(B * P, 1, C)).view(B, P, -1)

    def _text_batch(self, texts: list[str]) -> tuple[Tensor, Tensor, Tensor]:
        siglip = self._family == "siglip"
        rows = self._tokenizer(
            texts,
            padding="max_length" if siglip else "longest",  # SigLIP was trained on padded text, without a mask
            truncation=True,
            max_length=self._length,
            return_attention_mask=True,
            return_tensors="pt",
        ).to(self._device)
        mask = rows["attention_mask"].bool()
        out = self._model.text_model(
            input_ids=rows["input_ids"], attention_mask=None if siglip else rows["attention_mask"]
        )
        pooled = out.pooler_output if siglip else self._model.text_projection(out.pooler_output)
        return pooled, out.last_hidden_state, mask

    def _joint_dim(self) -> int:
        config = self._model.config
        return int(config.projection_dim if self._family == "clip" else config.vision_config.hidden_size)


def _inspect(model_id: str) -> tuple[str, Preprocess]:
    """Family and preprocessing of a checkpoint, from its config files alone."""
    from transformers import AutoConfig

    try:
        config: Any = AutoConfig.from_pretrained(model_id)
    except (OSError, ValueError, KeyError) as error:
        raise _unreachable(model_id, error) from error
    if config.model_type not in FAMILIES:
        raise SceneglotError(
            f"teacher {model_id!r}: model type {config.model_type!r} is not supported; expected one of "
            f"{', '.join(FAMILIES)} (any checkpoint with both towers)"
        )
    fit = FAMILIES[config.model_type][0]
    found = _json_of(model_id, "preprocessor_config.json")
    if found is None:  # transformers 5 nests it in the processor's own file
        found = (_json_of(model_id, "processor_config.json") or {}).get("image_processor", {})
    return config.model_type, Preprocess.from_config(found, size=int(config.vision_config.image_size), fit=fit)


def _load(model_id: str) -> tuple[Any, Any]:
    """Model and tokenizer; refuses weights that do not fill the model, whose gaps transformers fills at random."""
    from safetensors import SafetensorError
    from transformers import AutoModel, AutoTokenizer

    try:
        with quiet_loading():
            model, found = AutoModel.from_pretrained(model_id, output_loading_info=True)
            tokenizer = AutoTokenizer.from_pretrained(model_id)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, UnpicklingError, SafetensorError) as error:
        raise _unreachable(model_id, error) from error
    if missing := sorted(found["missing_keys"]):
        raise SceneglotError(
            f"teacher {model_id!r}: its weights lack {len(missing)} tensors of the model ({missing[0]}); expected a "
            "checkpoint of both towers (delete a partial download and fetch it again)"
        )
    return model, tokenizer


def _json_of(model_id: str, filename: str) -> dict[str, Any] | None:
    local = Path(model_id) / filename
    if not local.is_file():
        if Path(model_id).is_dir():
            return None
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

        try:
            local = Path(hf_hub_download(model_id, filename))
        except (EntryNotFoundError, LocalEntryNotFoundError, OSError):
            return None
    try:
        value = json.loads(local.read_text())
    except ValueError as error:
        raise SceneglotError(f"{filename} of teacher {model_id!r} is not JSON ({error})") from error
    return value if isinstance(value, dict) else None


def _unreachable(model_id: str, error: Exception) -> SceneglotError:
    reason = str(error).strip().split("\n")[0][:160]
    return SceneglotError(
        f"teacher {model_id!r} cannot be loaded: it is no complete local model folder and the hub did not give it "
        f"({reason}); fetch it once with `hf download {model_id}` on a machine with network, give its folder, or use "
        "the built-in teacher `embedded`"
    )


def _slices(count: int, size: int) -> Iterator[slice]:
    return (slice(i, i + size) for i in range(0, count, size))
