"""How far a run is: kept in ``progress.json`` and told to whoever listens."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from threading import Event, Lock, RLock, Thread
from types import TracebackType
from typing import Any, Literal, TypeAlias

from echelon_lib.domain.errors import DataError
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.incumbent import write_incumbent
from echelon_lib.formats.run_folder import RunFolder
from echelon_lib.scoring.evaluate import Evaluation, evaluate
from echelon_lib.search.report import Standing
from echelon_lib.solvers.result import Result, TracePoint
from echelon_lib.stop import Running

logger = logging.getLogger(__name__)

Status: TypeAlias = Literal["running", "completed", "failed", "cancelled"]

BETWEEN_REPORTS = 0.4
"""Seconds between two reports of one phase, at least."""

HEARTBEAT = 2.0
"""Seconds after which a report is made although nothing is new."""

BETWEEN_CHECKPOINTS = 5.0
"""Seconds between two times that the best timetable so far is written down, at least."""

CHECKPOINTS_OF = 20.0
"""How much longer the search goes on than it took to make and write down the best timetable, at least."""

_SHARES = {"reading": 0.0, "checking": 2.0, "writing": 96.0, "done": 100.0}
_ENDS: dict[Status, str] = {"completed": "done", "failed": "failed", "cancelled": "cancelled"}


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of a run.

    Parameters
    ----------
    phase
        ``reading``, ``checking``, ``compiling the search (once on this machine)``, ``solving level 1`` and so
        on or, of a university, ``solving: heat bath`` and so on with the stage that works, ``writing``, then
        ``done``, ``failed`` or ``cancelled``.
    status
        ``running`` until the run has ended.
    level
        Level of the objective that is worked on.
    incumbent, bound
        Best cost and proven bound of that level; None where nothing is known.
    seconds
        Seconds since the run began, without those in which the search was compiled before.
    percent
        Share of the time that may be used; a proof ends a run earlier. Where moves are counted, or a search
        ends by itself, how much of it is over.
    eta_seconds
        Seconds that are left at most, or at the speed of the moves so far where they are counted; None when
        the run has ended, or nobody knows.
    time_limit
        Seconds that the search may take; None where its iterations are counted.
    solver
        The solver that was asked for.
    message
        What went wrong, without any student.
    pid
        Process that runs.
    started, updated
        UTC times.
    """

    phase: str
    status: Status
    level: int | None
    incumbent: int | None
    bound: int | None
    seconds: float
    percent: float
    eta_seconds: float | None
    time_limit: float | None
    solver: str
    message: str
    pid: int
    started: str
    updated: str

    def as_dict(self) -> dict[str, Any]:
        """Return the entries of ``progress.json``."""
        return asdict(self)


OnProgress: TypeAlias = Callable[[Progress], None]
"""Called at every change of phase and a few times a second in between, from another thread then."""


def utc_now() -> str:
    """Return the time as text, such as ``2026-09-01T12:30:00+00:00``."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Reporter:
    """Writes ``progress.json`` while a run goes on, and its best timetable to ``incumbent.json``.

    It is a context, since a thread of its own does both; a search only hands over what it has.
    """

    def __init__(
        self,
        folder: RunFolder,
        *,
        time_limit: float | None,
        solver: str,
        on_progress: OnProgress | None = None,
    ) -> None:
        self._folder = folder
        self._on_progress = on_progress
        self._clock = Running()
        self._lock = RLock()
        self._over = Event()
        self._fresh = False
        self._told = 0.0
        self._searching: float | None = None
        self._compiling: float | None = None
        self._apart = 0.0
        self._writing = Lock()
        self._standing: Standing | None = None
        self._stood = 0.0
        self._best: tuple[Problem, Timetable, Evaluation] | None = None
        self._promised: tuple[Problem, Callable[[], Timetable]] | None = None
        self._written: Evaluation | None = None
        self._next_checkpoint = 0.0
        self._settled = False
        now = utc_now()
        self._state = Progress(
            phase="reading",
            status="running",
            level=None,
            incumbent=None,
            bound=None,
            seconds=0.0,
            percent=0.0,
            eta_seconds=None,
            time_limit=time_limit,
            solver=solver,
            message="",
            pid=os.getpid(),
            started=now,
            updated=now,
        )
        self._thread = Thread(target=self._keep_fresh, name="echelon-progress", daemon=True)

    def __enter__(self) -> Reporter:
        self._tell()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        self._keep_best()

    def phase(self, name: str) -> None:
        """Begin a phase."""
        with self._lock:
            self._state = replace(self._state, phase=name)
            now = self._clock.elapsed()
            if self._compiling is not None:
                self._apart += now - self._compiling
            self._compiling = now if name.startswith("compiling") else None
            if name.startswith("solving") and self._searching is None:
                self._searching = now
        self._tell()

    def point(self, point: TracePoint) -> None:
        """Take over an incumbent or a bound."""
        with self._lock:
            if self._state.status != "running":
                return
            self._state = replace(
                self._state,
                phase=f"solving level {point.level}" if self._standing is None else self._state.phase,
                level=point.level,
                incumbent=point.incumbent,
                bound=point.bound,
            )
            self._fresh = True

    def stands(self, standing: Standing) -> None:
        """Take over where the search of a university stands; a new stage is told at once."""
        with self._lock:
            if self._state.status != "running":
                return
            other = self._standing is None or self._standing.stage != standing.stage
            self._standing, self._stood, self._fresh = standing, self._clock.elapsed(), True
            self._state = replace(self._state, phase=f"solving: {standing.stage}")
        if other:
            self._tell()

    def promise(self, problem: Problem, make: Callable[[], Timetable]) -> None:
        """Take over what makes a timetable that is better than all before; it is made here now and then."""
        with self._lock:
            self._promised = problem, make

    def keep(self, problem: Problem, timetable: Timetable, evaluation: Evaluation) -> None:
        """Take over a timetable that keeps the required rules, if it is the best so far.

        It takes the place of what was promised before.
        """
        with self._lock:
            self._promised = None
            self._take(problem, timetable, evaluation)

    def _take(self, problem: Problem, timetable: Timetable, evaluation: Evaluation) -> None:
        with self._lock:
            if evaluation.feasible and (self._best is None or evaluation.cost < self._best[2].cost):
                self._best = problem, timetable, evaluation

    def replace(self, problem: Problem, timetable: Timetable, evaluation: Evaluation) -> None:
        """Take over a timetable of a changed problem, whose cost is not to be compared with the others."""
        with self._lock:
            self._promised = None
            self._best = problem, timetable, evaluation

    @property
    def best(self) -> tuple[Timetable, Evaluation] | None:
        """The best timetable that was handed over or promised, and what the evaluator says of it."""
        self._make()
        with self._lock:
            return None if self._best is None else self._best[1:]

    def settle(self, problem: Problem, result: Result) -> None:
        """Write down the best timetable a last time, the one of the result if that is better."""
        if result.best is not None and result.evaluation is not None:
            self.keep(problem, result.best, result.evaluation)
        self._keep_best()
        with self._writing:
            self._settled = True

    def end(self, status: Status, message: str = "") -> None:
        """Say how the run ended; later reports change nothing."""
        self._over.set()
        with self._lock:
            self._state = replace(self._state, phase=_ENDS[status], status=status, message=message)
        self._tell()

    def _keep_fresh(self) -> None:
        while not self._over.wait(BETWEEN_REPORTS):
            if self._clock.elapsed() >= self._next_checkpoint:
                self._keep_best()
            with self._lock:
                stale = self._fresh or self._clock.elapsed() - self._told >= HEARTBEAT
                if not stale or self._over.is_set():
                    continue
                try:
                    self._tell()
                except Exception as error:  # whoever listens must not end the run
                    logger.warning("A listener to the progress of the run failed: %s", type(error).__name__)

    def _make(self) -> bool:
        """Make the timetable that was promised last, and have it evaluated; return whether there was one."""
        with self._lock:
            promised, self._promised = self._promised, None
        if promised is None:
            return False
        problem, make = promised
        timetable = make()
        self._take(problem, timetable, evaluate(problem, timetable))
        return True

    def _keep_best(self) -> None:
        """Write down the best timetable if that has not been done; a search waits for none of it."""
        with self._writing:
            if self._settled:
                return
            begun = self._clock.elapsed()
            worked = self._make()
            with self._lock:
                best = self._best
            if best is not None and best[2] is not self._written:
                worked = True
                self._write(*best)
            if worked:  # which took a processor from the search
                took = self._clock.elapsed() - begun
                self._next_checkpoint = begun + max(BETWEEN_CHECKPOINTS, CHECKPOINTS_OF * took)

    def _write(self, problem: Problem, timetable: Timetable, evaluation: Evaluation) -> None:
        seconds = self._clock.elapsed()
        try:
            write_incumbent(self._folder.path, problem, timetable, evaluation, seconds=seconds)
            self._written = evaluation
        except (OSError, DataError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            logger.warning("The best timetable so far could not be written down: %s", reason)

    def _tell(self) -> None:
        with self._lock:
            seconds = self._clock.elapsed()
            self._fresh, self._told = False, seconds
            state = self._state = self._timed(seconds)
            try:
                self._folder.progress(state.as_dict())
            except OSError as error:
                # The files of the result matter; if they cannot be written either, that is said then.
                logger.warning("progress.json could not be written: %s", error.strerror)
            if self._on_progress is not None:
                self._on_progress(state)

    def _timed(self, seconds: float) -> Progress:
        state = self._state
        percent, eta = state.percent, None
        if state.status == "running":
            eta = state.time_limit
            percent = _SHARES.get(state.phase, percent)
            if self._searching is not None and state.time_limit is not None:
                searched = seconds - self._searching
                eta = 0.0 if state.phase == "writing" else max(0.0, state.time_limit - searched)
                if state.phase != "writing":
                    percent = 4.0 + 92.0 * min(1.0, searched / state.time_limit)
            standing = self._standing
            if standing is not None and standing.share is not None and state.phase.startswith("solving"):
                percent = 4.0 + 92.0 * standing.share
                eta = None if standing.left is None else max(0.0, standing.left + self._stood - seconds)
        elif state.status == "completed":
            percent = _SHARES["done"]
        return replace(
            state,
            seconds=round(seconds - self._apart, 3),
            percent=round(percent, 1),
            eta_seconds=None if eta is None else round(eta, 1),
            updated=utc_now(),
        )
