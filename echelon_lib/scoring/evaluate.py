"""The evaluator: plain Python on plain objects, and the last word on every timetable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import cast

from echelon_lib.constraints.base import Constraint, View, Violation
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.policy import Enforcement
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.serving import Served, alternates, serve
from echelon_lib.domain.timetable import Timetable

__all__ = ["UNMET", "Evaluation", "Served", "Term", "alternates", "evaluate", "serve"]

UNMET = "unmet requests"


@dataclass(frozen=True, slots=True)
class Term:
    """One line of the objective: what a priced rule adds up to."""

    name: str
    level: int
    amount: int
    cost: int


@dataclass(frozen=True)
class Evaluation:
    """What ``evaluate`` found.

    Parameters
    ----------
    required
        Amount by which each required rule is broken; only rules that are broken.
    terms
        Every priced rule of the problem with its amount and cost, zero included.
    cost
        Total cost of each level, the first level first.
    served
        How each request came out, in the order of the problem.
    """

    required: Mapping[str, int]
    terms: Mapping[str, Term]
    cost: tuple[int, ...]
    served: tuple[Served, ...]
    _violations: tuple[Violation, ...]

    @property
    def feasible(self) -> bool:
        """Whether no required rule is broken."""
        return not self.required

    @property
    def requests(self) -> int:
        """Number of requests."""
        return len(self.served)

    @property
    def met(self) -> int:
        """Number of requests served with their primary course."""
        return sum(one.rank == 0 for one in self.served)

    @property
    def filled(self) -> int:
        """Number of requests served with any of their courses."""
        return sum(one.rank is not None for one in self.served)

    @property
    def students(self) -> int:
        """Number of students who ask for anything."""
        return len({one.request.student for one in self.served})

    @property
    def complete(self) -> int:
        """Number of students all of whose requests are filled."""
        return self.students - len({one.request.student for one in self.served if one.rank is None})

    def violations(self) -> Iterator[Violation]:
        """Yield every broken required rule, then every price paid, in sentences."""
        yield from self._violations


def evaluate(problem: Problem, timetable: Timetable) -> Evaluation:
    """Score a timetable: required rules, terms of the objective by level, and what became of each request.

    Parameters
    ----------
    problem
        The problem, with its policy and constraints.
    timetable
        Any timetable, complete or not, feasible or not, with unknown identifiers or not.

    Returns
    -------
    Evaluation
        Feasibility, integer costs and violations in sentences.
    """
    view = View(problem, timetable)
    served, unrequested = view.outcome
    found: list[Violation] = [
        *_placed(view),
        *_clashes(view),
        *_room_clashes(view),
        *_seats(view),
        *_enrolments(view, unrequested),
        *_unmet(problem, served),
    ]
    for constraint in cast("Sequence[Constraint]", problem.constraints):
        if constraint.enforcement.mode != "off":
            found.extend(constraint.violations(view))
    found = [violation for violation in found if violation.enforcement.mode != "off"]

    required: dict[str, int] = {}
    terms: dict[str, Term] = {}
    for name, rule in _priced_rules(problem):
        terms.setdefault(name, Term(name, rule.level, 0, 0))
    prices: dict[str, tuple[int, int, int]] = {}
    for violation in found:
        name, rule = violation.rule, violation.enforcement
        if rule.required:
            required[name] = required.get(name, 0) + violation.amount
        else:
            level, amount, paid = prices.get(name, (rule.level, 0, 0))
            prices[name] = (level, amount + violation.amount, paid + violation.amount * rule.weight)
    for name, (level, amount, paid) in prices.items():
        terms[name] = Term(name, terms[name].level if name in terms else level, amount, paid)
    levels = max([problem.levels, *(term.level for term in terms.values())])
    cost = tuple(sum(t.cost for t in terms.values() if t.level == level) for level in range(1, levels + 1))
    found.sort(key=lambda violation: not violation.enforcement.required)
    return Evaluation(required, terms, cost, tuple(served), tuple(found))


def _priced_rules(problem: Problem) -> Iterator[tuple[str, Enforcement]]:
    policy = problem.policy
    kinds = {attendee.kind for attendee in problem.attendees}
    rules = [
        ("unplaced meetings", policy.unplaced),
        ("placement outside the allowed times or rooms", policy.domain),
        *((f"{kind} clash", policy.clash_of(kind)) for kind in sorted(kinds)),
        ("room clash", policy.room_clash),
        ("seats", policy.seats),
        ("enrolment", policy.enrolment),
        *([(UNMET, policy.requests)] if problem.requests else []),
        *((constraint.name, constraint.enforcement) for constraint in problem.constraints),
    ]
    yield from ((name, rule) for name, rule in rules if rule.priced)


def _placed(view: View) -> Iterator[Violation]:
    problem, policy = view.problem, view.problem.policy
    # Meetings share their domains: each becomes a set only once.
    domains: dict[int, frozenset[Time]] = {}
    rooms: dict[int, frozenset[str]] = {}
    for name, meeting in problem.meetings.items():
        section = problem.section_of[name].id
        course = problem.course_of[section].id
        placement = view.placement(name)
        if placement is None or (meeting.rooms and placement.room is None):
            what = "period" if placement is None else "room"
            text = f"{name} ({course}) has no {what}."
            yield Violation("unplaced meetings", 1, (section,), text, policy.unplaced)
            continue
        key, shared = id(meeting.times), id(meeting.rooms)
        if key not in domains:
            domains[key] = frozenset(meeting.times)
        if shared not in rooms:
            rooms[shared] = frozenset(meeting.rooms)
        rule = "placement outside the allowed times or rooms"
        if placement.time not in domains[key]:
            text = f"{name} ({course}) may not be in {view.time_name(placement.time)}."
            yield Violation(rule, 1, (section,), text, policy.domain)
        if placement.room is not None and placement.room not in rooms[shared]:
            text = f"{name} ({course}) may not be in room {placement.room}."
            yield Violation(rule, 1, (section,), text, policy.domain)
    for name in sorted(view.timetable.placements.keys() - problem.meetings.keys()):
        text = f"{name} is placed but does not exist."
        yield Violation("placement outside the allowed times or rooms", 1, (name,), text, policy.domain)


def _clashes(view: View) -> Iterator[Violation]:
    problem, policy = view.problem, view.problem.policy
    for attendee, sections in view.attending:
        kind, who = attendee.kind, attendee.id
        rule = policy.clash_of(kind)
        if rule.mode == "off" or view.apart(sections):
            continue  # the slots tell at a glance that nobody is in two places, and so it is nearly always
        meetings = [
            (placement.time, meeting.id)
            for section in sections
            for meeting in (problem.sections[section].meetings if section in problem.sections else ())
            if (placement := view.placement(meeting.id)) is not None
        ]
        for (time, one), (other_time, other) in combinations(meetings, 2):
            if time.overlaps(other_time):
                when = view.time_name(time)
                text = f"{attendee.word.capitalize()} {who} has {one} and {other} at the same time ({when})."
                yield Violation(f"{kind} clash", 1, (who, one, other), text, rule)


def _room_clashes(view: View) -> Iterator[Violation]:
    rule, calendar = view.problem.policy.room_clash, view.problem.calendar
    in_room: dict[str, list[tuple[Time, str]]] = {}
    taken: dict[str, int] = {}
    crowded: set[str] = set()
    for meeting in view.problem.meetings:
        placement = view.placement(meeting)
        if placement is None or placement.room is None:
            continue
        room, time = placement.room, placement.time
        in_room.setdefault(room, []).append((time, meeting))
        before, mask = taken.get(room, 0), calendar.mask(time)
        if before & mask or not calendar.holds(time):
            crowded.add(room)
        taken[room] = before | mask
    for room, meetings in sorted(in_room.items()):
        if room not in crowded:
            continue
        for (time, one), (other_time, other) in combinations(meetings, 2):
            if time.overlaps(other_time):
                text = f"Room {room} holds {one} and {other} at the same time ({view.time_name(time)})."
                yield Violation("room clash", 1, (room, one, other), text, rule)


def _seats(view: View) -> Iterator[Violation]:
    rule = view.problem.policy.seats
    for section in view.problem.sections.values():
        count = view.enrolled(section.id)
        if section.seats is not None and count > section.seats:
            excess = count - section.seats
            course = view.problem.course_of[section.id].id
            text = (
                f"{section.id} ({course}) has {count} students for {section.seats} seats, {excess} too many."
            )
            yield Violation("seats", excess, (section.id,), text, rule)


def _enrolments(view: View, unrequested: Mapping[str, list[str]]) -> Iterator[Violation]:
    problem, rule = view.problem, view.problem.policy.enrolment
    for student, sections in sorted(view.timetable.enrolments.items()):
        if student not in problem.student and sections:
            yield Violation("enrolment", 1, (student,), f"{student} is enrolled but is not a student.", rule)
        for section in sorted(sections - problem.sections.keys()):
            text = f"Student {student} is enrolled in {section}, which does not exist."
            yield Violation("enrolment", 1, (student, section), text, rule)
        for course in sorted({problem.course_of[s].id for s in sections if s in problem.course_of}):
            for part in problem.course[course].parts:
                taken = sorted(s.id for s in part.sections if s.id in sections)
                if len(taken) != 1:
                    what = f"is enrolled in {', '.join(taken)} of" if taken else "has no section of"
                    text = f"Student {student} {what} {part.id}, where exactly one is needed."
                    yield Violation("enrolment", abs(len(taken) - 1), (student, *taken), text, rule)
    for student, courses in sorted(unrequested.items()):
        for course in courses:
            text = f"Student {student} takes {course}, which serves no request."
            yield Violation("enrolment", 1, (student, course), text, rule)


def _unmet(problem: Problem, served: Sequence[Served]) -> Iterator[Violation]:
    rule = problem.policy.requests
    for one in served:
        if one.cost == 0:
            continue
        request = one.request
        if one.course is None:
            text = f"Student {request.student} does not get {request.primary}."
        else:
            text = f"Student {request.student} gets {one.course} in place of {request.primary}."
        yield Violation(UNMET, one.cost, (request.student, request.primary), text, rule)
