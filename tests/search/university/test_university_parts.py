"""A week dealt out in parts: whoever works on them, and whatever is lost, nobody has two things at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from clean_weeks import as_filled, clean

from echelon_lib.communities import communities
from echelon_lib.search.kernels.dice import dice
from echelon_lib.search.kernels.university_layout import University, Week
from echelon_lib.search.kernels.university_week import relocate
from echelon_lib.search.university.crew import LostError, Threads, Work
from echelon_lib.search.university.louvain import homes
from echelon_lib.search.university.parts import (
    Deal,
    Done,
    Effort,
    Part,
    deal_days,
    deal_departments,
    hand_in,
    owners,
    splits,
)
from echelon_lib.search.university.soft import Annealing
from echelon_lib.search.university.strategy import WeekSearch
from echelon_lib.stop import Never, Running

HOT = Effort((1e6, 50.0), 2_000)
"""So hot that nearly every move is made."""


def travelling(search: WeekSearch, priced: bool) -> University:
    """The same university, where each room is a building and ways between them have a price, or none has."""
    a = search.arrays.university
    return a._replace(
        travels=priced,
        travel_price=np.full_like(a.travel_price, int(priced)),
        building=np.arange(1, len(a.building) + 1, dtype=a.building.dtype),
    )


def worked(search: WeekSearch, deals: Sequence[Deal]) -> list[Done | None]:
    """Have each part worked on alone, all from the same week."""
    done: list[Done | None] = []
    for deal in deals:
        part = Part(search.arrays.university)
        part.copy(search.week)
        done.append(part.work(deal, HOT))
    return done


@pytest.mark.parametrize("by", ["days", "departments", "communities"])
@pytest.mark.parametrize("seed", range(6))
def test_parts_put_together_never_clash(seed: int, by: str) -> None:
    search, rng, moved = clean(seed), np.random.default_rng(seed), 0
    arrays, days = search.arrays, search.arrays.university.days
    throws = [dice(n) for n in range(2)]
    own = homes(arrays, communities(arrays.problem, seed=seed)) if by == "communities" else None
    for split in splits(arrays, 2, rng, own)[:8]:
        if by == "days":
            dealt = np.array_split(rng.permutation(days), 2)
            deals = [deal_days(arrays, search.week, *both) for both in zip(dealt, throws, strict=True)]
        else:
            rooms = owners(split, search.week, 2, rng)
            deals = [deal_departments(arrays, split, rooms, n, throws[n]) for n in range(2)]
        before = search.week.start.copy()
        done = worked(search, deals)
        assert hand_in(arrays.university, search.week, deals, done) == sum(one.tried for one in done if one)
        moved += int((search.week.start != before).sum())
        assert as_filled(search)
        if by != "days":
            assert np.array_equal(search.week.start[split.meeting < 0], before[split.meeting < 0])
    assert moved > 0


def test_a_round_that_nobody_finished_changes_nothing() -> None:
    search = clean(3)
    deal = deal_days(search.arrays, search.week, np.arange(search.arrays.university.days), dice(1))
    before = search.week.start.copy(), search.week.place.copy()
    assert hand_in(search.arrays.university, search.week, [deal], [None]) == 0
    assert np.array_equal(before, (search.week.start, search.week.place))


@pytest.mark.parametrize("travel", [False, True])
def test_meetings_exchange_their_rooms(travel: bool) -> None:
    search = clean(3)
    search.arrays = replace(search.arrays, university=travelling(search, travel))
    search.week = search.arrays.empty_week(0)
    search.load(*search.best)
    a, week = search.arrays.university, search.week
    pairs = [
        (i, j)
        for i in range(len(a.length))
        for j in range(i)
        if week.start[i] == week.start[j] and a.length[i] == a.length[j]
    ]
    assert pairs
    before = week.place.copy()
    for i, j in pairs:
        both = np.array([i, j])
        relocate(a, week, both, week.start[both], week.place[both][::-1].copy())
        assert as_filled(search)
    assert not np.array_equal(week.place, before)


def test_what_nobody_did_is_left_out() -> None:
    search = clean(3)
    days = search.arrays.university.days
    deals = [deal_days(search.arrays, search.week, np.array([d]), dice(d)) for d in range(days)]
    done = worked(search, deals)
    done[0] = None
    before, throws = search.week.start.copy(), [deal.dice.copy() for deal in deals]
    hand_in(search.arrays.university, search.week, deals, done)
    assert np.array_equal(search.week.start[deals[0].own], before[deals[0].own])
    assert not np.array_equal(search.week.start, before)
    assert as_filled(search)
    assert [bool(deal.dice[0] == throw[0]) for deal, throw in zip(deals, throws, strict=True)] == [
        True,
        *(not len(deal.own) for deal in deals[1:]),
    ]


class Unreliable:
    """A crew that drops every third part, and is lost in the middle of a round after some of them."""

    size, least_round, told = 8, 0.0, ()

    def __init__(self, rounds: int, *, drops: bool = False) -> None:
        self.left, self.drops, self.parts = rounds, drops, 0

    @contextmanager
    def holding(self, university: University, parts: int) -> Iterator[Work]:
        with Threads(parts).holding(university, parts) as here:

            def work(whole: Week, deals: Sequence[Deal], effort: Effort, clock: Running) -> list[Done | None]:
                self.left -= 1
                if self.left < 0:
                    raise LostError("the wire was cut")
                done = here(whole, deals, effort, clock)
                self.parts += len(done)
                return [
                    None if self.drops and (self.parts + k) % 3 == 0 else one for k, one in enumerate(done)
                ]

            yield work


def annealed(seed: int, crew: Unreliable | Threads | None) -> tuple[WeekSearch, str]:
    search = clean(seed)
    search.crew = crew
    said = Annealing(2).run(search, Never().start(), np.random.default_rng(seed))
    assert as_filled(search)
    assert int(search.arrays.sums(search.week).sum()) == search.cost
    return search, said


@pytest.mark.parametrize("rounds", [0, 1, 3])
def test_a_lost_crew_changes_nothing_where_moves_are_counted(rounds: int) -> None:
    alone, said = annealed(4, None)
    search, words = annealed(4, Unreliable(rounds))
    assert np.array_equal(search.best, alone.best)
    assert words == f"{said}; the wire was cut, and threads of this process went on"


def test_as_many_as_there_are_change_nothing_where_moves_are_counted() -> None:
    assert np.array_equal(annealed(5, Threads(1))[0].best, annealed(5, Threads(4))[0].best)


def test_dropped_parts_leave_a_clean_week() -> None:
    whole, _ = annealed(6, None)
    search, _ = annealed(6, Unreliable(10_000, drops=True))
    assert not np.array_equal(search.best, whole.best)


class Watching(Threads):
    """Threads of which is known what was dealt out to them, and how hot."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.dealt: list[tuple[int, tuple[float, ...], int]] = []

    @contextmanager
    def holding(self, university: University, parts: int) -> Iterator[Work]:
        with super().holding(university, parts) as here:

            def work(whole: Week, deals: Sequence[Deal], effort: Effort, clock: Running) -> list[Done | None]:
                self.dealt.append((len(deals), effort.heats, sum(len(deal.own) for deal in deals)))
                return here(whole, deals, effort, clock)

            yield work


class Ticking(Running):
    """A clock that goes on by a hundredth of a second whenever it is looked at, up to a whole one."""

    ticks = 0

    def elapsed(self) -> float:
        self.ticks += 1
        return self.ticks / 100

    def remaining(self) -> float | None:
        return 1.0


@pytest.mark.parametrize("counted", [True, False])
def test_the_end_is_of_one_part_and_colder(counted: bool) -> None:
    search = clean(10)
    stays = np.arange(5)
    search.arrays.movable[stays] = False
    before = search.week.start[stays].copy()
    watching = Watching(2)
    search.crew = watching
    clock = Never().start() if counted else Ticking()
    search.moves = 20_000 if counted else None
    said = Annealing(2).run(search, clock, np.random.default_rng(4))
    parts = [count for count, _, _ in watching.dealt]
    last = parts.count(1)
    assert parts == [2] * (len(parts) - last) + [1] * last
    assert 0 < last < len(parts) / 5
    assert f" {len(parts)} rounds of 2 parts and the last {last} of one " in said
    heats = [heat for _, heats, _ in watching.dealt for heat in heats]
    assert heats == sorted(heats, reverse=True)
    assert min(heats[: parts.count(2)]) > 2 * max(heats[-last:])
    assert {own for _, _, own in watching.dealt[-last:]} == {len(search.week.start) - len(stays)}
    assert np.array_equal(search.week.start[stays], before)
    assert as_filled(search)


def test_where_the_clock_counts_all_of_them_work() -> None:
    search = clean(2)
    search.moves, search.crew = None, Threads(3)
    clock = Running()
    clock.remaining = lambda: 0.5  # type: ignore[method-assign]
    said = Annealing(1).run(search, clock, np.random.default_rng(0))
    assert " rounds of 3 parts " in said
    assert as_filled(search)
