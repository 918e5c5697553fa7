"""Meetings are put into a week and taken out of it; rooms are found; everything is counted."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import numpy as np

from echelon_lib.search.kernels.dice import below, draw, lean, lean_inner
from echelon_lib.search.kernels.university_layout import (
    GROUP_GAPS,
    HOURS,
    LOAD,
    PLACES,
    REPEATS,
    ROOMS,
    SEATS,
    TEACHER_GAPS,
    TEACHER_WEIGHT,
    TRAVEL,
)

MANY = 1_000_000
"""More than all clashes of a meeting."""
CHAIN = 20
"""Rooms whose occupant is asked to give way."""


@lean_inner
def stretch(length, start):
    """Return the slots of a meeting as a mask."""
    return ((np.int64(1) << length) - 1) << start


@lean_inner
def starts_in(slots, length):
    """Return where a meeting may begin so that all its slots are among some."""
    found = slots
    for k in range(1, length):
        found &= slots >> k
    return found


@lean_inner
def lowest(mask):
    """Return the place of the lowest bit of a mask that has one."""
    low = mask & -mask
    at = 0
    if low >> 32:
        at = 32
        low >>= 32
    if low >> 16:
        at += 16
        low >>= 16
    if low >> 8:
        at += 8
        low >>= 8
    if low >> 4:
        at += 4
        low >>= 4
    if low >> 2:
        at += 2
        low >>= 2
    return at + (low >> 1)


@lean_inner
def ways(a, w, i, start):
    """Return the price of the changes of building right before and right after a meeting."""
    length = a.length[i]
    day = start // a.slots
    before = start - 1 if start > day * a.slots else -1
    after = start + length if start + length < (day + 1) * a.slots else -1
    total = 0
    for e in range(a.who_at[i], a.who_at[i + 1]):
        g = a.who[e]
        price = a.travel_price[g]
        if price == 0:
            continue
        if before >= 0 and w.site[g, start] > 0 and w.site[g, before] > 0:
            total += price * int(w.site[g, before] != w.site[g, start])
        if after >= 0 and w.site[g, start] > 0 and w.site[g, after] > 0:
            total += price * int(w.site[g, after] != w.site[g, start])
    return total


@lean
def put(a, w, i, start, room):
    """Put a meeting into the week, clashes or not; what stands in the room must be gone."""
    mask = stretch(a.length[i], start)
    for e in range(a.who_at[i], a.who_at[i + 1]):
        g = a.who[e]
        w.busy[g] |= mask
        for t in range(start, start + a.length[i]):
            w.visits[g, t] += 1
    _book(a, w, i, start, room)


@lean
def lift(a, w, i):
    """Take a meeting out of the week."""
    start = w.start[i]
    for e in range(a.who_at[i], a.who_at[i + 1]):
        g = a.who[e]
        for t in range(start, start + a.length[i]):
            w.visits[g, t] -= 1
            if w.visits[g, t] == 0:
                w.busy[g] &= ~(np.int64(1) << t)
    _unbook(a, w, i)


@lean_inner
def _book(a, w, i, start, room):
    for t in range(start, start + a.length[i]):
        w.holds[t, room] = i
        w.load[t] += int(a.loaded[i])
    w.often[a.section[i], start // a.slots] += 1
    w.start[i] = start
    w.place[i] = room


@lean_inner
def _unbook(a, w, i):
    start, room = w.start[i], w.place[i]
    for t in range(start, start + a.length[i]):
        w.holds[t, room] = -1
        w.load[t] -= int(a.loaded[i])
    w.often[a.section[i], start // a.slots] -= 1
    w.start[i] = -1
    w.place[i] = -1


@lean_inner
def settle(a, w, i, start, room):
    """Put a meeting where nobody has anything else; return what its ways cost."""
    mask = stretch(a.length[i], start)
    for e in range(a.who_at[i], a.who_at[i + 1]):
        w.busy[a.who[e]] |= mask
    _book(a, w, i, start, room)
    if not a.travels:
        return 0
    for e in range(a.who_at[i], a.who_at[i + 1]):
        for t in range(start, start + a.length[i]):
            w.site[a.who[e], t] = a.building[room]
    return ways(a, w, i, start)


@lean_inner
def leave(a, w, i):
    """Take a meeting from where nobody has anything else; return what its ways cost."""
    start = w.start[i]
    cost = ways(a, w, i, start) if a.travels else 0
    mask = ~stretch(a.length[i], start)
    for e in range(a.who_at[i], a.who_at[i + 1]):
        w.busy[a.who[e]] &= mask
    if a.travels:
        for e in range(a.who_at[i], a.who_at[i + 1]):
            for t in range(start, start + a.length[i]):
                w.site[a.who[e], t] = 0
    _unbook(a, w, i)
    return cost


@lean
def relocate(a, w, which, starts, rooms):
    """Put some meetings elsewhere, all at once; in the end nobody may have two things at a time."""
    for k in range(which.size):
        i = which[k]
        if starts[k] != w.start[i] or a.travels:
            leave(a, w, i)
        else:
            for t in range(starts[k], starts[k] + a.length[i]):
                w.holds[t, w.place[i]] = -1
    for k in range(which.size):
        i = which[k]
        if w.start[i] < 0:
            settle(a, w, i, starts[k], rooms[k])
        else:  # only its room is another one
            w.place[i] = rooms[k]
            for t in range(starts[k], starts[k] + a.length[i]):
                w.holds[t, rooms[k]] = i


@lean_inner
def least(score):
    """Return where the least of some numbers stands."""
    at = 0
    for t in range(1, score.size):
        if score[t] < score[at]:
            at = t
    return at


@lean_inner
def vacant(holds, i, length, start, room):
    """Return whether a room holds nothing but the meeting itself while the meeting would last."""
    free = True
    for t in range(start, start + length):
        free &= holds[t, room] == -1 or holds[t, room] == i
    return free


@lean_inner
def vacant_room(a, w, i, start, tries):
    """Return a suitable room that is free: the first of some small ones, or else of all; -1 for none."""
    begin, length, holds = a.room_at[a.kind[i]], a.length[i], w.holds
    rooms = a.room_at[a.kind[i] + 1] - begin
    for k in range(tries + rooms):
        x = draw(w.dice) if k < tries else 0.0
        room = a.room[begin + int(rooms * x * x) if k < tries else begin + k - tries]
        if vacant(holds, i, length, start, room):
            return np.int64(room)
    return np.int64(-1)


@lean_inner
def room_by_chain(a, w, i, start, tries):
    """Return a suitable room that is free, or that its occupant can leave for another; -1 for none."""
    room = vacant_room(a, w, i, start, tries)
    if room >= 0:
        return room
    begin = a.room_at[a.kind[i]]
    rooms = a.room_at[a.kind[i] + 1] - begin
    first = below(w.dice, rooms)
    for k in range(min(rooms, CHAIN)):
        here = a.room[begin + (first + k) % rooms]
        other, single = -1, True
        for t in range(start, start + a.length[i]):
            found = w.holds[t, here]
            if found >= 0 and found != i:
                single &= other < 0 or other == found
                other = found
        if other < 0 or not single or w.frozen[other]:
            continue
        there = vacant_room(a, w, other, w.start[other], 3)
        if there < 0 or there == here:
            continue
        for t in range(w.start[other], w.start[other] + a.length[other]):
            w.holds[t, here] = -1
            w.holds[t, there] = other
        w.place[other] = there
        return np.int64(here)
    return np.int64(-1)


@lean_inner
def clashes_at(a, w, i, start, most):
    """Return the clashes of a meeting at a start, beside its own slots; counting ends above ``most``."""
    own = w.start[i]
    total = 0
    for t in range(start, start + a.length[i]):
        mine = int(own >= 0 and own <= t < own + a.length[i])
        for e in range(a.who_at[i], a.who_at[i + 1]):
            if w.visits[a.who[e], t] > mine:
                total += TEACHER_WEIGHT if e < a.who_at[i] + a.lead[i] else 1
                if total > most:
                    return total
    return total


@lean_inner
def rooms_of(a, w, section, length, i, room_i, j, room_j):
    """Return the rooms of a section's meetings of one length, as if two of them were in other rooms."""
    total = 0
    for e in range(a.own_at[section], a.own_at[section + 1]):
        p = a.own[e]
        if a.length[p] != length:
            continue
        room = room_i if p == i else room_j if p == j else w.place[p]
        if room < 0:
            continue
        new = 1
        for f in range(a.own_at[section], e):
            q = a.own[f]
            if a.length[q] == length and (room_i if q == i else room_j if q == j else w.place[q]) == room:
                new = 0
                break
        total += new
    return total


@lean_inner
def seats(a, i, room):
    """Return the price of the seats that a meeting leaves empty in a room, or that it lacks there."""
    spare = a.capacity[room] - a.people[i]
    return spare * a.seat_price[i] * a.length[i] if spare > 0 else -spare * a.over_price[i]


@lean
def clashing(a, w, found):
    """List the meetings that clash or have no place; return how many they are."""
    total = 0
    for i in range(a.length.size):
        if w.frozen[i]:
            continue
        if w.start[i] < 0 or clashes_at(a, w, i, w.start[i], 0) > 0:
            found[total] = i
            total += 1
    return total


@lean
def broken(a, w):
    """Return the slots that people have twice, those of teachers tenfold, and many for what has no place."""
    total = 0
    for g in range(w.visits.shape[0]):
        weight = TEACHER_WEIGHT if a.is_teacher[g] else 1
        for t in range(w.visits.shape[1]):
            if w.visits[g, t] > 1:
                total += weight * (w.visits[g, t] - 1)
    for i in range(a.length.size):
        if w.start[i] < 0:
            total += 1000
    return total


@lean
def empty(a, w):
    """Take everything out of the week."""
    w.start[:] = -1
    w.place[:] = -1
    w.visits[:] = 0
    w.busy[:] = 0
    w.site[:] = 0
    w.holds[:] = -1
    w.often[:] = 0
    w.load[:] = 0


@lean
def fill(a, w, starts, rooms):
    """Put meetings where they are said to be; no room may be given twice."""
    empty(a, w)
    for i in range(a.length.size):
        if starts[i] < 0:
            continue
        put(a, w, i, starts[i], rooms[i])
        if a.travels:
            for e in range(a.who_at[i], a.who_at[i + 1]):
                for t in range(starts[i], starts[i] + a.length[i]):
                    w.site[a.who[e], t] = a.building[rooms[i]]


@lean
def sums(a, w, total):
    """Add what a week costs, term by term."""
    day = (np.int64(1) << a.slots) - 1
    for g in range(a.gap_price.size):
        if a.gap_price[g]:
            idle = 0
            for d in range(a.days):
                idle += a.idle[(w.busy[g] >> d * a.slots) & day]
            total[TEACHER_GAPS if a.is_teacher[g] else GROUP_GAPS] += a.gap_price[g] * idle
        if a.travels and a.travel_price[g]:
            for t in range(1, a.days * a.slots):
                if t % a.slots and w.site[g, t] > 0 and w.site[g, t - 1] > 0:
                    total[TRAVEL] += a.travel_price[g] * int(w.site[g, t] != w.site[g, t - 1])
    for s in range(a.repeat_price.size):
        for d in range(a.days):
            total[REPEATS] += a.repeat_price[s] * (w.often[s, d] * (w.often[s, d] - 1) // 2)
        if a.hours_price.size:
            hours, begun = 0, np.int64(0)
            for e in range(a.own_at[s], a.own_at[s + 1]):
                if w.start[a.own[e]] >= 0:
                    begun |= np.int64(1) << w.start[a.own[e]] % a.slots
            while begun:
                begun &= begun - 1
                hours += 1
            total[HOURS] += a.hours_price[s] * max(0, hours - 1)
        if a.rooms_price[s]:
            for e in range(a.own_at[s], a.own_at[s + 1]):
                length = a.length[a.own[e]]
                known = False
                for f in range(a.own_at[s], e):
                    known |= a.length[a.own[f]] == length
                if not known:
                    beyond = rooms_of(a, w, s, length, -1, -1, -1, -1) - 1
                    total[ROOMS] += a.rooms_price[s] * max(0, beyond)
    for i in range(a.length.size):
        if w.start[i] >= 0:
            total[PLACES] += a.price[i, w.start[i]]
            total[SEATS] += seats(a, i, w.place[i])
    for t in range(w.load.size):
        total[LOAD] += a.load_price[0] * w.load[t] * w.load[t]
