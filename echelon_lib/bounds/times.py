"""Which times required rules leave, and what cannot fit them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from echelon_lib.constraints.times import ForbiddenTimes
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.problem import Problem


@dataclass(frozen=True, slots=True)
class Tight:
    """Things that share too few places: Hall's condition is broken.

    Parameters
    ----------
    things
        Positions of the things, in the order in which they were given.
    places
        The only places where any of them may go.
    surplus
        How many of the things find no place.
    """

    things: tuple[int, ...]
    places: frozenset[Time]
    surplus: int


def allowed_times(problem: Problem) -> dict[str, frozenset[Time]]:
    """Return for each meeting the times of its domain that no required rule forbids."""
    forbidding: dict[str, list[int]] = defaultdict(list)
    rules = [c for c in problem.constraints if isinstance(c, ForbiddenTimes) and c.enforcement.required]
    for number, rule in enumerate(rules):
        if rule.scope.attendee is not None:
            attended = problem.sections_of.get(rule.scope.attendee, ())
            meetings: Iterable[str] = (m.id for section in attended for m in section.meetings)
        else:
            meetings = rule.scope.meetings
        for meeting in meetings:
            forbidding[meeting].append(number)
    made: dict[tuple[int, tuple[int, ...]], frozenset[Time]] = {}  # meetings share domains: each is made once
    result: dict[str, frozenset[Time]] = {}
    for name, one in problem.meetings.items():
        numbers = tuple(sorted(set(forbidding.get(name, ()))))
        key = (id(one.times), numbers)
        if key not in made:
            away = [time for number in numbers for time in rules[number].times]
            made[key] = frozenset(t for t in one.times if not any(t.overlaps(other) for other in away))
        result[name] = made[key]
    return result


def tight_sets(domains: Sequence[frozenset[Time]], capacity: int = 1) -> tuple[Tight, ...]:
    """Find things that cannot all go to their places, when a place holds ``capacity`` of them.

    Parameters
    ----------
    domains
        The places where each thing may go.
    capacity
        How many things a place holds.

    Returns
    -------
    tuple of Tight
        One for each group of things that hang together; empty when everything fits.

    Notes
    -----
    Augmenting paths; what a failed search reaches breaks the condition of P. Hall (1935).
    """
    if capacity > 0 and all(len(domain) * capacity >= len(domains) for domain in domains):
        return ()
    held: dict[Time, list[int]] = defaultdict(list)
    at: dict[int, Time] = {}
    found: list[tuple[set[int], set[Time], int]] = []
    for start, domain in enumerate(domains):
        full = next((number for number, one in enumerate(found) if domain <= one[1]), None)
        if full is not None:  # no need to search where nothing can move
            found[full][0].add(start)
            found[full] = (found[full][0], found[full][1], found[full][2] + 1)
            continue
        things, places = _augment(start, domains, max(0, capacity), held, at)
        if things:
            surplus = 1
            for other in [one for one in found if one[1] & places]:
                found.remove(other)
                things, places, surplus = things | other[0], places | other[1], surplus + other[2]
            found.append((things, places, surplus))
    return tuple(Tight(tuple(sorted(things)), frozenset(places), n) for things, places, n in found)


def _augment(
    start: int,
    domains: Sequence[frozenset[Time]],
    capacity: int,
    held: dict[Time, list[int]],
    at: dict[int, Time],
) -> tuple[set[int], set[Time]]:
    """Find a place for one thing by moving others; otherwise return the things and places in the way."""
    came: dict[Time, int] = {}
    things, queue = {start}, [start]
    for thing in queue:
        for place in sorted(domains[thing]):
            if place in came:
                continue
            came[place] = thing
            if len(held[place]) < capacity:
                free: Time | None = place
                while free is not None:
                    mover = came[free]
                    left = at.get(mover)
                    held[free].append(mover)
                    at[mover] = free
                    if left is not None:
                        held[left].remove(mover)
                    free = left
                return set(), set()
            new = [other for other in held[place] if other not in things]
            things.update(new)
            queue.extend(new)
    return things, set(came)


def most_disjoint(times: Iterable[Time], *, gap: int = 0) -> int | None:
    """Return an upper bound of how many of the times fit one person; None when there is none.

    Parameters
    ----------
    times
        The times.
    gap
        Slots of a day that are left free between two of them, at least.
    """
    alike: dict[tuple[int, int], list[Time]] = defaultdict(list)
    for time in times:
        if not time.overlaps(time):
            return None
        alike[time.days, time.weeks].append(time)
    most = 0
    for group in alike.values():
        end: int | None = None
        for time in sorted(group, key=lambda t: t.start + t.length):
            if end is None or time.start >= end + gap:
                most, end = most + 1, time.start + time.length
    return most
