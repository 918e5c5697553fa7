"""Kernels compiled, or loaded where that was done before, ahead of any clock."""

from __future__ import annotations

from functools import cache

from echelon_lib.domain.calendar import Calendar
from echelon_lib.domain.offerings import Course, Meeting, Request, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.problem import Problem
from echelon_lib.search.annealer import Annealer
from echelon_lib.search.arrays import SchoolArrays
from echelon_lib.stop import running


def smallest_school() -> Problem:
    """Return a school of two sections and two students, with which kernels are compiled."""
    calendar = Calendar.of_days({"A": ["A1", "A2"]})
    sections = [Section(id, (Meeting(id, calendar.times),), 2, ("t",)) for id in ("x", "y")]
    return Problem(
        "smallest",
        calendar,
        tuple(Course.of(s.id, [s]) for s in sections),
        (Attendee("t", "teacher"), *(Attendee(id, "student") for id in "ab")),
        requests=tuple(Request(f"{s}{c}", s, (c,)) for s in "ab" for c in "xy"),
    )


@cache
def warm_up() -> None:
    """Compile the kernels, or load them where that was done before; no clock should count it."""
    search = Annealer(SchoolArrays(smallest_school()), 0, running(None), moves=100)
    search.place([0, 1])
    search.search()
