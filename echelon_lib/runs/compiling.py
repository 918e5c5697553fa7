"""The kernels of the search: compiled once on a machine, before the clock of a run starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from echelon_lib.domain.problem import Problem
from echelon_lib.search.choose import needs_compiling
from echelon_lib.search.warming import warm_up

COMPILING: Final = "compiling the search (once on this machine)"
"""The phase of a run that compiles; it takes about a minute, and none of the seconds of the run."""


def compiled() -> bool:
    """Return whether this Python has compiled the kernels on this machine, so that they lie ready."""
    from echelon_lib.search.kernels.joint import anneal_all
    from echelon_lib.search.kernels.surrogate import anneal_periods

    return all(_lies_ready(kernel) for kernel in (anneal_all, anneal_periods))


def compile_search() -> None:
    """Compile the kernels, or load them where they lie ready, which takes a second."""
    warm_up()


def compile_for(problem: Problem, method: str, phase: Callable[[str], None] = lambda name: None) -> None:
    """Compile or load what solving a problem needs, so that no clock counts it.

    Parameters
    ----------
    problem
        What is to be solved.
    method
        The word by which ``solve`` knows the solver.
    phase
        Hears of ``COMPILING`` where that is about to begin.
    """
    if method in ("greedy", "exact") or warm_up.cache_info().currsize or not needs_compiling(problem):
        return
    if not compiled():
        phase(COMPILING)
    compile_search()


def _lies_ready(kernel: Any) -> bool:
    """Return whether numba has kept a kernel of this source for this processor.

    Numba has no public question for it; where its inside has changed, the kernel counts as not compiled.
    """
    try:
        processor = kernel.targetctx.codegen().magic_tuple()
        return any(key[1] == processor for key in kernel._cache._cache_file._load_index())
    except (AttributeError, LookupError, TypeError, OSError):
        return False
