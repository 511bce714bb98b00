"""Split lists: which scene is for training, validation or test."""

from __future__ import annotations

import re
from pathlib import Path

from sceneglot.errors import BadFileError


def read_splits(folder: Path) -> dict[str, str]:
    """Scan id -> split from lists named `*train.txt`, `*val.txt`, `*test.txt`, one id a line.

    Raises:
        BadFileError: no list, several for one split, or a scan in two splits.
    """
    split_of: dict[str, str] = {}
    for split in ("train", "val", "test"):
        ending = re.compile(rf"(?<![A-Za-z]){split}\.txt$")  # not scannetv2_trainval.txt for "val"
        lists = sorted(path for path in folder.glob("*.txt") if ending.search(path.name)) if folder.is_dir() else []
        if len(lists) > 1:
            names = ", ".join(path.name for path in lists)
            raise BadFileError(folder, f"has several {split} lists ({names})", "keep one")
        try:
            text = lists[0].read_text(encoding="utf-8") if lists else ""
        except (OSError, UnicodeDecodeError) as error:
            raise BadFileError(lists[0], f"cannot be read ({error})") from error
        for scan_id in text.split():
            if split_of.setdefault(scan_id, split) != split:
                raise BadFileError(lists[0], f"{scan_id[:60]} is in split {split_of[scan_id]} too")
    if not split_of:
        raise BadFileError(folder, "holds no split list: expected scannetv2_train.txt and the like")
    return split_of
