"""How compact the days of people are: idle slots between meetings, and ways from building to building."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from echelon_lib.constraints.base import View, Violation
from echelon_lib.domain.calendar import ones
from echelon_lib.domain.people import Attendee, AttendeeKind
from echelon_lib.domain.policy import Enforcement, Scope


@lru_cache(maxsize=65_536)
def idle_slots(day: int) -> int:
    """Return the free slots between the first and the last taken slot of a day, given as a bit mask."""
    return day.bit_length() - (day & -day).bit_length() + 1 - day.bit_count() if day else 0


@dataclass(frozen=True, slots=True)
class Gaps:
    """People have no idle slots between the first and the last meeting of a day.

    The amount is the idle slots of an attendee over all days, times the people behind the attendee.

    Parameters
    ----------
    name, scope, enforcement
        As for every rule; the scope is an attendee, or empty: everybody of the kind.
    kind
        Whose days these are.
    """

    name: str
    scope: Scope
    enforcement: Enforcement
    kind: AttendeeKind = "group"

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each attendee with idle slots."""
        calendar = view.problem.calendar
        slots, days = calendar.slots, calendar.days
        full = (1 << slots) - 1
        for attendee, sections in _people(view, self.kind, self.scope):
            taken, at, idle, where = view.taken(sections), 0, 0, ""
            while taken:
                waits = idle_slots(taken & full)
                if waits:
                    idle += waits
                    where += f", {waits} on {days[at % len(days)]}"
                taken >>= slots
                at += 1
            if idle:
                word, size = attendee.word.capitalize(), attendee.size
                people = f" ({size} people)" if size > 1 else ""
                text = f"{word} {attendee.id}{people} waits {idle} slots between meetings: {where[2:]}."
                yield Violation(self.name, idle * size, (attendee.id,), text, self.enforcement)


@dataclass(frozen=True, slots=True)
class BuildingTravel:
    """People stay in one building from one meeting to the next when no slot lies between them.

    The amount is the changes of building between meetings in adjacent slots of a day, times the people behind
    the attendee. Rooms whose building is not known count for nothing.

    Parameters
    ----------
    name, scope, enforcement
        As for every rule; the scope is an attendee, or empty: everybody of the kind.
    kind
        Whose ways these are.
    """

    name: str
    scope: Scope
    enforcement: Enforcement
    kind: AttendeeKind = "group"

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each attendee who has to hurry from building to building."""
        stays = building_stays(view)
        for attendee, sections in _people(view, self.kind, self.scope):
            changes = building_changes(stays, sections)
            if changes:
                count, word, size = len(changes), attendee.word.capitalize(), attendee.size
                people = f" ({size} people)" if size > 1 else ""
                one, other = changes[0]
                often = f"{count} times, such as" if count > 1 else "once,"
                text = (
                    f"{word} {attendee.id}{people} has to change buildings without a break "
                    f"{often} from {one} to {other}."
                )
                yield Violation(self.name, count * size, (attendee.id,), text, self.enforcement)


Stay = tuple[int, int, str]
"""First slot, the slot that follows (0 at the end of a day), and the building."""


def building_stays(view: View) -> Mapping[str, tuple[Stay, ...]]:
    """Return where the placed meetings of each section keep people, day by day."""
    problem, calendar = view.problem, view.problem.calendar
    building = {room.id: room.building for room in problem.rooms if room.building}
    full = (1 << calendar.slots) - 1
    found: dict[str, tuple[Stay, ...]] = {}
    for section in problem.sections.values():
        stays: list[Stay] = []
        for meeting in section.meetings:
            placement = view.placement(meeting.id)
            if placement is None or placement.room not in building:
                continue
            taken, offset = calendar.mask(placement.time), 0
            while taken:
                day = taken & full
                if day:
                    end = day.bit_length()
                    first, after = next(ones(day)), end if end < calendar.slots else -offset
                    stays.append((offset + first, offset + after, building[placement.room]))
                taken >>= calendar.slots
                offset += calendar.slots
        found[section.id] = tuple(stays)
    return found


def building_changes(
    stays: Mapping[str, tuple[Stay, ...]], sections: tuple[str, ...]
) -> list[tuple[str, str]]:
    """Return from which to which building somebody goes without a break, in order of time."""
    leaving: dict[int, list[str]] = {}
    mine = [stay for section in sections for stay in stays.get(section, ())]
    for _, after, building in mine:
        leaving.setdefault(after, []).append(building)
    changes = [
        (first, before, building)
        for first, _, building in mine
        if first and first in leaving
        for before in leaving[first]
        if before != building
    ]
    return [(before, building) for _, before, building in sorted(changes)]


def _people(view: View, kind: AttendeeKind, scope: Scope) -> Iterator[tuple[Attendee, tuple[str, ...]]]:
    only = scope.attendee
    for attendee, sections in view.attending:
        if attendee.kind == kind and (only is None or attendee.id == only):
            yield attendee, sections
