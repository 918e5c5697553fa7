"""The kernels of the search: compiled once on a machine, before the clock of a run starts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Final

from echelon_lib.domain.problem import Problem
from echelon_lib.search.choose import needs_compiling
from echelon_lib.search.cores import cores
from echelon_lib.search.university.engine import warm_up_annealing, warm_up_university
from echelon_lib.search.university.rules import is_university
from echelon_lib.search.university.stages import Stages
from echelon_lib.search.warming import warm_up

COMPILING: Final = "compiling the search (once on this machine)"
"""The phase of a run that compiles; it takes about a minute, and none of the seconds of the run."""


def compiled(*, university: bool | None = None) -> bool:
    """Return whether this Python has compiled the kernels on this machine, so that they lie ready.

    Those for schools or those for universities are asked about, or both by default.
    """
    from echelon_lib.search.kernels.joint import anneal_all
    from echelon_lib.search.kernels.surrogate import anneal_periods
    from echelon_lib.search.kernels.university_breakout import break_out
    from echelon_lib.search.kernels.university_soft import anneal_week

    schools, universities = (anneal_all, anneal_periods), (break_out, anneal_week)
    wanted = (*schools, *universities) if university is None else universities if university else schools
    return all(_lies_ready(kernel) for kernel in wanted)


def compile_universities() -> None:
    """Compile the kernels of all stages for universities, or load them."""
    for stages in (Stages(), Stages(repair="mixture", quality="genetic")):
        warm_up_university(stages)


def compile_search() -> None:
    """Compile the kernels, or load them where they lie ready, which takes some seconds."""
    with nullcontext() if compiled() else _beside(compile_universities):
        warm_up()
    compile_universities()


def compile_for(
    problem: Problem,
    method: str,
    phase: Callable[[str], None] = lambda name: None,
    stages: Stages | None = None,
) -> None:
    """Compile or load what solving a problem needs, so that no clock counts it.

    Parameters
    ----------
    problem
        What is to be solved.
    method
        The word by which ``solve`` knows the solver.
    phase
        Hears of ``COMPILING`` where that is about to begin.
    stages
        What does each stage of the search for a university; None for what ``solve`` takes by itself.
    """
    university = is_university(problem)
    if (not university and warm_up.cache_info().currsize) or not needs_compiling(problem, method):
        return
    ready = compiled(university=university)
    if not (ready and all(map(_lies_ready, _chosen(stages)))):
        phase(COMPILING)
    if not university:
        warm_up()
        return
    chosen = stages or Stages()
    if chosen.quality == "annealing" and not ready:
        with _beside(warm_up_annealing):
            warm_up_university(chosen.model_copy(update={"quality": "none"}))
    warm_up_university(chosen)


def compile_questions(phase: Callable[[str], None] = lambda name: None) -> None:
    """Compile or load what answers questions about a timetable.

    Parameters
    ----------
    phase
        Hears of ``COMPILING`` where that is about to begin.
    """
    from echelon_lib.search.kernels.mending import open_seat, shift, yield_seat
    from echelon_lib.search.suggest import warm_up_questions

    known = warm_up_questions.cache_info().currsize
    if not known and not all(map(_lies_ready, (shift, yield_seat, open_seat))):
        phase(COMPILING)
    warm_up_questions()


@contextmanager
def _beside(warm: Callable[[], object]) -> Iterator[None]:
    """Have another process compile something meanwhile, where there is a core for it.

    What it cannot do is compiled here by whoever needs it.
    """
    if cores() < 2:
        yield
        return
    code = f"from {warm.__module__} import {warm.__name__} as warm; warm()"
    quiet = subprocess.DEVNULL
    other = subprocess.Popen([sys.executable, "-c", code], stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        yield
        other.wait()
    finally:
        other.kill()
        other.wait()


def _chosen(stages: Stages | None) -> Iterator[Any]:
    """Yield the kernels that only those need who choose them."""
    if stages is not None and stages.repair in ("mixture", "learned"):
        from echelon_lib.search.kernels.university_bursts import bathe, tabu

        yield from (bathe, tabu)
    if stages is not None and stages.quality == "genetic":
        from echelon_lib.search.kernels.university_genetic import breed

        yield breed


def _lies_ready(kernel: Any) -> bool:
    """Return whether numba has kept a kernel of this source for this processor.

    Numba has no public question for it; where its inside has changed, the kernel counts as not compiled.
    """
    try:
        processor = kernel.targetctx.codegen().magic_tuple()
        return any(key[1] == processor for key in kernel._cache._cache_file._load_index())
    except (AttributeError, LookupError, TypeError, OSError):
        return False
