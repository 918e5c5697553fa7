"""What a day holds of a person's meetings: labs that may not follow each other, and even loads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from echelon_lib.bounds import most_disjoint
from echelon_lib.checks.finding import Facts, Finding, Hindrance, counted, listed
from echelon_lib.constraints.spread import EvenDays, NotConsecutive
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.problem import Problem

Room = Callable[[frozenset[Time]], int | None]
"""Says how many meetings of one person some times hold at most; None where it cannot tell."""


def labs_apart(facts: Facts) -> Iterator[Finding]:
    """Attendees with more labs than periods of which none follows another."""
    problem = facts.problem
    for rule in problem.constraints:
        attendee = rule.scope.attendee
        if not isinstance(rule, NotConsecutive) or not rule.enforcement.required or attendee is None:
            continue
        kind = problem.attendee[attendee].kind
        if not problem.policy.clash_of(kind).required:
            continue  # all of them could be at one time
        tag = rule.tag
        found = _tightest(
            facts, _meetings(facts, attendee, tag), most_disjoint, partial(most_disjoint, gap=1)
        )
        if found is None:
            continue
        inside, times, fit = found
        names, surplus = list(map(facts.name, inside)), len(inside) - fit
        text = (
            f"{kind} {attendee} has {counted(len(inside), f'{tag} section')} ({listed(names)}) that can only "
            f"be in {counted(len(times), 'period')} ({facts.periods(times)}), of which {fit} at most do not "
            f"follow each other: {surplus} cannot be placed{facts.because(inside)}."
        )
        yield _finding(facts, rule, f"{kind} {attendee}", text, (attendee, *names), len(times), fit, surplus)


def even_days(facts: Facts) -> Iterator[Finding]:
    """Attendees whose days have too few free periods for an even share of their meetings each."""
    problem = facts.problem
    days = problem.calendar.days
    for rule in problem.constraints:
        attendee = rule.scope.attendee
        if not isinstance(rule, EvenDays) or not rule.enforcement.required or attendee is None:
            continue
        total = sum(len(section.meetings) for section in problem.sections_of.get(attendee, ()))
        even = -(-total // max(1, len(days)))
        kind = problem.attendee[attendee].kind
        alone = problem.policy.clash_of(kind).required
        anywhere = most_disjoint if alone else _anywhere
        found = _tightest(facts, _meetings(facts, attendee), anywhere, _even_room(problem, even, alone))
        if found is None:
            continue
        inside, times, fit = found
        names, surplus = list(map(facts.name, inside)), len(inside) - fit
        text = (
            f"{kind} {attendee} has {counted(total, 'section')}, an even share of which is {even} a day; "
            f"{len(inside)} ({listed(names)}) can only be in {counted(len(times), 'period')} "
            f"({facts.periods(times)}), which is room for {fit}: {surplus} cannot be "
            f"placed{facts.because(inside)}."
        )
        yield _finding(facts, rule, f"{kind} {attendee}", text, (attendee, *names), len(times), fit, surplus)


def _anywhere(times: frozenset[Time]) -> None:
    """Return that there is no bound of how many meetings some times hold."""


def _even_room(problem: Problem, even: int, alone: bool) -> Room:
    """Return what says how many meetings fit some times, with an even share of them on each day at most."""

    def room(times: frozenset[Time]) -> int | None:
        held = 0
        for day in range(len(problem.calendar.days)):
            on_day = [time for time in times if time.days >> day & 1]
            free = most_disjoint(on_day) if alone else even if on_day else 0
            if free is None:
                return None
            held += min(even, free)
        return held

    return room


def _meetings(facts: Facts, attendee: str, tag: str | None = None) -> list[str]:
    """Return the meetings of an attendee, or those with a tag, to which the rules leave some time."""
    return [
        meeting.id
        for section in dict.fromkeys(facts.problem.sections_of.get(attendee, ()))
        if tag is None or tag in section.tags
        for meeting in section.meetings
        if facts.times[meeting.id]
    ]


def _tightest(
    facts: Facts, meetings: Sequence[str], free: Room, room: Room
) -> tuple[list[str], frozenset[Time], int] | None:
    """Return the meetings of which most cannot be placed, the only times for them and how many fit.

    Looked at are all meetings together, and those that have no time outside of the domain of one of them;
    what would not fit without the rule either is left to other checks.

    Parameters
    ----------
    meetings
        The meetings of one attendee.
    free, room
        How many meetings some times hold at most without the rule and with it.
    """
    domains = {meeting: facts.times[meeting] for meeting in meetings}
    worst: tuple[tuple[int, int], list[str], frozenset[Time], int] | None = None
    for times in dict.fromkeys((frozenset[Time]().union(*domains.values()), *domains.values())):
        inside = [meeting for meeting, domain in domains.items() if domain <= times]
        fit, without = room(times), free(times)
        if fit is None or len(inside) <= fit or (without is not None and without <= fit):
            continue
        order = (fit - len(inside), len(times))
        if worst is None or order < worst[0]:
            worst = order, inside, times, fit
    return None if worst is None else worst[1:]


def _finding(
    facts: Facts,
    rule: NotConsecutive | EvenDays,
    place: str,
    text: str,
    who: tuple[str, ...],
    periods: int,
    fit: int,
    surplus: int,
) -> Finding:
    numbers = {"sections": fit + surplus, "periods": periods, "fit": fit, "surplus": surplus}
    cure = f"give {surplus} of them to somebody else, or price {rule.name!r} instead of requiring it?"
    return Finding(facts.proof, rule.name, place, text, cure, numbers, who, (Hindrance(rule.name),))
