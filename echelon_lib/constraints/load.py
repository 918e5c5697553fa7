"""How much a teacher teaches, and how much goes on at one time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from echelon_lib.constraints.base import View, Violation
from echelon_lib.domain.calendar import Time, ones
from echelon_lib.domain.offerings import Meeting
from echelon_lib.domain.policy import Enforcement, Scope


@dataclass(frozen=True, slots=True)
class MaximumLoad:
    """A teacher has at most ``limit`` sections; the amount is the sections beyond."""

    name: str
    scope: Scope
    enforcement: Enforcement
    limit: int

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield the excess, if any."""
        teacher = self.scope.attendee or ""
        load = len(view.problem.sections_of.get(teacher, ()))
        if load > self.limit:
            text = f"{teacher} has {load} sections, {load - self.limit} more than {self.limit}."
            yield Violation(self.name, load - self.limit, (teacher,), text, self.enforcement)


def hours(time: Time) -> int:
    """Return the slots that a time takes in a week."""
    return time.length * time.days.bit_count()


def shortest(meeting: Meeting) -> int:
    """Return the fewest slots a week that a meeting takes; 1 where its times are not said."""
    return min((hours(time) for time in meeting.times), default=1)


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """A teacher teaches at most ``limit`` slots a week; the amount is the slots beyond.

    A meeting counts with the time that it has, and with its shortest one while it has none.
    """

    name: str
    scope: Scope
    enforcement: Enforcement
    limit: int

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield the excess, if any."""
        teacher = self.scope.attendee or ""
        lengths: dict[int, int] = {}  # meetings share their times: each tuple is looked through only once
        total = 0
        for section in view.problem.sections_of.get(teacher, ()):
            for meeting in section.meetings:
                placement = view.placement(meeting.id)
                if placement is not None:
                    total += hours(placement.time)
                    continue
                key = id(meeting.times)
                if key not in lengths:
                    lengths[key] = shortest(meeting)
                total += lengths[key]
        if total > self.limit:
            excess = total - self.limit
            text = f"{teacher} teaches {total} hours a week, {excess} more than {self.limit}."
            yield Violation(self.name, excess, (teacher,), text, self.enforcement)


@dataclass(frozen=True, slots=True)
class EvenLoad:
    """Meetings are spread evenly over the week; the amount is the square of the meetings of each slot.

    The scope is some meetings, or empty: all. Squares add up to the least when every slot has as many.
    """

    name: str
    scope: Scope
    enforcement: Enforcement

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each slot in which anything takes place."""
        calendar = view.problem.calendar
        at_work: Counter[Time] = Counter()
        for meeting in self.scope.meetings or view.problem.meetings:
            placement = view.placement(meeting)
            if placement is not None:
                at_work[placement.time] += 1
        load: Counter[int] = Counter()
        for time, count in at_work.items():
            for slot in ones(calendar.mask(time)):
                load[slot] += count
        week = len(calendar.days) * calendar.slots
        for slot, count in sorted(load.items()):
            day, start = divmod(slot % week, calendar.slots)
            when = calendar.name(Time(start, 1, 1 << day, 1 << slot // week))
            text = f"{count} meetings take place at the same time ({when})."
            if count == 1:
                text = f"1 meeting takes place ({when})."
            yield Violation(self.name, count * count, (when,), text, self.enforcement)


@dataclass(frozen=True, slots=True)
class OwnDepartment:
    """A teacher teaches in the own department only; the amount is the sections elsewhere."""

    name: str
    scope: Scope
    enforcement: Enforcement

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each section outside the department."""
        teacher = self.scope.attendee or ""
        own = view.problem.attendee[teacher].department
        for section in view.problem.sections_of.get(teacher, ()):
            if own and section.department and section.department != own:
                text = f"{teacher} of {own} teaches {section.id} in {section.department}."
                yield Violation(self.name, 1, (teacher, section.id), text, self.enforcement)


@dataclass(frozen=True, slots=True)
class DedicatedTeacher:
    """A teacher teaches nothing but one course; the amount is the sections of other courses."""

    name: str
    scope: Scope
    enforcement: Enforcement
    course: str

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each section of another course."""
        teacher = self.scope.attendee or ""
        for section in view.problem.sections_of.get(teacher, ()):
            course = view.problem.course_of[section.id].id
            if course != self.course:
                text = f"{teacher} is dedicated to {self.course} but teaches {section.id} ({course})."
                yield Violation(self.name, 1, (teacher, section.id), text, self.enforcement)


@dataclass(frozen=True, slots=True)
class OneTeacher:
    """All sections of the scope have the same single teacher; the amount is the teachers beyond one.

    Sections without a teacher are left to preflight.
    """

    name: str
    scope: Scope
    enforcement: Enforcement

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield the surplus of teachers, if any."""
        problem = view.problem
        sections = [problem.sections[id] for id in self.scope.sections]
        teachers = sorted({teacher for section in sections for teacher in problem.teachers_of(section)})
        if len(teachers) > 1:
            course = problem.course_of[self.scope.sections[0]].id
            named = ", ".join(teachers)
            text = f"{course} has {len(teachers)} teachers ({named}) instead of a dedicated one."
            yield Violation(self.name, len(teachers) - 1, tuple(teachers), text, self.enforcement)
