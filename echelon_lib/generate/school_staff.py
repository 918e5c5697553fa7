"""Sections of a made-up high school, and the teachers who give them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from echelon_lib.generate.school_catalogue import DEDICATED, SPORTS_MED, SUPPORT, CatalogueCourse, Draw
from echelon_lib.generate.school_lists import RequestList, demand

SPED_LIMIT = 12
"""Students in special education for whom a section has places at most."""
MOST_COURSES = 3
"""Different courses that a teacher prepares at most."""


@dataclass(slots=True)
class MadeSection:
    """One row of the sections file; the teacher is filled in by `staff_sections`."""

    course: str
    department: str
    seats: int
    teacher: MadeTeacher | None = None

    @property
    def teacher_name(self) -> str:
        """Id of the teacher, or nothing before there is one."""
        return self.teacher.name if self.teacher else ""


@dataclass(slots=True, eq=False)
class MadeTeacher:
    """One row of the teachers file.

    Parameters
    ----------
    department
        Department of all of the teacher's sections.
    most
        Sections that the teacher may be given.
    part_time
        Whether half of the periods are unavailable.
    courses
        Different courses, in the order they were given.
    load
        Number of sections.
    away
        Names of the unavailable periods.
    name
        Serial id.
    """

    department: str
    most: int
    part_time: bool = False
    courses: list[str] = field(default_factory=list)
    load: int = 0
    away: tuple[str, ...] = ()
    name: str = ""


def make_sections(
    draw: Draw,
    courses: Mapping[str, CatalogueCourse],
    drawn: Sequence[RequestList],
    sped: Counter[str],
    periods: int,
) -> list[MadeSection]:
    """Return the sections of every course that is asked for, with seats for all who ask.

    Here and there a course has one section more than it needs, so that its sections fall under
    three quarters of their seats.
    """
    asked = demand(drawn)
    sections: list[MadeSection] = []
    plans: dict[str, tuple[int, int]] = {
        title: _plan(course, asked[title], sped[title], periods)
        for title, course in courses.items()
        if asked[title]
    }
    fit = [
        title
        for title, (count, _) in plans.items()
        if 2 <= count <= 4 and title not in (SPORTS_MED, *DEDICATED, *SUPPORT)
    ]
    order = list(range(len(fit)))
    draw.shuffle(order)
    surplus = {fit[place] for place in order[: len(plans) // 22]}
    for title, (count, seats) in plans.items():
        for _ in range(count + (title in surplus)):
            sections.append(MadeSection(title, courses[title].department, seats))
    return sections


def _plan(course: CatalogueCourse, asked: int, sped: int, periods: int) -> tuple[int, int]:
    """Return the number of sections and the seats of each."""
    if course.title in DEDICATED:
        return -(-asked // course.seats), course.seats
    if course.title in SUPPORT:
        return -(-asked // SPED_LIMIT), SPED_LIMIT
    single = asked * 21 <= course.seats * 20 + 40
    count = 1 if single else -(-asked * 107 // (100 * course.seats))
    if course.title == SPORTS_MED:
        count = min(count, periods - 2)
    count = max(count, -(-sped // SPED_LIMIT))
    # A little room in every course; small courses come out at up to a tenth above their requests.
    seats = max(min(course.seats, -(-asked * 110 // (100 * count))), -(-asked * 104 // (100 * count)))
    return count, seats


def staff_sections(
    draw: Draw,
    sections: Sequence[MadeSection],
    courses: Mapping[str, CatalogueCourse],
    names: Sequence[str],
) -> list[MadeTeacher]:
    """Give every section a teacher of its department and return the teachers.

    A teacher has four or five sections and at most three courses; about one in eight works half
    the time, and some of the others lose one period. A dedicated course has one teacher of its own.
    """
    teachers: list[MadeTeacher] = []
    departments = list(dict.fromkeys(section.department for section in sections))
    for department in departments:
        theirs = [section for section in sections if section.department == department]
        if department == "Special":
            staff = _dedicated(theirs)
        else:
            staff = _department(draw, theirs, department, len(names))
        for teacher in staff:
            teacher.away = _away(draw, teacher, names)
            teachers.append(teacher)
            teacher.name = f"T{len(teachers):03d}"
    return teachers


def _dedicated(sections: Sequence[MadeSection]) -> list[MadeTeacher]:
    staff: dict[str, MadeTeacher] = {}
    for section in sections:
        if section.course not in staff:
            staff[section.course] = MadeTeacher(section.department, 2)
        give(section, staff[section.course])
    return list(staff.values())


def _department(
    draw: Draw, sections: Sequence[MadeSection], department: str, periods: int
) -> list[MadeTeacher]:
    count = Counter(section.course for section in sections)
    staff: list[MadeTeacher] = []

    def hire() -> MadeTeacher:
        # Two labs fit a half week without being consecutive, and four a whole one.
        science = department == "Science"
        part_time = len(sections) > 6 and draw.chance(14)
        full = 4 if science or draw.chance(40) else 5
        most = (2 if science or periods < 8 else 2 + draw.below(2)) if part_time else full
        teacher = MadeTeacher(department, most, part_time)
        staff.append(teacher)
        return teacher

    room = 0
    while room < len(sections):
        room += hire().most
    # Large courses are shared out first; the small ones then fill what is left of each teacher.
    for section in sorted(sections, key=lambda one: -count[one.course]):
        able = [
            teacher
            for teacher in staff
            if teacher.load < teacher.most
            and (section.course in teacher.courses or len(teacher.courses) < MOST_COURSES)
        ]
        if able:
            give(section, min(able, key=lambda one: _fit(one, section.course, sections)))
        else:
            give(section, hire())
    return [teacher for teacher in staff if teacher.load]


def _fit(teacher: MadeTeacher, course: str, sections: Sequence[MadeSection]) -> tuple[bool, int, int]:
    """Return how well a course suits a teacher; the least is best."""
    already = sum(one.teacher is teacher and one.course == course for one in sections)
    return not 0 < already < 3, len(teacher.courses), teacher.load


def give(section: MadeSection, teacher: MadeTeacher) -> None:
    """Give a section to a teacher."""
    section.teacher = teacher
    teacher.load += 1
    if section.course not in teacher.courses:
        teacher.courses.append(section.course)


def _away(draw: Draw, teacher: MadeTeacher, names: Sequence[str]) -> tuple[str, ...]:
    if teacher.department == "Special":
        return ()
    if teacher.part_time:
        half = len(names) // 2
        patterns = [names[:half], names[half:]]
        if len(names) == 8:
            patterns += [[*names[0:2], *names[4:6]], [*names[2:4], *names[6:8]]]
        return tuple(patterns[draw.below(len(patterns))])
    if draw.chance(18):
        return (names[draw.below(len(names))],)
    return ()
