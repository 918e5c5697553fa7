"""What arithmetic proves of single students: who may take a course, who needs it, who is locked where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from random_schools import random_school_with_locks
from tiny_schools import TWO_DAYS, every, meetings, tiny

from echelon_lib.bounds import request_bound
from echelon_lib.constraints.enrolment import KeptIn, OnlyFor
from echelon_lib.constraints.requests import CoreFilled
from echelon_lib.constraints.times import ForbiddenTimes, FreeTimes
from echelon_lib.domain.policy import REQUIRED, Scope, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.preflight import obstacles, preflight, request_lists

R1, R2, G1, G2 = TWO_DAYS.times
ART = {"ann": "Art", "bob": "Art", "cyd": "Art|Band"}
SOME = frozenset({"ann", "cyd"})


def needed(*requests: str) -> CoreFilled:
    """A rule that some requests be filled."""
    return CoreFilled("graduation", Scope(), REQUIRED, requests)


def lock(section: str, student: str = "ann") -> KeptIn:
    """A student kept in a section."""
    return KeptIn("lock", every(section), REQUIRED, student, "locked by a person")


def fixed(section: str) -> ForbiddenTimes:
    """A section in the first period."""
    return ForbiddenTimes("lock", meetings(section), REQUIRED, (R2, G1, G2), "it is kept to R1")


IMPOSSIBLE: list[tuple[str, Callable[[], Problem], str]] = [
    (
        "needs what is for others",
        lambda: tiny("Art-1:9", ART, OnlyFor("grades", every("Art-1"), REQUIRED, SOME), needed("bob#0")),
        "1 student needs Art to graduate, and neither it nor an alternate is open to them.",
    ),
    (
        "needs what is not offered",
        lambda: tiny("Band-1", {"ann": "Art", "bob": "Art"}, needed("ann#0", "bob#0")),
        "2 students need Art to graduate, and neither",
    ),
    (
        "too few seats",
        lambda: tiny("Art-1:1 Band-1", ART, needed("ann#0", "bob#0", "cyd#0")),
        "2 students need Art to graduate, and its sections hold 1: 1 cannot have it.",
    ),
    (
        "needs it twice",
        lambda: tiny("Art-1", {"ann": "Art Art"}, needed("ann#0", "ann#1")),
        "1 student would need Art twice to graduate; it is given once.",
    ),
    (
        "too few periods",
        lambda: tiny(
            "Art-1 Band-1 Chess-1",
            {"ann": "Art Band Chess"},
            needed("ann#0", "ann#1", "ann#2"),
            FreeTimes("lock", Scope(), REQUIRED, "ann", (R1, G1)),
        ),
        "student ann needs 3 courses to graduate in 2 periods.",
    ),
    (
        "locked into what is for others",
        lambda: tiny(
            "Art-1", ART, OnlyFor("grades", every("Art-1"), REQUIRED, SOME, "grade 9"), lock("Art-1", "bob")
        ),
        "student bob is locked into Art-1 (Art), which is for grade 9 only by 'grades' (locked by a person).",
    ),
    (
        "locked into what is not asked for",
        lambda: tiny("Art-1 Band-1", ART, lock("Band-1")),
        "student ann is locked into Band-1 (Band) and does not ask for the course",
    ),
    (
        "locked into two sections of a course",
        lambda: tiny("Art-1 Art-2", ART, lock("Art-1"), lock("Art-2")),
        "student ann is locked into 2 sections of Art (Art-1, Art-2); a course is taken once.",
    ),
    (
        "locked into two sections at one time",
        lambda: tiny(
            "Art-1 Band-1",
            {"ann": "Art Band"},
            lock("Art-1"),
            lock("Band-1"),
            fixed("Art-1"),
            fixed("Band-1"),
        ),
        "student ann is locked into 2 sections (Art-1, Band-1) that can only be in 1 period (R1).",
    ),
    (
        "free when it meets",
        lambda: tiny(
            "Art-1", ART, lock("Art-1"), fixed("Art-1"), FreeTimes("lock", Scope(), REQUIRED, "ann", (R1,))
        ),
        "kept free in every period in which it can be",
    ),
    (
        "more locks than seats",
        lambda: tiny("Art-1:1", ART, lock("Art-1"), lock("Art-1", "bob")),
        "2 students are locked into Art-1 (Art), which holds 1 of them.",
    ),
]


@pytest.mark.parametrize(
    ("school", "words"), [case[1:] for case in IMPOSSIBLE], ids=[case[0] for case in IMPOSSIBLE]
)
def test_what_cannot_be_kept_is_said_with_its_numbers(school: Callable[[], Problem], words: str) -> None:
    found = obstacles(school())
    assert any(words in one.message for one in found), [one.message for one in found]
    assert all(one.suggestion and one.hindrances for one in found)


def test_requests_of_other_grades_are_counted_by_course() -> None:
    rule = OnlyFor("grade limits", every("Art-1"), REQUIRED, SOME, "grades 9, 10")
    (found,) = (one for one in preflight(tiny("Art-1:9", ART, rule)) if one.rule == "grade limits")
    assert found.severity == "warning"
    assert found.message == (
        "1 student whom 'grade limits' keeps out asks for Art, which is for grades 9, 10 only: "
        "1 cannot have it."
    )
    assert found.who == ("bob",)
    assert "price it instead" in (found.suggestion or "")
    cheap = OnlyFor("grade limits", every("Art-1"), priced(4), SOME, "grades 9, 10")
    (found,) = (one for one in preflight(tiny("Art-1:9", ART, cheap)) if one.rule == "grade limits")
    assert found.severity == "info"
    assert "each costs 4 if it is met" in found.message


def test_nothing_is_called_impossible_that_only_costs() -> None:
    rules = [
        OnlyFor("grades", every("Art-1"), priced(1), frozenset()),
        KeptIn("lock", every("Band-1"), priced(1), "ann"),
        CoreFilled("graduation", Scope(), priced(1, 1), ("ann#0", "bob#0", "cyd#0")),
    ]
    assert obstacles(tiny("Art-1:1 Band-1", ART, *rules)) == ()


def test_proofs_of_random_schools_name_a_rule_in_the_way() -> None:
    for seed in range(80):
        for one in obstacles(random_school_with_locks(seed)):
            assert one.message.endswith("."), one.message
            assert one.suggestion, one.message


def test_pooled_alternates_that_serve_nothing_are_told() -> None:
    school = tiny(
        "Art-1 Band-1 Chess-1",
        {"ann": "Art", "bob": "Art Band", "cyd": "Art"},
        pooled={"ann": ("Chess",), "bob": ("Band", "Chess"), "cyd": ("Chess",)},
    )
    requests = tuple(replace(one, core=one.student == "ann") for one in school.requests)
    school = replace(school, requests=requests)
    notes = {(one.student, one.trouble): one.courses for one in request_lists(school)}
    assert notes[("ann", "unused alternate")] == ("Chess",)
    assert notes[("bob", "idle alternate")] == ("Band",)
    assert not any(student == "cyd" for student, _ in notes)
    (found,) = (one for one in preflight(school) if one.rule == "unused alternate")
    assert found.message == (
        "1 student names an alternate for any elective (Chess) and asks for core courses only."
    )


def test_the_bound_knows_for_whom_a_course_is() -> None:
    rule = OnlyFor("grades", every("Art-1"), REQUIRED, SOME)
    bound = request_bound(tiny("Art-1:9 Band-1:9", ART, rule))
    assert (bound.unmet, bound.cost) == (1, 100)
    assert "grades" in bound.covers
    assert request_bound(tiny("Art-1:9 Art-2:9", ART, rule)).unmet == 0, "the other section is for all"
    priced_one = OnlyFor("grades", every("Art-1"), priced(1), SOME)
    assert request_bound(tiny("Art-1:9", ART, priced_one)).unmet == 0
