"""How full sections and courses are, and whether a half-empty section could be helped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from echelon_lib.analysis.shares import percent
from echelon_lib.bounds.seats import capacities
from echelon_lib.constraints.base import View
from echelon_lib.domain.offerings import Section
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.schools import SPED, seats_before

TARGET = 75
"""Share of the seats, in percent, below which a section counts as poorly used."""


@dataclass(frozen=True, slots=True)
class Need:
    """How many sections a course needs for those who ask for it first.

    Parameters
    ----------
    requests
        Students who ask for the course first.
    sections
        Sections it has.
    fewest
        The fewest of its sections whose seats, and places for students with a tag, hold those students;
        all of them where even all are too few.
    fills
        Whether the students would bring every one of its sections to the target.
    """

    requests: int
    sections: int
    fewest: int
    fills: bool

    @property
    def surplus(self) -> int:
        """Sections beyond the fewest."""
        return self.sections - self.fewest

    @property
    def structural(self) -> bool:
        """Whether some section stays below the target though not one could be spared."""
        return not self.fills and self.surplus == 0


def original_seats(problem: Problem) -> Mapping[str, int | None]:
    """Return the seats of each section before a person changed any: use is always measured against these."""
    before = seats_before(problem)
    return {section.id: before.get(section.id, section.seats) for section in problem.sections.values()}


def below(enrolled: int, seats: int | None, target: int = TARGET) -> bool:
    """Return whether a section uses less than ``target`` percent of its seats."""
    return bool(seats) and enrolled * 100 < target * (seats or 0)


def periods_of(problem: Problem, timetable: Timetable, section: Section) -> str:
    """Return the names of the periods of a section, or an empty text while it is not placed."""
    names = [
        problem.calendar.name(timetable.placements[meeting.id].time)
        for meeting in section.meetings
        if meeting.id in timetable.placements
    ]
    return ", ".join(names)


def utilisation_by_section(problem: Problem, timetable: Timetable, *, target: int = TARGET) -> pd.DataFrame:
    """Return one row for each section with its seats and how they are used.

    Parameters
    ----------
    problem
        The problem.
    timetable
        Any timetable of it, complete or not.
    target
        Percent of the seats below which a section is flagged.

    Returns
    -------
    DataFrame
        Section, Course, Department, Teacher, Period, Seats, Enrolled, SPED, Utilisation (enrolled ÷ seats as
        a fraction; missing without seats), Below target. Seats are those of the files, whatever rules add or
        a person has changed.
    """
    view, places_of = View(problem, timetable), original_seats(problem)
    rows = [
        (
            section.id,
            problem.course_of[section.id].id,
            section.department,
            ", ".join(problem.teachers_of(section)),
            periods_of(problem, timetable, section),
            (seats := places_of[section.id]),
            enrolled := view.enrolled(section.id),
            view.enrolled(section.id, SPED),
            enrolled / seats if seats else None,
            below(enrolled, seats, target),
        )
        for section in problem.sections.values()
    ]
    texts = ["Section", "Course", "Department", "Teacher", "Period"]
    columns = [*texts, "Seats", "Enrolled", "SPED", "Utilisation", "Below target"]
    return _typed(pd.DataFrame(rows, columns=columns))


def utilisation_by_course(problem: Problem, timetable: Timetable, *, target: int = TARGET) -> pd.DataFrame:
    """Return one row for each course that is offered or asked for.

    Returns
    -------
    DataFrame
        Course, Department, Sections, Needed (the fewest sections that hold the requests), Seats, Requests
        (students asking for it first), Enrolled, SPED, Utilisation (a fraction), Below target (sections).
    """
    view, need = View(problem, timetable), needs(problem, target=target)
    places_of = original_seats(problem)
    rows = []
    for course in problem.courses:
        sections = course.sections
        seats = sum(places_of[section.id] or 0 for section in sections)
        enrolled = sum(view.enrolled(section.id) for section in sections)
        rows.append(
            (
                course.id,
                course.department,
                len(sections),
                need[course.id].fewest,
                seats,
                need[course.id].requests,
                enrolled,
                sum(view.enrolled(section.id, SPED) for section in sections),
                enrolled / seats if seats else None,
                sum(below(view.enrolled(section.id), places_of[section.id], target) for section in sections),
            )
        )
    columns = ["Course", "Department", "Sections", "Needed", "Seats", "Requests", "Enrolled", "SPED"]
    return _typed(pd.DataFrame(rows, columns=[*columns, "Utilisation", "Below target"]))


def below_target(problem: Problem, timetable: Timetable, *, target: int = TARGET) -> pd.DataFrame:
    """Return the sections under the target, emptiest first, and whether that is the timetable's doing.

    Returns
    -------
    DataFrame
        Section, Course, Teacher, Period, Seats, Enrolled, Utilisation, Requests (students asking for the
        course first), Sections, Needed, Structural, Why. *Structural* means that the course needs all of
        its sections and has too few requests to fill them; Why says it in a sentence.
    """
    table = utilisation_by_section(problem, timetable, target=target)
    need = needs(problem, target=target)
    table = table[table["Below target"]].sort_values(["Utilisation", "Section"], kind="stable")
    of = [need[course] for course in table["Course"]]
    table = table[["Section", "Course", "Teacher", "Period", "Seats", "Enrolled", "Utilisation"]]
    return table.reset_index(drop=True).assign(
        **{
            "Requests": [one.requests for one in of],
            "Sections": [one.sections for one in of],
            "Needed": [one.fewest for one in of],
            "Structural": pd.Series([one.structural for one in of], dtype=bool),
            "Why": pd.Series(
                [_why(name, one, target) for name, one in zip(table["Course"], of, strict=True)], dtype=str
            ),
        }
    )


def needs(problem: Problem, *, target: int = TARGET) -> Mapping[str, Need]:
    """Return for each course how many of its sections the requests need."""
    capacity, places_of = capacities(problem), original_seats(problem)
    asking: dict[str, set[str]] = {course.id: set() for course in problem.courses}
    for request in problem.requests:
        asking[request.primary].add(request.student)
    found: dict[str, Need] = {}
    for course in problem.courses:
        students = asking[course.id]
        # A student takes one section of each part: the part that needs most of its sections decides.
        fewest, fills = 0, True
        for part in course.parts:
            ids = [section.id for section in part.sections]
            tests = [(len(students), capacity.section)] + [
                (sum(tag in problem.student[student].tags for student in students), places)
                for tag, places in capacity.tagged_section.items()
            ]
            fewest += max(_fewest(count, [places[id] for id in ids]) for count, places in tests)
            wanted = sum(-(-(places_of[id] or 0) * target // 100) for id in ids)
            fills = fills and len(students) >= wanted
        found[course.id] = Need(len(students), len(course.sections), fewest, fills)
    return found


def _fewest(students: int, places: list[int]) -> int:
    """Return how many of the largest places hold the students; all of them where none suffice."""
    held = 0
    for count, place in enumerate(sorted(places, reverse=True)):
        if held >= students:
            return count
        held += place
    return len(places)


def _why(course: str, need: Need, target: int) -> str:
    asked = f"{need.requests} {'request' if need.requests == 1 else 'requests'}"
    if need.structural:
        held = "its only section" if need.sections == 1 else f"all {need.sections} sections"
        return f"{course} has {asked}: it needs {held} and cannot fill them to {target} %."
    if need.surplus:
        return f"{course} has {asked}: {need.fewest} of its {need.sections} sections would hold them."
    if need.sections == 1:
        return f"{course} has {asked}, enough for {target} % of its only section, but not all are met."
    return f"{course} has {asked}, enough for {target} % everywhere if they could be spread evenly."


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the same column types whatever rows it has."""
    kinds = {"Seats": "Int64", "Utilisation": "float64"}
    kinds |= dict.fromkeys(["Section", "Course", "Department", "Teacher", "Period"], "str")
    kinds |= dict.fromkeys(["Sections", "Needed", "Requests", "Enrolled", "SPED"], "int64")
    kinds["Below target"] = "bool" if "Section" in table else "int64"
    return table.astype({column: kind for column, kind in kinds.items() if column in table})


def used(enrolled: int, seats: int) -> str:
    """Return seats and their use in words, such as ``24 of 30 seats, 80 %``."""
    return f"{enrolled} of {seats} seats, {percent(enrolled, seats)}" if seats else f"{enrolled} enrolled"
