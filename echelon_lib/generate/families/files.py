"""The files of a school of a family, and how they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from echelon_lib.formats.run_reading import ASSIGNMENT_COLUMNS, ASSIGNMENTS, MASTER, SCHEDULE_COLUMNS
from echelon_lib.formats.school_records import (
    COURSES,
    PERIODS,
    PREFERENCES,
    SECTIONS,
    STUDENTS,
    TEACHERS,
    UNAVAILABILITY,
)
from echelon_lib.formats.table_folder import write_tables
from echelon_lib.generate.families.courses import OfferedCourse
from echelon_lib.generate.families.sections import PlannedSection
from echelon_lib.generate.families.students import Pupil
from echelon_lib.generate.families.teachers import Staff
from echelon_lib.generate.school import COLUMNS, Rows, SchoolTables

RULES = "rules.toml"
PLANTED = "planted"
"""Folder of the answer that is known, where there is one."""

Table = tuple[tuple[str, ...], Rows]


@dataclass(frozen=True, slots=True)
class FamilySchool:
    """A school of a family.

    Parameters
    ----------
    school
        The tables of its files.
    rules
        Text of its rules file.
    planted
        Tables of a timetable that meets every request and keeps every required rule, if one is known.
    """

    school: SchoolTables
    rules: str
    planted: Mapping[str, Table] = field(default_factory=dict)

    def write(self, folder: str | Path) -> None:
        """Write the files into a new or empty folder, all of them or none.

        Raises
        ------
        DataError
            The folder holds something already, is a file, or cannot be written to.
        """
        planted = {f"{PLANTED}/{name}": table for name, table in self.planted.items()}
        write_tables(folder, {**self.school.tables, **planted}, texts={RULES: self.rules})


def school_tables(
    pupils: Sequence[Pupil],
    sections: Sequence[PlannedSection],
    staff: Sequence[Staff],
    names: Sequence[str],
) -> SchoolTables:
    """Return the tables of a school's files."""
    width = max(3, len(str(len(staff))))
    teachers = [f"T{number:0{width}d}" for number in range(1, len(staff) + 1)]
    students = student_ids(pupils)
    rows: dict[str, Rows] = {
        SECTIONS: tuple(
            (name, one.course.title, teachers[one.teacher], str(one.seats), one.course.department)
            for name, one in zip(section_ids(sections), sections, strict=True)
        ),
        STUDENTS: tuple(
            (name, _yes_no(one.sped), str(one.grade), _yes_no(one.ell), one.programme)
            for name, one in zip(students, pupils, strict=True)
        ),
        TEACHERS: tuple(
            (
                name,
                one.department,
                one.dedicated,
                str(len(one.sections)),
                str(sum(section.course.lab for section in one.sections)),
            )
            for name, one in zip(teachers, staff, strict=True)
        ),
        PREFERENCES: tuple((name, ";".join(one.wishes)) for name, one in zip(students, pupils, strict=True)),
        UNAVAILABILITY: tuple(
            (name, ";".join(names[period] for period in one.away))
            for name, one in zip(teachers, staff, strict=True)
            if one.away
        ),
        PERIODS: tuple((str(number), name) for number, name in enumerate(names, start=1)),
        COURSES: _courses(pupils, [one.course for one in sections]),
    }
    columns = {
        **COLUMNS,
        STUDENTS: (*COLUMNS[STUDENTS], "Programme"),
        COURSES: ("Course ID", "Core", "Lab", "Grades"),
    }
    return SchoolTables({name: (columns[name], rows[name]) for name in columns})


def answer_tables(
    pupils: Sequence[Pupil],
    sections: Sequence[PlannedSection],
    seated: Sequence[Sequence[int]],
    names: Sequence[str],
) -> dict[str, Table]:
    """Return the tables of the timetable in which everybody sits where ``seated`` says."""
    ids = section_ids(sections)
    return {
        MASTER: (
            SCHEDULE_COLUMNS,
            tuple((name, names[one.period]) for name, one in zip(ids, sections, strict=True)),
        ),
        ASSIGNMENTS: (
            ASSIGNMENT_COLUMNS,
            tuple(
                (name, ids[number])
                for name, own in zip(student_ids(pupils), seated, strict=True)
                for number in sorted(own)
            ),
        ),
    }


def section_ids(sections: Sequence[PlannedSection]) -> list[str]:
    """Return the ids of the sections, in their order."""
    width = max(3, len(str(len(sections))))
    return [f"S{number:0{width}d}" for number in range(1, len(sections) + 1)]


def student_ids(pupils: Sequence[Pupil]) -> list[str]:
    """Return the ids of the students, in their order."""
    width = len(str(len(pupils)))
    return [f"ST{number:0{width}d}" for number in range(1, len(pupils) + 1)]


def _courses(pupils: Sequence[Pupil], courses: Sequence[OfferedCourse]) -> Rows:
    """Return the rows of the courses file; students who fall back to a course may take it as well."""
    grades: dict[str, set[int]] = {one.title: set(one.grades) for one in courses}
    for pupil in pupils:
        for title in pupil.titles:
            grades[title].add(pupil.grade)
    offered = {one.title: one for one in courses}
    return tuple(
        (title, _yes_no(one.core), _yes_no(one.lab), ";".join(map(str, sorted(grades[title]))))
        for title, one in offered.items()
    )


def _yes_no(value: bool) -> str:
    return "Yes" if value else "No"
