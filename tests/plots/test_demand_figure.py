"""Demand as a figure, and figures of large schools that stay of a size."""

from __future__ import annotations

from dataclasses import replace

import pytest
from schools_by_hand import many_sections, six_students, six_students_placed

from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.plots.demand import plot_demand
from echelon_lib.plots.grid import plot_grid
from echelon_lib.plots.utilisation import plot_utilisation, plot_utilisation_by_course


@pytest.fixture(scope="module")
def problem() -> Problem:
    return six_students()


@pytest.fixture(scope="module")
def placed() -> Timetable:
    return six_students_placed()


def test_demand_stands_beside_places(problem: Problem) -> None:
    figure = plot_demand(problem)
    enough, short, places = figure.data
    assert list(figure.layout.yaxis.ticktext) == ["Chess", "Biology", "Drama", "Art"]
    assert dict(zip(short.customdata, short.x, strict=True)) == {"Chess": 3, "Biology": 3, "Drama": 1}
    assert dict(zip(enough.customdata, enough.x, strict=True)) == {"Art": 4}
    assert dict(zip(places.customdata, places.x, strict=True)) == {
        "Chess": 2,
        "Biology": 3,
        "Drama": 0,
        "Art": 4,
    }
    assert short.marker.pattern.shape != enough.marker.pattern.shape, "colour is never the only sign"
    assert figure.layout.title.subtitle.text.startswith("3 of 4 courses are asked for by more students")


def test_only_the_scarcest_are_shown(problem: Problem) -> None:
    figure = plot_demand(problem, most=1)
    assert list(figure.layout.yaxis.ticktext) == ["Chess"]
    assert figure.layout.title.subtitle.text.endswith("1 of 4 courses shown")


def test_a_title_is_no_markup(problem: Problem) -> None:
    courses = tuple(replace(course, id=f"<b>{course.id}") for course in problem.courses[:3])
    figure = plot_demand(replace(problem, courses=courses, requests=()))
    assert "&lt;b&gt;Chess" in figure.layout.yaxis.ticktext


def test_a_school_without_courses_says_so(problem: Problem) -> None:
    figure = plot_demand(replace(problem, courses=(), requests=(), constraints=()))
    assert figure.layout.annotations[0].text == "There are no courses."


def test_the_emptiest_courses_are_shown_first(problem: Problem, placed: Timetable) -> None:
    sections = plot_utilisation(problem, placed, most=2)
    assert list(sections.layout.yaxis.ticktext) == ["Art", "Biology"]
    assert sections.layout.title.subtitle.text == (
        "2 of 4 sections use less than 75 % of their seats; the 2 emptiest of 3 courses"
    )
    courses = plot_utilisation_by_course(problem, placed, most=1)
    assert list(courses.data[0].y) == ["Biology"]
    assert courses.layout.title.subtitle.text == "7 of 9 seats are used; the 1 emptiest of 3 courses"
    assert plot_utilisation(problem, placed, most=3) == plot_utilisation(problem, placed)


def test_a_large_school_fits_a_page() -> None:
    problem, timetable = many_sections()
    figure = plot_grid(problem, timetable, most=40)
    assert figure.layout.height < 1200
    assert len(figure.data[0].y) == 40
    assert "the first 40 of 169 rows" in figure.layout.title.subtitle.text
