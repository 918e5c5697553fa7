"""Runs as processes: found again whoever ended, stopped without loss, and honest when a plug was pulled."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from pulled_plugs import fill, wait_until

from echelon_lib.domain.errors import DataError, EchelonError
from echelon_lib.formats.incumbent import read_incumbent
from echelon_lib.runs.job import Job
from echelon_lib.runs.jobs import PATIENCE, Jobs, TooManyRuns, most_running
from echelon_lib.runs.reopen import reopen
from echelon_lib.runs.run import Outcome, run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.runs.workspace import Workspace
from echelon_lib.school_rules import SchoolRules
from echelon_lib.schools import load_school
from echelon_lib.scoring.evaluate import evaluate

ROOT = Path(__file__).resolve().parents[2]
LONG = 120.0


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace of its own for each test, in which nothing goes on afterwards."""
    made = Workspace(tmp_path / "workspace")
    yield made
    end_all(made)


@pytest.fixture
def jobs(workspace: Workspace) -> Jobs:
    return Jobs(workspace)


@pytest.fixture
def searching(jobs: Jobs) -> Job:
    """A run of the school of the demo that is in the middle of its search."""
    job = jobs.start("valley_high", SchoolRules(), seconds=LONG)
    wait_until(lambda: jobs.job(job.id).has_incumbent, 90)
    return jobs.job(job.id)


def about(workspace: Workspace, id: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((workspace.jobs / id / "job.json").read_text(encoding="utf-8"))
    return found


def rewrite(workspace: Workspace, id: str, **changes: object) -> None:
    path = workspace.jobs / id / "job.json"
    path.write_text(json.dumps(about(workspace, id) | changes), encoding="utf-8")


def end_all(workspace: Workspace) -> None:
    for path in workspace.jobs.glob("*/job.json"):
        said = json.loads(path.read_text(encoding="utf-8"))
        pid = said.get("pid") if isinstance(said, dict) else None
        if isinstance(pid, int) and pid != os.getpid():
            try:
                process = psutil.Process(pid)
                if str(workspace.runs / path.parent.name) in process.cmdline():
                    process.kill()
                    process.wait(30)
            except psutil.Error:
                continue


def pull_the_plug(workspace: Workspace, job: Job) -> None:
    os.kill(about(workspace, job.id)["pid"], signal.SIGKILL)


def ended(jobs: Jobs, id: str, seconds: float = 90.0) -> Job:
    wait_until(lambda: not jobs.job(id).going, seconds)
    return jobs.job(id)


def let_it_end(jobs: Jobs, workspace: Workspace, id: str) -> None:
    """Wait until nothing is left of the process of a run, as a look at the run sees to."""
    pid = about(workspace, id)["pid"]
    wait_until(lambda: jobs.job(id) and not psutil.pid_exists(pid))


# From start to end -------------------------------------------------------------------------------------


def test_a_run_goes_its_way(jobs: Jobs, workspace: Workspace, solved: Outcome) -> None:
    job = jobs.start("tiny_high", SchoolRules(), solver="highs", seconds=60, seed=0, name="the first")
    assert (job.state, job.name, job.school, job.school_id) == (
        "starting",
        "the first",
        "Tiny High",
        "tiny_high",
    )
    assert job.going
    states = [job.state]

    def over() -> bool:
        states.append(jobs.job(job.id).state)
        return not jobs.job(job.id).going

    wait_until(over, 90)
    let_it_end(jobs, workspace, job.id)
    done = jobs.job(job.id)
    assert set(states) <= {"starting", "running", "finished"}
    assert done.state == "finished"
    assert done.record is not None
    assert done.record.data["cost"] == list(solved.result.cost or ())
    assert done.message == f"{done.record.text('first_line')}."
    assert done.progress is not None
    assert done.progress["percent"] == 100
    assert (done.has_incumbent, done.can_be_continued) == (False, True)
    assert done.started <= done.ended
    assert done.folder == workspace.runs / job.id
    assert jobs.jobs() == (done,)
    assert reopen(done.folder).problem.name == "Tiny High"


def test_a_run_has_a_session_of_its_own_and_stands_back(searching: Job, workspace: Workspace) -> None:
    process = psutil.Process(about(workspace, searching.id)["pid"])
    assert os.getsid(process.pid) == process.pid != os.getsid(0)
    assert process.nice() >= 10
    assert searching.state == "running"
    assert searching.progress is not None
    assert searching.progress["pid"] == process.pid


def test_the_whole_story_of_an_error_is_told_to_nobody(
    jobs: Jobs, workspace: Workspace, tiny_high_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHELON_DEBUG", "1")
    files = {path.name: path.read_bytes() for path in tiny_high_folder.glob("*.csv")}
    broken = files["Sections_Information.csv"].replace(b"T01,6,", b"T01,six,").replace(b"T03,10,", b"T99,10,")
    school = workspace.add_school("Broken High", files | {"Sections_Information.csv": broken})
    job = ended(jobs, jobs.start(school, SchoolRules()).id)
    assert job.state == "failed"
    assert len(job.issues) >= 2
    assert any("six" in issue.message for issue in job.issues)
    assert {issue.path for issue in job.issues} == {"Sections_Information.csv"}
    assert "have to be mended" in job.message
    assert not job.folder.exists()
    assert not job.can_be_continued
    log = (workspace.jobs / job.id / "log.txt").read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert "ST0" not in log


def test_nearly_fitting_columns_are_taken_if_asked(
    jobs: Jobs, workspace: Workspace, tiny_high_folder: Path
) -> None:
    files = {path.name: path.read_bytes() for path in tiny_high_folder.glob("*.csv")}
    near = files["Period.csv"].replace(b"period_name", b"Period Name")
    school = workspace.add_school("Near High", files | {"Period.csv": near})
    first = jobs.start(school, SchoolRules(), solver="greedy")
    second = jobs.start(school, SchoolRules(), solver="greedy", accept_headers=True)
    assert ended(jobs, first.id).state == "failed"
    assert ended(jobs, second.id).state == "finished"


@pytest.mark.parametrize(
    "told",
    [{"seconds": -1}, {"solver": "gurob"}, {"seed": -1}, {"name": "x" * 201}, {"start": "../run"}],
    ids=str,
)
def test_what_does_not_fit_starts_nothing(jobs: Jobs, workspace: Workspace, told: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        jobs.start("tiny_high", SchoolRules(), **told)
    assert jobs.jobs() == ()
    assert not list(workspace.jobs.glob("[!.]*"))


# Plugs -------------------------------------------------------------------------------------------------


def test_a_killed_run_leaves_its_best_and_can_be_continued(
    searching: Job, jobs: Jobs, workspace: Workspace, valley_high_folder: Path
) -> None:
    pull_the_plug(workspace, searching)
    lost = ended(Jobs(Workspace(workspace.path)), searching.id)
    assert lost.state == "lost"
    assert "ended from outside" in lost.message
    assert "best timetable so far is kept" in lost.message
    assert (lost.has_incumbent, lost.can_be_continued, lost.record) == (True, True, None)
    assert lost.ended >= lost.started
    problem = load_school(valley_high_folder)
    kept = read_incumbent(lost.folder, problem)
    assert kept is not None
    score = evaluate(problem, kept)
    assert score.feasible
    again = jobs.start("valley_high", SchoolRules(), solver="greedy", start=lost.id)
    done = ended(jobs, again.id)
    assert done.state == "finished", done.message
    assert done.record is not None
    assert tuple(done.record.data["cost"]) <= score.cost
    assert done.record.parameters["start"] == str(lost.folder)


def test_a_run_that_is_killed_at_once_has_nothing(jobs: Jobs, workspace: Workspace) -> None:
    job = jobs.start("tiny_high", SchoolRules())
    pull_the_plug(workspace, job)
    lost = ended(jobs, job.id, 10)
    assert lost.state == "lost"
    assert "no timetable yet" in lost.message
    assert not lost.can_be_continued
    with pytest.raises(DataError, match="no timetable to continue from"):
        jobs.start("tiny_high", SchoolRules(), start=job.id)


def test_a_run_that_is_stopped_keeps_its_best(
    searching: Job, jobs: Jobs, workspace: Workspace, valley_high_folder: Path
) -> None:
    told = json.loads((searching.folder / "incumbent.json").read_text(encoding="utf-8"))
    assert jobs.cancel(searching.id).state in ("stopping", "cancelled")
    elsewhere = Jobs(Workspace(workspace.path))
    assert elsewhere.job(searching.id).state in ("stopping", "cancelled")
    assert "stop" in elsewhere.job(searching.id).message.casefold()
    done = ended(elsewhere, searching.id)
    assert done.state == "cancelled"
    assert done.record is not None
    assert done.record.data["cost"] <= told["cost"]
    assert done.message.startswith("Stopped early. ")
    assert not (done.folder / "incumbent.json").exists()
    assert reopen(done.folder).result.evaluation is not None
    assert jobs.cancel(searching.id) == done, "what has ended cannot be stopped"


def test_a_stop_is_asked_for_once(searching: Job, jobs: Jobs, workspace: Workspace) -> None:
    jobs.cancel(searching.id)
    jobs.cancel(searching.id)
    asked = json.loads((workspace.jobs / searching.id / "stop.json").read_text(encoding="utf-8"))["asked"]
    assert len(asked) == 1


def test_a_run_that_does_not_stop_is_told_more_firmly(
    searching: Job, jobs: Jobs, workspace: Workspace
) -> None:
    process = psutil.Process(about(workspace, searching.id)["pid"])
    process.suspend()  # it hears no signal but the last
    stop = workspace.jobs / searching.id / "stop.json"
    for times in (1, 2, 3):
        assert jobs.cancel(searching.id).state in ("stopping", "cancelled")
        asked = json.loads(stop.read_text(encoding="utf-8"))["asked"]
        assert len(asked) == times
        stop.write_text(json.dumps({"asked": [at - PATIENCE for at in asked]}), encoding="utf-8")
    done = ended(jobs, searching.id, 30)
    assert done.state == "cancelled"
    assert done.can_be_continued
    assert "a new run can continue from it" in done.message


def ask_three_times(jobs: Jobs, workspace: Workspace, id: str) -> None:
    """Ask a run to stop, each time as if the patience with it had come to an end."""
    stop = workspace.jobs / id / "stop.json"
    for _ in range(3):
        jobs.cancel(id)
        if stop.exists():
            asked = json.loads(stop.read_text(encoding="utf-8"))["asked"]
            stop.write_text(json.dumps({"asked": [at - PATIENCE for at in asked]}), encoding="utf-8")


def test_a_run_that_writes_its_result_is_left_to_it(searching: Job, jobs: Jobs, workspace: Workspace) -> None:
    psutil.Process(about(workspace, searching.id)["pid"]).suspend()
    path = searching.folder / "progress.json"
    moment = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(moment | {"phase": "writing"}), encoding="utf-8")
    ask_three_times(jobs, workspace, searching.id)
    assert jobs.job(searching.id).going
    path.write_text(json.dumps(moment), encoding="utf-8")
    ask_three_times(jobs, workspace, searching.id)
    assert ended(jobs, searching.id, 30).state == "cancelled", "the test would see it otherwise"


def test_a_run_outlives_whoever_started_it(workspace: Workspace, tmp_path: Path) -> None:
    """A kernel is killed with its whole process group; the run goes on and is found by the next page."""
    script = tmp_path / "page.py"
    script.write_text(
        "import sys, time\n"
        "from echelon_lib.runs.jobs import Jobs\n"
        "from echelon_lib.runs.workspace import Workspace\n"
        "from echelon_lib.school_rules import SchoolRules\n"
        "job = Jobs(Workspace(sys.argv[1])).start('valley_high', SchoolRules(), seconds=120)\n"
        "print(job.id, flush=True)\n"
        "time.sleep(600)\n",
        encoding="utf-8",
    )
    page = subprocess.Popen(
        [sys.executable, str(script), str(workspace.path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert page.stdout is not None
    id = page.stdout.readline().strip()
    os.killpg(page.pid, signal.SIGKILL)
    page.wait(30)
    jobs = Jobs(Workspace(workspace.path))
    wait_until(lambda: jobs.job(id).state == "running", 60)
    wait_until(lambda: jobs.job(id).has_incumbent, 60)
    jobs.cancel(id)
    assert ended(jobs, id).state == "cancelled"


def test_a_number_that_was_given_out_again_is_not_believed(
    searching: Job, jobs: Jobs, workspace: Workspace
) -> None:
    pull_the_plug(workspace, searching)
    ended(jobs, searching.id)
    rewrite(workspace, searching.id, pid=os.getpid())
    assert jobs.job(searching.id).state == "lost"
    assert jobs.cancel(searching.id).state == "lost", "and nobody else is sent a signal"
    rewrite(workspace, searching.id, pid=os.getpid(), created=psutil.Process().create_time())
    assert jobs.job(searching.id).state == "running", "the test would see it otherwise"


def test_a_run_goes_on_though_the_clock_was_set(searching: Job, jobs: Jobs, workspace: Workspace) -> None:
    """The time at which a process began is another when the clock of the machine was set since."""
    rewrite(workspace, searching.id, created=about(workspace, searching.id)["created"] - 3600)
    assert jobs.job(searching.id).state == "running"
    with pytest.raises(DataError, match="goes on"):
        jobs.remove(searching.id)
    assert jobs.cancel(searching.id).state in ("stopping", "cancelled")
    assert ended(jobs, searching.id).record is not None


def test_a_run_whose_process_was_not_written_down_is_found(
    searching: Job, jobs: Jobs, workspace: Workspace
) -> None:
    """Whoever started it was killed in the moment in between."""
    number = about(workspace, searching.id)["pid"]
    rewrite(workspace, searching.id, pid=None, created=None, at=time.time() - 3600)
    assert jobs.job(searching.id).state == "running"
    os.kill(number, signal.SIGKILL)
    assert ended(jobs, searching.id).state == "lost"


def test_a_run_that_was_announced_and_never_started_is_lost(jobs: Jobs, workspace: Workspace) -> None:
    job = ended(jobs, jobs.start("tiny_high", SchoolRules(), solver="greedy").id)
    let_it_end(jobs, workspace, job.id)
    shutil.rmtree(job.folder)
    rewrite(workspace, job.id, pid=None, created=None, at=time.time())
    assert jobs.job(job.id).state == "starting"
    rewrite(workspace, job.id, at=time.time() - 3600)
    assert jobs.job(job.id).state == "lost"


def test_a_result_that_was_damaged_is_said(jobs: Jobs, workspace: Workspace, solved: Outcome) -> None:
    shutil.copytree(solved.folder, workspace.runs / "copy")
    (workspace.runs / "copy" / "result.json").write_text("{", encoding="utf-8")
    job = jobs.job("copy")
    assert (job.state, job.record) == ("failed", None)
    assert "damaged" in job.message


# Disks -------------------------------------------------------------------------------------------------


def test_a_full_disk_starts_nothing(small_disk: Path) -> None:
    workspace = Workspace(small_disk / "workspace")
    workspace.save_rules(SchoolRules(name="Tiny High"))
    jobs = Jobs(workspace)
    fill(small_disk)
    with pytest.raises(OSError, match="No space"):
        jobs.start("tiny_high", SchoolRules())
    assert jobs.jobs() == ()
    assert not list(workspace.jobs.glob("[!.]*"))


def test_a_disk_that_fills_up_loses_nothing_that_was_there(
    small_disk: Path, valley_high_folder: Path
) -> None:
    workspace = Workspace(small_disk / "workspace")
    jobs = Jobs(workspace)
    try:
        job = jobs.start("valley_high", SchoolRules(), seconds=LONG)
        wait_until(lambda: jobs.job(job.id).has_incumbent, 90)
        filler = fill(small_disk)
        jobs.cancel(job.id)
        lost = ended(jobs, job.id)
        assert lost.state in ("lost", "cancelled", "failed")
        assert lost.has_incumbent
        assert "is kept" in lost.message
        filler.unlink()
        problem = load_school(valley_high_folder)
        kept = read_incumbent(lost.folder, problem)
        assert kept is not None
        assert evaluate(problem, kept).feasible
        assert lost.record is None
    finally:
        end_all(workspace)


def test_a_killed_run_on_a_full_disk_says_so(small_disk: Path) -> None:
    workspace = Workspace(small_disk / "workspace")
    jobs = Jobs(workspace)
    job = jobs.start("tiny_high", SchoolRules())
    fill(small_disk)
    pull_the_plug(workspace, job)
    lost = ended(jobs, job.id)
    assert lost.state == "lost"
    assert "the disk is full" in lost.message


# Several at once ---------------------------------------------------------------------------------------


def test_a_double_click_is_one_run(workspace: Workspace) -> None:
    with ThreadPoolExecutor(4) as pool:
        started = list(
            pool.map(lambda _: Jobs(workspace).start("valley_high", SchoolRules(), seconds=LONG), range(4))
        )
    assert len({job.id for job in started}) == 1
    assert len(Jobs(workspace).jobs()) == 1


def test_two_orders_are_two_runs(jobs: Jobs) -> None:
    first = jobs.start("tiny_high", SchoolRules(), solver="greedy", seed=1)
    second = jobs.start("tiny_high", SchoolRules(), solver="greedy", seed=2)
    assert first.id != second.id
    for job in (first, second):
        assert ended(jobs, job.id).state == "finished"
    assert {job.id for job in jobs.jobs()} == {first.id, second.id}


def test_no_more_runs_than_the_machine_bears(
    jobs: Jobs, searching: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHELON_MOST_RUNS", "1")
    with pytest.raises(TooManyRuns, match="Valley High") as error:
        jobs.start("tiny_high", SchoolRules())
    assert "Maybe wait" in str(error.value)
    assert len(jobs.jobs()) == 1


def test_a_run_may_wait_for_its_turn(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHELON_MOST_RUNS", "1")
    first = jobs.start("valley_high", SchoolRules(), seconds=LONG, waits=True)
    assert first.state == "starting", "there is room"
    later = [jobs.start("tiny_high", SchoolRules(), solver="greedy", seed=n, waits=True) for n in (3, 2, 1)]
    again = jobs.start("tiny_high", SchoolRules(), solver="greedy", seed=1, waits=True)
    assert again.id == later[2].id, "the same order given twice"
    jobs.start_waiting()
    assert [jobs.job(job.id).state for job in later] == ["waiting"] * 3
    with pytest.raises(TooManyRuns, match="go on already"):
        jobs.start("tiny_high", SchoolRules())
    with pytest.raises(DataError, match="goes on"):
        jobs.remove(later[0].id)
    stopped = jobs.cancel(later[2].id)
    assert (stopped.state, stopped.message) == ("cancelled", "The run was stopped before it began.")
    jobs.cancel(first.id)
    ended(jobs, first.id)
    jobs.start_waiting()
    assert [jobs.job(job.id).state for job in later[1:]] == ["waiting", "cancelled"], "one after the other"
    assert ended(jobs, later[0].id).state == "finished"
    jobs.cancel(later[1].id)
    jobs.start_waiting()
    assert not any(job.going for job in jobs.jobs())


def test_a_waiting_run_that_is_damaged_holds_up_no_other(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHELON_MOST_RUNS", "1")
    first = jobs.start("valley_high", SchoolRules(), seconds=LONG)
    bad, good = [jobs.start("tiny_high", SchoolRules(), solver="greedy", seed=n, waits=True) for n in (1, 2)]
    about = jobs.workspace.jobs / bad.id / "job.json"
    about.write_text(json.dumps({**json.loads(about.read_text("utf-8")), "scenario": {"solver": 7}}), "utf-8")
    jobs.cancel(first.id)
    ended(jobs, first.id)
    jobs.start_waiting()
    assert jobs.job(bad.id).state == "lost"
    jobs.start_waiting()
    assert ended(jobs, good.id).state == "finished"


@pytest.mark.parametrize("value", ["0", "-1", "many", "2.5", "1001", "9" * 5000, "²"])
def test_a_number_of_runs_that_is_none_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHELON_MOST_RUNS", value)
    with pytest.raises(EchelonError, match="ECHELON_MOST_RUNS"):
        most_running()


def test_two_runs_may_go_on_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ECHELON_MOST_RUNS", raising=False)
    assert most_running() >= 2
    monkeypatch.setenv("ECHELON_MOST_RUNS", " 7 ")
    assert most_running() == 7


# Looking and removing ----------------------------------------------------------------------------------


def test_runs_that_were_made_by_hand_are_there_too(
    jobs: Jobs, workspace: Workspace, tiny_high_folder: Path
) -> None:
    outcome = run(Scenario(folder=tiny_high_folder, kind="greedy", name="by hand"), workspace.runs / "mine")
    job = jobs.job("mine")
    assert (job.state, job.school, job.name) == ("finished", "tiny_high", "by hand")
    assert job.message == f"{outcome.summary.first_line}."
    assert job.started
    assert job.scenario["kind"] == "greedy"


def test_a_run_by_hand_that_goes_on_can_be_followed_and_stopped(jobs: Jobs, workspace: Workspace) -> None:
    out = workspace.runs / "mine"
    school = ROOT / "data" / "samples" / "valley_high"
    command = [sys.executable, "-m", "echelon_lib", "solve", str(school), "--seconds", "120"]
    running = subprocess.Popen(
        [*command, "--out", str(out)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until((out / "incumbent.json").exists, 90)
        assert jobs.job("mine").state == "running"
        psutil.Process(running.pid).suspend()
        ask_three_times(jobs, workspace, "mine")
        running.send_signal(signal.SIGCONT)
        running.wait(60)
        assert jobs.job("mine").state == "cancelled"
        assert jobs.job("mine").record is not None, "it may be in a notebook, which is not ended by force"
    finally:
        running.kill()
        running.wait(30)
    jobs.remove("mine")
    assert jobs.jobs() == ()


def test_what_has_not_changed_is_not_read_again(jobs: Jobs, workspace: Workspace, solved: Outcome) -> None:
    shutil.copytree(solved.folder, workspace.runs / "copy")
    first = jobs.job("copy")
    assert first.record is not None
    assert "trace" not in first.record.data
    assert jobs.job("copy").record is first.record
    path = workspace.runs / "copy" / "result.json"
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert jobs.job("copy").record is not first.record


def test_the_newest_run_comes_first(jobs: Jobs, workspace: Workspace, solved: Outcome) -> None:
    for name, started in (("b", "2026-01-02"), ("c", "2026-01-01"), ("a", "2026-01-03"), ("d", "nonsense")):
        shutil.copytree(solved.folder, workspace.runs / name)
        path = workspace.runs / name / "progress.json"
        state = json.loads(path.read_text(encoding="utf-8")) | {"started": f"{started}T08:00:00+00:00"}
        path.write_text(json.dumps(state), encoding="utf-8")
    assert [job.id for job in jobs.jobs()] == ["a", "b", "c", "d"]


def test_what_is_no_run_is_left_alone(jobs: Jobs, workspace: Workspace) -> None:
    (workspace.runs / "empty").mkdir()
    (workspace.runs / "notes.txt").write_text("mine", encoding="utf-8")
    (workspace.jobs / "odd").mkdir()
    (workspace.jobs / "odd" / "job.json").write_text("[1]", encoding="utf-8")
    assert jobs.jobs() == ()
    with pytest.raises(DataError, match="There is no run"):
        jobs.job("empty")


@pytest.mark.parametrize(
    "change", [{"pid": "x"}, {"pid": 2**70}, {"created": "x"}, {"scenario": 3}, {"at": "x"}]
)
def test_a_description_that_is_odd_harms_nobody(
    jobs: Jobs, workspace: Workspace, change: dict[str, object]
) -> None:
    job = ended(jobs, jobs.start("tiny_high", SchoolRules(), solver="greedy").id)
    let_it_end(jobs, workspace, job.id)
    rewrite(workspace, job.id, **change)
    assert jobs.job(job.id).state == "finished"
    (job.folder / "result.json").unlink()
    assert jobs.job(job.id).state == "lost"


@pytest.mark.parametrize("id", ["../schools", "", "..", "a/b", "x\0", "nothing"])
def test_an_id_is_no_path(jobs: Jobs, id: str) -> None:
    steps: tuple[Callable[[str], object], ...] = (jobs.job, jobs.cancel, jobs.remove)
    for step in steps:
        with pytest.raises(DataError, match="There is no run"):
            step(id)


def test_what_goes_on_is_not_removed(
    jobs: Jobs, workspace: Workspace, tiny_high_folder: Path, valley_high_folder: Path
) -> None:
    files = {path.name: path.read_bytes() for path in valley_high_folder.glob("*.csv")}
    school = workspace.add_school("North High", files)
    job = jobs.start(school, SchoolRules(), seconds=LONG)
    with pytest.raises(DataError, match="goes on"):
        jobs.remove(job.id)
    with pytest.raises(DataError, match="while a run of it goes on"):
        workspace.remove_school(school.id)
    wait_until(lambda: jobs.job(job.id).has_incumbent, 90)
    jobs.cancel(job.id)
    done = ended(jobs, job.id)
    workspace.remove_school(school.id)
    assert jobs.job(job.id).school == "North High", "its runs stay"
    with pytest.raises(DataError, match="cannot be read any more"):
        reopen(done.folder)
    jobs.remove(job.id)
    assert jobs.jobs() == ()
    assert not list(workspace.runs.iterdir())


def test_a_run_that_another_goes_on_from_stays(jobs: Jobs, searching: Job) -> None:
    jobs.cancel(searching.id)
    wait_until(lambda: not jobs.job(searching.id).going)
    second = jobs.start("valley_high", SchoolRules(), seconds=LONG, start=searching.id)
    with pytest.raises(DataError, match="Another run goes on from"):
        jobs.remove(searching.id)
    jobs.cancel(second.id)
    wait_until(lambda: not jobs.job(second.id).going)
    jobs.remove(searching.id)


def test_a_run_is_stopped_from_its_first_moment_by_who_ignores_interrupts(jobs: Jobs) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        job = jobs.start("valley_high", SchoolRules(), seconds=LONG)
        jobs.cancel(job.id)
        wait_until(lambda: not jobs.job(job.id).going, 20)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
