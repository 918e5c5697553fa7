"""How many students a section has, and how many of them carry a tag."""

from __future__ import annotations

from typing import Any

import pytest

from echelon_lib.constraints.base import Shape
from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled
from echelon_lib.domain.policy import Scope

ART = Scope.of_sections(["A1", "A2"])
FULL = "s0 A1, s1 A1, s2 A1, s3 A1, s4 A2"  # the first three carry the tag


@pytest.mark.parametrize(
    ("limits", "tag", "shape", "expected"),
    [
        ((4, 1), None, "linear", 0),
        ((3, 1), None, "linear", 1),
        ((2, 0), None, "linear", 3),  # each section by its own limit
        ((1, 0), None, "quadratic", 10),
        ((1, 0), None, "step", 2),
        ((3, 0), "SPED", "linear", 0),
        ((1, 0), "SPED", "linear", 2),
        ((1, 0), "SPED", "quadratic", 4),
        ((0, 0), "sped", "linear", 0),  # tags are words, not guesses
    ],
)
def test_at_most(
    judge: Any, answer: Any, limits: tuple[int, ...], tag: str | None, shape: Shape, expected: int
) -> None:
    amount, _ = judge(
        lambda e: AtMostEnrolled("most", ART, e, limits, tag, shape=shape), answer(enrolments=FULL)
    )
    assert amount == expected


@pytest.mark.parametrize(
    ("limits", "tag", "shape", "expected"),
    [
        ((4, 1), None, "linear", 0),
        ((5, 1), None, "linear", 1),
        ((6, 4), None, "linear", 5),
        ((6, 4), None, "quadratic", 13),
        ((6, 4), None, "step", 2),
        ((3, 0), "SPED", "linear", 0),
        ((3, 1), "SPED", "linear", 1),
        ((5, 2), "SPED", "quadratic", 8),
        ((0, 0), None, "linear", 0),
    ],
)
def test_at_least(
    judge: Any, answer: Any, limits: tuple[int, ...], tag: str | None, shape: Shape, expected: int
) -> None:
    amount, _ = judge(
        lambda e: AtLeastEnrolled("least", ART, e, limits, tag, shape=shape), answer(enrolments=FULL)
    )
    assert amount == expected


def test_a_section_without_anybody_misses_everybody(judge: Any, answer: Any) -> None:
    assert judge(lambda e: AtLeastEnrolled("least", ART, e, (10, 5)), answer())[0] == 15


def test_nobody_counts_in_a_section_that_does_not_exist(judge: Any, answer: Any) -> None:
    timetable = answer(enrolments="s0 A9, s1 A9")
    assert judge(lambda e: AtMostEnrolled("most", ART, e, (0, 0)), timetable)[0] == 0


def test_counts_and_reasons_are_told(judge: Any, answer: Any) -> None:
    timetable = answer(enrolments=FULL)
    _, said = judge(lambda e: AtMostEnrolled("most", ART, e, (2, 9), "SPED", "SPED limit"), timetable)
    assert said == ["A1 (Art) has 3 SPED students, 1 more than 2 (SPED limit)."]
    _, said = judge(lambda e: AtLeastEnrolled("least", ART, e, (4, 3), reason="75 % of 4"), timetable)
    assert said == ["A2 (Art) has 1 students, 2 fewer than 3 (75 % of 4)."]
