"""Figures as PNG bytes: training curves, embedding maps, bars with spread."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def curves(series: Mapping[str, Sequence[tuple[float, float]]], *, title: str, y: str, x: str = "step") -> bytes:
    """One line per name through its (x, y) points."""
    figure, axes = _figure(title)
    for name, points in series.items():
        if points:
            axes.plot(*zip(*points), label=name, linewidth=1.6)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if axes.lines:
        axes.legend(frameon=False)
    return _png(figure)


def spread_curves(series: Mapping[str, Sequence[tuple[float, float, float]]], *, title: str, x: str, y: str) -> bytes:
    """One line per name through (x, mean, standard deviation); a logarithmic axis with a tick at every positive x.

    A deviation of NaN (one seed) has no bar.
    """
    figure, axes = _figure(title)
    for i, (name, points) in enumerate(series.items()):
        places, mean, deviation = zip(*points)
        aside = 1.015 ** (i - (len(series) - 1) / 2)  # bars of one x beside each other
        axes.errorbar(
            np.multiply(places, aside), mean, np.nan_to_num(deviation), label=name, linewidth=1.6, marker="o", capsize=3
        )
    ticks = sorted({point[0] for points in series.values() for point in points})
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.legend(frameon=False)
    return _png(figure)


def scatter(xy: np.ndarray, groups: Sequence[str], *, title: str) -> bytes:
    """(N, 2) points coloured by group name."""
    figure, axes = _figure(title)
    names = sorted(set(groups))
    import matplotlib

    palette = matplotlib.colormaps["tab20"]
    for i, name in enumerate(names):
        rows = [k for k, g in enumerate(groups) if g == name]
        axes.scatter(xy[rows, 0], xy[rows, 1], s=26, color=palette(i % 20), label=name)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    return _png(figure)


def bars(values: Mapping[str, tuple[float, float]], *, title: str, y: str) -> bytes:
    """One bar per name: (mean, standard deviation)."""
    figure, axes = _figure(title)
    names = list(values)
    mean, spread = [values[n][0] for n in names], [values[n][1] for n in names]
    axes.barh(names[::-1], mean[::-1], xerr=spread[::-1], color="#2a6fdb", height=0.6, capsize=3)
    axes.set_xlabel(y)
    return _png(figure)


def tsne(features: np.ndarray, seed: int = 0) -> np.ndarray:
    """(N, D) -> (N, 2) by t-SNE on cosine distances; perplexity shrinks with N; fewer than 4 rows give zeros."""
    if len(features) < 4:
        return np.zeros((len(features), 2))
    from sklearn.manifold import TSNE

    perplexity = max(2.0, min(20.0, (len(features) - 1) / 3))
    model = TSNE(2, perplexity=perplexity, metric="cosine", init="random", random_state=seed)
    return model.fit_transform(np.asarray(features, np.float32))


def _figure(title: str) -> tuple[Figure, Any]:
    # The object interface needs no window system and leaves matplotlib's global state alone.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), dpi=110)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=11)
    axes.grid(alpha=0.25)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _png(figure: Figure) -> bytes:
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)  # type: ignore[attr-defined]  # names come from anywhere: a dollar is a dollar
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight")
    return buffer.getvalue()
