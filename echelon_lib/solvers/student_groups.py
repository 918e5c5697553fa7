"""Students who are alike, as far as any rule looks at them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from echelon_lib.constraints.enrolment import KeptIn, OnlyFor
from echelon_lib.constraints.requests import CoreFilled
from echelon_lib.constraints.times import FreeTimes
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.policy import Enforcement
from echelon_lib.domain.problem import ConstraintLike, Problem
from echelon_lib.scoring.evaluate import alternates


@dataclass(frozen=True, slots=True)
class Wish:
    """A request as a group sees it: the weight, and the courses that may serve it with their cost.

    ``needed`` holds how each rule is enforced that wants it filled.
    """

    weight: int
    options: tuple[tuple[str, int], ...]
    needed: tuple[Enforcement, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Students with equal wishes, locks and tags as far as rules look at them.

    Parameters
    ----------
    students
        Their identifiers.
    wishes
        What each of them asks for.
    tagged
        Whether they have the tag that rules look at.
    closed
        Times at which they are kept free.
    prices
        Price of having something at a time, as (time, weight, level).
    barred
        Price of taking a course that is for others, as (course, weight, level).
    kept
        The sections in which each of them is kept, with how each rule is enforced that says so.
    """

    students: tuple[str, ...]
    wishes: tuple[Wish, ...]
    tagged: bool
    closed: frozenset[Time] = frozenset()
    prices: tuple[tuple[Time, int, int], ...] = ()
    barred: tuple[tuple[str, int, int], ...] = ()
    kept: tuple[tuple[str, tuple[Enforcement, ...]], ...] = ()

    @property
    def size(self) -> int:
        """Number of students."""
        return len(self.students)

    @property
    def shared_options(self) -> tuple[str, ...]:
        """Courses that may serve several wishes; they need a limit of one per student."""
        counts = Counter(course for wish in self.wishes for course, _ in wish.options)
        return tuple(course for course, count in counts.items() if count > 1)


class Grouping:
    """A problem's students, and the rules that look at single ones, by student, course and request.

    Parameters
    ----------
    problem
        The problem.
    rules
        Its constraints that are not off.
    tags
        The tags that enrolment rules look at.
    """

    def __init__(self, problem: Problem, rules: Iterable[ConstraintLike], tags: Iterable[str]) -> None:
        self.problem = problem
        self.tags = frozenset(tags)
        self.free: dict[str, list[FreeTimes]] = {}
        self.kept: dict[str, list[KeptIn]] = {}
        self.only_for: dict[str, list[OnlyFor]] = {}
        self.needed: dict[str, list[Enforcement]] = {}
        for rule in rules:
            if isinstance(rule, FreeTimes):
                self.free.setdefault(rule.student, []).append(rule)
            elif isinstance(rule, KeptIn):
                self.kept.setdefault(rule.student, []).append(rule)
            elif isinstance(rule, OnlyFor):
                for course in dict.fromkeys(problem.course_of[s].id for s in rule.scope.sections):
                    self.only_for.setdefault(course, []).append(rule)
            elif isinstance(rule, CoreFilled):
                for request in dict.fromkeys(rule.requests):
                    self.needed.setdefault(request, []).append(rule.enforcement)
        self._offered = frozenset(course.id for course in problem.courses if course.sections)

    def groups(self, *, individual: bool = False) -> tuple[Group, ...]:
        """Return the groups of students who ask for anything, or are to be kept somewhere."""
        found: dict[object, tuple[Group, list[str]]] = {}
        for student in dict.fromkeys((*self.problem.requests_of, *self.kept)):
            alike = self._group_of_one(student)
            found.setdefault(student if individual else alike, (alike, []))[1].append(student)
        return tuple(replace(alike, students=tuple(some)) for alike, some in found.values())

    def _group_of_one(self, student: str) -> Group:
        """Return what makes a student differ from others, without the name."""
        tagged = bool(self.problem.student[student].tags.intersection(self.tags))
        free = self.free.get(student, ())
        closed = tuple(time for rule in free if rule.enforcement.required for time in rule.times)
        wishes = self._wishes(student)
        asked = {course for wish in wishes for course, _ in wish.options}
        kept: dict[str, list[Enforcement]] = {}
        for one in self.kept.get(student, ()):
            kept.setdefault(one.section, []).append(one.enforcement)
        times = self.problem.calendar.times
        return Group(
            (),
            wishes,
            tagged,
            frozenset(time for time in times if _overlaps(time, closed)),
            tuple(
                (time, rule.enforcement.weight, rule.enforcement.level)
                for rule in free
                if rule.enforcement.priced
                for time in times
                if _overlaps(time, rule.times)
            ),
            tuple(
                (course, rule.enforcement.weight, rule.enforcement.level)
                for course in sorted(asked)
                for rule in self.only_for.get(course, ())
                if rule.enforcement.priced and student not in rule.students
            ),
            tuple((section, tuple(kept[section])) for section in sorted(kept)),
        )

    def _wishes(self, student: str) -> tuple[Wish, ...]:
        """Return the requests of a student with the courses that may serve them."""
        problem = self.problem
        requests = problem.requests_of.get(student, ())
        primaries = {request.primary for request in requests}
        pooled = problem.pooled.get(student, ())
        seen: set[str] = set()
        wishes: list[Wish] = []
        for request in requests:
            options: list[tuple[str, int]] = []
            if request.primary not in seen:
                options.append((request.primary, 0))
            seen.add(request.primary)
            ranks = alternates(request, pooled, primaries)
            options += [(course, request.cost(rank)) for course, rank in ranks.items()]
            open_ = tuple(one for one in options if one[0] in self._offered and self.admits(one[0], student))
            wishes.append(Wish(request.weight, open_, tuple(self.needed.get(request.id, ()))))
        return tuple(wishes)

    def admits(self, course: str, student: str) -> bool:
        """Return whether no required rule keeps a student out of a course."""
        rules = self.only_for.get(course, ())
        return not any(rule.enforcement.required and student not in rule.students for rule in rules)


def _overlaps(time: Time, times: tuple[Time, ...]) -> bool:
    return any(time.overlaps(other) for other in times)
