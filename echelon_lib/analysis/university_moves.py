"""What moves from one timetable of a university to another, and whom it affects."""

from __future__ import annotations

from collections import defaultdict
from typing import Literal

import pandas as pd

from echelon_lib.analysis.quality import quality, quality_table
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.formats.session_table import group_name

NOWHERE = "–"

What = Literal["hour", "room", "new", "gone"]


def session_changes(
    problem: Problem, before: Timetable, after: Timetable, *, old: Problem | None = None
) -> pd.DataFrame:
    """Return the sessions that are at another hour or in another room, are new, or are gone.

    Parameters
    ----------
    problem
        The problem of the later timetable.
    before, after
        The two timetables.
    old
        The problem of the earlier one, where it is another: sessions that it has alone are gone.

    Returns
    -------
    DataFrame
        Session, Course, Section, Faculty, What (``hour``, ``room``, ``new`` or ``gone``), Before, After;
        other hours first. A session that has lost its place is at another hour: none.
    """
    rows: list[tuple[str, ...]] = []
    for section in problem.sections.values():
        for meeting in section.meetings:
            was, now = before.placements.get(meeting.id), after.placements.get(meeting.id)
            if was == now:
                continue
            known = was is not None
            what: What = "room" if was and now and was.time == now.time else "hour" if known else "new"
            faculty = "; ".join(problem.teachers_of(section))
            places = (place_in_words(problem, one) for one in (was, now))
            rows.append((meeting.id, problem.course_of[section.id].id, section.id, faculty, what, *places))
    for id, section in (old.section_of if old is not None else {}).items():
        if old is not None and id not in problem.meetings and id in before.placements:
            faculty = "; ".join(old.teachers_of(section))
            was_at = place_in_words(old, before.placements[id])
            rows.append((id, old.course_of[section.id].id, section.id, faculty, "gone", was_at, NOWHERE))
    order = {"hour": 0, "room": 1, "new": 2, "gone": 3}
    rows.sort(key=lambda row: (order[row[4]], row[1], row[0]))
    columns = ["Session", "Course", "Section", "Faculty", "What", "Before", "After"]
    return pd.DataFrame(rows, columns=columns, dtype=str)


def affected_people(problem: Problem, before: Timetable, after: Timetable) -> pd.DataFrame:
    """Return who has sessions elsewhere than before: faculty, and students by programme and year.

    Returns
    -------
    DataFrame
        Who (``faculty`` or ``students``), ID, People (those with any such session), New hours and New rooms
        (the sessions, each once), most people first. No student is named.
    """
    hours: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    rooms: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    people: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for meeting, section in problem.section_of.items():
        was, now = before.placements.get(meeting), after.placements.get(meeting)
        if was is None or was == now:
            continue
        found = rooms if now is not None and was.time == now.time else hours
        for id in section.attendees:
            attendee = problem.attendee[id]
            teaches = attendee.kind == "teacher"
            key = ("faculty", id) if teaches else ("students", group_name(attendee.tags))
            found[key].add(meeting)
            people[key][id] = attendee.size
    rows = [
        (who, id, sum(sizes.values()), len(hours[who, id]), len(rooms[who, id]))
        for (who, id), sizes in people.items()
    ]
    rows.sort(key=lambda row: (row[0], -row[2], -row[3], row[1]))
    return pd.DataFrame(rows, columns=["Who", "ID", "People", "New hours", "New rooms"])


def handed_over_sections(old: Problem, problem: Problem) -> pd.DataFrame:
    """Return the sections that somebody else teaches now: Section, Course, Before, After."""
    rows = []
    for id, section in problem.sections.items():
        if id not in old.sections:
            continue
        was, now = old.teachers_of(old.sections[id]), problem.teachers_of(section)
        if was != now:
            names = ("; ".join(who) or NOWHERE for who in (was, now))
            rows.append((id, problem.course_of[id].id, *names))
    return pd.DataFrame(rows, columns=["Section", "Course", "Before", "After"], dtype=str)


def quality_change(old: Problem, before: Timetable, problem: Problem, after: Timetable) -> pd.DataFrame:
    """Return the measures of both timetables: Measure, Before, After, Unit, Better, Formula."""
    return quality_table({"Before": quality(old, before), "After": quality(problem, after)})


def place_in_words(problem: Problem, placement: Placement | None) -> str:
    """Return an hour and a room, such as ``Mon 08:00 B01-101``; a dash for none."""
    if placement is None:
        return NOWHERE
    name = problem.calendar.name(placement.time)
    return f"{name} {placement.room}" if placement.room else name
