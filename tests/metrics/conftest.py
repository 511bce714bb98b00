"""A dictionary of a dozen words in WordNet's file format, so that the synonym stage is tested without WordNet."""

from __future__ import annotations

from pathlib import Path

import pytest

from sceneglot.metrics.wordnet import WordNet, read_wordnet

NOUNS = {
    "sofa": [101],
    "couch": [101, 102],
    "chair": [103],
    "table": [104, 105],
    "four": [106],
    "4": [106],
    "woman": [107],
    "glass": [108],
    "run": [109],
    "box": [110],
    "shelf": [111],
}
VERBS = {"run": [201, 202], "box": [203]}


@pytest.fixture(scope="session")
def wordnet_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wordnet")
    for part, words in (("noun", NOUNS), ("verb", VERBS), ("adj", {}), ("adv", {})):
        lines = ["  1 This line stands for the licence that opens every index file."]
        for word, offsets in words.items():
            ids = " ".join(f"{offset:08d}" for offset in offsets)
            lines.append(f"{word} {part[0]} {len(offsets)} 1 @ {len(offsets)} 0 {ids}  ")
        (folder / f"index.{part}").write_text("\n".join(lines) + "\n")
        (folder / f"{part}.exc").write_text({"noun": "shelves shelf\n", "verb": "ran run\nrunning run\n"}.get(part, ""))
    return folder


@pytest.fixture(scope="session")
def wordnet(wordnet_folder: Path) -> WordNet:
    return read_wordnet(wordnet_folder)
