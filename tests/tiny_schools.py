"""Schools written in a few words, for tests of the solving layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from echelon_lib.domain.calendar import Calendar
from echelon_lib.domain.offerings import Course, Meeting, Request, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.policy import Policy, Scope
from echelon_lib.domain.problem import ConstraintLike, Problem
from echelon_lib.solvers.base import backends

TWO_DAYS = Calendar.of_days({"R": ["R1", "R2"], "G": ["G1", "G2"]})
ONE_DAY = Calendar.of_days({"Day": ["P1", "P2", "P3"]})
BACKENDS = ("highs", "gurobi")


def usable(backend: str) -> str:
    """Return the backend's name; skip the test where it may not be used."""
    availability = backends()[backend].availability()
    if not availability.licensed:
        pytest.skip(f"{backend}: {availability.reason}")
    return backend


def tiny(
    sections: str,
    wishes: Mapping[str, str],
    *rules: ConstraintLike,
    calendar: Calendar = TWO_DAYS,
    policy: Policy | None = None,
    sped: Iterable[str] = (),
    labs: Iterable[str] = (),
    seats: int | None = 2,
    fixed: Mapping[str, str] | None = None,
    weights: Mapping[str, int] | None = None,
    departments: Mapping[str, str] | None = None,
    **more: Any,
) -> Problem:
    """Make a school of sections such as ``Art-1:2/pat`` (seats and teacher may be left out).

    Parameters
    ----------
    sections
        Separated by spaces; a course is what stands before the dash.
    wishes
        For each student the courses in order, alternates after a bar: ``Art|Band Chess``.
    departments
        The department of each course that has one.
    """
    courses: dict[str, list[Section]] = {}
    teachers: dict[str, None] = {}
    for word in sections.split():
        name, _, teacher = word.partition("/")
        id, _, count = name.partition(":")
        if teacher:
            teachers[teacher] = None
        times = (calendar.time(fixed[id]),) if fixed and id in fixed else calendar.times
        courses.setdefault(id.split("-")[0], []).append(
            Section(
                id,
                (Meeting(id, times),),
                int(count) if count else seats,
                (teacher,) if teacher else (),
                department=(departments or {}).get(id.split("-")[0], ""),
                tags=frozenset({"Lab"} if id in set(labs) else ()),
            )
        )
    asked = {student: [tuple(wish.split("|")) for wish in text.split()] for student, text in wishes.items()}
    for wish in (course for lists in asked.values() for one in lists for course in one):
        courses.setdefault(wish, [])
    flagged = set(sped)
    return Problem(
        "tiny",
        calendar,
        tuple(Course.of(course, some) for course, some in courses.items()),
        (
            *(Attendee(teacher, "teacher") for teacher in teachers),
            *(Attendee(s, "student", tags=frozenset({"SPED"} if s in flagged else ())) for s in wishes),
        ),
        requests=tuple(
            Request(f"{student}#{at}", student, wish, (weights or {}).get(wish[0], 100))
            for student, lists in asked.items()
            for at, wish in enumerate(lists)
        ),
        constraints=rules,
        policy=policy or Policy(),
        **more,
    )


def every(problem_or_sections: str) -> Scope:
    """The scope of the sections named in the words of ``tiny``."""
    return Scope.of_sections(word.split("/")[0].split(":")[0] for word in problem_or_sections.split())


def meetings(sections: str) -> Scope:
    """The scope of the meetings of the sections named in the words of ``tiny``."""
    return Scope.of_meetings(every(sections).sections)
