"""Quality: annealing of a week without clashes, in parts side by side.

In each round the days are dealt out anew. A part moves the meetings of its days within these days, on a copy
of the week of its own; what the parts did is put together at the end of the round. They share no slot, so no
clash can arise, and the answer depends on nothing but the seed.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon_lib.search.kernels.dice import dice
from echelon_lib.search.kernels.university_layout import Week
from echelon_lib.search.kernels.university_soft import anneal_week
from echelon_lib.search.university.arrays import UniversityArrays
from echelon_lib.search.university.strategy import BLOCK, WeekSearch
from echelon_lib.stop import Running

Ints = NDArray[np.int64]

HOT, COLD = 0.57, 0.023
"""First and last temperature, in what all that is priced of a meeting may cost on average."""
GENTLE = 0.15
"""First temperature where a good week is to be improved."""
ROUNDS = 400
"""Rounds in all, where moves are counted or time is limited."""
FIRST, MOST = 5_000, 400_000
"""Moves of a part in the first round, and most in any."""
UNLIMITED = 60.0
"""Seconds where neither a deadline nor a number of moves ends the search."""
DAYS_OF_A_PART = 2
"""Fewest days of a part."""


@dataclass(frozen=True)
class Annealing:
    """Shifts, changes of room and exchanges by Metropolis' rule, colder and colder.

    Parameters
    ----------
    parts
        Parts side by side, at most; there are no more than the days allow.
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
        parts = max(1, min(self.parts, search.arrays.university.days // DAYS_OF_A_PART))
        cooling = _Cooling(clock, search.moves, parts)
        counts = np.zeros((parts, 3), np.int64)
        copies = [_Part(search, int(rng.integers(1 << 30)), counts[p]) for p in range(parts)]
        rounds = 0
        with ThreadPoolExecutor(parts) as pool:
            while not cooling.over:
                heat = hot * (unit * COLD / hot) ** cooling.spent
                days = np.array_split(rng.permutation(search.arrays.university.days), parts)
                order = copies if rounds % 2 else copies[::-1]
                jobs = [
                    pool.submit(part.work, own, movable, cooling.moves, heat)
                    for part, own in zip(order, days, strict=True)
                ]
                for job in jobs:
                    job.result()
                for part in copies:
                    part.hand_in()
                rounds += 1
                search.done += cooling.moves * parts
                search.keep(0, int(search.arrays.sums(search.week).sum()))
                cooling.step(search.done, search.cost)
        search.load(*search.best)
        kinds = ", ".join(
            f"{n:,} {kind}"
            for n, kind in zip(counts.sum(axis=0), ("shifts", "rooms", "exchanges"), strict=True)
        )
        tried = f"{search.done:,} moves tried in {rounds} rounds of {parts} parts"
        return f"{tried} ({kinds}), cost from {first} to {search.cost}"


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
            if self.total is None and now - self.last < self.whole / ROUNDS:
                self.moves = min(2 * self.moves, MOST)
        self.last = now
        self.over = self.spent >= 1 or self.clock.done(iterations=done // BLOCK, best=float(cost))


class _Part:
    """The copy of the week on which one thread works."""

    def __init__(self, search: WeekSearch, seed: int, counts: Ints) -> None:
        self.university = search.arrays.university
        self.whole = search.week
        own = {name: getattr(self.whole, name).copy() for name in COPIED}
        stamp, free = np.zeros_like(self.whole.stamp), np.zeros_like(self.whole.free)
        self.week: Week = self.whole._replace(**own, stamp=stamp, free=free, dice=dice(seed))
        self.counts = counts

    def begin(self, days: Ints, movable: Ints) -> None:
        """Take over the week, and the days that are this part's in the coming round."""
        a = self.university
        for name in COPIED:
            np.copyto(getattr(self.week, name), getattr(self.whole, name))
        self.days = np.sort(days)
        self.slots = (self.days[:, None] * a.slots + np.arange(a.slots)).ravel()
        self.week.free[0] = sum(1 << int(t) for t in self.slots)
        inside = np.zeros(a.days, np.bool_)
        inside[self.days] = True
        self.own = np.flatnonzero(inside[self.whole.start // a.slots])
        self.movable = movable[inside[self.whole.start[movable] // a.slots]]

    def work(self, days: Ints, movable: Ints, moves: int, heat: float) -> None:
        """Do the work of a round."""
        self.begin(days, movable)
        if len(self.movable):
            anneal_week(self.university, self.week, self.movable, moves, heat, self.counts)

    def hand_in(self) -> None:
        """Put what was done into the common week."""
        whole, week = self.whole, self.week
        whole.start[self.own] = week.start[self.own]
        whole.place[self.own] = week.place[self.own]
        np.bitwise_and(whole.busy, ~week.free[0], out=whole.busy)
        np.bitwise_or(whole.busy, week.busy & week.free[0], out=whole.busy)
        whole.holds[self.slots] = week.holds[self.slots]
        whole.load[self.slots] = week.load[self.slots]
        whole.often[:, self.days] = week.often[:, self.days]
        if whole.site.size:
            whole.site[:, self.slots] = week.site[:, self.slots]


COPIED = ("start", "place", "busy", "site", "holds", "often", "load")


def _unit(arrays: UniversityArrays) -> float:
    """Return what all that is priced of a meeting may cost, on average."""
    a = arrays.university
    prices = np.concatenate(([0], np.cumsum(a.gap_price[a.who] + a.travel_price[a.who])))
    people = prices[a.who_at[1:]] - prices[a.who_at[:-1]]
    others = a.repeat_price[a.section] + a.rooms_price[a.section] + a.seat_price + a.over_price
    return float((people + a.price.max(axis=1) + others).mean() + a.load_price[0])
