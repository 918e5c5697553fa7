"""How many students, or students with a tag, a section has, and who may or must be in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from echelon_lib.constraints.base import Shape, View, Violation, shaped
from echelon_lib.domain.policy import Enforcement, Scope


@dataclass(frozen=True, slots=True)
class AtMostEnrolled:
    """Section i of the scope has at most ``limits[i]`` students (with ``tag``, if given).

    The amount is the students beyond the limit of each section; ``reason`` says where the limit comes from.
    """

    name: str
    scope: Scope
    enforcement: Enforcement
    limits: tuple[int, ...]
    tag: str | None = None
    reason: str = "the limit"
    shape: Shape = "linear"

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each section with too many."""
        for section, limit in zip(self.scope.sections, self.limits, strict=True):
            count = view.enrolled(section, self.tag)
            if count > limit:
                text = (
                    f"{_named(view, section)} has {count} {_students(self.tag)}, "
                    f"{count - limit} more than {limit} ({self.reason})."
                )
                amount = shaped(count - limit, self.shape)
                yield Violation(self.name, amount, (section,), text, self.enforcement)


@dataclass(frozen=True, slots=True)
class AtLeastEnrolled:
    """Section i of the scope has at least ``limits[i]`` students (with ``tag``, if given).

    The amount is the students missing in each section; ``reason`` says where the limit comes from.
    """

    name: str
    scope: Scope
    enforcement: Enforcement
    limits: tuple[int, ...]
    tag: str | None = None
    reason: str = "the limit"
    shape: Shape = "linear"

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each section with too few."""
        for section, limit in zip(self.scope.sections, self.limits, strict=True):
            count = view.enrolled(section, self.tag)
            if count < limit:
                text = (
                    f"{_named(view, section)} has {count} {_students(self.tag)}, "
                    f"{limit - count} fewer than {limit} ({self.reason})."
                )
                amount = shaped(limit - count, self.shape)
                yield Violation(self.name, amount, (section,), text, self.enforcement)


@dataclass(frozen=True, slots=True)
class OnlyFor:
    """Only some students may be in the sections of the scope.

    The amount is the students in each section who are not among them; ``reason`` says for whom it is.
    """

    name: str
    scope: Scope
    enforcement: Enforcement
    students: frozenset[str]
    reason: str = "some students"

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each student in each section that is not for them."""
        for section in self.scope.sections:
            for student in view.students_in[section]:
                if student not in self.students:
                    text = (
                        f"Student {student} is in {_named(view, section)}, which is for {self.reason} only."
                    )
                    yield Violation(self.name, 1, (student, section), text, self.enforcement)


@dataclass(frozen=True, slots=True)
class KeptIn:
    """A student is in the one section of the scope; the amount is 1 for a student who is not.

    ``reason`` says why, such as the lock that asks for it.
    """

    name: str
    scope: Scope
    enforcement: Enforcement
    student: str
    reason: str = ""

    @property
    def section(self) -> str:
        """The section."""
        return self.scope.sections[0]

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield the student who is elsewhere."""
        if self.section not in view.timetable.enrolments.get(self.student, ()):
            why = f" ({self.reason})" if self.reason else ""
            text = f"Student {self.student} is not in {_named(view, self.section)}, but is kept there{why}."
            yield Violation(self.name, 1, (self.student, self.section), text, self.enforcement)


def _named(view: View, section: str) -> str:
    return f"{section} ({view.problem.course_of[section].id})"


def _students(tag: str | None) -> str:
    return f"{tag} students" if tag else "students"
