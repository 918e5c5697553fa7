"""Several timetables side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import plotly.graph_objects as go

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
        made.add_trace(
            go.Bar(
                name=plain(name if one.feasible else f"{name} (breaks required rules)"),
                x=list(shares),
                y=[part * 100 / whole if whole else 100.0 for part, whole in shares.values()],
                text=[f"{percent(part, whole)}<br>{part:,} of {whole:,}" for part, whole in shares.values()],
                textposition="outside",
                cliponaxis=False,
                marker={
                    "color": SERIES[index % len(SERIES)],
                    "pattern": {"shape": PATTERNS[index % len(PATTERNS)], "fillmode": "overlay"},
                },
                hovertemplate="%{x}: %{text}<extra>%{fullData.name}</extra>",
            )
        )
    made.update_yaxes(title="Share, %", rangemode="tozero", ticksuffix=" %")
    made.update_layout(barmode="group", showlegend=True)
    return made
