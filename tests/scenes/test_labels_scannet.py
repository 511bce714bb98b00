from __future__ import annotations

import pytest

from sceneglot.errors import BadFileError
from sceneglot.scenes.labels import NYU40_NAMES, SCANNET20, nyu40_of
from sceneglot.scenes.labels_maps import NO_MAP, label_map, read_category_mapping, read_shipped_table, unknown_note
from sceneglot.scenes.labels_scannet import IGNORED, RawLabel, class20_of, class200_of, read_raw_labels, scannet200


def test_scannet200_has_the_official_counts():
    classes = scannet200()
    assert len(classes) == len({entry.id for entry in classes}) == len({entry.name for entry in classes}) == 200
    groups = [entry.group for entry in classes]
    assert (groups.count("head"), groups.count("common"), groups.count("tail")) == (66, 68, 66)
    assert sum(entry.in_val for entry in classes) == 189
    assert (classes[0].name, classes[1].name, classes[3].id) == ("wall", "chair", 4)
    assert [class200_of(entry.id) for entry in classes] == list(range(200))
    assert class200_of(12) == class200_of(0) == IGNORED


def test_the_twenty_classes():
    assert [class20_of(NYU40_NAMES.index(name)) for name in SCANNET20] == list(range(20))
    assert {class20_of(i) for i in (0, 13, 22, 40)} == {IGNORED}


def test_the_raw_table_gives_all_spaces(tmp_path):
    path = tmp_path / "t.tsv"
    path.write_text(
        "id\traw_category\tcategory\tnyu40id\n1\twall\twall\t1\n2\tchair\tchair\t5\n2\tchairs\tchair\t5\n9\twall\tx\t7\n"
    )
    table = read_raw_labels(path)
    assert table["chairs"] == RawLabel(2, 2, 5)
    assert [class200_of(table[name].id) for name in ("wall", "chair", "chairs")] == [0, 1, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("raw_category\tnyu40id\nwall\t1\n", "has no column id"),
        ("id\traw_category\tnyu40id\nx\twall\t1\n", "cannot be read"),
        ("id\traw_category\tnyu40id\n1\twall\t41\n", "must be 0"),
    ],
)
def test_damaged_raw_tables(tmp_path, text, message):
    (tmp_path / "t.tsv").write_text(text)
    with pytest.raises(BadFileError, match=message):
        read_raw_labels(tmp_path / "t.tsv")


@pytest.mark.parametrize("name", ["arkitscenes", "sunrgbd", "ai2thor"])
def test_shipped_maps_are_consistent(name):
    rows = read_shipped_table(name)
    assert len({row["label"] for row in rows}) == len(rows)
    assert all(1 <= int(row["nyu40"]) <= 40 for row in rows)
    own = label_map(name)
    assert own.nyu40_of("chair") == 5  # everyday words work in every map
    assert own.nyu40_of("quux") == 0
    assert own.name_of("some_thing") == "some thing"


def test_maps_correct_what_words_alone_would_say():
    assert nyu40_of("tv_monitor") != 25
    assert label_map("arkitscenes").nyu40_of("tv_monitor") == 25
    assert label_map("ai2thor").nyu40_of("TVStand") == 39
    assert NO_MAP.nyu40_of("night_stand") == 32


def test_unknown_labels_are_named():
    assert unknown_note(["a", "b", "a"], [0, 3, 0]) == ("labels without NYU40 id: a",)
    assert unknown_note(["a"], [1]) == ()


def test_matterport_categories(tmp_path):
    path = tmp_path / "m.tsv"
    path.write_text("index\traw_category\tnyu40id\tmpcat40\n1\tarmchair\t5\tchair\n2\tghost\t\tunlabeled\n")
    table = read_category_mapping(path)
    assert (table["armchair"].nyu40, table["armchair"].mpcat40, table["ghost"].nyu40) == (5, "chair", 0)
    path.write_text("index\traw_category\tnyu40id\tmpcat40\n1\tarmchair\t55\tchair\n")
    with pytest.raises(BadFileError, match="must be 0"):
        read_category_mapping(path)
    path.write_text("a\tb\n")
    with pytest.raises(BadFileError, match="has no column"):
        read_category_mapping(path)


@pytest.mark.realdata
def test_the_real_tables(real_data):
    table = read_raw_labels(real_data / "meta/scannet/scannetv2-labels.combined.tsv")
    assert len(table) == 606  # 607 rows, "object" twice
    assert max(label.row for label in table.values()) == 606
    for entry in scannet200():
        assert (table[entry.name].id, table[entry.name].nyu40) == (entry.id, entry.nyu40)
    mapping = read_category_mapping(real_data / "meta/matterport3d/category_mapping.tsv")
    assert len(mapping) == 1659
    assert len({row.mpcat40 for row in mapping.values()}) <= 43
