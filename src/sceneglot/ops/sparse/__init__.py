"""Sparse voxel tensors in plain torch: grids of occupied voxels, cached kernel maps, convolutions on them."""

from sceneglot.ops.sparse.convolution import sparse_conv, sparse_conv_reference
from sceneglot.ops.sparse.grid import Coarsening, VoxelGrid
from sceneglot.ops.sparse.kernel_map import KernelMap
from sceneglot.ops.sparse.voxelise import Voxels, segment_mean, voxelise

__all__ = [
    "Coarsening",
    "KernelMap",
    "VoxelGrid",
    "Voxels",
    "segment_mean",
    "sparse_conv",
    "sparse_conv_reference",
    "voxelise",
]
