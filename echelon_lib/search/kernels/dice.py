"""Random numbers inside kernels: a state of one's own, so that threads neither share nor disturb it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
SOURCES = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(HERE.glob("*.py")))).hexdigest()[:12]
"""Stands for all kernels: they are compiled into each other, and numba looks only at the file of each."""


def compiled(function: Callable[..., Any], *, inner: bool = False, **more: Any) -> Any:
    """Compile a kernel at its first use; it is kept for later processes, and lets other threads run.

    ``inner`` ones are called by kernels only, which spares the compilation of their doors to Python.

    What was compiled lies beside the package, or where ``NUMBA_CACHE_DIR`` says; where neither can be
    written, numba finds a place for it.
    """
    settings: Any = numba.config
    given = settings.CACHE_DIR
    folder = Path(given) if given else HERE / "__pycache__"
    if given or os.access(HERE, os.W_OK):
        settings.CACHE_DIR = str(folder / SOURCES)
    try:
        options: dict[str, Any] = {"no_cfunc_wrapper": True, "no_cpython_wrapper": inner, **more}
        return numba.njit(cache=True, nogil=True, **options)(function)
    finally:
        settings.CACHE_DIR = given


def inner(function: Callable[..., Any]) -> Any:
    """Compile a kernel that only kernels call."""
    return compiled(function, inner=True)


def lean(function: Callable[..., Any]) -> Any:
    """Compile a kernel that makes no arrays: those that it is given need not be counted, which takes time."""
    return compiled(function, _nrt=False)


def lean_inner(function: Callable[..., Any]) -> Any:
    """Compile a kernel that makes no arrays and that only kernels call."""
    return compiled(function, inner=True, _nrt=False)


Dice = NDArray[np.uint64]


def dice(seed: int) -> Dice:
    """Return dice of a seed: equal seeds give equal throws on every machine."""
    state = np.random.SeedSequence(seed).generate_state(1, np.uint64)
    return state | np.uint64(1)


@lean
def draw(dice):  # type: ignore[no-untyped-def]
    """Return a number from 0 to 1, without 1 (xorshift64*, Vigna, ACM TOMS 2016)."""
    x = dice[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    dice[0] = x
    return np.float64((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@lean
def below(dice, limit):  # type: ignore[no-untyped-def]
    """Return a whole number from 0 to ``limit``, without ``limit``."""
    return int(draw(dice) * limit)
