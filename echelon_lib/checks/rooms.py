"""Rooms against the meetings that need them: by what they have, by seats, and by the hours of the week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from echelon_lib.checks.finding import Facts, Finding, Hindrance, Severity, counted, listed
from echelon_lib.constraints.rooms import RoomCapacity
from echelon_lib.domain.problem import Problem

TIGHT = 95
"""Per cent of the hours of some rooms from which they are reported as nearly full."""


def nowhere(facts: Facts) -> Iterator[Finding]:
    """Sections that need a room, and that no room suits."""
    problem = facts.problem
    by_course: defaultdict[str, list[str]] = defaultdict(list)
    for section in problem.sections.values():
        if any(facts.roomless(meeting.id) for meeting in section.meetings):
            by_course[problem.course_of[section.id].id].append(section.id)
    for course, sections in by_course.items():
        text = f"{counted(len(sections), 'section')} of {course} ({listed(sections)}) can be nowhere: "
        text += "no room has all the features that are needed."
        cure = "a room has them and its row does not say so, or the course can do without?"
        numbers, who = {"sections": len(sections)}, tuple(sections)
        yield Finding(facts.proof, "domain", course, text, cure, numbers, who)


def too_many_people(facts: Facts) -> Iterator[Finding]:
    """Sections with more people than any room that they may use has seats."""
    problem, rule = facts.problem, _capacity_rule(facts.problem)
    if rule is None:
        return
    largest: dict[int, int] = {}
    found: defaultdict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for name in rule.scope.meetings:
        rooms, section = problem.meetings[name].rooms, problem.section_of[name]
        if not rooms:
            continue
        if id(rooms) not in largest:
            largest[id(rooms)] = max(problem.room[room].capacity for room in rooms)
        seats = largest[id(rooms)]
        if section.headcount > seats:
            found[problem.course_of[section.id].id, seats][section.id] = section.headcount
    for (course, seats), people in found.items():
        names, most = list(people), max(people.values())
        text = (
            f"{counted(len(names), 'section')} of {course} ({listed(names)}) with up to {most} people: "
            f"the largest room with the features that are needed has {seats} seats."
        )
        cure = "split the section, or do with fewer features?"
        numbers = {"sections": len(names), "people": most, "seats": seats}
        hindrances = (Hindrance(rule.name),)
        yield Finding(facts.proof, rule.name, course, text, cure, numbers, tuple(names), hindrances)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Meetings with the same rooms: for each least capacity their hours, and how many are how long."""

    rooms: frozenset[str]
    hours: Mapping[int, int]
    long: Mapping[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class _Shortage:
    """Meetings against the rooms to which they are confined."""

    rooms: frozenset[str]
    seats: int
    needed: int
    there: int
    length: int


def room_hours(facts: Facts) -> Iterator[Finding]:
    """Rooms of some features and size with fewer hours than the meetings that fit into no others.

    The hours of meetings with at least k people against those of rooms with at least k seats, for every k and
    every set of rooms that meetings ask for, after P. Hall (1935).
    """
    problem = facts.problem
    if not problem.rooms or problem.policy.room_clash.mode == "off":
        return
    rule = _capacity_rule(problem)
    kinds = _kinds(problem, rule)
    severity: Severity = facts.proof if problem.policy.room_clash.required else "warning"
    told: list[_Shortage] = []
    for rooms in _unions(kinds):
        worst = _worst(problem, rooms, [kind for kind in kinds if kind.rooms <= rooms])
        if worst is None:
            continue
        lacking = worst.needed - worst.there
        if lacking > 0:
            # The same hours are lacking in a larger set of rooms, where others have none to spare.
            if any(other.rooms <= worst.rooms and _lacking(other) >= lacking for other in told):
                continue
            told.append(worst)
            yield _lack(problem, worst, severity, rule)
        elif 100 * worst.needed >= TIGHT * worst.there:
            yield _nearly_full(problem, worst)


def _capacity_rule(problem: Problem) -> RoomCapacity | None:
    """Return the required rule on the capacity of rooms."""
    rules = [one for one in problem.constraints if isinstance(one, RoomCapacity) and one.enforcement.required]
    return max(rules, key=lambda one: len(one.scope.meetings), default=None)


def _kinds(problem: Problem, rule: RoomCapacity | None) -> list[_Kind]:
    bounded = frozenset(rule.scope.meetings) if rule else frozenset[str]()
    mask = problem.calendar.mask
    times: dict[int, tuple[int, int]] = {}
    capacities: dict[int, list[int]] = {}
    hours: defaultdict[frozenset[str], defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    long: defaultdict[frozenset[str], defaultdict[tuple[int, int], int]] = defaultdict(
        lambda: defaultdict(int)
    )
    sets: dict[int, frozenset[str]] = {}
    for name, meeting in problem.meetings.items():
        if not meeting.rooms or not meeting.times:
            continue
        key = id(meeting.rooms)
        if key not in sets:
            sets[key] = frozenset(meeting.rooms)
            capacities[key] = sorted({problem.room[room].capacity for room in meeting.rooms})
        if id(meeting.times) not in times:
            least = min(mask(time).bit_count() for time in meeting.times)
            times[id(meeting.times)] = least, min(time.length for time in meeting.times)
        slots, length = times[id(meeting.times)]
        people = problem.section_of[name].headcount if name in bounded else 0
        seats = next((seats for seats in capacities[key] if seats >= people), None)
        if seats is None:
            continue  # too many people for any room: told elsewhere
        hours[sets[key]][seats] += slots
        for least in range(2, length + 1):
            long[sets[key]][seats, least] += 1
    return [_Kind(rooms, dict(hours[rooms]), dict(long[rooms])) for rooms in hours]


def _unions(kinds: Sequence[_Kind]) -> list[frozenset[str]]:
    """Return the sets of rooms to look at, the smallest first: what meetings ask for, and all together."""
    sets = {kind.rooms for kind in kinds}
    return sorted(sets | {frozenset().union(*sets)}, key=lambda rooms: (len(rooms), sorted(rooms)[:1]))


def _worst(problem: Problem, rooms: frozenset[str], kinds: Sequence[_Kind]) -> _Shortage | None:
    """Return the size of rooms that is fullest, of some rooms and the meetings that fit into no others."""
    calendar = problem.calendar
    week = len(calendar.days) * calendar.slots * calendar.weeks
    capacities = [problem.room[room].capacity for room in rooms]
    lengths = sorted({1} | {length for kind in kinds for _, length in kind.long})
    found: list[_Shortage] = []
    for seats in sorted(set(capacities)):
        count = sum(capacity >= seats for capacity in capacities)
        for length in lengths:
            if length == 1:
                amounts = [h for kind in kinds for least, h in kind.hours.items() if least >= seats]
                there = count * week
            else:
                counts = [item for kind in kinds for item in kind.long.items()]
                amounts = [n for (least, slots), n in counts if least >= seats and slots == length]
                there = count * (calendar.slots // length) * len(calendar.days) * calendar.weeks
            needed = sum(amounts)
            if needed:
                found.append(_Shortage(rooms, seats, needed, there, length))
    short = [one for one in found if _lacking(one) > 0]
    if short:
        return max(short, key=lambda one: (_lacking(one) * one.length, -one.length))
    return max(found, key=lambda one: one.needed / max(1, one.there), default=None)


def _lacking(one: _Shortage) -> int:
    return one.needed - one.there


def _lack(problem: Problem, one: _Shortage, severity: Severity, rule: RoomCapacity | None) -> Finding:
    lacking, per_room = _lacking(one), max(1, one.there // _count(problem, one))
    more = -(-lacking // per_room)
    text = f"{_needed(problem, one)}: {lacking} find no place."
    cure = f"open {counted(more, 'room')} more of this sort, or let sections do with fewer features or seats?"
    return Finding(
        severity,
        "room clash",
        _sort(problem, one),
        text,
        cure,
        {"needed": one.needed, "there": one.there, "seats": one.seats, "length": one.length},
        tuple(sorted(room for room in one.rooms if problem.room[room].capacity >= one.seats)),
        (Hindrance(rule.name),) if rule and _confined(problem, one) else (Hindrance("room clash"),),
    )


def _nearly_full(problem: Problem, one: _Shortage) -> Finding:
    text = f"{_needed(problem, one)}: there is little to choose from."
    numbers = {"needed": one.needed, "there": one.there, "seats": one.seats, "length": one.length}
    return Finding("info", "room clash", _sort(problem, one), text, None, numbers)


def _confined(problem: Problem, one: _Shortage) -> bool:
    return one.seats > min(problem.room[room].capacity for room in one.rooms)


def _count(problem: Problem, one: _Shortage) -> int:
    return sum(problem.room[room].capacity >= one.seats for room in one.rooms)


def _needed(problem: Problem, one: _Shortage) -> str:
    count = _count(problem, one)
    what = "hours" if one.length == 1 else f"meetings of {one.length} hours"
    which = "the only room" if count == 1 else f"the only {count} rooms"
    return (
        f"meetings need {one.needed} {what} a week in {_sort(problem, one)}, "
        f"and {which} of that sort {'has' if count == 1 else 'have'} {one.there}"
    )


def _sort(problem: Problem, one: _Shortage) -> str:
    """Return in words which rooms these are: what they all have, and their seats."""
    features = sorted(frozenset[str].intersection(*(problem.room[room].features for room in one.rooms)))
    words = "rooms"
    if features:
        words += f" with {', '.join(features)}"
    if _confined(problem, one):
        words += f"{' and' if features else ' with'} {one.seats} seats or more"
    return words
