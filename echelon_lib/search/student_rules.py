"""What rules say of single students, for a search: where they may be, must be, or should rather be."""

from __future__ import annotations

from collections.abc import Mapping

from echelon_lib.constraints.enrolment import KeptIn, OnlyFor
from echelon_lib.constraints.requests import CoreFilled
from echelon_lib.constraints.times import FreeTimes
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.offerings import Request
from echelon_lib.domain.problem import Problem
from echelon_lib.scoring.evaluate import alternates

MUST = 10_000_000
"""Weight of a request that has to be served, on top of its own."""


class StudentRules:
    """What rules say of single students: where they may be, must be, or should rather be.

    Parameters
    ----------
    problem
        The problem.

    Attributes
    ----------
    kept
        The section of a request in which a student must be.
    closed
        Times at which a student must be nowhere.
    wanted
        The sections in which each student should rather be, with the price of being elsewhere.
    spared
        The times at which each student should rather be nowhere, with the price of each section then.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.kept: dict[str, str] = {}
        self.closed: dict[str, tuple[Time, ...]] = {}
        self.wanted: dict[str, list[tuple[str, int]]] = {}
        self.spared: dict[str, list[tuple[tuple[Time, ...], int]]] = {}
        self._more: dict[str, int] = {}
        self._barred: dict[str, list[frozenset[str]]] = {}
        self._priced: dict[str, list[tuple[frozenset[str], int]]] = {}
        locks: list[KeptIn] = []
        for rule in problem.constraints:
            kind = rule.enforcement
            if kind.mode == "off":
                continue
            if isinstance(rule, KeptIn):
                if kind.required:
                    locks.append(rule)
                else:
                    self.wanted.setdefault(rule.student, []).append((rule.section, kind.weight))
            elif isinstance(rule, FreeTimes):
                if kind.required:
                    self.closed[rule.student] = (*self.closed.get(rule.student, ()), *rule.times)
                else:
                    self.spared.setdefault(rule.student, []).append((rule.times, kind.weight))
            elif isinstance(rule, CoreFilled):
                for id in rule.requests:
                    self._more[id] = self._more.get(id, 0) + (MUST if kind.required else kind.weight)
            elif isinstance(rule, OnlyFor):
                for course in {problem.course_of[section].id for section in rule.scope.sections}:
                    if kind.required:
                        self._barred.setdefault(course, []).append(rule.students)
                    else:
                        self._priced.setdefault(course, []).append((rule.students, kind.weight))
        for lock in locks:
            self._keep(lock)

    def _keep(self, lock: KeptIn) -> None:
        """Find the request that a lock on a student speaks of: the one that its course serves best."""
        course = self.problem.course_of[lock.section].id
        if lock.student not in self.problem.requests_of:
            return
        ways = self.ways(lock.student)
        found = [(n, id) for id, some in ways.items() for n, other, _ in some if other == course]
        if found:
            id = min(found)[1]
            self.kept[id] = lock.section
            self._more[id] = self._more.get(id, 0) + MUST

    def weight(self, request: Request) -> int:
        """Return the cost of the request where nothing serves it."""
        return request.weight * self.problem.policy.requests.weight + self._more.get(request.id, 0)

    def ways(self, student: str) -> Mapping[str, list[tuple[int, str, int]]]:
        """Return for each request of a student the cost, course and later price of what may serve it.

        The cheapest stands first, since the search never leaves one for another that costs requests as much.
        """
        problem = self.problem
        requests = problem.requests_of[student]
        primaries = {request.primary for request in requests}
        pooled = problem.pooled.get(student, ())
        # A course that is asked for twice serves the request that stands first in the list.
        first = {request.primary: request.id for request in reversed(requests)}
        found: dict[str, list[tuple[int, str, int]]] = {}
        for request in requests:
            ranks = alternates(request, pooled, primaries)
            if first[request.primary] == request.id:
                ranks = {request.primary: 0, **ranks}
            ways = (
                (request.cost(rank), course, self._price(student, course))
                for course, rank in ranks.items()
                if problem.course[course].sections
                and all(student in some for some in self._barred.get(course, ()))
            )
            found[request.id] = sorted(ways, key=lambda way: (way[0], way[2], way[1]))
        return found

    def _price(self, student: str, course: str) -> int:
        return sum(weight for some, weight in self._priced.get(course, ()) if student not in some)
