"""``echelon solve``: what it says, what it leaves behind, and what signals do to it."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from command_runner import documents, echelon, in_a_process, process, wait_for_incumbent

from echelon_lib.runs import run as run_module
from echelon_lib.solvers.result import Status


def test_solve_says_how_it_came_out(school: Path, tmp_path: Path) -> None:
    done = echelon("solve", school, "--solver", "highs", "--out", tmp_path / "out")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0].startswith("97.3 % of requests met")
    assert "37 of 38" in done.stdout
    assert str(tmp_path / "out" / "viewer.html") in done.stdout
    assert "solving level 1" in done.stderr
    assert "ST0" not in done.output


def test_solve_prints_one_document(school: Path, tmp_path: Path) -> None:
    code, document = documents("solve", school, "--kind", "greedy", "--out", tmp_path / "out")
    assert code == document["exit_code"] == 0
    assert document["folder"] == str(tmp_path / "out")
    assert document["met"] == document["greedy"]["met"]
    assert Path(document["viewer"]).exists()


def test_solve_prints_one_document_in_a_process_too(school: Path, tmp_path: Path) -> None:
    code, out, err = in_a_process("solve", school, "--seconds", "20", "--out", tmp_path / "out", "--json")
    assert code == 0, err
    assert json.loads(out)["status"] == "OPTIMAL"


def test_solve_makes_a_folder_of_its_own(school: Path) -> None:
    assert echelon("solve", school, "--kind", "greedy").exit_code == 0
    assert echelon("solve", school, "--kind", "greedy").exit_code == 0
    assert len(list(Path("runs").iterdir())) == 2


def test_solve_continues_from_an_earlier_run(school: Path, made: Path, tmp_path: Path) -> None:
    _, first = documents("solve", school, "--solver", "highs", "--out", tmp_path / "first")
    words = ["--kind", "greedy", "--start", tmp_path / "first", "--out", tmp_path / "second"]
    code, second = documents("solve", school, *words)
    assert code == 0
    assert second["cost"] == first["cost"] < json.loads((made / "result.json").read_text())["cost"]
    assert second["parameters"]["start"] == str(tmp_path / "first")


def test_solve_cannot_continue_from_nothing(school: Path, tmp_path: Path) -> None:
    done = echelon("solve", school, "--start", tmp_path / "nowhere", "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "to continue from does not exist" in done.stderr
    assert not (tmp_path / "out").exists()


def test_solve_overwrites_nothing(school: Path, made: Path) -> None:
    before = (made / "result.json").read_bytes()
    done = echelon("solve", school, "--kind", "greedy", "--out", made)
    assert done.exit_code == 2
    assert "no run is ever overwritten" in done.stderr
    assert (made / "result.json").read_bytes() == before


def test_solve_of_an_impossible_school(school: Path, impossible: Path, tmp_path: Path) -> None:
    done = echelon("solve", school, "--rules", impossible, "--out", tmp_path / "out")
    assert done.exit_code == 3
    assert "No timetable can keep all required rules" in done.stdout
    assert (tmp_path / "out" / "findings.csv").exists()
    assert "viewer.html" not in done.stdout


def test_bad_data_leave_nothing_behind(broken: Path) -> None:
    done = echelon("solve", broken)
    assert done.exit_code == 2
    assert [path.name for path in Path.cwd().iterdir()] == ["broken"]
    code, document = documents("solve", broken)
    assert code == 2
    assert len(document["issues"]) == 3


def test_a_mismatch_ends_with_one(school: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = run_module.solve

    def doubtful(*given: Any, **more: Any) -> Any:
        result = honest(*given, **more)
        return replace(result, status=Status.FEASIBLE, mismatches=("level 1: the solver counts 0",))

    monkeypatch.setattr(run_module, "solve", doubtful)
    done = echelon("solve", school, "--kind", "greedy", "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "Mismatch: level 1" in done.stdout
    assert (tmp_path / "out" / "Master_Schedule.csv").exists(), "the timetable is kept"


def test_an_unforeseen_error_is_one_message(
    school: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise KeyError("ST07")

    monkeypatch.setattr(run_module, "solve", failing)
    done = echelon("solve", school, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "KeyError in" in done.stderr
    assert "ECHELON_DEBUG" in done.stderr
    assert "ST07" not in done.output
    assert json.loads((tmp_path / "out" / "progress.json").read_text())["phase"] == "failed"
    monkeypatch.setenv("ECHELON_DEBUG", "1")
    assert isinstance(echelon("solve", school, "--out", tmp_path / "out2").exception, KeyError)


@pytest.mark.parametrize("out", ["/dev/null/run", "/proc/run", "x" * 300])
def test_a_folder_that_cannot_be_made(school: Path, out: str) -> None:
    done = echelon("solve", school, "--kind", "greedy", "--out", out)
    assert done.exit_code in (1, 2)
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.output


def test_a_full_disk_is_said(school: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", str(tmp_path / "out"))

    monkeypatch.setattr(run_module.RunFolder, "finish", full)
    done = echelon("solve", school, "--kind", "greedy", "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "No space left on device" in done.stderr
    assert "Maybe free some space" in done.stderr


def test_nobody_listening_does_not_end_a_run(school: Path, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    code, _, _ = in_a_process(
        "solve", school, "--kind", "greedy", "--out", tmp_path / "out", stdout=writing, stderr=writing
    )
    os.close(writing)
    assert (tmp_path / "out" / "result.json").exists()
    assert code in (0, 1)


@pytest.mark.parametrize(
    "signals", [[signal.SIGINT], [signal.SIGTERM], [signal.SIGINT, signal.SIGINT]], ids=str
)
def test_a_signal_keeps_the_incumbent(tmp_path: Path, signals: list[signal.Signals]) -> None:
    made = echelon(
        "generate", "school", "--students", 240, "--request-lists", 0, "--out", tmp_path / "school"
    )
    assert made.exit_code == 0
    out = tmp_path / "out"
    running = process("solve", tmp_path / "school", "--seconds", 150, "--out", out)
    try:
        wait_for_incumbent(out, running)
        for one in signals:
            running.send_signal(one)
            time.sleep(0.2)
        said, err = running.communicate(timeout=90)
    finally:
        running.kill()
    assert running.returncode == 4, err
    assert "CANCELLED" in said
    assert json.loads((out / "progress.json").read_text())["phase"] == "cancelled"
    assert json.loads((out / "result.json").read_text())["feasible"] is True
    assert echelon("evaluate", tmp_path / "school", out).exit_code == 0


@pytest.mark.usefixtures("only_the_search")
def test_solve_by_iterations_can_be_repeated(school: Path, tmp_path: Path) -> None:
    words = ("solve", school, "--iterations", 2, "--seed", 4)
    for name in ("one", "other"):
        assert echelon(*words, "--out", tmp_path / name).exit_code == 0
    for table in ("Master_Schedule.csv", "Student_Assignments.csv"):
        assert (tmp_path / "one" / table).read_bytes() == (tmp_path / "other" / table).read_bytes()
    assert echelon("solve", school, "--iterations", 0, "--out", tmp_path / "none").exit_code == 2
