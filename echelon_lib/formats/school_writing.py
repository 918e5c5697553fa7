"""The files of a school, written from its records so that reading them gives the same records again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from echelon_lib.formats.school_records import (
    COLUMNS,
    COURSES,
    LOCKS,
    MAY_BE_ABSENT,
    PERIODS,
    PREFERENCES,
    SECTIONS,
    STUDENTS,
    TEACHERS,
    UNAVAILABILITY,
    CourseRecord,
    LockRecord,
    PreferenceRecord,
    SchoolFiles,
    SectionRecord,
    TeacherRecord,
)
from echelon_lib.formats.table_folder import CellTexts, Columns, Rows, table_of_cells, write_tables


def write_school_files(files: SchoolFiles, folder: str | Path) -> None:
    """Write the CSV files of a school into a new or empty folder, all of them or none.

    ``read_school_files`` gives the same records, whose rows are numbered anew. Optional columns and files
    are written where something stands in them.

    Raises
    ------
    DataError
        The folder holds something already, is a file, or cannot be written to.
    """
    write_tables(folder, school_tables(files))


def school_tables(files: SchoolFiles) -> dict[str, tuple[Columns, Rows]]:
    """Return the columns and the rows of each file of a school, by file name."""
    tables = {
        SECTIONS: sections_table(files),
        STUDENTS: _table(
            files,
            STUDENTS,
            (({"Student ID": row.id, "SPED": _yes_no(row.sped)}, row.extra) for row in files.students),
        ),
        TEACHERS: _table(files, TEACHERS, ((_teacher(row), row.extra) for row in files.teachers)),
        PREFERENCES: _table(files, PREFERENCES, ((_preference(row), row.extra) for row in files.preferences)),
        UNAVAILABILITY: _table(
            files,
            UNAVAILABILITY,
            (
                ({"Teacher ID": row.teacher, "Unavailable Periods": ";".join(row.periods)}, row.extra)
                for row in files.unavailability
            ),
        ),
        PERIODS: _table(
            files,
            PERIODS,
            (({"period_id": row.id, "period_name": row.name}, row.extra) for row in files.periods),
        ),
        COURSES: _table(files, COURSES, ((_course(row), row.extra) for row in files.courses)),
        LOCKS: locks_table(files),
    }
    return {name: table for name, table in tables.items() if table[1] or name not in MAY_BE_ABSENT}


def sections_table(files: SchoolFiles) -> tuple[Columns, Rows]:
    """Return the columns and the rows of the sections file, which is the one that changes of sections change.

    A section without a teacher has a blank cell; several periods are separated by ``;``.
    """
    return _table(files, SECTIONS, ((_section(row), row.extra) for row in files.sections))


def locks_table(files: SchoolFiles) -> tuple[Columns, Rows]:
    """Return the columns and the rows of the locks file, which is the one that a person's locks change."""
    return _table(files, LOCKS, ((_lock(row), row.extra) for row in files.locks))


def _table(
    files: SchoolFiles, name: str, rows: Iterable[tuple[CellTexts, CellTexts]]
) -> tuple[Columns, Rows]:
    """Return a table of rows, each given as the cells that are read and those carried for display."""
    return table_of_cells(COLUMNS[name], files.carried.get(name, ()), rows)


def _section(row: SectionRecord) -> CellTexts:
    return {
        "Section ID": row.id,
        "Course ID": row.course,
        "Teacher Assigned": row.teacher or "",
        "# of Seats Available": str(row.seats),
        "Department": row.department,
        "Period": ";".join(row.periods),
        "Lab": _yes_no(row.lab),
    }


def _teacher(row: TeacherRecord) -> CellTexts:
    return {
        "Teacher ID": row.id,
        "Department": row.department,
        "Dedicated Course": row.dedicated_course or "",
        "Current Load": _number(row.current_load),
        "Science Sections": _number(row.science_sections),
    }


def _preference(row: PreferenceRecord) -> CellTexts:
    entries = ["|".join(wish) for wish in row.requests]
    if row.pooled:
        entries.append("|".join(("", *row.pooled)))
    return {"Student ID": row.student, "Preferred Sections": ";".join(entries)}


def _course(row: CourseRecord) -> CellTexts:
    return {
        "Course ID": row.id,
        "Core": _yes_no(row.core),
        "Term": row.term or "",
        "Length": row.length or "",
        "Lab": _yes_no(row.lab),
        "Min Size": _number(row.min_size),
        "Grades": ";".join(row.grades),
        "Linked To": ";".join(row.linked_to),
    }


def _lock(row: LockRecord) -> CellTexts:
    return {
        "Kind": row.kind,
        "ID": row.id,
        "Period": ";".join(row.periods),
        "Teacher ID": row.teacher or "",
        "Section ID": row.section or "",
    }


def _yes_no(value: bool | None) -> str:
    return "" if value is None else ("Yes" if value else "No")


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
