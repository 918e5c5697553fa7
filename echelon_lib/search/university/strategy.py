"""A stage of the search for universities, and the week that stages hand on to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from echelon_lib.search.kernels.university_week import broken, fill
from echelon_lib.search.university.arrays import UniversityArrays
from echelon_lib.search.university.crew import Crew
from echelon_lib.stop import Running

Ints = NDArray[np.int64]

BLOCK = 10_000
"""Moves that count as one iteration of a stopping criterion."""
UNKNOWN = np.iinfo(np.int64).max


@dataclass
class WeekSearch:
    """A week in the making, and the best one so far.

    Parameters
    ----------
    arrays
        The university.
    seed
        Seed of the dice of kernels.
    moves
        Steps that a stage may make where iterations are counted; None where the clock decides.
    crew
        Who works on the parts of the week side by side; None for threads of this process.
    on_better
        Hears of the cost of each week without clashes that is better than all before.
    on_step
        Hears how much of the last stage is over, 0 to 1, from stages that know it.

    Attributes
    ----------
    week
        Where everything is.
    clashes, cost, best
        Of the best week: what clashes or has no place, what it costs, starts and rooms.
    done
        Steps of the quality stage, all parts together.
    home
        Where each attendee belongs when the week is dealt out; None for departments.
    """

    arrays: UniversityArrays
    seed: int
    moves: int | None = None
    on_better: Callable[[int], None] = lambda cost: None
    on_step: Callable[[float], None] = lambda over: None
    crew: Crew | None = None
    clashes: int = field(init=False, default=UNKNOWN)
    cost: int = field(init=False, default=UNKNOWN)
    done: int = field(init=False, default=0)
    home: Ints | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.week = self.arrays.empty_week(self.seed)
        self.best = np.stack((self.week.start, self.week.place))

    def load(self, starts: Ints, places: Ints) -> None:
        """Put all meetings where they are said to be."""
        fill(self.arrays.university, self.week, starts, places)

    def look(self) -> None:
        """Keep the week if it is the best; its counts of visits must be up to date."""
        clashes = int(broken(self.arrays.university, self.week))
        if clashes == 0 and self.arrays.university.travels:  # who is where is not kept up to date by then
            self.load(self.week.start.copy(), self.week.place.copy())
        self.keep(clashes, UNKNOWN if clashes else int(self.arrays.sums(self.week).sum()))

    def keep(self, clashes: int, cost: int) -> None:
        """Keep the week if it has fewer clashes than the best, or none and a lower cost."""
        if (clashes, cost) >= (self.clashes, self.cost):
            return
        self.best = np.stack((self.week.start, self.week.place))
        self.clashes, self.cost = clashes, cost
        if clashes == 0:
            self.on_better(cost)


class Strategy(Protocol):
    """One way to do a stage."""

    @property
    def name(self) -> str:
        """Name in words."""
        ...

    def run(self, search: WeekSearch, clock: Running, rng: np.random.Generator) -> str:
        """Work on the week until the clock ends it; return what was done, in a sentence without full stop."""
        ...
