"""A time for every session, so that no student and no section is in two places at once."""

from __future__ import annotations

from math import ceil

import numpy as np

from echelon_lib.generate.university.bands import (
    DAYS,
    SLOTS,
    STARTS,
    WEEK,
    Band,
    bits,
    open_bands,
    school_bands,
)
from echelon_lib.generate.university.courses import CORE, DEPARTMENT, OPEN, SERVICE
from echelon_lib.generate.university.draws import Dice, Ints
from echelon_lib.generate.university.plan import Plan
from echelon_lib.generate.university.sessions import CAPACITIES

_ALL = (1 << WEEK) - 1
_NEVER = 1_000_000
_MASKS = {length: np.array([bits(start, length) for start in starts]) for length, starts in STARTS.items()}
_BEGIN = {length: np.array(starts) for length, starts in STARTS.items()}
_DAY = {length: np.array(starts) // SLOTS for length, starts in STARTS.items()}


class Planting:
    """The week as it fills.

    Parameters
    ----------
    use
        Part of the week for which a room of each size and kind is planned to be in use.
    """

    def __init__(self, dice: Dice, plan: Plan, use: float) -> None:
        self._dice, self._plan = dice, plan
        teaching, catalogue = plan.teaching, plan.catalogue
        self.start: Ints = np.full(len(teaching.group), -1)
        self._free = np.full(plan.cohorts.students, _ALL)
        self._busy = [0] * len(teaching.course)
        self._days = np.zeros((len(teaching.course), DAYS))
        self._kind_of_room = teaching.need * len(CAPACITIES) + teaching.bucket
        hours = np.bincount(self._kind_of_room, weights=teaching.length)
        self._rooms = [max(1, ceil(count / (WEEK * use))) for count in hours]
        self._load = np.zeros((len(hours), WEEK), dtype=np.int64)
        self._open = open_bands(dice)
        taken = sum(band.slots for band in self._open)
        schools = int(catalogue.school.max()) + 1
        self._bands = [school_bands(dice, taken) for _ in range(schools)]
        self._kept_open = taken
        self._kept = [taken | sum(band.slots for band in bands) for bands in self._bands]

    def fill(self) -> bool:
        """Place all sessions: electives where their hours are, then labs, then lectures.

        Return False where one has no time left.
        """
        teaching, catalogue = self._plan.teaching, self._plan.catalogue
        kind = catalogue.kind[teaching.course]
        section = teaching.section[teaching.group]
        of_section = np.split(np.arange(len(section)), np.flatnonzero(np.diff(section)) + 1)
        for number in np.flatnonzero((kind == OPEN) | (kind == DEPARTMENT)):
            self._place_elective(of_section[number], self._band(int(teaching.course[number])))
        rest = np.flatnonzero(self.start < 0)
        rest = rest[self._dice.order(len(rest))]
        order = np.lexsort((kind[section[rest]] != SERVICE, -teaching.length[rest]))
        return all(self._place(session) for session in rest[order].tolist())

    def _band(self, course: int) -> Band:
        catalogue = self._plan.catalogue
        basket = int(catalogue.basket[course])
        if catalogue.kind[course] == OPEN:
            return self._open[basket]
        return self._bands[int(catalogue.school[catalogue.department[course]])][basket]

    def _place_elective(self, sessions: Ints, band: Band) -> None:
        lectures, labs = iter(band.lectures), iter(band.labs)
        for session in sessions.tolist():
            self._put(session, next(lectures if self._plan.teaching.length[session] == 1 else labs))

    def _place(self, session: int) -> bool:
        """Place a session where there are rooms left, and on a day of its own if possible."""
        teaching = self._plan.teaching
        length, section = int(teaching.length[session]), int(teaching.section[teaching.group[session]])
        members = teaching.members[teaching.group[session]]
        free = int(np.bitwise_and.reduce(self._free[members])) & ~self._busy[section]
        free &= ~self._kept_for_electives(section)
        masks, begin = _MASKS[length], _BEGIN[length]
        fits = (free & masks) == masks
        room = self._kind_of_room[session]
        load = self._load[room]
        over = load[begin]
        for later in range(1, length):
            over = np.maximum(over, load[begin + later])
        cost = np.maximum(over - self._rooms[room], -1) * 10.0
        cost += 3.0 * (self._days[section][_DAY[length]] > 0) + self._dice.uniform(len(begin))
        cost[~fits] = _NEVER
        best = int(np.argmin(cost))
        if not fits[best]:
            return False
        self._put(session, int(begin[best]))
        return True

    def _kept_for_electives(self, section: int) -> int:
        """Return the slots in which the students of a section may have electives."""
        catalogue = self._plan.catalogue
        course = int(self._plan.teaching.course[section])
        if catalogue.kind[course] != CORE or catalogue.year[course] < 2:
            return self._kept_open
        return self._kept[int(catalogue.school[catalogue.department[course]])]

    def _put(self, session: int, start: int) -> None:
        teaching = self._plan.teaching
        group, length = int(teaching.group[session]), int(teaching.length[session])
        section, mask = int(teaching.section[group]), bits(start, length)
        self.start[session] = start
        self._free[teaching.members[group]] &= ~mask
        self._busy[section] |= mask
        self._days[section, start // SLOTS] += 1
        self._load[self._kind_of_room[session], start : start + length] += 1
