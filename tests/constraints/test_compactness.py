"""Idle slots between meetings, and ways between buildings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from echelon_lib.constraints.base import View
from echelon_lib.constraints.compactness import BuildingTravel, Gaps
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.policy import REQUIRED, Scope
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable

SPECIAL = {"long": Time(2, length=2), "both": Time(0, days=3)}


@pytest.mark.parametrize(
    ("placements", "expected"),
    [
        ("", 0),
        ("L1 R1", 0),
        ("L1 R1, L2 R2", 0),
        ("L1 R1, L2 R3", 1),
        ("L1 R1, L2 R4", 2),
        ("L1 R1, L2 R3, B1.1 R4", 1),
        ("L1 R1, L2 R3, B1.1 R3", 1),  # a clash takes a slot once
        ("L1 R4, L2 G1", 0),  # the night is no gap
        ("L1 R1, L2 R3, B1.1 G1, B1.2 G4", 3),
        ("L1 R1, L2 long", 1),
        ("L1 both, L2 R3, B1.1 G4", 3),
        ("L1 R1, A1 R2, L2 R3", 1),  # the group does not hear the art lesson
        ("A1 R1, A2 R4", 0),  # it is Ann's
    ],
)
def test_gaps_of_groups(judge: Any, answer: Any, placements: str, expected: int) -> None:
    amount, _ = judge(lambda e: Gaps("gaps", Scope(), e), answer(placements, **SPECIAL))
    assert amount == expected


@pytest.mark.parametrize(
    ("scope", "placements", "expected"),
    [
        (Scope(), "A1 R1, A2 R4", 2),
        (Scope(), "A1 R1, A2 R4, B1.1 R1, B1.2 R3", 3),
        (Scope.of_attendee("Bob"), "A1 R1, A2 R4, B1.1 R1, B1.2 R3", 1),
    ],
)
def test_gaps_of_teachers(judge: Any, answer: Any, scope: Scope, placements: str, expected: int) -> None:
    amount, _ = judge(lambda e: Gaps("gaps", scope, e, "teacher"), answer(placements))
    assert amount == expected


def test_gaps_of_students_follow_their_enrolments(judge: Any, answer: Any) -> None:
    timetable = answer("A1 R1, L1 R3, B2 R4", "s0 A1 L1, s1 A1 B2, s2 A1")
    amount, said = judge(lambda e: Gaps("gaps", Scope(), e, "student"), timetable)
    assert amount == 3
    assert said[0] == "Student s0 waits 1 slots between meetings: 1 on R."


def test_a_batch_counts_as_many_as_it_has_people(judge: Any, answer: Any) -> None:
    timetable = answer("L1 R1, L2 R3, B1.1 G1, B1.2 G4")
    amount, said = judge(lambda e: Gaps("gaps", Scope(), e), timetable, people=30)
    assert amount == 90
    assert said == ["Group G (30 people) waits 3 slots between meetings: 1 on R, 2 on G."]


def test_every_week_has_days_of_its_own(school: Problem) -> None:
    weekly = replace(school, calendar=replace(school.calendar, weeks=2))
    placed = Timetable().place("L1", Time(0, weeks=1)).place("L2", Time(3, weeks=2))
    rule = Gaps("gaps", Scope(), REQUIRED)
    assert list(rule.violations(View(weekly, placed))) == []
    (found,) = rule.violations(View(weekly, placed.place("L3", Time(0, weeks=2))))
    assert found.amount == 2


@pytest.mark.parametrize(
    ("placements", "expected"),
    [
        ("", 0),
        ("L1 R1 hall, L2 R2 hall", 0),
        ("L1 R1 hall, L2 R2 nook", 1),
        ("L1 R1 hall, L2 R3 nook", 0),  # there is time to walk
        ("L1 R1 hall, L2 R2 nook, L3 R3 hall", 2),
        ("L1 R4 hall, L2 G1 nook", 0),  # and a night to sleep
        ("L1 R2 hall, L2 long nook", 1),
        ("L1 long hall, L2 G1 nook", 0),
        ("L1 both hall, L2 R2 nook, L3 G2 nook", 2),
        ("L1 R1 hall, L2 R1 hall, L3 R2 nook", 2),  # a clash as well: from both
        ("L1 R1 hall, L2 R2 tent", 0),  # nobody knows where the tent is
        ("L1 R1 hall, L2 R2", 0),
        ("L1 R1 hall, A1 R2 nook", 0),  # the group does not hear the art lesson
        ("A1 R1 hall, A2 R2 nook", 0),  # it is Ann's
    ],
)
def test_travel_of_groups(judge: Any, answer: Any, placements: str, expected: int) -> None:
    amount, _ = judge(lambda e: BuildingTravel("travel", Scope(), e), answer(placements, **SPECIAL))
    assert amount == expected


def test_travel_of_one_teacher(judge: Any, answer: Any) -> None:
    timetable = answer("A1 R1 hall, A2 R2 nook, B1.1 R1 hall, B1.2 R2 nook")
    assert judge(lambda e: BuildingTravel("travel", Scope(), e, "teacher"), timetable)[0] == 2
    one = Scope.of_attendee("Bob")
    assert judge(lambda e: BuildingTravel("travel", one, e, "teacher"), timetable)[0] == 1


def test_travel_is_told(judge: Any, answer: Any) -> None:
    timetable = answer("L1 R1 hall, L2 R2 nook, L3 R3 hall")
    amount, said = judge(lambda e: BuildingTravel("travel", Scope(), e), timetable, people=4)
    assert amount == 8
    assert said == [
        "Group G (4 people) has to change buildings without a break 2 times, such as from North to South."
    ]
    _, said = judge(lambda e: BuildingTravel("travel", Scope(), e), answer("L1 R1 nook, L2 R2 hall"))
    assert said == ["Student G has to change buildings without a break once, from South to North."]


def test_people_without_meetings_are_content(school: Problem) -> None:
    alone = replace(school, attendees=(*school.attendees, Attendee("H", "group")))
    for rule in (Gaps("gaps", Scope(), REQUIRED), BuildingTravel("travel", Scope(), REQUIRED)):
        assert list(rule.violations(View(alone, Timetable()))) == []
