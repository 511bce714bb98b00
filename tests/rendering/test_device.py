"""Drawing by torch and by the Triton kernel shows what the compiled path shows; devices that cannot draw are named."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
import torch

from sceneglot.errors import SceneglotError
from sceneglot.rendering import Cloud, Style, device, render, render_object, render_views, top_down
from sceneglot.rendering.rigs import scene_cameras
from sceneglot.scenes import Scene, Source, View

STYLES = (Style(), Style(smooth=False, splat="square"), Style(fill_rounds=0, splat_scale=0.7, paint="height"))


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of another device than the CPU: a GPU, or one that stands for the CPU drawing by torch."""
    if torch.cuda.is_available():
        return "cuda"
    monkeypatch.setattr(device, "usable_device", lambda name: torch.device("cpu"))
    return "stand-in"


def assert_same(ours: list[View], theirs: list[View]) -> None:
    assert [v.name for v in ours] == [v.name for v in theirs] and ours
    for view, other in zip(ours, theirs):
        assert other.point is not None and (other.point >= 0).any()
        np.testing.assert_array_equal(view.point, other.point)
        np.testing.assert_array_equal(view.depth, other.depth)
        difference = np.abs(view.rgb.astype(int) - other.rgb)
        assert difference.max() <= 1 and (difference > 0).mean() < 1e-3  # sums of colours that end on a half


@pytest.mark.parametrize("style", STYLES)
def test_the_same_pictures(room, style, elsewhere):
    cloud = Cloud.of(room, style)
    assert_same(
        render(cloud, 3, (48, 64), rig="mixed", style=style, device=elsewhere),
        render(cloud, 3, (48, 64), rig="mixed", style=style),
    )
    assert_same([top_down(cloud, (40, 40), style=style, device=elsewhere)], [top_down(cloud, (40, 40), style=style)])


def test_the_same_pictures_of_an_object(room, elsewhere):
    cloud = Cloud.of(room)
    assert_same(render_object(cloud, 0, 3, (32, 32), device=elsewhere), render_object(cloud, 0, 3, (32, 32)))


def test_the_points_are_copied_once(room, elsewhere, monkeypatch):
    copies = []
    real = device.DevicePoints.of.__func__
    monkeypatch.setattr(
        device.DevicePoints, "of", classmethod(lambda cls, *a: copies.append(a) or real(cls, *a)), raising=True
    )
    render(Cloud.of(room), 4, (16, 16), device=elsewhere)
    assert len(copies) == 1


@pytest.mark.skipif(find_spec("triton") is None, reason="Triton is not installed here: its kernel was not tested")
def test_the_kernel_shows_the_same(elsewhere, monkeypatch):
    monkeypatch.setattr(device, "use_triton", lambda *_: True)
    monkeypatch.setattr(device.raster_torch, "splat", lambda *_, **__: pytest.fail("the kernel was not used"))
    rng = np.random.default_rng(0)
    xyz, rgb = rng.uniform(0, 3, (300, 3)).astype(np.float32), rng.integers(0, 256, (300, 3)).astype(np.uint8)
    scene = Scene(id="points", xyz=xyz, rgb=rgb, source=Source("test"))
    cloud, size = Cloud.of(scene), (20, 24)
    cameras = scene_cameras(cloud.scene, 2, size=size, rig="mixed", plan=cloud.plan)
    assert_same(render_views(cloud, cameras, device=elsewhere), render_views(cloud, cameras))


@pytest.mark.parametrize("name", ["nonsense", "meta:x", *([] if torch.cuda.is_available() else ["cuda"])])
def test_devices_that_cannot_draw(room, name):
    with pytest.raises(SceneglotError, match=f"device '{name}'"):
        render(room, 1, (8, 8), device=name)
