"""A second reading of a school's rules, on the files alone: nothing of the library is used.

Each rule that a school requires, by its rules file or by default, is looked up in the files of a run. Rules
that have a price or are off are not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from independent_files import Answer, School, grade, grades, parts
from independent_sections import OF_SECTIONS, twice

Broken = tuple[str, str]
"""The name of a rule, and what breaks it."""


def check(school: Path, run: Path, rules: Path | None = None) -> dict[str, int]:
    """Assert that a run keeps every required rule; return its requests, and those met and filled."""
    broken, figures = read(school, run, rules)
    assert not broken, "\n".join(f"{rule}: {text}" for rule, text in broken)
    return figures


def read(school: Path, run: Path, rules: Path | None = None) -> tuple[list[Broken], dict[str, int]]:
    """Return what breaks a required rule, and the requests: all, met, filled, core, and core ones filled."""
    files = School(school, run, rules)
    answer = Answer(run, files)
    broken = [("answer", text) for text in _form(files, answer)]
    if broken:
        return broken, {}
    for rule, texts in RULES.items():
        broken += [(rule, text) for text in texts(files, answer)]
    figures: Counter[str] = Counter(dict.fromkeys(("requests", "met", "filled", "core", "core_filled"), 0))
    for student in files.asked:
        wishes = files.wishes(student)
        taken = {files.course(section) for section in answer.of_student[student]}
        served = _served(files, student, taken)
        core = {place for place, wish in enumerate(wishes) if files.core(wish[0])}
        figures["requests"] += len(wishes)
        figures["met"] += sum(wish[0] in taken for wish in wishes)
        figures["filled"] += len(served)
        figures["core"] += len(core)
        figures["core_filled"] += len(core & set(served))
    return broken, dict(figures)


def _form(school: School, answer: Answer) -> Iterator[str]:
    """Yield what makes the files no answer at all."""
    for section in {*school.sections} ^ {*answer.period}:
        yield f"{section} is in one of the two files of sections only"
    for section, times in Counter(section for section, _ in answer.placed).items():
        if times > 1:
            yield f"{section} is placed {times} times"
    for section, period in answer.placed:
        if period not in school.periods:
            yield f"{section} is in {period!r}, which is no period"
    for student, section in answer.enrolled:
        if student not in school.asked or student not in school.students or section not in school.sections:
            yield f"{student} in {section}: one of them is unknown"
    for (student, section), times in Counter(answer.enrolled).items():
        if times > 1:
            yield f"{student} is {times} times in {section}"


# Students and requests ------------------------------------------------------------------------------------


def _student_clash(school: School, answer: Answer) -> Iterator[str]:
    if school.required("student_clash"):
        for student, sections in answer.of_student.items():
            yield from twice(student, [answer.period[section] for section in sections])


def _requests(school: School, answer: Answer) -> Iterator[str]:
    """Yield courses that a student has twice, or that serve none of the requests."""
    for student, sections in answer.of_student.items():
        courses = Counter(school.course(section) for section in sections)
        for course, count in courses.items():
            if count > 1:
                yield f"{student} has {course} {count} times"
        if len(_served(school, student, {*courses})) < len(courses):
            yield f"{student} has {', '.join(courses)}, and asked for less"


def _served(school: School, student: str, courses: set[str]) -> dict[int, str]:
    """Return a course for each request that has one, as many as can be and core requests first."""
    wishes = school.wishes(student)
    serving: dict[str, int] = {}

    def serve(place: int, tried: set[str]) -> bool:
        for course in wishes[place]:
            if course in courses and course not in tried:
                tried.add(course)
                if course not in serving or serve(serving[course], tried):
                    serving[course] = place
                    return True
        return False

    for place in sorted(range(len(wishes)), key=lambda one: not school.core(wishes[one][0])):
        serve(place, set())
    return {place: course for course, place in serving.items()}


def _graduation(school: School, answer: Answer) -> Iterator[str]:
    if school.required("graduation"):
        for student in school.asked:
            courses = {school.course(section) for section in answer.of_student[student]}
            served = _served(school, student, courses)
            for place, wish in enumerate(school.wishes(student)):
                if school.core(wish[0]) and place not in served:
                    yield f"{student} lacks {wish[0]}"


def _grade_limits(school: School, answer: Answer) -> Iterator[str]:
    if school.required("grade_limits"):
        allowed = {course: grades(row.get("Grades", "")) for course, row in school.courses.items()}
        for student, section in answer.enrolled:
            own, fitting = school.students[student].get("Grade", ""), allowed.get(school.course(section))
            if own and fitting and grade(own) not in fitting:
                yield f"{student} of grade {own} is in {school.course(section)}"


def _unmet_list(school: School, answer: Answer) -> Iterator[str]:
    """Yield the students of whom the list of unmet requests says something else."""
    if answer.unmet is None:
        return
    for student in school.asked:
        taken = {school.course(section) for section in answer.of_student[student]}
        unmet = sorted(wish[0] for wish in school.wishes(student) if wish[0] not in taken)
        if unmet != sorted(answer.unmet[student]):
            yield f"{student} does not get {unmet}, and the list says {answer.unmet[student]}"


# Locks ----------------------------------------------------------------------------------------------------


def _locks(school: School, answer: Answer) -> Iterator[str]:
    if not school.required("locks"):
        return
    for row in school.locks:
        kind, who, section = row["Kind"].casefold(), row["ID"], row.get("Section ID", "")
        periods, teacher = parts(row.get("Period", "")), row.get("Teacher ID", "")
        of_department = [one for one, cells in school.sections.items() if cells["Department"] == who]
        kept = {"section": [who], "course": school.held[who], "department": of_department}.get(kind, [])
        for one in kept if periods else ():
            if answer.period[one] not in periods:
                yield f"{one} is locked to {', '.join(periods)}"
        if kind == "section" and teacher and who not in answer.of_teacher[teacher]:
            yield f"{who} is locked to {teacher}"
        busy = {"teacher": answer.of_teacher[who], "student": answer.of_student[who]}.get(kind, [])
        for one in busy:
            if answer.period[one] in periods:
                yield f"{who} is locked to be free in {answer.period[one]} and has {one}"
        if section and section not in busy:
            yield f"{who} is locked to {section}"
        if kind == "teacher" and not periods and not section:
            for one in school.sections:
                if school.given(one) == who and one not in busy:
                    yield f"{who} is locked to {one}"


RULES: dict[str, Callable[[School, Answer], Iterator[str]]] = {
    **OF_SECTIONS,
    "student_clash": _student_clash,
    "requests": _requests,
    "graduation": _graduation,
    "grade_limits": _grade_limits,
    "unmet requests": _unmet_list,
    "locks": _locks,
}
"""What each rule finds, by the key of the rules file where it has one."""
