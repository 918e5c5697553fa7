"""Courses in communities by the students they share; the one place that imports networkx."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix

from echelon_lib.domain.errors import EchelonError
from echelon_lib.domain.offerings import Course
from echelon_lib.domain.problem import Problem
from echelon_lib.stop import Never, Running

Ints = NDArray[np.int64]

_MISSING = "networkx is not installed or cannot be imported ({}).\n  Maybe: pip install 'networkx>=3.6'"


@dataclass(frozen=True)
class Communities:
    """Courses that share more students with each other than chance would have it.

    Parameters
    ----------
    courses
        Identifiers of the courses of each community, the one with most courses first; a course that nobody
        attends is in none.
    pairs
        Pairs of courses that share students.
    weight
        Students shared by two courses, added over all pairs.
    cut
        Part of the weight that lies between courses of different communities.
    modularity
        From −1 to 1: how much more of the weight lies within communities than chance would put there; None
        where nobody attends two courses.
    seed, resolution
        As they were asked for.
    """

    courses: tuple[tuple[str, ...], ...]
    pairs: int
    weight: int
    cut: int
    modularity: float | None
    seed: int
    resolution: float

    @property
    def cut_share(self) -> float | None:
        """Share of the weight that a split into the communities would cut; None where there is no weight."""
        return self.cut / self.weight if self.weight else None


def communities(
    problem: Problem, *, seed: int = 0, resolution: float = 1.0, stop: Running | None = None
) -> Communities:
    """Find communities of courses by the Louvain method, on the graph weighted by shared students.

    Parameters
    ----------
    problem
        A problem whose groups are fixed; a group counts with the students behind it.
    seed
        Seed of the order in which courses are looked at; the same seed gives the same communities.
    resolution
        More than 1 makes more and smaller communities, less than 1 fewer and larger ones.
    stop
        Ends it before communities are joined once more; those that were found by then are returned.

    Raises
    ------
    EchelonError
        When networkx is missing.
    ValueError
        When the resolution is no positive number.

    Notes
    -----
    Blondel, Guillaume, Lambiotte and Lefebvre, *Fast unfolding of communities in large networks*, Journal of
    Statistical Mechanics, 2008.
    """
    if not (math.isfinite(resolution) and resolution > 0):
        raise ValueError(f"{resolution!r} is no resolution.\n  Maybe 1.0 was meant?")
    try:
        import networkx as nx
    except ImportError as error:
        raise EchelonError(_MISSING.format(error)) from None
    attended, students = _attended(problem)
    one, other, shared = _shared(problem, students)
    graph = nx.Graph()
    graph.add_nodes_from(range(len(attended)))
    graph.add_weighted_edges_from(zip(one.tolist(), other.tolist(), shared.tolist(), strict=True))
    clock = Never().start() if stop is None else stop
    found = [{at} for at in range(len(attended))]
    joined = nx.community.louvain_partitions(graph, weight="weight", resolution=resolution, seed=seed)
    while not clock.done() and (larger := next(joined, None)) is not None:
        found = larger
    ordered = sorted((sorted(members) for members in found), key=lambda members: (-len(members), members))
    number = np.zeros(len(attended), np.int64)
    for index, members in enumerate(ordered):
        number[members] = index
    weight = int(shared.sum())
    return Communities(
        tuple(tuple(attended[at].id for at in members) for members in ordered),
        len(shared),
        weight,
        int(shared[number[one] != number[other]].sum()),
        _modularity(number[one], number[other], shared) if weight else None,
        seed,
        resolution,
    )


def _modularity(one: Ints, other: Ints, shared: Ints) -> float:
    """Return the modularity of communities, given those of both ends of each pair (Newman, PRE 2004)."""
    total = float(shared.sum())
    inside = shared[one == other].sum() / total
    ends = np.bincount(np.concatenate((one, other)), weights=np.concatenate((shared, shared)))
    return float(inside - ((ends / (2 * total)) ** 2).sum())


def _attended(problem: Problem) -> tuple[list[Course], list[set[int]]]:
    """Return the courses that some group attends, and the numbers of the groups of each."""
    number = {group.id: index for index, group in enumerate(problem.groups)}
    groups = [
        {number[id] for section in course.sections for id in section.attendees if id in number}
        for course in problem.courses
    ]
    attended = [at for at, own in enumerate(groups) if own]
    return [problem.courses[at] for at in attended], [groups[at] for at in attended]


def _shared(problem: Problem, groups: list[set[int]]) -> tuple[Ints, Ints, Ints]:
    """Return the pairs of courses, by number, that share students, and how many; from the groups of each."""
    size = np.array([group.size for group in problem.groups], np.int64)
    row = np.fromiter(chain.from_iterable(groups), np.int64)
    column = np.repeat(np.arange(len(groups)), [len(own) for own in groups])
    shape = len(size), len(groups)
    attends = csr_matrix((np.ones(len(row), np.int64), (row, column)), shape=shape)
    people = csr_matrix((size[row], (row, column)), shape=shape)
    shared = coo_matrix(attends.T @ people)
    upper = shared.row < shared.col
    order = np.lexsort((shared.col[upper], shared.row[upper]))
    return shared.row[upper][order], shared.col[upper][order], shared.data[upper][order]
