"""A lower bound of the cost of the requests, by a flow that knows seats and days but no clashes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from echelon_lib.bounds.seats import Capacity, capacities, shortages
from echelon_lib.constraints.enrolment import OnlyFor
from echelon_lib.domain.problem import Problem
from echelon_lib.scoring.evaluate import UNMET, alternates

# Duals are rounded to multiples of 1/5040, which holds every fraction with a denominator up to 10.
_GRID = 5040


@dataclass(frozen=True, slots=True)
class RequestBound:
    """What no timetable without a broken required rule can do better than.

    Parameters
    ----------
    cost
        Lower bound of the cost of level 1 as the evaluator counts it; 0 where requests are not priced there.
    unmet
        Lower bound of the number of requests that none of their courses serves.
    covers
        Names of the rules that the bound takes into account; requests come first.
    short
        Courses with more students asking for them first than can have a seat, and how many too many.
        These students may still get an alternate: the numbers must not be added to ``cost`` or ``unmet``.
    loss
        Lower bound of the cost of the requests before the weight of the policy, whatever its mode.
    """

    cost: int
    unmet: int
    covers: tuple[str, ...]
    short: tuple[tuple[str, int], ...] = ()
    loss: int = 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request of a group: its weight and the saving of each course that may serve it."""

    weight: int
    options: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """Students who are alike: their tags that count and what they ask for."""

    tags: frozenset[str]
    asked: tuple[_Asked, ...]


def request_bound(problem: Problem) -> RequestBound:
    """Bound the cost of the requests by a flow student → request → course, with a node for each limited tag.

    Parameters
    ----------
    problem
        The problem; only required rules limit the flow.

    Returns
    -------
    RequestBound
        Valid for every timetable without a broken required rule.

    Notes
    -----
    Students who are alike are one node. The linear programme is solved in floating point, but the bound is
    that of its dual solution rounded to rationals and recomputed in integers: weak duality holds for any
    multipliers, so that no tolerance enters.
    """
    capacity = capacities(problem)
    short = tuple((one.course, one.missing) for one in shortages(problem, capacity))
    admitted, for_some = _admitted(problem)
    covers = (UNMET, *capacity.rules, *for_some)
    if not problem.requests:
        return RequestBound(0, 0, covers, short)
    groups = _groups(problem, capacity, admitted)
    left, settled = _without_free(groups, capacity)
    loss, unmet = _flow(groups, left, capacity)
    loss += settled
    rule = problem.policy.requests
    worst = sum(request.weight for request in problem.requests)
    cost = min(loss * rule.weight, worst * rule.weight) if rule.priced and rule.level == 1 else 0
    return RequestBound(cost, unmet, covers, short, loss)


def _admitted(problem: Problem) -> tuple[dict[str, frozenset[str]], tuple[str, ...]]:
    """Return the only students who may take each course that is for some, and the names of the rules."""
    rules = [c for c in problem.constraints if isinstance(c, OnlyFor) and c.enforcement.required]
    inside: dict[str, frozenset[str]] = {}
    for rule in rules:
        for section in rule.scope.sections:
            inside[section] = inside.get(section, rule.students) & rule.students
    found: dict[str, frozenset[str]] = {}
    for course in {problem.course_of[section].id for section in inside}:
        # Without a section for everybody in some part of the course, only those of its sections take it.
        for part in problem.course[course].parts:
            if all(section.id in inside for section in part.sections):
                some = frozenset[str]().union(*(inside[section.id] for section in part.sections))
                found[course] = found.get(course, some) & some
    return found, tuple(dict.fromkeys(rule.name for rule in rules)) if found else ()


def _groups(
    problem: Problem, capacity: Capacity, admitted: Mapping[str, frozenset[str]]
) -> list[tuple[_Group, int]]:
    """Merge the students whose requests, alternates and counted tags are the same."""
    count: Counter[_Group] = Counter()
    for student, requests in problem.requests_of.items():
        tags = problem.student[student].tags & capacity.tagged.keys()
        pooled = problem.pooled.get(student, ())
        primaries = {request.primary for request in requests}
        seen: set[str] = set()
        asked: list[_Asked] = []
        for request in requests:
            ranks = alternates(request, pooled, primaries)
            if request.primary not in seen:  # a course given once serves the first request for it
                seen.add(request.primary)
                ranks = {request.primary: 0, **ranks}
            options = tuple(
                (course, request.weight - request.cost(rank))
                for course, rank in ranks.items()
                if _possible(course, tags, capacity)
                and (course not in admitted or student in admitted[course])
            )
            asked.append(_Asked(request.weight, options))
        order = sorted(asked, key=lambda one: (one.options, one.weight))
        count[_Group(frozenset(tags), tuple(order))] += 1
    return list(count.items())


def _possible(course: str, tags: Iterable[str], capacity: Capacity) -> bool:
    fits = capacity.periods is None or capacity.takes[course] <= capacity.periods
    return fits and capacity.course[course] > 0 and all(capacity.tagged[tag][course] > 0 for tag in tags)


def _without_free(groups: Sequence[tuple[_Group, int]], capacity: Capacity) -> tuple[list[list[_Asked]], int]:
    """Leave out options no better than one that nobody contends for: some best flow does without them.

    Returns the requests that are not settled by this, and what the settled ones cost.
    """
    left = [list(group.asked) for group, _ in groups]
    crowded_day = [_day(group.asked, capacity) for group, _ in groups]
    settled, changed = 0, True
    while changed:
        changed = False
        scarce = _scarce(groups, left, capacity)
        for index, (group, size) in enumerate(groups):
            if crowded_day[index] or not left[index]:
                continue
            offered = Counter(course for one in left[index] for course, _ in one.options)
            keep: list[_Asked] = []
            for one in left[index]:
                free = [
                    option
                    for option in one.options
                    if offered[option[0]] == 1
                    and not any((tag, option[0]) in scarce for tag in (None, *group.tags))
                ]
                best = max(free, key=_saving, default=None)
                if best is None:
                    keep.append(one)
                    continue
                better = tuple(option for option in one.options if option[1] > best[1])
                if better:
                    keep.append(_Asked(one.weight, (*better, best)))
                else:
                    settled += size * (one.weight - best[1])
                changed |= len(better) + 1 < len(one.options) or not better
            left[index] = keep
    return left, settled


def _saving(option: tuple[str, int]) -> int:
    return option[1]


def _day(asked: Iterable[_Asked], capacity: Capacity) -> bool:
    """Return whether the requests of one student may not all fit the periods."""
    most = sum(max((capacity.takes[course] for course, _ in one.options), default=0) for one in asked)
    return capacity.periods is not None and most > capacity.periods


def _scarce(
    groups: Sequence[tuple[_Group, int]], left: Sequence[Sequence[_Asked]], capacity: Capacity
) -> dict[tuple[str | None, str], int]:
    """Return the places of the courses, whole or for a tag, that could overflow."""
    demand: Counter[tuple[str | None, str]] = Counter()
    for (group, size), asked in zip(groups, left, strict=True):
        for course in {course for one in asked for course, _ in one.options}:
            for tag in (None, *group.tags):
                demand[tag, course] += size
    places: dict[tuple[str | None, str], int] = {}
    for (tag, course), wanted in demand.items():
        seats = capacity.course[course] if tag is None else capacity.tagged[tag][course]
        if wanted > seats:
            places[tag, course] = seats
    return places


def _flow(
    groups: Sequence[tuple[_Group, int]], left: Sequence[Sequence[_Asked]], capacity: Capacity
) -> tuple[int, int]:
    """Return lower bounds of the cost and of the number of the requests that are left."""
    scarce = _scarce(groups, left, capacity)
    row_of: dict[Hashable, int] = {}
    limits: list[int] = []
    entries: list[tuple[int, int, int]] = []
    savings: list[int] = []
    sizes: list[int] = []
    weight = requests = 0

    def add(key: Hashable, limit: int, column: int, amount: int = 1) -> None:
        if key not in row_of:
            row_of[key] = len(limits)
            limits.append(limit)
        entries.append((row_of[key], column, amount))

    for index, ((group, size), asked) in enumerate(zip(groups, left, strict=True)):
        crowded = _day(asked, capacity)
        offered = Counter(course for one in asked for course, _ in one.options)
        for number, one in enumerate(asked):
            weight += size * one.weight
            requests += size
            for course, saving in one.options:
                column = len(savings)
                savings.append(saving)
                sizes.append(size)
                if len(one.options) > 1:
                    add(("request", index, number), size, column)
                if offered[course] > 1:
                    add(("once", index, course), size, column)
                if crowded and capacity.periods is not None and capacity.takes[course]:
                    add(("day", index), size * capacity.periods, column, capacity.takes[course])
                for tag in (None, *sorted(group.tags)):
                    if (tag, course) in scarce:
                        add(("seats", tag, course), scarce[tag, course], column)
    if not savings:
        return weight, requests
    filled = _most_filled(groups, left, scarce, capacity)
    alike = len(set(savings)) == 1
    saved = filled * max(savings)
    if not alike:
        saved = min(saved, _most(entries, limits, sizes, savings))
    return max(0, weight - saved), max(0, requests - filled)


def _most_filled(
    groups: Sequence[tuple[_Group, int]],
    left: Sequence[Sequence[_Asked]],
    scarce: Mapping[tuple[str | None, str], int],
    capacity: Capacity,
) -> int:
    """Return a number of requests that cannot be exceeded: a maximum flow, with one tag for each student."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import maximum_flow

    node: dict[Hashable, int] = {"source": 0, "sink": 1}
    arcs: dict[tuple[int, int], int] = {}
    total = sum(size * len(asked) for (_, size), asked in zip(groups, left, strict=True))

    def arc(start: Hashable, end: Hashable, limit: int) -> None:
        pair = node.setdefault(start, len(node)), node.setdefault(end, len(node))
        arcs[pair] = min(limit, total)

    for index, ((group, size), asked) in enumerate(zip(groups, left, strict=True)):
        crowded = _day(asked, capacity)
        offered = Counter(course for one in asked for course, _ in one.options)
        tag = next((tag for tag in sorted(group.tags) if any((tag, c) in scarce for c in offered)), None)
        for number, one in enumerate(asked):
            start: Hashable = "source"
            fewest = min((capacity.takes[course] for course, _ in one.options), default=0)
            if crowded and fewest and capacity.periods is not None:
                start = ("day", index)
                arc("source", start, size * capacity.periods)
            request = ("request", index, number)
            arc(start, request, size)
            for course, _ in one.options:
                place: Hashable = ("seats", None, course)
                arc(place, "sink", scarce.get((None, course), total))
                if tag is not None and (tag, course) in scarce:
                    arc(("seats", tag, course), place, scarce[tag, course])
                    place = ("seats", tag, course)
                if offered[course] > 1:
                    arc(("once", index, course), place, size)
                    place = ("once", index, course)
                arc(request, place, size)
    starts, ends = zip(*arcs, strict=True)
    graph = csr_matrix((list(arcs.values()), (starts, ends)), shape=(len(node), len(node)), dtype=np.int32)
    return int(maximum_flow(graph, 0, 1).flow_value)


def _most(
    entries: Sequence[tuple[int, int, int]], limits: Sequence[int], sizes: Sequence[int], gains: Sequence[int]
) -> int:
    """Return an integer that no solution of ``max gains·x, A x ≤ limits, 0 ≤ x ≤ sizes`` can exceed."""
    top = max(gains)
    if not entries or top <= 0:
        return sum(gain * size for gain, size in zip(gains, sizes, strict=True) if gain > 0)
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix

    rows, columns, amounts = zip(*entries, strict=True)
    matrix = csr_matrix((amounts, (rows, columns)), shape=(len(limits), len(sizes)), dtype=float)
    answer = linprog(
        [-gain / top for gain in gains],
        A_ub=matrix,
        b_ub=np.array(limits, dtype=float),
        bounds=np.column_stack([np.zeros(len(sizes)), np.array(sizes, dtype=float)]),
        method="highs",
        options={"time_limit": 60.0},  # a bound is given even so, only a weaker one
    )
    prices = [0] * len(limits)  # in units of top / _GRID
    if answer.status == 0 and np.all(np.isfinite(answer.ineqlin.marginals)):
        prices = [max(0, round(-float(price) * _GRID * top)) for price in answer.ineqlin.marginals]
    reduced = [gain * _GRID for gain in gains]
    for row, column, amount in entries:
        reduced[column] -= amount * prices[row]
    total = sum(limit * price for limit, price in zip(limits, prices, strict=True))
    total += sum(size * value for size, value in zip(sizes, reduced, strict=True) if value > 0)
    return int(total // _GRID)
