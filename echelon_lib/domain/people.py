"""Who cannot be in two places at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

AttendeeKind = Literal["teacher", "student", "group"]


@dataclass(frozen=True, slots=True)
class Attendee:
    """A teacher, a student or a group of students: one notion.

    Parameters
    ----------
    id
        Unique among the students, or among the teachers and groups, of a problem.
    kind
        What the attendee is.
    department
        Department of a teacher or a group, where known.
    tags
        Labels that rules may count, such as ``SPED``.
    details
        What the files say and no rule uses: carried for display, never logged.
    size
        People behind it, such as the students of a batch; 1 for a single person.
    """

    id: str
    kind: AttendeeKind
    department: str = ""
    tags: frozenset[str] = frozenset()
    details: Mapping[str, str] = field(default_factory=dict, hash=False, compare=False)
    size: int = 1

    @property
    def word(self) -> str:
        """What to call the attendee in a sentence: a group of one is a student."""
        return "student" if self.kind == "group" and self.size == 1 else self.kind
