"""A meeting without a place: students are offered who could change to a parallel section, none unasked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.search.university.parallel import ParallelOffer, parallel_offers
from echelon_lib.search.university.resolve import resolve
from echelon_lib.stop import MaxIterations
from echelon_lib.university_changes import EnrolmentGrows, FacultyAway, with_university_changes
from tests.tiny_universities import (
    course,
    enrolled,
    person,
    placed,
    room,
    section,
    student,
    university,
)

PARALLEL: dict[str, Any] = {
    "courses": (course("ALG", 1), course("GEN", 1, department="BIO")),
    "sections": (section("ALG-1"), section("ALG-2", faculty="Cy"), section("GEN-1", faculty="Ben")),
    "faculty": (person("Ada", 4), person("Cy", 4), person("Ben", 8)),
    "faculty_times": (),
    "rooms": (room("hall", 40), room("nook", 16)),
    "students": (student("batch", 12), student("zoe"), student("tom")),
    "enrolments": (enrolled("batch", "ALG-2"), enrolled("zoe", "ALG-1", "GEN-1"), enrolled("tom", "ALG-1")),
}
BEFORE = "ALG-1#1 Mon 11:00 hall, ALG-2#1 Mon 09:00 nook"
ONE_HOUR = [
    FacultyAway(faculty=who, **hours)
    for who in ("Ada", "Ben")
    for hours in ({"day": "Tue"}, {"day": "Mon", "to_slot": 2}, {"day": "Mon", "from_slot": 4})
]
"""Ada and Ben can teach at one hour of the week only."""


def offers(before: str = BEFORE, hours: str = "Mon 11:00", most: int = 5, **rows: Any) -> list[ParallelOffer]:
    """What is offered so that genetics may be at some hours."""
    problem = university(**(PARALLEL | rows))
    times = [problem.calendar.time(hour) for hour in hours.split(", ")]
    return [*parallel_offers(problem, placed(problem, before), {"GEN-1#1": times}, most=most)]


def test_somebody_could_go_to_the_parallel_section() -> None:
    (offer,) = offers()
    assert [(one.student, one.leaves, one.joins) for one in offer.switches] == [("zoe", "ALG-1", "ALG-2")]
    assert offer.people == 1
    assert offer.placement.room == "nook"
    assert offer.sentence == (
        "GEN-1#1 could be Mon 11:00 in nook if 1 student changes sections: from ALG-1 to ALG-2."
    )
    assert "zoe" not in repr(offer)


@pytest.mark.parametrize(
    ("rows", "before", "why"),
    [
        ({"students": (student("batch", 16), student("zoe"), student("tom"))}, BEFORE, "no seat in its room"),
        ({}, "ALG-1#1 Mon 11:00 hall, ALG-2#1 Mon 11:00 nook", "it is at the same hour"),
        ({}, "ALG-1#1 Mon 11:00 hall", "it has no place itself"),
        ({"sections": (section("ALG-1"), section("GEN-1", faculty="Ada"))}, BEFORE, "the teacher is busy"),
        ({"sections": (*PARALLEL["sections"][::2],)}, "ALG-1#1 Mon 11:00 hall", "there is none"),
    ],
)
def test_nothing_is_offered_where(rows: dict[str, Any], before: str, why: str) -> None:
    if "sections" in rows:
        rows = {**rows, "enrolments": PARALLEL["enrolments"][1:]}
        before = "ALG-1#1 Mon 11:00 hall"
    assert offers(before, **rows) == [], why


def test_seats_of_the_section_count() -> None:
    few = replace(section("ALG-2", faculty="Cy"), seats=12)
    assert offers(sections=(PARALLEL["sections"][0], few, PARALLEL["sections"][2])) == []


def test_the_hour_with_fewest_students_is_offered() -> None:
    both = (enrolled("zoe", "ALG-1", "GEN-1"), enrolled("tom", "ALG-1", "GEN-1"))
    assert [offer.people for offer in offers(enrolments=both)] == [2]
    assert offers(enrolments=both, most=1) == []
    assert [offer.people for offer in offers(enrolments=both, hours="Mon 11:00, Mon 12:00")] == [0]


def test_what_is_offered_makes_the_week_whole() -> None:
    """Two can teach at one hour only: a re-solve leaves one of them out, and with the offer nobody."""
    problem = university(**PARALLEL)
    published = placed(problem, f"{BEFORE}, GEN-1#1 Tue 09:00 nook")
    done = solved(problem, published, ONE_HOUR)
    assert [one.meeting for one in done.left] in (["GEN-1#1"], ["ALG-1#1"])
    (offer,) = done.offers
    assert f"Offered: {offer.sentence}" in done.facts
    more = [EnrolmentGrows(student=one.student, sections=(one.joins,)) for one in offer.switches]
    assert solved(problem, published, (*ONE_HOUR, *more)).clean


def solved(problem: Problem, published: Timetable, changes: Any) -> Any:
    changed = with_university_changes(problem, published, changes)
    return resolve(changed.problem, published, stop=MaxIterations(5))
