"""Locking without a browser: kept beside the run, seen by another page, solved with again."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_master_schedule_state import named, solved, wait

from echelon_lib.formats.school_records import LOCKS
from echelon_lib.runs.locking import own_locks
from echelon_lib.runs.workspace import Workspace
from echelon_lib.widgets.lock_view import LockView, SectionLocks
from echelon_lib.widgets.state import KEPT, MasterScheduleState


@pytest.fixture
def page(tmp_path: Path) -> MasterScheduleState:
    """A page that shows a run of the tiny school."""
    state = MasterScheduleState(Workspace(tmp_path / "workspace"))
    state.school = named(state, "tiny_high")
    state.solver = "greedy"
    solved(state)
    state.run, state.step = state.started, "result"
    return state


def test_what_is_locked_stays_beside_the_run_and_in_the_next(page: MasterScheduleState) -> None:
    assert page.locking.lock("course", "English")
    assert page.locking.lock("student", "ST01")
    assert page.locking.sections == {"ENG-1", "ENG-2"}
    assert "ST01" not in str(page.as_dict()), "a student is not remembered by a browser"
    first = page.job(page.run)
    assert first is not None
    assert not (first.folder / LOCKS).exists(), "a run stays as it is"
    other = MasterScheduleState(page.workspace, run=page.run, step="result")
    assert other.locking.locks == page.locking.locks
    assert other.locking.unlock("section", "ENG-1")
    assert page.locking.solve_again(), page.message
    assert page.step == "run"
    wait(page, lambda: page.step == "result" and page.run != first.id)
    assert page.outcome is not None
    assert {lock.id for lock in own_locks(page.outcome.problem)} == {"ENG-1", "ENG-2", "ST01"}
    assert page.outcome.scenario.start == first.folder
    assert page.locking.locks == own_locks(page.outcome.problem)
    assert page.locking.before(page.outcome) is not None
    # Going on from it by another way keeps what is locked.
    page.locking.drop([("student", "ST01")])
    assert page.start(start=page.run), page.message
    going = page.started
    wait(page, lambda: not page.job(going).going)  # type: ignore[union-attr]
    page.run = going
    assert {lock.id for lock in own_locks(page.outcome.problem)} == {"ENG-1", "ENG-2"}
    assert set(page.as_dict()) == set(KEPT)


def test_what_does_not_fit_is_said(page: MasterScheduleState) -> None:
    assert not page.locking.lock("course", "Englisch")
    assert "Maybe 'English' was meant?" in page.message
    assert page.locking.locks == ()
    assert "T01" in page.locking.names("teacher")
    assert page.locking.names("department") == tuple(sorted({"Humanities", "Science", "Arts"}))
    page.run = ""
    assert page.locking.hindrance
    assert not page.locking.solve_again()
    assert not page.locking.lock("course", "English")


def test_the_view_locks_lists_and_unlocks(page: MasterScheduleState) -> None:
    assert page.outcome is not None
    view = LockView(page.locking, page.outcome)
    assert "Nothing is locked" in view.told.value
    view.lock.click()
    assert "Name the section first" in view.told.value
    view.kind.value, view.name.value = "teacher", "T01"
    view.lock.click()
    assert len(view.listed.options) == 4
    assert "4 locked, on 4 things." in view.told.value
    assert view.name.value == ""
    view.listed.value = (view.listed.options[0][1],)
    view.drop.click()
    assert len(page.locking.locks) == 3
    view.drop_all.click()
    assert page.locking.locks == ()
    view.close()
    page.locking.lock("course", "Art")
    assert view.listed.options == (), "a view of another run is not touched any more"


def test_a_section_of_the_week_is_locked_with_its_teacher_or_course(page: MasterScheduleState) -> None:
    assert page.outcome is not None
    buttons = SectionLocks(page.locking, page.outcome)
    assert all(one.layout.display == "none" for one in buttons.buttons.values())
    buttons.about("ENG-2")
    assert buttons.buttons["section"].description == "Lock ENG-2"
    buttons.buttons["section"].click()
    assert buttons.buttons["section"].description == "Unlock ENG-2"
    assert buttons.buttons["course"].description == "Lock all of English", "one of two is locked"
    buttons.buttons["course"].click()
    assert buttons.buttons["course"].description == "Unlock all of English"
    assert page.locking.sections == {"ENG-1", "ENG-2"}
    buttons.buttons["course"].click()
    assert page.locking.locks == ()
