"""A linear model solved in a process of its own, which can be ended when it does not keep to its time."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from dataclasses import replace

from echelon_lib.solvers.base import LinearAnswer, LinearStatus, choose_backend
from echelon_lib.solvers.linear import FloatArray, LinearModel
from echelon_lib.stop import Running, running

PATIENCE = 2.0
"""Seconds that a process may go on after its time before it is ended."""
LOOKS = 0.05
"""Seconds between two looks at a process."""


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
    job = pickle.dumps((model, backend, seconds, start, seed))
    clock = running(None)
    process = subprocess.Popen(
        [sys.executable, "-m", "echelon_lib.solvers.apart"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    said = _Talk(process, job)
    try:
        while not said.wait(LOOKS):
            late = seconds is not None and clock.elapsed() > seconds + PATIENCE
            if late or stop.cancelled:
                break
    finally:
        if process.poll() is None and not said.ended:
            process.kill()
        said.wait(PATIENCE)
        process.wait()
    took = clock.elapsed()
    if not said.answer or process.returncode:
        status: LinearStatus = "interrupted" if stop.cancelled else "unknown"
        return LinearAnswer(status, None, None, None, "the process was ended", took, backend)
    answer: LinearAnswer = pickle.loads(said.answer)
    return replace(answer, seconds=took)


class _Talk:
    """Hands a job to a process and takes its answer, in a thread, so that neither waits for the other."""

    def __init__(self, process: subprocess.Popen[bytes], job: bytes) -> None:
        self.answer = b""
        self._process, self._job = process, job
        self._thread = threading.Thread(target=self._talk, daemon=True)
        self._thread.start()

    def _talk(self) -> None:
        try:
            self.answer = self._process.communicate(self._job)[0]
        except (OSError, ValueError):
            self.answer = b""

    @property
    def ended(self) -> bool:
        """Whether everything was said."""
        return not self._thread.is_alive()

    def wait(self, seconds: float) -> bool:
        """Wait for the end and return whether it came."""
        self._thread.join(seconds)
        return self.ended


def _work() -> None:
    model, backend, seconds, start, seed = pickle.loads(sys.stdin.buffer.read())
    answer = choose_backend(model, backend).solve(model, stop=seconds, start=start, seed=seed)
    sys.stdout.buffer.write(pickle.dumps(answer))


if __name__ == "__main__":
    _work()
