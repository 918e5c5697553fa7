"""The conflict matrix counts students, puts first what matters, and knows what a timetable sets at odds."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import combinations
from time import process_time

import pytest
from schools_by_hand import WEEK, section, six_students, six_students_placed
from tiny_schools import tiny

from echelon_lib.analysis.conflicts import (
    asking_table,
    conflict_matrix,
    pair_kind,
    students_asking,
    timetable_conflicts,
)
from echelon_lib.domain.errors import EchelonError
from echelon_lib.domain.offerings import Course, Part
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable


@pytest.fixture
def school() -> Problem:
    """Two singletons, a doubleton, a course of three sections and one that nobody teaches."""
    wishes = {
        "ann": "Band Choir Art",
        "bob": "Band Choir",
        "cyd": "Band Art Gym",
        "dan": "Choir Gym",
        "eve": "Art Gym Drama",
        "fay": "Art Gym",
    }
    return tiny("Band-1 Choir-1 Art-1 Art-2 Gym-1 Gym-2 Gym-3", wishes)


def counted(problem: Problem) -> Counter[tuple[str, str]]:
    """Count by hand who asks for both of two courses."""
    found: Counter[tuple[str, str]] = Counter()
    for requests in problem.requests_of.values():
        for pair in combinations(sorted({one.primary for one in requests}), 2):
            found[pair] += 1
    return found


def test_each_cell_counts_its_students(school: Problem) -> None:
    table = conflict_matrix(school).table()
    assert table.loc["Band", "Choir"] == table.loc["Choir", "Band"] == 2
    assert table.loc["Art", "Gym"] == 3
    assert table.loc["Art", "Art"] == 4, "the diagonal counts the requests"
    assert "Drama" not in table, "what has no section meets at no time"
    wanted = {pair: count for pair, count in counted(school).items() if "Drama" not in pair}
    names = [tuple(sorted(pair)) for pair in combinations(table, 2) if table.loc[pair]]
    assert {pair: table.loc[pair] for pair in names} == wanted


def test_what_matters_comes_first(school: Problem) -> None:
    matrix = conflict_matrix(school)
    pairs = matrix.pairs()
    first = pairs.iloc[0]
    assert (first["Course"], first["Other course"], first["Kind"]) == (
        "Band",
        "Choir",
        "singleton with singleton",
    )
    assert first["Pressure"] == 2.0
    assert pairs.iloc[-1]["Pressure"] == pairs["Pressure"].min()
    assert matrix.courses[:2] == ("Band", "Choir")
    assert matrix.sections[:2] == (1, 1)


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (1, 1, "singleton with singleton"),
        (2, 1, "singleton with doubleton"),
        (3, 2, "doubleton with 3 sections"),
    ],
)
def test_kinds_of_pairs(one: int, other: int, words: str) -> None:
    assert pair_kind(one, other) == words


def test_filters_leave_out_pairs_and_courses(school: Problem) -> None:
    assert conflict_matrix(school, sections=1).courses == ("Band", "Choir")
    assert set(conflict_matrix(school, sections=2).courses) == {"Band", "Choir", "Art"}
    often = conflict_matrix(school, at_least=2).pairs()
    assert often["Students"].min() == 2
    assert conflict_matrix(school, at_least=99).courses == ()
    assert conflict_matrix(school, at_least=99).pairs().empty
    cut = conflict_matrix(school, most=1)
    assert (len(cut.courses), cut.left_out) == (1, 3)


def test_a_department_brings_its_neighbours() -> None:
    pairs = conflict_matrix(six_students(), department="Science").pairs()
    assert {tuple(sorted(row)) for row in pairs[["Course", "Other course"]].to_numpy().tolist()} == {
        ("Art", "Biology")
    }
    assert pairs["Students"].tolist() == [2]


def test_the_same_course_twice_is_asked_for_once(school: Problem) -> None:
    again = replace(school.requests[0], id="again")
    doubled = replace(school, requests=(*school.requests, again))
    assert (conflict_matrix(doubled).students == conflict_matrix(school).students).all()


def test_a_cell_opens_its_students(school: Problem) -> None:
    assert students_asking(school, "Band", "Choir") == ("ann", "bob")
    assert students_asking(school, "Band") == ("ann", "bob", "cyd")
    with pytest.raises(EchelonError, match="There is no course 'Bnad'"):
        students_asking(school, "Bnad", "Choir")


def test_students_who_lose_a_course_stand_first() -> None:
    table = asking_table(six_students(), "Art", "Chess", six_students_placed())
    assert table.to_dict("list") == {
        "Student ID": ["eve", "bob"],
        "About": ["Eve", "Bob"],
        "Without": ["Art", ""],
    }
    assert list(asking_table(six_students(), "Art", "Chess")) == ["Student ID", "About"]


def test_a_timetable_sets_courses_against_each_other(school: Problem) -> None:
    when = {"Band-1": "R1", "Choir-1": "R1", "Art-1": "R1", "Art-2": "R2", "Gym-1": "R2", "Gym-2": "R2"}
    timetable = Timetable()
    for id, period in when.items():
        timetable = timetable.place(id, school.calendar.time(period))
    timetable = (
        timetable.enrol("ann", "Band-1", "Art-2").enrol("bob", "Choir-1").enrol("dan", "Choir-1", "Gym-1")
    )
    table = timetable_conflicts(school, timetable)
    assert table.to_dict("list") == {
        "Course": ["Band"],
        "Other course": ["Choir"],
        "Kind": ["singleton with singleton"],
        "Period": ["R1"],
        "Students": [2],
        "Losing": [2],
        "Requests lost": [2],
    }
    apart = timetable.place("Choir-1", school.calendar.time("G1"))
    assert timetable_conflicts(school, apart).empty
    assert timetable_conflicts(school, Timetable()).empty, "what has no period offers nothing"


def test_several_sections_at_once_are_no_way_around() -> None:
    school = tiny("Band-1 Art-1 Art-2", {"ann": "Band Art"})
    timetable = Timetable()
    for id in school.meetings:
        timetable = timetable.place(id, school.calendar.time("R1"))
    assert timetable_conflicts(school, timetable)["Requests lost"].tolist() == [2]
    assert timetable_conflicts(school, timetable.place("Art-2", school.calendar.time("G2"))).empty


def test_a_part_that_always_clashes_is_enough() -> None:
    problem = six_students()
    two = Course("Art", (Part("Art talk", (section("A-1", 2),)), Part("Art lab", (section("A-2", 2),))))
    problem = replace(problem, courses=(two, *problem.courses[1:]), constraints=())
    timetable = six_students_placed().place("A-1", WEEK.time("G2"))
    table = timetable_conflicts(problem, timetable).set_index(["Course", "Other course"])
    assert ("Biology", "Art") in table.index or ("Art", "Biology") in table.index
    assert len(table) == 1


def test_a_large_school_takes_a_moment() -> None:
    dice = random.Random(5)
    courses = [f"C{number:03}" for number in range(380)]
    sections = " ".join(f"{name}-{at}" for name in courses for at in range(dice.choice((1, 1, 2, 3, 8))))
    wishes = {f"s{number}": " ".join(dice.sample(courses, 7)) for number in range(4000)}
    problem = tiny(sections, wishes)
    begun = process_time()
    matrix = conflict_matrix(problem)
    assert process_time() - begun < 2
    pair = (matrix.courses[0], matrix.courses[1])
    assert matrix.students[0, 1] == len(students_asking(problem, *pair))
