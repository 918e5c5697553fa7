"""Requests against seats: what will be lost, and what stays empty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from echelon_lib.bounds import Shortage, request_bound
from echelon_lib.checks.finding import Facts, Finding, Hindrance, Severity, counted, fewest, listed
from echelon_lib.constraints.enrolment import AtLeastEnrolled
from echelon_lib.domain.offerings import Course

LOW_DEMAND = 75
"""Per cent of the seats of a course below which its demand is reported."""


def lost(facts: Facts) -> Iterator[Finding]:
    """The requests that no timetable can meet, by one flow over all students and courses."""
    problem = facts.problem
    if not problem.requests:
        return
    bound = request_bound(problem)
    rule = problem.policy.requests
    if rule.mode == "off" or (bound.loss == 0 and bound.unmet == 0):
        return
    total = len(problem.requests)
    severity: Severity = "error" if rule.required and bound.loss > 0 else "warning"
    if bound.unmet:
        share = 100 * bound.unmet / total
        text = f"At least {bound.unmet:,} of {total:,} requests ({share:.1f} %) "
        text += "cannot be met by any timetable"
    else:
        text = f"Not all of the {total:,} requests can have their first choice"
    only_tag = _only_tag(facts.shortages, bound.unmet)
    text += f"; all of them fall on {only_tag} students." if only_tag else "."
    cure = _cure(facts, bound.short)
    if only_tag:
        cure = f"let sections hold more {only_tag} students, or add sections?"
    numbers = {"unmet": bound.unmet, "requests": total, "loss": bound.loss}
    short = tuple(course for course, _ in bound.short)
    yield Finding(severity, "unmet requests", "requests", text, cure, numbers, short)


def _cure(facts: Facts, short: tuple[tuple[str, int], ...]) -> str:
    if not short:
        return "ask for fewer courses than there are periods?"
    full = [course for course, _ in short if facts.problem.course[course].sections]
    return f"add sections or seats to {listed(full)}?" if full else "ask for courses that are offered?"


def _only_tag(short: tuple[Shortage, ...], unmet: int) -> str | None:
    """Return the tag whose limits alone account for all unmet requests, if there is one."""
    tags = {one.tag for one in short}
    alone = all(one.missing == one.tagged_missing and one.asked <= one.seats for one in short)
    if unmet and alone and len(tags) == 1 and sum(one.missing for one in short) == unmet:
        return tags.pop()
    return None


def short_courses(facts: Facts) -> Iterator[Finding]:
    """Courses that more students ask for first than can have a seat."""
    for one in facts.shortages:
        course = facts.problem.course[one.course]
        if not course.parts or not all(part.sections for part in course.parts):
            continue  # not offered: the request lists say so
        numbers = {"asked": one.asked, "seats": one.seats, "missing": one.missing}
        count = len(course.sections)
        if one.tag is not None:
            numbers |= {"tagged_asked": one.tagged_asked, "tagged_seats": one.tagged_seats}
            numbers["tagged_missing"] = one.tagged_missing
        if one.tag is not None and one.missing == one.tagged_missing:
            text = (
                f"{one.tagged_asked} {one.tag} students ask for {one.course}, whose "
                f"{counted(count, 'section')} may hold {one.tagged_seats} of them: "
                f"{one.missing} cannot have it."
            )
            cure = f"allow {-(-one.tagged_asked // count)} {one.tag} students in a section, or add sections?"
        else:
            text = (
                f"{counted(one.asked, 'student')} ask for {one.course}, which has {one.seats} seats "
                f"in {counted(count, 'section')}: {one.missing} cannot have it"
            )
            text += f", at least {one.tagged_missing} of them {one.tag}." if one.tagged_missing else "."
            more = -(-one.missing * count // one.seats) if one.seats else 1
            cure = f"add {counted(more, 'section')}, or seats?"
        yield Finding("warning", "no seat", one.course, text, cure, numbers, (one.course,))


def minimum_demand(facts: Facts) -> Iterator[Finding]:
    """Required minimum enrolments that exceed the students who could ever be enrolled."""
    problem = facts.problem
    if not problem.policy.enrolment.required:
        return
    least: dict[str | None, dict[str, dict[Hindrance, int]]] = defaultdict(lambda: defaultdict(dict))
    for rule in problem.constraints:
        if isinstance(rule, AtLeastEnrolled) and rule.enforcement.required:
            for section, limit in zip(rule.scope.sections, rule.limits, strict=False):
                known, hindrance = least[rule.tag][section], Hindrance(rule.name)
                known[hindrance] = max(limit, known.get(hindrance, 0))
    if not least:
        return
    wanting: dict[str, set[str]] = defaultdict(set)
    for request in problem.requests:
        for name in request.courses:
            wanting[name].add(request.student)
    for student, names in problem.pooled.items():
        for name in names:
            wanting[name].add(student)
    for tag, limits in least.items():
        for course in problem.courses:
            students = wanting[course.id]
            demand = sum(tag is None or tag in problem.student[student].tags for student in students)
            for part in course.parts:
                bound = [limits[section.id] for section in part.sections if section.id in limits]
                needed = _needed(bound)
                if needed > demand:
                    kind = f"{tag} students" if tag else "students"
                    rules = sorted(
                        {
                            max(one, key=lambda rule: (one[rule], rule)).rule
                            for one in bound
                            if any(one.values())
                        }
                    )
                    in_the_way = sorted({rule for one in bound for rule in one}, reverse=True)
                    hindrances = fewest(in_the_way, partial(_few_enough, bound, demand))
                    text = (
                        f"{' and '.join(rules)} asks for {needed} {kind} in "
                        f"{counted(len(bound), 'section')} of {part.id}, but {demand} may take it."
                    )
                    numbers = {"needed": needed, "demand": demand, "sections": len(bound)}
                    cure = f"drop a section, or price {rules[0]!r} instead of requiring it?"
                    yield Finding("error", rules[0], part.id, text, cure, numbers, (course.id,), hindrances)


def _needed(bound: Iterable[Mapping[Hindrance, int]], dropped: frozenset[Hindrance] = frozenset()) -> int:
    """Return the students that the sections ask for in all, if some rules did not."""
    return sum(max((limit for rule, limit in one.items() if rule not in dropped), default=0) for one in bound)


def _few_enough(bound: Iterable[Mapping[Hindrance, int]], demand: int, dropped: frozenset[Hindrance]) -> bool:
    return _needed(bound, dropped) <= demand


def low_demand(facts: Facts) -> Iterator[Finding]:
    """Courses whose seats are not asked for, with the sections that could be spared."""
    problem = facts.problem
    if not problem.requests:
        return
    asked: dict[str, set[str]] = defaultdict(set)
    for request in problem.requests:
        asked[request.primary].add(request.student)
    for course in problem.courses:
        seats = sum(section.seats or 0 for section in course.sections)
        demand, count = len(asked[course.id]), len(course.sections)
        if len(course.parts) != 1 or not seats or 100 * demand >= LOW_DEMAND * seats:
            continue
        surplus = count - _fewest(facts, course, asked[course.id])
        text = (
            f"{counted(demand, 'student')} ask for {course.id}, {100 * demand // seats} % of its "
            f"{counted(seats, 'seat')} in {counted(count, 'section')}"
        )
        text += f": {surplus} could be spared." if surplus else "; none can be spared."
        cure = f"drop or merge {counted(surplus, 'section')}?" if surplus else None
        numbers = {"asked": demand, "seats": seats, "sections": count, "surplus": surplus}
        yield Finding("info", "low demand", course.id, text, cure, numbers, (course.id,))


def _fewest(facts: Facts, course: Course, students: set[str]) -> int:
    """Return the fewest sections whose seats, and whose places for each tag, hold the students."""
    wanted = [(len(students), facts.capacity.section)]
    for tag, limits in facts.capacity.tagged_section.items():
        wanted.append((sum(tag in facts.problem.student[student].tags for student in students), limits))
    fewest = 0
    for demand, limits in wanted:
        held, needed = 0, 0
        for size in sorted((limits[section.id] for section in course.sections), reverse=True):
            if held >= demand:
                break
            held, needed = held + size, needed + 1
        fewest = max(fewest, needed)
    return fewest
