"""Rounds of advice are drawn with the right numbers, and what was taken back is not told by colour alone."""

from __future__ import annotations

from dataclasses import replace

import plotly.graph_objects as go
import pytest
from schools_by_hand import WEEK, section, six_students, six_students_placed

from echelon_lib.analysis.score import Score
from echelon_lib.domain.offerings import Course
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.plots.rounds import plot_before_after, plot_rounds
from echelon_lib.plots.theme import INK


@pytest.fixture
def changed() -> tuple[Problem, Timetable]:
    """The six students without A-2, and with a new section C-2."""
    problem, placed = six_students(), six_students_placed()
    art, biology, chess, drama = problem.courses
    art = Course.of("Art", [section("A-1", 4, "pat", department="Arts")], department="Arts")
    chess = Course.of("Chess", [*chess.sections, section("C-2", 4)])
    after = replace(problem, courses=(art, biology, chess, drama), constraints=())
    left = Timetable(
        {id: place for id, place in placed.placements.items() if id != "A-2"},
        {student: ids - {"A-2"} for student, ids in placed.enrolments.items()},
    )
    for student in ("bob", "dan"):
        left = left.enrol(student, "A-1")
    return after, left.place("C-2", WEEK.time("G1")).enrol("fay", "C-2")


def trace(figure: go.Figure, name: str) -> dict[str, float]:
    (found,) = (one for one in figure.data if one.name == name)
    return dict(zip(found.text, found.x, strict=True))


def test_each_number_of_the_score_has_a_panel() -> None:
    scores = {"First solve": Score(500, 6, 40), "Round 1": Score(500, 3, 21), "Round 2": Score(600, 2, 9)}
    figure = plot_rounds(scores, undone={"Round 2"})
    unmet, surplus, shortfall = figure.data
    assert [list(one.y) for one in (unmet, surplus, shortfall)] == [[500, 500, 600], [6, 3, 2], [40, 21, 9]]
    assert [note.text for note in figure.layout.annotations] == [
        "Unmet weight",
        "Surplus sections",
        "Shortfall, students",
    ]
    assert list(unmet.x) == ["First solve", "Round 1", "Round 2 (taken back)"]
    assert list(unmet.marker.pattern.shape) == ["", "", "/"], "colour is never the only sign"
    assert figure.layout.font.color == INK
    assert len({one.xaxis for one in figure.data}) == 3
    assert "less is better" in figure.layout.title.subtitle.text


def test_names_of_rounds_stay_names() -> None:
    bars = plot_rounds({"<b>1</b>": Score(1, 1, 1)}).data[0]
    assert list(bars.x) == ["&lt;b&gt;1&lt;/b&gt;"]


def test_sections_before_and_after(changed: tuple[Problem, Timetable]) -> None:
    problem, placed = six_students(), six_students_placed()
    figure = plot_before_after(problem, placed, *changed)
    assert trace(figure, "before") == pytest.approx({"A-1": 50.0, "B-1": 200 / 3, "C-1": 100.0})
    assert trace(figure, "after")["A-1"] == pytest.approx(150.0), "measured against the seats before"
    assert trace(figure, "given up") == {"A-2": 100.0}
    assert trace(figure, "new") == {"C-2": 25.0}
    assert len({one.marker.symbol for one in figure.data if one.name}) == 4
    assert figure.layout.title.subtitle.text == "below 75 %: 2 before, 2 after; 1 given up, 1 new"
    assert "Art · A-1" in figure.layout.yaxis.ticktext
    assert figure.layout.shapes[0].x0 == 75


def test_the_courses_with_most_to_show_come_first(changed: tuple[Problem, Timetable]) -> None:
    figure = plot_before_after(six_students(), six_students_placed(), *changed, most=2)
    assert {text.split(" · ")[0] for text in figure.layout.yaxis.ticktext} == {"Art", "Chess"}
    assert figure.layout.title.subtitle.text.endswith("; 2 of 3 courses")


def test_points_say_what_they_are(changed: tuple[Problem, Timetable]) -> None:
    figure = plot_before_after(six_students(), six_students_placed(), *changed)
    (new,) = (one for one in figure.data if one.name == "new")
    assert list(new.customdata[0]) == ["Chess", 1, 4]
    assert "new" in new.hovertemplate


def test_figures_of_no_round_say_so() -> None:
    empty = Problem("empty", WEEK)
    said = [plot_rounds({}), plot_before_after(empty, Timetable(), empty, Timetable())]
    assert [one.layout.annotations[0].text for one in said] == ["Nobody was asked.", "No section has seats."]
