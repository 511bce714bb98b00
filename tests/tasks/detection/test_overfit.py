"""One scene learnt by heart: targets, network, loss, decoding and score agree on its boxes (6 CPU seconds)."""

from __future__ import annotations

import torch
from tests.tasks.fakes import toy_scene

from sceneglot.losses.detection import detection_loss
from sceneglot.nets.mean_sizes import SCANNET_SCANREFER
from sceneglot.nets.sparse_unet import SparseBackboneConfig
from sceneglot.nets.sparse_unet_presets import unet7
from sceneglot.nets.sparse_votenet import SparseVoteConfig, SparseVoteNet
from sceneglot.tasks.augment import prepare, scene_rng
from sceneglot.tasks.detection.detector import Detector
from sceneglot.tasks.detection.evaluate import score_detector
from sceneglot.tasks.sample import PointConfig, collate_scenes, scene_sample

STEPS, RATE = 60, 1e-2


def test_every_box_of_one_scene_is_found() -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    scene, points = toy_scene(3, boxes=4, points=2400), PointConfig(600)
    backbone = SparseBackboneConfig(unet7(points.channels, width=8, levels=3), 0.2)
    torch.manual_seed(0)
    net = SparseVoteNet(SparseVoteConfig.tiny(backbone, SCANNET_SCANREFER))
    before = score_detector(Detector(net, points, scene_sample), [scene]).metrics()
    optimizer = torch.optim.Adam(net.parameters(), lr=RATE)
    sample, means = scene_sample(scene), torch.tensor(SCANNET_SCANREFER)
    net.train()
    for step in range(STEPS):
        batch = collate_scenes([prepare(sample, points, None, scene_rng(0, step, scene.id))], points)
        optimizer.param_groups[0]["lr"] = RATE * (1 - step / STEPS)
        loss = detection_loss(net(batch.xyz, batch.features), batch.targets, means).total
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    after = score_detector(Detector(net, points, scene_sample), [scene]).metrics()
    torch.set_num_threads(threads)
    assert before["mAP@0.25"] < 0.2
    assert after["AR@0.25"] == 1.0 and after["mAP@0.25"] > 0.5
