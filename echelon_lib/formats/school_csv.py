"""The CSV files of a school: read row by row into records, every fault named at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Set
from pathlib import Path

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.formats.school_cells import Cells, Findings, distinct, named_periods, pieces
from echelon_lib.formats.school_folder import SchoolFolder
from echelon_lib.formats.school_locks import Known, read_locks
from echelon_lib.formats.school_names import Names, alike, names_in
from echelon_lib.formats.school_records import (
    COURSES,
    LOCKS,
    PERIODS,
    PREFERENCES,
    SECTIONS,
    STUDENTS,
    TEACHERS,
    UNAVAILABILITY,
    CourseRecord,
    PeriodRecord,
    PreferenceRecord,
    SchoolFiles,
    SectionRecord,
    StudentRecord,
    TeacherRecord,
    UnavailabilityRecord,
)
from echelon_lib.formats.tables import Table
from echelon_lib.formats.wording import rows_in_words, shown

__all__ = ["SchoolFiles", "read_school_files"]

MOST_PERIODS = 200
MOST_SEATS = 10_000

_NO_LOCK = "delete the row; what is not there cannot be locked."
_UNSTAFFED = {"", "tbd", "staff"}
_RANGE = re.compile(r"([0-9]{1,2}) ?[-–] ?([0-9]{1,2})")


def read_school_files(folder: str | Path, *, accept_headers: bool = False) -> SchoolFiles:
    """Read the CSV files of a school.

    Parameters
    ----------
    folder
        The folder that holds the files. ``Teacher_unavailability.csv``, ``Course_Information.csv`` and
        ``Locks.csv`` may be absent.
    accept_headers
        Take column titles that nearly fit, and note it; otherwise each is an error with a suggestion.

    Raises
    ------
    DataError
        With every problem of every file: path, row, column, value and cure.
    """
    files = SchoolFolder(folder, accept_headers=accept_headers)
    findings = files.findings

    table = files.table_of("period", PERIODS)
    periods = _periods(table, findings)
    period_names = _period_names(table, periods)

    table = files.table(TEACHERS)
    teacher_names = _names("teacher", table, "Teacher ID", f"add the teacher to {TEACHERS}.")
    teachers = tuple(_teacher(cells) for cells in distinct(table, "Teacher ID", findings))

    table = files.table_of("section", SECTIONS)
    sections = tuple(
        _section(cells, teacher_names, period_names) for cells in distinct(table, "Section ID", findings)
    )
    _note_similar_courses(sections, findings)
    offered = {section.course for section in sections}

    table = files.table_of("student", STUDENTS)
    cure = f"add the student to {STUDENTS}, or delete the row."
    student_names = _names("student", table, "Student ID", cure)
    students = tuple(_student(cells) for cells in distinct(table, "Student ID", findings))

    table = files.table(PREFERENCES)
    preferences = tuple(
        _preference(cells, student_names, offered) for cells in distinct(table, "Student ID", findings)
    )
    table = files.table(UNAVAILABILITY, may_be_absent=True)
    unavailability = _unavailability(table, findings, teacher_names, period_names)

    table = files.table(COURSES, may_be_absent=True)
    courses = tuple(_course(cells, offered) for cells in distinct(table, "Course ID", findings, ";|"))
    departments = frozenset(section.department for section in sections)
    known = Known(
        sections={section.id: section for section in sections},
        names={
            "section": Names("section", f" in {SECTIONS}", frozenset(s.id for s in sections), _NO_LOCK),
            "course": Names("course", f" in {SECTIONS}", frozenset(offered), _NO_LOCK),
            "department": Names("department", f" in {SECTIONS}", departments, _NO_LOCK),
            "teacher": teacher_names,
            "student": student_names,
        },
        periods=period_names,
        asked={row.student: row.courses for row in preferences},
    )
    locks = read_locks(files.table(LOCKS, may_be_absent=True), findings, known)
    if findings.issues:
        raise DataError(findings.issues)
    return SchoolFiles(
        sections=sections,
        students=students,
        teachers=teachers,
        preferences=preferences,
        unavailability=unavailability,
        periods=periods,
        courses=courses,
        locks=locks,
        notes=files.notes(),
        carried=files.carried,
        input_hashes=files.hashes,
    )


def _names(kind: str, table: Table, column: str, cure: str) -> Names:
    return Names(kind, f" in {table.path}", names_in(table, column), cure)


def _periods(table: Table, findings: Findings) -> tuple[PeriodRecord, ...]:
    """Return the periods; every other file refers to them by name."""
    records: list[PeriodRecord] = []
    first: dict[str, int] = {}
    for cells in distinct(table, "period_id", findings):
        name = cells.identifier("period_name", ";,")
        if name and first.setdefault(name, cells.line) != cells.line:
            message = f"The period name {shown(name)} stands in row {first[name]} already."
            cells.problem("period_name", message, "give each period its own name.")
        records.append(PeriodRecord(id=cells.raw("period_id"), name=name, extra=cells.extra, row=cells.line))
    for group in alike(first):
        lines = list(group.values())
        message = f"Period names that differ in capitals or spaces only: {rows_in_words(lines)}."
        findings.notes.append(Issue(message, table.path, lines[0], "period_name"))
    if len(records) > MOST_PERIODS:
        message = f"The file names {len(records)} periods; at most {MOST_PERIODS} are read."
        cure = "another file was saved under this name."
        findings.issues.append(Issue(message, table.path, cure=cure))
    return tuple(records)


def _period_names(table: Table, records: Collection[PeriodRecord]) -> Names:
    """Return the names of the periods, with a cure for those who write a period's id instead."""
    names = names_in(table, "period_name")
    hints = {
        record.id: f"'{record.name}' was meant? {shown(record.id)} is its period_id;"
        " periods are referred to by name."
        for record in records
        if record.name
    }
    return Names("period", "", names, f"use one of {', '.join(sorted(names)[:12])}.", hints)


def _teacher(cells: Cells) -> TeacherRecord:
    name = cells.raw("Teacher ID")
    if name and name.casefold() in _UNSTAFFED:
        message = f"{shown(name)} means 'no teacher yet' in {SECTIONS} and cannot be a teacher's id."
        cells.problem("Teacher ID", message, "delete the row, or give the teacher an id.")
    _note_blank_department(cells)
    return TeacherRecord(
        id=name,
        department=cells.text("Department"),
        dedicated_course=cells.text("Dedicated Course") or None,
        current_load=cells.whole("Current Load", 0, 1_000),
        science_sections=cells.whole("Science Sections", 0, 1_000),
        extra=cells.extra,
        row=cells.line,
    )


def _section(cells: Cells, teachers: Names, periods: Names) -> SectionRecord:
    """Return a section; a teacher or a period that is unknown is an issue."""
    teacher = cells.text("Teacher Assigned")
    _note_blank_department(cells)
    return SectionRecord(
        id=cells.raw("Section ID"),
        course=cells.identifier("Course ID", ";|"),
        teacher=(
            None
            if teacher.casefold() in _UNSTAFFED
            else cells.reference("Teacher Assigned", teacher, teachers)
        ),
        seats=cells.whole("# of Seats Available", 1, MOST_SEATS, may_be_blank=False) or 0,
        department=cells.text("Department"),
        periods=named_periods(cells, "Period", ";", periods),
        lab=cells.yes_no("Lab"),
        extra=cells.extra,
        row=cells.line,
    )


def _student(cells: Cells) -> StudentRecord:
    return StudentRecord(
        id=cells.raw("Student ID"),
        sped=bool(cells.yes_no("SPED", may_be_blank=False)),
        extra=cells.extra,
        row=cells.line,
    )


def _preference(cells: Cells, students: Names, offered: Set[str]) -> PreferenceRecord:
    """Return what a student asks for; whether a course is offered is for the preflight to say."""
    column = "Preferred Sections"
    student = cells.reference("Student ID", cells.raw("Student ID"), students)
    requests, pooled = _requests(cells, column)
    for names in requests:
        for name in names:
            if name not in offered and offered >= set(pieces(name, ",")):
                message = "Courses are separated by ',', which was read as part of the title; use ';'"
                cells.tally(column, message)
    return PreferenceRecord(
        student=student, requests=requests, pooled=pooled, extra=cells.extra, row=cells.line
    )


def _requests(cells: Cells, column: str) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Return the requests and the pooled alternates of a cell."""
    requests: list[tuple[str, ...]] = []
    pooled: list[str] = []
    text = cells.text(column)
    for entry in pieces(text, ";") if text else []:
        head, *others = pieces(entry, "|")
        names = tuple(name for name in others if name)
        if len(names) < len(others) or not (head or others):
            cells.tally(column, "Empty entries were skipped")
        if not head:
            pooled.extend(names)
            continue
        if pooled:
            message = f"An entry without a primary course stands before {shown(entry)}."
            cure = "write the primary course before '|', or move the pooled alternate to the end."
            cells.problem(column, message, cure)
        requests.append((head, *names))
    if not requests and cells.has(column):
        cells.tally(column, "No course is asked for")
    return tuple(requests), tuple(pooled)


def _unavailability(
    table: Table, findings: Findings, teachers: Names, periods: Names
) -> tuple[UnavailabilityRecord, ...]:
    """Return the periods in which teachers cannot teach; rows of one teacher are put together."""
    column = "Unavailable Periods"
    records: dict[str, UnavailabilityRecord] = {}
    for row in table.rows:
        cells = Cells(table, row, findings)
        teacher = cells.reference("Teacher ID", cells.identifier("Teacher ID"), teachers)
        named = named_periods(cells, column, ";,", periods)
        if cells.has(column) and not named:
            cells.tally(column, "No period is named")
        earlier = records.get(teacher)
        if earlier:
            message = "Teachers with several rows are unavailable in the periods of all of them"
            cells.tally("Teacher ID", message)
            named = (*earlier.periods, *named)
        records[teacher] = UnavailabilityRecord(
            teacher=teacher,
            periods=tuple(dict.fromkeys(named)),
            extra=earlier.extra if earlier else cells.extra,
            row=earlier.row if earlier else cells.line,
        )
    return tuple(records.values())


def _course(cells: Cells, offered: Set[str]) -> CourseRecord:
    """Return one of the optional descriptions of courses."""
    name = cells.raw("Course ID")
    linked = tuple(piece for piece in pieces(cells.text("Linked To"), ";") if piece)
    if name not in offered:
        cells.tally("Course ID", f"Courses without a section in {SECTIONS}")
    if not set(linked) <= offered:
        cells.tally("Linked To", f"Linked courses without a section in {SECTIONS}")
    return CourseRecord(
        id=name,
        core=cells.yes_no("Core"),
        lab=cells.yes_no("Lab"),
        min_size=cells.whole("Min Size", 0, MOST_SEATS),
        grades=_grades(cells.text("Grades")),
        term=cells.text("Term") or None,
        length=cells.text("Length") or None,
        linked_to=linked,
        extra=cells.extra,
        row=cells.line,
    )


def _note_blank_department(cells: Cells) -> None:
    if cells.has("Department") and not cells.raw("Department"):
        cells.tally("Department", "No department is named")


def _note_similar_courses(sections: Collection[SectionRecord], findings: Findings) -> None:
    first: dict[str, int] = {}
    for section in sections:
        first.setdefault(section.course, section.row)
    for group in alike(first):
        names = " and ".join(shown(name) for name in group)
        message = f"{names} differ in capitals or spaces only and were read as different courses."
        findings.notes.append(Issue(message, SECTIONS, next(iter(group.values())), "Course ID"))


def _grades(text: str) -> tuple[str, ...]:
    grades: list[str] = []
    for piece in pieces(text, ";,"):
        match = _RANGE.fullmatch(piece)
        if match and int(match[1]) <= int(match[2]):
            grades.extend(str(grade) for grade in range(int(match[1]), int(match[2]) + 1))
        elif piece:
            grades.append(piece)
    return tuple(grades)
