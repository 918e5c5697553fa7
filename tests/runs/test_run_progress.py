"""Progress: fresh while a run goes on, and no reason for a run to fail."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from echelon_lib.commands.watch import in_words
from echelon_lib.formats.run_folder import RunFolder
from echelon_lib.runs.job import read_progress
from echelon_lib.runs.progress import Progress, Reporter
from echelon_lib.search.report import Standing
from echelon_lib.solvers.result import TracePoint


def state(folder: Path) -> Any:
    return json.loads((folder / "progress.json").read_text(encoding="utf-8"))


def wait_until(true: Any) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.05)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """An empty run folder."""
    return RunFolder.create(tmp_path / "out")


def test_incumbents_are_told_soon(folder: RunFolder) -> None:
    with Reporter(folder, time_limit=60.0, solver="auto") as reporter:
        assert state(folder.path)["phase"] == "reading"
        reporter.phase("solving level 1")
        reporter.point(TracePoint(0.1, 2, 70, 60))
        wait_until(lambda: state(folder.path)["incumbent"] == 70)
        now = state(folder.path)
        assert (now["phase"], now["level"], now["bound"]) == ("solving level 2", 2, 60)
        assert 0 < now["eta_seconds"] <= 60
        assert 4 <= now["percent"] < 100
        reporter.end("completed")
    assert state(folder.path)["eta_seconds"] is None


def test_an_earlier_level_may_become_cheaper_after_a_later_one(folder: RunFolder) -> None:
    with Reporter(folder, time_limit=60.0, solver="auto") as reporter:
        reporter.phase("solving level 1")
        for point in (TracePoint(0.1, 1, 9, 0), TracePoint(0.2, 2, 70, None), TracePoint(0.3, 1, 8, 0)):
            reporter.point(point)
        wait_until(lambda: state(folder.path)["incumbent"] == 8)
        now = state(folder.path)
        assert (now["phase"], now["level"], now["bound"]) == ("solving level 1", 1, 0)


def test_many_incumbents_are_few_reports(folder: RunFolder) -> None:
    moments: list[Progress] = []
    with Reporter(folder, time_limit=60.0, solver="auto", on_progress=moments.append) as reporter:
        reporter.phase("solving level 1")
        start = time.monotonic()
        while time.monotonic() < start + 1.0:
            reporter.point(TracePoint(0.1, 1, 100, 0))
    assert 3 <= len(moments) <= 7


def test_a_listener_that_fails_does_not_end_the_run(folder: RunFolder) -> None:
    calls = []

    def listener(moment: Progress) -> None:
        calls.append(moment)
        if moment.incumbent is not None:
            raise RuntimeError("the window is gone")

    with Reporter(folder, time_limit=60.0, solver="auto", on_progress=listener) as reporter:
        reporter.phase("solving level 1")
        reporter.point(TracePoint(0.1, 1, 100, 0))
        wait_until(lambda: state(folder.path)["incumbent"] == 100)
        reporter.point(TracePoint(0.2, 1, 90, 0))
        wait_until(lambda: state(folder.path)["incumbent"] == 90)


def test_a_folder_that_is_gone_does_not_end_the_run(folder: RunFolder) -> None:
    with Reporter(folder, time_limit=60.0, solver="auto") as reporter:
        shutil.rmtree(folder.path)
        reporter.phase("solving level 1")
        reporter.end("failed", "gone")
    assert not folder.path.exists()


def test_nothing_is_told_after_the_end(folder: RunFolder) -> None:
    with Reporter(folder, time_limit=60.0, solver="auto") as reporter:
        reporter.phase("solving level 1")
        reporter.end("cancelled")
        (folder.path / "progress.json").unlink()
        reporter.point(TracePoint(0.1, 1, 100, 0))
        time.sleep(1.0)
    assert not (folder.path / "progress.json").exists()


def test_the_stage_of_a_search_is_told_at_once_and_stays_while_costs_come(folder: RunFolder) -> None:
    moments: list[Progress] = []
    with Reporter(folder, time_limit=60.0, solver="auto", on_progress=moments.append) as reporter:
        reporter.phase("solving level 1")
        reporter.stands(Standing("banding"))
        reporter.stands(Standing("heat bath"))
        reporter.stands(Standing("heat bath"))
        reporter.point(TracePoint(0.1, 1, 70, None))
        wait_until(lambda: state(folder.path)["incumbent"] == 70)
        now = state(folder.path)
        assert now["phase"] == "solving: heat bath"
        assert 4 <= now["percent"] < 100
        assert 0 < now["eta_seconds"] <= 60, "the clock decides"
        reporter.end("completed")
        reporter.stands(Standing("annealing"))
    phases = [moment.phase for moment in moments]
    assert list(dict.fromkeys(phases))[1:4] == ["solving level 1", "solving: banding", "solving: heat bath"]
    assert phases[-1] == "done"
    assert in_words(now).startswith("solving: heat bath: ")
    assert in_words(now).endswith(" s left, cost 70")


def test_where_moves_are_counted_they_say_how_far_it_is(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments: list[Progress] = []
    with Reporter(folder, time_limit=None, solver="auto", on_progress=moments.append) as reporter:
        now = [0.0]
        monkeypatch.setattr(reporter._clock, "elapsed", lambda: now[0])
        reporter.phase("solving level 1")
        reporter.stands(Standing("heat bath", 0.0))
        now[0] = 10.0
        reporter.stands(Standing("annealing", 0.25, 30.0))
        now[0] = 14.0
        reporter.phase("solving: annealing")
    by_phase = {moment.phase: moment for moment in moments}
    assert (by_phase["solving: heat bath"].percent, by_phase["solving: heat bath"].eta_seconds) == (4.0, None)
    told = [moment for moment in moments if moment.phase == "solving: annealing"]
    assert [(one.percent, one.eta_seconds) for one in told] == [(27.0, 30.0), (27.0, 26.0)]


def test_progress_is_read_back_as_far_as_it_is_one(folder: RunFolder) -> None:
    with Reporter(folder, time_limit=60.0, solver="auto") as reporter:
        reporter.end("completed")
    moment = read_progress(folder.path)
    assert moment is not None
    assert (moment.phase, moment.status, moment.percent) == ("done", "completed", 100.0)
    for damaged in ("{", "[]", '{"phase": "created"}', json.dumps({**moment.as_dict(), "percent": "all"})):
        (folder.path / "progress.json").write_text(damaged, encoding="utf-8")
        assert read_progress(folder.path) is None
