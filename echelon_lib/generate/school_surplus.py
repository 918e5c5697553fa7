"""Sections that a made-up high school has too many, or too few: something for advice to find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from echelon_lib.generate.school_catalogue import DEDICATED, SPORTS_MED, SUPPORT, Draw
from echelon_lib.generate.school_staff import MOST_COURSES, SPED_LIMIT, MadeSection, MadeTeacher, give

_TARGET = 75
_WORTH_OPENING = 10
_LEFT_ALONE = (SPORTS_MED, *DEDICATED, *SUPPORT)


def fewest_sections(seats: Sequence[int], asked: int, sped: int) -> int:
    """Return how many sections of a course hold those who ask for it; all of them where even all do not."""
    held = places = 0
    for count, one in enumerate(sorted(seats, reverse=True)):
        if held >= asked and places >= sped:
            return count
        held, places = held + one, places + min(one, SPED_LIMIT)
    return len(seats)


def missing_sections(seats: Sequence[int], asked: int) -> int:
    """Return how many more sections as large as the largest hold those who ask for a course."""
    return -(-max(0, asked - sum(seats)) // max(seats))


def add_surplus(
    draw: Draw,
    sections: list[MadeSection],
    teachers: list[MadeTeacher],
    asked: Mapping[str, int],
    sped: Mapping[str, int],
    *,
    wanted: int,
    periods: int,
) -> None:
    """Open sections that nobody needs, each in another course as long as there are courses.

    They go to courses of two to six sections first, and there to those that fall under three quarters of
    their seats by it. Teachers of the department with room give them; others are hired where there is none.
    """
    of = _by_course(sections)
    courses = [course for course in of if course not in _LEFT_ALONE]
    order = list(range(len(courses)))
    draw.shuffle(order)

    def unsuited(course: str) -> tuple[bool, bool, bool]:
        seats = [one.seats for one in of[course]]
        surplus = len(seats) > fewest_sections(seats, asked[course], sped.get(course, 0))
        return surplus, not 2 <= len(seats) <= 6, asked[course] * 100 >= _TARGET * (sum(seats) + seats[-1])

    ranked = sorted((courses[place] for place in order), key=unsuited)
    for number in range(wanted):
        course = ranked[number % len(ranked)]
        last = of[course][-1]
        new = MadeSection(course, last.department, last.seats)
        give(new, _somebody(teachers, new, periods))
        place = max(at for at, one in enumerate(sections) if one.course == course)
        sections.insert(place + 1, new)


def take_away(draw: Draw, sections: list[MadeSection], asked: Mapping[str, int], *, wanted: int) -> None:
    """Close sections that are needed, so that enough students for a section miss a seat.

    Raises
    ------
    ValueError
        When too few courses come so short by one section.
    """
    of = _by_course(sections)
    courses = [
        course
        for course, own in of.items()
        if course not in _LEFT_ALONE
        and asked[course] - sum(one.seats for one in own[1:]) >= _WORTH_OPENING
        and len(own) > 1
        and _busiest(own).load > 1
    ]
    if len(courses) < wanted:
        raise ValueError(
            f"missing is {wanted}; only {len(courses)} courses of this school have a section to take away."
        )
    order = list(range(len(courses)))
    draw.shuffle(order)
    for place in order[:wanted]:
        own = of[courses[place]]
        teacher = _busiest(own)
        gone = next(at for at, one in enumerate(sections) if one in own and one.teacher is teacher)
        del sections[gone]
        teacher.load -= 1


def _by_course(sections: Sequence[MadeSection]) -> dict[str, list[MadeSection]]:
    found: dict[str, list[MadeSection]] = {}
    for section in sections:
        found.setdefault(section.course, []).append(section)
    return found


def _busiest(sections: Sequence[MadeSection]) -> MadeTeacher:
    """Return who teaches most of those who teach a course."""
    return max((one.teacher for one in sections if one.teacher is not None), key=lambda one: one.load)


def _somebody(teachers: list[MadeTeacher], section: MadeSection, periods: int) -> MadeTeacher:
    """Return a teacher of the department with room for one more section; a new one if there is none."""
    able = [
        teacher
        for teacher in teachers
        if teacher.department == section.department
        and teacher.load < min(teacher.most, periods - len(teacher.away))
        and (section.course in teacher.courses or len(teacher.courses) < MOST_COURSES)
    ]
    if not able:
        teachers.append(MadeTeacher(section.department, 4, name=f"T{len(teachers) + 1:03d}"))
        return teachers[-1]
    return min(able, key=lambda one: (section.course not in one.courses, one.load))
