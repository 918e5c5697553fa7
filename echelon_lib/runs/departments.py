"""Only these departments, the rest frozen: which meetings of a university a run may move."""

from __future__ import annotations

from collections.abc import Iterable

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.university import university_of
from echelon_lib.university_changes import outside

NAMED = 3
"""Meetings that an issue names, at most."""


def movable_meetings(problem: Problem, departments: Iterable[str], start: Timetable) -> tuple[str, ...]:
    """Return the meetings of some departments; whoever else attends them, a course is of one department.

    Parameters
    ----------
    problem
        The problem of a university.
    departments
        Identifiers of departments.
    start
        The timetable in which all other meetings stay.

    Raises
    ------
    DataError
        When a department does not exist, or a meeting of another one has no place in which it could stay.
    """
    others = set(outside(university_of(problem).files, departments))
    still = [m.id for section in problem.sections.values() if section.id in others for m in section.meetings]
    lost = [id for id in still if id not in start.placements]
    if lost:
        first = ", ".join(lost[:NAMED]) + (", …" if len(lost) > NAMED else "")
        text = f"{len(lost)} meetings of other departments have no place in the start to stay in: {first}"
        cure = "let their departments be timetabled as well, or start from another run?"
        raise DataError([Issue(text, column="departments", cure=cure)])
    held = set(still)
    return tuple(id for id in problem.meetings if id not in held)
