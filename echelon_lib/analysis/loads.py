"""What a timetable makes of a teacher's week: sections a day, labs in a row, free periods."""

from __future__ import annotations

import pandas as pd

from echelon_lib.analysis.staffing import free_times
from echelon_lib.constraints.base import View
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.school_rules import LAB


def loads_by_teacher(problem: Problem, timetable: Timetable) -> pd.DataFrame:
    """Return one row for each teacher, the heaviest load first.

    Returns
    -------
    DataFrame
        Teacher, Department, Sections, Courses (different ones, to be prepared), ``On <day>`` for each day of
        the calendar (sections that meet then), Most a day, In a row (meetings that follow each other without
        a break, at most), Labs in a row (pairs of labs that do), Free (periods in which the teacher is there
        and does not teach), Not placed (sections without a period).
    """
    view, days = View(problem, timetable), problem.calendar.days
    rows = []
    for teacher in problem.teachers:
        sections = problem.sections_of.get(teacher.id, ())
        placed = view.placed_of(teacher.id)
        times = [placement.time for placement, _ in placed]
        on = [
            len(
                {
                    section.id
                    for placement, section in placed
                    if day in problem.calendar.days_of(placement.time)
                }
            )
            for day in range(len(days))
        ]
        labs = [placement.time for placement, section in placed if LAB in section.tags]
        there = free_times(problem, teacher.id)
        rows.append(
            (
                teacher.id,
                teacher.department,
                len(sections),
                len({problem.course_of[section.id].id for section in sections}),
                *on,
                max(on, default=0),
                _longest_run(times),
                sum(one.precedes(other) for one in labs for other in labs),
                sum(not any(time.overlaps(taken) for taken in times) for time in there),
                len(sections) - len({section.id for _, section in placed}),
            )
        )
    first, by_day = ["Teacher", "Department", "Sections", "Courses"], [f"On {day}" for day in days]
    columns = [*first, *by_day, "Most a day", "In a row", "Labs in a row", "Free", "Not placed"]
    table = pd.DataFrame(rows, columns=columns)
    table = table.astype({name: "str" if at < 2 else "int64" for at, name in enumerate(columns)})
    by = ["Sections", "Most a day", "In a row", "Teacher"]
    return table.sort_values(by, ascending=[False, False, False, True], kind="stable", ignore_index=True)


def _longest_run(times: list[Time]) -> int:
    """Return how many meetings follow each other at most."""
    runs: dict[Time, int] = {}
    for time in sorted(set(times), key=lambda time: time.start):
        runs[time] = 1 + max((run for before, run in runs.items() if before.precedes(time)), default=0)
    return max(runs.values(), default=0)
