"""What late changes made of a timetable that people know."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from echelon_lib.plots.theme import BLUE, INK, ORANGE, SKY, figure, plain, plains, say, shortened

_KINDS = (
    ("had to", "had to change", BLUE, ""),
    ("to make room", "made room for others", SKY, "."),
    ("cannot be kept", "lose the course", ORANGE, "/"),
)


def plot_changes(table: pd.DataFrame, *, most: int | None = 30) -> go.Figure:
    """Return a bar for each course: its students who had to change, who made room, and who lose it.

    A diamond stands at courses of which a section moves.

    Parameters
    ----------
    table
        A row for each change, with What, Course ID and Cause: what ``change_table`` returned.
    most
        Courses that are drawn, at most, those with most changes first; None for all.
    """
    students = table[table["What"].isin(["student", "request"])]
    sections = table[table["What"] == "section"]
    counts = students.groupby(["Course ID", "Cause"]).size()
    totals = students.groupby("Course ID").size().to_dict()
    every = sorted({*totals, *sections["Course ID"]}, key=lambda name: (-totals.get(name, 0), name))
    shown = every if most is None else every[:most]
    lost = int((students["Cause"] == "cannot be kept").sum())
    part = f"; the {len(shown)} courses with most are drawn" if len(shown) < len(every) else ""
    made = figure(
        "What changes, course by course",
        subtitle=(
            f"{_counted(len(sections), 'section')} moved or new, "
            f"{_counted(len(students) - lost, 'enrolment')} changed, {_counted(lost, 'request')} lost{part}"
        ),
        height=180 + 26 * max(len(shown), 4),
    )
    if not shown:
        say(made, "Nothing changes.")
        return made
    rows = list(range(len(shown)))
    for cause, name, colour, pattern in _KINDS:
        bars = [int(counts.get((course, cause), 0)) for course in shown]
        if any(bars):
            made.add_trace(
                go.Bar(
                    x=bars,
                    y=rows,
                    orientation="h",
                    name=name,
                    marker={
                        "color": colour,
                        "pattern": {"shape": pattern, "fillmode": "overlay", "solidity": 0.2},
                    },
                    customdata=plains(shown),
                    hovertemplate=f"%{{customdata}}: %{{x}} {name}<extra></extra>",
                )
            )
    at = [row for row in rows if shown[row] in set(sections["Course ID"])]
    if at:
        texts = {
            course: "; ".join(plain(text) for text in some["Sentence"])
            for course, some in sections.groupby("Course ID")
        }
        made.add_trace(
            go.Scatter(
                x=[totals.get(shown[row], 0) + 0.2 for row in at],
                y=at,
                mode="markers",
                name="a section moves or is new",
                marker={"symbol": "diamond", "size": 10, "color": INK},
                text=[texts[shown[row]] for row in at],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    made.update_xaxes(
        title="Students",
        rangemode="tozero",
        dtick=1 if max(totals.values(), default=0) <= 10 else None,
    )
    made.update_yaxes(
        tickvals=rows,
        ticktext=plains(shortened(course) for course in shown),
        autorange="reversed",
        automargin=True,
        zeroline=False,
    )
    made.update_layout(barmode="stack", showlegend=True)
    return made


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
