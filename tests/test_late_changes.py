"""Late changes make the problem anew, name what cannot be, and are repaired on a school of files."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from echelon_lib import DataError, Problem, Timetable, evaluate, load_school, repair, solve, with_changes
from echelon_lib.domain.locks import Lock
from echelon_lib.formats.school_csv import read_school_files
from echelon_lib.formats.school_records import LockRecord
from echelon_lib.formats.school_writing import write_school_files
from echelon_lib.late_changes import (
    LATE_CHANGES,
    LateChange,
    RequestAdded,
    RequestDropped,
    RequestReplaced,
    SeatsChanged,
    SectionAdded,
    SectionDropped,
    StudentJoins,
    StudentLeaves,
    TeacherAway,
    TeacherLost,
    read_late_changes,
)
from echelon_lib.locks import with_locks
from echelon_lib.schools import School, school_of, school_problem
from echelon_lib.stop import MaxIterations
from tests.conftest import ROOT

FEW = MaxIterations(8)


@pytest.fixture(scope="module")
def school(tiny_high_folder: Path) -> Problem:
    """The tiny school."""
    return load_school(tiny_high_folder)


@pytest.fixture(scope="module")
def before(school: Problem) -> Timetable:
    """A timetable of it that is proven to be best."""
    best = solve(school, stop=None).best
    assert best is not None
    return best


def fixed(school: Problem, before: Timetable, *changes: Any) -> Any:
    """The repair after some changes."""
    done = repair(with_changes(school, changes).problem, before, old=school, stop=FEW)
    assert done.evaluation.feasible
    return done


def test_a_student_joins_and_the_others_stay(school: Problem, before: Timetable) -> None:
    new = StudentJoins(student="ST99", requests=("Art", "English|Biology"), sped=True, details={"Grade": "9"})
    problem = with_changes(school, [new]).problem
    assert problem.student["ST99"].tags == {"SPED"}
    assert problem.student["ST99"].details["Grade"] == "9"
    assert [one.courses for one in problem.requests_of["ST99"]] == [("Art",), ("English", "Biology")]
    assert "ST99" not in school.student
    done = fixed(school, before, new)
    assert any(one.who == "ST99" and one.course == "Art" for one in done.moved)
    assert all(done.timetable.enrolments[who] == had for who, had in before.enrolments.items())


def test_a_student_leaves_and_nobody_moves(school: Problem, before: Timetable) -> None:
    done = fixed(school, before, StudentLeaves(student="ST11"))
    assert "ST11" not in done.timetable.enrolments
    assert not [one for one in done.moved if one.cause == "to make room"]
    assert done.evaluation.cost[0] <= evaluate(school, before).cost[0]


def test_requests_come_go_and_are_replaced(school: Problem, before: Timetable) -> None:
    changes = (
        RequestAdded(student="ST08", course="Art|Biology", place=1),
        RequestDropped(student="ST11", course="Art"),
        RequestReplaced(student="ST12", course="Art", by="Biology"),
    )
    problem = with_changes(school, changes).problem
    assert [r.courses for r in problem.requests_of["ST08"]] == [
        ("Art", "Biology"),
        ("English",),
        ("World History",),
    ]
    assert [r.primary for r in problem.requests_of["ST11"]] == ["World History"]
    assert [r.primary for r in problem.requests_of["ST12"]] == ["World History", "Biology"]
    done = fixed(school, before, *changes)
    assert {one.who for one in done.moved if one.kind == "student"} >= {"ST11", "ST12"}


def test_a_request_that_was_the_only_one_is_dropped(school: Problem) -> None:
    changes = [RequestDropped(student="ST11", course=course) for course in ("Art", "World History")]
    problem = with_changes(school, changes).problem
    assert "ST11" not in problem.requests_of
    assert "ST11" in problem.student
    again = with_changes(problem, [RequestAdded(student="ST11", course="Art")]).problem
    assert [r.primary for r in again.requests_of["ST11"]] == ["Art"]


def test_a_lost_teacher_is_replaced_or_not(school: Problem, before: Timetable) -> None:
    lost = TeacherLost(teacher="T01", by="T02", sections={"ENG-1": "T03"})
    problem = with_changes(school, [lost]).problem
    assert "T01" not in problem.attendee
    assert problem.sections["ENG-1"].attendees == ("T03",)
    assert problem.sections["HIS-1"].attendees == ("T02",)
    nobody = with_changes(school, [TeacherLost(teacher="T02")]).problem
    assert nobody.sections["BIO-1"].attendees == ()
    done = fixed(school, before, TeacherLost(teacher="T02"))
    assert done.timetable == before


def test_a_teacher_is_away_and_the_section_moves(school: Problem, before: Timetable) -> None:
    at = school.calendar.name(before.placements["BIO-1"].time)
    done = fixed(school, before, TeacherAway(teacher="T02", periods=(at,)))
    (section,) = [one for one in done.moved if one.kind == "section" and one.cause == "had to"]
    assert (section.who, section.before) == ("BIO-1", at)
    more = with_changes(school, [TeacherAway(teacher="T03", periods=("R2",))]).problem
    away = {row.teacher: row.periods for row in school_of(more).files.unavailability}
    assert away["T03"] == ("R1", "R2")


def test_sections_come_and_go_and_have_other_seats(school: Problem, before: Timetable) -> None:
    changes = (
        SectionAdded(section="ART-2", course="Art", seats=5, teacher="T03", periods=("R2", "G1")),
        SeatsChanged(section="ART-1", seats=4),
        SectionDropped(section="ENG-2"),
    )
    problem = with_changes(school, changes).problem
    assert [one.id for one in problem.course["Art"].sections] == ["ART-1", "ART-2"]
    assert problem.sections["ART-2"].department == "Arts"
    assert problem.sections["ART-1"].seats == 4
    assert "ENG-2" not in problem.sections
    done = fixed(school, before, *changes)
    assert sum("ART-1" in some for some in done.timetable.enrolments.values()) <= 4
    assert {one.who for one in done.moved if one.kind == "section"} >= {"ART-2"}


WRONG = {
    "student": (StudentLeaves(student="ST77"), "no student is called 'ST77'"),
    "twice": (StudentJoins(student="ST01", requests=("Art",)), "is at the school already"),
    "course": (RequestAdded(student="ST01", course="Arts"), "no section offers 'Arts'"),
    "asked": (RequestAdded(student="ST01", course="Art"), "asks for 'Art' already"),
    "not asked": (RequestDropped(student="ST08", course="Art"), "does not ask for 'Art' first"),
    "teacher": (TeacherLost(teacher="T9"), "no teacher is called 'T9'"),
    "lost twice": (TeacherLost(teacher="T01", by="T01"), "is lost and cannot take a section"),
    "not theirs": (TeacherLost(teacher="T01", sections={"BIO-1": "T02"}), "does not teach 'BIO-1'"),
    "period": (TeacherAway(teacher="T01", periods=("R7",)), "no period is called 'R7'"),
    "section": (SectionDropped(section="ART-9"), "no section is called 'ART-9'"),
    "name": (SectionAdded(section="ART-1", course="Art", seats=3), "is a section already"),
}


@pytest.mark.parametrize(("change", "words"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_said_in_words(school: Problem, change: Any, words: str) -> None:
    with pytest.raises(DataError) as caught:
        with_changes(school, [SeatsChanged(section="ART-1", seats=4), change])
    (issue,) = caught.value.issues
    assert words in issue.message
    assert issue.path == f"change 2 ({change.kind})"
    assert issue.cure


def test_all_that_is_wrong_is_said_at_once(school: Problem) -> None:
    changes: list[Any] = [change for change, _ in WRONG.values()]
    with pytest.raises(DataError) as caught:
        with_changes(school, changes)
    assert len(caught.value.issues) == len(WRONG)


def test_a_change_is_judged_after_those_before_it(school: Problem) -> None:
    gone = SectionDropped(section="ENG-1")
    with pytest.raises(DataError, match="no section is called 'ENG-1'"):
        with_changes(school, [gone, SeatsChanged(section="ENG-1", seats=3)])
    with_changes(school, [gone, SectionAdded(section="ENG-1", course="English", seats=3)])


def test_locks_of_what_is_gone_are_named(school: Problem, tmp_path: Path) -> None:
    given = school_of(school)
    rows = (
        LockRecord(kind="section", id="ENG-1", periods=("R1",), teacher="T01", row=2),
        LockRecord(kind="teacher", id="T01", section="HIS-1", row=3),
        LockRecord(kind="student", id="ST11", section="ART-1", row=4),
        LockRecord(kind="section", id="ART-1", periods=("G2",), row=5),
        LockRecord(kind="department", id="Science", periods=("R2", "G2"), row=6),
    )
    locked = School(replace(given.files, locks=rows), given.rules, given.name).problem()
    locked = with_locks(locked, [Lock("section", "BIO-1", ("R2",))])
    changes = (TeacherLost(teacher="T01"), RequestDropped(student="ST11", course="Art"))
    done = with_changes(locked, changes)
    kept = {(lock.kind, lock.id, lock.teacher) for lock in done.problem.locks}
    sections = {("section", id, None) for id in ("ENG-1", "ART-1", "BIO-1")}
    assert kept == {*sections, ("department", "Science", None)}
    assert len(done.gone) == 3
    assert not any("ST11" in sentence for sentence in done.gone)
    files = school_of(done.problem).files
    write_school_files(files, tmp_path / "school")
    again = school_problem(read_school_files(tmp_path / "school"), given.rules)
    assert again.locks == done.problem.locks[:3]
    assert again.requests == done.problem.requests


def test_the_lock_of_a_department_without_sections_is_named(school: Problem) -> None:
    given = school_of(school)
    rows = (LockRecord(kind="department", id="Arts", periods=("G2",), row=2),)
    locked = School(replace(given.files, locks=rows), given.rules, given.name).problem()
    done = with_changes(locked, (SectionDropped(section="ART-1"),))
    assert done.problem.locks == ()
    assert len(done.gone) == 1
    assert "The lock of the department Arts" in done.gone[0]


def test_a_file_of_changes_is_json_or_toml(tmp_path: Path) -> None:
    changes = (SectionDropped(section="ENG-1"), StudentJoins(student="Z", requests=("Art",)))
    data = LATE_CHANGES.dump_python(changes, mode="json")
    for name, text in {
        "list.json": json.dumps(data),
        "object.json": json.dumps({"changes": data}),
        "file.toml": '[[changes]]\nkind = "section_dropped"\nsection = "ENG-1"\n'
        '[[changes]]\nkind = "student_joins"\nstudent = "Z"\nrequests = ["Art"]\n',
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert read_late_changes(tmp_path / name) == changes


@pytest.mark.parametrize(
    ("text", "words"),
    {
        "{": "not JSON",
        "{}": "no list of changes",
        '{"change": []}': "unknown keys: 'change'",
        '[{"kind": "moon"}]': "change 1",
        '[{"kind": "seats_changed", "section": "A", "seats": -1}]': "change 1, seats",
        '[{"kind": "student_leaves", "student": "ST01", "why": "SECRET"}]': "change 1, why",
    }.items(),
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "changes.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=words) as caught:
        read_late_changes(path)
    assert "SECRET" not in str(caught.value)
    assert "ST01" not in str(caught.value)
    with pytest.raises(DataError, match="cannot be read"):
        read_late_changes(tmp_path / "nowhere.json")


def test_the_page_describes_every_kind_with_its_keys(tmp_path: Path) -> None:
    page = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    part = page.partition("## Changes of a school's timetable")[2].partition("# The data of a university")[0]
    described = {}
    for line in part.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0].startswith("`") and line.startswith("|") and cells[0] != "`kind`":
            needed, _, more = cells[1].partition(";")
            named = [re.findall(r"`(\w+)[` ]", words) for words in (needed, more)]
            described[cells[0].strip("`")] = tuple(map(set, named))
    kinds = {}
    for model in get_args(get_args(LateChange)[0]):
        fields = {name: info for name, info in model.model_fields.items() if name != "kind"}
        needed = {name for name, info in fields.items() if info.is_required()}
        kinds[model.model_fields["kind"].default] = needed, fields.keys() - needed
    assert described == kinds
    (example,) = re.findall(r"```toml\n(.*?)```", part, re.DOTALL)
    (tmp_path / "changes.toml").write_text(example, encoding="utf-8")
    assert len(read_late_changes(tmp_path / "changes.toml")) == 2
