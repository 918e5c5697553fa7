"""Figures of the analysis: what their data say, and that a large school stays small on a page."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from schools_by_hand import six_students, six_students_placed
from tiny_schools import tiny

from echelon_lib.analysis.conflicts import timetable_conflicts
from echelon_lib.analysis.who_pays import who_pays
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.plots.balance import plot_balance
from echelon_lib.plots.conflicts import plot_conflicts, plot_timetable_conflicts
from echelon_lib.plots.staffing import plot_loads, plot_posts
from echelon_lib.plots.who_pays import plot_complete, plot_requests_met, plot_who_pays


@pytest.fixture(scope="module")
def problem() -> Problem:
    return six_students()


@pytest.fixture(scope="module")
def placed() -> Timetable:
    return six_students_placed()


def test_the_matrix_is_symmetric_and_marks_singletons(problem: Problem) -> None:
    figure = plot_conflicts(problem)
    heat, mixed = figure.data
    assert list(heat.y) == list(heat.x) == ["Art (2)", "<b>Biology (1)</b>", "<b>Chess (1)</b>"]
    assert [list(row) for row in heat.z] == [[None, 2, 2], [2, None, None], [2, None, None]]
    assert mixed.name == "singleton with doubleton"
    assert {frozenset(pair) for pair in zip(mixed.x, mixed.y, strict=True)} == {
        frozenset({"Art (2)", "<b>Biology (1)</b>"}),
        frozenset({"Art (2)", "<b>Chess (1)</b>"}),
    }
    assert "3 courses, 2 singletons and 1 doubletons" in figure.layout.title.subtitle.text


def test_two_singletons_are_marked_apart() -> None:
    figure = plot_conflicts(tiny("Band-1 Choir-1", {"ann": "Band Choir"}))
    assert figure.data[1].name == "singleton with singleton"
    assert figure.data[1].marker.symbol == "square-open"
    empty = plot_conflicts(tiny("Band-1", {"ann": "Band"}))
    assert empty.layout.annotations[0].text == "No student asks for two of these courses."


def test_long_titles_stay_apart_and_are_no_markup() -> None:
    long = "A_course_with_a_very_long_title_of_"
    figure = plot_conflicts(tiny(f"{long}1-1 {long}2-1 <i>Art-1", {"ann": f"{long}1 {long}2 <i>Art"}))
    assert len(set(figure.data[0].x)) == 3
    assert "<b>&lt;i&gt;Art (1)</b>" in figure.data[0].x


def test_a_matrix_of_a_large_school_is_small() -> None:
    dice = random.Random(1)
    courses = [f"C{number:03}" for number in range(200)]
    wishes = {f"s{number}": " ".join(dice.sample(courses, 7)) for number in range(800)}
    figure = plot_conflicts(tiny(" ".join(f"{name}-1" for name in courses), wishes))
    assert len(figure.data[0].z) == 60
    assert "140 further courses not shown" in figure.layout.title.subtitle.text
    assert len(figure.to_json()) < 300_000, "and this one has nothing but singletons"


def test_groups_stand_over_their_chance(problem: Problem, placed: Timetable) -> None:
    figure = plot_who_pays(who_pays(problem, placed, smallest=1))
    bars, within, beyond, mean = figure.data
    assert list(figure.layout.yaxis.ticktext) == ["SPED: No (4)", "SPED: Yes (2)"]
    assert list(bars.base) == [50, 0]
    assert list(bars.x) == [50, 100]
    assert list(within.x) == [50, 100]
    assert list(beyond.x) == []
    assert mean.x[0] == pytest.approx(400 / 6)
    assert "0 of 2 groups differ" in figure.layout.title.subtitle.text
    alone = plot_who_pays(who_pays(problem, placed, by=()))
    assert alone.layout.annotations[0].text == "There are no groups to compare."


def test_requests_met_stand_core_and_elective_apart(problem: Problem, placed: Timetable) -> None:
    requests = tuple(replace(one, core=one.primary == "Art") for one in problem.requests)
    core_school = replace(problem, requests=requests)
    figure = plot_requests_met(who_pays(core_school, placed, smallest=1))
    core, all_core, elective, all_elective = figure.data
    assert (core.name, elective.name) == ("core", "elective")
    assert list(figure.layout.yaxis.ticktext) == ["SPED: No (4)", "SPED: Yes (2)"]
    assert list(core.x) == pytest.approx([200 / 3, 100])
    assert list(elective.x) == pytest.approx([75, 100 / 3])
    assert (all_core.x[0], all_elective.x[0]) == pytest.approx((75, 400 / 7))
    assert figure.layout.title.subtitle.text == "met of all students: core 75.0 %, elective 57.1 %"
    assert core.marker.symbol != elective.marker.symbol


def test_requests_met_are_one_where_no_course_is_core(problem: Problem, placed: Timetable) -> None:
    figure = plot_requests_met(who_pays(problem, placed, smallest=1))
    assert [trace.name for trace in figure.data] == ["all requests", "all requests, all students"]
    assert "core" not in figure.layout.title.text
    for nothing in (who_pays(problem, placed, by=()), who_pays(replace(problem, requests=()), Timetable())):
        assert plot_requests_met(nothing).layout.annotations[0].text == "There are no groups to compare."


def test_students_complete_stand_core_and_elective_apart(problem: Problem, placed: Timetable) -> None:
    requests = tuple(replace(one, core=one.primary == "Art") for one in problem.requests)
    table = who_pays(replace(problem, requests=requests), placed, smallest=1)
    figure = plot_complete(table)
    core, all_core, elective, all_elective = figure.data
    assert (core.name, elective.name) == ("core", "elective")
    assert list(figure.layout.yaxis.ticktext) == ["SPED: No (4)", "SPED: Yes (2)"]
    assert list(core.x) == pytest.approx([200 / 3, 100])
    assert list(elective.x) == pytest.approx([75, 0])
    assert (all_core.x[0], all_elective.x[0]) == pytest.approx((75, 50))
    assert figure.layout.title.subtitle.text == "complete of all students: core 75.0 %, elective 50.0 %"
    assert core.text[0] == "SPED No: 66.7 % of students complete, core"
    assert figure.layout.xaxis.title.text == "Students complete, %"
    whole = plot_complete(who_pays(problem, placed, smallest=1))
    assert [trace.name for trace in whole.data] == ["all requests", "all requests, all students"]
    assert list(whole.data[0].x) == [50, 0]
    nobody = plot_complete(who_pays(problem, placed, by=()))
    assert nobody.layout.annotations[0].text == "There are no groups to compare."


def test_pairs_at_one_time_are_as_long_as_students_lose(problem: Problem, placed: Timetable) -> None:
    together = placed.place("A-2", placed.placements["C-1"].time)
    table = timetable_conflicts(problem, together)
    (bars,) = plot_timetable_conflicts(table).data
    assert bars.name == "singleton with doubleton"
    assert list(bars.x) == table["Losing"].tolist() == [1]
    assert list(plot_timetable_conflicts(table).layout.yaxis.ticktext) == ["Art and Chess (R1)"]
    school = tiny("A-1 B-1 C-1 C-2", {"ann": "A B C", "bob": "A C", "cyd": "A C"})
    once = Timetable()
    for id in school.sections:
        once = once.place(id, school.calendar.time("R1"))
    table = timetable_conflicts(school, once)
    drawn = plot_timetable_conflicts(table, most=2)
    assert sorted(row for bar in drawn.data for row in bar.y) == [0, 1]
    assert "3 pairs, by which 5 times a student loses one; the 2 dearest are drawn" in str(drawn.layout.title)
    assert len({bar.marker.pattern.shape for bar in plot_timetable_conflicts(table).data}) == 2
    none = plot_timetable_conflicts(timetable_conflicts(tiny("A-1", {"ann": "A"}), Timetable()))
    assert none.layout.annotations[0].text.startswith("No two courses that a student asks for")


def test_posts_that_are_missing_look_different(problem: Problem) -> None:
    enough, short, held = plot_posts(problem, full=2).data
    assert list(short.x) == [1.5]
    assert list(short.text) == ["-1.5"]
    assert list(enough.text) == ["+0", "+1"]
    assert list(held.x) == [0.0, 1.0, 2.0]
    assert short.marker.pattern.shape != enough.marker.pattern.shape


def test_loads_are_stacked_by_day_and_labs_marked() -> None:
    school = tiny("Bio-1/pat Bio-2/pat Art-1/quin", {"ann": "Bio"}, labs=["Bio-1", "Bio-2"])
    timetable = Timetable()
    for id, period in {"Bio-1": "R1", "Bio-2": "R2", "Art-1": "G2"}.items():
        timetable = timetable.place(id, school.calendar.time(period))
    on_r, on_g, labs = plot_loads(school, timetable).data
    assert (list(on_r.x), list(on_g.x)) == ([2, 0], [0, 1])
    assert list(labs.y) == ["pat"]
    assert len(plot_loads(school, timetable, most=1).data[0].y) == 1
    nobody = plot_loads(tiny("Art-1", {"ann": "Art"}), Timetable())
    assert nobody.layout.annotations[0].text == "There are no teachers."


def test_a_bar_reaches_from_the_smallest_section_to_the_largest(problem: Problem, placed: Timetable) -> None:
    bars, mean = plot_balance(problem, placed.leave("dan", "A-2").enrol("dan", "A-1")).data
    assert (list(bars.base), list(bars.x)) == ([1], [1])
    assert list(mean.x) == [1.5]
    assert "students with SPED" in plot_balance(problem, placed, by="SPED").layout.title.text
    single = replace(problem, courses=problem.courses[1:], requests=(), constraints=())
    assert plot_balance(single, Timetable()).layout.annotations[0].text == "No course has several sections."
