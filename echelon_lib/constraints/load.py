"""What a teacher teaches. While teachers are given by the data these do not depend on the timetable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from echelon_lib.constraints.base import View, Violation
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
