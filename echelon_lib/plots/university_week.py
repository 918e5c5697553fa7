"""The week of a university: how many sessions go on when, and how much the rooms are used."""

from __future__ import annotations

import plotly.graph_objects as go

from echelon_lib.analysis.university_week import hours_in_use, room_use
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.plots.theme import BLUE, INK, ORANGE, PATTERNS, figure, plains, say

_MOST_BUILDINGS = 40


def plot_hours(problem: Problem, timetable: Timetable) -> go.Figure:
    """Return the week with a cell for each hour, darker where more sessions go on."""
    table = hours_in_use(problem, timetable)
    total, most = int(table.to_numpy().sum()), int(table.to_numpy().max(initial=0))
    mean = total / table.size if table.size else 0.0
    peak = f"; the busiest hour has {most / mean:.2f} times the mean" if mean else ""
    made = figure(
        "Sessions in each hour of the week",
        subtitle=f"{total:,} session hours{peak}",
        height=140 + 34 * max(len(table), 4),
    )
    if not total:
        say(made, "No session has a place.")
        return made
    made.add_trace(
        go.Heatmap(
            z=table.to_numpy().tolist(),
            x=plains(table.columns),
            y=plains(table.index),
            colorscale=[[0.0, "#FFFFFF"], [1.0, BLUE]],
            zmin=0,
            texttemplate="%{z}",
            hovertemplate="%{x} %{y}: %{z} sessions<extra></extra>",
            colorbar={"title": {"text": "Sessions"}},
        )
    )
    made.update_yaxes(autorange="reversed", type="category", title="Hour")
    made.update_xaxes(type="category", side="bottom")
    return made


def plot_rooms(problem: Problem, timetable: Timetable) -> go.Figure:
    """Return two bars for each building: hours in use, and seats that are filled in those hours."""
    rooms = room_use(problem, timetable)
    used = float((rooms["Hours"]).sum())
    week = len(problem.calendar.days) * problem.calendar.slots
    share = used / (week * len(rooms)) if len(rooms) and week else 0.0
    made = figure(
        "Use of rooms by building",
        subtitle=f"{len(rooms):,} rooms; {share:.1%} of their hours are in use",
    )
    if rooms.empty or not used:
        say(made, "No room is in use.")
        return made
    rooms = rooms.assign(
        Building=rooms["Building"].replace("", "(no building)"),
        Taken=rooms["Hours"] * rooms["Seats"],
        People=rooms["Filled"].fillna(0.0) * rooms["Hours"] * rooms["Seats"],
    )
    table = rooms.groupby("Building", sort=True)[["Hours", "Taken", "People"]].sum()
    table["Rooms"] = rooms.groupby("Building")["Room"].count()
    table["Use"] = table["Hours"] / (week * table["Rooms"])
    table["Filled"] = (table["People"] / table["Taken"]).fillna(0.0)
    table = table.sort_values("Use").head(_MOST_BUILDINGS)
    for name, column, colour, pattern in (
        ("hours in use", "Use", BLUE, PATTERNS[0]),
        ("seats filled in those hours", "Filled", ORANGE, PATTERNS[1]),
    ):
        made.add_trace(
            go.Bar(
                x=plains(table.index),
                y=(100 * table[column]).tolist(),
                name=name,
                marker={"color": colour, "line": {"color": INK, "width": 0.5}, "pattern": {"shape": pattern}},
                hovertemplate="%{x}: %{y:.1f} %<extra>" + name + "</extra>",
            )
        )
    made.update_yaxes(title="Per cent", range=[0, 100])
    made.update_xaxes(title="Building, the least used first", type="category", automargin=True)
    made.update_layout(barmode="group", showlegend=True)
    return made
