"""Variants side by side as one page for a browser, with everything in it and nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import pandas as pd
from plotly.offline import get_plotlyjs

from echelon_lib.analysis.who_gains import ALL, DEPARTMENT, IDLE, PREFERRED, YEAR
from echelon_lib.plots.page import bullets, table
from echelon_lib.plots.variants import plot_costs, plot_trade_off, variants_of
from echelon_lib.plots.who_gains import plot_who_gains

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body {{ font-family: sans-serif; color: #222; max-width: 75em; margin: 1em auto; padding: 0 1em }}
table {{ border-collapse: collapse }} th, td {{ padding: .2em .6em; border-bottom: 1px solid #ddd }}</style>
<script>{script}</script></head><body>
{body}
</body></html>
"""


def variants_page(
    name: str, comparison: pd.DataFrame, gains: pd.DataFrame, *, notes: Sequence[str] = ()
) -> str:
    """Return the page as text.

    Parameters
    ----------
    name
        The name of the university.
    comparison, gains
        What ``compare_variants`` and ``who_gains`` returned; neither names a person.
    notes
        What became of each variant, in sentences.
    """
    title = f"Variants of the timetable of {name}"
    body = "\n".join(_sections(title, comparison, gains, notes))
    return _PAGE.format(title=escape(title), script=get_plotlyjs(), body=body)


def _sections(
    title: str, comparison: pd.DataFrame, gains: pd.DataFrame, notes: Sequence[str]
) -> Iterator[str]:
    names = variants_of(comparison)
    yield f"<h1>{escape(title)}</h1>"
    yield bullets(notes).html
    if not names:
        yield bullets((), "No variant has a timetable, so there is nothing to compare.").html
        return
    yield "<h2>Term by term</h2>"
    yield table(comparison.round(2)).html
    for figure in (plot_costs(comparison), plot_trade_off(comparison)):
        yield figure.to_html(full_html=False, include_plotlyjs=False)
    for name in names[1:]:
        yield f"<h2>Who gains and who loses by {escape(name)} in place of {escape(names[0])}</h2>"
        mine = gains[gains["Variant"] == name].drop(columns="Variant")
        yield table(mine[mine["By"] == ALL].round(2)).html
        for who, by, measure in (
            ("students", YEAR, IDLE),
            ("faculty", DEPARTMENT, PREFERRED),
            ("faculty", DEPARTMENT, IDLE),
        ):
            figure = plot_who_gains(gains, name, who=who, by=by, measure=measure)
            yield figure.to_html(full_html=False, include_plotlyjs=False)
