"""How figures, tables and sentences come onto a notebook's page, with or without a network."""

from __future__ import annotations

import gzip
import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

import pandas as pd
import plotly.io as pio
from plotly.io.base_renderers import MimetypeRenderer
from plotly.io.json import to_json_plotly
from plotly.offline import get_plotlyjs

SHARES = (
    *("Utilisation", "Asked for", "Met", "Core met", "Elective met"),
    *("Complete", "Core complete", "Elective complete"),
)
"""Columns of our tables that hold fractions."""

_RENDERER = "echelon"
# Titles of courses may hold dollar signs, which are no mathematics.
_NO_MATHEMATICS = "tex2jax_ignore mathjax_ignore"
_LEFT = "text-align: left; white-space: normal; vertical-align: top"
_RIGHT = "text-align: right; white-space: nowrap; vertical-align: top"


@dataclass(frozen=True, slots=True)
class Shown:
    """Something for a page: markup for browsers and text for everything else."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


_DRAWN = """<div id="{place}" style="width: 100%; height: {height}px"></div>
<script>(function draw() {{
  const place = document.getElementById("{place}");
  if (!place) return;
  if (!window.Plotly) {{ setTimeout(draw, 100); return; }}
  const figure = {figure};
  Plotly.newPlot(place, figure.data, figure.layout, {{responsive: true, displaylogo: false}});
}})();</script>"""
_HEIGHT = 450


class _Embedded(MimetypeRenderer):  # type: ignore[misc]
    """Figures for pages that know nothing of plotly: each waits for the script that ``figure_script`` brings.

    Plotly's own renderers would bring it in the first cell, whose megabytes Papermill then writes after each
    of the others, and would fetch a typesetter of formulas from elsewhere.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def to_mimebundle(self, fig_dict: dict[str, Any]) -> dict[str, str]:
        figure = {"data": fig_dict.get("data", []), "layout": fig_dict.get("layout", {})}
        height = figure["layout"].get("height") or _HEIGHT
        # No text of a figure may end the script.
        text = to_json_plotly(figure).replace("<", "\\u003c")
        place = f"echelon-figure-{next(self._numbers)}"
        return {"text/html": _DRAWN.format(place=place, height=height, figure=text)}


def embed_figures() -> None:
    """Have figures drawn in JupyterLab, in Voila and on exported pages alike, without any network.

    JupyterLab draws them with the extension that plotly brings, the others as soon as they meet
    ``figure_script``.
    """
    pio.renderers[_RENDERER] = _Embedded()
    pio.renderers.default = f"plotly_mimetype+{_RENDERER}"


def figure_script() -> Shown:
    """Return plotly's own script, some megabytes, for the last cell of a notebook."""
    return Shown(f"<script>{get_plotlyjs()}</script>", "")


@cache
def compressed_script() -> bytes:
    """Return plotly's own script, compressed by gzip, for pages that run it themselves.

    Wherever it runs it gives the page ``Plotly``: module loaders, which some pages have, do not see it.
    """
    hidden = "var define, module, exports, require;"
    return gzip.compress(f"(function () {{{hidden}{get_plotlyjs()}\n}}).call(window);".encode(), 4, mtime=0)


def sentence(text: str) -> Shown:
    """Return a sentence to be shown large, as it is."""
    return Shown(f'<p class="{_NO_MATHEMATICS}" style="font-size: 1.25em"><b>{escape(text)}</b></p>', text)


def bullets(sentences: Iterable[str], otherwise: str = "Nothing.", *, numbered: bool = False) -> Shown:
    """Return sentences as a list, or what is said where there are none; they are shown as they are."""
    known = list(sentences)
    if not known:
        return Shown(f'<p class="{_NO_MATHEMATICS}">{escape(otherwise)}</p>', otherwise)
    items = "".join(f"<li>{escape(one)}</li>" for one in known)
    tag = "ol" if numbered else "ul"
    signs = [f"{number}." if numbered else "-" for number in range(1, len(known) + 1)]
    text = "\n".join(f"{sign} {one}" for sign, one in zip(signs, known, strict=True))
    return Shown(f'<{tag} class="{_NO_MATHEMATICS}">{items}</{tag}>', text)


def verbatim(text: str) -> Shown:
    """Return a long text to be shown letter by letter, in a box that scrolls."""
    style = "white-space: pre-wrap; overflow-wrap: anywhere; max-height: 30em; overflow-y: auto"
    return Shown(f'<pre class="{_NO_MATHEMATICS}" tabindex="0" style="{style}">{escape(text)}</pre>', text)


def table(
    frame: pd.DataFrame,
    *,
    most: int | None = None,
    shares: Iterable[str] = SHARES,
    otherwise: str = "Nothing.",
) -> Shown:
    """Return a table without index, whose texts wrap and are shown as they are.

    Parameters
    ----------
    frame
        The rows.
    most
        Rows shown; a last line says how many there are besides. All when left out.
    shares
        Columns of fractions, which are shown in per cent, rounded down.
    otherwise
        What is said where there are no rows.
    """
    if frame.empty:
        return bullets((), otherwise)
    percents = set(shares)
    cut = frame if most is None else frame.head(most)
    kinds = pd.api.types
    right = [kinds.is_numeric_dtype(kind) and not kinds.is_bool_dtype(kind) for kind in frame.dtypes]
    titles = [str(title) for title in frame.columns]
    cells = [
        [_cell(value, share=title in percents) for title, value in zip(titles, row, strict=True)]
        for row in cut.itertuples(index=False, name=None)
    ]
    styles = [_RIGHT if is_right else _LEFT for is_right in right]
    head = _row("th", titles, styles)
    body = "".join(_row("td", row, styles) for row in cells)
    left = len(frame) - len(cut)
    rest = f"… and {left:,} more" if left else ""
    html = f'<table class="dataframe {_NO_MATHEMATICS}"><thead>{head}</thead><tbody>{body}</tbody></table>'
    if rest:
        html += f"<p>{rest}</p>"
    widths = [max(len(line[i]) for line in (titles, *cells)) for i in range(len(titles))]
    lines = [
        "  ".join(
            cell.rjust(width) if r else cell.ljust(width)
            for cell, width, r in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in (titles, *cells)
    ]
    return Shown(html, "\n".join([*lines, *([rest] if rest else [])]))


def _row(tag: str, cells: Iterable[str], styles: Iterable[str]) -> str:
    made = (
        f'<{tag} style="{style}">{escape(cell)}</{tag}>' for cell, style in zip(cells, styles, strict=True)
    )
    return f"<tr>{''.join(made)}</tr>"


def _cell(value: Any, *, share: bool) -> str:
    kinds = pd.api.types
    if value is None or value is pd.NA or (kinds.is_float(value) and not math.isfinite(value)):
        return "–"
    if kinds.is_bool(value):
        return "yes" if value else "no"
    if share and kinds.is_number(value):
        return f"{math.floor(value * 1000 + 1e-9) / 10:g} %"
    if kinds.is_integer(value):
        return f"{value:,}"
    return f"{value:g}" if kinds.is_float(value) else str(value)
