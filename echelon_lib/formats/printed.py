"""Timetables to print in bulk: a card a student, a page a teacher, and the master schedule.

Each is one HTML file that loads nothing from anywhere, holds no script, and is printed from a browser. What
is printed is handed out: of a student it holds identifier, name, grade, courses, periods, teachers and rooms,
and nothing that says of which kind a student is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib import resources
from pathlib import Path

from echelon_lib.constraints.base import View
from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.domain.offerings import Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.run_tables import GRADES, NamedPeriods, shown_details, taken
from echelon_lib.formats.wording import natural

_MARK = re.compile(r"\{\{(TITLE|STYLE|HINT|BODY)\}\}")
_LANDSCAPE = "@page { size: landscape; margin: 9mm; }"
NO_TEACHER, NO_DEPARTMENT = "(no teacher)", "(no department)"


def student_cards(problem: Problem, timetable: Timetable, *, unmet: Iterable[Sequence[object]] = ()) -> str:
    """Return a page with a card for each student, by grade and then by identifier.

    Parameters
    ----------
    problem
        The problem.
    timetable
        A timetable of it.
    unmet
        Requests that are not met: student and course; a card names its courses and no reason.
    """
    missing: dict[str, list[str]] = {}
    for student, course, *_ in unmet:
        missing.setdefault(str(student), []).append(str(course))
    table = _Printed(problem, timetable)
    school = f'<span class="school">{escape(problem.name)}</span>'
    cards = []
    for student in sorted(problem.students, key=_grade_first):
        about, left = shown_details(student), missing.get(student.id)
        rows = table.rows(taken(problem, timetable, student.id), with_teacher=True)
        said = f'<p class="left">Asked for and not given: {escape(", ".join(left))}</p>' if left else ""
        cards.append(
            f'<section class="card">{school}<h2>{escape(student.id)}</h2>'
            f"{f'<p>{escape(about)}</p>' if about else ''}<table>{rows}</table>{said}</section>"
        )
    hint = f"{len(cards):,} cards by grade and number, several a page. Print this page from the browser."
    return _page(problem, "student cards", hint, f'<main class="cards">{"".join(cards)}</main>')


def teacher_pages(problem: Problem, timetable: Timetable) -> str:
    """Return a page with a sheet for each teacher, by department and then by identifier."""
    table, view = _Printed(problem, timetable), View(problem, timetable)
    sheets = []
    for teacher in sorted(problem.teachers, key=lambda one: (natural(one.department), natural(one.id))):
        sections = problem.sections_of.get(teacher.id, ())
        students = sum(view.enrolled(section.id) for section in sections)
        said = [teacher.department, _counted(len(sections), "section"), _counted(students, "student")]
        sheets.append(
            f'<section class="sheet"><h1>{escape(teacher.id)}</h1>'
            f"<p>{escape(' · '.join(filter(None, (problem.name, *said))))}</p>"
            f"<table>{table.rows(sections, with_teacher=False)}</table></section>"
        )
    hint = f"{len(sheets):,} teachers, one a page. Print this page from the browser."
    return _page(problem, "teachers", hint, f"<main>{''.join(sheets)}</main>")


def master_pages(problem: Problem, timetable: Timetable) -> str:
    """Return the master schedule: every teacher and period in one table, then a table for each department."""
    table = _Printed(problem, timetable)
    people: dict[str, dict[str, list[Section]]] = {}
    offered: dict[str, dict[str, list[Section]]] = {}
    for teacher in problem.teachers:
        people.setdefault(teacher.department or NO_DEPARTMENT, {})[teacher.id] = []
    home = {teacher.id: teacher.department or NO_DEPARTMENT for teacher in problem.teachers}
    for section in problem.sections.values():
        department = section.department or NO_DEPARTMENT
        course = problem.course_of[section.id].id
        offered.setdefault(department, {}).setdefault(course, []).append(section)
        for name in problem.teachers_of(section) or (NO_TEACHER,):
            colleagues = people.setdefault(home.get(name, department), {})
            colleagues.setdefault(name, []).append(section)
    parts = [table.grid(f"{problem.name}: master schedule", "Teacher", people, by_teacher=True)]
    for department in sorted(offered, key=natural):
        courses = {department: offered[department]}
        parts.append(table.grid(department, "Course", courses, by_teacher=False))
    hint = (
        f"Every teacher in every period, then {_counted(len(offered), 'department')}, one a page. "
        "Print this page from the browser."
    )
    return _page(problem, "master schedule", hint, f"<main>{''.join(parts)}</main>", _LANDSCAPE)


def write_page(path: str | Path, text: str) -> Path:
    """Write a page to a new file; return its path.

    Raises
    ------
    DataError
        The file exists already, is not called ``.html``, or cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in (".html", ".htm"):
        message = f"{path.name!r} does not end in .html, so no browser would open it."
        raise DataError([Issue(message, path.name, cure=f"{path.stem + '.html'!r} was meant?")])
    try:
        file = path.open("x", encoding="utf-8", errors="replace", newline="\n")
    except FileExistsError:
        message = f"{str(path)!r} exists already, and nothing is overwritten."
        raise DataError([Issue(message, cure="choose another name.")]) from None
    except OSError as error:
        raise _unwritten(path, error) from None
    try:
        with file:
            file.write(text)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise _unwritten(path, error) from None
    return path


def _unwritten(path: Path, error: OSError) -> DataError:
    message = f"The page could not be written: {error.strerror or type(error).__name__}."
    cure = "free some space, or choose a folder that exists and is yours."
    return DataError([Issue(message, path.name, value=str(path), cure=cure)])


class _Printed:
    """Rows of the tables, with what every sheet needs looked up once."""

    def __init__(self, problem: Problem, timetable: Timetable) -> None:
        self._problem = problem
        named = NamedPeriods(problem, timetable)
        view = View(problem, timetable)
        sections = problem.sections.values()
        self._where = {section.id: named.periods(section) for section in sections}
        named_periods = [period.name for period in problem.calendar.periods]
        extra = sorted({one for found in self._where.values() for one in found} - {*named_periods})
        self._named, self._columns = named_periods, [*named_periods, *extra]
        self._first_of_day = self._days()
        self._count = {section.id: view.enrolled(section.id) for section in sections}
        self._room: dict[str, str] = {}
        for section in sections:
            placed = [timetable.placements.get(meeting.id) for meeting in section.meetings]
            rooms = dict.fromkeys(one.room for one in placed if one is not None and one.room)
            self._room[section.id] = ", ".join(rooms)
        self._rooms = any(self._room.values())

    def rows(self, sections: Iterable[Section], *, with_teacher: bool) -> str:
        """Return head and body of the week of a person: a row for each named period, free ones included."""
        here: dict[str, list[Section]] = {}
        for section in sections:
            for period in self._where[section.id]:
                here.setdefault(period, []).append(section)
        titles = ["Period", "Course", "Section", "Teacher" if with_teacher else "Students"]
        titles += ["Room"] if self._rooms else []
        body = []
        for period in self._columns:
            found = here.get(period, [])
            if not found and period not in self._named:
                continue
            start = ' class="day"' if period in self._first_of_day else ""
            clash = ' class="clash"' if len(found) > 1 else ""
            if not found:
                blank = f'<td colspan="{len(titles) - 1}">–</td>'
                body.append(f"<tr{start}><th>{escape(period)}</th>{blank}</tr>")
            for section in found:
                cells = "".join(
                    f"<td{clash}>{escape(text)}</td>" for text in self._cells(section, with_teacher)
                )
                body.append(f"<tr{start}><th>{escape(period)}</th>{cells}</tr>")
        return f"<thead><tr>{_heads(titles)}</tr></thead><tbody>{''.join(body)}</tbody>"

    def _cells(self, section: Section, with_teacher: bool) -> Iterator[str]:
        yield self._problem.course_of[section.id].id
        yield section.id
        yield ", ".join(self._problem.teachers_of(section)) if with_teacher else self._fill(section)
        if self._rooms:
            yield self._room[section.id]

    def _fill(self, section: Section) -> str:
        count = self._count[section.id]
        return str(count) if section.seats is None else f"{count} of {section.seats}"

    def grid(
        self,
        title: str,
        corner: str,
        groups: dict[str, dict[str, list[Section]]],
        *,
        by_teacher: bool,
    ) -> str:
        """Return a table of rows and periods, in groups with a title each where there are several."""
        sections = [s for rows in groups.values() for found in rows.values() for s in found]
        used = {period for section in sections for period in self._where[section.id]}
        columns = [period for period in self._columns if period in self._named or period in used]
        body = []
        for group in sorted(groups, key=natural):
            lines = []
            for name in sorted(groups[group], key=natural):
                here: dict[str, str] = {}
                for section in groups[group][name]:
                    for period in self._where[section.id]:
                        here[period] = here.get(period, "") + self._entry(section, by_teacher)
                cells = "".join(f"<td>{here.get(period, '')}</td>" for period in columns)
                lines.append(f"<tr><th>{escape(name)}</th>{cells}</tr>")
            head = f'<tr class="group"><th colspan="{len(columns) + 1}">{escape(group)}</th></tr>'
            body.append(f"<tbody>{head if len(groups) > 1 else ''}{''.join(lines)}</tbody>")
        return (
            f'<section class="sheet wide"><h1>{escape(title)}</h1><table><thead><tr>'
            f"{_heads([corner, *columns])}</tr></thead>{''.join(body)}</table></section>"
        )

    def _entry(self, section: Section, by_teacher: bool) -> str:
        course = self._problem.course_of[section.id].id
        second = course if by_teacher else ", ".join(self._problem.teachers_of(section)) or NO_TEACHER
        rest = " · ".join(filter(None, (section.id, self._fill(section), self._room[section.id])))
        return f"<div>{escape(second)} <small>{escape(rest)}</small></div>"

    def _days(self) -> set[str]:
        """Return the periods with which a day begins, the first of all left out."""
        found, before = set(), None
        for period in self._problem.calendar.periods:
            if before is not None and period.time.days != before:
                found.add(period.name)
            before = period.time.days
        return found


def _grade_first(student: Attendee) -> tuple[object, ...]:
    grades = [value for title, value in student.details.items() if title.strip().casefold() in GRADES]
    return (natural(grades[0].strip()) if grades else (), natural(student.id))


def _heads(titles: Iterable[str]) -> str:
    return "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _page(problem: Problem, what: str, hint: str, body: str, style: str = "") -> str:
    template = resources.files("echelon_lib.formats").joinpath("printed.html").read_text(encoding="utf-8")
    title = escape(f"{problem.name}: {what}")
    parts = {"TITLE": title, "STYLE": style, "HINT": escape(hint), "BODY": body}
    return _MARK.sub(lambda mark: parts[mark[1]], template)
