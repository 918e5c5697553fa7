"""Grouping by communities of courses that share students: they are dealt out in the place of departments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from echelon_lib.communities import Communities, communities
from echelon_lib.search.university.arrays import UniversityArrays
from echelon_lib.search.university.strategy import WeekSearch
from echelon_lib.stop import Running

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Louvain:
    """Everybody is of the community in which most of their meetings are."""

    name: str = "Louvain communities of courses"

    def run(self, search: WeekSearch, clock: Running, rng: np.random.Generator) -> str:
        """Find the communities, and say what a split into them would cut."""
        if clock.done():
            return "no time was left for communities"
        found = communities(search.arrays.problem, seed=int(rng.integers(1 << 30)), stop=clock)
        search.home = homes(search.arrays, found)
        share = "" if found.cut_share is None else f" ({found.cut_share:.1%})"
        words = f"{len(found.courses)} communities cut {found.cut:,} of {found.weight:,}{share} students"
        return f"{words} whom two courses share, over all pairs of courses"


def homes(arrays: UniversityArrays, found: Communities) -> Ints:
    """Return the community in which each attendee has most meetings; courses of nobody are one more."""
    number = {id: k for k, members in enumerate(found.courses) for id in members}
    rest = len(found.courses)
    of_course = np.array([number.get(course.id, rest) for course in arrays.problem.courses], np.int64)
    a = arrays.university
    community = np.repeat(of_course[arrays.course], np.diff(a.who_at))
    times = csr_matrix((np.ones(len(a.who), np.int64), (a.who, community)), (len(arrays.attendees), rest + 1))
    return np.asarray(times.argmax(axis=1), np.int64).ravel()
