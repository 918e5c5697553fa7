"""Teachers: posts that the requests need, and what a timetable makes of each teacher's days."""

from __future__ import annotations

import plotly.graph_objects as go

from echelon_lib.analysis.loads import loads_by_teacher
from echelon_lib.analysis.staffing import full_load, posts_by_department
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.plots.theme import BLUE, INK, ORANGE, PATTERNS, SERIES, figure, plain, plains, say, shortened

_ROW = 26


def plot_posts(problem: Problem, *, full: int | None = None) -> go.Figure:
    """Return a bar of the posts that the requests need for each department, and a line at those it has."""
    table = posts_by_department(problem, full=full)
    whole, table = table.iloc[-1], table.iloc[:-1].reset_index(drop=True)
    short = table["Over"] < 0
    made = figure(
        "Teaching posts needed and held, by department",
        subtitle=(
            f"{whole['Posts needed']:g} posts needed, {whole['Posts']:g} held, at "
            f"{full_load(problem) if full is None else full} sections a post; "
            f"{int(short.sum())} of {len(table)} departments have too few"
        ),
        height=170 + _ROW * max(len(table), 4),
    )
    if table.empty:
        say(made, "There are no departments.")
        return made
    rows = list(range(len(table)))
    for is_short, name, colour, pattern in (
        (False, "needed", BLUE, ""),
        (True, "needed, more than held", ORANGE, "/"),
    ):
        here = [row for row in rows if bool(short[row]) == is_short]
        if not here:
            continue
        made.add_trace(
            go.Bar(
                x=[float(table["Posts needed"][row]) for row in here],
                y=here,
                orientation="h",
                name=name,
                text=[f"{table['Over'][row]:+g}" for row in here],
                textposition="auto",
                insidetextanchor="start",
                marker={
                    "color": colour,
                    "pattern": {"shape": pattern, "fillmode": "overlay", "solidity": 0.2},
                },
                customdata=[
                    f"{plain(table['Department'][row])}: {table['Needed'][row]} sections needed, "
                    f"{table['Sections'][row]} there, {table['Teachers'][row]} teachers"
                    for row in here
                ],
                hovertemplate="%{customdata}<extra></extra>",
            )
        )
    made.add_trace(
        go.Scatter(
            x=table["Posts"].tolist(),
            y=rows,
            name="held",
            mode="markers",
            marker={"symbol": "line-ns", "size": 16, "line": {"width": 3, "color": INK}},
            hovertemplate="%{x} posts held<extra></extra>",
        )
    )
    made.update_xaxes(title="Posts", rangemode="tozero")
    made.update_yaxes(
        tickvals=rows,
        ticktext=plains(shortened(name) for name in table["Department"]),
        autorange="reversed",
        automargin=True,
        zeroline=False,
    )
    made.update_layout(barmode="overlay", showlegend=True)
    return made


def plot_loads(problem: Problem, timetable: Timetable, *, most: int | None = 40) -> go.Figure:
    """Return a bar for each teacher with the sections of each day, the heaviest load first.

    A triangle behind a bar marks labs that follow each other without a break; pointing at it says how many.
    """
    every = loads_by_teacher(problem, timetable)
    table = every if most is None else every.head(most)
    rows_in = int((every["Labs in a row"] > 0).sum())
    part = f"; the {len(table)} heaviest loads of {len(every)} teachers" if len(table) < len(every) else ""
    made = figure(
        "Loads of teachers",
        subtitle=(
            f"at most {every['Most a day'].max() if len(every) else 0} sections a day; "
            f"{rows_in} of {len(every)} teachers have labs in a row{part}"
        ),
        height=170 + _ROW * max(len(table), 4),
    )
    if table.empty:
        say(made, "There are no teachers.")
        return made
    names = plains(table["Teacher"])
    for index, day in enumerate(problem.calendar.days):
        made.add_trace(
            go.Bar(
                x=table[f"On {day}"].tolist(),
                y=names,
                orientation="h",
                name=f"on {plain(day)}",
                marker={
                    "color": SERIES[index % len(SERIES)],
                    "pattern": {
                        "shape": PATTERNS[index % len(PATTERNS)],
                        "fillmode": "overlay",
                        "solidity": 0.15,
                    },
                },
                customdata=table[["In a row", "Free"]].to_numpy().tolist(),
                hovertemplate=(
                    "%{y}: %{x} sections, %{customdata[0]} in a row at most, "
                    "%{customdata[1]} periods free<extra></extra>"
                ),
            )
        )
    labs = table[table["Labs in a row"] > 0]
    if len(labs):
        total = labs[[f"On {day}" for day in problem.calendar.days]].sum(axis=1)
        made.add_trace(
            go.Scatter(
                x=(total + 0.2).tolist(),
                y=plains(labs["Teacher"]),
                mode="markers",
                name="labs in a row",
                marker={"symbol": "triangle-left", "size": 11, "color": INK},
                customdata=labs["Labs in a row"].tolist(),
                hovertemplate="%{y}: %{customdata} times one lab right after another<extra></extra>",
            )
        )
    made.update_xaxes(title="Sections", rangemode="tozero", dtick=1)
    made.update_yaxes(type="category", autorange="reversed", automargin=True)
    made.update_layout(barmode="stack", showlegend=True)
    return made
