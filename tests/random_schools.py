"""Tiny schools drawn at random, with every rule that a school can have."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled, KeptIn, OnlyFor
from echelon_lib.constraints.load import MaximumLoad
from echelon_lib.constraints.requests import CoreFilled
from echelon_lib.constraints.spread import EvenDays, NotConsecutive
from echelon_lib.constraints.times import AtMostPerTime, ForbiddenTimes, FreeTimes
from echelon_lib.domain.calendar import Calendar, Period, Time
from echelon_lib.domain.offerings import Course, Meeting, Request, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.policy import OFF, REQUIRED, Enforcement, Policy, Scope, priced
from echelon_lib.domain.problem import ConstraintLike, Problem

SPED, ELL, LAB = "SPED", "ELL", "Lab"

CALENDARS = (
    Calendar.of_days({"R": ["R1", "R2"], "G": ["G1", "G2"]}),
    Calendar.of_days({"R": ["R1", "R2"], "G": ["G1"]}),
    Calendar.of_days({"Day": ["P1", "P2", "P3"]}),
    Calendar.of_days({"R": ["R1"], "G": ["G1"]}),
    Calendar.of_days({"A": ["A1"], "B": ["B1"], "C": ["C1", "C2"]}),
    # The last period takes place on both days.
    Calendar(
        ("R", "G"), 2, (Period("R1", Time(0)), Period("G1", Time(0, days=2)), Period("X", Time(1, days=3)))
    ),
)


@dataclass
class Draw:
    """Dice of one school, and how its rules are drawn."""

    dice: random.Random
    levels: bool

    def some(self, share: float) -> bool:
        """Whether something happens that happens so often."""
        return self.dice.random() < share

    def kind(self, required: float = 0.4) -> Enforcement:
        """Required, off, or a price at some level."""
        if self.some(required):
            return REQUIRED
        if self.some(0.1):
            return OFF
        level = self.dice.choice((1, 2, 3)) if self.levels else 2
        return priced(self.dice.choice((1, 1, 2, 3, 7)), level)


def random_school(seed: int) -> Problem:
    """Return a tiny school whose requests can be counted; equal seeds give equal schools.

    One in four has two teachers who are alike, one in five prices rules at other levels than the usual,
    one in ten treats requests unusually.
    """
    dice = random.Random(seed)
    draw = Draw(dice, levels=dice.random() < 0.2)
    calendar = dice.choice(CALENDARS)
    if draw.some(0.25):
        calendar = CALENDARS[0] if draw.some(0.7) else CALENDARS[1]
        teachers, courses = _twins(draw, calendar)
    else:
        teachers = [f"t{number}" for number in range(dice.randint(1, 3))]
        courses = _courses(draw, calendar, teachers)
    students = [f"s{number}" for number in range(dice.randint(3, 5))]
    attendees = (
        *(Attendee(teacher, "teacher") for teacher in teachers),
        *(
            Attendee(student, "student", tags=frozenset({SPED} if draw.some(0.35) else ()))
            for student in students
        ),
    )
    seats = dice.choice((REQUIRED, REQUIRED, REQUIRED, priced(2), OFF))
    requests = priced(1, 1)
    if draw.some(0.1):
        requests = dice.choice((priced(3, 2), priced(0, 1), priced(2, 1)))
    asked = tuple(_requests(draw, students, [course.id for course in courses]))
    policy = Policy(seats=seats, requests=requests)
    school = Problem(f"random {seed}", calendar, courses, attendees, requests=asked, policy=policy)
    return replace(school, constraints=tuple(_rules(draw, school)))


def random_school_with_locks(seed: int) -> Problem:
    """Return a tiny school whose students are kept in sections, out of courses or free, or have to graduate.

    Sections and teachers are locked as well, and some of it only costs something.
    """
    school = random_school(seed)
    dice = random.Random(f"locks {seed}")
    draw = Draw(dice, levels=dice.random() < 0.2)
    return replace(school, constraints=(*school.constraints, *_locks(draw, school)))


def _locks(draw: Draw, school: Problem) -> Iterator[ConstraintLike]:
    dice, times = draw.dice, school.calendar.times
    students = [student.id for student in school.students]
    kept, only, free, core = (draw.kind(0.3) for _ in range(4))
    held = draw.kind(0.7)
    for student in dice.sample(students, dice.choice((0, 1, 1, 2, 3))):
        wanted = [c for request in school.requests_of.get(student, ()) for c in request.courses]
        sections = [section.id for course in wanted for section in school.course[course].sections]
        if sections:
            yield KeptIn("lock", Scope.of_sections([dice.choice(sections)]), kept, student)
    for student in dice.sample(students, dice.choice((0, 0, 1, 2))):
        yield FreeTimes("lock free", Scope(), free, student, tuple(dice.sample(times, 1)))
    for course in school.courses:
        if course.sections and draw.some(0.3):
            some = frozenset(dice.sample(students, dice.randint(1, len(students))))
            yield OnlyFor("grade limits", Scope.of_sections(s.id for s in course.sections), only, some)
    if draw.some(0.5):
        asked = [request.id for request in school.requests]
        some_requests = tuple(dice.sample(asked, dice.randint(1, min(3, len(asked)))))
        yield CoreFilled("graduation", Scope(), replace(core, level=1), some_requests)
    for section in school.sections:
        if draw.some(0.15):
            stays = dice.choice(times)
            others = tuple(time for time in times if time != stays)
            yield ForbiddenTimes("held", Scope.of_meetings([section]), held, others)
    for teacher in school.teachers:
        if draw.some(0.15):
            scope = Scope.of_attendee(teacher.id)
            yield ForbiddenTimes("held free", scope, REQUIRED, tuple(dice.sample(times, 1)))


def random_school_not_countable(seed: int) -> Problem:
    """Return a tiny school with something for which counting equal students or teachers is not exact."""
    school = random_school(seed)
    dice = random.Random(f"not countable {seed}")
    feature = dice.choice(("pooled", "shared", "tags", "minimum of a tag", "clash", "teacher clash"))
    sections = list(school.sections)
    everyone = Scope.of_sections(sections)
    names = [course.id for course in school.courses]
    if feature == "pooled":
        some = dice.sample(list(school.requests_of), 2)
        return replace(school, pooled={student: tuple(dice.sample(names, 2)) for student in some})
    if feature == "shared":
        requests = tuple(
            replace(r, courses=tuple(dict.fromkeys((*r.courses, *names)))) for r in school.requests
        )
        return replace(school, requests=requests)
    if feature == "tags":
        people = tuple(
            replace(a, tags=a.tags | {ELL}) if a.kind == "student" and dice.random() < 0.4 else a
            for a in school.attendees
        )
        limit = (dice.choice((0, 1, 2)),) * len(sections)
        kind = dice.choice((REQUIRED, priced(2)))
        rules = (
            AtMostEnrolled("ELL limit", everyone, kind, limit, ELL),
            AtMostEnrolled("SPED limit again", everyone, priced(3), limit, SPED),
        )
        return replace(school, attendees=people, constraints=(*school.constraints, *rules))
    if feature == "minimum of a tag":
        kind = dice.choice((REQUIRED, priced(2)))
        limits = tuple(dice.choice((0, 0, 0, 1)) for _ in sections)
        rule = AtLeastEnrolled("SPED minimum", everyone, kind, limits, SPED)
        return replace(school, constraints=(*school.constraints, rule))
    if feature == "teacher clash":
        return replace(
            school, policy=replace(school.policy, clash={"teacher": dice.choice((OFF, priced(2)))})
        )
    return replace(school, policy=replace(school.policy, clash={"student": dice.choice((OFF, priced(2)))}))


def _twins(draw: Draw, calendar: Calendar) -> tuple[list[str], tuple[Course, ...]]:
    """Two teachers with equal sections of one or two courses, and perhaps a course without a teacher."""
    dice = draw.dice
    load = dice.choice((("A", "A"), ("A", "B"), ("A", "A", "B"), ("A", "A", "A")))[: len(calendar.times)]
    seats = dice.choice((1, 2))
    lab = frozenset({LAB} if draw.some(0.3) else ())
    sections: dict[str, list[Section]] = {"A": [], "B": [], "C": []}
    for teacher in ("t0", "t1"):
        for course in load:
            id = f"{course}-{len(sections[course])}"
            sections[course].append(Section(id, (Meeting(id, calendar.times),), seats, (teacher,), tags=lab))
    if draw.some(0.5) and len(load) < 3:
        sections["C"].append(Section("C-0", (Meeting("C-0", calendar.times),), 2))
    return ["t0", "t1"], tuple(Course.of(course, some) for course, some in sections.items())


def _courses(draw: Draw, calendar: Calendar, teachers: list[str]) -> tuple[Course, ...]:
    dice = draw.dice
    count = dice.randint(2, 4)
    split = sorted(dice.randrange(count) for _ in range(dice.randint(3, 5)))
    seats = dice.choice(((2, 2, 2), (1, 2, 3), (0, 1, 4), (3, 3, None)))
    courses = []
    for number in range(count):
        sections = []
        for at in range(split.count(number)):
            times = (dice.choice(calendar.times),) if draw.some(0.1) else calendar.times
            id = f"{'ABCD'[number]}-{at}"
            teacher = (dice.choice(teachers),) if draw.some(0.75) else ()
            tags = frozenset({LAB} if draw.some(0.4) else ())
            sections.append(Section(id, (Meeting(id, times),), dice.choice(seats), teacher, tags=tags))
        courses.append(Course.of("ABCD"[number], sections))
    return tuple(courses)


def _requests(draw: Draw, students: list[str], courses: list[str]) -> Iterator[Request]:
    dice = draw.dice
    lists: list[list[tuple[tuple[str, ...], int]]] = []
    for _ in range(dice.randint(1, 3)):
        wanted = dice.sample(courses, dice.randint(1, min(3, len(courses))))
        spare = [course for course in courses if course not in wanted]
        wishes = []
        for course in wanted:
            other = (spare.pop(),) if spare and draw.some(0.3) else ()
            wishes.append(((course, *other), dice.choice((100, 100, 50, 10, 9, 0))))
        if draw.some(0.1):
            wishes.append(((wanted[0],), 20))
        lists.append(wishes)
    for student in students:
        for number, (asked, weight) in enumerate(dice.choice(lists)):
            yield Request(f"{student}#{number}", student, asked, weight)


def _rules(draw: Draw, school: Problem) -> Iterator[ConstraintLike]:
    dice = draw.dice
    sections = list(school.sections)
    everyone = Scope.of_sections(sections)

    def each(*choices: int) -> tuple[int, ...]:
        return tuple(dice.choice(choices) for _ in sections)

    def same(*choices: int) -> tuple[int, ...]:
        return (dice.choice(choices),) * len(sections)

    if draw.some(0.3):
        yield AtMostEnrolled("section maximum", everyone, draw.kind(), each(1, 2, 3))
    if draw.some(0.5):
        kind = draw.kind(0.15)
        limits = each(0, 0, 1) if kind.required else same(0, 1, 2)
        yield AtLeastEnrolled("section minimum", everyone, kind, limits)
    if draw.some(0.5):
        yield AtLeastEnrolled("section target", everyone, draw.kind(0.0), each(1, 2, 3))
    if draw.some(0.4):
        yield AtMostEnrolled("size balance", everyone, draw.kind(0.1), same(1, 2))
    if draw.some(0.5):
        yield AtMostEnrolled("SPED limit", everyone, REQUIRED, same(0, 1, 1, 2), SPED)
    if draw.some(0.5):
        yield AtMostEnrolled("SPED target", everyone, draw.kind(0.1), each(0, 1, 2), SPED)
    per_time, kept = draw.kind(), draw.kind()
    for course in school.courses:
        scope = Scope.of_meetings(section.id for section in course.sections)
        if draw.some(0.2) and course.sections:
            yield AtMostPerTime("sections per period", scope, per_time, 1)
        if draw.some(0.2) and course.sections:
            yield ForbiddenTimes("course periods", scope, kept, tuple(dice.sample(school.calendar.times, 1)))
    away, even, apart, load = draw.kind(0.6), draw.kind(0.2), draw.kind(0.2), draw.kind(0.05)
    alike = draw.some(0.5)
    closed = tuple(dice.sample(school.calendar.times, dice.choice((1, 1, 2))))
    for teacher in school.teachers:
        scope = Scope.of_attendee(teacher.id)
        if draw.some(0.3):
            if not alike:
                closed = tuple(dice.sample(school.calendar.times, 1))
            yield ForbiddenTimes("teacher unavailable", scope, away, closed)
        if alike or draw.some(0.5):
            yield EvenDays("workload balance", scope, even)
        if draw.some(0.4):
            yield NotConsecutive("labs not consecutive", scope, apart, LAB)
        if draw.some(0.2):
            yield MaximumLoad("teacher load", scope, load, dice.choice((1, 2)))
