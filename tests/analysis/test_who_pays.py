"""Who pays: counts by group, small groups folded, and what chance would do said exactly."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schools_by_hand import six_students, six_students_placed
from tiny_schools import tiny

from echelon_lib.analysis.student_groups import folded, group_columns, students_by
from echelon_lib.analysis.who_pays import FEWER, MORE, WITHIN, by_chance, folded_away, who_pays
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable


def school(lacking: dict[str, int], counts: dict[str, int]) -> tuple[Problem, Timetable]:
    """A school of one course in which so many students of each programme lack it."""
    students = [f"{group}{number}" for group, count in counts.items() for number in range(count)]
    problem = tiny("Art-1:500", dict.fromkeys(students, "Art"))
    people = tuple(
        replace(one, details={"Programme": one.id.rstrip("0123456789"), "Name": one.id})
        for one in problem.attendees
    )
    problem = replace(problem, attendees=people)
    timetable = Timetable().place("Art-1", problem.calendar.time("R1"))
    without = {f"{group}{number}" for group, count in lacking.items() for number in range(count)}
    takes = {student: frozenset({"Art-1"}) for student in students if student not in without}
    return problem, replace(timetable, enrolments=takes)


def test_groups_are_found_and_names_are_none() -> None:
    problem = six_students()
    people = tuple(
        replace(one, details={**one.details, "Grade": "9" if one.id < "d" else "10", "Home room": "1"})
        for one in problem.attendees
    )
    problem = replace(problem, attendees=people)
    assert group_columns(problem) == ("SPED", "Grade"), "one value is no group, and names are none"
    assert students_by(problem, "SPED") == {"No": ("ann", "bob", "eve", "fay"), "Yes": ("cyd", "dan")}
    assert list(students_by(problem, "Grade")) == ["9", "10"]


def test_each_group_beside_all() -> None:
    table = who_pays(six_students(), six_students_placed(), smallest=1).set_index(["By", "Group"])
    everyone, sped = table.loc[("all", "all")], table.loc[("SPED", "Yes")]
    assert (everyone["Students"], everyone["Requests"], everyone["Incomplete"]) == (6, 11, 4)
    assert everyone["Met"] == pytest.approx(7 / 11)
    assert (sped["Students"], sped["Requests"], sped["Incomplete"]) == (2, 4, 2)
    assert sped["Met"] == 0.5
    assert sped["Complete"] == 0.0
    assert sped["Complete − all"] == pytest.approx(-33.33)
    assert sped["By chance"] == "0 to 2"
    assert sped["Verdict"] == WITHIN, "two students of two prove nothing"


def test_core_and_elective_are_apart() -> None:
    problem = six_students()
    requests = tuple(replace(one, core=one.primary == "Art") for one in problem.requests)
    row = who_pays(replace(problem, requests=requests), six_students_placed(), by=()).iloc[0]
    assert row["Core met"] == pytest.approx(3 / 4)
    assert row["Elective met"] == pytest.approx(4 / 7)


def test_students_are_complete_in_core_and_elective_courses_apart() -> None:
    wishes = {"ann": "Art Band", "bob": "Art Band", "cyd": "Art", "dan": "Chess|Art Band"}
    problem = tiny("Art-1 Band-1 Chess-1", wishes)
    core = tuple(replace(one, core=one.primary != "Band") for one in problem.requests)
    people = tuple(
        replace(one, details={"Grade": "9" if one.id < "c" else "10"}) for one in problem.attendees
    )
    timetable = Timetable().enrol("ann", "Art-1").enrol("ann", "Band-1").enrol("bob", "Art-1")
    timetable = timetable.enrol("dan", "Art-1")
    table = who_pays(replace(problem, requests=core, attendees=people), timetable, smallest=1)
    shares = table[["Group", "Complete", "Core complete", "Elective complete"]].to_numpy().tolist()
    assert shares == [
        ["all", 1 / 4, 3 / 4, 1 / 3],  # only cyd lacks Art; of three who ask for Band, ann has it
        ["9", 1 / 2, 1.0, 1 / 2],
        ["10", 0.0, 1 / 2, 0.0],  # an alternate completes dan, and cyd has no elective
    ]


def test_where_no_course_is_core_nobody_is_core_complete() -> None:
    row = who_pays(six_students(), six_students_placed(), by=()).iloc[0]
    assert math.isnan(row["Core complete"])
    assert row["Elective complete"] == row["Complete"]


def test_an_alternate_completes_a_student_and_meets_nothing() -> None:
    problem = tiny("Art-1 Band-1", {"ann": "Chess|Art", "bob": "Band"})
    timetable = Timetable().enrol("ann", "Art-1").enrol("bob", "Band-1")
    row = who_pays(problem, timetable).iloc[0]
    assert (row["Met"], row["Complete"], row["Incomplete"]) == (0.5, 1.0, 0)


def test_small_groups_are_folded() -> None:
    groups = {"A": tuple("a" * 30), "B": tuple("b" * 12), "C": tuple("c" * 4), "D": tuple("d" * 7)}
    assert {name: len(who) for name, who in folded(groups, 10).items()} == {
        "A": 30,
        "B": 12,
        "2 small groups": 11,
    }
    alone = {"A": tuple("a" * 30), "B": tuple("b" * 12), "C": tuple("c" * 4)}
    shown = {name: len(who) for name, who in folded(alone, 10).items()}
    assert shown == {"A": 30, "2 small groups": 16}, "else C would be what is missing from all"
    assert folded({"A": tuple("a" * 30), "C": tuple("c" * 4)}, 10) == {}
    assert folded(groups, 1) == groups


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1, 40), max_size=7), st.integers(1, 15))
def test_nobody_can_be_told_by_subtraction(sizes: dict[str, int], smallest: int) -> None:
    groups = {name: tuple(f"{name}/{at}" for at in range(size)) for name, size in sizes.items()}
    shown = folded(groups, smallest)
    assert all(len(students) >= smallest for students in shown.values())
    everybody = sorted(student for students in groups.values() for student in students)
    assert not shown or sorted(s for students in shown.values() for s in students) == everybody


def test_what_is_folded_is_said() -> None:
    problem, timetable = school({}, {"A": 30, "B": 12, "C": 4})
    assert list(who_pays(problem, timetable)["Group"]) == ["all", "A", "2 small groups"]
    assert folded_away(problem) == (
        "Programme: 2 groups are folded, since groups under 10 students are not shown.",
    )
    assert folded_away(problem, smallest=1) == ()
    hidden, _ = school({}, {"A": 30, "C": 4})
    assert folded_away(hidden) == ("Programme is not shown: its groups have fewer than 10 students.",)


@pytest.mark.parametrize(("values", "shown"), [(13, True), (20, True), (21, False)])
def test_a_column_with_too_many_values_is_named(values: int, shown: bool) -> None:
    problem, timetable = school({}, {f"P{chr(65 + number)}": 10 for number in range(values)})
    assert group_columns(problem) == (("Programme",) if shown else ())
    assert len(who_pays(problem, timetable)) == (1 + values if shown else 1)
    told = () if shown else (f"Programme is not shown: it has {values} values, more than 20.",)
    assert folded_away(problem) == told
    assert folded_away(problem, smallest=1) == told
    assert len(who_pays(problem, timetable, by=("Programme",))) == 1 + values, "whoever names it gets it"
    assert folded_away(problem, by=("Programme",)) == ()


def test_blanks_are_no_value_and_names_are_not_told() -> None:
    problem, _ = school({}, {f"P{chr(65 + number)}": 10 for number in range(20)})
    first, *others = problem.attendees
    blank = replace(first, details={**first.details, "Programme": " "})
    assert group_columns(replace(problem, attendees=(blank, *others))) == ("Programme",)
    assert not any("Name" in told for told in folded_away(problem)), "200 names are no groups"


def test_noise_is_no_bias_and_bias_is_no_noise() -> None:
    problem, timetable = school({"A": 5, "B": 8}, {"A": 100, "B": 100})
    assert set(who_pays(problem, timetable)["Verdict"][1:]) == {WITHIN}
    problem, timetable = school({"A": 0, "B": 20}, {"A": 100, "B": 100})
    assert list(who_pays(problem, timetable)["Verdict"][1:]) == [FEWER, MORE]


@given(st.integers(1, 60), st.data())
def test_chance_is_exact(everyone: int, data: st.DataObject) -> None:
    lacking, group = data.draw(st.integers(0, everyone)), data.draw(st.integers(0, everyone))
    low, high = by_chance(everyone, lacking, group)

    def chance(first: int, last: int) -> Fraction:
        ways = sum(
            comb(lacking, k) * comb(everyone - lacking, group - k)
            for k in range(first, last + 1)
            if group >= k
        )
        return Fraction(ways, comb(everyone, group))

    most = min(lacking, group)
    assert max(0, lacking + group - everyone) <= low <= high <= most
    slack = Fraction(1, 10**9)
    assert chance(0, low - 1) <= Fraction(1, 40) + slack
    assert chance(high + 1, most) <= Fraction(1, 40) + slack
    if low < high:
        assert chance(0, low) > Fraction(1, 40) - slack, "no wider than need be"
        assert chance(high, most) > Fraction(1, 40) - slack


def test_nobody_asks_for_anything() -> None:
    problem = replace(six_students(), requests=())
    table = who_pays(problem, Timetable())
    assert len(table) == 1
    assert table["Students"].tolist() == [0]
