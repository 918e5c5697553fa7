"""Checkpoints: the best timetable so far lies on disk while a run goes on, whatever becomes of the run."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pulled_plugs import fill, wait_until
from schools_by_hand import six_students, six_students_placed

from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.incumbent import INCUMBENT, has_incumbent, read_incumbent
from echelon_lib.formats.run_folder import RunFolder
from echelon_lib.runs.progress import BETWEEN_CHECKPOINTS, CHECKPOINTS_OF, Progress, Reporter
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.schools import load_school
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.solvers.result import Result, Status, TracePoint

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def problem() -> Problem:
    return six_students()


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """An empty run folder."""
    return RunFolder.create(tmp_path / "out")


def reporter_of(folder: RunFolder) -> Reporter:
    return Reporter(folder, time_limit=60.0, solver="auto")


def keep(reporter: Reporter, problem: Problem, timetable: Timetable) -> None:
    reporter.keep(problem, timetable, evaluate(problem, timetable))


def worse() -> Timetable:
    return six_students_placed().with_enrolment("bob", ["A-2"])


def test_the_first_timetable_is_written_soon(folder: RunFolder, problem: Problem) -> None:
    with reporter_of(folder) as reporter:
        keep(reporter, problem, worse())
        wait_until(lambda: has_incumbent(folder.path), BETWEEN_CHECKPOINTS)
        assert read_incumbent(folder.path, problem) == worse()


def test_only_what_is_better_and_keeps_the_rules_is_written(folder: RunFolder, problem: Problem) -> None:
    with reporter_of(folder) as reporter:
        placed = six_students_placed()
        keep(reporter, problem, placed.place("A-2", placed.placements["A-1"].time))
        assert reporter.best is None
        keep(reporter, problem, placed)
        keep(reporter, problem, worse())
        assert reporter.best is not None
        assert reporter.best[0] == placed
    assert read_incumbent(folder.path, problem) == placed, "the end of a run writes what was left"


def test_it_is_written_seldom(folder: RunFolder, problem: Problem) -> None:
    with reporter_of(folder) as reporter:
        keep(reporter, problem, worse())
        wait_until(lambda: has_incumbent(folder.path))
        written = (folder.path / INCUMBENT).stat().st_mtime_ns
        keep(reporter, problem, six_students_placed())
        wait_until(lambda: (folder.path / INCUMBENT).stat().st_mtime_ns != written)
        assert (folder.path / INCUMBENT).stat().st_mtime_ns - written > 0.9e9 * BETWEEN_CHECKPOINTS
    assert read_incumbent(folder.path, problem) == six_students_placed()


def test_a_promised_timetable_is_made_and_evaluated_apart_from_the_search(
    folder: RunFolder, problem: Problem
) -> None:
    makers: list[str] = []

    def make() -> Timetable:
        makers.append(threading.current_thread().name)
        return six_students_placed()

    with reporter_of(folder) as reporter:
        reporter.promise(problem, lambda: pytest.fail("a better one was promised since"))
        reporter.promise(problem, make)
        wait_until(lambda: has_incumbent(folder.path), BETWEEN_CHECKPOINTS)
    assert makers == ["echelon-progress"], "once, and by nobody else"
    assert read_incumbent(folder.path, problem) == six_students_placed()
    record = json.loads((folder.path / INCUMBENT).read_text(encoding="utf-8"))
    assert record["cost"] == list(evaluate(problem, six_students_placed()).cost)


def test_what_is_kept_takes_the_place_of_what_was_promised(folder: RunFolder, problem: Problem) -> None:
    with reporter_of(folder) as reporter:
        reporter.promise(problem, lambda: pytest.fail("nobody needs it"))
        keep(reporter, problem, worse())
        assert reporter.best is not None
        assert reporter.best[0] == worse()
        reporter.promise(problem, six_students_placed)
        assert reporter.best[0] == six_students_placed(), "whoever asks for the best has it made"
    assert read_incumbent(folder.path, problem) == six_students_placed()


def test_what_takes_long_is_made_seldom(
    folder: RunFolder, problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A twentieth of the time at most goes to making and writing."""
    now = [0.0]

    def make() -> Timetable:
        now[0] += 3.0
        return six_students_placed()

    reporter = reporter_of(folder)
    monkeypatch.setattr(reporter._clock, "elapsed", lambda: now[0])
    reporter.promise(problem, make)
    reporter._keep_best()
    assert reporter._next_checkpoint == 3.0 * CHECKPOINTS_OF > BETWEEN_CHECKPOINTS


def test_nothing_is_written_once_the_result_is_near(folder: RunFolder, problem: Problem) -> None:
    with reporter_of(folder) as reporter:
        keep(reporter, problem, worse())
        reporter.settle(problem, Result(Status.CANCELLED, None, None, (), (), 0.0, "none", 0))
        assert read_incumbent(folder.path, problem) == worse(), "what is known then is written first"
        (folder.path / INCUMBENT).unlink()
        keep(reporter, problem, six_students_placed())
    assert not has_incumbent(folder.path)


def test_a_full_disk_keeps_the_one_before(small_disk: Path, problem: Problem) -> None:
    folder = RunFolder.create(small_disk / "out")
    with reporter_of(folder) as reporter:
        keep(reporter, problem, worse())
        wait_until(lambda: has_incumbent(folder.path))
        filler = fill(small_disk)
        keep(reporter, problem, six_students_placed())
        wait_until(lambda: reporter.best and reporter.best[0] == six_students_placed())
    assert read_incumbent(folder.path, problem) == worse()
    filler.unlink()
    left = {path.name for path in folder.path.iterdir()}
    assert left == {"progress.json", INCUMBENT}, "nothing half-written is left"


def test_a_full_disk_does_not_end_a_run(
    small_disk: Path, tiny_high_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = small_disk / "out"
    fillers: list[Path] = []

    def follow(moment: Progress) -> None:
        if moment.phase == "checking":
            fillers.append(fill(small_disk))
        elif moment.phase == "writing":
            fillers[0].unlink()

    outcome = run(Scenario(folder=tiny_high_folder, solver="highs"), out, on_progress=follow)
    assert outcome.result.best is not None
    assert json.loads((out / "result.json").read_text(encoding="utf-8"))["status"] == "OPTIMAL"
    assert "ST0" not in caplog.text


def test_a_disk_that_stays_full_loses_only_what_was_not_written(
    small_disk: Path, valley_high_folder: Path
) -> None:
    """The run fails and says so; the timetable that had been kept is still there to continue from."""
    out = small_disk / "out"

    def follow(moment: Progress) -> None:
        if moment.phase == "writing":
            fill(small_disk)

    with pytest.raises(OSError, match="No space"):
        run(Scenario(folder=valley_high_folder, solver="highs", seconds=4), out, on_progress=follow)
    assert not (out / "result.json").exists()
    (small_disk / "filler").unlink()
    problem = load_school(valley_high_folder)
    kept = read_incumbent(out, problem)
    assert kept is not None
    assert evaluate(problem, kept).feasible
    assert {path.name for path in out.iterdir()} == {"progress.json", INCUMBENT}


def test_a_limit_of_file_size_does_not_end_a_run(valley_high_folder: Path, tmp_path: Path) -> None:
    """Where no file may be as large as the timetable, progress is still told and the run ends in words."""
    out = tmp_path / "out"

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    command = [sys.executable, "-m", "echelon_lib", "solve", str(valley_high_folder), "--kind", "greedy"]
    done = subprocess.run(
        [*command, "--out", str(out)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=limited,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads((out / "progress.json").read_text(encoding="utf-8"))["phase"] == "failed"
    assert {path.name for path in out.iterdir()} == {"progress.json"}


def test_a_finished_run_leaves_no_incumbent(tiny_high_folder: Path, tmp_path: Path) -> None:
    outcome = run(Scenario(folder=tiny_high_folder, solver="highs"), tmp_path / "out")
    assert not has_incumbent(outcome.folder)
    assert not list(outcome.folder.glob(".*"))


def test_what_is_kept_is_what_is_told(valley_high_folder: Path, tmp_path: Path) -> None:
    """In the middle of a search the kept timetable is no worse than what was told a checkpoint ago."""
    out = tmp_path / "out"
    command = [sys.executable, "-m", "echelon_lib", "solve", str(valley_high_folder)]
    running = subprocess.Popen(
        [*command, "--seconds", "90", "--out", str(out)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until((out / INCUMBENT).exists, 90)
        problem = load_school(valley_high_folder)
        first = (out / INCUMBENT).read_text(encoding="utf-8")
        wait_until(lambda: (out / INCUMBENT).read_text(encoding="utf-8") != first, 90)
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait(timeout=30)
    assert not (out / "result.json").exists()
    record = json.loads((out / INCUMBENT).read_text(encoding="utf-8"))
    assert record["cost"] < json.loads(first)["cost"]
    kept = read_incumbent(out, problem)
    assert kept is not None
    assert list(evaluate(problem, kept).cost) == record["cost"]
    assert evaluate(problem, kept).feasible


def test_a_search_does_not_wait_for_a_slow_disk(folder: RunFolder, problem: Problem) -> None:
    """Handing over takes no lock that is held while a file is written."""
    with reporter_of(folder) as reporter:
        with reporter._writing:
            keep(reporter, problem, six_students_placed())
            reporter.point(TracePoint(0.1, 1, 100, 0))
        wait_until(lambda: has_incumbent(folder.path))


def test_a_folder_that_is_gone_does_not_end_the_run(folder: RunFolder, problem: Problem) -> None:
    with reporter_of(folder) as reporter:
        shutil.rmtree(folder.path)
        keep(reporter, problem, six_students_placed())
    assert not folder.path.exists()
