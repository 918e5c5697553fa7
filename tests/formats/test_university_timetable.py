"""A university's timetable as a file: written, read back, and what is wrong with one named at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_universities import GOOD, course, placed, section, university

from echelon_lib.domain.errors import DataError
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.formats.university_records import CalendarRecord
from echelon_lib.formats.university_timetable import TIMETABLE, read_timetable, write_timetable

HEAD = "Session,Day,Start,End,Room\n"


@pytest.fixture(scope="module")
def problem() -> Problem:
    """The small university."""
    return university()


def test_what_is_written_is_read_back(problem: Problem, tmp_path: Path) -> None:
    timetable = placed(problem, GOOD)
    write_timetable(tmp_path / TIMETABLE, problem, timetable)
    lines = (tmp_path / TIMETABLE).read_text(encoding="utf-8").splitlines()
    assert lines[0] == "Session,Day,Start,End,Room,Faculty,Groups"
    assert lines[1] == 'ALG-1#1,Mon,11:00,12:00,nook,Ada,"batch;zoe"'
    assert lines[4] == "GEN-1L#1,Tue,11:00,13:00,lab,Ben,batch"
    assert read_timetable(tmp_path / TIMETABLE, problem) == timetable
    assert read_timetable(tmp_path, problem) == timetable


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_any_timetable_is_read_back(
    problem: Problem, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    spots = {
        id: data.draw(
            st.none()
            | st.builds(Placement, st.sampled_from(meeting.times), st.sampled_from([None, *meeting.rooms]))
        )
        for id, meeting in problem.meetings.items()
    }
    timetable = Timetable({id: spot for id, spot in spots.items() if spot is not None})
    path = tmp_path_factory.mktemp("any") / "mine.csv"
    write_timetable(path, problem, timetable)
    assert read_timetable(path, problem) == timetable


def test_slots_of_other_lengths(tmp_path: Path) -> None:
    for slots in (4, 1):
        day = CalendarRecord(day="Sat", slots=slots, first="08:30", minutes=60, row=2)
        problem = university(
            calendar=[day],
            faculty_times=[],
            courses=[course("ALG", 1)],
            sections=[section("ALG-1")],
            enrolments=[],
        )
        timetable = placed(problem, "ALG-1#1 Sat 08:30 nook")
        write_timetable(tmp_path / "saturday.csv", problem, timetable)
        assert "ALG-1#1,Sat,08:30,09:30,nook" in (tmp_path / "saturday.csv").read_text(encoding="utf-8")
        assert read_timetable(tmp_path / "saturday.csv", problem) == timetable


def test_a_session_without_a_row_or_a_room(problem: Problem, tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_text(HEAD + "ALG-1#1,Mon,11:00,12:00,\n", encoding="utf-8")
    assert read_timetable(tmp_path / "some.csv", problem).placements == {
        "ALG-1#1": Placement(problem.calendar.time("Mon 11:00"), None)
    }


@pytest.mark.parametrize(
    ("row", "column", "message", "cure"),
    [
        (
            "ALG-l#1,Mon,11:00,12:00,nook",
            "Session",
            "The session 'ALG-l#1' is not in the problem.",
            "'ALG-1#1' was meant?",
        ),
        ("ALG-1#1,Mo,11:00,12:00,nook", "Day", "The day 'Mo' is not in the problem.", "'Mon' was meant?"),
        ("ALG-1#1,Mon,11:00,12:00,nok", "Room", "The room 'nok' is not in the problem.", "'nook' was meant?"),
        (
            "ALG-1#1,Mon,11:30,12:00,nook",
            "Start",
            "No hour of Mon begins at '11:30'.",
            "one of 09:00, 10:00, 11:00, 12:00?",
        ),
        (
            "ALG-1#1,Mon,11:00,14:00,nook",
            "End",
            "No hour of Mon ends at '14:00'.",
            "one of 10:00, 11:00, 12:00, 13:00?",
        ),
        (
            "ALG-1#1,Mon,noon,13:00,nook",
            "Start",
            "No hour of Mon begins at 'noon'.",
            "one of 09:00, 10:00, 11:00, 12:00?",
        ),
        ("ALG-1#1,Mon,12:00,11:00,nook", "End", "'11:00' is not after 12:00.", "the two were swapped?"),
        ("ALG-1#1,,11:00,12:00,nook", "Day", "The cell is empty.", "one of Mon, Tue?"),
    ],
)
def test_what_is_wrong_is_named(
    problem: Problem, tmp_path: Path, row: str, column: str, message: str, cure: str
) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(f"{HEAD}ALG-1#2,Tue,09:00,10:00,nook\n{row}\n", encoding="utf-8")
    with pytest.raises(DataError) as error:
        read_timetable(path, problem)
    (issue,) = error.value.issues
    assert (issue.path, issue.row, issue.column) == ("odd.csv", 3, column)
    assert (issue.message, issue.cure) == (message, cure)


def test_everything_wrong_comes_at_once(problem: Problem, tmp_path: Path) -> None:
    rows = ["ALG-1#1,Mon,11:00,12:00,nook", "ALG-1#1,Tue,11:00,12:00,nook", "X,Sun,11:00,12:00,moon"]
    (tmp_path / "odd.csv").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(DataError) as error:
        read_timetable(tmp_path / "odd.csv", problem)
    assert [(issue.row, issue.column) for issue in error.value.issues] == [
        *((3, "Session"), (4, "Session"), (4, "Day"), (4, "Room"))
    ]
    assert error.value.issues[0].message == "'ALG-1#1' is placed twice; row 2 placed it first."


def test_a_file_that_is_not_there(problem: Problem, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.csv"):
        read_timetable(tmp_path / "none.csv", problem)
    (tmp_path / "short.csv").write_text("Session,Day\nALG-1#1,Mon\n", encoding="utf-8")
    with pytest.raises(DataError, match="Start"):
        read_timetable(tmp_path / "short.csv", problem)
