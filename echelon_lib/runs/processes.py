"""Processes of their own: started so that they outlive who started them, and known again later.

A number alone names no process, since numbers are given out again: the time at which it began belongs to it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

LESS_URGENT = 10
"""How much a run stands back behind whoever looks at it."""

_SAME = 2.0  # seconds by which a clock may have been set meanwhile
_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True, slots=True)
class Process:
    """A process on this machine.

    Parameters
    ----------
    pid
        Its number.
    created
        When it began, in seconds as ``psutil`` counts them.
    """

    pid: int
    created: float

    def alive(self) -> bool:
        """Return whether it still runs; one that has ended and was not collected yet does not."""
        return self._found() is not None

    def send(self, number: signal.Signals) -> bool:
        """Send a signal; return whether the process was there to take it."""
        process = self._found()
        if process is None:
            return False
        try:
            process.send_signal(number)
        except psutil.Error:  # it has just ended, or is somebody else's
            return False
        return True

    def _found(self) -> psutil.Process | None:
        collect()
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) <= _SAME
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None


def memory() -> tuple[int, int]:
    """Return the bytes of memory that may still be taken on this machine, and those that it has."""
    now = psutil.virtual_memory()
    return int(now.available), int(now.total)


def collect() -> None:
    """Take note of the processes started here that have ended, so that nothing of them is left."""
    for pid, child in list(_CHILDREN.items()):
        if child.poll() is not None:
            _CHILDREN.pop(pid, None)


def started_before(pid: int, moment: float) -> Process | None:
    """Return the process of a number if it began before a moment at which it is known to have run."""
    try:
        created = psutil.Process(pid).create_time()
    except (psutil.Error, ValueError, OverflowError):
        return None
    process = Process(pid, created)
    return process if created <= moment + _SAME and process.alive() else None


def with_arguments(*words: str) -> Process | None:
    """Return a process that was started with some arguments in a row that no other process has."""
    for process in psutil.process_iter(["cmdline", "create_time"]):
        if _in_a_row(words, process.info["cmdline"] or []):
            return Process(process.pid, process.info["create_time"])
    return None


def numbered(pid: int, *words: str) -> Process | None:
    """Return the process of a number if it was started with some arguments in a row.

    When a process began is counted by the clock of the machine, so that it is another time once that clock
    was set; with what it was started stays the same.
    """
    try:
        found = psutil.Process(pid)
        process = Process(pid, found.create_time())
        return process if _in_a_row(words, found.cmdline()) and process.alive() else None
    except (psutil.Error, ValueError, OverflowError):
        return None


def _in_a_row(words: Sequence[str], given: Sequence[str]) -> bool:
    return any(tuple(given[at : at + len(words)]) == tuple(words) for at in range(len(given)))


def start(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    out: IO[bytes],
    err: IO[bytes],
) -> Process:
    """Start a process in a session of its own, so that the end of this one does not reach it.

    Parameters
    ----------
    command
        The program and its arguments.
    folder
        Folder in which it starts.
    environment
        All environment variables it gets.
    out, err
        Files that take what it says.

    Raises
    ------
    OSError
        When it cannot be started.
    """
    with _hearing_interrupts():
        child = subprocess.Popen(
            list(command),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    _CHILDREN[child.pid] = child
    process = psutil.Process(child.pid)
    with suppress(psutil.Error):
        process.nice(LESS_URGENT)
    return Process(child.pid, process.create_time())


@contextmanager
def _hearing_interrupts() -> Iterator[None]:
    """Have a child hear SIGINT from its first moment, though this process may have been told to ignore it.

    A kernel between two cells, and whatever a shell started in the background, ignores it, and a child
    would do the same until it has installed a handler of its own.
    """
    here = threading.current_thread() is threading.main_thread()
    if not here or signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def kill(process: Process) -> None:
    """End a process that was just started, and wait for its end."""
    child = _CHILDREN.pop(process.pid, None)
    if child is not None:
        child.kill()
        child.wait()


def environment_with(path: Path, *without: str) -> dict[str, str]:
    """Return this process's environment with a folder in front of Python's path."""
    kept = {name: value for name, value in os.environ.items() if name not in without}
    paths = [str(path), *(kept.get("PYTHONPATH") or "").split(os.pathsep)]
    return kept | {"PYTHONPATH": os.pathsep.join(dict.fromkeys(filter(None, paths)))}
