"""What a check finds, and the facts that several checks share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from echelon_lib.bounds import Capacity, Shortage, allowed_times, capacities, shortages
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.problem import Problem

Severity = Literal["error", "warning", "info"]


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
    """

    severity: Severity
    rule: str
    place: str
    message: str
    suggestion: str | None = None
    numbers: Mapping[str, int] = field(default_factory=dict)
    who: tuple[str, ...] = ()

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

    def course(self, meetings: Iterable[str]) -> str | None:
        """Return the course of the meetings, if they all belong to one."""
        courses = {self.problem.course_of[self.problem.section_of[meeting].id].id for meeting in meetings}
        return courses.pop() if len(courses) == 1 else None


def listed(names: Sequence[str], shown: int = 6) -> str:
    """Return names for a sentence, the first few where they are many."""
    if len(names) <= shown + 1:
        return ", ".join(names)
    return f"{', '.join(names[:shown])} and {len(names) - shown} more"


def counted(number: int, thing: str) -> str:
    """Return a number with its thing in the singular or plural."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
