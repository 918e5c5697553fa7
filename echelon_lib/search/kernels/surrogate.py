"""The first phase: sections find periods in which every student's courses can be matched, seats left aside.

It takes a fraction of the time that moves of students take, and what it cannot serve nothing can.
"""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import numpy as np

from echelon_lib.search.kernels.dice import below, compiled, draw, inner
from echelon_lib.search.kernels.layout import LATER
from echelon_lib.search.kernels.matching import loss_of, still_whole
from echelon_lib.search.kernels.moves import exchange, in_the_way


@inner
def _crowd(a, w, course, period):
    """Return a mild price of many sections of a course at one period, for courses of three or more."""
    total = a.first[course + 1] - a.first[course]
    if total < 3:
        return 0.0
    count = 0
    section = w.head[course, period]
    while section >= 0:
        count += 1
        section = w.after[section]
    even = total / a.next_to.size
    return (count - even) ** 2 / max(1.0, even)


@inner
def _uneven(supply, mean, period):
    """Return a mild price of too many or too few seats for each group of students at a period."""
    total = 0.0
    for g in range(mean.size):
        total += (supply[g, period] - mean[g]) ** 2 / mean[g]
    return total


@compiled
def prepare(a, w, loss, supply, matched):
    """Fill in what the loop keeps up to date; return the loss of all students."""
    masks, owner = np.zeros(64, np.int64), np.zeros(64, np.int64)
    supply[:] = 0.0
    for section in range(a.course.size):
        for g in range(supply.shape[0]):
            share = a.asked_by[a.course[section], g] * a.limit[section, 0]
            supply[g, w.period[section]] += share
    total = 0
    for student in range(loss.size):
        loss[student] = loss_of(a, w, student, masks, owner, w.parent, w.queue)
        total += loss[student]
        for q in range(a.next_to.size):
            matched[student, q] = owner[q]
    return total


@compiled
def anneal_periods(a, w, iterations, heat, unit, loss, supply, mean, hot, total, stamp, matched, scratch):
    """Move sections, or exchange the two of a teacher, by Metropolis' rule; return the loss of all students.

    Parameters
    ----------
    iterations, heat
        Moves to try, and the temperature in units of a light request.
    unit
        Weight of a light request.
    loss, supply, mean, total, matched
        Loss of each student, seats of each group of students at each period with their mean, the sum of
        losses, and the request of each student at each period; see ``prepare``.
    hot
        Sections of which most moves are made: those of courses with few.
    stamp
        When each student was looked at last, and in the last place the number of moves so far.
    scratch
        Room for new matchings of as many students as there are.

    Notes
    -----
    The threshold of acceptance is drawn first, so that students are looked at only until it is certain that
    it will be exceeded. A student whose matching stays possible is not looked at; one who lost nothing is
    given a new matching by mending the old one, and a matching from scratch only where that fails.
    """
    masks, owner = np.zeros(64, np.int64), np.zeros(64, np.int64)
    periods = a.next_to.size
    students = loss.size
    changed = np.empty(students, np.int64)
    after = np.empty(students, np.int64)
    sections = np.empty(2, np.int64)
    origin = np.empty(2, np.int64)
    target = np.empty(2, np.int64)
    courses = np.empty(2, np.int64)
    crowd_price, supply_price = 0.1 * unit, 0.05 * unit
    for _ in range(iterations):
        i = hot[below(w.dice, hot.size)] if draw(w.dice) < 0.7 else below(w.dice, a.course.size)
        p, q = w.period[i], below(w.dice, periods)
        if p < 0 or p == q or not a.allowed[i] >> q & 1:
            continue
        j = in_the_way(a, w, i, q)
        if j == -2 or (j >= 0 and a.course[j] == a.course[i]):
            continue
        later = w.sums[LATER]
        change = 0.0
        many = 1 if j < 0 else 2
        sections[0], origin[0], target[0] = i, p, q
        sections[1], origin[1], target[1] = j, q, p
        for z in range(many):
            c = a.course[sections[z]]
            courses[z] = w.held[c]
            change -= crowd_price * (_crowd(a, w, c, p) + _crowd(a, w, c, q))
        if not exchange(a, w, i, q, j):
            continue
        change -= supply_price * (_uneven(supply, mean, p) + _uneven(supply, mean, q))
        for z in range(many):
            c = a.course[sections[z]]
            change += crowd_price * (_crowd(a, w, c, p) + _crowd(a, w, c, q))
            for g in range(mean.size):
                share = a.asked_by[c, g] * a.limit[sections[z], 0]
                supply[g, origin[z]] -= share
                supply[g, target[z]] += share
        change += supply_price * (_uneven(supply, mean, p) + _uneven(supply, mean, q))
        change += w.weights[LATER] * (w.sums[LATER] - later)
        looked = 0
        rest = 0
        for z in range(many):
            c = a.course[sections[z]]
            if w.held[c] != courses[z] or a.pinned[c]:
                courses[looked] = c
                looked += 1
                for k in range(a.ask_at[c], a.ask_at[c + 1]):
                    rest += loss[a.student[a.ask[k]]]
        threshold = -np.log(draw(w.dice) + 1e-300) * heat * unit
        found, gone, over = 0, 0, change - rest > threshold
        stamp[students] += 1
        for z in range(looked):
            if over:
                break
            c = courses[z]
            for k in range(a.ask_at[c], a.ask_at[c + 1]):
                student = a.student[a.ask[k]]
                if stamp[student] == stamp[students]:
                    continue
                stamp[student] = stamp[students]
                had = loss[student]
                rest -= had
                if had == 0 and still_whole(a, w, student, matched[student], masks, owner, w.parent, w.queue):
                    has = 0
                else:
                    has = loss_of(a, w, student, masks, owner, w.parent, w.queue)
                changed[found] = student
                after[found] = has
                for x in range(periods):
                    scratch[found, x] = owner[x]
                found += 1
                gone += has - had
                if gone + change - rest > threshold:
                    over = True
                    break
        if not over and gone + change <= threshold:
            total[0] += gone
            for k in range(found):
                loss[changed[k]] = after[k]
                for x in range(periods):
                    matched[changed[k], x] = scratch[k, x]
            continue
        exchange(a, w, i, p, j)
        for z in range(many):
            c = a.course[sections[z]]
            for g in range(mean.size):
                share = a.asked_by[c, g] * a.limit[sections[z], 0]
                supply[g, target[z]] -= share
                supply[g, origin[z]] += share
    return total[0]
