"""Two weeks without clashes have a child: it has the first meetings of one, and the others of the other.

What does not fit goes where the first parent has it, or anywhere else; a child in which some meeting finds no
place is none. So nothing ever clashes.
"""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import numpy as np

from echelon_lib.search.kernels.dice import below, lean, lean_inner
from echelon_lib.search.kernels.university_week import (
    empty,
    leave,
    lowest,
    settle,
    starts_in,
    stretch,
    sums,
    vacant,
    vacant_room,
)

SMALL = 4
"""Small rooms that are tried before all are."""


@lean_inner
def _taken(a, w, i):
    """Return the slots at which somebody of a meeting without a place has something."""
    taken = np.int64(0)
    for e in range(a.who_at[i], a.who_at[i + 1]):
        taken |= w.busy[a.who[e]]
    return taken


@lean_inner
def _fits(a, w, i, start, room, taken):
    return not taken & stretch(a.length[i], start) and vacant(w.holds, i, a.length[i], start, room)


@lean_inner
def _anywhere(a, w, i, taken):
    """Put a meeting at any start at which nothing clashes; return whether there is one."""
    week = a.days * a.slots
    free = starts_in(~taken & ((np.int64(1) << week) - 1), a.length[i]) & a.domain[i]
    first = below(w.dice, week)
    later = free >> first << first
    for k in range(2):
        mask = later if k == 0 else free ^ later
        while mask:
            start = lowest(mask)
            mask &= mask - 1
            room = vacant_room(a, w, i, start, SMALL)
            if room >= 0:
                settle(a, w, i, start, room)
                return True
    return False


@lean_inner
def _swap(a, w, i, j):
    """Exchange the places of two meetings, if nothing clashes then."""
    start_i, room_i, start_j, room_j = w.start[i], w.place[i], w.start[j], w.place[j]
    if a.length[i] != a.length[j] or start_i == start_j:
        return
    if not (a.domain[i] >> start_j & 1 and a.domain[j] >> start_i & 1):
        return
    if not (a.fits[a.kind[i], room_j] and a.fits[a.kind[j], room_i]):
        return
    leave(a, w, i)
    leave(a, w, j)
    if not _taken(a, w, i) & stretch(a.length[i], start_j):
        settle(a, w, i, start_j, room_j)
        if not _taken(a, w, j) & stretch(a.length[j], start_i):
            settle(a, w, j, start_i, room_i)
            return
        leave(a, w, i)
    settle(a, w, i, start_i, room_i)
    settle(a, w, j, start_j, room_j)


@lean
def breed(a, w, mother, father, movable, cut, swaps, waiting, counts, total):
    """Make the week a child of two weeks, and add up what it costs; return whether it is one.

    Parameters
    ----------
    mother, father
        Starts and rooms of two weeks without clashes; what cannot be moved is alike in both.
    movable, cut
        Meetings that may be moved; those before the cut are where the mother has them.
    swaps
        Exchanges of two meetings that are tried in the end.
    waiting
        Scratch, for each meeting.
    counts
        Places of the father that did not fit, and children that are none; they are added up.
    total
        Zeros, for the sums of the week.
    """
    empty(a, w)
    for i in range(a.length.size):
        if w.frozen[i]:
            settle(a, w, i, mother[0, i], mother[1, i])
    for k in range(cut):
        i = movable[k]
        settle(a, w, i, mother[0, i], mother[1, i])
    left = 0
    for k in range(cut, movable.size):
        i = movable[k]
        if _fits(a, w, i, father[0, i], father[1, i], _taken(a, w, i)):
            settle(a, w, i, father[0, i], father[1, i])
        else:
            waiting[left] = i
            left += 1
    counts[0] += left
    for k in range(left):
        i = waiting[k]
        taken = _taken(a, w, i)
        if _fits(a, w, i, mother[0, i], mother[1, i], taken):
            settle(a, w, i, mother[0, i], mother[1, i])
        elif not _anywhere(a, w, i, taken):
            counts[1] += 1
            return False
    for _ in range(swaps):
        _swap(a, w, movable[below(w.dice, movable.size)], movable[below(w.dice, movable.size)])
    sums(a, w, total)
    return True
