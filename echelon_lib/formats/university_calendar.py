"""The week of a university: its days, all with equally many slots of one length."""

from __future__ import annotations

import re
from dataclasses import dataclass

from echelon_lib.domain.calendar import MOST_SLOTS, MOST_SLOTS_OF_A_DAY
from echelon_lib.domain.errors import Issue
from echelon_lib.formats.school_cells import Cells, Findings, distinct
from echelon_lib.formats.school_names import Names, names_in
from echelon_lib.formats.tables import Table
from echelon_lib.formats.university_records import SEMESTERS, CalendarRecord, Semester
from echelon_lib.formats.wording import shown

_MINUTES_OF_DAY = 24 * 60
_CLOCK = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})(:00)?")


@dataclass(frozen=True, slots=True)
class Week:
    """What the calendar says.

    Parameters
    ----------
    slots
        Slots of each day; 0 when they could not be read.
    names
        The names of the days, to which other files refer.
    """

    days: tuple[CalendarRecord, ...]
    slots: int
    names: Names
    academic_year: str = ""
    semester: Semester | None = None


def clock(minutes: int) -> str:
    """Return minutes since midnight as ``08:00``."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def minutes_of(text: str) -> int | None:
    """Return the minutes since midnight of ``08:00``, ``8:00`` or ``8.00``, or None for another text."""
    match = _CLOCK.fullmatch(text)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        return None
    return 60 * int(match[1]) + int(match[2])


def read_week(table: Table, findings: Findings) -> Week:
    """Read the calendar; days that differ in slots or minutes are an issue in this version."""
    days: list[CalendarRecord] = []
    first: dict[str, tuple[str, int]] = {}
    semester: Semester | None = None
    for cells in distinct(table, "Day", findings, ";"):
        days.append(_day(cells))
        for column in ("Slots", "Slot Minutes", "Academic Year", "Semester"):
            _same_as_before(cells, column, first)
        cells.text("Academic Year")
        semester = cells.one_of("Semester", SEMESTERS) or semester
    slots = days[0].slots if days else 0
    if slots * len(days) > MOST_SLOTS:
        message = (
            f"{len(days)} days of {slots} slots are {slots * len(days)} slots; at most {MOST_SLOTS} are read."
        )
        findings.issues.append(Issue(message, table.path, cure="use fewer or longer slots."))
    elif slots > MOST_SLOTS_OF_A_DAY:
        message = f"A day of {slots} slots is too long; at most {MOST_SLOTS_OF_A_DAY} are read."
        findings.issues.append(Issue(message, table.path, cure="use fewer or longer slots."))
    names = names_in(table, "Day")
    cure = f"use one of {', '.join(shown(day.day) for day in days[:7])}, or add the day to {table.path}."
    year = first.get("Academic Year", ("", 0))[0]
    return Week(tuple(days), slots, Names("day", f" in {table.path}", names, cure), year, semester)


def _day(cells: Cells) -> CalendarRecord:
    slots = cells.whole("Slots", 1, MOST_SLOTS, may_be_blank=False)
    minutes = cells.whole("Slot Minutes", 1, _MINUTES_OF_DAY, may_be_blank=False)
    text = cells.text("First Slot")
    begin = minutes_of(text)
    if begin is None and cells.has("First Slot"):
        message = f"{shown(text)} is no time of day." if text else "The cell 'First Slot' is blank."
        cells.problem("First Slot", message, "write hours and minutes, such as 08:00.")
    elif begin is not None and slots and minutes and begin + slots * minutes > _MINUTES_OF_DAY:
        message = f"{slots} slots of {minutes} minutes from {clock(begin)} on end after midnight."
        cells.problem("First Slot", message, "begin earlier, or use fewer or shorter slots.")
    return CalendarRecord(
        day=cells.raw("Day"),
        slots=slots or 0,
        first=clock(begin or 0),
        minutes=minutes or 0,
        extra=cells.extra,
        row=cells.line,
    )


def _same_as_before(cells: Cells, column: str, first: dict[str, tuple[str, int]]) -> None:
    """Refuse a cell that differs from the one in an earlier row."""
    text = cells.raw(column)
    earlier, row = first.setdefault(column, (text, cells.line))
    if text.casefold() != earlier.casefold():
        message = f"{shown(text)} differs from {shown(earlier)} in row {row}; all days must have the same."
        cells.problem(column, message, f"write {shown(earlier)} here, or change the others.")
