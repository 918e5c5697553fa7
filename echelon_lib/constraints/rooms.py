"""What rooms have to do with meetings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from echelon_lib.constraints.base import View, Violation
from echelon_lib.domain.policy import Enforcement, Scope


@dataclass(frozen=True, slots=True)
class RoomCapacity:
    """A room holds everybody who comes; the amount is the people beyond its seats, for each meeting."""

    name: str
    scope: Scope
    enforcement: Enforcement

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each meeting in too small a room."""
        for meeting in self.scope.meetings:
            placement = view.placement(meeting)
            if placement is None or placement.room is None:
                continue
            section = view.problem.section_of[meeting]
            people = section.headcount + view.enrolled(section.id)
            room = view.problem.room.get(placement.room)  # an unknown room is the evaluator's to report
            if room is not None and people > room.capacity:
                text = (
                    f"{meeting} has {people} people in {room.id} ({room.capacity} seats) "
                    f"in {view.time_name(placement.time)}."
                )
                who = (section.id, room.id)
                yield Violation(self.name, people - room.capacity, who, text, self.enforcement)


@dataclass(frozen=True, slots=True)
class RoomStability:
    """The meetings of the scope share one room; the amount is the rooms beyond one."""

    name: str
    scope: Scope
    enforcement: Enforcement

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield the surplus of rooms, if any."""
        placed = [view.placement(meeting) for meeting in self.scope.meetings]
        rooms = sorted({p.room for p in placed if p is not None and p.room is not None})
        if len(rooms) > 1:
            section = view.problem.section_of[self.scope.meetings[0]].id
            text = f"{section} uses {len(rooms)} rooms: {', '.join(rooms)}."
            yield Violation(self.name, len(rooms) - 1, (section,), text, self.enforcement)


@dataclass(frozen=True, slots=True)
class EmptySeats:
    """Rooms are no larger than they need be; the amount is the empty seats of a meeting times its slots.

    The scope is some meetings, or empty: all.
    """

    name: str
    scope: Scope
    enforcement: Enforcement

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each meeting in a room with seats to spare."""
        problem = view.problem
        for meeting in self.scope.meetings or problem.meetings:
            placement = view.placement(meeting)
            if placement is None or placement.room is None:
                continue
            section, room = problem.section_of[meeting], problem.room.get(placement.room)
            people = section.headcount + view.enrolled(section.id)
            if room is None or room.capacity <= people:
                continue
            time = placement.time
            slots = time.length * time.days.bit_count() * time.weeks.bit_count()
            spare = room.capacity - people
            text = f"{meeting} leaves {spare} of {room.capacity} seats of {room.id} empty"
            text += f" for {slots} slots." if slots > 1 else "."
            who = (section.id, room.id)
            yield Violation(self.name, spare * slots, who, text, self.enforcement)


@dataclass(frozen=True, slots=True)
class RoomsPerSection:
    """The meetings of a section that are equally long share one room; the amount is the rooms beyond one.

    The scope is some sections, or empty: all.
    """

    name: str
    scope: Scope
    enforcement: Enforcement

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each section and length of meeting with more than one room."""
        problem = view.problem
        for id in self.scope.sections or problem.sections:
            used: dict[int, set[str]] = {}
            for meeting in problem.sections[id].meetings:
                placement = view.placement(meeting.id)
                if placement is not None and placement.room is not None:
                    used.setdefault(placement.time.length, set()).add(placement.room)
            for _, rooms in sorted(used.items()):
                if len(rooms) > 1:
                    named = ", ".join(sorted(rooms))
                    text = f"{id} ({problem.course_of[id].id}) uses {len(rooms)} rooms: {named}."
                    yield Violation(self.name, len(rooms) - 1, (id,), text, self.enforcement)
