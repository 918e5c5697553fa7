"""How evenly the sections of a course share its students."""

from __future__ import annotations

import plotly.graph_objects as go

from echelon_lib.analysis.balance import balance_by_course
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.plots.theme import BLUE, INK, ORANGE, figure, plains, say, shortened

_ROW = 24


def plot_balance(
    problem: Problem, timetable: Timetable, *, by: str = "", group: str = "Yes", most: int | None = 30
) -> go.Figure:
    """Return a bar for each course from its smallest to its largest section, the least even course first.

    The parameters are those of ``balance_by_course``; ``most`` shows so many courses at most.
    """
    every = balance_by_course(problem, timetable, by=by, group=group)
    table = every if most is None else every.head(most)
    uneven = int((every["Spread"] > every["Attainable"]).sum())
    what = "students" if not by else f"students with {by}" if group == "Yes" else f"students of {by} {group}"
    part = f"; the {len(table)} least even" if len(table) < len(every) else ""
    made = figure(
        f"Balance: {what} in the sections of a course",
        subtitle=f"{uneven} of {len(every)} courses with several sections could be more even{part}",
        height=170 + _ROW * max(len(table), 4),
    )
    if table.empty:
        say(made, "No course has several sections.")
        return made
    rows = list(range(len(table)))
    could = (table["Spread"] > table["Attainable"]).tolist()
    made.add_trace(
        go.Bar(
            x=table["Spread"].tolist(),
            base=table["Fewest"].tolist(),
            y=rows,
            orientation="h",
            name="smallest to largest section",
            width=0.5,
            marker={
                "color": [ORANGE if one else BLUE for one in could],
                "line": {"color": INK, "width": 0.5},
                "pattern": {
                    "shape": ["/" if one else "" for one in could],
                    "fillmode": "overlay",
                    "solidity": 0.15,
                },
            },
            customdata=[
                [course, int(fewest), int(largest), int(moves)]
                for course, fewest, largest, moves in zip(
                    plains(table["Course"]), table["Fewest"], table["Most"], table["To move"], strict=True
                )
            ],
            hovertemplate=(
                "%{customdata[0]}: %{customdata[1]} to %{customdata[2]}, "
                "%{customdata[3]} students from even<extra></extra>"
            ),
        )
    )
    made.add_trace(
        go.Scatter(
            x=(table["Students"] / table["Sections"]).tolist(),
            y=rows,
            mode="markers",
            name="mean",
            marker={"symbol": "line-ns", "size": 14, "line": {"width": 3, "color": INK}},
            hovertemplate="mean %{x:.1f}<extra></extra>",
        )
    )
    made.update_xaxes(title="Students in a section", rangemode="tozero")
    made.update_yaxes(
        tickvals=rows,
        ticktext=plains(
            f"{shortened(course)} ({count})"
            for course, count in zip(table["Course"], table["Sections"], strict=True)
        ),
        autorange="reversed",
        automargin=True,
        zeroline=False,
    )
    made.update_layout(showlegend=True)
    return made
