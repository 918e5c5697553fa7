"""Locks become rules of a problem, and a timetable, or a part of it, becomes locks.

A person's locks and those that the program sets itself are told apart by their names, ``lock`` and ``held``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from echelon_lib.constraints.base import View
from echelon_lib.constraints.enrolment import KeptIn
from echelon_lib.constraints.times import ForbiddenTimes, FreeTimes
from echelon_lib.domain.errors import DataError, Issue, suggest
from echelon_lib.domain.locks import HELD, LOCK, Lock, LockKind, Origin
from echelon_lib.domain.offerings import Section
from echelon_lib.domain.policy import REQUIRED, Enforcement, Scope
from echelon_lib.domain.problem import ConstraintLike, Problem
from echelon_lib.domain.timetable import Timetable

__all__ = [
    "HELD",
    "LOCK",
    "Lock",
    "LockKind",
    "Origin",
    "broken",
    "keeping",
    "locks_from",
    "restored",
    "with_locks",
    "without_locks",
]


def with_locks(problem: Problem, locks: Iterable[Lock], *, enforcement: Enforcement = REQUIRED) -> Problem:
    """Return a problem in which locks hold as well.

    Parameters
    ----------
    problem
        The problem.
    locks
        What is to stay; those that the problem has already are not added again.
    enforcement
        How strictly they hold. While teachers are given, a lock on who teaches a section is a matter of the
        data: it stands among the locks of the problem, where whoever changes sections has to respect it.

    Raises
    ------
    DataError
        When a lock speaks of what the problem does not have, or names a teacher who does not teach the
        section; all of them at once.
    """
    known = set(problem.locks)
    new = tuple(lock for lock in dict.fromkeys(locks) if lock not in known)
    issues = [issue for lock in new for issue in _issues(problem, lock)]
    if issues:
        raise DataError(issues)
    rules = [rule for lock in new if (rule := _rule(problem, lock, enforcement)) is not None]
    kept = () if enforcement.mode == "off" else rules
    return replace(problem, locks=(*problem.locks, *new), constraints=(*problem.constraints, *kept))


def without_locks(problem: Problem, origin: Origin) -> Problem:
    """Return a problem without the locks of a person, or without those that the program holds."""
    name = LOCK if origin == "person" else HELD
    return replace(
        problem,
        locks=tuple(lock for lock in problem.locks if lock.origin != origin),
        constraints=tuple(rule for rule in problem.constraints if rule.name != name),
    )


def restored(problem: Problem, before: Problem, *, enforcement: Enforcement = REQUIRED) -> Problem:
    """Return a problem with those locks of an earlier one that it does not have and that still make sense.

    For a problem that was made anew of changed files: locks that were set since the files were read are not
    in them. ``enforcement`` says how strictly a person's hold; what the program holds is required.
    """
    known = set(problem.locks)
    missing = [lock for lock in before.locks if lock not in known and not any(_issues(problem, lock))]
    mine = with_locks(problem, (lock for lock in missing if lock.origin == "person"), enforcement=enforcement)
    return with_locks(mine, (lock for lock in missing if lock.origin != "person"))


def locks_from(
    problem: Problem,
    timetable: Timetable,
    *,
    sections: Iterable[str] = (),
    students: Iterable[str] = (),
    teachers: Iterable[str] = (),
    courses: Iterable[str] = (),
    departments: Iterable[str] = (),
    origin: Origin = "program",
) -> tuple[Lock, ...]:
    """Return locks that freeze some of a timetable as it is.

    Parameters
    ----------
    problem, timetable
        The problem and a timetable of it. What is not placed at a named period is locked to its teacher only.
    sections
        Sections that stay in their period and with their teacher.
    students
        Students who stay in all their sections.
    teachers, courses, departments
        Whose sections stay, all of them.
    origin
        Whether a person wants it so, or the program.

    Raises
    ------
    KeyError
        For a section or course that the problem does not have.
    """
    of_department = set(departments)
    frozen = [
        *sections,
        *(section.id for teacher in teachers for section in problem.sections_of.get(teacher, ())),
        *(section.id for course in courses for section in problem.course[course].sections),
        *(one.id for one in problem.sections.values() if one.department in of_department),
    ]
    found = [lock for id in dict.fromkeys(frozen) if (lock := _as_it_is(problem, timetable, id, origin))]
    for student in dict.fromkeys(students):
        mine = sorted(s for s in timetable.enrolments.get(student, ()) if s in problem.sections)
        found += [Lock("student", student, section=section, origin=origin) for section in mine]
    return tuple(found)


def broken(problem: Problem, timetable: Timetable, locks: Iterable[Lock]) -> Iterator[tuple[Lock, str]]:
    """Yield each lock with what a timetable does against it, in a sentence; empty where it is kept.

    A section that is locked to its teacher stays there as long as nobody changes the data, and one that is
    not placed is not where it was locked.
    """
    view = View(problem, timetable)
    for lock in locks:
        rule = _rule(problem, lock, REQUIRED)
        said = "" if rule is None else next((one.sentence for one in rule.violations(view)), "")  # type: ignore[attr-defined]
        if not said and lock.kind == "section" and lock.periods:
            meetings = problem.sections[lock.id].meetings
            if any(meeting.id not in timetable.placements for meeting in meetings):
                said = f"{lock.id} is not placed."
        yield lock, said


def _as_it_is(problem: Problem, timetable: Timetable, id: str, origin: Origin) -> Lock | None:
    section = problem.sections[id]
    periods: tuple[str, ...] = ()
    if len(section.meetings) == 1 and (at := timetable.placements.get(section.meetings[0].id)) is not None:
        periods = tuple(p.name for p in problem.calendar.periods if p.time == at.time)
    teacher = next(iter(problem.teachers_of(section)), None)
    if teacher is None and not periods:
        return None
    return Lock("section", id, periods, teacher, origin=origin)


def keeping(problem: Problem, section: str, *, origin: Origin | None = None) -> Iterator[Lock]:
    """Yield the locks that a change of a section would break: on itself, its teacher or its students.

    ``origin`` looks at a person's locks, or the program's, alone.
    """
    teachers = set(problem.teachers_of(problem.sections[section]))
    for lock in problem.locks:
        if origin is not None and lock.origin != origin:
            continue
        everything = lock.kind == "teacher" and lock.section is None and not lock.periods
        if (
            (lock.kind == "section" and lock.id == section)
            or lock.section == section
            or (everything and lock.id in teachers)
        ):
            yield lock


def _rule(problem: Problem, lock: Lock, enforcement: Enforcement) -> ConstraintLike | None:
    """Return the rule of a lock; that of who teaches a section decides no timetable and has none."""
    if lock.kind == "student" and lock.section is not None:
        scope = Scope.of_sections([lock.section])
        return KeptIn(lock.rule, scope, enforcement, lock.id, lock.because)
    if not lock.periods:
        return None
    times = tuple(problem.calendar.time(name) for name in lock.periods)
    if lock.kind == "student":
        return FreeTimes(lock.rule, Scope(), enforcement, lock.id, times, lock.because)
    if lock.kind == "teacher":
        return ForbiddenTimes(lock.rule, Scope.of_attendee(lock.id), enforcement, times, lock.because)
    sections = list(_sections(problem, lock))
    scope = Scope.of_meetings(meeting.id for section in sections for meeting in section.meetings)
    others = tuple(time for time in problem.calendar.times if time not in times)
    reason = f"it is kept to {', '.join(lock.periods)}: {lock.because}"
    return ForbiddenTimes(lock.rule, scope, enforcement, others, reason) if sections else None


def _sections(problem: Problem, lock: Lock) -> Iterator[Section]:
    """Yield the sections of a lock of a section, a course or a department."""
    if lock.kind == "section":
        yield problem.sections[lock.id]
    elif lock.kind == "course":
        yield from problem.course[lock.id].sections
    else:
        yield from (one for one in problem.sections.values() if one.department == lock.id)


def _issues(problem: Problem, lock: Lock) -> Iterator[Issue]:
    """Yield what a lock speaks of and the problem does not have."""
    known: Mapping[LockKind, Mapping[str, object]] = {
        "section": problem.sections,
        "course": problem.course,
        "department": {one.department: None for one in problem.sections.values() if one.department},
        "teacher": problem.attendee,
        "student": problem.student,
    }
    periods = {period.name: None for period in problem.calendar.periods}
    named: list[tuple[str, str | None, Mapping[str, object]]] = [
        (lock.kind, lock.id, known[lock.kind]),
        ("teacher", lock.teacher, problem.attendee),
        ("section", lock.section, problem.sections),
        *(("period", name, periods) for name in lock.periods),
    ]
    found = False
    for kind, value, names in named:
        if value is not None and value not in names:
            found = True
            text = f"a lock of a {lock.kind} refers to the unknown {kind} {value!r}"
            yield Issue(text, lock.place or None, value=value, cure=suggest(value, names))
    if found:
        return
    pairs = [(lock.id, lock.teacher)] if lock.kind == "section" and lock.teacher is not None else []
    if lock.kind == "teacher" and lock.section is not None:
        pairs.append((lock.section, lock.id))
    for section, teacher in pairs:
        taught = problem.teachers_of(problem.sections[section])
        if teacher not in taught:
            text = f"a lock keeps {section} with {teacher}, but {' and '.join(taught) or 'nobody'} teaches it"
            yield Issue(
                text, lock.place or None, value=teacher, cure="give the section to that teacher first?"
            )
