"""What a person should see in the files of a school; preflight reports it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from echelon_lib.constraints.base import View
from echelon_lib.domain.errors import Issue, suggest
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.school_csv import SchoolFiles
from echelon_lib.formats.school_records import STUDENTS
from echelon_lib.school_constraints import staffing_rules
from echelon_lib.school_people import GRADE, admitted, cell
from echelon_lib.school_rules import LAB, SchoolRules


def remarks_on(school: Problem, files: SchoolFiles, rules: SchoolRules) -> Iterator[Issue]:
    """Yield what a person should see: names that fit nothing, figures that differ, missing teachers."""
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
        said = [("Current Load", teacher.current_load, len(taught))]
        if rules.labs.departments:
            labs = sum(LAB in section.tags for section in taught)
            said.append(("Science Sections", teacher.science_sections, labs))
        for column, value, count in said:
            if value is None or value == count:
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
    yield from _grades(school, files, rules)
    yield from _staffing(school, rules)


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


def _grades(school: Problem, files: SchoolFiles, rules: SchoolRules) -> Iterator[Issue]:
    """Name what keeps the grades of courses from saying anything; preflight counts whom they keep out."""
    path = "Course_Information.csv"
    limited = [row for row in files.courses if row.grades and row.id in school.course]
    if not limited:
        return
    unknown = sum(not cell(row.extra, GRADE) for row in files.students)
    if unknown == len(files.students):
        text = f"the Grades of {len(limited)} courses keep nobody out: no student has a grade"
        yield Issue(text, path, limited[0].row, "Grades", cure=f"add a column {GRADE!r} to {STUDENTS}?")
        return
    if unknown:
        text = f"{unknown} students without a grade may take every course, whatever its grades"
        yield Issue(text, STUDENTS, column=GRADE, cure="fill in the grades?")
    if rules.enforcement("grade_limits").mode != "off":
        return
    asking: defaultdict[str, set[str]] = defaultdict(set)
    for request in school.requests:
        asking[request.primary].add(request.student)
    for row in limited:
        outside = asking[row.id] - admitted(files.students, row.grades)
        if outside:
            text = f"{len(outside)} students of other grades than {', '.join(row.grades)} ask for {row.id!r}"
            yield Issue(text, path, row.row, "Grades", cure="their counsellors should look at it?")


def _staffing(school: Problem, rules: SchoolRules) -> Iterator[Issue]:
    """Name the loads and departments that break a required rule, which the given teachers alone decide."""
    view = View(school, Timetable())
    for rule in staffing_rules(school, rules):
        if rule.enforcement.required:
            for broken in rule.violations(view):
                yield Issue(
                    broken.sentence,
                    "Sections_Information.csv",
                    column="Teacher Assigned",
                    value=rule.scope.attendee,
                    cure="reassign it?",
                )
