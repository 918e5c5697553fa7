"""A week dealt out to threads: each works on a copy of its own, and what they did is put together.

A part has either some days, or some departments, or some communities of courses in their place. By days, all
meetings of these days move within them. By departments, meetings all of whose people are of these departments
move over the whole week, and every free room at every slot is one part's for the round. No two parts have a
slot, or a person and a room, in common, so no clash can arise, and nothing depends on which thread is faster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from echelon_lib.search.kernels.dice import dice
from echelon_lib.search.kernels.university_layout import BLOCKED, Week
from echelon_lib.search.kernels.university_soft import anneal_week
from echelon_lib.search.university.arrays import UniversityArrays

Ints = NDArray[np.int64]

COPIED = ("start", "place", "busy", "site", "holds", "often", "load")
SPLITS, SWEEPS = 16, 4
"""Ways to deal out departments, and sweeps in which each is made better."""
UNEVEN = 1.1
"""How much larger than the average a part may be."""


@dataclass(frozen=True)
class Split:
    """Departments dealt out: the part of each meeting, -1 where it is of several, and of each attendee."""

    meeting: Ints
    attendee: Ints

    @property
    def share(self) -> float:
        """Share of the meetings that are of one part."""
        return float((self.meeting >= 0).mean()) if len(self.meeting) else 0.0


def splits(
    arrays: UniversityArrays, parts: int, rng: np.random.Generator, homes: Ints | None = None
) -> list[Split]:
    """Return ways to deal out departments, such that few meetings have people of several parts.

    ``homes`` says where each attendee belongs, if not to a department.
    """
    a = arrays.university
    size = np.diff(a.who_at)
    homes = arrays.home if homes is None else homes
    home = homes[a.who]
    departments = int(home.max(initial=0)) + 1
    meeting = np.repeat(np.arange(len(size)), size)
    attends = csr_matrix((np.ones(len(home)), (meeting, home)), shape=(len(size), departments))
    attends.data[:] = 1.0
    together = (attends.T @ attends).toarray()
    weight = together.diagonal().copy()
    np.fill_diagonal(together, 0.0)
    return [_split(arrays, homes, _dealt(together, weight, parts, rng)) for _ in range(SPLITS)]


def _dealt(
    together: NDArray[np.float64], weight: NDArray[np.float64], parts: int, rng: np.random.Generator
) -> Ints:
    part = rng.permutation(np.arange(len(weight)) % parts)
    load = np.bincount(part, weights=weight, minlength=parts)
    most = UNEVEN * weight.sum() / parts
    for _ in range(SWEEPS):
        for d in rng.permutation(len(weight)).tolist():
            drawn = np.bincount(part, weights=together[d], minlength=parts)
            drawn[load + weight[d] > most] = -1.0
            drawn[part[d]] = together[d][part == part[d]].sum()
            to = int(drawn.argmax())
            load[part[d]] -= weight[d]
            load[to] += weight[d]
            part[d] = to
    return part


def _split(arrays: UniversityArrays, homes: Ints, part: Ints) -> Split:
    a = arrays.university
    of = np.append(part[homes[a.who]], 0)
    least, most = np.minimum.reduceat(of, a.who_at[:-1]), np.maximum.reduceat(of, a.who_at[:-1])
    single = (least == most) & (np.diff(a.who_at) > 0) & arrays.movable
    return Split(np.where(single, least, -1), part[homes])


class Part:
    """The copy of the week on which one thread works.

    Parameters
    ----------
    arrays, whole
        The university and the common week.
    seed
        Seed of dice of its own.
    counts
        Moves made, by kind; see ``anneal_week``.
    """

    def __init__(self, arrays: UniversityArrays, whole: Week, seed: int, counts: Ints) -> None:
        self.arrays, self.university, self.whole, self.counts = arrays, arrays.university, whole, counts
        own = {name: getattr(whole, name).copy() for name in (*COPIED, "frozen", "free", "stamp")}
        self.week: Week = whole._replace(**own, dice=dice(seed))

    def by_days(self, days: Ints, moves: int, heat: float) -> None:
        """Work on some days."""
        self._take_over()
        a = self.university
        self.days = np.sort(days)
        self.slots = (self.days[:, None] * a.slots + np.arange(a.slots)).ravel()
        self.week.free[0] = sum(1 << int(t) for t in self.slots)
        np.copyto(self.week.frozen, self.whole.frozen)
        self.own = np.flatnonzero(np.isin(self.whole.start // a.slots, self.days))
        self._anneal(self.own[self.arrays.movable[self.own]], moves, heat)

    def by_departments(self, split: Split, number: int, rooms: Ints, moves: int, heat: float) -> None:
        """Work on the meetings of some departments; ``rooms`` says whose each room is at each slot."""
        self._take_over()
        week = self.week
        self.own = np.flatnonzero(split.meeting == number)
        self.people = np.flatnonzero(split.attendee == number)
        week.free[0] = (1 << self.arrays.week) - 1
        week.frozen[:] = True
        week.frozen[self.own] = False
        self.cells = rooms == number
        week.holds[~self.cells & (week.holds < 0)] = BLOCKED
        self._anneal(self.own, moves, heat)

    def _take_over(self) -> None:
        for name in COPIED:
            np.copyto(getattr(self.week, name), getattr(self.whole, name))

    def _anneal(self, movable: Ints, moves: int, heat: float) -> None:
        if len(movable):
            anneal_week(self.university, self.week, movable, moves, heat, self.counts)

    def hand_in_days(self) -> None:
        """Put what was done on the days of this part into the common week."""
        whole, week = self.whole, self.week
        self._hand_in_places()
        np.bitwise_and(whole.busy, ~week.free[0], out=whole.busy)
        np.bitwise_or(whole.busy, week.busy & week.free[0], out=whole.busy)
        whole.holds[self.slots] = week.holds[self.slots]
        whole.load[self.slots] = week.load[self.slots]
        whole.often[:, self.days] = week.often[:, self.days]
        if whole.site.size:
            whole.site[:, self.slots] = week.site[:, self.slots]

    def hand_in_departments(self, load: Ints) -> None:
        """Put what was done for these departments into the common week, whose load was ``load``."""
        whole, week = self.whole, self.week
        self._hand_in_places()
        whole.busy[self.people] = week.busy[self.people]
        whole.holds[self.cells] = week.holds[self.cells]
        np.add(whole.load, week.load - load, out=whole.load)
        sections = np.unique(self.university.section[self.own])
        whole.often[sections] = week.often[sections]
        if whole.site.size:
            whole.site[self.people] = week.site[self.people]

    def _hand_in_places(self) -> None:
        self.whole.start[self.own] = self.week.start[self.own]
        self.whole.place[self.own] = self.week.place[self.own]


def owners(split: Split, whole: Week, parts: int, rng: np.random.Generator) -> Ints:
    """Return whose each room is at each slot: that of the meeting there, or anybody's where it is free."""
    chance = rng.integers(0, parts, whole.holds.shape)
    return np.where(whole.holds >= 0, split.meeting[np.maximum(whole.holds, 0)], chance)
