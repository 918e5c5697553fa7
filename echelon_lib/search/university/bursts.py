"""Repair by bursts: one way to move what clashes for a short while, then another; who chooses, may differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from echelon_lib.search.kernels.university_bursts import bathe, tabu
from echelon_lib.search.kernels.university_quench import PLANES, quench
from echelon_lib.search.kernels.university_week import broken, clashing
from echelon_lib.search.university.strategy import WeekSearch
from echelon_lib.stop import Running

Floats = NDArray[np.float64]


class Operator(NamedTuple):
    """A way to move meetings: its name, the temperature, and the share of draws for meetings that clash.

    Without a share only meetings that clash are drawn, and without a temperature they go by tabu search.
    """

    name: str
    heat: float = 0.0
    share: float = 0.0


OPERATORS = (
    Operator("cool heat bath", 0.2, 0.9),
    Operator("warm heat bath", 0.3, 0.3),
    Operator("hot heat bath", 0.4, 0.6),
    Operator("cool heat bath of clashes", 0.15),
    Operator("warm heat bath of clashes", 0.3),
    Operator("tabu search of clashes"),
)
FEATURES = (
    *("clashes", "meetings that clash", "of them long", "of them without a place", "their people"),
    *("their rooms", "clashes of teachers", "bursts since the best", "the last burst helped"),
    "beyond the best",
)
"""What is known of a week that is repaired, each as a number from 0 to about 1."""
FEWEST = 200
"""Fewest draws of a burst; a large university has as many as meetings."""
LOST, SLACK = 2, 40
"""The search returns to the best week where this many times its clashes are reached, and some more."""

Choose = Callable[[Floats, np.random.Generator], int]
"""Chooses the number of an operator by what is known of the week."""


def at_random(features: Floats, rng: np.random.Generator) -> int:
    """Choose any operator."""
    return int(rng.integers(len(OPERATORS)))


class Mending:
    """A week of which what clashes is repaired, burst by burst.

    Parameters
    ----------
    search
        The week; its counts of visits must be up to date.

    Attributes
    ----------
    clashes, count
        What clashes in the week, as the search counts it, and how many meetings clash or have no place.
    draws, done
        Draws of a burst, and of all so far.
    """

    def __init__(self, search: WeekSearch) -> None:
        self.search, self.a, self.week = search, search.arrays.university, search.week
        meetings, slots = len(self.a.length), search.arrays.week
        self.draws, self.done = max(FEWEST, meetings), 0
        self.listed, self.place = np.zeros((2, meetings), np.int64)
        self.until = np.zeros((meetings, slots), np.int64)
        self.scratch = np.zeros(slots, np.int64), np.zeros(PLANES, np.int64), np.zeros(slots)
        self.rooms = np.diff(self.a.room_at)[self.a.kind] / max(1, len(self.a.capacity))
        self.people = np.diff(self.a.who_at)
        self._look()
        self.best, self.stale, self.helped = self.clashes, 0, False

    def _look(self) -> None:
        self.count = int(clashing(self.a, self.week, self.listed))
        self.clashes = int(broken(self.a, self.week))

    def burst(self, number: int) -> None:
        """Let an operator work for a while, from the best week where this one is lost."""
        if self.clashes > LOST * self.best + SLACK:
            self.search.load(*self.search.best)
            self._look()
        operator, before = OPERATORS[number], self.clashes
        clash = self.listed, self.count
        if operator.share:
            quench(self.a, self.week, self.draws, operator.heat, *clash, operator.share, *self.scratch)
        elif operator.heat:
            bathe(self.a, self.week, self.draws, operator.heat, *clash, self.place, *self.scratch)
        else:
            tabu(self.a, self.week, self.done, self.draws, self.until, *clash, self.place, *self.scratch)
        self.done += self.draws
        self._look()
        self.helped = self.clashes < before
        self.stale = 0 if self.clashes < self.best else self.stale + 1
        self.best = min(self.best, self.clashes)
        if self.clashes < self.search.clashes:
            self.search.look()

    def features(self) -> Floats:
        """Return what is known of the week, in the order of ``FEATURES``."""
        bad = self.listed[: self.count]
        total = max(1, self.count)
        teachers = self.week.visits[self.a.is_teacher]
        return np.array(
            (
                np.log1p(self.clashes) / 10,
                np.log1p(self.count) / 10,
                (self.a.length[bad] > 1).sum() / total,
                (self.week.start[bad] < 0).sum() / total,
                self.people[bad].sum() / total / 50,
                self.rooms[bad].sum() / total,
                np.maximum(teachers.astype(np.int64) - 1, 0).sum() / total,
                min(1.0, self.stale / 20),
                float(self.helped),
                np.log1p(self.clashes - self.best) / 10,
            )
        )


@dataclass(frozen=True)
class Bursts:
    """Bursts of operators, until nothing clashes.

    Parameters
    ----------
    choose
        Who chooses the operator of each burst.
    """

    choose: Choose = at_random
    name: str = "random mixture of bursts"

    def run(self, search: WeekSearch, clock: Running, rng: np.random.Generator) -> str:
        """Choose operators and let them work until nothing clashes, or time or draws are over."""
        if search.clashes == 0:
            return "nothing clashes"
        search.load(*search.best)
        mending = Mending(search)
        first, used = mending.clashes, np.zeros(len(OPERATORS), np.int64)
        while mending.count and not clock.done():
            if search.moves is not None and mending.done >= search.moves:
                break
            number = self.choose(mending.features(), rng)
            mending.burst(number)
            used[number] += 1
        search.load(*search.best)
        kinds = ", ".join(f"{n} {one.name}" for n, one in zip(used, OPERATORS, strict=True) if n)
        words = f"{used.sum()} bursts of {mending.draws} draws ({kinds})"
        return f"{words}, clashes from {first} to {search.clashes}"
