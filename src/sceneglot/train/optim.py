"""Optimiser groups and schedules."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from sceneglot.errors import SceneglotError


@dataclass(frozen=True)
class OptimConfig:
    """Optimiser and learning-rate schedule.

    Attributes:
        lr: peak learning rate.
        weight_decay: decoupled (AdamW); never applied to biases, norms and other vectors.
        warmup: fraction of all steps with linearly growing rate.
        schedule: "cosine" down to `floor` x lr; "steps": x `decay` at each fraction in `milestones`; "constant".
        faster: (name prefix, factor) pairs: parameters whose name starts so learn with factor x lr.
        clip_norm: L2 gradient clipping, 0 for none.
        clip_value: element-wise gradient clipping as in the released 3D-VQA code, 0 for none.
        bn_momentum: first BatchNorm momentum, halved every 1 / (`bn_halvings` + 1) of the run, floor 0.001 (VoteNet:
            0.5, every 20 epochs, so 0.25 halvings in 25 epochs); 0 leaves the networks' own momentum.
    """

    lr: float = 1e-3
    weight_decay: float = 1e-2
    warmup: float = 0.05
    schedule: Literal["cosine", "steps", "constant"] = "cosine"
    floor: float = 0.02
    milestones: tuple[float, ...] = (0.6, 0.9)
    decay: float = 0.2
    faster: tuple[tuple[str, float], ...] = ()
    clip_norm: float = 5.0
    clip_value: float = 0.0
    bn_momentum: float = 0.0
    bn_halvings: float = 9

    def __post_init__(self) -> None:
        for name in ("lr", "weight_decay"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise SceneglotError(f"--loop.optim.{name.replace('_', '-')} must be a number from 0, found {value}")


def build_optimizer(net: nn.Module, config: OptimConfig) -> torch.optim.AdamW:
    """AdamW over the trainable parameters, grouped by rate factor and by weight decay (by tensor rank, not name)."""
    parameters = [(name, p) for name, p in net.named_parameters() if p.requires_grad]
    groups = []
    for factor in sorted({_factor(name, config) for name, _ in parameters}):
        members = [p for name, p in parameters if _factor(name, config) == factor]
        for decay, chosen in ((config.weight_decay, True), (0.0, False)):
            kept = [p for p in members if (p.ndim > 1) == chosen]
            if kept:
                groups.append({"params": kept, "weight_decay": decay, "factor": factor})
    return torch.optim.AdamW(groups, lr=config.lr)


def _factor(name: str, config: OptimConfig) -> float:
    return next((factor for prefix, factor in config.faster if name.startswith(prefix)), 1.0)


def rate(config: OptimConfig, step: int, steps: int) -> float:
    """Learning rate of optimiser step `step` (0-based) of `steps`."""
    warm = max(1, round(config.warmup * steps))
    if step < warm:
        return config.lr * (step + 1) / warm
    progress = (step - warm) / max(1, steps - warm)
    if config.schedule == "cosine":
        return config.lr * (config.floor + (1 - config.floor) * 0.5 * (1 + math.cos(math.pi * progress)))
    if config.schedule == "steps":
        return config.lr * config.decay ** sum(step / steps >= m for m in config.milestones)
    return config.lr


def set_rate(optimizer: torch.optim.Optimizer, value: float) -> None:
    """Set the learning rate of every group to its factor times `value`."""
    for group in optimizer.param_groups:
        group["lr"] = value * group.get("factor", 1.0)


def set_bn_momentum(net: nn.Module, config: OptimConfig, step: int, steps: int) -> None:
    """VoteNet's BatchNorm schedule: momentum 0.5 * 0.5^floor(...), floor 0.001 (torch convention)."""
    if config.bn_momentum <= 0:
        return
    part = step * (config.bn_halvings + 1) // max(1, steps)
    momentum = max(config.bn_momentum * 0.5**part, 0.001)
    for module in net.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.momentum = momentum


def clip_gradients(net: nn.Module, config: OptimConfig) -> float:
    """Clip in place; returns the gradient norm before clipping (0 if no norm clipping is asked for)."""
    if config.clip_value > 0:
        nn.utils.clip_grad_value_(net.parameters(), config.clip_value)
    if config.clip_norm > 0:
        return float(nn.utils.clip_grad_norm_(net.parameters(), config.clip_norm))
    return 0.0
