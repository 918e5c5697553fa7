"""The cheapest change of enrolments that gives a student a course: found by a solver, told by the evaluator.

Sections keep their periods. Students change sections of a few courses first, then of more, then of all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import Evaluation, evaluate
from echelon_lib.search.board import Board
from echelon_lib.search.swap_model import Enrolments, Found, certain_loss, quick
from echelon_lib.search.why import asked_for, costs_in_words, counted, difference, named, placeable
from echelon_lib.stop import Running, Stop, running

SHARE = 0.5
"""Share of the time left for a neighbourhood while a larger one may follow."""
SHOWN = 12
"""Students and requests that are told one by one."""


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
    if not offered.sections:
        return none(f"{course} is not offered: it has no section.", proven=True)
    clock = running(stop)
    board = Board(problem)
    certain = certain_loss(board, timetable, now, course)
    found = quick(board, timetable, now, student, course)
    proven = False
    for courses in _widening(problem, student, course):
        if proven or clock.done():
            break
        model = Enrolments(problem, timetable, now, student, course, courses)
        if model.too_large:
            break
        answer = model.solve(clock.part(SHARE) if courses else clock, seed, found, few=len(courses) == 1)
        if model.impossible and not courses:
            text = f"It is proven that no enrolment at these periods gives {course}: sections have to move."
            return none(text, proven=True)
        if answer is not None and (found is None or answer.rank < found.rank):
            found = answer
        if found is not None:
            proven = found.loss <= certain or (not courses and found.loss == model.least_loss)
    if found is None:
        return none("No change was found, which proves nothing: a longer search may find one.")
    proven = proven or found.loss <= certain
    return _told(problem, timetable, now, found, student, course, first, proven=proven)


def _widening(problem: Problem, student: str, course: str) -> Iterator[Collection[str]]:
    """Yield courses whose students may change sections, more and more; none at the end, which means all."""
    yield {course}
    mine = {name for request in problem.requests_of[student] for name in request.courses}
    yield {course, *mine, *problem.pooled.get(student, ())}
    yield ()


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
    found: Found,
    student: str,
    course: str,
    first: str,
    *,
    proven: bool,
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
    facts += [f"Student {who} {'; '.join(moves[who])}." for who in others[:SHOWN]]
    if len(others) > SHOWN:
        facts.append(f"{counted(len(others) - SHOWN, 'more student')} would change sections.")
    if lost:
        facts.append(f"{counted(len(lost), 'request')} would be lost or served worse: {_listed(lost)}.")
    else:
        facts.append("Nobody loses a request.")
    if gained:
        facts.append(f"{counted(len(gained), 'other request')} would come out better: {_listed(gained)}.")
    facts.append(f"With all this, {costs_in_words(cost)}.")
    if lost and proven:
        facts.append("It is proven that at these periods every other way loses as much or more.")
    elif lost:
        facts.append("It is the best that was found, which proves nothing: a way that loses less may exist.")
    moved = tuple(who for who in others if who not in losers)
    return Swap(student, course, found.timetable, cost, moved, lost, gained, found.loss, proven, tuple(facts))


def _listed(requests: Sequence[tuple[str, str]]) -> str:
    names = [f"{course} of student {who}" for who, course in requests[:SHOWN]]
    more = len(requests) - SHOWN
    return ", ".join([*names, f"and {more} more"] if more > 0 else names)
