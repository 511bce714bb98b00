"""How many rows the official files have, so that a part or a changed copy is noticed.

Numbers of rows as the data sets' papers and pages give them: ScanRefer 51,583 in all; ScanQA 41,363; SQA3D 33,403 (its
79,445 training rows count every wording of the situation); Multi3DRefer 61,926; Nr3D 41,503; Sr3D 83,572.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

OFFICIAL: dict[str, dict[str, tuple[int, ...]]] = {
    "scanrefer": {"train": (36_665,), "val": (9_508,), "test": (5_410,)},
    "scan2cap": {"train": (36_665,), "val": (9_508,)},
    "nr3d": {"": (41_503,)},
    "sr3d": {"": (83_572,)},
    "multi3drefer": {"train": (43_838,), "val": (11_120,), "test": (6_968,)},
    "scanqa": {"train": (25_563,), "val": (4_675,), "test_w_obj": (4_976,), "test_wo_obj": (6_149,)},
    "sqa3d": {"train": (26_623, 79_445), "val": (3_261,), "test": (3_519,)},
}
"""Kind -> split -> accepted numbers of rows; "" where the data set comes as one file."""


@dataclass(frozen=True)
class CountCheck:
    """Rows found in one split, and how many the official files have (() where no number is known)."""

    kind: str
    split: str
    found: int
    official: tuple[int, ...]

    @property
    def agrees(self) -> bool | None:
        """None where there is nothing to compare with."""
        return self.found in self.official if self.official else None

    def __str__(self) -> str:
        name = f"{self.kind} {self.split}".strip()
        if self.agrees is None:
            return f"{name}: {self.found:,} rows; no official number is known for it"
        if self.agrees:
            return f"{name}: {self.found:,} rows, as many as the official file"
        numbers = " or ".join(f"{n:,}" for n in self.official)
        return f"{name}: {self.found:,} rows, the official file has {numbers}: a part, or another version"


def check_counts(kind: str, rows: Mapping[str, int]) -> tuple[CountCheck, ...]:
    """Compare rows per split with the official ones; data sets of one file are compared as a whole."""
    official = OFFICIAL.get(kind, {})
    if "" in official:
        return (CountCheck(kind, "", sum(rows.values()), official[""]),)
    return tuple(CountCheck(kind, split, found, official.get(split, ())) for split, found in sorted(rows.items()))
