"""What moves from one timetable to another, item by item."""

from __future__ import annotations

import pandas as pd

from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable

NOWHERE = "–"


def section_moves(problem: Problem, before: Timetable, after: Timetable) -> pd.DataFrame:
    """Return the sections that meet at another time, or in another room.

    Parameters
    ----------
    problem
        The problem of the later timetable; sections of the earlier one may be gone.
    before, after
        The two timetables.

    Returns
    -------
    DataFrame
        Section, Course, Teacher, Before, After; sorted by course and section.
    """
    rows = []
    for section in problem.sections.values():
        ids = [meeting.id for meeting in section.meetings]
        if all(before.placements.get(id) == after.placements.get(id) for id in ids):
            continue
        places = (", ".join(_at(problem, one, id) for id in ids) for one in (before, after))
        course = problem.course_of[section.id].id
        rows.append((section.id, course, ", ".join(problem.teachers_of(section)), *places))
    rows.sort(key=lambda row: (row[1], row[0]))
    return pd.DataFrame(rows, columns=["Section", "Course", "Teacher", "Before", "After"], dtype=str)


def student_moves(problem: Problem, before: Timetable, after: Timetable) -> pd.DataFrame:
    """Return the students who sit in other sections, a row for each course in which they do.

    Returns
    -------
    DataFrame
        Student, Course, Before, After; a dash where the student does not have the course. Sections that are
        gone stand in rows without a course.
    """
    rows = []
    for student in problem.student:
        one, other = (table.enrolments.get(student, frozenset[str]()) for table in (before, after))
        courses: dict[str, tuple[list[str], list[str]]] = {}
        for side, sections in enumerate((one - other, other - one)):
            for id in sorted(sections):
                known = id in problem.sections
                courses.setdefault(problem.course_of[id].id if known else "", ([], []))[side].append(id)
        rows += [
            (student, course, ", ".join(left) or NOWHERE, ", ".join(new) or NOWHERE)
            for course, (left, new) in courses.items()
        ]
    return pd.DataFrame(rows, columns=["Student", "Course", "Before", "After"], dtype=str)


def moved_sentence(problem: Problem, before: Timetable, after: Timetable) -> str:
    """Return how many sections and students moved, in a sentence."""
    sections = len(section_moves(problem, before, after))
    students = student_moves(problem, before, after)["Student"].nunique()
    if not sections and not students:
        return "Nothing moved."
    return f"{_counted(sections, 'section')} and {_counted(students, 'student')} moved."


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def _at(problem: Problem, timetable: Timetable, meeting: str) -> str:
    placed = timetable.placements.get(meeting)
    if placed is None:
        return NOWHERE
    names = [period.name for period in problem.calendar.periods if period.time == placed.time]
    return " ".join([names[0] if names else str(placed.time), *([placed.room] if placed.room else [])])
