"""How the courses of a university hang together: kinds by enrolment, and communities by shared students."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from echelon_lib.communities import Communities, communities
from echelon_lib.domain.offerings import Course
from echelon_lib.domain.problem import Problem
from echelon_lib.formats.university_records import COURSE_KINDS

CORE, DEPARTMENT_ELECTIVE, OPEN_ELECTIVE = (kind.capitalize() for kind in COURSE_KINDS)
NOBODY = "Not attended"
KINDS = (CORE, DEPARTMENT_ELECTIVE, OPEN_ELECTIVE, NOBODY)
"""Kinds of courses by enrolment, in the order of tables."""


@dataclass(frozen=True)
class Clusters:
    """Kinds of courses by enrolment, and clusters of courses that share students.

    Parameters
    ----------
    courses
        A row for each course: Course, Department, Kind, Said (the kind that the files give, or empty),
        Departments (its own and those of its students), Sessions, Students, Seats taken (students of each
        section, added up), Cluster (from 1; missing where nobody attends).
    found
        The communities themselves, with weight, cut and modularity.
    students
        Students of each cluster, each of them once.
    """

    courses: pd.DataFrame
    found: Communities
    students: Mapping[int, int]

    @cached_property
    def kinds(self) -> pd.DataFrame:
        """Kind, Courses, Share of courses, Seats taken, Share of seats; every kind that has courses."""
        by_kind = self.courses.groupby("Kind")[["Course", "Seats taken"]]
        table = by_kind.agg({"Course": "count", "Seats taken": "sum"}).rename(columns={"Course": "Courses"})
        table = table.reindex([kind for kind in KINDS if kind in table.index]).reset_index()
        for column, share in (("Courses", "Share of courses"), ("Seats taken", "Share of seats")):
            total = table[column].sum()
            table[share] = table[column] / total if total else 0.0
        return table[["Kind", "Courses", "Share of courses", "Seats taken", "Share of seats"]]

    @cached_property
    def clusters(self) -> pd.DataFrame:
        """Cluster, Courses, Sessions, Students, Departments, Mostly (the department with most courses)."""
        rows = []
        for number, members in self.courses.dropna(subset="Cluster").groupby("Cluster"):
            most = members["Department"].value_counts().sort_index().idxmax()
            departments, sessions = members["Department"].nunique(), int(members["Sessions"].sum())
            cluster = int(number)
            rows.append((cluster, len(members), sessions, self.students[cluster], departments, most))
        columns = ["Cluster", "Courses", "Sessions", "Students", "Departments", "Mostly"]
        return pd.DataFrame(rows, columns=columns)

    @cached_property
    def matrix(self) -> pd.DataFrame:
        """Courses of each department (rows) in each cluster (columns)."""
        known = self.courses.dropna(subset="Cluster")
        return pd.crosstab(known["Department"], known["Cluster"].astype("int64"))

    @property
    def sentence(self) -> str:
        """What a split into the clusters would cut, in a sentence."""
        found = self.found
        if found.cut_share is None or found.modularity is None:
            return "No student attends two courses, so that any split of the courses would do."
        return (
            f"{len(found.courses):,} clusters of courses cut {found.cut_share:.1%} of what ties courses "
            f"together: {found.weight:,} students, added up over all pairs of courses that share them "
            f"(modularity {found.modularity:.3f})."
        )


def clusters(problem: Problem, *, seed: int = 0, resolution: float = 1.0) -> Clusters:
    """Say what enrolments make of the courses: core, department or open elective; and which hang together.

    Parameters
    ----------
    problem
        A university's problem; a group counts with the students behind it.
    seed, resolution
        Of the clusters, as ``communities`` takes them.

    Returns
    -------
    Clusters
        Tables of courses, kinds and clusters.

    Raises
    ------
    EchelonError
        When networkx is missing.
    ValueError
        When the resolution is no positive number.

    Notes
    -----
    The kind is by enrolment, whatever the files say. The departments of a course are the one that offers it
    and those whose students attend it: one makes it core, two a department elective, more an open elective.
    What only its own department takes therefore counts as core, be it an elective or not.
    """
    found = communities(problem, seed=seed, resolution=resolution)
    cluster = {id: index + 1 for index, members in enumerate(found.courses) for id in members}
    size = {group.id: group.size for group in problem.groups}
    department = {group.id: group.department for group in problem.groups}
    students: dict[int, set[str]] = {index + 1: set() for index in range(len(found.courses))}
    rows = []
    for course in problem.courses:
        seats = Counter(id for section in course.sections for id in section.attendees if id in size)
        involved = {course.department, *(department[id] for id in seats)} - {""}
        if course.id in cluster:
            students[cluster[course.id]].update(seats)
        rows.append(
            (
                course.id,
                course.department,
                _kind(len(involved)) if seats else NOBODY,
                ", ".join(sorted(course.tags)),
                len(involved),
                _sessions(course),
                sum(size[id] for id in seats),
                sum(size[id] * times for id, times in seats.items()),
                cluster.get(course.id),
            )
        )
    columns = ["Course", "Department", "Kind", "Said", "Departments", "Sessions", "Students", "Seats taken"]
    table = pd.DataFrame(rows, columns=[*columns, "Cluster"]).astype({"Cluster": "Int64"})
    people = {index: sum(size[id] for id in members) for index, members in students.items()}
    return Clusters(table, found, people)


def _kind(departments: int) -> str:
    return CORE if departments < 2 else DEPARTMENT_ELECTIVE if departments == 2 else OPEN_ELECTIVE


def _sessions(course: Course) -> int:
    return sum(len(section.meetings) for section in course.sections)
