"""How a solve came to its answer."""

from __future__ import annotations

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
    by_level: dict[int, list[TracePoint]] = {}
    for point in sorted(result.trace, key=lambda point: (point.level, point.seconds)):
        by_level.setdefault(point.level, []).append(point)
    if not by_level:
        made = figure("Progress of the solve", subtitle=status)
        say(made, "The solve left no trace.")
        return made
    made = make_subplots(
        rows=len(by_level),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.12 / len(by_level),
        subplot_titles=[_title(result, level) for level in by_level],
    )
    for row, points in enumerate(by_level.values(), start=1):
        for name, colour, dash, symbol in (
            ("incumbent", BLUE, "solid", "circle"),
            ("bound", ORANGE, "dash", "diamond"),
        ):
            values = [(point.seconds, getattr(point, name)) for point in points]
            known = [(seconds, value) for seconds, value in values if value is not None]
            made.add_trace(
                go.Scatter(
                    x=[seconds for seconds, _ in known],
                    y=[value for _, value in known],
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
    dress(made, "Progress of the solve", subtitle=status, height=170 + 210 * len(by_level))
    return made


def _title(result: Result, number: int) -> str:
    level = next((level for level in result.levels if level.level == number), None)
    if level is None:
        return f"Level {number}"
    if level.proven:
        return f"Level {number}: {level.cost:,}, proven"
    cost = "nothing found" if level.cost is None else f"{level.cost:,}"
    return f"Level {number}: {cost}, " + ("no bound" if level.bound is None else f"at least {level.bound:,}")
