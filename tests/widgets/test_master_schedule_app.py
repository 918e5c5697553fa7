"""The master schedule page as widgets, without a browser: what it says and what its buttons do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import pytest

from echelon_lib.runs.workspace import Workspace
from echelon_lib.widgets.app import MasterScheduleApp
from echelon_lib.widgets.state import STEPS, VIEWS, MasterScheduleState


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MasterScheduleApp]:
    """The page, on which a run of tiny_high has ended."""
    state = MasterScheduleState(Workspace(tmp_path_factory.mktemp("page") / "workspace"))
    state.school = next(one.id for one in state.schools if one.folder.name == "tiny_high")
    page = MasterScheduleApp(state)
    state.step = "run"
    press(page, "Make the timetable")
    end = time.monotonic() + 90
    while state.step != "result":
        assert time.monotonic() < end, [job.message for job in state.jobs]
        time.sleep(0.1)
        state.tick()
    yield page
    page.close()


def everything(widget: ipywidgets.Widget) -> Iterator[ipywidgets.Widget]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from everything(child)


def press(page: ipywidgets.Widget, text: str) -> None:
    for widget in everything(page):
        if isinstance(widget, ipywidgets.Button) and text in widget.description:
            assert not widget.disabled, f"{text} cannot be pressed"
            widget.click()
            return
    raise AssertionError(f"there is no button {text!r}")


def said(page: ipywidgets.Widget) -> str:
    texts = [widget.value for widget in everything(page) if isinstance(widget, ipywidgets.HTML)]
    return "\n".join(texts)


def of_type(page: ipywidgets.Widget, name: str) -> list[Any]:
    return [widget for widget in everything(page) if type(widget).__name__ == name]


@pytest.mark.parametrize("step", STEPS)
def test_every_step_shows_something(app: MasterScheduleApp, step: str) -> None:
    app.state.step = step
    assert "<h2>" in said(app)


def test_a_panel_is_made_once(app: MasterScheduleApp) -> None:
    app.state.step = "rules"
    form = of_type(app, "RuleForm")[0]
    app.state.step = "school"
    app.state.step = "rules"
    assert of_type(app, "RuleForm")[0] is form


WORDS = {
    "overview": "Requests met",
    "week": "Choose a section",
    "sections": "Sections under 75 %",
    "unmet": "clash with English",
    "compare": "Greedy",
    "files": "name students",
}


@pytest.mark.parametrize("view", [view for view in VIEWS if view in WORDS])
def test_every_view_says_what_it_is_for(app: MasterScheduleApp, view: str) -> None:
    app.state.step, app.state.view = "result", view
    text = said(app) + str([figure.figure for figure in of_type(app, "FigureView")])
    assert WORDS[view] in text


def test_the_week_explains_the_section_that_is_chosen(app: MasterScheduleApp) -> None:
    app.state.step, app.state.view = "result", "week"
    grid = of_type(app, "WeekGrid")[0]
    assert set(grid.sections) == set(app.state.problem.sections)
    grid.selected = "ENG-2"
    assert app.state.section == "ENG-2"
    assert "ENG-2" in said(app)
    app.state.grid_by = "period"
    assert grid.caption == "Master schedule by period"


def test_looking_up_shows_the_page_of_the_run(app: MasterScheduleApp) -> None:
    app.state.step, app.state.view = "result", "lookup"
    frame = of_type(app, "LookupFrame")[0]
    assert frame.html == (app.state.outcome.folder / "viewer.html").read_text(encoding="utf-8")


def test_downloads_are_the_files_of_the_run(app: MasterScheduleApp) -> None:
    app.state.step, app.state.view = "result", "files"
    offered = {one.filename: one.content() for one in of_type(app, "Download")}
    folder: Path = app.state.outcome.folder
    assert offered[f"{folder.name}-Master_Schedule.csv"] == (folder / "Master_Schedule.csv").read_bytes()
    assert offered[f"{folder.name}.xlsx"].startswith(b"PK")
    assert offered[f"{folder.name}.zip"].startswith(b"PK")


def test_unmet_requests_can_be_searched(app: MasterScheduleApp) -> None:
    app.state.step, app.state.view = "result", "unmet"
    find = next(widget for widget in everything(app) if isinstance(widget, ipywidgets.Text))
    find.value = "no such course"
    assert "No request is left unmet here" in said(app)
    find.value = "art"
    assert "clash with English" in said(app)


def test_impossible_rules_are_priced_by_a_button(app: MasterScheduleApp) -> None:
    state = app.state
    state.step, state.rules = "rules", {"courses": {"World History": {"periods": ["R1"]}}}
    state.tick()
    assert "No timetable can keep all of these rules" in said(app)
    state.step = "run"
    start = next(
        widget for widget in everything(app) if getattr(widget, "description", "").startswith("Make")
    )
    assert start.disabled
    state.step = "rules"
    press(app, "instead")
    assert "instead of being required" in state.news
    assert "nothing in these rules that cannot be kept" in said(app)
    state.rules = {}
    state.tick()


def test_the_tab_remembers_what_was_chosen(app: MasterScheduleApp) -> None:
    app.state.seed = 11
    memory = of_type(app, "Memory")[0]
    assert memory.value == app.state.as_dict()
    memory.heard({"kind": "hello", "value": {**app.state.as_dict(), "seed": 12}}, [])
    assert app.state.seed == 12
    memory.heard({"kind": "hello", "value": "rubbish"}, [])
    memory.heard({"kind": "hello", "value": {"rules": {"sped_limit": []}}}, [])
    assert app.state.seed == 12


def test_no_failure_of_the_page_is_a_traceback(app: MasterScheduleApp) -> None:
    app.state.message = 'A "problem" <script>alert(1)</script>'
    assert "<script>alert" not in said(app)
    app.state.message = ""


def test_a_run_is_shown_gone_on_from_and_removed_from_the_list(app: MasterScheduleApp) -> None:
    state = app.state
    state.step = "run"
    first = state.jobs[0].id
    press(app, "Go on from there")
    second = state.following
    assert second != first
    end = time.monotonic() + 90
    while state.job(second).going:
        assert time.monotonic() < end
        time.sleep(0.1)
        state.tick()
    assert state.run == second
    assert state.others == [first]
    state.step = "run"
    runs = next(widget for widget in everything(app) if isinstance(widget, ipywidgets.Select))
    runs.value = second
    press(app, "Remove it")
    assert state.job(second) is None
    assert state.run == ""
    runs.value = first
    press(app, "Show this run")
    assert state.outcome is not None
