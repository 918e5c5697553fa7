"""How many students, or students with a tag, a section has."""

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


def _named(view: View, section: str) -> str:
    return f"{section} ({view.problem.course_of[section].id})"


def _students(tag: str | None) -> str:
    return f"{tag} students" if tag else "students"
