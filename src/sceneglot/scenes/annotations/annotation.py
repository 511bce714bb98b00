"""Annotation: one row of somebody's annotation file, before it is joined to a scene."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sceneglot.scenes.utterance import Utterance

NO_TARGET_CLASS = "does not name its target's class, which the official loader leaves out"
STRUCTURE = "is about a wall, floor or ceiling, which the official loader leaves out"
NO_TARGET = "has no published target (test set)"
NO_RELATION = 'says "none"'

_VIEW_WORDS = frozenset(
    ("front", "behind", "back", "right", "left", "facing", "leftmost", "rightmost", "looking", "across")
)

_DATASETS = re.compile(
    r"(?:scannet|3rscan|arkitscenes|multiscan|hm3d|structured3d|procthor)[_/\-|:]+(?=.)", re.IGNORECASE
)


@dataclass(frozen=True)
class Annotation:
    """One row as read.

    Attributes:
        utterance: with the scene id as the file writes it; the joiner puts in the store's.
        target_label: what the file calls the target, "" where it does not say; compared with the scene's label.
        split: the data set's own name of the split ("train", "test_w_obj"), "" where the file does not tell.
        skip: why the official loaders leave the row out, "" if they use it.
        needs_label: the text holds the places {target} and {anchor} for the labels the scene has for its ids.
    """

    utterance: Utterance
    target_label: str = ""
    split: str = ""
    skip: str = ""
    needs_label: bool = False


def depends_on_view(text: str) -> bool:
    """Whether a sentence uses a word that speaks from a viewpoint: the list of ReferIt3D's evaluation script."""
    return not _VIEW_WORDS.isdisjoint(re.findall(r"[a-z]+", text.lower()))


def spaced(label: str) -> str:
    """ "trash_can" -> "trash can", as labels are written in scans."""
    return " ".join(label.replace("_", " ").split())


def is_structure(label: str) -> bool:
    """Whether a label is one that the SceneVerse loaders leave out."""
    return spaced(label).lower() in ("wall", "floor", "ceiling")


def bare_scan(scan_id: str) -> str:
    """The scan id without the name of its data set: "3RScan_0cac75..." -> "0cac75..."."""
    return _DATASETS.sub("", scan_id, count=1) if _DATASETS.match(scan_id) else scan_id


def split_of(name: str) -> str:
    """The split that a file name or an official id tells ("ScanQA_v1.0_test_w_obj", "val-scene0011-3"), or "".

    >>> split_of("ScanRefer_filtered_train"), split_of("scanrefer_val_000012"), split_of("nr3d")
    ('train', 'val', '')
    """
    found = re.search(r"(?:^|[^a-z])(train|val|test)(?:idation)?(_wo?_obj)?(?:[^a-z]|$)", name.lower())
    return found.group(1) + (found.group(2) or "") if found else ""
