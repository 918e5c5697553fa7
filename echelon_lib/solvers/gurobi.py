"""Gurobi as a linear backend; the one place that imports gurobipy."""

from __future__ import annotations

from threading import Lock
from typing import Any, Final

import numpy as np

from echelon_lib.solvers.base import (
    Availability,
    BackendFailed,
    BackendUnavailable,
    LinearAnswer,
    OnBound,
    OnIncumbent,
)
from echelon_lib.solvers.linear import FloatArray, LinearModel
from echelon_lib.solvers.progress import Job, Outcome, solve_in_thread
from echelon_lib.stop import Running, Stop

FREE_SIZE: Final = 2_000
"""Rows and columns that Gurobi's size-limited licence allows."""

_TOO_LARGE = 10010
_NO_LICENCE = 10009
_MISSING = "gurobipy is not installed or cannot be imported ({}).\n  Maybe: pip install gurobipy"
_CURE = "Maybe use highs, or install a licence of Gurobi."

_probe_lock = Lock()
_probed: dict[str, bool] = {}


class GurobiBackend:
    """Gurobi: commercial; without a licence of its own it solves small models."""

    name: Final = "gurobi"

    def availability(self) -> Availability:
        """Say whether gurobipy imports and what its licence allows, which is tried out once per process."""
        try:
            import gurobipy
        except ImportError as error:
            return Availability(False, False, None, _MISSING.format(error))
        version = ".".join(str(part) for part in gurobipy.gurobi.version())
        try:
            limited = _is_size_limited()
        except gurobipy.GurobiError as error:
            return Availability(True, False, version, _licence_trouble(error))
        reason = f"its licence allows {FREE_SIZE:,} rows and {FREE_SIZE:,} columns" if limited else ""
        return Availability(True, True, version, reason)

    def why_not(self, model: LinearModel) -> str | None:
        """Say why Gurobi may not solve this model; None when it may."""
        found = self.availability()
        if not found.licensed:
            return found.reason
        if not found.reason:
            return None
        for count, what in zip(_native_shape(model), ("rows", "columns"), strict=True):
            if count > FREE_SIZE:
                return f"The model has {count:,} {what}; the free licence allows {FREE_SIZE:,}.\n  {_CURE}"
        return None

    def solve(
        self,
        model: LinearModel,
        *,
        stop: Stop | Running | float | None = None,
        start: FloatArray | None = None,
        seed: int = 0,
        threads: int = 1,
        gap: float = 0.0,
        on_incumbent: OnIncumbent | None = None,
        on_bound: OnBound | None = None,
    ) -> LinearAnswer:
        """Minimise the cost of a model, as :meth:`LinearBackend.solve` says."""
        reason = self.why_not(model)
        if reason is not None:
            raise BackendUnavailable(reason)
        return solve_in_thread(
            self.name,
            _solve,
            model,
            stop=stop,
            start=start,
            seed=seed,
            threads=threads,
            gap=gap,
            on_incumbent=on_incumbent,
            on_bound=on_bound,
        )


def _is_size_limited() -> bool:
    """Optimise a model that is one column too large for the free licence; only an answer is remembered."""
    import gurobipy

    with _probe_lock:
        if "limited" not in _probed:
            with gurobipy.Env(params={"OutputFlag": 0}) as env, gurobipy.Model(env=env) as model:
                model.addMVar(FREE_SIZE + 1)
                try:
                    model.optimize()
                except gurobipy.GurobiError as error:
                    if error.errno != _TOO_LARGE:
                        raise
                    _probed["limited"] = True
                else:
                    _probed["limited"] = False
        return _probed["limited"]


def _licence_trouble(error: Any) -> str:
    if error.errno == _NO_LICENCE:
        return f"Gurobi's licence cannot be used: {error}.\n  {_CURE}"
    return f"Gurobi cannot be used now (error {error.errno}): {error}.\n  {_CURE}"


def _native_shape(model: LinearModel) -> tuple[int, int]:
    """Return the rows and columns that Gurobi would be given: a row with two limits counts twice."""
    low, high = np.isfinite(model.row_lower), np.isfinite(model.row_upper)
    equal = low & high & (model.row_lower == model.row_upper)
    return int(low.sum() + high.sum() - equal.sum()), model.shape[1]


def _solve(job: Job) -> Outcome:
    import gurobipy

    try:
        with gurobipy.Env(params={"OutputFlag": 0}) as env, gurobipy.Model(env=env) as native:
            return _optimised(native, job)
    except gurobipy.GurobiError as error:
        if job.progress.best is not None:
            return Outcome(f"error {error.errno}", "stopped")
        if error.errno in (_TOO_LARGE, _NO_LICENCE):
            raise BackendUnavailable(_licence_trouble(error)) from error
        raise BackendFailed(f"Gurobi gave up (error {error.errno}): {error}.") from error


def _optimised(native: Any, job: Job) -> Outcome:
    from gurobipy import GRB

    progress = job.progress
    columns = _load(native, job)
    left = progress.stop.remaining()
    if left is not None:
        native.Params.TimeLimit = left
    native.optimize(_listener(columns, job))
    if native.Status == GRB.INTERRUPTED and not progress.asked_to_stop:
        # While Gurobi works it takes the interrupt of the keyboard for itself.
        progress.stop.cancel()

    objective = None
    if native.SolCount > 0:
        progress.take_values(np.asarray(columns.X), last=True)
        objective = float(native.ObjVal)
    if native.IsMIP:
        progress.take_bound(float(native.ObjBound))
    elif native.Status == GRB.OPTIMAL and objective is not None:
        progress.take_bound(objective)
    words = {getattr(GRB.Status, word): word for word in dir(GRB.Status) if word.isupper()}
    name = words.get(native.Status, str(native.Status))
    if native.Status == GRB.OPTIMAL:
        return Outcome(name, "optimal", objective)
    if native.Status == GRB.INFEASIBLE:
        return Outcome(name, "infeasible")
    if native.Status == GRB.UNBOUNDED:
        return Outcome(name, "unbounded")
    if native.Status == GRB.INF_OR_UNBD:
        return Outcome(name, "infeasible or unbounded")
    return Outcome(name, "stopped")


def _load(native: Any, job: Job) -> Any:
    """Give Gurobi the model and the settings of a job; return its columns."""
    from gurobipy import GRB
    from scipy.sparse import vstack

    model = job.model
    kinds = np.where(model.integer, GRB.INTEGER, GRB.CONTINUOUS)
    columns = native.addMVar(
        model.shape[1], lb=model.lower, ub=model.upper, obj=model.costs, vtype=kinds.tolist()
    )
    native.ObjCon = model.objective_offset
    low, high = np.isfinite(model.row_lower), np.isfinite(model.row_upper)
    equal = low & high & (model.row_lower == model.row_upper)
    parts = (
        (equal, model.row_lower, GRB.EQUAL),
        (high & ~equal, model.row_upper, GRB.LESS_EQUAL),
        (low & ~equal, model.row_lower, GRB.GREATER_EQUAL),
    )
    matrix = model.matrix().tocsr()
    if any(which.any() for which, _, _ in parts):
        native.addMConstr(
            vstack([matrix[np.flatnonzero(which)] for which, _, _ in parts], format="csr"),
            columns,
            np.concatenate([np.full(int(which.sum()), sense) for which, _, sense in parts]),
            np.concatenate([side[which] for which, side, _ in parts]),
        )
    first = job.progress.best if job.progress.best is not None else job.start
    if first is not None and model.integer.any():
        columns.Start = np.where(np.isnan(first), GRB.UNDEFINED, first)
    native.Params.Seed = job.seed
    native.Params.Threads = job.threads
    native.Params.MIPGap = job.gap
    native.Params.MIPGapAbs = job.progress.absolute_gap()
    native.Params.IntFeasTol = 1e-6
    return columns


def _listener(columns: Any, job: Job) -> Any:
    """Return the callback that reports to the job's progress and asks it when to stop."""
    from gurobipy import GRB

    progress = job.progress
    kind = GRB.Callback

    def heard(native: Any, where: int) -> None:
        if where == kind.MESSAGE:
            return

        def report() -> None:
            nodes = None
            if where == kind.MIPSOL:
                progress.take_values(np.asarray(native.cbGetSolution(columns)))
                progress.take_bound(float(native.cbGet(kind.MIPSOL_OBJBND)))
                nodes = int(native.cbGet(kind.MIPSOL_NODCNT))
            elif where == kind.MIP:
                progress.take_bound(float(native.cbGet(kind.MIP_OBJBND)))
                nodes = int(native.cbGet(kind.MIP_NODCNT))
            if progress.must_stop(nodes):
                native.terminate()

        progress.guarded(report)
        if progress.error is not None:
            native.terminate()

    return heard
