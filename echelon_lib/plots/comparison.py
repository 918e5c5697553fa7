"""Several timetables side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import plotly.graph_objects as go

from echelon_lib.analysis.quality import LINES
from echelon_lib.analysis.shares import percent
from echelon_lib.plots.theme import PATTERNS, SERIES, figure, plain, say


class ReachedLike(Protocol):
    """What is compared of a timetable: an ``Evaluation`` has it, and so has what a finished run recorded."""

    @property
    def requests(self) -> int:
        """Requests."""

    @property
    def met(self) -> int:
        """Requests served with their primary course."""

    @property
    def filled(self) -> int:
        """Requests served with any of their courses."""

    @property
    def students(self) -> int:
        """Students who ask for anything."""

    @property
    def complete(self) -> int:
        """Students all of whose requests are filled."""

    @property
    def feasible(self) -> bool:
        """Whether every required rule is kept."""


def plot_comparison(evaluations: Mapping[str, ReachedLike]) -> go.Figure:
    """Return what several timetables reach, as a group of bars for each measure and a bar for each timetable.

    Parameters
    ----------
    evaluations
        What ``evaluate`` says of each timetable, or ``Record.reached`` of a finished run, by a name for
        people. A timetable that breaks required rules is marked in the legend.
    """
    made = figure("Timetables compared", subtitle="share of requests and of students", height=460)
    if not any(one.requests for one in evaluations.values()):
        say(made, "There are no requests to compare.")
        return made
    for index, (name, one) in enumerate(evaluations.items()):
        shares = {
            "Requests met": (one.met, one.requests),
            "Requests filled": (one.filled, one.requests),
            "Students complete": (one.complete, one.students),
        }
        _add_bars(
            made,
            index,
            name if one.feasible else f"{name} (breaks required rules)",
            {title: part * 100 / whole if whole else 100.0 for title, (part, whole) in shares.items()},
            [f"{percent(part, whole)}<br>{part:,} of {whole:,}" for part, whole in shares.values()],
        )
    made.update_yaxes(title="Share, %", rangemode="tozero", ticksuffix=" %")
    made.update_layout(barmode="group", showlegend=True)
    return made


def plot_measures(measures: Mapping[str, Mapping[str, float | None]]) -> go.Figure:
    """Return the measures of several timetables of a university that are shares, or marks out of ten.

    Parameters
    ----------
    measures
        The measures of each timetable, by their names in ``analysis.quality``, by a name for people.
    """
    made = figure("Variants compared", subtitle="per cent; marks out of ten count ten times", height=460)
    units = {"%": 1.0, "of 10": 10.0}
    lines = {name: line for name, line in LINES.items() if line.unit in units and line.better == "higher"}
    if not any(one.get(name) is not None for one in measures.values() for name in lines):
        say(made, "There are no measures to compare.")
        return made
    for index, (name, one) in enumerate(measures.items()):
        known = {key: value for key in lines if (value := one.get(key)) is not None}
        _add_bars(
            made,
            index,
            name,
            {lines[key].title: units[lines[key].unit] * value for key, value in known.items()},
            [f"{value:.1f}" if lines[key].unit == "%" else f"{value:.2f}" for key, value in known.items()],
        )
    made.update_yaxes(title="Per cent", rangemode="tozero", ticksuffix=" %")
    made.update_layout(barmode="group", showlegend=True)
    return made


def _add_bars(
    made: go.Figure, index: int, name: str, heights: Mapping[str, float], texts: Sequence[str]
) -> None:
    """Add a bar for each measure of one timetable, told apart by colour and pattern."""
    made.add_trace(
        go.Bar(
            name=plain(name),
            x=list(heights),
            y=list(heights.values()),
            text=list(texts),
            textposition="outside",
            cliponaxis=False,
            marker={
                "color": SERIES[index % len(SERIES)],
                "pattern": {"shape": PATTERNS[index % len(PATTERNS)], "fillmode": "overlay"},
            },
            hovertemplate="%{x}: %{text}<extra>%{fullData.name}</extra>",
        )
    )
