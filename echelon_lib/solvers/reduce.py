"""Exact reductions of a school's problem: what is interchangeable is counted, not named.

Students with equal requests form a group; teachers with equal sections and availability form a class;
sections of one course that hold the same students are one kind. ``why_not`` says what speaks against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled, KeptIn, OnlyFor
from echelon_lib.constraints.load import DedicatedTeacher, MaximumLoad, OneTeacher, OwnDepartment
from echelon_lib.constraints.requests import CoreFilled
from echelon_lib.constraints.spread import EvenDays, NotConsecutive
from echelon_lib.constraints.times import AtMostPerTime, ForbiddenTimes, FreeTimes
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.offerings import Section
from echelon_lib.domain.policy import Enforcement
from echelon_lib.domain.problem import Problem
from echelon_lib.solvers.student_groups import Group, Grouping, Wish

__all__ = ["Group", "Kind", "Reduction", "SectionType", "TeacherClass", "Wish", "not_placeable", "why_not"]

Enrolment: TypeAlias = AtMostEnrolled | AtLeastEnrolled
CONSTANT = (DedicatedTeacher, MaximumLoad, OneTeacher, OwnDepartment)
"""Constraints on what teachers teach: while teachers are given, no timetable changes them."""
OF_STUDENTS = (AtMostEnrolled, AtLeastEnrolled, OnlyFor, KeptIn, CoreFilled, FreeTimes)
"""Constraints that enrolments decide."""
CLASHES = "students may be in two places at once"
ENCODED = (
    *OF_STUDENTS,
    EvenDays,
    NotConsecutive,
    AtMostPerTime,
    ForbiddenTimes,
    *CONSTANT,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """Sections of a course that admit the same students at the same prices.

    ``limits`` holds, for each enrolment constraint of the problem that speaks of the section, the number of
    the constraint and the limit. A section in which somebody is kept is a kind of its ``own``.
    """

    course: str
    seats: int
    limits: tuple[tuple[int, int], ...]
    own: str = ""


@dataclass(frozen=True, slots=True)
class SectionType:
    """Sections of a kind that may be placed at the same times at the same prices."""

    kind: Kind
    times: tuple[Time, ...]
    prices: tuple[tuple[Time, int, int], ...]
    counted_in: tuple[int, ...]
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class TeacherClass:
    """Teachers who have equal sections, availability and rules.

    Parameters
    ----------
    teachers
        Their identifiers; empty for sections without a teacher.
    load
        Sections of each type that every one of them teaches.
    members
        For each teacher (one entry for unstaffed sections), the sections of each type.
    times
        Times at which they are available.
    prices
        Price of teaching at a time, as (time, weight, level).
    even
        Names and enforcements of the rules of even days that hold for each.
    apart
        Rules against consecutive meetings that hold for each; such a class has one teacher.
    """

    teachers: tuple[str, ...]
    load: tuple[tuple[SectionType, int], ...]
    members: tuple[Mapping[SectionType, tuple[str, ...]], ...]
    times: frozenset[Time]
    prices: tuple[tuple[Time, int, int], ...]
    even: tuple[tuple[str, Enforcement], ...]
    apart: tuple[NotConsecutive, ...]

    @property
    def size(self) -> int:
        """Number of teachers."""
        return len(self.members)

    def price(self, time: Time, level: int) -> int:
        """Return the price of a section of theirs at a time."""
        return sum(w for t, w, at in self.prices if at == level and t == time)


class Reduction:
    """A problem in counts: groups of students, classes of teachers, kinds of sections.

    Parameters
    ----------
    problem
        A problem whose sections have one meeting each at named periods.
    individual
        Keep every student a group of one, which is exact whatever the students ask for.
    """

    def __init__(self, problem: Problem, *, individual: bool = False) -> None:
        self.problem = problem
        self.individual = individual
        rules = tuple(c for c in problem.constraints if c.enforcement.mode != "off")
        self.rules = rules
        self.enrolment: tuple[Enrolment, ...] = tuple(
            c for c in rules if isinstance(c, AtMostEnrolled | AtLeastEnrolled)
        )
        self.per_time = tuple(c for c in rules if isinstance(c, AtMostPerTime))

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The tags that enrolment rules look at."""
        return tuple(sorted({c.tag for c in self.enrolment if c.tag is not None}))

    @cached_property
    def kind(self) -> Mapping[str, Kind]:
        """The kind of each section."""
        limits: dict[str, list[tuple[int, int]]] = {section: [] for section in self.problem.sections}
        for number, constraint in enumerate(self.enrolment):
            for section, limit in zip(constraint.scope.sections, constraint.limits, strict=True):
                limits[section].append((number, limit))
        kept = {rule.section for rule in self.rules if isinstance(rule, KeptIn)}
        return {
            id: Kind(
                self.problem.course_of[id].id,
                self._seats(section),
                tuple(limits[id]),
                id if id in kept else "",
            )
            for id, section in self.problem.sections.items()
        }

    def _seats(self, section: Section) -> int:
        return len(self.problem.students) if section.seats is None else section.seats

    @cached_property
    def kinds_of(self) -> Mapping[str, tuple[Kind, ...]]:
        """The kinds of each course."""
        found: dict[str, dict[Kind, None]] = {course.id: {} for course in self.problem.courses}
        for kind in self.kind.values():
            found[kind.course][kind] = None
        return {course: tuple(kinds) for course, kinds in found.items()}

    @cached_property
    def type(self) -> Mapping[str, SectionType]:
        """The type of each section."""
        problem = self.problem
        forbidden: dict[str, list[ForbiddenTimes]] = {}
        for constraint in self.rules:
            if isinstance(constraint, ForbiddenTimes) and constraint.scope.attendee is None:
                for meeting in constraint.scope.meetings:
                    forbidden.setdefault(problem.section_of[meeting].id, []).append(constraint)
        counted: dict[str, list[int]] = {}
        for number, limit in enumerate(self.per_time):
            for meeting in limit.scope.meetings:
                counted.setdefault(problem.section_of[meeting].id, []).append(number)
        return {
            id: SectionType(
                self.kind[id],
                tuple(
                    time
                    for time in section.meetings[0].times
                    if not any(
                        rule.enforcement.required and _overlaps(time, rule.times)
                        for rule in forbidden.get(id, ())
                    )
                ),
                tuple(
                    (time, rule.enforcement.weight, rule.enforcement.level)
                    for rule in forbidden.get(id, ())
                    if rule.enforcement.priced
                    for time in section.meetings[0].times
                    if _overlaps(time, rule.times)
                ),
                tuple(counted.get(id, ())),
                section.tags,
            )
            for id, section in problem.sections.items()
        }

    @cached_property
    def classes(self) -> tuple[TeacherClass, ...]:
        """Classes of teachers, then one class for each type of unstaffed sections."""
        problem = self.problem
        rules: dict[str, list[object]] = {}
        for constraint in self.rules:
            if constraint.scope.attendee is not None:
                rules.setdefault(constraint.scope.attendee, []).append(constraint)
        calendar = problem.calendar
        # Even days of a class can be shared out where what is not on the one day is on the other.
        two_days = len(calendar.days) <= 2 and all(
            len(calendar.days_of(time)) == 1 for time in calendar.times
        )
        clash = problem.policy.clash_of("teacher")
        drafts: dict[object, list[TeacherClass]] = {}
        for teacher, sections in problem.sections_of.items():
            draft = self._class_of_one(teacher, sections, rules.get(teacher, []))
            alone = bool(draft.apart) or bool(draft.even and not two_days) or not clash.required
            key = teacher if alone else (draft.load, draft.times, draft.prices, draft.even)
            drafts.setdefault(key, []).append(draft)
        unstaffed: dict[SectionType, list[str]] = {}
        for id, section in problem.sections.items():
            if not section.attendees:
                unstaffed.setdefault(self.type[id], []).append(id)
        times = frozenset(problem.calendar.times)
        return (
            *(_merged(same) for same in drafts.values()),
            *(
                TeacherClass((), ((type_, len(ids)),), ({type_: tuple(ids)},), times, (), (), ())
                for type_, ids in unstaffed.items()
            ),
        )

    def _class_of_one(self, teacher: str, sections: tuple[Section, ...], rules: list[object]) -> TeacherClass:
        away = [rule for rule in rules if isinstance(rule, ForbiddenTimes)]
        closed = tuple(time for rule in away if rule.enforcement.required for time in rule.times)
        members: dict[SectionType, list[str]] = {}
        for section in sections:
            members.setdefault(self.type[section.id], []).append(section.id)
        load = sorted(((type_, len(ids)) for type_, ids in members.items()), key=repr)
        apart = tuple(
            rule
            for rule in rules
            if isinstance(rule, NotConsecutive) and sum(rule.tag in section.tags for section in sections) > 1
        )
        return TeacherClass(
            teachers=(teacher,),
            load=tuple(load),
            members=({type_: tuple(ids) for type_, ids in members.items()},),
            times=frozenset(time for time in self.problem.calendar.times if not _overlaps(time, closed)),
            prices=tuple(
                (time, rule.enforcement.weight, rule.enforcement.level)
                for rule in away
                if rule.enforcement.priced
                for time in self.problem.calendar.times
                if _overlaps(time, rule.times)
            ),
            even=tuple((rule.name, rule.enforcement) for rule in rules if isinstance(rule, EvenDays)),
            apart=apart,
        )

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Groups of students who ask for anything, or are to be kept somewhere."""
        return Grouping(self.problem, self.rules, self.tags).groups(individual=self.individual)


def why_not(problem: Problem) -> tuple[str, ...]:
    """Return the reasons why counting equal students would not be exact; empty when it is.

    Each reason sends the problem to the individual path.
    """
    return tuple(dict.fromkeys((*not_placeable(problem), *_not_countable(problem))))


def why_not_singly(problem: Problem) -> tuple[str, ...]:
    """Return the reasons why a model with every student in a group of one would not be exact either."""
    reduction = Reduction(problem, individual=True)
    reasons = list(not_placeable(problem))
    if len(reduction.tags) > 1:
        reasons.append(f"limits look at several tags ({', '.join(reduction.tags)}), which may overlap")
    shared = any(problem.pooled.values()) or any(group.shared_options for group in reduction.groups)
    # The evaluator takes the alternates that save most, even where another choice would fill more sections.
    first = problem.policy.requests.level
    least = [rule.enforcement for rule in reduction.enrolment if isinstance(rule, AtLeastEnrolled)]
    if shared and any(rule.required or rule.level <= first for rule in least):
        reasons.append("alternates that may serve several requests meet a minimum that comes before requests")
    reasons += _unsure_to_graduate(reduction)
    return tuple(dict.fromkeys(reasons))


def not_placeable(problem: Problem) -> Iterator[str]:
    """Yield why sections cannot be placed by counts of teachers, kinds and periods at all."""
    times = problem.calendar.times
    if any(len(section.meetings) != 1 for section in problem.sections.values()):
        yield "a section has several meetings"
    if any(a.overlaps(b) for i, a in enumerate(times) for b in times[:i]):
        yield "periods overlap"
    if any(not set(meeting.times) <= set(times) for meeting in problem.meetings.values()):
        yield "a meeting may take a time that is no period"
    if any(meeting.rooms for meeting in problem.meetings.values()):
        yield "rooms are given out"
    if any(len(course.parts) != 1 for course in problem.courses):
        yield "a course has several parts"
    if any(len(section.attendees) > 1 for section in problem.sections.values()):
        yield "a section has several teachers"
    if any(attendee.kind == "group" for attendee in problem.attendees):
        yield "groups of students attend sections"
    if not problem.policy.requests.priced:
        yield "unmet requests are not priced"
    for rule in (problem.policy.unplaced, problem.policy.domain, problem.policy.enrolment):
        if not rule.required:
            yield "placement or enrolment itself is priced"
    for constraint in problem.constraints:
        if constraint.enforcement.mode == "off":
            continue
        if not isinstance(constraint, ENCODED):
            yield f"the rule {constraint.name!r} has no encoding"
        elif getattr(constraint, "shape", "linear") != "linear":
            yield f"the rule {constraint.name!r} has a price that is not linear"
        elif isinstance(constraint, OnlyFor):
            inside = set(constraint.scope.sections)
            courses = {problem.course_of[section].id for section in inside}
            if any(one.id not in inside for course in courses for one in problem.course[course].sections):
                yield f"the rule {constraint.name!r} admits other students to some sections of a course"


def _not_countable(problem: Problem) -> Iterator[str]:
    reduction = Reduction(problem)
    if not problem.policy.clash_of("student").required:
        yield CLASHES
    if len(reduction.tags) > 1:
        yield f"limits look at several tags ({', '.join(reduction.tags)}), which may overlap"
    for constraint in reduction.enrolment:
        if isinstance(constraint, AtLeastEnrolled) and constraint.tag is not None:
            yield f"the rule {constraint.name!r} asks for a minimum of students with a tag"
    if any(problem.pooled.values()):
        yield "pooled alternates may serve any elective"
    if any(group.shared_options for group in reduction.groups):
        yield "an alternate may serve several requests of one student"
    yield from _unsure_to_graduate(reduction)


def _unsure_to_graduate(reduction: Reduction) -> Iterator[str]:
    """Yield where the evaluator may give an alternate to another request than the one that needs it."""
    for group in reduction.groups:
        shared = set(group.shared_options)
        if any(wish.needed and shared.intersection(dict(wish.options)) for wish in group.wishes):
            yield "an alternate of a request that has to be filled may serve another one"
            return


def _merged(same: list[TeacherClass]) -> TeacherClass:
    first = same[0]
    return TeacherClass(
        teachers=tuple(teacher for one in same for teacher in one.teachers),
        load=first.load,
        members=tuple(members for one in same for members in one.members),
        times=first.times,
        prices=first.prices,
        even=first.even,
        apart=first.apart,
    )


def _overlaps(time: Time, times: tuple[Time, ...]) -> bool:
    return any(time.overlaps(other) for other in times)
