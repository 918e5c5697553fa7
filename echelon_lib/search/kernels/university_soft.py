"""Nobody clashes any more: meetings move, change rooms and exchange their times, for what the week costs.

One mask per attendee tells where a meeting fits. Changes of the cost are counted before anything is written.
"""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import numpy as np

from echelon_lib.search.kernels.dice import below, draw, lean, lean_inner
from echelon_lib.search.kernels.university_week import (
    leave,
    lowest,
    rooms_of,
    seats,
    settle,
    starts_in,
    stretch,
    vacant,
    vacant_room,
)

SHIFTS, ROOMS_ONLY = 0.4, 0.52
"""Shares of moves, added up: to another time, to another room; the rest exchange times."""
NEAR = 0.8
"""Share of exchanges with another meeting of an attendee; the rest are with any."""
PARTNERS = 12
"""Meetings that are drawn until one may take part in an exchange."""
SMALL = 4
"""Small rooms that are tried before all are."""
LIKELY = 40
"""Idle slots of groups that a move may save; one that needs more is given up before they are counted."""


@lean_inner
def _idle_change(idle, slots, was, without, to, first, second):
    """Return the change of somebody's idle slots on the two days of a move."""
    day = (np.int64(1) << slots) - 1
    now = (was & without) | to
    change = idle[(now >> second * slots) & day] - idle[(was >> second * slots) & day]
    if first != second:
        change += idle[(now >> first * slots) & day] - idle[(was >> first * slots) & day]
    return change


@lean_inner
def _load_change(a, w, i, start, to):
    """Return the price of the change of the squares of the load."""
    if not a.load_price[0] or not a.loaded[i]:
        return 0
    change = 0
    for k in range(a.length[i]):
        if not start <= to + k < start + a.length[i]:
            change += 2 * w.load[to + k] + 1
        if not to <= start + k < to + a.length[i]:
            change -= 2 * w.load[start + k] - 1
    return a.load_price[0] * change


@lean_inner
def _repeat_change(a, w, section, first, second):
    """Return the change of what repeats on a day cost when a meeting goes to another day."""
    if first == second:
        return 0
    return a.repeat_price[section] * (w.often[section, second] - w.often[section, first] + 1)


@lean_inner
def _hours_change(a, w, i, to):
    """Return the change of what a section's hours of the day cost when a meeting goes to another start."""
    section, before, after = a.section[i], w.start[i] % a.slots, to % a.slots
    if before == after:
        return 0
    new, gone = 1, 1
    for e in range(a.own_at[section], a.own_at[section + 1]):
        j = a.own[e]
        if j != i and w.start[j] >= 0:
            hour = w.start[j] % a.slots
            new &= int(hour != after)
            gone &= int(hour != before)
    return a.hours_price[section] * (new - gone)


@lean_inner
def _rooms_change(a, w, section, length, i, room_i, j, room_j):
    if not a.rooms_price[section]:
        return 0
    now = rooms_of(a, w, section, length, i, room_i, j, room_j)
    return a.rooms_price[section] * (now - rooms_of(a, w, section, length, -1, -1, -1, -1))


@lean_inner
def _slack(a, i, section):
    """Return what other rooms may save a meeting at most."""
    return a.seat_price[i] * 60 * a.length[i] + 2 * a.rooms_price[section]


@lean_inner
def _apply(a, w, i, start, room, cost, most):
    """Move a meeting if it pays; return the change of the cost, or of nothing where it does not."""
    if not a.travels:
        if cost <= most:
            leave(a, w, i)
            settle(a, w, i, start, room)
            return cost, True
        return 0, False
    was, own = w.start[i], w.place[i]
    cost -= leave(a, w, i)
    cost += settle(a, w, i, start, room)
    if cost <= most:
        return cost, True
    leave(a, w, i)
    settle(a, w, i, was, own)
    return 0, False


@lean_inner
def _apply_both(a, w, i, start_i, room_i, j, start_j, room_j, cost, most):
    """Move two meetings if that pays; return the change of the cost, or of nothing where it does not."""
    if not a.travels and cost > most:
        return 0, False
    was_i, own_i, was_j, own_j = w.start[i], w.place[i], w.start[j], w.place[j]
    cost -= leave(a, w, i)
    cost -= leave(a, w, j)
    cost += settle(a, w, i, start_i, room_i)
    cost += settle(a, w, j, start_j, room_j)
    if cost <= most:
        return cost, True
    leave(a, w, i)
    leave(a, w, j)
    settle(a, w, i, was_i, own_i)
    settle(a, w, j, was_j, own_j)
    return 0, False


@lean_inner
def _shift(a, w, i, most):
    """Move a meeting to another start at which nobody clashes."""
    busy, idle, slots, gap_price, who = w.busy, a.idle, a.slots, a.gap_price, a.who
    own, length, section = w.start[i], a.length[i], a.section[i]
    without = ~stretch(length, own)
    taken = np.int64(0)
    for e in range(a.who_at[i], a.who_at[i + 1]):
        taken |= busy[who[e]]
    free = starts_in(~(taken & without) & w.free[0], length) & a.domain[i] & ~(np.int64(1) << own)
    choices = 0
    rest = free
    while rest:
        rest &= rest - 1
        choices += 1
    if choices == 0:
        return 0, False
    for _ in range(below(w.dice, choices)):
        free &= free - 1
    start = lowest(free)
    to = stretch(length, start)
    first, second = own // slots, start // slots
    cost = a.price[i, start] - a.price[i, own] + _repeat_change(a, w, section, first, second)
    cost += _load_change(a, w, i, own, start)
    if a.hours_price.size:
        cost += _hours_change(a, w, i, start)
    begin, end = a.who_at[i], a.who_at[i + 1]
    groups = begin + a.lead[i]
    for e in range(begin, groups):
        g = who[e]
        cost += gap_price[g] * _idle_change(idle, slots, busy[g], without, to, first, second)
    slack = _slack(a, i, section)
    if groups < end and not a.travels and cost > most + slack + LIKELY * gap_price[who[groups]]:
        return 0, False
    for e in range(groups, end):
        g = who[e]
        cost += gap_price[g] * _idle_change(idle, slots, busy[g], without, to, first, second)
    if cost > most + slack and not a.travels:
        return 0, False
    room = w.place[i]
    if not vacant(w.holds, i, length, start, room):
        room = np.int64(-1)
        mate = a.own[a.own_at[section] + below(w.dice, a.own_at[section + 1] - a.own_at[section])]
        theirs = w.place[mate]
        if theirs >= 0 and a.fits[a.kind[i], theirs] and vacant(w.holds, i, length, start, theirs):
            room = theirs
        if room < 0:
            room = vacant_room(a, w, i, start, SMALL)
        if room < 0:
            return 0, False
        cost += seats(a, i, room) - seats(a, i, w.place[i])
        cost += _rooms_change(a, w, section, length, i, room, -1, -1)
    return _apply(a, w, i, start, room, cost, most)


@lean_inner
def _change_room(a, w, i, most):
    """Move a meeting to another room, or exchange rooms with the meeting there."""
    own, length, section, start = w.place[i], a.length[i], a.section[i], w.start[i]
    if draw(w.dice) < 0.5:
        mate = a.own[a.own_at[section] + below(w.dice, a.own_at[section + 1] - a.own_at[section])]
        room = w.place[mate]
        if room < 0 or not a.fits[a.kind[i], room]:
            return 0, False
    else:
        x = draw(w.dice)
        begin = a.room_at[a.kind[i]]
        room = np.int64(a.room[begin + int(x * x * (a.room_at[a.kind[i] + 1] - begin))])
    if room == own:
        return 0, False
    j = w.holds[start, room]
    if j < 0 or j == i:
        if not vacant(w.holds, i, length, start, room):
            return 0, False
        cost = seats(a, i, room) - seats(a, i, own)
        cost += _rooms_change(a, w, section, length, i, room, -1, -1)
        return _apply(a, w, i, start, room, cost, most)
    if w.start[j] != start or a.length[j] != length or w.frozen[j] or not a.fits[a.kind[j], own]:
        return 0, False
    other = a.section[j]
    cost = seats(a, i, room) - seats(a, i, own) + seats(a, j, own) - seats(a, j, room)
    cost += _rooms_change(a, w, section, length, i, room, j, own)
    if other != section:
        cost += _rooms_change(a, w, other, length, i, room, j, own)
    return _apply_both(a, w, i, start, room, j, start, own, cost, most)


@lean_inner
def _exchange(a, w, i, j, most):
    """Exchange the times of two meetings of one length."""
    busy, idle, slots, gap_price, who = w.busy, a.idle, a.slots, a.gap_price, a.who
    start_i, start_j, length = w.start[i], w.start[j], a.length[i]
    if not (a.domain[i] >> start_j & 1 and a.domain[j] >> start_i & 1):
        return 0, False
    section, other = a.section[i], a.section[j]
    mask_i, mask_j = stretch(length, start_i), stretch(length, start_j)
    first, second = start_i // slots, start_j // slots
    cost = np.int64(a.price[i, start_j]) - a.price[i, start_i] + a.price[j, start_i] - a.price[j, start_j]
    if section != other:
        cost += _repeat_change(a, w, section, first, second) + _repeat_change(a, w, other, second, first)
        if a.hours_price.size:
            cost += _hours_change(a, w, i, start_j) + _hours_change(a, w, j, start_i)
    if a.loaded[i] != a.loaded[j]:
        return 0, False
    slack = _slack(a, i, section) + _slack(a, j, other)
    size = w.stamp.size - 1
    w.stamp[size] += 1
    mark = w.stamp[size]
    for e in range(a.who_at[j], a.who_at[j + 1]):
        w.stamp[who[e]] = mark
    for e in range(a.who_at[i], a.who_at[i + 1]):
        g = who[e]
        if w.stamp[g] == mark:
            w.stamp[g] = -mark
            continue
        if busy[g] & mask_j:
            return 0, False
        if gap_price[g]:
            cost += gap_price[g] * _idle_change(idle, slots, busy[g], ~mask_i, mask_j, first, second)
    for e in range(a.who_at[j], a.who_at[j + 1]):
        g = who[e]
        if w.stamp[g] == -mark:
            continue
        if busy[g] & mask_i:
            return 0, False
        if gap_price[g]:
            cost += gap_price[g] * _idle_change(idle, slots, busy[g], ~mask_j, mask_i, second, first)
    if cost > most + slack and not a.travels:
        return 0, False
    own_i, own_j = w.place[i], w.place[j]
    room_i, room_j = own_i, own_j
    stays_i, stays_j = vacant(w.holds, i, length, start_j, own_i), vacant(w.holds, j, length, start_i, own_j)
    if not (stays_i and stays_j) and a.fits[a.kind[i], own_j] and a.fits[a.kind[j], own_i]:
        room_i, room_j = own_j, own_i
    else:
        if not stays_i:
            room_i = vacant_room(a, w, i, start_j, SMALL)
        if not stays_j:
            room_j = vacant_room(a, w, j, start_i, SMALL)
        if room_i < 0 or room_j < 0:
            return 0, False
    if room_i != own_i or room_j != own_j:
        cost += seats(a, i, room_i) - seats(a, i, own_i) + seats(a, j, room_j) - seats(a, j, own_j)
        cost += _rooms_change(a, w, section, length, i, room_i, j, room_j)
        if section != other:
            cost += _rooms_change(a, w, other, length, i, room_i, j, room_j)
    return _apply_both(a, w, i, start_j, room_i, j, start_i, room_j, cost, most)


@lean_inner
def _partner(a, w, i, movable):
    """Return a meeting with which one may exchange its time, most often of an attendee; -1 for none."""
    size, length = a.who_at[i + 1] - a.who_at[i], a.length[i]
    near = size > 0 and draw(w.dice) < NEAR
    for _ in range(PARTNERS):
        if near:
            g = a.who[a.who_at[i] + below(w.dice, size)]
            j = np.int64(a.has[a.has_at[g] + below(w.dice, a.has_at[g + 1] - a.has_at[g])])
        else:
            j = movable[below(w.dice, movable.size)]
        apart = abs(w.start[i] - w.start[j])
        if a.length[j] == length and apart >= length and not w.frozen[j] and w.free[0] >> w.start[j] & 1:
            return j
    return np.int64(-1)


@lean
def anneal_week(a, w, movable, moves, heat, counts):
    """Try moves by Metropolis' rule; return the change of the cost.

    Parameters
    ----------
    movable
        Meetings that may be moved; all their slots must be among ``Week.free``.
    moves, heat
        Moves to try, and the temperature in units of the cost.
    counts
        Moves that were made, by kind: shifts, rooms, exchanges.
    """
    total = np.int64(0)
    for _ in range(moves):
        i = movable[below(w.dice, movable.size)]
        kind = draw(w.dice)
        most = -heat * np.log(draw(w.dice) + 1e-300)
        if kind < SHIFTS:
            change, done = _shift(a, w, i, most)
            counts[0] += int(done)
        elif kind < ROOMS_ONLY:
            change, done = _change_room(a, w, i, most)
            counts[1] += int(done)
        else:
            j = _partner(a, w, i, movable)
            if j < 0:
                continue
            change, done = _exchange(a, w, i, j, most)
            counts[2] += int(done)
        total += change
    return total
