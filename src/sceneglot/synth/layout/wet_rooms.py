"""Groups where water runs: kitchen rows, vanities, basins, toilets, tubs, washing machines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sceneglot.synth import materials as m
from sceneglot.synth.catalog import CATALOG, Thing
from sceneglot.synth.collide import WALL
from sceneglot.synth.furniture.kit import chance, one_of, span
from sceneglot.synth.layout.group import Group, optional
from sceneglot.synth.room import Material

Rng = np.random.Generator


def kitchen_run(rng: Rng, length: float, wall_cabinets: bool = True) -> Group:
    """A row along a wall: refrigerator, base cabinets under counters with a sink, stove with hood, things on top."""
    group = Group(rng)
    wood = m.pick(rng, m.WOOD)
    front = wood if chance(rng, 0.6) else m.pick(rng, m.WOOD)
    stone = m.pick_one(rng, m.STONE, m.STONE, m.WOOD)
    fridge = group.new("refrigerator", mini=False) if length > 2.6 else None
    rest = length - (fridge.width + 0.03 if fridge else 0.0) - 0.6
    split = rest > 2.0 and chance(rng, 0.35)  # the stove stands within the counter, or at its end
    sink_part = rest * span(rng, 0.5, 0.62) if split else rest
    other = rest - sink_part
    x = -length / 2
    if fridge:
        at = group.put(fridge, x + fridge.width / 2, -fridge.depth / 2 - 0.01)
        group.clear(at)
        if chance(rng, 0.25):
            group.on(at, one_of(rng, "box", "basket"))
        x += fridge.width + 0.03
    parts = ["sink", "stove", "plain"] if chance(rng, 0.5) else ["plain", "stove", "sink"]
    for part in parts:
        if part == "stove":
            _stove(group, x)
            x += 0.6
        else:
            width = sink_part if part == "sink" else other
            if width > 0.3:
                _counter_section(group, x, width, part == "sink", wood, front, stone, wall_cabinets)
                x += width
    group.zone((-length / 2 + 0.05, length / 2 - 0.05), (-1.35, -0.75))
    return group


def _stove(group: Group, x: float) -> None:
    stove = group.new("stove")
    at = group.put(stove, x + 0.3, -stove.depth / 2 - 0.005)
    if chance(group.rng, 0.6):
        group.on(at, "pot", at=(0.0, 0.0))
    optional(group, group.put(group.new("range hood"), x + 0.3, 0.0, 0.0, 1.5, WALL))


def _counter_section(
    group: Group, x: float, width: float, sink: bool, wood: Material, front: Material, stone: Material, upper: bool
) -> None:
    """Base cabinets from x on, a counter over them, a sink let into it, wall cabinets above."""
    rng = group.rng
    basin = group.new("sink", width=min(0.5, width - 0.35), depth=0.38) if sink else None
    widths = _module_widths(rng, width, 0.62 if sink else 0.45)
    at, first = x, None
    sink_x = 0.0
    washer = sink and widths[-1] >= 0.6 and len(widths) > 1 and chance(rng, 0.5)
    for k, w in enumerate(widths):
        if washer and k == len(widths) - 1:
            machine = group.new("dishwasher")
            index = group.put(machine, at + w / 2, -0.31)
        else:
            cabinet = group.new("kitchen cabinet", width=w - 0.004, body=wood, front=front)
            index = group.put(cabinet, at + w / 2, -0.31)
            if sink and first is None:
                sink_x = at + w / 2 - (x + width / 2)
        first = index if first is None else first
        at += w
    hole = (sink_x, basin.width - 0.03, basin.piece.size[1] - 0.03) if basin else None
    counter = group.new("counter", length=width - 0.004, depth=0.62, sink=hole, top=stone)
    top = group.put(counter, x + width / 2, -0.315, 0.0, 0.86, first if first is not None else -1)
    if basin and top is not None:
        group.put(basin, x + width / 2 + sink_x, -0.325, 0.0, 0.9, top)
    _on_counter(group, top, sink)
    if upper:
        at = x
        for w in widths:
            cabinet = group.new("wall cabinet", width=w - 0.006, body=wood, front=front)
            optional(group, group.put(cabinet, at + w / 2, 0.0, 0.0, 1.46, WALL))
            at += w


def _module_widths(rng: Rng, width: float, least: float) -> list[float]:
    n = max(1, int(width / max(0.6, least)))
    return [width / n] * n


def _on_counter(group: Group, top: int | None, sink: bool) -> None:
    wet = (("dish rack", 0.5), ("detergent bottle", 0.3), ("paper towel roll", 0.4), ("cup", 0.3))
    dry = (("microwave", 0.55), ("kettle", 0.5), ("toaster", 0.45), ("coffee maker", 0.35), ("bottle", 0.35))
    for label, p in (*wet, *(dry if chance(group.rng, 0.4) else ())) if sink else (*dry, ("bowl", 0.3)):
        if chance(group.rng, p):
            group.on(top, label, yaw=0.0)


def vanity_group(rng: Rng) -> Group:
    """A bathroom cabinet with a counter and a sink, a mirror above, soap and a cup beside the sink."""
    group = Group(rng)
    width, wood = span(rng, 0.9, 1.25), m.pick(rng, m.WOOD)
    cabinet = group.new("kitchen cabinet", width=width, body=wood, height=0.78)
    base = group.put(_renamed(cabinet, "cabinet"), 0, -0.3)
    basin = group.new("sink", width=0.46, depth=0.36)
    side = span(rng, -0.5, 0.5) * (width - 0.75)
    counter = group.new("counter", length=width + 0.02, depth=0.6, sink=(side, basin.width - 0.03, basin.depth - 0.03))
    top = group.put(counter, 0, -0.305, 0.0, 0.78, base if base is not None else -1)
    if top is not None:
        group.put(basin, side, -0.315, 0.0, 0.82, top)
    for label in ("soap dispenser", "toothbrush cup", "stack of towels", "candle", "tissues"):
        if chance(rng, 0.5):
            group.on(top, label)
    optional(group, group.put(group.new("mirror"), side, 0.0, 0.0, 1.15, WALL))
    group.zone((-width / 2, width / 2), (-1.2, -0.65))
    return group


def _renamed(thing: Thing, label: str) -> Thing:
    """The same piece under another category of the catalogue."""
    return replace(thing, category=CATALOG[label])


def basin_group(rng: Rng) -> Group:
    """A pedestal or wall-hung sink with a mirror above and soap."""
    group = Group(rng)
    if chance(rng, 0.25):
        sink = group.new("pedestal sink")
        group.clear(group.put(sink, 0, -sink.depth / 2 - 0.005))
    else:
        sink = group.new("wall sink")
        group.put(sink, 0, 0, 0, 0.66, WALL)
        group.zone((-sink.width / 2, sink.width / 2), (-1.1, -0.55))
    optional(group, group.put(group.new("mirror"), 0, 0, 0, span(rng, 1.15, 1.3), WALL))
    return group


def toilet_group(rng: Rng) -> Group:
    """A toilet with paper on the wall beside it; plunger and bin near."""
    group = Group(rng)
    toilet = group.new("toilet")
    at = group.put(toilet, 0, -toilet.depth / 2)
    group.clear(at)
    if chance(rng, 0.4):
        group.on(at, one_of(rng, "tissues", "candle", "stack of towels", "potted plant"))
    side = int(rng.integers(2)) * 2 - 1
    paper = group.new("toilet paper")
    optional(group, group.put(paper, side * (toilet.width / 2 + 0.14), 0, 0, 0.65, WALL))
    if chance(rng, 0.35):
        optional(group, group.put(group.new("plunger"), -side * (toilet.width / 2 + 0.12), -0.15))
    if chance(rng, 0.5):
        bin_ = group.new("pedal bin")
        optional(group, group.put(bin_, side * (toilet.width / 2 + 0.2), -0.3))
    return group


def tub_group(rng: Rng) -> Group:
    """A bathtub along the wall with a curtain before one end and a mat."""
    group = Group(rng)
    tub = group.new("bathtub")
    at = group.put(tub, 0, -tub.depth / 2)
    group.clear(at)
    if chance(rng, 0.6):
        optional(group, group.put(group.new("bath mat"), span(rng, -0.3, 0.3), -tub.depth - 0.35))
    return group


def laundry_row(rng: Rng) -> Group:
    """Washing machines and dryers side by side, with detergent and towels on them."""
    group = Group(rng)
    washer, dryer = group.new("washing machine"), group.new("dryer")
    x = 0.0
    for k in range(int(rng.integers(2, 5))):
        machine = washer if k % 2 == 0 else dryer
        at = group.put(machine, x, -machine.depth / 2 - 0.05)
        group.clear(at)
        for label in ("detergent bottle", "stack of towels", "clothes", "box", "detergent bottle"):
            if chance(rng, 0.25):
                group.on(at, label, yaw=0.0)
        x += 0.63
    return group
