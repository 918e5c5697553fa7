"""Who may or must be in a section, who is kept free, and which requests have to be filled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tiny_schools import TWO_DAYS, tiny

from echelon_lib.constraints.enrolment import KeptIn, OnlyFor
from echelon_lib.constraints.requests import CoreFilled
from echelon_lib.constraints.times import ForbiddenTimes, FreeTimes
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.errors import DataError
from echelon_lib.domain.policy import REQUIRED, Enforcement, Scope, priced
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import evaluate

ART = Scope.of_sections(["A1", "A2"])
R1, R2, G1, G2 = TWO_DAYS.times


@pytest.mark.parametrize(
    ("enrolments", "students", "expected"),
    [
        ("", "", 0),
        ("s0 A1, s1 A2", "s0 s1", 0),
        ("s0 A1, s1 A2", "s0", 1),
        ("s0 A1, s1 A1, s2 A2", "s3", 3),
        ("s0 L1, s1 A1", "s1", 0),  # the labs are for everybody
        ("s0 A1 A2", "s1", 2),
    ],
)
def test_only_for(judge: Any, answer: Any, enrolments: str, students: str, expected: int) -> None:
    some = frozenset(students.split())
    amount, _ = judge(lambda e: OnlyFor("grades", ART, e, some), answer(enrolments=enrolments))
    assert amount == expected


def test_strangers_are_named_with_whom_it_is_for(judge: Any, answer: Any) -> None:
    rule = lambda e: OnlyFor("grades", ART, e, frozenset({"s0"}), "grade 12")  # noqa: E731
    _, said = judge(rule, answer(enrolments="s0 A1, s4 A2"))
    assert said == ["Student s4 is in A2 (Art), which is for grade 12 only."]


@pytest.mark.parametrize(
    ("enrolments", "expected"), [("s0 A1", 0), ("", 1), ("s0 A2", 1), ("s1 A1", 1), ("s0 A1 L1", 0)]
)
def test_kept_in(judge: Any, answer: Any, enrolments: str, expected: int) -> None:
    scope = Scope.of_sections(["A1"])
    amount, _ = judge(lambda e: KeptIn("lock", scope, e, "s0"), answer(enrolments=enrolments))
    assert amount == expected


def test_a_kept_student_is_told(judge: Any, answer: Any) -> None:
    scope = Scope.of_sections(["A1"])
    _, said = judge(lambda e: KeptIn("lock", scope, e, "s0", "locked by a person"), answer())
    assert said == ["Student s0 is not in A1 (Art), but is kept there (locked by a person)."]


@pytest.mark.parametrize(
    ("placements", "enrolments", "times", "expected"),
    [
        ("A1 R1", "s0 A1", (Time(0),), 1),
        ("A1 R2", "s0 A1", (Time(0),), 0),
        ("A1 R1", "s1 A1", (Time(0),), 0),
        ("A1 R1, L1 R2", "s0 A1 L1", (Time(0), Time(1)), 2),
        ("", "s0 A1", (Time(0),), 0),  # where it is, nobody knows
        ("A1 Long", "s0 A1", (Time(1),), 1),
        ("B1.1 R1, B1.2 R2", "s0 B1", (Time(0), Time(1)), 1),  # sections are counted, not meetings
        ("A1 R1", "s0 A9", (Time(0),), 0),
    ],
)
def test_free_times(
    judge: Any, answer: Any, placements: str, enrolments: str, times: tuple[Time, ...], expected: int
) -> None:
    timetable = answer(placements, enrolments, Long=Time(0, length=2))
    amount, _ = judge(lambda e: FreeTimes("lock", Scope(), e, "s0", times), timetable)
    assert amount == expected


def test_times_kept_free_are_told(judge: Any, answer: Any) -> None:
    timetable = answer("A1 R1", "s0 A1")
    _, said = judge(lambda e: FreeTimes("lock", Scope(), e, "s0", (Time(0),), "work"), timetable)
    assert said == ["Student s0 has A1 (Art) in R1, but is kept free then (work)."]


def test_the_reason_of_a_lock_in_time_is_told(judge: Any, answer: Any) -> None:
    scope = Scope.of_meetings(["A1"])
    _, said = judge(lambda e: ForbiddenTimes("lock", scope, e, (Time(0),), "locked to R2"), answer("A1 R1"))
    assert said == ["A1 (Art) may not be in R1 (locked to R2)."]


WISHES = {"ann": "Art|Zoo Band", "bob": "Art Art"}
CORE = ("ann#0", "bob#0", "bob#1")


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ({}, 3),
        ({"ann": "Art-1", "bob": "Art-1"}, 1),  # a course is given once
        ({"ann": "Zoo-1", "bob": "Art-1"}, 1),  # an alternate fills it
        ({"ann": "Band-1"}, 3),
    ],
)
@pytest.mark.parametrize("kind", [REQUIRED, priced(7, level=1)])
def test_core_filled(taken: dict[str, str], expected: int, kind: Enforcement) -> None:
    school = tiny("Art-1 Band-1 Zoo-1", WISHES, CoreFilled("graduation", Scope(), kind, CORE))
    timetable = Timetable()
    for student, section in taken.items():
        timetable = timetable.enrol(student, section)
    score = evaluate(school, timetable)
    if kind.required:
        assert score.required.get("graduation", 0) == expected
    else:
        assert score.terms["graduation"].cost == 7 * expected
        assert score.cost[0] == 7 * expected + score.terms["unmet requests"].cost
    said = [one for one in score.violations() if one.rule == "graduation"]
    if not taken:
        assert said[0].sentence == "Student ann needs Art to graduate and does not get it."
        assert said[0].who == ("ann", "Art")


@pytest.mark.parametrize(
    "rule",
    [
        OnlyFor("grades", Scope.of_sections(["Art-1"]), REQUIRED, frozenset({"ann", "anm"})),
        KeptIn("lock", Scope.of_sections(["Art-1"]), REQUIRED, "anm"),
        FreeTimes("lock", Scope(), REQUIRED, "anm", (R1,)),
        CoreFilled("graduation", Scope(), REQUIRED, ("ann#0", "anm#0")),
    ],
)
def test_whom_nobody_knows_is_an_error(rule: Any) -> None:
    school = tiny("Art-1", {"ann": "Art"})
    with pytest.raises(DataError, match=r"refers to the unknown (student|request) 'anm"):
        replace(school, constraints=(rule,))
