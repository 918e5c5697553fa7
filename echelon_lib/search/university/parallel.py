"""Students who could change to a parallel section, so that a meeting without a place finds one.

Most of what clashes in the end are one or two students. That they change over is the usual practice, but it
changes what they enrolled in: it is offered to a person, and never done unasked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from echelon_lib.domain.calendar import Time
from echelon_lib.domain.offerings import Section
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable

MOST_PEOPLE = 5
"""Students who may have to change for one meeting; more are no offer."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A student, or a group, leaves a section for a parallel one; it is personal."""

    student: str = field(repr=False)
    leaves: str
    joins: str


@dataclass(frozen=True, slots=True)
class ParallelOffer:
    """Where a meeting has a place if some students change to parallel sections.

    Parameters
    ----------
    meeting, placement
        The meeting, and its hour and room then.
    switches
        Who changes what; personal.
    people
        How many students these are.
    sentence
        All this without naming a student.
    """

    meeting: str
    placement: Placement
    switches: tuple[Switch, ...]
    people: int
    sentence: str


def parallel_offers(
    problem: Problem, timetable: Timetable, left: Mapping[str, Sequence[Time]], *, most: int = MOST_PEOPLE
) -> tuple[ParallelOffer, ...]:
    """Return offers for meetings without a place; all of them can be taken together.

    Parameters
    ----------
    problem
        A problem whose groups are fixed, with rooms.
    timetable
        A timetable in which nothing clashes, and in which some meetings are left out.
    left
        The meetings that are left out, with the times that the rules leave to each.
    most
        Students who may change for one meeting.

    Returns
    -------
    tuple of ParallelOffer
        For each meeting that can be helped the offer with fewest students, then the earliest.
    """
    desk = _Desk(problem, timetable)
    found = []
    for meeting, times in left.items():
        offer = desk.offer(meeting, times, most)
        if offer is not None:
            desk.take(offer)
            found.append(offer)
    return tuple(found)


class _Desk:
    """A week as masks of slots, in which students change over on trial."""

    def __init__(self, problem: Problem, timetable: Timetable) -> None:
        self.problem = problem
        self.placed = dict(timetable.placements)
        self.taken: defaultdict[str, int] = defaultdict(int)
        self.sits = {id: {s.id for s in of} for id, of in problem.sections_of.items()}
        for id, place in self.placed.items():
            if place.room is not None and id in problem.meetings:
                self.taken[place.room] |= problem.calendar.mask(place.time)
        self.people = Counter({id: section.headcount for id, section in problem.sections.items()})

    def offer(self, id: str, times: Sequence[Time], most: int) -> ParallelOffer | None:
        """Return the best offer for a meeting, if there is any."""
        section = self.problem.section_of[id]
        weeks = {who: self._without(who) for who in section.attendees}
        best: ParallelOffer | None = None
        for time in times:
            mask = self.problem.calendar.mask(time)
            busy = [who for who, week in weeks.items() if week & mask]
            people = sum(self.problem.attendee[who].size for who in busy)
            limit = most if best is None else best.people - 1
            if people > limit or any(self.problem.attendee[who].kind != "group" for who in busy):
                continue
            room = next((room for room in self._rooms(id) if not self.taken[room] & mask), None)
            if room is None:
                continue
            placement = Placement(time, room)
            switches = self._switches(id, placement, busy)
            if switches is not None:
                best = ParallelOffer(
                    id, placement, switches, people, self._told(id, placement, switches, people)
                )
        return best

    def take(self, offer: ParallelOffer) -> None:
        """Make the changes of an offer, so that the next one counts with them."""
        self.placed[offer.meeting] = offer.placement
        assert offer.placement.room is not None
        self.taken[offer.placement.room] |= self.problem.calendar.mask(offer.placement.time)
        for one in offer.switches:
            self._switch(one)

    def _switches(self, id: str, placement: Placement, busy: list[str]) -> tuple[Switch, ...] | None:
        """Return who changes what so that a meeting may be somewhere; None where somebody cannot."""
        done: list[Switch] = []
        self.placed[id] = placement
        try:
            for who in busy:
                one = next(self._ways(who, id), None)
                if one is None:
                    return None
                self._switch(one)
                done.append(one)
            return tuple(done)
        finally:
            for one in reversed(done):
                self._switch(Switch(one.student, one.joins, one.leaves))
            del self.placed[id]

    def _ways(self, who: str, id: str) -> Iterator[Switch]:
        """Yield the parallel sections to which somebody may change who has something else than a meeting."""
        own = self.problem.section_of[id].id
        mask = self._of(own)
        clashing = sorted(s for s in self.sits[who] if s != own and self._of(s) & mask)
        # Leaving the section of the meeting helps always; leaving another one where that alone clashes.
        for leaves in (own, *(clashing if len(clashing) == 1 else ())):
            week = self._without(who, leaves)
            for joins in self._parallel(leaves):
                fits = joins.id not in self.sits[who] and not week & self._of(joins.id)
                if fits and self._has_seats(joins, self.problem.attendee[who].size):
                    yield Switch(who, leaves, joins.id)

    def _parallel(self, section: str) -> tuple[Section, ...]:
        """Return the other sections of the part of a section whose meetings all have a place."""
        parts = self.problem.course_of[section].parts
        part = next(part for part in parts if any(one.id == section for one in part.sections))
        return tuple(
            one
            for one in part.sections
            if one.id != section and one.meetings and all(m.id in self.placed for m in one.meetings)
        )

    def _has_seats(self, section: Section, more: int) -> bool:
        people = self.people[section.id] + more
        rooms = [self.placed[meeting.id].room for meeting in section.meetings]
        seats = [self.problem.room[room].capacity for room in rooms if room is not None]
        return people <= min([*seats, *([] if section.seats is None else [section.seats])], default=people)

    def _rooms(self, id: str) -> list[str]:
        people = self.people[self.problem.section_of[id].id]
        rooms = self.problem.meetings[id].rooms
        return [room for room in rooms if self.problem.room[room].capacity >= people]

    def _switch(self, one: Switch) -> None:
        size = self.problem.attendee[one.student].size
        self.sits[one.student].discard(one.leaves)
        self.sits[one.student].add(one.joins)
        self.people[one.leaves] -= size
        self.people[one.joins] += size

    def _without(self, who: str, section: str = "") -> int:
        """Return the slots in which somebody has something, perhaps besides a section."""
        week = 0
        for one in self.sits.get(who, ()):
            week |= 0 if one == section else self._of(one)
        return week

    def _of(self, section: str) -> int:
        """Return the slots of a section."""
        mask = 0
        for meeting in self.problem.sections[section].meetings:
            if meeting.id in self.placed:
                mask |= self.problem.calendar.mask(self.placed[meeting.id].time)
        return mask

    def _told(self, id: str, placement: Placement, switches: tuple[Switch, ...], people: int) -> str:
        where = f"{self.problem.calendar.name(placement.time)} in {placement.room}"
        moves = Counter((one.leaves, one.joins) for one in switches)
        ways = "; ".join(f"from {leaves} to {joins}" for leaves, joins in moves)
        if not people:
            return f"{id} could be {where} then."
        who = "1 student changes" if people == 1 else f"{people} students change"
        return f"{id} could be {where} if {who} sections: {ways}."
