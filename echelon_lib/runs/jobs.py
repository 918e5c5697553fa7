"""Runs as processes of their own: started, followed through their folders, stopped, found again by anybody.

Nothing is remembered but what lies in the workspace, so a closed tab, a kernel or a server that ends loses
nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from echelon_lib.advice.actions import ACTIONS, Action
from echelon_lib.advice.settings import ClaudeSettings
from echelon_lib.domain.errors import DataError, EchelonError, Issue
from echelon_lib.formats.school_records import LOCKS
from echelon_lib.formats.tables import write_text_atomic
from echelon_lib.formats.wording import shown
from echelon_lib.runs import processes
from echelon_lib.runs.institution import Rules
from echelon_lib.runs.job import ABOUT, ANSWER, LOG, STOP, Job, JobReader, timestamp
from echelon_lib.runs.paths import CHECKOUT
from echelon_lib.runs.progress import utc_now
from echelon_lib.runs.record import as_number
from echelon_lib.runs.run import run_name
from echelon_lib.runs.scenario import Handout, Scenario
from echelon_lib.runs.sending import SETTINGS, as_toml
from echelon_lib.runs.term_dates import USUAL_WEEKS
from echelon_lib.runs.workspace import School, Workspace, known_id, read_object_file, take_away
from echelon_lib.search.cores import cores
from echelon_lib.search.university.stages import Stages

__all__ = ["Job", "Jobs", "TooManyRuns", "most_running"]

MOST_RUNS = "ECHELON_MOST_RUNS"
"""The environment variable that says how many runs may go on at once."""
DOUBLE_CLICK = 2.0
"""Seconds in which the same order given twice is one order."""
PATIENCE = 10.0
"""Seconds after which a run that was asked to stop is asked more firmly, if somebody asks again."""

ACTIONS_FILE = "actions.json"
"""Changes of sections with which a run begins, beside what is known of it."""

_FIRMER = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
_DEBUG = "ECHELON_DEBUG"  # with it a command tells the whole story of an error, students included


class TooManyRuns(EchelonError):
    """As many runs go on as this machine should bear."""


def most_running() -> int:
    """Return how many runs may go on at once: ``ECHELON_MOST_RUNS``, else one a processor and at least two.

    Raises
    ------
    EchelonError
        When the variable holds no number of runs.
    """
    named = os.environ.get(MOST_RUNS, "").strip()
    if not named:
        return max(2, cores())
    if not (named.isascii() and named.isdigit() and 1 <= int(named[:9]) <= 1000):
        raise EchelonError(f"{MOST_RUNS} is {shown(named)}\n  Maybe a number from 1 to 1000 was meant?")
    return int(named)


class Jobs:
    """The runs of a workspace.

    Parameters
    ----------
    workspace
        Where they lie.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._reader = JobReader()

    # Looking ----------------------------------------------------------------------------------------------

    def jobs(self) -> tuple[Job, ...]:
        """Return every run of the workspace, the newest first; also those that somebody made by hand."""
        names = {path.name for path in (*self.workspace.jobs.iterdir(), *self.workspace.runs.iterdir())}
        found = [self._job(name) for name in names if not name.startswith(".")]
        return tuple(sorted((job for job in found if job is not None), key=_age, reverse=True))

    def job(self, id: str) -> Job:
        """Return a run as it is now.

        Raises
        ------
        DataError
            When there is no such run.
        """
        names = [path.name for path in (*self.workspace.jobs.iterdir(), *self.workspace.runs.iterdir())]
        job = self._job(known_id(id, "run", dict.fromkeys(names)))
        if job is None:
            raise DataError([Issue(f"There is no run {shown(id)}.", cure="it was removed?")])
        return job

    def _job(self, id: str) -> Job | None:
        processes.collect()
        return self._reader.job(self.workspace.jobs / id, self.workspace.runs / id)

    # Starting ---------------------------------------------------------------------------------------------

    def start(
        self,
        school: School | str,
        rules: Rules,
        *,
        solver: str = "auto",
        stages: Stages | None = None,
        seconds: float = 60.0,
        seed: int = 0,
        cores: int | None = None,
        accept_headers: bool = False,
        start: str | None = None,
        name: str = "",
        actions: Sequence[Action] = (),
        advice: str = "none",
        max_iterations: int = 3,
        claude: ClaudeSettings | None = None,
        locks: str | None = None,
        handouts: Sequence[Handout] | None = None,
        waits: bool = False,
    ) -> Job:
        """Start a run as a process of its own; the same order given twice within two seconds is one run.

        Parameters
        ----------
        school
            A school or university of the workspace, or its id.
        rules
            Its rules.
        solver, seconds, seed, cores, accept_headers, name, advice, max_iterations, handouts
            As in a ``Scenario``.
        stages
            What does each stage of the search for a university; None for the defaults.
        start
            Id of an earlier run to continue from; its changes of sections are kept.
        actions
            Changes of sections that come after those of the earlier run.
        claude
            Model, limits and switches of Claude; nothing is sent unless ``send`` is true.
        locks
            Text of a file of locks; None for the locks of the earlier run.
        waits
            Whether it may wait where as many runs go on as there may be; ``start_waiting`` starts it then.

        Raises
        ------
        DataError
            When something of this does not fit.
        TooManyRuns
            When as many runs go on as there may be, and it may not wait; the message names them.
        OSError
            When it cannot be written down; nothing goes on then.
        """
        school = self.workspace.school(school.id if isinstance(school, School) else school)
        if not rules.name:
            rules = rules.model_copy(update={"name": school.name})
        scenario = Scenario.from_mapping(
            {
                "folder": school.folder,
                "rules": self.workspace.save_rules(rules),
                "solver": solver,
                "stages": stages or Stages(),
                "seconds": seconds,
                "seed": seed,
                "cores": cores,
                "accept_headers": accept_headers,
                "name": name,
                "start": self._to_continue(start),
                "actions": tuple(actions),
                "advice": advice,
                "max_iterations": max_iterations,
                "claude": claude or ClaudeSettings(),
                "handouts": handouts,
            }
        )
        told = scenario.model_dump(mode="json")
        key = hashlib.sha256(json.dumps([school.id, told, locks], sort_keys=True).encode()).hexdigest()
        with self.alone():
            self.workspace.school(school.id)  # it may have been removed meanwhile
            going = [job for job in self.jobs() if job.going]
            for job in going:
                said = read_object_file(self.workspace.jobs / job.id / ABOUT) or {}
                if said.get("key") == key and 0 <= time.time() - said["at"] < DOUBLE_CLICK:
                    return job
            busy = [job for job in going if job.state != "waiting"]
            full = len(going if waits else busy) >= most_running()
            if full and not waits:
                names = "; ".join(f"{job.school or job.id}, since {job.started}" for job in busy)
                text = f"{len(busy)} runs go on already, and more would slow each other down: {names}."
                raise TooManyRuns(f"{text}\n  Maybe wait for one of them, or stop it?")
            id = self._claimed(run_name(scenario))
            about = {
                "name": name,
                "school": school.id,
                "school_name": school.name,
                "institution": school.institution,
                "scenario": told,
                "waits": full,
                "key": key,
                "at": time.time(),
                "started": utc_now(),
                "pid": None,
                "created": None,
            }
            self._launch(id, scenario, about, locks)
        return self.job(id)

    def start_waiting(self) -> None:
        """Start the runs that wait, the first that was asked for first, as far as more may go on.

        One that cannot be started, since what is known of it is damaged, fails and holds up no other.

        Raises
        ------
        OSError
            When it cannot be written down; that run is gone then.
        """
        with self.alone():
            going = [job.id for job in self.jobs() if job.going]
            known = {id: read_object_file(self.workspace.jobs / id / ABOUT) or {} for id in going}
            waiting = [id for id in going if known[id].get("waits") is True]
            free = max(0, most_running() - len(going) + len(waiting))
            for id in sorted(waiting, key=lambda id: as_number(known[id].get("at")) or 0.0)[:free]:
                now = {"waits": False, "at": time.time(), "started": utc_now()}
                try:
                    scenario = Scenario.from_mapping(known[id].get("scenario") or {})
                except DataError:
                    # One that was asked for so long ago and has no process is lost.
                    _write(self.workspace.jobs / id / ABOUT, known[id] | now | {"at": 0.0})
                    continue
                self._launch(id, scenario, known[id] | now, None)

    def _to_continue(self, start: str | None) -> Path | None:
        if not start:
            return None
        job = self.job(start)
        if not job.can_be_continued:
            cure = "choose a run that has one, or begin anew?"
            raise DataError([Issue(f"The run {shown(start)} has no timetable to continue from.", cure=cure)])
        return job.folder

    def _claimed(self, name: str) -> str:
        """Return an id that nobody has, with its folder."""
        for number in range(1, 1000):
            id = name if number == 1 else f"{name}-{number}"
            if (self.workspace.runs / id).exists():
                continue
            with suppress(FileExistsError):
                (self.workspace.jobs / id).mkdir(mode=0o700)
                return id
        raise EchelonError(f"There are a thousand runs named {name} already.\n  Maybe remove some of them?")

    def _launch(self, id: str, scenario: Scenario, about: dict[str, Any], locks: str | None) -> None:
        """Start the process, unless it waits, and write down which it is; if that fails, nothing is left."""
        folder = self.workspace.jobs / id
        child: processes.Process | None = None
        try:
            if locks is not None:
                write_text_atomic(folder / LOCKS, locks)
                scenario = scenario.model_copy(update={"locks": folder / LOCKS})
                about = about | {"scenario": scenario.model_dump(mode="json")}
            _write(folder / ABOUT, about)
            if about["waits"]:
                return
            words = command_of(scenario, self.workspace.runs / id, folder)
            with (folder / ANSWER).open("xb") as out, (folder / LOG).open("xb") as err:
                child = processes.start(
                    words,
                    folder=self.workspace.path,
                    environment=processes.environment_with(CHECKOUT, _DEBUG),
                    out=out,
                    err=err,
                )
            _write(folder / ABOUT, about | {"pid": child.pid, "created": child.created})
        except BaseException:
            if child is not None:
                processes.kill(child)
                take_away(self.workspace.runs / id)
            take_away(folder)
            raise

    # Ending -----------------------------------------------------------------------------------------------

    def cancel(self, id: str) -> Job:
        """Ask a run to stop; it keeps the best timetable it has and writes its result.

        Asked again after a while, it is told more firmly: the next time to end its search at once, and in the
        end without a result of its own, but with the timetable that it has kept. A run that was made by hand
        is never ended by force, and one that is writing its result is left to it. One that waits does not
        begin any more.

        Raises
        ------
        DataError
            When there is no such run.
        """
        job = self.job(id)
        folder = self.workspace.jobs / id
        if job.state == "waiting":
            with self.alone():  # nobody starts it meanwhile
                job = self.job(id)
                if job.state == "waiting":
                    _write(folder / STOP, {"asked": [time.time()]})
                    return self.job(id)
        process = self._reader.process(folder, job.folder)
        known = (as_number(at) for at in (read_object_file(folder / STOP) or {}).get("asked", ()))
        asked = [at for at in known if at is not None]
        now = time.time()
        if process is None or (asked and 0 <= now - asked[-1] < PATIENCE):
            return job
        if (job.progress or {}).get("phase") == "writing":  # it ends by itself, and has a result then
            return job
        with suppress(OSError):  # on a full disk it is asked all the same
            folder.mkdir(mode=0o700, exist_ok=True)
            _write(folder / STOP, {"asked": [*asked, now]})
        # A run that was made by hand may be in a notebook, with everything else that is there.
        firmer = _FIRMER if (folder / ABOUT).exists() else _FIRMER[:1]
        process.send(firmer[min(len(asked), len(firmer) - 1)])
        return self.job(id)

    def remove(self, id: str) -> None:
        """Remove a run that has ended, with everything that it wrote.

        Raises
        ------
        DataError
            When there is no such run, or it goes on.
        """
        with self.alone():
            if self.job(id).going:
                raise DataError([Issue(f"The run {shown(id)} goes on.", cure="stop it first?")])
            folder = str(self.workspace.runs / id)
            if any(job.going and job.scenario.get("start") == folder for job in self.jobs()):
                text = f"Another run goes on from {shown(id)}."
                raise DataError([Issue(text, cure="wait for its end, or stop it first?")])
            take_away(self.workspace.runs / id)
            take_away(self.workspace.jobs / id)

    # Locks ------------------------------------------------------------------------------------------------

    def marked(self, id: str) -> Path | None:
        """Return the file of what somebody has locked in the timetable of a run, if anybody has."""
        path = self.workspace.jobs / id / LOCKS
        return path if id and path.is_file() else None

    def mark(self, id: str, locks: str) -> None:
        """Keep what is locked in the timetable of a run, beside it: the run itself stays as it is.

        Raises
        ------
        DataError
            When there is no such run.
        OSError
            When it cannot be written; what was kept before stays.
        """
        folder = self.workspace.jobs / self.job(id).id
        folder.mkdir(mode=0o700, exist_ok=True)
        write_text_atomic(folder / LOCKS, locks)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let one page at a time start and remove; a process that ends in between lets go."""
        with (self.workspace.jobs / ".lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def command_of(scenario: Scenario, out: Path, about: Path) -> list[str]:
    """Return the command line of a scenario; what is too long for it is written to files beside it."""
    # -P keeps the folder in which it starts out of Python's path.
    words = [sys.executable, "-P", "-m", "echelon_lib", "solve", str(scenario.folder), "--json"]
    words += ["--solver", scenario.solver, "--seconds", repr(scenario.seconds), "--seed", str(scenario.seed)]
    if scenario.iterations is not None:
        words += ["--iterations", str(scenario.iterations)]
    if scenario.cores is not None:
        words += ["--cores", str(scenario.cores)]
    if scenario.variant:
        words += ["--variant", scenario.variant]
    if scenario.rules is not None:
        words += ["--rules", str(scenario.rules)]
    for stage, choice in scenario.stages.model_dump(mode="json", exclude_defaults=True).items():
        words += ["--stage", f"{stage}={choice}"]
    if scenario.start is not None:
        words += ["--start", str(scenario.start)]
    if scenario.departments:
        words += ["--only-departments", ",".join(scenario.departments)]
    if scenario.workers is not None:
        words += ["--workers", str(scenario.workers)]
    if scenario.dask:
        words += ["--dask", scenario.dask]
    if scenario.locks is not None:
        words += ["--locks", str(scenario.locks)]
    if scenario.handouts is not None:
        words += ["--handouts", ",".join(scenario.handouts) or "none"]
    if scenario.first_day is not None:
        words += ["--first-day", scenario.first_day.isoformat()]
    if scenario.weeks != USUAL_WEEKS:
        words += ["--weeks", str(scenario.weeks)]
    if scenario.accept_headers:
        words.append("--accept-headers")
    if scenario.actions:
        write_text_atomic(about / ACTIONS_FILE, ACTIONS.dump_json(scenario.actions, indent=2).decode())
        words += ["--actions", str(about / ACTIONS_FILE)]
    if scenario.advice != "none":
        words += ["--advice", scenario.advice, "--max-iterations", str(scenario.max_iterations)]
    if scenario.advice == "claude":
        write_text_atomic(about / SETTINGS, as_toml(scenario.claude))
        words += ["--claude", str(about / SETTINGS)]
    return [*words, "--out", str(out)]


def _write(path: Path, data: Mapping[str, Any]) -> None:
    write_text_atomic(path, json.dumps(data, indent=2) + "\n")


def _age(job: Job) -> tuple[float, str]:
    """Return what is greater for a newer run."""
    return timestamp(job.started) or 0.0, job.id
