"""The best of all timetables of a school so small that every one can be looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, product

from echelon_lib.constraints.base import View
from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled, KeptIn, OnlyFor
from echelon_lib.constraints.requests import CoreFilled
from echelon_lib.constraints.times import FreeTimes
from echelon_lib.domain.policy import OFF, Policy, Scope
from echelon_lib.domain.problem import ConstraintLike, Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.scoring.evaluate import Evaluation, evaluate
from echelon_lib.search.choose import solve
from echelon_lib.solvers.reduce import OF_STUDENTS
from echelon_lib.solvers.result import Result, Status

Cost = tuple[int, ...]
Taken = tuple[str, tuple[str, ...], "Taken"] | None
"""A student with the sections taken, then the students before."""

DIGIT = 16
"""More than there are students: counts of sections are digits of one number."""
STEP = 10**7
"""More than a level can cost: the costs of the levels are digits of one number."""


@dataclass(frozen=True)
class Best:
    """The least cost of all timetables that keep the required rules, and one of the timetables."""

    cost: Cost
    timetable: Timetable


def best_of_all(problem: Problem) -> Best | None:
    """Return the best of all timetables as ``evaluate`` scores them, or None where none is feasible.

    Every placement of all sections and every enrolment is looked at; only what cannot matter is shared:
    which sections meet at one time is all that students notice of a placement, and how many students a
    section has is all that it notices of them.
    """
    best: Best | None = None
    enrolling = _Enrolling(problem)
    for pattern, (cost, placements) in _placements(problem).items():
        found = enrolling.cheapest(pattern)
        if found is not None:
            total = tuple(a + b for a, b in zip(cost, found[0], strict=True))
            if best is None or total < best.cost:
                best = Best(total, Timetable(placements, found[1]))
    if best is not None:
        score = evaluate(problem, best.timetable)
        assert score.feasible, score.required
        assert score.cost == best.cost
    return best


def _placements(problem: Problem) -> Mapping[tuple[int, ...], tuple[Cost, dict[str, Placement]]]:
    """For each pattern of sections at one time, the cheapest placement and its cost."""
    others = tuple(c for c in problem.constraints if not isinstance(c, OF_STUDENTS))
    bare = replace(problem, requests=(), pooled={}, constraints=others)
    found: dict[tuple[int, ...], tuple[Cost, dict[str, Placement]]] = {}
    meetings = list(problem.meetings.values())
    # Most placements have a teacher in two places at once; they are seen here at once.
    teacher = [problem.section_of[meeting.id].attendees for meeting in meetings]
    alike = [(i, j) for i, j in combinations(range(len(meetings)), 2) if set(teacher[i]) & set(teacher[j])]
    clash = problem.policy.clash_of("teacher")
    for times in product(*(meeting.times for meeting in meetings)):
        if clash.required and any(times[i].overlaps(times[j]) for i, j in alike):
            continue
        placements = {meeting.id: Placement(time) for meeting, time in zip(meetings, times, strict=True)}
        score = evaluate(bare, Timetable(placements))
        if not score.feasible:
            continue
        cost = _by_level(problem, score)
        # Whoever is kept free at a time notices which one it is.
        free = any(isinstance(rule, FreeTimes) for rule in problem.constraints)
        told_apart = problem.calendar.times if free else tuple(dict.fromkeys(times))
        numbers = {time: number for number, time in enumerate(told_apart)}
        pattern = tuple(numbers[time] for time in times)
        if pattern not in found or cost < found[pattern][0]:
            found[pattern] = (cost, placements)
    return found


class _Enrolling:
    """The students of a problem, and what sections make of their numbers."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        rules = [c for c in problem.constraints if isinstance(c, AtMostEnrolled | AtLeastEnrolled)]
        self.tags = tuple(sorted({rule.tag for rule in rules if rule.tag is not None}))
        self.rules: dict[str, list[AtMostEnrolled | AtLeastEnrolled]] = {id: [] for id in problem.sections}
        for rule in rules:
            for section, limit in zip(rule.scope.sections, rule.limits, strict=True):
                self.rules[section].append(replace(rule, scope=Scope.of_sections([section]), limits=(limit,)))
        for id, section in problem.sections.items():
            if section.seats is not None:
                scope = Scope.of_sections([id])
                self.rules[id].append(AtMostEnrolled("seats", scope, problem.policy.seats, (section.seats,)))
        self.prices: dict[tuple[str, tuple[int, ...]], int | None] = {}

    def cheapest(self, pattern: tuple[int, ...]) -> tuple[Cost, dict[str, frozenset[str]]] | None:
        """The cheapest enrolment of all students, by what sections have after each further student."""
        problem = self.problem
        width = 1 + len(self.tags)
        sections = list(problem.sections)
        period = dict(zip(sections, pattern, strict=True))
        place = {s: [DIGIT ** (n * width + at) for at in range(width)] for n, s in enumerate(sections)}
        rule = problem.policy.clash_of("student")
        states: dict[int, tuple[int, Taken]] = {0: (0, None)}
        for student, sets in self.choices.items():
            carries = (True, *(tag in problem.student[student].tags for tag in self.tags))
            choices: list[tuple[int, int, tuple[str, ...]]] = []
            for cost, taken in sets:
                price = cost
                clashes = sum(period[a] == period[b] for a, b in combinations(taken, 2))
                busy = self._busy(student, [period[section] for section in taken])
                if busy is None:
                    continue
                price += busy
                if clashes and rule.required:
                    continue
                if rule.priced:
                    price += clashes * rule.weight * STEP ** (problem.levels - rule.level)
                added = sum(d for s in taken for d, one in zip(place[s], carries, strict=True) if one)
                choices.append((added, price, taken))
            after: dict[int, tuple[int, Taken]] = {}
            for counts, (so_far, who) in states.items():
                for added, price, taken in choices:
                    key, total = counts + added, so_far + price
                    if key not in after or total < after[key][0]:
                        after[key] = (total, (student, taken, who))
            states = after
        best: tuple[int, Taken] | None = None
        for counts, (total, who) in states.items():
            prices = [
                self.price(section, self.digits(counts, n * width)) for n, section in enumerate(sections)
            ]
            whole = total + sum(price or 0 for price in prices)
            if None not in prices and (best is None or whole < best[0]):
                best = (whole, who)
        if best is None:
            return None
        enrolments: dict[str, frozenset[str]] = {}
        link = best[1]
        while link is not None:
            enrolments[link[0]] = frozenset(link[1])
            link = link[2]
        cost = tuple(best[0] // STEP**level % STEP for level in reversed(range(problem.levels)))
        return cost, enrolments

    def _busy(self, student: str, periods: list[int]) -> int | None:
        """What it costs that a student has sections at times to be kept free; None where that may not be."""
        total = 0
        for rule in self.problem.constraints:
            if isinstance(rule, FreeTimes) and rule.student == student and rule.enforcement.mode != "off":
                amount = sum(
                    any(self.problem.calendar.times[at].overlaps(time) for time in rule.times)
                    for at in periods
                )
                if amount and rule.enforcement.required:
                    return None
                step = STEP ** (self.problem.levels - rule.enforcement.level)
                total += amount * rule.enforcement.weight * step
        return total

    def digits(self, counts: int, start: int) -> tuple[int, ...]:
        """The students of a section, then those with each tag."""
        return tuple(counts // DIGIT ** (start + at) % DIGIT for at in range(1 + len(self.tags)))

    def price(self, section: str, counts: tuple[int, ...]) -> int | None:
        """What a section with such counts costs; None where it breaks a required rule."""
        key = section, counts
        if key not in self.prices:
            view = _Seen(self.problem, Timetable())
            view.counts = dict(zip((None, *self.tags), counts, strict=True))
            broken = [one for rule in self.rules[section] for one in rule.violations(view)]
            cost = [0] * self.problem.levels
            for one in broken:
                if one.enforcement.priced:
                    cost[one.enforcement.level - 1] += one.cost
            self.prices[key] = None if any(one.enforcement.required for one in broken) else _packed(cost)
        return self.prices[key]

    @cached_property
    def choices(self) -> dict[str, list[tuple[int, tuple[str, ...]]]]:
        """Every set of sections that each student may take, with the cost of the requests."""
        return {student: list(self._choices(student)) for student in self.problem.requests_of}

    def _choices(self, student: str) -> Iterable[tuple[int, tuple[str, ...]]]:
        problem = self.problem
        requests, pooled = problem.requests_of[student], problem.pooled.get(student, ())
        alone = replace(
            problem,
            requests=requests,
            pooled={student: pooled} if pooled else {},
            constraints=tuple(_about(problem, student)),
            policy=Policy(unplaced=OFF, seats=OFF, requests=problem.policy.requests),
        )
        wanted = dict.fromkeys([*(c for request in requests for c in request.courses), *pooled])
        for courses in product(*((None, course) for course in wanted)):
            offers = [problem.course[course].sections for course in courses if course is not None]
            for taken in product(*offers):
                score = evaluate(alone, Timetable({}, {student: frozenset(one.id for one in taken)}))
                if score.feasible:
                    yield _packed(_by_level(problem, score)), tuple(one.id for one in taken)


def _about(problem: Problem, student: str) -> Iterable[ConstraintLike]:
    """The rules about what one student takes, as far as they are about that student."""
    mine = {request.id for request in problem.requests_of[student]}
    for rule in problem.constraints:
        if isinstance(rule, OnlyFor) or (isinstance(rule, KeptIn) and rule.student == student):
            yield rule
        elif isinstance(rule, CoreFilled):
            yield replace(rule, requests=tuple(id for id in rule.requests if id in mine))


class _Seen(View):
    """A section that has as many students, and students with tags, as one says."""

    counts: Mapping[str | None, int]

    def enrolled(self, section: str, tag: str | None = None) -> int:
        return self.counts[tag]


def _by_level(problem: Problem, score: Evaluation) -> Cost:
    return (*score.cost, *(0,) * (problem.levels - len(score.cost)))[: problem.levels]


def _packed(cost: Iterable[int]) -> int:
    total = 0
    for one in cost:
        total = total * STEP + one
    return total


def assert_exact(problem: Problem, solver: str, *, seed: int = 0) -> Result:
    """Assert that ``solve`` finds the best of all timetables and proves it, or that there is none."""
    best = best_of_all(problem)
    result = solve(problem, solver, stop=60, seed=seed)
    if best is None:
        assert result.status is Status.INFEASIBLE, (result.status, result.notes)
        assert result.best is None
        assert result.notes, "an infeasible problem says why"
        return result
    assert not result.mismatches
    assert result.cost == best.cost
    assert result.status is Status.OPTIMAL, (result.levels, result.notes)
    assert result.proven == tuple(range(1, problem.levels + 1))
    return result


def assert_sound(problem: Problem, solver: str, *, seconds: float = 2, seed: int = 0) -> Result:
    """Assert that an answer without proof is a timetable, and that its bound is one."""
    best = best_of_all(problem)
    result = solve(problem, solver, stop=seconds, seed=seed)
    if best is None:
        assert result.best is None
        assert result.status in (Status.INFEASIBLE, Status.NO_TIMETABLE_FOUND)
        return result
    assert not result.mismatches
    assert result.best is not None, result.notes
    assert evaluate(problem, result.best).feasible
    assert result.cost is not None
    assert result.cost >= best.cost
    assert result.bound is not None
    assert result.bound <= best.cost[0]
    if result.status is Status.OPTIMAL:
        assert result.cost == best.cost
    return result
