"""The people of a university: faculty with their times, and students with what they attend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from echelon_lib.domain.calendar import MOST_SLOTS
from echelon_lib.formats.school_cells import Cells, Findings, distinct, listed
from echelon_lib.formats.school_names import Names
from echelon_lib.formats.tables import Table
from echelon_lib.formats.university_calendar import Week
from echelon_lib.formats.university_records import (
    COURSES,
    TIMES_KINDS,
    EnrolmentRecord,
    FacultyRecord,
    FacultyTimesRecord,
    TeachingRecord,
    UniversityStudentRecord,
)

MOST_YEARS = 20
MOST_IN_BATCH = 10_000


def read_faculty(cells: Cells, departments: Names, courses: Names) -> FacultyRecord:
    """Return someone who teaches; one who is qualified for nothing is noted."""
    qualified = listed(cells, "Courses", ";", "Courses", courses)
    if not qualified and cells.has("Courses"):
        cells.tally("Courses", f"Faculty who are qualified for no course of {COURSES}")
    return FacultyRecord(
        id=cells.raw("Faculty ID"),
        department=cells.reference("Department ID", cells.identifier("Department ID"), departments),
        maximum=cells.whole("Maximum Hours", 0, 168, may_be_blank=False) or 0,
        courses=qualified,
        name=cells.text("Name"),
        extra=cells.extra,
        row=cells.line,
    )


def read_faculty_times(
    table: Table, findings: Findings, faculty: Names, week: Week
) -> tuple[FacultyTimesRecord, ...]:
    """Return when faculty are away or like to teach; what is both counts as away, which is noted."""
    records: list[FacultyTimesRecord] = []
    away: dict[tuple[str, str], int] = {}
    liked: list[tuple[FacultyTimesRecord, Cells]] = []
    most = week.slots or MOST_SLOTS
    for row in table.rows:
        cells = Cells(table, row, findings)
        first = cells.whole("From Slot", 1, most, may_be_blank=False)
        last = cells.whole("To Slot", 1, most, may_be_blank=False)
        if first and last and last < first:
            message = f"The slots end at {last}, before they begin at {first}."
            cells.problem("To Slot", message, "exchange the two.")
        kind = cells.one_of("Kind", TIMES_KINDS, may_be_blank=False)
        record = FacultyTimesRecord(
            faculty=cells.reference("Faculty ID", cells.identifier("Faculty ID"), faculty),
            day=cells.reference("Day", cells.identifier("Day"), week.names),
            first=(first or 1) - 1,
            last=(last or 1) - 1,
            kind=kind or "away",
            extra=cells.extra,
            row=cells.line,
        )
        records.append(record)
        if record.kind == "away":
            key = record.faculty, record.day
            away[key] = away.get(key, 0) | _bits(record)
        else:
            liked.append((record, cells))
    for record, cells in liked:
        if away.get((record.faculty, record.day), 0) & _bits(record):
            cells.tally("Kind", "Slots that are both preferred and away count as away")
    return tuple(records)


def _bits(record: FacultyTimesRecord) -> int:
    return sum(1 << slot for slot in range(record.first, record.last + 1))


def read_student(cells: Cells, programmes: Names, years: Mapping[str, int | None]) -> UniversityStudentRecord:
    """Return a student or a batch; a year beyond those of the programme is noted."""
    programme = cells.reference("Programme ID", cells.identifier("Programme ID"), programmes)
    year = cells.whole("Year", 1, MOST_YEARS, may_be_blank=False)
    if (year or 0) > (years.get(programme) or MOST_YEARS):
        cells.tally("Year", "Students in a year that their programme does not have")
    size = cells.whole("Size", 1, MOST_IN_BATCH)
    return UniversityStudentRecord(
        id=cells.raw("Student ID"),
        programme=programme,
        year=year or 1,
        size=1 if size is None else size,
        extra=cells.extra,
        row=cells.line,
    )


def read_enrolments(
    table: Table,
    findings: Findings,
    students: Names,
    sections: Names,
    records: Sequence[TeachingRecord],
) -> tuple[EnrolmentRecord, ...]:
    """Return who attends what; two sections of one part of a course are noted."""
    part_of = {record.id: (record.course, record.part) for record in records}
    enrolments: list[EnrolmentRecord] = []
    for cells in distinct(table, "Student ID", findings):
        attended = listed(cells, "Sections", ";", "Sections", sections)
        if not attended and cells.has("Sections"):
            cells.tally("Sections", "Students who attend nothing")
        parts = [part_of[name] for name in attended if name in part_of]
        if len({*parts}) < len(parts):
            cells.tally("Sections", "Students in two sections of one part of a course")
        enrolments.append(
            EnrolmentRecord(
                student=cells.reference("Student ID", cells.raw("Student ID"), students),
                sections=attended,
                extra=cells.extra,
                row=cells.line,
            )
        )
    return tuple(enrolments)
