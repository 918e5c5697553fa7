"""The week as a table, and two weeks compared."""

from __future__ import annotations

from dataclasses import replace

import pytest
from schools_by_hand import WEEK, six_students, six_students_placed, unplaced

from echelon_lib.analysis.compare import compare
from echelon_lib.analysis.grid import grid
from echelon_lib.domain.timetable import Timetable


def test_grid_by_teacher() -> None:
    table = grid(six_students(), six_students_placed())
    assert list(table.index) == ["pat", "quin", "ruth", "(no teacher)"]
    assert list(table.columns) == ["R1", "R2", "G1", "G2"]
    assert table.loc["pat", "R1"] == "A-1 Art (1/2)"
    assert table.loc["(no teacher)", "R1"] == "C-1 Chess (2/2)"
    assert table.loc["ruth"].tolist() == ["", "", "", ""]


def test_grid_by_course_and_department() -> None:
    timetable = six_students_placed().place("A-2", WEEK.time("R1"))
    assert grid(six_students(), timetable, "course").loc["Art", "R1"] == "A-1 Art (1/2); A-2 Art (2/2)"
    assert list(grid(six_students(), timetable, "department").index) == ["Arts", "Science", "(no department)"]
    with pytest.raises(ValueError, match="by='room'"):
        grid(six_students(), timetable, "room")  # type: ignore[arg-type]


def test_sections_without_a_period_have_a_column_at_the_end() -> None:
    table = grid(six_students(), unplaced(six_students_placed(), "B-1"))
    assert table.columns[-1] == "not placed"
    assert table.loc["quin", "not placed"] == "B-1 Biology (2/3)"


def test_a_long_meeting_fills_each_of_its_periods() -> None:
    double = replace(WEEK.time("G1"), length=2)
    table = grid(six_students(), six_students_placed().place("B-1", double))
    assert table.loc["quin", "G1"] == table.loc["quin", "G2"] == "B-1 Biology (2/3)"


def test_grid_of_nothing_placed() -> None:
    assert grid(six_students(), Timetable()).loc["pat"].tolist()[-1] == "A-1 Art (0/2); A-2 Art (0/2)"


def test_compare() -> None:
    before = six_students_placed()
    after = before.place("A-1", WEEK.time("G1")).enrol("eve", "A-1").place("B-1", WEEK.time("R2"))
    table = compare(six_students(), before, after, names=("before", "after")).set_index("Measure")
    assert table.loc["Met"].tolist() == [7, 8, 1]
    assert table.loc["Complete students"].tolist() == [2, 3, 1]
    assert table.loc["Sections moved"].tolist() == [0, 1, 1]
    assert table.loc["Students moved"].tolist() == [0, 1, 1]
    assert table.loc["Sections below 75 %", "Change"] == -1
    assert table.loc["Cost of level 1"].tolist() == [400, 300, -100]


def test_a_timetable_is_like_itself() -> None:
    table = compare(six_students(), six_students_placed(), six_students_placed())
    assert (table["Change"] == 0).all()
