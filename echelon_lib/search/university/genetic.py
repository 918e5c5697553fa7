"""Quality by a genetic algorithm, whose weeks never clash: places that do not fit are not inherited."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from echelon_lib.search.kernels.dice import dice
from echelon_lib.search.kernels.university_genetic import breed
from echelon_lib.search.kernels.university_layout import SUMS
from echelon_lib.search.university.arrays import UniversityArrays
from echelon_lib.search.university.soft import UNLIMITED
from echelon_lib.search.university.strategy import BLOCK, WeekSearch
from echelon_lib.stop import Running

Ints = NDArray[np.int64]

GENERATIONS = 50
SHAKEN = 5
"""Exchanges of two meetings that are tried for each meeting, to make the first weeks differ."""
SWAPPED = 0.1
"""Exchanges that are tried for each meeting where a child mutates."""
WITHOUT = -1
"""Cost of a child that is none."""


class Birth(NamedTuple):
    """How a child is made: numbers of its parents, what it has of the first, exchanges, and its luck."""

    mother: int
    father: int
    cut: int
    swaps: int
    seed: int


@dataclass(frozen=True)
class Genetic:
    """Weeks have children, and the best ones have more.

    Parameters
    ----------
    parts
        Children that are made side by side; nothing else depends on it.
    generations
        Generations at most; None for as many as the time allows.
    population
        Weeks of a generation.
    pool
        Share of the best, from which parents come: the better of two that are drawn.
    crossover
        Share of the children with two parents, cut at one point; the others are like their mother.
    mutation
        Share of the children in which meetings exchange their places.
    elite
        Share of the best that live on.
    """

    parts: int = 1
    generations: int | None = GENERATIONS
    population: int = 30
    pool: float = 0.2
    crossover: float = 0.7
    mutation: float = 0.1
    elite: float = 0.1
    name: str = "genetic algorithm"

    def run(self, search: WeekSearch, clock: Running, rng: np.random.Generator) -> str:
        """Breed generation after generation, and return to the best week."""
        movable = np.flatnonzero(search.arrays.movable)
        if search.clashes or len(movable) < 2:
            return "nothing to improve"
        first, end = search.cost, self._end(search, clock)
        nurseries = [_Nursery(search.arrays, movable) for _ in range(max(1, self.parts))]
        with ThreadPoolExecutor(len(nurseries)) as pool:
            shaken = [Birth(0, 0, len(movable), SHAKEN * len(movable), 0)] * (self.population - 1)
            weeks, costs = search.best[None], np.array([first])
            weeks, costs = _grown(pool, nurseries, weeks, costs, np.zeros(1, np.int64), _lucky(shaken, rng))
            done = 0
            while done != self.generations and clock.elapsed() < end:
                self._keep(search, weeks, costs)
                if search.moves is not None and search.done >= search.moves:
                    break
                if clock.done(iterations=search.done // BLOCK, best=float(search.cost)):
                    break
                search.done += self.population * len(movable)
                order = np.argsort(costs, kind="stable")
                births = self._births(order, len(movable), rng)
                elite = order[: self.population - len(births)]
                weeks, costs = _grown(pool, nurseries, weeks, costs, elite, births)
                done += 1
                search.on_step(self._over(search, done))
        self._keep(search, weeks, costs)
        search.load(*search.best)
        lost, none = np.sum([one.counts for one in nurseries], axis=0)
        return (
            f"{done} generations of {self.population} weeks, {lost:,} places did not fit and were not "
            f"inherited, {none:,} children were given up; cost from {first} to {search.cost}"
        )

    def _end(self, search: WeekSearch, clock: Running) -> float:
        """Return the second at which it ends where nothing else ends it."""
        limits = (self.generations, search.moves, clock.remaining(), clock.patience)
        return clock.elapsed() + (UNLIMITED if all(one is None for one in limits) else np.inf)

    def _over(self, search: WeekSearch, done: int) -> float:
        """Return how much is over after some generations, where generations or moves end it."""
        limits = ((done, self.generations), (search.done, search.moves))
        return max((made / most for made, most in limits if most), default=0.0)

    def _births(self, order: Ints, meetings: int, rng: np.random.Generator) -> list[Birth]:
        """Return how the children of a generation are made, of weeks in the order of their costs."""
        count = self.population - max(1, round(self.elite * self.population))
        best = max(2, round(self.pool * self.population))
        # Of two that are drawn the better one: the first in the order.
        parents = order[rng.integers(0, best, (count, 2, 2)).min(axis=2)]
        crossed, mutated = rng.random(count) < self.crossover, rng.random(count) < self.mutation
        cuts = np.where(crossed, rng.integers(1, meetings, count), meetings)
        swaps = np.where(mutated, max(1, round(SWAPPED * meetings)), 0)
        made = zip(parents, cuts, swaps, strict=True)
        births = [Birth(*map(int, (*two, cut, swap, 0))) for two, cut, swap in made]
        return _lucky(births, rng)

    @staticmethod
    def _keep(search: WeekSearch, weeks: Ints, costs: Ints) -> None:
        """Keep the best week, if it is better than all before."""
        best = int(costs.argmin())
        if costs[best] < search.cost:
            search.load(*weeks[best])
            search.look()


class _Nursery:
    """A week on which one thread makes children."""

    def __init__(self, arrays: UniversityArrays, movable: Ints) -> None:
        self.arrays, self.movable = arrays, movable
        self.week = arrays.empty_week(0)
        self.waiting, self.counts = np.zeros(len(movable), np.int64), np.zeros(2, np.int64)

    def child(self, birth: Birth, parents: Ints, into: Ints) -> int:
        """Make a child and write it down; return its cost."""
        self.week.dice[:] = dice(birth.seed)
        total = np.zeros(SUMS, np.int64)
        alive = breed(
            *(self.arrays.university, self.week, parents[birth.mother], parents[birth.father]),
            *(self.movable, birth.cut, birth.swaps, self.waiting, self.counts, total),
        )
        into[0], into[1] = self.week.start, self.week.place
        return int(total.sum()) if alive else WITHOUT


def _lucky(births: list[Birth], rng: np.random.Generator) -> list[Birth]:
    """Give each child a seed of its own."""
    seeds = rng.integers(0, 1 << 30, len(births)).tolist()
    return [birth._replace(seed=seed) for birth, seed in zip(births, seeds, strict=True)]


def _grown(
    pool: ThreadPoolExecutor,
    nurseries: list[_Nursery],
    weeks: Ints,
    costs: Ints,
    elite: Ints,
    births: list[Birth],
) -> tuple[Ints, Ints]:
    """Return the next generation: those that live on, then the children, with their costs."""
    born = np.empty((len(elite) + len(births), *weeks.shape[1:]), np.int64)
    born[: len(elite)] = weeks[elite]

    def some(nursery: _Nursery, first: int) -> list[int]:
        numbers = range(first, len(births), len(nurseries))
        return [nursery.child(births[k], weeks, born[len(elite) + k]) for k in numbers]

    jobs = [pool.submit(some, nursery, first) for first, nursery in enumerate(nurseries)]
    own = np.empty(len(births), np.int64)
    for first, job in enumerate(jobs):
        own[first :: len(nurseries)] = job.result()
    for k in np.flatnonzero(own == WITHOUT).tolist():
        born[len(elite) + k], own[k] = weeks[births[k].mother], costs[births[k].mother]
    return born, np.concatenate((costs[elite], own))
