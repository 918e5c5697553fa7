"""The table of generated schools has the medians of its runs, and says where there was no answer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from echelon_lib.runs.bench import faulty
from echelon_lib.runs.bench_families import COLUMNS, Cell, measure_cell
from tests.runs.bad_ends import ending_badly


def test_a_row_has_the_medians_of_its_runs(tmp_path: Path) -> None:
    row = measure_cell(Cell("realistic", 60, "greedy", 2, 1, 5.0), tmp_path)
    named = dict(zip(COLUMNS, row, strict=True))
    assert (named["Family"], named["Students"], named["Runs"], named["Broken"]) == (
        "realistic",
        "60",
        "2",
        "0",
    )
    assert 50 < float(named["Worst"].split()[0]) <= float(named["Met"].split()[0]) <= 100
    assert sorted(path.name for path in tmp_path.iterdir()) == ["realistic-60-0", "realistic-60-1"]


def test_a_method_without_an_answer_is_a_row(tmp_path: Path) -> None:
    row = measure_cell(Cell("realistic", 60, "nobody", 1, 2, 5.0), tmp_path)
    assert row[3:5] == ("0 of 2", "–")


def test_a_mismatch_of_a_run_stands_in_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = Cell("realistic", 60, "greedy", 1, 1, 5.0)
    assert not faulty([measure_cell(cell, tmp_path / "schools")])
    monkeypatch.setattr(sys, "executable", ending_badly(tmp_path))
    row = measure_cell(cell, tmp_path / "schools")
    assert row[COLUMNS.index("Runs")] == "1, 1 mismatch"
    assert faulty([row])
    silent = measure_cell(Cell("realistic", 60, "nobody", 1, 1, 5.0), tmp_path / "schools")
    assert silent[COLUMNS.index("Runs")] == "0 of 1, 1 failed"
