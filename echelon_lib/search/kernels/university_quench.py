"""Heat bath: a meeting draws its start from all starts at once, by the clashes that it would have there."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import numpy as np

from echelon_lib.search.kernels.dice import below, draw, lean, lean_inner
from echelon_lib.search.kernels.university_layout import TEACHER_WEIGHT
from echelon_lib.search.kernels.university_week import least, lift, put, room_by_chain

PLANES = 12
"""Binary digits of a count of clashes."""
NEVER = 1e18
CROWD = 0.002
"""Price of a slot's load, in temperatures: without it rooms run out in popular slots."""
TRIES = 4
"""Starts that are tried while no room is found."""


@lean_inner
def clashes_at_all(a, w, i, found, planes):
    """Fill in the clashes of a meeting at each slot: one pass over its attendees adds all slots at once."""
    planes[:] = 0
    own, length = w.start[i], a.length[i]
    taught = np.int64(0)
    for e in range(a.who_at[i], a.who_at[i + 1]):
        g = a.who[e]
        mask = w.busy[g]
        if own >= 0:
            for t in range(own, own + length):
                if w.visits[g, t] == 1:
                    mask &= ~(np.int64(1) << t)
        if e < a.who_at[i] + a.lead[i]:
            taught |= mask
            continue
        k = 0
        while mask and k < PLANES:
            carry = planes[k] & mask
            planes[k] ^= mask
            mask = carry
            k += 1
    for t in range(found.size):
        found[t] = TEACHER_WEIGHT * (taught >> t & 1)
    for k in range(PLANES):
        if planes[k]:
            for t in range(found.size):
                found[t] += (planes[k] >> t & 1) << k
    for t in range(found.size):
        for k in range(1, length):
            if t + k < found.size:
                found[t] += found[t + k]


@lean_inner
def by_heat(a, w, i, heat, found, planes, score):
    """Fill in a score for each start, of which the least is a draw by Boltzmann's law."""
    clashes_at_all(a, w, i, found, planes)
    here = found[w.start[i]] if w.start[i] >= 0 else 0
    for t in range(score.size):
        score[t] = NEVER
        if a.domain[i] >> t & 1:
            price = found[t] + CROWD * heat * w.load[t]
            if price < 14 * heat + here + 3:  # Gumbel's trick; no other start has a chance.
                price += heat * np.log(-np.log(draw(w.dice) + 1e-18) + 1e-18)
            score[t] = price


@lean_inner
def go(a, w, i, score):
    """Move a meeting to the least of the starts at which there is a room; return whether it moved."""
    own = w.start[i]
    for _ in range(TRIES):
        t = least(score)
        if score[t] >= NEVER or t == own:
            break
        room = room_by_chain(a, w, i, t, 3)
        if room >= 0:
            if own >= 0:
                lift(a, w, i)
            put(a, w, i, t, room)
            return True
        score[t] = NEVER
    return False


@lean
def quench(a, w, draws, heat, listed, count, share, found, planes, score):
    """Let meetings draw new starts by Boltzmann's law; return how many moved.

    Parameters
    ----------
    draws, heat
        Draws to make, and the temperature in clashes.
    listed, count, share
        The first ``count`` meetings listed clash, and this share of the draws is theirs.
    found, planes, score
        Scratch: for each slot, for each of ``PLANES``, and for each slot.
    """
    moved = 0
    for _ in range(draws):
        if count > 0 and draw(w.dice) < share:
            i = listed[below(w.dice, count)]
        else:
            i = below(w.dice, a.length.size)
        if w.frozen[i]:
            continue
        by_heat(a, w, i, heat, found, planes, score)
        moved += int(go(a, w, i, score))
    return moved
