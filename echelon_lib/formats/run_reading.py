"""Reading a timetable back, also one that somebody else has made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from echelon_lib.domain.calendar import Time
from echelon_lib.domain.errors import DataError, Issue, suggest
from echelon_lib.domain.offerings import Meeting
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.formats.tables import Table, read_table
from echelon_lib.formats.wording import shown

_MASTER, _ASSIGNMENTS = "Master_Schedule.csv", "Student_Assignments.csv"
_REPEATED = "Rows that repeat an earlier row"


def read_run(folder: str | Path, problem: Problem) -> Timetable:
    """Read ``Master_Schedule.csv`` and ``Student_Assignments.csv`` of a folder as a timetable.

    A section that the first file leaves out is not placed. Whether the timetable keeps the rules is for
    ``evaluate`` to say. What ``write_run`` wrote is read back as the same timetable; students without a
    section are left out.

    Parameters
    ----------
    folder
        A run folder, or any folder with these two files.
    problem
        The problem that the timetable answers.

    Raises
    ------
    DataError
        Files are missing or damaged; sections, periods, students or rooms are unknown; or a row is given
        twice. All of it at once, with file, row and column.
    """
    folder = Path(folder)
    if not folder.is_dir():
        message = f"The run folder {shown(str(folder), 120)} does not exist."
        raise DataError([Issue(message, str(folder), cure="the run has another name, or failed to start?")])
    issues: list[Issue] = []
    placements = _placements(
        _read(folder, _MASTER, ("Section ID", "Period"), ("Room",), issues), problem, issues
    )
    enrolments = _enrolments(
        _read(folder, _ASSIGNMENTS, ("Student ID", "Section ID"), (), issues), problem, issues
    )
    if issues:
        raise DataError(issues)
    return Timetable(placements, enrolments)


def _read(
    folder: Path, name: str, required: Sequence[str], optional: Sequence[str], issues: list[Issue]
) -> Table:
    table = read_table(folder / name, required=required, optional=optional)
    issues.extend(table.issues)
    for note in table.notes:
        if note.message.startswith(_REPEATED):
            issues.append(
                Issue(note.message.replace("were read once", "are given twice"), note.path, note.row)
            )
    return table


def _placements(table: Table, problem: Problem, issues: list[Issue]) -> dict[str, Placement]:
    named = {period.name: period.time for period in problem.calendar.periods}
    meetings: dict[str, Meeting] = {}
    for section in problem.sections.values():
        if len(section.meetings) == 1:
            meetings[section.id] = section.meetings[0]
        else:
            meetings.update((meeting.id, meeting) for meeting in section.meetings)
    found: dict[str, Placement] = {}
    lines: dict[str, int] = {}
    for row in table.rows if {"Section ID", "Period"} <= set(table.columns) else ():
        name, period, room = row["Section ID"], row["Period"], row.get("Room")
        meeting = meetings.get(name)
        if meeting is None:
            issues.append(_unknown("section", name, table, row.line, "Section ID", meetings))
        time = named.get(period) or _own_time(problem, meeting, period)
        if not period:
            message, cure = f"{shown(name)} has no period.", "delete the row to leave the section unplaced?"
            issues.append(Issue(message, table.path, row.line, "Period", cure=cure))
        elif time is None:
            issues.append(_unknown("period", period, table, row.line, "Period", named))
        if room and room not in problem.room:
            issues.append(_unknown("room", room, table, row.line, "Room", problem.room))
        if meeting is None:
            continue
        if name in lines:
            message = f"{shown(name)} is placed twice; row {lines[name]} placed it first."
            cure = "delete the row that is not meant."
            issues.append(Issue(message, table.path, row.line, "Section ID", name, cure))
            continue
        lines[name] = row.line
        if time is not None:
            found[meeting.id] = Placement(time, room or None)
    return found


def _own_time(problem: Problem, meeting: Meeting | None, name: str) -> Time | None:
    """Return a time without a period's name, such as a double period, by the words that describe it."""
    if meeting is None or meeting.times is problem.calendar.times:
        return None
    return next((time for time in meeting.times if problem.calendar.name(time) == name), None)


def _enrolments(table: Table, problem: Problem, issues: list[Issue]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    lines: dict[tuple[str, str], int] = {}
    for row in table.rows if {"Student ID", "Section ID"} <= set(table.columns) else ():
        student, section = row["Student ID"], row["Section ID"]
        if student not in problem.student:
            issues.append(_unknown("student", student, table, row.line, "Student ID"))
        if section not in problem.sections:
            issues.append(_unknown("section", section, table, row.line, "Section ID", problem.sections))
        if (student, section) in lines:
            message = (
                f"The student is enrolled in {shown(section)} twice; row {lines[student, section]} did it."
            )
            cure = "delete one of the rows."
            issues.append(Issue(message, table.path, row.line, "Section ID", section, cure))
        lines.setdefault((student, section), row.line)
        found.setdefault(student, set()).add(section)
    return {student: frozenset(sections) for student, sections in found.items()}


def _unknown(kind: str, value: str, table: Table, row: int, column: str, known: Iterable[str] = ()) -> Issue:
    if not value:
        return Issue(f"The cell is empty; a {kind} is needed.", table.path, row, column)
    if kind == "student":  # messages may be logged, and a log names no student
        return Issue("The student of this row is not in the problem.", table.path, row, column, value)
    cure = _nearest(value[:100], tuple(known))
    return Issue(f"The {kind} {shown(value)} is not in the problem.", table.path, row, column, value, cure)


@lru_cache(maxsize=1000)
def _nearest(value: str, known: tuple[str, ...]) -> str | None:
    return suggest(value, known)
