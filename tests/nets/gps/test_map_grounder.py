from dataclasses import replace

import pytest
import torch
from tests.nets.gps.test_map_geometry import table

from sceneglot.errors import SceneglotError
from sceneglot.nets.gps.map_grounder import LEAST, MapGrounder, MapGrounderConfig, ReachedOdds, Seats
from sceneglot.nets.gps.map_reader import Reader
from sceneglot.nets.gps.phrases import PhraseConfig, PhraseEncoder, Words

TEXT = PhraseConfig(table_width=24, width=16, heads=2, layers=1, hidden=16)
SMALL = MapGrounderConfig(TEXT, clauses=2, unary_width=8, pair_width=8, side_width=4, hidden=12, name_width=8)


def words(lengths=(3, 5, 2), seed=0) -> Words:
    g = torch.Generator().manual_seed(seed)
    table = torch.nn.functional.normalize(torch.randn(9, 24, generator=g), dim=-1)
    table[0] = 0
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    rows = lambda: torch.randint(1, 9, mask.shape, generator=g) * mask  # noqa: E731
    return Words(table, rows(), rows(), mask)


def pairs(viewers: int = 2) -> tuple[torch.Tensor, ...]:
    g = torch.Generator().manual_seed(0)
    shapes = ((2, 3, 2, 4, 4), (2, 3, 2, 5), (2, viewers, 4, 4, 5))
    return tuple(torch.randn(shape, generator=g, dtype=torch.float64).requires_grad_() for shape in shapes)


def test_reached_odds_equal_the_plain_form():
    base, asked, sides = pairs()
    plain = (base[:, :, :, None] + torch.einsum("spkg,svijg->spkvij", asked, sides)).exp().sum(-1)
    torch.testing.assert_close(ReachedOdds.apply(base, asked, sides), (plain + LEAST).log())


def test_reached_odds_have_the_right_gradient():
    assert torch.autograd.gradcheck(ReachedOdds.apply, pairs(), atol=1e-5)


def test_seats_lay_and_take():
    seats = Seats.of(torch.tensor([1, 0, 1, 1]), 3)
    values = torch.arange(4.0)[:, None] + 1
    laid = seats.lay(values)
    assert laid[..., 0].tolist() == [[2, 0, 0], [1, 3, 4], [0, 0, 0]]
    assert torch.equal(seats.take(laid), values)


@pytest.fixture(scope="module")
def net() -> MapGrounder:
    torch.manual_seed(0)
    return MapGrounder(SMALL).eval()


def labels(scenes=2, count=7) -> torch.Tensor:
    g = torch.Generator().manual_seed(1)
    return torch.nn.functional.normalize(torch.randn(scenes, count, 24, generator=g), dim=-1)


def test_answers_are_distributions(net: MapGrounder):
    found = net(table(scenes=2), labels(), torch.tensor([1, 0, 1]), words())
    for scores in (found.target, found.anchor, found.viewer):
        torch.testing.assert_close(scores.exp().sum(-1), torch.ones(3))
    assert found.viewer.shape == (3, 4)


def test_sentences_do_not_know_of_each_other(net: MapGrounder):
    """Neither other sentences about the scene nor longer ones change an answer."""
    said = words()
    together = net(table(scenes=2), labels(), torch.tensor([1, 0, 1]), said)
    alone = Words(said.table, said.word[2:, :2], said.pair[2:, :2], said.mask[2:, :2])
    single = net(table(scenes=2), labels(), torch.tensor([1]), alone)
    torch.testing.assert_close(single.target[0], together.target[2], atol=1e-5, rtol=1e-4)


def test_training_in_bfloat16():
    """Under autocast the network runs, learns, and says nearly the same."""
    torch.manual_seed(0)
    several = MapGrounder(replace(SMALL, several=True)).eval()
    asked = (table(scenes=2), labels(), torch.tensor([1, 0, 1]), words())
    exact = several(*asked)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = several(*asked)
    torch.testing.assert_close(found.target.float(), exact.target, atol=0.1, rtol=0.02)
    assert found.member is not None
    (found.target.sum() + found.member.sum()).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in several.parameters() if p.requires_grad)


def test_blind_to_geometry():
    torch.manual_seed(0)
    blind = MapGrounder(MapGrounderConfig(TEXT, clauses=2, geometry=False)).eval()
    first, second = (blind(table(seed=s, scenes=2), labels(), torch.tensor([0]), words((3,))) for s in (1, 2))
    torch.testing.assert_close(first.target, second.target)


def test_the_longest_name_counts():
    """ "end table" in a room with tables and end tables: an exact pair silences its last word."""
    torch.manual_seed(0)
    reader = Reader(TEXT, 1, 8).eval()
    end, both, other = torch.eye(24)[:3]
    vectors = torch.stack([torch.zeros(24), end, (both + end) / 2**0.5, other])
    one = torch.tensor([[1]])
    said = Words(vectors, one, torch.tensor([[2]]), one > 0)
    label = torch.stack([vectors[1], vectors[2]])[None]  # "table", "end table"
    named = reader(label, torch.tensor([0]), said).named[0, 0]
    assert named.tolist() == pytest.approx([12 / 2**0.5, 12.0], rel=1e-5)
    alone = reader(label[:, :1], torch.tensor([0]), said).named[0, 0]  # no end table here: any table will do
    assert alone.tolist() == pytest.approx([12.0], rel=1e-5)


def test_unknown_viewers_are_an_error():
    for viewers in (("moon",), ()):
        with pytest.raises(SceneglotError, match="expected some of room"):
            MapGrounderConfig(viewers=viewers)


def test_words_are_hidden_only_while_training():
    torch.manual_seed(0)
    encode = PhraseEncoder(PhraseConfig(**{**vars(TEXT), "word_dropout": 0.9}))
    said = words()
    assert not torch.equal(encode.train()(said), encode(said))
    assert torch.equal(encode.eval()(said), encode(said))
    assert not encode(said)[~said.mask].any()
