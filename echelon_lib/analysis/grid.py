"""The week as a grid: who has what in which period."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from echelon_lib.constraints.base import View
from echelon_lib.domain.offerings import Section
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable

By = Literal["teacher", "department", "course"]
NOT_PLACED = "not placed"
NOBODY = "(no teacher)"
NOWHERE = "(no department)"


def grid_cells(problem: Problem, timetable: Timetable, by: By = "teacher") -> pd.DataFrame:
    """Return one row for each section, row of the grid and period.

    Returns
    -------
    DataFrame
        Row, Period, Section, Course, Enrolled, Seats. A meeting that lasts over several named periods is in
        each of them; a section without a placement is in the period ``not placed``.
    """
    if by not in ("teacher", "department", "course"):
        raise ValueError(f"by={by!r} is none of 'teacher', 'department' and 'course'.")
    view = View(problem, timetable)
    found = [
        (row, period, section.id, problem.course_of[section.id].id, view.enrolled(section.id), section.seats)
        for section in problem.sections.values()
        for row in _rows(problem, section, by)
        for period in periods_in(problem, timetable, section)
    ]
    table = pd.DataFrame(found, columns=["Row", "Period", "Section", "Course", "Enrolled", "Seats"])
    return table.astype(
        {
            **dict.fromkeys(["Row", "Period", "Section", "Course"], "str"),
            "Enrolled": "int64",
            "Seats": "Int64",
        }
    )


def grid(problem: Problem, timetable: Timetable, by: By = "teacher") -> pd.DataFrame:
    """Return the week with a row for each teacher, department or course and a column for each period.

    Parameters
    ----------
    problem
        The problem.
    timetable
        Any timetable of it.
    by
        What the rows are. Every teacher has a row; sections without a teacher share one at the end.

    Returns
    -------
    DataFrame
        Cells such as ``ENG9-03 English 9 (24/30)``, several joined by ``; ``, empty where nothing happens.
        The last column is ``not placed``, if there is such a section.
    """
    cells = grid_cells(problem, timetable, by)
    texts: dict[tuple[str, str], list[str]] = {}
    for row, period, section, course, enrolled, seats in cells.itertuples(index=False, name=None):
        fill = f"{enrolled}" if pd.isna(seats) else f"{enrolled}/{seats}"
        texts.setdefault((row, period), []).append(f"{section} {course} ({fill})")
    rows, periods = grid_rows(problem, cells, by), grid_periods(problem, cells)
    return pd.DataFrame(
        [["; ".join(texts.get((row, period), [])) for period in periods] for row in rows],
        index=pd.Index(rows, name=by.capitalize(), dtype=str),
        columns=pd.Index(periods, name="Period", dtype=str),
        dtype=str,
    )


def grid_rows(problem: Problem, cells: pd.DataFrame, by: By) -> list[str]:
    """Return the rows of a grid in order, those without any section included."""
    if by == "teacher":
        known = [teacher.id for teacher in problem.teachers]
    elif by == "course":
        known = [course.id for course in problem.courses if course.sections]
    else:
        known = sorted({*(s.department for s in problem.sections.values() if s.department)})
    return list(dict.fromkeys([*known, *cells["Row"]]))


def grid_periods(problem: Problem, cells: pd.DataFrame) -> list[str]:
    """Return the columns of a grid in order: the calendar's periods, other times, ``not placed``."""
    named = dict.fromkeys([*(period.name for period in problem.calendar.periods), *cells["Period"]])
    last = [NOT_PLACED] if named.pop(NOT_PLACED, 0) is None else []
    return [*named, *last]


def periods_in(problem: Problem, timetable: Timetable, section: Section) -> list[str]:
    """Return every named period in which a section meets, or ``not placed``."""
    found: dict[str, None] = {}
    for meeting in section.meetings:
        placement = timetable.placements.get(meeting.id)
        if placement is None:
            found[NOT_PLACED] = None
            continue
        time = placement.time
        named = [period.name for period in problem.calendar.periods if period.time.overlaps(time)]
        found.update(dict.fromkeys(named or [problem.calendar.name(time)]))
    return list(found)


def _rows(problem: Problem, section: Section, by: By) -> tuple[str, ...]:
    if by == "teacher":
        return problem.teachers_of(section) or (NOBODY,)
    if by == "course":
        return (problem.course_of[section.id].id,)
    return (section.department or NOWHERE,)
