"""Text encoders of the BERT family, truncated to their first layers.

Shapes: B sentences, L tokens, D width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from sceneglot.errors import SceneglotError


@dataclass(frozen=True, eq=False)
class TextFeatures:
    """tokens (B, L, D), sentence (B, D) is the first token, mask (B, L) bool."""

    tokens: Tensor
    sentence: Tensor
    mask: Tensor


class BertText(nn.Module):
    """The first layers of a BERT-type model from transformers, trained on with the rest.

    Args:
        model: embeddings and layers, e.g. from `load_bert`.
        width: D of the rest of the network; a linear map is added when the model's own differs.
    """

    def __init__(self, model: nn.Module, width: int) -> None:
        super().__init__()
        self.model = model
        own = int(model.config.hidden_size)  # type: ignore[union-attr, arg-type]
        self.project = nn.Identity() if own == width else nn.Linear(own, width)

    def forward(self, ids: Tensor, mask: Tensor) -> TextFeatures:
        """Token ids (B, L) int64 and mask (B, L) bool -> features; padding comes out as zero."""
        hidden = self.model(input_ids=ids, attention_mask=mask.long())[0]
        tokens = self.project(hidden) * mask[..., None]
        return TextFeatures(tokens, tokens[:, 0], mask)


def load_bert(source: str, layers: int = 4) -> tuple[nn.Module, Any]:
    """The first `layers` layers of a model and its tokenizer.

    Args:
        source: hub id ("bert-base-uncased") or a folder, e.g. `teachers.minilm.find_minilm()`.

    Raises:
        SceneglotError: it cannot be loaded, or is not of the BERT type.
    """
    from transformers import AutoModel, AutoTokenizer

    try:
        model: Any = AutoModel.from_pretrained(source, add_pooling_layer=False)
        tokenizer = AutoTokenizer.from_pretrained(source)
    except (OSError, ValueError, TypeError) as error:
        raise SceneglotError(f"text encoder {source!r} cannot be loaded ({str(error)[:150]})") from error
    return truncated(model, layers), tokenizer


def new_bert(width: int = 768, heads: int = 12, layers: int = 4, vocabulary: int = 30_522) -> nn.Module:
    """A BERT of random weights: for counting parameters and timing steps without a download."""
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=vocabulary, hidden_size=width, num_attention_heads=heads, num_hidden_layers=layers,
        intermediate_size=4 * width,
    )  # fmt: skip
    return BertModel(config, add_pooling_layer=False)


def truncated(model: Any, layers: int) -> nn.Module:
    """Keep the first `layers` layers of a BERT-type model, in place."""
    stack = getattr(getattr(model, "encoder", None), "layer", None)
    if not isinstance(stack, nn.ModuleList):
        raise SceneglotError(f"text encoder {type(model).__name__} is not of the BERT type: it has no encoder.layer")
    if not 1 <= layers <= len(stack):
        raise SceneglotError(f"text encoder: asked for {layers} of {len(stack)} layers")
    model.encoder.layer = stack[:layers]
    model.config.num_hidden_layers = layers
    return model


def special_mask(ids: Tensor, special_ids: list[int]) -> Tensor:
    """(B, L) bool, True for [CLS], [SEP], [PAD], [MASK] and the like: what must never be masked."""
    return torch.isin(ids, torch.tensor(special_ids, device=ids.device))
