"""The quick timetable: whatever it places keeps the required rules, and it places what it can."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from random_schools import random_school, random_school_not_countable, random_school_with_locks
from tiny_schools import ONE_DAY, TWO_DAYS, every, meetings, tiny

from echelon_lib.constraints.enrolment import AtMostEnrolled, KeptIn, OnlyFor
from echelon_lib.constraints.spread import EvenDays, NotConsecutive
from echelon_lib.constraints.times import AtMostPerTime, ForbiddenTimes, FreeTimes
from echelon_lib.domain.calendar import Calendar
from echelon_lib.domain.policy import OFF, REQUIRED, Policy, Scope, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.preflight import obstacles
from echelon_lib.schools import load_school
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.search.board import Board, can_match
from echelon_lib.search.complete import completed
from echelon_lib.search.greedy import greedy

R1, R2, G1, G2 = TWO_DAYS.times
MAY_FAIL = {"unplaced meetings", "section minimum", "teacher load", "SPED minimum"}
"""What a timetable made without looking back may miss; the first of them makes days uneven as well."""


@pytest.mark.parametrize("make", [random_school, random_school_not_countable])
def test_what_is_placed_keeps_the_required_rules(make: object) -> None:
    for seed in range(150):
        problem: Problem = make(seed)  # type: ignore[operator]
        score = evaluate(problem, greedy(problem, seed=seed))
        assert set(score.required) <= MAY_FAIL, (problem.name, score.required)


def test_locks_grades_and_times_kept_free_are_kept() -> None:
    """Where arithmetic finds no contradiction, a lock fails only for a section that has no place."""
    kept = 0
    for seed in range(150):
        problem = random_school_with_locks(seed)
        if obstacles(problem):
            continue
        for quick in (greedy(problem, seed=seed), completed(problem, Timetable(), seed=seed)):
            score = evaluate(problem, quick)
            assert set(score.required) <= MAY_FAIL | {"lock", "graduation"}, (problem.name, score.required)
            kept += score.feasible
            if "lock" in score.required:
                lost = [one.who[1] for one in score.violations() if one.rule == "lock"]
                assert any(section not in quick.placements for section in lost), problem.name
    assert kept > 120


def test_whoever_is_locked_has_the_seat() -> None:
    rules = (
        KeptIn("lock", every("Art-1"), REQUIRED, "cyd"),
        FreeTimes("lock", Scope(), REQUIRED, "cyd", (R2,)),
        OnlyFor("grades", every("Band-1"), REQUIRED, frozenset({"ann", "cyd"})),
    )
    wishes = {"ann": "Art Band", "bob": "Art Band", "cyd": "Chess|Art Band"}
    problem = tiny("Art-1:1 Band-1:2 Chess-1", wishes, *rules)
    for seed in range(20):
        quick = greedy(problem, seed=seed)
        assert evaluate(problem, quick).feasible
        assert "Art-1" in quick.enrolments["cyd"]
        assert "Chess-1" not in quick.enrolments["cyd"], "the lock serves the request for Chess"
        assert quick.enrolments["bob"] == frozenset()


def test_the_same_seed_gives_the_same_timetable(valley_high_folder) -> None:  # type: ignore[no-untyped-def]
    problem = load_school(valley_high_folder)
    one, other = greedy(problem, seed=4), greedy(problem, seed=4)
    assert one == other
    assert greedy(problem, seed=5) != one
    score = evaluate(problem, one)
    assert score.feasible
    assert score.met > 0.8 * score.requests


def test_sections_leave_room_for_the_others_of_their_teacher() -> None:
    """Only one order of the three sections fits, and no seed misses it."""
    rules = (
        ForbiddenTimes("course periods", meetings("Art-1"), REQUIRED, (R2, G1, G2)),
        ForbiddenTimes("course periods", meetings("Band-1"), REQUIRED, (G1, G2)),
        ForbiddenTimes("teacher unavailable", Scope.of_attendee("pat"), REQUIRED, (G2,)),
    )
    problem = tiny("Chess-1/pat Band-1/pat Art-1/pat", {"ann": "Art Band Chess"}, *rules)
    for seed in range(20):
        score = evaluate(problem, greedy(problem, seed=seed))
        assert score.feasible
        assert score.met == 3


def test_required_days_are_even() -> None:
    problem = tiny(
        "Art-1/pat Art-2/pat Art-3/pat",
        {"ann": "Art"},
        EvenDays("workload balance", Scope.of_attendee("pat"), REQUIRED),
        calendar=Calendar.of_days({"R": ["R1", "R2", "R3"], "G": ["G1", "G2", "G3"]}),
    )
    assert all(evaluate(problem, greedy(problem, seed=seed)).feasible for seed in range(30))


def test_required_labs_are_apart() -> None:
    problem = tiny(
        "Lab-1/pat Lab-2/pat Art-1/pat",
        {"ann": "Lab Art"},
        NotConsecutive("labs not consecutive", Scope.of_attendee("pat"), REQUIRED, "Lab"),
        calendar=ONE_DAY,
        labs=["Lab-1", "Lab-2"],
    )
    for seed in range(30):
        assert "labs not consecutive" not in evaluate(problem, greedy(problem, seed=seed)).required


def test_sections_keep_to_so_many_in_a_period() -> None:
    rule = AtMostPerTime("sections per period", meetings("Art-1 Art-2 Art-3"), REQUIRED, 1)
    problem = tiny("Art-1 Art-2 Art-3", {"ann": "Art"}, rule)
    for seed in range(20):
        assert evaluate(problem, greedy(problem, seed=seed)).feasible
    full = replace(problem, calendar=problem.calendar, constraints=(replace(rule, enforcement=OFF),))
    assert Board(full).at_most == []


def test_students_with_a_tag_get_its_places_first() -> None:
    limit = AtMostEnrolled("SPED limit", every("Art-1"), REQUIRED, (1,), "SPED")
    problem = tiny("Art-1:2", dict.fromkeys(["ann", "bob", "cyd"], "Art"), limit, sped=["cyd"])
    for seed in range(10):
        timetable = greedy(problem, seed=seed)
        assert timetable.enrolments["cyd"] == {"Art-1"}
        assert evaluate(problem, timetable).met == 2


def test_a_student_gets_the_most_that_fits() -> None:
    """Taking the heaviest request anywhere would leave none for the other: both fit in one way only."""
    rules = (
        ForbiddenTimes("course periods", meetings("Art-1"), REQUIRED, (R1, G1, G2)),
        ForbiddenTimes("course periods", meetings("Art-2"), REQUIRED, (R2, G1, G2)),
        ForbiddenTimes("course periods", meetings("Band-1"), REQUIRED, (R2, G1, G2)),
    )
    problem = tiny("Art-1 Art-2 Band-1", {"ann": "Art Band"}, *rules, weights={"Art": 200})
    for seed in range(20):
        assert evaluate(problem, greedy(problem, seed=seed)).met == 2


def test_students_may_be_in_two_places_where_that_is_off() -> None:
    calendar = Calendar.of_days({"Day": ["P1"]})
    words = ("Art-1 Band-1", {"ann": "Art Band"})
    free = tiny(*words, calendar=calendar, policy=Policy(clash={"student": OFF}))
    assert evaluate(free, greedy(free)).met == 2
    dear = tiny(*words, calendar=calendar, policy=Policy(clash={"student": priced(1)}))
    assert evaluate(dear, greedy(dear)).met == 1


def test_seats_may_be_overfilled_where_that_has_a_price() -> None:
    wishes = dict.fromkeys(["ann", "bob", "cyd"], "Art")
    problem = tiny("Art-1:1", wishes, policy=Policy(seats=priced(5)))
    assert evaluate(problem, greedy(problem)).met == 3
    unlimited = tiny("Art-1", wishes, seats=None)
    assert evaluate(unlimited, greedy(unlimited)).met == 3


def test_matching_is_exact() -> None:
    dice = random.Random(1)
    for _ in range(300):
        masks = [dice.randrange(1 << 4) for _ in range(dice.randint(0, 4))]

        def fits(rest: list[int], used: int) -> bool:
            if not rest:
                return True
            free = [1 << bit for bit in range(4) if rest[0] >> bit & 1 and not used >> bit & 1]
            return any(fits(rest[1:], used | bit) for bit in free)

        assert can_match(masks) == fits(masks, 0)
