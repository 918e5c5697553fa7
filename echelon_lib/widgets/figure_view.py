"""Figures on a page: plotly's script comes once, each figure only as its data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import unescape
from typing import Any, ClassVar, Protocol

import traitlets

from echelon_lib.widgets.plotly_script import PlotlyScript
from echelon_lib.widgets.view import View, script_of, style_of

__all__ = ["FigureView", "PlotlyScript", "title_of"]


class Drawable(Protocol):
    """A figure of plotly's, as the functions of ``plots`` return it."""

    def to_json(self) -> str | None:
        """Return the figure as JSON."""


class FigureView(View):
    """Shows a figure, and says in words what it shows.

    Parameters
    ----------
    figure
        The figure; nothing when left out.
    alt
        What the figure shows, for those who do not see it; its title when left out.
    picks
        Whether pressing a point matters: ``picked`` then has its position, row and column in a heatmap.
    """

    _esm = script_of(__file__)
    _css = style_of(__file__)

    page_may_set: ClassVar[frozenset[str]] = frozenset({"picked"})

    figure = traitlets.Dict().tag(sync=True)
    picks = traitlets.Bool(False).tag(sync=True)
    picked = traitlets.List(traitlets.Int()).tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)

    def __init__(self, figure: Drawable | None = None, *, alt: str = "", picks: bool = False) -> None:
        super().__init__(alt=alt, picks=picks)
        if figure is not None:
            self.show(figure)

    def show(self, figure: Drawable, *, alt: str = "") -> None:
        """Show another figure."""
        drawn = json.loads(figure.to_json() or "{}")
        with self.hold_sync():
            self.figure = {"data": drawn.get("data", []), "layout": drawn.get("layout", {})}
            self.picked = []
            self.alt = alt or self.alt or title_of(drawn)


def title_of(figure: Mapping[str, Any]) -> str:
    """Return title and subtitle of a figure as a sentence."""
    title = figure.get("layout", {}).get("title", {})
    texts = (title.get("text"), title.get("subtitle", {}).get("text"))
    return ". ".join(unescape(text) for text in texts if text)
