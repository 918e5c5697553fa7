"""A timetable made good again after a late change, with as little of it changed as possible.

What can stay where it was stays. Only requests that lost their place, or are new, look for one: by paths
through a student's own periods, by seats that others can give up for another section, and by moves of
sections. Every enrolment that changes has a price, so that nothing moves that wins nothing.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from echelon_lib.domain.errors import DataError, EchelonError, Issue, suggest
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.locks import Lock, locks_from, with_locks
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.search.arrays import SchoolArrays
from echelon_lib.search.board import Board
from echelon_lib.search.complete import placed
from echelon_lib.search.earlier import Earlier, closed, earlier
from echelon_lib.search.kernels.joint import anneal_all
from echelon_lib.search.kernels.layout import BROKEN, LATER, LOGGED, MOVED, OVER, SHIFTED, UNMET
from echelon_lib.search.kernels.mending import go_home, mend, put, serve_open, take_over
from echelon_lib.search.kernels.moves import energy, stand
from echelon_lib.search.repair_account import Repair, account
from echelon_lib.search.warming import smallest_school
from echelon_lib.search.why import placeable
from echelon_lib.stop import Running, Stop, running

SHARE_OF_LIGHT = 10
"""A change of one enrolment costs a light request divided by this, where no price is said."""
LATER_PRICE = 0.01
"""What one unit of the later levels is worth in weight of requests: it decides between equals."""
HOT = 0.5
"""First temperature of a cycle, in light requests."""
STEPS, CHUNKS = 250, 12
"""Moves at one temperature, and temperatures of a cycle."""
SEARCH_SHARE = 0.85
"""Share of the time that is left for the search; telling what it found takes some as well."""
PATIENCE = 8
"""Cycles in a row that bring nothing, after which the search ends."""
FEW, FEW_SHARE, BEYOND = 10, 0.005, 1.2
"""Enrolments, at least and as a share of all, that may change for the usual price where neither price nor cap
is said, and what each beyond them costs in light requests: only what weighs more is still looked for."""
SECTIONS_SHARE, EFFORT = 0.2, 3
"""Share of moves of sections, and steals that follow each."""
NO_LIMIT = np.iinfo(np.int64).max
ORDERS = 4
"""Orders in which sections are placed anew while some find no period."""


def repair(
    problem: Problem,
    before: Timetable,
    *,
    old: Problem | None = None,
    locked: Iterable[str] | Iterable[Lock] = (),
    price: int | None = None,
    most: int | None = None,
    stop: Stop | Running | float | None = 5.0,
    seed: int = 0,
) -> Repair:
    """Make a timetable good again after its problem was changed, with the fewest changes.

    Parameters
    ----------
    problem
        The problem as it is now: with a new student, without a teacher, with fewer seats.
    before
        The timetable that people know, of the problem as it was.
    old
        The problem as it was. With it, requests that were unmet before stay so unless they can be met without
        moving anybody; without it they count like all others.
    locked
        What stays as it was besides the locks of the problem: identifiers of sections, courses, teachers,
        students or departments, or locks.
    price
        Weight of requests that the change of one enrolment has to win. By default it is a tenth of a light
        request while few enrolments change (one in 200, or 10) beside those that cannot stay, and a light
        request from then on. Moving a section counts like changing everybody in one of middle size.
    most
        Enrolments that may change, at most, beside those that cannot stay; sections that can stay do so then.
        None for any number.
    stop
        Seconds or a stopping criterion; the search ends earlier when it has found nothing for a while.
    seed
        Seed of the random decisions.

    Returns
    -------
    Repair
        The timetable, and what was changed and why, who is affected, what could not be kept, and the costs.

    Raises
    ------
    DataError
        When ``locked`` names what is not there.
    EchelonError
        When the problem is of a kind that cannot be searched student by student.
    """
    kept = locks_for(problem, before, locked)
    if not isinstance(stop, Running):
        warm_up_repair()
    clock = running(stop)
    kept, released = _that_can_be(problem, kept)
    held = with_locks(problem, kept)
    known = earlier(held, before, _waiting(old, held, before))
    mending = _Mending(held, before, known, price=price, most=most, seed=seed)
    try:
        mending.search(clock.part(SEARCH_SHARE))
    except KeyboardInterrupt:
        clock.cancel()
        mending.back()
    return account(problem, held, old, before, mending.timetable(), mending.had_to_move, released)


@cache
def warm_up_repair() -> None:
    """Compile the kernels of a repair, or load them where that was done before; no clock should count it."""
    school = smallest_school()
    known = earlier(school, Timetable(), None)
    mending = _Mending(school, Timetable(), known, price=None, most=None, seed=0)
    a, w = mending.arrays.school, mending.state
    serve_open(a, w)
    mend(a, w, 1, 0.0, SECTIONS_SHARE, EFFORT)
    go_home(a, w)
    mending._fill()
    mending._keep()
    mending.back()


def locks_for(
    problem: Problem, before: Timetable, locked: Iterable[str] | Iterable[Lock]
) -> tuple[Lock, ...]:
    """Return a person's locks for what shall stay as it was, as far as that is asked for still.

    Raises
    ------
    DataError, EchelonError
        As ``repair`` does.
    """
    placeable(problem)
    departments = {one.department for one in problem.sections.values()} - {""}
    if not problem.policy.clash_of("student").required:
        text = "students of this school may have clashes, and only timetables without any can be repaired"
        raise EchelonError(f"{text}\n  Maybe solve it anew from the earlier timetable?")
    found: list[Lock] = []
    issues: list[Issue] = []
    for one in locked:
        if isinstance(one, Lock):
            found.append(one)
        elif one in problem.sections:
            found += locks_from(problem, before, sections=[one], origin="person")
        elif one in problem.course:
            found += locks_from(problem, before, courses=[one], origin="person")
        elif one in problem.attendee:
            found += locks_from(problem, before, teachers=[one], origin="person")
        elif one in problem.student:
            found += locks_from(problem, before, students=[one], origin="person")
        elif one in departments:
            found += locks_from(problem, before, departments=[one], origin="person")
        else:
            teachers = (teacher.id for teacher in problem.teachers)
            names = (*problem.sections, *problem.course, *departments, *teachers)  # students stay unnamed
            cure = suggest(one, names) or "look the name up in the files of the school?"
            issues.append(Issue(f"nothing to be locked is called {one!r}", value=one, cure=cure))
    if issues:
        raise DataError(issues)
    return tuple(lock for lock in found if _still_true(problem, lock))


def _that_can_be(problem: Problem, locks: tuple[Lock, ...]) -> tuple[tuple[Lock, ...], tuple[str, ...]]:
    """Return the locks that the problem leaves possible, and in sentences those that it does not."""
    if not locks:
        return locks, ()
    arrays = SchoolArrays(problem)
    kept: list[Lock] = []
    released: list[str] = []
    for lock in locks:
        if lock.kind == "section" and lock.periods:
            mask = int(arrays.school.allowed[arrays.section_at[lock.id]])
            times = [problem.calendar.time(name) for name in lock.periods]
            if not any(mask >> arrays.times.index(time) & 1 for time in times if time in arrays.times):
                where = ", ".join(lock.periods)
                released.append(f"{lock.id} was to stay in {where}, which rules or its teacher do not allow.")
                continue
        kept.append(lock)
    return tuple(kept), tuple(released)


def _still_true(problem: Problem, lock: Lock) -> bool:
    if lock.kind == "student" and lock.section is not None and lock.section in problem.sections:
        wanted = {c for request in problem.requests_of.get(lock.id, ()) for c in request.courses}
        wanted.update(problem.pooled.get(lock.id, ()))
        return problem.course_of[lock.section].id in wanted
    return True


def _waiting(old: Problem | None, problem: Problem, before: Timetable) -> Callable[[str], bool] | None:
    """Return whether a request was there before and was not served."""
    if old is None:
        return None
    # A request is known by student and courses: its number changes when an earlier one is dropped.
    unserved = (one.request for one in evaluate(old, before).served if one.course is None)
    waited = {(one.student, one.courses) for one in unserved}
    found = {one.id for one in problem.requests if (one.student, one.courses) in waited}
    return found.__contains__


@dataclass
class _Kept:
    """The best state so far, by what the search minimises."""

    value: float = float("inf")
    periods: NDArray[np.int64] | None = None
    sections: NDArray[np.int64] | None = None
    options: NDArray[np.int64] | None = None


class _Mending:
    """A search for the state that is cheapest when changes have a price."""

    def __init__(
        self,
        problem: Problem,
        before: Timetable,
        known: Earlier,
        *,
        price: int | None,
        most: int | None,
        seed: int,
    ) -> None:
        board = Board(problem)
        period = np.array(_placed(board, before, seed), np.int64)
        unplaced = np.flatnonzero(period < 0)
        self.had_to_move = {
            known.arrays.sections[s] for s in np.flatnonzero((known.periods >= 0) & (period != known.periods))
        }
        school = known.arrays.school
        # Whatever had to leave its period may go anywhere.
        was_at = np.where(period == known.periods, school.was_at, -1)
        self.arrays = closed(known.arrays, unplaced.tolist())
        self.arrays.__dict__["school"] = self.arrays.school._replace(was_at=was_at)
        self.unit = known.unit
        a = self.arrays.school
        w = self.state = self.arrays.state(seed)
        for section in np.flatnonzero(period >= 0):
            stand(a, w, int(section), int(period[section]))
        waiting = int((np.diff(a.option_at)).max(initial=0))
        self.price = max(waiting + 1, known.unit // SHARE_OF_LIGHT) if price is None else price
        size = max(1.0, len(a.weight) / max(1, len(a.course)))
        w.weights[[UNMET, LATER, OVER]] = 1.0, LATER_PRICE, known.unit
        w.weights[MOVED], w.weights[SHIFTED] = self.price, self.price * size
        take_over(a, w, known.sections, known.options)
        self.capped = most is None and price is None
        if most is not None:
            w.most[MOVED], w.most[SHIFTED] = w.sums[MOVED] + most, w.sums[SHIFTED]
        elif self.capped:
            few = max(FEW, math.ceil(FEW_SHARE * int((known.sections >= 0).sum())))
            w.most[MOVED] = w.sums[MOVED] + few
        self.best = _Kept()

    def search(self, clock: Running) -> None:
        """Serve what is open, then look for cheaper states until nothing is found for a while."""
        a, w = self.arrays.school, self.state
        serve_open(a, w)
        self._keep()
        cycles = self._look(clock, 0)
        self._all_home()
        usual, dear = self.price, int(BEYOND * self.unit)
        if self.capped and self._unserved(dear):
            w.most[MOVED] = NO_LIMIT
            self._charge(dear)
            self._look(clock, cycles, home=False)
            self._charge(usual)
            self._all_home()

    def _all_home(self) -> None:
        while go_home(self.arrays.school, self.state):
            pass
        self._keep()
        self.back()

    def _charge(self, price: int) -> None:
        """Let the change of an enrolment cost something else from now on."""
        self.price = self.state.weights[MOVED] = price
        self.best.value = float(energy(self.state))

    def _look(self, clock: Running, cycle: int, *, home: bool = True) -> int:
        """Look for cheaper states, and return the cycles so far; ``home`` lets whoever can go home do so."""
        a, w = self.arrays.school, self.state
        idle = 0
        while idle < PATIENCE and not clock.done(iterations=cycle):
            value = self.best.value
            if cycle and not self._urgent():
                break
            for chunk in range(CHUNKS):
                heat = HOT * self.unit * (1 - chunk / (CHUNKS - 1)) ** 2 if cycle else 0.0
                mend(a, w, STEPS, heat, SECTIONS_SHARE, EFFORT)
                if w.sums[LATER] >= BROKEN:
                    self._fill()
                if home and chunk % 4 == 3:
                    w.counts[LOGGED] = 0
                    go_home(a, w)
                self._keep()
                if clock.done(iterations=cycle):
                    break
            self.back()
            cycle += 1
            idle = idle + 1 if self.best.value >= value - 1e-6 else 0
        return cycle

    def _urgent(self) -> bool:
        """Return whether anybody is not where they were, or has not what is worth moving others for."""
        a, w = self.arrays.school, self.state
        away = (a.was_in >= 0) & (w.section != a.was_in)
        return bool(away.any() or self._unserved(self.price) or w.sums[LATER] >= BROKEN)

    def _unserved(self, weight: int) -> bool:
        """Return whether a request that could be served, and weighs so much, has no course."""
        a, w = self.arrays.school, self.state
        return bool(((w.section < 0) & (a.weight >= weight) & (np.diff(a.option_at) > 0)).any())

    def _fill(self) -> None:
        """Fill sections that have fewer students than they must."""
        best, kept, stat = np.zeros(2, np.int64), np.zeros((3, 1), np.int64), np.zeros(6, np.int64)
        best[0] = np.iinfo(np.int64).min
        anneal_all(self.arrays.school, self.state, 4 * STEPS, 0.0, 0.0, 1.0, 0, 0.0, best, kept, stat)

    def _keep(self) -> None:
        w = self.state
        value = float(energy(w))
        if w.sums[OVER] == 0 and value < self.best.value - 1e-6:
            self.best = _Kept(value, w.period.copy(), w.section.copy(), w.option.copy())

    def back(self) -> None:
        """Return to the best state."""
        best = self.best
        if best.periods is not None:
            put(self.arrays.school, self.state, best.periods, best.sections, best.options)

    def timetable(self) -> Timetable:
        """Return the best state as a timetable."""
        return self.arrays.timetable(self.state.period.tolist(), self.state.section.tolist())


def _placed(board: Board, before: Timetable, seed: int) -> list[int]:
    """Return the periods of all sections: as before, or where the fewest students clash."""
    number = {id: at for at, id in enumerate(board.section_ids)}
    taken = [
        sorted(number[id] for id in before.enrolments.get(student, ()) if id in number)
        for student in board.students
    ]
    periods = board.periods(before)
    found: list[list[int]] = []
    for order in range(ORDERS):
        found.append(placed(board, list(periods), taken, random.Random(seed + order)))
        if min(found[-1], default=0) >= 0:
            break
    return min(found, key=lambda one: one.count(-1))
