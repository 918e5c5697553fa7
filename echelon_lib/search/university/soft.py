"""Quality: annealing of a week without clashes, in parts side by side.

In each round the days or the departments are dealt out anew; see :mod:`echelon_lib.search.university.parts`.
The answer depends on nothing but the seed, as long as moves are counted.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon_lib.search.university.arrays import UniversityArrays
from echelon_lib.search.university.parts import Part, owners, splits
from echelon_lib.search.university.strategy import BLOCK, WeekSearch
from echelon_lib.stop import Running

Ints = NDArray[np.int64]

HOT, COLD = 0.5, 0.016
"""First and last temperature, in what all that is priced of a meeting may cost on average."""
GENTLE = 0.15
"""First temperature where a good week is to be improved."""
ROUNDS = 1_000
"""Rounds in all, where moves are counted or time is limited."""
FIRST, MOST = 5_000, 400_000
"""Moves of a part in the first round, and most in any."""
UNLIMITED = 60.0
"""Seconds where neither a deadline nor a number of moves ends the search."""
DAYS_OF_A_PART = 2
"""Fewest days of a part."""
BY_DEPARTMENTS = 0.5
"""Share of the rounds in which departments are dealt out where there are more parts than the days allow."""
WORTH_IT = 0.4
"""Share of the meetings that must be of one part for that."""
LEAST_ROUND = 0.05
"""Seconds that a round should take at least, so that dealing out does not matter."""


@dataclass(frozen=True)
class Annealing:
    """Shifts, changes of room and exchanges by Metropolis' rule, colder and colder.

    Parameters
    ----------
    parts
        Parts side by side, at most; by days there are no more than the days allow.
    gently
        Whether it begins cold, so that a good week is not lost.
    """

    parts: int = 1
    gently: bool = False
    name: str = "annealing on week masks"

    def run(self, search: WeekSearch, clock: Running, rng: np.random.Generator) -> str:
        """Anneal until the clock or the count of moves ends it, and return to the best week."""
        unit = _unit(search.arrays)
        movable = np.flatnonzero(search.arrays.movable)
        if search.clashes or not len(movable) or unit == 0:
            return "nothing to improve"
        search.load(*search.best)
        first = search.cost
        hot = unit * (GENTLE if self.gently else HOT)
        parts = max(1, self.parts)
        dealer = _Dealer(search, parts, rng)
        cooling = _Cooling(clock, search.moves, parts)
        rounds = 0
        with ThreadPoolExecutor(parts) as pool:
            while not cooling.over:
                search.done += dealer.round(pool, cooling.moves, hot * (unit * COLD / hot) ** cooling.spent)
                rounds += 1
                search.keep(0, int(search.arrays.sums(search.week).sum()))
                cooling.step(search.done, search.cost)
                search.on_step(cooling.spent)
        search.load(*search.best)
        kinds = ", ".join(
            f"{n:,} {kind}"
            for n, kind in zip(dealer.counts.sum(axis=0), ("shifts", "rooms", "exchanges"), strict=True)
        )
        tried = f"{search.done:,} moves tried in {rounds} rounds of {parts} parts"
        if search.home is not None:
            tried += f", with {dealer.share:.0%} of the meetings in one of them by communities"
        return f"{tried} ({kinds}), cost from {first} to {search.cost}"


class _Dealer:
    """Deals the week out to parts, round by round."""

    def __init__(self, search: WeekSearch, parts: int, rng: np.random.Generator) -> None:
        self.arrays, self.whole, self.rng = search.arrays, search.week, rng
        self.days = search.arrays.university.days
        self.counts = np.zeros((parts, 3), np.int64)
        self.parts = [Part(self.arrays, self.whole, int(rng.integers(1 << 30)), own) for own in self.counts]
        wanted = search.home is not None or parts > max(1, self.days // DAYS_OF_A_PART)
        self.splits = splits(self.arrays, parts, rng, search.home) if wanted else []
        self.share = float(np.mean([split.share for split in self.splits])) if self.splits else 0.0
        worth_it = search.home is not None or self.share >= WORTH_IT
        self.by_departments = BY_DEPARTMENTS if worth_it else 0.0

    def round(self, pool: ThreadPoolExecutor, moves: int, heat: float) -> int:
        """Have each part try moves at one temperature; return how many were tried in all."""
        if self.rng.random() < self.by_departments:
            split = self.splits[int(self.rng.integers(len(self.splits)))]
            rooms, load = owners(split, self.whole, len(self.parts), self.rng), self.whole.load.copy()
            jobs = [
                pool.submit(part.by_departments, split, number, rooms, moves, heat)
                for number, part in enumerate(self.parts)
            ]
            for job in jobs:
                job.result()
            for part in self.parts:
                part.hand_in_departments(load)
            return moves * len(self.parts)
        count = max(1, min(len(self.parts), self.days // DAYS_OF_A_PART))
        days = np.array_split(self.rng.permutation(self.days), count)
        working = [self.parts[k] for k in self.rng.permutation(len(self.parts))[:count]]
        jobs = [pool.submit(part.by_days, own, moves, heat) for part, own in zip(working, days, strict=True)]
        for job in jobs:
            job.result()
        for part in working:
            part.hand_in_days()
        return moves * count


class _Cooling:
    """How far the search is, by moves that are counted or by the clock, and how many moves come next."""

    def __init__(self, clock: Running, moves: int | None, parts: int) -> None:
        self.clock, self.total, self.parts = clock, moves, parts
        left = clock.remaining()
        self.whole = UNLIMITED if left is None and moves is None else left
        self.begun = self.last = clock.elapsed()
        self.spent = 0.0
        self.moves = FIRST if moves is None else max(100, moves // parts // ROUNDS)
        self.over = clock.done() or moves == 0

    def step(self, done: int, cost: int) -> None:
        """Take note of what a round did."""
        now = self.clock.elapsed()
        if self.total is not None:
            self.spent = done / self.total
        if self.whole is not None:
            self.spent = max(self.spent, (now - self.begun) / max(1e-6, self.whole))
            if self.total is None and now - self.last < max(LEAST_ROUND, self.whole / ROUNDS):
                self.moves = min(2 * self.moves, MOST)
        self.last = now
        self.over = self.spent >= 1 or self.clock.done(iterations=done // BLOCK, best=float(cost))


def _unit(arrays: UniversityArrays) -> float:
    """Return what all that is priced of a meeting may cost, on average."""
    a = arrays.university
    prices = np.concatenate(([0], np.cumsum(a.gap_price[a.who] + a.travel_price[a.who])))
    people = prices[a.who_at[1:]] - prices[a.who_at[:-1]]
    others = a.repeat_price[a.section] + a.rooms_price[a.section] + a.seat_price + a.over_price
    return float((people + a.price.max(axis=1) + others).mean() + a.load_price[0])
