"""Teachers and what they hold: posts that the requests need, and what changes of sections mean for loads."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from echelon_lib.analysis.demand import sections_to_add
from echelon_lib.analysis.grid import NOWHERE
from echelon_lib.analysis.utilisation import needs
from echelon_lib.constraints.times import ForbiddenTimes
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.problem import Problem
from echelon_lib.schools import School


def full_load(problem: Problem) -> int:
    """Return the sections of a full post: the load that a rule allows, else the largest load there is."""
    rules = problem.source.rules if isinstance(problem.source, School) else None
    if (
        rules is not None
        and rules.teacher_load is not None
        and rules.enforcement("teacher_load").mode != "off"
    ):
        return rules.teacher_load
    return max(_loads(problem).values(), default=0) or 1


def free_times(problem: Problem, teacher: str) -> tuple[Time, ...]:
    """Return the named times at which no required rule keeps a teacher away."""
    away = [
        time
        for rule in problem.constraints
        if isinstance(rule, ForbiddenTimes) and rule.enforcement.required and rule.scope.attendee == teacher
        for time in rule.times
    ]
    return tuple(time for time in problem.calendar.times if not any(time.overlaps(one) for one in away))


def posts_by_department(problem: Problem, *, full: int | None = None) -> pd.DataFrame:
    """Return the teaching posts that the requests need beside those there are, the scarcest first.

    Parameters
    ----------
    problem
        The problem.
    full
        Sections of a full post; ``full_load`` when left out.

    Returns
    -------
    DataFrame
        Department, Courses, Requests (first choices), Sections, Needed (the fewest that hold the requests,
        those to be added included), Change (needed − sections), Teachers, Posts needed (needed ÷ full load),
        Posts (of its teachers; one who is there for fewer periods than a full load counts as that part of a
        post), Over (posts − posts needed; missing ones are negative). Courses count where they belong,
        teachers where they do. The last row adds everything up.

    Notes
    -----
    Posts needed are those of the requests alone. A surplus may be wanted, for small classes or other duties.
    """
    each = full_load(problem) if full is None else max(1, full)
    need, add = needs(problem), sections_to_add(problem)
    rows: dict[str, list[int]] = {}
    for course in problem.courses:
        row = rows.setdefault(course.department or NOWHERE, [0] * 6)
        wanted = need[course.id].fewest + add.get(course.id, 0)
        for at, number in enumerate((1, need[course.id].requests, len(course.sections), wanted)):
            row[at] += number
    for teacher in problem.teachers:
        row = rows.setdefault(teacher.department or NOWHERE, [0] * 6)
        row[4] += 1
        row[5] += min(each, len(free_times(problem, teacher.id)))
    found = sorted(rows, key=lambda name: (rows[name][5] - rows[name][3], name))
    total = [sum(row[at] for row in rows.values()) for at in range(6)]
    lines = [(name, rows[name]) for name in found] + [("All departments", total)]
    columns = ["Department", "Courses", "Requests", "Sections", "Needed", "Change", "Teachers"]
    table = pd.DataFrame(
        [
            (name, courses, asked, have, wanted, wanted - have, people, wanted / each, held / each)
            for name, (courses, asked, have, wanted, people, held) in lines
        ],
        columns=[*columns, "Posts needed", "Posts"],
    )
    table = table.assign(Over=table["Posts"] - table["Posts needed"])
    kinds = dict.fromkeys(columns, "int64") | {"Department": "str"}
    return table.astype(kinds | dict.fromkeys(("Posts needed", "Posts", "Over"), "float64")).round(2)


def load_changes(before: Problem, after: Problem) -> pd.DataFrame:
    """Return the teachers who have another number of sections after a change.

    Returns
    -------
    DataFrame
        Teacher, Before, After (sections), by teacher.
    """
    first, then = _loads(before), _loads(after)
    rows = [
        (teacher, first[teacher], then[teacher])
        for teacher in sorted(first.keys() | then.keys())
        if first[teacher] != then[teacher]
    ]
    return _typed(pd.DataFrame(rows, columns=["Teacher", "Before", "After"]), "Before", "After")


def section_changes(before: Problem, after: Problem) -> pd.DataFrame:
    """Return the sections that were given up, are new, or have another teacher.

    Returns
    -------
    DataFrame
        Section, Course, Change, in the order of the files; those given up come first.
    """
    rows = [
        (id, before.course_of[id].id, f"given up; {_teacher(before, id)} had it")
        for id in before.sections
        if id not in after.sections
    ]
    for id in after.sections:
        if id not in before.sections:
            rows.append((id, after.course_of[id].id, f"new, for {_teacher(after, id)}"))
        elif _teacher(before, id) != _teacher(after, id):
            change = f"{_teacher(after, id)} instead of {_teacher(before, id)}"
            rows.append((id, after.course_of[id].id, change))
    return _typed(pd.DataFrame(rows, columns=["Section", "Course", "Change"]))


def _loads(problem: Problem) -> Counter[str]:
    return Counter(
        teacher for section in problem.sections.values() for teacher in problem.teachers_of(section)
    )


def _teacher(problem: Problem, section: str) -> str:
    return ", ".join(problem.teachers_of(problem.sections[section])) or "nobody"


def _typed(table: pd.DataFrame, *counts: str) -> pd.DataFrame:
    return table.astype({column: "int64" if column in counts else "str" for column in table})
