"""Rooms that are too small, and meetings that wander."""

from __future__ import annotations

from typing import Any

import pytest

from echelon_lib.constraints.rooms import EmptySeats, RoomCapacity, RoomsPerSection, RoomStability
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.policy import Scope

BAND = Scope.of_meetings(["B1.1", "B1.2"])  # 8 people come in any case; the hall seats 10, the nook 3


@pytest.mark.parametrize(
    ("placements", "enrolments", "expected"),
    [
        ("", "", 0),
        ("B1.1 R1 hall", "", 0),
        ("B1.1 R1 nook", "", 5),
        ("B1.1 R1 nook, B1.2 R2 nook", "", 10),
        ("B1.1 R1 hall", "s0 B1, s1 B1", 0),
        ("B1.1 R1 hall", "s0 B1, s1 B1, s2 B1", 1),
        ("B1.1 R1", "s0 B1, s1 B1, s2 B1", 0),  # no room yet
        ("B1.1 R1 moon", "s0 B1, s1 B1, s2 B1", 0),  # no such room: another rule's business
        ("A1 R1 nook", "s0 A1, s1 A1, s2 A1, s3 A1", 0),  # not in the scope
    ],
)
def test_room_capacity(judge: Any, answer: Any, placements: str, enrolments: str, expected: int) -> None:
    amount, _ = judge(lambda e: RoomCapacity("too small", BAND, e), answer(placements, enrolments))
    assert amount == expected


def test_people_and_seats_are_told(judge: Any, answer: Any) -> None:
    _, said = judge(lambda e: RoomCapacity("too small", BAND, e), answer("B1.2 G1 nook", "s4 B1"))
    assert said == ["B1.2 has 9 people in nook (3 seats) in G1."]


@pytest.mark.parametrize(
    ("placements", "expected"),
    [
        ("", 0),
        ("B1.1 R1 hall, B1.2 R2 hall", 0),
        ("B1.1 R1 hall, B1.2 R2 nook", 1),
        ("B1.1 R1 hall, B1.2 R2", 0),
        ("B1.1 R1, B1.2 R2", 0),
        ("B1.1 R1 hall, L1 R2 nook", 0),
    ],
)
def test_room_stability(judge: Any, answer: Any, placements: str, expected: int) -> None:
    amount, _ = judge(lambda e: RoomStability("wanders", BAND, e), answer(placements))
    assert amount == expected


def test_three_rooms_are_two_beyond_one(judge: Any, answer: Any) -> None:
    scope = Scope.of_meetings(["L1", "L2", "L3"])
    amount, said = judge(
        lambda e: RoomStability("wanders", scope, e), answer("L1 R1 hall, L2 R2 nook, L3 R3 moon")
    )
    assert amount == 2
    assert said == ["L1 uses 3 rooms: hall, moon, nook."]


LONG = Time(1, length=2)
TWO_DAYS = Time(0, days=3)


@pytest.mark.parametrize(
    ("scope", "placements", "enrolments", "expected"),
    [
        (Scope(), "", "", 0),
        (Scope(), "B1.1 R1 hall", "", 2),  # 8 people in 10 seats
        (Scope(), "B1.1 R1 hall", "s0 B1", 1),
        (Scope(), "B1.1 R1 nook", "", 0),  # too small is another rule's business
        (Scope(), "B1.1 R1", "", 0),
        (Scope(), "B1.1 R1 moon", "", 0),
        (Scope(), "B1.1 long hall", "", 4),  # for two slots
        (Scope(), "B1.1 both hall", "", 4),  # on two days
        (Scope(), "B1.1 R1 hall, A1 R2 nook", "", 5),
        (BAND, "B1.1 R1 hall, A1 R2 nook", "", 2),
    ],
)
def test_empty_seats(
    judge: Any, answer: Any, scope: Scope, placements: str, enrolments: str, expected: int
) -> None:
    timetable = answer(placements, enrolments, long=LONG, both=TWO_DAYS)
    amount, _ = judge(lambda e: EmptySeats("empty", scope, e), timetable)
    assert amount == expected


@pytest.mark.parametrize(
    ("scope", "placements", "expected"),
    [
        (Scope(), "", 0),
        (Scope(), "B1.1 R1 hall, B1.2 R2 hall", 0),
        (Scope(), "B1.1 R1 hall, B1.2 R2 nook", 1),
        (Scope(), "B1.1 R1 hall, B1.2 long nook", 0),  # a lab may have a room of its own
        (Scope(), "B1.1 R1 hall, B1.2 R2", 0),
        (Scope(), "A1 R1 hall, A2 R2 nook", 0),  # two sections
        (Scope.of_sections(["A1"]), "B1.1 R1 hall, B1.2 R2 nook", 0),
        (Scope.of_sections(["B1"]), "B1.1 R1 hall, B1.2 R2 nook", 1),
    ],
)
def test_rooms_per_section(judge: Any, answer: Any, scope: Scope, placements: str, expected: int) -> None:
    amount, _ = judge(lambda e: RoomsPerSection("rooms", scope, e), answer(placements, long=LONG))
    assert amount == expected


def test_spare_seats_and_rooms_are_told(judge: Any, answer: Any) -> None:
    _, said = judge(
        lambda e: EmptySeats("empty", Scope(), e), answer("B1.1 R1 hall, B1.2 long tent", long=LONG)
    )
    assert said == [
        "B1.1 leaves 2 of 10 seats of hall empty.",
        "B1.2 leaves 42 of 50 seats of tent empty for 2 slots.",
    ]
    _, said = judge(lambda e: RoomsPerSection("rooms", Scope(), e), answer("B1.1 R1 hall, B1.2 R2 nook"))
    assert said == ["B1 (Band) uses 2 rooms: hall, nook."]
