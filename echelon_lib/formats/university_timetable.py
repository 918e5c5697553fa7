"""A university's timetable as a table: one row for each session with its day, times of day and room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from echelon_lib.domain.calendar import Calendar, Time
from echelon_lib.domain.errors import DataError, Issue, suggest
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.formats.tables import Row, Table, read_table, write_table
from echelon_lib.formats.university_calendar import clock, minutes_of
from echelon_lib.formats.wording import shown

TIMETABLE = "timetable.csv"
COLUMNS = ("Session", "Day", "Start", "End", "Room", "Faculty", "Groups")
_READ = COLUMNS[:5]


@dataclass(frozen=True)
class Hours:
    """The times of day of a calendar whose periods are named after them, such as ``Mon 08:00``."""

    calendar: Calendar

    @cached_property
    def starts(self) -> Mapping[str, tuple[int, ...]]:
        """The minutes since midnight at which the slots of each day begin."""
        found: dict[str, list[int]] = {day: [] for day in self.calendar.days}
        for period in self.calendar.periods:
            day, _, hour = period.name.rpartition(" ")
            if day in found:
                found[day].append(minutes_of(hour) or 0)
        return {day: tuple(minutes) for day, minutes in found.items()}

    @cached_property
    def minutes(self) -> int:
        """The minutes of a slot; an hour where every day has only one."""
        long = next((minutes for minutes in self.starts.values() if len(minutes) > 1), (0, 60))
        return long[1] - long[0]

    def words(self, time: Time) -> tuple[str, str, str]:
        """Return day, start and end of a time."""
        day = self.calendar.days[self.calendar.days_of(time)[0]]
        start = self.starts[day][0] + time.start * self.minutes
        return day, clock(start), clock(start + time.length * self.minutes)


def write_timetable(path: str | Path, problem: Problem, timetable: Timetable) -> None:
    """Write a timetable as a file; faculty and groups are there for people, and are not read back."""
    hours = Hours(problem.calendar)
    rows = []
    for meeting, section in problem.section_of.items():
        placement = timetable.placements.get(meeting)
        if placement is None:
            continue
        faculty = problem.teachers_of(section)
        groups = [one for one in section.attendees if one not in faculty]
        words = (*hours.words(placement.time), placement.room or "", ";".join(faculty), ";".join(groups))
        rows.append((meeting, *words))
    write_table(path, COLUMNS, rows)


def read_timetable(path: str | Path, problem: Problem) -> Timetable:
    """Read a timetable, whoever made it; a session that has no row is not placed.

    Parameters
    ----------
    path
        The file, or a folder that holds a ``timetable.csv``.
    problem
        The university that it is a timetable of.

    Raises
    ------
    DataError
        The file is missing or damaged; sessions, days, times of day or rooms are unknown; or a session is
        placed twice. All of it at once, with row and column.
    """
    path = Path(path)
    table = read_table(path / TIMETABLE if path.is_dir() else path, required=_READ, optional=COLUMNS[5:])
    issues = list(table.issues)
    reader = _Reader(table, problem, Hours(problem.calendar), issues, {})
    found: dict[str, Placement] = {}
    for row in table.rows if set(_READ) <= set(table.columns) else ():
        placed = reader.read(row)
        if placed is not None:
            found[row["Session"]] = placed
    if issues:
        raise DataError(issues)
    return Timetable(found)


@dataclass(frozen=True)
class _Reader:
    table: Table
    problem: Problem
    hours: Hours
    issues: list[Issue]
    lines: dict[str, int]

    def read(self, row: Row) -> Placement | None:
        """Return the placement of a row; None, having said why, for one that says none."""
        session, day, room = row["Session"], row["Day"], row["Room"]
        before = len(self.issues)
        if session not in self.problem.meetings:
            self._unknown("session", session, row, "Session", self.problem.meetings)
        elif session in self.lines:
            text = f"{shown(session)} is placed twice; row {self.lines[session]} placed it first."
            self._say(row, "Session", text, "delete the row that is not meant.")
        self.lines.setdefault(session, row.line)
        if day not in self.hours.starts:
            self._unknown("day", day, row, "Day", self.hours.starts)
        if room and room not in self.problem.room:
            self._unknown("room", room, row, "Room", self.problem.room)
        if len(self.issues) > before:
            return None
        start, end = self._slot(row, "Start", day), self._slot(row, "End", day)
        if start is None or end is None:
            return None
        if end <= start:
            self._say(
                row, "End", f"{shown(row['End'])} is not after {row['Start']}.", "the two were swapped?"
            )
            return None
        return Placement(Time(start, end - start, 1 << self.problem.calendar.days.index(day)), room or None)

    def _slot(self, row: Row, column: str, day: str) -> int | None:
        """Return the slot that begins at a time of day; the end of the last one counts as well."""
        minutes, starts = minutes_of(row[column]), self.hours.starts[day]
        ends = [start + self.hours.minutes for start in starts]
        if minutes in starts:
            return starts.index(minutes)
        if column == "End" and minutes in ends:
            return ends.index(minutes) + 1
        known = ", ".join(clock(one) for one in (starts if column == "Start" else ends))
        what = "begins" if column == "Start" else "ends"
        self._say(row, column, f"No hour of {day} {what} at {shown(row[column])}.", f"one of {known}?")
        return None

    def _unknown(self, kind: str, value: str, row: Row, column: str, known: Mapping[str, object]) -> None:
        cure = suggest(value[:100], known) or (f"one of {', '.join(known)}?" if len(known) < 13 else None)
        text = f"The {kind} {shown(value)} is not in the problem." if value else "The cell is empty."
        self._say(row, column, text, cure)

    def _say(self, row: Row, column: str, text: str, cure: str | None) -> None:
        self.issues.append(Issue(text, self.table.path, row.line, column, row[column], cure))
