"""The image tower: shapes, positions, independence of batch mates, gradients."""

from __future__ import annotations

import pytest
import torch

from sceneglot.teachers.vit import ImageTower, ViTConfig, sine_positions

SMALL = ViTConfig(image_size=48, dim=24, depth=2, heads=2, out_dim=20)


@pytest.fixture
def tower() -> ImageTower:
    torch.manual_seed(0)
    return ImageTower(SMALL)


def test_shapes_for_several_sizes(tower: ImageTower) -> None:
    for side in (32, 48, 80):
        pooled, patches = tower(torch.randn(3, 3, side, side))
        assert pooled.shape == (3, 20) and patches.shape == (3, (side // 16) ** 2, 20)
        torch.testing.assert_close(pooled, patches.mean(1))


def test_shipped_size() -> None:
    assert sum(p.numel() for p in ImageTower().parameters()) == 3_058_144


@pytest.mark.parametrize("training", [True, False])
def test_batch_mates_do_not_matter(tower: ImageTower, training: bool) -> None:
    tower.train(training)
    x = torch.randn(4, 3, 48, 48)
    together, alone = tower(x)[0], torch.cat([tower(row[None])[0] for row in x])
    torch.testing.assert_close(together, alone, atol=2e-6, rtol=1e-5)


def test_keep_drops_patches_without_repeats(tower: ImageTower) -> None:
    x = torch.randn(2, 3, 48, 48)
    assert tower(x, keep=0.5)[1].shape == (2, 4, 20)  # round(4.5)
    torch.manual_seed(1)
    shallow = ImageTower(ViTConfig(image_size=48, dim=24, depth=0, heads=2, out_dim=20))
    kept, full = shallow(x, keep=0.5)[1], shallow(x)[1]
    distance = torch.cdist(kept, full)
    assert (distance.min(2).values < 1e-5).all()
    assert all(len(set(row.tolist())) == 4 for row in distance.argmin(2))


def test_positions_tell_rows_from_columns_and_scale_with_the_grid() -> None:
    table = sine_positions(7, 24).view(7, 7, 24)
    assert len({tuple(v) for v in table.view(49, 24).tolist()}) == 49
    torch.testing.assert_close(table[0, :, :12], table[5, :, :12])  # the x half ignores the row
    torch.testing.assert_close(table[:, 0, 12:], table[:, 5, 12:])
    torch.testing.assert_close(table[3, 3], sine_positions(3, 24).view(3, 3, 24)[1, 1])  # same middle


def test_every_parameter_learns(tower: ImageTower) -> None:
    tower(torch.randn(2, 3, 48, 48))[0].square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in tower.parameters())
