"""``echelon demo``: the notebook of the main job, executed and summed up."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from command_runner import ROOT, echelon, process, wait_for_incumbent

from echelon_lib.commands import demo as demo_command

RUNS_IT = """
from echelon_lib import Scenario, run
run(Scenario(folder=folder, rules=rules, solver=solver, seconds=time_limit, seed=seed, kind="greedy"), out)
"""


def a_notebook(path: Path, parameters: str, code: str) -> Path:
    def cell(source: str, tags: list[str]) -> dict[str, Any]:
        return {
            "cell_type": "code",
            "id": f"c{len(source)}",
            "metadata": {"tags": tags},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }

    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    content = {
        "cells": [cell(parameters, ["parameters"]), cell(code, [])],
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


PARAMETERS = "folder = ''\nrules = ''\nsolver = 'auto'\ntime_limit = 1\nseed = 0\nout = ''"


@pytest.fixture
def in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)


@pytest.mark.usefixtures("in_the_checkout")
def test_demo_runs_its_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_command, "NOTEBOOK", a_notebook(tmp_path / "n.ipynb", PARAMETERS, RUNS_IT))
    done = echelon("demo", "--seconds", 5, "--out", "out")
    assert done.exit_code == 0, done.output
    for words in (
        "requests met",
        "Students complete",
        "Bound",
        "Gap",
        "Utilisation",
        "Seconds",
        "greedy",
        "out",
    ):
        assert words in done.stdout
    assert (tmp_path / "out" / "n.ipynb").exists()
    assert (tmp_path / "out" / "result.json").exists()
    assert not (tmp_path / "out.ipynb").exists()


@pytest.mark.usefixtures("in_the_checkout")
def test_demo_fails_with_its_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = a_notebook(tmp_path / "n.ipynb", PARAMETERS, "raise ValueError('no seats')")
    monkeypatch.setattr(demo_command, "NOTEBOOK", failing)
    done = echelon("demo", "--out", "out")
    assert done.exit_code == 1
    assert "no seats" in done.stderr
    silent = a_notebook(tmp_path / "n.ipynb", PARAMETERS, "1")
    monkeypatch.setattr(demo_command, "NOTEBOOK", silent)
    assert echelon("demo", "--out", "out2").exit_code == 1


def test_demo_refuses_a_notebook_without_its_parameters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = a_notebook(tmp_path / "n.ipynb", "folder = ''\nrules = ''\nsecnds = 3", "1")
    monkeypatch.setattr(demo_command, "NOTEBOOK", notebook)
    done = echelon("demo", "--out", "out")
    assert done.exit_code == 2
    assert "'secnds' was meant?" in done.stderr


def test_demo_needs_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_command, "NOTEBOOK", Path("notebooks/nowhere.ipynb"))
    done = echelon("demo")
    assert done.exit_code == 2
    assert "in the checkout" in done.stderr


def test_a_signal_to_the_demo_keeps_the_incumbent(tmp_path: Path) -> None:
    running = process("demo", "--seconds", 100, "--out", tmp_path / "out")
    try:
        wait_for_incumbent(tmp_path / "out", running)
        running.send_signal(signal.SIGINT)
        said, err = running.communicate(timeout=150)
    finally:
        running.kill()
    assert running.returncode == 4, err
    assert "requests met" in said
    assert (tmp_path / "out" / "02_master_schedule.ipynb").exists()
    assert json.loads((tmp_path / "out" / "result.json").read_text())["status"] == "CANCELLED"
