"""What a workbench offers can be had, and costs exactly what it says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_schools import random_school, random_school_not_countable, random_school_with_locks
from tiny_schools import tiny

from echelon_lib import DataError, Timetable, Workbench, evaluate
from echelon_lib.analysis.requests import unmet_list
from echelon_lib.domain.errors import EchelonError
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement
from echelon_lib.search.complete import completed
from echelon_lib.search.greedy import greedy
from echelon_lib.search.offers import Offer
from echelon_lib.search.suggest import as_repair

SCHOOLS = pytest.mark.parametrize(
    "make", [random_school, random_school_not_countable, random_school_with_locks]
)
SEEDS = st.integers(0, 100_000)


def at(problem: Problem, periods: str, **takes: str) -> Timetable:
    """The timetable of ``Art-1=R1 Art-2=G1`` with the sections of each student."""
    placed = dict(word.split("=") for word in periods.split())
    return Timetable(
        {id: Placement(problem.calendar.time(name)) for id, name in placed.items()},
        {student: frozenset(sections.split()) for student, sections in takes.items()},
    )


def exact(problem: Problem, before: Timetable, offer: Offer) -> None:
    """The evaluator confirms what an offer says of its costs, and of requests that come out worse."""
    if offer.timetable is None:
        assert offer.reason
        return
    was, now = evaluate(problem, before), evaluate(problem, offer.timetable)
    pairs = zip(now.cost, was.cost, strict=True)
    assert offer.cost == tuple(new - old for new, old in pairs)
    assert dict(offer.required) == dict(now.required)
    served = zip(was.served, now.served, strict=True)
    assert set(offer.lost) == {
        (new.request.student, new.request.primary) for old, new in served if new.cost > old.cost
    }


def bench_of(problem: Problem, seed: int) -> Workbench | None:
    """A workbench on some timetable of a random school that keeps its required rules, if one is found."""
    if not problem.policy.clash_of("student").required:
        return None
    timetable = completed(problem, greedy(problem, seed=seed), seed=seed)
    try:
        return Workbench(problem, timetable)
    except EchelonError:
        return None


@SCHOOLS
@settings(max_examples=40)
@given(seed=SEEDS)
def test_every_offer_costs_what_it_says(make: Callable[[int], Problem], seed: int) -> None:
    problem = make(seed)
    bench = bench_of(problem, seed)
    if bench is None:
        return
    for section in problem.sections:
        for offer in bench.moves(section).values():
            exact(problem, bench.timetable, offer)
    for one in evaluate(problem, bench.timetable).served:
        if one.rank != 0:
            for offer in bench.suggestions(one.request.student, one.request.primary):
                exact(problem, bench.timetable, offer)
                assert offer.timetable is not None
                taken = offer.timetable.enrolments[one.request.student]
                assert one.request.primary in {problem.course_of[section].id for section in taken}


@settings(max_examples=20)
@given(seed=SEEDS)
def test_answers_do_not_depend_on_what_was_asked_before(seed: int) -> None:
    problem = random_school(seed)
    one, other = bench_of(problem, seed), bench_of(problem, seed)
    if one is None or other is None:
        return
    sections = list(problem.sections)
    forward = {section: one.moves(section) for section in sections}
    backward = {section: other.moves(section) for section in reversed(sections)}
    assert forward == backward


@settings(max_examples=30)
@given(seed=SEEDS)
def test_what_is_taken_is_there_and_further_answers_are_exact(seed: int) -> None:
    problem = random_school(seed)
    bench = bench_of(problem, seed)
    if bench is None:
        return
    for section in problem.sections:
        offers = [o for o in bench.moves(section).values() if o.timetable is not None]
        if offers:
            taken = bench.apply(offers[0])
            assert bench.timetable == taken == offers[0].timetable
            for offer in bench.moves(section).values():
                exact(problem, taken, offer)
            with pytest.raises(EchelonError, match="has changed since"):
                bench.apply(offers[0])
            return


@pytest.fixture
def full() -> tuple[Problem, Timetable]:
    """Ann misses Art, whose one section at a time of hers is full; Bob could take the other one."""
    problem = tiny("Art-1:1 Art-2:1 Band-1:2", {"ann": "Art Band", "bob": "Art"})
    return problem, at(problem, "Art-1=R1 Art-2=G1 Band-1=G1", ann="Band-1", bob="Art-1")


def test_another_student_moves_and_nobody_loses(full: tuple[Problem, Timetable]) -> None:
    problem, timetable = full
    offer = Workbench(problem, timetable).suggestions("ann", "Art")[0]
    assert offer.kind == "reseat"
    assert set(offer.students) == {"ann", "bob"}
    assert offer.cost[0] == -100
    assert offer.sentence.startswith("Student ann gets Art (Art-1 in R1); 1 other student would change")
    assert "nobody loses a request" in offer.sentence
    assert "Student bob moves in Art from Art-1 in R1 to Art-2 in G1." in offer.facts


def test_one_student_more_than_a_limit_is_named_as_such() -> None:
    problem = tiny("Art-1:1", {"ann": "Art", "bob": "Art"})
    timetable = at(problem, "Art-1=R1", bob="Art-1")
    offers = {one.kind: one for one in Workbench(problem, timetable).suggestions("ann", "Art")}
    assert offers["swap"].lost == (("bob", "Art"),)
    assert offers["swap"].cost[0] == 0
    assert offers["exceed"].required == {"seats": 1}
    assert offers["exceed"].cost[0] == -100
    assert "Art-1 takes one student more than it may (seats)" in offers["exceed"].sentence
    with pytest.raises(EchelonError, match="breaks a required rule"):
        Workbench(problem, timetable).apply(offers["exceed"])


def test_the_students_own_request_may_be_given_up() -> None:
    problem = tiny("Art-1 Band-1", {"ann": "Band Art"}, fixed={"Art-1": "R1", "Band-1": "R1"})
    timetable = at(problem, "Art-1=R1 Band-1=R1", ann="Band-1")
    (offer,) = Workbench(problem, timetable).suggestions("ann", "Art")
    assert offer.kind == "give up"
    assert offer.lost == (("ann", "Band"),)
    assert "gives up Band" in offer.sentence


def test_whoever_has_an_alternate_is_offered_the_course_itself() -> None:
    problem = tiny("Art-1:1 Band-1 Chess-1", {"ann": "Art", "bob": "Art|Band|Chess"})
    timetable = at(problem, "Art-1=R1 Band-1=R2 Chess-1=G1", ann="Art-1", bob="Chess-1")
    bench = Workbench(problem, timetable)
    offers = {one.kind: one for one in bench.suggestions("bob", "Art")}
    assert offers["swap"].lost == (("ann", "Art"),)
    assert offers["swap"].cost[0] == 100 - 20
    assert offers["exceed"].cost[0] == -20
    assert all("tudent bob gets Art (Art-1 in R1)" in one.sentence for one in offers.values())
    (offer,) = bench.suggestions("bob", "Band")
    assert (offer.kind, offer.cost[0], offer.students) == ("reseat", -10, ("bob",))
    assert {one.kind: one for one in bench.suggestions("bob", "Art")} == offers, "nothing is left changed"


def test_a_section_moves_for_whoever_has_an_alternate() -> None:
    problem = tiny("Art-1 Band-1 Chess-1", {"ann": "Band Art|Chess"})
    timetable = at(problem, "Art-1=R1 Band-1=R1 Chess-1=G1", ann="Band-1 Chess-1")
    offers = Workbench(problem, timetable).suggestions("ann", "Art")
    assert offers[0].kind == "move"
    assert offers[0].cost[0] == -10
    assert not offers[0].lost


def test_a_section_moves_where_that_helps() -> None:
    problem = tiny("Art-1 Band-1", {"ann": "Band Art", "bob": "Art"})
    timetable = at(problem, "Art-1=R1 Band-1=R1", ann="Band-1", bob="Art-1")
    offers = Workbench(problem, timetable).suggestions("ann", "Art")
    assert offers[0].kind == "move"
    assert offers[0].cost[0] == -100
    assert len(offers[0].sections) == 1
    assert not offers[0].lost


def test_the_section_of_the_same_teacher_comes_to_its_place() -> None:
    problem = tiny("Art-1/pat Band-1/pat", {"ann": "Band Art"})
    timetable = at(problem, "Art-1=R1 Band-1=G1", ann="Band-1 Art-1")
    offer = Workbench(problem, timetable).move_cost("Art-1", "G1")
    assert {one[0] for one in offer.sections} == {"Art-1", "Band-1"}
    assert not any(offer.cost)
    assert offer.students == ("ann",)


def test_what_cannot_be_says_why() -> None:
    problem = tiny("Art-1/pat Band-1/pat", {"ann": "Band Art"}, fixed={"Band-1": "G1"})
    bench = Workbench(problem, at(problem, "Art-1=R1 Band-1=G1", ann="Band-1 Art-1"))
    assert "pat" not in bench.move_cost("Band-1", "R2").sentence
    assert bench.move_cost("Art-1", "R1").reason == "it is there already"
    assert "does not let it be there" in bench.move_cost("Band-1", "R2").reason
    assert "Band-1 (Band) then, which cannot take its place" in bench.move_cost("Art-1", "G1").reason
    with pytest.raises(DataError, match="Maybe 'Art-1'"):
        bench.move_cost("Art-9", "R1")
    with pytest.raises(DataError, match="no period is called 'R9'"):
        bench.move_cost("Art-1", "R9")
    with pytest.raises(DataError, match="no student is called"):
        bench.suggestions("zoe", "Art")
    assert bench.suggestions("ann", "Art") == ()


def test_a_timetable_that_breaks_rules_is_refused() -> None:
    problem = tiny("Art-1:1", {"ann": "Art", "bob": "Art"})
    with pytest.raises(EchelonError, match="breaks required rules: seats"):
        Workbench(problem, at(problem, "Art-1=R1", ann="Art-1", bob="Art-1"))


def test_unmet_requests_are_listed_with_the_cheapest_repair(full: tuple[Problem, Timetable]) -> None:
    problem, timetable = full
    bench = Workbench(problem, timetable)
    table = unmet_list(problem, timetable, repair=as_repair(bench))
    assert table["Cheapest repair"].tolist() == [bench.suggestions("ann", "Art")[0].sentence]
