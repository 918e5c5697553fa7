"""Each unmet request has the reason that is true of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from schools_by_hand import WEEK, six_students, six_students_placed, unplaced

from echelon_lib.analysis.requests import (
    reason_kind,
    unmet_by_reason,
    unmet_list,
    unmet_requests,
)
from echelon_lib.constraints.enrolment import AtMostEnrolled, OnlyFor
from echelon_lib.constraints.times import FreeTimes
from echelon_lib.domain.offerings import Request
from echelon_lib.domain.policy import OFF, REQUIRED, Policy, Scope, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable


def reasons(problem: Problem, timetable: Timetable) -> dict[tuple[str, str], str]:
    table = unmet_requests(problem, timetable)
    assert list(table.columns) == ["Student ID", "Course ID", "Reason"]
    return {(student, course): why for student, course, why in table.itertuples(index=False)}


def test_each_reason() -> None:
    assert reasons(six_students(), six_students_placed()) == {
        ("cyd", "Drama"): "not offered",
        ("dan", "Biology"): "no SPED seat",
        ("eve", "Art"): "clash with Chess",
        ("fay", "Chess"): "no seat",
    }


def test_rules_about_students_are_reasons() -> None:
    free = six_students_placed().leave("bob", "C-1")
    only = OnlyFor("grade limits", Scope.of_sections(["C-1"]), REQUIRED, frozenset({"ann"}), "grade 12")
    found = reasons(replace(six_students(), constraints=(*six_students().constraints, only)), free)
    assert found["fay", "Chess"] == "for others: grade limits"
    assert reason_kind(found["fay", "Chess"]) == "for others"
    when = free.placements["C-1"].time
    kept = FreeTimes("lock", Scope(), REQUIRED, "fay", (when,))
    found = reasons(replace(six_students(), constraints=(*six_students().constraints, kept)), free)
    assert found["fay", "Chess"] == "clash with a time to be kept free"


def test_a_seat_that_is_free_is_called_free() -> None:
    timetable = six_students_placed().leave("bob", "C-1")
    assert reasons(six_students(), timetable)["fay", "Chess"] == "free seat in C-1"


def test_only_sections_with_room_are_in_the_way() -> None:
    # A-2 is full: that eve also has Biology when it meets is not what keeps her out of Art.
    timetable = six_students_placed().enrol("eve", "B-1")
    assert reasons(six_students(), timetable)["eve", "Art"] == "clash with Chess"
    # With room in A-2 both courses are in the way.
    timetable = timetable.leave("dan", "A-2")
    assert reasons(six_students(), timetable)["eve", "Art"] == "clash with Biology, Chess"


def test_students_without_the_tag_are_not_held_back_by_its_limit() -> None:
    timetable = six_students_placed().leave("ann", "B-1")
    found = reasons(six_students(), timetable)
    assert found["ann", "Biology"] == "free seat in B-1"
    assert found["dan", "Biology"] == "no SPED seat"


def test_a_full_section_is_no_sped_question() -> None:
    timetable = six_students_placed().enrol("fay", "B-1")
    assert reasons(six_students(), timetable)["dan", "Biology"] == "no seat"


def test_a_priced_sped_limit_keeps_nobody_out() -> None:
    problem = six_students()
    limit, target = problem.constraints
    problem = replace(problem, constraints=(replace(limit, enforcement=priced(1)), target))
    assert reasons(problem, six_students_placed())["dan", "Biology"] == "clash with Art"


def test_a_section_without_a_period_is_named() -> None:
    timetable = unplaced(six_students_placed(), "A-1")
    assert reasons(six_students(), timetable)["eve", "Art"] == "not placed: A-1"


def test_without_seats_as_a_rule_nothing_is_full() -> None:
    problem = replace(six_students(), policy=Policy(seats=OFF))
    assert reasons(problem, six_students_placed())["fay", "Chess"] == "free seat in C-1"


def test_the_same_course_twice_is_met_once() -> None:
    problem = six_students()
    problem = replace(problem, requests=(*problem.requests, Request("again", "ann", ("Art",))))
    assert reasons(problem, six_students_placed())["ann", "Art"] == "asked for twice"


def test_a_request_filled_by_an_alternate_is_still_unmet() -> None:
    problem = six_students()
    requests = tuple(
        replace(r, courses=("Drama", "Chess")) if r.id == "cyd#1" else r for r in problem.requests
    )
    timetable = six_students_placed().leave("eve", "C-1").enrol("cyd", "C-1")
    assert reasons(replace(problem, requests=requests), timetable)["cyd", "Drama"] == "not offered"


def test_nothing_unmet_is_an_empty_table() -> None:
    problem = replace(six_students(), requests=())
    table = unmet_requests(problem, Timetable())
    assert table.empty
    assert list(table.columns) == ["Student ID", "Course ID", "Reason"]
    assert unmet_by_reason(problem, table).empty


def test_unknown_sections_and_students_do_no_harm() -> None:
    timetable = six_students_placed().enrol("fay", "no such section").enrol("nobody", "C-1")
    assert reasons(six_students(), timetable)["fay", "Chess"] == "no seat"


def test_counts_say_how_many_fall_on_sped_students() -> None:
    problem, timetable = six_students(), six_students_placed()
    table = unmet_requests(problem, timetable)
    by_reason = unmet_by_reason(problem, table).set_index("Reason")
    assert by_reason["Requests"].to_dict() == {"clash": 1, "no SPED seat": 1, "no seat": 1, "not offered": 1}
    assert by_reason["Of SPED students"].to_dict() == {
        "clash": 0,
        "no SPED seat": 1,
        "no seat": 0,
        "not offered": 1,
    }


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("clash with Chess, Art", "clash"),
        ("free seat in A-1", "free seat"),
        ("no seat", "no seat"),
        ("rule: a, b", "rule"),
    ],
)
def test_kinds_of_reasons(reason: str, kind: str) -> None:
    assert reason_kind(reason) == kind


def test_a_long_meeting_is_in_the_way_all_along() -> None:
    timetable = six_students_placed()
    double = replace(WEEK.time("R1"), length=2)
    timetable = timetable.place("C-1", double).leave("dan", "A-2")
    assert reasons(six_students(), timetable)["eve", "Art"] == "clash with Chess"


def test_a_rule_that_closes_a_section_with_seats_is_named() -> None:
    problem = six_students()
    closing = AtMostEnrolled("course seats", Scope.of_sections(["C-1"]), REQUIRED, (1,))
    problem = replace(problem, constraints=(*problem.constraints, closing))
    timetable = six_students_placed().leave("bob", "C-1")
    assert reasons(problem, timetable)["fay", "Chess"] == "rule: course seats"
    assert reasons(problem, six_students_placed())["fay", "Chess"] == "no seat", "every seat is taken"


def test_the_list_begins_with_what_weighs_most() -> None:
    problem = six_students()
    requests = tuple(
        replace(one, core=one.id == "eve#1", courses=("Drama", "Chess") if one.id == "cyd#1" else one.courses)
        for one in problem.requests
    )
    problem = replace(problem, requests=requests)
    timetable = six_students_placed().leave("bob", "C-1").enrol("cyd", "C-1")
    table = unmet_list(problem, timetable)
    assert table["Student ID"].tolist() == ["eve", "bob", "dan", "fay", "cyd"]
    assert table.iloc[0].to_dict() == {
        "Student ID": "eve",
        "About": "Eve",
        "Course ID": "Art",
        "Kind": "core",
        "Wish": "2 of 2",
        "Instead": "",
        "Reason": "clash with Chess",
        "Cheapest repair": "not asked",
    }
    assert table.iloc[-1]["Instead"] == "Chess"


def test_whoever_knows_repairs_is_asked_of_what_is_listed() -> None:
    asked: list[tuple[str, str]] = []

    def repair(student: str, course: str) -> str:
        asked.append((student, course))
        return f"move {course}"

    table = unmet_list(six_students(), six_students_placed(), repair=repair, most=2)
    assert asked == list(zip(table["Student ID"], table["Course ID"], strict=True))
    assert table["Cheapest repair"].tolist() == [f"move {course}" for course in table["Course ID"]]
    assert len(table) == 2
    assert unmet_list(replace(six_students(), requests=()), Timetable()).empty


def test_a_request_that_an_alternate_fills_is_asked_about_too() -> None:
    problem = six_students()
    requests = tuple(
        replace(one, courses=("Drama", "Chess")) if one.id == "cyd#1" else one for one in problem.requests
    )
    timetable = six_students_placed().leave("bob", "C-1").enrol("cyd", "C-1")
    table = unmet_list(
        replace(problem, requests=requests), timetable, repair=lambda who, course: f"{who} {course}"
    )
    last = table.iloc[-1]
    assert (last["Instead"], last["Cheapest repair"]) == ("Chess", "cyd Drama")
    assert (table["Cheapest repair"] == table["Student ID"] + " " + table["Course ID"]).all()
