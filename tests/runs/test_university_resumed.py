"""A university's run that was killed in the midst of its annealing is gone on from by its folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pulled_plugs import wait_until

from echelon_lib.domain.problem import Problem
from echelon_lib.formats.incumbent import INCUMBENT, read_incumbent
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.university import load_university
from tests.conftest import SAMPLES

ROOT = Path(__file__).resolve().parents[2]
COLLEGE = SAMPLES / "small_college"
OFTEN = """
import sys
from echelon_lib.runs import progress
progress.BETWEEN_CHECKPOINTS = progress.CHECKPOINTS_OF = 0.2
from echelon_lib.commands.app import main
main()
"""
"""The command, which keeps its best timetable more often than usual."""


@pytest.fixture(scope="module")
def college() -> Problem:
    return load_university(COLLEGE)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that was killed while it annealed and had kept a week better than its first."""
    out = tmp_path_factory.mktemp("killed") / "run"
    command = [sys.executable, "-c", OFTEN, "solve", str(COLLEGE), "--seconds", "120", "--out", str(out)]
    running = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until((out / INCUMBENT).exists, 120)
        first = (out / INCUMBENT).read_text(encoding="utf-8")
        wait_until(lambda: (out / INCUMBENT).read_text(encoding="utf-8") != first, 90)
        assert cost_in(out)[0] < json.loads(first)["cost"][0]
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait(timeout=30)
    return out


def cost_in(folder: Path) -> list[int]:
    record = json.loads((folder / INCUMBENT).read_text(encoding="utf-8"))
    assert record["feasible"] is True
    found: list[int] = record["cost"]
    return found


def test_what_is_kept_while_it_anneals_is_what_the_evaluator_says(killed: Path, college: Problem) -> None:
    assert not (killed / "result.json").exists()
    said = json.loads((killed / "progress.json").read_text(encoding="utf-8"))
    assert said["phase"] == "solving: annealing on week masks"
    kept = read_incumbent(killed, college)
    assert kept is not None
    assert evaluate(college, kept).feasible
    assert list(evaluate(college, kept).cost) == cost_in(killed)


def test_another_run_goes_on_from_its_folder(killed: Path, tmp_path: Path) -> None:
    outcome = run(Scenario(folder=COLLEGE, iterations=5, start=killed), tmp_path / "next")
    assert outcome.result.cost is not None
    assert list(outcome.result.cost) <= cost_in(killed)
    assert [note.partition(":")[0] for note in outcome.result.notes] == ["annealing on week masks"]
