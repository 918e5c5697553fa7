"""A search of a university says where it stands, and whoever stops it in any stage keeps the best."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from random_universities import random_university, random_week

from echelon_lib import evaluate, solve
from echelon_lib.communities import communities
from echelon_lib.domain.timetable import Timetable
from echelon_lib.search.kernels.university_week import broken
from echelon_lib.search.report import Report, Standing
from echelon_lib.search.university.arrays import UniversityArrays
from echelon_lib.search.university.breakout import Breakout
from echelon_lib.search.university.bursts import Bursts
from echelon_lib.search.university.engine import search_university, smallest_university
from echelon_lib.search.university.genetic import Genetic
from echelon_lib.search.university.quench import HeatBath
from echelon_lib.search.university.stages import Stages
from echelon_lib.search.university.strategy import UNKNOWN, Strategy, WeekSearch
from echelon_lib.solvers.result import Status
from echelon_lib.stop import MaxIterations, Running

STAGES = [
    "banding of courses with a dispersed audience",
    "construction (DSATUR)",
    "heat bath",
    "breakout with weights of pairs",
    "annealing on week masks",
]


CHOSEN = {
    "Louvain communities of courses": Stages(grouping="louvain"),
    "construction (DSATUR)": Stages(feasibility="dsatur"),
    "CP-SAT, department after department": Stages(feasibility="cpsat"),
    "random mixture of bursts": Stages(repair="mixture"),
    "learned mixture of bursts": Stages(repair="learned"),
    "genetic algorithm": Stages(quality="genetic", generations=100_000),
}
"""Stages that are not the usual ones, and the choice that has each."""
EACH = [*((stage, Stages()) for stage in ("preparing", *STAGES)), *CHOSEN.items()]
LAST = (STAGES[-1], "genetic algorithm")


def stages(told: list[Standing]) -> list[str]:
    return list(dict.fromkeys(one.stage for one in told))


def test_each_stage_is_named_and_counted_moves_say_how_much_is_over() -> None:
    told: list[Standing] = []
    solve(random_university(5), stop=MaxIterations(20), on_standing=told.append)
    assert stages(told) == ["preparing", *STAGES]
    shares = [one.share for one in told if one.stage == STAGES[-1]]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert len(set(shares)) > 100, "between begin and end as well"
    assert all(one.share == 0.0 and one.left is None for one in told if one.stage in STAGES[:-1])
    left = [one.left for one in told if one.left is not None]
    assert left[-1] == 0.0
    assert all(seconds >= 0 for seconds in left)


@pytest.mark.parametrize("limit", [600.0, MaxIterations(10_000)], ids=["a deadline", "moves"])
def test_generations_say_how_much_is_over(limit: object) -> None:
    told: list[Standing] = []
    chosen = Stages(quality="genetic", generations=20)
    solve(random_university(5), stop=limit, stages=chosen, on_standing=told.append)  # type: ignore[arg-type]
    assert stages(told)[-1] == "genetic algorithm"
    assert [one.share for one in told if one.stage == "genetic algorithm"] == [n / 20 for n in range(21)]
    assert told[-1].left == 0.0


def test_the_time_left_follows_from_the_speed_of_the_moves() -> None:
    now = [0.0]
    clock = Counted(lambda: now[0])
    told: list[Standing] = []

    def take_a_second(standing: Standing) -> None:
        told.append(standing)
        now[0] += 1.0

    solve(random_university(5), stop=clock, on_standing=take_a_second)
    counted = [one.left for one in told if one.left is not None]
    # Each round takes a second, so that as many seconds are left as rounds.
    assert counted == pytest.approx(range(len(counted) - 1, -1, -1), abs=1e-6)
    assert len(counted) > 100


class Counted(Running):
    """Twenty iterations of any clock."""

    @property
    def iterations(self) -> int | None:
        return 20


def test_where_the_clock_decides_it_says_no_share() -> None:
    told: list[Standing] = []
    solve(random_university(5), stop=0.3, on_standing=told.append)
    assert stages(told) == ["preparing", *STAGES]
    assert {one.share for one in told} == {None}


def test_a_search_that_ends_by_itself_counts_its_stages() -> None:
    told: list[Standing] = []
    solve(random_university(5), "greedy", stop=60.0, on_standing=told.append)
    assert [(one.stage, one.share) for one in told[1:]] == list(
        zip(STAGES, (0, 0.25, 0.5, 0.75), strict=False)
    )
    assert {one.left for one in told} == {None}


@pytest.mark.parametrize(("stage", "chosen"), EACH)
def test_a_stop_in_any_stage_ends_it_soon_and_keeps_the_best(stage: str, chosen: Stages) -> None:
    problem = random_university(5)
    clock = MaxIterations(10_000).start()  # minutes, if nobody stopped it
    told: list[str] = []

    def stop(standing: Standing) -> None:
        told.append(standing.stage)
        if standing.stage == stage and (stage not in LAST or standing.share):
            clock.cancel()

    result = solve(problem, stop=clock, stages=chosen, on_standing=stop)
    assert stage in told
    assert result.status is Status.CANCELLED
    assert told.count(told[-1]) <= (5 if stage in LAST else 1)
    if stage in LAST:
        assert result.evaluation is not None
        assert result.evaluation.feasible


@pytest.mark.parametrize(("stage", "chosen"), EACH)
def test_a_stop_in_any_stage_keeps_what_there_is(stage: str, chosen: Stages) -> None:
    problem = random_university(5)
    start = solve(problem, stop=MaxIterations(1)).best
    assert start is not None
    clock = MaxIterations(20).start()

    def stop(standing: Standing) -> None:
        if standing.stage == stage:
            clock.cancel()

    report = Report(problem, clock, on_standing=stop)
    # A start that keeps the rules needs none of the stages before the last.
    begun = start if stage in LAST else None
    claim = search_university(problem, stop=clock, seed=1, report=report, start=begun, stages=chosen)
    assert claim.interrupted
    assert claim.timetable is not None
    assert [note.partition(":")[0] for note in claim.notes][-1] == LAST[chosen.quality == "genetic"]
    if begun is None:
        return
    assert evaluate(problem, claim.timetable).cost <= evaluate(problem, start).cost
    assert evaluate(problem, claim.timetable).feasible


class Looked(Running):
    """It is over at some look at the clock."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.left = looks

    def done(self, **known: object) -> bool:  # type: ignore[override]
        self.left -= 1
        return self.left <= 0


def test_communities_are_joined_as_long_as_the_clock_lets_them() -> None:
    problem = random_university(5)
    counts = [len(communities(problem, stop=Looked(looks)).courses) for looks in (1, 2, 100)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[1]
    assert counts[-1] == len(communities(problem).courses)


class Interrupted(Running):
    """Somebody presses Ctrl-C once more at some look at the clock."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.left = looks

    def done(self, **known: object) -> bool:  # type: ignore[override]
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return False


def test_an_interrupt_in_the_midst_of_the_heat_bath_keeps_the_best_week() -> None:
    problem = random_university(9)
    search = WeekSearch(UniversityArrays.of(problem), 0)
    search.load(*search.arrays.read(random_week(problem, 1)))
    search.look()
    kept_after_an_interrupt(search, HeatBath(draws=10_000), looks=2)


@pytest.mark.parametrize("repair", [Breakout(evicted=0.1), Bursts()], ids=lambda one: one.name)
def test_an_interrupt_in_the_midst_of_a_repair_keeps_the_best_week(repair: Strategy) -> None:
    """One day is too short for the smallest university, so that it does not end by itself."""
    problem = smallest_university(days=1)
    search = WeekSearch(UniversityArrays.of(problem), 0)
    search.load(*search.arrays.read(random_week(problem, 1)))
    search.look()
    kept_after_an_interrupt(search, repair, looks=4)


def test_an_interrupt_among_generations_keeps_the_best_week() -> None:
    problem = random_university(3)
    start = solve(problem, "greedy", stop=MaxIterations(1)).best
    assert start is not None
    search = WeekSearch(UniversityArrays.of(problem), 0)
    search.load(*search.arrays.read(start))
    search.look()
    before = search.cost
    with pytest.raises(KeyboardInterrupt):
        Genetic().run(search, Interrupted(40), np.random.default_rng(0))
    assert search.cost < before
    best = evaluate(problem, search.arrays.timetable(*search.best))
    assert best.feasible
    assert best.cost[0] == search.cost


def kept_after_an_interrupt(search: WeekSearch, stage: Strategy, looks: int) -> None:
    before = search.clashes
    assert 0 < before < UNKNOWN
    with pytest.raises(KeyboardInterrupt):
        stage.run(search, Interrupted(looks), np.random.default_rng(0))
    assert search.clashes < before
    search.load(*search.best)
    assert int(broken(search.arrays.university, search.week)) == search.clashes


def test_what_is_promised_is_made_when_somebody_wants_it() -> None:
    problem = random_university(5)
    made: list[Callable[[], Timetable]] = []
    clock = MaxIterations(1).start()
    report = Report(problem, clock, on_promise=made.append)
    good = solve(problem, stop=MaxIterations(5)).best
    assert good is not None
    report.promise(lambda: good)
    assert len(made) == 1
    assert report.best is good
    better = solve(problem, stop=MaxIterations(30), start=good).best
    assert better is not None
    report.promise(lambda: good)
    report.keep(better)
    assert report.best == better
