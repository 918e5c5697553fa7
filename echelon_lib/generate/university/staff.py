"""Faculty of a made-up university: what each teaches, could teach, and when each is away or likes to teach.

It is drawn after the week is planted, so that nobody is away when they teach in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon_lib.generate.university.bands import DAYS, SLOTS, WEEK, bits
from echelon_lib.generate.university.draws import Dice, Ints
from echelon_lib.generate.university.plan import Plan

_HOURS_EACH = 13.2
_MOST_HOURS = (14, 16, 16, 18, 18, 20)
_HIRED_LATER = 16
_DAY_AWAY = 0.3
_MORNINGS, _LATER = 0.4, 0.65
"""Up to here people like mornings, and up to there later hours; the others like whole days."""
_ALL = (1 << WEEK) - 1
_DAY = (1 << SLOTS) - 1


@dataclass(slots=True, eq=False)
class Teacher:
    """Someone who teaches.

    Parameters
    ----------
    department
        Number of the department.
    most
        Most hours a week.
    courses
        Numbers of the courses that are taught or could be.
    busy, away, preferred
        Slots of the week as bits.
    """

    department: int
    most: int
    courses: set[int]
    hours: int = 0
    busy: int = 0
    away: int = 0
    preferred: int = 0


def staff_sections(dice: Dice, plan: Plan, start: Ints) -> tuple[list[Teacher], list[int]]:
    """Return the faculty, those of a department in a row, and who teaches each section with its labs."""
    teaching, catalogue = plan.teaching, plan.catalogue
    section_of = teaching.section[teaching.group]
    hours = np.bincount(section_of, weights=teaching.length).astype(np.int64)
    busy = [0] * len(hours)
    for section, begin, length in zip(
        section_of.tolist(), start.tolist(), teaching.length.tolist(), strict=True
    ):
        busy[section] |= bits(begin, length)
    staff: list[Teacher] = []
    teacher_of = [-1] * len(hours)
    department_of = catalogue.department[teaching.course]
    for department in range(len(catalogue.school)):
        sections = np.flatnonzero(department_of == department)
        own = _hired(dice, department, int(hours[sections].sum()))
        order = np.argsort(-hours[sections] + dice.uniform(len(sections)), kind="stable")
        for section in sections[order].tolist():
            teacher = _least_busy(dice, own, busy[section], int(hours[section]))
            teacher.busy |= busy[section]
            teacher.hours += int(hours[section])
            teacher.courses.add(int(teaching.course[section]))
            teacher_of[section] = len(staff) + own.index(teacher)
        for course in np.flatnonzero(catalogue.department == department).tolist():
            for place in dice.wholes(3, len(own)).tolist():
                own[place].courses.add(course)
        staff += own
    for teacher in staff:
        _draw_times(dice, teacher)
    return staff, teacher_of


def _hired(dice: Dice, department: int, hours: int) -> list[Teacher]:
    count = max(3, round(hours / _HOURS_EACH))
    return [Teacher(department, _MOST_HOURS[dice.below(len(_MOST_HOURS))], set()) for _ in range(count)]


def _least_busy(dice: Dice, own: list[Teacher], busy: int, hours: int) -> Teacher:
    """Return somebody with few hours who is free at the times of a section; where nobody is, hire."""
    free = [one for one in own if not one.busy & busy and one.hours + hours <= one.most]
    if not free:
        own.append(Teacher(own[0].department, _HIRED_LATER, set()))
        return own[-1]
    least = np.array([one.hours for one in free]) + 6 * dice.uniform(len(free))
    return free[int(np.argmin(least))]


def _draw_times(dice: Dice, teacher: Teacher) -> None:
    """Draw a day or a few hours away, never those of the planted week, and which of the others are liked."""
    away = 0
    if dice.one() < _DAY_AWAY:
        away |= _DAY << SLOTS * dice.below(DAYS)
    for _ in range(1 + dice.below(3)):
        away |= bits(dice.below(WEEK - 1), 2)
    teacher.away = away & ~teacher.busy & _ALL
    style, off = dice.one(), set(dice.order(DAYS)[:2].tolist())
    if style < _MORNINGS:
        liked = sum(0b000011111 << SLOTS * day for day in range(DAYS))
    elif style < _LATER:
        liked = sum(0b111111000 << SLOTS * day for day in range(DAYS))
    else:
        liked = sum(_DAY << SLOTS * day for day in range(DAYS) if day not in off)
    teacher.preferred = liked & ~teacher.away
