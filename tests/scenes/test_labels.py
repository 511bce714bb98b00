from __future__ import annotations

import numpy as np
import pytest

from sceneglot.errors import BadFileError
from sceneglot.scenes import Objects, Scene, Source, labels
from sceneglot.scenes.labels import NYU40_NAMES, SCANNET18, SCANNET20, class18_of, nyu40_of, read_label_table


def test_the_label_spaces_have_their_sizes_and_order():
    assert len(NYU40_NAMES) == 41
    assert (NYU40_NAMES[1], NYU40_NAMES[22], NYU40_NAMES[24], NYU40_NAMES[40]) == (
        "wall", "ceiling", "refrigerator", "otherprop",
    )  # fmt: skip
    assert len(SCANNET18) == len(labels.SCANNET18_NYU40) == 18
    assert (SCANNET18[0], SCANNET18[12], SCANNET18[16], SCANNET18[17]) == (
        "cabinet", "refrigerator", "bathtub", "others",
    )  # fmt: skip
    assert SCANNET20[:3] == ("wall", "floor", "cabinet")
    assert SCANNET20[-1] == "otherfurniture"


@pytest.mark.parametrize(
    ("label", "nyu40"),
    [
        ("chair", 5), ("Office_Chair", 5), ("chairs", 5), ("couch", 6), ("SOFA", 6), ("coffee table", 7),
        ("book-shelf", 10), ("bookshelves", 10), ("shelves", 15), ("shelf", 15), ("shower curtain", 28),
        ("curtains", 16), ("trash can", 39), ("trash_cans", 39), ("boxes", 29), ("knives", 40), ("glass", 40),
        ("glasses", 40), ("potted plant", 40), ("television", 25), ("tv", 25), ("nightstand", 32), ("night stands", 32),
        ("brown leather couch", 6), ("shelf unit", 15), ("kitchen cabinets", 3), ("dresses", 21), ("toilet paper", 40),
        ("washing machine", 39), ("people", 31), ("batteries", 40), ("floor", 2), ("bathtub", 36),
    ],
)  # fmt: skip
def test_everyday_names(label, nyu40):
    assert nyu40_of(label) == nyu40


@pytest.mark.parametrize("label", ["", " ", "_", "quux", "chairmanship", "s"])
def test_unknown_names_are_zero(label):
    assert nyu40_of(label) == 0


def test_every_class_name_is_in_its_own_class():
    assert [nyu40_of(name) for name in NYU40_NAMES[1:]] == list(range(1, 41))


def test_every_named_detection_class_is_found_again():
    assert [class18_of(nyu40_of(name)) for name in SCANNET18[:-1]] == list(range(17))
    assert {class18_of(i) for i in (0, 13, 15, 39, 40, 25)} == {17}
    assert {class18_of(i) for i in (1, 2, 22)} == {-1}


def test_most_raw_scannet_labels_agree_with_the_official_table(real_data):
    import csv

    path = real_data / "meta" / "scannet" / "scannetv2-labels.combined.tsv"
    with open(path, newline="") as file:
        counts = {row["raw_category"]: int(row["count"] or 0) for row in csv.DictReader(file, delimiter="\t")}
    table = read_label_table(path)
    agree = sum(n for name, n in counts.items() if nyu40_of(name) == table[name])
    assert agree / sum(counts.values()) > 0.9  # our own table, by use; conventions differ ("backpack": bag or prop)


def test_a_label_table_is_read_by_column_name(tmp_path):
    path = tmp_path / "t.tsv"
    path.write_text("nyu40class\tnyu40id\tx\traw_category\nchair\t5\t\toffice chair\n\t\t\tghost\n")
    assert read_label_table(path) == {"office chair": 5, "ghost": 0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected columns"),
        ("raw_category,nyu40id\nchair,5\n", "tab-separated"),
        ("raw_category\tnyu40id\nchair\t41\n", "line 2: nyu40id must be 0..40, found '41'"),
        ("raw_category\tnyu40id\nchair\tfive\n", "found 'five'"),
        ("raw_category\tnyu40id\nchair\t" + "1" * 5000 + "\n", "cannot be read as a label table"),
    ],
)
def test_damaged_label_tables(tmp_path, text, message):
    path = tmp_path / "t.tsv"
    path.write_text(text)
    with pytest.raises(BadFileError, match=message):
        read_label_table(path)


def test_binary_label_tables_and_missing_ones(tmp_path):
    (tmp_path / "t.tsv").write_bytes(b"raw_category\tnyu40id\n\xff\xfe\t5\n")
    for name in ("t.tsv", "none.tsv"):
        with pytest.raises(BadFileError, match=name):
            read_label_table(tmp_path / name)


def test_the_class_of_an_object_is_the_majority_of_its_points():
    objects = Objects(np.array([9, 2, 4]), ("chair", "desk", "quux"), np.zeros((3, 3)), np.ones((3, 3)))
    scene = Scene(
        "s",
        np.zeros((7, 3), np.float32),
        np.zeros((7, 3), np.uint8),
        Source("t"),
        instance=np.array([9, 9, 9, 2, 2, -1, 77]),
        semantic=np.array([6, 6, 5, 0, 0, 1, 1]),
        objects=objects,
    )
    # 9: two of three points say 6; 2: only unlabelled points, so its word decides; 4: neither.
    assert labels.object_nyu40(scene).tolist() == [6, 14, 0]
