"""The school's dialect: its files and its rules become a problem."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from echelon_lib.domain.calendar import Calendar
from echelon_lib.domain.errors import DataError, EchelonError, Issue, suggest
from echelon_lib.domain.offerings import Course, Meeting, Request, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.policy import Policy
from echelon_lib.domain.problem import Problem
from echelon_lib.formats.school_csv import SchoolFiles, read_school_files
from echelon_lib.formats.school_folder import school_name
from echelon_lib.formats.school_locks import locks_in
from echelon_lib.formats.school_records import NOT_USED_YET
from echelon_lib.locks import with_locks
from echelon_lib.school_constraints import constraints_of
from echelon_lib.school_people import Balanced, balanced_columns
from echelon_lib.school_remarks import remarks_on
from echelon_lib.school_rules import LAB, SPED, SchoolRules

__all__ = ["LAB", "SPED", "School", "SchoolRules", "load_school", "school_of", "school_problem"]


@dataclass(frozen=True)
class School:
    """What a school's problem was made of, so that it can be made anew with changes.

    Parameters
    ----------
    files
        What was read from its files.
    rules
        Its rules.
    name
        Its name, where the rules give none.
    seats_before
        The seats of sections that a person has changed, as they were: use is measured against these.
    """

    files: SchoolFiles
    rules: SchoolRules
    name: str = ""
    seats_before: Mapping[str, int] = field(default_factory=dict)

    def problem(self) -> Problem:
        """Make the problem of the school."""
        return replace(school_problem(self.files, self.rules, name=self.name), source=self)


def seats_before(problem: Problem) -> Mapping[str, int]:
    """Return the seats, before anybody changed them, of the sections of which somebody has."""
    return problem.source.seats_before if isinstance(problem.source, School) else {}


def school_of(problem: Problem) -> School:
    """Return the school that a problem was made of.

    Raises
    ------
    EchelonError
        When the problem is that of no school, such as a benchmark's.
    """
    if not isinstance(problem.source, School):
        text = f"{problem.name or 'this problem'} was not made of the files of a school"
        raise EchelonError(f"{text}\n  Maybe read it with load_school?")
    return problem.source


def load_school(
    folder: str | Path, rules: SchoolRules | None = None, *, accept_headers: bool = False
) -> Problem:
    """Read the folder of a school and make its problem.

    Parameters
    ----------
    folder
        Folder with the six CSV files, or their address (``s3://bucket/prefix``); ``data/README.md``
        describes every column.
    rules
        Rules of the school; the defaults of ``SchoolRules`` when left out.
    accept_headers
        Take headers that nearly fit for the ones they resemble.

    Raises
    ------
    DataError
        With every problem of every file, or of the rules against the files, at once.
    """
    files = read_school_files(folder, accept_headers=accept_headers)
    return school_problem(files, rules, name=school_name(folder))


def school_problem(files: SchoolFiles, rules: SchoolRules | None = None, *, name: str = "") -> Problem:
    """Make the problem of a school from files that were read and checked."""
    rules = rules or SchoolRules()
    calendar = _calendar([period.name for period in files.periods], rules)
    courses = _courses(files, rules, calendar)
    balanced = balanced_columns(files, rules.balance)
    requests, pooled, not_offered = _requests(files, rules, {course.id for course in courses})
    courses.extend(Course.of(course, ()) for course in not_offered)
    school = Problem(
        name=rules.name or name,
        calendar=calendar,
        courses=tuple(courses),
        attendees=(*_teachers(files), *_students(files, balanced)),
        requests=tuple(requests),
        pooled=pooled,
        policy=Policy(
            clash={
                "teacher": rules.enforcement("teacher_clash"),
                "student": rules.enforcement("student_clash"),
            },
            seats=rules.enforcement("seats"),
        ),
        source=School(files, rules, name),
    )
    issues = [*_unusable(rules, calendar), *balanced.issues]
    if issues:
        raise DataError(issues)
    ruled = replace(
        school,
        constraints=constraints_of(school, files, rules),
        remarks=(*_notes(files), *remarks_on(school, files, rules)),
    )
    return with_locks(ruled, locks_in(files.locks), enforcement=rules.enforcement("locks"))


def _calendar(names: list[str], rules: SchoolRules) -> Calendar:
    if rules.calendar.days is not None:
        given = [name for periods in rules.calendar.days.values() for name in periods]
        if sorted(given) != sorted(names):
            odd = sorted((Counter(given) - Counter(names)) + (Counter(names) - Counter(given)))
            raise DataError(
                [
                    Issue(
                        f"[calendar] days and Period.csv differ in {', '.join(odd)}",
                        path="rules",
                        column="calendar.days",
                        cure="name every period of Period.csv exactly once?",
                    )
                ]
            )
        return Calendar.of_days(rules.calendar.days)
    lettered = [re.fullmatch(r"([^\W\d]+)\s*(\d+)", name) for name in names]
    if not all(lettered):
        return Calendar.of_days({"Day": names})
    days: dict[str, list[tuple[int, str]]] = {}
    for match, name in zip(lettered, names, strict=True):
        if match is not None:
            days.setdefault(match[1], []).append((int(match[2]), name))
    return Calendar.of_days({day: [name for _, name in sorted(periods)] for day, periods in days.items()})


def _courses(files: SchoolFiles, rules: SchoolRules, calendar: Calendar) -> list[Course]:
    info = {course.id: course for course in files.courses}
    sections: dict[str, list[Section]] = {}
    for row in files.sections:
        course = info.get(row.course)
        lab = row.lab
        if lab is None and course is not None:
            lab = course.lab
        if lab is None:
            lab = row.department in rules.labs.departments or row.course in rules.labs.courses
        times = tuple(calendar.time(name) for name in row.periods) or calendar.times
        sections.setdefault(row.course, []).append(
            Section(
                id=row.id,
                meetings=(Meeting(row.id, times),),
                seats=row.seats,
                attendees=(row.teacher,) if row.teacher else (),
                department=row.department,
                tags=frozenset({LAB}) if lab else frozenset(),
            )
        )
    return [
        Course.of(
            course,
            members,
            department=members[0].department,
            tags={"Core"} if (known := info.get(course)) is not None and known.core else (),
        )
        for course, members in sections.items()
    ]


def _teachers(files: SchoolFiles) -> Iterator[Attendee]:
    for row in files.teachers:
        yield Attendee(row.id, "teacher", department=row.department, details=dict(row.extra))


def _students(files: SchoolFiles, balanced: Balanced) -> Iterator[Attendee]:
    for row in files.students:
        tags = balanced.tags_of(row) | (frozenset({SPED}) if row.sped else frozenset[str]())
        yield Attendee(row.id, "student", tags=tags, details=dict(row.extra))


def _requests(
    files: SchoolFiles, rules: SchoolRules, offered: set[str]
) -> tuple[list[Request], dict[str, tuple[str, ...]], list[str]]:
    core = {course.id for course in files.courses if course.core}
    requests: list[Request] = []
    pooled: dict[str, tuple[str, ...]] = {}
    not_offered: dict[str, None] = {}
    for row in files.preferences:
        for position, wish in enumerate(row.requests):
            is_core = wish[0] in core
            requests.append(
                Request(
                    id=f"{row.student}#{position + 1}",
                    student=row.student,
                    courses=tuple(dict.fromkeys(wish)),
                    weight=rules.requests.weight_of(position, core=is_core),
                    core=is_core,
                )
            )
        if row.pooled:
            pooled[row.student] = tuple(dict.fromkeys(row.pooled))
        for course in (*(course for wish in row.requests for course in wish), *row.pooled):
            if course not in offered:
                not_offered[course] = None
    return requests, pooled, list(not_offered)


def _notes(files: SchoolFiles) -> Iterator[Issue]:
    """Yield what was noticed while reading; only a file that is not used may matter to anybody."""
    for note in files.notes:
        yield replace(note, harmless=note.path not in NOT_USED_YET)


def _unusable(rules: SchoolRules, calendar: Calendar) -> Iterator[Issue]:
    known = [period.name for period in calendar.periods]
    for name, rule in rules.courses.items():
        for period in rule.periods or ():
            if period not in known:
                yield Issue(
                    f"the rule for {name!r} names the period {period!r}, which Period.csv does not have",
                    path="rules",
                    column=f"courses.{name}.periods",
                    value=period,
                    cure=suggest(period, known) or f"one of {', '.join(known)}?",
                )
