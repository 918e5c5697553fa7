"""The last clashes: a meeting goes to its best start, or the pairs that clash there begin to weigh more.

Weights that grow lead out of local minima (Morris, "The breakout method", AAAI 1993). ``gamma`` holds the
weighted clashes of every meeting with every slot, so that one row tells all starts of a meeting.
"""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import numpy as np

from echelon_lib.search.kernels.dice import below, draw, lean, lean_inner
from echelon_lib.search.kernels.university_week import least, room_by_chain

UNIT = 8
"""Weight of one group that clashes, and what a pair gains when nothing else helps."""
HEAVIEST = 1 << 20
"""Most that a pair weighs."""
NEVER = 1 << 40
UNPLACED = 1 << 30
"""What it costs to have no place: more than all clashes."""
TENURE = 3
"""Steps for which a start that was left stays forbidden, and as many more by chance."""
FORBIDDEN = 50 * UNIT
TRIES = 5
FEW = 200
"""Meetings that clash and are all looked at after each step."""


@lean_inner
def _cost(gamma, i, start, length):
    total = 0
    for t in range(start, start + length):
        total += gamma[i, t]
    return total


@lean_inner
def _overlap(start, length, i, j):
    return start[i] < start[j] + length[j] and start[j] < start[i] + length[i]


@lean_inner
def _enter(a, w, pairs, gamma, i, start, room):
    length = a.length[i]
    for t in range(start, start + length):
        w.holds[t, room] = i
        w.load[t] += int(a.loaded[i])
    w.start[i] = start
    w.place[i] = room
    other, weight = pairs.other, pairs.weight
    for e in range(pairs.at[i], pairs.at[i + 1]):
        for t in range(start, start + length):
            gamma[other[e], t] += weight[e]


@lean_inner
def _exit(a, w, pairs, gamma, i):
    start, length = w.start[i], a.length[i]
    for t in range(start, start + length):
        w.holds[t, w.place[i]] = -1
        w.load[t] -= int(a.loaded[i])
    w.start[i] = -1
    w.place[i] = -1
    other, weight = pairs.other, pairs.weight
    for e in range(pairs.at[i], pairs.at[i + 1]):
        for t in range(start, start + length):
            gamma[other[e], t] -= weight[e]


@lean
def weigh(a, w, pairs, gamma):
    """Fill in the weighted clashes of every meeting with every slot."""
    gamma[:] = 0
    for i in range(a.length.size):
        if w.start[i] < 0:
            continue
        for e in range(pairs.at[i], pairs.at[i + 1]):
            for t in range(w.start[i], w.start[i] + a.length[i]):
                gamma[pairs.other[e], t] += pairs.weight[e]


@lean_inner
def _heavier(a, w, pairs, gamma, i):
    """Let the pairs that clash where a meeting stands weigh more."""
    for e in range(pairs.at[i], pairs.at[i + 1]):
        j = pairs.other[e]
        if w.start[j] < 0 or not _overlap(w.start, a.length, i, j) or pairs.weight[e] >= HEAVIEST:
            continue
        pairs.weight[e] += UNIT
        pairs.weight[pairs.back[e]] += UNIT
        for t in range(w.start[j], w.start[j] + a.length[j]):
            gamma[i, t] += UNIT
        for t in range(w.start[i], w.start[i] + a.length[i]):
            gamma[j, t] += UNIT


@lean_inner
def _bad(start, length, domain, gamma, i):
    """Return whether a meeting clashes, or stands where it may not."""
    return start[i] < 0 or not domain[i] >> start[i] & 1 or _cost(gamma, i, start[i], length[i]) > 0


@lean_inner
def _keep(w, kept, best, count):
    best[0] = count
    for i in range(w.start.size):
        kept[0, i], kept[1, i] = w.start[i], w.place[i]


@lean_inner
def _evictable(a, w, i, start, room):
    for t in range(start, start + a.length[i]):
        if w.holds[t, room] >= 0 and w.frozen[w.holds[t, room]]:
            return False
    return True


@lean
def break_out(
    a, w, pairs, gamma, until, begun, steps, home, price, evicted, best, kept, listed, place, score
):
    """Make steps until nothing clashes; return how many meetings do, the steps made, and the moves.

    Parameters
    ----------
    until
        The step until which each start is forbidden to each meeting.
    begun, steps
        Steps made before, and steps to make.
    home, price
        Start that each meeting should keep (-2: any), and what it costs to have another one.
    evicted
        Share of the searches for a room that end by emptying one.
    best, kept
        Fewest meetings that clashed so far, as the only number of an array; starts and rooms then.
    listed, place, score
        Scratch: for each meeting, for each meeting, and for each slot.
    """
    meetings, week = a.length.size, a.days * a.slots
    place[:] = -1
    count, moves = 0, 0
    for i in range(meetings):
        if not w.frozen[i] and _bad(w.start, a.length, a.domain, gamma, i):
            listed[count] = i
            place[i] = count
            count += 1
    if count < best[0]:
        _keep(w, kept, best, count)
    step = begun
    while step < begun + steps and count > 0:
        step += 1
        i = listed[below(w.dice, count)]
        own, length = w.start[i], a.length[i]
        here = np.int64(UNPLACED)
        if own >= 0 and a.domain[i] >> own & 1:
            here = np.int64(_cost(gamma, i, own, length))
        if own >= 0 and own != home[i] and home[i] > -2:
            here += price
        for t in range(week):
            score[t] = NEVER
            if t != own and a.domain[i] >> t & 1:
                score[t] = _cost(gamma, i, t, length) + int(draw(w.dice) * (UNIT // 2))
                if t != home[i] and home[i] > -2:
                    score[t] += price
                if until[i, t] > step:
                    score[t] += FORBIDDEN
        done = False
        for _ in range(TRIES):
            t = least(score)
            if score[t] >= here:
                break
            room = room_by_chain(a, w, i, t, 3)
            if room < 0 and draw(w.dice) < evicted:
                begin = a.room_at[a.kind[i]]
                chosen = a.room[begin + below(w.dice, a.room_at[a.kind[i] + 1] - begin)]
                if _evictable(a, w, i, t, chosen):
                    room = np.int64(chosen)
                    for s in range(t, t + length):
                        j = w.holds[s, room]
                        if j < 0 or j == i:
                            continue
                        until[j, w.start[j]] = step + TENURE + below(w.dice, TENURE)
                        _exit(a, w, pairs, gamma, j)
                        if place[j] < 0:
                            listed[count] = j
                            place[j] = count
                            count += 1
            if room >= 0:
                if own >= 0:
                    _exit(a, w, pairs, gamma, i)
                    until[i, own] = step + TENURE + below(w.dice, TENURE)
                _enter(a, w, pairs, gamma, i, t, room)
                moves += 1
                done = True
                break
            score[t] = NEVER
        if done:
            for e in range(pairs.at[i], pairs.at[i + 1]):
                j = pairs.other[e]
                if place[j] < 0 and not w.frozen[j] and w.start[j] >= 0 and _overlap(w.start, a.length, i, j):
                    listed[count] = j
                    place[j] = count
                    count += 1
        elif own >= 0:
            _heavier(a, w, pairs, gamma, i)
        # Whoever clashes no longer leaves the list; of a long one only one is looked at.
        at = 0 if count < FEW else below(w.dice, count)
        last = count if count < FEW else at + 1
        while at < last:
            j = listed[at]
            if _bad(w.start, a.length, a.domain, gamma, j):
                at += 1
                continue
            count -= 1
            last -= 1
            listed[at] = listed[count]
            place[listed[at]] = at
            place[j] = -1
        if count < best[0]:
            _keep(w, kept, best, count)
    return count, step, moves


@lean
def back_to(a, w, pairs, gamma, kept):
    """Return to starts and rooms that were kept, and let weights fall halfway back to what they were."""
    w.holds[:] = -1
    w.load[:] = 0
    for i in range(a.length.size):
        w.start[i], w.place[i] = kept[0, i], kept[1, i]
        if w.start[i] < 0:
            continue
        for t in range(w.start[i], w.start[i] + a.length[i]):
            w.holds[t, w.place[i]] = i
            w.load[t] += int(a.loaded[i])
    for e in range(pairs.weight.size):
        pairs.weight[e] = pairs.base[e] + (pairs.weight[e] - pairs.base[e]) // 2
    weigh(a, w, pairs, gamma)
