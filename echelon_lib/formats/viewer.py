"""One self-contained page in which a person looks up and prints timetables."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Sequence
from importlib import resources

from echelon_lib.constraints.base import View
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.run_tables import shown_details, taken

_MARK = re.compile(r"\{\{(TITLE|DATA|SCRIPT_HASH)\}\}")
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def viewer_html(
    problem: Problem,
    timetable: Timetable,
    *,
    first_line: str = "",
    unmet: Iterable[Sequence[object]] = (),
) -> str:
    """Return the page as text: HTML, style, script and data in one, without any request to anywhere.

    The page holds identifiers, names, grades, courses, periods, seats and what is not met; no other detail
    of a student.

    Parameters
    ----------
    problem
        The problem.
    timetable
        A timetable of it.
    first_line
        The sentence at the head of the page.
    unmet
        Requests that are not met, to be shown beside the week of their students: student, course, reason.
    """
    template = resources.files("echelon_lib.formats").joinpath("viewer.html").read_text(encoding="utf-8")
    script = _SCRIPT.search(template)
    digest = hashlib.sha256((script[1] if script else "").encode()).digest()
    parts = {
        "TITLE": html.escape(f"{problem.name}: timetables").encode("ascii", "xmlcharrefreplace").decode(),
        "DATA": _embedded(viewer_data(problem, timetable, first_line, unmet)),
        "SCRIPT_HASH": "sha256-" + base64.b64encode(digest).decode(),
    }
    return _MARK.sub(lambda mark: parts[mark[1]], template)


def viewer_data(
    problem: Problem,
    timetable: Timetable,
    first_line: str = "",
    unmet: Iterable[Sequence[object]] = (),
) -> dict[str, object]:
    """Return what the page shows, compactly: people and sections refer to each other by position."""
    sections = list(problem.sections.values())
    teachers = list(problem.teachers)
    courses = list(problem.courses)
    section_at = {section.id: index for index, section in enumerate(sections)}
    teacher_at = {teacher.id: index for index, teacher in enumerate(teachers)}
    course_at = {course.id: index for index, course in enumerate(courses)}
    times: dict[Time, int] = {time: index for index, time in enumerate(dict.fromkeys(problem.calendar.times))}
    view = View(problem, timetable)
    rows: list[list[object]] = []
    for section in sections:
        placed = [timetable.placements.get(meeting.id) for meeting in section.meetings]
        rows.append(
            [
                section.id,
                course_at[problem.course_of[section.id].id],
                [teacher_at[teacher] for teacher in problem.teachers_of(section)],
                [times.setdefault(one.time, len(times)) for one in placed if one is not None],
                section.seats,
                view.enrolled(section.id),
                ", ".join(dict.fromkeys(one.room for one in placed if one is not None and one.room)),
            ]
        )
    return {
        "name": problem.name,
        "line": first_line,
        "days": list(problem.calendar.days),
        "slots": problem.calendar.slots,
        "times": [
            [problem.calendar.name(time), list(problem.calendar.days_of(time)), time.start, time.length]
            for time in times
        ],
        "courses": [course.id for course in courses],
        "teachers": [[teacher.id, teacher.department] for teacher in teachers],
        "sections": rows,
        "students": [
            [
                student.id,
                shown_details(student),
                [section_at[section.id] for section in taken(problem, timetable, student.id)],
            ]
            for student in problem.students
        ],
        "unmet": _unmet(problem, unmet),
    }


def _unmet(problem: Problem, rows: Iterable[Sequence[object]]) -> dict[str, list[list[str]]]:
    """Return course and reason of what is not met, by position of the student.

    These sheets are printed and handed out, so a reason does not say of which kind of seat there was none.
    """
    at = {student.id: str(index) for index, student in enumerate(problem.students)}
    kinds = sorted({tag for student in problem.students for tag in student.tags})
    tagged = re.compile(rf"no (?:{'|'.join(map(re.escape, kinds))})(?: or .*)? seat") if kinds else None
    found: dict[str, list[list[str]]] = {}
    for student, course, reason in rows:
        if str(student) in at:
            plain = "no seat" if tagged is not None and tagged.fullmatch(str(reason)) else str(reason)
            found.setdefault(at[str(student)], []).append([str(course), plain])
    return found


def _embedded(data: object) -> str:
    """Return JSON that no HTML parser can take for markup, in ASCII throughout."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
