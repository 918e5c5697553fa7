"""A complete or partial answer: where everything is placed and where every student is enrolled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from echelon_lib.domain.calendar import Time

ChangeKind = Literal["moved", "room", "enrolled", "left"]


@dataclass(frozen=True, slots=True)
class Placement:
    """A time and, where rooms are given out, a room."""

    time: Time
    room: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two timetables.

    ``who`` is a meeting for ``moved`` and ``room`` and a student for ``enrolled`` and ``left``; ``before``
    and ``after`` are placements or section identifiers.
    """

    kind: ChangeKind
    who: str
    before: Placement | str | None
    after: Placement | str | None


@dataclass(frozen=True)
class Timetable:
    """Placements of meetings and enrolments of students; every edit is a copy.

    Parameters
    ----------
    placements
        Placement of each placed meeting.
    enrolments
        Identifiers of the sections in which each student is enrolled.
    """

    placements: Mapping[str, Placement] = field(default_factory=dict)
    enrolments: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def place(self, meeting: str, time: Time, room: str | None = None) -> Timetable:
        """Return a copy in which a meeting has another placement."""
        return replace(self, placements={**self.placements, meeting: Placement(time, room)})

    def unplace(self, meeting: str) -> Timetable:
        """Return a copy in which a meeting has no placement."""
        return replace(self, placements={m: p for m, p in self.placements.items() if m != meeting})

    def enrol(self, student: str, *sections: str) -> Timetable:
        """Return a copy in which a student is enrolled in more sections."""
        return self.with_enrolment(student, self.enrolments.get(student, frozenset()) | set(sections))

    def leave(self, student: str, *sections: str) -> Timetable:
        """Return a copy in which a student is no longer enrolled in some sections."""
        return self.with_enrolment(student, self.enrolments.get(student, frozenset()) - set(sections))

    def with_enrolment(self, student: str, sections: Iterable[str]) -> Timetable:
        """Return a copy in which a student has exactly these sections."""
        return replace(self, enrolments={**self.enrolments, student: frozenset(sections)})

    def diff(self, other: Timetable) -> tuple[Change, ...]:
        """Return what must be changed in this timetable to obtain the other, in a stable order."""
        changes: list[Change] = []
        for meeting in sorted(self.placements.keys() | other.placements.keys()):
            before, after = self.placements.get(meeting), other.placements.get(meeting)
            if before == after:
                continue
            same_time = before is not None and after is not None and before.time == after.time
            changes.append(Change("room" if same_time else "moved", meeting, before, after))
        for student in sorted(self.enrolments.keys() | other.enrolments.keys()):
            had = self.enrolments.get(student, frozenset())
            has = other.enrolments.get(student, frozenset())
            changes.extend(Change("left", student, section, None) for section in sorted(had - has))
            changes.extend(Change("enrolled", student, None, section) for section in sorted(has - had))
        return tuple(changes)
