"""Text encoders of the BERT family, truncated to their first layers.

Shapes: B sentences, L tokens, D width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from sceneglot.errors import SceneglotError
from sceneglot.nets.scene_encoder import transformer


@dataclass(frozen=True, eq=False)
class TextFeatures:
    """tokens (B, L, D), sentence (B, D) is the first token, mask (B, L) bool."""

    tokens: Tensor
    sentence: Tensor
    mask: Tensor


class BertText(nn.Module):
    """The first layers of a BERT-type model from transformers, trained on or frozen, and layers of our own.

    Args:
        model: embeddings and layers, e.g. from `load_bert`.
        width: D of the rest of the network; a linear map is added when the model's own differs.
        own_layers: new transformer layers at width D behind it. With none of the model's layers and it frozen, this is
            a small text encoder on ready-made word vectors, for training on a CPU.
        frozen: the model stays as it is; nothing is computed backwards through it.
    """

    def __init__(self, model: nn.Module, width: int, own_layers: int = 0, *, frozen: bool = False) -> None:
        super().__init__()
        self.model, self.frozen = model.requires_grad_(not frozen), frozen
        own = int(model.config.hidden_size)  # type: ignore[union-attr, arg-type]
        self.project = nn.Identity() if own == width else nn.Linear(own, width)
        self.layers = transformer(width, max(1, width // 64), 2 * width, own_layers, 0.1, "gelu")

    def train(self, mode: bool = True) -> BertText:
        """Like `nn.Module.train`, but a frozen model has no dropout."""
        super().train(mode)
        if self.frozen:
            self.model.eval()
        return self

    def forward(self, ids: Tensor, mask: Tensor) -> TextFeatures:
        """Token ids (B, L) int64 and mask (B, L) bool, at least one each -> features; padding comes out as zero."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            hidden = self.model(input_ids=ids, attention_mask=mask.long())[0]
        tokens = self.project(hidden)
        for layer in self.layers:
            tokens = layer(tokens, src_key_padding_mask=~mask)
        tokens = tokens * mask[..., None]
        return TextFeatures(tokens, tokens[:, 0], mask)


def load_bert(source: str, layers: int = 4) -> tuple[nn.Module, Any]:
    """The first `layers` layers of a model and its tokenizer.

    Args:
        source: hub id ("bert-base-uncased") or a folder, e.g. `teachers.minilm.find_minilm()`.

    Raises:
        SceneglotError: it cannot be loaded, or is not of the BERT type.
    """
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()  # or it tells at length that the pooling layer, which nobody asked for, is not used
    try:
        model: Any = AutoModel.from_pretrained(source, add_pooling_layer=False)
        tokenizer = AutoTokenizer.from_pretrained(source)
    except (OSError, ValueError, TypeError) as error:
        raise SceneglotError(f"text encoder {source!r} cannot be loaded ({str(error)[:150]})") from error
    finally:
        logging.set_verbosity(before)
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
    """Keep the first `layers` layers of a BERT-type model, in place; 0 leaves the word embeddings."""
    stack = getattr(getattr(model, "encoder", None), "layer", None)
    if not isinstance(stack, nn.ModuleList):
        raise SceneglotError(f"text encoder {type(model).__name__} is not of the BERT type: it has no encoder.layer")
    if not 0 <= layers <= len(stack):
        raise SceneglotError(f"text encoder: asked for {layers} of {len(stack)} layers")
    model.encoder.layer = stack[:layers]
    model.config.num_hidden_layers = layers
    return model
