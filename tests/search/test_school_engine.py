"""The search student by student finds what there is, within the rules, and says what is proven."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from random_schools import random_school
from tiny_schools import every, tiny, usable

from echelon_lib import evaluate, generate_school, load_school, solve
from echelon_lib.constraints.enrolment import AtLeastEnrolled
from echelon_lib.constraints.spread import EvenDays, NotConsecutive
from echelon_lib.domain.calendar import Calendar
from echelon_lib.domain.policy import REQUIRED, Enforcement, Scope
from echelon_lib.domain.problem import Problem
from echelon_lib.generate.school import write_school
from echelon_lib.school_rules import SchoolRules
from echelon_lib.scoring.evaluate import UNMET
from echelon_lib.search import school_engine
from echelon_lib.search.annealer import Annealer
from echelon_lib.search.greedy import greedy
from echelon_lib.search.report import Report
from echelon_lib.search.school_engine import search_school
from echelon_lib.solvers.reduce import Reduction, why_not
from echelon_lib.solvers.result import Status, TracePoint
from echelon_lib.stop import MaxIterations, running


def hard_days(kind: Enforcement) -> Problem:
    """Teachers of labs on two long days, where the rule about their days decides what is allowed."""
    sections = " ".join(f"Lab{n}-{k}:3/t{n}" for n in range(4) for k in range(3))
    wishes = {f"s{n}": " ".join(f"Lab{k}" for k in (n % 4, (n + 1) % 4, (n + 2) % 4)) for n in range(12)}
    problem = tiny(
        sections,
        wishes,
        calendar=Calendar.of_days({"R": ["R1", "R2", "R3"], "G": ["G1", "G2", "G3"]}),
        labs=[word.split(":")[0] for word in sections.split()],
        pooled={"s0": ("Lab3",)},
    )
    rules = [
        rule
        for teacher in problem.teachers
        for rule in (
            NotConsecutive("labs not consecutive", Scope.of_attendee(teacher.id), kind, "Lab"),
            EvenDays("workload balance", Scope.of_attendee(teacher.id), kind),
        )
    ]
    return replace(problem, constraints=tuple(rules))


@pytest.mark.usefixtures("only_the_search")
def test_required_rules_on_days_hold_in_the_search_too() -> None:
    problem = hard_days(REQUIRED)
    for seed in range(3):
        result = solve(problem, "highs", stop=3, seed=seed)
        assert result.best is not None, result.notes
        assert result.evaluation is not None
        assert result.evaluation.feasible
        assert "searched student by student" in " ".join(result.notes)
        assert result.evaluation.filled >= 0.8 * result.evaluation.requests


@pytest.mark.usefixtures("only_the_search")
def test_sections_are_placed_exactly_where_greed_fails() -> None:
    """One order of labs and lessons is left to each teacher; a quick placement rarely meets it."""
    calendar = Calendar.of_days({"Day": ["P1", "P2", "P3", "P4", "P5"]})
    sections = "Lab-1/pat Lab-2/pat Lab-3/pat Art-1/pat Art-2/pat"
    problem = tiny(
        sections,
        {"ann": "Lab Art", "bob": "Art|Lab Lab"},
        NotConsecutive("labs not consecutive", Scope.of_attendee("pat"), REQUIRED, "Lab"),
        calendar=calendar,
        labs=["Lab-1", "Lab-2", "Lab-3"],
    )
    result = solve(problem, "highs", stop=3)
    assert result.evaluation is not None
    assert result.evaluation.feasible
    assert result.evaluation.cost[0] == 0


@pytest.mark.usefixtures("only_the_search")
def test_a_required_minimum_is_found_by_the_whole_model_at_last() -> None:
    minimum = AtLeastEnrolled("section minimum", every("Art-1 Band-1 Chess-1"), REQUIRED, (2, 2, 2))
    wishes = {"ann": "Art Band Chess", "bob": "Chess Art Band"}
    result = solve(tiny("Art-1 Band-1 Chess-1", wishes, minimum), "highs", stop=5)
    assert result.evaluation is not None
    assert result.evaluation.feasible


@pytest.mark.usefixtures("only_the_search")
def test_placing_that_is_impossible_is_proven_in_the_search_too() -> None:
    calendar = Calendar.of_days({"Day": ["P1", "P2", "P3", "P4"]})
    problem = tiny(
        "Lab-1/pat Lab-2/pat Lab-3/pat",
        {"ann": "Lab"},
        NotConsecutive("labs not consecutive", Scope.of_attendee("pat"), REQUIRED, "Lab"),
        calendar=calendar,
        labs=["Lab-1", "Lab-2", "Lab-3"],
    )
    result = solve(problem, "highs", stop=5)
    assert result.status is Status.INFEASIBLE
    assert result.notes


def test_the_search_is_never_worse_than_its_start() -> None:
    for seed in range(12):
        problem = random_school(seed)
        start = greedy(problem, seed=seed)
        score = evaluate(problem, start)
        if not score.feasible or not problem.policy.clash_of("student").required:
            continue
        stop = running(MaxIterations(2))
        report = Report(problem, stop)
        reduction = Reduction(problem, individual=bool(why_not(problem)))
        found = search_school(
            reduction,
            backend="highs",
            stop=stop,
            seed=1,
            report=report,
            start=start,
            lower=0,
            warm=seed % 2 == 0,
        )
        assert found.timetable is not None
        again = evaluate(problem, found.timetable)
        assert again.feasible
        assert again.cost <= score.cost
        assert [(level.cost, level.bound) for level in found.levels] == [(None, 0)]


@pytest.fixture(scope="module")
def five_hundred(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A school of 500 students, nearly all of whom have a list of their own."""
    folder = tmp_path_factory.mktemp("schools") / "five_hundred"
    write_school(generate_school(students=500, request_lists=490, seed=0), folder)
    return folder


def test_a_school_of_individual_lists_is_nearly_solved(five_hundred: Path) -> None:
    problem = load_school(five_hundred)
    told: list[TracePoint] = []
    result = solve(problem, "highs", stop=12, on_incumbent=told.append)
    assert result.status in (Status.FEASIBLE, Status.OPTIMAL)
    assert result.evaluation is not None
    assert result.evaluation.feasible
    assert result.evaluation.met >= 0.99 * result.evaluation.requests
    assert result.bound is not None
    assert result.gap is not None
    assert 0 <= result.gap < 0.05
    assert result.levels[0].terms == (UNMET,)
    assert result.mismatches == ()
    assert "request lists are too many to count" in " ".join(result.notes)
    assert told
    assert result.runtime < 40
    incumbents = [point.incumbent for point in told if point.level == 1 and point.incumbent is not None]
    assert incumbents == sorted(incumbents, reverse=True)
    assert result.cost is not None
    assert incumbents[-1] >= result.cost[0]


@pytest.mark.usefixtures("only_the_search")
def test_later_levels_are_told_while_they_are_worked_on(tmp_path: Path) -> None:
    write_school(generate_school(students=120, request_lists=20, seed=1), tmp_path / "school")
    told: list[TracePoint] = []
    result = solve(load_school(tmp_path / "school"), "highs", stop=MaxIterations(4), on_incumbent=told.append)
    assert result.cost is not None
    assert tuple(told) == result.trace
    first, second = (
        [p.incumbent for p in told if p.level == level and p.incumbent is not None] for level in (1, 2)
    )
    assert (first[-1], second[-1]) == result.cost
    assert len(second) > 2
    assert second == sorted(set(second), reverse=True), "no request that was met on the way made it dearer"
    assert [p.level for p in told] == sorted(p.level for p in told), "what is not worked on is no news"


@pytest.mark.usefixtures("only_the_search")
def test_the_last_cost_told_of_a_level_is_that_of_the_answer() -> None:
    """Sometimes a request is met only while later levels are improved, and may make these dearer."""
    steps = set()
    for seed in (21, 32, 57):
        result = solve(random_school(seed), "highs", stop=MaxIterations(1), seed=seed)
        assert result.cost is not None
        told = [point for point in result.trace if point.incumbent is not None]
        last = {point.level: point.incumbent for point in told}
        assert last == dict(enumerate(result.cost, start=1))
        steps |= {(before.level, after.level) for before, after in pairwise(told)}
    assert {(2, 1), (2, 3)} <= steps


def test_required_even_days_do_not_cost_a_large_school_its_timetable(five_hundred: Path) -> None:
    kinds = {"workload_balance": "required", "teacher_unavailable": "off"}
    rules = SchoolRules.from_mapping({"kinds": kinds})
    problem = load_school(five_hundred, rules)
    assert any(isinstance(rule, EvenDays) and rule.enforcement.required for rule in problem.constraints)
    result = solve(problem, "highs", stop=5)
    assert result.evaluation is not None, result.notes
    assert result.evaluation.feasible
    assert result.evaluation.met >= 0.85 * result.evaluation.requests


@pytest.mark.usefixtures("only_the_search")
def test_gurobi_frees_neighbourhoods_where_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """The annealing does nothing here, so that everything is left to the exact neighbourhoods."""
    usable("gurobi")
    for phase in ("place_sections", "serve_requests"):
        monkeypatch.setattr(Annealer, phase, lambda self, *_, **__: setattr(self, "surrogate", 0))
    monkeypatch.setattr(school_engine._Engine, "prove", lambda *_: None)
    wishes = {f"s{n}": " ".join(random.Random(n).sample("ABCDEF", 4)) for n in range(14)}
    sections = " ".join(f"{c}-{k}:5/t{n}" for n, c in enumerate("ABCDEF") for k in range(2))
    problem = tiny(sections, wishes)
    result = solve(problem, "gurobi", stop=5)
    assert result.cost is not None
    assert result.cost[0] < evaluate(problem, greedy(problem)).cost[0]
    assert "gurobi (neighbourhoods)" in result.solver
