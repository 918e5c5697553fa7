"""As many rooms as the planted week needs, and the room of each session."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon_lib.generate.university.bands import WEEK, bits
from echelon_lib.generate.university.courses import LAB_TYPES
from echelon_lib.generate.university.draws import Dice, Ints
from echelon_lib.generate.university.sessions import CAPACITIES, FIRST_LAB, LAB_SLOTS, Teaching

_DEPARTMENTS_OF_BUILDING = 4


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rooms, those of a building in a row.

    Parameters
    ----------
    bucket, kind, building
        By room: place in `CAPACITIES`, what it is in the words of ``Teaching.need``, and where it is.
    of_session
        The room of each session.
    """

    bucket: Ints
    kind: Ints
    building: Ints
    of_session: Ints

    def __len__(self) -> int:
        return len(self.bucket)


def draw_rooms(dice: Dice, teaching: Teaching, start: Ints, *, departments: int, at_least: int) -> Rooms:
    """Build the rooms that the sessions need, and spare ones of the same sorts up to a number."""
    bucket: list[int] = []
    kind: list[int] = []
    of_session = np.full(len(start), -1)
    for need in range(FIRST_LAB + LAB_TYPES):
        own = np.flatnonzero(teaching.need == need)
        first = len(bucket)
        assign = _rooms_of_lectures if need < FIRST_LAB else _rooms_of_labs
        buckets, chosen = assign(teaching.bucket[own], start[own])
        of_session[own] = first + chosen
        bucket += buckets
        kind += [need] * len(buckets)
    needed = len(bucket)
    for place in dice.wholes(max(0, at_least - needed), needed).tolist():
        bucket.append(bucket[place])
        kind.append(kind[place])
    building = dice.wholes(len(bucket), max(1, departments // _DEPARTMENTS_OF_BUILDING))
    order = np.lexsort((dice.uniform(len(bucket)), building))
    place_of = np.argsort(order, kind="stable")
    return Rooms(np.array(bucket)[order], np.array(kind)[order], building[order], place_of[of_session])


def _fewest(bucket: Ints, start: Ints, length: int) -> list[int]:
    """Return the fewest rooms, the largest first, with which nobody is without one in any slot."""
    load = np.zeros((len(CAPACITIES), WEEK), dtype=np.int64)
    for later in range(length):
        np.add.at(load, (bucket, start + later), 1)
    at_least = np.cumsum(load[::-1], axis=0)[::-1].max(axis=1)
    rooms: list[int] = []
    for size in range(len(CAPACITIES) - 1, -1, -1):
        rooms += [size] * (int(at_least[size]) - len(rooms))
    return rooms


def _rooms_of_lectures(bucket: Ints, start: Ints) -> tuple[list[int], Ints]:
    """Return rooms for lectures, which take one slot: the largest lecture has the largest room."""
    order = np.lexsort((-bucket, start))
    slot = start[order]
    rank = np.arange(len(order)) - np.searchsorted(slot, slot)
    chosen = np.zeros(len(start), dtype=np.int64)
    chosen[order] = rank
    return _fewest(bucket, start, 1), chosen


def _rooms_of_labs(bucket: Ints, start: Ints) -> tuple[list[int], Ints]:
    """Return rooms for labs: each takes the smallest that is free, the largest labs first.

    Labs begin at odd and even slots, so that now and then one room more than the fewest is needed.
    """
    rooms = _fewest(bucket, start, LAB_SLOTS)
    busy = [0] * len(rooms)
    chosen = np.zeros(len(start), dtype=np.int64)
    for session in np.lexsort((start, -bucket)).tolist():
        mask, size = bits(int(start[session]), LAB_SLOTS), int(bucket[session])
        free = [place for place, room in enumerate(rooms) if room >= size and not busy[place] & mask]
        if not free:
            free = [len(rooms)]
            rooms.append(size)
            busy.append(0)
        place = min(free, key=lambda one: (rooms[one], one))
        busy[place] |= mask
        chosen[session] = place
    return rooms, chosen
