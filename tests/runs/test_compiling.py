"""The search is compiled before any clock runs, and whoever watches is told."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from echelon_lib import load_university
from echelon_lib.commands.watch import in_words
from echelon_lib.formats.run_folder import RunFolder
from echelon_lib.runs import compiling
from echelon_lib.runs import run as run_module
from echelon_lib.runs.compiling import COMPILING, compile_for, compile_questions
from echelon_lib.runs.progress import Progress, Reporter
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.search import suggest
from echelon_lib.search.university.stages import Stages
from echelon_lib.solvers.result import Status

COLLEGE = Path(__file__).parents[2] / "data" / "samples" / "small_college"


@pytest.fixture
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A machine that has compiled nothing, for a problem that needs it; what is done is listed."""
    done: list[str] = []

    class WarmUp:
        def __call__(self) -> None:
            done.append("compiled")

        def cache_info(self) -> WarmUp:
            return self

        currsize = 0

    monkeypatch.setattr(compiling, "warm_up", WarmUp())
    monkeypatch.setattr(compiling, "compiled", lambda *, university: not university and "compiled" in done)
    monkeypatch.setattr(compiling, "needs_compiling", lambda problem, method: method != "greedy")
    return done


def test_a_run_compiles_first_and_says_so(
    tiny_high_folder: Path, tmp_path: Path, uncompiled: list[str]
) -> None:
    phases: list[str] = []
    run(Scenario(folder=tiny_high_folder), tmp_path / "run", on_progress=lambda one: phases.append(one.phase))
    assert phases.index(COMPILING) < phases.index("solving level 1")
    assert uncompiled == ["compiled"]
    phases.clear()
    run(
        Scenario(folder=tiny_high_folder),
        tmp_path / "again",
        on_progress=lambda one: phases.append(one.phase),
    )
    assert COMPILING not in phases, "it lies ready now, and loading it needs no word"
    assert uncompiled == ["compiled", "compiled"]


def test_questions_compile_first_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    warm_up = cache(lambda: said.append("compiled"))
    monkeypatch.setattr(suggest, "warm_up_questions", warm_up)
    monkeypatch.setattr(compiling, "_lies_ready", lambda kernel: False)
    compile_questions(said.append)
    compile_questions(said.append)
    assert said == [COMPILING, "compiled"]
    warm_up.cache_clear()
    monkeypatch.setattr(compiling, "_lies_ready", lambda kernel: True)
    compile_questions(said.append)
    assert said == [COMPILING, "compiled", "compiled"], "what lies ready needs no word"


def test_greedy_compiles_nothing(solved: object, uncompiled: list[str]) -> None:
    compile_for(solved.problem, "greedy")  # type: ignore[attr-defined]
    assert uncompiled == []


def test_an_interrupt_while_compiling_keeps_what_there_is(
    tiny_high_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run_module, "compile_for", interrupted)
    outcome = run(Scenario(folder=tiny_high_folder), tmp_path / "run")
    assert outcome.result.status is Status.CANCELLED
    assert outcome.result.best is not None, "the greedy timetable"


class Process:
    """A process that is only written down."""

    def __init__(self, command: list[str], **_: object) -> None:
        self.command, self.done = command, list[str]()
        started.append(self)

    def wait(self) -> None:
        self.done.append("waited for")

    def kill(self) -> None:
        self.done.append("killed")


started: list[Process] = []


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    """The processes that are started while a machine of two cores compiles for universities."""
    started.clear()
    monkeypatch.setattr(compiling.subprocess, "Popen", Process)
    monkeypatch.setattr(compiling, "cores", lambda: 2)
    monkeypatch.setattr(compiling, "compiled", lambda *, university: False)
    return started


def test_another_core_compiles_the_largest_kernel(
    processes: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = load_university(COLLEGE)
    warmed: list[str] = []
    monkeypatch.setattr(compiling, "warm_up_university", lambda stages: warmed.append(stages.quality))
    compile_for(problem, "auto")
    assert warmed == ["none", "annealing"]
    assert [process.done[0] for process in processes] == ["waited for"]
    monkeypatch.setattr(compiling, "cores", lambda: 1)
    compile_for(problem, "auto")
    assert len(processes) == 1


def test_it_does_compile_it(processes: list[Process]) -> None:
    with compiling._beside(compiling.warm_up_annealing):
        pass
    code = processes[0].command[-1]
    assert "warm_up_annealing" in code
    exec(code, {})


def test_an_interrupt_ends_it_too(processes: list[Process], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(stages: Stages) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(compiling, "warm_up_university", interrupted)
    with pytest.raises(KeyboardInterrupt):
        compile_for(load_university(COLLEGE), "auto")
    assert processes[0].done[0] == "killed"


def test_the_clock_does_not_count_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments: list[Progress] = []
    folder = RunFolder.create(tmp_path / "run")
    with Reporter(folder, time_limit=60.0, solver="auto", on_progress=moments.append) as reporter:
        now = [0.0]
        monkeypatch.setattr(reporter._clock, "elapsed", lambda: now[0])
        for at, phase in ((1.0, "checking"), (2.0, COMPILING), (50.0, "solving level 1"), (52.0, "writing")):
            now[0] = at
            reporter.phase(phase)
        reporter.end("completed")
    seconds = {moment.phase: moment.seconds for moment in moments}
    assert seconds[COMPILING] == 2.0
    assert (seconds["solving level 1"], seconds["writing"]) == (2.0, 4.0)
    said = json.loads((folder.path / "progress.json").read_text(encoding="utf-8"))
    assert said["seconds"] == 4.0
    assert in_words({**said, "phase": COMPILING}).startswith("compiling the search (once on this machine)")
