"""Groups of students that can be told apart: by grade, by flags, by whatever else the files say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from echelon_lib.domain.problem import Problem
from echelon_lib.formats.wording import natural
from echelon_lib.school_people import MOST_VALUES

SMALLEST = 10
"""Groups of fewer students are folded where others look on."""

_NAMES = re.compile(r"name|birth|address|e-?mail|phone|(?:^|\s)id$", re.IGNORECASE)
BLANK = "(blank)"


def group_columns(problem: Problem) -> tuple[str, ...]:
    """Return what students can be grouped by: tags, then columns of their details with few values."""
    fits = [title for title, count in _counts(problem) if count <= MOST_VALUES]
    return (*sorted(_tags(problem)), *fits)


def crowded_columns(problem: Problem) -> dict[str, int]:
    """Return the columns that have too many values for groups, each with how many it has."""
    return {title: count for title, count in _counts(problem) if count > MOST_VALUES}


def _tags(problem: Problem) -> set[str]:
    return {tag for student in problem.students for tag in student.tags}


def _counts(problem: Problem) -> Iterator[tuple[str, int]]:
    """Yield each column that tells some students from others, with how many values it has; blanks are none.

    Names, addresses and the like are of single students, and no groups are made of them.
    """
    tags, values = _tags(problem), dict[str, set[str]]()
    for student in problem.students:
        for title, value in student.details.items():
            values.setdefault(title, set()).add(value.strip())
    for title, found in values.items():
        if title not in tags and not _NAMES.search(title.strip()) and len(found) >= 2:
            yield title, len(found - {""})


def students_by(problem: Problem, column: str) -> dict[str, tuple[str, ...]]:
    """Return the students who ask for anything by their group, the groups in a natural order.

    Parameters
    ----------
    problem
        The problem.
    column
        A tag, whose groups are ``Yes`` and ``No``, or a column of the students' details.
    """
    tagged = any(column in student.tags for student in problem.students)
    found: dict[str, list[str]] = {}
    for student in problem.students:
        if student.id not in problem.requests_of:
            continue
        if tagged:
            group = "Yes" if column in student.tags else "No"
        else:
            group = student.details.get(column, "").strip() or BLANK
        found.setdefault(group, []).append(student.id)
    return {group: tuple(found[group]) for group in sorted(found, key=natural)}


def folded(groups: Mapping[str, tuple[str, ...]], smallest: int = SMALLEST) -> dict[str, tuple[str, ...]]:
    """Return groups of which none has fewer than ``smallest`` students; none at all where that cannot be.

    Small groups become one. Where they have too few students together, the next smallest group joins them:
    else whoever subtracts the groups shown from all would know the one that is not.
    """
    order = sorted(groups, key=lambda group: (len(groups[group]), natural(group)))
    count = 0
    while count < len(order) and len(groups[order[count]]) < smallest:
        count += 1
    while count and count < len(order) and sum(len(groups[one]) for one in order[:count]) < smallest:
        count += 1
    hidden = set(order[:count])
    kept = {group: students for group, students in groups.items() if group not in hidden}
    if not hidden:
        return kept
    rest = tuple(student for group in groups if group in hidden for student in groups[group])
    if len(rest) < smallest or not kept:
        return {}
    return {**kept, f"{count} small groups" if count > 1 else "others": rest}
