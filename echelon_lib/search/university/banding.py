"""Grouping: courses whose students come from all departments get slots in common, so that they do not clash.

Courses are coloured so that those of one colour share as few students as possible; the sections of a colour
meet in its band of slots, on different days. What does not fit there is left to the stages that follow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from echelon_lib.search.kernels.dice import dice
from echelon_lib.search.kernels.university_construct import cut, place_in_bands
from echelon_lib.search.university.arrays import UniversityArrays
from echelon_lib.search.university.strategy import WeekSearch
from echelon_lib.stop import Running

Ints = NDArray[np.int64]

DEPARTMENTS = 4
"""Departments of the groups of a meeting from which on its audience is dispersed."""
MOST_OF = 0.6
"""Share of a course's meetings that are dispersed, from which on the course is."""
COLOURS = range(2, 9)
TOLERATED = 0.01
"""Share of the students in common that may be left within colours when their number is chosen."""
QUICK, LONG, STARTS = 2_000, 20_000, 3
"""Steps of tabu search while the number of colours is chosen and afterwards, and how often each is begun."""
FEWEST = 3
"""Courses for which bands are worth it."""
LIKED = 0.3
"""What a slot that a teacher likes is worth, where one that is closed to a teacher counts 1."""


@dataclass(frozen=True)
class Banding:
    """Bands of slots for courses whose students come from everywhere."""

    name: str = "banding of courses with a dispersed audience"

    def run(self, search: WeekSearch, clock: Running, rng: np.random.Generator) -> str:
        """Colour the courses and place their meetings, as far as they fit."""
        arrays = search.arrays
        courses = dispersed(arrays)
        if len(courses) < FEWEST:
            return f"{len(courses)} courses have a dispersed audience, too few for bands"
        shared = _shared(arrays, courses)
        colours, left, colour = _coloured(shared, rng)
        of_course = np.full(len(arrays.problem.courses), -1)
        of_course[courses] = colour
        own = of_course[arrays.course]
        own[(arrays.university.length != 1) | ~arrays.movable | (search.week.start >= 0)] = -1
        band = _bands(arrays, own, colours)
        order = np.flatnonzero(own >= 0)
        order = order[np.argsort(-arrays.university.people[order], kind="stable")]
        placed = place_in_bands(arrays.university, search.week, order, band)
        total = int(shared.sum()) // 2
        return (
            f"{len(courses)} courses with a dispersed audience in {colours} bands, {left} of {total} shared "
            f"students within bands; {placed} of {len(order)} meetings placed there"
        )


def dispersed(arrays: UniversityArrays) -> Ints:
    """Return the courses most of whose meetings have groups of several departments."""
    a = arrays.university
    meeting = np.repeat(np.arange(len(arrays.meetings)), np.diff(a.who_at))
    group = ~a.is_teacher[a.who]
    departments = int(arrays.home.max(initial=0)) + 1
    pairs = np.unique(meeting[group] * departments + arrays.home[a.who[group]])
    many = np.bincount(pairs // departments, minlength=len(arrays.meetings)) >= DEPARTMENTS
    many &= a.length == 1
    courses = len(arrays.problem.courses)
    wide = np.bincount(arrays.course[many], minlength=courses)
    every = np.bincount(arrays.course, minlength=courses)
    return np.flatnonzero((wide > 0) & (wide >= MOST_OF * every))


def _shared(arrays: UniversityArrays, courses: Ints) -> csr_matrix:
    """Return how many groups each two of the courses share."""
    a = arrays.university
    number = np.full(len(arrays.problem.courses), -1)
    number[courses] = np.arange(len(courses))
    course = number[np.repeat(arrays.course, np.diff(a.who_at))]
    wanted = (course >= 0) & ~a.is_teacher[a.who]
    pairs = np.unique(a.who[wanted].astype(np.int64) * len(courses) + course[wanted])
    shape = (len(arrays.attendees), len(courses))
    attends = csr_matrix(
        (np.ones(len(pairs), np.int64), (pairs // len(courses), pairs % len(courses))), shape=shape
    )
    shared = (attends.T @ attends).tocsr()
    shared.setdiag(0)
    shared.eliminate_zeros()
    return shared


def _coloured(shared: csr_matrix, rng: np.random.Generator) -> tuple[int, int, Ints]:
    """Return the number of colours, the students in common within colours, and the colour of each course."""
    at, other = shared.indptr.astype(np.int64), shared.indices.astype(np.int64)
    weight, courses = shared.data.astype(np.int64), shared.shape[0]
    throws = dice(int(rng.integers(1 << 30)))

    def tried(begin: Ints, colours: int, steps: int) -> tuple[int, Ints]:
        found = np.empty_like(begin)
        inside, until = np.zeros((2, courses, colours), np.int64)
        left = cut(at, other, weight, begin.copy(), found, inside, until, steps, throws)
        return int(left), found

    best: tuple[int, Ints] = (0, np.zeros(courses, np.int64))
    colours = 1
    for colours in COLOURS:
        begins = [rng.integers(0, colours, courses) for _ in range(STARTS)]
        best = min((tried(begin, colours, QUICK) for begin in begins), key=lambda one: one[0])
        if best[0] <= TOLERATED * weight.sum() / 2:
            break
    for _ in range(STARTS):
        if best[0]:
            best = min(best, tried(best[1], colours, LONG), key=lambda one: one[0])
    return colours, *best


def _bands(arrays: UniversityArrays, colour: Ints, colours: int) -> Ints:
    """Return the starts in which each meeting of a colour may be, as a mask."""
    a = arrays.university
    slot = np.arange(arrays.week)
    masks = np.zeros(colours + 1, np.int64)
    taken: set[int] = set()
    for c in range(colours):
        meetings = np.flatnonzero(colour == c)
        if not len(meetings):
            continue
        needed = int(np.bincount(a.section[meetings]).max()) + 1
        closed = 1 - (a.domain[meetings, None] >> slot & 1).mean(axis=0)
        disliked = closed - LIKED * (a.price[meetings] == 0).mean(axis=0)
        chosen: list[int] = []
        for t in np.argsort(disliked, kind="stable").tolist():
            if t not in taken and all(t // a.slots != one // a.slots for one in chosen):
                chosen.append(t)
            if len(chosen) == min(needed, a.days):
                break
        taken.update(chosen)
        masks[c] = sum(1 << t for t in chosen)
    return masks[colour]
