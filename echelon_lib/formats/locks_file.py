"""A file of locks beside the files of a school: what a person wants to stay of a timetable.

It has the columns of the school's own ``Locks.csv``, and is read against the files of the school.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import replace
from io import StringIO
from pathlib import Path

from echelon_lib.domain.errors import DataError
from echelon_lib.domain.locks import Lock
from echelon_lib.formats.csv_text import escape_cell
from echelon_lib.formats.object_store import Address, is_address, read_object
from echelon_lib.formats.school_cells import Findings
from echelon_lib.formats.school_locks import Known, locks_in, read_locks, records_of
from echelon_lib.formats.school_names import Names
from echelon_lib.formats.school_records import (
    COLUMNS,
    LOCKS,
    PERIODS,
    SECTIONS,
    STUDENTS,
    TEACHERS,
    SchoolFiles,
)
from echelon_lib.formats.school_writing import locks_table
from echelon_lib.formats.tables import LARGEST_FILE, Table, read_table, table_from

_CURE = "correct it, or delete the row."


def read_locks_file(
    place: str | Path, files: SchoolFiles, *, accept_headers: bool = False
) -> tuple[Lock, ...]:
    """Return the locks of a file, each a person's.

    Parameters
    ----------
    place
        The file, or its address in an object store.
    files
        The files of the school, to which it refers.
    accept_headers
        Take column titles that nearly fit.

    Raises
    ------
    DataError
        When the file is missing, names what the school does not have, or contradicts itself or the school's
        own locks; with an issue for each.
    """
    findings = Findings()
    table = _table(place, accept_headers)
    findings.issues.extend(table.issues)
    records = read_locks(table, findings, _known(files), before=files.locks)
    if findings.issues:
        raise DataError(findings.issues)
    return tuple(locks_in(records, table.path))


def locks_text(files: SchoolFiles, locks: Iterable[Lock]) -> str:
    """Return the text of a file with a person's locks."""
    columns, rows = locks_table(replace(files, locks=records_of(locks), carried={}))
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([escape_cell(cell) for cell in row] for row in rows)
    return text.getvalue()


def _table(place: str | Path, accept_headers: bool) -> Table:
    required, optional = COLUMNS[LOCKS]
    if not is_address(place):
        return read_table(place, required=required, optional=optional, accept_headers=accept_headers)
    return table_from(
        Address.parse(str(place)).name,
        lambda: read_object(str(place), most=LARGEST_FILE),
        required=required,
        optional=optional,
        accept_headers=accept_headers,
    )


def _known(files: SchoolFiles) -> Known:
    def names(kind: str, place: str, given: Iterable[str]) -> Names:
        return Names(kind, f" in {place}", frozenset(given), _CURE)

    return Known(
        sections={section.id: section for section in files.sections},
        names={
            "section": names("section", SECTIONS, (row.id for row in files.sections)),
            "course": names("course", SECTIONS, (row.course for row in files.sections)),
            "department": names("department", SECTIONS, (row.department for row in files.sections)),
            "teacher": names("teacher", TEACHERS, (row.id for row in files.teachers)),
            "student": names("student", STUDENTS, (row.id for row in files.students)),
        },
        periods=names("period", PERIODS, (row.name for row in files.periods)),
        asked={row.student: row.courses for row in files.preferences},
    )
