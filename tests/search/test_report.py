"""The best so far: kept as soon as it is known, told to whoever listens, and never lost on the way."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from random_schools import random_school, random_school_not_countable
from schools_by_hand import six_students, six_students_placed
from tiny_schools import BACKENDS, usable

from echelon_lib import load_school, solve
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.preflight import obstacles
from echelon_lib.scoring.evaluate import Evaluation, evaluate
from echelon_lib.search import exact
from echelon_lib.search.greedy import greedy
from echelon_lib.search.report import Report
from echelon_lib.solvers.base import LinearStatus, backends
from echelon_lib.solvers.result import Status, TracePoint
from echelon_lib.stop import Cancel, Running

Heard = list[tuple[Timetable, Evaluation]]


@pytest.fixture
def problem() -> Problem:
    return six_students()


@pytest.fixture
def heard() -> Heard:
    return []


@pytest.fixture
def report(problem: Problem, heard: Heard) -> Report:
    """A report of the six students, to which somebody listens."""
    return Report(problem, Running(), on_timetable=lambda *one: heard.append(one))


def worse(timetable: Timetable) -> Timetable:
    return timetable.with_enrolment("bob", ["A-2"])


def clashing(timetable: Timetable) -> Timetable:
    return timetable.place("A-2", timetable.placements["A-1"].time)


def test_only_what_is_better_is_kept(report: Report, heard: Heard) -> None:
    placed = six_students_placed()
    report.keep(worse(placed))
    report.keep(placed)
    report.keep(worse(placed))
    report.keep(placed)
    assert report.best is placed
    assert [one for one, _ in heard] == [worse(placed), placed]


def test_what_breaks_required_rules_is_told_to_nobody(report: Report, heard: Heard) -> None:
    report.keep(clashing(six_students_placed()))
    assert heard == []
    assert report.best is not None, "an interrupt says at least what it breaks"
    report.keep(worse(six_students_placed()))
    assert report.best == worse(six_students_placed())


def test_what_promises_nothing_is_not_made(report: Report, problem: Problem, heard: Heard) -> None:
    placed = six_students_placed()
    report.keep(placed)
    cost = evaluate(problem, placed).cost[0]

    def never() -> Timetable:
        raise AssertionError("this costs time for nothing")

    report.offer(1, cost, never)
    report.offer(1, cost - 100, lambda: None)
    report.offer(1, cost - 100, lambda: worse(placed))
    assert report.best is placed, "a promise is not believed"
    assert len(heard) == 1


def test_a_trial_keeps_what_it_finds_and_says_nothing_else(report: Report, heard: Heard) -> None:
    aside = report.aside()
    aside(1, 100, 0)
    aside.keep(worse(six_students_placed()))
    aside.aside().offer(1, 0, six_students_placed)
    assert report.trace == []
    assert report.best == aside.best == six_students_placed()
    assert len(heard) == 2


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_improvement_of_a_search_is_told(tiny_high_folder, backend: str) -> None:  # type: ignore[no-untyped-def]
    problem = load_school(tiny_high_folder)
    told: Heard = []
    points: list[TracePoint] = []
    result = solve(
        problem,
        usable(backend),
        stop=60,
        on_incumbent=points.append,
        on_timetable=lambda *one: told.append(one),
    )
    assert result.status is Status.OPTIMAL
    costs = [score.cost for _, score in told]
    assert costs == sorted(set(costs), reverse=True), "each is better than the one before"
    assert costs[-1] == result.cost
    assert told[-1][0] == result.best
    assert all(evaluate(problem, one).cost == score.cost for one, score in told)
    assert all(evaluate(problem, one).feasible for one, _ in told)
    # What is shown as found can be kept: each cost of the first level that was told was kept as well.
    shown = {p.incumbent for p in points if p.level == 1 and p.incumbent is not None}
    assert shown <= {cost[0] for cost in costs}


@pytest.mark.parametrize("school", [random_school, random_school_not_countable])
def test_a_result_is_never_worse_than_its_start(school) -> None:  # type: ignore[no-untyped-def]
    looked_at = 0
    for seed in range(8):
        problem = school(seed)
        first = solve(problem, "highs", stop=3, seed=seed)
        if first.best is None or first.cost is None:
            continue
        looked_at += 1
        for method, stop in (("greedy", 2), ("highs", 0.0), ("highs", 2)):
            again = solve(problem, method, stop=stop, seed=seed + 1, start=first.best)
            assert again.cost is not None
            assert again.cost <= first.cost
            assert not again.mismatches
    assert looked_at > 2


def test_a_start_survives_an_interrupt_that_comes_at_once(tiny_high_folder) -> None:  # type: ignore[no-untyped-def]
    problem = load_school(tiny_high_folder)
    best = solve(problem, "highs", stop=60)
    cancel = Cancel()
    cancel.set()
    again = solve(problem, "highs", stop=cancel, start=best.best)
    assert again.cost == best.cost


def test_a_start_survives_an_interrupt_before_anything_is_done(tiny_high_folder) -> None:  # type: ignore[no-untyped-def]
    problem = load_school(tiny_high_folder)
    best = solve(problem, "highs", stop=60)

    def at_once(point: TracePoint) -> None:
        raise KeyboardInterrupt

    again = solve(problem, "highs", stop=60, start=best.best, on_incumbent=at_once)
    assert again.status is Status.CANCELLED
    assert again.cost == best.cost


class Forgetful:
    """A backend that tells of its incumbents and has forgotten them in the end."""

    name = "forgetful"

    def __init__(self, status: LinearStatus, bound: float | None = None) -> None:
        self.status, self.bound = status, bound
        self.honest = backends()["highs"]

    def availability(self):  # type: ignore[no-untyped-def]
        return self.honest.availability()

    def solve(self, model, **options):  # type: ignore[no-untyped-def]
        answer = self.honest.solve(model, **options)
        return replace(answer, status=self.status, values=None, objective=None, bound=self.bound)


def test_what_a_backend_told_of_is_not_lost(tiny_high_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = load_school(tiny_high_folder)
    told: Heard = []
    monkeypatch.setattr(exact, "choose_backend", lambda model, name="auto": Forgetful("feasible", 1.0))
    result = solve(problem, "highs", stop=5, on_timetable=lambda *one: told.append(one))
    monkeypatch.undo()
    best = solve(problem, "highs", stop=60)
    assert result.best == told[-1][0]
    assert result.cost is not None
    assert best.cost is not None
    assert result.cost[0] == best.cost[0]
    assert result.status is Status.FEASIBLE
    assert not result.mismatches
    assert result.levels[1].bound is None, "it was proven for a first level that costs more"


def test_a_timetable_speaks_against_a_false_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the quick timetables break rules, somebody who proves too much is contradicted by his own."""
    monkeypatch.setattr(exact, "choose_backend", lambda model, name="auto": Forgetful("infeasible"))
    contradicted = 0
    for seed in range(60):
        problem = random_school(seed)
        if obstacles(problem) or evaluate(problem, greedy(problem, seed=0)).feasible:
            continue
        result = solve(problem, "highs", stop=10)
        if result.best is not None:
            contradicted += 1
            assert result.status is Status.FEASIBLE
            assert "contradicts what is said to be proven" in " ".join(result.mismatches)
    assert contradicted


def test_an_impatient_interrupt_keeps_the_best_of_all_steps(tiny_high_folder) -> None:  # type: ignore[no-untyped-def]
    problem = load_school(tiny_high_folder)
    told: Heard = []

    def impatient(timetable: Timetable, score: Evaluation) -> None:
        told.append((timetable, score))
        if len(told) == 2:
            raise KeyboardInterrupt

    result = solve(problem, "highs", stop=60, on_timetable=impatient)
    assert result.status is Status.CANCELLED
    assert result.best == told[-1][0]


def test_a_start_may_be_anything() -> None:
    """A start of another school, with times, students and sections that are not there, does no harm."""
    for seed in range(25):
        problem = random_school(seed)
        dice = random.Random(seed)
        other = greedy(random_school(seed + 1), seed=0)
        times = [placement.time for placement in other.placements.values()] + list(problem.calendar.times)
        start = Timetable(
            {
                **{id: Placement(dice.choice(times)) for id in problem.meetings},
                **other.placements,
            },
            {**greedy(problem, seed=seed).enrolments, **other.enrolments, "nobody": frozenset({"nothing"})},
        )
        alone = solve(problem, "highs", stop=10, seed=seed)
        result = solve(problem, "highs", stop=10, seed=seed, start=start)
        assert result.status is alone.status
        assert result.cost == alone.cost
