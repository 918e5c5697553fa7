"""The master schedule page without its looks: choices, what follows from them, and runs."""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from echelon_lib.runs.workspace import Workspace
from echelon_lib.school_rules import SchoolRules
from echelon_lib.solvers.result import TracePoint
from echelon_lib.widgets.state import KEPT, MasterScheduleState, default_of

IMPOSSIBLE = {"courses": {"World History": {"periods": ["R1"]}}}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace of its own for each test."""
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def state(workspace: Workspace) -> Iterator[MasterScheduleState]:
    """A page on which tiny_high is chosen; runs that are still going are stopped in the end."""
    page = MasterScheduleState(workspace)
    page.school = named(page, "tiny_high")
    yield page
    for job in page.jobs:
        if job.going:
            page.following = job.id
            page.cancel()
    wait(page, lambda: not any(job.going for job in page.jobs))


def named(page: MasterScheduleState, name: str) -> str:
    return next(school.id for school in page.schools if school.folder.name == name)


def wait(page: MasterScheduleState, done: Callable[[], bool], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"not in {seconds} s: {[job.state for job in page.jobs]}"
        time.sleep(0.1)
        page.tick()


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.csv")}


def solved(page: MasterScheduleState) -> None:
    assert page.start(), page.message
    job = page.following
    wait(page, lambda: not page.job(job).going)


def test_answers_found_beside_the_page_are_taken_over(state: MasterScheduleState) -> None:
    told: list[str] = []
    may = Event()
    state.background.do("why", "Looking …", lambda: str(may.wait(30)), told.append, told.append)
    state.tick()
    assert (told, state.busy) == ([], "Looking …")
    may.set()
    wait(state, lambda: bool(told))
    assert (told, state.busy) == (["True"], "")


def test_a_new_page_has_the_defaults_of_the_dataclasses(state: MasterScheduleState) -> None:
    for name in ("solver", "seconds", "seed", "accept_headers"):
        assert getattr(state, name) == default_of(name)
    assert state.school_rules == SchoolRules()


def test_choices_round_trip_as_plain_json(workspace: Workspace, state: MasterScheduleState) -> None:
    solved(state)
    state.rules = {"sped_limit": 9, "kinds": {"sped_limit": {"priced": 7}}}
    state.seconds, state.seed, state.solver = 33.0, 5, "highs"
    state.run, state.step, state.view, state.grid_by = state.jobs[0].id, "result", "week", "department"
    state.section = next(iter(state.problem.sections))
    kept = json.loads(json.dumps(state.as_dict()))
    other = MasterScheduleState(workspace, **kept)
    assert set(kept) == set(KEPT)
    assert other.as_dict() == state.as_dict()
    assert other.outcome is not None
    assert other.outcome.summary == state.outcome.summary


@pytest.mark.parametrize(
    "hostile",
    [
        {"school": "../../etc"},
        {"school": 7},
        {"run": "../runs/other"},
        {"step": "admin"},
        {"seconds": -1},
        {"seconds": "many"},
        {"seed": 1e99},
        {"rules": {"sped_limit": "DROP TABLE"}},
        {"rules": 3},
        {"others": ["x"] * 1000},
        {"others": 5},
        {"solver": "rm"},
        {"workspace": "/"},
        {"school": ["x"]},
        {"run": {}},
        {"others": [["x"]]},
        {"seconds": float("nan")},
        {"school": "gone", "rules": {"sped_limit": 2}, "accept_headers": True},
        {"schools": []},
    ],
)
def test_what_a_browser_sends_is_not_believed(state: MasterScheduleState, hostile: dict) -> None:
    before = state.as_dict()
    state.restore(hostile)
    assert state.as_dict() == before


def test_a_school_that_can_be_read_has_a_problem(state: MasterScheduleState) -> None:
    assert state.issues == ()
    assert len(state.problem.requests) == 38
    assert state.findings == ()


def test_another_school_brings_its_own_rules(state: MasterScheduleState) -> None:
    state.rules = {"sped_limit": 1}
    state.school = named(state, "valley_high")
    assert state.school_rules != SchoolRules()
    assert "sped_limit" not in state.rules or state.rules["sped_limit"] != 1
    assert state.problem is not None


def test_rules_wait_for_their_school(state: MasterScheduleState) -> None:
    state.rules = {"sped_limit": 1}
    state.school = named(state, "valley_high")
    state.school = named(state, "tiny_high")
    assert state.rules == {"sped_limit": 1}


def test_mended_files_of_a_school_keep_the_rules_that_are_set(
    state: MasterScheduleState, tiny_high_folder: Path
) -> None:
    files = files_of(tiny_high_folder)
    assert state.add_school("North", files)
    state.rules = {"sped_limit": 1}
    first = state.school
    assert state.add_school("North", files | {"Period.csv": files["Period.csv"] + b"\n"})
    assert state.school != first
    assert state.rules == {"sped_limit": 1}
    assert state.add_school("South", files)
    assert state.rules == {}


def test_no_run_starts_with_rules_that_were_not_checked(state: MasterScheduleState) -> None:
    state.rules = IMPOSSIBLE
    assert not state.checked
    assert not state.start()
    assert "No timetable can keep" in state.message
    assert state.jobs == ()


def test_moments_of_one_run_are_not_drawn_with_those_of_another(state: MasterScheduleState) -> None:
    state.following, state.trace = "one", (TracePoint(1.0, 1, 5, 4),)
    state.following = "another"
    assert state.trace == ()


def test_uploaded_files_become_a_school(state: MasterScheduleState, tiny_high_folder: Path) -> None:
    assert state.add_school("Our school", files_of(tiny_high_folder))
    assert state.chosen.name == "Our school"
    assert not state.chosen.sample
    assert len(state.problem.requests) == 38
    state.remove_school()
    assert state.chosen.sample


def test_damaged_files_are_named_with_their_cure(state: MasterScheduleState, tiny_high_folder: Path) -> None:
    files = files_of(tiny_high_folder)
    sections = files["Sections_Information.csv"]
    files["Sections_Information.csv"] = sections.replace(b"T01,7,", b"T01,many,").replace(b"T03,", b"T09,")
    assert state.add_school("Damaged", files)
    assert state.problem is None
    assert {issue.path for issue in state.issues} == {"Sections_Information.csv"}
    assert any(issue.value == "many" for issue in state.issues)
    assert not state.start()
    assert "files can be read" in state.message


def test_near_headers_are_asked_for_and_taken_on_confirmation(
    state: MasterScheduleState, tiny_high_folder: Path
) -> None:
    files = files_of(tiny_high_folder)
    files["Student_Info.csv"] = files["Student_Info.csv"].replace(b"Student ID", b"student_id", 1)
    assert state.add_school("Near", files)
    assert state.problem is None
    assert [issue.path for issue in state.near_headers] == ["Student_Info.csv"]
    state.accept_headers = True
    assert state.near_headers == ()
    assert len(state.problem.requests) == 38


def test_an_upload_that_is_refused_says_why_and_changes_nothing(state: MasterScheduleState) -> None:
    before = state.school
    assert not state.add_school("Odd", {"../../passwd": b"x"})
    assert state.message
    assert state.school == before


def test_impossible_rules_hinder_a_run_until_one_is_priced(state: MasterScheduleState) -> None:
    state.rules = IMPOSSIBLE
    state.tick()
    assert state.obstacles
    assert state.price_instead(state.obstacles[0])
    assert state.obstacles == ()
    assert state.rules != IMPOSSIBLE


def test_a_run_is_followed_to_its_result(state: MasterScheduleState) -> None:
    state.step = "run"
    solved(state)
    job = state.job(state.following)
    assert job.state == "finished", job.message
    assert state.step == "result"
    assert (state.outcome.summary.met, state.outcome.summary.requests) == (37, 38)
    assert state.outcome.result.cost == (85, 76)
    assert state.outcome.result.mismatches == ()


def test_a_run_that_is_stopped_keeps_its_best(state: MasterScheduleState) -> None:
    state.school = named(state, "valley_high")
    state.seconds = 300.0
    assert state.start(), state.message
    wait(state, lambda: (state.job(state.following).progress or {}).get("incumbent") is not None)
    state.cancel()
    assert state.job(state.following).state == "stopping"
    wait(state, lambda: not state.job(state.following).going)
    job = state.job(state.following)
    assert job.state == "cancelled"
    state.run, state.step = job.id, "result"
    assert state.outcome.result.best is not None


def test_another_page_finds_what_is_running(workspace: Workspace, state: MasterScheduleState) -> None:
    state.school = named(state, "valley_high")
    state.seconds = 300.0
    assert state.start(), state.message
    other = MasterScheduleState(workspace)
    assert other.following == state.following
    other.school = named(other, "tiny_high")
    assert other.start(), "somebody else's run is in nobody's way"
    assert other.following == other.started != state.started
    state.tick()
    assert state.following == state.started
    wait(other, lambda: not other.job(other.started).going)
    wait(other, lambda: other.following == state.started, 5.0)
    other.cancel()
    wait(other, lambda: not other.job(state.started).going)


def test_two_people_do_not_get_in_each_others_way(workspace: Workspace, state: MasterScheduleState) -> None:
    other = MasterScheduleState(workspace)
    other.school = named(other, "tiny_high")
    other.rules, other.seed = {"sped_limit": 5}, 3
    assert state.rules == {}
    solved(state)
    solved(other)
    assert state.following != other.following
    assert len({job.folder for job in other.jobs}) == 2


def test_choices_and_logs_hold_no_student(
    state: MasterScheduleState, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    solved(state)
    state.step = "result"
    said = json.dumps(state.as_dict()) + caplog.text
    assert state.problem.students
    assert [student.id for student in state.problem.students if student.id in said] == []


def test_a_run_whose_folder_was_taken_away_is_said(state: MasterScheduleState) -> None:
    solved(state)
    job = state.job(state.following)
    while job.folder.exists():  # its process may be writing that it has ended
        shutil.rmtree(job.folder, ignore_errors=True)
    state.step, state.run = "run", job.id
    state.step = "result"
    assert state.outcome is None
    assert state.message


def test_rules_that_were_set_outlive_the_page(
    workspace: Workspace, state: MasterScheduleState, tiny_high_folder: Path
) -> None:
    state.add_school("Ours", files_of(tiny_high_folder))
    state.rules = {"sped_limit": 7}
    state.tick()
    again = MasterScheduleState(workspace)
    again.school = state.school
    assert again.rules == {"sped_limit": 7}
    again.school = named(again, "tiny_high")
    again.rules = {"sped_limit": 5}
    again.tick()
    another = MasterScheduleState(workspace)
    another.school = named(another, "tiny_high")
    assert another.rules == {}, "a sample keeps its own rules"


def test_a_run_of_another_school_is_no_start(state: MasterScheduleState) -> None:
    solved(state)
    first = state.started
    state.school = named(state, "valley_high")
    assert not state.start(start=first)
    assert "nothing of this school" in state.message
    assert not state.start(start="20000101T000000Z-nothing")
