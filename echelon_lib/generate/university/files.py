"""The records of a made-up university's files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from echelon_lib.formats.university_records import (
    CalendarRecord,
    DepartmentRecord,
    EnrolmentRecord,
    FacultyRecord,
    FacultyTimesRecord,
    ProgrammeRecord,
    RoomRecord,
    TeachingRecord,
    TimesKind,
    UniversityFiles,
    UniversityStudentRecord,
)
from echelon_lib.generate.university.bands import DAYS, SLOTS
from echelon_lib.generate.university.course_records import course_records
from echelon_lib.generate.university.courses import YEARS
from echelon_lib.generate.university.draws import Dice
from echelon_lib.generate.university.naming import (
    ACADEMIC_YEAR,
    DAY_NAMES,
    FIRST_SLOT,
    LABORATORIES,
    LECTURE_ROOM,
    PROJECTOR_IN_ROOM,
    SLOT_MINUTES,
    department_names,
    letters,
    person,
)
from echelon_lib.generate.university.plan import Plan
from echelon_lib.generate.university.rooms import Rooms
from echelon_lib.generate.university.sessions import CAPACITIES, FIRST_LAB, PROJECTOR, Teaching
from echelon_lib.generate.university.staff import Teacher

_FIRST_ROW = 2
_ROOMS_OF_FLOOR = 12
_PLAIN = frozenset({LECTURE_ROOM})
_WITH_PROJECTOR = frozenset({LECTURE_ROOM, PROJECTOR_IN_ROOM})


def files_of(
    dice: Dice,
    plan: Plan,
    rooms: Rooms,
    staff: Sequence[Teacher],
    teacher_of: Sequence[int],
    left_open: Sequence[bool],
) -> UniversityFiles:
    """Return the records; ``left_open`` says of each section whether its faculty is to be chosen."""
    departments = department_names(len(plan.catalogue.school))
    school_width = len(str(int(plan.catalogue.school.max()) + 1))
    courses = course_records(plan.catalogue, departments)
    sections = tuple(
        _sections(plan.teaching, [course.id for course in courses], len(staff), teacher_of, left_open)
    )
    return UniversityFiles(
        calendar=tuple(
            CalendarRecord(day=day, slots=SLOTS, first=FIRST_SLOT, minutes=SLOT_MINUTES, row=row)
            for row, day in enumerate(DAY_NAMES, _FIRST_ROW)
        ),
        departments=tuple(
            DepartmentRecord(id=code, name=name, school=f"School {school + 1:0{school_width}d}", row=row)
            for row, ((code, name), school) in enumerate(
                zip(departments, plan.catalogue.school.tolist(), strict=True), _FIRST_ROW
            )
        ),
        programmes=tuple(
            ProgrammeRecord(
                id=_programme(code), department=code, name=f"Bachelor of {name}", years=YEARS, row=row
            )
            for row, (code, name) in enumerate(departments, _FIRST_ROW)
        ),
        courses=courses,
        sections=sections,
        faculty=tuple(
            FacultyRecord(
                id=_faculty(place, len(staff)),
                department=departments[one.department][0],
                maximum=one.most,
                courses=tuple(courses[number].id for number in sorted(one.courses)),
                name=person(dice),
                row=place + _FIRST_ROW,
            )
            for place, one in enumerate(staff)
        ),
        faculty_times=tuple(
            FacultyTimesRecord(faculty=who, day=DAY_NAMES[day], first=first, last=last, kind=kind, row=row)
            for row, (who, day, first, last, kind) in enumerate(_times(staff), _FIRST_ROW)
        ),
        rooms=tuple(_rooms(rooms)),
        students=tuple(_students(plan, departments)),
        enrolments=tuple(_enrolments(plan, [section.id for section in sections])),
        academic_year=ACADEMIC_YEAR,
        semester="odd",
    )


def _programme(department: str) -> str:
    return f"BA-{department}"


def _faculty(place: int, count: int) -> str:
    return f"F{place + 1:0{max(3, len(str(count)))}d}"


def _sections(
    teaching: Teaching,
    courses: Sequence[str],
    staff: int,
    teacher_of: Sequence[int],
    left_open: Sequence[bool],
) -> Iterator[TeachingRecord]:
    """Yield the rows of the sections file: each lecture section, then the batches of its lab."""
    projector = set(teaching.section[teaching.group[teaching.need == PROJECTOR]].tolist())
    sections_of: Counter[str] = Counter()
    name, batch = "", 0
    for row, (section, is_lab) in enumerate(
        zip(teaching.section.tolist(), teaching.is_lab.tolist(), strict=True), _FIRST_ROW
    ):
        course = courses[int(teaching.course[section])]
        if is_lab:
            batch += 1
        else:
            name, batch = f"{course}-{letters(sections_of[course])}", 0
            sections_of[course] += 1
        yield TeachingRecord(
            id=f"{name}-L{batch}" if is_lab else name,
            course=course,
            part="Lab" if is_lab else "Lecture",
            faculty=None if left_open[section] else _faculty(teacher_of[section], staff),
            features=frozenset({PROJECTOR_IN_ROOM} if section in projector and not is_lab else ()),
            row=row,
        )


def _times(staff: Sequence[Teacher]) -> Iterator[tuple[str, int, int, int, TimesKind]]:
    """Yield who is away or likes to teach on which day from which slot to which."""
    for place, teacher in enumerate(staff):
        who = _faculty(place, len(staff))
        weeks: tuple[tuple[TimesKind, int], ...] = (("away", teacher.away), ("preferred", teacher.preferred))
        for kind, week in weeks:
            for day in range(DAYS):
                first = None
                for slot in range(SLOTS + 1):
                    inside = slot < SLOTS and week >> (day * SLOTS + slot) & 1
                    if inside and first is None:
                        first = slot
                    elif not inside and first is not None:
                        yield who, day, first, slot - 1, kind
                        first = None


def _rooms(rooms: Rooms) -> Iterator[RoomRecord]:
    """Yield the rooms, numbered by building and floor: ``B03-101``."""
    width = max(2, len(str(int(rooms.building.max()) + 1)))
    inside: Counter[int] = Counter()
    for row, (building, kind, bucket) in enumerate(
        zip(rooms.building.tolist(), rooms.kind.tolist(), rooms.bucket.tolist(), strict=True), _FIRST_ROW
    ):
        floor, place = divmod(inside[building], _ROOMS_OF_FLOOR)
        inside[building] += 1
        name = f"B{building + 1:0{width}d}"
        if kind >= FIRST_LAB:
            features = frozenset({LABORATORIES[kind - FIRST_LAB]})
        else:
            features = _WITH_PROJECTOR if kind == PROJECTOR else _PLAIN
        yield RoomRecord(
            id=f"{name}-{floor + 1}{place + 1:02d}",
            capacity=int(CAPACITIES[bucket]),
            building=name,
            features=features,
            row=row,
        )


def _student(place: int, count: int) -> str:
    return f"S{place + 1:0{max(4, len(str(count)))}d}"


def _students(plan: Plan, departments: Sequence[tuple[str, str]]) -> Iterator[UniversityStudentRecord]:
    cohorts = plan.cohorts
    department, year = cohorts.of_students(cohorts.department), cohorts.of_students(cohorts.year)
    for place, (number, before) in enumerate(zip(department.tolist(), year.tolist(), strict=True)):
        yield UniversityStudentRecord(
            id=_student(place, cohorts.students),
            programme=_programme(departments[number][0]),
            year=before + 1,
            row=place + _FIRST_ROW,
        )


def _enrolments(plan: Plan, sections: Sequence[str]) -> Iterator[EnrolmentRecord]:
    teaching = plan.teaching
    student = np.concatenate(teaching.members)
    group = np.repeat(np.arange(len(teaching.members)), teaching.sizes)
    order = np.argsort(student, kind="stable")
    bounds = np.searchsorted(student[order], np.arange(1, plan.cohorts.students))
    for place, own in enumerate(np.split(group[order], bounds)):
        yield EnrolmentRecord(
            student=_student(place, plan.cohorts.students),
            sections=tuple(sections[number] for number in own.tolist()),
            row=place + _FIRST_ROW,
        )
