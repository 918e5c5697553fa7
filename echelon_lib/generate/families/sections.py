"""Sections of a made-up school: as many as the requests need, with the seats that its family leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from echelon_lib.generate.families.courses import SUPPORT_SEATS, OfferedCourse
from echelon_lib.generate.families.presets import Family

SPED_LIMIT = 12
"""Students in special education for whom a section has places."""
_SMALL = 4
_STRETCH = 107
"""A single section takes so many per cent of its seats before there are two."""


@dataclass(slots=True)
class PlannedSection:
    """A section with its teacher and a period in which it can be, by number; -1 before they are known."""

    course: OfferedCourse
    seats: int
    teacher: int = -1
    period: int = -1


def plan_sections(
    family: Family, courses: Mapping[str, OfferedCourse], asked: Mapping[str, int], sped: Mapping[str, int]
) -> list[PlannedSection]:
    """Return the sections of every course that is asked for, with a seat for everybody who asks."""
    sections: list[PlannedSection] = []
    for title, course in courses.items():
        if asked.get(title):
            count = _count(family, course, asked[title], sped.get(title, 0))
            seats = seats_of_each(family, course, asked[title], count)
            sections.extend(PlannedSection(course, seats) for _ in range(count))
    return sections


def seats_of_each(family: Family, course: OfferedCourse, asked: int, count: int) -> int:
    """Return the seats of each of the sections of a course."""
    if course.seats == SUPPORT_SEATS:
        return SUPPORT_SEATS
    least, roomy = -(-asked // count), -(-asked * family.room // (100 * count))
    if family.fitted or course.whole or count <= _SMALL:
        return max(least, min(course.seats, roomy))
    return max(least, course.seats)


def _count(family: Family, course: OfferedCourse, asked: int, sped: int) -> int:
    planned = (
        asked if course.whole or course.seats == SUPPORT_SEATS else -(-asked * (100 + family.slack) // 100)
    )
    stretched = course.seats * (100 if course.whole or course.periods else _STRETCH) // 100
    count = 1 if asked <= stretched else -(-planned // course.seats)
    count = max(count, -(-sped // SPED_LIMIT))
    return min(count, len(course.periods)) if course.periods else count
