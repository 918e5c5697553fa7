"""A timetabling problem: immutable, with all its cross-references checked at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from echelon_lib.domain.calendar import Calendar
from echelon_lib.domain.errors import DataError, Issue, suggest
from echelon_lib.domain.locks import Lock
from echelon_lib.domain.offerings import Course, Meeting, Request, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.places import Room
from echelon_lib.domain.policy import Enforcement, Policy, Scope

USUAL = Policy()


class ConstraintLike(Protocol):
    """What the problem needs to know about a constraint; the types live in ``echelon_lib.constraints``."""

    @property
    def name(self) -> str:
        """Name in words."""
        ...

    @property
    def scope(self) -> Scope:
        """Whom it is about."""
        ...

    @property
    def enforcement(self) -> Enforcement:
        """How strictly it holds."""
        ...


@dataclass(frozen=True)
class Problem:
    """Everything a timetable must respect.

    Parameters
    ----------
    name
        Name for people.
    calendar
        Days and periods.
    courses
        What is offered, as a tree.
    attendees
        Teachers, students and groups.
    rooms
        Rooms; empty where rooms are not given out.
    requests
        What students ask for, in order of priority within a student.
    pooled
        Alternates of a student that may serve any elective once.
    constraints
        Rules beyond those of the policy.
    policy
        How the rules of every timetable are enforced.
    locks
        What is to stay as it is; the rules that keep it stand among the constraints.
    remarks
        What the reader noticed and a person should see; preflight reports it.
    choices
        Teachers of sections whose data name none, where the reader chose among several or found nobody: by
        section all who could teach it. What such a choice makes impossible is proven of no other choice.
    source
        What a dialect made the problem of, where it can be made anew with changes; nothing else looks at it.

    Raises
    ------
    DataError
        When identifiers repeat or refer to nothing; all such issues at once.
    """

    name: str
    calendar: Calendar
    courses: tuple[Course, ...] = ()
    attendees: tuple[Attendee, ...] = ()
    rooms: tuple[Room, ...] = ()
    requests: tuple[Request, ...] = ()
    pooled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constraints: tuple[ConstraintLike, ...] = ()
    policy: Policy = USUAL
    locks: tuple[Lock, ...] = ()
    remarks: tuple[Issue, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: object = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        issues = list(self._issues())
        if issues:
            raise DataError(issues)

    # Look-ups ------------------------------------------------------------------------------------------

    @cached_property
    def sections(self) -> Mapping[str, Section]:
        """Sections by identifier, in the order of the courses."""
        return {section.id: section for course in self.courses for section in course.sections}

    @cached_property
    def meetings(self) -> Mapping[str, Meeting]:
        """Meetings by identifier."""
        return {m.id: m for section in self.sections.values() for m in section.meetings}

    @cached_property
    def section_of(self) -> Mapping[str, Section]:
        """The section of each meeting."""
        return {m.id: section for section in self.sections.values() for m in section.meetings}

    @cached_property
    def course_of(self) -> Mapping[str, Course]:
        """The course of each section."""
        return {section.id: course for course in self.courses for section in course.sections}

    @cached_property
    def course(self) -> Mapping[str, Course]:
        """Courses by identifier."""
        return {course.id: course for course in self.courses}

    @cached_property
    def attendee(self) -> Mapping[str, Attendee]:
        """Teachers and groups by identifier; students have a space of identifiers of their own."""
        return {attendee.id: attendee for attendee in self.attendees if attendee.kind != "student"}

    @cached_property
    def student(self) -> Mapping[str, Attendee]:
        """Students by identifier."""
        return {student.id: student for student in self.students}

    @cached_property
    def room(self) -> Mapping[str, Room]:
        """Rooms by identifier."""
        return {room.id: room for room in self.rooms}

    @cached_property
    def students(self) -> tuple[Attendee, ...]:
        """The attendees that are students, in order."""
        return tuple(a for a in self.attendees if a.kind == "student")

    @cached_property
    def teachers(self) -> tuple[Attendee, ...]:
        """The attendees that are teachers, in order."""
        return tuple(a for a in self.attendees if a.kind == "teacher")

    @cached_property
    def groups(self) -> tuple[Attendee, ...]:
        """The attendees that are groups, in order; where there are any, the data say who sits in what."""
        return tuple(a for a in self.attendees if a.kind == "group")

    @cached_property
    def requests_of(self) -> Mapping[str, tuple[Request, ...]]:
        """The requests of each student that has any, in order."""
        found: dict[str, list[Request]] = {}
        for request in self.requests:
            found.setdefault(request.student, []).append(request)
        return {student: tuple(requests) for student, requests in found.items()}

    @cached_property
    def sections_of(self) -> Mapping[str, tuple[Section, ...]]:
        """The sections that a teacher or group attends by the data, not by enrolment."""
        found: dict[str, list[Section]] = {}
        for section in self.sections.values():
            for attendee in section.attendees:
                found.setdefault(attendee, []).append(section)
        return {attendee: tuple(sections) for attendee, sections in found.items()}

    @cached_property
    def request_weight(self) -> int:
        """Total weight of all requests, as it counts in the objective."""
        return sum(request.weight for request in self.requests) * self.policy.requests.weight

    @cached_property
    def levels(self) -> int:
        """Number of levels of the objective."""
        rules = [*self.policy.rules, *(c.enforcement for c in self.constraints)]
        return max((rule.level for rule in rules if rule.priced), default=1)

    def teachers_of(self, section: Section) -> tuple[str, ...]:
        """Return the teachers of a section."""
        return tuple(a for a in section.attendees if self.attendee[a].kind == "teacher")

    # Words ---------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        kinds = Counter(attendee.kind for attendee in self.attendees)
        rules = Counter((c.name, str(c.enforcement)) for c in self.constraints)
        lines = [
            f"Problem {self.name!r}",
            f"├─ calendar: {len(self.calendar.days)} days, {len(self.calendar.periods)} periods",
            f"├─ courses: {len(self.courses)}",
            f"│  ├─ sections: {len(self.sections)}",
            f"│  ├─ meetings: {len(self.meetings)}",
            f"│  └─ seats: {sum(s.seats or 0 for s in self.sections.values())}",
            f"├─ attendees: {len(self.attendees)}",
            *(f"│  ├─ {kind}s: {count}" for kind, count in sorted(kinds.items())),
            f"├─ rooms: {len(self.rooms)}",
            f"├─ requests: {len(self.requests)}",
            f"└─ constraints: {len(self.constraints)}",
            *(f"   ├─ {name} ({mode}): {count}" for (name, mode), count in sorted(rules.items())),
        ]
        return "\n".join(lines)

    # Validation ----------------------------------------------------------------------------------------

    def _issues(self) -> Iterator[Issue]:
        meetings = [m.id for c in self.courses for s in c.sections for m in s.meetings]
        sections = [s.id for c in self.courses for s in c.sections]
        named: dict[str, Iterable[str]] = {
            "period": [period.name for period in self.calendar.periods],
            "course": [course.id for course in self.courses],
            "section": sections,
            "meeting": meetings,
            "attendee": [attendee.id for attendee in self.attendees if attendee.kind != "student"],
            "student": [student.id for student in self.students],
            "room": [room.id for room in self.rooms],
            "request": [request.id for request in self.requests],
        }
        for kind, ids in named.items():
            for id, count in Counter(ids).items():
                if count > 1:
                    yield Issue(f"the {kind} {id!r} is given {count} times", cure="one is a typing error?")
                if not id:
                    yield Issue(f"a {kind} has an empty identifier", cure="give it a name?")
        known: set[int] = set()  # meetings share their rooms: each tuple is looked through only once
        for section in self.sections.values():
            people = set(section.attendees)
            if len(people) < len(section.attendees) or not people <= self.attendee.keys():
                for attendee, count in Counter(section.attendees).items():
                    if count > 1:
                        yield Issue(f"section {section.id!r} names the attendee {attendee!r} {count} times")
                    yield from _unknown(f"section {section.id!r}", "attendee", attendee, self.attendee)
            if section.seats is not None and section.seats < 0:
                yield Issue(f"section {section.id!r} has {section.seats} seats", cure="0 was meant?")
            for meeting in section.meetings:
                yield from self._unknown_rooms(meeting, known)
        for request in self.requests:
            place = f"request {request.id!r}"
            if not request.courses:
                yield Issue(f"{place} names no course")
            if request.weight < 0:
                yield Issue(f"{place} has the negative weight {request.weight}")
            yield from _unknown(place, "student", request.student, self.student)
            for course in request.courses:
                yield from _unknown(place, "course", course, self.course)
        for student, courses in self.pooled.items():
            yield from _unknown("a pooled alternate", "student", student, self.student)
            for course in courses:
                yield from _unknown(f"a pooled alternate of {student!r}", "course", course, self.course)
        yield from self._priced_wrongly()
        for constraint in self.constraints:
            place = f"constraint {constraint.name!r}"
            for id in constraint.scope.meetings:
                yield from _unknown(place, "meeting", id, self.meetings)
            for id in constraint.scope.sections:
                yield from _unknown(place, "section", id, self.sections)
            if constraint.scope.attendee is not None:
                yield from _unknown(place, "attendee", constraint.scope.attendee, self.attendee)
            yield from self._unknown_people(place, constraint)

    def _unknown_rooms(self, meeting: Meeting, known: set[int]) -> Iterator[Issue]:
        if id(meeting.rooms) in known:
            return
        known.add(id(meeting.rooms))
        for room in meeting.rooms:
            if room not in self.room:
                known.discard(id(meeting.rooms))
                yield from _unknown(f"meeting {meeting.id!r}", "room", room, self.room)

    def _unknown_people(self, place: str, constraint: ConstraintLike) -> Iterator[Issue]:
        """Yield what a constraint names beside its scope, by the names that constraints use for it."""
        student = getattr(constraint, "student", None)
        if student is not None:
            yield from _unknown(place, "student", student, self.student)
        for id in sorted(getattr(constraint, "students", frozenset[str]()) - self.student.keys()):
            yield from _unknown(place, "student", id, self.student)
        # A problem without any request asks for placements alone, whatever its rules say of enrolments.
        for id in getattr(constraint, "requests", ()) if self.requests else ():
            yield from _unknown(place, "request", id, self._request_ids)

    @cached_property
    def _request_ids(self) -> Mapping[str, Request]:
        return {request.id: request for request in self.requests}

    def _priced_wrongly(self) -> Iterator[Issue]:
        levels: dict[str, int] = {}
        rules = [("the policy", rule) for rule in self.policy.rules]
        rules += [(f"constraint {c.name!r}", c.enforcement) for c in self.constraints]
        for place, rule in dict.fromkeys(rules):
            if rule.priced and rule.weight < 0:
                yield Issue(f"{place} has the negative weight {rule.weight}", cure="0 was meant?")
            if rule.priced and rule.level < 1:
                yield Issue(f"{place} has the level {rule.level}", cure="the first level is 1.")
            if rule.priced and place != "the policy" and levels.setdefault(place, rule.level) != rule.level:
                text = f"{place} is priced at the levels {levels[place]} and {rule.level}"
                yield Issue(text, cure="give each level a rule with a name of its own.")


def _unknown(place: str, kind: str, value: str, known: Mapping[str, object]) -> Iterator[Issue]:
    if value not in known:
        text = f"{place} refers to the unknown {kind} {value!r}"
        yield Issue(text, value=value, cure=suggest(value, known))
