"""The files of a school: their names and columns, and the records that their rows become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from echelon_lib.domain.errors import Issue
from echelon_lib.domain.locks import LockKind

SECTIONS = "Sections_Information.csv"
STUDENTS = "Student_Info.csv"
TEACHERS = "Teacher_Info.csv"
PREFERENCES = "Student_Preference_Info.csv"
UNAVAILABILITY = "Teacher_unavailability.csv"
PERIODS = "Period.csv"
COURSES = "Course_Information.csv"
LOCKS = "Locks.csv"
MAY_BE_ABSENT = (UNAVAILABILITY, COURSES, LOCKS)
NOT_USED_YET = ("Room_Information.csv", "Co_Teaching.csv", "Groups.csv")

COLUMNS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    PERIODS: (("period_id", "period_name"), ()),
    TEACHERS: (("Teacher ID", "Department", "Dedicated Course", "Current Load", "Science Sections"), ()),
    SECTIONS: (
        ("Section ID", "Course ID", "Teacher Assigned", "# of Seats Available", "Department"),
        ("Period", "Lab"),
    ),
    STUDENTS: (("Student ID", "SPED"), ()),
    PREFERENCES: (("Student ID", "Preferred Sections"), ()),
    UNAVAILABILITY: (("Teacher ID", "Unavailable Periods"), ()),
    COURSES: (("Course ID",), ("Core", "Term", "Length", "Lab", "Min Size", "Grades", "Linked To")),
    LOCKS: (("Kind", "ID"), ("Period", "Teacher ID", "Section ID")),
}
"""Required and optional columns of each file; further columns are carried for display."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionRecord:
    """A row of the sections file; ``teacher`` is None when blank, ``TBD`` or ``Staff``.

    ``periods`` are the names of the only periods in which it may be; empty where it may be in any.
    """

    id: str
    course: str
    teacher: str | None
    seats: int
    department: str
    periods: tuple[str, ...] = ()
    lab: bool | None = None
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentRecord:
    """A row of the students file; ``extra`` holds the columns carried for display.

    Only the row number is printed, so that no student reaches a log by accident.
    """

    id: str = field(repr=False)
    sped: bool = field(repr=False)
    extra: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherRecord:
    """A row of the teachers file; the last two numbers restate the sections file and are never added."""

    id: str
    department: str
    dedicated_course: str | None = None
    current_load: int | None = None
    science_sections: int | None = None
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceRecord:
    """What one student asks for.

    Parameters
    ----------
    requests
        In order of priority; each is a primary course with its alternates in order, as written.
    pooled
        Alternates of trailing entries ``|X``, usable once for any elective.
    """

    student: str = field(repr=False)
    requests: tuple[tuple[str, ...], ...]
    pooled: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    row: int

    @property
    def courses(self) -> frozenset[str]:
        """Every course that may serve the student: primaries and alternates."""
        return frozenset((*(course for wish in self.requests for course in wish), *self.pooled))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnavailabilityRecord:
    """The periods, by name, in which a teacher cannot teach; several rows of a teacher are one record."""

    teacher: str
    periods: tuple[str, ...]
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRecord:
    """A row of the periods file; all other files speak of ``name``."""

    id: str
    name: str
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRecord:
    """A row of the optional courses file; a blank cell or an absent column is None or empty.

    ``grades`` are separated by ``;`` or ``,`` and a range such as ``9-12`` stands for each of its grades.
    """

    id: str
    core: bool | None = None
    lab: bool | None = None
    min_size: int | None = None
    grades: tuple[str, ...] = ()
    term: str | None = None
    length: str | None = None
    linked_to: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRecord:
    """A row of the optional locks file: what a person wants to stay as it is."""

    kind: LockKind
    id: str = field(repr=False)
    periods: tuple[str, ...] = ()
    teacher: str | None = None
    section: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SchoolFiles:
    """Everything that was read from a school's folder.

    Parameters
    ----------
    notes
        What was noticed and did no harm: encodings, repeated rows, files that are not used.
    carried
        Columns carried for display, by file.
    input_hashes
        SHA-256 of every file read, by file.
    """

    sections: tuple[SectionRecord, ...]
    students: tuple[StudentRecord, ...]
    teachers: tuple[TeacherRecord, ...]
    preferences: tuple[PreferenceRecord, ...]
    unavailability: tuple[UnavailabilityRecord, ...]
    periods: tuple[PeriodRecord, ...]
    courses: tuple[CourseRecord, ...] = ()
    locks: tuple[LockRecord, ...] = ()
    notes: tuple[Issue, ...] = ()
    carried: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    input_hashes: Mapping[str, str] = field(default_factory=dict, hash=False)

    def counts(self) -> dict[str, int]:
        """Return how much of everything was read."""
        return {
            "sections": len(self.sections),
            "unstaffed sections": sum(section.teacher is None for section in self.sections),
            "fixed sections": sum(len(section.periods) == 1 for section in self.sections),
            "seats": sum(section.seats for section in self.sections),
            "courses": len({section.course for section in self.sections}),
            "teachers": len(self.teachers),
            "teachers with unavailable periods": sum(bool(record.periods) for record in self.unavailability),
            "students": len(self.students),
            "students with the SPED flag": sum(student.sped for student in self.students),
            "students with requests": sum(bool(record.requests) for record in self.preferences),
            "requests": sum(len(record.requests) for record in self.preferences),
            "alternates": sum(
                sum(len(request) - 1 for request in record.requests) + len(record.pooled)
                for record in self.preferences
            ),
            "periods": len(self.periods),
            "described courses": len(self.courses),
            "locks": len(self.locks),
            "notes": len(self.notes),
        }

    def summary(self) -> list[str]:
        """Return the counts that are not zero, one line each, without any id."""
        return [
            f"{count:,} {_singular(name) if count == 1 else name}"
            for name, count in self.counts().items()
            if count
        ]

    def __repr__(self) -> str:
        return f"SchoolFiles({', '.join(self.summary())})"


def _singular(name: str) -> str:
    """Return ``teacher with unavailable periods`` for ``teachers with unavailable periods``."""
    things, such, more = name.partition(" with ")
    return f"{things.removesuffix('s')}{such}{more}"
