"""The school's dialect: its files and its rules become a problem."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from echelon_lib.constraints.base import Constraint, View
from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled
from echelon_lib.constraints.load import DedicatedTeacher, MaximumLoad, OneTeacher, OwnDepartment
from echelon_lib.constraints.spread import EvenDays, NotConsecutive
from echelon_lib.constraints.times import AtMostPerTime, ForbiddenTimes
from echelon_lib.domain.calendar import Calendar
from echelon_lib.domain.errors import DataError, Issue, suggest
from echelon_lib.domain.offerings import Course, Meeting, Request, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.policy import Policy, Scope
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.school_csv import SchoolFiles, read_school_files
from echelon_lib.school_rules import CourseRules, SchoolRules

SPED = "SPED"
LAB = "Lab"

__all__ = ["LAB", "SPED", "SchoolRules", "load_school", "school_problem"]


def load_school(
    folder: str | Path, rules: SchoolRules | None = None, *, accept_headers: bool = False
) -> Problem:
    """Read the folder of a school and make its problem.

    Parameters
    ----------
    folder
        Folder with the six CSV files; ``data/README.md`` describes every column.
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
    return school_problem(files, rules, name=Path(folder).resolve().name)


def school_problem(files: SchoolFiles, rules: SchoolRules | None = None, *, name: str = "") -> Problem:
    """Make the problem of a school from files that were read and checked."""
    rules = rules or SchoolRules()
    calendar = _calendar([period.name for period in files.periods], rules)
    courses = _courses(files, rules, calendar)
    requests, pooled, not_offered = _requests(files, rules, {course.id for course in courses})
    courses.extend(Course.of(course, ()) for course in not_offered)
    school = Problem(
        name=rules.name or name,
        calendar=calendar,
        courses=tuple(courses),
        attendees=(*_teachers(files), *_students(files)),
        requests=tuple(requests),
        pooled=pooled,
        policy=Policy(
            clash={
                "teacher": rules.enforcement("teacher_clash"),
                "student": rules.enforcement("student_clash"),
            },
            seats=rules.enforcement("seats"),
        ),
    )
    issues = list(_unusable(rules, calendar))
    if issues:
        raise DataError(issues)
    staffing, remarks_on_staffing = _staffing(school, rules)
    constraints = (
        *_times(school, files, rules),
        *_sizes(school, files, rules),
        *_sped(school, rules),
        *_days(school, rules),
        *_dedicated(school, files, rules),
        *staffing,
    )
    remarks = (*files.notes, *_remarks(school, files, rules), *remarks_on_staffing)
    return Problem(
        name=school.name,
        calendar=school.calendar,
        courses=school.courses,
        attendees=school.attendees,
        requests=school.requests,
        pooled=school.pooled,
        policy=school.policy,
        constraints=tuple(c for c in constraints if c.enforcement.mode != "off"),
        remarks=remarks,
    )


# From files to offerings and people --------------------------------------------------------------------


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
        times = (calendar.time(row.period),) if row.period else calendar.times
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


def _students(files: SchoolFiles) -> Iterator[Attendee]:
    for row in files.students:
        tags = frozenset({SPED}) if row.sped else frozenset[str]()
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


# Rules become constraints ------------------------------------------------------------------------------


def _times(school: Problem, files: SchoolFiles, rules: SchoolRules) -> Iterator[Constraint]:
    calendar = school.calendar
    away: dict[str, list[str]] = {}
    for row in files.unavailability:
        away.setdefault(row.teacher, []).extend(row.periods)
    for teacher, names in away.items():
        times = tuple(calendar.time(name) for name in dict.fromkeys(names))
        kind = rules.enforcement("teacher_unavailable")
        yield ForbiddenTimes("teacher unavailable", Scope.of_attendee(teacher), kind, times)
    for course, rule in _course_rules(school, rules):
        meetings = Scope.of_meetings(section.id for section in course.sections)
        if rule.periods is not None:
            allowed = {calendar.time(name) for name in rule.periods}
            times = tuple(time for time in calendar.times if time not in allowed)
            kind = rules.enforcement("course_periods", course.id)
            yield ForbiddenTimes("course periods", meetings, kind, times)
        if rule.per_period is not None:
            kind = rules.enforcement("per_period", course.id)
            yield AtMostPerTime("sections per period", meetings, kind, rule.per_period)


def _sizes(school: Problem, files: SchoolFiles, rules: SchoolRules) -> Iterator[Constraint]:
    sections = list(school.sections.values())
    everyone = Scope.of_sections(section.id for section in sections)
    seats = [section.seats or 0 for section in sections]
    maximum, minimum, target = rules.section_maximum, rules.section_minimum, rules.section_target
    if maximum is not None:
        kind = rules.enforcement("section_maximum")
        limits = (maximum,) * len(seats)
        yield AtMostEnrolled("section maximum", everyone, kind, limits, reason="the largest section allowed")
    for course, rule in _course_rules(school, rules):
        if rule.seats is not None:
            kind = rules.enforcement("course_seats", course.id)
            scope = Scope.of_sections(section.id for section in course.sections)
            limits = (rule.seats,) * len(course.sections)
            yield AtMostEnrolled("course seats", scope, kind, limits, reason=f"seats in {course.id}")
    smallest = {course.id: course.min_size for course in files.courses if course.min_size is not None}
    if minimum is not None or smallest:
        kind = rules.enforcement("section_minimum")
        limits = tuple(
            min(section.seats or 0, smallest.get(school.course_of[section.id].id, minimum or 0))
            for section in sections
        )
        yield AtLeastEnrolled("section minimum", everyone, kind, limits, reason="the smallest section worth holding")
    if target is not None:
        kind = rules.enforcement("section_target")
        limits = tuple(-(-count * target // 100) for count in seats)
        yield AtLeastEnrolled("section target", everyone, kind, limits, reason=f"{target} % of the seats")
    kind = rules.enforcement("size_balance")
    yield from _even(school, None, "size balance", kind)


def _sped(school: Problem, rules: SchoolRules) -> Iterator[Constraint]:
    everyone = Scope.of_sections(school.sections)
    for name, limit, rule in (
        ("SPED limit", rules.sped_limit, "sped_limit"),
        ("SPED target", rules.sped_target, "sped_target"),
    ):
        if limit is not None:
            limits = (limit,) * len(school.sections)
            kind = rules.enforcement(rule)
            yield AtMostEnrolled(name, everyone, kind, limits, tag=SPED, reason=f"the {name}")
    yield from _even(school, SPED, "SPED spread", rules.enforcement("sped_spread"))


def _even(school: Problem, tag: str | None, name: str, kind: object) -> Iterator[Constraint]:
    """Price what a section has above its share of the students (with the tag) who ask for the course first."""
    asking: Counter[str] = Counter()
    for request in school.requests:
        if tag is None or tag in school.student[request.student].tags:
            asking[request.primary] += 1
    for course in school.courses:
        sections = course.sections
        seats = sum(section.seats or 0 for section in sections)
        if len(sections) < 2 or not asking[course.id] or not seats:
            continue
        shares = tuple(-(-asking[course.id] * (section.seats or 0) // seats) for section in sections)
        yield AtMostEnrolled(
            name,
            Scope.of_sections(section.id for section in sections),
            kind,  # type: ignore[arg-type]
            shares,
            tag=tag,
            reason=f"an even share of {course.id}",
        )


def _days(school: Problem, rules: SchoolRules) -> Iterator[Constraint]:
    for teacher, sections in school.sections_of.items():
        scope = Scope.of_attendee(teacher)
        if sum(LAB in section.tags for section in sections) > 1:
            yield NotConsecutive("labs not consecutive", scope, rules.enforcement("labs_apart"), LAB)
        if len(school.calendar.days) > 1 and len(sections) > 1:
            yield EvenDays("workload balance", scope, rules.enforcement("workload_balance"))


def _dedicated(school: Problem, files: SchoolFiles, rules: SchoolRules) -> Iterator[Constraint]:
    bound: dict[tuple[str, str], None] = {}
    for row in files.teachers:
        if row.dedicated_course and row.dedicated_course in school.course:
            bound[row.id, row.dedicated_course] = None
    for course, rule in _course_rules(school, rules):
        if rule.dedicated_teacher:
            kind = rules.enforcement("dedicated_teacher", course.id)
            yield OneTeacher("dedicated teacher", Scope.of_sections(s.id for s in course.sections), kind)
            bound.update(((t, course.id), None) for s in course.sections for t in school.teachers_of(s))
    for teacher, name in bound:
        kind = rules.enforcement("dedicated_teacher", name)
        yield DedicatedTeacher("dedicated teacher", Scope.of_attendee(teacher), kind, name)


def _staffing(school: Problem, rules: SchoolRules) -> tuple[list[Constraint], list[Issue]]:
    """Return load and department as constraints where they are priced, as findings where they are required.

    The teachers are given by the files, so a required rule could only make every timetable infeasible.
    """
    constraints: list[Constraint] = []
    remarks: list[Issue] = []
    view = View(school, Timetable())
    for teacher in school.teachers:
        scope = Scope.of_attendee(teacher.id)
        load, own = rules.enforcement("teacher_load"), rules.enforcement("own_department")
        rule: list[Constraint] = [OwnDepartment("own department", scope, own)]
        if rules.teacher_load is not None:
            rule.append(MaximumLoad("teacher load", scope, load, rules.teacher_load))
        for constraint in rule:
            if constraint.enforcement.priced:
                constraints.append(constraint)
            elif constraint.enforcement.required:
                path = "Sections_Information.csv"
                remarks.extend(
                    Issue(broken.sentence, path, column="Teacher Assigned", value=teacher.id, cure="reassign it?")
                    for broken in constraint.violations(view)
                )
    return constraints, remarks


def _course_rules(school: Problem, rules: SchoolRules) -> Iterator[tuple[Course, CourseRules]]:
    for name, rule in rules.courses.items():
        if name in school.course and school.course[name].sections:
            yield school.course[name], rule


# What does not fit -------------------------------------------------------------------------------------


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
                    cure=suggest(period, known),
                )


def _remarks(school: Problem, files: SchoolFiles, rules: SchoolRules) -> Iterator[Issue]:
    offered = [course.id for course in school.courses if course.sections]
    yield from _named_courses(files, rules, offered)
    for row in files.sections:
        if row.teacher is None:
            yield Issue(
                f"section {row.id} ({row.course}) has no teacher; it is placed unstaffed",
                "Sections_Information.csv",
                row.row,
                "Teacher Assigned",
                cure="assign a teacher before the schedule is published?",
            )
    for teacher in files.teachers:
        taught = school.sections_of.get(teacher.id, ())
        said = (("Current Load", teacher.current_load, len(taught)),) + (
            ("Science Sections", teacher.science_sections, sum(LAB in s.tags for s in taught)),
        )
        for column, value, count in said:
            if value is None or value == count or (column == "Science Sections" and not rules.labs.departments):
                continue
            yield Issue(
                f"{teacher.id} has {count} {'lab ' if column != 'Current Load' else ''}sections in "
                f"Sections_Information.csv; {column} says {value}",
                "Teacher_Info.csv",
                teacher.row,
                column,
                str(value),
                "the sections file is the one that counts?",
            )
    yield from _course_information(school, files)


def _named_courses(files: SchoolFiles, rules: SchoolRules, offered: list[str]) -> Iterator[Issue]:
    for name in rules.courses:
        if name not in offered:
            text = f"the rules speak of {name!r}, which no section offers: they constrain nobody"
            yield Issue(text, "rules", column=f"courses.{name}", value=name, cure=suggest(name, offered))
    for name in rules.labs.courses:
        if name not in offered:
            text = f"labs name the course {name!r}, which no section offers"
            yield Issue(text, "rules", column="labs.courses", value=name, cure=suggest(name, offered))
    departments = sorted({row.department for row in files.sections})
    for name in rules.labs.departments:
        if name not in departments:
            text = f"labs name the department {name!r}, which no section has"
            yield Issue(text, "rules", column="labs.departments", value=name, cure=suggest(name, departments))
    for teacher in files.teachers:
        dedicated = teacher.dedicated_course
        if dedicated and dedicated not in offered:
            text = f"{teacher.id} is dedicated to {dedicated!r}, which no section offers"
            cure = suggest(dedicated, offered)
            yield Issue(text, "Teacher_Info.csv", teacher.row, "Dedicated Course", dedicated, cure)


def _course_information(school: Problem, files: SchoolFiles) -> Iterator[Issue]:
    path = "Course_Information.csv"
    for row in files.courses:
        linked = "; ".join(row.linked_to)
        if row.id not in school.course:
            text = f"the course {row.id!r} is neither offered nor asked for"
            yield Issue(text, path, row.row, "Course ID", row.id, suggest(row.id, school.course))
        for column, value, usual in (
            ("Term", row.term, {"year", "y", "full", "full year", "1"}),
            ("Length", row.length, {"1", "1.0"}),
            ("Linked To", linked, set[str]()),
        ):
            if value and value.casefold() not in usual:
                text = f"{column} {value!r} of {row.id!r} is carried for display; no rule uses it yet"
                yield Issue(text, path, row.row, column, value)
        if row.grades:
            outside = _outside_grades(school, row.id, row.grades)
            if outside:
                text = f"{outside} students of other grades than {', '.join(row.grades)} ask for {row.id!r}"
                yield Issue(text, path, row.row, "Grades", cure="their counsellors should look at it?")


def _outside_grades(school: Problem, course: str, grades: Iterable[str]) -> int:
    allowed = set(grades)
    count = 0
    for request in school.requests:
        details: Mapping[str, str] = school.student[request.student].details
        grade = next((value for name, value in details.items() if name.casefold() == "grade"), "")
        count += bool(request.primary == course and grade and grade not in allowed)
    return count
