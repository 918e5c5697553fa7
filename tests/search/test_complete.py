"""What is left of a timetable becomes a complete one; what was good in it stays."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_schools import random_school, random_school_not_countable
from schools_by_hand import unplaced
from tiny_schools import ONE_DAY, TWO_DAYS, every, meetings, tiny

from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled
from echelon_lib.constraints.spread import EvenDays, NotConsecutive
from echelon_lib.constraints.times import AtMostPerTime, ForbiddenTimes
from echelon_lib.domain.calendar import Calendar
from echelon_lib.domain.policy import OFF, REQUIRED, Policy, Scope, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.schools import load_school
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.search import seating
from echelon_lib.search.board import Board
from echelon_lib.search.choose import solve
from echelon_lib.search.complete import completed
from echelon_lib.search.greedy import greedy
from echelon_lib.search.seating import Seating

R1, R2, G1, G2 = TWO_DAYS.times
MAY_FAIL = {"unplaced meetings", "section minimum", "teacher load", "SPED minimum"}
SCHOOLS = pytest.mark.parametrize("make", [random_school, random_school_not_countable])
ANY = st.integers(0, 100_000)


def at(problem: Problem, periods: str, **takes: str) -> Timetable:
    """The timetable of ``Art-1=R1 Art-2=G1`` with the sections of each student."""
    placed = dict(word.split("=") for word in periods.split())
    return Timetable(
        {id: Placement(problem.calendar.time(name)) for id, name in placed.items()},
        {student: frozenset(sections.split()) for student, sections in takes.items()},
    )


def wrecked(problem: Problem, timetable: Timetable, seed: int) -> Timetable:
    """A timetable with placements and enrolments lost, changed at random, and of things that are gone."""
    dice = random.Random(seed)
    placements = {m: p for m, p in timetable.placements.items() if dice.random() < 0.7}
    for meeting in [*problem.meetings, "gone"]:
        if dice.random() < 0.3:
            placements[meeting] = Placement(dice.choice(problem.calendar.times))
    enrolments = {
        student: frozenset(section for section in sections if dice.random() < 0.7)
        for student, sections in timetable.enrolments.items()
    }
    for student in [*problem.student, "nobody"]:
        if dice.random() < 0.3:
            more = {dice.choice(list(problem.sections)), "gone"}
            enrolments[student] = enrolments.get(student, frozenset()) | more
    return Timetable(placements, enrolments)


# Any school ---------------------------------------------------------------------------------------------


@SCHOOLS
@given(seed=ANY)
def test_whatever_is_left_the_required_rules_are_kept(make: Callable[[int], Problem], seed: int) -> None:
    problem = make(seed)
    again = completed(problem, wrecked(problem, greedy(problem, seed=seed), seed))
    score = evaluate(problem, again)
    assert set(score.required) <= MAY_FAIL, score.required


@SCHOOLS
@given(seed=ANY)
def test_a_timetable_that_keeps_the_rules_is_only_added_to(make: Callable[[int], Problem], seed: int) -> None:
    problem = make(seed)
    before = greedy(problem, seed=seed)
    after = completed(problem, before)
    score = evaluate(problem, before)
    if score.feasible:
        assert after.placements == before.placements
        assert evaluate(problem, after).feasible
        assert evaluate(problem, after).terms["unmet requests"].cost <= score.terms["unmet requests"].cost
    if evaluate(problem, after).feasible:
        assert after.diff(completed(problem, after)) == ()


def test_the_best_timetable_stays_as_it_is(tiny_high_folder) -> None:  # type: ignore[no-untyped-def]
    problem = load_school(tiny_high_folder)
    best = solve(problem, stop=20).best
    assert best is not None
    assert best.diff(completed(problem, best)) == ()


def test_the_same_seed_gives_the_same_timetable(valley_high_folder) -> None:  # type: ignore[no-untyped-def]
    problem = load_school(valley_high_folder)
    left = Timetable(dict(list(greedy(problem).placements.items())[::3]))
    assert completed(problem, left, seed=3) == completed(problem, left, seed=3)
    assert evaluate(problem, completed(problem, left)).feasible


# Placing ------------------------------------------------------------------------------------------------


def test_what_is_unknown_is_forgotten() -> None:
    problem = tiny("Art-1", {"ann": "Art"})
    left = at(problem, "Art-1=R1 Old-1=R2", ann="Art-1 Old-1", zoe="Art-1")
    assert completed(problem, left) == at(problem, "Art-1=R1", ann="Art-1")


def test_a_section_goes_where_its_students_are_free() -> None:
    problem = tiny("Art-1 Band-1 Chess-1 Drama-1", dict.fromkeys(["ann", "bob"], "Art Band Chess Drama"))
    takes = dict.fromkeys(["ann", "bob"], "Art-1 Band-1 Chess-1 Drama-1")
    for gone in problem.sections:
        whole = at(problem, "Art-1=R1 Band-1=R2 Chess-1=G1 Drama-1=G2", **takes)
        assert completed(problem, unplaced(whole, gone)) == whole


def test_a_new_section_goes_where_those_who_wait_for_it_are_free() -> None:
    """Everyone but the two who wait for Art is busy at other times."""
    wishes = {"ann": "Art Band", "bob": "Art Band", "cyd": "Chess", "dan": "Chess"}
    problem = tiny("Art-1 Band-1 Chess-1", wishes)
    for busy in TWO_DAYS.periods:
        others = next(p.name for p in TWO_DAYS.periods if p != busy)
        left = at(
            problem,
            f"Band-1={busy.name} Chess-1={others}",
            **dict.fromkeys(["ann", "bob"], "Band-1"),
            **dict.fromkeys(["cyd", "dan"], "Chess-1"),
        )
        assert evaluate(problem, completed(problem, left)).met == 6


def test_a_section_goes_where_its_own_students_are_free_not_those_of_its_sister() -> None:
    """As many students of the one section have Band in G1 as of the other in G2."""
    kept = ForbiddenTimes("course periods", meetings("Art-2"), REQUIRED, (R1, R2))
    problem = tiny("Art-1 Art-2 Band-1 Band-2", dict.fromkeys(["ann", "bob", "cyd", "dan"], "Art Band"), kept)
    takes = {"ann": "Art-2 Band-1", "bob": "Art-2 Band-1", "cyd": "Art-1 Band-2", "dan": "Art-1 Band-2"}
    left = at(problem, "Art-1=R1 Band-1=G1 Band-2=G2", **takes)
    for seed in range(10):
        assert completed(problem, left, seed=seed) == left.place("Art-2", G2)


def test_a_section_outside_its_times_moves_and_keeps_its_students() -> None:
    away = ForbiddenTimes("teacher unavailable", Scope.of_attendee("pat"), REQUIRED, (R1, R2, G1))
    problem = tiny("Art-1/pat", {"ann": "Art"}, away)
    assert completed(problem, at(problem, "Art-1=R1", ann="Art-1")) == at(problem, "Art-1=G2", ann="Art-1")


def test_of_two_sections_of_a_teacher_the_fuller_stays() -> None:
    problem = tiny("Art-1/pat Band-1/pat", {"ann": "Band"})
    after = completed(problem, at(problem, "Art-1=R1 Band-1=R1", ann="Band-1"))
    assert after.placements["Band-1"].time == R1
    assert evaluate(problem, after).feasible


def test_teachers_may_clash_where_that_is_not_required() -> None:
    for rule in (OFF, priced(3)):
        problem = tiny("Art-1/pat Band-1/pat", {}, policy=Policy(clash={"teacher": rule}))
        left = at(problem, "Art-1=R1 Band-1=R1")
        assert completed(problem, left).placements == left.placements


def test_another_section_of_the_teacher_makes_room_where_there_is_none_else() -> None:
    """The new section may be in one period only, where another one of its teacher is."""
    kept = ForbiddenTimes("course periods", meetings("Band-1"), REQUIRED, (R2, G1, G2))
    problem = tiny("Art-1/pat Band-1/pat Chess-1/pat", {"ann": "Art Chess"}, kept)
    after = completed(problem, at(problem, "Art-1=R1 Chess-1=R2", ann="Art-1 Chess-1"))
    score = evaluate(problem, after)
    assert score.feasible
    assert score.met == 2
    assert after.placements["Chess-1"].time == R2, "only one section has to move"


@pytest.mark.parametrize(
    ("rule", "sections", "periods"),
    [
        (
            AtMostPerTime("per period", meetings("Art-1 Art-2"), REQUIRED, 1),
            "Art-1 Art-2",
            "Art-1=P1 Art-2=P1",
        ),
        (
            NotConsecutive("labs", Scope.of_attendee("pat"), REQUIRED, "Lab"),
            "Art-1/pat Art-2/pat",
            "Art-1=P1 Art-2=P2",
        ),
    ],
    ids=["per period", "labs"],
)
def test_sections_that_break_a_limit_move(rule: AtMostPerTime, sections: str, periods: str) -> None:
    problem = tiny(sections, {}, rule, calendar=ONE_DAY, labs=["Art-1", "Art-2"])
    left = at(problem, periods)
    assert not evaluate(problem, left).feasible
    after = completed(problem, left)
    assert evaluate(problem, after).feasible
    assert after.placements["Art-1"] == left.placements["Art-1"]


def test_days_become_even() -> None:
    calendar = Calendar.of_days({"R": ["R1", "R2", "R3"], "G": ["G1", "G2", "G3"]})
    rule = EvenDays("workload balance", Scope.of_attendee("pat"), REQUIRED)
    problem = tiny("Art-1/pat Art-2/pat Art-3/pat", {}, rule, calendar=calendar)
    after = completed(problem, at(problem, "Art-1=R1 Art-2=R2 Art-3=R3"))
    assert evaluate(problem, after).feasible
    assert sum(p.time.days == 1 for p in after.placements.values()) == 2


def test_two_sections_at_one_time_fill_a_day_as_two() -> None:
    """A teacher who may clash has two sections in R1; the third may not come to R2."""
    rule = EvenDays("workload balance", Scope.of_attendee("pat"), REQUIRED)
    kept = ForbiddenTimes("course periods", meetings("Art-3"), REQUIRED, (R1, G1, G2))
    sections = "Art-1/pat Art-2/pat Art-3/pat Band-1/pat"
    problem = tiny(sections, {}, rule, kept, policy=Policy(clash={"teacher": OFF}))
    after = completed(problem, at(problem, "Art-1=R1 Art-2=R1 Band-1=G1"))
    assert evaluate(problem, after).feasible
    assert after.placements["Art-3"].time == R2


# Seating ------------------------------------------------------------------------------------------------


def test_students_of_a_removed_section_find_seats_in_the_others() -> None:
    """Both have something else at the time of the only other section; one moves that, the other cannot."""
    problem = tiny("Art-2 Band-1:1 Band-2:1", {"ann": "Art Band", "bob": "Art"})
    left = at(problem, "Art-1=R1 Art-2=R2 Band-1=R2 Band-2=G1", ann="Art-1 Band-1", bob="Art-1")
    after = completed(problem, left)
    assert after.enrolments == {"ann": {"Art-2", "Band-2"}, "bob": {"Art-2"}}


def test_a_student_of_a_full_section_moves_for_one_who_cannot() -> None:
    """Only Art-1 suits ann; bob, who sits there, may be in Art-2 as well."""
    problem = tiny("Art-1:1 Art-2:1 Band-1", {"ann": "Art Band", "bob": "Art"})
    left = at(problem, "Art-1=R1 Art-2=R2 Band-1=R2", ann="Band-1", bob="Art-1")
    after = completed(problem, left)
    assert after.enrolments == {"ann": {"Art-1", "Band-1"}, "bob": {"Art-2"}}


def test_nobody_loses_a_course_for_another() -> None:
    problem = tiny("Art-1:1 Band-1", {"ann": "Art Band", "bob": "Art"})
    left = at(problem, "Art-1=R1 Band-1=R2", ann="Band-1", bob="Art-1")
    assert completed(problem, left) == left


def test_seats_and_places_bring_out_who_is_too_many() -> None:
    limit = AtMostEnrolled("SPED limit", every("Art-1 Art-2"), REQUIRED, (1, 1), "SPED")
    wishes = dict.fromkeys(["ann", "bob", "cyd", "dan"], "Art")
    problem = tiny("Art-1:2 Art-2:2", wishes, limit, sped=["ann", "bob"])
    left = at(problem, "Art-1=R1 Art-2=R2", **dict.fromkeys(wishes, "Art-1"))
    score = evaluate(problem, completed(problem, left))
    assert score.feasible
    assert score.met == 4


def test_the_heavier_of_two_requests_that_clash_stays() -> None:
    problem = tiny("Art-1 Band-1", {"ann": "Art Band"}, weights={"Band": 150})
    left = at(problem, "Art-1=R1 Band-1=R1", ann="Art-1 Band-1")
    assert completed(problem, left).enrolments["ann"] == {"Band-1"}


def test_clashes_of_students_stay_where_they_only_cost() -> None:
    problem = tiny("Art-1 Band-1", {"ann": "Art Band"}, policy=Policy(clash={"student": priced(1)}))
    left = at(problem, "Art-1=R1 Band-1=R1", ann="Art-1 Band-1")
    assert completed(problem, left) == left


def test_a_course_is_taken_once_and_only_if_asked_for() -> None:
    problem = tiny("Art-1 Art-2 Band-1", {"ann": "Art"})
    left = at(problem, "Art-1=R1 Art-2=R2 Band-1=G1", ann="Art-1 Art-2 Band-1")
    assert completed(problem, left).enrolments["ann"] == {"Art-1"}


def test_an_alternate_fills_in_and_gives_way_to_the_course_asked_for() -> None:
    problem = tiny("Art-1:1 Band-1", {"ann": "Art|Band", "bob": "Art|Band"})
    after = completed(problem, at(problem, "Art-1=R1 Band-1=R2"))
    assert set(after.enrolments.values()) == {frozenset({"Art-1"}), frozenset({"Band-1"})}
    left = at(problem, "Art-1=R1 Band-1=R2", ann="Band-1", bob="Band-1")
    score = evaluate(problem, completed(problem, left))
    assert (score.met, score.filled) == (1, 2)
    assert score.feasible


def test_a_section_that_must_have_more_gets_them_from_its_sisters() -> None:
    rule = AtLeastEnrolled("section minimum", every("Art-1 Art-2"), REQUIRED, (1, 1))
    problem = tiny("Art-1 Art-2", {"ann": "Art", "bob": "Art"}, rule)
    after = completed(problem, at(problem, "Art-1=R1 Art-2=R2", ann="Art-1", bob="Art-1"))
    assert evaluate(problem, after).feasible


def test_a_new_seat_leaves_no_section_below_its_minimum() -> None:
    """Ann could have Band if she went to the other section of Art; hers must keep somebody."""
    rule = AtLeastEnrolled("section minimum", every("Art-2"), REQUIRED, (1,))
    problem = tiny("Art-1 Art-2 Band-1", {"ann": "Art Band"}, rule)
    left = at(problem, "Art-1=R1 Art-2=R2 Band-1=R2", ann="Art-2")
    assert completed(problem, left) == left


def test_nobody_is_moved_to_reach_one_minimum_at_the_cost_of_another() -> None:
    rule = AtLeastEnrolled("section minimum", every("Art-1 Art-2"), REQUIRED, (1, 1))
    problem = tiny("Art-1 Art-2", {"ann": "Art"}, rule)
    left = at(problem, "Art-1=R1 Art-2=R2", ann="Art-1")
    assert completed(problem, left) == left


def test_the_students_who_are_asked_to_move_for_one_seat_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = tiny("Art-1:1 Art-2:1 Band-1", {"ann": "Art Band", "bob": "Art"})
    left = at(problem, "Art-1=R1 Art-2=R2 Band-1=R2", ann="Band-1", bob="Art-1")
    monkeypatch.setattr(seating, "MOST_TRIES", 1)
    assert completed(problem, left) == left
    monkeypatch.setattr(seating, "MOST_TRIES", 2)
    assert evaluate(problem, completed(problem, left)).met == 3


def test_a_failed_chain_leaves_everyone_in_place() -> None:
    """There is a free seat when both have something else; to find that out, both are moved about."""
    problem = tiny("Art-1:1 Art-2:1 Band-1 Chess-1", {"ann": "Art Band", "bob": "Art Chess"})
    seats = Seating(Board(problem), [0, 1, 1, 1])
    for student, section in ((0, 2), (1, 0), (1, 3)):
        seats.put(student, section)
    before = ([dict(takes) for takes in seats.takes], list(seats.free))
    assert not seats.seat(0, 0)
    assert ([dict(takes) for takes in seats.takes], list(seats.free)) == before


# As a start ---------------------------------------------------------------------------------------------


def test_solve_completes_its_start(valley_high_folder) -> None:  # type: ignore[no-untyped-def]
    """Without one section and with no time at all, what was good before is not lost."""
    problem = load_school(valley_high_folder)
    good = completed(problem, Timetable())
    left = unplaced(good, next(iter(problem.sections)))
    assert not evaluate(problem, left).feasible
    result = solve(problem, "greedy", start=left)
    assert result.cost is not None
    assert result.cost[0] < evaluate(problem, greedy(problem)).cost[0] // 2
    assert result.best is not None
    assert sum(change.kind == "moved" for change in good.diff(result.best)) <= 1
