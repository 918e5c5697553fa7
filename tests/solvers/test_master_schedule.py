"""The master schedule as a model: what it counts is what the evaluator counts, there and back."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from brute_force import best_of_all
from random_schools import random_school, random_school_with_locks
from tiny_schools import BACKENDS, TWO_DAYS, every, meetings, tiny, usable

from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled
from echelon_lib.constraints.spread import EvenDays, NotConsecutive
from echelon_lib.constraints.times import AtMostPerTime, ForbiddenTimes
from echelon_lib.domain.policy import REQUIRED, Scope, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.search.greedy import greedy
from echelon_lib.solvers.base import choose_backend
from echelon_lib.solvers.lp_text import lp_text
from echelon_lib.solvers.master_schedule import MasterScheduleModel
from echelon_lib.solvers.reduce import Reduction, why_not

GOLDEN = Path(__file__).parent / "golden"


def almost_every_rule() -> Problem:
    """A school of five sections with almost every rule that a school can have."""
    sections = "Art-1/pat Art-2:3/pat Lab-1/quin Lab-2/quin Chess-1"
    pat, quin = Scope.of_attendee("pat"), Scope.of_attendee("quin")
    return tiny(
        sections,
        {"ann": "Art Lab", "bob": "Art Lab", "cyd": "Lab|Chess Art", "dan": "Chess Art"},
        AtMostEnrolled("SPED limit", every(sections), REQUIRED, (1,) * 5, "SPED"),
        AtLeastEnrolled("section target", every(sections), priced(2), (2, 2, 1, 1, 1)),
        AtMostPerTime("sections per period", meetings("Art-1 Art-2"), priced(4), 1),
        ForbiddenTimes("course periods", meetings("Chess-1"), REQUIRED, TWO_DAYS.times[:2]),
        ForbiddenTimes("teacher unavailable", pat, priced(6), TWO_DAYS.times[3:]),
        NotConsecutive("labs not consecutive", quin, priced(5), "Lab"),
        EvenDays("workload balance", quin, priced(3)),
        sped=["bob"],
        labs=["Lab-1", "Lab-2"],
    )


def models(problem: Problem, timetable: Timetable) -> list[MasterScheduleModel]:
    """The model of each level, the earlier ones held at what a timetable costs."""
    cost = evaluate(problem, timetable).cost
    return [
        MasterScheduleModel(Reduction(problem), level=level, held=cost[: level - 1])
        for level in range(1, len(cost) + 1)
    ]


@cache
def timetables(count: int = 40) -> list[tuple[Problem, Timetable]]:
    """Feasible timetables of schools whose students can be counted: the best one and a quick one."""
    found: list[tuple[Problem, Timetable]] = []
    seed = 0
    while len(found) < count:
        problem = (random_school, random_school_with_locks)[seed % 2](seed)
        seed += 1
        best = best_of_all(problem)
        if best is not None and not why_not(problem):
            quick = greedy(problem, seed=seed)
            found.append((problem, best.timetable))
            if evaluate(problem, quick).feasible:
                found.append((problem, quick))
    return found


def test_a_timetable_comes_back_as_dear_as_it_went() -> None:
    for problem, timetable in timetables():
        cost = evaluate(problem, timetable).cost
        for model in models(problem, timetable):
            values = model.encode(timetable)
            assert model.linear.check(values, 1e-6) == [], problem.name
            back = model.decode(values)
            score = evaluate(problem, back)
            assert score.feasible, (problem.name, score.required)
            # Sections and students are dealt evenly, so that nothing costs more than before.
            assert score.cost[: model.level] <= cost[: model.level], problem.name
            assert model.value(values) == score.cost[model.level - 1], problem.name


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_a_model_counts_is_what_the_evaluator_counts(backend: str) -> None:
    usable(backend)
    for problem, timetable in timetables():
        for model in models(problem, timetable):
            chosen = choose_backend(model.linear, backend)
            # Another answer than the best: whatever the solver meets first.
            answer = chosen.solve(model.linear, gap=10.0, stop=10)
            assert answer.values is not None
            score = evaluate(problem, model.decode(answer.values))
            assert score.feasible
            assert model.value(answer.values) >= score.cost[model.level - 1], problem.name
            best = chosen.solve(model.linear, stop=10)
            assert best.values is not None
            assert (
                model.value(best.values) == evaluate(problem, model.decode(best.values)).cost[model.level - 1]
            )


def test_terms_are_the_rules_of_the_level() -> None:
    problem = almost_every_rule()
    quick = greedy(problem)
    first, second = models(problem, quick)
    assert first.terms == {"unmet requests"}
    assert second.terms == {name for name, term in evaluate(problem, quick).terms.items() if term.level == 2}


def test_only_the_free_classes_move() -> None:
    problem = almost_every_rule()
    best = best_of_all(problem)
    assert best is not None
    model = MasterScheduleModel(Reduction(problem))
    values = model.encode(best.timetable)
    backend = choose_backend(model.linear, "highs")
    frozen = model.frozen_but(set(), values)
    assert frozen is not model.linear
    answer = backend.solve(frozen, stop=10)
    assert answer.values is not None
    moved = model.decode(answer.values).placements
    assert {m: p.time for m, p in moved.items()} == {m: p.time for m, p in best.timetable.placements.items()}
    teachers = [one.teachers for one in model.reduction.classes]
    away = model.frozen_but({teachers.index(("quin",))}, values)
    for number, name in enumerate(away.column_names):
        if name.startswith("m") and "Art" in name:
            assert away.lower[number] == away.upper[number]
        elif name.startswith("m") and "Lab" in name:
            assert away.lower[number] < away.upper[number]
    assert (model.linear.lower == 0).all(), "the model itself is as it was"


def test_times_may_be_given() -> None:
    problem = almost_every_rule()
    best = best_of_all(problem)
    assert best is not None
    times = {meeting: placement.time for meeting, placement in best.timetable.placements.items()}
    first = evaluate(problem, best.timetable).cost[0]
    for level, held in ((1, ()), (2, (first,))):
        model = MasterScheduleModel(Reduction(problem), level=level, held=held, fixed=times)
        assert not any(name.startswith("m") for name in model.linear.column_names)
        answer = choose_backend(model.linear, "highs").solve(model.linear, stop=10)
        assert answer.values is not None
        found = model.decode(answer.values)
        assert {meeting: placement.time for meeting, placement in found.placements.items()} == times
        assert model.value(answer.values) == best.cost[level - 1] == evaluate(problem, found).cost[level - 1]


def test_a_timetable_that_is_none_may_be_a_start() -> None:
    problem = almost_every_rule()
    model = MasterScheduleModel(Reduction(problem))
    assert model.encode(Timetable()).any() or model.linear.check(model.encode(Timetable()), 1e-6)
    strange = Timetable({}, {"ann": frozenset({"Art-1", "no such section"}), "nobody": frozenset({"Art-1"})})
    assert len(model.encode(strange)) == model.linear.shape[1]


def test_every_earlier_level_must_be_held() -> None:
    with pytest.raises(ValueError, match="level 2 needs the costs of 1 earlier levels, not 0"):
        MasterScheduleModel(Reduction(almost_every_rule()), level=2)


@pytest.mark.parametrize("level", [1, 2])
def test_the_model_is_as_it_was(level: int) -> None:
    """A golden file: look at the difference, and write the file anew if it is meant."""
    model = MasterScheduleModel(Reduction(almost_every_rule()), level=level, held=(10,) * (level - 1))
    golden = GOLDEN / f"almost_every_rule_level_{level}.lp"
    assert lp_text(model.linear) == golden.read_text(encoding="utf-8")
