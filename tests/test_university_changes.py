"""Changes of a published university: each is made, or refused with a cure; open sections find somebody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from echelon_lib.domain.errors import DataError, EchelonError
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.university_csv import read_university_files
from echelon_lib.formats.university_writing import write_university_files
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.university import UniversityRules, university_of
from echelon_lib.university_changes import (
    UNIVERSITY_CHANGES,
    CourseAdded,
    CourseDropped,
    DepartmentFrozen,
    EnrolmentGrows,
    FacultyAway,
    FacultyLeaves,
    NewSection,
    RoomCloses,
    SectionAdded,
    SectionDropped,
    UniversityChanged,
    read_university_changes,
    with_university_changes,
)
from tests.conftest import SAMPLES
from tests.tiny_universities import (
    GOOD,
    course,
    enrolled,
    person,
    placed,
    section,
    small,
    student,
    times,
    university,
)


@pytest.fixture
def problem() -> Problem:
    """The small university."""
    return university()


@pytest.fixture
def published(problem: Problem) -> Timetable:
    """Its published timetable."""
    return placed(problem, GOOD)


def after(*changes: Any, keep: tuple[str, ...] = (), **files: Any) -> UniversityChanged:
    """The small university after changes of its published timetable."""
    problem = university(**files)
    return with_university_changes(problem, placed(problem, GOOD), changes, keep=keep)


def test_the_problem_stays_as_it_is(problem: Problem, published: Timetable) -> None:
    changed = with_university_changes(problem, published, [RoomCloses(room="nook")])
    assert "nook" in problem.room
    assert "nook" not in changed.problem.room
    assert "nook" not in changed.problem.meetings["ALG-1#1"].rooms
    assert evaluate(problem, published).feasible
    assert changed.problem == changed.plain


def test_a_colleague_with_hours_left_takes_the_sections() -> None:
    done = after(FacultyLeaves(faculty="Ada"))
    assert done.given["ALG-1"] == "Cy"
    assert done.problem.teachers_of(done.problem.sections["ALG-1"]) == ("Cy",)
    assert "Ada" not in done.problem.attendee
    later = "ART-1 of the other semester is without faculty now: Ada was to teach it."
    assert done.facts == ("Cy takes ALG-1.", later)
    files = university_of(done.problem).files
    assert not [row for row in files.faculty_times if row.faculty == "Ada"]


def test_somebody_is_named_who_takes_them() -> None:
    done = after(FacultyLeaves(faculty="Ben", by="Cy", sections={"GEN-1": "Ada"}), faculty=_with_hours(9))
    assert done.problem.teachers_of(done.problem.sections["GEN-1"]) == ("Ada",)
    assert done.problem.teachers_of(done.problem.sections["GEN-1L"]) == ("Cy",)
    assert done.given == {}


def test_the_fewest_clashes_decide_then_the_lightest_load() -> None:
    people = (*small().faculty, person("Dee", 9, "ALG"), person("Eve", 9, "ALG"))
    assert after(FacultyLeaves(faculty="Ada"), faculty=people).given["ALG-1"] == "Dee"
    away = (*small().faculty_times, *(times(who, "Tue", 0, 0, "away") for who in ("Dee", "Cy")))
    done = after(FacultyLeaves(faculty="Ada"), faculty=people, faculty_times=away)
    assert done.given["ALG-1"] == "Eve"
    done = after(FacultyLeaves(faculty="Ada"), FacultyAway(faculty="Dee", day="Mon"), faculty=people)
    assert done.given["ALG-1"] == "Eve"


def test_who_leaves_later_in_the_list_takes_nothing() -> None:
    people = (*small().faculty, person("Dee", 3, "ALG"))
    done = after(FacultyLeaves(faculty="Ada"), FacultyLeaves(faculty="Dee"), faculty=people)
    assert done.given["ALG-1"] == "Cy"


def test_what_nobody_qualified_can_take_is_named() -> None:
    done = after(FacultyLeaves(faculty="Ben"))
    assert done.given == {}
    assert "GEN-1 is without faculty: nobody else is qualified to teach GEN." in done.facts
    assert evaluate(done.problem, Timetable()).required["faculty for every section"] == 2
    tired = (*small().faculty[:2], person("Cy", 1, "ALG"))
    done = after(FacultyLeaves(faculty="Ada"), faculty=tired)
    assert done.facts[0] == (
        "ALG-1 is without faculty: it takes 2 hours, and those qualified have left: Cy 1."
    )


def test_a_section_is_handed_on_where_that_makes_room() -> None:
    files = {
        "courses": [*small().courses, *_courses("ONE", "TWO")],
        "sections": [*small().sections, section("ONE-1", faculty="Zed"), section("TWO-1", faculty="Zed")],
        "faculty": [
            *small().faculty,
            person("Zed", 9, "ONE", "TWO"),
            person("Kim", 1, "ONE", "TWO"),
            person("Lou", 1, "ONE"),
        ],
    }
    done = after(FacultyLeaves(faculty="Zed"), **files)
    assert done.given == {"ONE-1": "Lou", "TWO-1": "Kim"}


def _full(*able: str) -> dict[str, Any]:
    """Files in which Kim's hours are taken by ``TWO-1``, which those of ``able`` may teach as well."""
    return {
        "courses": [*small().courses, *_courses("ONE", "TWO", "SIX")],
        "sections": [*small().sections, section("ONE-1", faculty="Zed"), section("TWO-1", faculty="Kim")],
        "faculty": [
            *small().faculty,
            person("Zed", 9, "ONE"),
            person("Kim", 1, "ONE", "TWO"),
            *(person(who, 1, "TWO", "SIX") for who in able),
        ],
    }


def test_a_colleague_hands_on_what_was_published() -> None:
    done = after(FacultyLeaves(faculty="Zed"), **_full("Lou"))
    assert done.given == {"ONE-1": "Kim", "TWO-1": "Lou"}
    assert done.facts == (
        "Kim takes ONE-1.",
        "Lou takes TWO-1 from Kim, who has hours for another section by that.",
    )
    assert all(done.problem.teachers_of(one) for one in done.problem.sections.values())


def test_hands_are_changed_as_often_as_it_takes() -> None:
    files = _full("Lou")
    files["sections"].append(section("SIX-1", faculty="Lou"))
    files["faculty"].append(person("May", 1, "SIX"))
    done = after(FacultyLeaves(faculty="Zed"), **files)
    assert done.given == {"ONE-1": "Kim", "TWO-1": "Lou", "SIX-1": "May"}


def test_what_stays_is_not_handed_on() -> None:
    done = after(FacultyLeaves(faculty="Zed"), keep=("TWO-1",), **_full("Lou"))
    assert done.given == {}
    assert done.facts[-1].startswith("ONE-1 is without faculty")


def test_who_hands_on_clashes_as_little_as_may_be() -> None:
    files = _full("Lou", "May")
    problem = university(**files, faculty_times=[*small().faculty_times, times("Lou", "Mon", 0, 3, "away")])
    published = placed(problem, f"{GOOD}, TWO-1#1 Mon 09:00 hall")
    done = with_university_changes(problem, published, [FacultyLeaves(faculty="Zed")])
    assert done.given["TWO-1"] == "May"


def test_a_choice_that_was_made_is_kept() -> None:
    files = {
        "sections": [*small().sections[:1], section("GEN-1", faculty=None), *small().sections[2:]],
        "faculty": [*small().faculty, person("Dee", 9, "GEN")],
    }
    problem = university(**files)
    (was,) = problem.teachers_of(problem.sections["GEN-1"])
    done = after(EnrolmentGrows(student="zoe", sections=("GEN-1L",)), **files)
    assert done.plain.teachers_of(done.plain.sections["GEN-1"]) == (was,)
    assert done.given == {}


def test_nobody_is_named_for_more_hours_than_allowed() -> None:
    with pytest.raises(DataError, match="Cy would teach 3 hours, and 2 are allowed"):
        after(FacultyLeaves(faculty="Ben", by="Cy"))
    lax = UniversityRules().with_kind("faculty_hours", "off")
    problem = university(lax)
    changes = [FacultyLeaves(faculty="Ben", by="Cy")]
    assert with_university_changes(problem, placed(problem, GOOD), changes).given == {}


def test_somebody_is_away() -> None:
    done = after(
        FacultyAway(faculty="Ben", day="Mon"), FacultyAway(faculty="Cy", day="Tue", from_slot=2, to_slot=3)
    )
    rows = university_of(done.problem).files.faculty_times[-2:]
    assert [(r.faculty, r.day, r.first, r.last, r.kind) for r in rows] == [
        ("Ben", "Mon", 0, 3, "away"),
        ("Cy", "Tue", 1, 2, "away"),
    ]


def test_a_course_is_added_and_dealt_out() -> None:
    new = CourseAdded(
        course="BOT",
        department="BIO",
        lectures=2,
        labs=1,
        lab_features=("Wet lab",),
        qualified=("Ben",),
        programme="BSC",
        year=1,
        sections=(
            NewSection(section="BOT-1", faculty="Cy"),
            NewSection(section="BOT-2"),
            NewSection(section="BOT-L", part="Lab", students=("zoe",)),
        ),
    )
    done = after(
        new, students=[*small().students, student("abe"), student("old", year=2)], faculty=_with_hours(9)
    )
    files = university_of(done.problem).files
    attends = {row.student: row.sections for row in files.enrolments}
    assert attends["batch"][-1] == "BOT-1"
    assert attends["zoe"] == ("ALG-1", "BOT-2", "BOT-L")
    assert attends["abe"] == ("BOT-2",)
    assert "old" not in attends
    assert done.given == {"BOT-2": "Ben", "BOT-L": "Ben"}
    assert [len(s.meetings) for s in done.problem.course["BOT"].sections] == [2, 2, 1]
    assert done.problem.meetings["BOT-L#1"].rooms == ("lab",)
    assert [p.courses for p in files.faculty if p.id == "Cy"] == [("ALG", "BOT")]


def test_a_course_is_dropped() -> None:
    done = after(CourseDropped(course="GEN"))
    assert "GEN" not in done.problem.course
    files = university_of(done.problem).files
    assert {row.student: row.sections for row in files.enrolments}["batch"] == ("ALG-1", "ART-1")
    assert all("GEN" not in row.courses for row in files.faculty)


def test_sections_come_and_go() -> None:
    new = SectionAdded(section="ALG-2", course="ALG", students=("zoe",))
    done = after(new)
    assert done.given == {"ALG-2": "Ada"}
    assert done.problem.sections["ALG-2"].attendees == ("Ada", "zoe")
    assert done.problem.sections["ALG-1"].headcount == 15
    back = with_university_changes(done.plain, Timetable(), [SectionDropped(section="ALG-1", to="ALG-2")])
    assert back.problem.sections["ALG-2"].headcount == 16
    gone = after(SectionDropped(section="ALG-1"))
    assert "ALG-1" not in gone.problem.sections
    assert gone.problem.sections["GEN-1"].headcount == 15


def test_a_year_gets_more_people() -> None:
    done = after(EnrolmentGrows(programme="BSC", year=1, people=3))
    assert done.problem.sections["ALG-1"].headcount == 19
    assert len(done.problem.groups) == 2
    single = {
        "students": [student("abe"), student("zoe")],
        "enrolments": [enrolled("abe", "ALG-1", "GEN-1"), enrolled("zoe", "ALG-1")],
    }
    done = after(EnrolmentGrows(programme="BSC", year=1, people=3), **single)
    assert [group.id for group in done.problem.groups] == ["abe", "zoe", "abe+1", "abe+2", "zoe+1"]
    assert done.problem.sections["GEN-1"].headcount == 3
    assert done.problem.sections["ALG-1"].headcount == 5


def test_a_student_joins_sections_and_leaves_parallel_ones() -> None:
    done = after(EnrolmentGrows(student="zoe", sections=("GEN-1",)))
    assert done.problem.sections["GEN-1"].headcount == 16
    done = after(EnrolmentGrows(student="new", sections=("GEN-1",), programme="BSC", year=2))
    assert done.problem.attendee["new"].tags == {"BSC", "Year 2"}
    more = [*small().sections, section("GEN-2", faculty="Ben")]
    done = after(EnrolmentGrows(student="batch", sections=("GEN-2",)), sections=more)
    assert (done.problem.sections["GEN-1"].headcount, done.problem.sections["GEN-2"].headcount) == (0, 15)


def test_a_department_is_frozen() -> None:
    done = after(DepartmentFrozen(department="BIO"))
    assert done.kept == ("GEN-1#1", "GEN-1L#1")
    meeting = done.problem.meetings["GEN-1#1"]
    assert len(meeting.times) == 1
    assert meeting.rooms == ("hall",)
    assert len(done.plain.meetings["GEN-1#1"].times) == 8
    assert len(done.problem.meetings["ALG-1#1"].times) == 8
    published = placed(university(), GOOD)
    assert evaluate(done.problem, published).feasible
    moved = published.place("GEN-1#1", done.plain.calendar.time("Mon 09:00"), "hall")
    assert evaluate(done.plain, moved).feasible
    assert not evaluate(done.problem, moved).feasible


def test_what_is_frozen_in_a_room_that_closes_keeps_its_hour() -> None:
    done = after(RoomCloses(room="hall"), DepartmentFrozen(department="MAT"), RoomCloses(room="nook"))
    meeting = done.problem.meetings["ALG-1#1"]
    assert [done.problem.calendar.name(time) for time in meeting.times] == ["Mon 11:00"]
    assert meeting.rooms == ("lab",)


@pytest.mark.parametrize("name", ["GEN-1", "GEN", "BIO", "Ben"])
def test_a_name_says_what_stays(name: str) -> None:
    assert "GEN-1#1" in after(keep=(name,)).kept
    assert "ALG-1#1" not in after(keep=(name,)).kept


WRONG: dict[str, tuple[Any, str]] = {
    "faculty": (FacultyLeaves(faculty="Ade"), "no member of the faculty is called 'Ade'\n  Maybe 'Ada' was"),
    "takes itself": (FacultyLeaves(faculty="Ada", by="Ada"), "'Ada' leaves and cannot take a section"),
    "taker": (FacultyLeaves(faculty="Ada", by="Xi"), "no member of the faculty is called 'Xi'"),
    "not taught": (FacultyLeaves(faculty="Ada", sections={"GEN-1": "Cy"}), "Ada does not teach 'GEN-1'"),
    "day": (FacultyAway(faculty="Ada", day="Mo"), "no day is called 'Mo'\n  Maybe 'Mon' was meant?"),
    "slot": (FacultyAway(faculty="Ada", day="Mon", from_slot=5), "Mon has no slot 5\n  Maybe 4 is the last"),
    "order": (FacultyAway(faculty="Ada", day="Mon", from_slot=3, to_slot=2), "before they begin at 3"),
    "room": (RoomCloses(room="nok"), "no room is called 'nok'\n  Maybe 'nook' was meant?"),
    "department": (DepartmentFrozen(department="BIOL"), "no department is called 'BIOL'"),
    "course": (CourseDropped(course="GENE"), "no course is called 'GENE'\n  Maybe 'GEN' was meant?"),
    "section": (SectionDropped(section="ALG-9"), "no section is called 'ALG-9'"),
    "beside": (SectionDropped(section="ALG-1", to="GEN-1"), "'GEN-1' is no section beside ALG-1"),
    "exists": (SectionAdded(section="ALG-1", course="ALG"), "'ALG-1' is a section already"),
    "part": (SectionAdded(section="ALG-2", course="ALG", part="Lab"), "ALG has no labs a week"),
    "semester": (SectionAdded(section="ART-2", course="ART"), "ART is held in the even semester"),
    "of course": (SectionAdded(section="GEO-1", course="GEO"), "no course is called 'GEO'"),
    "students": (SectionAdded(section="ALG-2", course="ALG", students=("zo",)), "1 of the students who"),
    "feature": (
        SectionAdded(section="ALG-2", course="ALG", features=("Wetlab",)),
        "Maybe 'Wet lab' was meant?",
    ),
    "year": (
        EnrolmentGrows(programme="BSC", year=3, people=1),
        "BSC has no students in year 3\n  Maybe one of 1?",
    ),
    "programme": (EnrolmentGrows(programme="BCS", year=1, people=1), "no programme is called 'BCS'"),
    "student": (EnrolmentGrows(student="yan", sections=("ALG-1",)), "the student is not known"),
    "again": (EnrolmentGrows(student="zoe", sections=("ALG-1",)), "the student attends 'ALG-1' already"),
    "known": (
        EnrolmentGrows(student="zoe", sections=("GEN-1",), programme="BSC", year=1),
        "the student is known already",
    ),
    "new course": (
        CourseAdded(
            course="ALG", department="MAT", lectures=1, sections=(NewSection(section="A", faculty="Cy"),)
        ),
        "'ALG' is a course already",
    ),
    "nobody": (
        CourseAdded(course="BOT", department="BIO", lectures=1, sections=(NewSection(section="BOT-1"),)),
        "nobody is qualified to teach BOT",
    ),
    "long": (
        CourseAdded(
            course="BOT",
            department="BIO",
            lectures=1,
            lecture_slots=5,
            sections=(NewSection(section="BOT-1", faculty="Cy"),) * 2,
        ),
        "'BOT-1' is named 2 times",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_is_refused_with_a_cure(name: str) -> None:
    change, words = WRONG[name]
    with pytest.raises(DataError) as refused:
        after(change)
    assert words in str(refused.value)
    assert all(issue.cure for issue in refused.value.issues)
    assert "zoe" not in str(refused.value)


def test_all_faults_come_at_once_and_nothing_is_made(problem: Problem, published: Timetable) -> None:
    changes = [change for change, _ in WRONG.values()]
    with pytest.raises(DataError) as refused:
        with_university_changes(problem, published, [RoomCloses(room="nook"), *changes], keep=("zed",))
    places = {issue.path for issue in refused.value.issues}
    assert {f"change {number} ({change.kind})" for number, change in enumerate(changes, 2)} <= places
    assert "nothing is called 'zed' that could stay" in str(refused.value)
    assert "nook" in problem.room


def test_a_school_has_no_such_changes() -> None:
    with pytest.raises(EchelonError, match="was not made of the files of a university"):
        with_university_changes(Problem("school", university().calendar), Timetable(), [])


def test_changed_files_are_written_and_read_again(tmp_path: Path) -> None:
    done = after(
        FacultyLeaves(faculty="Ada"),
        FacultyAway(faculty="Ben", day="Tue", to_slot=1),
        EnrolmentGrows(student="new", sections=("GEN-1",), programme="BSC", year=2),
    )
    write_university_files(university_of(done.plain).files, tmp_path / "u")
    again = read_university_files(tmp_path / "u")
    assert [row.faculty for row in again.sections if row.course == "ALG"] == ["Cy"]
    assert again.students[-1].id == "new"


def test_blanks_around_a_name_are_left_out_as_in_a_cell(tmp_path: Path) -> None:
    done = after(SectionAdded(section=" ALG-2 ", course="ALG ", faculty="Cy"))
    write_university_files(university_of(done.plain).files, tmp_path / "u")
    assert read_university_files(tmp_path / "u").sections[-1].id == "ALG-2"
    assert "ALG-2" in done.plain.sections


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([RoomCloses(room=room) for room in ("hall", "nook", "lab")], "no room is left"),
        ([CourseDropped(course=course) for course in ("ALG", "GEN", "ART")], "no section is left"),
        ([EnrolmentGrows(programme="BSC", year=1, people=10_000)] * 2, "a batch would have more than 10,000"),
    ],
    ids=["room", "section", "batch"],
)
def test_no_files_are_made_that_nobody_could_read(changes: list[Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        after(*changes)


def test_changes_come_from_a_file() -> None:
    changes = read_university_changes(SAMPLES / "small_college_changes.toml")
    kinds = [change.kind for change in changes]
    assert kinds == ["faculty_leaves"] * 4 + ["faculty_away"] * 3 + ["room_closes"] * 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '[[changes]]\nkind = "room_close"\n',
            "no change is of the kind 'room_close'\n  Maybe 'room_closes' was",
        ),
        (
            '[[changes]]\nkind = "room_closes"\nrom = "A"\n',
            "change 1, rom: the key is unknown\n  Maybe 'room' was",
        ),
        (
            '[[changes]]\nkind = "enrolment_grows"\nstudent = "zoe"\n',
            "a student joins sections\n  Maybe name the",
        ),
        *(
            (f'[[changes]]\nkind = "section_added"\ncourse = "ALG"\nsection = "{name}"\n', words)
            for name, words in (
                (
                    "X;Y",
                    "change 1, section: it holds ';', which separates the names",
                ),
                ("  ", "change 1, section: it is blank\n  Maybe write a name?"),
                ("", "change 1, section: it is blank\n  Maybe write a name?"),
                ("X\\u200bY", "change 1, section: it holds the invisible character U+200B\n  Maybe type"),
            )
        ),
        ("change = []\n", "unknown keys: 'change'"),
        ("[[changes]\n", "this is not TOML"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "changes.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as refused:
        read_university_changes(path)
    assert words in str(refused.value)
    assert "zoe" not in str(refused.value)


def test_each_change_has_a_sentence() -> None:
    for change, _ in WRONG.values():
        assert change.sentence().endswith(".")
    assert UNIVERSITY_CHANGES.json_schema()["items"]["discriminator"]["propertyName"] == "kind"


def _with_hours(hours: int) -> list[Any]:
    return [person(row.id, hours, *row.courses, department=row.department) for row in small().faculty]


def _courses(*ids: str) -> list[Any]:
    return [course(id, 1) for id in ids]
