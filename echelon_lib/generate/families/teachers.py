"""Teachers of a made-up school, and for each section a period in which it can be.

The periods are found first, and only then is it drawn when a teacher is away: so every school has a master
schedule that keeps all required rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from echelon_lib.generate.families.courses import OfferedCourse
from echelon_lib.generate.families.presets import Family
from echelon_lib.generate.families.sections import PlannedSection
from echelon_lib.generate.school_catalogue import Draw

_IN_A_ROW = 3
"""Sections of one course that a teacher is given at a time."""
_MOST_COURSES = 3
_MOST_LABS = 4


@dataclass(slots=True)
class Staff:
    """A teacher.

    Parameters
    ----------
    department, most, part_time
        What is given, how much of it, and whether for half of the periods only.
    dedicated
        The only course of the teacher, where it is one with a teacher of its own.
    sections
        What the teacher gives.
    away
        Numbers of the periods in which the teacher is away.
    """

    department: str
    most: int
    part_time: bool = False
    dedicated: str = ""
    sections: list[PlannedSection] = field(default_factory=list)
    away: tuple[int, ...] = ()

    @property
    def courses(self) -> set[str]:
        """Titles of what the teacher gives."""
        return {one.course.title for one in self.sections}

    def may_take(self, course: OfferedCourse, count: int) -> bool:
        """Return whether the teacher can give so many sections of a course as well."""
        known = self.courses
        labs = sum(one.course.lab for one in self.sections)
        return (
            len(self.sections) + count <= self.most
            and (course.title in known or len(known) < _MOST_COURSES)
            and (not course.lab or labs + count <= (_MOST_LABS // 2 if self.part_time else _MOST_LABS))
        )


def staff_sections(
    draw: Draw, family: Family, sections: Sequence[PlannedSection], days: Sequence[Sequence[str]]
) -> list[Staff]:
    """Give every section a teacher and a period, and return the teachers, numbered by their place."""
    names = [name for day in days for name in day]
    by_staff: dict[str, list[PlannedSection]] = {}
    for section in sections:
        by_staff.setdefault(section.course.staff, []).append(section)
    staff = [one for group in by_staff.values() for one in _hired(draw, family, group, len(names))]
    for number, teacher in enumerate(staff):
        if teacher.part_time:
            teacher.away = _half(draw, days)
        for section in teacher.sections:
            section.teacher = number
    _place(draw, staff, names)
    for teacher in staff:
        if not teacher.part_time and not teacher.dedicated and draw.chance(family.away):
            free = [*set(range(len(names))) - {one.period for one in teacher.sections}]
            teacher.away = (free[draw.below(len(free))],) if free else ()
    return staff


def per_period_limits(sections: Sequence[PlannedSection]) -> dict[str, int]:
    """Return for how many sections at a time there is a place, for the courses that need one of their own.

    Where a course has more sections than its place has periods, there is a second place.
    """
    at_once = Counter((one.course.title, one.period) for one in sections)
    limits: dict[str, int] = {}
    for section in sections:
        title, limit = section.course.title, section.course.per_period
        if limit is not None:
            limits[title] = max(limits.get(title, limit), at_once[title, section.period])
    return limits


def _hired(draw: Draw, family: Family, sections: Sequence[PlannedSection], periods: int) -> list[Staff]:
    """Hire teachers for the sections of one subject until each has one."""
    count = Counter(one.course.title for one in sections)
    staff: list[Staff] = []
    for group in _in_turn(sorted(sections, key=lambda one: -count[one.course.title])):
        course = group[0].course
        if course.periods:
            able = [one for one in staff if one.dedicated == course.title]
        else:
            able = [one for one in staff if one.may_take(course, len(group))]
        teacher = max(able, key=lambda one: (course.title in one.courses, len(one.sections)), default=None)
        if teacher is None:
            teacher = _new_teacher(draw, family, course, len(group), periods)
            staff.append(teacher)
        teacher.sections.extend(group)
    return staff


def _in_turn(sections: Sequence[PlannedSection]) -> Iterator[list[PlannedSection]]:
    """Yield sections of one course in small groups."""
    group: list[PlannedSection] = []
    for section in sections:
        if group and (len(group) == _IN_A_ROW or section.course.title != group[0].course.title):
            yield group
            group = []
        group.append(section)
    if group:
        yield group


def _new_teacher(draw: Draw, family: Family, course: OfferedCourse, count: int, periods: int) -> Staff:
    if course.periods:
        return Staff(course.department, len(course.periods), dedicated=course.title)
    half = periods // 2
    part_time = draw.chance(family.part_time) and count <= (2 if course.lab else half)
    if part_time:
        most = max(count, 2 + draw.below(2) if half > 2 else 2)
    else:
        most = min(periods - 1, 6 if periods > 6 and draw.chance(25) else 5)
    return Staff(course.department, most, part_time)


def _half(draw: Draw, days: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Return the half of the periods in which somebody is away: a day, or mornings or afternoons."""
    first = len(days[0])
    total = sum(len(day) for day in days)
    if len(days) == 1:
        halves = [range(total // 2), range(-(-total // 2), total)]
        return tuple(halves[draw.below(2)])
    early = [place for place in range(total) if (place if place < first else place - first) < first // 2]
    late = [place for place in range(total) if place not in early]
    # Three sections of a part-time teacher fit whatever is left.
    fitting = [
        away for away in ([*range(first)], [*range(first, total)], early, late) if total - len(away) > 2
    ]
    return tuple(fitting[draw.below(len(fitting))])


def _place(draw: Draw, staff: Sequence[Staff], names: Sequence[str]) -> None:
    """Put each section into a period of its teacher, the sections of a course apart from each other.

    Places for one section at a time are respected as long as the teacher has a period left for it.
    """
    at_once: Counter[tuple[str, int]] = Counter()
    held: Counter[int] = Counter()
    number_of = {name: number for number, name in enumerate(names)}
    for teacher in sorted(staff, key=lambda one: (not one.dedicated, not one.part_time)):
        free = set(range(len(names))) - set(teacher.away)
        for section in teacher.sections:
            course = section.course
            fitting = sorted(free & {number_of[name] for name in course.periods} if course.periods else free)
            best = min(
                fitting,
                key=lambda period: (at_once[course.title, period], held[period], draw.below(1_000)),
            )
            section.period = best
            free.remove(best)
            at_once[course.title, best] += 1
            held[best] += 1
