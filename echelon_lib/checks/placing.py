"""Meetings and the times that are left for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from echelon_lib.bounds import Tight, tight_sets
from echelon_lib.checks.finding import Facts, Finding, Hindrance, counted, fewest, listed
from echelon_lib.constraints.times import AtMostPerTime
from echelon_lib.domain.calendar import Time


def domains(facts: Facts) -> Iterator[Finding]:
    """Meetings to which the rules leave no time."""
    problem = facts.problem
    stuck: dict[tuple[str, tuple[Time, ...], tuple[Hindrance, ...]], list[str]] = defaultdict(list)
    empty = [meeting for meeting, times in facts.times.items() if not times and not facts.roomless(meeting)]
    for meeting in empty:
        course = problem.course_of[problem.section_of[meeting].id].id
        in_the_way = tuple(facts.forbidding.get(meeting, ()))
        stuck[course, problem.meetings[meeting].times, in_the_way].append(meeting)
    for (course, times, in_the_way), meetings in stuck.items():
        rules = tuple(dict.fromkeys(one.rule for one in in_the_way))
        who, thing = listed([facts.name(meeting) for meeting in meetings]), facts.thing(meetings)
        where = f" of {facts.periods(times)}" if 0 < len(times) <= 3 else ""
        text = f"{counted(len(meetings), thing)} of {course} ({who}) can be in no period{where}"
        because = facts.because(meetings)
        text += f": {' and '.join(map(repr, rules))} forbid it{because}." if rules else ": none is allowed."
        cure = "give another teacher, or free a period?" if rules else "allow some periods?"
        numbers = {f"{thing}s": len(meetings), "periods": 0}
        rule = rules[0] if rules else "domain"
        names = tuple(map(facts.name, meetings))
        hindrances = fewest(in_the_way, partial(_all_placeable, facts, meetings))
        yield Finding(facts.proof, rule, course, text, cure, numbers, names, hindrances)


def _all_placeable(facts: Facts, meetings: Iterable[str], dropped: Iterable[Hindrance]) -> bool:
    return all(facts.times_without(meeting, dropped) for meeting in meetings)


def attendees(facts: Facts) -> Iterator[Finding]:
    """Teachers and groups with more meetings than times; groups with the same ones in one finding."""
    problem = facts.problem
    alike: dict[tuple[str, ...], tuple[list[str], Tight, list[str]]] = {}
    for attendee in problem.attendee.values():
        if problem.policy.clash_of(attendee.kind).mode == "off":
            continue
        meetings = solid_meetings(facts, attendee.id)
        for tight in tight_sets([facts.times[meeting] for meeting in meetings]):
            inside = tuple(meetings[index] for index in tight.things)
            if attendee.kind != "group":
                yield _crowded(facts, attendee.kind, [attendee.id], tight, meetings)
            else:
                alike.setdefault(inside, ([], tight, meetings))[0].append(attendee.id)
    for groups, tight, meetings in alike.values():
        yield _crowded(facts, "group", groups, tight, meetings)


def solid_meetings(facts: Facts, attendee: str) -> list[str]:
    """Return the meetings of an attendee that may be somewhere and take time there."""
    return [
        meeting.id
        for section in facts.problem.sections_of.get(attendee, ())
        for meeting in section.meetings
        if facts.solid[meeting.id]
    ]


def _crowded(facts: Facts, kind: str, ids: Sequence[str], tight: Tight, meetings: Sequence[str]) -> Finding:
    names = [facts.name(meetings[index]) for index in tight.things]
    count, periods = len(names), len(tight.places)
    inside = [meetings[index] for index in tight.things]
    thing = facts.thing(inside)
    who = facts.whom(ids) if kind == "group" else f"{kind} {ids[0]}"
    text = (
        f"{who} {'has' if len(ids) == 1 else 'have'} {counted(count, thing)} ({listed(names)}) that can "
        f"only be in {counted(periods, 'period')} ({facts.periods(tight.places)}): "
        f"{tight.surplus} cannot be placed{facts.because(inside)}."
    )
    severity = facts.proof if facts.problem.policy.clash_of(kind).required else "warning"
    numbers = {f"{thing}s": count, "periods": periods, "surplus": tight.surplus}
    cure = f"give {tight.surplus} of them to somebody else, or free more periods?"
    place = facts.whose(ids) if kind == "group" else f"{kind} {ids[0]}"
    itself = Hindrance(f"{kind} clash")
    in_the_way = [itself, *(rule for meeting in inside for rule in facts.forbidding.get(meeting, ()))]
    hindrances = fewest(in_the_way, partial(_fits, facts, itself, meetings, frozenset(inside)))
    return Finding(severity, itself.rule, place, text, cure, numbers, (*ids, *names), hindrances)


def _fits(
    facts: Facts,
    clash: Hindrance,
    meetings: Sequence[str],
    inside: frozenset[str],
    dropped: frozenset[Hindrance],
) -> bool:
    """Return whether the meetings inside find periods of their own among all the meetings."""
    if clash in dropped:
        return True
    tight = tight_sets([facts.times_without(meeting, dropped) for meeting in meetings])
    return not any(meetings[index] in inside for one in tight for index in one.things)


def per_time(facts: Facts) -> Iterator[Finding]:
    """Meetings of which too few may take place at one time."""
    for rule in facts.problem.constraints:
        if not isinstance(rule, AtMostPerTime) or not rule.enforcement.required:
            continue
        meetings = [meeting for meeting in dict.fromkeys(rule.scope.meetings) if facts.times[meeting]]
        for tight in tight_sets([facts.times[meeting] for meeting in meetings], rule.limit):
            inside = [meetings[index] for index in tight.things]
            count, periods = len(inside), len(tight.places)
            course = facts.course(inside)
            fit, thing = count - tight.surplus, facts.thing(inside)
            text = (
                f"{counted(count, thing)} of {course or 'several courses'} against "
                f"{counted(periods, 'period')} ({facts.periods(tight.places)}) with at most {rule.limit} "
                f"in each: {fit} fit, {tight.surplus} cannot be placed."
            )
            numbers = {f"{thing}s": count, "periods": periods, "limit": rule.limit, "fit": fit}
            numbers["surplus"] = tight.surplus
            kinds = "kinds = { per_period = { priced = 10 } }"
            where = f'[courses."{course}"]' if course else "the rules"
            enough = -(-count // periods)
            cure = f"price it instead ({kinds} under {where}), or allow {enough} in each period?"
            who = tuple(facts.name(meeting) for meeting in inside)
            hindrances = (Hindrance(rule.name, facts.course(rule.scope.meetings)),)
            yield Finding(facts.proof, rule.name, course or rule.name, text, cure, numbers, who, hindrances)
