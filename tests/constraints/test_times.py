"""Forbidden times, and how many meetings one time holds."""

from __future__ import annotations

from typing import Any

import pytest

from echelon_lib.constraints.base import Shape
from echelon_lib.constraints.times import AtMostPerTime, ForbiddenTimes, PreferredTimes
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.policy import Scope

R1, R2, G1 = Time(0), Time(1), Time(0, days=2)


@pytest.mark.parametrize(
    ("placements", "times", "expected"),
    [
        ("", (R1,), 0),
        ("A1 R1", (), 0),
        ("A1 R1", (R1,), 1),
        ("A1 R1", (R2, G1), 0),
        ("A1 R1, A2 R1, L1 R2, L2 G2", (R1, R2), 3),
        ("A1 R1", (R1, R1), 1),  # named twice, broken once
        ("B1.1 R1", (R1,), 0),  # that is Bob's
        ("A1 Long", (R2,), 1),  # part of it is forbidden
        ("A1 R1", (Time(0, length=3, days=3),), 1),
    ],
)
def test_times_forbidden_to_a_teacher(
    judge: Any, answer: Any, placements: str, times: tuple[Time, ...], expected: int
) -> None:
    timetable = answer(placements, Long=Time(0, length=2))
    amount, _ = judge(lambda e: ForbiddenTimes("away", Scope.of_attendee("Ann"), e, times), timetable)
    assert amount == expected


@pytest.mark.parametrize(("placements", "expected"), [("A1 R1, A2 R2", 1), ("A1 G2, L1 R1", 0), ("", 0)])
def test_times_forbidden_to_meetings(judge: Any, answer: Any, placements: str, expected: int) -> None:
    scope = Scope.of_meetings(["A1", "A2"])
    amount, _ = judge(lambda e: ForbiddenTimes("periods", scope, e, (R1,)), answer(placements))
    assert amount == expected


def test_forbidden_times_are_told_by_whom_they_hurt(judge: Any, answer: Any) -> None:
    timetable = answer("A2 G1")
    _, said = judge(lambda e: ForbiddenTimes("away", Scope.of_attendee("Ann"), e, (G1,)), timetable)
    assert said == ["Ann is away in G1 but teaches A2 (Art) then."]
    _, said = judge(lambda e: ForbiddenTimes("periods", Scope.of_meetings(["A2"]), e, (G1,)), timetable)
    assert said == ["A2 (Art) may not be in G1."]


@pytest.mark.parametrize(
    ("placements", "limit", "shape", "expected"),
    [
        ("", 1, "linear", 0),
        ("L1 R1, L2 R2, L3 G1", 1, "linear", 0),
        ("L1 R1, L2 R1, L3 G1", 1, "linear", 1),
        ("L1 R1, L2 R1, L3 R1", 1, "linear", 2),
        ("L1 R1, L2 R1, L3 R1", 2, "linear", 1),
        ("L1 R1, L2 R1, L3 R1", 1, "quadratic", 4),
        ("L1 R1, L2 R1, L3 R1", 1, "step", 1),
        ("L1 R1", 0, "linear", 1),
        ("L1 R1, A1 R1", 1, "linear", 0),  # art is not in the scope
    ],
)
def test_at_most_per_time(
    judge: Any, answer: Any, placements: str, limit: int, shape: Shape, expected: int
) -> None:
    scope = Scope.of_meetings(["L1", "L2", "L3"])
    amount, _ = judge(lambda e: AtMostPerTime("per period", scope, e, limit, shape), answer(placements))
    assert amount == expected


def test_a_full_period_is_named(judge: Any, answer: Any) -> None:
    scope = Scope.of_meetings(["L1", "L2", "L3"])
    _, said = judge(lambda e: AtMostPerTime("per period", scope, e), answer("L1 G4, L2 G4, L3 G4"))
    assert said == ["3 sections of Chemistry are in G4, 2 more than the 1 allowed."]


@pytest.mark.parametrize(
    ("placements", "expected"),
    [
        ("", 0),
        ("A1 R1, A2 R2", 0),
        ("A1 R3", 1),
        ("A1 R3, A2 G1", 2),
        ("A1 long", 1),  # R2 and R3
        ("A1 late", 2),  # R3 and R4
        ("A1 both", 1),  # R1 and G1
        ("A1 weeks", 1),  # R1 of another week too
        ("B1.1 R3", 0),  # it is Bob's
    ],
)
def test_preferred_times(judge: Any, answer: Any, placements: str, expected: int) -> None:
    special = {"long": Time(1, 2), "late": Time(2, 2), "both": Time(0, days=3), "weeks": Time(0, weeks=3)}
    timetable = answer(placements, **special)
    liked = (Time(0, 2),)
    amount, _ = judge(lambda e: PreferredTimes("wish", Scope.of_attendee("Ann"), e, liked), timetable)
    assert amount == expected


def test_who_prefers_nothing_is_never_content(judge: Any, answer: Any) -> None:
    amount, said = judge(
        lambda e: PreferredTimes("wish", Scope.of_attendee("Ann"), e, ()),
        answer("A1 R1, A2 long", long=Time(1, 2)),
    )
    assert amount == 3
    assert said == [
        "Ann would rather not have A1 (Art) in R1.",
        "Ann would rather not have A2 (Art) in R2 + R3.",
    ]
