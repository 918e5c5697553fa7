"""Who attends what at a made-up university: sections of classes, and of students who chose an elective."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from echelon_lib.generate.university.courses import (
    BASKETS,
    CORE,
    DEPARTMENT,
    OPEN,
    SERVICE,
    YEARS,
    Catalogue,
)
from echelon_lib.generate.university.draws import Dice, Ints
from echelon_lib.generate.university.students import Cohorts

LARGEST_SECTION = 60
_OF_ANOTHER_DEPARTMENT = 0.15
_BOTH_ELECTIVES = 0.5
_TWO_OPEN = 0.5
_TWO_SERVICES = 0.5
_ELECTIVE_SECTIONS = {30: 1, 36: 1, 45: 1, 60: 1}

Section = tuple[int, Ints]
"""A course and the students who attend the section."""


def draw_sections(dice: Dice, catalogue: Catalogue, cohorts: Cohorts) -> list[Section]:
    """Return all sections: of cohorts first, then of the electives."""
    return [
        *_of_cohorts(catalogue, cohorts),
        *_of_services(dice, catalogue, cohorts),
        *_of_electives(dice, catalogue, cohorts),
    ]


def _of_cohorts(catalogue: Catalogue, cohorts: Cohorts) -> Iterator[Section]:
    """Yield a section of every core course for each cohort of its year."""
    core: dict[tuple[int, int], list[int]] = {}
    for course in np.flatnonzero(catalogue.kind == CORE).tolist():
        key = int(catalogue.department[course]), int(catalogue.year[course])
        core.setdefault(key, []).append(course)
    for cohort, key in enumerate(zip(cohorts.department.tolist(), cohorts.year.tolist(), strict=True)):
        for course in core.get(key, ()):
            yield course, cohorts.members(cohort)


def _of_services(dice: Dice, catalogue: Catalogue, cohorts: Cohorts) -> Iterator[Section]:
    """Yield sections of what the first two years hear in other departments of the school.

    Two small cohorts share a section.
    """
    service = np.flatnonzero(catalogue.kind == SERVICE)
    number_of = cohorts.department * YEARS + cohorts.year
    for school in range(int(catalogue.school.max()) + 1):
        departments = np.flatnonzero(catalogue.school == school)
        wanted: dict[tuple[int, int], list[int]] = {}
        for department in departments.tolist():
            for year in (0, 1):
                count = 1 + (dice.one() < _TWO_SERVICES)
                for course in dice.some(service[departments].tolist(), count):
                    wanted.setdefault((course, year), []).append(department * YEARS + year)
        for (course, _), groups in wanted.items():
            members = [cohorts.members(int(c)) for c in np.flatnonzero(np.isin(number_of, groups))]
            members.sort(key=len)
            while members:
                own = members.pop(0)
                if members and len(own) + len(members[0]) <= LARGEST_SECTION:
                    own = np.concatenate([own, members.pop(0)])
                yield course, own


def _of_electives(dice: Dice, catalogue: Catalogue, cohorts: Cohorts) -> Iterator[Section]:
    """Yield sections of the electives; those of open electives are mixed."""
    for mixed, choices in (
        (False, _department_choices(dice, catalogue, cohorts)),
        (True, _open_choices(dice, catalogue, cohorts)),
    ):
        student, course = choices
        order = np.lexsort((dice.uniform(len(student)) if mixed else student, course))
        student, course = student[order], course[order]
        chosen, first = np.unique(course, return_index=True)
        largest = dice.quota(_ELECTIVE_SECTIONS, len(chosen))
        for place, members in enumerate(np.split(student, first[1:])):
            count = -(-len(members) // largest[place])
            for number in range(count):
                low, high = number * len(members) // count, (number + 1) * len(members) // count
                yield int(chosen[place]), members[low:high]


def _department_choices(dice: Dice, catalogue: Catalogue, cohorts: Cohorts) -> tuple[Ints, Ints]:
    """Return students of the upper years and a department elective of one or both baskets for each."""
    students = np.flatnonzero(cohorts.of_students(cohorts.year) >= 2)
    both = dice.uniform(len(students)) < _BOTH_ELECTIVES
    student = np.concatenate([students, students[both]])
    one = dice.wholes(len(students), 2)
    basket = np.concatenate([one, 1 - one[both]])
    department = cohorts.of_students(cohorts.department)[student]
    abroad = np.flatnonzero(dice.uniform(len(student)) < _OF_ANOTHER_DEPARTMENT)
    school = catalogue.school[department[abroad]]
    first = np.searchsorted(catalogue.school, school)
    size = np.searchsorted(catalogue.school, school, side="right") - first
    department[abroad] = first + (dice.uniform(len(abroad)) * size).astype(np.int64)
    offered = np.flatnonzero(catalogue.kind == DEPARTMENT)
    # Sorted by department and basket, so that the electives of each stand in a row.
    key = catalogue.department[offered] * 2 + catalogue.basket[offered]
    offered = offered[np.argsort(key, kind="stable")]
    key.sort()
    first = np.searchsorted(key, department * 2 + basket)
    size = np.searchsorted(key, department * 2 + basket, side="right") - first
    return student, offered[first + (dice.uniform(len(student)) * size).astype(np.int64)]


def _open_choices(dice: Dice, catalogue: Catalogue, cohorts: Cohorts) -> tuple[Ints, Ints]:
    """Return all students and one or two open electives of different baskets for each.

    The first courses of a basket are the popular ones.
    """
    baskets = [np.flatnonzero((catalogue.kind == OPEN) & (catalogue.basket == b)) for b in range(BASKETS)]
    held = [basket for basket in baskets if len(basket)]
    count = cohorts.students
    turns = np.argsort(dice.uniform(count * len(held)).reshape(count, -1), axis=1, kind="stable")
    second = np.flatnonzero(dice.uniform(count) < _TWO_OPEN)
    student = np.concatenate([np.arange(count), second])
    basket = np.concatenate([turns[:, 0], turns[second, 1]])
    size = np.array([len(one) for one in held])
    offset = np.concatenate([[0], np.cumsum(size)])[:-1]
    place = (size[basket] * dice.uniform(len(student)) ** 1.2).astype(np.int64)
    return student, np.concatenate(held)[offset[basket] + place]
