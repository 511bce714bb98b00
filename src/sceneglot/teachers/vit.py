"""The image tower of the embedded teacher: a small vision transformer with a convolutional stem, own torch code.

Legend: B pictures, S side in pixels, g = S / 16 patches per side, P = g * g patches, C channels, D joint space.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STRIDE = 16
"""Pixels per patch side: four convolutions of stride 2."""


@dataclass(frozen=True)
class ViTConfig:
    """Size of the tower. The default is the shipped one: 3.1 million parameters, 6.2 MB as float16.

    Attributes:
        image_size: side of the square input in pixels; any multiple of 16 also works at run time, since positions
            are sine-cosine and not learned.
        dim: channels C of the transformer; depth: blocks; heads: attention heads; out_dim: D.
    """

    image_size: int = 112
    dim: int = 192
    depth: int = 6
    heads: int = 3
    out_dim: int = 384


class ImageTower(nn.Module):
    """Pictures -> one vector per patch and one per picture in the joint space.

    A convolutional stem (Xiao et al. 2021, arXiv 2106.14881: early convolutions train faster and steadier than a
    patchify layer) is followed by pre-norm transformer blocks. The pooled vector is the mean of the projected
    patches, so patch vectors live in the joint space by construction.
    """

    def __init__(self, config: ViTConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or ViTConfig()
        widths = (3, config.dim // 6, config.dim // 3, 2 * config.dim // 3)
        self.stem = nn.Sequential(
            *(_ConvNormAct(a, b) for a, b in pairwise(widths)),
            nn.Conv2d(widths[-1], config.dim, 3, stride=2, padding=1),
        )
        self.blocks = nn.ModuleList(_Block(config.dim, config.heads) for _ in range(config.depth))
        self.norm = nn.LayerNorm(config.dim)
        self.project = nn.Linear(config.dim, config.out_dim, bias=False)

    def forward(self, pictures: Tensor, keep: float = 1.0) -> tuple[Tensor, Tensor]:
        """Encode normalised pictures.

        Args:
            pictures: (B, 3, S, S) float32, normalised; S a multiple of 16.
            keep: share of patches that reach the transformer, drawn at random. Below 1 only while training, where it
                saves time (Li et al. 2023, arXiv 2212.00794, FLIP).

        Returns:
            pooled (B, D) and patches (B, P', D) with P' = round(keep * P); neither is normalised.
        """
        x = self.stem(pictures).flatten(2).transpose(1, 2)  # (B, P, C)
        grid = pictures.shape[-1] // STRIDE
        x = x + sine_positions(grid, self.config.dim).to(x)
        if keep < 1.0:
            x = _drop_patches(x, keep)
        for block in self.blocks:
            x = block(x)
        patches = self.project(self.norm(x))  # (B, P', D)
        return patches.mean(1), patches


class _ConvNormAct(nn.Module):
    """3x3 convolution of stride 2, group norm (never batch norm: no picture may see its batch mates), GELU."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, 3, stride=2, padding=1, bias=False)
        self.norm = nn.GroupNorm(4, c_out)

    def forward(self, x: Tensor) -> Tensor:
        return F.gelu(self.norm(self.conv(x)))


class _Block(nn.Module):
    """Pre-norm attention and MLP, (B, P, C) -> (B, P, C)."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x: Tensor) -> Tensor:
        B, P, C = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(B, P, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(B, P, C)
        x = x + self.out(attended)
        return x + self.mlp(self.norm2(x))


def sine_positions(grid: int, dim: int) -> Tensor:
    """(grid * grid, dim) float32 sine-cosine positions: a quarter of the channels each for sin x, cos x, sin y, cos y.

    Positions run over the unit square, so that another input size sees the same picture coordinates.
    """
    frequency = torch.pi * 2.0 ** torch.linspace(0.0, 4.0, dim // 4)
    centre = (torch.arange(grid, dtype=torch.float32) + 0.5) / grid
    angle = centre[:, None] * frequency  # (grid, dim / 4)
    x = angle[None].expand(grid, -1, -1).reshape(grid * grid, -1)
    y = angle[:, None].expand(-1, grid, -1).reshape(grid * grid, -1)
    return torch.cat([x.sin(), x.cos(), y.sin(), y.cos()], 1)


def _drop_patches(x: Tensor, keep: float) -> Tensor:
    B, P, C = x.shape
    chosen = torch.rand(B, P, device=x.device).argsort(1)[:, : max(1, round(keep * P))]
    return x.gather(1, chosen[..., None].expand(-1, -1, C))
