"""Why a student does not get what was asked for, request by request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from echelon_lib.bounds.seats import Capacity, capacities
from echelon_lib.constraints.base import View
from echelon_lib.constraints.enrolment import OnlyFor
from echelon_lib.constraints.times import FreeTimes
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.offerings import Part, Section
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.school_rules import SPED
from echelon_lib.scoring.evaluate import Evaluation, Served, evaluate

NO_SEAT = "no seat"
NOT_OFFERED = "not offered"
FOR_OTHERS = "for others"
CLASH = "clash"
UNMET_COLUMNS = ("Student ID", "Course ID", "Reason")


@dataclass(frozen=True)
class _Seen:
    """A timetable with what is needed to say why a request is not met."""

    problem: Problem
    timetable: Timetable

    @cached_property
    def view(self) -> View:
        return View(self.problem, self.timetable)

    @cached_property
    def capacity(self) -> Capacity:
        return capacities(self.problem)

    def times(self, section: Section) -> list[Time] | None:
        """Return when a section meets; None while it is not placed as a whole."""
        placed = [self.timetable.placements.get(meeting.id) for meeting in section.meetings]
        if not placed or None in placed:
            return None
        return [placement.time for placement in placed if placement is not None]

    def has_seat(self, section: Section) -> bool:
        count = self.view.enrolled(section.id)
        counts = self.problem.policy.seats.mode != "off" and section.seats is not None
        full = counts and count >= (section.seats or 0)
        return not full and count < self.capacity.section[section.id]

    @cached_property
    def only_for(self) -> dict[str, list[OnlyFor]]:
        """The required rules that keep students out of each section."""
        found: dict[str, list[OnlyFor]] = {}
        for rule in self.problem.constraints:
            if isinstance(rule, OnlyFor) and rule.enforcement.required:
                for section in rule.scope.sections:
                    found.setdefault(section, []).append(rule)
        return found

    @cached_property
    def closed(self) -> dict[str, tuple[Time, ...]]:
        """The times at which students are to be kept free."""
        found: dict[str, tuple[Time, ...]] = {}
        for rule in self.problem.constraints:
            if isinstance(rule, FreeTimes) and rule.enforcement.required:
                found[rule.student] = (*found.get(rule.student, ()), *rule.times)
        return found

    def for_others(self, section: Section, student: str) -> str | None:
        """Return the name of a rule that keeps a student out of a section, if there is one."""
        rules = self.only_for.get(section.id, ())
        return next((rule.name for rule in rules if student not in rule.students), None)

    def blocked_by_tag(self, section: Section, student: str) -> str | None:
        """Return a tag of the student of which the section has as many as it may, if any."""
        for tag in sorted(self.problem.student[student].tags & self.capacity.tagged_section.keys()):
            if self.view.enrolled(section.id, tag) >= self.capacity.tagged_section[tag][section.id]:
                return tag
        return None

    def reason(self, part: Part, student: str) -> tuple[int, str]:
        """Say why a student has no section of a part; the higher the number, the harder the obstacle."""
        if not part.sections:
            return 5, NOT_OFFERED
        shut = {section.id: self.for_others(section, student) for section in part.sections}
        if all(shut.values()):
            return 5, f"{FOR_OTHERS}: {', '.join(sorted({name for name in shut.values() if name}))}"
        open_ = [s for s in part.sections if shut[s.id] is None and self.has_seat(s)]
        if not open_:
            return 4, NO_SEAT
        tags = [self.blocked_by_tag(section, student) for section in open_]
        free = [section for section, tag in zip(open_, tags, strict=True) if tag is None]
        if not free:
            return 3, f"no {' or '.join(sorted({tag for tag in tags if tag is not None}))} seat"
        placed = [(section, times) for section in free if (times := self.times(section)) is not None]
        if not placed:
            return 2, f"not placed: {', '.join(section.id for section in free)}"
        in_the_way: dict[str, None] = {}
        closed = self.closed.get(student, ())
        for section, times in placed:
            if any(time.overlaps(other) for time in times for other in closed):
                in_the_way["a time to be kept free"] = None
                continue
            clashing = self._clashing(student, times)
            if not clashing:
                return 0, f"free seat in {section.id}"
            in_the_way.update(dict.fromkeys(clashing))
        return 1, f"{CLASH} with {', '.join(sorted(in_the_way))}"

    def _clashing(self, student: str, times: list[Time]) -> list[str]:
        """Return the courses that the student takes at any of the times."""
        found = []
        for name in self.timetable.enrolments.get(student, frozenset()):
            section = self.problem.sections.get(name)
            taken = self.times(section) if section is not None else None
            if taken and any(one.overlaps(other) for one in taken for other in times):
                found.append(self.problem.course_of[name].id)
        return found


def unmet_requests(
    problem: Problem, timetable: Timetable, evaluation: Evaluation | None = None
) -> pd.DataFrame:
    """Return one row for each request whose primary course is not given, with the reason.

    Requests filled with an alternate are listed too: their primary is still unmet.

    Parameters
    ----------
    problem
        The problem.
    timetable
        Any timetable of it.
    evaluation
        What ``evaluate`` said of the timetable, if it is at hand.

    Returns
    -------
    DataFrame
        Student ID, Course ID (the primary) and Reason, in the order of the problem. A reason is

        - ``not offered``: the course has no section;
        - ``for others: …``: the rules named keep the student out, such as the grades of the course;
        - ``no seat``: every section is full;
        - ``no SPED seat``: the sections that are not full have as many SPED students as they may;
        - ``clash with …``: the student has something else whenever a section with room meets; the courses
          in the way are named, and times to be kept free;
        - ``not placed: …``: the sections with room have no period yet;
        - ``asked for twice``: another request of the student already brings the course;
        - ``free seat in …``: nothing stands in the way, and a better timetable exists.
    """
    served = (evaluation or evaluate(problem, timetable)).served
    given = {(one.request.student, one.course) for one in served if one.course is not None}
    seen = _Seen(problem, timetable)
    rows = [
        (one.request.student, one.request.primary, _reason(seen, one, given))
        for one in served
        if one.rank != 0
    ]
    return pd.DataFrame(rows, columns=list(UNMET_COLUMNS), dtype=str)


def _reason(seen: _Seen, one: Served, given: set[tuple[str, str]]) -> str:
    student, course = one.request.student, one.request.primary
    if (student, course) in given:
        return "asked for twice"
    parts = seen.problem.course[course].parts
    if not parts:
        return NOT_OFFERED
    return max((seen.reason(part, student) for part in parts), key=lambda found: found[0])[1]


def reason_kind(reason: str) -> str:
    """Return the kind of a reason: what stands before the names in it."""
    for kind in (CLASH, FOR_OTHERS, "not placed", "free seat"):
        if reason.startswith(kind):
            return kind
    return reason


def unmet_by_reason(problem: Problem, unmet: pd.DataFrame) -> pd.DataFrame:
    """Count unmet requests by kind of reason.

    Parameters
    ----------
    problem
        The problem.
    unmet
        What ``unmet_requests`` returned.

    Returns
    -------
    DataFrame
        Reason, Requests, Of SPED students; the most frequent first.
    """
    kinds = [reason_kind(reason) for reason in unmet["Reason"]]
    return _counted("Reason", kinds, _sped(problem, unmet["Student ID"]))


def unmet_by_course(problem: Problem, unmet: pd.DataFrame) -> pd.DataFrame:
    """Count unmet requests by course.

    Parameters
    ----------
    problem
        The problem.
    unmet
        What ``unmet_requests`` returned.

    Returns
    -------
    DataFrame
        Course ID, Requests (not met), Of SPED students, Asked (all requests for the course); the course
        with most first.
    """
    table = _counted("Course ID", list(unmet["Course ID"]), _sped(problem, unmet["Student ID"]))
    asked: dict[str, int] = {}
    for request in problem.requests:
        asked[request.primary] = asked.get(request.primary, 0) + 1
    return table.assign(
        Asked=pd.Series([asked.get(course, 0) for course in table["Course ID"]], dtype="int64")
    )


def _sped(problem: Problem, students: Iterable[str]) -> list[bool]:
    return [name in problem.student and SPED in problem.student[name].tags for name in students]


def _counted(title: str, keys: list[str], sped: list[bool]) -> pd.DataFrame:
    counts: dict[str, tuple[int, int]] = {}
    for key, flag in zip(keys, sped, strict=True):
        total, flagged = counts.get(key, (0, 0))
        counts[key] = (total + 1, flagged + flag)
    rows = [(key, *pair) for key, pair in sorted(counts.items(), key=lambda item: (-item[1][0], item[0]))]
    table = pd.DataFrame(rows, columns=[title, "Requests", "Of SPED students"])
    return table.astype({title: "str", "Requests": "int64", "Of SPED students": "int64"})
