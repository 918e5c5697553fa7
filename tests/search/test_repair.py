"""A repair changes what it must, keeps what it can, and says what became of everybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_schools import random_school, random_school_with_locks
from tiny_schools import tiny

from echelon_lib import DataError, Timetable, evaluate, repair
from echelon_lib.domain.errors import EchelonError
from echelon_lib.domain.locks import Lock
from echelon_lib.domain.policy import OFF, Policy
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement
from echelon_lib.locks import with_locks
from echelon_lib.search import repair as search_repair
from echelon_lib.search.complete import completed
from echelon_lib.search.greedy import greedy
from echelon_lib.search.repair import locks_for
from echelon_lib.stop import MaxIterations

FEW = MaxIterations(12)
"""Cycles of the search, so that no answer depends on a clock."""
SEEDS = st.integers(0, 100_000)


def at(problem: Problem, periods: str, **takes: str) -> Timetable:
    """The timetable of ``Art-1=R1 Art-2=G1`` with the sections of each student."""
    placed = dict(word.split("=") for word in periods.split())
    return Timetable(
        {id: Placement(problem.calendar.time(name)) for id, name in placed.items()},
        {student: frozenset(sections.split()) for student, sections in takes.items()},
    )


WISHES = {"ann": "Art Band", "bob": "Art Band", "eve": "Art Chess"}
SECTIONS = "Art-1:2/pat Art-2:2/pat Band-1:2/quin Chess-1:2/ray"


@pytest.fixture
def old() -> Problem:
    """Two sections of Art, one each of Band and Chess, three students."""
    return tiny(SECTIONS, WISHES)


@pytest.fixture
def before(old: Problem) -> Timetable:
    """Everybody has everything; Art-1 is full."""
    periods = "Art-1=R1 Art-2=G1 Band-1=R2 Chess-1=G2"
    return at(old, periods, ann="Art-1 Band-1", bob="Art-1 Band-1", eve="Art-2 Chess-1")


def test_nothing_changes_where_nothing_has_changed(old: Problem, before: Timetable) -> None:
    done = repair(old, before, old=old, stop=FEW)
    assert done.timetable == before
    assert [*done.moved, *done.lost, *done.broken, *done.affected] == []
    assert done.cost == {}
    assert done.share == 0


def test_a_student_of_a_dropped_section_finds_another(old: Problem, before: Timetable) -> None:
    new = tiny("Art-1:3/pat Band-1:2/quin Chess-1:2/ray", WISHES)
    done = repair(new, before, old=old, stop=FEW)
    assert [(one.who, one.before, one.after, one.cause) for one in done.moved] == [
        ("eve", "Art-2", "Art-1", "had to")
    ]
    assert done.moved[0].why == "Art-2 is not held any more"
    assert done.affected == ("eve",)
    assert done.evaluation == evaluate(new, done.timetable)
    assert done.evaluation.feasible
    assert not done.lost


def test_somebody_makes_room_where_that_serves_a_new_student(old: Problem, before: Timetable) -> None:
    """Zoe is free for Art at R1 only, which is full: one of its students goes to Art-2."""
    wishes = WISHES | {"zoe": "Art Drama"}
    new = tiny(f"{SECTIONS} Drama-1:1/sam", wishes, fixed={"Drama-1": "G1"})
    done = repair(new, before, old=old, stop=FEW)
    assert done.evaluation.cost[0] == 0
    assert done.timetable.enrolments["zoe"] == {"Art-1", "Drama-1"}
    made = [one for one in done.moved if one.cause == "to make room"]
    assert [(one.course, one.before, one.after) for one in made] == [("Art", "Art-1", "Art-2")]
    assert {one.why for one in done.moved if one.who == "zoe"} == {"it is asked for now"}
    assert done.moved[0].sentence() == "Drama-1 (Drama) is put in G1: it is new."


def test_a_cap_of_none_lets_nobody_make_room(old: Problem, before: Timetable) -> None:
    wishes = WISHES | {"zoe": "Art Drama"}
    new = tiny(f"{SECTIONS} Drama-1:1/sam", wishes, fixed={"Drama-1": "G1"})
    done = repair(new, before, old=old, most=0, stop=FEW)
    assert all(one.who in ("zoe", "Drama-1") for one in done.moved)
    (lost,) = done.lost
    assert (lost.student, lost.course, lost.new) == ("zoe", "Art", True)
    assert any("all 2 seats are taken" in reason for reason in lost.reasons)
    assert any(fact.startswith("Student zoe cannot get Art.") for fact in done.facts)
    assert done.cost["unmet requests"] == 100
    one_more = repair(new, before, old=old, most=1, stop=FEW)
    assert one_more.evaluation.cost[0] == 0


def test_a_price_may_be_too_high_for_anybody_to_make_room(old: Problem, before: Timetable) -> None:
    new = tiny(f"{SECTIONS} Drama-1:1/sam", WISHES | {"zoe": "Art Drama"}, fixed={"Drama-1": "G1"})
    assert len(repair(new, before, old=old, price=101, stop=FEW).lost) == 1
    assert len(repair(new, before, old=old, price=99, stop=FEW).lost) == 0


def test_beyond_a_few_only_what_weighs_more_moves_anybody(
    old: Problem, before: Timetable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_repair, "FEW", 0)
    monkeypatch.setattr(search_repair, "FEW_SHARE", 0.0)
    wishes, at_times = WISHES | {"zoe": "Art Drama"}, {"Drama-1": "G1", "Art-1": "R1", "Art-2": "G1"}
    light = tiny(f"{SECTIONS} Drama-1:1/sam", wishes, fixed=at_times)
    assert len(repair(light, before, old=old, stop=FEW).lost) == 1, "a usual request moves nobody any more"
    assert len(repair(light, before, old=old, price=10, stop=FEW).lost) == 0, "unless a price is said"
    assert len(repair(light, before, old=old, most=5, stop=FEW).lost) == 0, "or a cap"
    heavy = tiny(f"{SECTIONS} Drama-1:1/sam", wishes, fixed=at_times, weights={"Art": 400, "Drama": 400})
    assert len(repair(heavy, before, old=old, stop=FEW).lost) == 0


def test_locked_students_are_not_the_ones_who_make_room(old: Problem, before: Timetable) -> None:
    fixed = {"Art-1": "R1", "Art-2": "G1", "Drama-1": "G1"}
    new = tiny(f"{SECTIONS} Drama-1:1/sam", WISHES | {"zoe": "Art Drama"}, fixed=fixed)
    done = repair(new, before, old=old, locked=["ann"], stop=FEW)
    assert done.timetable.enrolments["ann"] == before.enrolments["ann"]
    assert [one.who for one in done.moved if one.cause == "to make room"] == ["bob"]
    both = repair(new, before, old=old, locked=["ann", "bob"], stop=FEW)
    assert [one.course for one in both.lost] == ["Art"]
    persons = with_locks(new, [Lock("student", who, section="Art-1") for who in ("ann", "bob")])
    assert len(repair(persons, before, old=old, stop=FEW).lost) == 1
    with pytest.raises(DataError, match="nothing to be locked is called 'zed'"):
        repair(new, before, locked=["zed"])


def test_all_sections_of_a_department_are_locked(before: Timetable) -> None:
    school = tiny(SECTIONS, WISHES, departments={"Art": "Arts", "Band": "Music", "Chess": "Music"})
    arts, music = ("Art-1", "Art-2"), ("Band-1", "Chess-1")
    assert locks_for(school, before, ["Arts"]) == locks_for(school, before, arts)
    assert locks_for(school, before, ["Music"]) == locks_for(school, before, music)
    with pytest.raises(DataError) as error:
        locks_for(school, before, ["Musik"])
    assert "Maybe 'Music' was meant?" in str(error.value)
    with pytest.raises(DataError) as error:
        locks_for(school, before, ["ane"])
    assert "ann" not in str(error.value), "students are not named"


def test_a_closed_period_moves_a_section_and_those_who_clash(old: Problem, before: Timetable) -> None:
    """Quin is away in R2 and G2: Band goes where both of its students are free or can be."""
    new = with_locks(old, [Lock("teacher", "quin", ("R2", "G2"))])
    done = repair(new, before, old=old, stop=FEW)
    assert done.evaluation.feasible
    assert done.evaluation.cost[0] == 0
    section = next(one for one in done.moved if one.kind == "section")
    assert (section.who, section.before, section.cause) == ("Band-1", "R2", "had to")
    assert section.after in ("R1", "G1")
    assert {"ann", "bob"} <= set(done.affected)
    assert "eve" not in done.affected or section.after == "R1"


def test_a_locked_section_that_cannot_stay_is_named(old: Problem, before: Timetable) -> None:
    new = with_locks(old, [Lock("teacher", "quin", ("R2",))])
    done = repair(new, before, old=old, locked=["Band-1"], stop=FEW)
    assert done.broken == ("Band-1 was to stay in R2, which rules or its teacher do not allow.",)
    assert done.evaluation.feasible
    assert done.timetable.placements["Band-1"] != before.placements["Band-1"]


def test_fewer_seats_move_as_many_as_are_too_many(old: Problem, before: Timetable) -> None:
    new = tiny(SECTIONS.replace("Art-1:2", "Art-1:1"), WISHES)
    done = repair(new, before, old=old, stop=FEW)
    assert [(one.before, one.after, one.cause) for one in done.moved] == [("Art-1", "Art-2", "had to")]
    assert done.moved[0].why == "Art-1 has fewer places than students"
    assert done.share == 0  # the only section from which somebody went was touched


def test_who_waited_before_moves_nobody_but_takes_a_free_seat() -> None:
    wishes = {"ann": "Art", "bob": "Art Band", "eve": "Art", "kim": "Art Chess"}
    sections = "Art-1:1 Art-2:1 Band-1 Chess-1"
    fixed = {"Band-1": "R2", "Chess-1": "R1"}
    old = tiny(sections, wishes, fixed=fixed)
    before = at(old, "Art-1=R1 Art-2=R2 Band-1=R2 Chess-1=R1", ann="Art-2", bob="Art-1 Band-1", kim="Chess-1")
    same = repair(old, before, old=old, stop=FEW)
    assert same.timetable.enrolments["eve"] == frozenset()
    assert same.moved == ()
    left = tiny(sections, {who: text for who, text in wishes.items() if who != "ann"}, fixed=fixed)
    done = repair(left, before, old=old, stop=FEW)
    assert {one.who for one in done.moved} <= {"eve", "kim"}
    assert len(done.moved) == 1
    assert done.moved[0].why == "a place was found for a request that was not met"


def test_a_request_in_the_place_of_another_gives_its_seat_back(old: Problem, before: Timetable) -> None:
    new = tiny(SECTIONS, WISHES | {"bob": "Art Chess"})
    done = repair(new, before, old=old, stop=FEW)
    assert done.timetable.enrolments["bob"] == {"Art-1", "Chess-1"}
    assert {(one.course, one.before, one.after) for one in done.moved} == {
        ("Band", "Band-1", None),
        ("Chess", None, "Chess-1"),
    }
    assert done.timetable.enrolments["ann"] == before.enrolments["ann"]


def test_a_section_without_a_period_is_named() -> None:
    old = tiny("Art-1/pat Band-1/pat", {"ann": "Art"}, fixed={"Art-1": "R1", "Band-1": "R2"})
    before = at(old, "Art-1=R1 Band-1=R2", ann="Art-1")
    new = tiny("Art-1/pat Band-1/pat", {"ann": "Art"}, fixed={"Art-1": "R1", "Band-1": "R1"})
    done = repair(new, before, old=old, stop=FEW)
    assert not done.evaluation.feasible
    assert any("has no period" in sentence for sentence in done.broken)


def test_students_who_may_clash_are_not_repaired(old: Problem, before: Timetable) -> None:
    loose = replace(old, policy=Policy(clash={"student": OFF}))
    with pytest.raises(EchelonError, match="may have clashes"):
        repair(loose, before)


def test_counts_name_nobody(old: Problem, before: Timetable) -> None:
    new = tiny("Art-1:2/pat Band-1:2/quin Chess-1:2/ray", WISHES)
    done = repair(new, before, old=old, stop=FEW)
    assert done.lost
    for note in done.notes:
        assert not any(who in note.split() for who in WISHES)
    assert "eve" not in repr(done.moved) + repr(done.lost)


@pytest.mark.parametrize("make", [random_school, random_school_with_locks])
@settings(max_examples=30)
@given(seed=SEEDS)
def test_a_good_timetable_stays_as_it_is(make: Callable[[int], Problem], seed: int) -> None:
    problem = make(seed)
    before = completed(problem, greedy(problem, seed=seed), seed=seed)
    if not problem.policy.clash_of("student").required or not evaluate(problem, before).feasible:
        return
    done = repair(problem, before, old=problem, stop=MaxIterations(3))
    assert done.evaluation.feasible
    assert not any(one.cause == "to make room" for one in done.moved)
    assert not done.lost
    assert evaluate(problem, done.timetable).cost[0] <= evaluate(problem, before).cost[0] or (
        problem.levels > 1
    )


@settings(max_examples=30)
@given(seed=SEEDS, number=st.integers(0, 20))
def test_without_a_section_everything_else_is_kept(seed: int, number: int) -> None:
    problem = random_school(seed)
    before = completed(problem, greedy(problem, seed=seed), seed=seed)
    if not problem.policy.clash_of("student").required or not evaluate(problem, before).feasible:
        return
    gone = [*problem.sections][number % len(problem.sections)]
    if not any(gone in some for some in before.enrolments.values()):
        return
    courses = tuple(
        replace(
            course,
            parts=tuple(
                replace(part, sections=tuple(s for s in part.sections if s.id != gone))
                for part in course.parts
            ),
        )
        if course.id == problem.course_of[gone].id
        else course
        for course in problem.courses
    )
    new = replace(problem, courses=courses, constraints=())
    done = repair(new, before, old=replace(problem, constraints=()), most=0, stop=MaxIterations(3))
    for who, had in before.enrolments.items():
        assert had - {gone} <= done.timetable.enrolments[who]
    kept = {m: p for m, p in before.placements.items() if m != gone}
    assert done.timetable.placements == kept
