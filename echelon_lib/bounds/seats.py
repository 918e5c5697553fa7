"""How many students sections and courses hold by required rules, and where that is too few."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from echelon_lib.bounds.times import allowed_times, most_disjoint
from echelon_lib.constraints.enrolment import AtMostEnrolled
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.offerings import Course
from echelon_lib.domain.problem import Problem


@dataclass(frozen=True, slots=True)
class Shortage:
    """A course that more students ask for first than can have a seat.

    Parameters
    ----------
    course
        Identifier of the course.
    asked, seats
        Students who ask for it first, and students whom its sections may hold.
    missing
        Students who cannot have it, at least.
    tag, tagged_asked, tagged_seats
        The tag whose limit is exceeded the most, if any, with the students asking and the places for them.
    """

    course: str
    asked: int
    seats: int
    missing: int
    tag: str | None = None
    tagged_asked: int = 0
    tagged_seats: int = 0

    @property
    def tagged_missing(self) -> int:
        """Students with the tag who cannot have the course, at least."""
        return max(0, self.tagged_asked - self.tagged_seats)


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much sections, courses and the days of a student hold by required rules alone.

    Parameters
    ----------
    section
        Students whom each section may hold; the number of all students where nothing limits it.
    tagged_section
        The same for students with a tag, for each tag that a required rule limits.
    course, tagged
        Students who can take each course; with all parts of it where enrolment is required.
    takes
        The fewest meetings a student attends who takes a course.
    periods
        The most meetings a student can attend without a clash; None where clashes are not forbidden.
    rules
        Names of the rules that limit anything.
    """

    section: Mapping[str, int]
    tagged_section: Mapping[str, Mapping[str, int]]
    course: Mapping[str, int]
    tagged: Mapping[str, Mapping[str, int]]
    takes: Mapping[str, int]
    periods: int | None
    rules: tuple[str, ...]


def capacities(problem: Problem, times: Mapping[str, frozenset[Time]] | None = None) -> Capacity:
    """Return how many students sections and courses hold, and how many meetings a student can attend.

    Parameters
    ----------
    problem
        The problem.
    times
        What ``allowed_times`` says, if it is known already.
    """
    policy, everybody = problem.policy, len(problem.students)
    section = dict.fromkeys(problem.sections, everybody)
    by_tag: dict[str, dict[str, int]] = {}
    rules: dict[str, None] = {}
    if policy.seats.required:
        for name, one in problem.sections.items():
            if one.seats is not None:
                section[name] = one.seats
                rules["seats"] = None
    required = [c for c in problem.constraints if isinstance(c, AtMostEnrolled) and c.enforcement.required]
    for rule in required:
        limits = section if rule.tag is None else by_tag.setdefault(rule.tag, {})
        for name, limit in zip(rule.scope.sections, rule.limits, strict=False):
            limits[name] = min(limits.get(name, everybody), max(0, limit))
        rules[rule.name] = None
    tagged_section = {
        tag: {name: min(count, limits.get(name, count)) for name, count in section.items()}
        for tag, limits in by_tag.items()
    }
    complete = policy.enrolment.required
    periods: int | None = None
    if policy.clash_of("student").required and policy.unplaced.required and policy.domain.required:
        known = allowed_times(problem) if times is None else times
        periods = most_disjoint(frozenset().union(*set(known.values())))
        if periods is not None:
            rules["student clash"] = None
    return Capacity(
        section=section,
        tagged_section=tagged_section,
        course={c.id: _held(c, section, complete) for c in problem.courses},
        tagged={
            tag: {c.id: _held(c, limits, complete) for c in problem.courses}
            for tag, limits in tagged_section.items()
        },
        takes={c.id: _meetings(c, complete) for c in problem.courses},
        periods=periods,
        rules=tuple(rules),
    )


def _held(course: Course, section: Mapping[str, int], complete: bool) -> int:
    parts = [sum(section[one.id] for one in part.sections) for part in course.parts]
    return (min if complete else sum)(parts) if parts else 0


def _meetings(course: Course, complete: bool) -> int:
    parts = [[len(one.meetings) for one in part.sections] for part in course.parts if part.sections]
    if complete:
        return sum(min(part) for part in parts)
    return min((min(part) for part in parts), default=0)


def shortages(problem: Problem, capacity: Capacity | None = None) -> tuple[Shortage, ...]:
    """Return the courses that more students ask for first than can have a seat, not offered ones included."""
    known = capacities(problem) if capacity is None else capacity
    asked: dict[str, set[str]] = defaultdict(set)
    for request in problem.requests:
        asked[request.primary].add(request.student)
    found: list[Shortage] = []
    for course in problem.courses:
        students = asked.get(course.id, set())
        demand, seats = len(students), known.course[course.id]
        held = min(demand, seats)
        tightest: tuple[str | None, int, int] = (None, 0, 0)
        for tag, limits in known.tagged.items():
            with_tag = sum(tag in problem.student[student].tags for student in students)
            places = limits[course.id]
            if with_tag > places:
                held = min(held, places + demand - with_tag)
                if tightest[0] is None or with_tag - places > tightest[1] - tightest[2]:
                    tightest = (tag, with_tag, places)
        if held < demand:
            found.append(Shortage(course.id, demand, seats, demand - held, *tightest))
    return tuple(found)
