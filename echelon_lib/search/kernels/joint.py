"""The second phase: sections and students move together, seats and limits counted exactly."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import numpy as np

from echelon_lib.search.kernels.dice import below, compiled, draw, inner
from echelon_lib.search.kernels.layout import BROKEN, EXTRA, LATER, LOGGED, LOGGING, OPEN, OVER, UNMET
from echelon_lib.search.kernels.matching import loss_of, still_whole
from echelon_lib.search.kernels.moves import (
    accepted,
    energy,
    exchange,
    fits,
    has_room,
    in_the_way,
    insert,
    leave,
    seat,
    undo,
)

SECTION_TRIED, SECTION_MOVED, STUDENT_TRIED, STUDENT_MOVED, STEAL_TRIED, STEAL_DONE = range(6)


@inner
def _too_many(w, before):
    """Return whether a sum passed the most that it may be, and grew."""
    over = False
    for k in range(5):
        over |= w.sums[k] > w.most[k] and w.sums[k] > before[k]
    return over


@inner
def steal(a, w, r, heat, before):
    """Let an open request take a seat whose holder looks for another one; undone unless accepted."""
    mark = w.counts[LOGGED]
    start = energy(w)
    for k in range(5):
        before[k] = w.sums[k]
    student = a.student[r]
    if insert(a, w, r, np.int64(1)):
        # A lighter request of the same student gave way, which is never worse in weight.
        if not _too_many(w, before) and accepted(w, energy(w) - start, heat):
            return True
        undo(a, w, mark)
        return False
    begin, end = a.option_at[r], a.option_at[r + 1]
    if begin == end:
        return False
    option = begin
    if end - begin > 1 and draw(w.dice) < 0.3:
        option += below(w.dice, end - begin)
    course = a.option_course[option]
    periods = a.next_to.size
    q = below(w.dice, periods)
    victim = -1
    for _ in range(periods):
        q += 1
        if q >= periods:
            q -= periods
        if w.head[course, q] < 0 or not a.free[student] >> q & 1:
            continue
        if has_room(a, w, course, q, student, a.option_section[option]):
            continue
        # One of the sections that are full for this student, any of them with equal chances.
        section, seen, chosen = w.head[course, q], 0, -1
        while section >= 0:
            if w.rows[section, 0] > 0 and not fits(a, w, section, student):
                seen += 1
                if below(w.dice, seen) == 0:
                    chosen = section
            section = w.after[section]
        if chosen < 0:
            continue
        victim = _victim(a, w, chosen, student)
        break
    if victim < 0:
        if not insert(a, w, r, np.int64(2)):
            return False
    else:
        leave(a, w, victim)
        if not insert(a, w, r, np.int64(1 + int(draw(w.dice) < 0.5))):
            undo(a, w, mark)
            return False
        insert(a, w, victim, np.int64(1 + int(draw(w.dice) < 0.3)))
    for k in range(2):
        if w.counts[OPEN] > k:
            insert(a, w, w.open[w.counts[OPEN] - 1 - k], np.int64(1))
    if not _too_many(w, before) and accepted(w, energy(w) - start, heat):
        return True
    undo(a, w, mark)
    return False


@inner
def trade(a, w, r, heat, before):
    """Serve an open request where the student has something else, which looks for another seat.

    Steals find the seats of others; here the course has a seat, and the student's own course is in the way.
    """
    if w.section[r] >= 0 or a.option_at[r] == a.option_at[r + 1]:
        return False
    mark = w.counts[LOGGED]
    start = energy(w)
    sums = w.sums.copy()
    student = a.student[r]
    option = a.option_at[r] + below(w.dice, a.option_at[r + 1] - a.option_at[r])
    periods = a.next_to.size
    q = below(w.dice, periods)
    own = -1
    for _ in range(periods):
        q = (q + 1) % periods
        if w.busy[student, q] >= 0 and has_room(
            a, w, a.option_course[option], q, student, a.option_section[option]
        ):
            own = w.busy[student, q]
            break
    if own < 0 or a.option_section[w.option[own]] >= 0:
        return False
    leave(a, w, own)
    if insert(a, w, r, np.int64(0)) and not insert(a, w, own, np.int64(0)):
        for _ in range(3):
            if steal(a, w, own, 0.0, before):
                break
    if not _too_many(w, sums) and accepted(w, energy(w) - start, heat):
        return True
    undo(a, w, mark)
    return False


@inner
def _victim(a, w, section, student):
    """Return a request in a full section that would make room for a student."""
    size = w.rows[section, 0]
    needed = 0
    for row in range(1, a.limit.shape[1]):
        if a.tags[student] >> (row - 1) & 1 and w.rows[section, row] >= a.limit[section, row]:
            needed |= 1 << (row - 1)
    begin = w.inside_at[section]
    k = below(w.dice, size)
    for _ in range(size):
        one = w.inside[begin + k]
        if a.student[one] != student and a.tags[a.student[one]] & needed == needed:
            return one
        k += 1
        if k == size:
            k = 0
    return -1


@inner
def _least_loss(a, w, i, j, p):
    """Return about the least that a move of sections costs in requests, by matchings without seats.

    The sections stand at their new periods; their students are still where they were. What a matching cannot
    serve no seating can; what others may gain by it is counted as far as they wait for one of the courses.
    """
    periods = a.next_to.size
    masks, owner, matched = np.empty(64, np.int64), np.empty(64, np.int64), np.empty(64, np.int64)
    total = 0
    for z in range(2):
        section = i if z == 0 else j
        if section < 0:
            continue
        for k in range(w.inside_at[section], w.inside_at[section] + w.rows[section, 0]):
            student = a.student[w.inside[k]]
            begin = a.wish_at[student]
            if z == 1 and w.busy[student, p] >= 0 and w.section[w.busy[student, p]] == i:
                continue
            cost = 0
            for r in range(begin, a.wish_at[student + 1]):
                cost += a.weight[r] if w.section[r] < 0 else a.option_cost[w.option[r]]
            if cost == 0:
                for x in range(periods):
                    one = w.busy[student, x]
                    matched[x] = -1 if one < 0 else one - begin
                if still_whole(a, w, student, matched, masks, owner, w.parent, w.queue):
                    continue
            total += loss_of(a, w, student, masks, owner, w.parent, w.queue) - cost
    for k in range(w.counts[OPEN]):
        r = w.open[k]
        if a.option_at[r] < a.option_at[r + 1]:
            c = a.option_course[a.option_at[r]]
            if c == a.course[i] or (j >= 0 and c == a.course[j]):
                total -= a.weight[r] if w.section[r] < 0 else a.option_cost[w.option[r]]
    return total


@inner
def uproot(a, w, i, q, j, out):
    """Move a section to a period, and the one of its teacher there (-1: none) to its place, with students.

    Rules must allow the exchange. Everybody leaves first, which is logged one by one; who is free at the new
    time goes along. Fills ``out`` with the requests of both sections and returns how many these are.
    """
    p = w.period[i]
    mark = w.counts[LOGGED]
    n = 0
    first = 0
    for z in range(2):
        section = i if z == 0 else j
        while section >= 0 and w.rows[section, 0] > 0:
            out[n] = w.inside[w.inside_at[section] + w.rows[section, 0] - 1]
            leave(a, w, out[n])
            n += 1
        if z == 0:
            first = n
    exchange(a, w, i, q, j)
    # In any order, since all of them had seats.
    for k in range(n):
        r = out[k]
        at, section = (q, i) if k < first else (p, j)
        student = a.student[r]
        if w.busy[student, at] < 0 and a.free[student] >> at & 1:
            seat(a, w, r, section, w.log[mark + k, 2])
    return n


@inner
def move_section(a, w, i, q, heat, effort, before, out):
    """Move a section to a period, with the one of its teacher there in exchange; students find new places.

    ``effort`` is how many steals are tried before the move is judged. Returns whether it was kept.
    """
    p = w.period[i]
    if p < 0 or p == q or not a.allowed[i] >> q & 1:
        return False
    j = in_the_way(a, w, i, q)
    if j == -2:
        return False
    start = energy(w)
    for k in range(5):
        before[k] = w.sums[k]
    if not exchange(a, w, i, q, j):
        return False
    threshold = 0.0
    if heat > 0:
        threshold = -np.log(draw(w.dice) + 1e-300) * heat
    hopeless = w.weights[UNMET] * _least_loss(a, w, i, j, p) > threshold
    exchange(a, w, i, p, j)
    if hopeless:
        return False
    mark = w.counts[LOGGED]
    n = uproot(a, w, i, q, j, out)
    lifted = mark + n
    for k in range(n - 1, 0, -1):
        m = below(w.dice, k + 1)
        out[k], out[m] = out[m], out[k]
    for k in range(n):
        if w.section[out[k]] < 0:
            insert(a, w, out[k], np.int64(1))
    for k in range(min(3 + effort, w.counts[OPEN])):
        if k < 3:
            insert(a, w, w.open[below(w.dice, w.counts[OPEN])], np.int64(1))
        else:
            if energy(w) - start <= threshold or w.counts[OPEN] == 0:
                break
            steal(
                a, w, w.open[w.counts[OPEN] - 1 - below(w.dice, min(w.counts[OPEN], n + 4))], 0.0, before[5:]
            )
    if not _too_many(w, before) and energy(w) - start <= threshold:
        return True
    undo(a, w, lifted)
    exchange(a, w, i, p, j)
    undo(a, w, mark)
    return False


@inner
def _move_student(a, w, heat, before):
    """Move a student within a course, perhaps with another course or another student in exchange."""
    r = below(w.dice, w.section.size)
    section = w.section[r]
    if section < 0 or a.option_section[w.option[r]] >= 0:
        return False
    student, option = a.student[r], w.option[r]
    course, p = a.course[section], w.period[section]
    if w.counts[EXTRA] > 0:
        over = False
        for row in range(a.limit.shape[1]):
            if (row == 0 or a.tags[student] >> (row - 1) & 1) and w.rows[section, row] > a.limit[
                section, row
            ]:
                over = True
        if over:
            return _relief(a, w, r, heat, before)
    many = a.first[course + 1] - a.first[course]
    if many < 2:
        return False
    other = a.first[course] + below(w.dice, many)
    if other == section:
        return False
    q = w.period[other]
    start = energy(w)
    for k in range(5):
        before[k] = w.sums[k]
    mark = w.counts[LOGGED]
    room = fits(a, w, other, student)
    victim = -1
    if not room:
        if w.rows[other, 0] == 0:
            return False
        victim = w.inside[w.inside_at[other] + below(w.dice, w.rows[other, 0])]
        if a.option_section[w.option[victim]] >= 0:
            return False
        his = a.student[victim]
        if p != q and (w.busy[his, p] >= 0 or not a.free[his] >> p & 1):
            return False
    if p != q:
        if not a.free[student] >> q & 1:
            return False
        clash = w.busy[student, q]
        if clash >= 0:
            if victim >= 0:
                return False
            choice = w.option[clash]
            if not has_room(a, w, a.option_course[choice], p, student, a.option_section[choice]):
                return False
            leave(a, w, clash)
            seat(a, w, r, other, option)
            if not insert(a, w, clash, np.int64(0)):
                undo(a, w, mark)
                return False
            if _too_many(w, before) or not accepted(w, energy(w) - start, heat):
                undo(a, w, mark)
                return False
            return True
    if victim >= 0:
        his = w.option[victim]
        leave(a, w, victim)
        leave(a, w, r)
        if not fits(a, w, other, student) or not fits(a, w, section, a.student[victim]):
            undo(a, w, mark)
            return False
        seat(a, w, r, other, option)
        seat(a, w, victim, section, his)
    else:
        seat(a, w, r, other, option)
    if _too_many(w, before) or not accepted(w, energy(w) - start, heat):
        undo(a, w, mark)
        return False
    return True


@inner
def _relief(a, w, r, heat, before):
    """Take a student out of a section that holds too many and seat the student within the limits."""
    start = energy(w)
    mark = w.counts[LOGGED]
    for k in range(5):
        before[k] = w.sums[k]
    extra = w.counts[EXTRA]
    leave(a, w, r)
    w.counts[EXTRA] = 0
    done = insert(a, w, r, np.int64(0))
    w.counts[EXTRA] = extra
    if not done or _too_many(w, before) or not accepted(w, energy(w) - start, heat):
        undo(a, w, mark)
        return False
    return True


@compiled
def anneal_all(a, w, iterations, heat, sections, students, effort, trades, best, kept, stat):
    """Try moves of sections, of students within courses, and of open requests, by Metropolis' rule.

    Parameters
    ----------
    iterations, heat
        Moves to try, and the temperature in the unit of the energy.
    sections, students
        Shares of these two kinds of moves; the others serve open requests.
    effort, trades
        Steals that are tried before a move of a section is judged; share of trades among moves of requests.
    best, kept
        Cost of the best state within the limits (two numbers), and that state: periods, then sections and
        options of requests, in three rows.
    stat
        How many moves of each kind were tried and kept.
    """
    before = np.zeros(10, np.int64)
    out = np.empty(w.section.size + 1, np.int64)
    count = a.course.size
    periods = a.next_to.size
    for step in range(iterations):
        w.counts[LOGGED] = 0
        w.counts[LOGGING] = 1
        # Copies take time: prices of later levels fall in many small steps, of which some are looked at.
        if w.sums[OVER] == 0 and (w.sums[UNMET] < best[0] or step & 255 == 0) and _is_better(w, best):
            keep(w, best, kept)
        u = draw(w.dice)
        if u < sections:
            if draw(w.dice) < 0.5 and w.counts[OPEN] > 0:
                r = w.open[below(w.dice, w.counts[OPEN])]
                if a.option_at[r] == a.option_at[r + 1]:
                    continue
                c = a.option_course[a.option_at[r]]
                if draw(w.dice) < 0.5:
                    # A course that may stand in the way of the open request.
                    clash = w.busy[a.student[r], below(w.dice, periods)]
                    if clash >= 0:
                        c = a.course[w.section[clash]]
                many = a.first[c + 1] - a.first[c]
                if many == 0:
                    continue
                i = a.first[c] + below(w.dice, many)
            else:
                i = below(w.dice, count)
            stat[0] += 1
            if move_section(a, w, i, below(w.dice, periods), heat, effort, before, out):
                stat[1] += 1
        elif u < sections + students or w.counts[OPEN] == 0:
            stat[2] += 1
            if _move_student(a, w, heat, before):
                stat[3] += 1
        else:
            stat[4] += 1
            r = w.open[below(w.dice, w.counts[OPEN])]
            if draw(w.dice) < trades:
                stat[5] += trade(a, w, r, heat, before)
            else:
                stat[5] += steal(a, w, r, heat, before)
    w.counts[LOGGED] = 0
    if w.sums[OVER] == 0 and _is_better(w, best):
        keep(w, best, kept)


@inner
def _is_better(w, best):
    """Return whether the state costs less than the best one kept."""
    if w.sums[LATER] >= BROKEN:
        return False
    return w.sums[UNMET] < best[0] or (w.sums[UNMET] == best[0] and w.sums[LATER] < best[1])


@inner
def keep(w, best, kept):
    """Keep a state."""
    best[0], best[1] = w.sums[UNMET], w.sums[LATER]
    kept[0, : w.period.size] = w.period
    kept[1, : w.section.size] = w.section
    kept[2, : w.section.size] = w.option
