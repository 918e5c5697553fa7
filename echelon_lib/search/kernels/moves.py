"""Moves on the state of a school: a student takes or leaves a section, a section stands or is lifted."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import numpy as np

from echelon_lib.search.kernels.dice import below, compiled, draw, inner
from echelon_lib.search.kernels.layout import (
    EXTRA,
    LATER,
    LOGGED,
    LOGGING,
    MOVED,
    OPEN,
    OVER,
    SHIFTED,
    UNMET,
)


@compiled
def energy(w):
    """Return what the search minimises."""
    total = 0.0
    for k in range(5):
        total += w.weights[k] * w.sums[k]
    return total


# One request -------------------------------------------------------------------------------------------


@inner
def _count(a, w, student, section, step):
    """Count a student in or out of the rows of a section."""
    mask = a.tags[student] << 1 | 1
    row = 0
    while mask:
        if mask & 1:
            n = w.rows[section, row]
            limit = a.limit[section, row]
            at = a.price_at[section, row]
            if step > 0:
                w.sums[LATER] += a.prices[at + n + 1] - a.prices[at + n]
                if n >= limit:
                    w.sums[OVER] += 1
            else:
                w.sums[LATER] -= a.prices[at + n] - a.prices[at + n - 1]
                if n > limit:
                    w.sums[OVER] -= 1
            w.rows[section, row] = n + step
        mask >>= 1
        row += 1


@inner
def _locks(a, student, section, period):
    """Return what locks add to the price of a student in a section at a period; below 0 where that is due."""
    price = 0
    for k in range(a.locks[student], a.locks[student + 1], 2):
        if a.locks[k] == section or a.locks[k] == -1 - period:
            price += a.locks[k + 1]
    return price


@compiled
def seat(a, w, r, section, option):
    """Put a request into a section by one of its options, or out of all (-1, -1)."""
    student = a.student[r]
    old, had = w.section[r], w.option[r]
    if w.counts[LOGGING]:
        k = w.counts[LOGGED]
        w.log[k, 0] = r
        w.log[k, 1] = old
        w.log[k, 2] = had
        w.counts[LOGGED] = k + 1
    if old >= 0:
        _count(a, w, student, old, -1)
        size = w.rows[old, 0]
        begin = w.inside_at[old]
        last = w.inside[begin + size]
        w.inside[begin + w.place[r]] = last
        w.place[last] = w.place[r]
        if w.busy[student, w.period[old]] == r:
            w.busy[student, w.period[old]] = -1
        w.sums[UNMET] -= a.option_cost[had]
        w.sums[LATER] -= a.option_price[had]
        if a.locks.size:
            w.sums[LATER] -= _locks(a, student, old, w.period[old])
        was_open = a.option_cost[had] > 0
    else:
        w.sums[UNMET] -= a.weight[r]
        was_open = True
    w.section[r] = section
    w.option[r] = option
    if section >= 0:
        begin = w.inside_at[section] + w.rows[section, 0]
        w.inside[begin] = r
        w.place[r] = w.rows[section, 0]
        _count(a, w, student, section, 1)
        w.busy[student, w.period[section]] = r
        w.sums[UNMET] += a.option_cost[option]
        w.sums[LATER] += a.option_price[option]
        if a.locks.size:
            w.sums[LATER] += _locks(a, student, section, w.period[section])
        is_open = a.option_cost[option] > 0
    else:
        w.sums[UNMET] += a.weight[r]
        is_open = True
    if a.was_in[r] >= 0:
        w.sums[MOVED] += int(section != a.was_in[r]) - int(old != a.was_in[r])
    if is_open and not was_open:
        n = w.counts[OPEN]
        w.open[n] = r
        w.open_place[r] = n
        w.counts[OPEN] = n + 1
    elif was_open and not is_open:
        n = w.counts[OPEN] - 1
        last = w.open[n]
        w.open[w.open_place[r]] = last
        w.open_place[last] = w.open_place[r]
        w.counts[OPEN] = n


@inner
def leave(a, w, r):
    """Take a request out of its section."""
    none = np.int64(-1)
    seat(a, w, r, none, none)


@inner
def undo(a, w, mark):
    """Undo the logged moves of requests down to a mark."""
    w.counts[LOGGING] = 0
    k = w.counts[LOGGED]
    while k > mark:
        k -= 1
        seat(a, w, w.log[k, 0], w.log[k, 1], w.log[k, 2])
    w.counts[LOGGED] = mark
    w.counts[LOGGING] = 1


@inner
def fits(a, w, section, student):
    """Return whether a section may hold one student more."""
    mask = a.tags[student] << 1 | 1
    row = 0
    extra = w.counts[EXTRA]
    while mask:
        if mask & 1 and w.rows[section, row] >= a.limit[section, row] + extra:
            return False
        mask >>= 1
        row += 1
    return a.limit[section, 0] > 0


@inner
def _joining(a, w, section, student):
    """Return the price of one student more in a section."""
    mask = a.tags[student] << 1 | 1
    row = 0
    price = 0
    while mask:
        if mask & 1:
            at = a.price_at[section, row] + w.rows[section, row]
            price += a.prices[at + 1] - a.prices[at]
        mask >>= 1
        row += 1
    return price


@inner
def _beyond(a, w, section, student):
    """Return by how many limits one student more would be too many in a section."""
    mask = a.tags[student] << 1 | 1
    row = 0
    found = 0
    while mask:
        if mask & 1 and w.rows[section, row] >= a.limit[section, row]:
            found += 1
        mask >>= 1
        row += 1
    return found


@inner
def has_room(a, w, course, period, student, only):
    """Return whether some section of a course at a period may hold one student more."""
    if not a.free[student] >> period & 1:
        return False
    section = w.head[course, period]
    while section >= 0:
        if (only < 0 or only == section) and fits(a, w, section, student):
            return True
        section = w.after[section]
    return False


@inner
def _cheapest(a, w, r, course, period, only):
    """Return the section of a course at a period that a request should take, among those with room."""
    student = a.student[r]
    best, found = 0.0, -1
    section = w.head[course, period]
    while section >= 0:
        if (only < 0 or only == section) and fits(a, w, section, student):
            price = w.weights[LATER] * _joining(a, w, section, student)
            if a.locks.size:
                price += w.weights[LATER] * _locks(a, student, section, period)
            if w.counts[EXTRA] > 0:
                price += w.weights[OVER] * _beyond(a, w, section, student)
            if a.was_in[r] >= 0 and a.was_in[r] != section:
                price += w.weights[MOVED]
            if found < 0 or price < best:
                best, found = price, section
        section = w.after[section]
    return found


@inner
def _augment(a, w, student, r, option, period):
    """Move the requests along the path that ends at a period, and the new one to its beginning."""
    while True:
        origin = w.parent[period]
        one = r if origin < 0 else w.busy[student, origin]
        choice = option if origin < 0 else w.option[one]
        course = a.option_course[choice]
        seat(a, w, one, _cheapest(a, w, one, course, period, a.option_section[choice]), choice)
        if origin < 0:
            return
        period = origin


@inner
def taken(a, w, r, course):
    """Return whether another request of the student is served by a course."""
    student = a.student[r]
    for other in range(a.wish_at[student], a.wish_at[student + 1]):
        if other != r and w.section[other] >= 0 and a.course[w.section[other]] == course:
            return True
    return False


@inner
def _by_path(a, w, r, option, eject):
    """Serve a request by an option along the shortest path through the student's own periods.

    ``eject``: 0 nobody loses anything, 1 a lighter request of the student may be dropped, 2 an equal one too.
    """
    student = a.student[r]
    course, only = a.option_course[option], a.option_section[option]
    periods = a.next_to.size
    seen, head, tail = 0, 0, 0
    begin = below(w.dice, periods)
    for k in range(periods):
        q = begin + k
        if q >= periods:
            q -= periods
        if w.head[course, q] >= 0 and has_room(a, w, course, q, student, only):
            w.parent[q] = -1
            seen |= 1 << q
            w.queue[tail] = q
            tail += 1
    while head < tail:
        q = w.queue[head]
        head += 1
        other = w.busy[student, q]
        if other < 0:
            _augment(a, w, student, r, option, q)
            return True
        choice = w.option[other]
        moving, kept = a.option_course[choice], a.option_section[choice]
        for k in range(periods):
            p = begin + k
            if p >= periods:
                p -= periods
            if not seen >> p & 1 and w.head[moving, p] >= 0 and has_room(a, w, moving, p, student, kept):
                w.parent[p] = q
                seen |= 1 << p
                w.queue[tail] = p
                tail += 1
    if eject and tail:
        least = a.weight[r] - a.option_cost[option] + int(eject == 2)
        found = -1
        for k in range(tail):
            other = w.busy[student, w.queue[k]]
            worth = a.weight[other] - a.option_cost[w.option[other]]
            if worth < least:
                least, found = worth, w.queue[k]
        if found >= 0:
            leave(a, w, w.busy[student, found])
            _augment(a, w, student, r, option, found)
            return True
    return False


@inner
def _insert(a, w, r, eject):
    """Serve an open request better than it is, the cheapest option first."""
    old, had = w.section[r], w.option[r]
    shared = a.shared[a.student[r]]
    for option in range(a.option_at[r], a.option_at[r + 1]):
        if old >= 0 and a.option_cost[option] >= a.option_cost[had]:
            return False
        if shared and taken(a, w, r, a.option_course[option]):
            continue
        if old < 0:
            if _by_path(a, w, r, option, eject):
                return True
            continue
        mark = w.counts[LOGGED]
        leave(a, w, r)
        if _by_path(a, w, r, option, eject):
            return True
        seat(a, w, r, old, had)
        w.counts[LOGGED] = mark
    return False


@compiled
def insert(a, w, r, eject):
    """Serve an open request better than it is, within the limits first and beyond them if that is allowed."""
    if w.counts[EXTRA] > 0:
        extra = w.counts[EXTRA]
        w.counts[EXTRA] = 0
        done = _insert(a, w, r, np.int64(0))
        w.counts[EXTRA] = extra
        if done:
            return True
    return _insert(a, w, r, eject)


@compiled
def relieve(a, w):
    """Take students out of sections that hold more than they may."""
    for section in range(a.course.size):
        for row in range(a.limit.shape[1]):
            while w.rows[section, row] > a.limit[section, row]:
                begin = w.inside_at[section]
                k = below(w.dice, w.rows[section, 0])
                while row > 0 and not a.tags[a.student[w.inside[begin + k]]] >> (row - 1) & 1:
                    k += 1
                    if k == w.rows[section, 0]:
                        k = 0
                leave(a, w, w.inside[begin + k])


# One section -------------------------------------------------------------------------------------------


@inner
def _neighbours(a, w, section, rule, period):
    """Return how many other sections of a rule are right before or after a period."""
    near = a.next_to[period]
    found = 0
    for k in range(a.pair_member_at[rule], a.pair_member_at[rule + 1]):
        other = a.pair_member[k]
        if other != section and w.period[other] >= 0 and near >> w.period[other] & 1:
            found += 1
    return found


@inner
def _book(a, w, section, period, step):
    """Count a section in or out of its books and prices at a period."""
    w.sums[LATER] += step * a.place_price[section, period]
    for k in range(a.book_at[section], a.book_at[section + 1]):
        book = a.book[k]
        bits = a.cell[book, period]
        cell = 0
        at = a.book_price_at[book]
        while bits:
            if bits & 1:
                n = w.cells[book, cell]
                w.sums[LATER] += a.book_prices[at + n + step] - a.book_prices[at + n]
                w.cells[book, cell] = n + step
            bits >>= 1
            cell += 1
    for k in range(a.pair_at[section], a.pair_at[section + 1]):
        rule = a.pair[k]
        if a.pair_price[rule] > 0:
            w.sums[LATER] += step * a.pair_price[rule] * _neighbours(a, w, section, rule, period)
    if a.was_at[section] >= 0 and a.was_at[section] != period:
        w.sums[SHIFTED] += step


@compiled
def stand(a, w, section, period):
    """Place a section that has no period and no students."""
    _book(a, w, section, period, 1)
    w.period[section] = period
    course = a.course[section]
    nxt = w.head[course, period]
    w.head[course, period] = section
    w.held[course] |= 1 << period
    w.after[section] = nxt
    w.before[section] = -1
    if nxt >= 0:
        w.before[nxt] = section
    for k in range(a.holder_at[section], a.holder_at[section + 1]):
        w.holds[a.holder[k], period] = section


@compiled
def lift(a, w, section):
    """Take a section out of its period."""
    period = w.period[section]
    nxt, previous = w.after[section], w.before[section]
    if previous >= 0:
        w.after[previous] = nxt
    else:
        w.head[a.course[section], period] = nxt
    if nxt >= 0:
        w.before[nxt] = previous
    if w.head[a.course[section], period] < 0:
        w.held[a.course[section]] &= ~(1 << period)
    for k in range(a.holder_at[section], a.holder_at[section + 1]):
        if w.holds[a.holder[k], period] == section:
            w.holds[a.holder[k], period] = -1
    w.period[section] = -1
    _book(a, w, section, period, -1)


@inner
def may_stand(a, w, section, period):
    """Return whether a section without a period may be placed at one."""
    if not a.allowed[section] >> period & 1:
        return False
    for k in range(a.holder_at[section], a.holder_at[section + 1]):
        if w.holds[a.holder[k], period] >= 0:
            return False
    for k in range(a.book_at[section], a.book_at[section + 1]):
        book = a.book[k]
        bits = a.cell[book, period]
        cell = 0
        while bits:
            if bits & 1 and w.cells[book, cell] >= a.book_limit[book]:
                return False
            bits >>= 1
            cell += 1
    for k in range(a.pair_at[section], a.pair_at[section + 1]):
        rule = a.pair[k]
        if a.pair_price[rule] < 0 and _neighbours(a, w, section, rule, period) > 0:
            return False
    return True


@compiled
def in_the_way(a, w, section, period):
    """Return the section of the same holders at a period, -1 if there is none, -2 if there are several."""
    found = -1
    for k in range(a.holder_at[section], a.holder_at[section + 1]):
        other = w.holds[a.holder[k], period]
        if other >= 0 and other != found:
            if found >= 0:
                return -2
            found = other
    return found


@inner
def exchange(a, w, section, period, other):
    """Move a section to a period, the other one (-1: none) to its place; return whether rules allow it.

    Students are not looked at: sections that hold any must be put back, or their students taken out before.
    """
    begin = w.period[section]
    lift(a, w, section)
    if other >= 0:
        lift(a, w, other)
    if may_stand(a, w, section, period):
        stand(a, w, section, period)
        if other < 0:
            return True
        if may_stand(a, w, other, begin):
            stand(a, w, other, begin)
            return True
        lift(a, w, section)
    if other >= 0:
        stand(a, w, other, period)
    stand(a, w, section, begin)
    return False


@inner
def accepted(w, change, heat):
    """Return whether a change of the energy is accepted at a temperature (Metropolis)."""
    return change <= 0 or (heat > 0 and draw(w.dice) < pow(2.718281828459045, -change / heat))
