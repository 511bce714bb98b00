"""Checkpoints: one safetensors file with the weights and, in its header, everything needed to use them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from sceneglot.atomic import atomic_path
from sceneglot.errors import BadFileError

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Checkpoint:
    """Weights and facts of one training state.

    Attributes:
        tensors: parameter and buffer name -> tensor on the CPU.
        facts: JSON-able description: config, label space, answer vocabulary, normalisation, teacher name.
        step: number of optimiser steps taken.
        optimizer: flattened optimiser state ("<index>.<name>" -> tensor); empty in files meant for use only.
        rng: state of the torch CPU generator, or None; device_rng: of that of the GPU trained on, which draws dropout.
    """

    tensors: Mapping[str, Tensor]
    facts: Mapping[str, Any]
    step: int = 0
    optimizer: Mapping[str, Tensor] = field(default_factory=dict)
    rng: Tensor | None = None
    device_rng: Tensor | None = None


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint atomically: a crash leaves either the old file or the new one, never half of one."""
    payload = {f"net/{k}": _plain(v) for k, v in checkpoint.tensors.items()}
    payload |= {f"optimizer/{k}": _plain(v) for k, v in checkpoint.optimizer.items()}
    for name, state in (("torch", checkpoint.rng), ("device", checkpoint.device_rng)):
        if state is not None:
            payload[f"rng/{name}"] = _plain(state)
    header = {
        "format": "sceneglot-checkpoint",
        "version": str(FORMAT_VERSION),
        "step": str(checkpoint.step),
        "facts": json.dumps(checkpoint.facts, sort_keys=True),
    }
    with atomic_path(path) as temporary:
        save_file(payload, str(temporary), metadata=header)
    return path


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint written by `save_checkpoint`.

    Raises:
        BadFileError: the file is missing, is no safetensors file, was written by something else, or by a newer version.
    """
    if not path.is_file():
        raise BadFileError(path, "no such checkpoint", "train first, or name a folder written by 'sceneglot train'")
    try:
        with safe_open(str(path), framework="pt") as file:
            header = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, OSError, ValueError) as error:
        raise BadFileError(path, f"not a readable checkpoint ({error})", "copy it again") from error
    if header.get("format") != "sceneglot-checkpoint":
        raise BadFileError(path, "a safetensors file, but not written by sceneglot")
    if int(header.get("version", "0")) > FORMAT_VERSION:
        raise BadFileError(path, f"format version {header['version']}, this sceneglot reads up to {FORMAT_VERSION}")
    part = lambda prefix: {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}  # noqa: E731
    return Checkpoint(
        part("net/"),
        json.loads(header["facts"]),
        int(header["step"]),
        part("optimizer/"),
        tensors.get("rng/torch"),
        tensors.get("rng/device"),
    )


def flatten_optimizer(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Optimiser state as "<parameter index>.<name>" -> tensor, so that it needs no pickle."""
    flat: dict[str, Tensor] = {}
    for index, parameter in enumerate(_parameters(optimizer)):
        for name, value in optimizer.state.get(parameter, {}).items():
            flat[f"{index}.{name}"] = value if isinstance(value, Tensor) else torch.tensor(value)
    return flat


def restore_optimizer(optimizer: torch.optim.Optimizer, flat: Mapping[str, Tensor]) -> None:
    """Inverse of `flatten_optimizer`; the optimiser must have been built over the same parameters in the same order."""
    parameters = _parameters(optimizer)
    for key, value in flat.items():
        index, name = key.split(".", 1)
        parameter = parameters[int(index)]
        keep_on_cpu = value.ndim == 0  # step counters
        optimizer.state[parameter][name] = value.clone() if keep_on_cpu else value.to(parameter.device).clone()


def net_tensors(net: nn.Module) -> dict[str, Tensor]:
    """All parameters and persistent buffers of a network, on the CPU."""
    return {name: tensor.detach().cpu() for name, tensor in net.state_dict().items()}


def _parameters(optimizer: torch.optim.Optimizer) -> list[nn.Parameter]:
    return [p for group in optimizer.param_groups for p in group["params"]]


def _plain(tensor: Tensor) -> Tensor:
    # safetensors refuses views that share storage; a contiguous clone never does.
    return tensor.detach().cpu().contiguous().clone()
