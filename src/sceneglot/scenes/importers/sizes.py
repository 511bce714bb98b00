"""How large a data set is, and who says so.

    mesh = estimated(18.5, 273, "the mesh of the authors' example scan")
    mesh.gigabytes, str(mesh)    # 5.05, "about 5.1 GB, estimated from 18.5 MB (the mesh of ...) x 273"

Few data sets state what the files that are needed take; what nobody states is estimated here, and only here, from the
size of one scan and the official number of scans. A figure never goes without its kind and source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Size:
    """What all files of one kind take.

    Attributes:
        gigabytes: 10^9 bytes.
        kind: "official" (stated by those who publish the data), "reported" (by others who have it) or "estimated".
        source: who states it, or what it is estimated from.
    """

    gigabytes: float
    kind: Literal["official", "reported", "estimated"]
    source: str

    def __str__(self) -> str:
        if self.kind == "estimated":
            return f"about {bytes_text(float(f'{self.gigabytes:.2g}'))}, estimated from {self.source}"
        by = "official" if self.kind == "official" else "reported by"
        return f"{bytes_text(self.gigabytes)}, {by}{':' * (self.kind == 'official')} {self.source}"


def official(gigabytes: float, source: str) -> Size:
    """A size that the publisher of the data states; `source`: where."""
    return Size(gigabytes, "official", source)


def reported(gigabytes: float, source: str) -> Size:
    """A size that others report who have the data; `source`: who."""
    return Size(gigabytes, "reported", source)


def estimated(megabytes: float, scans: int, basis: str) -> Size:
    """Size of one scan times the number of scans.

    Args:
        megabytes: what the files of one scan take, 10^6 bytes.
        scans: official number of scans that have them.
        basis: where `megabytes` comes from: a measured scan, or what the file holds times the bytes of each.
    """
    return Size(megabytes * scans / 1000, "estimated", f"{megabytes:g} MB ({basis}) x {scans:,}")


def bytes_text(gigabytes: float) -> str:
    """For people: "20 kB", "3.4 MB", "80 GB"; three digits and more are rounded to whole units."""
    value = gigabytes * 1e9
    power = next((power for power in (3, 2, 1) if value >= 1000**power), 0)
    value /= 1000**power
    digits = f"{value:,.0f}" if value >= 100 and value != round(value, 1) else f"{value:,.1f}".removesuffix(".0")
    return f"{digits} {('bytes', 'kB', 'MB', 'GB')[power]}"
