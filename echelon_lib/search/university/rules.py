"""The rules of a university as masks of starts, prices and weights; what has no such form is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from echelon_lib.constraints.compactness import BuildingTravel, Gaps
from echelon_lib.constraints.load import (
    DedicatedTeacher,
    EvenLoad,
    MaximumLoad,
    OneTeacher,
    OwnDepartment,
    Staffed,
    WeeklyHours,
)
from echelon_lib.constraints.rooms import EmptySeats, RoomCapacity, RoomsPerSection
from echelon_lib.constraints.spread import SameDay, SameHour
from echelon_lib.constraints.times import ForbiddenTimes, PreferredTimes
from echelon_lib.domain.calendar import MOST_SLOTS, MOST_SLOTS_OF_A_DAY
from echelon_lib.domain.policy import Scope
from echelon_lib.domain.problem import ConstraintLike, Problem
from echelon_lib.preflight import PRICED

Ints = NDArray[np.int64]

CONSTANT = (DedicatedTeacher, MaximumLoad, OneTeacher, OwnDepartment, Staffed, WeeklyHours)
"""Rules that no placement changes, since teachers are given and meetings have one length each."""
OF_TIMES = (ForbiddenTimes, PreferredTimes)


def is_university(problem: Problem) -> bool:
    """Return whether a problem is a week of meetings in rooms, whose attendees are all fixed."""
    return bool(problem.rooms and problem.groups) and not problem.requests


def why_not_searched(problem: Problem) -> Iterator[str]:
    """Yield why the search for universities cannot take a problem."""
    calendar = problem.calendar
    week = len(calendar.days) * calendar.slots
    if calendar.weeks != 1:
        yield f"its weeks differ ({calendar.weeks} of them)"
    if week > MOST_SLOTS or calendar.slots > MOST_SLOTS_OF_A_DAY:
        most = f"{MOST_SLOTS} slots a week and {MOST_SLOTS_OF_A_DAY} a day"
        yield f"a week of {len(calendar.days)} days with {calendar.slots} slots is larger than {most}"
    domains = {id(m.times): (id_, m.times) for id_, m in problem.meetings.items()}
    for id_, times in domains.values():
        if any(time.days.bit_count() != 1 or not calendar.holds(time) for time in times):
            yield f"meeting {id_!r} may take a time on several days or outside the calendar"
        elif len({time.length for time in times}) > 1:
            yield f"meeting {id_!r} may be of several lengths"
    for section in problem.sections.values():
        if len({bool(meeting.rooms) for meeting in section.meetings}) > 1:
            yield f"only some meetings of section {section.id!r} need rooms"
    policy = problem.policy
    for name, rule in (
        ("placement of all meetings", policy.unplaced),
        ("the allowed times and rooms", policy.domain),
        ("one meeting at a time in a room", policy.room_clash),
        *((f"no {kind} clash", policy.clash_of(kind)) for kind in ("teacher", "group")),
    ):
        if not rule.required:
            yield f"{name} is {rule}, not required"
    for constraint in problem.constraints:
        mode = constraint.enforcement.mode
        if mode == "off" or isinstance(constraint, (*CONSTANT, *OF_TIMES, RoomCapacity)):
            continue
        if not isinstance(constraint, PRICED):
            yield f"the rule {constraint.name!r} has no encoding for universities"
        elif mode == "required":
            yield f"the rule {constraint.name!r} is required, and the search can only price it"
    levels = {c.enforcement.level for c in priced(problem)}
    if len(levels) > 1:
        yield f"rules are priced at the levels {', '.join(map(str, sorted(levels)))}, and one is searched"
    loads = [c for c in priced(problem) if isinstance(c, EvenLoad)]
    if len(loads) > 1:
        yield f"the load of the week is priced by {len(loads)} rules"


def priced(problem: Problem) -> Iterator[ConstraintLike]:
    """Yield the priced rules that depend on the timetable."""
    for constraint in problem.constraints:
        if constraint.enforcement.priced and isinstance(constraint, (*OF_TIMES, RoomCapacity, *PRICED)):
            yield constraint


@dataclass
class Encoding:
    """What rules say about meetings, sections and attendees by number.

    Parameters
    ----------
    problem
        The problem.
    meeting, section, attendee
        Numbers of their identifiers.
    own, has
        Numbers of the meetings of each section, and of each attendee.
    length
        Slots of each meeting.
    domain
        Starts of each meeting; those that required rules forbid are taken out.

    Attributes
    ----------
    price, over, seat, gap, travel, repeats, rooms, hours, loaded, load
        Prices of starts, missing and empty seats, idle slots, changes of building, pairs on a day, rooms and
        hours of the day beyond the first; which meetings count in the load, and its price.
    roomy
        Meetings whose room must hold everybody.
    """

    problem: Problem
    meeting: Mapping[str, int]
    section: Mapping[str, int]
    attendee: Mapping[str, int]
    own: list[list[int]]
    has: list[list[int]]
    length: Ints
    domain: Ints
    price: Ints = field(init=False)
    over: Ints = field(init=False)
    seat: Ints = field(init=False)
    gap: Ints = field(init=False)
    travel: Ints = field(init=False)
    repeats: Ints = field(init=False)
    rooms: Ints = field(init=False)
    hours: Ints = field(init=False)
    loaded: NDArray[np.bool_] = field(init=False)
    load: int = field(init=False, default=0)
    roomy: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        meetings, sections, people = len(self.length), len(self.own), len(self.has)
        calendar = self.problem.calendar
        self.slot = np.arange(len(calendar.days) * calendar.slots, dtype=np.int64)
        self.price = np.zeros((meetings, len(self.slot)), np.int64)
        self.over, self.seat = np.zeros(meetings, np.int64), np.zeros(meetings, np.int64)
        self.gap, self.travel = np.zeros(people, np.int64), np.zeros(people, np.int64)
        self.repeats, self.rooms, self.hours = np.zeros((3, sections), np.int64)
        self.loaded, self.roomy = np.ones(meetings, np.bool_), np.zeros(meetings, np.bool_)
        for constraint in self.problem.constraints:
            if constraint.enforcement.mode != "off":
                self._take(constraint)

    def _take(self, rule: ConstraintLike) -> None:
        weight = rule.enforcement.weight
        if isinstance(rule, OF_TIMES):
            self._times(rule)
        elif isinstance(rule, RoomCapacity):
            which = [self.meeting[id] for id in rule.scope.meetings]
            if rule.enforcement.required:
                self.roomy[which] = True
            else:
                np.add.at(self.over, which, weight)
        elif isinstance(rule, Gaps | BuildingTravel):
            prices = self.gap if isinstance(rule, Gaps) else self.travel
            for id, number in self._people(rule):
                prices[number] += weight * self.problem.attendee[id].size
        elif isinstance(rule, EmptySeats):
            which = [self.meeting[id] for id in rule.scope.meetings]
            np.add.at(self.seat, which or list(self.meeting.values()), weight)
        elif isinstance(rule, SameDay | SameHour | RoomsPerSection):
            prices = {SameDay: self.repeats, SameHour: self.hours, RoomsPerSection: self.rooms}[type(rule)]
            which = [self.section[id] for id in rule.scope.sections]
            np.add.at(prices, which or list(self.section.values()), weight)
        elif isinstance(rule, EvenLoad):
            self.load = weight
            if rule.scope.meetings:
                self.loaded[:] = False
                self.loaded[[self.meeting[id] for id in rule.scope.meetings]] = True

    def _people(self, rule: Gaps | BuildingTravel) -> Iterator[tuple[str, int]]:
        only = rule.scope.attendee
        for id in self.attendee if only is None else (only,):
            if self.problem.attendee[id].kind == rule.kind and id in self.attendee:
                yield id, self.attendee[id]

    def _times(self, rule: ConstraintLike) -> None:
        assert isinstance(rule, OF_TIMES)
        named = 0
        for time in rule.times:
            named |= self.problem.calendar.mask(time)
        which = np.array(self._of(rule.scope), np.int64)
        for length in np.unique(self.length[which]).tolist():
            own = which[self.length[which] == length]
            inside = np.bitwise_count(named >> self.slot & (1 << length) - 1).astype(np.int64)
            amount = (inside > 0).astype(np.int64) if isinstance(rule, ForbiddenTimes) else length - inside
            if rule.enforcement.required:
                self.domain[own] &= ~int((1 << self.slot)[amount > 0].sum())
            else:
                self.price[own] += rule.enforcement.weight * amount

    def _of(self, scope: Scope) -> list[int]:
        if scope.attendee is None:
            return [self.meeting[id] for id in scope.meetings]
        number = self.attendee.get(scope.attendee)
        return [] if number is None else self.has[number]


def lists(of: Iterable[Iterable[int]]) -> tuple[Ints, Ints]:
    """Return where each list begins, and all of them one after the other."""
    at, values = [0], []  # type: ignore[var-annotated]
    for numbers in of:
        values.extend(numbers)
        at.append(len(values))
    return np.array(at, np.int64), np.array(values, np.int64)
