"""The search student by student: its surrogate keeps count rightly, and it finds what there is."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from random_schools import random_school
from tiny_schools import every, tiny

from echelon_lib import evaluate, generate_school, load_school, solve
from echelon_lib.constraints.enrolment import AtLeastEnrolled
from echelon_lib.constraints.spread import EvenDays, NotConsecutive
from echelon_lib.domain.calendar import Calendar
from echelon_lib.domain.policy import REQUIRED, Enforcement, Scope
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.generate.school import write_school
from echelon_lib.school_rules import SchoolRules
from echelon_lib.scoring.evaluate import UNMET
from echelon_lib.search import choose
from echelon_lib.search.board import Board
from echelon_lib.search.greedy import greedy, place
from echelon_lib.search.report import Report
from echelon_lib.search.school_engine import search_school
from echelon_lib.search.surrogate import Surrogate, anneal, propose
from echelon_lib.solvers.reduce import Reduction, why_not
from echelon_lib.solvers.result import Status, TracePoint
from echelon_lib.stop import MaxIterations, running


@pytest.fixture(scope="module")
def valley_high(valley_high_folder) -> Problem:  # type: ignore[no-untyped-def]
    """The sample school of the demo."""
    return load_school(valley_high_folder)


def lost(board: Board, period: list[int]) -> int:
    """The weight that no matching of each pattern's courses to open periods can serve, from scratch."""
    total = 0
    for wants, count in board.patterns.items():
        open_ = [{period[s] for s in board.members[course] if period[s] >= 0} for _, course in wants]
        owner: dict[int, int] = {}

        def seat(
            one: int, seen: set[int], open_: list[set[int]] = open_, owner: dict[int, int] = owner
        ) -> bool:
            for at in open_[one] - seen:
                seen.add(at)
                if at not in owner or seat(owner[at], seen):
                    owner[at] = one
                    return True
            return False

        total += count * sum(weight for one, (weight, _) in enumerate(wants) if not seat(one, set()))
    return total


def test_moves_change_the_loss_as_counting_anew_would(valley_high: Problem) -> None:
    board = Board(valley_high)
    dice = random.Random(2)
    state = Surrogate(board, place(board, dice))
    assert state.loss == lost(board, state.period)
    made = 0
    for _ in range(400):
        moves = propose(state, dice, list(range(len(state.period))))
        if moves is None:
            continue
        assert state.legal(moves)
        before = (list(state.period), state.loss, list(state.mask), [list(row) for row in state.held])
        old = [(section, state.period[section]) for section, _ in moves]
        change, undo = state.move(moves)
        made += 1
        if made % 20 == 0:
            assert state.loss == before[1] + change == lost(board, state.period)
        if dice.random() < 0.5:
            state.back(old, undo)
            assert (state.period, state.loss, state.mask, state.held) == before
    assert made > 100
    assert state.loss == lost(board, state.period)
    for teacher, sections in enumerate(board.teaches):
        at = [state.period[section] for section in sections]
        assert len(set(at)) == len(at), "no teacher is in two places"
        assert all(state.busy[teacher][p] == s for s, p in zip(sections, at, strict=True))


def test_annealing_keeps_the_best_it_has_seen(valley_high: Problem) -> None:
    board = Board(valley_high)
    start = place(board, random.Random(0))
    before = Surrogate(board, start).loss
    one, other = (
        anneal(Surrogate(board, start), random.Random(3), running(None), warm=80.0, cold=5.0, most=2_000)
        for _ in range(2)
    )
    assert one == other
    assert lost(board, one) <= before
    stopped = anneal(
        Surrogate(board, start), random.Random(3), running(MaxIterations(0)), warm=80.0, cold=5.0, most=2_000
    )
    assert stopped == start


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


@pytest.fixture
def only_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is small enough for the exact model."""
    monkeypatch.setattr(choose, "COUNTED_MODEL", 0)


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
    board = Board(problem)
    state = Surrogate(board, board.periods(result.best or Timetable()))
    dice = random.Random(0)
    for _ in range(500):
        moves = propose(state, dice, list(range(len(state.period))))
        if moves is not None:
            state.move(moves)
    assert evaluate(problem, board.timetable(state.period)).feasible


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
        if not score.feasible:
            continue
        stop = running(MaxIterations(200))
        report = Report(problem, stop)
        reduction = Reduction(problem, individual=bool(why_not(problem)))
        found = search_school(
            reduction, backend="highs", stop=stop, seed=1, report=report, start=start, lower=0, counted=True
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
    result = solve(problem, "highs", stop=20, on_incumbent=told.append)
    assert result.status in (Status.FEASIBLE, Status.OPTIMAL)
    assert result.evaluation is not None
    assert result.evaluation.feasible
    assert result.evaluation.met >= 0.95 * result.evaluation.requests
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


def test_required_even_days_do_not_cost_a_large_school_its_timetable(five_hundred: Path) -> None:
    kinds = {"workload_balance": "required", "teacher_unavailable": "off"}
    rules = SchoolRules.from_mapping({"kinds": kinds})
    problem = load_school(five_hundred, rules)
    assert any(isinstance(rule, EvenDays) and rule.enforcement.required for rule in problem.constraints)
    result = solve(problem, "highs", stop=8)
    assert result.evaluation is not None, result.notes
    assert result.evaluation.feasible
    assert result.evaluation.met >= 0.85 * result.evaluation.requests
