"""Figures hold the right numbers, say them in words as well, and take names for names."""

from __future__ import annotations

import time
from dataclasses import replace

import plotly.graph_objects as go
import pytest
from schools_by_hand import WEEK, many_sections, result_of, section, six_students, six_students_placed

from echelon_lib.analysis.requests import unmet_requests
from echelon_lib.domain.offerings import Course
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.plots.comparison import plot_comparison, plot_measures
from echelon_lib.plots.grid import plot_grid
from echelon_lib.plots.progress import plot_progress
from echelon_lib.plots.requests import plot_unmet
from echelon_lib.plots.utilisation import plot_utilisation, plot_utilisation_by_course
from echelon_lib.runs.record import Reached
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.solvers.result import TracePoint


@pytest.fixture(scope="module")
def problem() -> Problem:
    return six_students()


@pytest.fixture(scope="module")
def placed() -> Timetable:
    return six_students_placed()


def words(figure: go.Figure) -> str:
    return " ".join(note.text for note in figure.layout.annotations)


def test_utilisation_of_sections(problem: Problem, placed: Timetable) -> None:
    figure = plot_utilisation(problem, placed)
    enough, low = figure.data
    assert dict(zip(low.text, low.x, strict=True)) == pytest.approx({"A-1": 50.0, "B-1": 200 / 3})
    assert dict(zip(enough.text, enough.x, strict=True)) == {"A-2": 100.0, "C-1": 100.0}
    assert enough.marker.symbol != low.marker.symbol, "colour is never the only sign"
    assert "text" in low.mode
    assert figure.layout.title.subtitle.text == "2 of 4 sections use less than 75 % of their seats"
    assert figure.layout.shapes[0].x0 == 75
    assert list(figure.layout.yaxis.ticktext) == ["Art", "Biology", "Chess"]
    assert {round(y) for y in (*low.y, *enough.y)} == {0, 1, 2}


def test_sections_of_a_course_lie_side_by_side(problem: Problem, placed: Timetable) -> None:
    figure = plot_utilisation(problem, placed)
    heights = [y for trace in figure.data for y in trace.y]
    assert len(set(heights)) == 4


def test_utilisation_of_courses(problem: Problem, placed: Timetable) -> None:
    (bars,) = plot_utilisation_by_course(problem, placed).data
    assert dict(zip(bars.y, bars.x, strict=True)) == pytest.approx(
        {"Art": 75.0, "Biology": 200 / 3, "Chess": 100}
    )
    assert list(bars.text) == ["3/4 · 75 %", "2/3 · 66.6 % · low", "2/2 · 100 %"]
    assert list(bars.marker.pattern.shape) == ["", "/", ""]


def test_grid(problem: Problem, placed: Timetable) -> None:
    (heat,) = plot_grid(problem, placed).data
    assert list(heat.y) == ["pat", "quin", "ruth", "(no teacher)"]
    assert list(heat.x) == ["R1", "R2", "G1", "G2"]
    assert list(heat.text[0]) == ["A-1 ▾50 %", "A-2", "", ""], "colour is never the only sign"
    assert [heat.z[0][0], heat.z[0][1], heat.z[0][2]] == [50.0, 100.0, None]
    assert heat.customdata[1][1] == "B-1 Biology: 2 of 3 seats, 66.6 %"
    (heat,) = plot_grid(problem, placed.place("A-2", WEEK.time("R1")), by="department").data
    assert heat.text[0][0] == "A-1, A-2"
    assert heat.z[0][0] == 75.0


def test_a_real_school_is_drawn_quickly() -> None:
    many, timetable = many_sections()
    plot_grid(*many_sections(4, 2))  # what is imported at first use is not measured
    start = time.perf_counter()
    figure = plot_grid(many, timetable)
    plot_utilisation(many, timetable)
    assert time.perf_counter() - start < 2
    assert sum(bool(text) for line in figure.data[0].text for text in line) == 482
    (heat,) = plot_grid(many, timetable, by="department").data
    assert any("sections" in text for line in heat.text for text in line)


def test_numbers_and_dates_as_names_stay_names() -> None:
    odd = Problem(
        "odd",
        WEEK,
        (Course.of("2026-01-01", [section("1", 2, "007"), section("2", 2, "<b>x</b> & co")]),),
        (Attendee("007", "teacher"), Attendee("<b>x</b> & co", "teacher")),
    )
    figure = plot_grid(odd, Timetable().place("1", WEEK.time("R1")))
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == ("category", "category")
    assert list(figure.data[0].y) == ["007", "&lt;b&gt;x&lt;/b&gt; &amp; co"]
    assert plot_utilisation_by_course(odd, Timetable()).layout.yaxis.type == "category"


def test_progress(problem: Problem, placed: Timetable) -> None:
    figure = plot_progress(result_of(problem, placed, bound=100))
    incumbent, bound = figure.data
    assert (incumbent.name, list(incumbent.x), list(incumbent.y)) == ("incumbent", [0.5, 0.9], [500, 400])
    assert (bound.name, list(bound.x), list(bound.y)) == ("bound", [0.1, 0.5, 0.9], [0, 0, 100])
    assert incumbent.line.dash != bound.line.dash
    assert "Level 1: 400, at least 100" in words(figure)


def test_progress_has_a_panel_for_each_level(problem: Problem, placed: Timetable) -> None:
    result = result_of(problem, placed, bound=400)
    second = replace(result.trace[1], level=2)
    figure = plot_progress(replace(result, trace=(*result.trace, second)))
    assert len(figure.data) == 4
    assert "Level 1: 400, proven" in words(figure)


def test_a_level_that_became_cheaper_after_a_later_one_stays_in_its_panel(
    problem: Problem, placed: Timetable
) -> None:
    points = [(1, 900), (2, 50), (1, 800), (2, 60), (2, 40)]
    trace = tuple(TracePoint(float(at), level, cost, None) for at, (level, cost) in enumerate(points))
    figure = plot_progress(replace(result_of(problem, placed, bound=400), trace=trace))
    lines = [(list(line.x), list(line.y)) for line in figure.data if line.name == "incumbent"]
    assert lines == [([0, 2], [900, 800]), ([1, 3, 4], [50, 60, 40])]


def test_comparison(problem: Problem, placed: Timetable) -> None:
    better = evaluate(problem, placed.enrol("fay", "A-1"))
    figure = plot_comparison({"greedy": evaluate(problem, placed), "other": better})
    greedy, other = figure.data
    assert list(greedy.x) == ["Requests met", "Requests filled", "Students complete"]
    assert list(greedy.y) == pytest.approx([700 / 11, 700 / 11, 200 / 6])
    assert greedy.text[0] == "63.6 %<br>7 of 11"
    assert other.name == "other (breaks required rules)"
    assert greedy.marker.pattern.shape != other.marker.pattern.shape


def test_comparison_with_a_run_of_which_only_figures_are_left(problem: Problem, placed: Timetable) -> None:
    earlier = Reached(requests=11, met=5, filled=6, students=6, complete=1, feasible=False)
    now, before = plot_comparison({"now": evaluate(problem, placed), "before": earlier}).data
    assert list(before.x) == list(now.x)
    assert list(before.y) == pytest.approx([500 / 11, 600 / 11, 100 / 6])
    assert before.name == "before (breaks required rules)"


def test_measures_of_variants_are_compared_in_per_cent() -> None:
    figure = plot_measures(
        {
            "Balanced": {"faculty_preference": 88.0, "student_compactness": 8.5, "peak_load": 1.2},
            "Own <b>": {"faculty_preference": 91.25, "student_compactness": None},
        }
    )
    balanced, own = figure.data
    assert dict(zip(balanced.x, balanced.y, strict=True)) == {
        "Faculty preference": 88.0,
        "Compactness for students": 85.0,
    }, "marks out of ten count ten times, and what is no share is left out"
    assert list(balanced.text) == ["88.0", "8.50"]
    assert list(own.x) == ["Faculty preference"]
    assert own.name == "Own &lt;b&gt;"
    assert own.marker.pattern.shape != balanced.marker.pattern.shape


def test_unmet(problem: Problem, placed: Timetable) -> None:
    figure = plot_unmet(unmet_requests(problem, placed))
    found = {
        (course, bar.name): count for bar in figure.data for course, count in zip(bar.y, bar.x, strict=True)
    }
    assert found == {
        ("Art", "clash"): 1,
        ("Biology", "no SPED seat"): 1,
        ("Chess", "no seat"): 1,
        ("Drama", "not offered"): 1,
    }
    assert len({bar.marker.pattern.shape for bar in figure.data}) == 4


def test_figures_of_nothing_say_so(problem: Problem) -> None:
    empty = Problem("empty", WEEK)
    said = {
        words(plot_utilisation(empty, Timetable())),
        words(plot_utilisation_by_course(empty, Timetable())),
        words(plot_grid(empty, Timetable())),
        words(plot_progress(replace(result_of(problem, None), trace=()))),
        words(plot_comparison({})),
        words(plot_measures({})),
        words(plot_unmet(unmet_requests(empty, Timetable()))),
    }
    assert len(said) == 7
    assert "Every request is met." in said
    assert all(said)
