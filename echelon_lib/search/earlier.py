"""What was before, in the numbers of a search: who sat where, when sections were, and who was waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.search.arrays import SchoolArrays
from echelon_lib.search.kernels.layout import School
from echelon_lib.search.student_rules import MUST

LIGHT = 25
"""Percentile of the weights of requests that stands for a light one."""


@dataclass(frozen=True)
class Earlier:
    """A school whose search knows what was before.

    Parameters
    ----------
    arrays
        The school; its ``was_in`` and ``was_at`` say what was.
    periods, sections, options
        Period of each section, and section and option of each request, -1 where there was none.
    unit
        Weight of a light request.
    """

    arrays: SchoolArrays
    periods: NDArray[np.int64]
    sections: NDArray[np.int64]
    options: NDArray[np.int64]
    unit: int


def earlier(problem: Problem, before: Timetable, waiting: Callable[[str], bool] | None = None) -> Earlier:
    """Return the numbers of a school and of a timetable that was before.

    Parameters
    ----------
    problem
        The problem as it is now.
    before
        The timetable that was; what the problem does not know is left out.
    waiting
        Whether a request that the timetable does not serve was not served before either. Such a request is
        worth less than any change of others: it is served where that moves nobody, and what an alternate
        serves is left alone. None where every request is worth what it weighs.
    """
    plain = SchoolArrays(problem)
    periods, sections, options = (np.array(some, np.int64) for some in plain.read(before))
    a = plain.school
    allowed = np.array([p >= 0 and bool(m >> p & 1) for p, m in zip(periods, a.allowed, strict=True)])
    unit = _unit(a)
    # What was not served before weighs next to nothing; what an alternate served is not improved.
    weight, cost = a.weight.copy(), a.option_cost.copy()
    for r, id in enumerate(plain.requests if waiting is not None else ()):
        begin, end = int(a.option_at[r]), int(a.option_at[r + 1])
        if sections[r] >= 0:
            held = cost[options[r]]
            cost[begin:end] = np.maximum(cost[begin:end], held)
        elif a.weight[r] < MUST and waiting is not None and waiting(id):
            weight[r] = end - begin
            cost[begin:end] = np.arange(end - begin)
    school = a._replace(
        was_in=np.where(sections >= 0, sections, a.was_in),
        was_at=np.where(allowed, periods, -1) if len(periods) else periods,
        weight=weight,
        option_cost=cost,
    )
    return Earlier(with_school(plain, school), periods, sections, options, unit)


def with_school(arrays: SchoolArrays, school: School) -> SchoolArrays:
    """Return the arrays of a problem with some of them changed."""
    other = copy(arrays)
    other.__dict__["school"] = school
    return other


def closed(arrays: SchoolArrays, sections: Sequence[int]) -> SchoolArrays:
    """Return arrays in which nobody may take some sections, such as those that have no period."""
    limit = arrays.school.limit.copy()
    limit[list(sections)] = 0
    return with_school(arrays, arrays.school._replace(limit=limit))


def _unit(a: School) -> int:
    plain = a.weight[(a.weight > 0) & (a.weight < MUST)]
    return max(1, int(np.percentile(plain, LIGHT))) if len(plain) else 1
