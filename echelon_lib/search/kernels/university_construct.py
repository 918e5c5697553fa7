"""The first week: courses whose students come from everywhere in bands, then one meeting after another."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import numpy as np

from echelon_lib.search.kernels.dice import below, draw, lean, lean_inner
from echelon_lib.search.kernels.university_layout import MOST_SHARED, TEACHER_WEIGHT
from echelon_lib.search.kernels.university_week import MANY, clashes_at, put, starts_in, vacant_room

FEW_CLASHES = 5
"""Clashes with which a meeting is still placed in its band."""
DONE = -2
NOISE = 10
"""Random part of the score of a start; 4 stand for one choice taken from another meeting."""


@lean
def cut(at, other, shared, colour, best, inside, until, steps, dice):
    """Colour courses so that those of one colour share few students, by tabu search; return what is left.

    Parameters
    ----------
    at, other, shared
        The courses with which each shares students, and how many.
    colour, best
        Colours to begin with, and those that are left behind.
    inside, until
        Zeros, for each course and colour.
    steps
        Most steps.
    """
    courses, colours = inside.shape
    total = np.int64(0)
    for x in range(courses):
        for e in range(at[x], at[x + 1]):
            inside[x, colour[other[e]]] += shared[e]
        total += inside[x, colour[x]]
    total //= 2
    least = total
    for x in range(courses):
        best[x] = colour[x]
    for step in range(steps):
        if least == 0:
            break
        chosen, to, change, equal = -1, -1, np.int64(0), 0
        for x in range(courses):
            here = inside[x, colour[x]]
            if here == 0:
                continue
            for c in range(colours):
                delta = inside[x, c] - here
                if c == colour[x] or (until[x, c] > step and total + delta >= least):
                    continue
                if chosen < 0 or delta < change:
                    chosen, to, change, equal = x, c, delta, 1
                elif delta == change:
                    equal += 1
                    if below(dice, equal) == 0:
                        chosen, to = x, c
        if chosen < 0:
            continue
        left = colour[chosen]
        colour[chosen] = to
        total += change
        until[chosen, left] = step + 5 + below(dice, 10) + courses // 50
        for e in range(at[chosen], at[chosen + 1]):
            inside[other[e], left] -= shared[e]
            inside[other[e], to] += shared[e]
        if total < least:
            least = total
            for x in range(courses):
                best[x] = colour[x]
    return least


@lean
def place_in_bands(a, w, order, band):
    """Place meetings where they clash least in their band and a room is free; return how many."""
    placed = 0
    for i in order:
        chosen, room, least = -1, np.int64(-1), np.int64(MANY)
        for t in range(a.days * a.slots):
            if not (band[i] & a.domain[i]) >> t & 1 or w.often[a.section[i], t // a.slots]:
                continue
            clashes = clashes_at(a, w, i, t, FEW_CLASHES)
            if clashes > FEW_CLASHES or clashes * 1000 + w.load[t] >= least:
                continue
            found = vacant_room(a, w, i, t, 4)
            if found >= 0:
                chosen, room, least = t, found, clashes * 1000 + w.load[t]
        if chosen >= 0:
            put(a, w, i, chosen, room)
            placed += 1
    return placed


@lean_inner
def _count(mask):
    total = 0
    while mask:
        mask &= mask - 1
        total += 1
    return total


@lean_inner
def _unlink(head, after, before, j, choices):
    if before[j] >= 0:
        after[before[j]] = after[j]
    else:
        head[choices] = after[j]
    if after[j] >= 0:
        before[after[j]] = before[j]


@lean_inner
def _link(head, after, before, j, choices):
    before[j] = -1
    after[j] = head[choices]
    if head[choices] >= 0:
        before[head[choices]] = j
    head[choices] = j


@lean
def place_all(a, w, order, near, numbers, head, taken):
    """Place what has no place, fewest starts first, where least is taken from others; return what clashes.

    The order is that of DSATUR (Brélaz, CACM 1979). A meeting without a free start takes the one with fewest
    clashes; one without a room at any start stays without a place.

    Parameters
    ----------
    order
        Meetings by what they have to do with others, least first: of those with equally many starts the last
        ones come first.
    near, numbers, head, taken
        Scratch: numbers of meetings, five rows of zeros for each meeting, and for each slot (two more of
        ``head``, all -1).
    """
    meetings, week = a.length.size, a.days * a.slots
    full = (np.int64(1) << week) - 1
    blocked, choices, after, before, seen = numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]
    left = 0
    for i in range(meetings):
        seen[i] = -1
        waits = w.start[i] < 0 and not w.frozen[i]
        left += int(waits)
        for e in range(a.who_at[i], a.who_at[i + 1]):
            blocked[i] |= w.busy[a.who[e]]
        choices[i] = _count(starts_in(full & ~blocked[i], a.length[i]) & a.domain[i])
    for i in order:
        if w.start[i] < 0 and not w.frozen[i]:
            _link(head, after, before, i, choices[i])
        else:
            seen[i] = DONE
    clashing = 0
    while left > 0:
        least = 0
        while head[least] < 0:
            least += 1
        i = head[least]
        _unlink(head, after, before, i, least)
        seen[i] = DONE
        left -= 1
        count = 0
        for e in range(a.who_at[i], a.who_at[i + 1]):
            g = a.who[e]
            for f in range(a.has_at[g], a.has_at[g + 1]):
                j = a.has[f]
                if seen[j] != DONE and seen[j] != i:
                    seen[j] = i
                    near[count] = j
                    count += 1
        free = starts_in(full & ~blocked[i], a.length[i]) & a.domain[i]
        chosen, room, best = -1, np.int64(-1), np.int64(1) << 60
        if free:
            taken[:] = 0
            for k in range(count):
                j = near[k]
                worth = 100 // (choices[j] + 1)
                for t in range(week):
                    if not blocked[j] >> t & 1:
                        taken[t] += worth
            for t in range(week):
                if not free >> t & 1:
                    continue
                score = np.int64(0)
                for k in range(a.length[i]):
                    score += taken[t + k]
                score = 4 * score + 3 * (w.load[t] // 4) + int(draw(w.dice) * NOISE)
                if w.often[a.section[i], t // a.slots]:
                    score += 200
                if a.price[i, t] > 0:
                    score += 40
                if score < best:
                    found = vacant_room(a, w, i, t, 4)
                    if found >= 0:
                        chosen, room, best = t, found, score
        if chosen < 0:
            clashing += 1
            for t in range(week):
                if a.domain[i] >> t & 1:
                    clashes = clashes_at(a, w, i, t, MANY)
                    if clashes < best:
                        found = vacant_room(a, w, i, t, 4)
                        if found >= 0:
                            chosen, room, best = t, found, np.int64(clashes)
        if chosen < 0:
            continue
        put(a, w, i, chosen, room)
        mask = ((np.int64(1) << a.length[i]) - 1) << chosen
        for k in range(count):
            j = near[k]
            if blocked[j] & mask == mask:
                continue
            blocked[j] |= mask
            now = _count(starts_in(full & ~blocked[j], a.length[j]) & a.domain[j])
            if now != choices[j]:
                _unlink(head, after, before, j, choices[j])
                choices[j] = now
                _link(head, after, before, j, now)
    return clashing


@lean
def count_pairs(a, at, seen):
    """Fill in where the pairs of each meeting begin; return the number of pairs, both ways counted."""
    meetings = a.length.size
    seen[:] = -1
    total = 0
    for i in range(meetings):
        at[i] = total
        for e in range(a.who_at[i], a.who_at[i + 1]):
            g = a.who[e]
            for f in range(a.has_at[g], a.has_at[g + 1]):
                j = a.has[f]
                if j != i and seen[j] != i:
                    seen[j] = i
                    total += 1
    at[meetings] = total
    return total


@lean
def list_pairs(a, at, other, back, base, unit, row, groups, teachers):
    """Fill in the pairs of meetings that somebody attends both: weights, and each one the other way round."""
    meetings = a.length.size
    for i in range(meetings):
        row[i] = at[i]
    # Pairs are written from the side of the other one, in its order: every list comes out sorted.
    for i in range(meetings):
        for e in range(a.who_at[i], a.who_at[i + 1]):
            g = a.who[e]
            for f in range(a.has_at[g], a.has_at[g + 1]):
                if a.is_teacher[g]:
                    teachers[a.has[f]] += 1
                else:
                    groups[a.has[f]] += 1
        for e in range(a.who_at[i], a.who_at[i + 1]):
            g = a.who[e]
            for f in range(a.has_at[g], a.has_at[g + 1]):
                j = a.has[f]
                if teachers[j] or groups[j]:
                    if j != i:
                        weight = min(groups[j], MOST_SHARED) + TEACHER_WEIGHT * teachers[j]
                        other[row[j]] = i
                        base[row[j]] = unit * weight
                        row[j] += 1
                    teachers[j] = 0
                    groups[j] = 0
    for i in range(meetings):
        row[i] = at[i]
    for i in range(meetings):
        for e in range(at[i], at[i + 1]):
            back[e] = row[other[e]]
            row[other[e]] += 1
