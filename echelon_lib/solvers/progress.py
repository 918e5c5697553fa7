"""One solve of a linear model: what is known so far, when it must end, and what is answered.

The backends differ in how they are called; what an incumbent, a bound and a proof are is decided here, once.
"""

from __future__ import annotations

import logging
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from threading import Event, Thread
from typing import Final, Literal

import numpy as np

from echelon_lib.solvers.base import LinearAnswer, LinearStatus, OnBound, OnIncumbent
from echelon_lib.solvers.linear import FloatArray, LinearModel
from echelon_lib.stop import Running, Stop, running

logger = logging.getLogger(__name__)

ACCEPTED: Final = 1e-5
"""By how much an incumbent may miss a row: ten times what the backends are asked for."""

MOST_SEED: Final = 2_000_000_000

_NOWHERE = 1e20
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a backend ended, in its own words, and what it claims."""

    native_status: str
    claim: Literal["optimal", "infeasible", "infeasible or unbounded", "unbounded", "stopped"]
    objective: float | None = None


class Progress:
    """The best values and the best bound of a solve, verified; filled from the backend's thread."""

    def __init__(
        self,
        model: LinearModel,
        stop: Running,
        *,
        on_incumbent: OnIncumbent | None = None,
        on_bound: OnBound | None = None,
    ) -> None:
        self.model = model
        self.stop = stop
        self.best: FloatArray | None = None
        self.objective: float | None = None
        self.bound: float | None = None
        self.error: BaseException | None = None
        self.doubts: tuple[str, ...] = ()
        self.asked_to_stop = False
        self.step = model.objective_step()
        self._integer = model.integer
        self._clock = Running()
        self._on_incumbent = on_incumbent
        self._on_bound = on_bound

    def take_values(self, values: FloatArray, *, last: bool = False) -> bool:
        """Keep the values if they satisfy the model and cost less; say whether they satisfy it.

        Parameters
        ----------
        last
            Whether these are all that the backend has: if nothing else is known they are kept with doubts.
        """
        raw = np.array(values, dtype=np.float64)
        whole = np.where(self._integer, np.rint(raw), raw) + 0.0
        broken = self.model.check(whole, ACCEPTED)
        # Rounding can break a row in which a continuous column made up for the fraction.
        kept = raw if broken and not self.model.check(raw, ACCEPTED) else whole
        if broken and kept is whole:
            if last and self.best is None and np.isfinite(whole).all():
                self._keep(whole)
                self.doubts = tuple(broken)
            return False
        self._keep(kept)
        return True

    def _keep(self, values: FloatArray) -> None:
        objective = self.model.value(values)
        if self.objective is not None and objective >= self.objective - 1e-9 * max(1.0, abs(objective)):
            return
        self.best, self.objective = values, objective
        if self._on_incumbent is not None and self.error is None:
            self._on_incumbent(objective, values.copy(), self.seconds())

    def take_bound(self, bound: float) -> None:
        """Keep a bound if it says more than what is known."""
        if math.isnan(bound) or abs(bound) >= _NOWHERE:
            return
        risen = raise_to_step(bound, self.step, self.model.objective_offset)
        if self.objective is not None:
            # What is left of the search may cost more than the incumbent; the optimum does not.
            risen = min(risen, self.objective)
        if self.bound is None or risen > self.bound:
            self.bound = risen
            if self._on_bound is not None and self.error is None:
                self._on_bound(risen, self.seconds())

    def proven(self) -> bool:
        """Say whether no answer can cost less than the incumbent."""
        if self.objective is None or self.bound is None or self.doubts:
            return False
        if self.step is not None:
            return self.objective - self.bound < self.step * (1 - 1e-4)
        return self.objective - self.bound <= 1e-6 * max(1.0, abs(self.objective))

    def must_stop(self, nodes: int | None = None) -> bool:
        """Say whether the backend should end now."""
        if self.error is not None or self.proven() or self.stop.done(iterations=nodes, best=self.objective):
            self.asked_to_stop = True
        return self.asked_to_stop

    def guarded(self, work: Callable[[], None]) -> None:
        """Do something in the backend's thread; what it raises is kept for the caller of the solve."""
        try:
            if self.error is None:
                work()
        except BaseException as error:
            self.error = error

    def absolute_gap(self) -> float:
        """Return the gap between cost and bound below which the costs' step proves the optimum."""
        return 1e-6 if self.step is None else self.step * (1 - 1e-4)

    def seconds(self) -> float:
        """Return the seconds since this solve began."""
        return self._clock.elapsed()

    def answer(self, solver: str, outcome: Outcome) -> LinearAnswer:
        """Return what is known in the end."""
        if outcome.claim == "unbounded":
            # Any number of answers cost less than this one, so that it says nothing.
            return LinearAnswer("unknown", None, None, None, outcome.native_status, self.seconds(), solver)
        doubts = self.doubts
        if self.objective is not None:
            if outcome.claim == "infeasible":
                doubts += (f"{solver} calls the model infeasible, but the answer satisfies it",)
            slack = self.step / 2 if self.step else ACCEPTED * max(1.0, abs(self.objective))
            claimed = outcome.objective
            if claimed is not None and abs(claimed - self.objective) > slack:
                doubts += (f"{solver} reports the cost {claimed:.10g}, but it is {self.objective:.10g}",)
        status: LinearStatus
        if self.objective is None and outcome.claim == "infeasible":
            status = "infeasible"
        elif self.proven() and not doubts:
            status = "optimal"
        elif self.stop.cancelled:
            status = "interrupted"
        else:
            status = "unknown" if self.objective is None else "feasible"
        bound = None if status == "infeasible" else self.bound
        return LinearAnswer(
            status,
            self.best,
            self.objective,
            bound,
            outcome.native_status,
            self.seconds(),
            solver,
            doubts,
        )


def raise_to_step(bound: float, step: int | None, offset: float = 0.0) -> float:
    """Return the least cost that is not below the bound, for costs of ``offset`` plus whole steps.

    A bound that is above a step by no more than the backends' tolerance counts as on it.
    """
    if step is None:
        return bound
    allowance = (1e-5 + 1e-9 * abs(bound)) / step
    if allowance >= 0.5:
        return bound
    return math.ceil((bound - offset) / step - allowance) * step + offset


@dataclass(frozen=True, slots=True)
class Job:
    """What a backend is to do: a model, a start that may be partial, settings, and where to report."""

    model: LinearModel
    progress: Progress
    start: FloatArray | None
    seed: int
    threads: int
    gap: float


def solve_in_thread(
    solver: str,
    work: Callable[[Job], Outcome],
    model: LinearModel,
    *,
    stop: Stop | Running | float | None,
    start: FloatArray | None,
    seed: int,
    threads: int,
    gap: float,
    on_incumbent: OnIncumbent | None,
    on_bound: OnBound | None,
) -> LinearAnswer:
    """Let a backend work in a thread of its own, so that the keyboard and other threads can interrupt it."""
    seed = _whole("seed", seed, 0, MOST_SEED)
    threads = _whole("number of threads", threads, 1, 1024)
    _check_gap(gap)
    begun = _checked_start(model, start)
    clock = running(stop)
    clock.next_solve()
    progress = Progress(model, clock, on_incumbent=on_incumbent, on_bound=on_bound)
    contradiction = _contradiction(model)
    if contradiction is not None:
        return progress.answer(solver, Outcome(contradiction, "infeasible"))
    if model.shape[1] == 0:
        return _without_columns(solver, progress)
    if begun is not None and not np.isnan(begun).any() and not progress.take_values(begun):
        logger.info("The start breaks rows or bounds of the model and is at most a hint.")
    if clock.done(best=progress.objective):
        return progress.answer(solver, Outcome("not started", "stopped"))
    outcome = _run(work, Job(model, progress, begun, seed, threads, float(gap)))
    if outcome.claim == "infeasible or unbounded":
        outcome = _told_apart(work, outcome, Job(model, progress, None, seed, threads, float(gap)))
    return progress.answer(solver, outcome)


def _run(work: Callable[[Job], Outcome], job: Job) -> Outcome:
    """Run a backend in a thread; a first interrupt waits for the incumbent, a second one does not."""
    progress = job.progress
    outcomes: list[Outcome] = []
    # An interrupted Thread.join may take a working thread for one that has ended; an event does not.
    ended = Event()

    def target() -> None:
        try:
            progress.guarded(lambda: outcomes.append(work(job)))
        finally:
            ended.set()

    thread = Thread(target=target, name="echelon-solve", daemon=True)
    try:
        thread.start()
        while not ended.wait(_POLL_SECONDS):
            pass
    except KeyboardInterrupt:
        progress.stop.cancel()
        while thread.ident is not None and not ended.wait(_POLL_SECONDS):
            pass
    if progress.error is not None:
        raise progress.error
    return outcomes[0] if outcomes else Outcome("interrupted before it began", "stopped")


def _told_apart(work: Callable[[Job], Outcome], outcome: Outcome, job: Job) -> Outcome:
    """Decide between infeasible and unbounded by a solve without costs."""
    free = job.model.copy()
    free.clear_costs()
    trial = Progress(free, job.progress.stop)
    ended = _run(work, Job(free, trial, None, job.seed, job.threads, 0.0))
    if trial.best is not None:
        return Outcome(f"{outcome.native_status} (unbounded)", "unbounded")
    if ended.claim == "infeasible":
        return Outcome(f"{outcome.native_status} (infeasible)", "infeasible")
    return Outcome(outcome.native_status, "stopped")


def _without_columns(solver: str, progress: Progress) -> LinearAnswer:
    if not progress.take_values(np.zeros(0)):
        return progress.answer(solver, Outcome("a row without columns cannot hold", "infeasible"))
    progress.take_bound(progress.model.objective_offset)
    return progress.answer(solver, Outcome("no columns", "optimal", progress.objective))


def _contradiction(model: LinearModel) -> str | None:
    """Name a column or a row whose bounds leave nothing."""
    whole = model.integer
    low, high = model.lower, model.upper
    low = np.where(whole, np.ceil(low - ACCEPTED), low)
    high = np.where(whole, np.floor(high + ACCEPTED), high)
    for at in np.flatnonzero(low > high)[:1].tolist():
        return f"the bounds of column {model.column_names[at]!r} leave no value"
    for at in np.flatnonzero(model.row_lower > model.row_upper)[:1].tolist():
        return f"the bounds of row {model.row_names[at]!r} leave no value"
    return None


def _checked_start(model: LinearModel, start: FloatArray | None) -> FloatArray | None:
    if start is None:
        return None
    values = np.array(start, dtype=np.float64)
    if values.shape != (model.shape[1],):
        raise ValueError(
            f"A start has one value a column, {model.shape[1]:,}; the shape given is {values.shape}."
            "\n  Maybe it was made for another model; NaN stands for a value that is not known."
        )
    if np.isinf(values).any():
        at = int(np.flatnonzero(np.isinf(values))[0])
        raise ValueError(
            f"The start gives column {model.column_names[at]!r} the value {values[at]}."
            "\n  Maybe NaN was meant, for a value that is not known."
        )
    return np.where(model.integer, np.rint(values), values)


def _check_gap(gap: object) -> None:
    if isinstance(gap, bool) or not isinstance(gap, Real) or not 0 <= float(gap) < math.inf:
        raise ValueError(f"{gap!r} is no gap.\n  Maybe 0.01 was meant for one per cent?")


def _whole(what: str, value: int, least: int, most: int) -> int:
    try:
        number = least - 1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = least - 1
    if not least <= number <= most:
        raise ValueError(
            f"{value!r} is no {what}.\n  Maybe a whole number from {least:,} to {most:,} was meant?"
        )
    return number
