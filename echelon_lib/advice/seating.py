"""A timetable as a working copy, in which students change seats and nobody loses a course."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from echelon_lib.bounds.seats import capacities
from echelon_lib.bounds.times import allowed_times
from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled
from echelon_lib.constraints.load import DedicatedTeacher, MaximumLoad, OneTeacher, OwnDepartment
from echelon_lib.constraints.times import ForbiddenTimes
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.scoring.evaluate import evaluate

CLOSE = 0
"""Students may only take other sections of the one course, at periods in which they are free."""
OWN = 1
"""They may take their own other courses at other periods as well."""
OTHERS = 2
"""One other student may make room for each of them, too."""

_KEPT = (
    ForbiddenTimes,
    AtMostEnrolled,
    AtLeastEnrolled,
    DedicatedTeacher,
    MaximumLoad,
    OneTeacher,
    OwnDepartment,
)
"""Required rules that the copy keeps to, or that no period touches; any other ties sections to theirs."""


class Seating:
    """Who sits where in a timetable of a school, for asking what a change of sections would cost.

    A question that is answered with yes has changed the copy; one that is answered with no has not, and
    ``undo`` takes anything back. Students who are moved keep all their courses, and seats and places that
    required rules limit are kept to: what works here is a timetable that exists.

    Parameters
    ----------
    problem
        The problem of a school: each section has one meeting.
    timetable
        A timetable of it.
    """

    def __init__(self, problem: Problem, timetable: Timetable) -> None:
        self._times = problem.calendar.times
        number = {time: at for at, time in enumerate(self._times)}
        self._overlap = [
            sum(1 << b for b, other in enumerate(self._times) if time.overlaps(other)) for time in self._times
        ]
        self._meeting = {section.id: section.meetings[0].id for section in problem.sections.values()}
        self._course = {section: course.id for section, course in problem.course_of.items()}
        self._open = {course.id: [section.id for section in course.sections] for course in problem.courses}
        # Nobody is moved into a section that is at no named period.
        self._at = {
            section: number[timetable.placements[meeting].time]
            for section, meeting in self._meeting.items()
            if meeting in timetable.placements and timetable.placements[meeting].time in number
        }
        self._teachers = {one.id: problem.teachers_of(one) for one in problem.sections.values()}
        self._taught = {t.id: [s.id for s in problem.sections_of.get(t.id, ())] for t in problem.teachers}
        allowed = allowed_times(problem)
        self._allowed = {section: allowed[meeting] for section, meeting in self._meeting.items()}
        self.tied = frozenset(_tied(problem))
        """Sections on whose periods a required rule looks that is not kept to here: they stay."""

        capacity = capacities(problem)
        self._seats = dict(capacity.section)
        self._places = {tag: dict(limits) for tag, limits in capacity.tagged_section.items()}
        self._least = dict.fromkeys(problem.sections, 0)
        for rule in problem.constraints:
            if isinstance(rule, AtLeastEnrolled) and rule.enforcement.required and rule.tag is None:
                for section, least in zip(rule.scope.sections, rule.limits, strict=False):
                    self._least[section] = max(self._least[section], least)

        self._tags = {one.id: tuple(sorted(one.tags & self._places.keys())) for one in problem.students}
        self._takes: dict[str, dict[str, None]] = {student: {} for student in self._tags}
        self._sits: dict[str, dict[str, None]] = {section: {} for section in problem.sections}
        self._tagged = {tag: dict.fromkeys(problem.sections, 0) for tag in self._places}
        self._weight: dict[tuple[str, str], int] = {}
        for request in problem.requests:
            for rank, course in enumerate(request.courses):
                weight = max(0, request.weight * (10 - rank) // 10)
                key = (request.student, course)
                self._weight[key] = max(weight, self._weight.get(key, 0))
        self.waiting: dict[tuple[str, str], int] = {}
        """Students who miss a course, and what their requests for it weigh."""
        self._moving: set[str] = set()
        self._journal: list[Callable[[], object]] = []
        for student in self._tags:
            for section in sorted(timetable.enrolments.get(student, ())):
                if section in self._sits:
                    self._enter(student, section)
        for served in evaluate(problem, timetable).served:
            if served.rank is None:
                key = (served.request.student, served.request.primary)
                self.waiting[key] = self._weight[key]
        self._journal.clear()

    # What is so -----------------------------------------------------------------------------------------

    def sections_of(self, course: str) -> tuple[str, ...]:
        """Return the sections of a course that are not given up."""
        return tuple(self._open[course])

    def course_of(self, section: str) -> str:
        """Return the course of a section."""
        return self._course[section]

    def enrolled(self, section: str, tag: str | None = None) -> int:
        """Return how many students, or students with a tag that a required rule limits, sit in a section."""
        return len(self._sits[section]) if tag is None else self._tagged[tag][section]

    def limits(self, tag: str) -> bool:
        """Return whether a required rule limits students with a tag."""
        return tag in self._places

    def places(self, section: str, tag: str) -> int:
        """Return how many students with a tag that a required rule limits a section may have."""
        return self._places[tag][section]

    def students_in(self, section: str) -> tuple[str, ...]:
        """Return who sits in a section."""
        return tuple(self._sits[section])

    def is_free(self, teacher: str, time: Time) -> bool:
        """Return whether a teacher has no section at a time."""
        at = self._times.index(time)
        return not any(self._overlap[at] >> self._at[section] & 1 for section in self._placed(teacher))

    def period_of(self, section: str) -> Time | None:
        """Return when a section meets."""
        return self._times[self._at[section]] if section in self._at else None

    def timetable(self) -> Timetable:
        """Return the timetable as it stands."""
        return Timetable(
            {
                self._meeting[section]: Placement(self._times[self._at[section]])
                for sections in self._open.values()
                for section in sections
                if section in self._at
            },
            {student: frozenset(sections) for student, sections in self._takes.items()},
        )

    # Questions ------------------------------------------------------------------------------------------

    def mark(self) -> int:
        """Return a point to which ``undo`` can go back."""
        return len(self._journal)

    def undo(self, mark: int) -> None:
        """Take back every change since a point."""
        while len(self._journal) > mark:
            self._journal.pop()()

    def merge(self, section: str, into: str) -> bool:
        """Put all students of a section into another one, if each is free then and there is room."""
        mark = self.mark()
        students = self.students_in(section)
        self._close(section)
        for student in students:
            self._leave(student, section)
            if into not in self._at or not self._has_room(into, student) or self._in_the_way(student, into):
                self.undo(mark)
                return False
            self._enter(student, into)
        return True

    def give_up(self, section: str, effort: int) -> bool:
        """Give up a section, if all of its students find a seat in others."""
        mark = self.mark()
        self._close(section)
        return self._seat_anew([section], effort, mark)

    def give_up_waiting(self, section: str) -> None:
        """Give up a section; who finds no seat in another waits for one."""
        students = self._hardest_first((student, section) for student in self._sits[section])
        self._close(section)
        for student, _ in students:
            self._leave(student, section)
        for student, _ in students:
            self._seat_or_wait(student, self._course[section])

    def shift(self, section: str, time: Time) -> None:
        """Put a section at another time; who cannot come then takes another seat in the course, or waits.

        A section of the same teacher at that time changes places with it.
        """
        before = self._times[self._at[section]]
        partners = self._partners(section, self._times.index(time))
        self._put(section, time)
        for partner in partners:
            self._put(partner, before)
        moved = [section, *partners]
        up = [(one, s) for s in moved for one in self._sits[s] if len(self._in_the_way(one, s)) > 1]
        for student, old in up:
            if old in self._takes[student] and len(self._in_the_way(student, old)) > 1:
                self._leave(student, old)
                self._seat_or_wait(student, self._course[old])

    def retry(self, effort: int, keys: Iterable[tuple[str, str]]) -> None:
        """Seat those of some students who wait, as far as there is a seat by now."""
        for student, course in keys:
            if (student, course) in self.waiting and self._seat(student, course, effort, set()):
                self._wait_no_more(student, course)

    def ways_out(self, student: str, course: str) -> Iterator[tuple[str, Time]]:
        """Yield which section could go to which time so that a student may find a seat in a course."""
        for section in self._open[course]:
            if section not in self._at:
                continue
            for at in self._goals(section):
                mask = self._overlap[at]
                if sum(mask >> self._at[one] & 1 for one in self._takes[student] if one in self._at) <= 1:
                    yield section, self._times[at]
            block = self._in_the_way(student, section)
            if len(block) == 1:
                for at in self._goals(block[0]):
                    yield block[0], self._times[at]

    def move(self, section: str, time: Time, effort: int) -> bool:
        """Put a section at another time, if all of its students find a seat in their courses again."""
        mark = self.mark()
        self._put(section, time)
        return self._seat_anew([section], effort, mark)

    def take_in(self, student: str, section: str, effort: int) -> bool:
        """Seat a student in a section, instead of any other of its course, if nobody loses a course by it."""
        mark = self.mark()
        course = self._course[section]
        for old in [one for one in self._takes[student] if self._course[one] == course]:
            self._leave(student, old)
        if not self._seat(student, course, effort, set(), (section,)):
            self.undo(mark)
            return False
        if (student, course) in self.waiting:
            self._wait_no_more(student, course)
        return True

    def limit(self, course: str, tag: str, most: int) -> bool:
        """Have so many students with a tag, at most, in each section of a course, if all find a seat."""
        mark = self.mark()
        places, tagged = self._places[tag], self._tagged[tag]
        for section in self._open[course]:
            self._journal.append(partial(places.__setitem__, section, places[section]))
            places[section] = min(most, places[section])
        for section in self._open[course]:
            for student in [one for one in self._sits[section] if tag in self._tags[one]]:
                if tagged[section] > places[section]:
                    back = self.mark()
                    self._leave(student, section)
                    if not self._seat(student, course, OTHERS, set()):
                        self.undo(back)
            if tagged[section] > places[section]:
                self.undo(mark)
                return False
        return True

    def open(self, section: str, like: str, teacher: str, time: Time) -> None:
        """Open a section with the seats of another one of the course."""
        course = self._course[like]
        self._course[section] = course
        self._meeting[section] = section
        self._at[section] = self._times.index(time)
        self._allowed[section] = self._allowed[like]
        self._seats[section], self._least[section] = self._seats[like], 0
        self._sits[section] = {}
        for tag, places in self._places.items():
            places[section], self._tagged[tag][section] = places[like], 0
        self._teachers[section] = (teacher,)
        self._taught[teacher].append(section)
        self._journal.append(self._taught[teacher].pop)
        self._open[course].append(section)
        self._journal.append(self._open[course].pop)

    def reassign(self, section: str, teacher: str) -> None:
        """Give a section to another teacher, for good."""
        for before in self._teachers[section]:
            self._taught[before].remove(section)
        self._teachers[section] = (teacher,)
        self._taught[teacher].append(section)

    # Steps ----------------------------------------------------------------------------------------------

    def _placed(self, teacher: str) -> Iterator[str]:
        """Yield the sections of a teacher that have a period."""
        for section in self._taught[teacher]:
            if section in self._at and section in self._open[self._course[section]]:
                yield section

    def _partners(self, section: str, at: int) -> list[str]:
        """Return the sections of the same teacher that are in the way of a section at a time."""
        return [
            other
            for teacher in self._teachers[section]
            for other in self._placed(teacher)
            if other != section and self._overlap[at] >> self._at[other] & 1
        ]

    def _goals(self, section: str) -> Iterator[int]:
        """Yield to which times a section could go, perhaps by changing places with another of its teacher."""
        if section in self.tied or section not in self._at:
            return
        here = self._at[section]
        for at, time in enumerate(self._times):
            if at == here or time not in self._allowed[section]:
                continue
            partners = self._partners(section, at)
            if not partners or (
                len(partners) == 1
                and self._at[partners[0]] == at
                and partners[0] not in self.tied
                and self._times[here] in self._allowed[partners[0]]
                and self._teachers[partners[0]] == self._teachers[section]
            ):
                yield at

    def _has_room(self, section: str, student: str) -> bool:
        return len(self._sits[section]) < self._seats[section] and all(
            self._tagged[tag][section] < self._places[tag][section] for tag in self._tags[student]
        )

    def _in_the_way(self, student: str, section: str) -> list[str]:
        """Return what the student takes at the time of a section."""
        mask, at, never = self._overlap[self._at[section]], self._at, len(self._times)
        return [one for one in self._takes[student] if mask >> at.get(one, never) & 1]

    def _enter(self, student: str, section: str) -> None:
        self._takes[student][section] = None
        self._sits[section][student] = None
        for tag in self._tags[student]:
            self._tagged[tag][section] += 1
        self._journal.append(partial(self._remove, student, section))

    def _leave(self, student: str, section: str) -> None:
        self._remove(student, section)
        self._journal.append(partial(self._enter_again, student, section))

    def _remove(self, student: str, section: str) -> None:
        del self._takes[student][section]
        del self._sits[section][student]
        for tag in self._tags[student]:
            self._tagged[tag][section] -= 1

    def _enter_again(self, student: str, section: str) -> None:
        self._enter(student, section)
        self._journal.pop()

    def _close(self, section: str) -> None:
        members = self._open[self._course[section]]
        place = members.index(section)
        del members[place]
        self._journal.append(partial(members.insert, place, section))

    def _put(self, section: str, time: Time) -> None:
        self._journal.append(partial(self._at.__setitem__, section, self._at[section]))
        self._at[section] = self._times.index(time)

    def _hardest_first(self, up: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Sort students with a section: those with a counted tag first, then those with most courses."""
        return sorted(up, key=lambda one: (-len(self._tags[one[0]]), -len(self._takes[one[0]]), one))

    def _seat_or_wait(self, student: str, course: str) -> None:
        if not self._seat(student, course, OWN, set()):
            self.waiting[student, course] = self._weight.get((student, course), 1)
            self._journal.append(partial(self.waiting.pop, (student, course)))

    def _wait_no_more(self, student: str, course: str) -> None:
        weight = self.waiting.pop((student, course))
        self._journal.append(partial(self.waiting.__setitem__, (student, course), weight))

    def _seat_anew(self, sections: Iterable[str], effort: int, mark: int) -> bool:
        """Seat all students of sections of a course, or else go back to a point."""
        up = self._hardest_first((student, one) for one in sections for student in self._sits[one])
        for student, section in up:
            self._leave(student, section)
        for student, section in up:
            if not self._seat(student, self._course[section], effort, set()):
                self.undo(mark)
                return False
        return True

    def _seat(
        self, student: str, course: str, effort: int, tried: set[int], sections: Iterable[str] | None = None
    ) -> bool:
        """Seat a student in a course along an augmenting path; ``tried`` are the times it came through."""
        roomy: list[tuple[int, str, list[str]]] = []
        full: list[tuple[str, list[str]]] = []
        for section in self._open[course] if sections is None else sections:
            if section not in self._at:
                continue
            block = self._in_the_way(student, section)
            if self._has_room(section, student):
                roomy.append((len(self._sits[section]) - self._seats[section], section, block))
            elif len(block) <= 1:
                full.append((section, block))
        direct = [one for one in roomy if not one[2]]
        if direct:
            self._enter(student, min(direct)[1])
            return True
        if effort >= OWN:
            for _, section, block in sorted(roomy):
                if self._pushed(student, section, block, effort, tried):
                    return True
        if effort >= OTHERS:
            for section, block in full:
                mark = self.mark()
                if self._made_room(student, section):
                    if not block:
                        self._enter(student, section)
                        return True
                    if self._pushed(student, section, block, OWN, tried):
                        return True
                    self.undo(mark)
        return False

    def _pushed(self, student: str, section: str, block: list[str], effort: int, tried: set[int]) -> bool:
        """Seat a student in a section whose time is taken by one other course, which goes elsewhere."""
        at = self._at[section]
        if len(block) != 1 or at in tried or len(self._sits[block[0]]) <= self._least[block[0]]:
            return False
        tried.add(at)
        mark = self.mark()
        self._leave(student, block[0])
        self._enter(student, section)
        if self._seat(student, self._course[block[0]], effort, tried):
            return True
        self.undo(mark)
        return False

    def _made_room(self, student: str, section: str) -> bool:
        """Have somebody else in a section take another one of the course, so that a student has room."""
        self._moving.add(student)
        try:
            for other in self.students_in(section):
                if other in self._moving:
                    continue
                mark = self.mark()
                self._leave(other, section)
                if self._has_room(section, student):
                    others = [one for one in self._open[self._course[section]] if one != section]
                    if self._seat(other, self._course[section], OWN, set(), others):
                        return True
                self.undo(mark)
            return False
        finally:
            self._moving.discard(student)


def _tied(problem: Problem) -> Iterator[str]:
    """Yield the sections on whose periods a required rule looks that is not simply about single times."""
    for rule in problem.constraints:
        if not rule.enforcement.required or isinstance(rule, _KEPT):
            continue
        for meeting in rule.scope.meetings:
            yield problem.section_of[meeting].id
        for section in problem.sections_of.get(rule.scope.attendee or "", ()):
            yield section.id
