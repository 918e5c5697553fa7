"""How a solve came to its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from echelon_lib.plots.theme import BLUE, ORANGE, dress, figure, say
from echelon_lib.solvers.result import Result, TracePoint


def plot_progress(result: Result) -> go.Figure:
    """Return incumbent and bound over time, one panel for each level of the objective.

    Incumbents are a full line with circles, bounds a dashed line with diamonds. What was not known at a
    moment is not drawn.
    """
    status = f"{result.status.value}, {result.runtime:.1f} s, {result.solver}"
    levels = dict.fromkeys(point.level for point in result.trace)
    return plot_trace(
        result.trace,
        title="Progress of the solve",
        subtitle=status,
        titles={level: _title(result, level) for level in levels},
    )


def plot_trace(
    trace: Sequence[TracePoint],
    *,
    title: str,
    subtitle: str = "",
    titles: Mapping[int, str] | None = None,
) -> go.Figure:
    """Return incumbents and bounds as far as they are known, while a solve goes on or after it.

    Parameters
    ----------
    trace
        Moments of the search.
    title, subtitle
        Of the figure.
    titles
        Titles of the panels by level; ``Level n`` where one is missing.
    """
    by_level: dict[int, list[TracePoint]] = {}
    for point in sorted(trace, key=lambda point: (point.level, point.seconds)):
        by_level.setdefault(point.level, []).append(point)
    if not by_level:
        made = figure(title, subtitle=subtitle)
        say(made, "The solve left no trace.")
        return made
    known = titles or {}
    made = make_subplots(
        rows=len(by_level),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.12 / len(by_level),
        subplot_titles=[known.get(level, f"Level {level}") for level in by_level],
    )
    for row, points in enumerate(by_level.values(), start=1):
        for name, colour, dash, symbol in (
            ("incumbent", BLUE, "solid", "circle"),
            ("bound", ORANGE, "dash", "diamond"),
        ):
            values = [(point.seconds, getattr(point, name)) for point in points]
            drawn = [(seconds, value) for seconds, value in values if value is not None]
            made.add_trace(
                go.Scatter(
                    x=[seconds for seconds, _ in drawn],
                    y=[value for _, value in drawn],
                    name=name,
                    legendgroup=name,
                    showlegend=row == 1,
                    mode="lines+markers",
                    line={"shape": "hv", "color": colour, "dash": dash},
                    marker={"symbol": symbol, "size": 7},
                    hovertemplate=f"{name} %{{y}} after %{{x:.1f}} s<extra></extra>",
                ),
                row=row,
                col=1,
            )
        made.update_yaxes(title="Cost", row=row, col=1)
    made.update_xaxes(title="Seconds", rangemode="tozero", row=len(by_level), col=1)
    dress(made, title, subtitle=subtitle, height=170 + 210 * len(by_level))
    return made


def _title(result: Result, number: int) -> str:
    level = next((level for level in result.levels if level.level == number), None)
    if level is None:
        return f"Level {number}"
    if level.proven:
        return f"Level {number}: {level.cost:,}, proven"
    cost = "nothing found" if level.cost is None else f"{level.cost:,}"
    return f"Level {number}: {cost}, " + ("no bound" if level.bound is None else f"at least {level.bound:,}")
