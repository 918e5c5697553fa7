"""The students of a made-up university, in cohorts: classes of one programme and year."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from statistics import NormalDist

import numpy as np

from echelon_lib.generate.university.courses import YEARS
from echelon_lib.generate.university.draws import Dice, Floats, Ints

_SPREAD = 0.35
_FEWEST = 16
_CLASSES = {24: 0.15, 30: 0.3, 36: 0.25, 45: 0.2, 60: 0.1}
"""Largest class, and how many of the departments have it."""


@dataclass(frozen=True, slots=True)
class Cohorts:
    """Students, numbered through; those of a cohort in a row.

    Parameters
    ----------
    department, year
        By cohort.
    first
        First student of each cohort, and the number of students at the end.
    """

    department: Ints
    year: Ints
    first: Ints

    @property
    def students(self) -> int:
        """How many students there are."""
        return int(self.first[-1])

    def members(self, cohort: int) -> Ints:
        """Return the students of a cohort."""
        return np.arange(self.first[cohort], self.first[cohort + 1])

    def of_students(self, values: Ints) -> Ints:
        """Return for each student what is given for each cohort."""
        return np.repeat(values, np.diff(self.first))


def draw_cohorts(dice: Dice, departments: int, students: int) -> Cohorts:
    """Draw the departments' sizes and divide each year into classes of like size."""
    normal = NormalDist()
    quantiles = [(place + 0.5) / departments for place in range(departments)]
    base = np.array([exp(_SPREAD * normal.inv_cdf(part)) for part in quantiles])[dice.order(departments)]
    fewer = 1.08 - 0.05 * np.arange(YEARS)
    weights = base[:, None] * fewer * (0.85 + 0.3 * dice.uniform(departments * YEARS).reshape(-1, YEARS))
    sizes = _shared_out(weights.ravel(), students)
    largest = np.repeat(dice.quota(_CLASSES, departments), YEARS)
    department: list[int] = []
    year: list[int] = []
    first = [0]
    for place, (size, most) in enumerate(zip(sizes, largest, strict=True)):
        classes = -(-int(size) // int(most))
        start = first[-1]
        for number in range(1, classes + 1):
            department.append(place // YEARS)
            year.append(place % YEARS)
            first.append(start + number * int(size) // classes)
    return Cohorts(np.array(department), np.array(year), np.array(first))


def _shared_out(weights: Floats, total: int) -> Ints:
    """Return whole numbers in proportion to the weights with a sum, none of them very small."""
    low, high = 0.0, float(total)
    for _ in range(80):
        middle = (low + high) / 2
        if np.maximum(_FEWEST, np.floor(weights * middle)).sum() <= total:
            low = middle
        else:
            high = middle
    sizes: Ints = np.maximum(_FEWEST, np.floor(weights * low)).astype(np.int64)
    sizes[np.argsort(-weights, kind="stable")[: max(0, total - int(sizes.sum()))]] += 1
    return sizes
