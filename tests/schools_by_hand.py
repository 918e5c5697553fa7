"""Schools small enough to be followed by hand, and results as a solver would give them."""

from __future__ import annotations

from dataclasses import replace

from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled
from echelon_lib.domain.calendar import Calendar
from echelon_lib.domain.offerings import Course, Meeting, Request, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.policy import REQUIRED, Scope, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.scoring.evaluate import UNMET, evaluate
from echelon_lib.solvers.result import LevelResult, Result, Status, TracePoint

WEEK = Calendar.of_days({"R": ["R1", "R2"], "G": ["G1", "G2"]})


def section(id: str, seats: int, *teachers: str, department: str = "") -> Section:
    return Section(id, (Meeting(id, WEEK.times),), seats, teachers, department=department)


def six_students() -> Problem:
    """Six students, five sections, and one course that nobody teaches."""
    wishes = {
        "ann": ("Art", "Biology"),
        "bob": ("Art", "Chess"),
        "cyd": ("Biology", "Drama"),
        "dan": ("Biology", "Art"),
        "eve": ("Chess", "Art"),
        "fay": ("Chess",),
    }
    sections = Scope.of_sections(["A-1", "A-2", "B-1", "C-1"])
    return Problem(
        name="Six students",
        calendar=WEEK,
        courses=(
            Course.of(
                "Art",
                [section("A-1", 2, "pat", department="Arts"), section("A-2", 2, "pat", department="Arts")],
                department="Arts",
            ),
            Course.of("Biology", [section("B-1", 3, "quin", department="Science")], department="Science"),
            Course.of("Chess", [section("C-1", 2)]),
            Course.of("Drama", []),
        ),
        attendees=(
            Attendee("pat", "teacher", "Arts"),
            Attendee("quin", "teacher", "Science"),
            Attendee("ruth", "teacher", "Science"),
            *(
                Attendee(
                    student,
                    "student",
                    tags=frozenset({"SPED"} if student in ("cyd", "dan") else ()),
                    details={"Name": student.title(), "504": "secret plan"},
                )
                for student in wishes
            ),
        ),
        requests=tuple(
            Request(f"{student}#{position}", student, (course,))
            for student, courses in wishes.items()
            for position, course in enumerate(courses)
        ),
        constraints=(
            AtMostEnrolled("SPED limit", sections, REQUIRED, (1, 1, 1, 1), tag="SPED"),
            AtLeastEnrolled("section target", sections, priced(1), (2, 2, 3, 2), reason="75 % of the seats"),
        ),
    )


def six_students_placed() -> Timetable:
    """One unmet request for each reason: Drama of cyd, Biology of dan, Art of eve, Chess of fay."""
    where = {"A-1": "R1", "A-2": "R2", "B-1": "R2", "C-1": "R1"}
    takes = {
        "ann": {"A-1", "B-1"},
        "bob": {"A-2", "C-1"},
        "cyd": {"B-1"},
        "dan": {"A-2"},
        "eve": {"C-1"},
    }
    return Timetable(
        {id: Placement(WEEK.time(period)) for id, period in where.items()},
        {student: frozenset(sections) for student, sections in takes.items()},
    )


def unplaced(timetable: Timetable, meeting: str) -> Timetable:
    """The same timetable with a meeting that has no placement."""
    return replace(timetable, placements={m: p for m, p in timetable.placements.items() if m != meeting})


def result_of(
    problem: Problem, timetable: Timetable | None, *, bound: int | None = None, status: Status | None = None
) -> Result:
    """What a solver would say of a timetable, with a bound of the first level."""
    evaluation = None if timetable is None else evaluate(problem, timetable)
    costs = [None, None] if evaluation is None else list(evaluation.cost)
    levels = tuple(
        LevelResult(
            number,
            cost,
            bound if number == 1 else None,
            (UNMET,) if number == 1 and bound is not None else (),
            problem.request_weight if number == 1 else None,
        )
        for number, cost in enumerate(costs, start=1)
    )
    return Result(
        status or (Status.NO_TIMETABLE_FOUND if timetable is None else Status.FEASIBLE),
        timetable,
        evaluation,
        levels,
        (TracePoint(0.1, 1, None, 0), TracePoint(0.5, 1, 500, 0), TracePoint(0.9, 1, costs[0], bound)),
        1.25,
        "by hand",
        7,
    )


def many_sections(count: int = 482, teachers: int = 169) -> tuple[Problem, Timetable]:
    """A school as large as a real one, without requests."""
    names = [f"T{number:03}" for number in range(teachers)]
    courses = tuple(
        Course.of(
            f"Course {number}",
            [
                section(f"S{at:03}", 30, names[at % teachers], department=f"D{number % 7}")
                for at in range(number, count, 21)
            ],
        )
        for number in range(21)
    )
    problem = Problem("Many", WEEK, courses, tuple(Attendee(name, "teacher") for name in names))
    times = WEEK.times
    placements = {
        id: Placement(times[at // teachers % len(times)]) for at, id in enumerate(sorted(problem.sections))
    }
    return problem, Timetable(placements)


def weighed(problem: Problem, weights: dict[str, int]) -> Problem:
    """The same school with other weights for some requests."""
    requests = tuple(replace(r, weight=weights.get(r.id, r.weight)) for r in problem.requests)
    return replace(problem, requests=requests)
