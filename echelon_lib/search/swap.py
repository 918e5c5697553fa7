"""The cheapest change of enrolments that gives a student a course: found by a solver, told by the evaluator.

Sections keep their periods. Students change sections of a few courses first, then of more, then of all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import numpy as np

from echelon_lib.constraints.base import View
from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import Evaluation, Served, evaluate, serve
from echelon_lib.search.board import Board
from echelon_lib.search.seating import Seating
from echelon_lib.search.why import asked_for, costs_in_words, counted, difference, named, placeable
from echelon_lib.solvers.base import LinearAnswer, choose_backend
from echelon_lib.solvers.linear import FloatArray, LinearModel
from echelon_lib.solvers.reduce import Reduction
from echelon_lib.stop import Running, Stop, running

MOST_COLUMNS = 30_000
"""Enrolments that may change in a model; a larger one would not be solved in the time of a question."""
CHANGE = 1_000
"""What a changed enrolment counts against the later levels, once no request can be saved any more."""
SHARE = 0.5
"""Share of the time left for a neighbourhood while a larger one may follow."""
FIRST_SHARE = 0.7
"""Share of it for losing little; what is left is for changing few enrolments."""


@dataclass(frozen=True, slots=True)
class Swap:
    """The cheapest change that gives a student a course, the periods of all sections as they are.

    Parameters
    ----------
    student, course
        Whom and what it is about.
    timetable
        The timetable with the change; None where none was found or none is needed.
    cost
        What each level costs more with it, as the evaluator says; empty without one.
    moved
        The other students whose sections change and who lose nothing.
    lost, gained
        Requests, as (student, course), that come out worse or better, the wish itself left out.
    loss
        The weight of what comes out worse, the student's other requests included.
    proven
        Without a timetable: that there is none at these periods. With one: that at these periods none gives
        the course with less loss.
    facts
        The same in sentences. They are personal data: shown to the user, never logged.
    """

    student: str
    course: str
    timetable: Timetable | None = field(repr=False)
    cost: tuple[int, ...]
    moved: tuple[str, ...]
    lost: tuple[tuple[str, str], ...]
    gained: tuple[tuple[str, str], ...]
    loss: int
    proven: bool
    facts: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.facts)


def cheapest_swap(
    problem: Problem,
    timetable: Timetable,
    student: str,
    course: str,
    *,
    stop: Stop | Running | float | None = 5.0,
    seed: int = 0,
) -> Swap:
    """Find the change of enrolments that gives a student a course and loses the least of other requests.

    Of ways that lose the same one is taken that changes few enrolments; what has nothing to do with the wish
    is left alone, even where it could be better. The search widens until nobody loses a request, or everybody
    was free to move, or the time is over.

    Parameters
    ----------
    problem
        A problem whose sections have one meeting each at named periods.
    timetable
        A timetable that keeps the required rules.
    student, course
        Their identifiers.
    stop
        Seconds or a stopping criterion.
    seed
        Seed of the solver.

    Raises
    ------
    DataError
        When there is no such student or course.
    EchelonError
        When the problem is of a kind that no solver can take.
    """
    offered = named(problem, student, course)
    placeable(problem)
    asked, first = asked_for(problem, student, course)
    now = evaluate(problem, timetable)
    have = timetable.enrolments.get(student, frozenset())

    def none(*facts: str, proven: bool = False) -> Swap:
        return Swap(student, course, None, (), (), (), (), 0, proven, (first, *facts))

    if any(section.id in have for section in offered.sections):
        return none("The student has it already, so nothing need change.")
    if not asked:
        return none(proven=problem.policy.enrolment.required)
    if not now.feasible:
        rules = ", ".join(f"{rule} ({amount})" for rule, amount in now.required.items())
        return none(f"The timetable breaks required rules: {rules}. It has to keep them first.")
    clock = running(stop)
    found = _quick(problem, timetable, now, student, course)
    for courses in _widening(problem, student, course):
        model = _Enrolments(problem, timetable, now, student, course, courses)
        if clock.done() or model.too_large:
            break
        answer = model.solve(clock.part(SHARE) if courses else clock, seed, found, few=len(courses) == 1)
        if model.impossible and not courses:
            text = f"It is proven that no enrolment at these periods gives {course}: sections have to move."
            return none(text, proven=True)
        if answer is not None and (found is None or answer.rank < found.rank):
            found = answer
        if found is None:
            continue
        if found.loss == 0 or (not courses and found.loss == model.least_loss):
            found.proven = True
            break
    if found is None:
        return none("No change was found, which proves nothing: a longer search may find one.")
    return _told(problem, timetable, now, found, student, course, first)


@dataclass
class _Found:
    """A timetable that gives the course, what it takes from others, and how many enrolments it changes."""

    timetable: Timetable
    score: Evaluation
    loss: int
    changes: int
    proven: bool = False

    @property
    def rank(self) -> tuple[int, int]:
        return self.loss, self.changes


def _quick(
    problem: Problem, timetable: Timetable, now: Evaluation, student: str, course: str
) -> _Found | None:
    """Return a change at hand: a chain of moves, or the section where those who must go lose least."""
    board = Board(problem)
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
                go += [(min(same, key=lambda one: (worth(one, section), one)), section)] if same else []
            ways.append((sum(worth(*one) for one in go), section, go))
        _, section, go = min(ways)
        for one in go:
            seating.take(*one)
        seating.put(who, section)
        for one, left in go:
            seating.seat(one, board.course[left])
    takes = {number: set(mine.values()) for number, mine in enumerate(seating.takes)}
    return _found(problem, timetable, now, board.timetable(board.periods(timetable), takes), student, course)


def _found(
    problem: Problem, timetable: Timetable, now: Evaluation, after: Timetable, student: str, course: str
) -> _Found | None:
    """Return what the evaluator says of a change, if it is one that gives the course."""
    score = evaluate(problem, after)
    has = {problem.course_of[id].id for id in after.enrolments[student]}
    if not score.feasible or course not in has:
        return None
    loss = sum(max(0, new.cost - old.cost) for old, new in zip(now.served, score.served, strict=True))
    return _Found(after, score, loss, len(timetable.diff(after)))


def _widening(problem: Problem, student: str, course: str) -> Iterator[Collection[str]]:
    """Yield courses whose students may change sections, more and more; none at the end, which means all."""
    yield {course}
    mine = {name for request in problem.requests_of[student] for name in request.courses}
    yield {course, *mine, *problem.pooled.get(student, ())}
    yield ()


class _Enrolments:
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
            self._let_choose(name, offers, served[name])
        self._fill_sections()

    @property
    def too_large(self) -> bool:
        """Whether so many enrolments may change that the model is not made."""
        return len(self.column) > MOST_COLUMNS

    def _is_free(self, student: str, course: str) -> bool:
        return not self.courses or student == self.student or course in self.courses

    def _let_choose(self, student: str, offers: list[dict[str, int]], served: list[Served]) -> None:
        """Add the columns of a student, and the rows of requests, courses and periods."""
        problem, mine = self.problem, self.timetable.enrolments.get(student, frozenset())
        apart = problem.policy.clash_of("student").mode != "off"
        offered = {course for some in offers for course in some}
        stays = frozenset(id for id in mine if problem.course_of[id].id not in offered)
        self.stays[student] = stays
        held = {problem.course_of[id].id for id in stays}
        busy = {self.period[id] for id in stays} if apart else set()
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
                    if time is None or time in busy:
                        continue
                    column = self.linear.add_column(f"x{number}_{wish}_{section.id}", upper=1)
                    self.column[student, wish, section.id] = column
                    self.price[column] = max(0, price - one.cost) - unmet
                    self.inside[section.id].append((student, column))
                    serving.append(column)
                    of_course[course].append(column)
                    at[time].append(column)
            self._at_most_one(f"wish{number}_{wish}", serving)
        for at_course, (course, columns) in enumerate(of_course.items()):
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

    def solve(self, stop: Running, seed: int, start: _Found | None, *, few: bool) -> _Found | None:
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

    def _least_loss(self, stop: Running, seed: int, start: _Found | None) -> tuple[int, FloatArray | None]:
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

    def _decoded(self, values: FloatArray) -> _Found | None:
        """Return the timetable of an answer as the evaluator sees it, if it is what was asked for."""
        enrolments = {**self.timetable.enrolments, **self.stays}
        for (student, _, section), column in self.column.items():
            if values[column] > 0.5:
                enrolments[student] = enrolments[student] | {section}
        after = Timetable(self.timetable.placements, enrolments)
        return _found(self.problem, self.timetable, self.now, after, self.student, self.course)


def _changed(
    before: Evaluation, after: Evaluation, course: str, student: str, *, worse: bool
) -> Iterator[tuple[str, str]]:
    """Yield the requests that come out worse, or better, as student and course; the wish itself left out."""
    for old, new in zip(before.served, after.served, strict=True):
        wish = old.request.student == student and course in (new.course, old.request.primary)
        if (new.cost > old.cost) if worse else (new.cost < old.cost and not wish):
            yield old.request.student, old.request.primary


def _told(
    problem: Problem,
    timetable: Timetable,
    now: Evaluation,
    found: _Found,
    student: str,
    course: str,
    first: str,
) -> Swap:
    """Return what a change is, in figures and in sentences."""
    lost = tuple(_changed(now, found.score, course, student, worse=True))
    gained = tuple(_changed(now, found.score, course, student, worse=False))
    cost = difference(now, found.score)
    calendar = problem.calendar

    def where(section: str) -> str:
        time = found.timetable.placements[problem.sections[section].meetings[0].id].time
        return f"{section} in {calendar.name(time)}"

    moves: dict[str, list[str]] = {}
    for who in problem.student:
        had, has = (t.enrolments.get(who, frozenset()) for t in (timetable, found.timetable))
        by_course = {problem.course_of[id].id: id for id in sorted(had - has)}
        for id in sorted(has - had, key=lambda id: (problem.course_of[id].id != course, id)):
            of = problem.course_of[id].id
            old = by_course.pop(of, None)
            come = f"moves in {of} from {where(old)} to {where(id)}" if old else f"gets {of} ({where(id)})"
            moves.setdefault(who, []).append(come)
        for of, id in by_course.items():
            moves.setdefault(who, []).append(f"leaves {of} ({where(id)})")
    others = [who for who in moves if who != student]
    losers = {who for who, _ in lost}
    facts = [first, f"Student {student} {'; '.join(moves[student])}."]
    facts += [f"Student {who} {'; '.join(moves[who])}." for who in others]
    names = [f"{one} of student {who}" for who, one in lost]
    facts.append(
        f"{counted(len(lost), 'request')} would be lost or served worse: {', '.join(names)}."
        if lost
        else "Nobody loses a request."
    )
    if gained:
        names = [f"{one} of student {who}" for who, one in gained]
        facts.append(f"{counted(len(gained), 'other request')} would come out better: {', '.join(names)}.")
    facts.append(f"With all this, {costs_in_words(cost)}.")
    if lost and found.proven:
        facts.append("It is proven that at these periods every other way loses as much or more.")
    elif lost:
        facts.append("It is the best that was found, which proves nothing: a way that loses less may exist.")
    moved = tuple(who for who in others if who not in losers)
    return Swap(
        student, course, found.timetable, cost, moved, lost, gained, found.loss, found.proven, tuple(facts)
    )
