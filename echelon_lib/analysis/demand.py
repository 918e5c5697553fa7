"""What is asked for against what there is, before anything is solved."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from echelon_lib.analysis.shares import percent
from echelon_lib.analysis.utilisation import needs
from echelon_lib.bounds import capacities, request_bound, shortages
from echelon_lib.bounds.seats import Capacity
from echelon_lib.domain.problem import Problem
from echelon_lib.preflight import Finding, impossible
from echelon_lib.school_rules import SPED


def demand_by_course(problem: Problem) -> pd.DataFrame:
    """Return one row for each course that is offered or asked for, the scarcest first.

    Returns
    -------
    DataFrame
        Course, Department, Sections, Needed (the fewest of its sections that hold the requests; all where
        even all do not), Seats (of the files), Places (students whom required rules let in; the seats where
        these have a price), Requests (students asking for it first), SPED (of them), Asked for (requests ÷
        places, a fraction; missing without places), Missing (students who cannot have it, at least), To add
        (sections to be added so that nobody is missing). What is missing must not be added over courses: one
        lost request may settle two of them.
    """
    capacity, need = capacities(problem), needs(problem)
    add = sections_to_add(problem, capacity)
    missing = {one.course: one.missing for one in shortages(problem, capacity)}
    flagged: dict[str, set[str]] = {course.id: set() for course in problem.courses}
    for request in problem.requests:
        if SPED in problem.student[request.student].tags:
            flagged[request.primary].add(request.student)
    rows = []
    for course in problem.courses:
        seats = sum(section.seats or 0 for section in course.sections)
        places = capacity.course[course.id] if problem.policy.seats.required else seats
        requests = need[course.id].requests
        rows.append(
            (
                course.id,
                course.department,
                len(course.sections),
                need[course.id].fewest,
                seats,
                places,
                requests,
                len(flagged[course.id]),
                requests / places if places else None,
                missing.get(course.id, 0),
                add.get(course.id, 0),
            )
        )
    numbers = ["Sections", "Needed", "Seats", "Places", "Requests", "SPED"]
    table = pd.DataFrame(rows, columns=["Course", "Department", *numbers, "Asked for", "Missing", "To add"])
    kinds = dict.fromkeys([*numbers, "Missing", "To add"], "int64")
    table = table.astype({"Course": "str", "Department": "str", "Asked for": "float64", **kinds})
    return table.sort_values(
        ["Missing", "Asked for", "Course"], ascending=[False, False, True], kind="stable", ignore_index=True
    )


def sections_to_add(problem: Problem, capacity: Capacity | None = None) -> dict[str, int]:
    """Return how many sections courses lack so that everybody who asks first could have a seat.

    A new section is taken to be like the middle one of its course, in places for students with a tag as well;
    for a course that nobody teaches yet, like the middle one of the school. Courses that lack none are left
    out.
    """
    known = capacity or capacities(problem)
    usual = _middle([known.section[id] for id in problem.sections])
    found = {}
    for one in shortages(problem, known):
        ids = [section.id for section in problem.course[one.course].sections]
        lacks = [(one.asked - one.seats, known.section)]
        if one.tag is not None:
            lacks.append((one.tagged_missing, known.tagged_section[one.tag]))
        more = 0
        for missing, places in lacks:
            each = _middle([places[id] for id in ids]) or usual
            more = max(more, -(-max(0, missing) // each) if each else 1)
        found[one.course] = max(1, more)
    return found


def _middle(numbers: list[int]) -> int:
    return sorted(numbers)[len(numbers) // 2] if numbers else 0


def ceiling(problem: Problem, findings: Iterable[Finding] = ()) -> str:
    """Say in a sentence what no schedule can pass, by arithmetic alone.

    Parameters
    ----------
    problem
        The problem.
    findings
        What ``preflight`` found, if it is at hand: where it proves that there is no timetable at all, that is
        what is said.
    """
    proofs = len(impossible(findings))
    if proofs:
        return (
            f"No timetable can keep all required rules: {proofs} "
            f"{'finding proves' if proofs == 1 else 'findings prove'} it before any solver starts."
        )
    total = len(problem.requests)
    if not total:
        return "There are no requests, so none can be lost."
    bound = request_bound(problem)
    most = total - bound.unmet
    if bound.unmet:
        return (
            f"No schedule can meet more than {most:,} of {total:,} requests "
            f"({percent(most, total, up=True)}): seats and periods are too few for the others."
        )
    if bound.loss:
        return (
            f"All {total:,} requests may be filled, but no schedule can meet every one with its first choice."
        )
    return (
        f"Arithmetic finds room for all {total:,} of {total:,} requests; whether clashes cost some of them, "
        "only a solver can say."
    )
