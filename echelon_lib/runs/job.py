"""A run as its folder tells it: how far it is, how it ended, and what is known where nobody said."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.formats.incumbent import has_incumbent
from echelon_lib.formats.run_folder import PROGRESS, RESULT
from echelon_lib.formats.run_reading import has_timetable
from echelon_lib.runs.institution import Institution
from echelon_lib.runs.processes import Process, numbered, started_before, with_arguments
from echelon_lib.runs.progress import Progress
from echelon_lib.runs.record import Record, read_outcome
from echelon_lib.runs.workspace import read_object_file
from echelon_lib.solvers.result import Status

State: TypeAlias = Literal[
    "waiting", "starting", "running", "stopping", "finished", "cancelled", "failed", "lost"
]

ABOUT, STOP, ANSWER, LOG = "job.json", "stop.json", "answer.json", "log.txt"

GOING: frozenset[State] = frozenset({"waiting", "starting", "running", "stopping"})
_GRACE = 20.0  # seconds in which a run may have been announced and not yet started
_FULL = 1_000_000  # free bytes with which a disk counts as full


@dataclass(frozen=True, slots=True)
class Job:
    """A run at one moment.

    Parameters
    ----------
    id
        What it is called here; the name of its folder.
    name
        What people call it; may be empty.
    school, school_id
        Name for people of the school or university, and its id in the workspace; empty where not known.
    institution
        Which of the two it is; a school, where nothing says otherwise.
    state
        ``waiting`` until others have ended; ``starting``, ``running`` or ``stopping`` while it goes on; then
        ``finished``, ``cancelled`` (somebody stopped it), ``failed``, or ``lost`` (its process is gone, and
        it did not say why).
    progress
        What ``progress.json`` says; None before it is there.
    record
        What ``result.json`` says, without the trace; None where there is none.
    issues
        What is wrong with the data, where that is why it failed.
    message
        How it stands, in a sentence or two; names no student.
    started, ended
        UTC times; ``ended`` is empty while it goes on, and the last sign of life where it was lost.
    folder
        The run folder; it may be missing.
    has_incumbent
        Whether a timetable was kept that another run can continue from, though there is no result.
    scenario
        What it was told.
    """

    id: str
    name: str
    school: str
    school_id: str
    state: State
    progress: Mapping[str, Any] | None
    record: Record | None
    issues: tuple[Issue, ...]
    message: str
    started: str
    ended: str
    folder: Path
    has_incumbent: bool
    scenario: Mapping[str, Any] = field(repr=False)
    institution: Institution = "school"

    @property
    def going(self) -> bool:
        """Whether it has not ended yet."""
        return self.state in GOING

    @property
    def can_be_continued(self) -> bool:
        """Whether there is a timetable of it to continue from."""
        return self.has_incumbent or (self.record is not None and has_timetable(self.folder))


@dataclass(frozen=True, slots=True)
class _Ended:
    state: State
    message: str
    issues: tuple[Issue, ...] = ()


class JobReader:
    """Reads runs from their folders; what has not changed since is not read again."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, int], Any]] = {}

    def job(self, about: Path, folder: Path) -> Job | None:
        """Return a run; None when there is none.

        Parameters
        ----------
        about
            Folder of what whoever started it has written down; it may be missing.
        folder
            The run folder; it may be missing.
        """
        said = read_object_file(about / ABOUT)
        if said is None and not (folder / RESULT).exists() and not (folder / PROGRESS).exists():
            return None
        said = said or {}
        process = self._process(said, folder)
        # Only now, since a run that has just ended wrote its result before.
        progress = read_object_file(folder / PROGRESS)
        state, message, issues, record = self._judged(about, folder, said, progress, process is not None)
        scenario = said.get("scenario") if isinstance(said.get("scenario"), dict) else None
        if scenario is None:
            scenario = dict(record.parameters) if record is not None else {}
        name = said.get("school_name") or (record.text("problem") if record is not None else None)
        started = said.get("started") or (progress or {}).get("started") or ""
        ended = "" if state in GOING else _last_sign(folder, progress)
        return Job(
            id=folder.name,
            name=str(said.get("name") or scenario.get("name") or ""),
            school=str(name or ""),
            school_id=str(said.get("school") or ""),
            state=state,
            progress=progress,
            record=record,
            issues=issues,
            message=message,
            started=str(started),
            ended=ended,
            folder=folder,
            has_incumbent=record is None and has_incumbent(folder),
            scenario=scenario,
            institution=_institution(said, record),
        )

    def process(self, about: Path, folder: Path) -> Process | None:
        """Return the process of a run that goes on."""
        return self._process(read_object_file(about / ABOUT) or {}, folder)

    def _process(self, said: Mapping[str, Any], folder: Path) -> Process | None:
        if (folder / RESULT).exists() or _waits(said):
            return None
        pid, created = said.get("pid"), said.get("created")
        if isinstance(pid, int) and isinstance(created, int | float):
            process = Process(pid, created)
            return process if process.alive() else numbered(pid, "--out", str(folder))
        if said:  # whoever started it was ended in the moment between starting it and writing that down
            return with_arguments("--out", str(folder))
        progress = read_object_file(folder / PROGRESS) or {}
        pid, since = progress.get("pid"), timestamp(progress.get("started"))
        if progress.get("status") != "running" or not isinstance(pid, int) or since is None:
            return None
        return started_before(pid, since)

    def _judged(
        self,
        about: Path,
        folder: Path,
        said: Mapping[str, Any],
        progress: Mapping[str, Any] | None,
        alive: bool,
    ) -> tuple[State, str, tuple[Issue, ...], Record | None]:
        try:
            record = self._record(folder)
        except DataError as error:
            text = f"{error.issues[0].message}: the result of the run was damaged after its end."
            return "failed", text, (), None
        if record is not None:
            first = (record.text("first_line") or "The run has ended").rstrip(".")
            if record.text("status") == Status.CANCELLED.value:
                return "cancelled", f"Stopped early. {first}.", (), record
            return "finished", f"{first}.", (), record
        stop_asked = (about / STOP).exists()
        if _waits(said):
            if stop_asked:
                return "cancelled", "The run was stopped before it began.", (), None
            return "waiting", "The run waits until others have ended.", (), None
        if alive:
            if stop_asked:
                return "stopping", "The run is stopping; the best timetable so far is kept.", (), None
            if progress is None:
                return "starting", "The run is starting.", (), None
            return "running", f"The run is going on: {progress.get('phase', 'starting')}.", (), None
        if _just_announced(said):
            return "starting", "The run is starting.", (), None
        end = self._end(about, folder, progress, stop_asked)
        return end.state, end.message, end.issues, None

    def _end(self, about: Path, folder: Path, progress: Mapping[str, Any] | None, stop_asked: bool) -> _Ended:
        """Say how a run ended that wrote no result."""
        answer = self._unchanged(about / ANSWER, read_object_file) or {}
        kept = "Its best timetable so far is kept, and a new run can continue from it."
        kept = kept if has_incumbent(folder) else "It had no timetable yet."
        issues = tuple(_issue(one) for one in answer.get("issues") or () if isinstance(one, dict))
        status = (progress or {}).get("status")
        if stop_asked or status == "cancelled" or answer.get("error") == "KeyboardInterrupt":
            return _Ended("cancelled", f"The run was stopped before its result was written. {kept}")
        if issues:
            things = "one thing has" if len(issues) == 1 else f"{len(issues):,} things have"
            text = f"The run could not begin: {things} to be mended in the files or the rules."
            return _Ended("failed", text, issues)
        told = str(answer.get("message") or (progress or {}).get("message") or "").split("\n")[0].rstrip(".")
        if told and (answer.get("error") or status == "failed"):
            return _Ended("failed", f"The run failed: {told}. {kept}")
        why = "it was ended from outside, the machine was restarted, or its memory was full"
        if _disk_is_full(about.parent):
            why = "the disk is full"
        elif status is None and _said_something(about / LOG):
            why = "Python could not start it; its log says more"
        return _Ended("lost", f"The run ended without a result; perhaps {why}. {kept}")

    def _record(self, folder: Path) -> Record | None:
        def short(path: Path) -> Record | None:
            record = read_outcome(folder)
            if record is None:
                return None
            return Record(folder, {key: value for key, value in record.data.items() if key != "trace"})

        found: Record | None = self._unchanged(folder / RESULT, short)
        return found

    def _unchanged(self, path: Path, read: Any) -> Any:
        """Return what a file says, read again only if it is another than last time."""
        try:
            stat = path.stat()
        except OSError:
            self._known.pop(path, None)
            return None
        mark = (stat.st_mtime_ns, stat.st_size)
        known = self._known.get(path)
        if known is None or known[0] != mark:
            known = self._known[path] = (mark, read(path))
        return known[1]


def _institution(said: Mapping[str, Any], record: Record | None) -> Institution:
    told = said.get("institution") or (record.text("institution") if record is not None else None)
    return "university" if told == "university" else "school"


def read_progress(folder: Path) -> Progress | None:
    """Return how far the run of a folder is or was; None where it does not say."""
    said = read_object_file(folder / PROGRESS)
    if said is None or said.keys() != {one.name for one in fields(Progress)}:
        return None
    numbers = (said["seconds"], said["percent"], said["eta_seconds"] or 0.0, said["time_limit"] or 0.0)
    costs = (said["incumbent"] or 0, said["bound"] or 0)
    known = isinstance(said["phase"], str) and all(isinstance(one, int | float) for one in (*numbers, *costs))
    return Progress(**said) if known else None


def timestamp(text: object) -> float | None:
    """Return the seconds of a time as it is written in the files of a run."""
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return None


def _last_sign(folder: Path, progress: Mapping[str, Any] | None) -> str:
    told = (progress or {}).get("updated")
    if isinstance(told, str):
        return told
    try:
        seconds = (folder / RESULT).stat().st_mtime
    except OSError:
        return ""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _issue(said: Mapping[str, Any]) -> Issue:
    """Return an issue as the command printed it."""

    def text(key: str) -> str | None:
        value = said.get(key)
        return value if isinstance(value, str) else None

    row = said.get("row")
    return Issue(
        text("message") or "",
        text("path"),
        row if isinstance(row, int) else None,
        text("column"),
        text("value"),
        text("cure"),
    )


def _waits(said: Mapping[str, Any]) -> bool:
    """Return whether a run is only asked for, until others have ended."""
    return said.get("waits") is True


def _just_announced(said: Mapping[str, Any]) -> bool:
    """Return whether whoever starts a run is about to, and knows no process yet."""
    announced = said.get("at")
    if said.get("pid") is not None or not isinstance(announced, int | float):
        return False
    return 0 <= datetime.now(UTC).timestamp() - announced < _GRACE


def _said_something(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _disk_is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _FULL
    except OSError:
        return False
