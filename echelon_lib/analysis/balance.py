"""How evenly the sections of a course share its students, or those of one group."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd

from echelon_lib.analysis.student_groups import students_by
from echelon_lib.analysis.utilisation import original_seats
from echelon_lib.constraints.base import View
from echelon_lib.domain.errors import EchelonError
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable


def balance_by_course(
    problem: Problem, timetable: Timetable, *, by: str = "", group: str = "Yes"
) -> pd.DataFrame:
    """Return how evenly each course with several sections is spread, the least even first.

    Parameters
    ----------
    problem
        The problem.
    timetable
        Any timetable of it.
    by
        What tells the students apart that are counted: a tag such as ``SPED``, or a column of their details
        such as ``ELL``; everybody when left blank.
    group
        The value of ``by`` that is counted.

    Returns
    -------
    DataFrame
        Course, Sections, Students (counted), Fewest and Most (in a section), Spread (most − fewest),
        Attainable (the least spread that the seats allow), To move (students who would have to change
        section to come to it). Clashes are not looked at: what is attainable need not be worth its price.

    Raises
    ------
    EchelonError
        When no student is of the group.
    """
    view, seats = View(problem, timetable), original_seats(problem)
    counted = _members(problem, by, group)
    rows = []
    for course in problem.courses:
        for part in course.parts:
            if len(part.sections) < 2:
                continue
            ids = [section.id for section in part.sections]
            sizes = [
                sum(counted is None or student in counted for student in view.students_in[id]) for id in ids
            ]
            even = even_sizes(sizes, [seats[id] for id in ids])
            name = course.id if len(course.parts) == 1 else part.id
            spread = max(sizes) - min(sizes)
            best = min(spread, max(even) - min(even))
            moves = sum(max(0, now - then) for now, then in zip(sizes, even, strict=True))
            rows.append((name, len(ids), sum(sizes), min(sizes), max(sizes), spread, best, moves))
    columns = ["Course", "Sections", "Students", "Fewest", "Most", "Spread", "Attainable", "To move"]
    table = pd.DataFrame(rows, columns=columns)
    table = table.astype(dict.fromkeys(columns, "int64") | {"Course": "str"})
    by_ = ["To move", "Spread", "Course"]
    return table.sort_values(by_, ascending=[False, False, True], kind="stable", ignore_index=True)


def even_sizes(sizes: Sequence[int], seats: Sequence[int | None]) -> list[int]:
    """Return the most even sizes that the seats allow, with as few students moved as can be.

    Every section has the same number, or its seats where these are fewer; what is left over goes to the
    sections that have most now. Sections that hold more than their seats already count with what they hold.
    """
    room = [max(size, size if seat is None else seat) for size, seat in zip(sizes, seats, strict=True)]
    room = [sum(sizes) if seat is None else one for one, seat in zip(room, seats, strict=True)]
    total, level = sum(sizes), 0
    while sum(min(one, level + 1) for one in room) <= total and level < max(room, default=0):
        level += 1
    even = [min(one, level) for one in room]
    left = total - sum(even)
    for at in sorted(range(len(sizes)), key=lambda at: -sizes[at]):
        if left and even[at] < room[at]:
            even[at] += 1
            left -= 1
    return even


def _members(problem: Problem, by: str, group: str) -> Collection[str] | None:
    """Return the students of a group; None for everybody."""
    if not by:
        return None
    groups = students_by(problem, by)
    if group not in groups:
        known = ", ".join(groups) or "no group at all"
        raise EchelonError(f"No student has {by} {group!r}.\n  Maybe one of: {known}?")
    return frozenset(groups[group])
