"""Feasibility, first step: one meeting after another, the one with fewest starts left first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon_lib.search.kernels.university_construct import place_all
from echelon_lib.search.university.strategy import WeekSearch
from echelon_lib.stop import Running


@dataclass(frozen=True)
class Dsatur:
    """Meetings in the order of DSATUR, each where it takes least from the others."""

    name: str = "construction (DSATUR)"

    def run(self, search: WeekSearch, clock: Running, rng: np.random.Generator) -> str:
        """Place every meeting that has no place yet; rooms are never given twice."""
        placed = int((search.week.start < 0).sum())
        a, meetings, slots = search.arrays.university, len(search.week.start), search.arrays.week
        others = np.concatenate(([0], np.cumsum(np.diff(a.has_at)[a.who])))
        order = np.argsort(others[a.who_at[1:]] - others[a.who_at[:-1]], kind="stable")
        near, numbers = np.zeros(meetings, np.int64), np.zeros((5, meetings), np.int64)
        head, taken = np.full(slots + 2, -1, np.int64), np.zeros(slots, np.int64)
        clashing = int(place_all(a, search.week, order, near, numbers, head, taken))
        search.look()
        return f"{placed} meetings placed one by one, {clashing} of them without a free start"
