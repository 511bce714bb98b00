from dataclasses import replace

import pytest
import torch

from sceneglot.nets.gps.map_geometry import (
    NUM_PAIR,
    NUM_UNARY,
    MapObjects,
    lead_of_kind,
    opponent_colors,
    pair_features,
    rank_of_kind,
    same_kind,
    unary_features,
)


def table(count=7, seed=0, scenes=1) -> MapObjects:
    g = torch.Generator().manual_seed(seed)
    center = torch.rand(scenes, count, 3, generator=g) * torch.tensor([6.0, 4.0, 2.0])
    angle = torch.rand(scenes, count, generator=g) * 6
    front = torch.stack([angle.cos(), angle.sin()], -1) * (angle > 3)[..., None]
    return MapObjects(
        center=center,
        size=torch.rand(scenes, count, 3, generator=g) + 0.1,
        color=torch.rand(scenes, count, 3, generator=g),
        front=front,
        kind=torch.randint(0, 3, (scenes, count), generator=g),
        mask=torch.ones(scenes, count, dtype=torch.bool),
        room=torch.tensor([[[0.0, 0.0, 0.0], [6.0, 4.0, 2.5]]]).expand(scenes, 2, 3),
        door=torch.arange(count).expand(scenes, count) == 0,
    )


def quarter_turn(t: MapObjects) -> MapObjects:
    turn = lambda v: torch.cat([-v[..., 1:2], v[..., :1], v[..., 2:]], -1)  # noqa: E731
    low, high = turn(t.room[:, 0]), turn(t.room[:, 1])
    room = torch.stack([torch.minimum(low, high), torch.maximum(low, high)], 1)
    return MapObjects(turn(t.center), turn(t.size).abs(), t.color, turn(t.front), t.kind, t.mask, room, t.door)


def padded(t: MapObjects, extra: int) -> MapObjects:
    grow = lambda v, fill: torch.cat([v, torch.full((v.shape[0], extra, *v.shape[2:]), fill, dtype=v.dtype)], 1)  # noqa: E731
    return MapObjects(
        grow(t.center, 77.0),
        grow(t.size, 5.0),
        grow(t.color, 1.0),
        grow(t.front, 1.0),
        grow(t.kind, 0),
        grow(t.mask, False),
        t.room,
        grow(t.door, True),
    )


def test_widths():
    assert unary_features(table()).shape == (1, 7, NUM_UNARY)
    assert pair_features(table()).shape == (1, 7, 7, NUM_PAIR)


def test_a_quarter_turn_changes_nothing():
    t = table()
    torch.testing.assert_close(unary_features(quarter_turn(t)), unary_features(t), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(pair_features(quarter_turn(t)), pair_features(t), atol=1e-4, rtol=1e-4)


def test_padding_changes_nothing_and_is_zero():
    t = table()
    wide = padded(t, 3)
    torch.testing.assert_close(unary_features(wide)[:, :7], unary_features(t))
    torch.testing.assert_close(pair_features(wide)[:, :7, :7], pair_features(t))
    assert not unary_features(wide)[:, 7:].any()
    assert not pair_features(wide)[:, 7:].any() and not pair_features(wide)[:, :, 7:].any()


def test_batch_mates_change_nothing():
    a, b = table(seed=1), table(seed=2)
    both = MapObjects(*(torch.cat([x, y]) for x, y in zip(vars(a).values(), vars(b).values())))
    torch.testing.assert_close(pair_features(both)[1:], pair_features(b))
    torch.testing.assert_close(unary_features(both)[1:], unary_features(b))


def test_ranks_and_leads_by_hand():
    same = torch.tensor([[[1, 1, 1, 0], [1, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 1]]]).bool()
    value = torch.tensor([[3.0, 1.0, 2.0, 9.0]])
    assert rank_of_kind(value, same).tolist() == [[1.0, -1.0, 0.0, 0.0]]
    distance = value[..., None].expand(1, 4, 4)  # the same to every anchor
    lead = lead_of_kind(-distance, same & ~torch.eye(4, dtype=torch.bool))[0, :, 0]
    assert lead.tolist() == [-2.0, 1.0, -1.0, 0.0]  # object 1 is closest by 1 m


def test_same_kind_leaves_padding_out():
    t = padded(table(3), 2)
    assert not same_kind(t)[0, 3:].any() and same_kind(t)[0, 0, 0]


def test_no_number_is_undefined_for_degenerate_boxes():
    t = table(4)
    zero = torch.zeros_like(t.center)
    flat = replace(t, center=zero, size=zero, front=t.front * 0, room=torch.zeros(1, 2, 3))
    assert torch.isfinite(unary_features(flat)).all() and torch.isfinite(pair_features(flat)).all()


def test_opponent_colors_by_hand():
    """Grey has no hue; red is red at any brightness, up to the 0.1 that keeps black calm."""
    gray, red, dark = opponent_colors(torch.tensor([[0.5, 0.5, 0.5], [0.9, 0.0, 0.0], [0.45, 0.0, 0.0]]))
    assert gray.tolist() == [0.5, 0.0, 0.0]
    assert red.tolist() == pytest.approx([0.3, 0.9 / 0.4, 0.45 / 0.4])
    assert dark[1] > 0.75 * red[1]
