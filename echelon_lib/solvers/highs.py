"""HiGHS as a linear backend; the one place that imports highspy."""

from __future__ import annotations

import importlib.metadata
from typing import Any, Final

import numpy as np

from echelon_lib.solvers.base import Availability, BackendFailed, LinearAnswer, OnBound, OnIncumbent
from echelon_lib.solvers.base import BackendUnavailable as Unavailable
from echelon_lib.solvers.linear import FloatArray, LinearModel
from echelon_lib.solvers.progress import Job, Outcome, Progress, solve_in_thread
from echelon_lib.stop import Running, Stop

_MISSING = "highspy is not installed or cannot be imported ({}).\n  Maybe: pip install 'highspy>=1.12,<1.15'"
_START_NODES = 500


class HighsBackend:
    """HiGHS: open source, models of any size."""

    name: Final = "highs"

    def availability(self) -> Availability:
        """Say whether highspy imports; it needs no licence."""
        try:
            import highspy  # noqa: F401
        except ImportError as error:
            return Availability(False, False, None, _MISSING.format(error))
        return Availability(True, True, importlib.metadata.version("highspy"), "")

    def why_not(self, model: LinearModel) -> str | None:
        """Say why HiGHS cannot solve this model; None when it can."""
        found = self.availability()
        return None if found.installed else found.reason

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
            raise Unavailable(reason)
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


def _solve(job: Job) -> Outcome:
    from highspy import HighsModelStatus

    progress = job.progress
    _complete(job)
    if progress.must_stop():
        return Outcome("Not started", "stopped")
    highs = _loaded(job, job.model.lower, job.model.upper)
    if progress.best is not None:
        _give_start(highs, progress.best)
    _listen(highs, progress, whole=True)
    failed = _is_error(highs.run())

    status = highs.getModelStatus()
    native = str(highs.modelStatusToString(status))
    info = highs.getInfo()
    objective = None
    if _has_values(highs):
        progress.take_values(_values(highs), last=True)
        objective = float(info.objective_function_value)
    if job.model.integer.any():
        progress.take_bound(float(info.mip_dual_bound))
    elif status == HighsModelStatus.kOptimal and objective is not None:
        progress.take_bound(objective)
    if failed and progress.best is None:
        raise BackendFailed(f"HiGHS gave up: {native}.")
    if status == HighsModelStatus.kOptimal:
        return Outcome(native, "optimal", objective)
    if status == HighsModelStatus.kInfeasible:
        return Outcome(native, "infeasible")
    if status == HighsModelStatus.kUnbounded:
        return Outcome(native, "unbounded")
    if status == HighsModelStatus.kUnboundedOrInfeasible:
        return Outcome(native, "infeasible or unbounded")
    return Outcome(native, "stopped")


def _complete(job: Job) -> None:
    """Make an incumbent of a partial start by a short solve in which the known values are fixed.

    HiGHS could do so itself, but the bounds that it reports meanwhile hold for the fixed values only.
    """
    start = job.start
    if start is None or not np.isnan(start).any() or np.isnan(start).all():
        return
    known = ~np.isnan(start) & (job.model.integer | ~job.model.integer.any())
    lower = np.where(known, np.maximum(start, job.model.lower), job.model.lower)
    upper = np.where(known, np.minimum(start, job.model.upper), job.model.upper)
    if (lower > upper).any():
        return
    highs = _loaded(job, lower, upper)
    highs.setOptionValue("mip_max_nodes", _START_NODES)
    _listen(highs, job.progress, whole=False)
    highs.run()
    if _has_values(highs):
        job.progress.take_values(_values(highs))


def _loaded(job: Job, lower: FloatArray, upper: FloatArray) -> Any:
    """Return HiGHS with the model and the settings of a job, under these bounds of the columns."""
    import highspy

    rows, columns = job.model.shape
    matrix = job.model.matrix()
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = rows, columns
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = job.model.costs, lower, upper
    lp.row_lower_, lp.row_upper_ = job.model.row_lower, job.model.row_upper
    lp.offset_ = job.model.objective_offset
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    if job.model.integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[flag] for flag in job.model.integer.tolist()]

    highs = highspy.Highs()
    settings: dict[str, bool | int | float | str] = {
        "output_flag": False,
        "random_seed": job.seed,
        "threads": job.threads,
        "parallel": "on" if job.threads > 1 else "off",
        "mip_rel_gap": job.gap,
        "mip_abs_gap": job.progress.absolute_gap(),
    }
    if _presolve_is_wrong(job.model):
        settings["presolve"] = "off"
    left = job.progress.stop.remaining()
    if left is not None:
        settings["time_limit"] = left
    for option, value in settings.items():
        if _is_error(highs.setOptionValue(option, value)):
            raise BackendFailed(f"HiGHS does not take {value!r} for its option {option}.")
    if _is_error(highs.passModel(lp)):
        raise BackendFailed(f"HiGHS does not take the model {job.model!r}.")
    return highs


def _presolve_is_wrong(model: LinearModel) -> bool:
    """Say whether this HiGHS may call a wrong answer optimal.

    The presolve of 1.14.0 fixes continuous columns wrongly when they share a row with whole numbers
    (ERGO-Code/HiGHS issues 3043 and 3073); the versions before and after do not.
    """
    version = importlib.metadata.version("highspy")
    return version.startswith("1.14.") and 0 < model.integer.sum() < model.shape[1]


def _give_start(highs: Any, values: FloatArray) -> None:
    import highspy

    solution = highspy.HighsSolution()
    solution.col_value = values.tolist()
    solution.value_valid = True
    highs.setSolution(solution)


def _listen(highs: Any, progress: Progress, *, whole: bool) -> None:
    """Let HiGHS report to ``progress`` and ask it when to stop.

    Bounds and nodes count only where it works on the whole model.
    """
    from highspy import cb

    kinds = cb.HighsCallbackType
    improving, interrupt, log = (
        kinds.kCallbackMipImprovingSolution,
        kinds.kCallbackMipInterrupt,
        kinds.kCallbackMipLogging,
    )

    def heard(kind: Any, message: str, out: Any, into: Any, _: Any) -> None:
        def report() -> None:
            nodes = None
            if kind == improving:
                progress.take_values(np.array(out.mip_solution, dtype=np.float64))
            if whole and kind in (improving, interrupt, log):
                nodes = int(out.mip_node_count)
                progress.take_bound(float(out.mip_dual_bound))
            if kind != improving and progress.must_stop(nodes):
                into.user_interrupt = True

        progress.guarded(report)
        if progress.error is not None and kind != improving:
            into.user_interrupt = True

    highs.setCallback(heard, None)
    for kind in (improving, interrupt, log, kinds.kCallbackSimplexInterrupt, kinds.kCallbackIpmInterrupt):
        highs.startCallback(kind)


def _values(highs: Any) -> FloatArray:
    return np.array(highs.getSolution().col_value, dtype=np.float64)


def _has_values(highs: Any) -> bool:
    import highspy

    return bool(highs.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible)


def _is_error(status: Any) -> bool:
    import highspy

    return bool(status == highspy.HighsStatus.kError)
