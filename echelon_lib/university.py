"""The university's dialect: its files and its rules become a problem."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from echelon_lib.domain.calendar import Calendar, Time
from echelon_lib.domain.errors import DataError, EchelonError, Issue, suggest
from echelon_lib.domain.offerings import Course, Meeting, Part, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.places import Room
from echelon_lib.domain.policy import REQUIRED, Policy
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.uncollected import uncollected
from echelon_lib.formats.school_folder import school_name
from echelon_lib.formats.university_csv import read_university_files
from echelon_lib.formats.university_records import (
    COURSES,
    FACULTY,
    PARTS,
    SECTIONS,
    STUDENTS,
    CourseRecord,
    TeachingRecord,
    UniversityFiles,
)
from echelon_lib.university_constraints import constraints_of
from echelon_lib.university_rules import VARIANTS, UniversityRules
from echelon_lib.university_staffing import Staffing, staffed, with_faculty
from echelon_lib.university_week import calendar_of, times_of

__all__ = [
    "VARIANTS",
    "University",
    "UniversityRules",
    "load_university",
    "university_of",
    "university_problem",
]

_SHOWN = 5


@dataclass(frozen=True)
class University:
    """What a university's problem was made of, so that it can be made anew with changes.

    Parameters
    ----------
    files
        What was read from its files, with the sections whose faculty is to be chosen left open.
    rules
        Its rules.
    name
        Its name, where the rules give none.
    """

    files: UniversityFiles
    rules: UniversityRules
    name: str = ""

    @property
    def chosen(self) -> Mapping[str, str]:
        """Who was chosen for each section that the files leave open, and that somebody can teach."""
        return self.staffing.chosen

    @cached_property
    def staffing(self) -> Staffing:
        """The choice of faculty; what is not required gives way where nobody is found otherwise."""
        found, bent = staffed(self.files), self._bent()
        if bent == self.files:
            return found
        # Others may be found if everybody were chosen anew, so that nothing is proven of what is left.
        more = staffed(with_faculty(bent, found.chosen)).chosen if found.left else {}
        return replace(staffed(bent), chosen={**found.chosen, **more}, vain=frozenset())

    def _bent(self) -> UniversityFiles:
        """Return the files without the times and hours of faculty that no required rule keeps."""
        files, week = self.files, sum(day.slots for day in self.files.calendar)
        if not self.rules.enforcement("faculty_availability").required:
            files = replace(files, faculty_times=tuple(r for r in files.faculty_times if r.kind != "away"))
        if not self.rules.enforcement("faculty_hours").required:
            people = tuple(replace(row, maximum=max(row.maximum, week)) for row in files.faculty)
            files = replace(files, faculty=people)
        return files

    def problem(self) -> Problem:
        """Make the problem of the university."""
        return university_problem(self.files, self.rules, name=self.name)


def university_of(problem: Problem) -> University:
    """Return the university that a problem was made of.

    Raises
    ------
    EchelonError
        When the problem is that of no university, such as a school's.
    """
    if not isinstance(problem.source, University):
        text = f"{problem.name or 'this problem'} was not made of the files of a university"
        raise EchelonError(f"{text}\n  Maybe read it with load_university?")
    return problem.source


def load_university(
    folder: str | Path, rules: UniversityRules | None = None, *, accept_headers: bool = False
) -> Problem:
    """Read the folder of a university and make its problem.

    Parameters
    ----------
    folder
        Folder with the CSV files, or their address (``s3://bucket/prefix``); ``data/README.md`` describes
        every column.
    rules
        Rules of the university; the defaults of ``UniversityRules`` when left out.
    accept_headers
        Take headers that nearly fit for the ones they resemble.

    Raises
    ------
    DataError
        With every problem of every file at once.
    """
    with uncollected():
        files = read_university_files(folder, accept_headers=accept_headers)
        return university_problem(files, rules, name=school_name(folder))


def university_problem(
    files: UniversityFiles, rules: UniversityRules | None = None, *, name: str = ""
) -> Problem:
    """Make the problem of a university from files that were read and checked."""
    rules = rules or UniversityRules()
    source = University(files, rules, name)
    issues = list(_two_people(files))
    if issues:
        raise DataError(issues)
    taught = with_faculty(files, source.chosen)
    calendar = calendar_of(files)
    courses, remarks = _courses(taught, calendar)
    university = Problem(
        name=rules.name or name,
        calendar=calendar,
        courses=courses,
        attendees=(*_faculty(files), *_groups(files)),
        rooms=tuple(Room(row.id, row.capacity, row.building, row.features) for row in files.rooms),
        policy=Policy(clash={"teacher": REQUIRED, "group": REQUIRED}),
        choices=source.staffing.choices,
        source=source,
    )
    return replace(
        university,
        constraints=constraints_of(university, files, rules),
        remarks=(*_notes(files), *remarks, *_unqualified(files), *_other_semester(files), *_choice(source)),
    )


class _Domains:
    """Times by length and rooms by what they need; meetings that are alike share them."""

    def __init__(self, files: UniversityFiles, calendar: Calendar) -> None:
        self._calendar = calendar
        self._rooms = sorted(files.rooms, key=lambda room: (room.capacity, room.id))
        self._times: dict[int, tuple[Time, ...]] = {}
        self._having: dict[frozenset[str], tuple[str, ...]] = {}

    def times(self, length: int) -> tuple[Time, ...]:
        """Return all times of a length that fit in a day, the same object each time."""
        if length not in self._times:
            self._times[length] = times_of(self._calendar, length)
        return self._times[length]

    def rooms(self, features: frozenset[str]) -> tuple[str, ...]:
        """Return the rooms with all of some features, the smallest first."""
        if features not in self._having:
            self._having[features] = tuple(room.id for room in self._rooms if features <= room.features)
        return self._having[features]

    def unknown(self, features: Iterable[str]) -> list[str]:
        """Return the features that no room has, in order."""
        known = {feature for room in self._rooms for feature in room.features}
        return sorted(set(features) - known)


def _courses(files: UniversityFiles, calendar: Calendar) -> tuple[tuple[Course, ...], list[Issue]]:
    domains = _Domains(files, calendar)
    size = {row.id: row.size for row in files.students}
    attending: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for row in files.enrolments:
        for section in row.sections:
            attending[section][row.student] = None
    rows: defaultdict[str, list[TeachingRecord]] = defaultdict(list)
    for teaching in files.sections:
        rows[teaching.course].append(teaching)
    courses: list[Course] = []
    issues: list[Issue] = []
    for course in files.courses:
        if not files.is_held(course):
            continue
        parts = []
        for part in PARTS:
            members = [teaching for teaching in rows[course.id] if teaching.part == part]
            sections = []
            for teaching in members:
                groups = tuple(attending.get(teaching.id, ()))
                people = sum(size[group] for group in groups)
                needed = _features(teaching, course)
                rooms = domains.rooms(needed)
                if not rooms:
                    issues.append(_no_such_room(teaching, needed, domains, files))
                sections.append(_section(teaching, course, groups, people, rooms, domains))
            if sections:
                parts.append(Part(f"{course.id} {part}", tuple(sections)))
        tags = frozenset({course.kind.capitalize()}) if course.kind else frozenset[str]()
        courses.append(Course(course.id, tuple(parts), course.department, tags))
    return tuple(courses), issues


def _features(row: TeachingRecord, course: CourseRecord) -> frozenset[str]:
    return row.features | (course.lab_features if row.part == "Lab" else course.lecture_features)


def _section(
    row: TeachingRecord,
    course: CourseRecord,
    groups: tuple[str, ...],
    people: int,
    rooms: tuple[str, ...],
    domains: _Domains,
) -> Section:
    count, length = course.lectures, course.lecture_slots
    if row.part == "Lab":
        count, length = course.labs, course.lab_slots
    # A meeting without rooms would need none: one that no room suits may be nowhere, so it gets no time.
    times = domains.times(length) if rooms else ()
    return Section(
        id=row.id,
        meetings=tuple(Meeting(f"{row.id}#{number + 1}", times, rooms) for number in range(count)),
        seats=row.seats,
        attendees=(*((row.faculty,) if row.faculty else ()), *groups),
        headcount=people,
        department=course.department,
        tags=frozenset({row.part}),
    )


def _no_such_room(
    row: TeachingRecord, needed: frozenset[str], domains: _Domains, files: UniversityFiles
) -> Issue:
    unknown = domains.unknown(needed)
    asked = ", ".join(sorted(needed)) or "nothing in particular"
    known = {feature for room in files.rooms for feature in room.features}
    near = next((cure for name in unknown if (cure := suggest(name, known))), None)
    what = f"no room has {', '.join(unknown)}" if unknown else "no single room has all of it"
    return Issue(
        f"section {row.id} ({row.course}) needs {asked}: {what}",
        SECTIONS,
        row.row,
        "Features",
        cure=near or "a room has it and Rooms.csv does not say so?",
    )


def _faculty(files: UniversityFiles) -> Iterator[Attendee]:
    for row in files.faculty:
        details = {**({"Name": row.name} if row.name else {}), **row.extra}
        yield Attendee(row.id, "teacher", department=row.department, details=details)


def _groups(files: UniversityFiles) -> Iterator[Attendee]:
    department = {programme.id: programme.department for programme in files.programmes}
    tags_of: dict[tuple[str, int], frozenset[str]] = {}  # students of a year share them
    for row in files.students:
        tags = tags_of.setdefault((row.programme, row.year), frozenset({row.programme, f"Year {row.year}"}))
        of = department.get(row.programme, "")
        yield Attendee(row.id, "group", of, tags, details=dict(row.extra), size=row.size)


def _two_people(files: UniversityFiles) -> Iterator[Issue]:
    """Yield the ids that a student and a member of the faculty share: one of them could not be told apart."""
    faculty = {row.id: row for row in files.faculty}
    for row in files.students:
        if row.id in faculty:
            text = f"a student and the faculty of {FACULTY}, row {faculty[row.id].row}, have the same id"
            cure = "put a letter before the ids of one of the two?"
            yield Issue(text, STUDENTS, row.row, "Student ID", row.id, cure)


def _notes(files: UniversityFiles) -> Iterator[Issue]:
    yield from (replace(note, harmless=True) for note in files.notes)


def _unqualified(files: UniversityFiles) -> Iterator[Issue]:
    """Yield the sections that the files give to somebody who is qualified for other courses only."""
    qualified = {row.id: row.courses for row in files.faculty}
    for row in files.sections:
        courses = qualified.get(row.faculty or "", ())
        if courses and row.course not in courses:
            text = (
                f"{row.faculty} teaches {row.id}, but {FACULTY} does not name {row.course} among the courses"
            )
            cure = f"add the course in {FACULTY}, or name somebody else?"
            yield Issue(text, SECTIONS, row.row, "Faculty ID", row.faculty, cure)


def _other_semester(files: UniversityFiles) -> Iterator[Issue]:
    other = [course.id for course in files.courses if not files.is_held(course)]
    if other:
        text = f"{len(other)} courses of the other semester are not timetabled: {_listed(other)}"
        yield Issue(text, COURSES, column="Semester", harmless=True)


def _choice(source: University) -> Iterator[Issue]:
    if source.chosen:
        pairs = [f"{person} for {section}" for section, person in source.chosen.items()]
        text = f"faculty chosen for {len(pairs)} sections without any: {_listed(pairs)}"
        yield Issue(text, SECTIONS, column="Faculty ID", harmless=True)


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
