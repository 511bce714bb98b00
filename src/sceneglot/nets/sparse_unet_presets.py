"""Published sparse U-Nets by name, with their parameter counts.

| function | from | parameters with a linear head of 20 classes |
|---|---|---|
| `res16unet34c` | MinkUNet34C as in Contrastive Scene Contexts (Hou et al., 2021) | 37.85 M (3 channels in, 3^3 stem) |
| `spunet_v1m1` | Pointcept's SpUNet | 39.16 M (6 channels in) |
| `unet7` with width 32 | PointGroup's network (Jiang et al., 2020), as in PLA "SparseUNet32" | 30.1 M (6 channels in) |
| `unet7` with width 16 | the same, "SparseUNet16" | 7.5 M (6 channels in) |
"""

from __future__ import annotations

from sceneglot.nets.sparse_unet import LevelConfig, SparseUNetConfig

_ENCODER_34 = (LevelConfig(32, 2), LevelConfig(64, 3), LevelConfig(128, 4), LevelConfig(256, 6))
_DECODER_C = (LevelConfig(256, 2), LevelConfig(128, 2), LevelConfig(96, 2), LevelConfig(96, 2))


def res16unet34c(in_channels: int = 3, *, stem_size: int = 3) -> SparseUNetConfig:
    """MinkUNet34C; channels change in the first block after each step down. The original stem is 5^3."""
    return SparseUNetConfig(in_channels, 32, stem_size, _ENCODER_34, _DECODER_C, widen_early=False, norm_momentum=0.02)


def spunet_v1m1(in_channels: int = 6) -> SparseUNetConfig:
    """SpUNet-v1m1; channels change in the step down."""
    return SparseUNetConfig(
        in_channels, 32, 5, _ENCODER_34, _DECODER_C, norm_eps=1e-3, norm_momentum=0.01, initial_std=0.02
    )


def unet7(in_channels: int = 6, *, width: int = 16, levels: int = 7) -> SparseUNetConfig:
    """PointGroup's network: `levels` levels of 1, 2, 3, ... times `width` channels, two blocks per level and side.

    Width 16 is the one for training on two CPU cores.
    """
    return SparseUNetConfig(
        in_channels,
        width,
        3,
        encoder=tuple(LevelConfig(width * i, 2) for i in range(2, levels + 1)),
        decoder=tuple(LevelConfig(width * i, 2) for i in range(levels - 1, 0, -1)),
        stem_blocks=2,
        preactivation=True,
        norm_eps=1e-4,
    )
