"""A school's problem as small integers and bit masks, for searches that look at single students."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from echelon_lib.constraints.enrolment import AtMostEnrolled, KeptIn, OnlyFor
from echelon_lib.constraints.spread import EvenDays, NotConsecutive
from echelon_lib.constraints.times import FreeTimes
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.scoring.evaluate import serve
from echelon_lib.solvers.reduce import Reduction


class Board:
    """Sections, teachers and students by number; a set of periods is a bit mask.

    Parameters
    ----------
    problem
        A problem whose sections have one meeting each at named periods.
    """

    def __init__(self, problem: Problem) -> None:
        reduction = Reduction(problem)
        self.problem = problem
        self.times: tuple[Time, ...] = problem.calendar.times
        self.section_ids = list(problem.sections)
        self.course_ids = [course.id for course in problem.courses]
        course_at = {course: number for number, course in enumerate(self.course_ids)}
        section_at = {section: number for number, section in enumerate(self.section_ids)}
        self.course = [course_at[problem.course_of[s].id] for s in self.section_ids]
        self.members: list[list[int]] = [[] for _ in self.course_ids]
        for section, course in enumerate(self.course):
            self.members[course].append(section)

        away: dict[str, frozenset[Time]] = {}
        for group in reduction.classes:
            away.update((teacher, group.times) for teacher in group.teachers)
        self.teacher = [-1] * len(self.section_ids)
        self.teaches: list[list[int]] = []
        for sections in problem.sections_of.values():
            numbers = [section_at[section.id] for section in sections]
            for number in numbers:
                self.teacher[number] = len(self.teaches)
            self.teaches.append(numbers)
        self.allowed: list[int] = []
        for id in self.section_ids:
            type_ = reduction.type[id]
            holders = [away[attendee] for attendee in problem.sections[id].attendees if attendee in away]
            self.allowed.append(
                sum(
                    1 << number
                    for number, time in enumerate(self.times)
                    if time in type_.times and all(time in free for free in holders)
                )
            )
        # Required limits on how many sections of a scope are at one time.
        self.at_most: list[tuple[int, frozenset[int]]] = [
            (rule.limit, frozenset(section_at[problem.section_of[m].id] for m in rule.scope.meetings))
            for rule in reduction.per_time
            if rule.enforcement.required
        ]
        self.limited_by: list[list[int]] = [[] for _ in self.section_ids]
        for number, (_, scope) in enumerate(self.at_most):
            for section in scope:
                self.limited_by[section].append(number)
        # Required limits on a teacher's day: the periods of each day, and how many sections fit into one.
        calendar = problem.calendar
        self.day_masks = [
            sum(1 << number for number, time in enumerate(self.times) if day in calendar.days_of(time))
            for day in range(len(calendar.days))
        ]
        even = {
            rule.scope.attendee
            for rule in reduction.rules
            if isinstance(rule, EvenDays) and rule.enforcement.required
        }
        self.most_a_day = [
            -(-len(numbers) // max(1, len(calendar.days))) if teacher in even else len(self.times)
            for teacher, numbers in zip(problem.sections_of, self.teaches, strict=True)
        ]
        # Periods next to each period on the same day, and the sections a rule wants apart.
        self.next_to = next_to(self.times)
        apart = {
            (rule.scope.attendee, rule.tag)
            for rule in problem.constraints
            if isinstance(rule, NotConsecutive) and rule.enforcement.mode != "off"
        }
        # For each section those that a required rule keeps from the periods next to it.
        self.never_next: list[frozenset[int]] = [frozenset() for _ in self.section_ids]
        for rule in reduction.rules:
            if isinstance(rule, NotConsecutive) and rule.enforcement.required:
                sections = problem.sections_of.get(rule.scope.attendee or "", ())
                tagged = frozenset(section_at[s.id] for s in sections if rule.tag in s.tags)
                for number in tagged:
                    self.never_next[number] |= tagged - {number}
        self.wants_apart = [
            any(
                (who, tag) in apart
                for who in problem.sections[s].attendees
                for tag in problem.sections[s].tags
            )
            for s in self.section_ids
        ]

        # Seats, and places for students with a counted tag, as far as they are required.
        self.seats: list[int] = []
        self.tag_places: list[dict[str, int]] = []
        for id in self.section_ids:
            kind = reduction.kind[id]
            seats = kind.seats if problem.policy.seats.required else len(problem.students)
            places: dict[str, int] = {}
            for number, limit in kind.limits:
                rule = reduction.enrolment[number]
                if not rule.enforcement.required or not isinstance(rule, AtMostEnrolled):
                    continue
                if rule.tag is None:
                    seats = min(seats, limit)
                else:
                    places[rule.tag] = min(limit, places.get(rule.tag, limit))
            self.seats.append(seats)
            self.tag_places.append(places)

        counted = set(reduction.tags)
        self.students = list(problem.requests_of)
        self._look_at_students(section_at)
        self.tags = [tuple(sorted(problem.student[s].tags & counted)) for s in self.students]
        # The (weight, course) of each student's requests, the heaviest first; equal lists are one pattern.
        self.wants: list[tuple[tuple[int, int], ...]] = []
        for number, id in enumerate(self.students):
            asked: dict[int, int] = {}
            for request in problem.requests_of[id]:
                course = course_at[request.primary]
                if any(self.admits(number, section) for section in self.members[course]):
                    asked.setdefault(course, request.weight)
            heaviest = sorted(asked.items(), key=lambda item: -item[1])
            self.wants.append(tuple((weight, course) for course, weight in heaviest))
        self.patterns = Counter(self.wants)

    def _look_at_students(self, section_at: Mapping[str, int]) -> None:
        """Take what required rules say of single students, and what follows of it for sections."""
        student_at = {id: number for number, id in enumerate(self.students)}
        # For each section the only students whom it is for; None where it is for everybody.
        self.only_for: list[frozenset[int] | None] = [None] * len(self.section_ids)
        # For each student the periods kept free, as a mask, and the sections to be kept in.
        self.closed = [0] * len(self.students)
        self.kept: list[tuple[int, ...]] = [()] * len(self.students)
        for rule in self.problem.constraints:
            if not rule.enforcement.required:
                continue
            if isinstance(rule, OnlyFor):
                some = frozenset(student_at[id] for id in rule.students if id in student_at)
                for id in rule.scope.sections:
                    before = self.only_for[section_at[id]]
                    self.only_for[section_at[id]] = some if before is None else before & some
            elif isinstance(rule, FreeTimes) and rule.student in student_at:
                self.closed[student_at[rule.student]] |= sum(
                    1 << number
                    for number, time in enumerate(self.times)
                    if any(time.overlaps(other) for other in rule.times)
                )
            elif isinstance(rule, KeptIn) and rule.student in student_at:
                student, section = student_at[rule.student], section_at[rule.section]
                if section not in self.kept[student]:
                    self.kept[student] = (*self.kept[student], section)
        # For each section those in which a student of it is kept as well: never at the same period.
        together: list[set[int]] = [set() for _ in self.section_ids]
        clash = self.problem.policy.clash_of("student").required
        for student, sections in enumerate(self.kept):
            for section in sections:
                self.allowed[section] &= ~self.closed[student]
                if clash:
                    together[section].update(sections)
        self.never_with = [frozenset(some - {number}) for number, some in enumerate(together)]

    def admits(self, student: int, section: int) -> bool:
        """Return whether no required rule keeps a student out of a section."""
        some = self.only_for[section]
        return some is None or student in some

    def wanted_beside(self, student: int, sections: Sequence[int]) -> list[int]:
        """Return the courses that a student still asks for first who has some sections already."""
        if not sections:
            return [course for _, course in self.wants[student]]
        name = self.students[student]
        taken = {self.course_ids[self.course[section]] for section in sections}
        served = serve(self.problem.requests_of[name], self.problem.pooled.get(name, ()), taken)
        left = {one.request.primary for one in served if one.course is None} - taken
        return [course for _, course in self.wants[student] if self.course_ids[course] in left]

    def meets_another(self, section: int, at: int, period: Sequence[int]) -> bool:
        """Return whether a section would meet at once with one in which a student of it is kept."""
        return any(period[other] == at for other in self.never_with[section])

    def day_has_room(self, section: int, at: int, period: Sequence[int]) -> bool:
        """Return whether a section may join its teacher's others on the days of a period.

        Sections are counted, not periods: a teacher who may clash can hold two at one time.
        """
        teacher = self.teacher[section]
        if teacher < 0:
            return True
        others = [period[s] for s in self.teaches[teacher] if s != section and period[s] >= 0]
        days = (day for day in self.day_masks if day >> at & 1)
        return all(sum(day >> o & 1 for o in others) < self.most_a_day[teacher] for day in days)

    def is_next(self, section: int, at: int, period: Sequence[int]) -> bool:
        """Return whether a section at a period would be next to one from which it must be kept."""
        return any(period[s] >= 0 and self.next_to[at] >> period[s] & 1 for s in self.never_next[section])

    def timetable(self, period: list[int], enrolments: Mapping[int, set[int]] | None = None) -> Timetable:
        """Return the timetable of section periods (-1 where unplaced) and of sections by student."""
        placements = {
            self.problem.sections[id].meetings[0].id: Placement(self.times[at])
            for id, at in zip(self.section_ids, period, strict=True)
            if at >= 0
        }
        taken = {
            self.students[student]: frozenset(self.section_ids[section] for section in sections)
            for student, sections in (enrolments or {}).items()
        }
        everyone = {student.id: taken.get(student.id, frozenset()) for student in self.problem.students}
        return Timetable(placements, everyone)

    def periods(self, timetable: Timetable) -> list[int]:
        """Return the period of each section in a timetable, -1 where it has none of the named ones."""
        at = {time: number for number, time in enumerate(self.times)}
        found: list[int] = []
        for id in self.section_ids:
            placement = timetable.placements.get(self.problem.sections[id].meetings[0].id)
            found.append(-1 if placement is None else at.get(placement.time, -1))
        return found


def next_to(times: Sequence[Time]) -> list[int]:
    """Return the times right before or after each one on the same day, as a mask."""
    return [
        sum(1 << b for b, other in enumerate(times) if time.precedes(other) or other.precedes(time))
        for time in times
    ]


def bits(mask: int) -> list[int]:
    """Return the numbers of the bits of a mask, the lowest first."""
    return [number for number in range(mask.bit_length()) if mask >> number & 1]


def can_match(masks: list[int]) -> bool:
    """Return whether each mask can have a bit of its own."""
    owner: dict[int, int] = {}

    def seat(one: int, seen: set[int]) -> bool:
        for bit in bits(masks[one]):
            if bit not in seen:
                seen.add(bit)
                if bit not in owner or seat(owner[bit], seen):
                    owner[bit] = one
                    return True
        return False

    return all(seat(one, set()) for one in range(len(masks)))
