"""What a teacher teaches, whatever the timetable says, and how much goes on at one time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from echelon_lib.constraints.base import View
from echelon_lib.constraints.load import (
    DedicatedTeacher,
    EvenLoad,
    MaximumLoad,
    OneTeacher,
    OwnDepartment,
    Staffed,
    WeeklyHours,
)
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.offerings import Course, Meeting, Section
from echelon_lib.domain.policy import REQUIRED, Scope
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable

ANN, BOB, G = map(Scope.of_attendee, ("Ann", "Bob", "G"))


@pytest.mark.parametrize(
    ("scope", "limit", "expected"),
    [(ANN, 6, 0), (ANN, 5, 1), (ANN, 0, 6), (BOB, 1, 0), (BOB, 0, 1), (G, 2, 2)],
)
def test_maximum_load(judge: Any, answer: Any, scope: Scope, limit: int, expected: int) -> None:
    amount, _ = judge(lambda e: MaximumLoad("load", scope, e, limit), answer())
    assert amount == expected


@pytest.mark.parametrize(
    ("scope", "expected"),
    [(ANN, 2), (BOB, 0)],  # band has no department, and Bob has none
)
def test_own_department(judge: Any, answer: Any, scope: Scope, expected: int) -> None:
    amount, _ = judge(lambda e: OwnDepartment("own", scope, e), answer())
    assert amount == expected


@pytest.mark.parametrize(
    ("scope", "course", "expected"),
    [(ANN, "Chemistry", 3), (ANN, "Art", 4), (BOB, "Band", 0), (BOB, "Art", 1)],
)
def test_dedicated_teacher(judge: Any, answer: Any, scope: Scope, course: str, expected: int) -> None:
    amount, _ = judge(lambda e: DedicatedTeacher("dedicated", scope, e, course), answer())
    assert amount == expected


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        (["A1", "A2"], 0),
        (["L1", "L2"], 0),  # a group comes too, but is no teacher
        (["B1", "B2"], 1),
        (["B2", "B3"], 0),  # nobody teaches the last one
        (["B3"], 0),
        ([], 0),
    ],
)
def test_one_teacher(judge: Any, answer: Any, sections: list[str], expected: int) -> None:
    amount, _ = judge(lambda e: OneTeacher("one", Scope.of_sections(sections), e), answer())
    assert amount == expected


@pytest.mark.parametrize(
    ("scope", "expected"),
    [(Scope(), 1), (Scope.of_sections(["B3"]), 1), (Scope.of_sections(["B1", "B2"]), 0)],
)
def test_staffed(judge: Any, answer: Any, scope: Scope, expected: int) -> None:
    amount, said = judge(lambda e: Staffed("staffed", scope, e), answer())
    assert amount == expected
    assert said == ["B3 (Band) has nobody to teach it."][:expected]


def test_loads_are_told(judge: Any, answer: Any) -> None:
    _, said = judge(lambda e: MaximumLoad("load", ANN, e, 4), answer())
    assert said == ["Ann has 6 sections, 2 more than 4."]
    _, said = judge(lambda e: OwnDepartment("own", ANN, e), answer())
    assert said[0] == "Ann of Science teaches A1 in Arts."
    _, said = judge(lambda e: DedicatedTeacher("dedicated", BOB, e, "Art"), answer())
    assert said == ["Bob is dedicated to Art but teaches B1 (Band)."]
    _, said = judge(lambda e: OneTeacher("one", Scope.of_sections(["B1", "B2"]), e), answer())
    assert said == ["Band has 2 teachers (Ann, Bob) instead of a dedicated one."]


def test_the_timetable_does_not_change_a_load(judge: Any, answer: Any) -> None:
    one, other = answer(), answer("A1 R1, A2 R2", "s0 A1")
    assert judge(lambda e: MaximumLoad("load", ANN, e, 4), one) == judge(
        lambda e: MaximumLoad("load", ANN, e, 4), other
    )


LONG, BOTH = Time(1, length=2), Time(0, days=3)


@pytest.mark.parametrize(
    ("scope", "limit", "placements", "expected"),
    [
        (ANN, 6, "", 0),  # six sections, of one slot each as long as nothing else is known
        (ANN, 5, "", 1),
        (ANN, 6, "A1 long", 1),
        (ANN, 6, "A1 both", 1),  # on both days of the week
        (ANN, 4, "A1 long, A2 R1", 3),
        (BOB, 1, "", 1),  # one section with two meetings
        (BOB, 2, "", 0),
    ],
)
def test_weekly_hours(
    judge: Any, answer: Any, scope: Scope, limit: int, placements: str, expected: int
) -> None:
    timetable = answer(placements, long=LONG, both=BOTH)
    amount, _ = judge(lambda e: WeeklyHours("hours", scope, e, limit), timetable)
    assert amount == expected


def test_a_meeting_without_a_time_counts_with_its_shortest(school: Problem) -> None:
    lab = Section("X", (Meeting("X", (Time(0, 3), Time(0, 2))),), attendees=("Cy",))
    longer = replace(school, courses=(*school.courses, Course.of("Lab", [lab])))
    rule = WeeklyHours("hours", Scope.of_attendee("Cy"), REQUIRED, 1)
    found = list(rule.violations(View(longer, Timetable())))
    assert [(one.amount, one.sentence) for one in found] == [
        (1, "Cy teaches 2 hours a week, 1 more than 1."),
    ]


@pytest.mark.parametrize(
    ("scope", "placements", "expected"),
    [
        (Scope(), "", 0),
        (Scope(), "A1 R1", 1),
        (Scope(), "A1 R1, A2 R2", 2),
        (Scope(), "A1 R1, A2 R1", 4),
        (Scope(), "A1 R1, A2 R1, L1 R1, L2 G4", 10),
        (Scope(), "A1 long, A2 R2", 5),  # R2 twice, R3 once
        (Scope(), "A1 both, A2 G1", 5),
        (Scope.of_meetings(["A1", "L1"]), "A1 R1, A2 R1, L1 R1", 4),
    ],
)
def test_even_load(judge: Any, answer: Any, scope: Scope, placements: str, expected: int) -> None:
    amount, _ = judge(lambda e: EvenLoad("peak", scope, e), answer(placements, long=LONG, both=BOTH))
    assert amount == expected


def test_loads_of_the_week_are_told(judge: Any, answer: Any) -> None:
    _, said = judge(lambda e: EvenLoad("peak", Scope(), e), answer("A1 R1, A2 R1, L1 R1, L2 G4"))
    assert said == [
        "3 meetings take place at the same time (R1).",
        "1 meeting takes place (G4).",
    ]
