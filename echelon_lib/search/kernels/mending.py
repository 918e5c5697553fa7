"""Moves that mend a timetable after a change: who lost a seat finds one, and who can return home does."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import numpy as np

from echelon_lib.search.kernels.dice import below, compiled, draw, inner
from echelon_lib.search.kernels.joint import move_section, steal, trade, uproot
from echelon_lib.search.kernels.layout import LOGGED, LOGGING, OPEN
from echelon_lib.search.kernels.moves import (
    energy,
    exchange,
    fits,
    in_the_way,
    insert,
    leave,
    lift,
    seat,
    stand,
    taken,
    undo,
)

LITTLE = 1e-7
"""Differences of the energy below this are noise of its sums."""


@compiled
def take_over(a, w, sections, options):
    """Seat requests where they were, as far as limits, periods and locks let them; the pinned ones first."""
    w.counts[LOGGING] = 0
    for pinned in (True, False):
        for r in range(sections.size):
            section, option = sections[r], options[r]
            if section < 0 or w.period[section] < 0 or w.section[r] >= 0:
                continue
            only = a.option_section[option]
            if (only >= 0) != pinned or (only >= 0 and only != section):
                continue
            student, period = a.student[r], w.period[section]
            if not a.free[student] >> period & 1 or w.busy[student, period] >= 0:
                continue
            if fits(a, w, section, student):
                seat(a, w, r, section, option)


@compiled
def put(a, w, periods, sections, options):
    """Bring the state to what three lists say; limits are not looked at."""
    w.counts[LOGGING] = 0
    for r in range(sections.size):
        if w.section[r] >= 0 and (
            w.section[r] != sections[r] or w.period[w.section[r]] != periods[w.section[r]]
        ):
            leave(a, w, np.int64(r))
    for section in range(periods.size):
        if w.period[section] != periods[section] and w.period[section] >= 0:
            lift(a, w, np.int64(section))
    for section in range(periods.size):
        if w.period[section] < 0 <= periods[section]:
            stand(a, w, np.int64(section), periods[section])
    for r in range(sections.size):
        if sections[r] >= 0 and (w.section[r] != sections[r] or w.option[r] != options[r]):
            seat(a, w, np.int64(r), sections[r], options[r])


@compiled
def serve_open(a, w):
    """Serve open requests, the heaviest first, by paths through a student's own periods that are worth it."""
    w.counts[LOGGING] = 1
    n = w.counts[OPEN]
    waiting = w.open[:n].copy()
    for r in waiting[np.argsort(-a.weight[waiting], kind="mergesort")]:
        w.counts[LOGGED] = 0
        start, sums = energy(w), w.sums.copy()
        if insert(a, w, r, np.int64(0)) and (energy(w) >= start - LITTLE or _too_many(w, sums)):
            undo(a, w, 0)


@inner
def _too_many(w, sums):
    """Return whether a sum passed the most that it may be, and grew."""
    over = False
    for k in range(5):
        over |= w.sums[k] > w.most[k] and w.sums[k] > sums[k]
    return over


@compiled
def go_home(a, w):
    """Return requests to the sections where they were, wherever that lowers the energy; count them."""
    w.counts[LOGGING] = 1
    found = 0
    for r in range(w.section.size):
        if a.was_in[r] >= 0 and w.section[r] != a.was_in[r] and _home(a, w, np.int64(r)):
            found += 1
    return found


@inner
def _home(a, w, r):
    """Bring a request home if that lowers the energy; whoever is in the way finds another place."""
    home = a.was_in[r]
    period = w.period[home]
    student = a.student[r]
    if period < 0 or not a.free[student] >> period & 1:
        return False
    option = -1
    for k in range(a.option_at[r], a.option_at[r + 1]):
        only = a.option_section[k]
        if a.option_course[k] == a.course[home] and (only < 0 or only == home):
            option = k
    if option < 0 or taken(a, w, r, a.course[home]):
        return False
    w.counts[LOGGED] = 0
    start, sums = energy(w), w.sums.copy()
    if w.section[r] >= 0:
        leave(a, w, r)
    clash = w.busy[student, period]
    if clash >= 0:
        leave(a, w, clash)
    if fits(a, w, home, student):
        seat(a, w, r, home, np.int64(option))
        if clash >= 0:
            insert(a, w, clash, np.int64(1))
        if energy(w) < start - LITTLE and not _too_many(w, sums):
            return True
        undo(a, w, 0)
        return False
    mark = w.counts[LOGGED]
    members = w.inside[w.inside_at[home] : w.inside_at[home] + w.rows[home, 0]].copy()
    for victim in members:
        if a.was_in[victim] == home or a.option_section[w.option[victim]] >= 0:
            continue
        leave(a, w, victim)
        if fits(a, w, home, student):
            seat(a, w, r, home, np.int64(option))
            if clash >= 0:
                insert(a, w, clash, np.int64(1))
            insert(a, w, victim, np.int64(1))
            if energy(w) < start - LITTLE and not _too_many(w, sums):
                return True
        undo(a, w, mark)
    undo(a, w, 0)
    return False


@compiled
def mend(a, w, steps, heat, sections, effort):
    """Look for places for open requests by steals, trades, and moves of sections that stand in their way.

    Nothing is moved but for an open request. ``sections`` is the share of moves of sections.
    """
    before = np.zeros(10, np.int64)
    out = np.empty(w.section.size + 1, np.int64)
    periods = a.next_to.size
    w.counts[LOGGING] = 1
    for _ in range(steps):
        w.counts[LOGGED] = 0
        if w.counts[OPEN] == 0:
            return
        # Of two the heavier: requests that were not met before weigh next to nothing.
        r = w.open[below(w.dice, w.counts[OPEN])]
        other = w.open[below(w.dice, w.counts[OPEN])]
        if a.weight[other] > a.weight[r]:
            r = other
        if a.option_at[r] == a.option_at[r + 1]:
            continue
        if draw(w.dice) >= sections:
            if draw(w.dice) < 0.6:
                steal(a, w, r, heat, before)
            else:
                trade(a, w, r, heat, before)
            continue
        course = a.option_course[a.option_at[r]]
        if draw(w.dice) < 0.5:
            clash = w.busy[a.student[r], below(w.dice, periods)]
            if clash >= 0:
                course = a.course[w.section[clash]]
        many = a.first[course + 1] - a.first[course]
        if many > 0:
            i = a.first[course] + below(w.dice, many)
            move_section(a, w, i, below(w.dice, periods), heat, effort, before, out)


# Questions: what would it cost? The caller puts the state back ---------------------------------------------


@compiled
def served(a, w, r):
    """Return whether a request is in a section of the course that its option says.

    It is not while it waits, or is in the section that it had before it was let want another course.
    """
    return w.section[r] >= 0 and a.course[w.section[r]] == a.option_course[w.option[r]]


@compiled
def shift(a, w, i, q, wish, effort, heat):
    """Move a section to a period whatever it costs, and mend what that breaks; whether rules allow it.

    The section of its teacher there comes to its place; ``wish`` (-1: none) is a request to be served first.
    """
    before = np.zeros(5, np.int64)
    out = np.empty(w.section.size + 1, np.int64)
    w.counts[LOGGED] = 0
    w.counts[LOGGING] = 1
    p = w.period[i]
    if p < 0 or p == q or not a.allowed[i] >> q & 1:
        return False
    j = in_the_way(a, w, i, q)
    if j == -2 or not exchange(a, w, i, q, j):
        return False
    exchange(a, w, i, p, j)
    n = uproot(a, w, i, q, j, out)
    if wish >= 0:
        insert(a, w, wish, np.int64(0))
    for k in range(n):
        if w.section[out[k]] < 0:
            insert(a, w, out[k], np.int64(0))
    _recover(a, w, wish, effort, heat, before)
    w.counts[LOGGED] = 0
    go_home(a, w)
    return True


@inner
def _recover(a, w, wish, effort, heat, before):
    """Look for places for a wish and for whoever had a place; who waited before waits on."""
    for step in range(effort):
        warm = heat if step < effort - 2 else 0.0
        left = 0
        for r in w.open[: w.counts[OPEN]].copy():
            if served(a, w, r) or (a.was_in[r] < 0 and r != wish) or a.option_at[r] == a.option_at[r + 1]:
                continue
            left += 1
            if insert(a, w, r, np.int64(0)) or steal(a, w, r, warm, before):
                continue
            trade(a, w, r, warm, before)
        if left == 0:
            return


@compiled
def yield_seat(a, w, wish, victim, effort, heat):
    """Let a request give way to a wish, and look for another place for it; whether the wish is served."""
    before = np.zeros(5, np.int64)
    w.counts[LOGGING] = 1
    if victim >= 0:
        leave(a, w, victim)
    if not insert(a, w, wish, np.int64(0)):
        return False
    if victim >= 0 and not insert(a, w, victim, np.int64(0)):
        _recover(a, w, wish, effort, heat, before)
    return served(a, w, wish)


@compiled
def weigh_yielding(a, w, wish, victims, effort, heat, dice, costs):
    """Try each request that might give way to a wish, take it back, and note the energy (inf: in vain)."""
    for k in range(victims.size):
        w.dice[0] = dice
        w.counts[LOGGED] = 0
        costs[k] = np.inf
        if yield_seat(a, w, wish, victims[k], effort, heat):
            costs[k] = energy(w)
        undo(a, w, 0)


@compiled
def open_seat(a, w, wish, section):
    """Serve a wish by one seat more in a section than it has; whether it took that one seat."""
    old = a.limit[section].copy()
    w.counts[LOGGING] = 0
    student = a.student[wish]
    mask = a.tags[student] << 1 | 1
    for row in range(a.limit.shape[1]):
        if mask >> row & 1 and w.rows[section, row] >= a.limit[section, row]:
            a.limit[section, row] = w.rows[section, row] + 1
    done = insert(a, w, wish, np.int64(0))
    a.limit[section] = old
    return done
