"""Demand against seats, and the sentence that says what no schedule can pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from schools_by_hand import six_students

from echelon_lib.analysis.demand import ceiling, demand_by_course
from echelon_lib.domain.offerings import Request
from echelon_lib.domain.policy import Policy, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.preflight import preflight


@pytest.fixture
def problem() -> Problem:
    return six_students()


def test_the_scarcest_courses_come_first(problem: Problem) -> None:
    table = demand_by_course(problem).set_index("Course")
    assert list(table.index) == ["Chess", "Biology", "Drama", "Art"]
    assert table.loc["Chess", ["Seats", "Places", "Requests", "SPED", "Missing"]].tolist() == [2, 2, 3, 0, 1]
    assert table.loc["Chess", "Asked for"] == 1.5
    assert table.loc["Art", ["Sections", "Needed", "Requests", "SPED", "Missing"]].tolist() == [2, 2, 4, 1, 0]


def test_places_for_special_education_count(problem: Problem) -> None:
    table = demand_by_course(problem).set_index("Course")
    assert table.loc["Biology", ["Requests", "Places", "SPED", "Missing"]].tolist() == [3, 3, 2, 1]


def test_a_course_without_sections_has_no_share(problem: Problem) -> None:
    drama = demand_by_course(problem).set_index("Course").loc["Drama"]
    assert drama["Places"] == 0
    assert drama["Asked for"] != drama["Asked for"]


def test_seats_with_a_price_are_still_the_measure(problem: Problem) -> None:
    generous = replace(problem, policy=replace(problem.policy, seats=priced(3)))
    table = demand_by_course(generous).set_index("Course")
    assert table.loc["Chess", ["Places", "Missing"]].tolist() == [2, 0]


def test_the_ceiling_counts_what_is_lost(problem: Problem) -> None:
    said = ceiling(problem)
    total = len(problem.requests)
    assert said.startswith(f"No schedule can meet more than {total - 3} of {total} requests (")


def test_the_ceiling_says_where_arithmetic_finds_room(problem: Problem) -> None:
    roomy = replace(problem, requests=(Request("r", "ann", ("Art",)),))
    assert ceiling(roomy).startswith("Arithmetic finds room for all 1 of 1 requests")
    assert ceiling(replace(problem, requests=())) == "There are no requests, so none can be lost."


def test_first_choices_are_not_promised_where_only_alternates_are_left(problem: Problem) -> None:
    wanted = tuple(Request(f"{who}#0", who, ("Chess", "Art")) for who in ("ann", "bob", "eve"))
    said = ceiling(replace(problem, requests=wanted))
    assert said == ("All 3 requests may be filled, but no schedule can meet every one with its first choice.")


def test_a_proof_that_nothing_is_possible_comes_first(problem: Problem) -> None:
    crowded = replace(problem, policy=Policy(requests=replace(problem.policy.requests, mode="required")))
    said = ceiling(crowded, preflight(crowded))
    assert said.startswith("No timetable can keep all required rules: ")
