"""What changes of sections mean for the sections there are and for the teachers who hold them."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from echelon_lib.domain.problem import Problem


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
