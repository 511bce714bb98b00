"""Mean and spread of a number over seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Spread:
    """A number measured with several seeds.

    Attributes:
        mean: arithmetic mean.
        std: sample standard deviation (n - 1 in the denominator); NaN for a single value, which has no spread.
        values: what was measured, in the order given.
    """

    mean: float
    std: float
    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Of at least one value.

        Raises:
            ValueError: without values.
        """
        kept = tuple(float(v) for v in values)
        if not kept:
            raise ValueError("a spread needs at least one value")
        std = float(np.std(kept, ddof=1)) if len(kept) > 1 else float("nan")
        return cls(float(np.mean(kept)), std, kept)

    def format(self, digits: int = 1, scale: float = 1.0) -> str:
        """ "23.4 ± 0.5 (n=3)", or "23.4 (n=1)"."""
        mean = f"{self.mean * scale:.{digits}f}"
        if len(self.values) == 1:
            return f"{mean} (n=1)"
        return f"{mean} ± {self.std * scale:.{digits}f} (n={len(self.values)})"


def over_seeds(runs: Sequence[Mapping[str, float]]) -> dict[str, Spread]:
    """Spread of every metric over the runs of one recipe with different seeds.

    Raises:
        ValueError: if the runs do not report the same metrics; a mean over different sets would compare nothing.
    """
    if not runs:
        raise ValueError("no runs")
    names = list(runs[0])
    for i, run in enumerate(runs):
        if set(run) != set(names):
            raise ValueError(f"run {i} reports other metrics than run 0: {sorted(set(run) ^ set(names))}")
    return {name: Spread.of(run[name] for run in runs) for name in names}
