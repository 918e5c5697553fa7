"""AWS without an account: moto over HTTP on this machine, with a Batch that really runs its jobs.

``process_of_job`` takes the place of ``moto.batch.models.Job.run`` in the server. What Docker and an agent
would do is done here with a process: parameters, environment, attempts, timeout, signals and exit codes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
ENTRYPOINT = [sys.executable, str(ROOT / "batch" / "run_notebook.py")]
STOP_TIMEOUT = 60.0

processes: dict[str, subprocess.Popen[bytes]] = {}
"""The process of each job that runs, by job id."""

logs: dict[str, list[str]] = {}
"""What each attempt of a job has written, by job id."""

deadlines: dict[str, float] = {}
"""When the time of an attempt is over, by job id; a test may set it to the past."""

reclaimed: set[str] = set()
"""Jobs whose machine is being taken away."""


def process_of_job(job: Any) -> None:
    """Run a job of moto from its start to its end."""
    if job.depends_on and not _dependencies_succeed(job):
        return
    strategy = job.job_definition.retry_strategy or {}
    code, reason = 1, ""
    for number in range(1, int(strategy.get("attempts", 1)) + 1):
        job.job_started_at = job.job_created_at.now()
        job.status = "RUNNING"
        job._start_attempt()
        code, reason = _attempt(job, number)
        job.latest_attempt["container"]["exitCode"] = code
        job.latest_attempt["statusReason"] = reason
        if code == 0 or job.stop or reason.startswith("Job attempt duration"):
            break
        if action_on(strategy.get("evaluateOnExit", []), code, reason) == "exit":
            break
    job.exit_code = code
    job.job_stopped_reason = job.job_stopped_reason or reason
    job._mark_stopped(success=code == 0 and not job.stop)


def spot_reclaims(job_id: str) -> None:
    """Do what happens to a job whose Spot machine is taken away."""
    reclaimed.add(job_id)
    processes[job_id].send_signal(signal.SIGTERM)


def kill(job_id: str) -> None:
    """End a job and everything that it started, without a chance to say a word."""
    end_at_once(processes[job_id])


def end_at_once(running: subprocess.Popen[bytes]) -> None:
    """End a process that we started, and its children, as the end of a container does."""
    try:
        family = [*psutil.Process(running.pid).children(recursive=True), psutil.Process(running.pid)]
    except psutil.NoSuchProcess:
        return
    for one in reversed(family):
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(family[:-1], timeout=10)


def _attempt(job: Any, number: int) -> tuple[int, str]:
    """Return exit code and status reason of one attempt."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("AWS_BATCH")}
    environment |= {one["name"]: one["value"] for one in job._get_container_property("environment", [])}
    environment |= {"AWS_BATCH_JOB_ATTEMPT": str(number), "AWS_BATCH_JOB_ID": job.job_id}
    if "index" in job.array_properties:
        environment["AWS_BATCH_JOB_ARRAY_INDEX"] = str(job.array_properties["index"])
    command = job._add_parameters_to_command(job._get_container_property("command", []))
    seconds = job._get_attempt_duration() or 3600
    reason = "Essential container in task exited"
    with tempfile.TemporaryFile() as log, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environment["TMPDIR"] = folder  # as the disk of a container, it goes with the attempt
        running = subprocess.Popen(
            [*ENTRYPOINT, *command],
            env=environment,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            cwd=folder,
        )
        processes[job.job_id] = running
        deadlines[job.job_id], asked = time.monotonic() + seconds, False
        try:
            while running.poll() is None:
                late = time.monotonic() > deadlines[job.job_id]
                if (job.stop or late) and not asked:
                    reason = "Job attempt duration exceeded timeout" if late else reason
                    asked, deadlines[job.job_id] = True, time.monotonic() + STOP_TIMEOUT
                    running.send_signal(signal.SIGTERM)
                elif asked and late:
                    end_at_once(running)
                _look_again(running)
        finally:
            end_at_once(running)
        log.seek(0)
        logs.setdefault(job.job_id, []).append(log.read().decode())
    if job.job_id in reclaimed:
        reclaimed.discard(job.job_id)
        reason = "Host EC2 (instance i-0123456789) terminated."
    return (128 - running.returncode if running.returncode < 0 else running.returncode), reason


def _look_again(running: subprocess.Popen[bytes]) -> None:
    try:
        running.wait(0.1)
    except subprocess.TimeoutExpired:
        return


def action_on(conditions: list[dict[str, str]], code: int, reason: str) -> str:
    """Return what the first condition says that fits as a whole; without one the job is tried again."""
    said = {"onExitCode": str(code), "onStatusReason": reason, "onReason": ""}
    for condition in conditions:
        wanted = {name: pattern for name, pattern in condition.items() if name != "action"}
        if all(fnmatchcase(said[name], pattern) for name, pattern in wanted.items()):
            return condition["action"].lower()
    return "retry"


def _dependencies_succeed(job: Any) -> bool:
    while True:
        states = [job.all_jobs[one["jobId"]].describe()["status"] for one in job.depends_on]
        if "FAILED" in states or job.stop:
            job.job_stopped_reason = "Dependent Job failed"
            job._mark_stopped(success=False)
            return False
        if all(state == "SUCCEEDED" for state in states):
            return True
        time.sleep(0.1)
