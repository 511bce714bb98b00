"""One self-contained HTML page: no scripts, no network, pictures inside; everything from outside is escaped."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from sceneglot.atomic import write_text

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --strong: #2a6fdb; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 1080px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin-bottom: .2rem; } h2 { margin-top: 2.2rem; border-bottom: 1px solid var(--line); }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .8rem; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; } tr.strong td { font-weight: 600; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); gap: 1rem; }
figure { margin: 0; } img { max-width: 100%; border-radius: 6px; background: var(--soft); }
figcaption { font-size: .85rem; opacity: .85; }
.card { border: 1px solid var(--line); border-radius: 8px; padding: .7rem; }
.right { color: #188038; } .wrong { color: #c5221f; } code { background: var(--soft); padding: .1rem .3rem; }
.note { opacity: .8; font-size: .92rem; } p { max-width: 75ch; }
"""


@dataclass
class Page:
    """Collects parts from top to bottom, then writes one file.

    The only mutable builder of the house: a page is written once, by one function, and never read back.
    """

    title: str
    parts: list[str] = field(default_factory=list)

    def heading(self, text: str) -> None:
        """A section heading."""
        self.parts.append(f"<h2>{html.escape(text)}</h2>")

    def paragraph(self, text: str, *, note: bool = False) -> None:
        """A paragraph of plain text; `note` makes it quieter."""
        self.parts.append(f"<p{' class=note' if note else ''}>{html.escape(text)}</p>")

    def command(self, text: str) -> None:
        """A shell command."""
        self.parts.append(f"<p><code>{html.escape(text)}</code></p>")

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]], strong: Sequence[int] = ()) -> None:
        """A table of texts; rows whose index is in `strong` stand out."""
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
        body = ""
        for i, row in enumerate(rows):
            cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in row)
            body += f"<tr{' class=strong' if i in strong else ''}>{cells}</tr>"
        self.parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")

    def pictures(self, items: Sequence[tuple[np.ndarray, str]], width: int = 240) -> None:
        """A grid of (H, W, 3) uint8 pictures with captions; at least `width` pixels each."""
        figures = "".join(f"<figure>{_img(p, c)}<figcaption>{html.escape(c)}</figcaption></figure>" for p, c in items)
        columns = f"grid-template-columns: repeat(auto-fill, minmax({width}px, 1fr))"
        self.parts.append(f'<div class=grid style="{columns}">{figures}</div>')

    def picture(self, png: bytes, caption: str) -> None:
        """One PNG over the full width."""
        source = base64.b64encode(png).decode()
        alt = html.escape(caption, quote=True)
        image = f'<img alt="{alt}" src="data:image/png;base64,{source}">'
        self.parts.append(f"<figure>{image}<figcaption>{html.escape(caption)}</figcaption></figure>")

    def answers(self, cards: Sequence[AnswerCard]) -> None:
        """A grid of questions with the answer given, the reference and the picture with the box."""
        self.parts.append(f"<div class=grid>{''.join(_card(c) for c in cards)}</div>")

    def write(self, path: Path) -> Path:
        """Write the page atomically and return its path."""
        title = html.escape(self.title)
        text = (
            f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<title>{title}</title><style>{STYLE}</style><h1>{title}</h1>{''.join(self.parts)}</html>\n"
        )
        return write_text(path, text)


@dataclass(frozen=True, eq=False)
class AnswerCard:
    """One answered question: picture (H, W, 3) uint8, what was asked, said and expected."""

    picture: np.ndarray
    question: str
    answer: str
    score: float
    references: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether the answer equals a reference."""
        return self.answer in self.references


def _card(card: AnswerCard) -> str:
    mark = "right" if card.right else "wrong"
    expected = "" if card.right else f" (expected: {html.escape(' | '.join(card.references))})"
    return (
        f"<figure class=card>{_img(card.picture, card.question)}<figcaption><b>{html.escape(card.question)}</b><br>"
        f"<span class={mark}>{html.escape(card.answer)}</span> {card.score:.2f}{expected}</figcaption></figure>"
    )


def _img(pixels: np.ndarray, alt: str) -> str:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels, np.uint8)).save(buffer, "PNG", optimize=True)
    source = base64.b64encode(buffer.getvalue()).decode()
    return f'<img alt="{html.escape(alt, quote=True)}" src="data:image/png;base64,{source}">'
