"""A university's problem as the arrays of the kernels, and a week as a timetable."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon_lib.domain.calendar import Time
from echelon_lib.domain.errors import DataError, EchelonError, Issue, suggest
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.search.kernels.dice import dice
from echelon_lib.search.kernels.university_layout import SUMS, University, Week
from echelon_lib.search.kernels.university_week import sums
from echelon_lib.search.university.rules import Encoding, lists, priced, why_not_searched

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class UniversityArrays:
    """A problem of meetings with fixed attendees, times and rooms, in numbers.

    Parameters
    ----------
    problem
        The problem.
    university
        The arrays that do not change.
    meetings, attendees
        Identifiers in the order of their numbers; rooms have the order of the problem. Beyond these stands
        one room for each section that needs none.
    course, home
        The course of each meeting and the department of each attendee, as numbers: of a teacher the own one,
        of a group that of most of its meetings.
    movable
        The meetings that may be moved.
    """

    problem: Problem
    university: University
    meetings: tuple[str, ...]
    attendees: tuple[str, ...]
    course: Ints
    home: Ints
    movable: NDArray[np.bool_]

    @classmethod
    def of(cls, problem: Problem, *, movable: Collection[str] | None = None) -> UniversityArrays:
        """Encode a problem.

        Parameters
        ----------
        problem
            The problem.
        movable
            Identifiers of the meetings that may be moved; None for all.

        Raises
        ------
        EchelonError
            When something cannot be encoded; all reasons at once.
        DataError
            When a movable meeting does not exist.
        """
        reasons = list(dict.fromkeys(why_not_searched(problem)))
        if reasons:
            raise EchelonError(f"no solver can take this problem yet: {'; '.join(reasons)}")
        return _encoded(problem, movable)

    @property
    def level(self) -> int:
        """The level at which rules are priced."""
        return next((rule.enforcement.level for rule in priced(self.problem)), 1)

    @property
    def week(self) -> int:
        """Slots of the week."""
        return self.university.days * self.university.slots

    @cached_property
    def suitable(self) -> Ints:
        """How many rooms suit each meeting."""
        return np.diff(self.university.room_at)[self.university.kind]

    @cached_property
    def hopeless(self) -> NDArray[np.bool_]:
        """The meetings to which the required rules leave no start or no room."""
        hopeless: NDArray[np.bool_] = (self.university.domain == 0) | (self.suitable == 0)
        return hopeless

    def why_hopeless(self) -> list[str]:
        """Say of each of these which it is."""
        return [
            f"meeting {self.meetings[i]!r} has no {'room' if self.university.domain[i] else 'time'} "
            "that the required rules allow"
            for i in np.flatnonzero(self.hopeless).tolist()
        ]

    def empty_week(self, seed: int) -> Week:
        """Return a week without any meeting, with dice of a seed."""
        return empty_week(self.university, seed)._replace(frozen=~self.movable)

    def sums(self, week: Week) -> Ints:
        """Return what a week without clashes costs, term by term."""
        total = np.zeros(SUMS, np.int64)
        sums(self.university, week, total)
        return total

    def read(self, timetable: Timetable) -> tuple[Ints, Ints]:
        """Return starts and rooms of a timetable, as far as they are allowed and no room is given twice.

        Raises
        ------
        DataError
            When a meeting that may not be moved has no place that can be kept.
        """
        a = self.university
        starts, places = np.full((2, len(self.meetings)), -1, np.int64)
        taken = np.zeros(len(a.capacity), np.int64).tolist()
        issues: list[Issue] = []
        order = np.argsort(self.movable, kind="stable")
        for i in order.tolist():
            id = self.meetings[i]
            placement = timetable.placements.get(id)
            start, room = self.where(i, placement)
            held = not self.movable[i]
            allowed = (
                start >= 0 and room >= 0 and (held or (a.domain[i] >> start & 1 and self._fits(i, room)))
            )
            mask = ((1 << int(a.length[i])) - 1) << max(0, start)
            if allowed and not taken[room] & mask:
                taken[room] |= mask
                starts[i], places[i] = start, room
            elif held:
                text = f"meeting {id!r} may not be moved, but its place cannot be kept"
                issues.append(Issue(text, cure="give it a time and a free room, or let it be moved?"))
        if issues:
            raise DataError(issues)
        return starts, places

    def _fits(self, i: int, room: int) -> bool:
        return bool(self.university.fits[self.university.kind[i], room])

    def where(self, i: int, placement: Placement | None) -> tuple[int, int]:
        """Return start and room of a placement as numbers; -1 for what the meeting cannot have at all."""
        a = self.university
        if placement is None or placement.time.length != a.length[i]:
            return -1, -1
        mask = self.problem.calendar.mask(placement.time)
        if mask.bit_count() != a.length[i]:
            return -1, -1
        if placement.room is None:
            first = (
                int(a.room[a.room_at[a.kind[i]]]) if a.room_at[a.kind[i]] < a.room_at[a.kind[i] + 1] else -1
            )
            return (mask & -mask).bit_length() - 1, first if first >= len(self.problem.rooms) else -1
        return (mask & -mask).bit_length() - 1, self._room_at.get(placement.room, -1)

    @cached_property
    def _room_at(self) -> Mapping[str, int]:
        return {room.id: number for number, room in enumerate(self.problem.rooms)}

    @cached_property
    def _times(self) -> Mapping[tuple[int, int], Time]:
        calendar = self.problem.calendar
        return {
            (time.length, (calendar.mask(time) & -calendar.mask(time)).bit_length() - 1): time
            for times in {id(m.times): m.times for m in self.problem.meetings.values()}.values()
            for time in times
        }

    def timetable(self, starts: Ints, places: Ints) -> Timetable:
        """Return starts and rooms as a timetable."""
        rooms = [room.id for room in self.problem.rooms]
        slots, times, length = self.university.slots, self._times, self.university.length
        placements = {}
        known: dict[tuple[int, int, int], Placement] = {}
        for i, id in enumerate(self.meetings):
            start, place, long = int(starts[i]), int(places[i]), int(length[i])
            if start < 0:
                continue
            key = start, place, long
            if key not in known:
                time = times.get((long, start)) or Time(start % slots, long, 1 << start // slots)
                known[key] = Placement(time, rooms[place] if place < len(rooms) else None)
            placements[id] = known[key]
        return Timetable(placements)


def empty_week(a: University, seed: int = 0) -> Week:
    """Return a week in which nothing stands and everything may move, with dice of a seed."""
    slots = a.days * a.slots
    meetings, people, rooms = len(a.length), len(a.gap_price), len(a.capacity)
    return Week(
        start=np.full(meetings, -1, np.int64),
        place=np.full(meetings, -1, np.int64),
        visits=np.zeros((people, slots), np.uint8),
        busy=np.zeros(people, np.int64),
        site=np.zeros((people, slots) if a.travels else (0, 0), np.int32),
        holds=np.full((slots, rooms), -1, np.int32),
        often=np.zeros((len(a.repeat_price), a.days), np.int64),
        load=np.zeros(slots, np.int64),
        frozen=np.zeros(meetings, np.bool_),
        free=np.array([(1 << slots) - 1], np.int64),
        stamp=np.zeros(people + 1, np.int64),
        dice=dice(seed),
    )


def _encoded(problem: Problem, movable: Collection[str] | None) -> UniversityArrays:
    calendar = problem.calendar
    meetings = tuple(problem.meetings)
    meeting = {id: number for number, id in enumerate(meetings)}
    section = {id: number for number, id in enumerate(problem.sections)}
    used = dict.fromkeys(who for one in problem.sections.values() for who in one.attendees)
    attendees = tuple(id for id in problem.attendee if id in used)
    attendee = {id: number for number, id in enumerate(attendees)}
    teaches = np.array([problem.attendee[id].kind == "teacher" for id in attendees], np.bool_)

    own: list[list[int]] = [[] for _ in section]
    has: list[list[int]] = [[] for _ in attendees]
    who: list[list[int]] = []
    people, sections = [], []
    for number, one in enumerate(problem.sections.values()):
        attending = sorted((attendee[id] for id in one.attendees), key=lambda g: (not teaches[g], g))
        for m in one.meetings:
            i = meeting[m.id]
            own[number].append(i)
            who.append(attending)
            people.append(one.headcount)
            sections.append(number)
            for g in attending:
                has[g].append(i)
    length = np.array([m.times[0].length if m.times else 1 for m in problem.meetings.values()], np.int64)
    encoding = Encoding(problem, meeting, section, attendee, own, has, length, _domains(problem))
    who_at, who_ = lists(who)
    has_at, has_ = lists(has)
    own_at, own_ = lists(own)
    rooms = _rooms(problem, encoding, np.array(people, np.int64), np.array(sections, np.int64))
    department = {
        id: n for n, id in enumerate(dict.fromkeys(s.department for s in problem.sections.values()))
    }
    university = University(
        length=length,
        people=np.array(people, np.int64),
        section=np.array(sections, np.int64),
        own_at=own_at,
        own=own_,
        who_at=who_at,
        who=who_.astype(np.int32),
        lead=np.array([sum(bool(teaches[g]) for g in group) for group in who], np.int64),
        has_at=has_at,
        has=has_.astype(np.int32),
        domain=encoding.domain,
        price=encoding.price,
        **rooms,
        is_teacher=teaches,
        gap_price=encoding.gap,
        travel_price=encoding.travel,
        idle=_idle(calendar.slots),
        seat_price=encoding.seat,
        over_price=encoding.over,
        loaded=encoding.loaded,
        repeat_price=encoding.repeats,
        rooms_price=encoding.rooms,
        hours_price=encoding.hours if encoding.hours.any() else encoding.hours[:0],
        load_price=np.array([encoding.load], np.int64),
        travels=bool(encoding.travel.any()),
        days=len(calendar.days),
        slots=calendar.slots,
    )
    course = {c.id: n for n, c in enumerate(problem.courses)}
    return UniversityArrays(
        problem,
        university,
        meetings,
        attendees,
        np.array([course[problem.course_of[problem.section_of[m].id].id] for m in meetings], np.int64),
        _homes(problem, attendees, has, np.array(sections, np.int64), department),
        _mask(meetings, meeting, movable),
    )


def _domains(problem: Problem) -> Ints:
    """Return the starts of each meeting, before rules take some away."""
    calendar = problem.calendar
    masks: dict[int, int] = {}
    for m in problem.meetings.values():
        if id(m.times) not in masks:
            slots = (calendar.mask(time) for time in m.times)
            masks[id(m.times)] = sum({mask & -mask for mask in slots})
    return np.array([masks[id(m.times)] for m in problem.meetings.values()], np.int64)


def _rooms(problem: Problem, encoding: Encoding, people: Ints, sections: Ints) -> dict[str, Any]:
    """Return the rooms, and the kinds of meetings by the rooms that suit them."""
    number = {room.id: n for n, room in enumerate(problem.rooms)}
    capacity = [room.capacity for room in problem.rooms]
    buildings = {b: n for n, b in enumerate(dict.fromkeys(["", *(r.building for r in problem.rooms)]))}
    building = [buildings[room.building] for room in problem.rooms]
    ordered: dict[int, list[int]] = {}
    kinds: dict[tuple[int, int], int] = {}
    suitable: list[list[int]] = []
    kind = []
    for i, m in enumerate(problem.meetings.values()):
        key = id(m.rooms)
        if key not in ordered:
            ordered[key] = sorted({number[id] for id in m.rooms}, key=lambda r: (capacity[r], r))
        # Meetings that need no room have one for themselves, with a seat for everybody.
        choice = (-1, int(sections[i])) if not m.rooms else (key, 0)
        if m.rooms and encoding.roomy[i]:
            choice = key, bisect_left(ordered[key], int(people[i]), key=capacity.__getitem__)
        if choice not in kinds:
            kinds[choice] = len(suitable)
            if m.rooms:
                suitable.append(ordered[key][choice[1] :])
            else:
                suitable.append([len(capacity)])
                capacity.append(int(people[i]))
                building.append(0)
        kind.append(kinds[choice])
    fits = np.zeros((len(suitable), len(capacity)), np.bool_)
    for n, rooms in enumerate(suitable):
        fits[n, rooms] = True
    room_at, room = lists(suitable)
    return {
        "kind": np.array(kind, np.int64),
        "room_at": room_at,
        "room": room.astype(np.int32),
        "fits": fits,
        "capacity": np.array(capacity, np.int64),
        "building": np.array(building, np.int32),
    }


def _idle(slots: int) -> Ints:
    """Return the idle slots of each mask of a day."""
    mask = np.arange(1, 1 << slots, dtype=np.int64)
    high, low = (np.frexp(m.astype(np.float64))[1].astype(np.int64) for m in (mask, mask & -mask))
    return np.concatenate(([0], high - low + 1 - np.bitwise_count(mask))).astype(np.int64)


def _homes(
    problem: Problem,
    attendees: tuple[str, ...],
    has: list[list[int]],
    sections: Ints,
    department: Mapping[str, int],
) -> Ints:
    of_section = np.array([department[s.department] for s in problem.sections.values()], np.int64)
    of_meeting = of_section[sections]

    def mostly(numbers: list[int]) -> int:
        return int(np.bincount(of_meeting[numbers]).argmax())

    homes = []
    for id, numbers in zip(attendees, has, strict=True):
        stated = problem.attendee[id].department
        homes.append(department[stated] if stated in department and stated else mostly(numbers))
    return np.array(homes, np.int64)


def _mask(
    meetings: tuple[str, ...], meeting: Mapping[str, int], movable: Collection[str] | None
) -> NDArray[np.bool_]:
    if movable is None:
        return np.ones(len(meetings), np.bool_)
    unknown = [
        Issue(f"the movable meeting {id!r} does not exist", value=id, cure=suggest(id, meetings))
        for id in movable
        if id not in meeting
    ]
    if unknown:
        raise DataError(unknown)
    mask = np.zeros(len(meetings), np.bool_)
    mask[[meeting[id] for id in movable]] = True
    return mask
