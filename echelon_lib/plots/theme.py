"""What all figures share: colours that everybody can tell apart, and texts that stay texts."""

from __future__ import annotations

from collections.abc import Iterable

import plotly.graph_objects as go

# Okabe and Ito's palette, which colour-blind people can tell apart; patterns and symbols say the same again.
BLUE, ORANGE, GREEN, PURPLE, SKY, YELLOW = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#F0E442"
INK, PALE = "#222222", "#E5E5E5"
SERIES = (BLUE, ORANGE, GREEN, PURPLE, SKY, YELLOW)
PATTERNS = ("", "/", "x", ".", "\\", "-")


def plain(text: object) -> str:
    """Return a text that a figure shows as it is: plotly would take ``<`` and ``&`` for markup."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plains(texts: Iterable[object]) -> list[str]:
    """Return several texts as they are to be shown."""
    return [plain(text) for text in texts]


def shortened(text: str, limit: int = 28) -> str:
    """Return a text cut to a length that fits beside a figure."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def figure(title: str, *, subtitle: str = "", height: int | None = None) -> go.Figure:
    """Return an empty figure in the common style; title and subtitle are shown as they are."""
    made = go.Figure()
    dress(made, title, subtitle=subtitle, height=height)
    return made


def dress(made: go.Figure, title: str, *, subtitle: str = "", height: int | None = None) -> None:
    """Give a figure the common style."""
    made.update_layout(
        template="plotly_white",
        title={"text": plain(title), "subtitle": {"text": plain(subtitle)}},
        font={"color": INK},
        height=height,
        margin={"l": 60, "r": 30, "t": 90, "b": 60},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "xanchor": "right", "x": 1.0},
    )


def say(made: go.Figure, text: str) -> None:
    """Write into an empty figure why it is empty."""
    made.add_annotation(
        text=plain(text), x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font={"size": 16}
    )
    made.update_xaxes(visible=False)
    made.update_yaxes(visible=False)
