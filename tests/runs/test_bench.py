"""A benchmark runs every method in a process of its own and tells what came out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from echelon_lib.runs.bench import COLUMNS, Instance, Solved, faulty, markdown, measure, solved
from echelon_lib.solvers.base import BackendUnavailable
from tests.runs.bad_ends import ending_badly


def test_each_method_has_a_row_with_its_figures(tiny_high_folder: Path) -> None:
    rows = list(measure([Instance("tiny", tiny_high_folder)], ["greedy", "highs"], seconds=20))
    greedy, highs = (dict(zip(COLUMNS, row, strict=True)) for row in rows)
    assert (greedy["Method"], greedy["Requests"], greedy["Bound 1"]) == ("greedy", "38", "0")
    assert (highs["Met"], highs["Cost 1"], highs["Bound 1"]) == ("97.37 %", "85", "85")
    assert (highs["Gap 1"], highs["Status"]) == ("0.000 %", "OPTIMAL")
    assert int(highs["MiB"]) > 20
    assert float(highs["Seconds"]) < 20


def test_a_school_that_cannot_be_read_is_a_row_and_not_an_end(tmp_path: Path) -> None:
    (row,) = measure([Instance("nothing", tmp_path / "nowhere")], ["greedy"], seconds=5)
    assert dict(zip(COLUMNS, row, strict=True))["Status"] == "not run"


def test_a_mismatch_of_a_run_is_not_lost(
    tiny_high_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = Instance("tiny", tiny_high_folder)
    rows = list(measure([tiny], ["greedy", "nobody"], seconds=5))
    assert [row[COLUMNS.index("Status")] for row in rows] == ["FEASIBLE", "not run"]
    assert not faulty(rows)
    monkeypatch.setattr(sys, "executable", ending_badly(tmp_path))
    rows = list(measure([tiny], ["greedy", "nobody"], seconds=5))
    assert [row[COLUMNS.index("Status")] for row in rows] == ["FEASIBLE, mismatch", "failed"]
    assert faulty(rows[:1])
    assert faulty(rows[1:])


def test_a_solver_that_may_not_take_a_model_is_no_fault() -> None:
    said = {"error": BackendUnavailable.__name__, "exit_code": 1}
    assert Solved(said, 100.0, 1).fault is None
    assert Solved({"error": "MemoryError", "exit_code": 1}, 100.0, 1).fault == "failed"
    assert Solved(None, 100.0, -9).fault == "failed"
    assert Solved(None, 100.0, 2).fault is None


def test_runs_are_kept_where_they_are_wanted_and_none_is_overwritten(
    tiny_high_folder: Path, tmp_path: Path
) -> None:
    for _ in range(2):
        assert solved(Instance("tiny", tiny_high_folder), "greedy", 5, 3, keep=tmp_path / "runs").code == 0
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {"tiny-greedy-3-1", "tiny-greedy-3-2"}
    assert (tmp_path / "runs" / "tiny-greedy-3-2" / "Master_Schedule.csv").exists()


def test_the_page_says_how_it_was_made() -> None:
    page = markdown("Samples", "echelon bench samples", [["x"] * len(COLUMNS)])
    assert "Made by `echelon bench samples`, one run after the other." in page
    assert page.count("\n|") == 3
