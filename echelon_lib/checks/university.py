"""Hours of people against the week, and who teaches: what no timetable of a university changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from echelon_lib.bounds import tight_sets
from echelon_lib.checks.finding import Facts, Finding, Hindrance, Severity, counted, listed
from echelon_lib.checks.placing import solid_meetings
from echelon_lib.constraints.base import View
from echelon_lib.constraints.compactness import BuildingTravel, Gaps
from echelon_lib.constraints.load import EvenLoad, Staffed, WeeklyHours
from echelon_lib.constraints.rooms import EmptySeats, RoomsPerSection
from echelon_lib.constraints.spread import SameDay, SameHour
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.problem import ConstraintLike, Problem
from echelon_lib.domain.timetable import Timetable

PRICED = (BuildingTravel, EmptySeats, EvenLoad, Gaps, RoomsPerSection, SameDay, SameHour)
"""Rules that the search for universities can only price."""
PRICE_THEM = "give it a price in the rules, such as { priced = 1 }?"


class Need(NamedTuple):
    """What a section takes of the week of whoever attends it.

    Parameters
    ----------
    hours
        Slots a week, at the least.
    long
        Meetings of at least 2, 3, ... slots in a row.
    open
        Slots in which any of it may be, as ``Calendar.mask`` numbers them.
    """

    hours: int
    long: Mapping[int, int]
    open: int


def weekly_hours(facts: Facts) -> Iterator[Finding]:
    """Faculty with more hours than they may teach, whenever these are."""
    view = View(facts.problem, Timetable())
    for rule in facts.problem.constraints:
        if isinstance(rule, WeeklyHours) and rule.enforcement.required:
            for broken in rule.violations(view):
                cure = f"give {broken.amount} of them to somebody else, or raise the maximum?"
                place, numbers = f"teacher {broken.who[0]}", {"amount": broken.amount, "limit": rule.limit}
                hindrances = (Hindrance(rule.name),)
                yield Finding(
                    "error", rule.name, place, broken.sentence, cure, numbers, broken.who, hindrances
                )


def unstaffed(facts: Facts) -> Iterator[Finding]:
    """Sections that nobody teaches, course by course."""
    problem = facts.problem
    view = View(problem, Timetable())
    for rule in problem.constraints:
        if not isinstance(rule, Staffed) or not rule.enforcement.required:
            continue
        by_course: defaultdict[tuple[str, bool], list[str]] = defaultdict(list)
        for broken in rule.violations(view):
            section = broken.who[0]
            by_course[problem.course_of[section].id, section not in problem.choices].append(section)
        for (course, proven), sections in by_course.items():
            verb = "has" if len(sections) == 1 else "have"
            text = (
                f"{counted(len(sections), 'section')} of {course} ({listed(sections)}) {verb} nobody to "
                "teach: the files name nobody, and "
            )
            cure = "name somebody, let more of the faculty teach the course, or raise their maximum hours?"
            if proven:
                long = any(time.length > 1 for one in sections for time in _some_times(problem, one))
                text += "nobody who is qualified has the hours left"
                text += ", as many in a row as its sessions take." if long else "."
            else:
                people = sorted({person for one in sections for person in problem.choices[one]})
                text += "Echelon found nobody with the hours left; with another choice it may be possible."
                cure = f"name {' or '.join(people[:3])}, and somebody else for what they teach?"
            numbers, who = {"sections": len(sections)}, tuple(sections)
            severity: Severity = "error" if proven else "warning"
            yield Finding(severity, rule.name, course, text, cure, numbers, who, (Hindrance(rule.name),))


def _some_times(problem: Problem, section: str) -> Iterator[Time]:
    """Yield a time of each meeting of a section that has any."""
    return (meeting.times[0] for meeting in problem.sections[section].meetings if meeting.times)


def only_priced(facts: Facts) -> Iterator[Finding]:
    """Rules that are required and can only be priced, so that no timetable is searched."""
    for rule in required_in_vain(facts.problem) if facts.problem.groups else ():
        text = f"The rule {rule.name!r} is required, and the search can only price it: it will not begin."
        yield Finding("warning", rule.name, "rules", text, PRICE_THEM, hindrances=(Hindrance(rule.name),))


def required_in_vain(problem: Problem) -> Iterator[ConstraintLike]:
    """Yield the rules that are required and can only be priced."""
    for rule in problem.constraints:
        if isinstance(rule, PRICED) and rule.enforcement.required:
            yield rule


def full_weeks(facts: Facts) -> Iterator[Finding]:
    """Faculty and groups with more hours than fit their week; groups that are alike in one finding."""
    problem = facts.problem
    needs = _needs(facts)
    alike: defaultdict[tuple[int, int, int], list[str]] = defaultdict(list)
    for attendee in problem.attendee.values():
        clash = problem.policy.clash_of(attendee.kind)
        mine = [needs[section.id] for section in problem.sections_of.get(attendee.id, ())]
        tight = _tight(mine, problem.calendar.slots) if clash.mode != "off" else None
        if tight is None or tight_sets([facts.times[one] for one in solid_meetings(facts, attendee.id)]):
            continue  # the latter is told already, meeting by meeting
        if attendee.kind == "group":
            alike[tight].append(attendee.id)
            continue
        needed, free, length = tight
        text = f"{attendee.kind} {attendee.id} has {_meetings(needed, length)} a week; {free} fit into "
        text += "the times that are open to them."
        cure = f"give {needed - free} of them to somebody else, or open more times?"
        numbers = {"needed": needed, "free": free, "length": length}
        rule, who = f"{attendee.kind} clash", (attendee.id,)
        severity = facts.proof if clash.required else "warning"
        place = f"{attendee.kind} {attendee.id}"
        yield Finding(severity, rule, place, text, cure, numbers, who, (Hindrance(rule),))
    severity = facts.proof if problem.policy.clash_of("group").required else "warning"
    for (needed, free, length), groups in alike.items():
        verb = "has" if len(groups) == 1 else "have"
        text = f"{facts.whom(groups)} {verb} {_meetings(needed, length)} a "
        text += f"week; {free} fit into the times that are open to them."
        place = facts.whose(groups)
        numbers = {place: len(groups), "needed": needed, "free": free, "length": length}
        cure = "take a course off their list, or open more times?"
        hindrances = (Hindrance("group clash"),)
        yield Finding(severity, "group clash", place, text, cure, numbers, tuple(groups), hindrances)


def overfull(facts: Facts) -> Iterator[Finding]:
    """Sections with more people than the seats that their file gives them, and groups without any section."""
    problem = facts.problem
    full = [s for s in problem.sections.values() if s.seats is not None and s.headcount > s.seats]
    if full:
        first, names = full[0], [section.id for section in full]
        text = f"{counted(len(full), 'section')} ({listed(names)}) with more people than seats: "
        text += f"{first.id} has {first.headcount} people and {first.seats} seats. The rooms decide."
        cure = "the enrolments or the seats are out of date?"
        yield Finding("warning", "seats", "seats", text, cure, {"sections": len(full)}, tuple(names))
    groups = [a.id for a in problem.attendees if a.kind == "group"]
    idle = [group for group in groups if not problem.sections_of.get(group)]
    if idle:
        verb, place = "attends" if len(idle) == 1 else "attend", facts.whose(idle)
        text = f"{facts.whom(idle)} {verb} nothing, of {len(groups)} in all."
        cure = "their enrolments are missing?"
        yield Finding("warning", "enrolment", place, text, cure, {place: len(idle)}, tuple(idle))


def _meetings(count: int, length: int) -> str:
    return f"{count} hours" if length == 1 else f"{count} meetings of {length} hours"


def _tight(needs: list[Need], slots: int) -> tuple[int, int, int] | None:
    """Return what is needed, what fits and for which length of meetings, where needs do not fit."""
    open_ = 0
    for need in needs:
        open_ |= need.open
    hours, free = sum(need.hours for need in needs), open_.bit_count()
    if hours > free:
        return hours, free, 1
    for length in sorted({length for need in needs for length in need.long}):
        count, places = sum(need.long.get(length, 0) for need in needs), _places(open_, length, slots)
        if count > places:
            return count, places, length
    return None


@lru_cache(maxsize=4096)
def _places(open_: int, length: int, slots: int) -> int:
    """Return how many stretches of some slots in a row fit into open slots, day by day."""
    places = 0
    while open_:
        day = open_ & ((1 << slots) - 1)
        for run in f"{day:b}".split("0"):
            places += len(run) // length
        open_ >>= slots
    return places


def _needs(facts: Facts) -> Mapping[str, Need]:
    """Return what each section needs, where every meeting takes the least that its times allow."""
    problem, made = facts.problem, dict[int, tuple[int, int, int]]()
    found: dict[str, Need] = {}
    for section in problem.sections.values():
        hours, open_, long = 0, 0, defaultdict[int, int](int)
        for meeting in section.meetings:
            times = facts.times[meeting.id]
            if id(times) not in made:
                made[id(times)] = _least(facts, times)
            slots, length, mask = made[id(times)]
            hours, open_ = hours + slots, open_ | mask
            for least in range(2, length + 1):
                long[least] += 1
        found[section.id] = Need(hours, dict(long), open_)
    return found


def _least(facts: Facts, times: frozenset[Time]) -> tuple[int, int, int]:
    """Return the fewest slots of some times, the least in a row, and all their slots as a bit mask."""
    calendar, open_ = facts.problem.calendar, 0
    for time in times:
        open_ |= calendar.mask(time)
    if not times or not all(map(calendar.holds, times)):
        return 0, 0, open_  # what lies beyond the calendar is not counted
    fewest = min(calendar.mask(time).bit_count() for time in times)
    return fewest, min(time.length for time in times), open_
