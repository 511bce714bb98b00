from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from sceneglot.errors import BadFileError
from sceneglot.scenes.importers.procthor import procthor_jobs

ASSETS = {
    "Bed": [{"assetId": "Bed_1", "boundingBox": {"x": 2.0, "y": 0.5, "z": 1.0}, "objectType": "Bed"}],
    "TVStand": [{"assetId": "TV_Stand_1", "boundingBox": {"x": 1.0, "y": 0.4, "z": 0.4}, "objectType": "TVStand"}],
    "Television": [{"assetId": "TV_1", "boundingBox": {"x": 0.8, "y": 0.5, "z": 0.1}, "objectType": "Television"}],
}


def thing(asset, x, y, z, turn=0.0, children=()):
    return {
        "assetId": asset,
        "id": f"{asset}|0",
        "kinematic": True,
        "position": {"x": x, "y": y, "z": z},
        "rotation": {"x": 0, "y": turn, "z": 0},
        "children": list(children),
    }


HOUSE = {
    "rooms": [{"id": "room|2", "roomType": "LivingRoom", "floorPolygon": [{"x": 0, "y": 0, "z": 0}]}],
    "objects": [
        thing("TV_Stand_1", 1, 0.2, 5, children=[thing("TV_1", 1, 0.65, 5), thing("Mystery_7", 1, 0.6, 5)]),
        thing("Bed_1", 3, 0.25, 2, turn=90),
    ],
    "doors": [], "windows": [], "walls": [], "metadata": {},
}  # fmt: skip


def write_houses(root, houses=(HOUSE, HOUSE), *, packed=True, assets=ASSETS):
    root.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(house) + "\n" for house in houses).encode()
    (root / ("val.jsonl.gz" if packed else "val.jsonl")).write_bytes(gzip.compress(text) if packed else text)
    (root / "asset-database.json").write_text(json.dumps(assets))
    return root


@pytest.mark.parametrize("packed", [True, False])
def test_a_house(tmp_path, packed):
    jobs = procthor_jobs(write_houses(tmp_path, packed=packed))
    assert [(job.scene_id, job.split) for job in jobs] == [("procthor-val-00000", "val"), ("procthor-val-00001", "val")]
    second, first = jobs[1].load(), jobs[0].load()  # also backwards
    assert first.objects.label == second.objects.label == ("tv stand", "television", "bed")
    assert first.objects.id.tolist() == [0, 1, 3]
    assert first.objects.parent.tolist() == [-1, 0, -1]  # the television stands on the stand
    np.testing.assert_allclose(first.objects.center[2], [3, 2, 0.25])  # y and z change places
    np.testing.assert_allclose(first.objects.size[2], [1, 2, 0.5], atol=1e-6)  # a quarter turn
    assert first.room_type == "living room"
    assert any("1 objects of unknown size: Mystery_7" in note for note in first.source.notes)
    assert len(first) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"objects": 3}, "objects"),
        ({"objects": [{"assetId": "Bed_1"}]}, "position"),
        ({"objects": [{"assetId": "Bed_1", "position": {"x": 0, "y": "a", "z": 0}}]}, "position"),
        ({"objects": [{"assetId": "Bed_1", "position": {"x": 0, "y": 1e999, "z": 0}}]}, "finite"),
    ],
)
def test_damaged_houses_do_not_stop_the_others(tmp_path, change, message):
    jobs = procthor_jobs(write_houses(tmp_path, ({**HOUSE, **change}, HOUSE)))
    with pytest.raises(BadFileError, match=message):
        jobs[0].load()
    assert len(jobs[1].load().objects) == 3


def test_damaged_lists(tmp_path):
    with pytest.raises(BadFileError, match="holds no train"):
        procthor_jobs(tmp_path)
    write_houses(tmp_path, assets={"Bed": [{"assetId": "Bed_1"}]})
    with pytest.raises(BadFileError, match="boundingBox"):
        procthor_jobs(tmp_path)[0].load()
    (tmp_path / "asset-database.json").unlink()
    with pytest.raises(BadFileError, match="--assets"):
        procthor_jobs(tmp_path)
    bomb = write_houses(tmp_path / "bomb")
    (bomb / "val.jsonl.gz").write_bytes(gzip.compress(b" " * 40_000_000))
    with pytest.raises(BadFileError, match="100 times"):
        procthor_jobs(bomb)
    (bomb / "val.jsonl.gz").write_bytes(gzip.compress(json.dumps(HOUSE).encode())[:-20])
    with pytest.raises(BadFileError, match="cannot be read"):
        procthor_jobs(bomb)


def test_nested_without_end(tmp_path):
    deep = thing("Bed_1", 0, 0, 0)
    for _ in range(30):
        deep = thing("Bed_1", 0, 0, 0, children=[deep])
    jobs = procthor_jobs(write_houses(tmp_path, ({**HOUSE, "objects": [deep]},)))
    with pytest.raises(BadFileError, match="nested"):
        jobs[0].load()
