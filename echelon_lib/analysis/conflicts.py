"""Which courses students ask for together, and which of these pairs a timetable offers only at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

import numpy as np
import pandas as pd

from echelon_lib.constraints.base import View
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.errors import EchelonError, suggest
from echelon_lib.domain.offerings import Course
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.run_tables import shown_details
from echelon_lib.scoring.evaluate import Evaluation, evaluate

_KINDS = {1: "singleton", 2: "doubleton"}


@dataclass(frozen=True, eq=False)
class ConflictMatrix:
    """How many students ask for both of two courses, for courses that have sections.

    Parameters
    ----------
    courses
        The courses, the one under most pressure first.
    departments
        Their departments.
    sections
        How many sections each has.
    students
        Students who ask for both, a square of whole numbers; on the diagonal, for the course alone. A pair
        that the filters left out has 0.
    left_out
        Courses with a pair that were left out beyond the first ``most``.
    """

    courses: tuple[str, ...]
    departments: tuple[str, ...]
    sections: tuple[int, ...]
    students: np.ndarray
    left_out: int = 0

    @property
    def pressure(self) -> np.ndarray:
        """Students ÷ (sections of the one × sections of the other), 0 on the diagonal.

        Two singletons with 20 students in common must not meet at once: 20. With five sections each there
        are 25 ways to take both, and the same 20 students hardly matter: 0.8.
        """
        ways = np.outer(self.sections, self.sections).clip(min=1)
        found = self.students / ways
        np.fill_diagonal(found, 0)
        return np.asarray(found)

    def table(self) -> pd.DataFrame:
        """Return the matrix as a table with the courses as rows and columns."""
        names = pd.Index(self.courses, name="Course", dtype=str)
        return pd.DataFrame(self.students, index=names, columns=pd.Index(self.courses, dtype=str))

    def pairs(self) -> pd.DataFrame:
        """Return one row for each pair that some student asks for, what matters first.

        Returns
        -------
        DataFrame
            Course, Sections, Other course, Other sections, Kind (such as ``singleton with doubleton``),
            Students, Pressure.
        """
        first, other = np.nonzero(np.triu(self.students, 1))
        names, counts = self.courses, self.sections
        table = pd.DataFrame(
            {
                "Course": [names[at] for at in first],
                "Sections": [counts[at] for at in first],
                "Other course": [names[at] for at in other],
                "Other sections": [counts[at] for at in other],
                "Kind": [pair_kind(counts[a], counts[b]) for a, b in zip(first, other, strict=True)],
                "Students": self.students[first, other],
                "Pressure": self.pressure[first, other].round(2),
            }
        )
        texts = ("Course", "Other course", "Kind")
        kinds = {name: "str" if name in texts else "int64" for name in table} | {"Pressure": "float64"}
        by = ["Pressure", "Students", "Course", "Other course"]
        ascending = [False, False, True, True]
        return table.astype(kinds).sort_values(by, ascending=ascending, kind="stable", ignore_index=True)


def pair_kind(one: int, other: int) -> str:
    """Say in words how many sections two courses have; the scarcer one comes first."""
    few, many = sorted((one, other))
    return f"{_KINDS.get(few, f'{few} sections')} with {_KINDS.get(many, f'{many} sections')}"


def conflict_matrix(
    problem: Problem,
    *,
    sections: int | None = None,
    at_least: int = 1,
    department: str = "",
    most: int | None = None,
) -> ConflictMatrix:
    """Count the students who ask for both of two courses; alternates are not counted.

    Parameters
    ----------
    problem
        The problem.
    sections
        Only courses with so many sections at most: 1 for singletons, 2 for these and doubletons.
    at_least
        Only pairs that so many students ask for.
    department
        Only pairs of which one course, or both, is of this department.
    most
        So many courses at most, those under most pressure.

    Returns
    -------
    ConflictMatrix
        Courses that have a pair left, sorted by the sum of the pressures of their pairs.
    """
    offered = [course for course in problem.courses if course.sections]
    counts = np.array([len(course.sections) for course in offered], dtype=np.int64)
    students = _together(problem, offered)
    kept = students >= max(1, at_least)
    if sections is not None:
        few = counts <= sections
        kept &= np.outer(few, few)
    if department:
        own = np.array([course.department == department for course in offered], dtype=bool)
        kept &= own[:, None] | own[None, :]
    np.fill_diagonal(kept, False)
    pressure = np.where(kept, students / np.outer(counts, counts).clip(min=1), 0).sum(axis=1)
    names = [course.id for course in offered]
    order = sorted(np.flatnonzero(kept.any(axis=1)).tolist(), key=lambda at: (-pressure[at], names[at]))
    chosen = order if most is None else order[:most]
    np.fill_diagonal(kept, True)
    return ConflictMatrix(
        tuple(names[at] for at in chosen),
        tuple(offered[at].department for at in chosen),
        tuple(int(counts[at]) for at in chosen),
        np.where(kept, students, 0)[np.ix_(chosen, chosen)],
        len(order) - len(chosen),
    )


def students_asking(problem: Problem, course: str, other: str = "") -> tuple[str, ...]:
    """Return the students who ask for a course, or for two courses, in the order of the problem.

    Raises
    ------
    EchelonError
        When there is no such course.
    """
    wanted = {name for name in (course, other) if name}
    for name in sorted(wanted - problem.course.keys()):
        cure = suggest(name, problem.course) or "one of the courses that are offered?"
        raise EchelonError(f"There is no course {name!r}.\n  Maybe {cure}")
    return tuple(
        student
        for student, requests in problem.requests_of.items()
        if wanted <= {request.primary for request in requests}
    )


def asking_table(
    problem: Problem,
    course: str,
    other: str,
    timetable: Timetable | None = None,
    evaluation: Evaluation | None = None,
) -> pd.DataFrame:
    """Return the students behind a cell of the matrix, those who lose a request first.

    Returns
    -------
    DataFrame
        Student ID, About (name and grade, where the files give them) and, with a timetable, Without: the
        course or courses of the two that the student does not get. Personal data: to be shown, never logged.
    """
    students = students_asking(problem, course, other)
    rows = [(student, shown_details(problem.student[student])) for student in students]
    table = pd.DataFrame(rows, columns=["Student ID", "About"], dtype=str)
    if timetable is None:
        return table
    lost = _lost(evaluation or evaluate(problem, timetable))
    names = [name for name in dict.fromkeys((course, other)) if name]
    without = [", ".join(name for name in names if (student, name) in lost) for student in students]
    table = table.assign(Without=pd.Series(without, dtype=str))
    order = sorted(range(len(table)), key=lambda at: not without[at])
    return table.iloc[order].reset_index(drop=True)


def timetable_conflicts(
    problem: Problem, timetable: Timetable, evaluation: Evaluation | None = None
) -> pd.DataFrame:
    """Return the pairs of courses that a timetable offers only at the same time, and what that costs.

    A pair is listed where some student asks for both and whatever section of the one is chosen, it overlaps
    with every section of the other; for courses of several parts, where this is so of one part of each.
    Sections without a period offer nothing. What seats do to a pair is not seen here.

    Parameters
    ----------
    problem
        The problem.
    timetable
        Any timetable of it.
    evaluation
        What ``evaluate`` said of the timetable, if it is at hand.

    Returns
    -------
    DataFrame
        Course, Other course, Kind, Period, Students (who ask for both), Losing (students of them who do not
        get one of the two), Requests lost (of these two courses); the dearest first.
    """
    matrix = conflict_matrix(problem)
    lost = _lost(evaluation or evaluate(problem, timetable))
    offered = _Offered(problem, timetable)
    asking: dict[str, set[str]] = {course.id: set() for course in problem.courses}
    for request in problem.requests:
        asking[request.primary].add(request.student)
    rows = []
    first, other = np.nonzero(np.triu(matrix.students, 1))
    for a, b in zip(first.tolist(), other.tolist(), strict=True):
        one, two = matrix.courses[a], matrix.courses[b]
        if not offered.only_together(problem.course[one], problem.course[two]):
            continue
        students = asking[one] & asking[two]
        misses = [((student, one) in lost) + ((student, two) in lost) for student in students]
        kind = pair_kind(matrix.sections[a], matrix.sections[b])
        period = offered.periods(problem.course[one])
        rows.append((one, two, kind, period, len(students), sum(map(bool, misses)), sum(misses)))
    columns = ["Course", "Other course", "Kind", "Period", "Students", "Losing", "Requests lost"]
    table = pd.DataFrame(rows, columns=columns)
    table = table.astype({name: "str" if at < 4 else "int64" for at, name in enumerate(columns)})
    by = ["Losing", "Students", "Course", "Other course"]
    return table.sort_values(by, ascending=[False, False, True, True], kind="stable", ignore_index=True)


class _Offered:
    """When courses can be taken in a timetable, with times as bits of a mask."""

    def __init__(self, problem: Problem, timetable: Timetable) -> None:
        view = View(problem, timetable)
        times: dict[Time, int] = {}
        meets: dict[str, list[int]] = {}
        for section in problem.sections.values():
            placed = [one.time for m in section.meetings if (one := view.placement(m.id)) is not None]
            if placed and len(placed) == len(section.meetings):
                meets[section.id] = [times.setdefault(time, len(times)) for time in placed]
        near = [sum(1 << at for other, at in times.items() if time.overlaps(other)) for time in times]
        self._problem = problem
        self._times = list(times)
        self._mask: Mapping[str, int] = {id: sum(1 << at for at in set(ats)) for id, ats in meets.items()}
        self._near: Mapping[str, int] = {id: _union(near[at] for at in ats) for id, ats in meets.items()}

    def only_together(self, one: Course, other: Course) -> bool:
        """Return whether some part of the one overlaps with some part of the other in any case."""
        parts = [[s.id for s in part.sections if s.id in self._mask] for part in one.parts]
        others = [[s.id for s in part.sections if s.id in self._mask] for part in other.parts]
        return any(
            mine and theirs and all(self._near[a] & self._mask[b] for a in mine for b in theirs)
            for mine in parts
            for theirs in others
        )

    def periods(self, course: Course) -> str:
        """Return the names of the times of a course, in the order of the calendar."""
        taken = _union(self._mask.get(section.id, 0) for section in course.sections)
        times = sorted(time for at, time in enumerate(self._times) if taken >> at & 1)
        times.sort(key=lambda time: (time.days, time.start))
        return ", ".join(self._problem.calendar.name(time) for time in times)


def _union(masks: Iterable[int]) -> int:
    return reduce(or_, masks, 0)


def _together(problem: Problem, courses: list[Course]) -> np.ndarray:
    """Return how many students ask for both of any two courses, and on the diagonal for each."""
    at = {course.id: index for index, course in enumerate(courses)}
    asks = np.zeros((len(problem.requests_of), len(courses)), dtype=np.float32)  # exact up to 16 million
    for row, requests in enumerate(problem.requests_of.values()):
        for request in requests:
            if request.primary in at:
                asks[row, at[request.primary]] = 1
    return (asks.T @ asks).astype(np.int64)


def _lost(evaluation: Evaluation) -> set[tuple[str, str]]:
    return {(one.request.student, one.request.primary) for one in evaluation.served if one.rank != 0}
