"""Some sessions of a week that may move while all others stay: their times, rooms and who attends several."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from echelon_lib.constraints.load import (
    DedicatedTeacher,
    MaximumLoad,
    OneTeacher,
    OwnDepartment,
    Staffed,
    WeeklyHours,
)
from echelon_lib.constraints.rooms import RoomCapacity
from echelon_lib.constraints.times import ForbiddenTimes, PreferredTimes
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.errors import DataError, EchelonError, Issue, suggest
from echelon_lib.domain.offerings import Meeting
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable

Closed: TypeAlias = Literal["rules", "faculty", "students", "rooms"]
Sight: TypeAlias = Literal["closed", "priced"]

CONSTANT = (DedicatedTeacher, MaximumLoad, OneTeacher, OwnDepartment, Staffed, WeeklyHours)
"""Rules that no placement changes, since teachers are given and meetings have one length each."""


@dataclass(frozen=True, slots=True)
class FreeSession:
    """A session that may move.

    Parameters
    ----------
    id, people
        The meeting, and how many come.
    times, masks
        The times that are open to it, and the slots of each as ``Calendar.mask`` numbers them.
    price
        What each of these times costs.
    rooms
        The rooms that suit it, the best first; None where it needs none.
    home
        Number of the time that it has in the timetable, if that is open.
    room
        The room that it has in the timetable.
    closed
        The slots of each time that is closed, with the first reason.
    """

    id: str
    people: int
    times: tuple[Time, ...]
    masks: tuple[int, ...]
    price: tuple[int, ...]
    rooms: tuple[str, ...] | None
    home: int | None
    room: str | None
    closed: tuple[tuple[int, Closed], ...]


@dataclass(frozen=True)
class FreeSessions:
    """Sessions that may move, and what keeps them apart.

    Parameters
    ----------
    problem
        The problem.
    stays
        The timetable without them.
    sessions
        The sessions.
    together
        Sets of sessions, by number, that somebody attends all of; none lies within another.
    room_sets
        Sets of rooms with the sessions, by number, that need one of them: at no time can more of these take
        place than rooms of the set are free.
    taken
        Slots of each room that what stays takes.
    left_out
        Required rules that nothing here knows of; an answer may break them, a proof that there is none holds.
    """

    problem: Problem
    stays: Timetable
    sessions: tuple[FreeSession, ...]
    together: tuple[tuple[int, ...], ...]
    room_sets: tuple[tuple[frozenset[str], tuple[int, ...]], ...]
    taken: Mapping[str, int]
    left_out: tuple[str, ...]

    @cached_property
    def week(self) -> int:
        """Slots of the calendar."""
        calendar = self.problem.calendar
        return len(calendar.days) * calendar.slots * calendar.weeks


class Rulebook:
    """What the rules of a problem say about times and rooms; made once, and asked for any set of sessions.

    Raises
    ------
    EchelonError
        When the problem is none of meetings with fixed attendees that all must have a place.
    """

    def __init__(self, problem: Problem) -> None:
        _refuse(problem)
        self.problem = problem
        self._away: defaultdict[str, int] = defaultdict(int)
        self._kept_out: defaultdict[str, int] = defaultdict(int)
        self._must: dict[str, int] = {}
        self._liked: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        self._roomy: set[str] = set()
        left_out: dict[str, None] = {}
        for rule in problem.constraints:
            required = rule.enforcement.required
            attendee = rule.scope.attendee
            if isinstance(rule, ForbiddenTimes) and required:
                closed = self._mask(rule.times)
                if attendee is not None:
                    self._away[attendee] |= closed
                else:
                    for id in rule.scope.meetings:
                        self._kept_out[id] |= closed
            elif isinstance(rule, PreferredTimes) and attendee is not None:
                liked = self._mask(rule.times)
                if required:
                    self._must[attendee] = self._must.get(attendee, -1) & liked
                elif rule.enforcement.priced:
                    self._liked[attendee].append((liked, rule.enforcement.weight))
            elif isinstance(rule, RoomCapacity) and required:
                self._roomy.update(rule.scope.meetings)
            elif required and not isinstance(rule, CONSTANT):
                left_out[rule.name] = None
        self.left_out = tuple(left_out)

    def _mask(self, times: Iterable[Time]) -> int:
        found = 0
        for time in times:
            found |= self.problem.calendar.mask(time)
        return found

    def free(
        self, timetable: Timetable, sessions: Iterable[str], *, sight: Sight = "closed", prefer: bool = False
    ) -> FreeSessions:
        """Return some sessions as free beside all others as they are placed.

        Parameters
        ----------
        timetable
            Where the others are; those that it does not place are left out of account.
        sessions
            Identifiers of meetings, or of sections for all their meetings.
        sight
            What becomes of a time at which somebody who attends is busy with what stays: ``closed``, or
            ``priced`` with the number of people who would be in two places. Rooms are closed either way.
        prefer
            Whether times that faculty would rather not have cost what the rules say.

        Raises
        ------
        DataError
            When a session does not exist.
        """
        free = dict.fromkeys(_meetings(self.problem, sessions))
        stays = Timetable(
            {id: where for id, where in timetable.placements.items() if id not in free},
            timetable.enrolments,
        )
        taken: defaultdict[str, int] = defaultdict(int)
        if self.problem.policy.room_clash.required:
            for where in stays.placements.values():
                if where.room is not None:
                    taken[where.room] |= self.problem.calendar.mask(where.time)
        seen = _Seen(self.problem, stays)
        found = tuple(self._session(id, timetable, seen, taken, sight, prefer) for id in free)
        return FreeSessions(
            self.problem,
            stays,
            found,
            tuple(_together(self.problem, list(free))),
            tuple(_room_sets(found)) if self.problem.policy.room_clash.required else (),
            taken,
            self.left_out,
        )

    def _session(
        self,
        id: str,
        timetable: Timetable,
        seen: _Seen,
        taken: Mapping[str, int],
        sight: Sight,
        prefer: bool,
    ) -> FreeSession:
        problem = self.problem
        meeting, section = problem.meetings[id], problem.section_of[id]
        rooms = self._rooms(meeting, section.headcount)
        out = self._kept_out.get(id, 0)
        for who in section.attendees:
            out |= self._away.get(who, 0) | ~self._must.get(who, -1)
        busy = {kind: [(who, seen.busy(who)) for who in members] for kind, members in seen.people(id)}
        where = timetable.placements.get(id)
        closed: list[tuple[int, Closed]] = []
        times, masks, price = [], [], []
        for time in meeting.times:
            mask = problem.calendar.mask(time)
            reason = self._reason(mask, out, busy if sight == "closed" else {}, rooms, taken)
            if reason is not None:
                closed.append((mask, reason))
                continue
            times.append(time)
            masks.append(mask)
            cost = sum(seen.size(who) for kind in busy.values() for who, taken_ in kind if taken_ & mask)
            price.append((cost if sight == "priced" else 0) + (self._dislike(id, mask) if prefer else 0))
        home = times.index(where.time) if where is not None and where.time in times else None
        room = where.room if where is not None else None
        return FreeSession(
            *(id, section.headcount, tuple(times), tuple(masks), tuple(price)),
            *(rooms, home, room, tuple(closed)),
        )

    def _rooms(self, meeting: Meeting, people: int) -> tuple[str, ...] | None:
        if not meeting.rooms:
            return None
        capacity = self.problem.room
        fitting = [id for id in meeting.rooms if capacity[id].capacity >= people]
        if meeting.id in self._roomy:
            return tuple(fitting)
        enough = set(fitting)
        return (*fitting, *(id for id in reversed(meeting.rooms) if id not in enough))

    def _reason(
        self,
        mask: int,
        out: int,
        busy: Mapping[str, list[tuple[str, int]]],
        rooms: tuple[str, ...] | None,
        taken: Mapping[str, int],
    ) -> Closed | None:
        """Say why a session may not be at a time; None when it may."""
        if mask & out:
            return "rules"
        if any(taken_ & mask for _, taken_ in busy.get("teacher", ())):
            return "faculty"
        if any(taken_ & mask for _, taken_ in busy.get("group", ())):
            return "students"
        if rooms is not None and not any(not taken.get(room, 0) & mask for room in rooms):
            return "rooms"
        return None

    def _dislike(self, id: str, mask: int) -> int:
        """Return what faculty's preferences cost at a time."""
        return sum(
            weight * (mask & ~liked).bit_count()
            for who in self.problem.section_of[id].attendees
            for liked, weight in self._liked.get(who, ())
        )


class _Seen:
    """What stays, as those see it who attend it."""

    def __init__(self, problem: Problem, stays: Timetable) -> None:
        self._problem, self._stays = problem, stays
        self._busy: dict[str, int] = {}

    def people(self, meeting: str) -> list[tuple[str, list[str]]]:
        """Return who may not be in two places at once, by kind."""
        found: dict[str, list[str]] = {}
        for who in self._problem.section_of[meeting].attendees:
            kind = self._problem.attendee[who].kind
            if self._problem.policy.clash_of(kind).required:
                found.setdefault(kind, []).append(who)
        return list(found.items())

    def busy(self, who: str) -> int:
        """Return the slots in which somebody attends what stays."""
        found = self._busy.get(who)
        if found is None:
            found = 0
            for section in self._problem.sections_of.get(who, ()):
                for meeting in section.meetings:
                    where = self._stays.placements.get(meeting.id)
                    if where is not None:
                        found |= self._problem.calendar.mask(where.time)
            self._busy[who] = found
        return found

    def size(self, who: str) -> int:
        """Return the people behind an attendee."""
        return self._problem.attendee[who].size


def _refuse(problem: Problem) -> None:
    policy = problem.policy
    reasons = []
    if problem.requests:
        reasons.append("students ask for courses instead of attending given sections")
    for name, rule in (
        ("the placement of all sessions", policy.unplaced),
        ("their allowed times and rooms", policy.domain),
    ):
        if not rule.required:
            reasons.append(f"{name} is {rule}, not required")
    if reasons:
        text = f"CP-SAT cannot place sessions of {problem.name or 'this problem'}: {'; '.join(reasons)}"
        raise EchelonError(f"{text}\n  Maybe a university's problem was meant?")


def _meetings(problem: Problem, names: Iterable[str]) -> Iterator[str]:
    """Yield the meetings that are named, directly or by their section."""
    issues = []
    for name in names:
        if name in problem.meetings:
            yield name
        elif name in problem.sections:
            yield from (meeting.id for meeting in problem.sections[name].meetings)
        else:
            cure = suggest(name, problem.meetings) or suggest(name, problem.sections)
            issues.append(Issue(f"there is no session {name!r}", value=name, cure=cure))
    if issues:
        raise DataError(issues)


def _together(problem: Problem, free: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """Yield the sets of sessions that somebody attends all of; sets within others are left out."""
    number = {id: index for index, id in enumerate(free)}
    sections = dict.fromkeys(problem.section_of[id].id for id in free)
    attended: defaultdict[str, set[int]] = defaultdict(set)
    for section in sections:
        own = {number[meeting.id] for meeting in problem.sections[section].meetings if meeting.id in number}
        for who in problem.sections[section].attendees:
            if problem.policy.clash_of(problem.attendee[who].kind).required:
                attended[who] |= own
    kept: defaultdict[int, list[frozenset[int]]] = defaultdict(list)
    for members in sorted({frozenset(one) for one in attended.values()}, key=lambda m: (-len(m), sorted(m))):
        if len(members) < 2 or any(members <= larger for larger in kept[min(members)]):
            continue
        for index in members:
            kept[index].append(members)
        yield tuple(sorted(members))


def _room_sets(sessions: Sequence[FreeSession]) -> Iterator[tuple[frozenset[str], tuple[int, ...]]]:
    """Yield every set of rooms that suits some session with all sessions that need a room of it."""
    needed: dict[frozenset[str], list[int]] = {}
    for index, session in enumerate(sessions):
        if session.rooms is not None:
            needed.setdefault(frozenset(session.rooms), []).append(index)
    every = frozenset(room for rooms in needed for room in rooms)
    for rooms in dict.fromkeys((*needed, every)):
        members = [index for other, own in needed.items() if other <= rooms for index in own]
        if members:
            yield rooms, tuple(sorted(members))
