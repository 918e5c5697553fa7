"""Quality: annealing of a week without clashes, in parts side by side.

In each round the days or the departments are dealt out anew; see :mod:`echelon_lib.search.university.parts`.
The end is done in one part and colder, where the clock or a count of moves gives it one.
The answer depends on nothing but the seed, as long as moves are counted.
"""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon_lib.domain.problem import Problem
from echelon_lib.search.kernels.dice import dice
from echelon_lib.search.university.arrays import UniversityArrays
from echelon_lib.search.university.crew import Steady, Threads
from echelon_lib.search.university.parts import (
    Deal,
    Effort,
    deal_days,
    deal_departments,
    hand_in,
    owners,
    splits,
)
from echelon_lib.search.university.strategy import BLOCK, WeekSearch
from echelon_lib.stop import Running

Ints = NDArray[np.int64]

HOT, COLD = 0.5, 0.016
"""First and last temperature, in what all that is priced of a meeting may cost on average."""
ENDING, COLDEST = 0.05, (0.005, 0.0008)
"""Share of the search that ends it in a single part, and its temperatures: what little is to be had of rooms
is had then, and parts side by side would miss each other there."""
GENTLE = 0.15
"""First temperature where a good week is to be improved."""
ROUNDS, ALONE = 20_000, 1_000
"""Rounds in all, at most, and those of a single part, for which nobody waits."""
LOOKS = 1_000
"""How often the whole week is counted, about, to keep the best."""
STEPS, TEMPERATURES = 10, 2_000
"""Temperatures of a round, at most, and of all rounds together, about."""
LEAST_MOVES, LOOK = 100, 5_000
"""Fewest moves of a part in a round where moves are counted, and moves between two looks at the clock."""
UNLIMITED = 60.0
"""Seconds where neither a deadline nor a number of moves ends the search."""
FEWEST_ROUNDS = 200
"""Rounds that there should be, even if handing over takes long: within a round no meeting leaves its part."""
HANDED = 1e-6
"""Seconds of a round for each meeting, at least, so that putting the parts together does not matter; that is
about the time of a move, and where moves are counted a part tries one for each meeting in a round."""
DAYS_OF_A_PART = 2
"""Fewest days of a part."""
BY_DEPARTMENTS = 0.5
"""Share of the rounds in which departments are dealt out where there are more parts than the days allow."""
WORTH_IT = 0.4
"""Share of the meetings that must be of one part for that."""


@dataclass(frozen=True)
class Annealing:
    """Shifts, changes of room and exchanges by Metropolis' rule, colder and colder.

    Parameters
    ----------
    parts
        Parts side by side, at most; by days there are no more than the days allow. Whoever else works for the
        search says how many, unless moves are counted.
    threads
        Threads of this process that work on them, at most; None for as many as there are parts.
    gently
        Whether it begins cold, so that a good week is not lost.
    """

    parts: int = 1
    threads: int | None = None
    gently: bool = False
    name: str = "annealing on week masks"

    def run(self, search: WeekSearch, clock: Running, rng: np.random.Generator) -> str:
        """Anneal until the clock or the count of moves ends it, and return to the best week."""
        a, unit = search.arrays.university, _unit(search.arrays)
        if search.clashes or not search.arrays.movable.any() or unit == 0:
            return "nothing to improve"
        search.load(*search.best)
        first = search.cost
        hot = GENTLE if self.gently else HOT
        here = Threads(self.threads_of(self.parts))
        crew = search.crew or here
        size = None if search.crew is None else crew.size
        parts = self.parts_of(search.arrays.problem, size, counted=search.moves is not None)
        dealer = _Dealer(search, parts, rng)
        cooling = _Cooling(clock, search.moves, parts, len(a.length), crew.least_round)
        counts, rounds, last = np.zeros(3, np.int64), 0, 0
        with ExitStack() as stack:
            steady = Steady(crew, here, a, parts, stack)
            while not cooling.over:
                deals = dealer.whole_week() if cooling.ending else dealer.deals()
                last += int(cooling.ending)
                effort = cooling.effort(len(deals), hot, unit)
                done = steady.work(search.week, deals, effort, clock)
                search.done += hand_in(a, search.week, deals, done)
                counts += sum(one.counts for one in done if one is not None)
                rounds += 1
                cooling.step(search.done, search.cost)
                if cooling.over or rounds % cooling.looks == 0:
                    search.keep(0, int(search.arrays.sums(search.week).sum()))
                    search.on_step(cooling.spent)
        search.load(*search.best)
        kinds = ", ".join(
            f"{n:,} {kind}" for n, kind in zip(counts, ("shifts", "rooms", "exchanges"), strict=True)
        )
        tried = f"{search.done:,} moves tried in {rounds} rounds of {parts} parts and the last {last} of one"
        if search.home is not None:
            tried += f", with {dealer.share:.0%} of the meetings in one of them by communities"
        told = (f"{tried} ({kinds}), cost from {first} to {search.cost}", *steady.told)
        return "; ".join(told)

    def parts_of(self, problem: Problem, size: int | None, *, counted: bool) -> int:
        """Return the parts side by side where so many work elsewhere, as far as days and departments allow.

        Where moves are counted, the answer must not hang on how many work.
        """
        parts = self.parts if size is None or counted else size
        departments = {section.department for section in problem.sections.values()}
        most = max(len(problem.calendar.days) // DAYS_OF_A_PART, len(departments))
        return max(1, min(parts, most))

    def threads_of(self, parts: int) -> int:
        """Return how many threads of this process work on so many parts."""
        return max(1, parts if self.threads is None else min(parts, self.threads))


class _Dealer:
    """Deals the week out to parts, round by round."""

    def __init__(self, search: WeekSearch, parts: int, rng: np.random.Generator) -> None:
        self.arrays, self.whole, self.rng = search.arrays, search.week, rng
        self.days = search.arrays.university.days
        self.dice = [dice(int(rng.integers(1 << 30))) for _ in range(parts)]
        wanted = search.home is not None or parts > max(1, self.days // DAYS_OF_A_PART)
        self.splits = splits(self.arrays, parts, rng, search.home) if wanted else []
        self.share = float(np.mean([split.share for split in self.splits])) if self.splits else 0.0
        worth_it = search.home is not None or self.share >= WORTH_IT
        self.by_departments = BY_DEPARTMENTS if worth_it else 0.0

    def whole_week(self) -> list[Deal]:
        """Return a single part that has everything."""
        return [deal_days(self.arrays, self.whole, np.arange(self.days), self.dice[0])]

    def deals(self) -> list[Deal]:
        """Return the parts of the next round."""
        parts = len(self.dice)
        if self.rng.random() < self.by_departments:
            split = self.splits[int(self.rng.integers(len(self.splits)))]
            rooms = owners(split, self.whole, parts, self.rng)
            return [
                deal_departments(self.arrays, split, rooms, number, own)
                for number, own in enumerate(self.dice)
            ]
        count = max(1, min(parts, self.days // DAYS_OF_A_PART))
        days = np.array_split(self.rng.permutation(self.days), count)
        chosen = self.rng.permutation(parts)[:count].tolist()
        return [
            deal_days(self.arrays, self.whole, own, self.dice[k]) for k, own in zip(chosen, days, strict=True)
        ]


class _Cooling:
    """How far the search is, by moves that are counted or by the clock, and what comes next."""

    def __init__(self, clock: Running, moves: int | None, parts: int, meetings: int, least: float) -> None:
        self.clock, self.total, self.parts = clock, moves, parts
        left = clock.remaining()
        self.whole = UNLIMITED if left is None and moves is None else left
        self.begun = clock.elapsed()
        self.done, self.spent = 0, 0.0
        self.moves = None if moves is None else _moves_of_a_round(moves, parts, meetings)
        whole = self.whole
        self.seconds = None if whole is None else _seconds_of_a_round(whole, parts, meetings, least)
        self.alone = None if whole is None else _seconds_of_a_round(whole, 1, meetings, least)
        rounds = max(1, rounds_of(parts, meetings, least, seconds=whole, moves=moves))
        self.looks = max(1, rounds // LOOKS)
        self.steps = max(1, min(STEPS, TEMPERATURES // rounds))
        self.over = clock.done() or moves == 0

    @property
    def ending(self) -> bool:
        """Whether the single part of the end is next."""
        return self.spent > 1 - ENDING - 1e-9

    def effort(self, parts: int, hot: float, unit: float) -> Effort:
        """Return what the next round of some parts is to do, with temperatures in units of the cost.

        No round reaches from the parts into the end.
        """
        until = 1.0 if self.ending else 1 - ENDING
        if self.total is not None and self.moves is not None:
            left = math.ceil(until * self.total) - self.done
            moves = -(-min(self.moves * self.parts, left) // parts)
            share, each, seconds = moves * parts / self.total, -(-moves // self.steps), None
        else:
            assert self.whole is not None
            length = self.alone if self.ending else self.seconds
            assert length is not None
            seconds = min(length, (until - self.spent) * self.whole)
            share, each = seconds / max(1e-6, self.whole), LOOK
        steps = ((k + 0.5) / self.steps for k in range(self.steps))
        heats = (unit * temperature(min(until, self.spent + share * step), hot) for step in steps)
        return Effort(tuple(heats), each, seconds)

    def step(self, done: int, cost: int) -> None:
        """Take note of what a round did."""
        self.done = done
        if self.total is not None:
            self.spent = done / self.total
        if self.whole is not None:
            self.spent = max(self.spent, (self.clock.elapsed() - self.begun) / max(1e-6, self.whole))
        self.over = self.spent >= 1 or self.clock.done(iterations=done // BLOCK, best=float(cost))


def temperature(spent: float, hot: float) -> float:
    """Return the temperature when so much of the search is spent, 0 to 1.

    Its logarithm falls in two straight lines, the second one from lower down.
    """
    last = 1 - ENDING
    if spent < last:
        return float(hot * (COLD / hot) ** (spent / last))
    return float(COLDEST[0] * (COLDEST[1] / COLDEST[0]) ** ((spent - last) / ENDING))


def rounds_of(parts: int, meetings: int, least: float, *, seconds: float | None, moves: int | None) -> int:
    """Return how many rounds some seconds, or moves of all parts together, make about.

    ``least`` are the seconds that a round should take at least, by whoever works on the parts.
    """
    if moves is not None:
        each, last = parts * _moves_of_a_round(moves, parts, meetings), math.ceil(moves * (1 - ENDING))
        return -(-last // each) - (-(moves - last) // each)
    whole = UNLIMITED if seconds is None else seconds
    return round(whole / max(1e-6, _seconds_of_a_round(whole, parts, meetings, least)))


def _moves_of_a_round(moves: int, parts: int, meetings: int) -> int:
    if parts == 1:
        return max(LEAST_MOVES, moves // ALONE)
    return max(LEAST_MOVES, moves // parts // ROUNDS, min(meetings, moves // parts // FEWEST_ROUNDS))


def _seconds_of_a_round(whole: float, parts: int, meetings: int, least: float) -> float:
    if parts == 1:
        return max(whole / ALONE, min(least, whole / FEWEST_ROUNDS))
    return max(whole / ROUNDS, min(max(least, HANDED * meetings), whole / FEWEST_ROUNDS))


def _unit(arrays: UniversityArrays) -> float:
    """Return what all that is priced of a meeting may cost, on average."""
    a = arrays.university
    prices = np.concatenate(([0], np.cumsum(a.gap_price[a.who] + a.travel_price[a.who])))
    people = prices[a.who_at[1:]] - prices[a.who_at[:-1]]
    sections = a.repeat_price + a.rooms_price + (a.hours_price if a.hours_price.size else 0)
    others = sections[a.section] + a.seat_price + a.over_price
    return float((people + a.price.max(axis=1) + others).mean() + a.load_price[0])
