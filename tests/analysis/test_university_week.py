"""The tables and figures of a university's week say what its planted timetable says."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from echelon_lib.analysis.university_week import hours_in_use, room_use, session_list, week_of
from echelon_lib.domain.errors import EchelonError
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.run_reading import read_run
from echelon_lib.plots.university_week import plot_hours, plot_rooms
from echelon_lib.university import load_university


@pytest.fixture(scope="module")
def planted(planted_college: Path) -> tuple[Problem, Timetable]:
    problem = load_university(planted_college)
    return problem, read_run(planted_college, problem)


def test_every_session_stands_where_the_timetable_has_it(
    planted: tuple[Problem, Timetable], planted_college: Path
) -> None:
    table = session_list(*planted).set_index("Session")
    with (planted_college / "timetable.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(table) > 400
    for row in rows:
        found = table.loc[row["Session"]]
        assert [found[name] for name in ("Day", "Start", "Room")] == [row["Day"], row["Start"], row["Room"]]


def test_the_week_of_a_room_holds_its_sessions_and_no_others(planted: tuple[Problem, Timetable]) -> None:
    problem, timetable = planted
    table = session_list(problem, timetable)
    room = table["Room"].value_counts().index[0]
    week = week_of(problem, timetable, "room", room)
    assert list(week.columns) == ["Hour", *problem.calendar.days]
    for _, one in table[table["Room"] == room].iterrows():
        cell = week.set_index("Hour").loc[one["Start"], one["Day"]]
        assert one["Section"] in cell
    filled = int((week.drop(columns="Hour") != "").to_numpy().sum())
    use = room_use(problem, timetable).set_index("Room").loc[room, "Hours"]
    assert filled == use, "a room holds one session at a time, so that its cells are its hours"


def test_weeks_of_people_departments_and_courses(planted: tuple[Problem, Timetable]) -> None:
    problem, timetable = planted
    one = session_list(problem, timetable).iloc[0]
    group = next(
        id for id in problem.sections[one["Section"]].attendees if problem.attendee[id].kind == "group"
    )
    for kind, id in (
        ("faculty", one["Faculty"]),
        ("department", one["Department"]),
        ("course", one["Course"]),
        ("group", group),
    ):
        cell = week_of(problem, timetable, kind, id).set_index("Hour").loc[one["Start"], one["Day"]]
        assert one["Section"] in cell
    with pytest.raises(EchelonError, match="there is no room 'Z99'"):
        week_of(problem, timetable, "room", "Z99")


def test_the_hours_of_the_week_add_up(planted: tuple[Problem, Timetable]) -> None:
    problem, timetable = planted
    hours = sum(placement.time.length for placement in timetable.placements.values())
    assert int(hours_in_use(problem, timetable).to_numpy().sum()) == hours
    assert int(room_use(problem, timetable)["Hours"].sum()) == hours
    drawn = plot_hours(problem, timetable).data[0]
    assert sum(map(sum, drawn.z)) == hours
    assert len(plot_rooms(problem, timetable).data) == 2
    empty = plot_hours(problem, Timetable())
    assert empty.layout.annotations[0].text == "No session has a place."
