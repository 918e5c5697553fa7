"""Short pieces of a page: headings, sentences, warnings and tables, every text shown as it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape
from typing import Literal

import ipywidgets
import pandas as pd

from echelon_lib.domain.errors import Issue
from echelon_lib.plots.page import SHARES, Shown, table

Tone = Literal["good", "warning", "error", "plain"]

_SIGNS: dict[Tone, str] = {"good": "✓", "warning": "!", "error": "✕", "plain": ""}


def wide() -> ipywidgets.Layout:
    """Return the layout of a field that takes the width it is given; each field needs one of its own."""
    return ipywidgets.Layout(width="480px", max_width="100%")


def row(*children: ipywidgets.Widget) -> ipywidgets.HBox:
    """Return fields beside each other, in several lines where the page is narrow."""
    return ipywidgets.HBox(children, layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="4px 12px"))


def heading(text: str, level: int = 2) -> ipywidgets.HTML:
    """Return a heading."""
    return ipywidgets.HTML(f"<h{level}>{escape(text)}</h{level}>")


def prose(text: str) -> ipywidgets.HTML:
    """Return a paragraph."""
    return ipywidgets.HTML(f"<p>{escape(text)}</p>")


def said(text: str, tone: Tone = "plain", *, more: str = "") -> str:
    """Return a sentence with a sign for its tone, so that colour is never the only one.

    Parameters
    ----------
    text
        The sentence; empty for nothing at all.
    tone
        How it is meant.
    more
        Further lines, such as a cure.
    """
    if not text:
        return ""
    role = ' role="alert"' if tone == "error" else ""
    sign = f'<b class="ech-sign" aria-hidden="true">{_SIGNS[tone]}</b>' if _SIGNS[tone] else ""
    rest = "".join(f"<br>{escape(line)}" for line in more.splitlines())
    return f'<div class="ech-said ech-{tone}"{role}>{sign}<div>{lines(text)}{rest}</div></div>'


def moment(text: str) -> str:
    """Return a time as the files of a run have it, in UTC, by the clock of this machine."""
    try:
        return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return text.replace("T", " ")[:16]


def lines(text: str) -> str:
    """Return a text of several lines as markup."""
    return "<br>".join(escape(line.strip()) for line in text.splitlines())


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Return names and values as a list that reads well."""
    items = "".join(
        f'<div class="ech-fact"><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>'
        for name, value in pairs
    )
    return f'<dl class="ech-facts">{items}</dl>'


def tabled(
    frame: pd.DataFrame,
    *,
    most: int | None = None,
    otherwise: str = "Nothing.",
    shares: Iterable[str] = SHARES,
) -> str:
    """Return a table in a box that scrolls by itself, or what is said where there are no rows."""
    if frame.empty:
        return f"<p>{escape(otherwise)}</p>"
    return boxed(table(frame, most=most, shares=shares))


def boxed(shown: Shown) -> str:
    """Return something wide in a box that scrolls by itself and can be reached by the keyboard."""
    return f'<div class="ech-scroll" tabindex="0" role="region" aria-label="Table">{shown.html}</div>'


def problems(issues: Iterable[Issue], *, most: int = 200) -> str:
    """Return what is wrong with files as a list: place, message and cure."""
    known = list(issues)
    items = "".join(
        f"<li>{f'<b>{escape(issue.place)}</b>: ' if issue.place else ''}{escape(issue.message)}"
        + (f'<br><span class="ech-cure">Maybe {escape(issue.cure)}</span>' if issue.cure else "")
        + "</li>"
        for issue in known[:most]
    )
    left = len(known) - most
    rest = f"<p>… and {left:,} more of this kind.</p>" if left > 0 else ""
    return f'<ul class="ech-problems">{items}</ul>{rest}' if items else ""
