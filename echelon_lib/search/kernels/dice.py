"""Random numbers inside kernels: a state of one's own, so that threads neither share nor disturb it."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

compiled = numba.njit(cache=True, nogil=True)
"""Every kernel is compiled once, kept beside the package, and lets other threads run meanwhile."""

Dice = NDArray[np.uint64]


def dice(seed: int) -> Dice:
    """Return dice of a seed: equal seeds give equal throws on every machine."""
    state = np.random.SeedSequence(seed).generate_state(1, np.uint64)
    return state | np.uint64(1)


@compiled
def draw(dice):  # type: ignore[no-untyped-def]
    """Return a number from 0 to 1, without 1 (xorshift64*, Vigna, ACM TOMS 2016)."""
    x = dice[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    dice[0] = x
    return np.float64((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def below(dice, limit):  # type: ignore[no-untyped-def]
    """Return a whole number from 0 to ``limit``, without ``limit``."""
    return int(draw(dice) * limit)
