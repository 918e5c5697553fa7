"""What a check finds, and the facts that several checks share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from echelon_lib.bounds import Capacity, Shortage, allowed_times, capacities, shortages
from echelon_lib.constraints.times import ForbiddenTimes
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.problem import Problem

Severity = Literal["error", "warning", "info"]


class Hindrance(NamedTuple):
    """A required rule that stands in the way.

    Parameters
    ----------
    rule
        Name of the rule.
    course
        The course whose rule it is, where it is the rule of one course.
    """

    rule: str
    course: str | None = None


@dataclass(frozen=True)
class Finding:
    """One thing that preflight noticed.

    Parameters
    ----------
    severity
        ``error``: no timetable can keep all required rules; ``warning``: requests will be lost or the data
        look wrong; ``info``: worth knowing.
    rule
        Name of the rule, or of the check where it is no rule.
    place
        Whom or what it is about, or where in the files.
    message
        What it is, in a sentence with the numbers.
    suggestion
        What would mend it; printed on the next line after "Maybe".
    numbers
        The numbers of the sentence by name.
    who
        Identifiers concerned; they may be of students, so they are shown to the user and never logged.
    hindrances
        Required rules without which an error would be none; empty where no rule is in the way.
    """

    severity: Severity
    rule: str
    place: str
    message: str
    suggestion: str | None = None
    numbers: Mapping[str, int] = field(default_factory=dict)
    who: tuple[str, ...] = ()
    hindrances: tuple[Hindrance, ...] = ()

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place and self.place not in self.message else ""
        text = f"{self.severity}: {place}{self.message}"
        return f"{text}\n  Maybe {self.suggestion}" if self.suggestion else text


class Facts:
    """A problem with what several checks need, computed once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.times = allowed_times(problem)
        self.capacity: Capacity = capacities(problem, self.times)
        self.shortages: tuple[Shortage, ...] = shortages(problem, self.capacity)
        policy = problem.policy
        self.placed = policy.unplaced.required and policy.domain.required
        self.proof: Severity = "error" if self.placed else "warning"

    def periods(self, times: Iterable[Time]) -> str:
        """Return the names of times in order."""
        order = sorted(times, key=lambda time: (time.days, time))
        return listed([self.problem.calendar.name(time) for time in order], 8)

    def name(self, meeting: str) -> str:
        """Return the section of a meeting where that says which meeting it is."""
        section = self.problem.section_of[meeting]
        return section.id if len(section.meetings) == 1 else meeting

    def thing(self, meetings: Iterable[str]) -> str:
        """Return what ``name`` names of meetings: sections where each is the only one of its section."""
        single = all(len(self.problem.section_of[meeting].meetings) == 1 for meeting in meetings)
        return "section" if single else "meeting"

    def whom(self, groups: Sequence[str]) -> str:
        """Return some groups in words: batches by name, students by number, since findings are logged."""
        batches = [one for one in groups if self.problem.attendee[one].word == "group"]
        students = len(groups) - len(batches)
        said = [f"{counted(len(batches), 'group')} ({listed(batches)})"] if batches else []
        return " and ".join([*said, counted(students, "student")] if students else said)

    def whose(self, groups: Sequence[str]) -> str:
        """Return whether some groups are single students, or not all of them."""
        students = all(self.problem.attendee[one].word == "student" for one in groups)
        return "students" if students else "groups"

    def roomless(self, meeting: str) -> bool:
        """Return whether a meeting needs a room and no room suits it: it has neither times nor rooms then."""
        one = self.problem.meetings[meeting]
        return bool(self.problem.rooms) and not one.times and not one.rooms

    @cached_property
    def solid(self) -> Mapping[str, bool]:
        """Whether each meeting may be somewhere, and takes time wherever that is."""
        told: dict[int, bool] = {}  # meetings share their times
        for times in self.times.values():
            if id(times) not in told:
                told[id(times)] = bool(times) and all(time.overlaps(time) for time in times)
        return {meeting: told[id(times)] for meeting, times in self.times.items()}

    def course(self, meetings: Iterable[str]) -> str | None:
        """Return the course of the meetings, if they all belong to one."""
        return self.course_of(self.problem.section_of[meeting].id for meeting in meetings)

    def course_of(self, sections: Iterable[str]) -> str | None:
        """Return the course of the sections, if they all belong to one."""
        courses = {self.problem.course_of[section].id for section in sections}
        return courses.pop() if len(courses) == 1 else None

    @cached_property
    def forbidding(self) -> Mapping[str, Mapping[Hindrance, tuple[Time, ...]]]:
        """The times that required rules forbid to each meeting that is not free, by rule."""
        found: dict[str, dict[Hindrance, tuple[Time, ...]]] = defaultdict(dict)
        for rule in self.problem.constraints:
            if not isinstance(rule, ForbiddenTimes) or not rule.enforcement.required:
                continue
            attendee = rule.scope.attendee
            if attendee is None:
                meetings = list(rule.scope.meetings)
                hindrance = Hindrance(rule.name, self.course(meetings))
            else:
                attended = self.problem.sections_of.get(attendee, ())
                meetings = [meeting.id for section in attended for meeting in section.meetings]
                hindrance = Hindrance(rule.name)
            for meeting in meetings:
                found[meeting][hindrance] = (*found[meeting].get(hindrance, ()), *rule.times)
        return found

    @cached_property
    def _reasons(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for rule in self.problem.constraints:
            if not isinstance(rule, ForbiddenTimes) or not rule.reason or not rule.enforcement.required:
                continue
            sections = self.problem.sections_of.get(rule.scope.attendee or "", ())
            meetings = [meeting.id for section in sections for meeting in section.meetings]
            for meeting in (*rule.scope.meetings, *meetings):
                found[meeting].append(rule.reason)
        return found

    def because(self, meetings: Iterable[str]) -> str:
        """Return in brackets why required rules keep meetings from times, where the rules say why."""
        said = dict.fromkeys(reason for meeting in meetings for reason in self._reasons.get(meeting, ()))
        return f" ({'; '.join(list(said)[:3])})" if said else ""

    def times_without(self, meeting: str, dropped: Iterable[Hindrance]) -> frozenset[Time]:
        """Return the times of a meeting if some rules did not forbid any."""
        rules = self.forbidding.get(meeting, {})
        away = [time for rule in rules.keys() - set(dropped) for time in rules[rule]]
        times = self.problem.meetings[meeting].times
        return frozenset(time for time in times if not any(time.overlaps(other) for other in away))


def fewest(
    hindrances: Iterable[Hindrance], enough: Callable[[frozenset[Hindrance]], bool]
) -> tuple[Hindrance, ...]:
    """Return hindrances of which none can be left out for it to be ``enough``; none where all are too few.

    Those that stand first are kept as rules where others suffice.
    """
    left = list(dict.fromkeys(hindrances))
    if not enough(frozenset(left)):
        return ()
    for one in tuple(left):
        fewer = [other for other in left if other != one]
        if enough(frozenset(fewer)):
            left = fewer
    return tuple(left)


def listed(names: Sequence[str], shown: int = 6) -> str:
    """Return names for a sentence, the first few where they are many."""
    if len(names) <= shown + 1:
        return ", ".join(names)
    return f"{', '.join(names[:shown])} and {len(names) - shown} more"


def counted(number: int, thing: str) -> str:
    """Return a number with its thing in the singular or plural."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
