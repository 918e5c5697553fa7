"""Repair by short bursts: only meetings that clash move, by a heat bath or by tabu search.

The list of meetings that clash is kept while they move: those that a move makes clash join it, and those that
no longer do leave it when they are drawn.
"""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import numpy as np

from echelon_lib.search.kernels.dice import below, draw, lean, lean_inner
from echelon_lib.search.kernels.university_quench import NEVER, by_heat, clashes_at_all, go
from echelon_lib.search.kernels.university_week import clashes_at

TENURE = 3
"""Steps for which a start that was left stays forbidden, and as many more by chance."""
FORBIDDEN = 50.0
NOISE = 0.5


@lean_inner
def _listed(listed, place, count):
    """Note where each of the meetings stands that are listed."""
    place[:] = -1
    for k in range(count):
        place[listed[k]] = k


@lean_inner
def _drawn(a, w, listed, place, count):
    """Draw a meeting that clashes; return it, or -1 where it no longer does, and how many are listed."""
    i = listed[below(w.dice, count)]
    if w.start[i] < 0 or clashes_at(a, w, i, w.start[i], 0) > 0:
        return i, count
    count -= 1
    last = listed[count]
    listed[place[i]] = last
    place[last] = place[i]
    place[i] = -1
    return np.int64(-1), count


@lean_inner
def _joined(a, w, i, listed, place, count):
    """List whom a meeting clashes with; return how many are listed."""
    start, stop = w.start[i], w.start[i] + a.length[i]
    for e in range(a.who_at[i], a.who_at[i + 1]):
        g = a.who[e]
        twice = False
        for t in range(start, stop):
            twice |= w.visits[g, t] > 1
        if not twice:
            continue
        for f in range(a.has_at[g], a.has_at[g + 1]):
            j = a.has[f]
            apart = w.start[j] < 0 or w.start[j] >= stop or w.start[j] + a.length[j] <= start
            if place[j] < 0 and not apart and not w.frozen[j]:
                listed[count] = j
                place[j] = count
                count += 1
    return count


@lean
def bathe(a, w, draws, heat, listed, count, place, found, planes, score):
    """Let meetings that clash draw new starts by Boltzmann's law; return how many moved.

    Parameters
    ----------
    draws, heat
        Draws to make, and the temperature in clashes.
    listed, count
        The meetings that clash, and how many they are.
    place, found, planes, score
        Scratch: for each meeting, for each slot, for each of ``PLANES``, and for each slot.
    """
    _listed(listed, place, count)
    moved = 0
    for _ in range(draws):
        if count == 0:
            break
        i, count = _drawn(a, w, listed, place, count)
        if i < 0:
            continue
        by_heat(a, w, i, heat, found, planes, score)
        if go(a, w, i, score):
            moved += 1
            count = _joined(a, w, i, listed, place, count)
    return moved


@lean
def tabu(a, w, begun, draws, until, listed, count, place, found, planes, score):
    """Let meetings that clash take the start with fewest clashes that they have not just left.

    Parameters
    ----------
    begun, draws
        Draws made before, and draws to make.
    until
        The draw until which each start is forbidden to each meeting.
    listed, count, place, found, planes, score
        As in ``bathe``.
    """
    _listed(listed, place, count)
    moved = 0
    for step in range(begun, begun + draws):
        if count == 0:
            break
        i, count = _drawn(a, w, listed, place, count)
        if i < 0:
            continue
        clashes_at_all(a, w, i, found, planes)
        own = w.start[i]
        for t in range(score.size):
            score[t] = NEVER
            if t != own and a.domain[i] >> t & 1:
                score[t] = found[t] + NOISE * draw(w.dice)
                if until[i, t] > step and found[t] > 0:
                    score[t] += FORBIDDEN
        if go(a, w, i, score):
            moved += 1
            if own >= 0:
                until[i, own] = step + TENURE + below(w.dice, TENURE)
            count = _joined(a, w, i, listed, place, count)
    return moved
