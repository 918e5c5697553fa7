"""The files of a university: their names and columns, and the records that their rows become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from echelon_lib.domain.errors import Issue

CALENDAR = "Calendar.csv"
DEPARTMENTS = "Departments.csv"
PROGRAMMES = "Programmes.csv"
COURSES = "Courses.csv"
SECTIONS = "Sections.csv"
FACULTY = "Faculty.csv"
FACULTY_TIMES = "Faculty_Times.csv"
ROOMS = "Rooms.csv"
STUDENTS = "Students.csv"
ENROLMENTS = "Enrolments.csv"
PLANTED_TIMETABLE = "planted/timetable.csv"
MAY_BE_ABSENT = (FACULTY_TIMES,)

COLUMNS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    CALENDAR: (("Day", "Slots", "First Slot", "Slot Minutes"), ("Academic Year", "Semester")),
    DEPARTMENTS: (("Department ID",), ("Name", "School")),
    PROGRAMMES: (("Programme ID", "Department ID"), ("Name", "Years")),
    COURSES: (
        ("Course ID", "Department ID", "Lectures", "Labs"),
        (
            *("Name", "Credits", "Lecture Slots", "Lab Slots", "Lecture Features", "Lab Features"),
            *("Semester", "Kind"),
        ),
    ),
    SECTIONS: (("Section ID", "Course ID", "Part", "Faculty ID"), ("Features", "Seats")),
    FACULTY: (("Faculty ID", "Department ID", "Maximum Hours", "Courses"), ("Name",)),
    FACULTY_TIMES: (("Faculty ID", "Day", "From Slot", "To Slot", "Kind"), ()),
    ROOMS: (("Room ID", "Capacity"), ("Building", "Features")),
    STUDENTS: (("Student ID", "Programme ID", "Year"), ("Size",)),
    ENROLMENTS: (("Student ID", "Sections"), ()),
}
"""Required and optional columns of each file; further columns are carried for display."""

Part = Literal["Lecture", "Lab"]
Semester = Literal["odd", "even"]
Offered = Literal["odd", "even", "both"]
TimesKind = Literal["away", "preferred"]
CourseKind = Literal["core", "department elective", "open elective"]

PARTS: tuple[Part, ...] = ("Lecture", "Lab")
SEMESTERS: tuple[Semester, ...] = ("odd", "even")
OFFERED: tuple[Offered, ...] = ("odd", "even", "both")
TIMES_KINDS: tuple[TimesKind, ...] = ("away", "preferred")
COURSE_KINDS: tuple[CourseKind, ...] = ("core", "department elective", "open elective")
CORE, DEPARTMENT_ELECTIVE, OPEN_ELECTIVE = COURSE_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRecord:
    """A day of the week: so many slots of so many minutes, the first of which begins at ``first``."""

    day: str
    slots: int
    first: str
    minutes: int
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentRecord:
    """A department and the school or faculty it belongs to."""

    id: str
    name: str = ""
    school: str = ""
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeRecord:
    """What students are enrolled for, such as a bachelor's degree of a department."""

    id: str
    department: str
    name: str = ""
    years: int | None = None
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRecord:
    """A course: how many lectures and labs its sections have a week, and what these need.

    Parameters
    ----------
    lectures, labs
        Meetings a week of each lecture section and of each lab section.
    lecture_slots, lab_slots
        Slots that one of them takes.
    lecture_features, lab_features
        What their rooms must have.
    semester
        When it is held; the courses of the other semester are not timetabled.
    kind
        One of `COURSE_KINDS`, or None when nothing is said.
    """

    id: str
    department: str
    name: str = ""
    credits: int | None = None
    lectures: int
    labs: int
    lecture_slots: int = 1
    lab_slots: int = 2
    lecture_features: frozenset[str] = frozenset()
    lab_features: frozenset[str] = frozenset()
    semester: Offered = "both"
    kind: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachingRecord:
    """A row of the sections file: a lecture section, or one batch of a lab.

    ``faculty`` is None where it is to be chosen; ``features`` come on top of those of the course.
    """

    id: str
    course: str
    part: Part
    faculty: str | None = None
    features: frozenset[str] = frozenset()
    seats: int | None = None
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FacultyRecord:
    """Someone who teaches: at most ``maximum`` slots a week, and any of the ``courses``."""

    id: str
    department: str
    maximum: int
    courses: tuple[str, ...] = ()
    name: str = ""
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FacultyTimesRecord:
    """Slots of a day, numbered from 0, both ends included, in which somebody is away or likes to teach."""

    faculty: str
    day: str
    first: int
    last: int
    kind: TimesKind
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRecord:
    """A room, the building it is in, and what it has."""

    id: str
    capacity: int
    building: str = ""
    features: frozenset[str] = frozenset()
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UniversityStudentRecord:
    """A student, or a batch of ``size`` people who attend the same sections; the id is never printed."""

    id: str = field(repr=False)
    programme: str
    year: int
    size: int = 1
    extra: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentRecord:
    """The sections, lectures and labs alike, that one student attends."""

    student: str = field(repr=False)
    sections: tuple[str, ...]
    extra: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    row: int


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class UniversityFiles:
    """Everything that was read from a university's folder.

    Parameters
    ----------
    academic_year, semester
        What the calendar says; an empty text and None when it says nothing.
    notes
        What was noticed and did no harm.
    carried
        Columns carried for display, by file.
    input_hashes
        SHA-256 of every file read, by file.
    """

    calendar: tuple[CalendarRecord, ...]
    departments: tuple[DepartmentRecord, ...]
    programmes: tuple[ProgrammeRecord, ...]
    courses: tuple[CourseRecord, ...]
    sections: tuple[TeachingRecord, ...]
    faculty: tuple[FacultyRecord, ...]
    faculty_times: tuple[FacultyTimesRecord, ...] = ()
    rooms: tuple[RoomRecord, ...]
    students: tuple[UniversityStudentRecord, ...]
    enrolments: tuple[EnrolmentRecord, ...]
    academic_year: str = ""
    semester: Semester | None = None
    notes: tuple[Issue, ...] = ()
    carried: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    input_hashes: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def term(self) -> str:
        """The academic year and the semester in words, as far as the calendar says them."""
        semester = f"{self.semester} semester" if self.semester else ""
        return " ".join(filter(None, (self.academic_year, semester)))

    def is_held(self, course: CourseRecord) -> bool:
        """Tell whether a course is held in the semester of the calendar."""
        return self.semester is None or course.semester in ("both", self.semester)

    def counts(self) -> dict[str, int]:
        """Return how much of everything was read."""
        return {
            "days": len(self.calendar),
            "slots": sum(day.slots for day in self.calendar),
            "departments": len(self.departments),
            "programmes": len(self.programmes),
            "courses": len(self.courses),
            "courses of the other semester": sum(not self.is_held(course) for course in self.courses),
            "sections": len(self.sections),
            "lab sections": sum(section.part == "Lab" for section in self.sections),
            "sections without faculty": sum(section.faculty is None for section in self.sections),
            "faculty": len(self.faculty),
            "faculty times": len(self.faculty_times),
            "rooms": len(self.rooms),
            "students": len(self.students),
            "people": sum(student.size for student in self.students),
            "enrolments": sum(len(row.sections) for row in self.enrolments),
            "notes": len(self.notes),
        }

    def summary(self) -> list[str]:
        """Return the term and the counts that are not zero, without any id."""
        counts = [f"{name}: {count:,}" for name, count in self.counts().items() if count]
        return [f"term: {self.term}", *counts] if self.term else counts

    def __repr__(self) -> str:
        return f"UniversityFiles({', '.join(self.summary())})"
