"""The front door of solving: exact where it says so, honest where not, and never without what it found."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from brute_force import assert_exact, assert_sound, best_of_all
from random_schools import random_school, random_school_not_countable
from tiny_schools import BACKENDS, ONE_DAY, every, tiny, usable

from echelon_lib import evaluate, load_school, preflight, solve
from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled
from echelon_lib.constraints.spread import EvenDays, NotConsecutive
from echelon_lib.domain.calendar import Calendar
from echelon_lib.domain.errors import EchelonError
from echelon_lib.domain.policy import REQUIRED, Policy, Scope, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.scoring.evaluate import UNMET
from echelon_lib.search import exact
from echelon_lib.search.greedy import greedy
from echelon_lib.solvers.base import BackendUnavailable, LinearAnswer, backends
from echelon_lib.solvers.result import Result, Status, TracePoint
from echelon_lib.stop import AnyOf, Cancel, MaxIterations, NoImprovement, running


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Each backend that may be used."""
    return usable(request.param)


@pytest.fixture(scope="module")
def tiny_high(tiny_high_folder) -> Problem:  # type: ignore[no-untyped-def]
    """The sample school that is solved in a moment, with the rules that rules have by default."""
    return load_school(tiny_high_folder)


@pytest.fixture(scope="module")
def valley_high(valley_high_folder) -> Problem:  # type: ignore[no-untyped-def]
    """The sample school of the demo; proving its second level takes minutes."""
    return load_school(valley_high_folder)


# Compared with every timetable --------------------------------------------------------------------------

SCHOOLS, BLOCK = 120, 10


@pytest.mark.parametrize("first", range(0, SCHOOLS, BLOCK))
def test_the_best_of_all_timetables_is_found_and_proven(first: int) -> None:
    for seed in range(first, first + BLOCK):
        problem = random_school(seed)
        for name in BACKENDS:
            if backends()[name].availability().licensed:
                assert_exact(problem, name, seed=seed)


@pytest.mark.parametrize("first", range(0, 40, BLOCK))
def test_an_answer_without_proof_is_a_timetable_with_a_bound(first: int) -> None:
    for seed in range(first, first + BLOCK):
        assert_sound(random_school_not_countable(seed), "highs", seconds=1.2, seed=seed)


def test_the_sample_school_is_solved_as_its_page_says(tiny_high: Problem, backend: str) -> None:
    result = solve(tiny_high, backend, stop=60)
    assert result.status is Status.OPTIMAL
    assert result.proven == (1, 2)
    assert result.evaluation is not None
    assert result.evaluation.feasible
    assert (result.evaluation.met, result.evaluation.requests) == (37, 38)
    assert (result.evaluation.complete, result.evaluation.students) == (11, 12)
    assert backend in result.solver
    assert result.levels[0].terms == (UNMET,)
    assert result.levels[0].scale == tiny_high.request_weight
    assert result.gap == 0
    assert result.evaluation == evaluate(tiny_high, result.best or Timetable())


# What is not solved -------------------------------------------------------------------------------------


def test_an_unknown_solver_is_refused_with_the_nearest(tiny_high: Problem) -> None:
    with pytest.raises(EchelonError, match="there is no solver 'gurobbi'\n  Maybe 'gurobi' was meant"):
        solve(tiny_high, "gurobbi")
    with pytest.raises(EchelonError, match="Maybe one of auto, exact, greedy, gurobi, highs"):
        solve(tiny_high, "")


def test_a_backend_that_may_not_be_used_says_why(tiny_high: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("echelon_lib.solvers.highs.HighsBackend.why_not", lambda self, model: "no licence")
    with pytest.raises(BackendUnavailable, match="no licence"):
        solve(tiny_high, "highs")


@pytest.mark.parametrize("stop", [-1, float("nan"), "soon", True])
def test_a_stop_that_is_none_is_refused(tiny_high: Problem, stop: object) -> None:
    with pytest.raises(ValueError, match="does not say when to stop"):
        solve(tiny_high, stop=stop)  # type: ignore[arg-type]


def impossible() -> Problem:
    """A teacher with three sections in two periods."""
    calendar = Calendar.of_days({"Day": ["P1", "P2"]})
    return tiny("Art-1/pat Band-1/pat Chess-1/pat", {"ann": "Art"}, calendar=calendar)


def infeasible_after_all() -> Problem:
    """Arithmetic finds nothing wrong, but labs must be apart and days even, and that cannot be both."""
    labs = ["Lab-1", "Lab-2", "Lab-3"]
    return tiny(
        "Lab-1/pat Lab-2/pat Lab-3/pat",
        {"ann": "Lab"},
        NotConsecutive("labs not consecutive", Scope.of_attendee("pat"), REQUIRED, "Lab"),
        calendar=Calendar.of_days({"Day": ["P1", "P2", "P3", "P4"]}),
        labs=labs,
    )


@pytest.mark.parametrize("school", [impossible, infeasible_after_all])
def test_an_infeasible_school_is_a_result(school: Callable[[], Problem], backend: str) -> None:
    result = assert_exact(school(), backend)
    assert result.status is Status.INFEASIBLE
    assert (result.cost, result.bound, result.gap) == (None, None, None) or result.cost is None
    assert result.notes
    assert result.mismatches == ()


def test_arithmetic_says_what_is_impossible_before_solving() -> None:
    result = solve(impossible(), stop=60)
    assert result.solver == "preflight"
    errors = [finding.message for finding in preflight(impossible()) if finding.severity == "error"]
    assert list(result.notes) == errors
    assert solve(impossible(), "greedy").status is Status.INFEASIBLE


@pytest.mark.parametrize(
    ("sections", "wishes"),
    [
        ("", {}),
        ("Art-1/pat Art-2", {}),
        ("", {"ann": "Art", "bob": "Art"}),
        ("Art-1/pat", {"ann": "", "bob": ""}),
        ("Art-1:0", {"ann": "Art"}),
    ],
    ids=["nothing", "no students", "no sections", "no requests", "no seats"],
)
@pytest.mark.parametrize("solver", ["auto", "highs", "greedy"])
def test_empty_schools_are_solved(sections: str, wishes: dict[str, str], solver: str) -> None:
    problem = tiny(sections, wishes)
    result = solve(problem, solver, stop=10)
    assert result.best is not None
    assert result.status is Status.OPTIMAL
    assert result.cost == (100 * len(problem.requests),)
    assert result.gap == 0


def test_a_school_without_periods_is_infeasible_or_empty() -> None:
    nowhere = Calendar.of_days({"Day": []})
    assert solve(tiny("", {}, calendar=nowhere), stop=5).status is Status.OPTIMAL
    assert solve(tiny("Art-1", {"ann": "Art"}, calendar=nowhere), stop=5).status is Status.INFEASIBLE


# Quick answers ------------------------------------------------------------------------------------------


def test_greedy_is_quick_and_claims_no_more_than_arithmetic(tiny_high: Problem) -> None:
    result = solve(tiny_high, "greedy")
    assert result.solver == "greedy"
    assert result.status is Status.FEASIBLE
    assert result.best == greedy(tiny_high, seed=0)
    assert result.bound == 0
    assert result.levels[1].bound is None


def test_no_time_still_gives_something(tiny_high: Problem, backend: str) -> None:
    result = solve(tiny_high, backend, stop=0)
    assert result.status is Status.FEASIBLE
    assert result.best is not None
    assert result.evaluation is not None
    assert result.evaluation.feasible
    assert result.bound == 0, "arithmetic takes no time"
    assert result.gap is not None
    assert result.levels[1].bound is None
    assert result.levels[1].gap is None
    assert result.mismatches == ()


# The same again -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("stop", [None, MaxIterations(3), AnyOf(MaxIterations(50), NoImprovement(10))])
def test_the_same_seed_gives_the_same_answer(backend: str, stop: object) -> None:
    one, other = (solve(clashing(), backend, stop=stop, seed=5) for _ in range(2))  # type: ignore[arg-type]
    assert one.best == other.best
    assert (one.cost, one.status, one.levels) == (other.cost, other.status, other.levels)
    assert one.seed == 5


def test_the_same_seed_gives_the_same_answer_student_by_student() -> None:
    problem = random_school_not_countable(7)
    for seed in (1, 2):
        one, other = (solve(problem, "highs", stop=MaxIterations(40), seed=seed) for _ in range(2))
        assert one.best == other.best
        assert one.cost == other.cost


# Beginning somewhere ------------------------------------------------------------------------------------


@pytest.mark.parametrize("solver", ["highs", "gurobi", "greedy"])
@pytest.mark.parametrize("stop", [0, 20])
def test_a_start_is_never_lost(solver: str, stop: float) -> None:
    if solver != "greedy":
        usable(solver)
    checked = 0
    for seed in range(30):
        problem = random_school(seed)
        best = best_of_all(problem)
        if best is None:
            continue
        checked += 1
        result = solve(problem, solver, stop=stop, start=best.timetable)
        assert result.cost == best.cost
        if checked == 8:
            return


def test_a_start_that_breaks_rules_does_no_harm(tiny_high: Problem) -> None:
    everywhere = Timetable(
        {meeting: Placement(tiny_high.calendar.times[0]) for meeting in (*tiny_high.meetings, "nothing")},
        {student.id: frozenset(tiny_high.sections) for student in tiny_high.students},
    )
    assert not evaluate(tiny_high, everywhere).feasible
    for start in (everywhere, Timetable()):
        assert solve(tiny_high, "highs", stop=20, start=start).status is Status.OPTIMAL


def test_a_good_start_is_an_incumbent_at_once(tiny_high: Problem) -> None:
    best = solve(tiny_high, stop=20).best
    again = solve(tiny_high, stop=0, start=best)
    assert again.best == best
    assert again.trace[-1].incumbent == again.cost[0] if again.cost else False


# What is heard on the way -------------------------------------------------------------------------------


def test_the_trace_is_what_was_told(tiny_high: Problem, backend: str) -> None:
    told: list[TracePoint] = []
    result = solve(tiny_high, backend, stop=30, on_incumbent=told.append)
    assert tuple(told) == result.trace
    assert told[0].bound == 0
    assert told[0].incumbent is None
    seconds = [point.seconds for point in told]
    assert seconds == sorted(seconds)
    assert {point.level for point in told} == {1, 2}
    for level in (1, 2):
        points = [point for point in told if point.level == level]
        incumbents = [point.incumbent for point in points if point.incumbent is not None]
        bounds = [point.bound for point in points if point.bound is not None]
        assert incumbents == sorted(incumbents, reverse=True)
        assert bounds == sorted(bounds)
        assert incumbents[-1] == bounds[-1] == result.levels[level - 1].cost
    assert all(isinstance(value, int) for point in told for value in (point.incumbent, point.bound) if value)


# Being stopped ------------------------------------------------------------------------------------------


def kept(problem: Problem, result: Result) -> None:
    """Assert that an interrupted search kept its incumbent and what it knew."""
    assert result.status is Status.CANCELLED
    assert result.best is not None
    assert result.evaluation is not None
    assert result.evaluation.feasible
    assert result.bound is not None
    assert result.mismatches == ()
    assert result.cost == evaluate(problem, result.best).cost


@pytest.mark.parametrize("at", [1, 2, 3])
def test_cancelling_keeps_the_incumbent(tiny_high: Problem, backend: str, at: int) -> None:
    clock = running(60)
    told: list[TracePoint] = []

    def listener(point: TracePoint) -> None:
        told.append(point)
        if len(told) == at:
            clock.cancel()

    kept(tiny_high, solve(tiny_high, backend, stop=clock, on_incumbent=listener))


@pytest.mark.parametrize("at", [2, 3, 4])
def test_an_interrupt_keeps_the_incumbent(tiny_high: Problem, backend: str, at: int) -> None:
    told: list[TracePoint] = []

    def listener(point: TracePoint) -> None:
        told.append(point)
        if len(told) == at:
            raise KeyboardInterrupt

    kept(tiny_high, solve(tiny_high, backend, stop=60, on_incumbent=listener))


def test_an_interrupt_before_anything_is_found_is_no_crash(tiny_high: Problem) -> None:
    def listener(point: TracePoint) -> None:
        raise KeyboardInterrupt

    result = solve(tiny_high, stop=60, on_incumbent=listener)
    assert result.status is Status.CANCELLED
    assert (result.best, result.cost, result.gap) == (None, None, None)
    assert result.bound == 0


def test_another_thread_may_cancel(valley_high: Problem) -> None:
    switch = Cancel()
    timer = threading.Timer(1.5, switch.set)
    timer.start()
    result = solve(valley_high, "highs", stop=AnyOf(60, switch))
    timer.join()
    assert result.runtime < 20
    kept(valley_high, result)


@pytest.fixture
def interrupt_key() -> Iterator[None]:
    """The interrupt key works, also where the tests run in the background and the shell turned it off."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupt_key")
def test_the_interrupt_key_keeps_the_incumbent(valley_high: Problem) -> None:
    timer = threading.Timer(1.5, signal.raise_signal, [signal.SIGINT])
    timer.start()
    try:
        result = solve(valley_high, "highs", stop=60)
    finally:
        timer.join()
    assert result.runtime < 20
    kept(valley_high, result)


def test_what_a_listener_raises_is_raised(tiny_high: Problem) -> None:
    def listener(point: TracePoint) -> None:
        raise ValueError("the listener is broken")

    with pytest.raises(ValueError, match="the listener is broken"):
        solve(tiny_high, stop=10, on_incumbent=listener)


# Liars --------------------------------------------------------------------------------------------------


class Liar:
    """A backend that changes the answers of an honest one."""

    name = "liar"

    def __init__(self, lie: Callable[[LinearAnswer], LinearAnswer]) -> None:
        self.lie = lie
        self.honest = backends()["highs"]

    def availability(self):  # type: ignore[no-untyped-def]
        return self.honest.availability()

    def why_not(self, model: object) -> None:
        return None

    def solve(self, model, **options):  # type: ignore[no-untyped-def]
        options.pop("on_incumbent", None)
        options.pop("on_bound", None)
        return self.lie(self.honest.solve(model, **options))


def clashing() -> Problem:
    """Three students want two courses each, of which the greedy start gives them less than it could."""
    return tiny(
        "Art-1:2/pat Art-2:1/pat Band-1:2/quin Band-2:1/quin Chess-1:3",
        {"ann": "Art Band Chess", "bob": "Art Band", "cyd": "Chess Band Art"},
        AtLeastEnrolled("section target", every("Art-1 Art-2 Band-1 Band-2"), priced(2), (2, 2, 2, 2)),
        AtMostEnrolled("balance", every("Art-1 Band-1"), priced(1), (1, 1)),
        EvenDays("workload balance", Scope.of_attendee("pat"), priced(1)),
        calendar=ONE_DAY,
    )


def lied_to(
    monkeypatch: pytest.MonkeyPatch, problem: Problem, lie: Callable[[LinearAnswer], LinearAnswer]
) -> Result:
    monkeypatch.setattr(exact, "choose_backend", lambda model, name="auto": Liar(lie))
    return solve(problem, "highs", stop=4)


def test_an_honest_liar_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    result = lied_to(monkeypatch, clashing(), lambda answer: answer)
    best = best_of_all(clashing())
    assert best is not None
    assert result.cost == best.cost
    assert result.status is Status.OPTIMAL
    assert "liar" in result.solver


def test_a_bound_that_is_too_high_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    result = lied_to(monkeypatch, clashing(), lambda answer: replace(answer, bound=(answer.bound or 0) + 50))
    assert result.status is Status.FEASIBLE
    assert result.best is not None
    assert result.mismatches
    assert "above the evaluated cost" in result.mismatches[0]
    assert all(level.bound is None or level.bound <= (level.cost or 0) for level in result.levels)


def test_values_that_are_none_are_named_and_cost_nobody_the_timetable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nobody_is_placed(answer: LinearAnswer) -> LinearAnswer:
        values = None if answer.values is None else np.zeros_like(answer.values)
        return replace(answer, values=values)

    result = lied_to(monkeypatch, clashing(), nobody_is_placed)
    assert result.status is Status.FEASIBLE
    assert result.best is not None
    assert result.evaluation is not None
    assert result.evaluation.feasible
    assert result.mismatches


def test_infeasible_is_not_believed_against_a_timetable(monkeypatch: pytest.MonkeyPatch) -> None:
    def contradict(answer: LinearAnswer) -> LinearAnswer:
        return replace(answer, status="infeasible", values=None, objective=None, bound=None)

    result = lied_to(monkeypatch, clashing(), contradict)
    assert result.status is Status.FEASIBLE
    assert result.best is not None
    assert "contradicts a timetable that exists" in " ".join(result.mismatches)


def test_nothing_found_leaves_the_quick_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    result = lied_to(
        monkeypatch,
        clashing(),
        lambda answer: replace(answer, status="unknown", values=None, objective=None, bound=None),
    )
    assert result.status is Status.FEASIBLE
    assert result.best is not None
    assert result.bound is not None, "arithmetic still knows a bound"
    assert result.levels[1].bound is None


def test_doubts_of_a_backend_are_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    result = lied_to(
        monkeypatch,
        clashing(),
        lambda answer: replace(answer, status="feasible", doubts=("row 3 is broken",)),
    )
    assert "row 3 is broken" in " ".join(result.notes)


# Levels -------------------------------------------------------------------------------------------------


def test_levels_are_solved_in_order_and_held(backend: str) -> None:
    """Emptying a section would save 9 at the second level, and 1 at the third; requests come first."""
    problem = tiny(
        "Art-1:2 Band-1:2",
        {"ann": "Art Band", "bob": "Art"},
        AtMostEnrolled("empty Art", every("Art-1"), priced(9), (0,)),
        AtMostEnrolled("empty Band", every("Band-1"), priced(1, level=3), (0,)),
    )
    result = assert_exact(problem, backend)
    assert result.cost == (0, 18, 1)
    assert result.proven == (1, 2, 3)
    assert [level.level for level in result.levels] == [1, 2, 3]
    assert [level.terms for level in result.levels] == [(UNMET,), ("empty Art",), ("empty Band",)]
    assert [level.scale for level in result.levels] == [300, None, None]


def test_requests_may_come_second(backend: str) -> None:
    problem = tiny(
        "Art-1:2",
        {"ann": "Art", "bob": "Art"},
        AtMostEnrolled("empty Art", every("Art-1"), priced(9, level=1), (1,)),
        policy=Policy(requests=priced(1, level=2)),
    )
    result = assert_exact(problem, backend)
    assert result.cost == (0, 100)
    assert [level.scale for level in result.levels] == [None, 200]
