"""Variants of a university's timetable side by side."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from echelon_lib.analysis.quality import LINES
from echelon_lib.analysis.variants import ALL_RULES, COST, MEASURE
from echelon_lib.plots.theme import INK, PATTERNS, SERIES, figure, plain, plains, say

_FIXED = ("About", "What", "Unit", "Better", "Best")
_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "cross")


def variants_of(table: pd.DataFrame) -> list[str]:
    """Return the names of the variants of a comparison."""
    return [str(column) for column in table.columns if column not in _FIXED]


def plot_costs(table: pd.DataFrame) -> go.Figure:
    """Return a bar for each variant: what each rule costs at the prices at which all are compared.

    Parameters
    ----------
    table
        What ``compare_variants`` returned.
    """
    names = variants_of(table)
    costs = table[(table["About"] == COST) & (table["Better"] != "")]
    rules = costs[~costs["What"].str.startswith(ALL_RULES)]
    prices = costs["What"].iloc[-1].partition(", ")[2] if len(costs) else ""
    made = figure("What each variant costs", subtitle=f"{prices}, rule by rule", height=460)
    if rules.empty or not names:
        say(made, "Nothing has a price.")
        return made
    for number, (_, row) in enumerate(rules.iterrows()):
        rule = row["What"].partition(", ")[0]
        made.add_trace(
            go.Bar(
                name=plain(rule),
                x=plains(names),
                y=[float(row[name]) for name in names],
                marker={
                    "color": SERIES[number % len(SERIES)],
                    "line": {"color": INK, "width": 0.5},
                    "pattern": {"shape": PATTERNS[(number // len(SERIES) + number) % len(PATTERNS)]},
                },
                hovertemplate="%{x}: %{y:,}<extra>" + plain(rule) + "</extra>",
            )
        )
    made.update_yaxes(title="Cost", rangemode="tozero")
    made.update_xaxes(type="category", automargin=True)
    made.update_layout(barmode="stack", showlegend=True, legend={"y": -0.2, "yanchor": "top"})
    return made


def plot_trade_off(
    table: pd.DataFrame, *, across: str = "student_compactness", up: str = "faculty_preference"
) -> go.Figure:
    """Return a point for each variant: one measure against another that pulls the other way.

    Parameters
    ----------
    table
        What ``compare_variants`` returned.
    across, up
        Two measures, as ``QualityMeasures`` calls them.
    """
    names = variants_of(table)
    measures = table[table["About"] == MEASURE].set_index("What")
    one, other = LINES[across], LINES[up]
    made = figure(f"{other.title} against {one.title[0].lower()}{one.title[1:]}", height=420)
    if not names or measures.loc[[one.title, other.title], names].isna().any(axis=None):
        say(made, "This was not measured in every variant.")
        return made
    for number, name in enumerate(names):
        made.add_trace(
            go.Scatter(
                name=plain(name),
                x=[float(measures.loc[one.title, name])],
                y=[float(measures.loc[other.title, name])],
                mode="markers+text",
                text=[plain(name)],
                textposition="top center",
                marker={
                    "symbol": _SYMBOLS[number % len(_SYMBOLS)],
                    "size": 13,
                    "color": SERIES[number % len(SERIES)],
                    "line": {"width": 1, "color": INK},
                },
                cliponaxis=False,
                hovertemplate="%{x:.2f}, %{y:.2f}<extra>" + plain(name) + "</extra>",
            )
        )
    made.update_xaxes(title=f"{one.title}, {one.unit} ({one.better} is better)")
    made.update_yaxes(title=f"{other.title}, {other.unit} ({other.better} is better)")
    made.update_layout(showlegend=False)
    return made
