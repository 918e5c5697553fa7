"""A university of a few rows, written as the records of its files, for tests that change some of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal

from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.formats.university_records import (
    CalendarRecord,
    CourseRecord,
    DepartmentRecord,
    EnrolmentRecord,
    FacultyRecord,
    FacultyTimesRecord,
    ProgrammeRecord,
    RoomRecord,
    TeachingRecord,
    UniversityFiles,
    UniversityStudentRecord,
)
from echelon_lib.university import UniversityRules, university_problem

Part = Literal["Lecture", "Lab"]


def course(id: str, lectures: int = 0, labs: int = 0, **more: Any) -> CourseRecord:
    return CourseRecord(
        **{"id": id, "department": "MAT", "lectures": lectures, "labs": labs, "row": 2, **more}
    )


def section(id: str, part: Part = "Lecture", faculty: str | None = "Ada", **more: Any) -> TeachingRecord:
    """A section of the course that its name begins with."""
    of = id.partition("-")[0]
    return TeachingRecord(**{"id": id, "course": of, "part": part, "faculty": faculty, "row": 2, **more})


def person(id: str, maximum: int = 8, *courses: str, **more: Any) -> FacultyRecord:
    return FacultyRecord(
        **{"id": id, "department": "MAT", "maximum": maximum, "courses": courses, "row": 2, **more}
    )


def room(id: str, capacity: int, building: str = "North", *features: str) -> RoomRecord:
    return RoomRecord(id=id, capacity=capacity, building=building, features=frozenset(features), row=2)


def times(
    who: str, day: str, first: int, last: int, kind: Literal["away", "preferred"]
) -> FacultyTimesRecord:
    return FacultyTimesRecord(faculty=who, day=day, first=first, last=last, kind=kind, row=2)


def student(id: str, size: int = 1, programme: str = "BSC", year: int = 1) -> UniversityStudentRecord:
    return UniversityStudentRecord(id=id, programme=programme, year=year, size=size, row=2)


def enrolled(who: str, *sections: str) -> EnrolmentRecord:
    return EnrolmentRecord(student=who, sections=sections, row=2)


def small(**changes: Iterable[Any] | str) -> UniversityFiles:
    """Two days of four hours; Ada gives algebra, Ben genetics with a lab; a batch of 15 and a student.

    Everything is feasible: algebra (2 hours) for both, genetics (1 hour and a lab of 2) for the batch.
    """
    files = UniversityFiles(
        calendar=tuple(
            CalendarRecord(day=day, slots=4, first="09:00", minutes=60, row=2) for day in ("Mon", "Tue")
        ),
        departments=(DepartmentRecord(id="MAT", row=2), DepartmentRecord(id="BIO", row=3)),
        programmes=(ProgrammeRecord(id="BSC", department="MAT", row=2),),
        courses=(
            course("ALG", 2, kind="core"),
            course(
                *("GEN", 1, 1),
                department="BIO",
                lecture_features=frozenset({"Projector"}),
                lab_features=frozenset({"Wet lab"}),
                kind="open elective",
            ),
            course("ART", 3, semester="even"),
        ),
        sections=(
            section("ALG-1"),
            section("GEN-1", faculty="Ben"),
            section("GEN-1L", "Lab", "Ben"),
            section("ART-1"),
        ),
        faculty=(
            person("Ada", 4, "ALG", "ART"),
            person("Ben", 8, "GEN", department="BIO"),
            person("Cy", 2, "ALG"),
        ),
        faculty_times=(times("Ada", "Mon", 0, 1, "away"), times("Ben", "Tue", 0, 3, "preferred")),
        rooms=(room("hall", 40, "South", "Projector"), room("nook", 16), room("lab", 20, "South", "Wet lab")),
        students=(student("batch", 15), student("zoe")),
        enrolments=(
            enrolled("batch", "ALG-1", "GEN-1", "GEN-1L", "ART-1"),
            enrolled("zoe", "ALG-1"),
        ),
        semester="odd",
    )
    return replace(
        files, **{name: value if isinstance(value, str) else tuple(value) for name, value in changes.items()}
    )


def university(rules: UniversityRules | None = None, **changes: Iterable[Any] | str) -> Problem:
    """The problem of the small university, with some of its files changed."""
    return university_problem(small(**changes), rules, name="small")


def placed(problem: Problem, words: str) -> Timetable:
    """A timetable from words such as ``ALG-1#1 Mon 11:00 hall``, separated by commas.

    A meeting takes as many hours as its times have.
    """
    found: dict[str, Placement] = {}
    for meeting, day, hour, where in map(str.split, words.split(",")):
        start = problem.calendar.time(f"{day} {hour}")
        lengths = {time.length for time in problem.meetings[meeting].times} or {1}
        found[meeting] = Placement(replace(start, length=lengths.pop()), where)
    return Timetable(found)


GOOD = "ALG-1#1 Mon 11:00 nook, ALG-1#2 Tue 09:00 nook, GEN-1#1 Tue 10:00 hall, GEN-1L#1 Tue 11:00 lab"
"""A timetable of the small university that keeps every required rule and pays for 4 rules only."""
