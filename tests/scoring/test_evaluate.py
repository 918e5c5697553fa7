"""The evaluator: the rules that every timetable has, requests and their alternates, levels and sentences."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon_lib.constraints.enrolment import AtMostEnrolled
from echelon_lib.constraints.load import MaximumLoad
from echelon_lib.domain.calendar import Calendar, Time
from echelon_lib.domain.offerings import Course, Meeting, Part, Request, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.places import Room
from echelon_lib.domain.policy import OFF, REQUIRED, Enforcement, Policy, Scope, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.scoring.evaluate import UNMET, Evaluation, evaluate

CALENDAR = Calendar.of_days({"R": ["R1", "R2"], "G": ["G1", "G2"]})
R1, R2, G1, G2 = CALENDAR.times
DOMAIN = "placement outside the allowed times or rooms"


def section(id: str, *attendees: str, seats: int = 2, rooms: tuple[str, ...] = ()) -> Section:
    return Section(id, (Meeting(id, (R1, R2, G1), rooms),), seats=seats, attendees=attendees)


@pytest.fixture(scope="module")
def school() -> Problem:
    """Art twice, band in the hall, and science, which is a lecture and a lab; nobody teaches Latin."""
    return Problem(
        "Small",
        CALENDAR,
        courses=(
            Course.of("Art", [section("A1", "T1"), section("A2", "T1", seats=1)]),
            Course.of("Band", [section("B1", "T2", "choir", rooms=("hall", "nook"))]),
            Course("Science", (Part("lecture", (section("S1", "choir"),)), Part("lab", (section("S2"),)))),
            Course.of("Latin", []),
        ),
        attendees=(
            *(Attendee(id, "teacher") for id in ("T1", "T2")),
            Attendee("choir", "group", size=20),
            *(Attendee(id, "student") for id in ("T1", "ann", "bea")),  # a student may be called T1
        ),
        rooms=(Room("hall", 10), Room("nook", 5)),
        requests=(
            Request("q1", "ann", ("Art",), weight=100),
            Request("q2", "ann", ("Latin", "Band"), weight=40),
            Request("q3", "bea", ("Science",), weight=80, core=True),
        ),
    )


@pytest.fixture(scope="module")
def complete() -> Timetable:
    """Everything placed without a clash, and every request filled; Band stands in for Latin."""
    return Timetable(
        {
            "A1": Placement(R1), "A2": Placement(R2), "B1": Placement(R2, "hall"),
            "S1": Placement(G1), "S2": Placement(R2),
        },
        {"ann": frozenset({"A1", "B1"}), "bea": frozenset({"S1", "S2"})},
    )  # fmt: skip


def said(evaluation: Evaluation, rule: str) -> list[str]:
    return [violation.sentence for violation in evaluation.violations() if violation.rule == rule]


def test_a_complete_timetable(school: Problem, complete: Timetable) -> None:
    evaluation = evaluate(school, complete)
    assert evaluation.feasible
    assert evaluation.required == {}
    assert evaluation.cost == (4,)  # the first alternate of a request of 40
    assert (evaluation.requests, evaluation.met, evaluation.filled) == (3, 2, 3)
    assert (evaluation.students, evaluation.complete) == (2, 2)
    assert [(one.course, one.rank, one.cost) for one in evaluation.served] == [
        ("Art", 0, 0),
        ("Band", 1, 4),
        ("Science", 0, 0),
    ]
    assert [violation.sentence for violation in evaluation.violations()] == [
        "Student ann gets Band in place of Latin."
    ]


def test_an_empty_timetable_and_an_empty_problem(school: Problem) -> None:
    evaluation = evaluate(school, Timetable())
    assert evaluation.required == {"unplaced meetings": 5}
    assert evaluation.cost == (220,)
    assert (evaluation.met, evaluation.filled, evaluation.complete) == (0, 0, 0)
    nothing = evaluate(Problem("Nothing", Calendar.of_days({})), Timetable())
    assert nothing.feasible
    assert nothing.cost == (0,)
    assert nothing.terms == {}


# The rules of every timetable, each broken on purpose ----------------------------------------------------

Edit = tuple[Mapping[str, Placement | None], Mapping[str, set[str]]]
RULES: dict[str, tuple[str, str, int, Edit, str]] = {
    "not placed": ("unplaced meetings", "unplaced", 1, ({"A2": None}, {}), "A2 (Art) has no period."),
    "without a room": (
        *("unplaced meetings", "unplaced", 1, ({"B1": Placement(R2)}, {})),
        "B1 (Band) has no room.",
    ),
    "a forbidden time": (DOMAIN, "domain", 1, ({"S2": Placement(G2)}, {}), "S2 (Science) may not be in G2."),
    "a room that is not needed": (
        *(DOMAIN, "domain", 1, ({"A1": Placement(R1, "nook")}, {})),
        "A1 (Art) may not be in room nook.",
    ),
    "an unknown room": (
        *(DOMAIN, "domain", 1, ({"B1": Placement(R2, "moon")}, {})),
        "B1 (Band) may not be in room moon.",
    ),
    "time and room forbidden": (
        *(DOMAIN, "domain", 2, ({"B1": Placement(G2, "moon")}, {})),
        "B1 (Band) may not be in G2.",
    ),
    "an unknown meeting": (
        *(DOMAIN, "domain", 1, ({"X9": Placement(R1)}, {})),
        "X9 is placed but does not exist.",
    ),
    "a teacher in two places": (
        *("teacher clash", "teacher", 1, ({"A2": Placement(R1)}, {})),
        "Teacher T1 has A1 and A2 at the same time (R1).",
    ),
    "a group in two places": (
        *("group clash", "group", 1, ({"S1": Placement(R2)}, {"bea": set()})),
        "Group choir has B1 and S1 at the same time (R2).",
    ),
    "a student in two places": (
        *("student clash", "student", 1, ({"A1": Placement(R2), "A2": Placement(R1)}, {})),
        "Student ann has A1 and B1 at the same time (R2).",
    ),
    "a room taken twice": (
        *("room clash", "room_clash", 1, ({"A2": Placement(R2, "hall")}, {})),
        "Room hall holds A2 and B1 at the same time (R2).",
    ),
    "too few seats": (
        *("seats", "seats", 2, ({}, {"ann": {"A2", "B1"}, "bea": {"A2", "S1"}, "T1": {"A2"}})),
        "A2 (Art) has 3 students for 1 seats, 2 too many.",
    ),
    "twice in a course": (
        *("enrolment", "enrolment", 1, ({}, {"ann": {"A1", "A2"}})),
        "Student ann is enrolled in A1, A2 of Art, where exactly one is needed.",
    ),
    "half a course": (
        *("enrolment", "enrolment", 1, ({}, {"bea": {"S1"}})),
        "Student bea has no section of lab, where exactly one is needed.",
    ),
    "a course not asked for": (
        *("enrolment", "enrolment", 1, ({}, {"bea": {"A1"}})),
        "Student bea takes Art, which serves no request.",
    ),
    "an unknown section": (
        *("enrolment", "enrolment", 1, ({}, {"ann": {"Z1"}})),
        "Student ann is enrolled in Z1, which does not exist.",
    ),
    "an unknown student": (
        *("enrolment", "enrolment", 2, ({}, {"zoe": {"Z1"}})),
        "zoe is enrolled but is not a student.",
    ),
    "a teacher as a student": (
        *("enrolment", "enrolment", 2, ({}, {"T2": {"Z1"}})),
        "T2 is enrolled but is not a student.",
    ),
}


def edited(timetable: Timetable, edit: Edit) -> Timetable:
    placements = {**timetable.placements, **edit[0]}
    kept = {meeting: placement for meeting, placement in placements.items() if placement is not None}
    return Timetable(kept, {**timetable.enrolments, **{who: frozenset(s) for who, s in edit[1].items()}})


def enforced(problem: Problem, rule: str, how: Enforcement) -> Problem:
    clash = dict.fromkeys(("teacher", "student", "group"), OFF)
    off = Policy(OFF, OFF, clash, OFF, OFF, OFF, OFF)
    if rule in clash:
        return replace(problem, policy=replace(off, clash={**clash, rule: how}))
    return replace(problem, policy=replace(off, **{rule: how}))


@pytest.mark.parametrize(("rule", "option", "amount", "edit", "sentence"), RULES.values(), ids=RULES)
def test_each_rule_required_priced_and_off(
    school: Problem, complete: Timetable, rule: str, option: str, amount: int, edit: Edit, sentence: str
) -> None:
    broken = edited(complete, edit)
    assert rule not in evaluate(school, complete).required
    assert evaluate(school, broken).required[rule] == amount  # the usual policy requires it
    assert sentence in said(evaluate(school, broken), rule)

    required = evaluate(enforced(school, option, REQUIRED), broken)
    assert required.required == {rule: amount}
    assert not required.feasible
    assert required.terms == {}

    price = evaluate(enforced(school, option, priced(7, level=3)), broken)
    assert price.feasible
    assert (price.terms[rule].amount, price.terms[rule].cost) == (amount, 7 * amount)
    assert price.cost == (0, 0, 7 * amount)
    assert enforced(school, option, priced(7, level=3)).levels == 3
    assert evaluate(enforced(school, option, priced(7, level=3)), complete).terms[rule].cost == 0

    off = evaluate(enforced(school, option, OFF), broken)
    assert off.feasible
    assert off.terms == {}
    assert list(off.violations()) == []


def test_clashes_count_every_pair_and_every_overlap(school: Problem, complete: Timetable) -> None:
    policy = replace(school.policy, domain=OFF)
    lenient = replace(school, policy=policy)
    everywhere = Time(0, length=2, days=3)
    assert evaluate(lenient, complete.place("A1", everywhere)).required == {
        "teacher clash": 1,
        "student clash": 1,
    }
    once = Timetable({meeting: Placement(R1, "hall") for meeting in school.meetings})
    assert evaluate(lenient, once).required == {"teacher clash": 1, "group clash": 1, "room clash": 10}
    weeks = once.place("A1", Time(0, weeks=2), "hall")
    assert evaluate(lenient, weeks).required == {"group clash": 1, "room clash": 6}


ODD_TIMES = [Time(0, 2), Time(1, 2), Time(0, days=3), Time(5), Time(-1, 3), Time(0, weeks=2), Time(0, days=4)]
anywhere = st.builds(
    Placement, st.sampled_from([*CALENDAR.times, *ODD_TIMES]), st.sampled_from([None, "hall", "nook"])
)


@given(placed=st.dictionaries(st.sampled_from(["A1", "A2", "B1", "S1", "S2", "W1", "W2"]), anywhere))
def test_clashes_are_those_of_all_pairs_in_order(school: Problem, placed: dict[str, Placement]) -> None:
    writing = Section("W", (Meeting("W1", ()), Meeting("W2", ())), attendees=("T1", "choir"))
    more = replace(school, courses=(*school.courses, Course.of("Writing", [writing])))
    evaluation = evaluate(more, Timetable(placed, {"ann": frozenset({"A1", "S1", "W"})}))

    def overlapping(meetings: Iterable[str]) -> list[tuple[str, str]]:
        both = combinations([meeting for meeting in meetings if meeting in placed], 2)
        return [(one, other) for one, other in both if placed[one].time.overlaps(placed[other].time)]

    attended = {"T1": ["A1", "A2", "W1", "W2"], "T2": ["B1"], "choir": ["B1", "S1", "W1", "W2"]}
    expected = [(who, *pair) for who, meetings in attended.items() for pair in overlapping(meetings)]
    expected += [("ann", *pair) for pair in overlapping(["A1", "S1", "W1", "W2"])]
    found = [one.who for one in evaluation.violations() if one.rule.endswith("clash")]
    assert [who for who in found if who[0] not in more.room] == expected
    for room in more.room:
        inside = [meeting for meeting in more.meetings if meeting in placed and placed[meeting].room == room]
        assert [who[1:] for who in found if who[0] == room] == overlapping(inside)


def test_teacher_and_student_of_one_name_are_two_people(school: Problem, complete: Timetable) -> None:
    asks = replace(school, requests=(*school.requests, Request("q9", "T1", ("Band",))))
    evaluation = evaluate(asks, complete.enrol("T1", "B1"))  # the teacher T1 has A2 in that period
    assert evaluation.feasible


def test_sections_of_a_course_that_is_enrolled_twice_clash_too(school: Problem, complete: Timetable) -> None:
    evaluation = evaluate(school, complete.enrol("ann", "A2"))
    assert evaluation.required == {"student clash": 1, "enrolment": 1}  # A2 and B1 are both in R2


def test_every_section_beyond_the_first_counts(school: Problem) -> None:
    art = Course.of("Art", [section("A1"), section("A2"), section("A3")])
    asks = replace(school, courses=(art, *school.courses[1:]))
    evaluation = evaluate(asks, Timetable({}, {"ann": frozenset({"A1", "A2", "A3"})}))
    assert evaluation.required["enrolment"] == 2


def test_seats_unknown_are_seats_without_end(school: Problem, complete: Timetable) -> None:
    open_ = replace(school.sections["A1"], seats=None)
    courses = (Course.of("Art", [open_]), *school.courses[1:])
    crowd = tuple(Attendee(f"s{k}", "student") for k in range(99))
    asks = tuple(Request(f"r{k}", f"s{k}", ("Art",)) for k in range(99))
    big = replace(school, courses=courses, attendees=(*school.attendees, *crowd), requests=asks)
    timetable = Timetable(
        {m: p for m, p in complete.placements.items() if m != "A2"}, {a.id: frozenset({"A1"}) for a in crowd}
    )
    assert evaluate(big, timetable).feasible


# Requests ------------------------------------------------------------------------------------------------


def test_unmet_requests_are_a_term_of_the_first_level(school: Problem) -> None:
    evaluation = evaluate(school, Timetable())
    assert (evaluation.terms[UNMET].level, evaluation.terms[UNMET].cost) == (1, 220)
    assert said(evaluation, UNMET)[0] == "Student ann does not get Art."
    double = evaluate(replace(school, policy=Policy(requests=priced(2, level=1))), Timetable())
    assert double.cost == (440,)
    must = evaluate(replace(school, policy=Policy(requests=REQUIRED)), Timetable())
    assert must.required[UNMET] == 220
    assert UNMET not in must.terms
    off = evaluate(replace(school, policy=Policy(requests=OFF)), Timetable())
    assert off.cost == (0,)
    assert len(off.served) == 3
    assert UNMET not in evaluate(replace(school, requests=()), Timetable()).terms


def test_an_alternate_beside_its_primary_is_a_course_too_many(school: Problem, complete: Timetable) -> None:
    asks = replace(school, requests=(Request("q", "ann", ("Art", "Band")), school.requests[2]))
    evaluation = evaluate(asks, complete)
    assert evaluation.required == {"enrolment": 1}
    assert said(evaluation, "enrolment") == ["Student ann takes Band, which serves no request."]
    assert evaluate(asks, complete.leave("ann", "B1")).feasible
    assert evaluate(asks, complete.leave("ann", "A1")).cost == (10,)


def test_pooled_alternates_are_asked_for(school: Problem, complete: Timetable) -> None:
    pooled = replace(school, requests=school.requests[:1], pooled={"ann": ("Band",), "bea": ("Science",)})
    taking = Timetable(complete.placements, {"ann": frozenset({"B1"})})
    assert evaluate(pooled, taking).cost == (10,)
    assert evaluate(pooled, taking).feasible
    # Without a request to stand in for, a pooled alternate is a course too many.
    assert evaluate(pooled, complete).required == {"enrolment": 2}


# Levels, violations, and what must not matter ------------------------------------------------------------


def test_costs_come_in_levels(school: Problem, complete: Timetable) -> None:
    scope = Scope.of_sections(["A1", "B1"])
    rules = (
        AtMostEnrolled("size", scope, priced(5), (0, 0)),
        AtMostEnrolled("size", scope, REQUIRED, (0, 1)),  # one name may be required and priced
        AtMostEnrolled("late", scope, priced(3, level=4), (0, 1)),
        MaximumLoad("load", Scope.of_attendee("T1"), priced(9, level=4), 1),
        MaximumLoad("idle", Scope.of_attendee("T1"), priced(9, level=4), 9),
    )
    evaluation = evaluate(replace(school, constraints=rules), complete)
    assert evaluation.cost == (4, 10, 0, 12)
    assert evaluation.required == {"size": 1}
    assert {name: term.cost for name, term in evaluation.terms.items()} == {
        UNMET: 4, "size": 10, "late": 3, "load": 9, "idle": 0,
    }  # fmt: skip
    kinds = [violation.enforcement.mode for violation in evaluation.violations()]
    assert kinds == sorted(kinds, reverse=True)  # required ones first
    assert sum(violation.cost for violation in evaluation.violations()) == sum(evaluation.cost)


SMALL = st.sampled_from(["A1", "A2", "B1", "S1", "S2", "X"])
spots = st.builds(
    Placement, st.sampled_from([*CALENDAR.times, Time(0, 2)]), st.sampled_from([None, "hall", "moon"])
)
answers = st.builds(
    Timetable,
    st.dictionaries(SMALL, spots),
    st.dictionaries(st.sampled_from(["ann", "bea", "T1", "zoe"]), st.frozensets(SMALL)),
)


def summary(evaluation: Evaluation) -> tuple[object, ...]:
    served = {one.request.id: (one.course, one.rank) for one in evaluation.served}
    return evaluation.required, evaluation.terms, evaluation.cost, served


@given(timetable=answers, rng=st.randoms(use_true_random=False))
def test_no_order_matters(school: Problem, timetable: Timetable, rng: Random) -> None:
    rules = (AtMostEnrolled("size", Scope.of_sections(["A1", "B1"]), priced(5), (0, 0)),)
    problem = replace(school, constraints=rules)

    def mixed(items: Iterable[Any]) -> tuple[Any, ...]:
        found = list(items)
        return tuple(rng.sample(found, len(found)))

    turned = replace(
        problem,
        courses=tuple(
            replace(course, parts=tuple(replace(p, sections=mixed(p.sections)) for p in mixed(course.parts)))
            for course in mixed(problem.courses)
        ),
        attendees=mixed(problem.attendees),
        rooms=mixed(problem.rooms),
    )
    other = Timetable(dict(mixed(timetable.placements.items())), dict(mixed(timetable.enrolments.items())))
    assert summary(evaluate(turned, other)) == summary(evaluate(problem, timetable))
    # Equal timetables of one problem give the very same sentences, in the same order.
    assert list(evaluate(problem, other).violations()) == list(evaluate(problem, timetable).violations())


def test_sentences_do_not_depend_on_hash_seeds() -> None:
    program = """
from echelon_lib.domain import calendar, offerings, people, problem, timetable
from echelon_lib.scoring.evaluate import evaluate
times = calendar.Calendar.of_days({"R": ["R1"]})
def course(name):
    sections = [offerings.Section(name + k, (offerings.Meeting(name + k, times.times),)) for k in "123"]
    return offerings.Course.of(name, sections)
school = problem.Problem("p", times, tuple(map(course, "ABCDEF")), (people.Attendee("s", "student"),))
answer = timetable.Timetable({}, {"s": frozenset(school.sections), "t": frozenset({"A1", "Z", "Y"})})
print([(v.rule, v.sentence) for v in evaluate(school, answer).violations()])
"""
    spoken = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(evaluate.__code__.co_filename).parents[2],
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(spoken) == 1
