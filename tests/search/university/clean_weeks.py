"""Weeks of small universities in which nothing clashes, to be made better, and a check that nothing does."""

from __future__ import annotations

import numpy as np
from random_universities import random_university

from echelon_lib.search.kernels.university_week import broken, fill
from echelon_lib.search.university.arrays import UniversityArrays
from echelon_lib.search.university.engine import strategies
from echelon_lib.search.university.stages import Stages
from echelon_lib.search.university.strategy import WeekSearch
from echelon_lib.stop import Never


def clean(seed: int, moves: int = 20_000) -> WeekSearch:
    """A week without clashes."""
    search = WeekSearch(UniversityArrays.of(random_university(seed)), seed, moves)
    for _, stage in strategies(Stages(quality="none"), parts=1):
        stage.run(search, Never().start(), np.random.default_rng(seed))
    assert search.clashes == 0
    search.load(*search.best)
    return search


def as_filled(search: WeekSearch) -> bool:
    """Return whether a week is what its starts and rooms make of it, without a clash."""
    a, week = search.arrays.university, search.week
    anew = search.arrays.empty_week(0)
    fill(a, anew, week.start.copy(), week.place.copy())
    same = all(
        np.array_equal(getattr(week, name), getattr(anew, name))
        for name in ("busy", "site", "holds", "often", "load")
    )
    return same and broken(a, anew) == 0
