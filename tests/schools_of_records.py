"""Schools of a few words that know the records they were made of, so that actions may change them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from echelon_lib import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.formats.school_records import (
    CourseRecord,
    PeriodRecord,
    PreferenceRecord,
    SchoolFiles,
    SectionRecord,
    StudentRecord,
    TeacherRecord,
    UnavailabilityRecord,
)
from echelon_lib.school_rules import SchoolRules
from echelon_lib.schools import School

_SECTION = re.compile(r"(?P<id>[^:/@]+)(:(?P<seats>\d+))?(/(?P<teacher>\w+))?(@(?P<periods>[\w+]+))?")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def school(
    sections: str,
    wishes: Mapping[str, str] | None = None,
    *,
    asked: Mapping[str, int] | None = None,
    periods: str = "R1 R2 G1 G2",
    teachers: str = "",
    away: Mapping[str, str] | None = None,
    sped: str = "",
    dedicated: Mapping[str, str] | None = None,
    departments: Mapping[str, str] | None = None,
    smallest: Mapping[str, int] | None = None,
    rules: Mapping[str, Any] | None = None,
) -> Problem:
    """Make a school of sections such as ``Art-1:2/pat@R1+G1``: seats (3), teacher, the only periods.

    Parameters
    ----------
    wishes
        For each student the courses in order, alternates after a bar: ``Art|Band Chess``.
    asked
        For each course students who ask for nothing else: ``{"Art": 3}`` makes Art_a, Art_b and Art_c.
    teachers
        Teachers without a section.
    departments
        Department of each course and of each teacher that is not of Arts.
    smallest
        Smallest section of each course that says so.
    rules
        Beside them, no section is too small.
    """
    where = dict(departments or {})
    rows, names = [], dict.fromkeys(teachers.split())
    for number, word in enumerate(sections.split(), start=2):
        match = _SECTION.fullmatch(word)
        assert match is not None, word
        course = match["id"].rpartition("-")[0]
        if match["teacher"]:
            names[match["teacher"]] = None
        rows.append(
            SectionRecord(
                id=match["id"],
                course=course,
                teacher=match["teacher"],
                seats=int(match["seats"] or 3),
                department=where.get(course, "Arts"),
                periods=tuple((match["periods"] or "").split("+")) if match["periods"] else (),
                row=number,
            )
        )
    lists = dict(wishes or {})
    for course, count in (asked or {}).items():
        lists |= {f"{course}_{letter}": course for letter in _LETTERS[:count]}
    files = SchoolFiles(
        sections=tuple(rows),
        students=tuple(
            StudentRecord(id=one, sped=one in sped.split(), row=row) for row, one in enumerate(lists, 2)
        ),
        teachers=tuple(
            TeacherRecord(
                id=one,
                department=where.get(one, "Arts"),
                dedicated_course=(dedicated or {}).get(one),
                row=row,
            )
            for row, one in enumerate(names, 2)
        ),
        preferences=tuple(
            PreferenceRecord(student=one, requests=tuple(tuple(w.split("|")) for w in text.split()), row=row)
            for row, (one, text) in enumerate(lists.items(), 2)
        ),
        unavailability=tuple(
            UnavailabilityRecord(teacher=one, periods=tuple(text.split()), row=row)
            for row, (one, text) in enumerate((away or {}).items(), 2)
        ),
        periods=tuple(
            PeriodRecord(id=str(row - 1), name=name, row=row) for row, name in enumerate(periods.split(), 2)
        ),
        courses=tuple(
            CourseRecord(id=one, min_size=count, row=row)
            for row, (one, count) in enumerate((smallest or {}).items(), 2)
        ),
    )
    return School(files, SchoolRules.from_mapping({"section_minimum": 0, **(rules or {})}), "tiny").problem()


def placed(problem: Problem, where: str, takes: Mapping[str, str] | None = None) -> Timetable:
    """Make a timetable of placements such as ``Art-1@R1`` and of the sections of each student."""
    at = dict(word.split("@") for word in where.split())
    return Timetable(
        {section: Placement(problem.calendar.time(period)) for section, period in at.items()},
        {student: frozenset(text.split()) for student, text in (takes or {}).items()},
    )


def seated(problem: Problem, **sections: str) -> Timetable:
    """Make a timetable of the students of each section, such as ``Art_1="ann bob"``, placed nowhere."""
    takes: dict[str, set[str]] = {}
    for name, students in sections.items():
        for student in students.split():
            takes.setdefault(student, set()).add(name.replace("_", "-"))
    return Timetable({}, {student: frozenset(some) for student, some in takes.items()})
