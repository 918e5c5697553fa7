"""Two runs side by side, from their folders alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from echelon_lib.domain.errors import DataError
from echelon_lib.runs.compare import compare_runs
from echelon_lib.runs.run import Outcome


@pytest.fixture
def copy(solved: Outcome, tmp_path: Path) -> Path:
    """A run folder that may be changed."""
    return Path(shutil.copytree(solved.folder, tmp_path / "copy"))


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_run_equals_itself(solved: Outcome) -> None:
    found = compare_runs(solved.folder, solved.folder)
    assert (found.sections_moved, found.students_moved) == (0, 0)
    assert all(measure.change in (0, None) for measure in found.measures)
    assert found.notes == ()


def test_figures_stand_side_by_side(solved: Outcome, quick: Outcome) -> None:
    found = compare_runs(quick.folder, solved.folder)
    assert found.names == ("quick", "solved")
    lines = {measure.name: measure for measure in found.measures}
    assert quick.greedy is not None
    assert lines["Requests met"].first == quick.greedy.met
    assert lines["Requests met"].change == 37 - quick.greedy.met
    assert lines["Cost of unmet requests"].second == 85
    assert lines["Status"].change is None


def test_movements_are_counted_from_the_tables(solved: Outcome, copy: Path) -> None:
    lines = (copy / "Student_Assignments.csv").read_text(encoding="utf-8").splitlines()
    without_last = [line for line in lines if not line.startswith("ST12")]
    (copy / "Student_Assignments.csv").write_text("\n".join(without_last), encoding="utf-8")
    placed = (copy / "Master_Schedule.csv").read_text(encoding="utf-8").splitlines()
    (copy / "Master_Schedule.csv").write_text("\n".join(placed[:-2]), encoding="utf-8")
    found = compare_runs(solved.folder, copy)
    assert (found.sections_moved, found.students_moved) == (2, 1)
    assert [(before != "", after) for _, before, after in found.moves] == [(True, ""), (True, "")]
    assert all(section in placed[-1] or section in placed[-2] for section, _, _ in found.moves)


def test_other_files_and_rules_are_said(solved: Outcome, copy: Path) -> None:
    record = json.loads((copy / "result.json").read_text(encoding="utf-8"))
    record["inputs"]["Period.csv"] = "0" * 64
    record["rules"]["section_target"] = 50
    (copy / "result.json").write_text(json.dumps(record), encoding="utf-8")
    assert len(compare_runs(solved.folder, copy).notes) == 2


def test_a_timetable_without_figures_compares_by_movement(solved: Outcome, copy: Path) -> None:
    (copy / "result.json").unlink()
    found = compare_runs(solved.folder, copy)
    assert (found.sections_moved, found.students_moved) == (0, 0)
    (note,) = found.notes
    assert note.startswith("copy has no result.json, so its figures are unknown")
    assert "echelon evaluate" in note
    assert all(measure.second is None for measure in found.measures)


def test_a_run_without_timetable_has_no_movement(solved: Outcome, copy: Path) -> None:
    for name in ("Master_Schedule.csv", "Student_Assignments.csv"):
        (copy / name).unlink()
    assert compare_runs(solved.folder, copy).sections_moved is None


def test_everything_wrong_comes_at_once(solved: Outcome, copy: Path, tmp_path: Path) -> None:
    replaced(copy / "Master_Schedule.csv", "Section ID", "Sektion")
    (copy / "Student_Assignments.csv").unlink()
    with pytest.raises(DataError) as error:
        compare_runs(copy, tmp_path / "nowhere")
    assert len(error.value.issues) >= 3
    with pytest.raises(DataError, match="no finished run"):
        compare_runs(solved.folder, tmp_path)
