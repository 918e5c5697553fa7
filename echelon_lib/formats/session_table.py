"""A timetable as a list of sessions: one row for each, with day, hours, room, faculty and who comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from echelon_lib.domain.offerings import Section
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.run_tables import Sheet

COLUMNS = ("Session", "Course", "Section", "Day", "Start", "End", "Room", "Faculty", "Group", "People")

_MOST_GROUPS = 6
"""Programmes that are named in a row; of a wider audience the others are counted."""


def session_table(problem: Problem, timetable: Timetable) -> Sheet:
    """Return a row for each session of a timetable, in the order of the problem.

    A group is named by what its members have in common, such as ``P012 Year 2``; no student is named.
    Sessions without a place have empty cells.
    """
    return Sheet(COLUMNS, list(_rows(problem, timetable)))


def _rows(problem: Problem, timetable: Timetable) -> Iterator[tuple[object, ...]]:
    calendar = problem.calendar
    for section in problem.sections.values():
        course = problem.course_of[section.id].id
        teachers, audience = "; ".join(problem.teachers_of(section)), audience_of(problem, section)
        for meeting in section.meetings:
            placement = timetable.placements.get(meeting.id)
            where: tuple[str, ...] = ("", "", "", "")
            if placement is not None:
                time = placement.time
                where = (calendar.day_names(time), *calendar.hours(time), placement.room or "")
            yield (meeting.id, course, section.id, *where, teachers, audience, section.headcount)


def audience_of(problem: Problem, section: Section) -> str:
    """Return who comes to a section, by programme and year, the most numerous first."""
    counts: Counter[str] = Counter()
    for id in section.attendees:
        attendee = problem.attendee[id]
        if attendee.kind == "group":
            counts[group_name(attendee.tags)] += 1
    named = [name for name, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]
    more = len(named) - _MOST_GROUPS
    return "; ".join([*named[:_MOST_GROUPS], *([f"{more} more"] if more > 0 else [])])


def group_name(tags: frozenset[str]) -> str:
    """Return the name of those who have some tags in common, such as ``P012 Year 2``."""
    return " ".join(sorted(tags, key=lambda tag: (tag.startswith("Year "), tag)))
