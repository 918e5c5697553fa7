"""Seeded draws of many numbers at once that are the same on every machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Thing = TypeVar("Thing")


class Dice:
    """Draws that rest on the raw numbers of PCG64 alone, which never change.

    Parameters
    ----------
    seed
        Whole numbers from 0 on; another one gives another stream.
    """

    def __init__(self, *seed: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence(seed))

    def uniform(self, count: int) -> Floats:
        """Return ``count`` numbers from 0 to below 1."""
        raw = np.asarray(self._bits.random_raw(count), dtype=np.uint64)
        return (raw >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def one(self) -> float:
        """Return a number from 0 to below 1."""
        return int(self._bits.random_raw() >> 11) * 2.0**-53

    def below(self, most: int) -> int:
        """Return a whole number from 0 to ``most - 1``."""
        return int(self.one() * most)

    def wholes(self, count: int, most: int) -> Ints:
        """Return ``count`` whole numbers from 0 to ``most - 1``."""
        return (self.uniform(count) * most).astype(np.int64)

    def order(self, count: int) -> Ints:
        """Return the numbers from 0 to ``count - 1`` in a random order."""
        return np.argsort(self.uniform(count), kind="stable")

    def some(self, things: Sequence[Thing], count: int) -> list[Thing]:
        """Return ``count`` of the things, or all when there are fewer, in a random order."""
        return [things[place] for place in self.order(len(things))[:count]]

    def quota(self, weights: Mapping[Thing, float], count: int) -> list[Thing]:
        """Return ``count`` things in a random order, each as often as its weight says.

        Not drawn one by one, so that small universities are as typical as large ones.
        """
        names = [*weights]
        share = np.array([weights[name] for name in names]) / sum(weights.values()) * count
        whole = np.floor(share + 1e-9).astype(np.int64)
        rest = share - whole + 1e-6 * self.uniform(len(names))
        whole[np.argsort(-rest, kind="stable")[: count - int(whole.sum())]] += 1
        places = np.repeat(np.arange(len(names)), whole)
        return [names[place] for place in places[self.order(count)]]
