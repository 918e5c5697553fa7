"""Requests met and students complete, group by group: who pays for what cannot be had."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp, lgamma

import pandas as pd

from echelon_lib.analysis.student_groups import (
    SMALLEST,
    crowded_columns,
    folded,
    group_columns,
    students_by,
)
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.school_people import MOST_VALUES
from echelon_lib.scoring.evaluate import Evaluation, Served, evaluate

ALL = "all"
SURE = 0.05
"""Chance of calling any group of a table unusual though luck alone decides, at most."""

WITHIN, MORE, FEWER = "within chance", "more than chance", "fewer than chance"
_SHARES = ("Met", "Core met", "Elective met", "Complete", "Core complete", "Elective complete")


def who_pays(
    problem: Problem,
    timetable: Timetable,
    evaluation: Evaluation | None = None,
    *,
    by: Sequence[str] | None = None,
    smallest: int = SMALLEST,
) -> pd.DataFrame:
    """Return how each group of students fares, beside all.

    Parameters
    ----------
    problem
        The problem.
    timetable
        Any timetable of it.
    evaluation
        What ``evaluate`` said of the timetable, if it is at hand.
    by
        Tags and columns of the students' details; all with few values when left out.
    smallest
        Groups with fewer students are folded into one, for screens that others see; 1 shows every group.

    Returns
    -------
    DataFrame
        By, Group, Students, Requests, Met, Core met, Elective met (of the requests), Complete (students who
        lack no request), Core complete, Elective complete (students who lack no request of the kind, of
        those who have any; all of them fractions, missing where there is nothing to share), Met − all and
        Complete − all (in points), Incomplete (students who lack a request), By chance (the range of their
        number if lots decided), Verdict. The first row is of all students.

    Notes
    -----
    *By chance* is the centre of the hypergeometric distribution: as many incomplete students as there are,
    dealt out to students by lot. That is exact whatever the requests of one student have to do with each
    other, since whole students are dealt. It is so wide that in 19 of 20 tables of this many groups luck
    alone leaves none of them outside (Bonferroni); the verdict says which are. A verdict is no cause: groups
    that ask for more, or for scarcer courses, lose more.
    """
    columns = group_columns(problem) if by is None else tuple(by)
    served = (evaluation or evaluate(problem, timetable)).served
    of: dict[str, list[Served]] = {}
    for one in served:
        of.setdefault(one.request.student, []).append(one)
    lacking = _lacking(served)
    parts = [
        (column, group, students)
        for column in columns
        for group, students in folded(students_by(problem, column), smallest).items()
    ]
    whole = _figures(served)
    rows: list[tuple[object, ...]] = [(ALL, ALL, *whole, 0.0, 0.0, len(lacking), "", "")]
    for column, group, students in parts:
        mine = _figures([one for student in students for one in of[student]])
        few = len(lacking.intersection(students))
        low, high = by_chance(len(of), len(lacking), len(students), 1 - SURE / len(parts))
        verdict = MORE if few > high else FEWER if few < low else WITHIN
        range_ = f"{low}" if low == high else f"{low} to {high}"
        away = [_points(mine[at], whole[at]) for at in (2, 5)]
        rows.append((column, group, *mine, *away, few, range_, verdict))
    titles = ["By", "Group", "Students", "Requests", *_SHARES]
    titles += ["Met − all", "Complete − all", "Incomplete", "By chance", "Verdict"]
    table = pd.DataFrame(rows, columns=titles)
    kinds = dict.fromkeys(titles, "float64") | dict.fromkeys(("Students", "Requests", "Incomplete"), "int64")
    return table.astype(kinds | dict.fromkeys(("By", "Group", "By chance", "Verdict"), "str"))


def folded_away(
    problem: Problem, *, by: Iterable[str] | None = None, smallest: int = SMALLEST
) -> tuple[str, ...]:
    """Return a sentence for each column of whose groups ``who_pays`` does not show each."""
    said = []
    for column in group_columns(problem) if by is None else by:
        groups = students_by(problem, column)
        shown = folded(groups, smallest)
        hidden = len(groups.keys() - shown.keys())
        if groups and not shown:
            said.append(f"{column} is not shown: its groups have fewer than {smallest} students.")
        elif hidden:
            what = "1 group is" if hidden == 1 else f"{hidden} groups are"
            said.append(f"{column}: {what} folded, since groups under {smallest} students are not shown.")
    for column, count in crowded_columns(problem).items() if by is None else ():
        said.append(f"{column} is not shown: it has {count:,} values, more than {MOST_VALUES}.")
    return tuple(said)


def by_chance(everyone: int, lacking: int, group: int, share: float = 0.95) -> tuple[int, int]:
    """Return between which numbers of a group would lack something if lots were drawn.

    Parameters
    ----------
    everyone, lacking, group
        Students, those who lack something, and those of the group.
    share
        Probability that the number lies between the two, at least.
    """
    chances = _hypergeometric(everyone, lacking, group)
    first = max(0, lacking + group - everyone)
    rest = (1 - share) / 2
    low, high = 0, len(chances) - 1
    below = above = 0.0
    while low < high and below + chances[low] <= rest:
        below += chances[low]
        low += 1
    while high > low and above + chances[high] <= rest:
        above += chances[high]
        high -= 1
    return first + low, first + high


def _hypergeometric(everyone: int, lacking: int, group: int) -> list[float]:
    """Return the probability of each number of the group that can be, the least number first."""
    first, last = max(0, lacking + group - everyone), min(lacking, group)
    return [
        exp(_choose(lacking, count) + _choose(everyone - lacking, group - count) - _choose(everyone, group))
        for count in range(first, last + 1)
    ]


def _choose(n: int, k: int) -> float:
    """Return the logarithm of the number of ways to choose k of n."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _figures(served: Sequence[Served]) -> tuple[float | int | None, ...]:
    kinds = (
        served,
        [one for one in served if one.request.core],
        [one for one in served if not one.request.core],
    )
    return (len(_asking(served)), len(served), *map(_met, kinds), *map(_complete, kinds))


def _asking(served: Iterable[Served]) -> set[str]:
    return {one.request.student for one in served}


def _lacking(served: Iterable[Served]) -> set[str]:
    return {one.request.student for one in served if one.rank is None}


def _met(served: Sequence[Served]) -> float | None:
    return sum(one.rank == 0 for one in served) / len(served) if served else None


def _complete(served: Sequence[Served]) -> float | None:
    students = len(_asking(served))
    return (students - len(_lacking(served))) / students if students else None


def _points(mine: float | None, whole: float | None) -> float | None:
    return None if mine is None or whole is None else round(100 * (mine - whole), 2) + 0.0
