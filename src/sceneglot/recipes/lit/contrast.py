"""What one training step needs: pictures as the camera might also have seen them, and the contrastive loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from sceneglot.teachers.embedded import IMAGE_MEAN, IMAGE_STD


@dataclass(frozen=True)
class AugmentConfig:
    """How far pictures may change.

    Attributes:
        zoom: least and most side of the cut-out, as a share of the picture (above 1 shrinks it into a plain border).
        stretch: most change of aspect ratio, as a factor.
        light: most change of brightness and contrast, as a share. Hue stays: colour words have to stay true.
        tint: most change of each channel on its own, as a share: white balance, small enough to keep colour words true.
        blur: most weight of the 3x3 mean, for pictures of few points.
        noise: most standard deviation of pixel noise, on the 0..1 scale.
        erase: probability of a grey rectangle somewhere.
    """

    zoom: tuple[float, float] = (0.7, 1.1)
    stretch: float = 1.2
    light: float = 0.25
    tint: float = 0.08
    blur: float = 1.0
    noise: float = 0.04
    erase: float = 0.25


def augment(pixels: Tensor, size: int, config: AugmentConfig, flip: Tensor, generator: torch.Generator) -> Tensor:
    """(B, S, S, 3) uint8 -> (B, 3, size, size) float32, cut out, mirrored, relit, roughened and normalised.

    Args:
        flip: (B,) bool, which pictures may be mirrored: none whose text says left or right.
    """
    B = len(pixels)

    def draw(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(B, generator=generator)

    x = pixels.permute(0, 3, 1, 2).float() / 255
    zoom, stretch = draw(*config.zoom), draw(-1, 1).mul(torch.log(torch.tensor(config.stretch)) / 2).exp()
    mirror = torch.where(flip & (draw(0, 1) < 0.5), -1.0, 1.0)
    theta = torch.zeros(B, 2, 3)
    theta[:, 0, 0], theta[:, 1, 1] = zoom * stretch * mirror, zoom / stretch
    theta[:, 0, 2], theta[:, 1, 2] = (1 - zoom).abs() * draw(-1, 1), (1 - zoom).abs() * draw(-1, 1)
    grid = F.affine_grid(theta, [B, 3, size, size], align_corners=False)
    x = F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)
    gain, contrast = (draw(1 - config.light, 1 + config.light)[:, None, None, None] for _ in range(2))
    x = (x - 0.5) * contrast + 0.5
    tint = 1 + config.tint * (2 * torch.rand(B, 3, 1, 1, generator=generator) - 1)
    smooth = F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
    x = torch.lerp(x, smooth, draw(0, config.blur)[:, None, None, None]) * gain * tint
    x = x + torch.randn(x.shape, generator=generator) * draw(0, config.noise)[:, None, None, None]
    x = _erase(x, draw(0, 1) < config.erase, draw, size).clamp(0, 1)
    return normalise(x)


def normalise(x: Tensor) -> Tensor:
    """(B, 3, S, S) in 0..1 -> the image tower's scale."""
    mean, std = (torch.tensor(v)[:, None, None] for v in (IMAGE_MEAN, IMAGE_STD))
    return (x - mean) / std


def multi_positive_loss(logits: Tensor, positive: Tensor) -> Tensor:
    """Contrastive loss of rows against columns where several columns may be right.

    Every right column competes with the wrong ones only, never with other right ones:
    -mean over positives p of log(exp(s_p) / (exp(s_p) + sum over negatives n of exp(s_n))).

    Args:
        logits: (R, C) float; positive: (R, C) bool. Rows without a positive count nothing.

    Returns:
        Mean over rows that have a positive; zero, with a gradient path, if none has.
    """
    negatives = torch.logsumexp(logits.masked_fill(positive, float("-inf")), 1, keepdim=True)
    each = F.softplus((negatives - logits).masked_fill(~positive, float("-inf"))) * positive
    count = positive.sum(1)
    per_row = each.sum(1) / count.clamp(min=1)
    return per_row.sum() / (count > 0).sum().clamp(min=1)


def _erase(x: Tensor, chosen: Tensor, draw: Callable[[float, float], Tensor], size: int) -> Tensor:
    """Cover a rectangle of up to 40 % per side with a plain grey, in the chosen pictures."""
    position = torch.arange(size) / size
    v, u, h, w = draw(0, 0.8), draw(0, 0.8), draw(0.1, 0.4), draw(0.1, 0.4)
    rows = (position >= v[:, None]) & (position < (v + h)[:, None])
    columns = (position >= u[:, None]) & (position < (u + w)[:, None])
    covered = (rows[:, :, None] & columns[:, None, :] & chosen[:, None, None])[:, None]
    return torch.where(covered, draw(0, 1)[:, None, None, None], x)
