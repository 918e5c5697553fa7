"""How full sections are, and which half-empty ones could be helped."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from schools_by_hand import WEEK, section, six_students, six_students_placed

from echelon_lib.analysis.shares import percent
from echelon_lib.analysis.utilisation import (
    below_target,
    needs,
    utilisation_by_course,
    utilisation_by_section,
)
from echelon_lib.domain.offerings import Course, Request
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable


def one_course(students: int, *seats: int) -> Problem:
    return Problem(
        "one course",
        WEEK,
        (Course.of("Medical Career", [section(f"M-{at}", count) for at, count in enumerate(seats)]),),
        tuple(Attendee(f"s{at}", "student") for at in range(students)),
        requests=tuple(Request(f"r{at}", f"s{at}", ("Medical Career",)) for at in range(students)),
    )


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (981, 1000, "98.1 %"),
        (94, 100, "94 %"),
        (11397, 11400, "99.97 %"),
        (199999, 200000, "99.9995 %"),
        (999, 1000, "99.9 %"),
        (2, 3, "66.6 %"),
        (1, 20000, "0.005 %"),
        (0, 5, "0 %"),
        (5, 5, "100 %"),
        (0, 0, "100 %"),
    ],
)
def test_shares_never_flatter(part: int, whole: int, text: str) -> None:
    assert percent(part, whole) == text


def test_what_cannot_be_passed_is_rounded_up_but_not_to_all() -> None:
    assert percent(2, 3, up=True) == "66.7 %"
    assert percent(199999, 200000, up=True) == "99.9995 %"


def test_sections() -> None:
    table = utilisation_by_section(six_students(), six_students_placed()).set_index("Section")
    assert list(table.columns) == [
        *("Course", "Department", "Teacher", "Period", "Seats", "Enrolled", "SPED"),
        *("Utilisation", "Below target"),
    ]
    assert table.loc["A-1"].tolist() == ["Art", "Arts", "pat", "R1", 2, 1, 0, 0.5, True]
    assert table.loc["A-2", ["Enrolled", "SPED", "Below target"]].tolist() == [2, 1, False]
    assert table.loc["C-1", ["Teacher", "Department"]].tolist() == ["", ""]


def test_three_quarters_is_enough_and_a_seat_less_is_not() -> None:
    problem = one_course(4, 4)
    enrolled = {f"s{at}": frozenset({"M-0"}) for at in range(3)}
    table = utilisation_by_section(problem, Timetable({}, enrolled))
    assert table["Below target"].tolist() == [False]
    assert table["Period"].tolist() == [""]
    table = utilisation_by_section(problem, Timetable({}, dict(list(enrolled.items())[:2])))
    assert table["Below target"].tolist() == [True]


@pytest.mark.parametrize("seats", [0, None])
def test_sections_without_seats_have_no_utilisation(seats: int | None) -> None:
    problem = one_course(1, 5)
    bare = replace(problem.courses[0].sections[0], seats=seats)
    table = utilisation_by_section(
        replace(problem, courses=(Course.of("Medical Career", [bare]),)), Timetable()
    )
    assert table["Utilisation"].isna().all()
    assert table["Below target"].tolist() == [False]


def test_an_empty_school_has_empty_tables_of_the_same_kind() -> None:
    empty = Problem("empty", WEEK)
    for table in (
        utilisation_by_section(empty, Timetable()),
        utilisation_by_course(empty, Timetable()),
        below_target(empty, Timetable()),
    ):
        assert table.empty
        assert len(table.columns) > 8
    full = utilisation_by_section(six_students(), six_students_placed())
    pd.testing.assert_series_equal(utilisation_by_section(empty, Timetable()).dtypes, full.dtypes)


def test_courses() -> None:
    table = utilisation_by_course(six_students(), six_students_placed()).set_index("Course")
    assert table.loc["Art", ["Sections", "Needed", "Seats", "Requests", "Enrolled"]].tolist() == [
        2,
        2,
        4,
        4,
        3,
    ]
    assert table.loc["Art", "Below target"] == 1
    assert table.loc["Drama", ["Sections", "Seats", "Requests"]].tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("students", "seats", "fewest", "structural"),
    [
        (17, (15, 15), 2, True),  # two are needed, and 17 do not fill them
        (15, (15, 15), 1, False),  # one would do: merge
        (30, (15, 15), 2, False),  # enough for all
        (24, (15, 15), 2, False),  # just enough for three quarters of each
        (23, (15, 15), 2, True),
        (0, (15,), 0, False),  # nobody asks: take it away
        (99, (15, 15), 2, False),  # even all are too few
        (16, (15, 30), 1, False),  # the larger one would do
    ],
)
def test_structural_means_that_no_section_can_be_spared(
    students: int, seats: tuple[int, ...], fewest: int, structural: bool
) -> None:
    need = needs(one_course(students, *seats))["Medical Career"]
    assert (need.fewest, need.structural) == (fewest, structural)


def test_places_for_sped_students_count_as_need() -> None:
    problem = six_students()
    asking = tuple(Request(f"x{student}", student, ("Art",)) for student in ("cyd", "dan"))
    need = needs(replace(problem, requests=asking))["Art"]
    assert need.fewest == 2, "two seats in one section would do, but only one of them for a SPED student"


def test_below_target_says_why() -> None:
    problem = one_course(17, 15, 15)
    takes = {f"s{at}": frozenset({"M-0" if at < 9 else "M-1"}) for at in range(17)}
    table = below_target(problem, Timetable({}, takes))
    assert table["Section"].tolist() == ["M-1", "M-0"], "the emptiest first"
    assert table["Structural"].all()
    assert (
        table["Why"][0]
        == "Medical Career has 17 requests: it needs all 2 sections and cannot fill them to 75 %."
    )
    merge = below_target(one_course(15, 15, 15), Timetable())
    assert merge["Why"][0] == "Medical Career has 15 requests: 1 of its 2 sections would hold them."
    assert not merge["Structural"].any()
