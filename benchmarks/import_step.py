"""One small training step on whatever an imported store holds: the last column of the table of `import_sources`.

Each source is trained on what it has: classes per point (a sparse U-Net), boxes (a VoteNet), boxes without points (a
grounder on object maps), or points without any label (a sparse U-Net follows the embedded teacher's view of renders).
A step is a forward pass, a loss, a backward pass and an update; it counts as done if the loss is finite and at least
half of the parameter tensors have moved (a box that no proposal is near teaches the size head nothing).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sceneglot.losses.detection import detection_loss
from sceneglot.nets.point_backbone import PointBatch
from sceneglot.nets.sparse_unet import SparseBackbone, SparseBackboneConfig
from sceneglot.nets.sparse_unet_presets import unet7
from sceneglot.nets.votenet import VoteNet, VoteNetConfig
from sceneglot.recipes.gps import phrase_book
from sceneglot.scenes import Scene, Utterance
from sceneglot.scenes.labels import NYU40_NAMES
from sceneglot.scenes.store import Store
from sceneglot.tasks.grounding.data import Candidates, GroundingCollator, SceneSentences
from sceneglot.tasks.grounding.objective import GroundingObjective, grounding_objective
from sceneglot.tasks.grounding.spec import MapGroundingSpec
from sceneglot.tasks.lifted import lift_scene
from sceneglot.tasks.sample import PointConfig, collate_scenes, draw, scene_sample
from sceneglot.teachers import load_teacher

_POINTS = 8192
_TEACHER_CHANNELS = 16
_MOST_CLASSES = 256
_Loss = tuple[nn.Module, Tensor]


def training_step(store: Store) -> str:
    """Take one step on the first scene that has something to learn from.

    Returns:
        What was trained, and the loss before the step.

    Raises:
        ValueError: the loss is not finite, or nothing moved.
    """
    torch.manual_seed(0)
    scenes = [store.scene(scene_id) for scene_id in store.scene_ids[:16]]
    for what, can, forward in _STEPS:
        scene = next((scene for scene in scenes if can(scene)), None)
        if scene is None:
            continue
        net, loss = forward(store, scene)
        before = [parameter.detach().clone() for parameter in net.parameters()]
        loss.backward()
        torch.optim.Adam(net.parameters(), lr=1e-3).step()
        moved = sum(not torch.equal(old, new) for old, new in zip(before, net.parameters()))
        if not torch.isfinite(loss) or moved < len(before) / 2:
            raise ValueError(f"{what}: loss {loss:.3g}, {moved} of {len(before)} parameters moved")
        return f"{what}, loss {loss:.2f}"
    raise ValueError("nothing to train on")


def _has_classes(scene: Scene) -> bool:
    return bool(_classes(scene).any())


def _classes(scene: Scene) -> np.ndarray:
    """(N,) class per point: of the source's own label space, else NYU40 where no boxes are the better teacher."""
    if scene.category is not None:
        return np.asarray(scene.category)
    return np.zeros(0, int) if scene.semantic is None else np.asarray(scene.semantic)


def _learn_classes(store: Store, scene: Scene) -> _Loss:
    """Cross-entropy of a sparse U-Net, voxels of 10 cm (half a metre where the scene is a street)."""
    rows = _drawn(scene)
    label = torch.from_numpy(_classes(scene)[rows].astype(np.int64))
    net = _Parser(_MOST_CLASSES if scene.category is not None else len(NYU40_NAMES), _voxel(scene))
    return net, F.cross_entropy(net(_cloud(scene, rows)), label, ignore_index=0)


def _has_boxes(scene: Scene) -> bool:
    if not len(scene) or not len(scene.objects) or scene.category is not None:
        return False
    sample = scene_sample(scene)
    return bool((sample.box_present & np.isin(np.arange(len(sample.box_class)), sample.instance)).any())


def _find_boxes(store: Store, scene: Scene) -> _Loss:
    """VoteNet's loss on the boxes."""
    config, points = VoteNetConfig.tiny(extra_channels=4), PointConfig(points=_POINTS)
    batch = collate_scenes([draw(scene_sample(scene), _POINTS, np.random.default_rng(0))] * 2, points)
    net = VoteNet(config)
    return net, detection_loss(net(batch.xyz, batch.features), batch.targets, net.proposal.mean_sizes).total


def _is_map(scene: Scene) -> bool:
    return not len(scene) and len(scene.objects) > 0


def _ground_words(store: Store, scene: Scene) -> _Loss:
    """The referral loss of sentences about the objects of a map; where none were generated, the plain names."""
    said = [u for u in store.utterances(kind="referral") if u.scene_id == scene.id and u.target_ids][:8]
    if not said:
        ids: dict[str, list[int]] = {}
        for number, label in zip(scene.objects.id, scene.objects.label):
            ids.setdefault(label, []).append(int(number))
        named = [(f"the {label}", tuple(them)) for label, them in ids.items()]
        said = [Utterance(text, scene.id, "referral", text, target_ids=them) for text, them in named]
    candidates = Candidates.of(scene.id, scene.objects)
    said = [u for u in said if set(u.target_ids) <= set(candidates.objects.row_of)]
    spec = MapGroundingSpec()
    collate = GroundingCollator(phrase_book(store, spec, [u.text for u in said]))
    net = spec.build()
    return net, grounding_objective(net, collate([SceneSentences(candidates, tuple(said))]), GroundingObjective())[0]


def _has_points(scene: Scene) -> bool:
    return len(scene) > 0


def _follow_pictures(store: Store, scene: Scene) -> _Loss:
    """Cosine distance between a sparse U-Net and the embedded teacher's patches, lifted from eight renders."""
    target = lift_scene(scene, load_teacher("embedded"), _TEACHER_CHANNELS)
    rows = _drawn(scene)
    net = _Parser(_TEACHER_CHANNELS, _voxel(scene))
    similar = F.cosine_similarity(net(_cloud(scene, rows)), torch.from_numpy(target[rows]))
    return net, (1 - similar).mean()


def _drawn(scene: Scene) -> np.ndarray:
    """(P,) rows: all points, or so many drawn."""
    rng = np.random.default_rng(0)
    return np.arange(len(scene)) if len(scene) <= _POINTS else rng.choice(len(scene), _POINTS, replace=False)


def _cloud(scene: Scene, rows: np.ndarray) -> PointBatch:
    """Colour and intensity as features."""
    xyz = torch.from_numpy(np.array(scene.xyz[rows]))
    strength = np.zeros(len(rows)) if scene.intensity is None else np.asarray(scene.intensity)[rows]
    features = np.column_stack([scene.rgb[rows] / 127.5 - 1, strength]).astype(np.float32)
    return PointBatch.of_scenes([(xyz - xyz.amin(0), torch.from_numpy(features))])


def _voxel(scene: Scene) -> float:
    return 0.5 if np.ptp(np.asarray(scene.xyz), axis=0).max() > 40 else 0.1


class _Parser(nn.Module):
    """A small sparse U-Net with one output per point."""

    def __init__(self, outputs: int, voxel: float) -> None:
        super().__init__()
        self.backbone = SparseBackbone(SparseBackboneConfig(unet7(4, width=8, levels=3), voxel))
        self.head = nn.Linear(self.backbone.width, outputs)

    def forward(self, cloud: PointBatch) -> Tensor:
        """(N, outputs)."""
        return self.head(self.backbone(cloud).points)


_STEPS: tuple[tuple[str, Callable[[Scene], bool], Callable[[Store, Scene], _Loss]], ...] = (
    ("boxes", _has_boxes, _find_boxes),
    ("classes", _has_classes, _learn_classes),
    ("words", _is_map, _ground_words),
    ("pictures", _has_points, _follow_pictures),
)
"""(what is trained, which scenes can teach it, its network and loss), the most specific first."""
