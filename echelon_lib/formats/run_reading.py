"""Reading a timetable back, also one that somebody else has made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from echelon_lib.domain.calendar import Time
from echelon_lib.domain.errors import DataError, Issue, suggest
from echelon_lib.domain.offerings import Meeting
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.formats.tables import Row, Table, read_table
from echelon_lib.formats.wording import shown

RESULT = "result.json"

LARGEST_RECORD = 100_000_000
"""Bytes of a ``result.json``; a larger one is something else."""

MASTER, ASSIGNMENTS = "Master_Schedule.csv", "Student_Assignments.csv"
SCHEDULE_COLUMNS, ASSIGNMENT_COLUMNS = ("Section ID", "Period"), ("Student ID", "Section ID")

TIMETABLE = "timetable.csv"
"""The sessions of a university with day and hours, in the place of ``Master_Schedule.csv``."""
CLOSEST = "closest.csv"
"""The same of a run that found no timetable: what comes closest to one; it breaks required rules."""
SESSION_COLUMNS = ("Session", "Day", "Start", "End")

_REPEATED = "Rows that repeat an earlier row"


def read_run(folder: str | Path, problem: Problem) -> Timetable:
    """Read the timetable of a folder: ``timetable.csv``, or the two files of a school.

    Those are ``Master_Schedule.csv`` and ``Student_Assignments.csv``. What is left out is not placed. Whether
    the timetable keeps the rules is for ``evaluate`` to say. What ``write_run`` wrote is read back as the
    same timetable; students without a section are left out.

    Parameters
    ----------
    folder
        A run folder, or any folder with these files.
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
    if problem.groups and not has_timetable(folder):
        cure = "the run is not finished, and 'echelon solve --start' goes on with it?"
        raise DataError([Issue(f"{shown(folder.name, 120)} holds no timetable.", TIMETABLE, cure=cure)])
    return timetable_of(*exact_tables(folder), problem)


def exact_tables(folder: Path) -> tuple[Table, Table]:
    """Return the two tables of a folder that say everything of a timetable, with what is wrong with them."""
    if (folder / TIMETABLE).is_file() and not (folder / MASTER).exists():
        return _schedule_of(read_table(folder / TIMETABLE, required=SESSION_COLUMNS, optional=("Room",)))
    return (
        read_table(folder / MASTER, required=SCHEDULE_COLUMNS, optional=("Room",)),
        read_table(folder / ASSIGNMENTS, required=ASSIGNMENT_COLUMNS),
    )


def read_closest(folder: Path, problem: Problem) -> Timetable | None:
    """Read the answer that came closest, of a run without a timetable; None where there is none.

    Raises
    ------
    DataError
        As ``read_run``.
    """
    if not (folder / CLOSEST).is_file():
        return None
    sessions = read_table(folder / CLOSEST, required=SESSION_COLUMNS, optional=("Room",))
    return timetable_of(*_schedule_of(sessions), problem)


def has_timetable(folder: Path) -> bool:
    """Return whether a folder holds a timetable that can be read back."""
    return (folder / MASTER).exists() or (folder / TIMETABLE).exists()


def _schedule_of(sessions: Table) -> tuple[Table, Table]:
    """Return a list of sessions as the two tables of a school; sessions without a day are not placed."""
    rows = (
        Row(row.line, {"Section ID": row["Session"], "Period": _clocked(row), "Room": row.get("Room")})
        for row in (sessions.rows if set(SESSION_COLUMNS) <= set(sessions.columns) else ())
        if row["Day"] or row["Start"]
    )
    columns = ("Section ID", "Period", "Room") if sessions.columns else ()
    schedule = replace(sessions, columns=columns, rows=tuple(rows))
    return schedule, Table(sessions.path, ASSIGNMENT_COLUMNS)


def _clocked(row: Row) -> str:
    return f"{row['Day']} {row['Start']}-{row['End']}"


def timetable_of(
    schedule: Table, assignments: Table, problem: Problem, gone: set[tuple[str, str]] | None = None
) -> Timetable:
    """Return the timetable that two tables say.

    Parameters
    ----------
    schedule, assignments
        Sections with their periods, and students with their sections.
    problem
        The problem that the timetable answers.
    gone
        Where it is given, what the problem does not know is left out and noted here, as its kind and name;
        otherwise it is an issue.

    Raises
    ------
    DataError
        With everything that is wrong with the tables.
    """
    issues = [*_faults(schedule), *_faults(assignments)]
    placements = _placements(schedule, problem, issues, gone)
    enrolments = _enrolments(assignments, problem, issues, gone)
    if issues:
        raise DataError(issues)
    return Timetable(placements, enrolments)


def read_result(folder: str | Path) -> Mapping[str, Any] | None:
    """Return what ``result.json`` of a run folder holds; None when there is none.

    Its entries are as they stand there, and anybody may have written them.

    Raises
    ------
    DataError
        When the file is there and cannot be read.
    """
    path = Path(folder) / RESULT
    try:
        if not path.exists():
            return None
        if not path.is_file() or path.stat().st_size > LARGEST_RECORD:
            raise _refused("is not the file of a run")
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise _refused(f"cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise _refused("is not JSON") from None
    if not isinstance(data, dict):
        raise _refused("does not hold an object")
    return data


def _refused(what: str) -> DataError:
    cure = "it was damaged; take it away to have the timetable scored without it?"
    return DataError([Issue(f"{RESULT} {what}", RESULT, cure=cure)])


def _faults(table: Table) -> Iterator[Issue]:
    yield from table.issues
    for note in table.notes:
        if note.message.startswith(_REPEATED):
            yield Issue(note.message.replace("were read once", "are given twice"), note.path, note.row)


def _placements(
    table: Table, problem: Problem, issues: list[Issue], gone: set[tuple[str, str]] | None
) -> dict[str, Placement]:
    strange = _Strange(table, issues, gone)
    titles = ("Session", "Day") if table.path == TIMETABLE else SCHEDULE_COLUMNS
    named = {period.name: period.time for period in problem.calendar.periods}
    meetings: dict[str, Meeting] = {}
    for section in problem.sections.values():
        meetings.update((meeting.id, meeting) for meeting in section.meetings)
        if len(section.meetings) == 1:
            meetings[section.id] = section.meetings[0]
    found: dict[str, Placement] = {}
    lines: dict[str, int] = {}
    clocks: dict[int, dict[str, Time]] = {}
    for row in table.rows if set(SCHEDULE_COLUMNS) <= set(table.columns) else ():
        name, period, room = row["Section ID"], row["Period"], row.get("Room")
        meeting = meetings.get(name)
        if meeting is None:
            strange.note(
                "session" if table.path == TIMETABLE else "section", name, row.line, titles[0], meetings
            )
        time = named.get(period) or _own_time(problem, meeting, period, clocks)
        if not period:
            message, cure = f"{shown(name)} has no period.", "delete the row to leave the section unplaced?"
            issues.append(Issue(message, table.path, row.line, titles[1], cure=cure))
        elif time is None:
            strange.note("period", period, row.line, titles[1], named)
        if room and room not in problem.room:
            strange.note("room", room, row.line, "Room", problem.room)
            room = ""
        if meeting is None:
            continue
        if meeting.id in lines:
            message = f"{shown(name)} is placed twice; row {lines[meeting.id]} placed it first."
            cure = "delete the row that is not meant."
            issues.append(Issue(message, table.path, row.line, titles[0], name, cure))
            continue
        lines[meeting.id] = row.line
        if time is not None:
            found[meeting.id] = Placement(time, room or None)
    return found


def _own_time(
    problem: Problem, meeting: Meeting | None, name: str, clocks: dict[int, dict[str, Time]]
) -> Time | None:
    """Return a time without a period's name, such as a double period, by the words that describe it.

    ``clocks`` keeps the words of each domain, which many meetings share.
    """
    if meeting is None:
        return None
    words = clocks.get(id(meeting.times))
    if words is None:
        calendar = problem.calendar
        words = clocks[id(meeting.times)] = {}
        for time in meeting.times:
            begin, end = calendar.hours(time)
            words.setdefault(calendar.name(time), time)
            words.setdefault(f"{calendar.day_names(time)} {begin}-{end}", time)
    return words.get(name)


def _enrolments(
    table: Table, problem: Problem, issues: list[Issue], gone: set[tuple[str, str]] | None
) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    lines: dict[tuple[str, str], int] = {}
    strange = _Strange(table, issues, gone)
    for row in table.rows if set(ASSIGNMENT_COLUMNS) <= set(table.columns) else ():
        student, section = row["Student ID"], row["Section ID"]
        known = student in problem.student and section in problem.sections
        if student not in problem.student:
            strange.note("student", student, row.line, "Student ID")
        if section not in problem.sections:
            strange.note("section", section, row.line, "Section ID", problem.sections)
        if (student, section) in lines:
            message = (
                f"The student is enrolled in {shown(section)} twice; row {lines[student, section]} did it."
            )
            cure = "delete one of the rows."
            issues.append(Issue(message, table.path, row.line, "Section ID", section, cure))
        lines.setdefault((student, section), row.line)
        if known:
            found.setdefault(student, set()).add(section)
    return {student: frozenset(sections) for student, sections in found.items()}


@dataclass(frozen=True, slots=True)
class _Strange:
    """Names of a table that the problem does not know: issues, or left out where ``gone`` is given."""

    table: Table
    issues: list[Issue]
    gone: set[tuple[str, str]] | None

    def note(self, kind: str, value: str, row: int, column: str, known: Iterable[str] = ()) -> None:
        if self.gone is None or not value:
            self.issues.append(_unknown(kind, value, self.table, row, column, known))
        else:
            self.gone.add((kind, value))


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
