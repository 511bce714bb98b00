"""Putting stored tensors into a network, with a count of what fitted: nothing is ever skipped in silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sceneglot.errors import SceneglotError


@dataclass(frozen=True)
class LoadReport:
    """Names of tensors: those loaded, those the network has and the file lacks, those the file has beyond that.

    A tensor of another shape counts as missing and as unexpected.
    """

    matched: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]

    @property
    def share(self) -> float:
        """Share of the network's tensors that were loaded, 0..1."""
        return len(self.matched) / max(1, len(self.matched) + len(self.missing))

    def __str__(self) -> str:
        return f"{len(self.matched)} matched, {len(self.missing)} missing, {len(self.unexpected)} unexpected"


def load_matching(
    module: nn.Module, tensors: Mapping[str, Tensor], *, prefix: str = "", minimum: float = 1.0
) -> LoadReport:
    """Copy the tensors whose name and shape match into `module`.

    Args:
        module: the network, changed in place only if enough matches.
        tensors: name -> tensor, as read from a checkpoint.
        prefix: only names that start with it count; it is cut off ("votenet." loads a detector out of a larger net).
        minimum: share of the network's tensors that must match, 0..1.

    Raises:
        SceneglotError: a smaller share matched; the message gives the three counts and examples.
    """
    given = {name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)}
    own = module.state_dict()
    matched = [name for name, value in own.items() if name in given and given[name].shape == value.shape]
    report = LoadReport(
        matched=tuple(matched),
        missing=tuple(name for name in own if name not in set(matched)),
        unexpected=tuple(name for name in given if name not in set(matched)),
    )
    if report.share < minimum:
        examples = ", ".join([*report.missing[:2], *report.unexpected[:2]])
        raise SceneglotError(
            f"checkpoint does not fit {type(module).__name__}: {report} tensors under prefix '{prefix}', expected at "
            f"least {minimum:.0%} matched (for example {examples}); check the prefix and the network's configuration"
        )
    with torch.no_grad():
        for name in matched:
            own[name].copy_(given[name])
    return report
