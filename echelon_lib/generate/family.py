"""Made-up high schools of one family, at any size and on any calendar.

Each student has a list of their own. The same arguments give the same bytes on every machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from echelon_lib.generate.families.courses import offer_of
from echelon_lib.generate.families.files import FamilySchool, answer_tables, school_tables
from echelon_lib.generate.families.planting import plant
from echelon_lib.generate.families.presets import (
    CHOICES,
    DISTINCT,
    FAMILIES,
    SINGLETONS,
    Choice,
    Family,
    period_names,
)
from echelon_lib.generate.families.rules_text import rules_text
from echelon_lib.generate.families.sections import PlannedSection, plan_sections
from echelon_lib.generate.families.statistics import school_statistics
from echelon_lib.generate.families.students import Pupil, demand, draw_pupils, name_alternates
from echelon_lib.generate.families.teachers import Staff, per_period_limits, staff_sections
from echelon_lib.generate.school import LARGEST_SCHOOL
from echelon_lib.generate.school_catalogue import Draw

__all__ = ["FAMILIES", "FamilySchool", "generate_family", "school_statistics"]

SMALLEST_SCHOOL = 50


def generate_family(
    family: str = "realistic",
    *,
    students: int = 2_200,
    seed: int = 0,
    periods: int | None = None,
    days: int | None = None,
    planted: bool = False,
    alternates: float = 0,
) -> FamilySchool:
    """Invent a high school of grades 9 to 12 in which nearly every student has a list of their own.

    Every course has the seats that its requests need, seats in special education included, and there is
    a master schedule that keeps every required rule; whether all requests can be met at once is left open.
    From 500 to 4,000 students at least 94 % of the lists are different, at least 40 % of the courses have
    one section, and there are at most 1.16 seats for each request. Where a draw misses one of the first two,
    as on short days, which are nearly full of required courses, the school is drawn anew: students do
    without some required courses, and electives that fewer ask for are held. The academies of ``cohort`` on
    seven periods are left as they were fixed; nothing but their draw makes them keep it.

    Parameters
    ----------
    family
        ``realistic``: students ask for six to eight of eight courses, and a few seats are to spare.
        ``hard``: four of five students want a course in every period, and no seats are planned to spare.
        ``cohort``: seven periods of one day, academies that take the same few electives, and large single
        sections for a whole cohort. ``tight``: hardly a free seat, many students in special education and
        many part-time teachers.
    students
        Number of students, from 50 to 10,000.
    seed
        Seed of the draw.
    periods
        6, 7 or 8; by default those of the family.
    days
        1, or 2 for two days that alternate (R1 to R4 and G1 to G4); by default 2 for eight periods
        in every family but ``cohort``, else 1.
    planted
        Let one timetable meet all requests, and give it as well. For that a tenth of the requests is
        for another course in a school of 500, and one in a hundred in one of 2,000.
    alternates
        Share, from 0 to 1, of the requests for other than core courses that name an alternate. Nothing else
        about the school depends on it.

    Raises
    ------
    ValueError
        An argument is out of its range; the message names all of them.
    """
    _check(family, students, seed, periods, days, alternates)
    kind = FAMILIES[family]
    periods = kind.periods if periods is None else periods
    if days is None:
        days = kind.days if periods == kind.periods else 1
    grid = period_names(periods, days)
    names = tuple(name for day in grid for name in day)
    # Academies as they were fixed are never made easier or harder.
    choices = CHOICES[:1] if kind.academies and periods == kind.periods else CHOICES
    for choice in choices:
        pupils, sections, staff, seated = _drawn(kind, choice, students, seed, grid, planted)
        if _many_kinds(pupils, sections):
            break
    courses = {one.course.title: one.course for one in sections}
    if alternates:
        name_alternates(Draw(seed), pupils, courses, alternates)
    name = f"{family.capitalize()} school of {students} students, seed {seed}"
    return FamilySchool(
        school_tables(pupils, sections, staff, names),
        rules_text(name, grid, [*courses.values()], per_period_limits(sections)),
        answer_tables(pupils, sections, seated, names) if planted else {},
    )


def _drawn(
    kind: Family, choice: Choice, students: int, seed: int, grid: Sequence[Sequence[str]], planted: bool
) -> tuple[list[Pupil], list[PlannedSection], list[Staff], list[list[int]]]:
    """Draw a school: students, sections, teachers and, if it is to be planted, where each student sits."""
    draw = Draw(seed)
    names = tuple(name for day in grid for name in day)
    offer = offer_of(kind, students, names)
    pupils = draw_pupils(draw, kind, choice, offer, students=students, periods=len(names))
    sections = plan_sections(kind, offer.courses, demand(pupils), _sped(pupils))
    staff = staff_sections(draw, kind, sections, grid)
    return pupils, sections, staff, plant(draw, kind, pupils, sections) if planted else []


def _many_kinds(pupils: Sequence[Pupil], sections: Sequence[PlannedSection]) -> bool:
    """Return whether the lists are as different, and the singletons as many, as they are to be."""
    lists = {frozenset(one.titles) for one in pupils}
    count = Counter(one.course.title for one in sections)
    singletons = sum(number == 1 for number in count.values())
    return 100 * len(lists) >= DISTINCT * len(pupils) and 100 * singletons >= SINGLETONS * len(count)


def _sped(pupils: Sequence[Pupil]) -> Counter[str]:
    return demand(pupil for pupil in pupils if pupil.sped)


def _check(
    family: object, students: object, seed: object, periods: object, days: object, alternates: object
) -> None:
    def whole(value: object, least: int, most: int | None = None) -> bool:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            return False
        return most is None or value <= most

    wrong = []
    if family not in FAMILIES:
        wrong.append(f"family is {family!r}; it must be one of {', '.join(FAMILIES)}.")
    if not whole(students, SMALLEST_SCHOOL, LARGEST_SCHOOL):
        wrong.append(
            f"students is {students!r}; it must be a whole number from {SMALLEST_SCHOOL} to {LARGEST_SCHOOL}."
        )
    if not whole(seed, 0):
        wrong.append(f"seed is {seed!r}; it must be a whole number from 0 on.")
    if periods is not None and not whole(periods, 6, 8):
        wrong.append(f"periods is {periods!r}; it must be 6, 7 or 8.")
    if days is not None and not whole(days, 1, 2):
        wrong.append(f"days is {days!r}; it must be 1 or 2.")
    if not isinstance(alternates, int | float) or isinstance(alternates, bool) or not 0 <= alternates <= 1:
        wrong.append(f"alternates is {alternates!r}; it must be a share from 0 to 1.")
    if wrong:
        raise ValueError("\n".join(wrong))
