"""The courses of a made-up university: of which department, kind and year, and what they have a week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon_lib.generate.university.draws import Dice, Ints

CORE, SERVICE, DEPARTMENT, OPEN = 0, 1, 2, 3
"""Kinds of courses: of a programme; for other programmes of the school; electives of the school; of all."""

YEARS = 4
BASKETS = 3
"""Open electives of one basket are held at the same times, so that nobody takes two of them."""
LAB_TYPES = 5

_DEPARTMENTS_OF_SCHOOL = 10.5
_HEAVIEST = {True: 20, False: 16}
"""Most hours a week of the core courses of a first or second year, and of a later one, batches apart."""

_CORE_WEEKS = {(3, 0): 0.35, (2, 1): 0.2, (3, 1): 0.25, (4, 0): 0.12, (4, 1): 0.08}
_SERVICE_WEEKS = {(3, 0): 0.7, (3, 1): 0.3}
_DEPARTMENT_WEEKS = {(3, 0): 0.49, (2, 0): 0.21, (3, 1): 0.21, (2, 1): 0.09}
_OPEN_WEEKS = {(3, 0): 0.7, (2, 0): 0.3}
_WEEKS = {CORE: _CORE_WEEKS, SERVICE: _SERVICE_WEEKS, DEPARTMENT: _DEPARTMENT_WEEKS, OPEN: _OPEN_WEEKS}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All courses, those of a department in a row.

    Parameters
    ----------
    school, lab_type
        By department.
    department, kind, year, basket, lectures, labs
        By course; the year counts from 0, the basket is -1 where there is none, and a lab takes two slots.
    """

    school: Ints
    lab_type: Ints
    department: Ints
    kind: Ints
    year: Ints
    basket: Ints
    lectures: Ints
    labs: Ints

    def of(self, kind: int, department: int, year: int) -> Ints:
        """Return the courses of one kind that a department gives in a year."""
        return np.flatnonzero((self.kind == kind) & (self.department == department) & (self.year == year))


def draw_catalogue(dice: Dice, departments: int, courses: int, lighter: int = 0) -> Catalogue:
    """Draw the courses.

    Parameters
    ----------
    lighter
        Hours by which the heaviest years are kept below what is usual.
    """
    schools = max(1, round(departments / _DEPARTMENTS_OF_SCHOOL))
    each, more = divmod(courses, departments)
    of_department = np.full(departments, each)
    of_department[dice.order(departments)[:more]] += 1
    rows: list[tuple[int, int, int, int]] = []
    for department, count in enumerate(of_department):
        electives = 4 if count >= 18 else 3
        rows.append((department, SERVICE, 0, -1))
        rows += [(department, CORE, place % YEARS, -1) for place in range(count - electives - 3)]
        rows += [(department, DEPARTMENT, 2, place % 2) for place in range(electives)]
        rows += [(department, OPEN, 0, (department + place) % BASKETS) for place in range(2)]
    department_of, kind, year, basket = np.array(rows, dtype=np.int64).T
    lectures, labs = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
    for each_kind, weeks in _WEEKS.items():
        places = np.flatnonzero(kind == each_kind)
        lectures[places], labs[places] = np.array(dice.quota(weeks, len(places)), dtype=np.int64).T
    catalogue = Catalogue(
        school=np.sort(np.arange(departments) % schools),
        lab_type=dice.order(departments) % LAB_TYPES,
        department=department_of,
        kind=kind,
        year=year,
        basket=basket,
        lectures=lectures,
        labs=labs,
    )
    _even_out(catalogue, lighter)
    return catalogue


def _even_out(catalogue: Catalogue, lighter: int) -> None:
    """Exchange heavy core courses of one year for light ones of another, until no year is too heavy.

    A lab of two batches keeps a section busy for four hours.
    """
    core = np.flatnonzero(catalogue.kind == CORE)
    group = catalogue.department[core] * YEARS + catalogue.year[core]
    hours = catalogue.lectures[core] + 4 * catalogue.labs[core]
    load = np.bincount(group, weights=hours, minlength=int(group.max()) + 1)
    most = np.array([_HEAVIEST[place % YEARS < 2] - lighter for place in range(len(load))])
    members = [np.flatnonzero(group == place) for place in range(len(load))]
    for _ in range(len(core)):
        over = int(np.argmax(load - most))
        if load[over] <= most[over]:
            break
        heavy = members[over][np.argmax(hours[members[over]])]
        room = most - load
        room[over] = -np.inf
        under = int(np.argmax(room))
        light = members[under][np.argmin(hours[members[under]])]
        if hours[light] >= hours[heavy] or load[under] + hours[heavy] - hours[light] > most[under]:
            break
        load[[over, under]] += hours[[light, heavy]] - hours[[heavy, light]]
        hours[[heavy, light]] = hours[[light, heavy]]
        one, other = core[heavy], core[light]
        for values in (catalogue.lectures, catalogue.labs):
            values[[one, other]] = values[[other, one]]
