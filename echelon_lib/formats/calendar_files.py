"""The weeks of people and rooms as iCalendar files, which every calendar program reads (RFC 5545)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Literal, TypeAlias

from icalendar import Calendar as Document
from icalendar import Event

from echelon_lib.domain.errors import DataError, Issue, suggest
from echelon_lib.domain.offerings import Section
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.formats.run_archive import zipped
from echelon_lib.formats.table_folder import write_tables

Kind: TypeAlias = Literal["teacher", "group", "room"]

Entry: TypeAlias = tuple[str, Section, Placement]
"""A placed session, its section and where it is."""

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def entries_of(problem: Problem, timetable: Timetable) -> Mapping[tuple[Kind, str], list[Entry]]:
    """Return the sessions of every teacher, group and room of a timetable, in the order of the problem."""
    found: dict[tuple[Kind, str], list[Entry]] = {}
    for section in problem.sections.values():
        for meeting in section.meetings:
            placement = timetable.placements.get(meeting.id)
            if placement is None:
                continue
            entry = (meeting.id, section, placement)
            for id in section.attendees:
                kind: Kind = "teacher" if problem.attendee[id].kind == "teacher" else "group"
                found.setdefault((kind, id), []).append(entry)
            if placement.room is not None:
                found.setdefault(("room", placement.room), []).append(entry)
    return found


def calendar_text(problem: Problem, entries: Iterable[Entry], *, name: str, first: date, weeks: int) -> str:
    """Return the sessions of somebody as an iCalendar document.

    Parameters
    ----------
    problem
        The problem, whose calendar says at what time of day slots begin.
    entries
        Sessions, as ``entries_of`` finds them.
    name
        Whose it is; the name of the calendar says of which term as well.
    first
        First day of teaching. A session begins on the first of its weekdays from then on, where the days of
        the calendar have the names of weekdays; otherwise the days follow each other from then on.
    weeks
        Weeks of teaching; each session repeats weekly.

    Raises
    ------
    DataError
        When the problem does not say at what time of day its slots begin.
    """
    if not problem.calendar.clock:
        cure = "calendars can be made of a university's run, whose Calendar.csv says so?"
        raise DataError([Issue("nobody says at what time of day the periods begin", cure=cure)])
    document = Document()
    document.add("prodid", "-//Echelon//Timetable//EN")
    document.add("version", "2.0")
    term = problem.calendar.term
    document.add("x-wr-calname", f"{name} ({term})" if term else name)
    for id, section, placement in entries:
        for event in _events(problem, id, section, placement, first, weeks):
            document.add_component(event)
    text: str = document.to_ical().decode("utf-8")
    return text


def _events(
    problem: Problem, id: str, section: Section, placement: Placement, first: date, weeks: int
) -> Iterator[Event]:
    calendar = problem.calendar
    course = problem.course_of[section.id].id
    weekdays = _weekdays(calendar.days)
    for day in calendar.days_of(placement.time):
        at = replace(placement.time, days=1 << day)
        begin, end = (time.fromisoformat(text) for text in calendar.hours(at))
        event = Event()
        after = (weekdays[day] - first.weekday()) % 7 if weekdays else day
        when = first + timedelta(days=after)
        event.add("uid", f"{id}-{day}@echelon")
        # The moment of making would differ from run to run; the first day of teaching does not.
        event.add("dtstamp", datetime.combine(first, time()))
        event.add("dtstart", datetime.combine(when, begin))
        event.add("dtend", datetime.combine(when, end))
        event.add("rrule", {"freq": "weekly", "count": weeks})
        event.add("summary", f"{course} ({section.id})")
        if placement.room is not None:
            room = problem.room.get(placement.room)
            building = f", {room.building}" if room is not None and room.building else ""
            event.add("location", f"{placement.room}{building}")
        teachers = ", ".join(problem.teachers_of(section))
        if teachers:
            event.add("description", teachers)
        yield event


def _weekdays(days: Sequence[str]) -> tuple[int, ...] | None:
    """Return which weekdays days are, Monday being 0; None where some name is none of a weekday."""
    found = [
        number
        for day in days
        for number, name in enumerate(_WEEKDAYS)
        if len(day) >= 3 and name.startswith(day.casefold())
    ]
    return tuple(found) if len(found) == len(days) else None


def write_calendars(
    problem: Problem,
    timetable: Timetable,
    folder: str | Path,
    *,
    kinds: Iterable[Kind] = (),
    ids: Iterable[str] = (),
    first: date,
    weeks: int,
) -> list[Path]:
    """Write the files of ``calendars_of``, all of them or none.

    Parameters
    ----------
    folder
        Where the files go: a new or empty folder.

    Returns
    -------
    list of Path
        The files, in the order of kinds and identifiers.

    Raises
    ------
    DataError
        Like ``calendars_of``, or when the folder holds something already or cannot be written to.
    """
    texts = calendars_of(problem, timetable, kinds=kinds, ids=ids, first=first, weeks=weeks)
    write_tables(folder, {}, texts=texts)
    return [Path(folder) / name for name in texts]


def zipped_calendars(problem: Problem, timetable: Timetable, *, kind: Kind, first: date, weeks: int) -> bytes:
    """Return the files of ``calendars_of`` for everybody of a kind as one ZIP file."""
    texts = calendars_of(problem, timetable, kinds=[kind], first=first, weeks=weeks)
    return zipped((name, text.encode()) for name, text in texts.items())


def calendars_of(
    problem: Problem,
    timetable: Timetable,
    *,
    kinds: Iterable[Kind] = (),
    ids: Iterable[str] = (),
    first: date,
    weeks: int,
) -> Mapping[str, str]:
    """Return an ``.ics`` file for each of some people and rooms, by its name.

    Parameters
    ----------
    problem, timetable
        What was solved, and the answer.
    kinds
        Everybody of these kinds.
    ids
        These teachers, groups and rooms.
    first, weeks
        As for ``calendar_text``.

    Raises
    ------
    DataError
        When an identifier is unknown, or the problem has no time of day.
    """
    entries = entries_of(problem, timetable)
    known: dict[str, Kind] = {room.id: "room" for room in problem.rooms}
    known |= {one.id: "teacher" if one.kind == "teacher" else "group" for one in problem.attendees}
    wanted: dict[tuple[Kind, str], None] = {}
    for kind in kinds:
        wanted.update({(kind, id): None for id, its in known.items() if its == kind})
    issues = [
        Issue(f"nobody and no room is called {id!r}", value=id, cure=suggest(id, known))
        for id in ids
        if id not in known
    ]
    if issues:
        raise DataError(issues)
    wanted.update({(known[id], id): None for id in ids})
    texts: dict[str, str] = {}
    taken: set[str] = set()
    for kind, id in sorted(wanted):
        name = free = _UNSAFE.sub("_", f"{kind}-{id}")
        number = 1
        while (
            f"{free}.ics".casefold() in taken
        ):  # two identifiers may differ in letters that no name may have
            number += 1
            free = f"{name}-{number}"
        taken.add(f"{free}.ics".casefold())
        its = entries.get((kind, id), ())
        texts[f"{free}.ics"] = calendar_text(problem, its, name=id, first=first, weeks=weeks)
    return texts
