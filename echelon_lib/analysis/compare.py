"""Two timetables of one problem side by side."""

from __future__ import annotations

import pandas as pd

from echelon_lib.analysis.utilisation import TARGET, utilisation_by_section
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import evaluate


def compare(
    problem: Problem, first: Timetable, second: Timetable, *, names: tuple[str, str] = ("A", "B")
) -> pd.DataFrame:
    """Return what two timetables reach, and how far they lie apart.

    Parameters
    ----------
    problem
        The problem of both.
    first, second
        The timetables.
    names
        Titles of their columns.

    Returns
    -------
    DataFrame
        Measure, one column for each timetable, Change. The measures are requests, met, filled, complete
        students, seats used, sections below the target, required rules broken (amount), the cost of each
        level, then sections moved to another period or room and students moved to another section: for
        these two the first column is 0.
    """
    one, other = _measures(problem, first), _measures(problem, second)
    changes = first.diff(second)
    sections = {
        problem.section_of[change.who].id if change.who in problem.section_of else change.who
        for change in changes
        if change.kind in ("moved", "room")
    }
    students = {change.who for change in changes if change.kind in ("enrolled", "left")}
    rows = [(name, value, other.get(name, 0), other.get(name, 0) - value) for name, value in one.items()]
    rows.append(("Sections moved", 0, len(sections), len(sections)))
    rows.append(("Students moved", 0, len(students), len(students)))
    return pd.DataFrame(rows, columns=["Measure", *names, "Change"])


def _measures(problem: Problem, timetable: Timetable) -> dict[str, int]:
    evaluation = evaluate(problem, timetable)
    use = utilisation_by_section(problem, timetable)
    cost = {f"Cost of level {level}": cost for level, cost in enumerate(evaluation.cost, start=1)}
    return {
        "Requests": evaluation.requests,
        "Met": evaluation.met,
        "Filled": evaluation.filled,
        "Complete students": evaluation.complete,
        "Seats used": int(use["Enrolled"].sum()),
        f"Sections below {TARGET} %": int(use["Below target"].sum()),
        "Required rules broken": sum(evaluation.required.values()),
        **cost,
    }
