"""The pictures of the pages are there and small, and the script that makes them runs on a small room."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from benchmarks import picture_chain, pictures
from benchmarks.picture_room import FINER, MOST_BYTES, corner_camera, save_small, shown, smaller
from PIL import Image

import sceneglot as sg
from sceneglot.errors import SceneglotError
from sceneglot.rendering import Cloud
from sceneglot.scenes import Scene
from sceneglot.scenes.utterance import Utterance
from sceneglot.synth.scan_config import ScanConfig

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
SHOWN = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)|<img [^>]*src=\"([^\"]+)\"")


def linked() -> list[tuple[Path, str, Path]]:
    """(page, text in place of the picture, file) of every picture that a page shows."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    found = [(page, m) for page in pages for m in SHOWN.finditer(page.read_text(encoding="utf-8"))]
    return [(page, m[1] or "", (page.parent / (m[2] or m[3])).resolve()) for page, m in found if "://" not in m[0]]


def test_pages_show_pictures_that_exist_and_are_small() -> None:
    assert len(linked()) >= 4
    for page, text, path in linked():
        assert path.is_file(), f"{page.name} shows {path.name}, which is missing"
        assert len(text) > 20, f"{page.name}: {path.name} needs a text for those who cannot see it"
        assert path.stat().st_size <= MOST_BYTES, path.name
        with Image.open(path) as image:
            image.verify()


def test_every_picture_is_shown_and_all_are_small_together() -> None:
    files = set(FOLDER.iterdir())
    assert files == {path for *_, path in linked()}
    assert sum(path.stat().st_size for path in files) < 600_000


@pytest.fixture(scope="module")
def room() -> Scene:
    return pictures.room("living room", 206, ScanConfig(points=15_000))


def test_shown_points_leave_things_whole_or_out(room: Scene) -> None:
    cloud = Cloud.of(room)
    camera = corner_camera(cloud, (40, 50), 45.0)
    keep = shown(cloud, camera)
    assert (camera.height, camera.width) == (40 * FINER, 50 * FINER)
    assert 0.3 < keep.mean() < 0.95
    assert room.instance is not None
    for i in room.objects.id:
        share = keep[room.instance == i].mean()
        assert share == 0 or share >= 0.6


def test_sentences_are_unedited_and_about_things_in_sight(room: Scene) -> None:
    said = sg.describe(sg.build_graph(room))
    seen = set(room.objects.id.tolist())
    told = picture_chain.chosen(said, seen)
    assert len(told) >= 3
    assert all(u in said for u in told)
    assert picture_chain.chosen(said, seen - set(told[0].target_ids))[0] != told[0]
    assert picture_chain.chosen(said, set()) == []


def test_an_answer_is_the_first_one() -> None:
    u = Utterance("i", "s", "question", "What is it?", answers=("sofa", "couch"), relation="on")
    assert picture_chain.as_line(u) == picture_chain.Line("question, on", "What is it?", "sofa")


def test_labels_do_not_cover_one_another() -> None:
    figure = picture_chain.Figure((5.0, 5.0), dpi=100)
    picture_chain.FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 500), ylim=(500, 0))
    places = [np.array(p, float) for p in ((200, 200), (210, 205), (205, 230), (490, 60))]
    picture_chain.place_labels(axes, [("dining table", p, np.array((200, 30, 30))) for p in places], [])
    boxes = [text.get_window_extent() for text in axes.texts]
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])
    assert all(box.x0 >= 0 and box.x1 <= 500 for box in boxes)


def test_pictures_are_drawn(room: Scene, tmp_path: Path) -> None:
    made = {
        "chain": picture_chain.draw_chain(room, 45.0, (200, 600)),
        "rooms": pictures.draw_rooms([(room, 45.0)] * 3, side=60, columns=2),
        "views": pictures.draw_views(room, (45, 60)),
    }
    assert made["chain"].shape == (200, 600, 3)
    assert made["rooms"].shape == (2 * (52 + 34), 120, 3)
    assert made["views"].shape == (45 + 34, 240, 3)
    for name, image in made.items():
        assert image.dtype == np.uint8
        assert np.unique(image.reshape(-1, 3), axis=0).shape[0] > 100
        with Image.open(save_small(image, tmp_path / f"{name}.jpg")) as saved:
            assert saved.size == (image.shape[1], image.shape[0])
            assert np.abs(np.asarray(saved).astype(float) - image).mean() < 6


def test_smaller_is_the_mean_of_blocks() -> None:
    image = np.zeros((2, 4, 3), np.uint8)
    image[:, 2:] = (10, 20, 30)
    image[0, 0] = 100
    assert smaller(image, 2).tolist() == [[[25, 25, 25], [10, 20, 30]]]


def test_saved_pictures_are_small_or_refused(tmp_path: Path) -> None:
    tiles = np.random.default_rng(0).integers(0, 256, (250, 250, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    with pytest.raises(SceneglotError, match="draw it smaller"):
        save_small(tiles, tmp_path / "tiles.jpg")
    assert not list(tmp_path.iterdir())
    assert save_small(tiles[:200, :200], tmp_path / "part.jpg").stat().st_size <= MOST_BYTES
