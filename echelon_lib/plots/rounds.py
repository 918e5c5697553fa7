"""What rounds of advice came to: the figures round by round, and the sections before and after."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from echelon_lib.analysis.utilisation import TARGET, below, utilisation_by_section
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.plots.theme import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    SKY,
    dress,
    figure,
    plain,
    plains,
    say,
    shortened,
)

_ROW = 20
_MEASURES = {"unmet": "Unmet weight", "surplus": "Surplus sections", "shortfall": "Shortfall, students"}


class FiguresLike(Protocol):
    """What is drawn of a round: its score; in each number less is better."""

    @property
    def unmet(self) -> int:
        """Weight of the unmet requests."""

    @property
    def surplus(self) -> int:
        """Sections beyond the fewest that hold the requests."""

    @property
    def shortfall(self) -> int:
        """Students who are missing in sections under the target."""


def plot_rounds(figures: Mapping[str, FiguresLike], *, undone: Collection[str] = ()) -> go.Figure:
    """Return a panel for each number of the score, with a bar for each moment; less is better everywhere.

    Parameters
    ----------
    figures
        The figures by a name for people, in order: the first solve, then each round.
    undone
        Names of rounds that were taken back; their bars are hatched, and their names say so.
    """
    if not figures:
        made = figure("Rounds of advice")
        say(made, "Nobody was asked.")
        return made
    made = make_subplots(rows=1, cols=3, subplot_titles=list(_MEASURES.values()), horizontal_spacing=0.08)
    names = [plain(f"{name} (taken back)" if name in undone else name) for name in figures]
    for column, (key, title) in enumerate(_MEASURES.items(), start=1):
        values = [getattr(one, key) for one in figures.values()]
        made.add_trace(
            go.Bar(
                name=title,
                x=names,
                y=values,
                text=[f"{value:,}" for value in values],
                textposition="outside",
                cliponaxis=False,
                showlegend=False,
                marker={
                    "color": [SKY if name in undone else BLUE for name in figures],
                    "pattern": {"shape": ["/" if name in undone else "" for name in figures]},
                },
                hovertemplate=f"%{{x}}: {title.lower()} %{{text}}<extra></extra>",
            ),
            row=1,
            col=column,
        )
    made.update_xaxes(type="category", automargin=True)
    made.update_yaxes(rangemode="tozero")
    dress(made, "What the rounds came to", subtitle="less is better in each of the three", height=400)
    # The titles of the panels stand below the subtitle.
    made.update_layout(margin={"t": 120})
    return made


def plot_before_after(
    before_problem: Problem,
    before_timetable: Timetable,
    after_problem: Problem,
    after_timetable: Timetable,
    *,
    target: int = TARGET,
    most: int | None = None,
) -> go.Figure:
    """Return how full each section was and is, a row for each section, the sections of a course together.

    Circles are before, diamonds after, a cross is a section that was given up, a star a new one; a line
    joins what belongs together. Use is measured against the seats before.

    Parameters
    ----------
    before_problem, before_timetable
        The school and its timetable before.
    after_problem, after_timetable
        The same after some sections were changed.
    target
        Percent of the seats below which a section counts as poorly used.
    most
        Courses shown, at most: those with sections that were given up or are new, then those whose use
        changed most.
    """
    every = _both(before_problem, before_timetable, after_problem, after_timetable, target)
    table = _of_courses(every, most)
    courses, shown = every["Course"].nunique(), table["Course"].nunique()
    gone, new = table["After"].isna(), table["Before"].isna()
    made = figure(
        "Sections before and after",
        subtitle=f"below {target} %: {every['Low before'].sum()} before, {every['Low after'].sum()} after; "
        f"{every['After'].isna().sum()} given up, {every['Before'].isna().sum()} new"
        + (f"; {shown} of {courses} courses" if shown < courses else ""),
        height=170 + _ROW * max(len(table), 6),
    )
    if table.empty:
        say(made, "No section has seats.")
        return made
    _join(made, table[~gone & ~new])
    _points(made, table[~gone & ~new], "Before", "before", "circle-open", INK)
    _points(made, table[~gone & ~new], "After", "after", "diamond", BLUE)
    _points(made, table[gone], "Before", "given up", "x", ORANGE)
    _points(made, table[new], "After", "new", "star", GREEN)
    line = {"dash": "dash", "color": INK}
    made.add_vline(
        x=target, line=line, annotation={"text": f"{target} %", "yanchor": "bottom", "xanchor": "center"}
    )
    made.update_xaxes(title="Seats used, %", rangemode="tozero", ticksuffix=" %")
    made.update_yaxes(
        tickvals=table["Row"].tolist(),
        ticktext=plains(
            f"{shortened(course)} · {section}"
            for course, section in zip(table["Course"], table["Section"], strict=True)
        ),
        range=[len(table) - 0.5, -0.5],
        automargin=True,
        zeroline=False,
    )
    return made


def _both(
    before_problem: Problem,
    before_timetable: Timetable,
    after_problem: Problem,
    after_timetable: Timetable,
    target: int,
) -> pd.DataFrame:
    """Return a row for each section of either school: course, use before and after in percent, and words."""
    columns = ["Section", "Course", "Seats", "Enrolled"]
    before = utilisation_by_section(before_problem, before_timetable)[columns]
    after = utilisation_by_section(after_problem, after_timetable)[columns]
    table = before.merge(after, how="outer", on=["Section", "Course"], suffixes=(" before", " after"))
    seats = table["Seats before"].fillna(table["Seats after"])
    table = table.assign(Seats=seats)[seats.fillna(0) > 0]
    for side in ("before", "after"):
        enrolled = table[f"Enrolled {side}"]
        table[side.title()] = (enrolled / table["Seats"] * 100).astype("float64")
        table[f"Low {side}"] = [
            not pd.isna(count) and below(int(count), int(places), target)
            for count, places in zip(enrolled, table["Seats"], strict=True)
        ]
    return table


def _of_courses(table: pd.DataFrame, most: int | None) -> pd.DataFrame:
    """Return the rows of the courses with most to show, the sections of a course one below the other."""
    either = table["After"].isna() | table["Before"].isna()
    moved = (table["After"] - table["Before"]).abs().where(~either, float("inf"))
    order = moved.groupby(table["Course"]).max().sort_values(ascending=False, kind="stable")
    kept = list(order.index) if most is None else list(order.index[:most])
    place = {course: number for number, course in enumerate(kept)}
    part = table[table["Course"].isin(kept)]
    part = part.assign(Place=part["Course"].map(place)).sort_values(["Place", "Section"], kind="stable")
    return part.assign(Row=range(len(part)))


def _join(made: go.Figure, table: pd.DataFrame) -> None:
    """Draw a line from the use before to the use after of each section."""
    x, y = [], []
    for before, after, row in zip(table["Before"], table["After"], table["Row"], strict=True):
        x += [before, after, None]
        y += [row, row, None]
    line = {"color": INK, "width": 1}
    made.add_trace(go.Scatter(x=x, y=y, mode="lines", line=line, showlegend=False, hoverinfo="skip"))


def _points(made: go.Figure, table: pd.DataFrame, side: str, name: str, symbol: str, colour: str) -> None:
    """Draw one kind of points; nothing where there are none, so that the legend names what is there."""
    if table.empty:
        return
    made.add_trace(
        go.Scatter(
            x=table[side].tolist(),
            y=table["Row"].tolist(),
            name=name,
            mode="markers",
            text=plains(table["Section"]),
            customdata=[
                [plain(course), int(enrolled), int(seats)]
                for course, enrolled, seats in zip(
                    table["Course"], table[f"Enrolled {side.lower()}"], table["Seats"], strict=True
                )
            ],
            marker={"symbol": symbol, "color": colour, "size": 10, "line": {"width": 1, "color": INK}},
            hovertemplate=(
                f"<b>%{{text}}</b> %{{customdata[0]}}, {name}<br>"
                "%{customdata[1]} of %{customdata[2]} seats (%{x:.1f} %)<extra></extra>"
            ),
        )
    )
