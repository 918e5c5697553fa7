"""What can be said in sentences about a section, a student, a teacher, a course or a room of a timetable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from echelon_lib.constraints.base import View, Violation
from echelon_lib.constraints.enrolment import AtMostEnrolled, OnlyFor
from echelon_lib.constraints.times import ForbiddenTimes, FreeTimes
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.errors import DataError, Issue, suggest
from echelon_lib.domain.offerings import Course, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.places import Room
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import UNMET, Evaluation, Served, evaluate

_OF_STUDENTS = {UNMET, "enrolment", "student clash"}
_SHOWN = 6  # sections of a course whose refusal is told one by one


@dataclass(frozen=True, slots=True)
class Explanation:
    """Facts about one thing.

    Parameters
    ----------
    id
        Identifier that was asked for.
    kinds
        What carries it: ``section``, ``course``, ``teacher``, ``group``, ``student`` or ``room``.
    facts
        Sentences. Those about a student are personal data: shown to the user, never logged.
    """

    id: str
    kinds: tuple[str, ...]
    facts: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join([f"{self.id} ({', '.join(self.kinds)})", *(f"- {fact}" for fact in self.facts)])


def explain(problem: Problem, timetable: Timetable, id: str) -> Explanation:
    """Say in sentences how something came out and which rules it breaks.

    Parameters
    ----------
    problem
        The problem.
    timetable
        Any timetable, complete or not.
    id
        Identifier of a section, meeting, course, teacher, group, student or room; where several carry it,
        all of them are explained.

    Raises
    ------
    DataError
        When nothing has this identifier; the nearest one is suggested.
    """
    seen = _Seen(problem, timetable)
    told: list[tuple[str, Iterator[str]]] = []
    section = problem.sections.get(id) or problem.section_of.get(id)
    if section is not None:
        told.append(("section", seen.section(section)))
    if id in problem.course:
        told.append(("course", seen.course(problem.course[id])))
    if id in problem.attendee:
        told.append((problem.attendee[id].word, seen.attendee(problem.attendee[id])))
    if id in problem.student:
        told.append(("student", seen.student(problem.student[id])))
    if id in problem.room:
        told.append(("room", seen.room(problem.room[id])))
    if not told:
        known = [*problem.sections, *problem.course, *problem.attendee, *problem.student, *problem.room]
        text = f"no section, course, teacher, student or room is called {id!r}"
        raise DataError([Issue(text, value=id, cure=suggest(id, known))])
    return Explanation(
        id, tuple(kind for kind, _ in told), tuple(fact for _, facts in told for fact in facts)
    )


class _Seen:
    """A timetable with everything that explanations look up."""

    def __init__(self, problem: Problem, timetable: Timetable) -> None:
        self.problem = problem
        self.timetable = timetable
        self.view = View(problem, timetable)
        self.evaluation: Evaluation = evaluate(problem, timetable)

    # Things ------------------------------------------------------------------------------------------------

    def section(self, section: Section) -> Iterator[str]:
        course = self.problem.course_of[section.id]
        teachers = self.problem.teachers_of(section)
        by = f"taught by {', '.join(teachers)}" if teachers else "without a teacher"
        department = f" in {section.department}" if section.department else ""
        yield f"{section.id} is a section of {course.id}{department}, {by}."
        for meeting in section.meetings:
            name = section.id if len(section.meetings) == 1 else meeting.id
            placement = self.view.placement(meeting.id)
            if placement is None:
                yield f"{name} has no period."
            else:
                room = f" in room {placement.room}" if placement.room else ""
                yield f"{name} is in {self.view.time_name(placement.time)}{room}."
        enrolled = self.view.enrolled(section.id)
        if section.seats is None:
            yield f"{_count(enrolled, 'student')} enrolled; seats are not limited."
        else:
            share = f" ({100 * enrolled / section.seats:.0f} %)" if section.seats else ""
            yield f"{enrolled} of {_count(section.seats, 'seat')} are taken{share}."
        tags: Counter[str] = Counter()
        for student in self.view.students_in[section.id]:
            if student in self.problem.student:
                tags.update(self.problem.student[student].tags)
        yield from (f"{tag} students: {count}." for tag, count in sorted(tags.items()))
        yield self._demand(course)
        yield from self._broken(v for v in self._violations() if section.id in v.who and v.rule != UNMET)

    def course(self, course: Course) -> Iterator[str]:
        sections = course.sections
        if not sections:
            yield f"{course.id} is not offered: it has no section."
        for section in sections:
            placed = [self.view.placement(meeting.id) for meeting in section.meetings]
            when = ", ".join("no period" if one is None else self.view.time_name(one.time) for one in placed)
            enrolled = self.view.enrolled(section.id)
            filled = (
                _count(enrolled, "student")
                if section.seats is None
                else f"{enrolled} of {section.seats} seats taken"
            )
            yield f"{section.id}: {when or 'no meeting'}, {filled}."
        yield self._demand(course)
        served = [one for one in self.evaluation.served if one.request.primary == course.id]
        if served:
            met = sum(one.rank == 0 for one in served)
            other = sum(one.rank is not None and one.rank > 0 for one in served)
            yield f"{met} of {len(served)} requests for it are met, {other} are served by an alternate."
        inside = {section.id for section in sections}
        concerned = (v for v in self._violations() if inside & set(v.who) and v.rule not in _OF_STUDENTS)
        yield from self._broken(concerned)

    def attendee(self, attendee: Attendee) -> Iterator[str]:
        problem, calendar = self.problem, self.problem.calendar
        sections = problem.sections_of.get(attendee.id, ())
        of = f" of {attendee.department}" if attendee.department else ""
        yield f"{attendee.id} is a {attendee.word}{of} with {_count(len(sections), 'section')}."
        days: Counter[int] = Counter()
        for placement, section in self.view.placed_of(attendee.id):
            days.update(calendar.days_of(placement.time))
            yield f"{calendar.name(placement.time)}: {problem.course_of[section.id].id} ({section.id})."
        for section in sections:
            if any(self.view.placement(meeting.id) is None for meeting in section.meetings):
                yield f"No period yet: {problem.course_of[section.id].id} ({section.id})."
        away = [
            time
            for rule in problem.constraints
            if isinstance(rule, ForbiddenTimes) and rule.scope.attendee == attendee.id
            if rule.enforcement.mode != "off"
            for time in rule.times
        ]
        if away:
            yield f"{attendee.id} is not available in {', '.join(map(calendar.name, _in_order(away)))}."
        if len(calendar.days) > 1 and sections:
            load = ", ".join(f"{days[index]} on day {name}" for index, name in enumerate(calendar.days))
            yield f"Sections by day: {load}."
        concerned = (v for v in self._violations() if attendee.id in v.who and v.rule not in _OF_STUDENTS)
        yield from self._broken(concerned)

    def student(self, student: Attendee) -> Iterator[str]:
        problem = self.problem
        tags = f" ({', '.join(sorted(student.tags))})" if student.tags else ""
        served = [one for one in self.evaluation.served if one.request.student == student.id]
        met, filled = sum(one.rank == 0 for one in served), sum(one.rank is not None for one in served)
        requests = _count(len(served), "request")
        yield f"Student {student.id}{tags} has {met} of {requests} met and {filled} filled."
        lines: list[tuple[int, Time, str]] = []
        unplaced: list[str] = []
        for name in sorted(self.timetable.enrolments.get(student.id, ())):
            section = problem.sections.get(name)
            if section is None:
                continue
            teachers = ", ".join(problem.teachers_of(section))
            what = f"{problem.course_of[name].id} ({', '.join(filter(None, (name, teachers)))})"
            for meeting in section.meetings:
                placement = self.view.placement(meeting.id)
                if placement is None:
                    unplaced.append(what)
                else:
                    lines.append((placement.time.days, placement.time, what))
        yield from (f"{self.view.time_name(time)}: {what}." for _, time, what in sorted(lines))
        yield from (f"No period yet: {what}." for what in unplaced)
        for one in served:
            if one.course is None:
                yield f"{one.request.primary} is not met: {self._refusal(student, one)}."
            elif one.rank:
                yield f"{one.request.primary} is served by {one.course}, alternate {one.rank}."
        rules = _OF_STUDENTS - {UNMET}
        yield from self._broken(v for v in self._violations() if student.id in v.who and v.rule in rules)

    def room(self, room: Room) -> Iterator[str]:
        yield f"Room {room.id} has {_count(room.capacity, 'seat')}."
        used = [
            (placement.time.days, placement.time, meeting)
            for meeting, placement in self.timetable.placements.items()
            if placement.room == room.id and meeting in self.problem.meetings
        ]
        for _, time, meeting in sorted(used):
            section = self.problem.section_of[meeting].id
            yield f"{self.view.time_name(time)}: {self.problem.course_of[section].id} ({meeting})."
        yield from self._broken(
            v for v in self._violations() if room.id in v.who and v.rule not in _OF_STUDENTS
        )

    # Sentences ---------------------------------------------------------------------------------------------

    def _violations(self) -> Iterator[Violation]:
        return self.evaluation.violations()

    def _broken(self, violations: Iterable[Violation]) -> Iterator[str]:
        for one in violations:
            kind = "Required" if one.enforcement.required else f"Costs {one.cost}"
            yield f"{kind} ({one.rule}): {one.sentence}"

    def _demand(self, course: Course) -> str:
        first = {one.student for one in self.problem.requests if one.primary == course.id}
        later = {one.student for one in self.problem.requests if course.id in one.courses[1:]} - first
        seats = sum(section.seats or 0 for section in course.sections)
        also = f" and {len(later)} as an alternate" if later else ""
        sections = _count(len(course.sections), "section")
        asks = "asks" if len(first) == 1 else "ask"
        students = _count(len(first), "student")
        return (
            f"{students} {asks} for {course.id} first{also}; {sections} with {_count(seats, 'seat')} in all."
        )

    def _refusal(self, student: Attendee, one: Served) -> str:
        """Say why the course asked for first has no place for the student, section by section."""
        sections = self.problem.course[one.request.primary].sections
        if not sections:
            return "it has no section"
        if any(s.id in self.timetable.enrolments.get(student.id, ()) for s in sections):
            return "it is taken, but serves another request"
        reasons = [f"{section.id} {self._closed(student, section)}" for section in sections[:_SHOWN]]
        if len(sections) > _SHOWN:
            reasons.append(f"{len(sections) - _SHOWN} more sections")
        return "; ".join(reasons)

    def _closed(self, student: Attendee, section: Section) -> str:
        policy, count = self.problem.policy, self.view.enrolled(section.id)
        if policy.seats.required and section.seats is not None and count >= section.seats:
            return "is full"
        for rule in self.problem.constraints:
            if not rule.enforcement.required:
                continue
            if isinstance(rule, OnlyFor) and section.id in rule.scope.sections:
                if student.id not in rule.students:
                    return f"is for {rule.reason} only ({rule.name})"
            elif isinstance(rule, FreeTimes) and rule.student == student.id:
                times = [p.time for m in section.meetings if (p := self.view.placement(m.id)) is not None]
                if any(time.overlaps(other) for time in times for other in rule.times):
                    return f"meets when the student is kept free ({rule.reason or rule.name})"
            if not isinstance(rule, AtMostEnrolled):
                continue
            if rule.tag is not None and rule.tag not in student.tags:
                continue
            for name, limit in zip(rule.scope.sections, rule.limits, strict=False):
                if name == section.id and self.view.enrolled(name, rule.tag) >= limit:
                    return f"has no {rule.tag} seat left" if rule.tag else f"is full ({rule.name})"
        for meeting in section.meetings:
            placement = self.view.placement(meeting.id)
            if placement is None:
                return "has no period"
            busy = self._busy(student.id, placement.time)
            if busy is not None:
                return f"in {self.view.time_name(placement.time)} clashes with {busy}"
        return "has a free seat and no clash"

    def _busy(self, student: str, time: Time) -> str | None:
        for name in sorted(self.timetable.enrolments.get(student, ())):
            for meeting in self.problem.sections[name].meetings if name in self.problem.sections else ():
                placement = self.view.placement(meeting.id)
                if placement is not None and placement.time.overlaps(time):
                    return self.problem.course_of[name].id
        return None


def _in_order(times: Iterable[Time]) -> list[Time]:
    return sorted(set(times), key=lambda time: (time.days, time))


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
