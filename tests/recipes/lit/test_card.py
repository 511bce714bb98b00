"""The card repeats the numbers it was given, and names the file it belongs to."""

from __future__ import annotations

import json
from pathlib import Path

from sceneglot.recipes.lit.card import CardFacts, ship
from sceneglot.teachers.base import hash_files


def exam(top1: float) -> dict:
    score = {"top1": top1, "top5": 0.9, "balanced": 0.4, "chance": 0.1, "count": 200, "classes": 60}
    return {
        "scores": {"object": score},
        "retrieval": {"count": 80.0, "image_to_text_r1": 0.125},
        "confusions": [["lamp", "vase", 7]],
        "recall": {"lamp": [0.25, 12], "bed": [1.0, 30], "teapot": [0.0, 1]},
    }


def test_numbers_reach_the_card(tmp_path: Path) -> None:
    weights = tmp_path / "w.safetensors"
    weights.write_bytes(b"weights")
    outside = {"scores": {"nyu40": exam(0.2)["scores"]["object"]}, "confusions": [["sofa", "bed", 3]]}
    ship(weights, tmp_path / "out", CardFacts([exam(0.5), exam(0.6)], [0, 1], {"rooms": "300"}, outside))
    text = (tmp_path / "out" / "CARD.md").read_text()
    expected_parts = [
        "55.0 ± 7.1",
        "| 10.0 | 200 | 60 |",
        "lamp -> vase (7)",
        "lamp (25 %, 12); bed (100 %, 30)",
        "image to text r1 12.5",
        "rooms: 300",
        "Seeds: 0, 1",
        "nyu40: top-1 20.0 %",
        "sofa -> bed (3)",
    ]
    for expected in expected_parts:
        assert expected in text
    assert "teapot" not in text  # one crop says nothing
    facts = json.loads((tmp_path / "out" / "card.json").read_text())
    assert (
        facts["fingerprint"] == hash_files([tmp_path / "out" / "rooms_vit.safetensors"])
        and facts["fingerprint"] in text
    )


def test_one_seed_claims_no_spread(tmp_path: Path) -> None:
    weights = tmp_path / "w.safetensors"
    weights.write_bytes(b"weights")
    ship(weights, tmp_path / "out", CardFacts([exam(0.5)], [3], {}, {}))
    text = (tmp_path / "out" / "CARD.md").read_text()
    assert "One seed, so no spread" in text and "±" not in text and "Outside its world" not in text
