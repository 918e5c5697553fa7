"""The conflict matrix and who pays as views: filters, the students behind a cell, and folded groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from schools_by_hand import six_students, six_students_placed
from test_schools import tables, written

from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.widgets.conflict_view import ConflictView, conflict_view
from echelon_lib.widgets.figure_view import FigureView, PlotlyScript
from echelon_lib.widgets.group_view import GroupView
from echelon_lib.widgets.result_views import files, sections
from echelon_lib.widgets.unmet_view import UnmetView

NO_STATE: Any = None
"""These views follow the run alone."""


@pytest.fixture(scope="module")
def outcome(tiny_high_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The tiny school, of which one request cannot be met."""
    out = tmp_path_factory.mktemp("views") / "run"
    return run(Scenario(folder=tiny_high_folder, solver="highs", seconds=30.0), out)


def test_a_pressed_cell_opens_its_students(page_of: Callable[[Any], Any]) -> None:
    view = ConflictView(six_students(), six_students_placed())
    assert "Press a cell" in view.told.value
    page_of(view.figure).sets(picked=[0, 2])
    assert (view.course.value, view.other.value) == ("Art", "Chess")
    assert "2 students ask for both Art and Chess; 1 of them without one of the two." in view.told.value
    assert view.told.value.index("eve") < view.told.value.index("bob")
    view.other.value = "Biology"
    page_of(view.figure).sets(picked=[0, 2])
    assert view.other.value == "Chess", "the same cell can be pressed again"
    view.other.value = "Biology"
    assert "2 students ask for both Art and Biology" in view.told.value
    view.closed.click()
    assert "Press a cell" in view.told.value


def test_nothing_that_a_page_says_is_believed(page_of: Callable[[Any], Any]) -> None:
    view = ConflictView(six_students())
    page = page_of(view.figure)
    for wrong in ([1, 1], [0, 99], [-1, 0], [0]):
        page.sets(picked=wrong)
        assert view.course.value is None
    page.sets(picks=False, figure={})
    assert view.figure.picks
    assert view.figure.figure["data"]
    page.sets(picked=[1, 2])
    assert view.other.value is None, "nobody asks for both of these"


def test_filters_change_the_matrix() -> None:
    view = ConflictView(six_students(), six_students_placed())
    assert len(view.figure.figure["data"][0]["z"]) == 3
    view.course.value, view.other.value = "Art", "Chess"
    view.department.value = "Science"
    assert len(view.figure.figure["data"][0]["z"]) == 2
    assert view.other.value is None, "the pair is not there any more"
    view.department.value, view.sections.value = "every department", 1
    assert view.figure.alt == "Conflict matrix without any pair."
    view.sections.value, view.at_least.value = 0, 3
    assert view.course.options == ()


def test_the_pairs_that_a_timetable_sets_at_odds_are_listed() -> None:
    timetable = six_students_placed()
    together = timetable.place("A-2", timetable.placements["C-1"].time)
    said = " ".join(getattr(one, "value", "") for one in ConflictView(six_students(), together).children)
    assert "singleton with doubleton" in said
    drawn = [one for one in ConflictView(six_students(), together).children if isinstance(one, FigureView)]
    assert "Courses offered only at the same time. 1 pair," in drawn[0].alt
    assert any(isinstance(one, PlotlyScript) for one in conflict_view(six_students()).children)


def test_small_groups_are_folded_until_somebody_asks() -> None:
    view = GroupView(six_students(), six_students_placed())
    assert "SPED is not shown: its groups have fewer than 10 students." in view.left_out.value
    assert "within chance" not in view.table.value
    view.every.value = True
    assert view.left_out.value == ""
    assert "within chance" in view.table.value
    assert "Core met" not in view.table.value, "columns without any number are left out"
    assert "Core complete" not in view.table.value
    assert view.met.figure["data"][0]["name"] == "all requests"
    assert "students complete by group" in view.complete.alt
    assert view.complete in view.children


def test_requests_posts_and_loads_stand_under_how_full(outcome: Outcome) -> None:
    view = sections(NO_STATE, outcome)
    drawn = [one.alt for one in view.children if isinstance(one, FigureView)]
    for told, start in zip(drawn[-3:], ("Requests and places", "Teaching posts", "Loads of"), strict=True):
        assert told.startswith(start)
    assert any("All departments" in getattr(one, "value", "") for one in view.children)


def test_the_unmet_list_says_whose_and_why(outcome: Outcome) -> None:
    view = UnmetView(outcome)
    rows = view.children[-1].value
    assert "clash with" in rows
    assert "Grade 9" in rows
    assert "Cheapest repair" not in rows


def test_pages_to_print_are_made_on_demand(outcome: Outcome, page_of: Callable[[Any], Any]) -> None:
    view = files(NO_STATE, outcome)
    labels = [one.label for one in view.children[1:]]
    assert labels == ["Students' cards", "Teachers' pages", "Master schedule to print"]
    for download, words in zip(view.children[1:], ("card", "sheet", "wide"), strict=True):
        page = page_of(download)
        page.says({"kind": "make", "id": "one"})
        assert any(words.encode() in part for _, parts in page.sent for part in parts), download.label
    result = replace(outcome.result, best=None, evaluation=None)
    without = files(NO_STATE, replace(outcome, result=result))
    assert len(without.children) == 1


def test_a_figure_is_not_pressed_unless_it_says_so() -> None:
    assert not FigureView().picks


def test_the_cheapest_repairs_of_the_listed_requests_come_when_asked_for(outcome: Outcome) -> None:
    view = UnmetView(outcome)
    rows = view.children[-1]
    assert "Cheapest repair" not in rows.value
    view.find.value = "nobody"
    view.repairs.answer()
    assert "Cheapest repair" not in rows.value, "only what is listed is asked about"
    assert "Nothing is listed that could be repaired." in view.repairs.told
    view.find.value = ""
    view.repairs.answer()
    (course,) = view.table["Course ID"]
    (told,) = view.table["Cheapest repair"]
    assert "Cheapest repair</th>" in rows.value
    assert told != "not asked"
    assert told in rows.value
    assert course in rows.value
    assert view.repairs.children[0].disabled, "all of them are answered"
    assert "All of those listed are looked at." in view.repairs.told
    view.find.value = course
    assert "All of those listed are looked at." in view.repairs.told, "also after the list was narrowed"


def test_a_request_that_an_alternate_fills_has_a_repair_as_well(tmp_path: Path) -> None:
    wishes = {"ann": "Art", "bob": "Art|Band"}
    school = written(tmp_path / "school", tables("Art-1:1/T1@R1 Band-1:3/T2@R2", wishes))
    view = UnmetView(run(Scenario(folder=school, solver="highs", seconds=30.0), tmp_path / "run"))
    assert view.table["Instead"].tolist() == ["Band"]
    view.repairs.answer()
    (told,) = view.table["Cheapest repair"]
    assert "ann" in told, "who would have to give up Art"
    assert "All of those listed are looked at." in view.repairs.told


def test_without_a_timetable_or_anything_unmet_there_is_nothing_to_repair(
    outcome: Outcome, tmp_path: Path
) -> None:
    nothing = replace(outcome, result=replace(outcome.result, best=None, evaluation=None))
    view = UnmetView(nothing)
    assert "There is no timetable that could be repaired." in view.repairs.told
    assert view.repairs.children[0].disabled
    school = written(tmp_path / "school", tables("Art-1/T1", {"ann": "Art"}))
    met = UnmetView(run(Scenario(folder=school, kind="greedy"), tmp_path / "run"))
    assert "Nothing is listed that could be repaired." in met.repairs.told
    assert met.repairs.children[0].disabled
