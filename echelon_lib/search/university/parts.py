"""A week dealt out in parts: each is worked on in a copy of the week, and what was done is put together.

A part has either some days, or some departments, or some communities of courses in their place. By days, all
meetings of these days move within them. By departments, meetings all of whose people are of these departments
move over the whole week, and every free room at every slot is one part's for the round. No two parts have a
slot, or a person and a room, in common, so no clash can arise, and nothing depends on
who is faster; parts that nobody finishes can be left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from echelon_lib.search.kernels.dice import Dice
from echelon_lib.search.kernels.university_layout import BLOCKED, University, Week
from echelon_lib.search.kernels.university_soft import anneal_week
from echelon_lib.search.kernels.university_week import relocate
from echelon_lib.search.university.arrays import UniversityArrays, empty_week
from echelon_lib.stop import Never

Ints = NDArray[np.int64]

COPIED = ("start", "place", "busy", "site", "holds", "often", "load")
SPLITS, SWEEPS = 16, 4
"""Ways to deal out departments, and sweeps in which each is made better."""
FEWEST = 200
"""Fewest moves between two looks at the clock."""
LINE = 128
"""Bytes that caches hand over at once, at most."""
UNEVEN = 1.1
"""How much larger than the average a part may be."""


@dataclass(frozen=True)
class Split:
    """Departments dealt out: the part of each meeting, -1 where it is of several."""

    meeting: Ints

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
    return [_split(a, homes, _dealt(together, weight, parts, rng), arrays.movable) for _ in range(SPLITS)]


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


def _split(a: University, homes: Ints, part: Ints, movable: NDArray[np.bool_]) -> Split:
    of = np.append(part[homes[a.who]], 0)
    least, most = np.minimum.reduceat(of, a.who_at[:-1]), np.maximum.reduceat(of, a.who_at[:-1])
    single = (least == most) & (np.diff(a.who_at) > 0) & movable
    return Split(np.where(single, least, -1))


@dataclass(frozen=True)
class Deal:
    """What one part may do in a round.

    Parameters
    ----------
    own
        The meetings that it may move.
    free
        The slots that it may touch, as a mask.
    dice
        The state of its dice.
    cells
        The rooms that it may use at each slot; None for all at its slots.
    """

    own: Ints
    free: int
    dice: Dice
    cells: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Effort:
    """How much is to be done in a round.

    Parameters
    ----------
    heats
        The temperatures, one after the other.
    moves
        Moves to try at each, or between two looks at the clock.
    seconds
        Seconds of the round, all temperatures together; None where moves are counted.
    """

    heats: tuple[float, ...]
    moves: int
    seconds: float | None = None


@dataclass(frozen=True)
class Done:
    """What a part did: starts and rooms of its meetings, its dice, moves made by kind, and moves tried."""

    start: Ints
    place: Ints
    dice: Dice
    counts: Ints
    tried: int


class Part:
    """A copy of the week on which one part is worked on at a time."""

    def __init__(self, university: University) -> None:
        week = empty_week(university)
        self.university, self.week = university, week._replace(dice=_alone(week.dice))
        self.counts = _alone(np.zeros(3, np.int64))
        self.speed = 0.0

    def copy(self, whole: Week) -> None:
        """Take over a week."""
        for name in COPIED:
            np.copyto(getattr(self.week, name), getattr(whole, name))

    def work(self, deal: Deal, effort: Effort) -> Done:
        """Do what was dealt; the copy must be that of the common week."""
        a, week = self.university, self.week
        week.dice[:] = deal.dice
        week.free[0] = deal.free
        week.frozen[:] = True
        week.frozen[deal.own] = False
        if deal.cells is not None:
            week.holds[~deal.cells & (week.holds < 0)] = BLOCKED
        counts, tried = self.counts, 0
        counts[:] = 0
        clock, last = Never().start(), len(effort.heats)
        for number, heat in enumerate(effort.heats, start=1):
            until = None if effort.seconds is None else effort.seconds * number / last
            while True:
                moves = effort.moves if until is None else self._moves(effort.moves, until - clock.elapsed())
                if len(deal.own):
                    anneal_week(a, week, deal.own, moves, heat, counts)
                tried += moves
                if until is None or clock.elapsed() >= until or not len(deal.own):
                    break
        self.speed = tried / max(1e-6, clock.elapsed())
        return Done(week.start[deal.own], week.place[deal.own], week.dice.copy(), counts.copy(), tried)

    def _moves(self, most: int, seconds: float) -> int:
        """Return the moves up to the next look at the clock, so that parts end at about the same time."""
        return most if not self.speed else max(FEWEST, min(most, int(self.speed * seconds)))


def _alone(numbers: NDArray[Any]) -> NDArray[Any]:
    """Return numbers in a place of their own: what is written with each move may share no line of a cache.

    Threads that write into one line take it away from each other, however different the numbers are.
    """
    margin = LINE // numbers.itemsize
    place = np.zeros(len(numbers) + 2 * margin, numbers.dtype)[margin:-margin]
    place[:] = numbers
    return place


def deal_days(arrays: UniversityArrays, whole: Week, days: Ints, dice: Dice) -> Deal:
    """Return a part that has some days."""
    slots = arrays.university.slots
    free = sum(((1 << slots) - 1) << slots * int(day) for day in days)
    inside = (free >> whole.start & 1).astype(np.bool_)
    return Deal(np.flatnonzero(inside & arrays.movable), free, dice)


def deal_departments(arrays: UniversityArrays, split: Split, rooms: Ints, number: int, dice: Dice) -> Deal:
    """Return a part that has the departments of a number; ``rooms`` says whose each room is at each slot."""
    own = np.flatnonzero(split.meeting == number)
    return Deal(own, (1 << arrays.week) - 1, dice, rooms == number)


def hand_in(a: University, whole: Week, deals: Sequence[Deal], done: Sequence[Done | None]) -> int:
    """Put what parts did into the common week, and forward their dice; return the moves that they tried.

    What nobody has done is left out.
    """
    finished = [(deal, one) for deal, one in zip(deals, done, strict=True) if one is not None]
    if not finished:
        return 0
    for deal, one in finished:
        deal.dice[:] = one.dice
    own = np.concatenate([deal.own for deal, _ in finished])
    start = np.concatenate([one.start for _, one in finished])
    place = np.concatenate([one.place for _, one in finished])
    moved = (whole.start[own] != start) | (whole.place[own] != place)
    relocate(a, whole, own[moved], start[moved], place[moved])
    return sum(one.tried for _, one in finished)


def owners(split: Split, whole: Week, parts: int, rng: np.random.Generator) -> Ints:
    """Return whose each room is at each slot: that of the meeting there, or anybody's where it is free."""
    chance = rng.integers(0, parts, whole.holds.shape)
    return np.where(whole.holds >= 0, split.meeting[np.maximum(whole.holds, 0)], chance)
