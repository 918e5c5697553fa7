"""Why a student does not get what was asked for, request by request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from echelon_lib.bounds.seats import Capacity, capacities
from echelon_lib.constraints.base import View
from echelon_lib.constraints.enrolment import AtMostEnrolled, OnlyFor
from echelon_lib.constraints.times import FreeTimes
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.offerings import Part, Section
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.run_tables import shown_details
from echelon_lib.school_rules import SPED
from echelon_lib.scoring.evaluate import Evaluation, Served, evaluate

NO_SEAT = "no seat"
NOT_OFFERED = "not offered"
FOR_OTHERS = "for others"
CLASH = "clash"
RULE = "rule"
NOT_ASKED = "not asked"
UNMET_COLUMNS = ("Student ID", "Course ID", "Reason")

Repair = Callable[[str, str], str]
"""Answers for a student and a course, in a sentence, with the cheapest change that would give it."""


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

    @cached_property
    def limits(self) -> dict[str, list[tuple[str, int]]]:
        """Names and limits of the required rules on how many students each section may hold."""
        found: dict[str, list[tuple[str, int]]] = {}
        for rule in self.problem.constraints:
            if isinstance(rule, AtMostEnrolled) and rule.tag is None and rule.enforcement.required:
                for section, limit in zip(rule.scope.sections, rule.limits, strict=False):
                    found.setdefault(section, []).append((rule.name, limit))
        return found

    def is_full(self, section: Section) -> bool:
        """Return whether every seat is taken, whatever rules say besides."""
        counts = self.problem.policy.seats.mode != "off" and section.seats is not None
        return counts and self.view.enrolled(section.id) >= (section.seats or 0)

    def has_seat(self, section: Section) -> bool:
        count = self.view.enrolled(section.id)
        return not self.is_full(section) and count < self.capacity.section[section.id]

    def closed_by(self, part: Part) -> list[str]:
        """Return the rules that close the sections of a part in which seats are left."""
        names = {
            name
            for section in part.sections
            if not self.is_full(section)
            for name, limit in self.limits.get(section.id, ())
            if self.view.enrolled(section.id) >= limit
        }
        return sorted(names)

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
            rules = self.closed_by(part)
            return 4, f"{RULE}: {', '.join(rules)}" if rules else NO_SEAT
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
        - ``rule: …``: some section has seats left, but required rules close every such section;
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


def unmet_list(
    problem: Problem,
    timetable: Timetable,
    evaluation: Evaluation | None = None,
    *,
    repair: Repair | None = None,
    most: int | None = None,
) -> pd.DataFrame:
    """Return the unmet requests as a counsellor works through them, what weighs most first.

    Parameters
    ----------
    problem
        The problem.
    timetable
        Any timetable of it.
    evaluation
        What ``evaluate`` said of the timetable, if it is at hand.
    repair
        Asked for each request that is listed, also where an alternate fills it: what would give the primary
        course? Nobody is asked when left out.
    most
        Requests listed, at most.

    Returns
    -------
    DataFrame
        Student ID, About (name and grade, where the files give them), Course ID (the primary), Kind (``core``
        or ``elective``), Wish (such as ``2 of 7``), Instead (the alternate that is given), Reason (as
        ``unmet_requests`` says it) and Cheapest repair (``not asked`` without ``repair``). Requests without
        any course come before those filled by an alternate, then core before elective, then by weight.
        Personal data: to be shown, never logged.
    """
    found = evaluation or evaluate(problem, timetable)
    reasons = unmet_requests(problem, timetable, found)["Reason"]
    pairs = zip((one for one in found.served if one.rank != 0), reasons, strict=True)
    ordered = sorted(
        pairs, key=lambda pair: (pair[0].rank is not None, not pair[0].request.core, -pair[0].request.weight)
    )
    rows = []
    for one, reason in ordered if most is None else ordered[:most]:
        request = one.request
        wishes = problem.requests_of[request.student]
        told = NOT_ASKED if repair is None else repair(request.student, request.primary)
        rows.append(
            (
                request.student,
                shown_details(problem.student[request.student]),
                request.primary,
                "core" if request.core else "elective",
                f"{wishes.index(request) + 1} of {len(wishes)}",
                one.course or "",
                reason,
                told,
            )
        )
    titles = ["Student ID", "About", "Course ID", "Kind", "Wish", "Instead", "Reason", "Cheapest repair"]
    return pd.DataFrame(rows, columns=titles, dtype=str)


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
    for kind in (CLASH, RULE, FOR_OTHERS, "not placed", "free seat"):
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
