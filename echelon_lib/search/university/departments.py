"""Feasibility by CP-SAT, a department after another; the other strategies clear what clashes between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon_lib.search.university.strategy import WeekSearch
from echelon_lib.solvers.departments import by_departments
from echelon_lib.stop import Running

SHARE = 0.5
"""Share of the time that is left in which departments are placed."""


@dataclass(frozen=True)
class ByDepartments:
    """Departments are timetabled beside those before them, the largest first."""

    name: str = "CP-SAT, department after department"

    def run(self, search: WeekSearch, clock: Running, rng: np.random.Generator) -> str:
        """Place the departments; what has no place is left to the next stage."""
        arrays = search.arrays
        timetable, report = by_departments(
            arrays.problem, stop=clock.part(SHARE), seed=int(rng.integers(2**31))
        )
        search.load(*arrays.read(timetable))
        search.look()
        return report.sentence
