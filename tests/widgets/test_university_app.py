"""The university page as widgets, without a browser: what it says and what its buttons do."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import ipywidgets
import pytest

from echelon_lib.runs.workspace import Workspace
from echelon_lib.search.university.stages import Stages
from echelon_lib.widgets.university_app import UniversityApp
from echelon_lib.widgets.university_state import STEPS, UniversityState


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UniversityApp]:
    """The page, on which two variants of the sample college have been timetabled."""
    state = UniversityState(Workspace(tmp_path_factory.mktemp("page") / "workspace"))
    page = UniversityApp(state)
    wait(state, lambda: state.checked)
    state.seconds = 1.0
    for variant in ("Balanced", "Faculty-focused"):
        state.step = "weights"
        state.choose_variant(variant)
        state.step = "run"
        press(page, "Make the timetable")
        wait(state, lambda: state.step == "review")
    wait(state, lambda: state.outcome is not None)
    yield page
    page.close()


def wait(state: UniversityState, done: Callable[[], bool], seconds: float = 180.0) -> None:
    end = time.monotonic() + seconds
    while True:
        state.tick()
        if done():
            return
        assert time.monotonic() < end, f"{state.busy} {state.message} {[job.message for job in state.jobs]}"
        time.sleep(0.1)


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


def unfold(page: ipywidgets.Widget, title: str) -> None:
    fold = next(one for one in everything(page) if type(one).__name__ == "Fold" and one.title == title)
    fold.button.value = True


def said(page: ipywidgets.Widget) -> str:
    return "\n".join(widget.value for widget in everything(page) if isinstance(widget, ipywidgets.HTML))


def of_type(page: ipywidgets.Widget, name: str) -> list[Any]:
    return [widget for widget in everything(page) if type(widget).__name__ == name]


def field(page: ipywidgets.Widget, description: str) -> Any:
    return next(one for one in everything(page) if getattr(one, "description", "") == description)


WORDS = {
    "data": "Arithmetic finds nothing that makes a timetable impossible",
    "weights": "What matters how much",
    "run": "Small College is ready",
    "review": "698 of 698 sessions placed",
    "variants": "Choose 2 to 5 runs",
    "files": "every session with day, hours, room",
}


@pytest.mark.parametrize("step", STEPS)
def test_every_step_says_what_it_is_for(app: UniversityApp, step: str) -> None:
    app.state.step = step
    offered = [f"{one.label} {one.description}" for one in of_type(app, "Download")]
    assert WORDS[step] in "\n".join([said(app), *offered])


VIEWS = {
    "quality": "hours taught at preferred times ÷ hours taught",
    "use": "Rooms, the least used first",
    "clusters": "Courses that share students hang together",
    "lookup": "Type or choose an identifier",
}


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_says_what_it_is_for(app: UniversityApp, view: str) -> None:
    app.state.step, app.state.view = "review", view
    assert VIEWS[view] in said(app)


def test_the_week_holds_all_sessions_without_a_mark(app: UniversityApp) -> None:
    app.state.step, app.state.view = "review", "week"
    (grid,) = of_type(app, "SessionGrid")
    assert len(grid.sessions) == 698
    assert grid.names["mark"] == [[], []]
    app.state.grid_by = "room"
    assert grid.by == "room"


def test_what_each_stage_did_and_took_stands_in_a_table(app: UniversityApp) -> None:
    app.state.step, app.state.view = "review", "quality"
    text = said(app)
    for title in ("Stage", "Done by", "Seconds", "Clashes left", "Cost"):
        assert f">{title}</th>" in text
    for one in app.state.outcome.result.stages:
        assert f">{one.strategy}</td>" in text
    assert "an hour that somebody has twice counts 1" in text


def test_stages_are_chosen_where_a_run_is_started(app: UniversityApp) -> None:
    state = app.state
    state.step = "run"
    (panel,) = of_type(app, "UniversityRunPanel")
    assert not [one for one in of_type(panel, "Dropdown") if one.description == "Repair"], "folded away"
    unfold(panel, "Stages")
    for name in ("grouping", "feasibility", "repair", "quality"):
        about = Stages.model_fields[name]
        chosen = field(panel, about.title)
        assert (chosen.options, chosen.value) == (get_args(about.annotation), about.default)
        assert about.description in said(panel)
    field(panel, "Repair").value = "mixture"
    assert state.stages == Stages(repair="mixture")
    fold = next(one for one in of_type(panel, "Fold") if one.title == "Stages")
    assert fold.button.description.endswith("Repair: mixture")
    state.repair = "breakout"
    assert field(panel, "Repair").value == "breakout"
    assert fold.button.description.endswith("Stages")


def test_clusters_are_found_when_asked_for(app: UniversityApp) -> None:
    app.state.step, app.state.view = "review", "clusters"
    press(app, "Find the clusters")
    wait(app.state, lambda: app.state.clusters is not None)
    assert len(of_type(app, "FigureView")) == 2
    assert "Mostly" in said(app)


def test_one_persons_week_is_looked_up_and_taken_away(app: UniversityApp) -> None:
    app.state.step, app.state.view = "review", "lookup"
    field(app, "Whose week").value = "group"
    name = field(app, "Identifier")
    assert name.options == (), "students are not listed"
    name.value = "S0001"
    assert "MAT101" in said(app)
    (calendar,) = of_type(app, "Download")
    assert calendar.content().startswith(b"BEGIN:VCALENDAR")
    name.value = "S000"
    assert "there is no group" in said(app)
    assert "Maybe" in said(app)


def test_downloads_are_the_files_of_the_run(app: UniversityApp) -> None:
    app.state.step = "files"
    folder: Path = app.state.outcome.folder
    offered = {one.filename: one.content for one in of_type(app, "Download")}
    assert offered[f"{folder.name}-timetable.csv"]() == (folder / "timetable.csv").read_bytes()
    assert offered[f"{folder.name}.xlsx"]().startswith(b"PK")
    with zipfile.ZipFile(io.BytesIO(offered[f"{folder.name}-room-calendars.zip"]())) as archive:
        assert len(archive.namelist()) == len(app.state.outcome.problem.rooms)
        assert archive.read("room-B01-101.ics").startswith(b"BEGIN:VCALENDAR")


def test_variants_are_compared_term_by_term(app: UniversityApp) -> None:
    state = app.state
    state.step = "variants"
    boxes = {one.description: one for one in of_type(app, "Checkbox") if "placed" in one.description}
    assert len(boxes) == 2
    for box in boxes.values():
        box.value = True
    assert len(state.compared) == 2
    text = said(app)
    for words in ("Faculty preference, %", "Cost of faculty preference", "Best", "Their weights differ"):
        assert words in text
    assert "<th" in text
    assert "Faculty-focused" in text
    wait(state, lambda: bool(state.variants.moved))
    assert "at another time or in another room than in" in said(app)
    wait(state, lambda: state.variants.gains is not None)
    assert "Who gains and who loses" in said(app)
    assert "All faculty" in said(app)
    assert not any(f">{one.id}<" in said(app) for one in state.problem.teachers), "nobody is named"
    next(iter(boxes.values())).value = False
    assert "Choose 1 more" in said(app)


def test_variants_are_ticked_made_and_stopped_with_one_button_each(
    app: UniversityApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHELON_MOST_RUNS", "1")
    state = app.state
    state.step = "variants"
    button, stop = field(app, "Make these variants"), field(app, "Stop all and keep the best of each")
    assert stop.layout.display == "none"
    boxes = [field(app, name) for name in ("Balanced", "Faculty-focused", "Compactness-focused")]
    assert all(box.value for box in boxes)
    for box in boxes:
        box.value = False
    assert button.disabled
    assert "Tick at least one" in said(app)
    boxes[2].value = boxes[1].value = True
    state.compared, state.seconds = [state.comparable[0].id], 300.0
    button.click()
    going = state.made[0]
    assert (button.disabled, stop.layout.display) == (True, "")
    assert "1 being made, 0 made, 1 waiting. Compactness-focused waits" in said(app)
    assert "What it does" in said(app)
    assert "Waiting until another run has ended" in said(app)
    wait(state, lambda: (state.job(going).progress or {}).get("incumbent") is not None)
    stop.click()
    wait(state, lambda: not state.made)
    assert "What it does" not in said(app)
    assert [job.state for job in state.jobs[:2]] == ["cancelled", "cancelled"]
    assert not button.disabled
    assert state.compared[1:] == [going], "it joins the other, and what waited never began"
    state.seconds = 1.0


def test_own_weights_are_marked_named_and_come_back_with_their_run(app: UniversityApp) -> None:
    state = app.state
    state.step = "weights"
    (sliders,) = of_type(app, "WeightSliders")
    sliders.heard({"kind": "set", "rule": "student_gaps", "price": 6}, [])
    for nonsense in (-1, 10**6, "5", True, None):
        sliders.heard({"kind": "set", "rule": "student_gaps", "price": nonsense}, [])
    sliders.heard({"kind": "set", "rule": "room_capacity", "price": 5}, [])
    weights = {one["rule"]: one for one in sliders.weights}
    assert (weights["student_gaps"]["price"], weights["student_gaps"]["balanced"]) == (6, 5)
    assert "differ" in said(app)
    assert "Student gaps" in said(app)
    field(app, "Name of your own").value = "Short days"
    assert field(app, "Variant").value == state.variant == "Short days"
    state.step = "run"
    press(app, "Make the timetable")
    own = state.following
    assert state.job(own).name == "Short days"
    wait(state, lambda: not state.job(own).going)
    state.step = "weights"
    press(app, "Back to Balanced")
    assert state.variant == "Balanced"
    assert "These are the weights of Balanced" in said(app)
    field(app, "Variant").value = "Short days"
    assert state.weights_set.kinds.student_gaps.priced == 6
    assert state.variant == "Short days"


def test_a_run_is_stopped_and_keeps_its_best(app: UniversityApp) -> None:
    state = app.state
    state.step, state.seconds = "run", 300.0
    press(app, "Make the timetable")
    going = state.following
    wait(state, lambda: (state.job(going).progress or {}).get("incumbent") is not None)
    assert "Best so far" in said(app)
    assert "Left, at most" in said(app)
    press(app, "Stop and keep the best")
    wait(state, lambda: state.step == "review")
    assert state.job(going).state == "cancelled"
    wait(state, lambda: state.outcome is not None)
    assert state.outcome.result.evaluation.feasible
    state.seconds = 1.0


def test_a_run_that_was_removed_is_compared_no_more(app: UniversityApp) -> None:
    state = app.state
    first, second = (job.id for job in state.comparable[:2])
    state.compared = [first, second]
    state.remove_run(second)
    assert state.compared == [first]
    assert state.job(second) is None


def test_the_tab_remembers_what_was_chosen(app: UniversityApp) -> None:
    app.state.seed = 11
    (memory,) = of_type(app, "Memory")
    assert memory.value == app.state.as_dict()
    memory.heard({"kind": "hello", "value": {**app.state.as_dict(), "seed": 12}}, [])
    assert app.state.seed == 12
    memory.heard({"kind": "hello", "value": {"rules": {"kinds": []}}}, [])
    assert app.state.seed == 12


def test_findings_stand_in_a_table_with_file_and_cure(app: UniversityApp) -> None:
    state = app.state
    state.step = "data"
    folder = state.chosen.folder
    files = {path.name: path.read_bytes() for path in folder.glob("*.csv")}
    rooms = files["Rooms.csv"].split(b"\n")
    files["Rooms.csv"] = b"\n".join([rooms[0], *[one for one in rooms[1:] if b"lab" not in one.lower()]])
    assert state.add_school("Without labs", files)
    wait(state, lambda: state.checked)
    text = said(app)
    assert "No timetable can keep all required rules" in text
    assert "✕ impossible" in text
    for title in ("File", "Row", "Cure"):
        assert f">{title}</th>" in text
    state.step = "run"
    button = next(one for one in everything(app) if getattr(one, "description", "") == "Make the timetable")
    assert button.disabled
    state.remove_school()
    wait(state, lambda: state.checked)
