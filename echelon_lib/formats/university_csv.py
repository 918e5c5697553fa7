"""The CSV files of a university: read row by row into records, every fault named at once."""

from __future__ import annotations

from pathlib import Path

from echelon_lib.domain.errors import DataError
from echelon_lib.formats.data_folder import DataFolder, FolderKind, names_in_folder
from echelon_lib.formats.school_cells import Cells, distinct, listed
from echelon_lib.formats.school_names import Names, names_in
from echelon_lib.formats.tables import Table
from echelon_lib.formats.university_calendar import Week, read_week
from echelon_lib.formats.university_people import (
    read_enrolments,
    read_faculty,
    read_faculty_times,
    read_student,
)
from echelon_lib.formats.university_records import (
    CALENDAR,
    COLUMNS,
    COURSE_KINDS,
    COURSES,
    DEPARTMENTS,
    ENROLMENTS,
    FACULTY,
    FACULTY_TIMES,
    OFFERED,
    PARTS,
    PLANTED_TIMETABLE,
    PROGRAMMES,
    ROOMS,
    SECTIONS,
    STUDENTS,
    CourseRecord,
    DepartmentRecord,
    ProgrammeRecord,
    RoomRecord,
    TeachingRecord,
    UniversityFiles,
)
from echelon_lib.formats.wording import shown

__all__ = ["UNIVERSITY", "UniversityFiles", "is_university", "read_university_files"]

UNIVERSITY = FolderKind("university", "the ten files", COLUMNS, ENROLMENTS, beside=(PLANTED_TIMETABLE,))

MOST_MEETINGS = 40
MOST_PEOPLE = 100_000

_LIST = ";"
_TO_BE_CHOSEN = {"", "tbd", "staff"}


def is_university(folder: str | Path) -> bool:
    """Tell whether a folder, or an address in an object store, holds the files of a university."""
    return {COURSES, SECTIONS, ENROLMENTS} <= names_in_folder(folder)


def read_university_files(folder: str | Path, *, accept_headers: bool = False) -> UniversityFiles:
    """Read the CSV files of a university.

    Whether any room has the features that a course needs, and whether there are hours and seats enough, is
    for the preflight to say.

    Parameters
    ----------
    folder
        The folder that holds the files, or their address. ``Faculty_Times.csv`` may be absent.
    accept_headers
        Take column titles that nearly fit, and note it; otherwise each is an error with a suggestion.

    Raises
    ------
    DataError
        With every problem of every file: path, row, column, value and cure.
    """
    files = DataFolder(UNIVERSITY, folder, accept_headers=accept_headers)
    findings = files.findings
    week = read_week(files.table_of("day", CALENDAR), findings)

    table = files.table_of("department", DEPARTMENTS)
    department_names = _names("department", table, "Department ID")
    departments = tuple(_department(cells) for cells in distinct(table, "Department ID", findings, _LIST))

    table = files.table_of("programme", PROGRAMMES)
    programme_names = _names("programme", table, "Programme ID")
    programmes = tuple(
        _programme(cells, department_names) for cells in distinct(table, "Programme ID", findings, _LIST)
    )

    table = files.table_of("course", COURSES)
    course_names = _names("course", table, "Course ID")
    courses = tuple(
        _course(cells, department_names, week) for cells in distinct(table, "Course ID", findings, _LIST)
    )

    table = files.table_of("faculty", FACULTY)
    faculty_names = _names("faculty member", table, "Faculty ID")
    faculty = tuple(
        read_faculty(cells, department_names, course_names)
        for cells in distinct(table, "Faculty ID", findings, _LIST)
    )
    times_table = files.table(FACULTY_TIMES, may_be_absent=True)
    faculty_times = read_faculty_times(times_table, findings, faculty_names, week)

    table = files.table_of("section", SECTIONS)
    section_names = _names("section", table, "Section ID")
    faulty = {issue.row for issue in findings.issues if issue.path == COURSES}
    by_course = {course.id: course for course in courses if course.row not in faulty}
    sections = tuple(
        _section(cells, course_names, by_course, faculty_names)
        for cells in distinct(table, "Section ID", findings, _LIST)
    )

    table = files.table_of("room", ROOMS)
    rooms = tuple(_room(cells) for cells in distinct(table, "Room ID", findings, _LIST))

    table = files.table_of("student", STUDENTS)
    student_names = _names("student", table, "Student ID")
    years = {programme.id: programme.years for programme in programmes}
    students = tuple(
        read_student(cells, programme_names, years) for cells in distinct(table, "Student ID", findings)
    )
    enrolments = read_enrolments(
        files.table_of("enrolment", ENROLMENTS), findings, student_names, section_names, sections
    )
    if findings.issues:
        raise DataError(findings.issues)
    return UniversityFiles(
        calendar=week.days,
        departments=departments,
        programmes=programmes,
        courses=courses,
        sections=sections,
        faculty=faculty,
        faculty_times=faculty_times,
        rooms=rooms,
        students=students,
        enrolments=enrolments,
        academic_year=week.academic_year,
        semester=week.semester,
        notes=files.notes(),
        carried=files.carried,
        input_hashes=files.hashes,
    )


def _names(kind: str, table: Table, column: str) -> Names:
    return Names(kind, f" in {table.path}", names_in(table, column), f"add the {kind} to {table.path}.")


def _department(cells: Cells) -> DepartmentRecord:
    return DepartmentRecord(
        id=cells.raw("Department ID"),
        name=cells.text("Name"),
        school=cells.text("School"),
        extra=cells.extra,
        row=cells.line,
    )


def _of_department(cells: Cells, departments: Names) -> str:
    return cells.reference("Department ID", cells.identifier("Department ID"), departments)


def _programme(cells: Cells, departments: Names) -> ProgrammeRecord:
    return ProgrammeRecord(
        id=cells.raw("Programme ID"),
        department=_of_department(cells, departments),
        name=cells.text("Name"),
        years=cells.whole("Years", 1, 20),
        extra=cells.extra,
        row=cells.line,
    )


def _course(cells: Cells, departments: Names, week: Week) -> CourseRecord:
    lectures = cells.whole("Lectures", 0, MOST_MEETINGS, may_be_blank=False)
    labs = cells.whole("Labs", 0, MOST_MEETINGS, may_be_blank=False)
    if lectures == 0 and labs == 0:
        cells.tally("Lectures", "Courses with neither lectures nor labs are not timetabled")
    return CourseRecord(
        id=cells.raw("Course ID"),
        department=_of_department(cells, departments),
        name=cells.text("Name"),
        credits=cells.whole("Credits", 0, 1_000),
        lectures=lectures or 0,
        labs=labs or 0,
        lecture_slots=_length(cells, "Lecture Slots", lectures, 1, week),
        lab_slots=_length(cells, "Lab Slots", labs, 2, week),
        lecture_features=_features(cells, "Lecture Features"),
        lab_features=_features(cells, "Lab Features"),
        semester=cells.one_of("Semester", OFFERED) or "both",
        kind=cells.one_of("Kind", COURSE_KINDS),
        extra=cells.extra,
        row=cells.line,
    )


def _length(cells: Cells, column: str, meetings: int | None, default: int, week: Week) -> int:
    """Return the slots of one meeting, which have to fit into a day."""
    length = cells.whole(column, 1, MOST_MEETINGS)
    length = default if length is None else length
    if meetings and week.slots and length > week.slots:
        message = f"A meeting of {length} slots does not fit into a day of {week.slots}."
        cells.problem(column, message, "split it into several meetings, or let the days have more slots.")
    return length


def _features(cells: Cells, column: str) -> frozenset[str]:
    return frozenset(listed(cells, column, _LIST, "Features"))


def _section(
    cells: Cells, courses: Names, by_course: dict[str, CourseRecord], faculty: Names
) -> TeachingRecord:
    """Return a section; the course must have meetings of its part."""
    name = cells.reference("Course ID", cells.identifier("Course ID"), courses)
    part = cells.one_of("Part", PARTS, may_be_blank=False)
    course = by_course.get(name)
    if course is not None and part is not None:
        meetings = course.lectures if part == "Lecture" else course.labs
        if not meetings:
            message = f"{shown(name)} has no {part.lower()}s a week, so this section never meets."
            cells.problem("Part", message, f"correct the part, or the course in {COURSES}.")
    teacher = cells.text("Faculty ID")
    if teacher.casefold() in _TO_BE_CHOSEN:
        teacher = ""
    return TeachingRecord(
        id=cells.raw("Section ID"),
        course=name,
        part=part or "Lecture",
        faculty=cells.reference("Faculty ID", teacher, faculty) or None,
        features=_features(cells, "Features"),
        seats=cells.whole("Seats", 1, MOST_PEOPLE),
        extra=cells.extra,
        row=cells.line,
    )


def _room(cells: Cells) -> RoomRecord:
    return RoomRecord(
        id=cells.raw("Room ID"),
        capacity=cells.whole("Capacity", 1, MOST_PEOPLE, may_be_blank=False) or 0,
        building=cells.text("Building"),
        features=_features(cells, "Features"),
        extra=cells.extra,
        row=cells.line,
    )
