"""The courses of one student matched to the periods in which they are held, seats left aside.

A student's loss is what no matching can serve. Giving the heaviest request its place first is exact, since
matchings form a transversal matroid (Edmonds and Fulkerson, 1965); alternates are tried afterwards, which is
close but not exact.
"""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from echelon_lib.search.kernels.dice import compiled, inner


@inner
def _place(masks, mine, used, owner, parent, queue, request):
    """Give a request one of the periods of ``mine`` by an alternating path; return the period or -1."""
    free = mine & ~used
    if free:
        q = 0
        while not free >> q & 1:
            q += 1
        owner[q] = request
        return q
    head, tail, seen = 0, 0, mine
    q = 0
    rest = mine
    while rest:
        if rest & 1:
            parent[q] = -1
            queue[tail] = q
            tail += 1
        rest >>= 1
        q += 1
    while head < tail:
        q = queue[head]
        head += 1
        mask = masks[owner[q]]
        free = mask & ~used
        if free:
            p = 0
            while not free >> p & 1:
                p += 1
            parent[p] = q
            end = p
            while parent[p] >= 0:
                owner[p] = owner[parent[p]]
                p = parent[p]
            owner[p] = request
            return end
        rest = mask & ~seen
        seen |= mask
        p = 0
        while rest:
            if rest & 1:
                parent[p] = q
                queue[tail] = p
                tail += 1
            rest >>= 1
            p += 1
    return -1


@inner
def _periods_for(a, w, student, r, option):
    """Return the periods in which an option of a student's request may be taken, as far as sections go."""
    only = a.option_section[option]
    if only < 0:
        return a.free[student] & w.held[a.option_course[option]]
    return a.free[student] & (1 << w.period[only])


@compiled
def loss_of(a, w, student, masks, owner, parent, queue):
    """Return the cost of the requests of a student that a matching leaves; ``owner`` has the matching."""
    begin, end = a.wish_at[student], a.wish_at[student + 1]
    used, loss, late = 0, 0, 0
    for q in range(a.next_to.size):
        owner[q] = -1
    # Requests of a student are in the order of their weight.
    for r in range(begin, end):
        option = a.option_at[r]
        k = r - begin
        masks[k] = 0
        if option == a.option_at[r + 1] or a.option_cost[option] > 0:
            late |= 1 << k
            continue
        masks[k] = _periods_for(a, w, student, r, option)
        q = _place(masks, masks[k], used, owner, parent, queue, k)
        if q >= 0:
            used |= 1 << q
        else:
            late |= 1 << k
    k = 0
    while late:
        if late & 1:
            r = begin + k
            cost = a.weight[r]
            for option in range(a.option_at[r], a.option_at[r + 1]):
                if a.option_cost[option] == 0 or a.option_cost[option] >= cost:
                    continue
                masks[k] = _periods_for(a, w, student, r, option)
                q = _place(masks, masks[k], used, owner, parent, queue, k)
                if q >= 0:
                    used |= 1 << q
                    cost = a.option_cost[option]
                    break
            loss += cost
        late >>= 1
        k += 1
    return loss


@inner
def still_whole(a, w, student, matched, masks, owner, parent, queue):
    """Return whether a matching of all requests of a student can be mended; ``owner`` has the new one.

    ``matched`` is the old one: the request at each period. Nobody is left out by a path that mends it, so
    that a student who lost nothing loses nothing.
    """
    begin = a.wish_at[student]
    used, homeless, count = 0, 0, a.wish_at[student + 1] - begin
    for k in range(count):
        # What nothing may serve costs nothing here, or the student would have a loss.
        option = a.option_at[begin + k]
        masks[k] = 0
        if option < a.option_at[begin + k + 1]:
            masks[k] = _periods_for(a, w, student, begin + k, option)
    for q in range(a.next_to.size):
        k = matched[q]
        owner[q] = -1
        if k >= 0:
            if masks[k] >> q & 1:
                owner[q] = k
                used |= 1 << q
            else:
                homeless |= 1 << k
    k = 0
    while homeless:
        if homeless & 1:
            q = _place(masks, masks[k], used, owner, parent, queue, k)
            if q < 0:
                return False
            used |= 1 << q
        homeless >>= 1
        k += 1
    return True
