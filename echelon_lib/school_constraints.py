"""The rules of a school as constraints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from echelon_lib.constraints.base import Constraint
from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled, OnlyFor
from echelon_lib.constraints.load import DedicatedTeacher, MaximumLoad, OneTeacher, OwnDepartment
from echelon_lib.constraints.requests import CoreFilled
from echelon_lib.constraints.spread import EvenDays, NotConsecutive
from echelon_lib.constraints.times import AtMostPerTime, ForbiddenTimes
from echelon_lib.domain.offerings import Course
from echelon_lib.domain.policy import Enforcement, Scope
from echelon_lib.domain.problem import Problem
from echelon_lib.formats.school_csv import SchoolFiles
from echelon_lib.school_people import admitted, balanced_columns
from echelon_lib.school_rules import LAB, SPED, CourseRules, SchoolRules


def constraints_of(school: Problem, files: SchoolFiles, rules: SchoolRules) -> tuple[Constraint, ...]:
    """Return every rule that is not off as a constraint on the school's problem.

    Load and department of teachers become constraints where they are priced. Where they are required, and the
    teachers are given by the files, they could only make every timetable infeasible: ``school_remarks`` names
    them then.
    """
    found = (
        *_times(school, files, rules),
        *_sizes(school, files, rules),
        *_sped(school, rules),
        *_days(school, rules),
        *_dedicated(school, files, rules),
        *_balance(school, files, rules),
        *_requests(school, files, rules),
        *(rule for rule in staffing_rules(school, rules) if rule.enforcement.priced),
    )
    return tuple(constraint for constraint in found if constraint.enforcement.mode != "off")


def staffing_rules(school: Problem, rules: SchoolRules) -> Iterator[Constraint]:
    """Yield the rules on load and department of each teacher, however they are enforced."""
    load, own = rules.enforcement("teacher_load"), rules.enforcement("own_department")
    for teacher in school.teachers:
        scope = Scope.of_attendee(teacher.id)
        yield OwnDepartment("own department", scope, own)
        if rules.teacher_load is not None:
            yield MaximumLoad("teacher load", scope, load, rules.teacher_load)


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
        reason = "the smallest section worth holding"
        yield AtLeastEnrolled("section minimum", everyone, kind, limits, reason=reason)
    if target is not None:
        kind = rules.enforcement("section_target")
        limits = tuple(-(-count * target // 100) for count in seats)
        yield AtLeastEnrolled("section target", everyone, kind, limits, reason=f"{target} % of the seats")
    kind = rules.enforcement("size_balance")
    yield from _even(school, None, "size balance", kind)


def _sped(school: Problem, rules: SchoolRules) -> Iterator[Constraint]:
    limited: dict[str, int] = (
        dict.fromkeys(school.sections, rules.sped_limit) if rules.sped_limit is not None else {}
    )
    for course, rule in _course_rules(school, rules):
        own = rule.sped_limit
        if own is not None:
            limited |= {section.id: min(own, limited.get(section.id, own)) for section in course.sections}
    targets = dict.fromkeys(school.sections, rules.sped_target) if rules.sped_target is not None else {}
    for name, limits, key in (
        ("SPED limit", limited, "sped_limit"),
        ("SPED target", targets, "sped_target"),
    ):
        if limits:
            scope, kind = Scope.of_sections(limits), rules.enforcement(key)
            counts = tuple(limits.values())
            yield AtMostEnrolled(name, scope, kind, counts, tag=SPED, reason=f"the {name}")
    yield from _even(school, SPED, "SPED spread", rules.enforcement("sped_spread"))


def _even(school: Problem, tag: str | None, name: str, kind: Enforcement) -> Iterator[Constraint]:
    """Price what a section has above its share of the students (with the tag) who ask for its course."""
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
            kind,
            shares,
            tag=tag,
            reason=f"an even share of {course.id}",
        )


def _balance(school: Problem, files: SchoolFiles, rules: SchoolRules) -> Iterator[Constraint]:
    for tag in balanced_columns(files, rules.balance).all_tags:
        yield from _even(school, tag, "tag balance", rules.enforcement("tag_balance"))


def _requests(school: Problem, files: SchoolFiles, rules: SchoolRules) -> Iterator[Constraint]:
    """Yield who may be in courses that are for some grades, and what has to be filled to graduate."""
    kind = rules.enforcement("grade_limits")
    for row in files.courses:
        sections = school.course[row.id].sections if row.id in school.course else ()
        if row.grades and sections:
            scope = Scope.of_sections(section.id for section in sections)
            reason = f"grade{'s' if len(row.grades) > 1 else ''} {', '.join(row.grades)}"
            yield OnlyFor("grade limits", scope, kind, admitted(files.students, row.grades), reason)
    core = tuple(request.id for request in school.requests if request.core)
    if core:
        yield CoreFilled("graduation", Scope(), rules.enforcement("graduation"), core)


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


def _course_rules(school: Problem, rules: SchoolRules) -> Iterator[tuple[Course, CourseRules]]:
    """Yield the courses that have rules of their own and sections to which they apply."""
    for name, rule in rules.courses.items():
        if name in school.course and school.course[name].sections:
            yield school.course[name], rule
