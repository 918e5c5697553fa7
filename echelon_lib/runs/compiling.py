"""The kernels of the search: compiled once on a machine, before the clock of a run starts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from echelon_lib.domain.problem import Problem
from echelon_lib.search.choose import needs_compiling
from echelon_lib.search.school_engine import warm_up

COMPILING: Final = "compiling the search (once on this machine)"
"""The phase of a run that compiles; it takes about a minute, and none of the seconds of the run."""


def compiled() -> bool:
    """Return whether the kernels were compiled on this machine, by this Python, and lie ready to be loaded."""
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
    if method == "greedy" or warm_up.cache_info().currsize or not needs_compiling(problem):
        return
    if not compiled():
        phase(COMPILING)
    compile_search()


def _lies_ready(kernel: Any) -> bool:
    """Return whether the index of a kernel's cache is there and younger than its source."""
    code = kernel.py_func.__code__
    source = Path(code.co_filename)
    tag = f"py{sys.version_info[0]}{sys.version_info[1]}"
    name = f"{source.stem}.{kernel.py_func.__name__}-{code.co_firstlineno}.{tag}.nbi"
    try:
        return (Path(kernel.stats.cache_path) / name).stat().st_mtime >= source.stat().st_mtime
    except OSError:
        return False
