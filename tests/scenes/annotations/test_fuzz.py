"""Damaged and hostile annotation files: every reader gives rows or the library's own error, nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.scenes.annotations import official

from sceneglot.errors import SceneglotError
from sceneglot.scenes import Utterance
from sceneglot.scenes.annotations.annotation import Annotation
from sceneglot.scenes.annotations.importing import READERS
from sceneglot.scenes.annotations.sceneverse import read_sceneverse, sceneverse_files
from sceneglot.scenes.tables import write_utterances

SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
KINDS = sorted(READERS)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6), st.just([]), st.just({}),
    st.lists(st.integers() | st.text(max_size=3), max_size=3), st.just("\ud800"), st.just([[["x"]]]),
    st.just("[" * 500),
)  # fmt: skip


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    return official.files(tmp_path_factory.mktemp("originals"))


def read(kind: str, paths: Sequence[Path]) -> Iterator[Annotation]:
    if kind == "sceneverse":
        for found in sceneverse_files(paths).values():
            yield from read_sceneverse(found)
    else:
        yield from READERS[kind](paths)


def survives(kind: str, paths: Sequence[Path], folder: Path) -> list[Utterance]:
    """What could be read, proven to be storable; no error but the library's own."""
    found: list[Utterance] = []
    try:
        found.extend(annotation.utterance for annotation in read(kind, paths))
    except SceneglotError as error:
        assert str(error).count("\n") == 0
    write_utterances(folder / "found.parquet", found)
    return found


def replaced(value: object, path: list[int], new: object) -> object:
    """The JSON value with the element at a path of numbers (taken modulo the size) replaced."""
    if not path or not isinstance(value, (dict, list)) or not value:
        return new
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = keys[path[0] % len(keys)]
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = replaced(value[key], path[1:], new)  # type: ignore[index,call-overload]
    return copy


@SETTINGS
@given(
    kind=st.sampled_from([k for k in KINDS if k not in ("nr3d", "sr3d", "sr3d+")]),
    which=st.integers(0, 9),
    path=st.lists(st.integers(0, 9), max_size=6),
    new=VALUES,
)
def test_any_value_anywhere(
    kind: str, which: int, path: list[int], new: object, originals: dict[str, list[Path]], tmp_path: Path
) -> None:
    sources = sorted(originals[kind][0].glob("*.json")) if kind == "sceneverse" else originals[kind]
    changed = which % len(sources)
    paths = []
    for index, source in enumerate(sources):
        content = json.loads(source.read_text())
        content = replaced(content, path, new) if index == changed else content
        paths.append(official.write_json(tmp_path / source.name, content))
    survives(kind, paths, tmp_path)


@SETTINGS
@given(
    kind=st.sampled_from(["nr3d", "sr3d", "sr3d+"]),
    field=st.integers(0, 20),
    new=VALUES,
    as_lines=st.booleans(),
    drop=st.booleans(),
)
def test_any_cell(kind: str, field: int, new: object, as_lines: bool, drop: bool, tmp_path: Path) -> None:
    row = dict(official.NR3D[0] if kind == "nr3d" else official.SR3D[0])
    name = list(row)[field % len(row)]
    if drop:
        del row[name]
    elif as_lines or new != "\ud800":
        row[name] = new
    paths = (
        [official.write_lines(tmp_path / f"{kind}.jsonl", [row])]
        if as_lines
        else [official.write_csv(tmp_path / f"{kind}.csv", [row])]
    )
    survives(kind, paths, tmp_path)


@SETTINGS
@given(
    kind=st.sampled_from(KINDS),
    cut=st.floats(0, 1),
    junk=st.binary(max_size=12),
    suffix=st.sampled_from(["", ".jsonl", ".csv", ".parquet", ".pth"]),
)
def test_any_bytes(
    kind: str, cut: float, junk: bytes, suffix: str, originals: dict[str, list[Path]], tmp_path: Path
) -> None:
    sources = sorted(originals[kind][0].glob("*.json")) if kind == "sceneverse" else originals[kind]
    paths = []
    for source in sources:
        data = source.read_bytes()
        at = int(cut * len(data))
        path = tmp_path / (source.stem + (suffix or source.suffix))
        path.write_bytes(data[:at] + junk + data[at + len(junk) :])
        paths.append(path)
    survives(kind, paths, tmp_path)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 700), byte=st.integers(0, 255))
def test_damaged_torch_files(at: int, byte: int, tmp_path: Path) -> None:
    path = tmp_path / "corpus.pth"
    torch.save({"scene0000_00|0|bin": ["sos a bin eos"]}, path)
    data = bytearray(path.read_bytes())
    data[at % len(data)] = byte
    path.write_bytes(bytes(data))
    survives("scan2cap", [path], tmp_path)


def test_deep_lists_and_huge_fields_are_refused(tmp_path: Path) -> None:
    row = dict(official.SR3D[0]) | {"anchor_ids": "[" * 9000}
    assert survives("sr3d", [official.write_csv(tmp_path / "sr3d.csv", [row])], tmp_path) == []
    row["anchor_ids"] = "[" + "1, " * 100_000 + "1]"
    assert survives("sr3d", [official.write_csv(tmp_path / "sr3d.csv", [row])], tmp_path) == []
    row["utterance"] = "x" * 200_000
    assert survives("sr3d", [official.write_csv(tmp_path / "sr3d.csv", [row])], tmp_path) == []
