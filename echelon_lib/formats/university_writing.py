"""The files of a university, written from its records so that reading them gives the same records again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from echelon_lib.formats.table_folder import CellTexts, Columns, Rows, table_of_cells, write_tables
from echelon_lib.formats.tables import table_text
from echelon_lib.formats.university_records import (
    CALENDAR,
    COLUMNS,
    COURSES,
    DEPARTMENTS,
    ENROLMENTS,
    FACULTY,
    FACULTY_TIMES,
    MAY_BE_ABSENT,
    PROGRAMMES,
    ROOMS,
    SECTIONS,
    STUDENTS,
    CalendarRecord,
    CourseRecord,
    UniversityFiles,
)


def write_university_files(files: UniversityFiles, folder: str | Path) -> None:
    """Write the CSV files of a university into a new or empty folder, all of them or none.

    ``read_university_files`` gives the same records, whose rows are numbered anew. Optional columns and files
    are written where something stands in them.

    Raises
    ------
    DataError
        The folder holds something already, is a file, or cannot be written to.
    """
    write_tables(folder, university_tables(files))


def university_contents(files: UniversityFiles) -> dict[str, bytes]:
    """Return the content of each file of a university by its name, as ``write_university_files`` does."""
    return {name: table_text(name, *table).encode() for name, table in university_tables(files).items()}


def university_tables(files: UniversityFiles) -> dict[str, tuple[Columns, Rows]]:
    """Return the columns and the rows of each file of a university, by file name."""
    batches = any(student.size != 1 for student in files.students)
    cells: dict[str, Iterable[tuple[CellTexts, CellTexts]]] = {
        CALENDAR: ((_day(files, row), row.extra) for row in files.calendar),
        DEPARTMENTS: (
            ({"Department ID": row.id, "Name": row.name, "School": row.school}, row.extra)
            for row in files.departments
        ),
        PROGRAMMES: (
            (
                {
                    "Programme ID": row.id,
                    "Department ID": row.department,
                    "Name": row.name,
                    "Years": _number(row.years),
                },
                row.extra,
            )
            for row in files.programmes
        ),
        COURSES: ((_course(row), row.extra) for row in files.courses),
        SECTIONS: (
            (
                {
                    "Section ID": row.id,
                    "Course ID": row.course,
                    "Part": row.part,
                    "Faculty ID": row.faculty or "",
                    "Features": _listed(row.features),
                    "Seats": _number(row.seats),
                },
                row.extra,
            )
            for row in files.sections
        ),
        FACULTY: (
            (
                {
                    "Faculty ID": row.id,
                    "Department ID": row.department,
                    "Maximum Hours": str(row.maximum),
                    "Courses": ";".join(row.courses),
                    "Name": row.name,
                },
                row.extra,
            )
            for row in files.faculty
        ),
        FACULTY_TIMES: (
            (
                {
                    "Faculty ID": row.faculty,
                    "Day": row.day,
                    "From Slot": str(row.first + 1),
                    "To Slot": str(row.last + 1),
                    "Kind": row.kind,
                },
                row.extra,
            )
            for row in files.faculty_times
        ),
        ROOMS: (
            (
                {
                    "Room ID": row.id,
                    "Capacity": str(row.capacity),
                    "Building": row.building,
                    "Features": _listed(row.features),
                },
                row.extra,
            )
            for row in files.rooms
        ),
        STUDENTS: (
            (
                {
                    "Student ID": row.id,
                    "Programme ID": row.programme,
                    "Year": str(row.year),
                    "Size": str(row.size) if batches else "",
                },
                row.extra,
            )
            for row in files.students
        ),
        ENROLMENTS: (
            ({"Student ID": row.student, "Sections": ";".join(row.sections)}, row.extra)
            for row in files.enrolments
        ),
    }
    tables = {
        name: table_of_cells(COLUMNS[name], files.carried.get(name, ()), rows) for name, rows in cells.items()
    }
    return {name: table for name, table in tables.items() if table[1] or name not in MAY_BE_ABSENT}


def _day(files: UniversityFiles, row: CalendarRecord) -> CellTexts:
    return {
        "Day": row.day,
        "Slots": str(row.slots),
        "First Slot": row.first,
        "Slot Minutes": str(row.minutes),
        "Academic Year": files.academic_year,
        "Semester": files.semester or "",
    }


def _course(row: CourseRecord) -> CellTexts:
    return {
        "Course ID": row.id,
        "Department ID": row.department,
        "Lectures": str(row.lectures),
        "Labs": str(row.labs),
        "Name": row.name,
        "Credits": _number(row.credits),
        "Lecture Slots": str(row.lecture_slots),
        "Lab Slots": str(row.lab_slots),
        "Lecture Features": _listed(row.lecture_features),
        "Lab Features": _listed(row.lab_features),
        "Semester": row.semester,
        "Kind": row.kind or "",
    }


def _listed(features: frozenset[str]) -> str:
    return ";".join(sorted(features))


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
