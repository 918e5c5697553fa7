"""How meetings lie over the days: neighbours, even loads, least days, meetings that stand alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from echelon_lib.constraints.base import Shape, View
from echelon_lib.constraints.spread import (
    EvenDays,
    MinimumDays,
    NoIsolatedMeeting,
    NotConsecutive,
    SameDay,
    SameHour,
)
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.offerings import Course, Meeting, Section
from echelon_lib.domain.policy import REQUIRED, Scope
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable

ANN = Scope.of_attendee("Ann")
G = Scope.of_attendee("G")
ALL_WEEK = Time(1, days=3)


@pytest.mark.parametrize(
    ("placements", "expected"),
    [
        ("", 0),
        ("L1 R1", 0),
        ("L1 R1, L2 R2", 1),
        ("L2 R2, L1 R1", 1),
        ("L1 R1, L2 R2, L3 R3", 2),
        ("L1 R1, L2 R3, L3 G1", 0),
        ("L1 R4, L2 G1", 0),  # the next day is not right after
        ("L1 R1, A1 R2, L2 R3", 0),  # art is no lab
        ("L1 R1, L2 R1, L3 R2", 2),  # a clash as well, but each is followed by the third
        ("L1 R1, B1.1 R2", 0),
    ],
)
def test_labs_not_one_after_the_other(judge: Any, answer: Any, placements: str, expected: int) -> None:
    amount, _ = judge(lambda e: NotConsecutive("labs", ANN, e, "Lab"), answer(placements))
    assert amount == expected


def test_neighbours_are_named_with_their_periods(judge: Any, answer: Any) -> None:
    _, said = judge(lambda e: NotConsecutive("labs", ANN, e, "Lab"), answer("L2 G3, L1 G2"))
    assert said == ["Ann has Lab sections L1 in G2 and L2 in G3, one right after the other."]


@pytest.mark.parametrize(
    ("placements", "expected"),
    [
        ("", 0),
        ("A1 R1, A2 R2, L1 R3, L2 G1, L3 G2, B2 G3", 0),  # 6 sections, 3 a day
        ("A1 R1, A2 R2, L1 R3, L2 R4, L3 G2, B2 G3", 1),
        ("A1 G1, A2 G2, L1 G3, L2 G4, L3 G1", 2),  # one is not placed and counts for the share
        ("A1 All", 0),
        ("A1 All, A2 R1, L1 R3, L2 R4, L3 G4, B2 G1", 1),  # a meeting on both days is on each
    ],
)
def test_even_days(judge: Any, answer: Any, placements: str, expected: int) -> None:
    amount, _ = judge(lambda e: EvenDays("even", ANN, e), answer(placements, All=ALL_WEEK))
    assert amount == expected


def test_an_odd_number_is_shared_in_favour_of_a_day(judge: Any, answer: Any) -> None:
    # The group has 5 meetings, two of them of one section: 3 and 2 are even, 4 and 1 are not.
    three = answer("L1 R1, L2 R2, B1.1 R3, B1.2 G1, L3 G2")
    assert judge(lambda e: EvenDays("even", G, e), three)[0] == 0
    assert judge(lambda e: EvenDays("even", G, e), three.place("L3", Time(3)))[0] == 1


def test_a_day_that_holds_too_much_is_named(judge: Any, answer: Any) -> None:
    _, said = judge(lambda e: EvenDays("even", ANN, e), answer("A1 R1, A2 R2, L1 R3, L2 R4"))
    assert said == ["Ann has 4 of 6 sections on day R, an even share is 3."]


@pytest.mark.parametrize(
    ("placements", "minimum", "shape", "expected"),
    [
        ("B1.1 R1, B1.2 G1", 2, "linear", 0),
        ("B1.1 R1, B1.2 R4", 2, "linear", 1),
        ("B1.1 R1", 2, "linear", 1),
        ("", 2, "linear", 2),
        ("", 2, "quadratic", 4),
        ("", 2, "step", 1),
        ("", 0, "linear", 0),
        ("B1.1 All", 2, "linear", 0),
        ("B1.1 R1, B1.2 R4", 4, "quadratic", 9),  # more than there are meetings or days
    ],
)
def test_minimum_days(
    judge: Any, answer: Any, placements: str, minimum: int, shape: Shape, expected: int
) -> None:
    scope = Scope.of_meetings(["B1.1", "B1.2"])
    amount, _ = judge(
        lambda e: MinimumDays("days", scope, e, minimum, shape), answer(placements, All=ALL_WEEK)
    )
    assert amount == expected


def test_missing_days_are_told(judge: Any, answer: Any) -> None:
    scope = Scope.of_meetings(["B1.1", "B1.2"])
    _, said = judge(lambda e: MinimumDays("days", scope, e, 3), answer("B1.1 R1, B1.2 R4"))
    assert said == ["B1 meets on 1 days, 2 fewer than 3."]
    amount, said = judge(lambda e: MinimumDays("days", Scope(), e, 2), answer())
    assert (amount, said) == (2, ["nothing meets on 0 days, 2 fewer than 2."])


@pytest.mark.parametrize(
    ("placements", "expected"),
    [
        ("", 0),
        ("L1 R1", 1),
        ("L1 R1, B1.1 R2", 0),
        ("L1 R1, B1.1 R3", 2),
        ("L1 R1, L2 R1", 2),  # side by side is not before or after
        ("L1 R1, L2 R1, L3 R2", 0),
        ("L1 R4, L2 G1", 2),  # the end of a day and the start of the next
        ("L1 R1, L2 R2, L3 R4, B1.1 G1, B1.2 G2", 1),
        ("L1 R1, A1 R2", 1),  # the group does not hear the art lesson
        ("L1 All, L2 R1", 1),  # alone on the second day only
        ("L1 All, L2 R1, L3 G3", 0),
        ("L1 Odd, L2 Even", 2),  # never in the same week
        ("L1 Odd, L2 R3", 0),
    ],
)
def test_no_isolated_meeting(judge: Any, answer: Any, placements: str, expected: int) -> None:
    weeks = {"Odd": Time(1, weeks=1), "Even": Time(2, weeks=2)}
    timetable = answer(placements, All=ALL_WEEK, **weeks)
    amount, _ = judge(lambda e: NoIsolatedMeeting("alone", G, e), timetable)
    assert amount == expected


def test_what_stands_alone_is_named(judge: Any, answer: Any) -> None:
    _, said = judge(lambda e: NoIsolatedMeeting("alone", G, e), answer("L1 G3"))
    assert said == ["L1 stands alone in the day G of G, at slot 2."]


@pytest.mark.parametrize("rule", [EvenDays, NoIsolatedMeeting])
def test_an_attendee_without_sections_is_content(judge: Any, answer: Any, rule: Any) -> None:
    assert judge(lambda e: rule("rule", Scope.of_attendee("Cy"), e), answer("A1 R1")) == (0, [])


@pytest.mark.parametrize(
    ("scope", "placements", "expected"),
    [
        (Scope(), "", 0),
        (Scope(), "B1.1 R1", 0),
        (Scope(), "B1.1 R1, B1.2 G1", 0),
        (Scope(), "B1.1 R1, B1.2 R4", 1),
        (Scope(), "B1.1 R1, B1.2 R1", 1),
        (Scope(), "B1.1 All, B1.2 R1", 1),
        (Scope(), "B1.1 All, B1.2 All", 2),
        (Scope(), "B1.1 R1, B1.2 Other", 0),  # the same day of another week
        (Scope(), "A1 R1, A2 R2", 0),  # two sections
        (Scope.of_sections(["B1"]), "B1.1 R1, B1.2 R4", 1),
        (Scope.of_sections(["A1"]), "B1.1 R1, B1.2 R4", 0),
    ],
)
def test_same_day(judge: Any, answer: Any, scope: Scope, placements: str, expected: int) -> None:
    timetable = answer(placements, All=ALL_WEEK, Other=Time(2, weeks=2))
    amount, _ = judge(lambda e: SameDay("repeats", scope, e), timetable)
    assert amount == expected


@pytest.mark.parametrize(
    ("scope", "placements", "expected"),
    [
        (Scope(), "", 0),
        (Scope(), "B1.1 R1", 0),
        (Scope(), "B1.1 R1, B1.2 G1", 0),
        (Scope(), "B1.1 R1, B1.2 Long", 0),  # for longer, but from the same hour on
        (Scope(), "B1.1 R1, B1.2 G2", 1),
        (Scope(), "B1.1 R1, B1.2 R2", 1),  # days do not matter
        (Scope(), "A1 R1, A2 R2", 0),  # two sections
        (Scope.of_sections(["B1"]), "B1.1 R1, B1.2 G2", 1),
        (Scope.of_sections(["A1"]), "B1.1 R1, B1.2 G2", 0),
    ],
)
def test_same_hour(judge: Any, answer: Any, scope: Scope, placements: str, expected: int) -> None:
    amount, said = judge(
        lambda e: SameHour("hours", scope, e), answer(placements, Long=Time(0, length=2, days=2))
    )
    assert amount == expected
    if placements.endswith("G2") and expected:
        assert said == ["B1 (Band) begins at 2 hours of the day: slot 1, slot 2."]


def test_k_meetings_on_a_day_are_all_their_pairs(school: Problem) -> None:
    times = school.calendar.times
    long = Section("W", tuple(Meeting(f"W{k}", times) for k in range(4)))
    more = replace(school, courses=(*school.courses, Course.of("Writing", [long])))
    rule = SameDay("repeats", Scope(), REQUIRED)
    for slots, amount in (("R1 R2 R3 R4", 6), ("R1 R2 R3 G1", 3), ("R1 R2 G1 G2", 2)):
        placed = {f"W{k}": Placement(more.calendar.time(name)) for k, name in enumerate(slots.split())}
        (found,) = rule.violations(View(more, Timetable(placed)))
        assert found.amount == amount
    assert found.sentence == "W (Writing) meets 2 times on R, 2 times on G."
