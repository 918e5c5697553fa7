"""Sessions as columns: nothing of the timetable is lost, and marks are what the evaluator says."""

from __future__ import annotations

from tiny_universities import enrolled, placed, small, student, university

from echelon_lib.analysis.session_columns import COLUMNS, SessionColumns, session_columns
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.university_records import DepartmentRecord

WEEK = "ALG-1#1 Mon 11:00 hall, ALG-1#2 Tue 09:00 hall, GEN-1#1 Tue 10:00 hall, GEN-1L#1 Mon 09:00 lab"


def rows(found: SessionColumns) -> list[dict[str, object]]:
    """The columns as rows of words."""
    numbers = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*found.columns.values(), strict=True)]
    return [
        {
            "session": found.sessions[row["session"]],
            "when": (row["day"], row["start"], row["length"]),
            "people": row["people"],
            **{
                kind: found.names[kind].ids[row[kind]] if row[kind] >= 0 else None
                for kind in ("course", "department", "section", "part", "room")
            },
            **{
                kind: [found.names[kind].ids[at] for at in found.lists[kind][row[kind]]]
                for kind in ("faculty", "group", "mark")
            },
        }
        for row in numbers
    ]


def test_every_session_is_told_with_time_place_and_people() -> None:
    problem = university()
    found = session_columns(problem, placed(problem, WEEK))
    by_name = {row["session"]: row for row in rows(found)}
    assert list(by_name) == list(problem.meetings)
    assert by_name["GEN-1L#1"] == {
        "session": "GEN-1L#1",
        "when": (0, 0, 2),
        "people": 15,
        "course": "GEN",
        "department": "BIO",
        "section": "GEN-1L",
        "part": "Lab",
        "room": "lab",
        "faculty": ["Ben"],
        "group": ["batch"],
        "mark": [],
    }
    assert by_name["ALG-1#2"]["when"] == (1, 0, 1)
    assert by_name["ALG-1#2"]["group"] == ["BSC Year 1", "batch"], (
        "who is alone is shown by programme and year"
    )
    assert found.days == ("Mon", "Tue")
    assert found.hours == ("09:00", "10:00", "11:00", "12:00", "13:00")
    assert found.names["room"].about[found.names["room"].ids.index("hall")] == "South, 40 seats"
    assert found.marked == 0


def test_departments_are_shown_with_their_school() -> None:
    rows = [DepartmentRecord(id="MAT", name="Mathematics", school="Science", row=2)]
    names = session_columns(university(departments=rows), Timetable()).names["department"]
    assert dict(zip(names.ids, names.about, strict=True)) == {"BIO": "", "MAT": "Mathematics, Science"}


def test_marks_are_the_evaluators_and_stand_at_the_sessions_that_they_speak_of() -> None:
    files = small()
    problem = university(
        students=[*files.students, student("yan")],
        enrolments=[*files.enrolments, enrolled("yan", "ALG-1", "GEN-1")],
    )
    week = "ALG-1#1 Mon 09:00 nook, ALG-1#2 Tue 10:00 hall, GEN-1#1 Tue 10:00 hall"
    found = session_columns(problem, placed(problem, week))
    marks = {row["session"]: row["mark"] for row in rows(found)}
    assert sorted(marks["ALG-1#1"]) == ["faculty availability", "room capacity"]
    assert sorted(marks["ALG-1#2"]) == ["group clash", "room clash"]
    assert marks["ALG-1#2"] == marks["GEN-1#1"]
    assert marks["GEN-1L#1"] == ["unplaced meetings"]
    assert found.marked == 4
    told = dict(zip(found.names["mark"].ids, found.names["mark"].about, strict=True))
    assert told["group clash"].endswith("So it is 1 times more."), "two people, one pair of sessions"
    assert "hall" in told["room clash"]


def test_what_has_no_place_is_on_no_day() -> None:
    problem = university()
    found = session_columns(problem, placed(problem, "ALG-1#1 Mon 11:00 hall"))
    days = {row["session"]: row["when"][0] for row in rows(found)}
    assert days == {"ALG-1#1": 0, "ALG-1#2": -1, "GEN-1#1": -1, "GEN-1L#1": -1}
