"""Work in a process of its own, which can be ended when it does not keep to its time."""

from __future__ import annotations

import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from echelon_lib.solvers.base import LinearAnswer, LinearStatus, choose_backend
from echelon_lib.solvers.linear import FloatArray, LinearModel
from echelon_lib.stop import Running, running

PATIENCE = 2.0
"""Seconds that a process may go on after its time before it is ended."""
LOOKS = 0.05
"""Seconds between two looks at a process."""


class Apart:
    """Work in another process, which begins at once.

    Parameters
    ----------
    work
        A function of a module, and what it is given first; all of it is pickled, in a thread.
    waiting
        Whether the process, once it is ready, waits for ``hand`` to give it the rest.
    """

    def __init__(self, work: Callable[..., object], *given: object, waiting: bool = False) -> None:
        self._rest: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        if not waiting:
            self.hand()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "echelon_lib.solvers.apart"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._said = b""
        self._thread = threading.Thread(target=self._talk, args=(work, given), daemon=True)
        self._thread.start()

    def _talk(self, work: Callable[..., object], given: tuple[object, ...]) -> None:
        """Hand over the work and take the answer, so that neither side waits for the other."""
        try:
            if self._process.stdin is not None:
                self._process.stdin.write(pickle.dumps((work, given)))
                self._process.stdin.flush()
            self._said = self._process.communicate(self._rest.get())[0]
        except (OSError, ValueError):
            self._said = b""
        finally:
            for pipe in (self._process.stdin, self._process.stdout):
                with suppress(OSError):
                    if pipe is not None:
                        pipe.close()

    def hand(self, *rest: object) -> None:
        """Give the work the rest of what it needs."""
        self._rest.put(pickle.dumps(rest))

    @property
    def ended(self) -> bool:
        """Whether everything was said."""
        return not self._thread.is_alive()

    def wait(self, seconds: float) -> bool:
        """Wait for the end and return whether it came."""
        self._thread.join(seconds)
        return self.ended

    def end(self) -> None:
        """End the process if it still works."""
        if not self.ended:
            if self._process.poll() is None:
                self._process.kill()
            self._rest.put(b"")
        self.wait(PATIENCE)
        self._process.wait()

    def answer(self) -> Any:
        """Return what the work came to; None where it was ended, or failed."""
        self.end()
        return pickle.loads(self._said) if self._said and not self._process.returncode else None


def solve_apart(
    model: LinearModel, backend: str, *, stop: Running, start: FloatArray | None = None, seed: int = 0
) -> LinearAnswer:
    """Solve a model in another process; no answer is later than its time by more than a moment.

    HiGHS looks at its clock rarely in large models: a time limit was seen to be passed by half a minute.

    Parameters
    ----------
    model, backend, start, seed
        As for :meth:`LinearBackend.solve`.
    stop
        Its remaining seconds are the limit; cancelling it ends the process.

    Returns
    -------
    LinearAnswer
        That of the backend, or one of status ``unknown`` where the process had to be ended or failed.
    """
    seconds = stop.remaining()
    clock = running(None)
    work = Apart(_solve, model, backend, seconds, start, seed)
    try:
        while not work.wait(LOOKS):
            late = seconds is not None and clock.elapsed() > seconds + PATIENCE
            if late or stop.cancelled:
                break
    finally:
        work.end()
    took = clock.elapsed()
    answer: LinearAnswer | None = work.answer()
    if answer is None:
        status: LinearStatus = "interrupted" if stop.cancelled else "unknown"
        return LinearAnswer(status, None, None, None, "the process was ended", took, backend)
    return replace(answer, seconds=took)


def _solve(
    model: LinearModel, backend: str, seconds: float | None, start: FloatArray | None, seed: int
) -> LinearAnswer:
    return choose_backend(model, backend).solve(model, stop=seconds, start=start, seed=seed)


def _work() -> None:
    work, given = pickle.load(sys.stdin.buffer)
    rest = pickle.load(sys.stdin.buffer)
    sys.stdout.buffer.write(pickle.dumps(work(*given, *rest)))


if __name__ == "__main__":
    _work()
