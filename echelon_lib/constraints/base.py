"""What a constraint is, and the view of a timetable through which constraints look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

from echelon_lib.domain.calendar import Time
from echelon_lib.domain.offerings import Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.policy import Enforcement, Scope
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.serving import Served, served_all
from echelon_lib.domain.timetable import Placement, Timetable

Shape = Literal["linear", "quadratic", "step"]


def shaped(amount: int, shape: Shape) -> int:
    """Return the amount as a shape counts it: itself, its square, or 1 as soon as there is any."""
    if shape == "quadratic":
        return amount * amount
    if shape == "step":
        return int(amount > 0)
    return amount


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where a rule is broken or a price is paid.

    Parameters
    ----------
    rule
        Name of the rule; priced violations of one name add up to one term of the objective.
    amount
        How far the rule is broken, in the unit of the rule, from 1.
    who
        Identifiers of what or whom it concerns.
    sentence
        What it is and whom it hurts, in words.
    enforcement
        How strictly the rule holds.
    """

    rule: str
    amount: int
    who: tuple[str, ...]
    sentence: str
    enforcement: Enforcement

    @property
    def cost(self) -> int:
        """What it costs: amount times weight when priced, 0 when required (it may simply not be)."""
        return self.amount * self.enforcement.weight if self.enforcement.priced else 0


class Constraint(Protocol):
    """A rule with a name, a scope, an enforcement and a measure of how far a timetable breaks it."""

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

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield every place where the timetable breaks the rule."""
        ...


class View:
    """A timetable seen with the indices that rules need; made once for each evaluation."""

    def __init__(self, problem: Problem, timetable: Timetable) -> None:
        self.problem = problem
        self.timetable = timetable

    def placement(self, meeting: str) -> Placement | None:
        """Return where a meeting is placed, or None."""
        return self.timetable.placements.get(meeting)

    def time_name(self, time: Time) -> str:
        """Return the name of a time."""
        return self.problem.calendar.name(time)

    @cached_property
    def students_in(self) -> Mapping[str, tuple[str, ...]]:
        """The students enrolled in each section, in a stable order."""
        found: dict[str, list[str]] = {section: [] for section in self.problem.sections}
        for student in sorted(self.timetable.enrolments):
            for section in self.timetable.enrolments[student]:
                if section in found:
                    found[section].append(student)
        return {section: tuple(students) for section, students in found.items()}

    @cached_property
    def outcome(self) -> tuple[list[Served], dict[str, list[str]]]:
        """How every request came out, and the courses that students take and that serve none."""
        return served_all(self.problem, self.timetable)

    @cached_property
    def unfilled(self) -> Mapping[str, Served]:
        """The requests that no course serves, by their identifiers."""
        return {one.request.id: one for one in self.outcome[0] if one.course is None}

    @cached_property
    def _tagged(self) -> Mapping[str, Counter[str]]:
        tags = {student.id: student.tags for student in self.problem.students}
        return {
            section: Counter(tag for student in students for tag in tags.get(student, ()))
            for section, students in self.students_in.items()
        }

    def enrolled(self, section: str, tag: str | None = None) -> int:
        """Return how many students are enrolled in a section, or how many of them carry a tag."""
        return len(self.students_in[section]) if tag is None else self._tagged[section][tag]

    @cached_property
    def attending(self) -> tuple[tuple[Attendee, tuple[str, ...]], ...]:
        """Every attendee with the sections attended, by the data or by enrolment, in a stable order."""
        fixed, enrolments = self.problem.sections_of, self.timetable.enrolments
        return tuple(
            (who, tuple(sorted(enrolments.get(who.id, ()))))
            if who.kind == "student"
            else (who, tuple([section.id for section in fixed.get(who.id, ())]))
            for who in self.problem.attendees
        )

    @cached_property
    def busy(self) -> Mapping[str, int]:
        """The slots that the placed meetings of each section take, as ``Calendar.mask`` numbers them."""
        return self._slots[0]

    @cached_property
    def _slots(self) -> tuple[dict[str, int], frozenset[str]]:
        """Return the slots of each section, and the sections of which they do not tell everything."""
        calendar, placements = self.problem.calendar, self.timetable.placements
        busy: dict[str, int] = {}
        unclear: set[str] = set()
        for section in self.problem.sections.values():
            taken = 0
            for meeting in section.meetings:
                placement = placements.get(meeting.id)
                if placement is None:
                    continue
                mask = calendar.mask(placement.time)
                if taken & mask or not calendar.holds(placement.time):
                    unclear.add(section.id)
                taken |= mask
            busy[section.id] = taken
        return busy, frozenset(unclear)

    def taken(self, sections: Iterable[str]) -> int:
        """Return the slots that the placed meetings of some sections take together."""
        busy, taken = self.busy, 0
        for section in sections:
            taken |= busy.get(section, 0)
        return taken

    def apart(self, sections: Iterable[str]) -> bool:
        """Return whether the slots alone show that no two meetings of some sections overlap."""
        busy, unclear = self._slots
        taken = 0
        for section in sections:
            mask = busy.get(section, 0)
            if taken & mask or section in unclear:
                return False
            taken |= mask
        return True

    def placed_of(self, attendee: str) -> list[tuple[Placement, Section]]:
        """Return the placed meetings of a teacher or group with their sections, in order of time."""
        placed = [
            (placement, section)
            for section in self.problem.sections_of.get(attendee, ())
            for meeting in section.meetings
            if (placement := self.placement(meeting.id)) is not None
        ]
        return sorted(placed, key=lambda item: (item[0].time.days, item[0].time, item[1].id))
