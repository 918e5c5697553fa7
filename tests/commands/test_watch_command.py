"""``echelon watch``: a run that goes on elsewhere is followed to its end."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from command_runner import documents, echelon

from echelon_lib.commands.screen import Screen
from echelon_lib.commands.watch import Watch
from echelon_lib.formats.run_folder import RunFolder
from echelon_lib.runs.compiling import COMPILING
from echelon_lib.runs.job import read_progress
from echelon_lib.runs.progress import Reporter
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.search.report import Standing
from echelon_lib.solvers.result import TracePoint


def going_on(folder: Path, end: Callable[[Reporter], None]) -> threading.Timer:
    """Begin a run that stands in its heat bath, and ends a moment later."""
    reporter = Reporter(RunFolder.create(folder), time_limit=60.0, solver="auto")
    reporter.__enter__()
    reporter.phase("solving level 1")
    reporter.point(TracePoint(0.1, 1, 1234, None))
    reporter.stands(Standing("heat bath"))  # which is told at once, and the cost with it

    def stop() -> None:
        end(reporter)
        reporter.__exit__(None, None, None)

    timer = threading.Timer(1.5, stop)
    timer.start()
    return timer


def test_stage_per_cent_and_cost_are_shown_until_the_end(tmp_path: Path) -> None:
    timer = going_on(tmp_path / "run", lambda reporter: reporter.end("completed"))
    done = echelon("watch", tmp_path / "run")
    timer.join()
    assert done.exit_code == 0
    assert "solving: heat bath: " in done.stderr
    assert " s of 60 s, " in done.stderr
    assert "cost 1,234" in done.stderr
    assert done.stdout.strip() == "The run has ended."


def test_compiling_is_told_now_and_then(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Reporter(RunFolder.create(tmp_path / "run"), time_limit=60.0, solver="auto") as reporter:
        reporter.phase(COMPILING)
        moment = read_progress(tmp_path / "run")
    assert moment is not None
    shown = Watch(Screen())
    for seconds in (0.0, 0.4, 2.8, 9.0, 10.1, 12.5, 31.0, 33.0):
        shown.show(replace(moment, seconds=seconds))
    assert capsys.readouterr().err.splitlines() == [f"{COMPILING}: {n} s" for n in (0, 10, 31)]


def test_the_code_is_that_of_the_run(tmp_path: Path, tiny_high_folder: Path) -> None:
    timer = going_on(tmp_path / "failing", lambda reporter: reporter.end("failed", "the data cannot be used"))
    code, said = documents("watch", tmp_path / "failing")
    timer.join()
    assert code == said["exit_code"] == 1
    assert said["message"].startswith("The run failed: the data cannot be used.")
    assert said["progress"]["status"] == "failed"
    finished = run(Scenario(folder=tiny_high_folder, kind="greedy"), tmp_path / "finished").folder
    code, said = documents("watch", finished)
    assert code == 0
    assert said["message"].startswith(json.loads((finished / "result.json").read_text())["first_line"][:20])


def test_a_run_that_was_killed_is_not_waited_for(tmp_path: Path) -> None:
    timer = going_on(tmp_path / "run", lambda reporter: None)
    timer.join()
    path = tmp_path / "run" / "progress.json"
    state = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**state, "pid": 2**22 + 1}), encoding="utf-8")
    done = echelon("watch", tmp_path / "run")
    assert done.exit_code == 1
    assert done.stdout.startswith("The run ended without a result; perhaps it was ended from outside")


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_what_is_no_run_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    done = echelon("watch", tmp_path / name)
    assert done.exit_code == 2
    assert "holds no run" in done.stderr
