"""What counsellors should look at in the request lists before anything is solved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from echelon_lib.bounds.seats import Capacity, capacities
from echelon_lib.bounds.times import allowed_times, tight_sets
from echelon_lib.checks.finding import Facts, Finding, Severity, counted, listed
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.errors import Issue, suggest
from echelon_lib.domain.offerings import Course, Request
from echelon_lib.domain.problem import Problem

Trouble = Literal[
    "no requests",
    "few requests",
    "many requests",
    "course twice",
    "own alternate",
    "idle alternate",
    "unused alternate",
    "not offered",
    "periods collide",
]


@dataclass(frozen=True, slots=True)
class RequestNote:
    """One line of a counsellor's list.

    Parameters
    ----------
    student
        Identifier of the student.
    trouble
        What is odd about the list.
    courses
        The courses concerned; empty when it is the whole list.
    sentence
        The trouble in words.
    suggestion
        What might mend it.
    amount
        How much: the requests of the list, or those that cannot be met together.
    """

    student: str
    trouble: Trouble
    courses: tuple[str, ...]
    sentence: str
    suggestion: str
    amount: int = 0


def request_lists(
    problem: Problem,
    capacity: Capacity | None = None,
    times: Mapping[str, frozenset[Time]] | None = None,
) -> tuple[RequestNote, ...]:
    """Return what is odd about each student's requests, student by student.

    Parameters
    ----------
    problem
        The problem.
    capacity, times
        What ``capacities`` and ``allowed_times`` say, if it is known already.

    Returns
    -------
    tuple of RequestNote
        Personal data: to be shown to the user and never logged.
    """
    if not problem.requests:
        return ()
    times = allowed_times(problem) if times is None else times
    capacity = capacities(problem, times) if capacity is None else capacity
    usual = median(len(requests) for requests in problem.requests_of.values())
    offered = {course.id: _nearest(problem, course) for course in problem.courses}
    open_times = {course.id: _open_times(course, times, capacity) for course in problem.courses}
    collisions: dict[frozenset[str], tuple[tuple[tuple[str, ...], tuple[Time, ...], int], ...]] = {}
    notes: list[RequestNote] = []
    for student in problem.students:
        requests = problem.requests_of.get(student.id, ())
        notes.extend(_length(student.id, len(requests), usual))
        if requests:
            notes.extend(_doubles(student.id, requests, problem.pooled.get(student.id, ())))
            notes.extend(_not_offered(student.id, requests, problem.pooled.get(student.id, ()), offered))
        if capacity.periods is None:
            continue
        primaries = frozenset(request.primary for request in requests)
        meetings = sum(capacity.takes[course] for course in primaries)
        if meetings > capacity.periods:
            count = len(primaries)
            often = "" if meetings == count else f" with {meetings} meetings"
            text = f"{count} courses{often} are asked for in {capacity.periods} periods"
            notes.append(
                RequestNote(student.id, "many requests", (), text, "drop the least important ones?", count)
            )
        if primaries not in collisions:
            collisions[primaries] = tuple(_collisions(sorted(primaries), open_times))
        for courses, where, surplus in collisions[primaries]:
            if len(where) >= capacity.periods:
                continue  # there are simply too many
            names = ", ".join(problem.calendar.name(time) for time in where)
            text = f"{' and '.join(courses)} can only be in {names}"
            cure = "ask for another course, or open a section in another period?"
            notes.append(RequestNote(student.id, "periods collide", courses, text, cure, surplus))
    return tuple(notes)


def _length(student: str, count: int, usual: float) -> Iterator[RequestNote]:
    if count == 0:
        yield RequestNote(student, "no requests", (), "nothing is asked for", "the list was lost?")
    elif 2 * count < usual:
        text = f"{count} of the usual {usual:g} requests"
        yield RequestNote(student, "few requests", (), text, "the list is not complete?", count)


def _doubles(student: str, requests: Sequence[Request], pooled: Sequence[str]) -> Iterator[RequestNote]:
    primaries: set[str] = set()
    for request in requests:
        if request.primary in primaries:
            text = f"{request.primary} is asked for twice and given once"
            cure = "the second stands for another course?"
            yield RequestNote(student, "course twice", (request.primary,), text, cure)
        primaries.add(request.primary)
    for request in requests:
        for course in dict.fromkeys(request.courses[1:]):
            if course == request.primary:
                text = f"{course} is named as an alternate of itself"
                yield RequestNote(student, "own alternate", (course,), text, "another course was meant?")
            elif course in primaries:
                text = f"{course} cannot stand in for {request.primary}: it is asked for anyway"
                yield RequestNote(student, "idle alternate", (course,), text, "name another alternate?")
    for course in dict.fromkeys(pooled):
        if course in primaries:
            text = f"{course} cannot stand in for an elective: it is asked for anyway"
            yield RequestNote(student, "idle alternate", (course,), text, "name another alternate?")
    if pooled and all(request.core for request in requests):
        text = f"{' and '.join(dict.fromkeys(pooled))} may stand in for electives, of which there are none"
        courses = tuple(dict.fromkeys(pooled))
        yield RequestNote(student, "unused alternate", courses, text, "name it with a request?")


def _not_offered(
    student: str, requests: Sequence[Request], pooled: Sequence[str], offered: Mapping[str, str | None]
) -> Iterator[RequestNote]:
    wanted = dict.fromkeys((*(course for request in requests for course in request.courses), *pooled))
    for course in wanted:
        cure = offered[course]
        if cure is not None:
            yield RequestNote(student, "not offered", (course,), f"{course} has no section", cure)


def _nearest(problem: Problem, course: Course) -> str | None:
    """Return what may be meant by a course without sections; None for a course that is offered."""
    if course.parts and all(part.sections for part in course.parts):
        return None
    others = (one.id for one in problem.courses if one.sections)
    return suggest(course.id, others) or "offer a section, or ask for another course?"


def _open_times(
    course: Course, times: Mapping[str, frozenset[Time]], capacity: Capacity
) -> frozenset[Time] | None:
    """Return the times at which a course with a single meeting can be; None where the question is idle."""
    sections = course.sections
    if capacity.takes[course.id] == 0 or len(course.parts) != 1:
        return None
    found = frozenset[Time]().union(*(times[m.id] for section in sections for m in section.meetings))
    return found or None


def _collisions(
    courses: Sequence[str], open_times: Mapping[str, frozenset[Time] | None]
) -> Iterator[tuple[tuple[str, ...], tuple[Time, ...], int]]:
    placed = [(course, where) for course in courses if (where := open_times[course]) is not None]
    for tight in tight_sets([where for _, where in placed]):
        order = sorted(tight.places, key=lambda time: (time.days, time))
        yield tuple(placed[i][0] for i in tight.things), tuple(order), tight.surplus


# Findings --------------------------------------------------------------------------------------------------

_MANY_REMARKS = 25


def list_findings(facts: Facts) -> Iterator[Finding]:
    """The notes on request lists, those of one sort as one finding."""
    sorts: dict[tuple[Trouble, tuple[str, ...], int], list[RequestNote]] = defaultdict(list)
    for note in request_lists(facts.problem, facts.capacity, facts.times):
        by_course = note.trouble in {"not offered", "periods collide"}
        sorts[note.trouble, note.courses if by_course else (), _amount(note)].append(note)
    for (trouble, courses, amount), notes in sorts.items():
        who = tuple(dict.fromkeys(note.student for note in notes))
        some = counted(len(who), "student")
        asks = "asks" if len(who) == 1 else "ask"
        severity: Severity = "warning"
        cure: str | None = notes[0].suggestion
        numbers = {"students": len(who)}
        match trouble:
            case "no requests":
                text = f"{some} {asks} for nothing."
            case "few requests":
                text = f"{some} {asks} for fewer than half of the courses that are usual."
            case "many requests":
                periods = facts.capacity.periods or 0
                numbers |= {
                    "requests": amount,
                    "periods": periods,
                    "lost": len(who) * max(0, amount - periods),
                }
                text = f"{some} {asks} for {amount} courses, but there are {periods} periods."
            case "course twice":
                text = f"{some} {asks} for the same course twice ({_courses(notes)}); it is given once."
            case "own alternate":
                text = f"{some} {asks} for a course as an alternate of itself ({_courses(notes)})."
            case "idle alternate":
                severity = "info"
                text = f"{some} {asks} for an alternate that is on the list anyway ({_courses(notes)})."
            case "unused alternate":
                severity = "info"
                text = f"{some} {'names' if len(who) == 1 else 'name'} an alternate for any elective "
                text += f"({_courses(notes)}) and {asks} for core courses only."
            case "not offered":
                text = f"{some} {asks} for {courses[0]}, which has no section."
            case "periods collide":
                text = f"{some}: {notes[0].sentence}, so that each loses {counted(amount, 'request')}."
                numbers["lost"] = len(who) * amount
        one = f"student {who[0]}" if len(who) == 1 else some
        place = courses[0] if trouble == "not offered" else one
        yield Finding(severity, trouble, place, text, cure, numbers, who)


def _amount(note: RequestNote) -> int:
    return note.amount if note.trouble in {"many requests", "periods collide"} else 0


def _courses(notes: Sequence[RequestNote]) -> str:
    return listed(list(dict.fromkeys(course for note in notes for course in note.courses)))


def remarks(facts: Facts) -> Iterator[Finding]:
    """What the reader noticed; where it noticed the same thing very often, in one finding."""
    alike: dict[tuple[str | None, str | None, str | None, bool], list[Issue]] = defaultdict(list)
    for issue in facts.problem.remarks:
        alike[issue.path, issue.column, issue.cure, issue.harmless].append(issue)
    for (*_, harmless), issues in alike.items():
        severity: Severity = "info" if harmless else "warning"
        if len(issues) <= _MANY_REMARKS:
            for issue in issues:
                yield Finding(severity, "data", issue.place, issue.message, issue.cure)
            continue
        first = issues[0]
        place = ", ".join(part for part in (first.path, first.column and f"column {first.column!r}") if part)
        text = f"{len(issues)} remarks, such as: {'; '.join(issue.message for issue in issues[:3])}"
        yield Finding(severity, "data", place, text, first.cure, {"remarks": len(issues)})
