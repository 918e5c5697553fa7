"""Whatever moves were made, the kernels' books agree with a week that is filled anew."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_universities import random_university

from echelon_lib.communities import communities
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.search.kernels.dice import dice
from echelon_lib.search.kernels.university_breakout import break_out, weigh
from echelon_lib.search.kernels.university_genetic import breed
from echelon_lib.search.kernels.university_layout import SUMS, Week
from echelon_lib.search.kernels.university_quench import PLANES, quench
from echelon_lib.search.kernels.university_soft import anneal_week
from echelon_lib.search.kernels.university_week import broken, clashing, fill
from echelon_lib.search.university.arrays import UniversityArrays
from echelon_lib.search.university.banding import Banding
from echelon_lib.search.university.breakout import ANYWHERE, Breakout, graph
from echelon_lib.search.university.bursts import OPERATORS, Mending
from echelon_lib.search.university.construction import Dsatur
from echelon_lib.search.university.louvain import homes
from echelon_lib.search.university.quench import HeatBath
from echelon_lib.search.university.soft import Annealing
from echelon_lib.search.university.strategy import WeekSearch
from echelon_lib.stop import Never

SEEDS = st.integers(0, 100_000)


def found(seed: int, *, moves: int = 20_000, only: Sequence[str] | None = None) -> WeekSearch:
    """A week without clashes, or the best that is known."""
    search = WeekSearch(UniversityArrays.of(random_university(seed, only=only)), seed, moves)
    rng, clock = np.random.default_rng(seed), Never().start()
    for stage in (Banding(), Dsatur(), HeatBath(), Breakout()):
        stage.run(search, clock, rng)
    search.load(*search.best)
    return search


def books(search: WeekSearch, week: Week, *, clashes: bool) -> None:
    """Assert that everything in a week is what its starts and rooms make of it."""
    anew = search.arrays.empty_week(0)
    fill(search.arrays.university, anew, week.start.copy(), week.place.copy())
    names = ["start", "place", "busy", "holds", "often", "load"]
    for name in names + (["visits"] if clashes else ["site"]):
        assert np.array_equal(getattr(week, name), getattr(anew, name)), name


@settings(max_examples=25)
@given(seed=SEEDS)
def test_annealing_counts_what_it_changes(seed: int) -> None:
    search = found(seed)
    if search.clashes:
        return
    arrays, week = search.arrays, search.week
    before = arrays.sums(week).sum()
    counts = np.zeros(3, np.int64)
    movable = np.arange(len(arrays.meetings))
    change = anneal_week(arrays.university, week, movable, 3_000, 50.0, counts)
    assert before + change == arrays.sums(week).sum()
    books(search, week, clashes=False)
    timetable = arrays.timetable(week.start, week.place)
    score = evaluate(arrays.problem, timetable)
    assert score.feasible, score.required
    assert score.cost[0] == arrays.sums(week).sum(), "travel included"


def feasible(search: WeekSearch) -> bool:
    timetable = search.arrays.timetable(search.week.start, search.week.place)
    return evaluate(search.arrays.problem, timetable).feasible


@settings(max_examples=25)
@given(seed=SEEDS)
def test_everybody_is_of_the_community_of_most_of_their_meetings(seed: int) -> None:
    arrays = UniversityArrays.of(random_university(seed))
    found_ = communities(arrays.problem, seed=seed)
    number = {id: k for k, members in enumerate(found_.courses) for id in members}
    course = [
        number.get(arrays.problem.course_of[arrays.problem.section_of[m].id].id) for m in arrays.meetings
    ]
    a = arrays.university
    for g, home in enumerate(homes(arrays, found_).tolist()):
        own = [course[i] for i in a.has[a.has_at[g] : a.has_at[g + 1]].tolist()]
        most = max(own.count(one) for one in {*own})
        assert own.count(home if home < len(found_.courses) else None) == most


@pytest.mark.parametrize("seed", range(4))
def test_sections_come_to_begin_at_fewer_hours_where_that_is_priced(seed: int) -> None:
    search = found(seed, only=["hours of a section"])

    def hours() -> int:
        timetable = search.arrays.timetable(*search.best)
        return evaluate(search.arrays.problem, timetable).terms["hours of a section"].amount

    before = hours()
    Annealing().run(search, Never().start(), np.random.default_rng(seed))
    assert hours() < before / 2


@settings(max_examples=25)
@given(seed=SEEDS)
def test_the_heat_bath_keeps_its_books(seed: int) -> None:
    search = WeekSearch(UniversityArrays.of(random_university(seed)), seed)
    a, week = search.arrays.university, search.week
    Dsatur().run(search, Never().start(), np.random.default_rng(seed))
    listed = np.zeros(len(a.length), np.int64)
    count = clashing(a, week, listed)
    found_, planes = np.zeros(search.arrays.week, np.int64), np.zeros(PLANES, np.int64)
    quench(a, week, 500, 2.0, listed, count, 0.5, found_, planes, np.zeros(search.arrays.week))
    books(search, week, clashes=True)


@settings(max_examples=25)
@given(seed=SEEDS, number=st.integers(0, len(OPERATORS) - 1))
def test_bursts_keep_their_books(seed: int, number: int) -> None:
    search = WeekSearch(UniversityArrays.of(random_university(seed)), seed)
    Dsatur().run(search, Never().start(), np.random.default_rng(seed))
    mending = Mending(search)
    for _ in range(3):
        mending.burst(number)
    books(search, search.week, clashes=True)
    listed = np.zeros(len(search.arrays.meetings), np.int64)
    assert mending.count == clashing(search.arrays.university, search.week, listed)
    assert search.clashes == mending.best <= mending.clashes


@settings(max_examples=25)
@given(seed=SEEDS, swaps=st.integers(0, 200))
def test_children_never_clash(seed: int, swaps: int) -> None:
    search, rng = found(seed), np.random.default_rng(seed)
    if search.clashes:
        return
    arrays, week = search.arrays, search.week
    a, everything = arrays.university, np.arange(len(arrays.meetings))
    mother = search.best.copy()
    movable = np.flatnonzero(rng.random(len(everything)) < 0.8) if seed % 2 else everything
    week.frozen[:] = ~np.isin(everything, movable)
    anneal_week(a, week, movable, 2_000, 1e9, np.zeros(3, np.int64))
    father = np.stack((week.start, week.place))
    cut = int(rng.integers(0, len(movable) + 1))
    counts, waiting, total = np.zeros(2, np.int64), everything.copy(), np.zeros(SUMS, np.int64)
    week.dice[:] = dice(seed)
    whole = breed(a, week, mother, father, movable, cut, 0, waiting, counts, total)
    if cut == len(movable):
        assert np.array_equal(week.start, mother[0])
    assert whole == (counts[1] == 0)
    if not whole:
        return
    likes = (week.start == father[0])[movable[cut:]] & (week.place == father[1])[movable[cut:]]
    assert (~likes).sum() <= counts[0]
    assert (week.start == mother[0])[movable[:cut]].all()
    total[:] = 0
    assert breed(a, week, mother, father, movable, cut, swaps, waiting, counts, total)
    books(search, week, clashes=False)
    assert (week.start == mother[0])[week.frozen].all()
    score = evaluate(arrays.problem, arrays.timetable(week.start, week.place))
    assert score.feasible, score.required
    assert score.cost[0] == total.sum()


@settings(max_examples=25)
@given(seed=SEEDS)
def test_breakout_keeps_its_table(seed: int) -> None:
    """Weighted clashes are those of the week and of the weights; pairs weigh the same from both sides."""
    search = WeekSearch(UniversityArrays.of(random_university(seed)), seed)
    a, week = search.arrays.university, search.week
    # Everything at the first start that is allowed, each in a room of its own where there is one.
    starts = np.array([int(mask & -mask).bit_length() - 1 for mask in a.domain.tolist()])
    taken = np.zeros(len(a.capacity), np.int64)
    places = np.full(len(starts), -1, np.int64)
    for i in range(len(starts)):
        mask = ((1 << int(a.length[i])) - 1) << int(starts[i])
        rooms = [r for r in a.room[a.room_at[a.kind[i]] : a.room_at[a.kind[i] + 1]] if not taken[r] & mask]
        if rooms:
            places[i] = rooms[0]
            taken[rooms[0]] |= mask
        else:
            starts[i] = -1
    search.load(starts, places)
    pairs = graph(a)
    rows = np.repeat(np.arange(len(starts)), np.diff(pairs.at))
    assert np.array_equal(pairs.other[pairs.back], rows)
    gamma, again = np.zeros((2, len(starts), search.arrays.week), np.int32)
    until = np.zeros(gamma.shape, np.int64)
    home = np.full(len(starts), ANYWHERE)
    best, kept = np.array([len(starts) + 1]), search.best.copy()
    scratch = (*np.zeros((2, len(starts)), np.int64), np.zeros(search.arrays.week, np.int64))
    weigh(a, week, pairs, gamma)
    break_out(a, week, pairs, gamma, until, 0, 50, home, 0, 0.1, best, kept, *scratch)
    weigh(a, week, pairs, again)
    assert np.array_equal(gamma, again)
    assert np.array_equal(pairs.weight[pairs.back], pairs.weight)
    search.load(kept[0], kept[1])
    listed = np.zeros(len(starts), np.int64)
    assert clashing(a, search.week, listed) == best[0]
    if best[0] == 0:
        assert broken(a, search.week) == 0


@pytest.mark.parametrize("seed", range(8))
def test_annealing_pays(seed: int) -> None:
    search = found(seed)
    assert search.clashes == 0
    before = search.cost
    Annealing(2).run(search, Never().start(), np.random.default_rng(seed))
    assert search.cost < before
    assert int(search.arrays.sums(search.week).sum()) == search.cost
