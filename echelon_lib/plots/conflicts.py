"""Which courses students ask for together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from echelon_lib.analysis.conflicts import conflict_matrix
from echelon_lib.domain.problem import Problem
from echelon_lib.plots.theme import INK, ORANGE, PATTERNS, SERIES, figure, plain, say, shortened

MOST = 60
"""Courses that fit a page."""

_CELL = 19
_TOP = 260  # title and the names of the courses, which stand below each other there
_MARKS = {2: "singleton with singleton", 3: "singleton with doubleton"}


def plot_conflicts(
    problem: Problem,
    *,
    sections: int | None = None,
    at_least: int = 1,
    department: str = "",
    most: int | None = MOST,
) -> go.Figure:
    """Return the conflict matrix as a heatmap, the courses under most pressure first.

    The number in a cell is how many students ask for both courses. A square stands around pairs of
    singletons, which must not meet at once, and a diamond at a singleton with a doubleton. ``(1)`` behind a
    course is the number of its sections. The parameters are those of ``conflict_matrix``, whose order is that
    of rows and columns.
    """
    matrix = conflict_matrix(problem, sections=sections, at_least=at_least, department=department, most=most)
    size = len(matrix.courses)
    singles = sum(count == 1 for count in matrix.sections)
    doubles = sum(count == 2 for count in matrix.sections)
    left = f"; {matrix.left_out} further courses not shown" if matrix.left_out else ""
    made = figure(
        "Conflict matrix: students who ask for both courses",
        subtitle=f"{size} courses, {singles} singletons and {doubles} doubletons among them{left}",
        height=_TOP + 90 + _CELL * max(size, 6),
    )
    if not size:
        say(made, "No student asks for two of these courses.")
        return made
    pairs = matrix.students.astype(object).copy()
    pairs[matrix.students == 0] = None
    np.fill_diagonal(pairs, None)
    names = _labels(matrix.courses, matrix.sections)
    made.add_trace(
        go.Heatmap(
            z=pairs.tolist(),
            x=names,
            y=names,
            name="students",
            texttemplate="%{z}" if size <= MOST else None,
            textfont={"size": 9},
            hovertemplate="%{y} and %{x}: %{z} students<extra></extra>",
            hoverongaps=False,
            colorscale=[[0, "#F2F6FA"], [1, "#0B4F8A"]],
            zmin=0,
            xgap=1,
            ygap=1,
            colorbar={
                "title": {"text": "Students"},
                "lenmode": "pixels",
                "len": 180,
                "y": 1,
                "yanchor": "top",
            },
        )
    )
    counts = np.add.outer(matrix.sections, matrix.sections)
    for total, name in _MARKS.items():
        down, across = np.nonzero((counts == total) & (matrix.students > 0) & ~np.eye(size, dtype=bool))
        if not len(down):
            continue
        made.add_trace(
            go.Scatter(
                x=[names[at] for at in across],
                y=[names[at] for at in down],
                mode="markers",
                name=name,
                marker={
                    "symbol": "square-open" if total == 2 else "diamond-open",
                    "size": 15 if total == 2 else 13,
                    "color": ORANGE if total == 2 else INK,
                    "line": {"width": 2 if total == 2 else 1},
                },
                hoverinfo="skip",
            )
        )
    axis = {"type": "category", "showgrid": False, "zeroline": False, "automargin": True, "dtick": 1}
    made.update_xaxes(**axis, side="top", tickangle=-60, range=[-0.5, size - 0.5])
    made.update_yaxes(**axis, range=[size - 0.5, -0.5])
    made.update_layout(
        margin={"t": _TOP, "b": 50},
        title={"y": 0.99, "yref": "container", "yanchor": "top", "pad": {"t": 10}},
        showlegend=True,
        legend={"y": 0, "yanchor": "top", "x": 0, "xanchor": "left"},
    )
    return made


def plot_timetable_conflicts(table: pd.DataFrame, *, most: int | None = 25) -> go.Figure:
    """Return a bar for each pair of courses that a timetable offers only at the same time, the dearest first.

    A bar is as long as students who ask for both and lose one; colour and pattern say whether the two are
    singletons, which any move would part, or have more sections.

    Parameters
    ----------
    table
        What ``timetable_conflicts`` returned.
    most
        Pairs that are drawn, at most; None for all.
    """
    shown = (table if most is None else table.head(most)).reset_index(drop=True)
    part = f"; the {len(shown)} dearest are drawn" if len(shown) < len(table) else ""
    count = "1 pair" if len(table) == 1 else f"{len(table)} pairs"
    made = figure(
        "Courses offered only at the same time",
        subtitle=f"{count}, by which {int(table['Losing'].sum())} times a student loses one{part}",
        height=170 + 26 * max(len(shown), 4),
    )
    if shown.empty:
        say(made, "No two courses that a student asks for are offered only at the same time.")
        return made
    for index, kind in enumerate(sorted(set(shown["Kind"]))):
        here = shown[shown["Kind"] == kind]
        made.add_trace(
            go.Bar(
                x=here["Losing"].tolist(),
                y=here.index.tolist(),
                orientation="h",
                name=plain(kind),
                marker={
                    "color": SERIES[index % len(SERIES)],
                    "pattern": {
                        "shape": PATTERNS[index % len(PATTERNS)],
                        "fillmode": "overlay",
                        "solidity": 0.15,
                    },
                },
                customdata=[
                    f"{plain(one)} and {plain(other)}: {losing} of {students} students lose one"
                    for one, other, losing, students in zip(
                        here["Course"], here["Other course"], here["Losing"], here["Students"], strict=True
                    )
                ],
                hovertemplate="%{customdata}<extra></extra>",
            )
        )
    pairs = zip(shown["Course"], shown["Other course"], shown["Period"], strict=True)
    made.update_xaxes(
        title="Students who lose one of the two",
        rangemode="tozero",
        dtick=1 if shown["Losing"].max() <= 10 else None,
    )
    made.update_yaxes(
        tickvals=shown.index.tolist(),
        ticktext=[
            f"{plain(shortened(one, 22))} and {plain(shortened(other, 22))} ({plain(period)})"
            for one, other, period in pairs
        ],
        autorange="reversed",
        automargin=True,
        zeroline=False,
    )
    made.update_layout(barmode="stack", showlegend=True)
    return made


def _labels(courses: Sequence[str], sections: Sequence[int]) -> list[str]:
    """Return what stands at the axes: the course, cut where that stays clear, and how many sections."""
    short = [shortened(course) for course in courses]
    clear = short if len(set(short)) == len(short) else courses
    labels = [f"{plain(course)} ({count})" for course, count in zip(clear, sections, strict=True)]
    return [f"<b>{label}</b>" if count == 1 else label for label, count in zip(labels, sections, strict=True)]
