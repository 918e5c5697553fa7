"""Nobody is believed: what becomes of the claims of honest and of lying searches."""

from __future__ import annotations

from dataclasses import replace

import pytest
from schools_by_hand import WEEK, six_students, six_students_placed

from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.scoring.evaluate import UNMET, evaluate
from echelon_lib.search.claim import Claim, LevelClaim, rescored
from echelon_lib.solvers.result import LevelResult, Result, Status

COST = (400, 2)
"""What the timetable by hand costs: four unmet requests, and two students missing below the target."""


@pytest.fixture(scope="module")
def school() -> Problem:
    """six students and four sections."""
    return six_students()


def result(
    school: Problem, *levels: LevelClaim, timetable: Timetable | None = None, **more: object
) -> Result:
    """What is made of a claim about the timetable by hand, or about another one."""
    said = Claim("somebody", timetable or six_students_placed(), list(levels), **more)  # type: ignore[arg-type]
    return rescored(school, said, trace=(), runtime=1.5, seed=3)


def test_the_timetable_costs_what_it_is_said_to_cost(school: Problem) -> None:
    score = evaluate(school, six_students_placed())
    assert score.feasible
    assert score.cost == COST


def test_a_proof_that_holds_is_optimal(school: Problem) -> None:
    found = result(school, LevelClaim(400, 400, (UNMET,)), LevelClaim(2, 2, ("section target",)))
    assert found.status is Status.OPTIMAL
    assert found.proven == (1, 2)
    assert (found.cost, found.bound, found.gap) == (COST, 400, 0.0)
    assert found.mismatches == ()
    assert (found.solver, found.seed, found.runtime) == ("somebody", 3, 1.5)


def test_the_gap_of_requests_is_relative_to_their_weight(school: Problem) -> None:
    found = result(school, LevelClaim(400, 125, (UNMET,)), LevelClaim(2, 1))
    assert school.request_weight == 1100
    assert found.status is Status.FEASIBLE
    assert found.gap == pytest.approx((400 - 125) / 1100)
    assert found.levels[1].gap == pytest.approx((2 - 1) / 2)
    assert found.proven == ()


def test_a_later_proof_counts_only_after_the_earlier_ones(school: Problem) -> None:
    found = result(school, LevelClaim(400, 100), LevelClaim(2, 2))
    assert [level.proven for level in found.levels] == [False, True]
    assert found.proven == ()
    assert found.status is Status.FEASIBLE


def test_nothing_known_is_none(school: Problem) -> None:
    found = result(school)
    assert found.status is Status.FEASIBLE
    assert found.cost == COST
    assert found.bound is None
    assert found.gap is None
    assert [(level.bound, level.gap, level.terms) for level in found.levels] == [(None, None, ())] * 2


def test_a_wrong_cost_is_a_mismatch_and_takes_the_bounds_with_it(school: Problem) -> None:
    found = result(school, LevelClaim(300, 300, (UNMET,)), LevelClaim(2, 2, ("section target",)))
    assert found.status is Status.FEASIBLE
    assert found.cost == COST
    assert found.best == six_students_placed()
    assert [(level.bound, level.terms) for level in found.levels] == [(None, ()), (None, ())]
    (said,) = found.mismatches
    for word in ("level 1", "300", "400", UNMET):
        assert word in said


def test_a_wrong_cost_of_a_later_level_leaves_the_earlier_bound(school: Problem) -> None:
    found = result(school, LevelClaim(400, 400, (UNMET,)), LevelClaim(3, 2))
    assert found.status is Status.FEASIBLE
    assert [level.bound for level in found.levels] == [400, None]
    assert "level 2" in found.mismatches[0]


def test_an_overstated_cost_is_a_mismatch_too(school: Problem) -> None:
    found = result(school, LevelClaim(500, 200))
    assert "500" in found.mismatches[0]
    assert found.status is Status.FEASIBLE


def test_a_bound_above_the_cost_is_a_mismatch(school: Problem) -> None:
    found = result(school, LevelClaim(400, 401), LevelClaim(2, 2))
    assert found.status is Status.FEASIBLE
    assert found.bound is None
    assert found.gap is None
    assert "bound 401 is above the evaluated cost 400" in found.mismatches[0]


def test_a_bound_above_the_cost_is_seen_even_if_no_cost_was_claimed(school: Problem) -> None:
    assert result(school, LevelClaim(None, 401)).mismatches


def test_a_timetable_that_breaks_rules_is_none(school: Problem) -> None:
    clash = six_students_placed().place("A-2", WEEK.time("R1"))
    found = result(school, LevelClaim(400, 400, (UNMET,)), LevelClaim(2, 2), timetable=clash)
    assert found.status is Status.NO_TIMETABLE_FOUND
    assert found.best is None
    assert found.evaluation is None
    assert [(level.cost, level.bound, level.proven) for level in found.levels] == [(None, None, False)] * 2
    assert "teacher clash" in found.mismatches[0]
    assert "teacher clash (1)" in " ".join(found.notes)


def test_a_draft_that_claims_nothing_is_no_lie(school: Problem) -> None:
    found = result(school, LevelClaim(None, 300, (UNMET,)), timetable=Timetable())
    assert found.status is Status.NO_TIMETABLE_FOUND
    assert found.mismatches == ()
    assert found.bound == 300
    assert "unplaced meetings (4)" in " ".join(found.notes)


def test_an_infeasible_problem_is_a_result(school: Problem) -> None:
    said = Claim("preflight", infeasible=True, notes=["65 sections do not fit 8 periods"])
    found = rescored(school, said, trace=(), runtime=0.1, seed=0)
    assert found.status is Status.INFEASIBLE
    assert (found.best, found.evaluation, found.cost, found.bound, found.gap) == (None,) * 5
    assert found.notes == ("65 sections do not fit 8 periods",)
    assert found.levels == ()


def test_without_a_timetable_a_bound_is_still_a_bound(school: Problem) -> None:
    found = rescored(
        school, Claim("somebody", levels=[LevelClaim(None, 7, (UNMET,))]), trace=(), runtime=0.1, seed=0
    )
    assert found.status is Status.NO_TIMETABLE_FOUND
    assert found.levels == (LevelResult(1, None, 7, (UNMET,), 1100),)
    assert found.gap is None


@pytest.mark.parametrize("timetable", [None, Timetable()], ids=["nothing", "a draft"])
def test_who_is_stopped_is_cancelled(school: Problem, timetable: Timetable | None) -> None:
    said = Claim("somebody", timetable, interrupted=True)
    assert rescored(school, said, trace=(), runtime=0.1, seed=0).status is Status.CANCELLED


def test_who_is_stopped_keeps_the_timetable(school: Problem) -> None:
    found = result(school, LevelClaim(400, 100), interrupted=True)
    assert found.status is Status.CANCELLED
    assert found.best == six_students_placed()
    assert found.cost == COST


def test_who_is_stopped_after_the_proof_has_proven_it(school: Problem) -> None:
    found = result(school, LevelClaim(400, 400), LevelClaim(2, 2), interrupted=True)
    assert found.status is Status.OPTIMAL


def test_a_proof_of_infeasibility_outlives_an_interrupt(school: Problem) -> None:
    said = Claim("somebody", infeasible=True, interrupted=True)
    assert rescored(school, said, trace=(), runtime=0.1, seed=0).status is Status.INFEASIBLE


def test_unknown_things_in_a_timetable_are_no_crash(school: Problem) -> None:
    strange = replace(
        six_students_placed(),
        placements={"nothing": Placement(WEEK.time("R1"))},
        enrolments={"nobody": frozenset({"nowhere"})},
    )
    assert result(school, LevelClaim(400, 0), timetable=strange).status is Status.NO_TIMETABLE_FOUND
