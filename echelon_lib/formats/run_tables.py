"""A timetable as rows of tables: the exact ones that are read back, and the readable ones for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from echelon_lib.constraints.base import View
from echelon_lib.domain.offerings import Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import Evaluation

NOT_PLACED = "Not placed"
OTHER_TIMES = "Other times"

GRADES = ("grade", "grade level")
_NAMES = ("name", "full name", "student name", "first name", "last name", *GRADES)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table to be written: column titles and rows."""

    columns: Sequence[str]
    rows: Iterable[Sequence[object]]


def answer_tables(problem: Problem, timetable: Timetable) -> dict[str, Sheet]:
    """Return the exact tables of a timetable by file name."""
    placed = [
        (meeting.id if len(section.meetings) > 1 else section.id, section, placement)
        for section in problem.sections.values()
        for meeting in section.meetings
        if (placement := timetable.placements.get(meeting.id)) is not None
    ]
    rooms = any(placement.room is not None for _, _, placement in placed)
    name = problem.calendar.name
    return {
        "Master_Schedule.csv": Sheet(
            ("Section ID", "Period", "Room") if rooms else ("Section ID", "Period"),
            [
                (id, name(placement.time), *([placement.room or ""] if rooms else []))
                for id, _, placement in placed
            ],
        ),
        "Student_Assignments.csv": Sheet(
            ("Student ID", "Section ID"),
            [
                (student.id, section.id)
                for student in problem.students
                for section in taken(problem, timetable, student.id)
            ],
        ),
        "Teacher_Schedule.csv": Sheet(
            ("Teacher ID", "Section ID", "Period"),
            [
                (teacher, id, name(placement.time))
                for id, section, placement in placed
                for teacher in problem.teachers_of(section)
            ],
        ),
    }


def violations_table(evaluation: Evaluation | None) -> Sheet:
    """Return every broken rule and every price paid; no rows without an evaluation."""
    found = evaluation.violations() if evaluation is not None else ()
    return Sheet(
        ("Rule", "Kind", "Who", "Amount", "Cost", "Sentence"),
        [
            (one.rule, one.enforcement.mode, "; ".join(one.who), one.amount, one.cost, one.sentence)
            for one in found
        ],
    )


def readable_tables(problem: Problem, timetable: Timetable) -> dict[str, Sheet]:
    """Return the tables for people by file name: one row for each student, section and teacher."""
    view = View(problem, timetable)
    week = NamedPeriods(problem, timetable)
    shown = [title for title in _titles(problem.students) if title.strip().casefold() in _NAMES]
    return {
        "schedules/student_schedule.csv": week.sheet(
            ("Student ID", *shown),
            (
                (
                    (student.id, *(student.details.get(title, "") for title in shown)),
                    taken(problem, timetable, student.id),
                )
                for student in problem.students
            ),
            with_teacher=True,
        ),
        "schedules/section_schedule.csv": Sheet(
            ("Section ID", "Course", "Department", "Teacher", "Period", "Seats", "Enrolled", "Students"),
            [
                (
                    section.id,
                    problem.course_of[section.id].id,
                    section.department,
                    ", ".join(problem.teachers_of(section)),
                    ", ".join(week.periods(section)),
                    "" if section.seats is None else section.seats,
                    view.enrolled(section.id),
                    "; ".join(view.students_in[section.id]),
                )
                for section in problem.sections.values()
            ],
        ),
        "schedules/teacher_schedule.csv": week.sheet(
            ("Teacher ID", "Department"),
            (
                ((teacher.id, teacher.department), problem.sections_of.get(teacher.id, ()))
                for teacher in problem.teachers
            ),
            with_teacher=False,
        ),
    }


def taken(problem: Problem, timetable: Timetable, student: str) -> list[Section]:
    """Return the sections of a student, sorted by identifier; unknown ones are left to the evaluator."""
    chosen = timetable.enrolments.get(student, frozenset())
    return [problem.sections[name] for name in sorted(chosen) if name in problem.sections]


def shown_details(student: Attendee) -> str:
    """Return name and grade of a student, where the files give them; nothing else is for display."""
    return ", ".join(
        f"{title.strip()} {value}" if value.isdigit() else value
        for title, value in student.details.items()
        if value and title.strip().casefold() in _NAMES
    )


def _titles(students: Iterable[Attendee]) -> Iterator[str]:
    yield from dict.fromkeys(title for student in students for title in student.details)


@dataclass(frozen=True)
class NamedPeriods:
    """The periods of a problem, and where sections lie in them."""

    problem: Problem
    timetable: Timetable

    def periods(self, section: Section) -> list[str]:
        """Return the named periods of a section; a long meeting is in several."""
        found: dict[str, None] = {}
        for meeting in section.meetings:
            placement = self.timetable.placements.get(meeting.id)
            if placement is None:
                found[NOT_PLACED] = None
                continue
            named = [p.name for p in self.problem.calendar.periods if p.time.overlaps(placement.time)]
            found.update(dict.fromkeys(named or [OTHER_TIMES]))
        return list(found)

    def sheet(
        self,
        titles: Sequence[str],
        lines: Iterable[tuple[Sequence[str], Iterable[Section]]],
        *,
        with_teacher: bool,
    ) -> Sheet:
        """Return a table with a column for each period; periods that nobody uses are kept."""
        where = {section.id: self.periods(section) for section in self.problem.sections.values()}
        texts = {section.id: self._text(section, with_teacher) for section in self.problem.sections.values()}
        filled: list[tuple[Sequence[str], Mapping[str, list[str]]]] = []
        extra: dict[str, None] = {}
        named = [period.name for period in self.problem.calendar.periods]
        for head, sections in lines:
            cells: dict[str, list[str]] = {}
            for section in sections:
                for period in where[section.id]:
                    cells.setdefault(period, []).append(texts[section.id])
            extra.update(dict.fromkeys(period for period in cells if period not in named))
            filled.append((head, cells))
        columns = [*named, *sorted(extra, reverse=True)]
        return Sheet(
            [*titles, *columns],
            [(*head, *(" + ".join(cells.get(period, [])) for period in columns)) for head, cells in filled],
        )

    def _text(self, section: Section, with_teacher: bool) -> str:
        course = self.problem.course_of[section.id].id
        teachers = self.problem.teachers_of(section) if with_teacher else ()
        return f"{course} ({', '.join([section.id, *teachers])})"
