"""What a teacher teaches; the timetable has no say in it."""

from __future__ import annotations

from typing import Any

import pytest

from echelon_lib.constraints.load import DedicatedTeacher, MaximumLoad, OneTeacher, OwnDepartment
from echelon_lib.domain.policy import Scope

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
