"""How full sections and courses are."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from echelon_lib.analysis.shares import percent
from echelon_lib.analysis.utilisation import TARGET, below, utilisation_by_course, utilisation_by_section
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.plots.theme import BLUE, INK, ORANGE, figure, plain, plains, say, shortened

_ROW = 26


def plot_utilisation(
    problem: Problem, timetable: Timetable, *, target: int = TARGET, most: int | None = None
) -> go.Figure:
    """Return a strip of sections for each course, at the percentage of their seats that is used.

    Sections under the target are triangles with their name, the others circles; a line stands at the target.
    Two traces: sections at or above the target, and sections below. The points carry section, teacher,
    period, enrolled and seats. ``most`` shows so many courses at most: those with the emptiest sections.
    """
    table = utilisation_by_section(problem, timetable, target=target)
    table = table[table["Seats"].fillna(0) > 0]
    courses = every = list(dict.fromkeys(table["Course"]))
    low, sections = int(table["Below target"].sum()), len(table)
    if most is not None and len(courses) > most:
        emptiest = table.groupby("Course", sort=False)["Utilisation"].min().sort_values(kind="stable")
        courses = list(emptiest.index[:most])
        table = table[table["Course"].isin(courses)]
    made = figure(
        "Utilisation of sections",
        subtitle=f"{low} of {sections} sections use less than {target} % of their seats"
        + _part(len(courses), len(every)),
        height=150 + _ROW * max(len(courses), 4),
    )
    if table.empty:
        say(made, "No section has seats.")
        return made
    table = table.assign(Height=_heights(table, courses))
    for is_low, name, symbol, colour in (
        (False, f"{target} % or more", "circle", BLUE),
        (True, f"below {target} %", "triangle-down", ORANGE),
    ):
        part = table[table["Below target"] == is_low]
        made.add_trace(
            go.Scatter(
                x=(part["Utilisation"] * 100).tolist(),
                y=part["Height"].tolist(),
                name=name,
                mode="markers+text" if is_low and low <= 60 else "markers",
                text=plains(part["Section"]),
                textposition="middle right",
                marker={"symbol": symbol, "color": colour, "size": 9, "line": {"width": 0.5, "color": INK}},
                customdata=[
                    [plain(cell) for cell in row]
                    for row in part[["Course", "Teacher", "Period", "Enrolled", "Seats"]].itertuples(
                        index=False
                    )
                ],
                hovertemplate=(
                    "<b>%{text}</b> %{customdata[0]}<br>"
                    "%{customdata[3]} of %{customdata[4]} seats (%{x:.1f} %)<br>"
                    "%{customdata[1]} %{customdata[2]}<extra></extra>"
                ),
            )
        )
    _mark(made, target)
    made.update_xaxes(title="Seats used, %", rangemode="tozero", ticksuffix=" %")
    made.update_yaxes(
        tickvals=list(range(len(courses))),
        ticktext=plains(shortened(course) for course in courses),
        autorange="reversed",
        automargin=True,
        zeroline=False,
    )
    return made


def plot_utilisation_by_course(
    problem: Problem, timetable: Timetable, *, target: int = TARGET, most: int | None = None
) -> go.Figure:
    """Return a bar for each course with the share of its seats that is used, and the numbers in words.

    ``most`` shows so many courses at most: the emptiest.
    """
    table = utilisation_by_course(problem, timetable, target=target)
    every = table = table[table["Seats"].fillna(0) > 0]
    if most is not None and len(table) > most:
        table = table.sort_values("Utilisation", kind="stable").head(most)
    made = figure(
        "Utilisation of courses",
        subtitle=f"{int(every['Enrolled'].sum()):,} of {int(every['Seats'].sum()):,} seats are used"
        + _part(len(table), len(every)),
        height=150 + _ROW * max(len(table), 4),
    )
    if table.empty:
        say(made, "No course has seats.")
        return made
    low = [below(e, s, target) for e, s in zip(table["Enrolled"], table["Seats"], strict=True)]
    made.add_trace(
        go.Bar(
            x=(table["Utilisation"] * 100).tolist(),
            y=plains(table["Course"]),
            orientation="h",
            name="seats used",
            text=[
                f"{enrolled}/{seats} · {percent(enrolled, seats)}{' · low' if is_low else ''}"
                for enrolled, seats, is_low in zip(table["Enrolled"], table["Seats"], low, strict=True)
            ],
            # At the start of its bar a text keeps clear of the line at the target.
            textposition="auto",
            insidetextanchor="start",
            marker={
                "color": [ORANGE if is_low else BLUE for is_low in low],
                "pattern": {
                    "shape": ["/" if is_low else "" for is_low in low],
                    "fillmode": "overlay",
                    "solidity": 0.15,
                },
            },
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    _mark(made, target)
    made.update_xaxes(title="Seats used, %", rangemode="tozero", ticksuffix=" %")
    made.update_yaxes(type="category", autorange="reversed", automargin=True)
    return made


def _mark(made: go.Figure, target: int) -> None:
    """Draw the line of the target, with its words above the figure where they cover nothing."""
    line = {"dash": "dash", "color": INK}
    place = {"yanchor": "bottom", "xanchor": "center"}
    made.add_vline(x=target, line=line, annotation={"text": f"{target} %", **place})


def _part(shown: int, every: int) -> str:
    return f"; the {shown} emptiest of {every} courses" if shown < every else ""


def _heights(table: pd.DataFrame, courses: list[str]) -> list[float]:
    """Return where each section stands: in the row of its course, side by side with its sisters."""
    row = {course: index for index, course in enumerate(courses)}
    size = table.groupby("Course")["Section"].transform("size")
    place = table.groupby("Course").cumcount()
    return [
        row[course] + ((index + 0.5) / count - 0.5) * 0.7
        for course, index, count in zip(table["Course"], place, size, strict=True)
    ]
