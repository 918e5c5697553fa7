"""The week as a picture."""

from __future__ import annotations

import plotly.graph_objects as go

from echelon_lib.analysis.grid import By, grid_cells, grid_periods, grid_rows
from echelon_lib.analysis.shares import percent
from echelon_lib.analysis.utilisation import TARGET, below, used
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.plots.theme import figure, plain, plains, say

_ROW = 24
_MOST_IDS = 2


def plot_grid(
    problem: Problem, timetable: Timetable, by: By = "teacher", *, most: int | None = None
) -> go.Figure:
    """Return the week as a heatmap, a row for each teacher, department or course.

    The colour says how full the sections of a cell are, the text which they are: up to two by name, more by
    their number; under 75 % of the seats it adds ``▾`` and the share. Empty cells stay empty; pointing at a
    cell names all of its sections. ``most`` shows so many rows at most, the first.
    """
    cells = grid_cells(problem, timetable, by)
    every, periods = grid_rows(problem, cells, by), grid_periods(problem, cells)
    rows = every if most is None else every[:most]
    part = f"; the first {len(rows)} of {len(every)} rows" if len(rows) < len(every) else ""
    made = figure(
        f"Master schedule by {by}",
        subtitle=(
            f"{cells['Section'].nunique()} sections, coloured by seats used; ▾ is under {TARGET} %{part}"
        ),
        height=170 + _ROW * max(len(rows), 4),
    )
    if cells.empty:
        say(made, "There are no sections.")
        return made
    inside: dict[tuple[str, str], list[tuple[str, str, int, int | None]]] = {}
    for row, period, section, course, enrolled, seats in zip(
        *(cells[column].tolist() for column in ("Row", "Period", "Section", "Course", "Enrolled")),
        [
            None if missing else int(seats)
            for seats, missing in zip(cells["Seats"], cells["Seats"].isna(), strict=True)
        ],
        strict=True,
    ):
        inside.setdefault((row, period), []).append((section, course, enrolled, seats))
    here = [[inside.get((row, period), []) for period in periods] for row in rows]
    made.add_trace(
        go.Heatmap(
            z=[[_fill(cell) for cell in line] for line in here],
            x=plains(periods),
            y=plains(rows),
            text=[[_text(cell) for cell in line] for line in here],
            customdata=[[_hover(cell) for cell in line] for line in here],
            texttemplate="%{text}",
            hovertemplate="%{y}, %{x}<br>%{customdata}<extra></extra>",
            hoverongaps=False,
            colorscale="Cividis",
            zmin=0,
            zmax=100,
            xgap=1,
            ygap=1,
            colorbar={
                "title": {"text": "Seats used"},
                "ticksuffix": " %",
                "lenmode": "pixels",
                "len": 220,
                "y": 1,
                "yanchor": "top",
            },
        )
    )
    made.update_xaxes(type="category", side="top")
    made.update_yaxes(type="category", autorange="reversed", automargin=True)
    made.update_layout(margin={"t": 120})
    return made


def _fill(cell: list[tuple[str, str, int, int | None]]) -> float | None:
    seats = sum(one[3] or 0 for one in cell)
    if not cell:
        return None
    return round(sum(one[2] for one in cell) * 100 / seats, 1) if seats else 0.0


def _text(cell: list[tuple[str, str, int, int | None]]) -> str:
    if not cell:
        return ""
    many = len(cell) > _MOST_IDS
    names = f"{len(cell)} sections" if many else plain(", ".join(section for section, *_ in cell))
    enrolled, seats = sum(one[2] for one in cell), sum(one[3] or 0 for one in cell)
    return f"{names} ▾{percent(enrolled, seats)}" if below(enrolled, seats) else names


def _hover(cell: list[tuple[str, str, int, int | None]]) -> str:
    return "<br>".join(
        f"{plain(section)} {plain(course)}: {used(enrolled, seats or 0)}"
        for section, course, enrolled, seats in cell
    )
