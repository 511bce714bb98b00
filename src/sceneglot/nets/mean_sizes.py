"""Mean box sizes (metres; dx, dy, dz) of the 18 ScanNet detection classes, as two lines of published systems use them.

Order: cabinet, bed, chair, sofa, table, door, window, bookshelf, picture, counter, desk, curtain, refrigerator, shower
curtain, toilet, sink, bathtub, and last "garbagebin" (VoteNet) or "others" (ScanRefer and its descendants).
"""

from __future__ import annotations

Sizes = tuple[tuple[float, float, float], ...]

SCANNET_VOTENET: Sizes = (
    (0.7697, 0.8116, 0.9257),
    (1.8769, 1.8426, 1.1932),
    (0.6133, 0.6149, 0.7183),
    (1.3955, 1.5122, 0.8344),
    (0.9795, 1.0675, 0.6330),
    (0.5317, 0.5956, 1.7500),
    (0.9625, 0.7246, 1.1482),
    (0.8322, 1.0491, 1.6876),
    (0.2113, 0.4206, 0.5373),
    (1.4440, 1.8971, 0.2699),
    (1.0294, 1.4041, 0.8755),
    (1.3766, 0.6552, 1.6813),
    (0.6651, 0.7111, 1.2989),
    (0.4200, 0.3791, 1.7514),
    (0.5936, 0.5912, 0.7392),
    (0.5087, 0.5066, 0.3014),
    (1.1512, 1.0546, 0.4971),
    (0.4754, 0.4925, 0.5802),
)
"""VoteNet's table (votenet 2f6d6d3), rounded to four decimals."""

SCANNET_SCANREFER: Sizes = (
    (0.7750, 0.9490, 0.9654),
    (1.8690, 1.8321, 1.1922),
    (0.6121, 0.6193, 0.7048),
    (1.4411, 1.6045, 0.8365),
    (1.0478, 1.2016, 0.6346),
    (0.5610, 0.6085, 1.7195),
    (1.0789, 0.8203, 1.1692),
    (0.8417, 1.3505, 1.6899),
    (0.2305, 0.4764, 0.5657),
    (1.4548, 1.9712, 0.2864),
    (1.0786, 1.5371, 0.8650),
    (1.4312, 0.7692, 1.6498),
    (0.6297, 0.7087, 1.3143),
    (0.4393, 0.4157, 1.7000),
    (0.5850, 0.5788, 0.7203),
    (0.5116, 0.5096, 0.3129),
    (1.1732, 1.0599, 0.5181),
    (0.4329, 0.5193, 0.4844),
)
"""The table of ScanRefer, ScanQA and CLIP-guided 3D VQA, rounded to four decimals."""
