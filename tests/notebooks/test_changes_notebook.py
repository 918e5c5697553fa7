"""The notebook of late changes shows those of a university: moves, people, and what cannot be kept."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from test_notebooks import CHANGE, told

from echelon_lib.domain.errors import DataError
from echelon_lib.runs.notebook import NotebookFailed, run_notebook
from echelon_lib.runs.reopen import reopen
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario
from tests.conftest import SAMPLES

COLLEGE = SAMPLES / "small_college"


@pytest.fixture(scope="module")
def about(tiny_high_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """A school of which nothing is to be said, and a college with a timetable that people know."""
    out = tmp_path_factory.mktemp("college") / "run"
    run(Scenario(folder=COLLEGE, iterations=20), out)
    school = {"folder": str(tiny_high_folder), "rules": "", "changes": [], "solver": "greedy"}
    return {**school, "university_run": str(out)}


def test_changes_of_a_university_are_taken_up_and_told(about: dict[str, object], tmp_path: Path) -> None:
    out = tmp_path / "run"
    parameters = {**about, "session_price": 10, "out": str(out)}
    executed = run_notebook(CHANGE, parameters, tmp_path / "changed.ipynb")
    said = told(executed)
    assert said["university-first"].startswith("698 of 698 sessions placed")
    assert "The room B01-110 closes." in said["university-changes"]
    assert "takes" in said["university-repair"], "sections of whoever leaves are handed over"
    assert "at another hour" in said["university-repair"]
    assert "had to" in said["university-moved"]
    assert "Year" in said["university-affected"]
    assert "Faculty preference" in said["university-quality"]
    for stage in ("rehousing", "breakout with weights of pairs", "return home", "polish"):
        assert stage in said["university-stages"]
    assert "has no room: none has all that it needs" in said["university-lost"]
    assert "It is proven that they cannot all have a place" in said["university-lost"]
    changed = reopen(f"{out}-university-changed")
    assert changed.result.best is not None
    assert "F005" not in changed.problem.attendee
    with Path(f"{out}-university-changed", "changes.csv").open(encoding="utf-8", newline="") as file:
        kinds = [row["What"] for row in csv.DictReader(file)]
    assert f"{kinds.count('hour'):,} session" in said["university-repair"]
    assert reopen(f"{out}-university-lost").result.best is None
    students = {row.id for row in changed.problem.groups}
    for name, text in said.items():
        if name.startswith("university"):
            assert not students & set(text.split()), name


def test_a_change_that_cannot_be_is_refused(about: dict[str, object], tmp_path: Path) -> None:
    wrong = [{"kind": "room_closes", "room": "B01-1100"}]
    with pytest.raises(NotebookFailed, match="DataError"):
        run_notebook(
            CHANGE,
            {**about, "university_changes": wrong, "out": str(tmp_path / "run")},
            tmp_path / "none.ipynb",
        )
    assert not (tmp_path / "run-university-changed").exists()
    with pytest.raises(DataError, match="no parameter 'university_change'"):
        run_notebook(CHANGE, {**about, "university_change": []}, tmp_path / "unknown.ipynb")
