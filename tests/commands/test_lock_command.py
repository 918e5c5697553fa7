"""``echelon lock``: from a run to a file of locks, and from there to the next run."""

from __future__ import annotations

import json
from pathlib import Path

from command_runner import documents, echelon


def test_lock_then_solve_again(school: Path, made: Path, tmp_path: Path) -> None:
    out = tmp_path / "locks.csv"
    done = echelon("lock", made, "--section", "ENG-2", "--student", "ST01", "--out", out)
    assert done.exit_code == 0
    assert "section ENG-2" in done.stdout
    assert "0 before" in done.stdout
    code, document = documents("lock", made, "--teacher", "T02", "--course", "Art", "--out", out)
    assert code == 0
    locked = [one["Locked"] for one in document["locks"]]
    assert document["before"] < len(locked)
    assert {"section ENG-2", "section BIO-1", "section ART-1", "student ST01"} == set(locked)
    words = ["--start", made, "--locks", out, "--kind", "greedy", "--out", tmp_path / "again"]
    done = echelon("solve", school, *words)
    assert done.exit_code == 0
    assert f"Locks: All {len(locked)} locks are kept." in done.stdout
    assert "ST01" not in done.output, "a run says nothing of a single student"
    record = json.loads((tmp_path / "again" / "result.json").read_text(encoding="utf-8"))
    assert record["locks"] == len(locked)
    # A new file begins with the locks of the run.
    fewer = tmp_path / "fewer.csv"
    code, document = documents("lock", tmp_path / "again", "--unlock", "--student", "ST01", "--out", fewer)
    assert document["before"] == len(locked)
    assert {one["Locked"] for one in document["locks"]} == set(locked) - {"student ST01"}


def test_names_that_nobody_bears(made: Path, tmp_path: Path) -> None:
    done = echelon("lock", made, "--section", "ENG-22", "--course", "Histry", "--out", tmp_path / "l.csv")
    assert done.exit_code == 2
    assert "Maybe 'ENG-2' was meant?" in done.stderr
    assert "There is no course 'Histry'." in done.stderr
    assert not (tmp_path / "l.csv").exists()
    assert echelon("lock", made, "--out", tmp_path / "l.csv").exit_code == 2
    done = echelon("lock", made, "--course", "Art", "--out", tmp_path / "nowhere" / "deep" / "l.csv")
    assert done.exit_code == 2
    (tmp_path / "l.csv").write_text("Kind,ID\nsection,ENG-77\n", encoding="utf-8")
    assert "ENG-77" in echelon("lock", made, "--course", "Art", "--out", tmp_path / "l.csv").stderr
