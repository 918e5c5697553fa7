"""The week of a university as tables: of a person, room or department, of all sessions, and of the rooms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal, TypeAlias

import pandas as pd

from echelon_lib.domain.calendar import Calendar, Time, ones
from echelon_lib.domain.errors import EchelonError, suggest
from echelon_lib.domain.offerings import Section
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable

WhoseWeek: TypeAlias = Literal["faculty", "room", "group", "department", "course"]


def session_list(problem: Problem, timetable: Timetable) -> pd.DataFrame:
    """Return one row for each session.

    Returns
    -------
    DataFrame
        Session, Course, Section, Department, Part, Day, Start, End, Room, Building, Faculty, People; texts
        are empty where a session has no place.
    """
    building = {room.id: room.building for room in problem.rooms}
    calendar = problem.calendar
    rows = []
    for section, meeting, placement in _sessions(problem, timetable):
        where: tuple[str, ...] = ("", "", "", "", "")
        if placement is not None:
            time, room = placement.time, placement.room or ""
            where = (calendar.day_names(time), *calendar.hours(time), room, building.get(room, ""))
        rows.append(
            (
                meeting,
                problem.course_of[section.id].id,
                section.id,
                section.department,
                ", ".join(sorted(section.tags)),
                *where,
                ", ".join(problem.teachers_of(section)),
                section.headcount,
            )
        )
    columns = (
        "Session",
        "Course",
        "Section",
        "Department",
        "Part",
        "Day",
        "Start",
        "End",
        "Room",
        "Building",
    )
    return pd.DataFrame(rows, columns=[*columns, "Faculty", "People"])


def week_of(problem: Problem, timetable: Timetable, kind: WhoseWeek, id: str) -> pd.DataFrame:
    """Return the week of somebody or something as people know it: a row for each hour, a column for each day.

    Parameters
    ----------
    problem, timetable
        The problem, and any timetable of it.
    kind
        What ``id`` is the identifier of.
    id
        A member of the faculty, a room, a group or student, a department, or a course.

    Returns
    -------
    DataFrame
        Hour, then a column for each day; several sessions at one time stand one below the other.

    Raises
    ------
    EchelonError
        When there is nobody and nothing of that name.
    """
    known = names_of(problem, kind)
    if id not in known:
        cure = suggest(id, known) or "another kind was meant?"
        raise EchelonError(f"there is no {kind} {id!r}\n  Maybe {cure}")
    calendar = problem.calendar
    cells: dict[tuple[int, int], list[str]] = {}
    for section, _, placement in _sessions(problem, timetable):
        if placement is None or not _concerns(problem, section, placement, kind, id):
            continue
        text = f"{problem.course_of[section.id].id} ({section.id})"
        text += f", {placement.room}" if placement.room is not None and kind != "room" else ""
        for slot in ones(calendar.mask(placement.time)):
            day, start = divmod(slot, calendar.slots)
            cells.setdefault((day % len(calendar.days), start), []).append(text)
    table = pd.DataFrame({"Hour": _hours(calendar)})
    for day, name in enumerate(calendar.days):
        table[name] = ["\n".join(sorted(cells.get((day, slot), []))) for slot in range(calendar.slots)]
    return table


def names_of(problem: Problem, kind: WhoseWeek) -> list[str]:
    """Return everybody or everything of a kind, in order."""
    if kind == "room":
        return sorted(room.id for room in problem.rooms)
    if kind == "course":
        return sorted(problem.course)
    if kind == "department":
        return sorted({section.department for section in problem.sections.values()} - {""})
    wanted = "teacher" if kind == "faculty" else "group"
    return sorted(attendee.id for attendee in problem.attendees if attendee.kind == wanted)


def hours_in_use(problem: Problem, timetable: Timetable) -> pd.DataFrame:
    """Return how many sessions go on in each hour of the week.

    Returns
    -------
    DataFrame
        A row for each hour (index: when it begins), a column for each day.
    """
    calendar = problem.calendar
    count = Counter(
        slot
        for _, _, placement in _sessions(problem, timetable)
        if placement is not None
        for slot in ones(calendar.mask(placement.time))
    )
    week = {
        name: [count[day * calendar.slots + slot] for slot in range(calendar.slots)]
        for day, name in enumerate(calendar.days)
    }
    return pd.DataFrame(week, index=pd.Index(_hours(calendar), name="Hour"))


def room_use(problem: Problem, timetable: Timetable) -> pd.DataFrame:
    """Return how much each room is used, the least used first.

    Returns
    -------
    DataFrame
        Room, Building, Seats, Hours (in use), Use (hours ÷ hours of the week), Filled (people ÷ seats in the
        hours of use; missing where it is never used).
    """
    calendar = problem.calendar
    week = len(calendar.days) * calendar.slots * calendar.weeks
    hours: Counter[str] = Counter()
    people: Counter[str] = Counter()
    for section, _, placement in _sessions(problem, timetable):
        if placement is not None and placement.room is not None:
            length = calendar.mask(placement.time).bit_count()
            hours[placement.room] += length
            people[placement.room] += length * section.headcount
    table = pd.DataFrame(
        [
            (
                room.id,
                room.building,
                room.capacity,
                hours[room.id],
                hours[room.id] / week if week else 0.0,
                people[room.id] / (hours[room.id] * room.capacity)
                if hours[room.id] and room.capacity
                else None,
            )
            for room in problem.rooms
        ],
        columns=["Room", "Building", "Seats", "Hours", "Use", "Filled"],
    )
    table["Filled"] = table["Filled"].astype("float64")
    return table.sort_values(["Use", "Room"], ignore_index=True)


def _hours(calendar: Calendar) -> list[str]:
    """Return when each slot of a day begins."""
    return [calendar.hours(Time(slot))[0] for slot in range(calendar.slots)]


def _sessions(problem: Problem, timetable: Timetable) -> Iterator[tuple[Section, str, Placement | None]]:
    for section in problem.sections.values():
        for meeting in section.meetings:
            yield section, meeting.id, timetable.placements.get(meeting.id)


def _concerns(problem: Problem, section: Section, placement: Placement, kind: WhoseWeek, id: str) -> bool:
    if kind == "room":
        return placement.room == id
    if kind == "department":
        return section.department == id
    if kind == "course":
        return problem.course_of[section.id].id == id
    return id in section.attendees
