"""Advisers asked as processes of their own: started, followed through their folders, stopped, found again.

Nothing is remembered but what lies in the folder of the run, so a closed tab or a kernel that ends loses
nothing.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from echelon_lib.advice.settings import ClaudeSettings
from echelon_lib.domain.errors import DataError
from echelon_lib.formats.tables import write_text_atomic
from echelon_lib.runs import processes
from echelon_lib.runs.ask import WORDS, claimed
from echelon_lib.runs.changed import ANSWERS
from echelon_lib.runs.job import ABOUT, ANSWER, LOG, STOP, Job
from echelon_lib.runs.jobs import PATIENCE, Jobs
from echelon_lib.runs.paths import CHECKOUT
from echelon_lib.runs.progress import utc_now
from echelon_lib.runs.record import as_number
from echelon_lib.runs.rounds import ADVICE, Rounds, read_rounds
from echelon_lib.runs.sending import SETTINGS, as_toml
from echelon_lib.runs.workspace import read_object_file

MOST_WORDS = 200_000
"""Characters of what an adviser writes that are shown, at most."""

_DEBUG = "ECHELON_DEBUG"  # with it a command tells the whole story of an error, students included
_GRACE = 20.0  # seconds in which somebody may be about to be asked

AskingState: TypeAlias = Literal["asking", "stopping", "answered", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Asking:
    """One time that an adviser was asked about a run, as it stands.

    Parameters
    ----------
    folder
        The folder of the answer, below that of the run.
    adviser
        Who was asked.
    state
        ``asking`` or ``stopping`` while it goes on; then ``answered``, ``stopped`` (by a person) or
        ``failed``.
    words
        What the adviser wrote so far.
    rounds
        The answer, whose last round holds the proposals; None where there is none.
    message
        Why there is no answer, in a sentence with its cure; names no student.
    started
        UTC time; empty where nobody wrote it down.
    """

    folder: Path
    adviser: str
    state: AskingState
    words: str = ""
    rounds: Rounds | None = None
    message: str = ""
    started: str = ""

    @property
    def going(self) -> bool:
        """Whether the adviser has not answered yet."""
        return self.state in ("asking", "stopping")


class Askings:
    """The advisers that are asked about the runs of a workspace.

    Parameters
    ----------
    jobs
        The runs.
    """

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._known: dict[Path, tuple[tuple[int, int], Rounds | None, str]] = {}

    def about(self, job: Job) -> Iterator[Asking]:
        """Yield every time that somebody was asked about a run, the last one first."""
        for folder in sorted((job.folder / ANSWERS).glob("[0-9]*"), reverse=True):
            found = self.asking(folder) if folder.is_dir() else None
            if found is not None:
                yield found

    def newest(self, job: Job) -> Asking | None:
        """Return the last time that somebody was asked about a run; None where nobody was."""
        return next(self.about(job), None)

    def asking(self, folder: Path) -> Asking | None:
        """Return what a folder holds of an adviser who is or was asked; None where it holds nothing."""
        processes.collect()
        about = read_object_file(folder / ABOUT)
        process = None if about is None else _process(about, folder)
        # Only now, since whoever has just ended wrote the answer before.
        rounds, fault = self._rounds(folder)
        if about is None and rounds is None and not fault:
            return None
        said = about or {}
        name = rounds.adviser if rounds is not None else str(said.get("adviser") or "")
        stopped = (folder / STOP).exists()
        state: AskingState = "failed"
        message = fault
        if rounds is not None:
            state = "answered"
        elif not fault and (process is not None or _just_announced(said)):
            state = "stopping" if stopped else "asking"
        elif not fault:
            state = "stopped" if stopped else "failed"
            message = _why(folder, stopped=stopped)
        return Asking(folder, name, state, _words(folder), rounds, message, str(said.get("started") or ""))

    def start(self, job: Job, adviser: str, settings: ClaudeSettings | None = None) -> Asking:
        """Ask an adviser about a run that has ended; while one is asked about it, that one is returned.

        Parameters
        ----------
        job
            The run.
        adviser
            ``rules`` or ``claude``.
        settings
            Model, limits and switches of Claude; nothing is sent unless ``send`` is true.

        Raises
        ------
        OSError
            When it cannot be written down, or the process not be started; nothing goes on then.
        """
        with self._jobs.alone():
            before = self.newest(job)
            if before is not None and before.going:
                return before
            folder = claimed(job.folder)
            about: dict[str, Any] = {"adviser": adviser, "at": time.time(), "started": utc_now()}
            _write(folder / ABOUT, about)
            if settings is not None:
                write_text_atomic(folder / SETTINGS, as_toml(settings))
            with (folder / ANSWER).open("xb") as out, (folder / LOG).open("xb") as err:
                child = processes.start(
                    _command(job.folder, adviser, settings, folder),
                    folder=self._jobs.workspace.path,
                    environment=processes.environment_with(CHECKOUT, _DEBUG),
                    out=out,
                    err=err,
                )
            _write(folder / ABOUT, about | {"pid": child.pid, "created": child.created})
        return Asking(folder, adviser, "asking", started=about["started"])

    def cancel(self, asking: Asking) -> None:
        """Stop asking; asked again after a while, the process is ended by force. What was sent stays kept."""
        process = _process(read_object_file(asking.folder / ABOUT) or {}, asking.folder)
        asked = as_number((read_object_file(asking.folder / STOP) or {}).get("asked"))
        if process is None:
            return
        if asked is None:
            _write(asking.folder / STOP, {"asked": time.time()})
            process.send(signal.SIGINT)
        elif time.time() - asked >= PATIENCE:
            process.send(signal.SIGKILL)

    def _rounds(self, folder: Path) -> tuple[Rounds | None, str]:
        """Return the answer of a folder, read again only if it is another than last time, or its fault."""
        try:
            stat = (folder / ADVICE).stat()
        except OSError:
            return None, ""
        mark = (stat.st_mtime_ns, stat.st_size)
        known = self._known.get(folder)
        if known is None or known[0] != mark:
            try:
                known = (mark, read_rounds(folder), "")
            except DataError as error:
                known = (mark, None, str(error))
            self._known[folder] = known
        return known[1:]


def _command(run: Path, adviser: str, settings: ClaudeSettings | None, out: Path) -> list[str]:
    # -P keeps the folder in which it starts out of Python's path.
    words = [sys.executable, "-P", "-m", "echelon_lib", "advise", str(run), "--adviser", adviser, "--json"]
    if settings is not None:
        words += ["--claude", str(out / SETTINGS)]
        words += ["--send", "--yes"] if settings.send else []
    return [*words, "--out", str(out)]


def _process(about: dict[str, Any], folder: Path) -> processes.Process | None:
    pid, created = about.get("pid"), about.get("created")
    if isinstance(pid, int) and isinstance(created, int | float):
        process = processes.Process(pid, created)
        return process if process.alive() else processes.numbered(pid, "--out", str(folder))
    # Whoever asked was ended in the moment between starting the process and writing that down.
    return processes.with_arguments("--out", str(folder)) if about else None


def _just_announced(about: dict[str, Any]) -> bool:
    at = as_number(about.get("at"))
    return about.get("pid") is None and at is not None and 0 <= time.time() - at < _GRACE


def _why(folder: Path, *, stopped: bool) -> str:
    """Say why there is no answer."""
    if stopped:
        return "The adviser was stopped before the answer was complete. Nothing was changed."
    said = read_object_file(folder / ANSWER) or {}
    told = said.get("message")
    if isinstance(told, str) and told:
        return told
    return "The adviser ended without an answer; perhaps it was ended from outside. It can be asked again."


def _words(folder: Path) -> str:
    try:
        with (folder / WORDS).open(encoding="utf-8", errors="replace") as file:
            return file.read(MOST_WORDS)
    except OSError:
        return ""


def _write(path: Path, data: dict[str, Any]) -> None:
    write_text_atomic(path, json.dumps(data, indent=2) + "\n")
