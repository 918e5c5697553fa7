"""What an exact sectioning beside the search proves, and that it never outlasts its time."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from tiny_schools import BACKENDS, every, tiny, usable

from echelon_lib import Problem, Timetable, evaluate, solve
from echelon_lib.constraints.enrolment import AtLeastEnrolled
from echelon_lib.constraints.times import ForbiddenTimes
from echelon_lib.domain.calendar import Calendar
from echelon_lib.domain.policy import REQUIRED, Scope, priced
from echelon_lib.search import school_engine
from echelon_lib.search.annealer import Annealer
from echelon_lib.search.greedy import greedy
from echelon_lib.search.proof import Proof, section_exactly
from echelon_lib.search.report import Report
from echelon_lib.search.school_engine import search_school
from echelon_lib.solvers.apart import Apart
from echelon_lib.solvers.reduce import Reduction
from echelon_lib.stop import MaxIterations, MaxRuntime, running

PROVEN = "no sectioning meets more at these times of the sections"


def odd() -> Problem:
    """Three courses in two periods, of which everybody wants two: no bound sees that some lose one."""
    pairs = ("Art Band", "Band Chess", "Chess Art")
    target = AtLeastEnrolled("section target", every("Art-1 Band-1 Chess-1"), priced(1), (12, 12, 12))
    return tiny(
        "Art-1:12 Band-1:12 Chess-1:12",
        {f"s{n}": pairs[n % 3] for n in range(12)},
        target,
        calendar=Calendar.of_days({"Day": ["P1", "P2"]}),
    )


def least(problem: Problem, timetable: Timetable) -> int:
    """The least cost of the requests at the times of a timetable, by the whole model."""
    held = tuple(
        ForbiddenTimes("held", Scope.of_meetings([id]), REQUIRED, others)
        for id in problem.meetings
        for others in [tuple(t for t in problem.calendar.times if t != timetable.placements[id].time)]
    )
    result = solve(replace(problem, constraints=(*problem.constraints, *held)), "exact", stop=30)
    assert result.cost is not None
    return result.cost[0]


@pytest.fixture(autouse=True)
def early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most of the time is left to the proof, so that a busy machine gets to its end."""
    monkeypatch.setattr(school_engine, "REQUESTS_SHARE", 0.1)
    monkeypatch.setattr(school_engine, "PREPARING", 1.0)


def proven(notes: Iterable[str]) -> bool:
    """Whether the notes say so."""
    return any(PROVEN in note for note in notes)


def test_a_better_sectioning_is_taken_and_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    """The annealing does nothing here, so that everything is left to the exact sectioning."""
    for step in ("seat_everybody", "serve_requests", "improve_later"):
        monkeypatch.setattr(Annealer, step, lambda self, *_, **__: None)
    problem = odd()
    nobody = Timetable(greedy(problem).placements, {student.id: frozenset() for student in problem.students})
    stop = running(40)
    claim = search_school(
        Reduction(problem),
        backend="highs",
        stop=stop,
        seed=0,
        report=Report(problem, stop),
        start=nobody,
        lower=0,
    )
    assert claim.timetable is not None
    assert claim.timetable.placements == nobody.placements
    assert evaluate(problem, claim.timetable).cost[0] == least(problem, nobody)
    assert proven(claim.notes)


@pytest.mark.usefixtures("only_the_search")
def test_what_the_search_found_is_proven_while_later_levels_improve() -> None:
    problem = odd()
    result = solve(problem, "highs", stop=10)
    assert result.best is not None
    assert result.cost == (400, 16)
    assert result.bound == 0
    assert result.cost[0] == least(problem, result.best)
    assert proven(result.notes)
    assert result.mismatches == ()


@pytest.mark.usefixtures("only_the_search")
def test_a_proof_of_other_times_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = Proof.begin

    def elsewhere(*given: Any, **more: Any) -> Proof:
        proof = begin(*given, **more)
        proof.placements = {}
        return proof

    monkeypatch.setattr(Proof, "begin", elsewhere)
    result = solve(odd(), "highs", stop=10)
    assert result.cost == (400, 16)
    assert not proven(result.notes)


@pytest.mark.usefixtures("only_the_search")
@pytest.mark.parametrize(
    ("largest", "words"),
    [
        (23, "was not examined: 24 requests are more than 23"),
        (24, "was not examined: that is done only where seconds limit the search"),
    ],
    ids=["too many requests", "no deadline"],
)
def test_a_sectioning_that_is_not_examined_is_told(
    largest: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(school_engine, "LARGEST_PROOF", largest)
    notes = solve(odd(), "highs", stop=MaxIterations(1)).notes
    assert [note for note in notes if "not examined" in note and note.endswith(words)]
    assert not proven(notes)
    easy = solve(tiny("Art-1", {"ann": "Art"}), "highs", stop=MaxIterations(1))
    assert not any("not examined" in note for note in easy.notes)


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_sections_exactly(backend: str) -> None:
    problem = odd()
    start = Timetable(greedy(problem).placements, {student.id: frozenset() for student in problem.students})
    found = section_exactly(Reduction(problem), start, usable(backend), running(20), 0)
    assert found.proven
    assert backend in found.solver.lower()
    assert found.timetable is not None
    assert found.timetable.placements == start.placements
    assert evaluate(problem, start).cost[0] == 2_400
    assert evaluate(problem, found.timetable).cost[0] == 400


@pytest.mark.parametrize("cancelled", [False, True], ids=["late", "cancelled"])
def test_a_process_that_does_not_end_is_ended(cancelled: bool) -> None:
    work = Apart(time.sleep, 3_600)
    stop = running(MaxRuntime(3_600 if cancelled else 0))
    proof = Proof(work, {}, stop)
    if cancelled:
        stop.cancel()
    assert proof.wait() is None
    assert proof.ended
    assert work._process.returncode not in (None, 0)


def test_a_process_that_fails_says_nothing() -> None:
    proof = Proof(Apart(time.sleep, "an hour"), {}, running(None))
    assert proof.wait() is None
    assert proof.answer() is None
