"""A person's locks of a run: picked where things are in it, kept in a file, and solved with again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from echelon_lib.advice.actions import Action
from echelon_lib.analysis.locks import person_locks
from echelon_lib.domain.errors import DataError, Issue, suggest
from echelon_lib.domain.locks import Lock
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.locks_file import locks_text, read_locks_file
from echelon_lib.formats.school_locks import locks_in
from echelon_lib.formats.school_records import LOCKS
from echelon_lib.formats.tables import write_text_atomic
from echelon_lib.locks import locks_from, with_locks
from echelon_lib.runs.changed import changed, earlier_actions
from echelon_lib.schools import school_of

NAMED = ("section", "teacher", "course", "department", "student")
"""What can be locked by its name, in the words of the doors."""


@dataclass(frozen=True)
class Picked:
    """What a person points at to lock it where it is, or to unlock it.

    Raises
    ------
    DataError
        From each method, for names that the school does not have, all of them at once.
    """

    sections: Sequence[str] = ()
    teachers: Sequence[str] = ()
    courses: Sequence[str] = ()
    departments: Sequence[str] = ()
    students: Sequence[str] = ()

    def added_to(self, locks: Iterable[Lock], problem: Problem, timetable: Timetable) -> tuple[Lock, ...]:
        """Return locks with those of what is picked, which replace earlier ones of the same things."""
        self._check(problem)
        new = locks_from(
            problem,
            timetable,
            sections=self.sections,
            teachers=self.teachers,
            courses=self.courses,
            departments=self.departments,
            students=self.students,
            origin="person",
        )
        again = {(lock.kind, lock.id) for lock in new}
        left = (lock for lock in locks if (lock.kind, lock.id) not in again)
        return (*left, *new)

    def taken_from(self, locks: Iterable[Lock], problem: Problem) -> tuple[Lock, ...]:
        """Return locks without those of what is picked, and of the sections that belong to it."""
        self._check(problem)
        sections = set(self.sections)
        sections |= {one.id for teacher in self.teachers for one in problem.sections_of.get(teacher, ())}
        sections |= {one.id for course in self.courses for one in problem.course[course].sections}
        sections |= {one.id for one in problem.sections.values() if one.department in set(self.departments)}
        freed = {
            "section": sections,
            "teacher": set(self.teachers),
            "course": set(self.courses),
            "department": set(self.departments),
            "student": set(self.students),
        }
        return tuple(lock for lock in locks if lock.id not in freed[lock.kind])

    def _check(self, problem: Problem) -> None:
        teachers = {one.id for one in problem.teachers}
        departments = {one.department for one in problem.sections.values()} - {""}
        given = (self.sections, self.teachers, self.courses, self.departments, self.students)
        known = (problem.sections, teachers, problem.course, departments, problem.student)
        issues = [
            Issue(f"There is no {kind} {name!r}.", value=name, cure=suggest(name, names))
            for kind, picked, names in zip(NAMED, given, known, strict=True)
            for name in picked
            if name not in names
        ]
        if issues:
            raise DataError(issues)


def own_locks(problem: Problem) -> tuple[Lock, ...]:
    """Return a person's locks of a run, without those in the files of the school; a university has none."""
    if problem.groups:
        return ()
    of_school = set(locks_in(school_of(problem).files.locks))
    return tuple(lock for lock in person_locks(problem) if lock not in of_school)


def locked(problem: Problem, place: str | Path | None, *, accept_headers: bool = False) -> Problem:
    """Return a problem in which the locks of a file hold as well, as strictly as the rules of the school say.

    Raises
    ------
    DataError
        When the file cannot be read or does not fit the school.
    """
    if place is None:
        return problem
    school = school_of(problem)
    locks = read_locks_file(place, school.files, accept_headers=accept_headers)
    return with_locks(problem, locks, enforcement=school.rules.enforcement("locks"))


def locks_of_run(folder: str | Path) -> Path | None:
    """Return the file of locks with which a run was made, where it has one."""
    path = Path(folder) / LOCKS
    return path if path.is_file() else None


def text_of(problem: Problem, locks: Iterable[Lock]) -> str:
    """Return the text of a file of locks."""
    return locks_text(school_of(problem).files, locks)


def write_locks(path: str | Path, problem: Problem, locks: Iterable[Lock]) -> None:
    """Write a file of locks, all of it or nothing.

    Raises
    ------
    DataError
        When it cannot be written.
    """
    try:
        write_text_atomic(Path(path), text_of(problem, locks))
    except OSError as error:
        cure = "another place was meant?"
        text = f"the locks cannot be written: {error.strerror or type(error).__name__}"
        raise DataError([Issue(text, str(path), cure=cure)]) from None


def changed_and_locked(
    before: Problem,
    actions: Sequence[Action],
    start: Path | None,
    place: str | Path | None,
    *,
    accept_headers: bool = False,
) -> Problem:
    """Return the problem of a run that was told actions and locks.

    Locks are those of the run that it goes on from, so they come after its changes of sections and before
    further ones, which have to respect them.

    Raises
    ------
    DataError
        As ``changed`` and ``locked`` do.
    """
    if place is None:
        return changed(before, actions)
    earlier = () if start is None else earlier_actions(start)
    if tuple(actions[: len(earlier)]) != earlier:
        earlier = tuple(actions)
    middle = locked(changed(before, earlier), place, accept_headers=accept_headers)
    return changed(middle, actions[len(earlier) :])


def grouped(locks: Iterable[Lock]) -> Iterator[tuple[tuple[str, str], tuple[Lock, ...]]]:
    """Yield kind and identifier of everything that is locked, with its locks; a student has several."""
    found: dict[tuple[str, str], list[Lock]] = {}
    for lock in locks:
        found.setdefault((lock.kind, lock.id), []).append(lock)
    for key, group in found.items():
        yield key, tuple(group)
