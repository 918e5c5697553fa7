"""What happens after a university's timetable is published: somebody leaves, a room closes, a course comes.

Each change is typed, says in words why it cannot be, and changes the records of the files; the problem is
made of them anew. These are facts, not proposals. Who teaches what was published stays so: a choice that was
made where the files leave it open is kept, and only sections that lose their faculty are handed over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, TypeAdapter

from echelon_lib.change_files import changes_of, read_changes
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.errors import DataError, Issue, suggest
from echelon_lib.domain.offerings import Meeting
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.domain.uncollected import uncollected
from echelon_lib.formats.university_records import UniversityFiles
from echelon_lib.university import University, university_of
from echelon_lib.university_change_courses import (
    CourseAdded,
    CourseDropped,
    EnrolmentGrows,
    NewSection,
    SectionAdded,
    SectionDropped,
)
from echelon_lib.university_change_kinds import (
    DepartmentFrozen,
    FacultyAway,
    FacultyLeaves,
    RoomCloses,
    UniversityChangeBase,
    no_department,
)
from echelon_lib.university_handover import handed_over
from echelon_lib.university_staffing import weekly_hours, with_faculty

__all__ = [
    "UNIVERSITY_CHANGES",
    "CourseAdded",
    "CourseDropped",
    "DepartmentFrozen",
    "EnrolmentGrows",
    "FacultyAway",
    "FacultyLeaves",
    "NewSection",
    "RoomCloses",
    "SectionAdded",
    "SectionDropped",
    "UniversityChange",
    "UniversityChanged",
    "frozen",
    "kept_meetings",
    "read_university_changes",
    "university_changes",
    "with_university_changes",
]

UniversityChange = Annotated[
    FacultyLeaves
    | FacultyAway
    | RoomCloses
    | CourseAdded
    | CourseDropped
    | SectionAdded
    | SectionDropped
    | EnrolmentGrows
    | DepartmentFrozen,
    Field(discriminator="kind"),
]
"""Any change of a university; ``kind`` says which."""

UNIVERSITY_CHANGES: TypeAdapter[tuple[UniversityChange, ...]] = TypeAdapter(tuple[UniversityChange, ...])
"""Reads a list of changes of a university."""

_KINDS: Mapping[str, type[BaseModel]] = {
    model.model_fields["kind"].default: model
    for model in (
        *(FacultyLeaves, FacultyAway, RoomCloses, CourseAdded, CourseDropped),
        *(SectionAdded, SectionDropped, EnrolmentGrows, DepartmentFrozen),
    )
}


@dataclass(frozen=True)
class UniversityChanged:
    """A university after changes.

    Parameters
    ----------
    problem
        The problem of the changed files; what is frozen has a single time and a single room.
    plain
        The same without anything frozen, as it would be read from the files.
    kept
        Meetings that have to stay where the published timetable has them.
    given
        Who was chosen for each section that lost its faculty, is new, or is handed on to make room for one.
    facts
        The hand-over in sentences, and what nobody can take; they name no student.
    """

    problem: Problem
    plain: Problem
    kept: tuple[str, ...]
    given: Mapping[str, str]
    facts: tuple[str, ...]


def with_university_changes(
    problem: Problem,
    published: Timetable,
    changes: Iterable[UniversityChange],
    *,
    keep: Collection[str] = (),
    only: Collection[str] = (),
) -> UniversityChanged:
    """Return the problem of a university after changes, one after the other.

    Parameters
    ----------
    problem
        The problem of the university; it stays as it is.
    published
        The timetable that people know.
    changes
        The changes in order. Sections that lose their faculty are handed over after the last of them.
    keep
        Sections, courses, departments or faculty whose meetings stay where they are.
    only
        Departments whose courses alone may be moved, so that those of all others stay; empty for all.

    Raises
    ------
    DataError
        When any of them cannot be, with every reason; none is made then.
    EchelonError
        When the problem was not made of the files of a university.
    """
    with uncollected():
        return _after(problem, published, changes, keep, only)


def _after(
    problem: Problem,
    published: Timetable,
    changes: Iterable[UniversityChange],
    keep: Collection[str],
    only: Collection[str],
) -> UniversityChanged:
    source = university_of(problem)
    before = files = with_faculty(source.files, source.chosen)
    meets = _slots(problem, published)
    issues: list[Issue] = []
    still: dict[str, None] = {}
    for number, change in enumerate(changes, start=1):
        assert isinstance(change, UniversityChangeBase)
        found = list(change.faults(files))
        issues += (replace(one, path=f"change {number} ({change.kind})") for one in found)
        if not found:
            still |= dict.fromkeys(change.frozen(files))
            files = change.changed(files)
    for name in keep:
        sections = _named(files, name)
        still |= dict.fromkeys(sections)
        if not sections:
            cure = (
                suggest(name, (row.id for row in files.sections))
                or "name a section, course, department or somebody who teaches?"
            )
            issues.append(Issue(f"nothing is called {name!r} that could stay", value=name, cure=cure))
    if only:
        try:
            still |= dict.fromkeys(outside(files, only))
        except DataError as error:
            issues += error.issues
    issues += _used_up(files)
    done = handed_over(files, meets, keep=still)
    if source.rules.enforcement("faculty_hours").required:
        issues += _over_hours(before, done.files)
    if issues:
        raise DataError(issues)
    plain = University(done.files, source.rules, source.name).problem()
    kept = kept_meetings(plain, published, still)
    facts = (*done.facts, *done.left.values(), *_later(before, done.files))
    return UniversityChanged(frozen(plain, published, kept), plain, kept, done.given, facts)


def read_university_changes(path: str | Path) -> tuple[UniversityChange, ...]:
    """Return the changes of a JSON or TOML file: a list, or a list under ``changes``.

    Raises
    ------
    DataError
        When the file cannot be read or holds something else; all of it at once.
    """
    example = '[[changes]] with kind = "room_closes" and room = "B01-101"'
    return read_changes(path, UNIVERSITY_CHANGES, example, _KINDS)


def university_changes(data: object, source: str = "changes") -> tuple[UniversityChange, ...]:
    """Return the changes of a list of mappings, such as a notebook's parameter.

    Raises
    ------
    DataError
        When it is something else; all of it at once.
    """
    return changes_of(data, UNIVERSITY_CHANGES, source=source, kinds=_KINDS)


# What stays ---------------------------------------------------------------------------------------------


def kept_meetings(problem: Problem, published: Timetable, sections: Iterable[str]) -> tuple[str, ...]:
    """Return the meetings of some sections that the published timetable places."""
    return tuple(
        meeting.id
        for section in sections
        if section in problem.sections
        for meeting in problem.sections[section].meetings
        if meeting.id in published.placements
    )


def outside(files: UniversityFiles, departments: Iterable[str]) -> tuple[str, ...]:
    """Return the sections of all departments but some, each of the department of its course.

    Raises
    ------
    DataError
        When a department does not exist; with an issue for each.
    """
    named = tuple(dict.fromkeys(departments))
    issues = [issue for name in named for issue in no_department(files, name)]
    if issues:
        raise DataError(issues)
    others = (row.id for row in files.departments if row.id not in named)
    return tuple(section for name in others for section in DepartmentFrozen(department=name).frozen(files))


def frozen(problem: Problem, published: Timetable, meetings: Collection[str]) -> Problem:
    """Return a problem in which some meetings may be nowhere but where a timetable has them.

    A meeting whose room is none any more that it may take keeps its time, and may take all its other rooms.
    """
    held = set(meetings)
    if not held:
        return problem
    alone: dict[Placement, tuple[tuple[Time, ...], tuple[str, ...]]] = {}

    def still(meeting: Meeting) -> Meeting:
        placed = published.placements.get(meeting.id)
        # One that no room suits has no times either, and may not become one that needs no room.
        if meeting.id not in held or placed is None or placed.time not in meeting.times:
            return meeting
        times, rooms = alone.setdefault(placed, ((placed.time,), (placed.room,) if placed.room else ()))
        return replace(meeting, times=times, rooms=rooms if placed.room in meeting.rooms else meeting.rooms)

    courses = tuple(
        replace(
            course,
            parts=tuple(
                replace(
                    part,
                    sections=tuple(
                        replace(section, meetings=tuple(map(still, section.meetings)))
                        for section in part.sections
                    ),
                )
                for part in course.parts
            ),
        )
        for course in problem.courses
    )
    return replace(problem, courses=courses)


def _named(files: UniversityFiles, name: str) -> tuple[str, ...]:
    """Return the sections that a section, a course, a department or somebody who teaches stands for."""
    of = {row.id: row.department for row in files.courses}
    return tuple(
        row.id for row in files.sections if name in (row.id, row.course, row.faculty, of[row.course])
    )


def _slots(problem: Problem, published: Timetable) -> dict[str, int]:
    """Return the slots of the week in which each section meets, as masks."""
    meets = {}
    for section in problem.sections.values():
        mask = 0
        for meeting in section.meetings:
            placed = published.placements.get(meeting.id)
            mask |= 0 if placed is None else problem.calendar.mask(placed.time)
        meets[section.id] = mask
    return meets


def _later(before: UniversityFiles, after: UniversityFiles) -> Iterator[str]:
    """Yield that sections of the other semester have lost their faculty; nobody is chosen for them now."""
    taught = {row.id: row.faculty for row in before.sections}
    held = {course.id for course in after.courses if after.is_held(course)}
    for row in after.sections:
        if row.faculty is None and taught.get(row.id) is not None and row.course not in held:
            yield f"{row.id} of the other semester is without faculty now: {taught[row.id]} was to teach it."


def _used_up(files: UniversityFiles) -> Iterator[Issue]:
    """Yield that nothing of a kind is left: nobody could read its file, which names no row."""
    kinds = {
        "room": files.rooms,
        "faculty": files.faculty,
        "course": files.courses,
        "section": files.sections,
    }
    for kind, rows in kinds.items():
        if not rows:
            yield Issue(f"no {kind} is left", "the changes", cure="leave one of them out?")


def _over_hours(before: UniversityFiles, after: UniversityFiles) -> Iterator[Issue]:
    """Yield those who would teach more than they may, and more than they did."""
    had, has = _loads(before), _loads(after)
    for person in after.faculty:
        hours = has[person.id]
        if hours > max(person.maximum, had[person.id]):
            text = f"{person.id} would teach {hours} hours, and {person.maximum} are allowed"
            cure = "name somebody with hours left, or leave the choice open?"
            yield Issue(text, "the changes", value=person.id, cure=cure)


def _loads(files: UniversityFiles) -> Counter[str]:
    courses = {course.id: course for course in files.courses if files.is_held(course)}
    load: Counter[str] = Counter()
    for row in files.sections:
        if row.faculty is not None and row.course in courses:
            load[row.faculty] += weekly_hours(row, courses[row.course])
    return load
