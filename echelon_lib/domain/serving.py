"""Which course serves which request: primaries first, then alternates, at least cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from echelon_lib.domain.offerings import Request
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable


@dataclass(frozen=True, slots=True)
class Served:
    """How one request came out: the course that serves it and its place in the list (0 is the primary)."""

    request: Request
    course: str | None
    rank: int | None

    @property
    def cost(self) -> int:
        """Cost of this request."""
        return self.request.cost(self.rank)


def serve(requests: Sequence[Request], pooled: Sequence[str], taken: set[str]) -> list[Served]:
    """Say which course serves which request of one student, at the least cost.

    A course that is some request's primary serves that request. The other courses taken serve the requests
    left over as attached alternates, or as pooled alternates of electives, in the cheapest way.
    """
    primaries = {request.primary for request in requests}
    result: list[Served | None] = []
    seen: set[str] = set()
    for request in requests:
        if request.primary in taken and request.primary not in seen:
            seen.add(request.primary)
            result.append(Served(request, request.primary, 0))
        else:
            result.append(None)
    spare = [course for course in sorted(taken) if course not in primaries]
    open_ = [index for index, one in enumerate(result) if one is None]
    if spare and open_:
        for index, (course, rank) in _cheapest(requests, pooled, open_, spare).items():
            result[index] = Served(requests[index], course, rank)
    return [one or Served(request, None, None) for one, request in zip(result, requests, strict=True)]


def alternates(request: Request, pooled: Sequence[str], primaries: set[str]) -> dict[str, int]:
    """Return the courses that may stand in for a request's primary, with the rank at which they count."""
    ranks = {c: k for k, c in reversed(list(enumerate(request.courses))) if k > 0 and c not in primaries}
    if not request.core:
        for course in pooled:
            if course not in primaries:
                ranks.setdefault(course, len(request.courses))
    return ranks


def _cheapest(
    requests: Sequence[Request], pooled: Sequence[str], open_: list[int], spare: list[str]
) -> dict[int, tuple[str, int]]:
    """Match spare courses to open requests so that the saving is greatest, then as many as possible.

    Successive longest augmenting paths, so that a student enrolled in everything takes no time either.
    """
    primaries = {request.primary for request in requests}
    ranks = {index: alternates(requests[index], pooled, primaries) for index in open_}
    # A saving counts more than any number of matches, and a match without saving more than none.
    worth = {
        index: {
            course: (requests[index].weight - requests[index].cost(rank)) * (len(open_) + 1) + 1
            for course in spare
            if (rank := ranks[index].get(course)) is not None
        }
        for index in open_
    }
    holder: dict[str, int] = {}
    while True:
        gain = {index: 0 for index in open_ if index not in holder.values()}
        reach: dict[str, tuple[int, int]] = {}  # course: gain of the best path to it, and the request before
        queue = list(gain)
        while queue:
            index = queue.pop(0)
            for course, value in worth[index].items():
                total = gain[index] + value
                if holder.get(course) == index or (course in reach and reach[course][0] >= total):
                    continue
                reach[course] = (total, index)
                if course in holder:
                    after = holder[course]
                    gain[after] = total - worth[after][course]
                    queue.append(after)
        free = [course for course in reach if course not in holder]
        if not free:
            break
        end = max(free, key=lambda course: reach[course][0])
        if reach[end][0] <= 0:
            break
        while True:
            index = reach[end][1]
            before = next((course for course, held in holder.items() if held == index), None)
            holder[end] = index
            if before is None:
                break
            end = before
    return {index: (course, ranks[index][course]) for course, index in holder.items()}


def served_all(problem: Problem, timetable: Timetable) -> tuple[list[Served], dict[str, list[str]]]:
    """Return how every request came out, and the courses that students take and that serve none."""
    taken_by: dict[str, set[str]] = {}
    for student, sections in timetable.enrolments.items():
        taken_by[student] = {problem.course_of[s].id for s in sections if s in problem.course_of}
    outcome: dict[str, Served] = {}
    unrequested: dict[str, list[str]] = {}
    for student in problem.requests_of.keys() | taken_by.keys():
        requests = problem.requests_of.get(student, ())
        taken = taken_by.get(student, set())
        result = serve(requests, problem.pooled.get(student, ()), taken)
        outcome.update((one.request.id, one) for one in result)
        extra = taken - {one.course for one in result if one.course is not None}
        if extra:
            unrequested[student] = sorted(extra)
    return [outcome[request.id] for request in problem.requests], unrequested
