"""Feasibility, last step: the clashes that are left, with a weight for each pair of meetings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon_lib.search.kernels.university_breakout import UNIT, back_to, break_out, weigh
from echelon_lib.search.kernels.university_construct import count_pairs, list_pairs
from echelon_lib.search.kernels.university_layout import Graph, University
from echelon_lib.search.university.strategy import WeekSearch
from echelon_lib.stop import Running

Ints = NDArray[np.int64]

CHUNK = 5_000
"""Steps between two looks at the clock."""
RETURN = 80
"""Chunks after which the search returns to the best week."""
LOST, SLACK = 8, 60
"""It returns earlier where this many times the fewest clashing meetings clash, and some more."""
EVICTED = 0.1
"""Share of the searches for a room that end by emptying one where nothing else helps."""
STALLED = 100_000
"""Steps without fewer meetings that clash, after which rooms are emptied: that helps where they are scarce,
and elsewhere it makes more clashes than it mends."""
ANYWHERE = -2
"""Home of a meeting that may be anywhere."""


@dataclass(frozen=True)
class Breakout:
    """Meetings that clash go to their best start, or the pairs that clash there weigh more.

    Parameters
    ----------
    home, price
        Starts that meetings should keep, and what it costs to leave them, in groups that clash.
    pairs
        What ``graph`` returns, where it is known already; it stays as it is.
    evicted
        Share of the searches for a room that end by emptying one; None for none while there is progress.
    patience
        Steps without fewer meetings that clash, after which it gives up; None for any number.
    """

    home: Ints | None = None
    price: int = 0
    pairs: Graph | None = None
    evicted: float | None = None
    patience: int | None = None
    name: str = "breakout with weights of pairs"

    def run(self, search: WeekSearch, clock: Running, rng: np.random.Generator) -> str:
        """Make steps until nothing clashes; rooms are kept free by chains, and emptied where that fails."""
        if search.clashes == 0:
            return "nothing clashes"
        if clock.cancelled:  # the pairs of a large university take seconds
            return "somebody asked to stop"
        a, week = search.arrays.university, search.week
        search.load(*search.best)
        pairs = graph(a) if self.pairs is None else self.pairs._replace(weight=self.pairs.base.copy())
        gamma = np.zeros((len(a.length), search.arrays.week), np.int32)
        until = np.zeros((len(a.length), search.arrays.week), np.int64)
        home = np.full(len(a.length), ANYWHERE) if self.home is None else self.home
        best, kept = np.array([len(a.length) + 1], np.int64), search.best.copy()
        listed, place = np.zeros((2, len(a.length)), np.int64)
        score = np.zeros(search.arrays.week, np.int64)
        weigh(a, week, pairs, gamma)
        steps = moves = chunks = last = 0
        fewest = int(best[0])
        try:
            while True:
                stalled = EVICTED if steps - last >= STALLED else 0.0
                evicted = stalled if self.evicted is None else self.evicted
                count, steps, more = break_out(
                    *(a, week, pairs, gamma, until, steps, CHUNK, home, self.price * UNIT),
                    *(evicted, best, kept, listed, place, score),
                )
                moves += more
                chunks += 1
                if best[0] < fewest:
                    fewest, last = int(best[0]), steps
                if self.patience is not None and steps - last >= self.patience:
                    break
                if count == 0 or clock.done() or (search.moves is not None and steps >= search.moves):
                    break
                if chunks % RETURN == 0 or count > LOST * best[0] + SLACK:
                    back_to(a, week, pairs, gamma, kept)
        finally:  # an interrupt keeps the best as well
            search.load(kept[0], kept[1])
            search.look()
        return (
            f"{steps} steps made {moves} moves among {len(pairs.other) // 2} pairs, {best[0]} meetings left"
        )


def graph(a: University) -> Graph:
    """Return the pairs of meetings that somebody would have to attend both."""
    at = np.zeros(len(a.length) + 1, np.int64)
    row, groups, teachers = np.zeros((3, len(a.length)), np.int64)
    size = int(count_pairs(a, at, row))
    other, back, base = (np.zeros(size, np.int32) for _ in range(3))
    list_pairs(a, at, other, back, base, UNIT, row, groups, teachers)
    return Graph(at, other, back, base, base.copy())
