"""A repair as tables, and the figure of them: every change with its cause, and whom it concerns."""

from __future__ import annotations

import pytest
from tiny_schools import tiny

from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.plots.changes import plot_changes
from echelon_lib.runs.repair_tables import CHANGE_COLUMNS, NOT_KEPT, affected_table, change_table
from echelon_lib.search.repair import repair
from echelon_lib.search.repair_account import Repair
from echelon_lib.stop import MaxIterations

WISHES = {"ann": "Art", "bob": "Art", "cyd": "Band"}


def placed(problem: Problem, **takes: str) -> Timetable:
    """Everything in R1 but what begins with Band."""
    timetable = Timetable()
    for id in problem.sections:
        timetable = timetable.place(id, problem.calendar.time("G1" if id.startswith("Band") else "R1"))
    for student, section in takes.items():
        timetable = timetable.enrol(student, section)
    return timetable


@pytest.fixture(scope="module")
def dropped() -> tuple[Problem, Repair]:
    """Art-2 is dropped, with one seat left in Art-1; Band-1 must leave its period."""
    old = tiny("Art-1:2 Art-2:2 Band-1", WISHES)
    before = placed(old, ann="Art-1", bob="Art-2", cyd="Band-1")
    new = tiny("Art-1:1 Band-1", WISHES, fixed={"Band-1": "R2"})
    return new, repair(new, before, old=old, stop=MaxIterations(3))


def test_changes_come_first_and_what_is_lost_after_them(dropped: tuple[Problem, Repair]) -> None:
    _, done = dropped
    table = change_table(done, ["A lock is gone."])
    assert tuple(table.columns) == CHANGE_COLUMNS
    assert table["What"].tolist() == ["section", "student", "request", "lock"]
    assert table.iloc[0][["ID", "Before", "After", "Cause"]].tolist() == ["Band-1", "G1", "R2", "had to"]
    assert table.iloc[1][["ID", "Course ID", "Before", "After"]].tolist() == ["bob", "Art", "Art-2", ""]
    assert table.iloc[2][["ID", "Cause"]].tolist() == ["bob", NOT_KEPT]
    assert table.iloc[2]["Sentence"].startswith("Student bob loses Art.")
    assert table.iloc[3]["Sentence"] == "A lock is gone."


def test_whoever_is_affected_stands_once(dropped: tuple[Problem, Repair]) -> None:
    problem, done = dropped
    rows = affected_table(problem, done).drop(columns="About").values.tolist()
    assert rows == [["bob", 1, 0, 1], ["cyd", 0, 1, 0]]


def test_a_bar_for_each_course_says_why(dropped: tuple[Problem, Repair]) -> None:
    _, done = dropped
    figure = plot_changes(change_table(done))
    had, lost, moved = figure.data
    assert list(figure.layout.yaxis.ticktext) == ["Art", "Band"]
    assert (list(had.x), list(lost.x)) == ([1, 0], [1, 0])
    assert (had.name, lost.name) == ("had to change", "lose the course")
    assert had.marker.pattern.shape != lost.marker.pattern.shape
    assert list(moved.y) == [1]
    assert "Band-1 (Band) moves from G1 to R2" in moved.text[0]
    assert figure.layout.title.subtitle.text == "1 section moved or new, 1 enrolment changed, 1 request lost"
    one = plot_changes(change_table(done), most=1)
    assert len(one.data[0].x) == 1
    assert "the 1 courses with most are drawn" in one.layout.title.subtitle.text
    assert plot_changes(change_table(done).head(0)).layout.annotations[0].text == "Nothing changes."
