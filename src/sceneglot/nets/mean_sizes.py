"""Mean box sizes (metres; dx, dy, dz) of the 18 ScanNet detection classes of ScanRefer and its descendants.

Order: cabinet, bed, chair, sofa, table, door, window, bookshelf, picture, counter, desk, curtain, refrigerator, shower
curtain, toilet, sink, bathtub, others.
"""

from __future__ import annotations

Sizes = tuple[tuple[float, float, float], ...]

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
