"""What each reader makes of the official layouts and their conversions."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.scenes.annotations import official

from sceneglot.errors import BadFileError
from sceneglot.records import Record
from sceneglot.scenes.annotations.annotation import NO_TARGET, NO_TARGET_CLASS, STRUCTURE, depends_on_view, split_of
from sceneglot.scenes.annotations.importing import READERS
from sceneglot.scenes.annotations.questions import read_sqa3d, read_sqa3d_situations
from sceneglot.scenes.annotations.referit3d import read_nr3d, read_sr3d, stimulus_target
from sceneglot.scenes.annotations.rows import ids_of
from sceneglot.scenes.annotations.scanrefer import read_scan2cap, read_scanrefer
from sceneglot.scenes.annotations.scene_graphs import read_3dssg
from sceneglot.scenes.annotations.sceneverse import NO_SPLIT, read_sceneverse, sceneverse_files


def test_scanrefer_original_and_converted_give_the_same(tmp_path: Path) -> None:
    original = list(
        read_scanrefer([official.write_json(tmp_path / "ScanRefer_filtered_train.json", official.SCANREFER)])
    )
    converted = list(read_scanrefer([official.write_lines(tmp_path / "scanrefer.jsonl", official.SCANREFER_CONVERTED)]))
    assert original == converted
    first = original[0].utterance
    assert (first.id, first.scene_id, first.target_ids) == ("scanrefer-scene0000_00-0-3", "scene0000_00", (0,))
    assert (original[0].target_label, original[0].split) == ("trash can", "train")
    assert first.view_dependent and not original[1].utterance.view_dependent
    assert original[1].utterance.text == "a wooden desk beside the bin."


def test_scanrefer_test_rows_have_no_target(tmp_path: Path) -> None:
    row = {k: v for k, v in official.SCANREFER[0].items() if k != "object_id"}
    (found,) = read_scanrefer([official.write_json(tmp_path / "ScanRefer_filtered_test.json", [row])])
    assert (found.skip, found.split, found.utterance.target_ids) == (NO_TARGET, "test", ())


def test_scan2cap_from_scanrefer_and_from_both_kinds_of_corpus(tmp_path: Path) -> None:
    corpus = {"scene0000_00|0|trash_can": ["sos a gray bin . eos", "sos the bin eos"]}
    torch.save(corpus, tmp_path / "scanrefer_corpus.pth")
    saved = list(read_scan2cap([tmp_path / "scanrefer_corpus.pth"]))
    plain = list(read_scan2cap([official.write_json(tmp_path / "corpus_val.json", corpus)]))
    assert [a.utterance for a in saved] == [a.utterance for a in plain]
    assert [a.utterance.text for a in saved] == ["a gray bin .", "the bin"]
    assert plain[0].split == "val" and plain[0].target_label == "trash can"
    rows = list(read_scan2cap([official.write_json(tmp_path / "ScanRefer_filtered_val.json", official.SCANREFER)]))
    assert {a.utterance.kind for a in rows} == {"object_caption"}
    assert rows[0].utterance.id == "scan2cap-scene0000_00-0-3"


def test_a_pickle_is_not_executed(tmp_path: Path) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (tmp_path / "touched",))  # type: ignore[return-value]

    torch.save({"scene0000_00|0|bin": Harmful()}, tmp_path / "corpus.pth")
    with pytest.raises(BadFileError, match="never loaded"):
        list(read_scan2cap([tmp_path / "corpus.pth"]))
    assert not (tmp_path / "touched").exists()


def test_nr3d_cells_are_text_in_csv_and_values_in_jsonl(tmp_path: Path) -> None:
    rows = [row | {"item_id": f"nr3d_{i:06d}"} for i, row in enumerate(official.NR3D)]
    original = list(read_nr3d([official.write_csv(tmp_path / "nr3d.csv", official.NR3D)]))
    assert original == list(read_nr3d([official.write_lines(tmp_path / "nr3d.jsonl", rows)]))
    assert [a.skip for a in original] == ["", NO_TARGET_CLASS]
    assert original[0].utterance.id == "nr3d_000000" and original[0].utterance.source == "human:nr3d"
    assert original[0].utterance.view_dependent and original[0].split == ""


def test_is_train_of_copies_is_kept_as_the_split(tmp_path: Path) -> None:
    rows = [row | {"is_train": i == 0} for i, row in enumerate(official.NR3D)]
    assert [a.split for a in read_nr3d([official.write_csv(tmp_path / "nr3d.csv", rows)])] == ["train", "test"]


def test_a_missing_target_is_read_from_the_stimulus(tmp_path: Path) -> None:
    rows = [{k: v for k, v in row.items() if k != "target_id"} for row in official.NR3D]
    assert [a.utterance.target_ids for a in read_nr3d([official.write_csv(tmp_path / "nr3d.csv", rows)])] == [
        (2,),
        (3,),
    ]


@pytest.mark.parametrize(
    ("stimulus", "target"),
    [("scene0124_00-towel-2-4-5", 4), ("scene0000_00-l-shaped_desk-1-9", 9), ("s-cup-3-10-3-2", 10), ("s-7-2-1-0", 1)],
)
def test_stimulus_ids(stimulus: str, target: int) -> None:
    assert stimulus_target(Record(Path("nr3d.csv"), "row 0", {"stimulus_id": stimulus})) == target


def test_sr3d_keeps_anchors_and_relation_and_is_no_human_text(tmp_path: Path) -> None:
    first, second = (a.utterance for a in read_sr3d([official.write_csv(tmp_path / "sr3d.csv", official.SR3D)]))
    assert (first.anchor_ids, first.relation, first.source) == ((1,), "left", "template:sr3d/allocentric")
    assert (second.anchor_ids, second.relation) == ((1, 0), "between")
    assert not first.view_dependent  # left of the anchor's own front


@pytest.mark.parametrize(
    "text", ["__import__('os')", "[" * 3000, "3", "[1.5]", "['a']", "[" + "1," * 9000 + "]", "{1: 2}"]
)
def test_stringified_lists_are_never_evaluated(text: str) -> None:
    with pytest.raises(BadFileError, match="row 0"):
        ids_of(Record(Path("sr3d.csv"), "row 0", {"anchor_ids": text}), "anchor_ids")


def test_scanqa_questions_and_test_files(tmp_path: Path) -> None:
    read = READERS["scanqa"]
    (found,) = read([official.write_json(tmp_path / "ScanQA_v1.0_val.json", official.SCANQA)])
    assert (found.utterance.id, found.split) == ("val-scene0001-0", "val")
    assert (found.utterance.target_ids, found.utterance.answers) == ((0,), ("left of desk", "by the desk"))
    bare = [{k: official.SCANQA[0][k] for k in ("scene_id", "question_id", "question")}]
    (asked,) = read([official.write_json(tmp_path / "ScanQA_v1.0_test_wo_obj.json", bare)])
    assert (asked.split, asked.utterance.answers, asked.utterance.target_ids) == ("test_wo_obj", (), ())


def test_sqa3d_joins_its_two_files_in_any_order(files: dict[str, list[Path]]) -> None:
    (one,) = read_sqa3d(files["sqa3d"])
    (same,) = read_sqa3d(files["sqa3d"][::-1])
    assert one == same
    asked = one.utterance
    assert (asked.kind, asked.answers, asked.situation) == ("situated_question", ("bin",), "I sit at the desk.")
    assert asked.position == (1, 2, 0)
    assert asked.heading == pytest.approx(math.pi / 2 + math.pi)  # a quarter turn from looking along -x
    every = [a.utterance for a in read_sqa3d_situations(files["sqa3d"])]
    assert [u.id for u in every] == ["220602000007", "220602000007-1", "220602000007-2"]
    assert len({u.situation for u in every}) == 3


def test_sqa3d_needs_the_questions(files: dict[str, list[Path]]) -> None:
    with pytest.raises(BadFileError, match="has answers only"):
        list(read_sqa3d(files["sqa3d"][:1]))


def test_multi3drefer_tells_no_target_from_no_published_target(files: dict[str, list[Path]], tmp_path: Path) -> None:
    read = READERS["multi3drefer"]
    found = list(read(files["multi3drefer"]))
    assert [a.utterance.target_ids for a in found] == [(2, 3), (), (2,)]
    assert [a.skip for a in found] == ["", "", ""]
    assert found[1].utterance.source == "human:multi3drefer/zt_w_d"
    row = {k: v for k, v in official.MULTI3DREFER[1].items() if k != "object_ids"}
    (hidden,) = read([official.write_json(tmp_path / "multi3drefer_test.json", [row])])
    assert hidden.skip == NO_TARGET


def test_multi3drefer_as_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(official.MULTI3DREFER), tmp_path / "train.parquet")
    json_file = official.write_json(tmp_path / "multi3drefer_train.json", official.MULTI3DREFER)
    read = READERS["multi3drefer"]
    assert list(read([tmp_path / "train.parquet"])) == list(read([json_file]))


def test_3dssg_relations_become_sentences_once(files: dict[str, list[Path]], tmp_path: Path) -> None:
    objects = official.write_json(tmp_path / "objects.json", official.SSG_OBJECTS)
    found = list(read_3dssg([objects, *files["3dssg"]]))
    assert [a.utterance.text for a in found[:3]] == [
        "The bin is to the left of the table.", "The bin is standing on the {anchor}.",
        "The {target} has the same color as the {anchor}.",
    ]  # fmt: skip
    assert [a.utterance.relation for a in found] == ["left", "on", "same color", "none"]
    assert [bool(a.skip) for a in found] == [False, False, False, True]
    assert [a.needs_label for a in found[:3]] == [False, True, True]
    subset = [scan | {"objects": {"0": "bin", "1": "table"}, "split": 0} for scan in official.RELATIONSHIPS["scans"]]
    own = list(read_3dssg([official.write_json(tmp_path / "relationships_train.json", subset)]))
    assert own[0].utterance == found[0].utterance


def test_sceneverse_tree(files: dict[str, list[Path]]) -> None:
    groups = sceneverse_files(files["sceneverse"])
    assert list(groups) == [
        "anno", "scene_cap", "ssg_obj_caption_template", "ssg_ref_rel2_template", "ssg_ref_star_gpt",
    ]  # fmt: skip
    chair, wall = read_sceneverse(groups["ssg_ref_rel2_template"])
    assert (chair.utterance.source, chair.utterance.target_ids, chair.split) == (
        "template:sceneverse/ref_rel2_template", (2,), "train",
    )  # fmt: skip
    assert wall.skip == STRUCTURE
    (star,) = read_sceneverse(groups["ssg_ref_star_gpt"])
    assert star.utterance.source.startswith("llm:")
    (human,) = read_sceneverse(groups["anno"])
    assert human.utterance.source == "human:sceneverse/anno"
    captions = list(read_sceneverse(groups["scene_cap"]))
    assert [a.utterance.kind for a in captions] == ["scene_caption"] * 2
    (files["sceneverse"][0] / "splits" / "train_split.txt").write_text("another\n")
    assert {a.skip for a in read_sceneverse(groups["anno"])} == {NO_SPLIT}


def test_sceneverse_scene_captions_come_in_two_forms(tmp_path: Path) -> None:
    mapping = official.write_json(tmp_path / "a" / "scene_cap.json", {"s1": {"captions": ["One.", "Two."]}})
    listing = official.write_json(tmp_path / "b" / "scene_cap.json", [{"scene_id": "s1", "answers": ["One.", "Two."]}])
    assert list(read_sceneverse([mapping])) == list(read_sceneverse([listing]))


def test_sceneverse_refuses_files_of_other_names(tmp_path: Path) -> None:
    with pytest.raises(BadFileError, match="no name of SceneVerse"):
        sceneverse_files([official.write_json(tmp_path / "other.json", [])])
    with pytest.raises(BadFileError, match="holds none"):
        sceneverse_files([tmp_path])


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("ScanRefer_filtered_train", "train"), ("ScanQA_v1.0_test_w_obj", "test_w_obj"), ("nr3d", ""),
        ("ScanQA_v1.0_test_wo_obj", "test_wo_obj"), ("v1_balanced_questions_val_scannetv2", "val"), ("trainee", ""),
        ("val-scene0011-3", "val"), ("relationships_validation", "val"), ("latest", ""), ("train", "train"),
    ],
)  # fmt: skip
def test_splits_in_names(name: str, split: str) -> None:
    assert split_of(name) == split


def test_view_words() -> None:
    assert depends_on_view("The one on your LEFT.") and depends_on_view("facing it")
    assert not depends_on_view("the leftover box below the shelf")


def test_utterances_hold_only_what_the_store_can(files: dict[str, list[Path]]) -> None:
    for kind, paths in files.items():
        if kind != "sceneverse":
            for annotation in READERS[kind](paths):
                assert replace(annotation.utterance) == annotation.utterance
                assert all(isinstance(i, int) for i in annotation.utterance.target_ids)
