"""A week on which single meetings are lifted, put and asked about, one at a time and in plain sight."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from echelon_lib.domain.calendar import ones
from echelon_lib.search.kernels.university_layout import University, Week

Ints = NDArray[np.int64]


class Desk:
    """A week whose visits, rooms, starts and places are kept up to date; its other sums are not.

    Parameters
    ----------
    university
        What does not change.
    week
        The week, filled; it is changed.
    """

    def __init__(self, university: University, week: Week) -> None:
        self.a, self.week = university, week

    def who(self, i: int) -> NDArray[np.int32]:
        """Return the attendees of a meeting, teachers first."""
        return self.a.who[self.a.who_at[i] : self.a.who_at[i + 1]]

    def rooms(self, i: int) -> NDArray[np.int32]:
        """Return the rooms that suit a meeting, the smallest first."""
        kind = self.a.kind[i]
        return self.a.room[self.a.room_at[kind] : self.a.room_at[kind + 1]]

    def starts(self, i: int) -> list[int]:
        """Return the starts that the required rules leave to a meeting."""
        return list(ones(int(self.a.domain[i])))

    def busy(self, i: int, start: int) -> NDArray[np.int32]:
        """Return the attendees of a meeting who would have something else as well."""
        who, stop = self.who(i), start + int(self.a.length[i])
        visits = self.week.visits[who, start:stop].astype(np.int64)
        own = int(self.week.start[i])
        if own >= 0:
            at = np.arange(start, stop)
            visits -= ((at >= own) & (at < own + self.a.length[i])).astype(np.int64)
        return who[(visits > 0).any(axis=1)]

    def vacant(self, i: int, start: int, room: int) -> bool:
        """Return whether nothing else is in a room while a meeting would last."""
        held = self.week.holds[start : start + int(self.a.length[i]), room]
        return bool(((held < 0) | (held == i)).all())

    def room(self, i: int, start: int, liked: Iterable[int] = ()) -> int:
        """Return a vacant room that suits a meeting: one that is liked, else the smallest; -1 for none."""
        fits = self.a.fits[self.a.kind[i]]
        for room in liked:
            if room >= 0 and fits[room] and self.vacant(i, start, room):
                return room
        rooms = self.rooms(i)
        held = self.week.holds[start : start + int(self.a.length[i])][:, rooms]
        free = ((held < 0) | (held == i)).all(axis=0)
        return int(rooms[free.argmax()]) if free.any() else -1

    def liked(self, i: int, *first: int) -> list[int]:
        """Return some rooms, then those in which other meetings of the section are."""
        section = self.a.section[i]
        own = self.a.own[self.a.own_at[section] : self.a.own_at[section + 1]]
        return [*first, *(int(room) for room in self.week.place[own] if room >= 0)]

    def put(self, i: int, start: int, room: int) -> None:
        """Put a meeting somewhere; the room must be vacant."""
        if self.week.start[i] >= 0:
            self.lift(i)
        stop = start + int(self.a.length[i])
        self.week.visits[self.who(i), start:stop] += 1
        self.week.holds[start:stop, room] = i
        self.week.start[i], self.week.place[i] = start, room

    def lift(self, i: int) -> None:
        """Take a meeting out of the week."""
        start = int(self.week.start[i])
        stop = start + int(self.a.length[i])
        self.week.visits[self.who(i), start:stop] -= 1
        self.week.holds[start:stop, self.week.place[i]] = -1
        self.week.start[i] = self.week.place[i] = -1
