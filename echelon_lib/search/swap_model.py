"""The model of who may change sections so that one student gets a course, and a change that is at hand.

Sections keep their periods. Every enrolment that may change is a column of its own, so that few have to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from echelon_lib.constraints.base import View
from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import Evaluation, Served, alternates, evaluate, serve
from echelon_lib.search.board import Board
from echelon_lib.search.seating import Seating
from echelon_lib.solvers.base import LinearAnswer, choose_backend
from echelon_lib.solvers.linear import FloatArray, LinearModel
from echelon_lib.solvers.reduce import Reduction
from echelon_lib.solvers.student_groups import Group
from echelon_lib.stop import Running

MOST_COLUMNS = 30_000
"""Enrolments that may change in a model; a larger one would not be solved in the time of a question."""
CHANGE = 1_000
"""What a changed enrolment counts against the later levels, once no request can be saved any more."""
FIRST_SHARE = 0.8
"""Share of the time for losing little; what is left is for changing few enrolments."""


@dataclass
class Found:
    """A timetable that gives the course, what it takes from others, and how many enrolments it changes."""

    timetable: Timetable
    score: Evaluation
    loss: int
    changes: int

    @property
    def rank(self) -> tuple[int, int, tuple[int, ...]]:
        """What is less for a better change."""
        return self.loss, self.changes, self.score.cost


def certain_loss(board: Board, timetable: Timetable, now: Evaluation, course: str) -> int:
    """Return what is lost whatever is done: where no seat is left, somebody has to leave the course."""
    problem = board.problem
    inside = Counter(id for sections in timetable.enrolments.values() for id in sections)
    what = board.course_ids.index(course)
    if any(inside[board.section_ids[section]] < board.seats[section] for section in board.members[what]):
        return 0
    losses = []
    for one in now.served:
        if one.course == course:
            student = one.request.student
            primaries = {request.primary for request in problem.requests_of[student]}
            others = alternates(one.request, problem.pooled.get(student, ()), primaries)
            ranks = [None, *(rank for other, rank in others.items() if other != course)]
            if course != one.request.primary:
                ranks.append(0)
            losses.append(min(max(0, one.request.cost(rank) - one.cost) for rank in ranks))
    return min(losses, default=0)


def quick(board: Board, timetable: Timetable, now: Evaluation, student: str, course: str) -> Found | None:
    """Return a change at hand: a chain of moves, or the section where those who must go lose least."""
    problem = board.problem
    seating = Seating(board, board.periods(timetable))
    section_at = {id: number for number, id in enumerate(board.section_ids)}
    for number, name in enumerate(board.students):
        for id in timetable.enrolments.get(name, ()):
            seating.put(number, section_at[id])
    who, what = board.students.index(student), board.course_ids.index(course)
    if not seating.seat(who, what):
        weight = {(one.request.student, one.course): one.request.weight - one.cost for one in now.served}

        def worth(one: int, section: int) -> int:
            return weight.get((board.students[one], board.course_ids[board.course[section]]), 0)

        ways = []
        for section in board.members[what]:
            go = [(who, other) for other in seating.blockers(who, section)]
            if not seating.fits(who, section):
                same = [
                    one for one in seating.inside[section] if set(board.tags[one]) >= set(board.tags[who])
                ]
                if not same:
                    continue
                go.append((min(same, key=lambda one: (worth(one, section), one)), section))
            ways.append((sum(worth(*one) for one in go), section, go))
        if not ways:
            return None
        _, section, go = min(ways)
        for one, left in go:
            seating.take(one, left)
        seating.put(who, section)
        for one, left in go:
            seating.seat(one, board.course[left])
    takes = {number: set(mine.values()) for number, mine in enumerate(seating.takes)}
    return found_of(
        problem, timetable, now, board.timetable(board.periods(timetable), takes), student, course
    )


def found_of(
    problem: Problem, timetable: Timetable, now: Evaluation, after: Timetable, student: str, course: str
) -> Found | None:
    """Return what the evaluator says of a change, if it is one that gives the course."""
    score = evaluate(problem, after)
    has = {problem.course_of[id].id for id in after.enrolments[student]}
    if not score.feasible or course not in has:
        return None
    loss = sum(max(0, new.cost - old.cost) for old, new in zip(now.served, score.served, strict=True))
    return Found(after, score, loss, len(timetable.diff(after)))


class Enrolments:
    """The model in which some enrolments may change: one column for a student, a request and a section.

    Parameters
    ----------
    problem, timetable, now
        The problem, its timetable, which keeps the required rules, and the score of it.
    student, course
        Who shall have what.
    courses
        The courses in which everybody may change; in the others only the student may. None means all.
    """

    def __init__(
        self,
        problem: Problem,
        timetable: Timetable,
        now: Evaluation,
        student: str,
        course: str,
        courses: Collection[str],
    ) -> None:
        self.problem = problem
        self.timetable = timetable
        self.student = student
        self.course = course
        self.courses = courses
        self.now = now
        self.impossible = False
        self.least_loss: int | None = None
        self.view = View(problem, timetable)
        self.linear = LinearModel("enrolments")
        self.period: dict[str, Time | None] = {}
        for id, section in problem.sections.items():
            placement = timetable.placements.get(section.meetings[0].id)
            self.period[id] = None if placement is None else placement.time
        self.stays: dict[str, frozenset[str]] = {}
        self.column: dict[tuple[str, int, str], int] = {}
        self.inside: dict[str, list[tuple[str, int]]] = defaultdict(list)
        # What each column loses less than if the request went unmet; what is gained beside does not count.
        self.price: dict[int, int] = {}
        self.worst = 0
        served: dict[str, list[Served]] = defaultdict(list)
        for one in now.served:
            served[one.request.student].append(one)
        for group in Reduction(problem, individual=True).groups:
            if self.too_large:
                return
            name = group.students[0]
            offers = [
                {c: price for c, price in wish.options if self._is_free(name, c)}
                if one.course is None or self._is_free(name, one.course)
                else {}
                for wish, one in zip(group.wishes, served[name], strict=True)
            ]
            self._let_choose(group, offers, served[name])
        self._fill_sections()

    @property
    def too_large(self) -> bool:
        """Whether so many enrolments may change that the model is not made."""
        return len(self.column) > MOST_COLUMNS

    def _is_free(self, student: str, course: str) -> bool:
        return not self.courses or student == self.student or course in self.courses

    def _let_choose(self, group: Group, offers: list[dict[str, int]], served: list[Served]) -> None:
        """Add the columns of a student, and the rows of requests, courses, periods and locks."""
        problem, student = self.problem, group.students[0]
        mine = self.timetable.enrolments.get(student, frozenset())
        kept = {id for id, rules in group.kept if any(rule.required for rule in rules)}
        locked = {problem.course_of[id].id for id in kept}
        apart = problem.policy.clash_of("student").mode != "off"
        offered = {course for some in offers for course in some}
        stays = frozenset(id for id in mine if problem.course_of[id].id not in offered)
        self.stays[student] = stays
        held = {problem.course_of[id].id for id in stays}
        busy = {self.period[id] for id in stays} if apart else set()
        busy |= group.closed
        at: dict[Time, list[int]] = defaultdict(list)
        of_course: dict[str, list[int]] = defaultdict(list)
        number = len(self.stays)
        for wish, (offer, one) in enumerate(zip(offers, served, strict=True)):
            serving: list[int] = []
            unmet = one.request.weight - one.cost if offer else 0
            self.worst += unmet
            for course, price in offer.items():
                for section in problem.course[course].sections if course not in held else ():
                    time = self.period[section.id]
                    if time is None or time in busy or (course in locked and section.id not in kept):
                        continue
                    column = self.linear.add_column(f"x{number}_{wish}_{section.id}", upper=1)
                    self.column[student, wish, section.id] = column
                    self.price[column] = max(0, price - one.cost) - unmet
                    self.inside[section.id].append((student, column))
                    serving.append(column)
                    of_course[course].append(column)
                    at[time].append(column)
            if serving and any(rule.required for rule in group.wishes[wish].needed):
                self.linear.add_row(f"wish{number}_{wish}", 1, 1, [(column, 1) for column in serving])
            else:
                self._at_most_one(f"wish{number}_{wish}", serving)
        for at_course, (course, columns) in enumerate(of_course.items()):
            if course in locked:
                self.linear.add_row(f"course{number}_{at_course}", 1, 1, [(column, 1) for column in columns])
            else:
                self._at_most_one(f"course{number}_{at_course}", columns)
            if (student, course) == (self.student, self.course):
                self.linear.add_row("wanted", 1, 1, [(column, 1) for column in columns])
        if self.student == student and self.course not in of_course:
            self.linear.add_row("wanted", 1, 1, [])
        for at_time, columns in enumerate(at.values() if apart else ()):
            self._at_most_one(f"period{number}_{at_time}", columns)

    def _at_most_one(self, name: str, columns: list[int]) -> None:
        if len(columns) > 1:
            self.linear.add_row(name, 0, 1, [(column, 1) for column in columns])

    def _fill_sections(self) -> None:
        """Add the rows of seats and of the required limits, less what those who stay use."""
        problem = self.problem
        limits: list[tuple[str, str | None, float, float]] = []
        if problem.policy.seats.required:
            limits += [(s.id, None, 0, s.seats) for s in problem.sections.values() if s.seats is not None]
        for rule in problem.constraints:
            if isinstance(rule, AtMostEnrolled | AtLeastEnrolled) and rule.enforcement.required:
                for section, limit in zip(rule.scope.sections, rule.limits, strict=True):
                    below = isinstance(rule, AtMostEnrolled)
                    limits.append((section, rule.tag, 0 if below else limit, limit if below else np.inf))
        for number, (section, tag, least, most) in enumerate(limits):
            terms, staying = self._coming(section, tag), self._staying(section, tag)
            if terms:
                self.linear.add_row(f"limit{number}", least - staying, most - staying, terms)

    def _coming(self, section: str, tag: str | None) -> list[tuple[int, int]]:
        """Return the terms of those, perhaps with a tag, who may be in a section."""
        return [(column, 1) for student, column in self.inside[section] if self._counts(student, tag)]

    def _staying(self, section: str, tag: str | None) -> int:
        """Return how many, perhaps with a tag, are in a section whatever the model says."""
        may_leave = {student for student, _ in self.inside[section] if self._counts(student, tag)}
        inside = sum(section in self.timetable.enrolments.get(s, frozenset()) for s in may_leave)
        return self.view.enrolled(section, tag) - inside

    def _counts(self, student: str, tag: str | None) -> bool:
        return tag is None or tag in self.problem.student[student].tags

    # Solving -----------------------------------------------------------------------------------------------

    def solve(self, stop: Running, seed: int, start: Found | None, *, few: bool) -> Found | None:
        """Return the timetable that loses least and then changes few enrolments, if there is one.

        Parameters
        ----------
        stop
            Deadline.
        seed
            Seed of the solver.
        start
            A timetable to begin with.
        few
            Look for fewer changes even where no less is lost than in the start.
        """
        least, values = self._least_loss(stop.part(FIRST_SHARE), seed, start)
        if values is None or (start is not None and start.loss <= self.worst + least and not few):
            return start if values is not None else None
        self.linear.add_row("loss", -np.inf, least, list(self.price.items()))
        self.linear.clear_costs()
        for (student, _, section), column in self.column.items():
            stays = section in self.timetable.enrolments.get(student, frozenset())
            self.linear.set_cost(column, -CHANGE if stays else CHANGE)
        self._price_sizes()
        begin = np.full(self.linear.shape[1], np.nan)
        begin[: len(values)] = values
        answer = self._answer(stop, seed, begin)
        return self._decoded(values if answer.values is None else answer.values)

    def _least_loss(self, stop: Running, seed: int, start: Found | None) -> tuple[int, FloatArray | None]:
        """Return the least that the columns cost, and columns that cost it, those of the start if they do."""
        known = None if start is None else self._encoded(start.timetable)
        if start is not None and start.loss == 0:
            return -self.worst, known
        for column, price in self.price.items():
            self.linear.set_cost(column, price)
        answer = self._answer(stop, seed, known)
        # Where clashes only cost, the model forbids more than the problem does.
        exact = self.problem.policy.clash_of("student").mode != "priced"
        self.impossible = exact and answer.status == "infeasible"
        if answer.values is None:
            return 0, None
        least = round(self.linear.value(answer.values))
        if exact and answer.status == "optimal":
            self.least_loss = self.worst + least
        if start is not None and start.loss <= self.worst + least:
            return start.loss - self.worst, known
        return least, answer.values

    def _answer(self, stop: Running, seed: int, start: FloatArray | None) -> LinearAnswer:
        stop.next_solve()
        return choose_backend(self.linear).solve(self.linear, stop=stop, seed=seed, start=start)

    def _price_sizes(self) -> None:
        """Price what sections have beyond the limits of priced rules: of few changes the better are taken."""
        for number, rule in enumerate(self.problem.constraints):
            if not isinstance(rule, AtMostEnrolled | AtLeastEnrolled) or not rule.enforcement.priced:
                continue
            sign = 1 if isinstance(rule, AtMostEnrolled) else -1
            for section, limit in zip(rule.scope.sections, rule.limits, strict=True):
                terms = self._coming(section, rule.tag)
                if terms:
                    beyond = self.linear.add_column(f"beyond{number}_{section}", cost=rule.enforcement.weight)
                    row = [(beyond, 1), *((column, -sign) for column, _ in terms)]
                    least = sign * (self._staying(section, rule.tag) - limit)
                    self.linear.add_row(f"size{number}_{section}", least, np.inf, row)

    # Both ways ---------------------------------------------------------------------------------------------

    def _encoded(self, timetable: Timetable) -> FloatArray:
        """Return the columns of a timetable, as a start."""
        values = np.zeros(self.linear.shape[1])
        for student in self.stays:
            sections = {self.problem.course_of[id].id: id for id in timetable.enrolments.get(student, ())}
            requests = self.problem.requests_of[student]
            result = serve(requests, self.problem.pooled.get(student, ()), set(sections))
            for wish, one in enumerate(result):
                column = self.column.get((student, wish, sections.get(one.course or "", "")))
                if column is not None:
                    values[column] = 1
        return values

    def _decoded(self, values: FloatArray) -> Found | None:
        """Return the timetable of an answer as the evaluator sees it, if it is what was asked for."""
        enrolments = {**self.timetable.enrolments, **self.stays}
        for (student, _, section), column in self.column.items():
            if values[column] > 0.5:
                enrolments[student] = enrolments[student] | {section}
        after = Timetable(self.timetable.placements, enrolments)
        return found_of(self.problem, self.timetable, self.now, after, self.student, self.course)
