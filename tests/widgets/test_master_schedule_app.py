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
from echelon_lib.widgets.markup import moment
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
    "files": "may name students",
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
    press(app, "No, keep it")
    assert state.job(second) is not None, "who presses twice in a row has removed nothing"
    press(app, "Remove it")
    press(app, "Yes, remove it")
    assert state.job(second) is None
    assert state.run == ""
    runs.value = first
    press(app, "Remove it")
    state.school = next(one.id for one in state.schools if one.folder.name == "valley_high")
    with pytest.raises(AssertionError, match="cannot be pressed"):
        press(app, "Go on from there")
    press(app, "No, keep it")
    press(app, "Show this run")
    assert state.outcome is not None


def test_what_is_chosen_in_a_run_is_not_undone_by_one_that_was_shown_before(app: MasterScheduleApp) -> None:
    state = app.state
    state.run, state.step, state.view = state.jobs[0].id, "result", "week"
    before = of_type(app, "WeekGrid")[0]
    state.run = ""
    state.run = state.jobs[0].id
    now = of_type(app, "WeekGrid")[0]
    assert now is not before
    before.sections = {}
    now.selected = "ENG-2"
    state.grid_by = next(by for by in ("teacher", "period") if by != state.grid_by)
    assert before.caption != now.caption
    assert before.selected == ""
    assert state.section == "ENG-2"


def test_a_result_says_of_which_school_and_run_it_is(app: MasterScheduleApp) -> None:
    state = app.state
    state.run, state.step = state.jobs[-1].id, "result"
    assert f"Tiny High, started {moment(state.jobs[-1].started)}" in said(app)


def test_a_run_that_cannot_be_opened_can_still_be_saved(
    app: MasterScheduleApp, tiny_high_folder: Path
) -> None:
    state = app.state
    job = state.jobs[0]
    state.step, state.run = "result", ""
    hidden = job.folder / "result.json"
    text = hidden.read_text(encoding="utf-8")
    hidden.write_text(text.replace(str(tiny_high_folder), "/gone"), encoding="utf-8")
    try:
        state.run = job.id
        assert state.outcome is None
        assert "cannot be looked through" in said(app)
        offered = {one.filename: one.content for one in of_type(app, "Download")}
        assert offered[f"{job.id}-Master_Schedule.csv"]() == (job.folder / "Master_Schedule.csv").read_bytes()
    finally:
        hidden.write_text(text, encoding="utf-8")
    state.open_run()
    assert state.outcome is not None, "it is tried again once the files are back"


def test_a_run_of_another_page_is_stopped_only_after_a_question(app: MasterScheduleApp) -> None:
    state = app.state
    other = MasterScheduleState(state.workspace)
    other.school = next(one.id for one in other.schools if one.folder.name == "valley_high")
    other.seconds = 300.0
    assert other.start(), other.message
    try:
        state.step = "run"
        state.tick()
        assert state.following == other.started
        assert "Valley High, started" in said(app)
        press(app, "Stop and keep the best")
        assert "was not started on this page" in said(app)
        assert other.job(other.started).state != "stopping"
        press(app, "Yes, stop it")
        state.tick()
        assert state.job(other.started).state != "running"
    finally:
        end = time.monotonic() + 90
        while any(job.going for job in other.jobs):
            assert time.monotonic() < end
            other.cancel()
            time.sleep(0.1)
            other.tick()


def test_files_are_removed_only_after_a_question(app: MasterScheduleApp, tiny_high_folder: Path) -> None:
    state = app.state
    state.step = "school"
    assert state.add_school(
        "North", {path.name: path.read_bytes() for path in tiny_high_folder.glob("*.csv")}
    )
    press(app, "Remove these files")
    assert "gone for good" in said(app)
    assert state.chosen.name == "North"
    press(app, "Yes, remove them")
    assert state.chosen.sample


def test_files_that_are_not_taken_are_not_said_to_be_received(app: MasterScheduleApp, page_of: Any) -> None:
    app.state.step = "school"
    press_fold(app, "Bring your own files")
    upload = of_type(app, "Upload")[0]
    page = page_of(upload)
    page.says({"kind": "begin", "batch": "1", "files": [{"name": "Holiday.csv", "size": 1}]})
    page.says({"kind": "piece", "batch": "1", "file": 0, "at": 0}, b"x")
    assert upload.status == ""
    assert "Nothing of it was taken" in upload.message
    assert "Holiday.csv" in app.state.message


def press_fold(page: ipywidgets.Widget, text: str) -> None:
    next(one for one in of_type(page, "ToggleButton") if text in one.description).value = True


def test_the_rules_of_an_earlier_run_are_taken_after_a_question_where_others_are_lost(
    app: MasterScheduleApp,
) -> None:
    state = app.state
    state.school = next(one.id for one in state.schools if one.folder.name == "tiny_high")
    state.step, state.rules = "run", {"sped_limit": 1}
    runs = next(widget for widget in everything(app) if isinstance(widget, ipywidgets.Select))
    runs.value = next(job.id for job in state.jobs if job.school == state.chosen.name)
    press(app, "Take its rules")
    assert state.rules == {"sped_limit": 1}
    press(app, "Yes, take its rules")
    assert "sped_limit" not in state.rules
    assert "rules of that run" in state.news


def test_no_run_starts_while_an_entry_of_the_rules_does_not_fit(app: MasterScheduleApp) -> None:
    state = app.state
    state.step = "rules"
    form = of_type(app, "RuleForm")[0]
    assert not form.load_toml(b"sped_limit = 'many'")
    assert state.unfit == 0, "a file that was not taken over changes nothing"
    for fold in of_type(form, "Fold"):
        fold.button.value = True
    least = next(one for one in everything(form) if getattr(one, "path", None) == ("sped_limit",))
    next(one for one in everything(least) if isinstance(one, ipywidgets.IntText)).value = -3
    assert state.unfit == 1
    state.step = "run"
    assert "under Rules does not fit" in said(app)
    assert not state.start()
    with pytest.raises(AssertionError, match="cannot be pressed"):
        press(app, "Make the timetable")
    state.school = next(one.id for one in state.schools if one.folder.name == "valley_high")
    state.school = next(one.id for one in state.schools if one.folder.name == "tiny_high")
    assert state.unfit == 0
    assert "is ready" in said(app)
