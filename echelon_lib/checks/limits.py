"""Rules that no timetable changes: who teaches what, and limits that contradict each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from echelon_lib.checks.finding import Facts, Finding, Hindrance, Severity, counted, listed
from echelon_lib.constraints.base import View
from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled
from echelon_lib.constraints.load import DedicatedTeacher, MaximumLoad, OneTeacher, OwnDepartment
from echelon_lib.domain.timetable import Timetable


def constant(facts: Facts) -> Iterator[Finding]:
    """Required rules about who teaches what, which no timetable changes."""
    view = View(facts.problem, Timetable())
    for rule in facts.problem.constraints:
        if not isinstance(rule, MaximumLoad | OwnDepartment | DedicatedTeacher | OneTeacher):
            continue
        teacher = rule.scope.attendee
        if not rule.enforcement.required or (isinstance(rule, OwnDepartment) and teacher is None):
            continue
        course = _course(facts, rule)
        for broken in rule.violations(view):
            place = f"teacher {teacher}" if teacher is not None else course or broken.rule
            cure = f"assign other teachers, or price {rule.name!r} instead of requiring it?"
            numbers = {"amount": broken.amount}
            hindrances = (Hindrance(rule.name, course),)
            yield Finding("error", rule.name, place, broken.sentence, cure, numbers, broken.who, hindrances)


def _course(facts: Facts, rule: object) -> str | None:
    """Return the course whose rule it is; a course without sections can have no rules of its own."""
    if isinstance(rule, OneTeacher):
        return facts.course_of(rule.scope.sections)
    if isinstance(rule, DedicatedTeacher):
        course = facts.problem.course.get(rule.course)
        return course.id if course is not None and course.sections else None
    return None


def _most(facts: Facts) -> dict[tuple[str, str | None], tuple[int, str]]:
    """Return the lowest required limit, with its name, of each section and tag."""
    problem = facts.problem
    most: dict[tuple[str, str | None], tuple[int, str]] = {}
    if problem.policy.seats.required:
        for section in problem.sections.values():
            if section.seats is not None:
                most[section.id, None] = (section.seats, "seats")
    for rule in problem.constraints:
        if isinstance(rule, AtMostEnrolled) and rule.enforcement.required:
            for name, limit in zip(rule.scope.sections, rule.limits, strict=False):
                key = name, rule.tag
                if key not in most or limit < most[key][0]:
                    most[key] = (limit, rule.name)
    return most


def collisions(facts: Facts) -> Iterator[Finding]:
    """Limits on one section that contradict each other."""
    most = _most(facts)
    negative: dict[str, list[str]] = defaultdict(list)
    for (section, _), (limit, name) in most.items():
        if limit < 0:
            negative[name].append(section)
    for name, sections in negative.items():
        where = f"{counted(len(sections), 'section')} ({listed(sections)})"
        text = f"{name} allows fewer than no students in {where}."
        hindrances = (Hindrance(name, facts.course_of(sections)),)
        numbers = {"sections": len(sections)}
        yield Finding("error", name, name, text, "0 was meant?", numbers, tuple(sections), hindrances)
    for rule in facts.problem.constraints:
        if not isinstance(rule, AtLeastEnrolled) or rule.enforcement.mode == "off":
            continue
        clash: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
        for section, limit in zip(rule.scope.sections, rule.limits, strict=False):
            upper = [most[key] for key in {(section, None), (section, rule.tag)} if key in most]
            if upper and limit > max(0, min(upper)[0]):
                allowed, name = min(upper)
                clash[name].append((section, limit, allowed))
        for name, group in clash.items():
            section, limit, allowed = group[0]
            who = tuple(item[0] for item in group)
            text = (
                f"{rule.name} and {name} collide in {counted(len(group), 'section')} ({listed(who)}): "
                f"{section} is to have at least {limit} and at most {allowed}."
            )
            severity: Severity = "error" if rule.enforcement.required else "warning"
            numbers = {"sections": len(group), "at_least": limit, "at_most": allowed}
            cure = f"lower {rule.name!r} or raise {name!r}?"
            hindrances = (Hindrance(rule.name),)
            yield Finding(severity, rule.name, rule.name, text, cure, numbers, who, hindrances)


def odd_limits(facts: Facts) -> Iterator[Finding]:
    """Limits that never bite, sections without seats and seats that another limit takes away."""
    problem, most = facts.problem, _most(facts)
    for rule in problem.constraints:
        if not isinstance(rule, AtMostEnrolled) or not rule.limits or rule.enforcement.mode == "off":
            continue
        pairs = list(zip(rule.scope.sections, rule.limits, strict=False))
        if rule.enforcement.priced and rule.tag is not None and len(set(rule.limits)) == 1:
            known = [most[s, rule.tag] for s, _ in pairs if (s, rule.tag) in most]
            idle = [one for one in known if one[0] < rule.limits[0]]
            # A rule for some sections only, such as an even share, is meant to differ.
            if idle and len(idle) == sum(tag == rule.tag for _, tag in most):
                limit, name = min(idle)
                text = f"{rule.name} of {rule.limits[0]} can never be passed where {name} is {limit}."
                numbers = {"target": rule.limits[0], "limit": limit, "sections": len(idle)}
                yield Finding("info", rule.name, rule.name, text, "the two were swapped?", numbers)
        if rule.enforcement.required and rule.tag is None:
            over = [
                (s, seats, n)
                for s, n in pairs
                if (seats := problem.sections[s].seats) is not None and seats > n
            ]
            if over:
                section, seats, limit = over[0]
                text = (
                    f"{counted(len(over), 'section')} ({listed([item[0] for item in over])}) with more seats "
                    f"than {rule.name} lets them fill: {section} has {seats} seats, {limit} can be used."
                )
                numbers = {"sections": len(over), "lost": sum(item[1] - max(0, item[2]) for item in over)}
                yield Finding("info", rule.name, rule.name, text, None, numbers, tuple(i[0] for i in over))
    closed = [section.id for section in problem.sections.values() if section.seats == 0]
    if closed and problem.policy.seats.required and problem.requests:
        text = f"{counted(len(closed), 'section')} without a single seat: {listed(closed)}."
        cure = "their seats are missing in the file?"
        yield Finding("warning", "seats", "seats", text, cure, {"sections": len(closed)}, tuple(closed))
