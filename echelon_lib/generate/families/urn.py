"""Quick seeded draws of titles in proportion to their weights."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate

from echelon_lib.generate.school_catalogue import Draw


class Urn:
    """Titles that are drawn with replacement.

    Parameters
    ----------
    weights
        A whole number above 0 for each title.
    """

    def __init__(self, weights: Mapping[str, int]) -> None:
        self.titles = (*weights,)
        self._up_to = [*accumulate(weights.values())]

    def draw(self, draw: Draw) -> str:
        """Return one title.

        Raises
        ------
        IndexError
            The urn is empty.
        """
        return self.titles[bisect_right(self._up_to, draw.below(self._up_to[-1]))]
