"""What a run can work with, and the plan that is made of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from echelon_lib.domain.errors import DataError, EchelonError
from echelon_lib.runs import resources
from echelon_lib.runs.resources import Resources, workers_of
from echelon_lib.runs.run import planned, run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.search.university import engine
from echelon_lib.search.university.stages import Stages
from tests.conftest import SAMPLES

COLLEGE = SAMPLES / "small_college"
GIB = 2**30


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four cores, 16 GiB of which 10 are free, and no graphics processor."""
    monkeypatch.setattr(resources, "memory", lambda: (10 * GIB, 16 * GIB))
    monkeypatch.setattr(resources, "cores", lambda root: 4)
    monkeypatch.setattr(engine, "usable", lambda: 4)
    monkeypatch.setattr(resources.os, "cpu_count", lambda: 8)
    monkeypatch.setattr(resources.shutil, "which", lambda name: None)


def test_the_machine_in_a_sentence(tmp_path: Path) -> None:
    assert Resources.here(tmp_path).sentence == (
        "4 of 8 cores may be used and 10.0 of 16.0 GiB of memory are free; no graphics processor was found, "
        "and none would be used."
    )


@pytest.mark.parametrize("names", resources.LIMITS)
def test_limits_of_a_container_count(names: tuple[str, str], tmp_path: Path) -> None:
    group = tmp_path / "sys" / "fs" / "cgroup" / "memory" / "job"
    group.mkdir(parents=True)
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "self" / "cgroup").write_text("4:memory:/job\n", encoding="utf-8")
    for name, value in zip(names, (4 * GIB, 1 * GIB), strict=True):
        (group / name).write_text(f"{value}\n", encoding="utf-8")
    found = Resources.here(tmp_path)
    assert (found.free, found.memory) == (3 * GIB, 4 * GIB)
    (group / names[0]).write_text("max\n", encoding="utf-8")
    assert Resources.here(tmp_path).memory == 16 * GIB


def test_a_graphics_processor_is_named_and_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resources.shutil, "which", lambda name: f"/usr/bin/{name}")

    def asked(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        assert command[0] == "/usr/bin/nvidia-smi"
        return subprocess.CompletedProcess(command, 0, "Tesla T4\n", "")

    monkeypatch.setattr(resources.subprocess, "run", asked)
    found = Resources.here(tmp_path)
    assert found.graphics == ("Tesla T4",)
    assert "Tesla T4 is not used, since no measurement shows that it helps." in found.sentence

    def silent(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        raise subprocess.TimeoutExpired(command, 5.0)

    monkeypatch.setattr(resources.subprocess, "run", silent)
    assert Resources.here(tmp_path).graphics == ()


PLANS = {
    "seconds": ({"seconds": 30.0}, "4 threads of this process", 4, "after the rest of 30 s"),
    "iterations": ({"iterations": 50}, "2 threads of this process", 2, "after 500,000 moves"),
    "iterations on one core": ({"iterations": 50, "cores": 1}, "this process", 2, "after 500,000 moves"),
    "workers": ({"seconds": 30.0, "workers": 3}, "3 processes of this machine", 3, "after the rest of 30 s"),
    "more workers than departments": (
        {"seconds": 30.0, "workers": 9},
        *("9 processes of this machine", 5, "after the rest of 30 s"),
    ),
    "a worker": ({"seconds": 30.0, "workers": 1}, "a process of this machine", 1, "after the rest of 30 s"),
    "a start": ({"seconds": 30.0, "start": True}, "4 threads of this process", 4, "after 30 s"),
}


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_says_which_stage_runs_where(name: str, planted_college: Path) -> None:
    told, where, parts, ends = PLANS[name]
    more: dict[str, Any] = dict(told)
    if "start" in more:
        more["start"] = planted_college
    plan = planned(Scenario(folder=COLLEGE, **more))
    last = plan.stages[-1]
    assert (last.stage, last.where, last.parts, last.ends) == ("annealing on week masks", where, parts, ends)
    assert last.rounds is not None
    assert last.rounds > 1
    assert len(plan.stages) == (1 if "start" in told else 5)
    assert all((one.where, one.parts, one.rounds) == ("this process", 1, None) for one in plan.stages[:-1])
    assert list(plan.table()["Stage"]) == [one.stage for one in plan.stages]
    workers = where if "workers" in told else "none"
    assert plan.sentences[1] == f"Workers of dask.distributed: {workers}."


@pytest.mark.parametrize(
    ("told", "generations", "where", "ends"),
    [
        ({"seconds": 30.0}, 50, "4 threads of this process", "after 50 generations, or 30 s"),
        ({"seconds": 30.0}, 0, "4 threads of this process", "after the rest of 30 s"),
        ({"iterations": 50, "cores": 1}, 0, "this process", "after 500,000 moves"),
    ],
)
def test_a_plan_says_what_ends_the_genetic_algorithm(
    told: dict[str, Any], generations: int, where: str, ends: str
) -> None:
    stages = Stages(quality="genetic", generations=generations)
    last = planned(Scenario(folder=COLLEGE, stages=stages, **told)).stages[-1]
    assert (last.stage, last.where, last.rounds, last.ends) == ("genetic algorithm", where, None, ends)


def test_the_plan_is_what_the_run_does(tmp_path: Path) -> None:
    told: list[object] = []
    done = run(Scenario(folder=COLLEGE, iterations=20), tmp_path / "run", on_plan=told.append)
    assert told == [done.plan]
    assert done.plan is not None
    assert [note.partition(":")[0] for note in done.result.notes] == [one.stage for one in done.plan.stages]
    last = done.plan.stages[-1]
    assert f" in {last.rounds} rounds of {last.parts} parts " in done.result.notes[-1]


def test_a_school_has_no_plan(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a plan is made for a university only"):
        planned(Scenario(folder=SAMPLES / "tiny_high"))
    told: list[object] = []
    done = run(Scenario(folder=SAMPLES / "tiny_high", kind="greedy"), tmp_path / "run", on_plan=told.append)
    assert (told, done.plan) == ([], None)


def test_without_the_extra_its_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "echelon_lib.search.university.distributed", None)
    with (
        pytest.raises(EchelonError, match=r"Maybe: pip install 'echelon\[distributed\]'"),
        workers_of(Scenario(folder=COLLEGE, workers=2)),
    ):
        pass
