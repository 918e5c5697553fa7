"""The locks of a school: rows of ``Locks.csv``, and the locks that they stand for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from echelon_lib.domain.errors import suggest
from echelon_lib.domain.locks import Lock, LockKind
from echelon_lib.formats.school_cells import Cells, Findings, named_periods
from echelon_lib.formats.school_names import Names
from echelon_lib.formats.school_records import LOCKS, SECTIONS, LockRecord, SectionRecord
from echelon_lib.formats.tables import Table
from echelon_lib.formats.wording import shown

KINDS: tuple[LockKind, ...] = ("section", "course", "department", "teacher", "student")

_USED: Mapping[LockKind, tuple[str, ...]] = {
    "section": ("Period", "Teacher ID"),
    "course": ("Period",),
    "department": ("Period",),
    "teacher": ("Period", "Section ID"),
    "student": ("Period", "Section ID"),
}
"""The columns that say something for each kind."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the other files say, as far as locks refer to it.

    Parameters
    ----------
    sections
        The sections.
    names
        The names of each kind of thing that may be locked.
    periods
        The names of the periods.
    asked
        Every course that may serve each student.
    """

    sections: Mapping[str, SectionRecord]
    names: Mapping[LockKind, Names]
    periods: Names
    asked: Mapping[str, frozenset[str]]


def read_locks(
    table: Table, findings: Findings, known: Known, *, before: Iterable[LockRecord] = ()
) -> tuple[LockRecord, ...]:
    """Return the locks; whatever contradicts another row or another file is an issue.

    ``before`` are the rows of the school's own file, where another one is read beside it.
    """
    records: list[LockRecord] = []
    earlier: dict[tuple[LockKind, str], list[tuple[str, LockRecord]]] = defaultdict(list)
    for own in before:
        earlier[own.kind, own.id].append((f"Row {own.row} of the school's own {LOCKS}", own))
    for row in table.rows:
        cells, faults = Cells(table, row, findings), len(findings.issues)
        record = _record(cells, known)
        if record is None or len(findings.issues) > faults:
            continue
        others = earlier[record.kind, record.id]
        if _combined(cells, record) and _in_files(cells, record, known):
            _with_others(cells, record, others, known)
        others.append((f"Row {record.row}", record))
        records.append(record)
    return tuple(records)


def _record(cells: Cells, known: Known) -> LockRecord | None:
    """Return a row with what it refers to checked; None where it is not known what is locked."""
    word = cells.text("Kind")
    id = cells.identifier("ID")
    if word.casefold() not in KINDS:
        message = f"{shown(word)} is no kind of lock." if word else "The cell 'Kind' is blank."
        cells.problem("Kind", message, suggest(word, KINDS) or f"write one of {', '.join(KINDS)}.")
        return None
    kind = cast("LockKind", word.casefold())
    cells.reference("ID", id, known.names[kind])
    teacher, section = cells.text("Teacher ID"), cells.text("Section ID")
    if teacher:
        cells.reference("Teacher ID", teacher, known.names["teacher"])
    if section:
        cells.reference("Section ID", section, known.names["section"])
    return LockRecord(
        kind=kind,
        id=id,
        periods=named_periods(cells, "Period", ";,", known.periods),
        teacher=teacher or None,
        section=section or None,
        extra=cells.extra,
        row=cells.line,
    )


def _combined(cells: Cells, lock: LockRecord) -> bool:
    """Tell whether the cells of a row go together."""
    said = {"Period": lock.periods, "Teacher ID": lock.teacher, "Section ID": lock.section}
    idle = [column for column, value in said.items() if value and column not in _USED[lock.kind]]
    for column in idle:
        message = f"A lock of a {lock.kind} does not look at {shown(column)}."
        cells.problem(column, message, f"clear the cell; it looks at {_listed(_USED[lock.kind])}.")
    if idle:
        return False
    if lock.kind == "section" and len(lock.periods) > 1:
        message = f"A section meets in one period, and {len(lock.periods)} are named."
        cells.problem("Period", message, f"name one; column 'Period' of {SECTIONS} keeps it to several.")
        return False
    if lock.periods and lock.section is not None:
        free = "teaches nothing" if lock.kind == "teacher" else "is kept free"
        message = f"A {lock.kind} {free} in the periods of a row, and the row names a section as well."
        cure = "write two rows; the period of a section stands in a row of kind section."
        cells.problem("Section ID", message, cure)
        return False
    if lock.kind != "teacher" and not (lock.periods or lock.teacher or lock.section):
        message = f"The row locks nothing of the {lock.kind}."
        cells.problem("Kind", message, f"fill in {_listed(_USED[lock.kind])}, or delete the row.")
        return False
    return True


def _in_files(cells: Cells, lock: LockRecord, known: Known) -> bool:
    """Tell whether a lock fits the other files."""
    name = lock.section if lock.section is not None else lock.id
    section = known.sections.get(name) if lock.kind == "section" or lock.section is not None else None
    if section is None:
        return True  # there is no section in it, or an unknown one that was reported
    if lock.kind == "section":
        fits = _teacher_fits(cells, "Teacher ID", section, lock.teacher)
        return fits and _period_fits(cells, section, lock)
    if lock.kind == "teacher":
        return _teacher_fits(cells, "Section ID", section, lock.id)
    asked = known.asked.get(lock.id, frozenset[str]())
    if section.course not in asked:
        message = f"The student does not ask for {shown(section.course)}, the course of {shown(section.id)}."
        cells.problem("Section ID", message, "add the course to the student's requests, or delete the row.")
        return False
    return True


def _teacher_fits(cells: Cells, column: str, section: SectionRecord, teacher: str | None) -> bool:
    if teacher is None or teacher == section.teacher:
        return True
    now = f"is taught by {shown(section.teacher)}" if section.teacher else "has no teacher"
    where = f"{SECTIONS}, row {section.row}"
    message = f"Section {shown(section.id)} {now} ({where}), and a lock names {shown(teacher)}."
    cells.problem(column, message, "give the section to the teacher there, or name the one who has it.")
    return False


def _period_fits(cells: Cells, section: SectionRecord, lock: LockRecord) -> bool:
    if not lock.periods or not section.periods or set(lock.periods) <= set(section.periods):
        return True
    allowed = ", ".join(section.periods)
    message = f"Section {shown(section.id)} may be in {allowed} only by row {section.row} of {SECTIONS}."
    cells.problem("Period", message, "name one of these, or change the sections file.")
    return False


def _with_others(
    cells: Cells, lock: LockRecord, earlier: Iterable[tuple[str, LockRecord]], known: Known
) -> None:
    """Report what contradicts an earlier row about the same thing."""
    for where, other in earlier:
        if lock.kind in {"section", "course", "department"} and lock.periods and other.periods:
            if set(lock.periods).isdisjoint(other.periods):
                message = f"{where} locks it to {', '.join(other.periods)} already."
                cells.problem("Period", message, "delete one of the rows.")
                return
        elif lock.kind == "student" and lock.section is not None and other.section is not None:
            one, two = known.sections.get(lock.section), known.sections.get(other.section)
            if one is not None and two is not None and one is not two and one.course == two.course:
                message = f"{where} locks the student to {shown(two.id)} of the same course."
                cells.problem("Section ID", message, "delete one of the rows.")
                return


def _listed(columns: Iterable[str]) -> str:
    return " or ".join(shown(column) for column in columns)


def locks_in(records: Iterable[LockRecord], name: str = LOCKS) -> Iterator[Lock]:
    """Yield the locks for which rows of a file of some name stand: a person's own."""
    for row in records:
        place = f"{name}, row {row.row}"
        yield Lock(row.kind, row.id, row.periods, row.teacher, row.section, "person", place)


def records_of(locks: Iterable[Lock]) -> tuple[LockRecord, ...]:
    """Return rows of the file for a person's locks; those that the program holds do not belong there."""
    return tuple(
        LockRecord(
            kind=lock.kind,
            id=lock.id,
            periods=lock.periods,
            teacher=lock.teacher,
            section=lock.section,
            row=row,
        )
        for row, lock in enumerate((one for one in locks if one.origin == "person"), start=2)
    )
