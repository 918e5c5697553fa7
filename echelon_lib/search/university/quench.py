"""Feasibility, second step: a short heat bath of so many draws, from hot to cold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon_lib.search.kernels.university_quench import PLANES, quench
from echelon_lib.search.kernels.university_week import clashing
from echelon_lib.search.university.strategy import WeekSearch
from echelon_lib.stop import Running

CHUNK = 4_000
"""Draws between two looks at what clashes."""


@dataclass(frozen=True)
class HeatBath:
    """Meetings draw new starts by the clashes that they would have there.

    Parameters
    ----------
    draws
        Draws for each meeting.
    hot, cold
        First and last temperature, in clashes.
    share
        Share of the draws for meetings that clash.
    """

    draws: int = 20
    hot: float = 0.5
    cold: float = 0.2
    share: float = 0.6
    name: str = "heat bath"

    def run(self, search: WeekSearch, clock: Running, rng: np.random.Generator) -> str:
        """Draw until nothing clashes, or all draws are made."""
        a, week = search.arrays.university, search.week
        chunks = -(-self.draws * len(a.length) // CHUNK)
        listed = np.zeros(len(a.length), np.int64)
        found, planes = np.zeros(search.arrays.week, np.int64), np.zeros(PLANES, np.int64)
        score = np.zeros(search.arrays.week)
        first = search.clashes
        moved = done = 0
        try:
            while done < chunks and not clock.done():
                count = int(clashing(a, week, listed))
                if count == 0:
                    break
                heat = self.hot * (self.cold / self.hot) ** (done / chunks)
                moved += int(quench(a, week, CHUNK, heat, listed, count, self.share, found, planes, score))
                done += 1
        finally:  # an interrupt keeps the best as well
            search.look()
        return f"{done * CHUNK} draws moved {moved} meetings, clashes from {first} to {search.clashes}"
