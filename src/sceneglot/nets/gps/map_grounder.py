"""Grounding on object maps: labelled boxes and a sentence in, a score per object out. No points.

A sentence is taken apart into what its target is called, and up to K clauses: a relation and what the anchor is
called. Every clause is scored for all objects by geometry that is computed once per scene, so that one scene serves
hundreds of sentences. Left and right are scored once per viewer (`map_viewers`), and the answer is the mixture over
the viewers that the sentence believes in: p(object) = sum over v of p(v | sentence) p(object | v).

Sentences that mean no, one or several objects (Multi3DRefer) need every object judged by itself: the same scores, less
a level that the sentence asks for, go through a logistic function instead of a softmax over the objects.

GPS (arXiv 2401.09340) and ViL3DRel (NeurIPS 2022) let attention find all this out. Written down, it takes a few minutes
on one CPU core to learn.

Shapes: S scenes, Q sentences, P most sentences of a scene, N objects, L words, T width of the text table, D width of
words, K clauses, V viewers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from sceneglot.errors import SceneglotError
from sceneglot.nets.gps.map_between import NUM_BETWEEN, between_features
from sceneglot.nets.gps.map_geometry import NUM_PAIR, NUM_UNARY, MapObjects, pair_features, same_kind, unary_features
from sceneglot.nets.gps.map_reader import Reader
from sceneglot.nets.gps.map_viewers import NUM_ORDER, NUM_SIDES, VIEWERS, Views, views
from sceneglot.nets.gps.phrases import PhraseConfig, Words

STEEPEST = 10.0
"""A clause multiplies the odds of an object by at most e^10, and its sides by as much again."""
LEAST = 1e-8
"""Added to sums before their logarithm."""
LEVEL = 9.0
"""First level: between the score of a label that is the name said (12) and of one that has nothing to do with it."""


@dataclass(frozen=True)
class MapGrounderConfig:
    """Sizes of the network; the defaults train on one CPU core."""

    text: PhraseConfig = field(default_factory=PhraseConfig)
    clauses: int = 3
    unary_width: int = 48
    pair_width: int = 48
    side_width: int = 12
    hidden: int = 96
    name_width: int = 64
    viewers: tuple[str, ...] = ("room", "front", "wall", "door")
    """Who may say left and right, see `map_viewers.VIEWERS`."""
    geometry: bool = True
    """False: labels only, neither a box nor a colour reaches the network (the blind baseline)."""
    several: bool = False
    """Whether every object is also judged by itself, so that a sentence may mean none or several."""

    def __post_init__(self) -> None:
        unknown = sorted(set(self.viewers) - set(VIEWERS))
        if unknown or not self.viewers:
            raise SceneglotError(f"viewers: expected some of {', '.join(VIEWERS)}, found {unknown or 'none'}")


@dataclass(frozen=True, eq=False)
class GroundingOutput:
    """Scores of one forward pass.

    Attributes:
        target: (Q, N) log-probabilities, the lowest number where padded.
        anchor: (Q, N) log-probabilities of being mentioned to locate the target.
        kind: (Q, N) logits of being of the kind that is looked for, from the sentence and the labels alone.
        viewer: (Q, V) log-probabilities.
        member: (Q, N) log-odds of being one of the objects meant, be they none or many; None if `several` is off.
    """

    target: Tensor
    anchor: Tensor
    kind: Tensor
    viewer: Tensor
    member: Tensor | None = None


class MapGrounder(nn.Module):
    """Reader, geometry, and the clauses put together."""

    def __init__(self, config: MapGrounderConfig) -> None:
        super().__init__()
        self.config = config
        width, k, v = config.text.width, config.clauses, len(config.viewers)
        self.read = Reader(config.text, config.clauses, config.name_width)
        self.unary = _mlp(NUM_UNARY, config.hidden, config.unary_width)
        self.pair = _mlp(NUM_PAIR, config.hidden, config.pair_width)
        self.side = _mlp(NUM_SIDES, config.hidden // 3, config.side_width)
        self.order = _mlp(NUM_ORDER, config.hidden // 3, config.side_width)
        self.between = _mlp(NUM_BETWEEN, config.hidden // 3, config.side_width)
        self.target_is = nn.Linear(width, config.unary_width + config.side_width + config.side_width)
        self.clause_is = nn.Linear(width, config.pair_width + config.side_width + config.unary_width)
        self.viewer = nn.Linear(width, 2 * v)
        self.belong = nn.Linear(width, k * k)
        nn.init.constant_(self.belong.bias, -2.0)
        self.mentioned = nn.Linear(width, k)
        self.level = nn.Linear(width, 1) if config.several else None
        if self.level is not None:
            nn.init.constant_(self.level.bias, LEVEL)

    def forward(self, objects: MapObjects, label: Tensor, scene_of: Tensor, words: Words) -> GroundingOutput:
        """Score the objects of S scenes for Q sentences.

        Args:
            objects: boxes of the scenes.
            label: (S, N, T) unit vectors of the labels, zeros where padded.
            scene_of: (Q,) int64, which scene each sentence is about.
            words: the sentences.
        """
        said = self.read(label, scene_of, words)
        seats = Seats.of(scene_of, len(objects.mask))
        named, summary, clause = (seats.lay(t) for t in (said.named, said.summary, said.clause))
        scene = self._measure(objects)
        score, anchor, viewer = self._judge(objects, scene, named, summary, clause)
        each = _log_share(score, objects.mask[:, None, None])  # (S, P, V, N)
        target = (each + viewer[..., None]).logsumexp(2)
        real = objects.mask[scene_of]
        lowest = torch.finfo(target.dtype).min
        scores = [seats.take(target), seats.take(anchor), said.named[:, 0]]
        target, anchor, kind = (values.masked_fill(~real, lowest) for values in scores)
        member = None
        if self.level is not None:
            odds = _mixed_odds(score - self.level(summary)[..., None], viewer)
            member = seats.take(odds).masked_fill(~real, lowest)
        return GroundingOutput(target, anchor, kind, seats.take(viewer), member)

    def _measure(self, objects: MapObjects) -> SceneFeatures:
        """What is computed once per scene."""
        unary, pairs, seen = unary_features(objects), pair_features(objects), views(objects, self.config.viewers)
        if not self.config.geometry:
            unary, pairs = torch.zeros_like(unary), torch.zeros_like(pairs)
            seen = Views(*(torch.zeros_like(t) for t in vars(seen).values()))
        return SceneFeatures(
            self.unary(unary), self.pair(pairs), self.side(seen.sides), self.order(seen.order), seen.sure
        )

    def _judge(
        self, objects: MapObjects, scene: SceneFeatures, named: Tensor, summary: Tensor, clause: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Scores of targets (S, P, V, N) for each viewer, log-probabilities of anchors (S, P, N) and viewers (S, P, V).

        Args:
            named: (S, P, K + 1, N); summary: (S, P, D); clause: (S, P, K, D).
        """
        config, mask = self.config, objects.mask[:, None]
        sides = config.side_width
        is_, ordered, asked = self.target_is(summary).split([config.unary_width, sides, sides], -1)
        widths = [config.pair_width, sides, config.unary_width]
        related, sided, anchor_is = self.clause_is(clause).split(widths, -1)
        anchors = _log_share(named[:, :, 1:] + _dot(anchor_is, scene.unary), mask[:, None])  # (S, P, K, N)
        related = self._related(_dot(related, scene.pair))  # (S, P, K, N, N)
        mentioned = self.mentioned(summary).log_softmax(-1)[..., None]
        prior, weight = self.viewer(summary).chunk(2, -1)
        looked_at = (anchors + mentioned).logsumexp(2).exp()  # (S, P, N)
        viewer = (prior + weight * (looked_at @ scene.sure.transpose(1, 2))).log_softmax(-1)
        anchors = self._settle(anchors, related, summary, mask)
        score = named[:, :, 0] + _dot(is_[:, :, None], scene.unary).squeeze(2)
        alone = (objects.mask.sum(1) < 2)[:, None, None]  # what has nothing beside it cannot fail a relation
        if config.geometry:
            between = self._between(objects, (anchors + mentioned).logsumexp(2), asked)
            score = score + between.masked_fill(alone, 0.0)
        score = score[:, :, None] + _dot(ordered[:, :, None], scene.order).squeeze(2)
        held = ReachedOdds.apply(related + anchors[..., None, :], sided, scene.sides)  # (S, P, K, V, N)
        held = held.sum(2).masked_fill(alone[..., None], 0.0)
        return score + held, (anchors + mentioned).logsumexp(2), viewer

    @staticmethod
    def _related(score: Tensor) -> Tensor:
        """(S, P, K, N, N) log-odds of i by a clause, if j is the anchor; nothing is its own anchor."""
        itself = torch.eye(score.shape[-1], dtype=torch.bool, device=score.device)
        return score.clamp(-STEEPEST, STEEPEST).masked_fill(itself, -4 * STEEPEST)

    def _settle(self, anchors: Tensor, related: Tensor, summary: Tensor, mask: Tensor) -> Tensor:
        """Anchors that are located by another clause ("the table that is by the window"): (S, P, K, N) again."""
        k = self.config.clauses
        held = (related + anchors[..., None, :]).logsumexp(-1).clamp_min(-STEEPEST)
        belong = self.belong(summary).unflatten(-1, (k, k)).sigmoid() * (1 - torch.eye(k, device=summary.device))
        return _log_share(anchors + belong @ held, mask[:, None])

    def _between(self, objects: MapObjects, mentioned: Tensor, asked: Tensor) -> Tensor:
        """(S, P, N) what lying between two anchors adds; among all pairs of the three likeliest.

        Args:
            mentioned: (S, P, N) log-probabilities of being an anchor; asked: (S, P, G).
        """
        scenes, sentences, count = mentioned.shape
        weight, row = mentioned.flatten(0, 1).topk(min(3, count), -1)
        a, b = torch.combinations(torch.arange(row.shape[1], device=row.device), 2).unbind(-1)
        if not len(a):
            return torch.zeros_like(mentioned)
        rival = same_kind(objects) & ~torch.eye(count, dtype=torch.bool, device=row.device)
        scene_of = torch.arange(scenes, device=row.device).repeat_interleave(sentences)
        features = self.between(between_features(objects, rival, scene_of, row[:, a], row[:, b]))
        grade = (features @ asked.flatten(0, 1)[:, None, :, None]).squeeze(-1).clamp(-STEEPEST, STEEPEST)
        both = (weight[:, a] + weight[:, b]).log_softmax(-1)
        return (grade + both[..., None]).logsumexp(1).unflatten(0, (scenes, sentences))


@dataclass(frozen=True, eq=False)
class SceneFeatures:
    """unary (S, N, U), pair (S, N, N, F), sides (S, V, N, N, G), order (S, V, N, G), sure (S, V, N)."""

    unary: Tensor
    pair: Tensor
    sides: Tensor
    order: Tensor
    sure: Tensor


@dataclass(frozen=True, eq=False)
class Seats:
    """Sentences laid out scene by scene (S, P), so that products with what belongs to a scene copy nothing.

    Attributes:
        row: (Q,) place of each sentence among the S * P.
        shape: S and P.
    """

    row: Tensor
    shape: tuple[int, int]

    @classmethod
    def of(cls, scene_of: Tensor, scenes: int) -> Seats:
        """Number the sentences of each scene."""
        counts = torch.bincount(scene_of, minlength=scenes)
        longest = int(counts.max())
        order = scene_of.argsort(stable=True)
        start = counts.cumsum(0) - counts
        place = torch.empty_like(scene_of)
        place[order] = torch.arange(len(scene_of), device=scene_of.device) - start[scene_of[order]]
        return cls(scene_of * longest + place, (scenes, longest))

    def lay(self, values: Tensor) -> Tensor:
        """(Q, ...) -> (S, P, ...), zeros where a scene has fewer sentences."""
        laid = values.new_zeros(self.shape[0] * self.shape[1], *values.shape[1:])
        return laid.index_put((self.row,), values).unflatten(0, self.shape)

    def take(self, values: Tensor) -> Tensor:
        """(S, P, ...) -> (Q, ...)."""
        return values.flatten(0, 1)[self.row]


def _dot(asked: Tensor, features: Tensor) -> Tensor:
    """(S, P, K, F) of the sentences times (S, ..., F) of their scenes: (S, P, K, ...)."""
    product = asked.flatten(1, 2) @ features.flatten(1, -2).transpose(1, 2)
    return product.view(*asked.shape[:3], *features.shape[1:-1])


class ReachedOdds(torch.autograd.Function):
    """log sum over j of exp(base_ij + asked . sides_vij), the largest tensor of the network, made and kept once.

    `base` holds the anchors' log-probabilities. The plain form is in the tests. All is computed in the type of `base`:
    autocast would round log-odds of up to 40 to a fifth.
    """

    @staticmethod
    def forward(ctx: Any, base: Tensor, asked: Tensor, sides: Tensor) -> Tensor:
        """(S, P, K, N, N), (S, P, K, G), (S, V, N, N, G) -> (S, P, K, V, N)."""
        asked, sides = asked.to(base.dtype), sides.to(base.dtype)
        with torch.autocast(base.device.type, enabled=False):
            odds = _dot(asked, sides).clamp_(-STEEPEST, STEEPEST).add_(base[:, :, :, None]).exp_()
        total = odds.sum(-1) + LEAST
        ctx.save_for_backward(odds, total, asked, sides)
        return total.log()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # type: ignore[override]
        odds, total, asked, sides = ctx.saved_tensors
        flow = odds * (grad / total)[..., None]  # (S, P, K, V, N, N)
        scenes, sentences, clauses = flow.shape[:3]
        flat = flow.view(scenes, sentences * clauses, -1)
        to_asked = (flat @ sides.flatten(1, -2)).view_as(asked)
        to_sides = (flat.transpose(1, 2) @ asked.flatten(1, 2)).view_as(sides)
        return flow.sum(3), to_asked, to_sides


def _log_share(scores: Tensor, mask: Tensor) -> Tensor:
    """log-softmax over the real objects."""
    return scores.masked_fill(~mask, torch.finfo(scores.dtype).min).log_softmax(-1)


def _mixed_odds(odds: Tensor, viewer: Tensor) -> Tensor:
    """(S, P, N) log-odds of the mixture over viewers, of log-odds (S, P, V, N) and log-probabilities (S, P, V)."""
    yes, no = (logsigmoid(sign * odds) + viewer[..., None] for sign in (1.0, -1.0))
    return yes.logsumexp(2) - no.logsumexp(2)


def _mlp(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, hidden), nn.GELU(), nn.Linear(hidden, outputs), nn.GELU())
