"""What happens after the timetable is made: a student joins, a teacher is lost, a section is dropped.

Each change is typed, says in words why it cannot be, and changes the records of the school; the problem is
made of them anew. These are facts, not proposals: a section may be dropped though its students lose by it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from pydantic import BaseModel

from echelon_lib.change_files import changes_of, read_changes
from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.domain.locks import Lock, LockKind
from echelon_lib.domain.problem import Problem
from echelon_lib.formats.school_records import LockRecord, SchoolFiles
from echelon_lib.late_kinds import (
    LATE_CHANGES,
    LateChange,
    RequestAdded,
    RequestDropped,
    RequestReplaced,
    SeatsChanged,
    SectionAdded,
    SectionDropped,
    StudentJoins,
    StudentLeaves,
    TeacherAway,
    TeacherLost,
)
from echelon_lib.locks import restored
from echelon_lib.schools import School, school_of

__all__ = [
    "LATE_CHANGES",
    "Changed",
    "LateChange",
    "RequestAdded",
    "RequestDropped",
    "RequestReplaced",
    "SeatsChanged",
    "SectionAdded",
    "SectionDropped",
    "StudentJoins",
    "StudentLeaves",
    "TeacherAway",
    "TeacherLost",
    "late_changes",
    "read_late_changes",
    "with_changes",
]

_KINDS: Mapping[str, type[BaseModel]] = {
    model.model_fields["kind"].default: model for model in get_args(get_args(LateChange)[0])
}


@dataclass(frozen=True)
class Changed:
    """A problem after late changes.

    Parameters
    ----------
    problem
        The problem, as it would be read from the files with the changes in them.
    gone
        Locks of the problem before that cannot hold any more, in sentences that name no student.
    """

    problem: Problem
    gone: tuple[str, ...]


def with_changes(problem: Problem, changes: Iterable[LateChange]) -> Changed:
    """Return the problem of a school after late changes, one after the other.

    Parameters
    ----------
    problem
        The problem of a school; it stays as it is.
    changes
        The changes in order.

    Raises
    ------
    DataError
        When any of them cannot be, with every reason; none is made then.
    EchelonError
        When the problem was not made of the files of a school.
    """
    school = school_of(problem)
    files = school.files
    issues: list[Issue] = []
    for number, change in enumerate(changes, start=1):
        found = list(change.faults(files))
        issues += (replace(one, path=f"change {number} ({change.kind})") for one in found)
        if not found:
            files = change.changed(files)
    if issues:
        raise DataError(issues)
    files = replace(files, locks=tuple(_standing(files)))
    after = School(files, school.rules, school.name, school.seats_before).problem()
    # Locks that were set since the files were read are in none of them.
    set_since = tuple(lock for lock in problem.locks if _asked_still(after, lock))
    after = restored(after, replace(problem, locks=set_since))
    known = set(after.locks)
    gone = tuple(_gone(lock) for lock in problem.locks if lock not in known)
    return Changed(after, gone)


def read_late_changes(path: str | Path) -> tuple[LateChange, ...]:
    """Return the late changes of a JSON or TOML file: a list, or a list under ``changes``.

    Raises
    ------
    DataError
        When the file cannot be read or holds something else; all of it at once.
    """
    example = '{"changes": [{"kind": "section_dropped", "section": "ART-1"}]}'
    return read_changes(path, LATE_CHANGES, example, _KINDS)


def late_changes(data: object, source: str = "changes") -> tuple[LateChange, ...]:
    """Return late changes of a list of mappings, such as a notebook's parameter.

    Parameters
    ----------
    data
        A list such as ``[{"kind": "section_dropped", "section": "ART-1"}]``.
    source
        What messages call it.

    Raises
    ------
    DataError
        When it is something else; all of it at once.
    """
    return changes_of(data, LATE_CHANGES, source=source, kinds=_KINDS)


# Locks --------------------------------------------------------------------------------------------------


def _standing(files: SchoolFiles) -> Iterator[LockRecord]:
    """Yield the locks of the file that still speak of what is there."""
    sections = {row.id: row for row in files.sections}
    courses = {row.course for row in files.sections}
    departments = {row.department for row in files.sections}
    teachers = {row.id for row in files.teachers}
    students = {row.id for row in files.students}
    asked = {row.student: row.courses for row in files.preferences}
    known: Mapping[LockKind, Container[str]] = {
        "section": sections,
        "course": courses,
        "department": departments,
        "teacher": teachers,
        "student": students,
    }
    for lock in files.locks:
        if lock.id not in known[lock.kind] or (lock.section is not None and lock.section not in sections):
            continue
        if lock.kind == "section" and lock.teacher not in (None, sections[lock.id].teacher):
            if lock.periods:
                yield replace(lock, teacher=None)
            continue
        if lock.kind == "teacher" and lock.section and sections[lock.section].teacher != lock.id:
            continue
        if (
            lock.kind == "student"
            and lock.section
            and (sections[lock.section].course not in asked.get(lock.id, frozenset()))
        ):
            continue
        yield lock


def _asked_still(problem: Problem, lock: Lock) -> bool:
    """Return whether a lock, if it is one of a student into a section, is in a course that is asked for."""
    if lock.kind != "student" or lock.section is None or lock.section not in problem.sections:
        return True
    wanted = {course for one in problem.requests_of.get(lock.id, ()) for course in one.courses}
    return problem.course_of[lock.section].id in wanted.union(problem.pooled.get(lock.id, ()))


def _gone(lock: Lock) -> str:
    what = "a student" if lock.kind == "student" else f"the {lock.kind} {lock.id}"
    return f"The lock of {what} ({lock.because}) speaks of what is not so any more."
