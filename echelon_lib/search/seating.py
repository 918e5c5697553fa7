"""Seats for students at given periods: chains of moves, so that a new seat costs nobody another one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from echelon_lib.constraints.enrolment import AtLeastEnrolled
from echelon_lib.domain.offerings import Request
from echelon_lib.scoring.evaluate import Served, alternates, serve
from echelon_lib.search.board import Board

LONGEST_CHAIN = 3
"""Most students who move, one after the other, for one seat."""
MOST_TRIES = 1_000
"""Students for whom a seat is looked for so that one gets one; a large course has too many chains for all."""


class Seating:
    """Students in sections whose periods are given, and the moves that make room for one more.

    Parameters
    ----------
    board
        The school.
    period
        The period of each section, -1 where it has none; nobody is seated there.
    """

    def __init__(self, board: Board, period: Sequence[int]) -> None:
        self.board = board
        self.period = period
        self.clash = board.problem.policy.clash_of("student").mode
        self.free = list(board.seats)
        self.places = [dict(by_tag) for by_tag in board.tag_places]
        self.inside: list[set[int]] = [set() for _ in period]
        # The section of each course that a student takes.
        self.takes: list[dict[int, int]] = [{} for _ in board.students]
        self._course_at = {course: number for number, course in enumerate(board.course_ids)}
        self._trail: list[tuple[int, int, bool]] = []
        self._tried: set[tuple[int, int]] = set()
        self._left = 0

    # One student in one section ----------------------------------------------------------------------------

    def put(self, student: int, section: int) -> None:
        """Seat a student, whether that fits or not."""
        self._count(student, section, 1)

    def take(self, student: int, section: int) -> None:
        """Take a student out of a section."""
        self._count(student, section, -1)

    def _count(self, student: int, section: int, step: int) -> None:
        if step > 0:
            self.takes[student][self.board.course[section]] = section
            self.inside[section].add(student)
        else:
            del self.takes[student][self.board.course[section]]
            self.inside[section].discard(student)
        self.free[section] -= step
        for tag in self.board.tags[student]:
            if tag in self.places[section]:
                self.places[section][tag] -= step
        self._trail.append((student, section, step > 0))

    def _undo(self, mark: int) -> None:
        while len(self._trail) > mark:
            student, section, seated = self._trail.pop()
            self._count(student, section, -1 if seated else 1)
            self._trail.pop()

    def fits(self, student: int, section: int) -> bool:
        """Return whether a section has a seat, and a place for each counted tag, for one student more."""
        places = self.places[section]
        return self.free[section] > 0 and all(places.get(tag, 1) > 0 for tag in self.board.tags[student])

    def may(self, student: int, section: int) -> bool:
        """Return whether a section is for a student, who is not kept free when it meets."""
        at = self.period[section]
        return self.board.admits(student, section) and not (at >= 0 and self.board.closed[student] >> at & 1)

    def stays(self, student: int, section: int) -> bool:
        """Return whether a student is kept in a section."""
        return section in self.board.kept[student]

    def blockers(self, student: int, section: int) -> list[int]:
        """Return the sections of a student at the period of a section."""
        at = self.period[section]
        return [one for one in self.takes[student].values() if self.period[one] == at and one != section]

    # Chains ------------------------------------------------------------------------------------------------

    def seat(self, student: int, course: int) -> bool:
        """Seat a student in a section of a course by the shortest chain of moves; nobody loses a course."""
        # Whoever makes room moves within the course, so that it needs a free seat somewhere.
        if not any(self.free[s] > 0 and self.period[s] >= 0 for s in self.board.members[course]):
            return False
        for length in range(LONGEST_CHAIN + 1):
            self._begin()
            if self._seat(student, course, length):
                return True
        return False

    def _begin(self) -> None:
        self._tried.clear()
        self._left = MOST_TRIES

    def _seat(self, student: int, course: int, length: int) -> bool:
        self._left -= 1
        if self._left < 0:
            return False
        mine = () if self.clash == "off" else self.takes[student].values()
        busy = Counter(self.period[section] for section in mine)
        ways = [
            (busy[at], -self.free[section], section)
            for section in self.board.members[course]
            if (at := self.period[section]) >= 0 and busy[at] <= length and self.may(student, section)
        ]
        for _, _, section in sorted(ways):
            if (student, section) in self._tried:
                continue
            self._tried.add((student, section))
            mark = len(self._trail)
            if self._settle(student, section, length):
                return True
            self._undo(mark)
        return False

    def _in_the_way(self, student: int, section: int) -> list[int]:
        return [] if self.clash == "off" else self.blockers(student, section)

    def _settle(self, student: int, section: int, length: int) -> bool:
        """Seat a student in a section and move on whoever is in the way."""
        in_the_way = self._in_the_way(student, section)
        fits = self.fits(student, section)
        if (in_the_way or not fits) and length == 0:
            return False
        if any(self.stays(student, other) for other in in_the_way):
            return False
        for other in in_the_way:
            self.take(student, other)
        self.put(student, section)
        for other in in_the_way:
            if not self._seat(student, self.board.course[other], length - 1):
                return False
        return fits or self._make_room(student, section, length)

    def _make_room(self, student: int, section: int, length: int) -> bool:
        """Move students of an overfilled section to its sisters until it holds what it may."""
        course = self.board.course[section]
        while True:
            over = {tag for tag, left in self.places[section].items() if left < 0}
            if self.free[section] >= 0 and not over:
                return True
            for one in sorted(self.inside[section] - {student}):
                if self.stays(one, section) or (over and not over.intersection(self.board.tags[one])):
                    continue
                mark = len(self._trail)
                self.take(one, section)
                if self._seat(one, course, length - 1):
                    break
                self._undo(mark)
            else:
                return False

    # All students ------------------------------------------------------------------------------------------

    def keep_locked(self) -> None:
        """Seat everybody who is kept in a section there, before all others."""
        for student, sections in enumerate(self.board.kept):
            for section in sections:
                if self.period[section] >= 0 and self.board.course[section] not in self.takes[student]:
                    self.put(student, section)

    def keep(self, student: int, sections: Sequence[int]) -> None:
        """Seat a student in those of some sections that fit, the heaviest requests first."""
        wanted = self._wanted(student)
        for section in sorted(sections, key=lambda s: (wanted.get(self.board.course[s], len(wanted)), s)):
            course = self.board.course[section]
            if course not in wanted or course in self.takes[student] or self.period[section] < 0:
                continue
            if self.clash == "required" and self.blockers(student, section):
                continue
            if self.may(student, section) and self.fits(student, section):
                self.put(student, section)
        self._drop_unasked(student)

    def fill(self, dice: random.Random) -> None:
        """Seat students for requests that are not met: primary courses first, heavy before light."""
        problem = self.board.problem
        order = list(range(len(self.board.students)))
        dice.shuffle(order)
        open_ = [(student, one.request) for student in order for one in self.served(student) if one.rank != 0]
        open_.sort(key=lambda item: (-item[1].weight, -len(self.board.tags[item[0]])))
        for student, request in open_:
            self._upgrade(student, request, [self._course_at[request.primary]])
        for student, request in open_:
            name = self.board.students[student]
            primaries = {one.primary for one in problem.requests_of[name]}
            ranks = alternates(request, problem.pooled.get(name, ()), primaries)
            ways = [
                c for c in sorted(ranks, key=lambda c: ranks[c]) if request.cost(ranks[c]) < request.weight
            ]
            if not any(one.request.id == request.id and one.rank is not None for one in self.served(student)):
                self._upgrade(student, request, [self._course_at[course] for course in ways])
        self._reach_minimums()

    def served(self, student: int) -> list[Served]:
        """Return how the requests of a student come out."""
        name, problem = self.board.students[student], self.board.problem
        taken = {self.board.course_ids[course] for course in self.takes[student]}
        return serve(problem.requests_of[name], problem.pooled.get(name, ()), taken)

    def _upgrade(self, student: int, request: Request, courses: list[int]) -> None:
        """Seat a student in the first of some courses with a seat, in place of what serves the request."""
        now = next(one for one in self.served(student) if one.request.id == request.id)
        missing = self._missing()
        for course in courses:
            if course in self.takes[student]:
                continue
            mark = len(self._trail)
            if now.course is not None:
                if self.stays(student, self.takes[student][self._course_at[now.course]]):
                    return
                self.take(student, self.takes[student][self._course_at[now.course]])
            if self.seat(student, course) and not self._unasked(student) and self._missing() <= missing:
                return
            self._undo(mark)

    def _wanted(self, student: int) -> dict[int, int]:
        """Return the place of each course that may serve a student: heavy requests and primaries first."""
        name, problem = self.board.students[student], self.board.problem
        requests = problem.requests_of[name]
        heavy = sorted(requests, key=lambda request: -request.weight)
        names = [request.primary for request in heavy]
        names += [course for request in heavy for course in request.courses[1:]]
        names += problem.pooled.get(name, ())
        return {self._course_at[course]: at for at, course in enumerate(dict.fromkeys(names))}

    def _unasked(self, student: int) -> list[int]:
        """Return the courses that a student takes and that serve none of the requests."""
        serving = {one.course for one in self.served(student)}
        return [course for course in self.takes[student] if self.board.course_ids[course] not in serving]

    def _drop_unasked(self, student: int) -> None:
        for course in self._unasked(student):
            if not self.stays(student, self.takes[student][course]):
                self.take(student, self.takes[student][course])

    # Minimums ----------------------------------------------------------------------------------------------

    def _reach_minimums(self) -> None:
        """Move students from sister sections to those that must have more."""
        for section, least, tag in self._minimums:
            course = self.board.course[section]
            sisters = [s for s in self.board.members[course] if s != section]
            for sister in sorted(sisters, key=lambda s: (-len(self.inside[s]), s)):
                for student in sorted(self.inside[sister]):
                    if self._counted(section, tag) >= least:
                        break
                    if tag is not None and tag not in self.board.tags[student]:
                        continue
                    if self.stays(student, sister) or not self.may(student, section):
                        continue
                    mark = len(self._trail)
                    missing = self._missing()
                    self.take(student, sister)
                    self._begin()
                    if not self._settle(student, section, 1) or self._missing() >= missing:
                        self._undo(mark)

    @cached_property
    def _minimums(self) -> tuple[tuple[int, int, str | None], ...]:
        """The required least numbers of students, perhaps of a tag, in sections with a period."""
        number = {id: at for at, id in enumerate(self.board.section_ids)}
        return tuple(
            (number[id], least, rule.tag)
            for rule in self.board.problem.constraints
            if isinstance(rule, AtLeastEnrolled) and rule.enforcement.required
            for id, least in zip(rule.scope.sections, rule.limits, strict=True)
            if self.period[number[id]] >= 0
        )

    def _counted(self, section: int, tag: str | None) -> int:
        if tag is None:
            return len(self.inside[section])
        return sum(tag in self.board.tags[student] for student in self.inside[section])

    def _missing(self) -> int:
        return sum(max(0, least - self._counted(section, tag)) for section, least, tag in self._minimums)
