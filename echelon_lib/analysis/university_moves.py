"""What moves from one timetable of a university to another, and whom it affects."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd

from echelon_lib.analysis.quality import quality, quality_table
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.formats.session_table import group_name

NOWHERE = "–"


def gone_sessions(old: Problem, before: Timetable, problem: Problem) -> pd.DataFrame:
    """Return the sessions with a place that only the earlier problem has: Session, Course, Before."""
    rows = [
        (id, old.course_of[section.id].id, place_in_words(old, before.placements[id]))
        for id, section in old.section_of.items()
        if id not in problem.meetings and id in before.placements
    ]
    rows.sort(key=lambda row: (row[1], row[0]))
    return pd.DataFrame(rows, columns=["Session", "Course", "Before"], dtype=str)


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
    rows.sort(key=lambda row: (-row[2], -row[3], row[0], row[1]))
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
