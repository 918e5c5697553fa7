"""What is asked for against what there is."""

from __future__ import annotations

import plotly.graph_objects as go

from echelon_lib.analysis.demand import demand_by_course
from echelon_lib.domain.problem import Problem
from echelon_lib.plots.theme import BLUE, INK, ORANGE, figure, plain, plains, say, shortened

_ROW = 24


def plot_demand(problem: Problem, *, most: int | None = None) -> go.Figure:
    """Return a bar of requests for each course, and a line at the places it has.

    Parameters
    ----------
    problem
        The problem.
    most
        Courses shown, the scarcest; all when left out.
    """
    table = demand_by_course(problem)
    table = table[(table["Requests"] > 0) | (table["Places"] > 0)]
    short = int((table["Missing"] > 0).sum())
    shown = table if most is None else table.head(most)
    part = f", {len(shown)} of {len(table)} courses shown" if len(shown) < len(table) else ""
    made = figure(
        "Requests and places by course",
        subtitle=f"{short} of {len(table)} courses are asked for by more students than they hold{part}",
        height=170 + _ROW * max(len(shown), 4),
    )
    if shown.empty:
        say(made, "There are no courses.")
        return made
    rows = list(range(len(shown)))
    for is_short, name, colour, pattern in (
        (False, "requests", BLUE, ""),
        (True, "requests, more than places", ORANGE, "/"),
    ):
        here = [row for row, missing in zip(rows, shown["Missing"], strict=True) if (missing > 0) == is_short]
        if not here:
            continue
        part_of = shown.iloc[here]
        made.add_trace(
            go.Bar(
                x=part_of["Requests"].tolist(),
                y=here,
                orientation="h",
                name=name,
                text=[
                    f"{asked} for {places}"
                    for asked, places in zip(part_of["Requests"], part_of["Places"], strict=True)
                ],
                textposition="auto",
                marker={
                    "color": colour,
                    "pattern": {"shape": pattern, "fillmode": "overlay", "solidity": 0.2},
                },
                customdata=plains(part_of["Course"]),
                hovertemplate="%{customdata}: %{text}<extra></extra>",
            )
        )
    made.add_trace(
        go.Scatter(
            x=shown["Places"].tolist(),
            y=rows,
            name="places",
            mode="markers",
            marker={"symbol": "line-ns", "size": 16, "line": {"width": 3, "color": INK}},
            customdata=plains(shown["Course"]),
            hovertemplate="%{customdata}: %{x} places<extra></extra>",
        )
    )
    made.update_xaxes(title="Students", rangemode="tozero")
    made.update_yaxes(
        tickvals=rows,
        ticktext=[plain(shortened(course)) for course in shown["Course"]],
        autorange="reversed",
        automargin=True,
        zeroline=False,
    )
    made.update_layout(barmode="overlay", showlegend=True)
    return made
