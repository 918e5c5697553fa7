"""What is to stay as it is: locks of sections, courses, departments, teachers and students."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

LockKind = Literal["section", "course", "department", "teacher", "student"]
Origin = Literal["person", "program"]

LOCK = "lock"
"""Name of the rules that keep what a person has locked."""
HELD = "held"
"""Name of the rules that keep what the program itself holds, such as while it solves anew."""


@dataclass(frozen=True, slots=True)
class Lock:
    """One thing that stays as it is.

    Parameters
    ----------
    kind
        What is locked.
    id
        Identifier of the section, course, department, teacher or student; it is not printed, since it may be
        a student's.
    periods
        A section meets in this period; all sections of a course or a department are kept to these; a teacher
        or a student is kept free in them.
    teacher
        The teacher with whom a section stays.
    section
        The section that a teacher keeps, or in which a student sits. A teacher without one, and without
        periods, keeps all sections.
    origin
        Whether a person locked it, or the program holds it for a while.
    place
        Where it is said, such as ``Locks.csv, row 3``.
    """

    kind: LockKind
    id: str = field(repr=False)
    periods: tuple[str, ...] = ()
    teacher: str | None = None
    section: str | None = None
    origin: Origin = "person"
    place: str = field(default="", compare=False)

    @property
    def rule(self) -> str:
        """Name of the rule that keeps it: ``lock`` for a person's, ``held`` for the program's."""
        return LOCK if self.origin == "person" else HELD

    @property
    def by(self) -> str:
        """Who locked it, in words."""
        return "locked by a person" if self.origin == "person" else "held by the program"

    @property
    def because(self) -> str:
        """Who locked it, and where that is said."""
        return f"{self.by}, {self.place}" if self.place else self.by
