"""Sections that a made-up high school has too many, or too few: something for advice to find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from echelon_lib.generate.school_catalogue import DEDICATED, SPORTS_MED, SUPPORT, Draw
from echelon_lib.generate.school_staff import (
    MOST_COURSES,
    SPED_LIMIT,
    MadeSection,
    MadeTeacher,
    fewest_sections,
    give,
)

_TARGET = 75
_WORTH_OPENING = 10
_LEFT_ALONE = (SPORTS_MED, *DEDICATED, *SUPPORT)


def add_surplus(
    draw: Draw,
    sections: list[MadeSection],
    teachers: list[MadeTeacher],
    asked: Counter[str],
    sped: Counter[str],
    *,
    wanted: int,
    periods: int,
) -> None:
    """Open sections that nobody needs, each in another course as long as there are courses.

    They go to courses of two to six sections first, and there to those that fall under three quarters of
    their seats by it. Teachers of the department with room give them; others are hired where there is none.
    """
    of = _by_course(sections)
    courses = [course for course in of if course not in _LEFT_ALONE and asked[course]]
    order = list(range(len(courses)))
    draw.shuffle(order)

    def suits(course: str) -> tuple[bool, bool, bool]:
        own = of[course]
        seats = sum(one.seats for one in own) + own[0].seats
        surplus = len(own) > fewest_sections([one.seats for one in own], asked[course], sped[course])
        return surplus, not 2 <= len(own) <= 6, asked[course] * 100 >= _TARGET * seats

    ranked = sorted((courses[place] for place in order), key=suits)
    for number in range(wanted):
        own = of[ranked[number % len(ranked)]]
        new = replace(own[-1], teacher=None)
        sections.insert(sections.index(own[-1]) + 1, new)
        _staff(draw, new, teachers, periods)
        own.append(new)


def take_away(
    draw: Draw,
    sections: list[MadeSection],
    teachers: list[MadeTeacher],
    asked: Counter[str],
    sped: Counter[str],
    *,
    wanted: int,
) -> None:
    """Close sections that are needed, so that enough students for a section miss a seat.

    Raises
    ------
    ValueError
        When the school has not so many courses of two sections and more that come short by it.
    """
    of = _by_course(sections)

    def comes_short(own: Sequence[MadeSection]) -> bool:
        return asked[own[0].course] - sum(one.seats for one in own[1:]) >= _WORTH_OPENING

    courses = [c for c, own in of.items() if c not in _LEFT_ALONE and len(own) > 1 and comes_short(own)]
    if len(courses) < wanted:
        raise ValueError(f"missing is {wanted}; this school has only {len(courses)} courses to take from.")
    order = list(range(len(courses)))
    draw.shuffle(order)
    for place in order[:wanted]:
        # Whoever is left with another section of the course still teaches all of theirs.
        gone = max(of[courses[place]], key=lambda one: one.teacher.load if one.teacher else 0)
        sections.pop(next(number for number, one in enumerate(sections) if one is gone))
