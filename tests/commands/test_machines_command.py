"""``echelon solve`` of a university says where it runs, and runs on workers of dask.distributed."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
from command_runner import documents, echelon, process, wait_for_incumbent

from tests.conftest import SAMPLES

COLLEGE = SAMPLES / "small_college"


def test_the_plan_is_said_before_the_run(tmp_path: Path) -> None:
    done = echelon("solve", COLLEGE, "--iterations", 2, "--out", tmp_path / "run")
    assert done.exit_code == 0
    before, _, after = done.stdout.partition("698 of 698 sessions placed")
    assert "cores may be used" in before
    assert "Workers of dask.distributed: none." in before
    assert "Annealing on week masks: 2 threads of this process in 2 parts, dealt out about " in before
    assert "times, the end in one; ends after 20,000 moves." in before
    assert "Run folder" in after
    record = json.loads((tmp_path / "run" / "result.json").read_text(encoding="utf-8"))
    assert [one["stage"] for one in record["plan"]["stages"]][-1] == "annealing on week masks"
    assert record["plan"]["resources"]["cores"] >= 1


def test_the_plan_alone_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = echelon("solve", COLLEGE, "--seconds", 90, "--workers", 3, "--plan")
    assert done.exit_code == 0
    assert "3 processes of this machine" in done.stdout
    assert "after the rest of 90 s" in done.stdout
    assert list(tmp_path.iterdir()) == []
    code, told = documents("solve", COLLEGE, "--workers", 3, "--plan")
    assert code == told["exit_code"] == 0
    assert told["stages"][-1]["parts"] == 3


def test_workers_here_or_elsewhere_but_not_both(tmp_path: Path) -> None:
    done = echelon("solve", COLLEGE, "--workers", 2, "--dask", "tcp://127.0.0.1:9", "--out", tmp_path / "run")
    assert done.exit_code == 2
    assert "either workers are started here, or those of a scheduler work" in done.stderr


def test_workers_find_what_threads_find(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="dask.distributed, an extra, is not installed")
    words = ["solve", COLLEGE, "--iterations", 2, "--seed", 3]
    assert echelon(*words, "--out", tmp_path / "threads").exit_code == 0
    done = echelon(*words, "--workers", 2, "--out", tmp_path / "workers")
    assert done.exit_code == 0, done.stderr
    assert "starting the workers" in done.stderr
    assert "Workers of dask.distributed: 2 processes of this machine." in done.stdout
    tables = [(tmp_path / name / "timetable.csv").read_bytes() for name in ("threads", "workers")]
    assert tables[0] == tables[1]


def test_an_interrupt_of_all_processes_keeps_the_best(tmp_path: Path) -> None:
    """On a terminal, Ctrl-C reaches the workers as well."""
    pytest.importorskip("distributed", reason="dask.distributed, an extra, is not installed")
    out = tmp_path / "run"
    words = ["solve", COLLEGE, "--workers", 2, "--seconds", 100, "--out", out]
    running = process(*words, start_new_session=True)
    wait_for_incumbent(out, running)
    os.killpg(running.pid, signal.SIGINT)
    said, err = running.communicate(timeout=120)
    assert running.returncode == 4, err
    assert "698 of 698 sessions placed" in said
    assert "Traceback" not in err
