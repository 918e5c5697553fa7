"""A workbench on a timetable: what a move would cost, and what would help a student, in a moment.

The timetable is loaded once into the arrays of the search. Each question tries moves on them, tells what came
of it by the evaluator's own rules on what changed, and puts everything back; equal questions have equal
answers, whatever was asked before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon_lib.domain.errors import DataError, EchelonError, Issue, suggest
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.search.earlier import earlier
from echelon_lib.search.kernels.layout import LATER, LOGGED, LOGGING, MOVED, OVER, SHIFTED, UNMET
from echelon_lib.search.kernels.mending import (
    open_seat,
    served,
    shift,
    take_over,
    weigh_yielding,
    yield_seat,
)
from echelon_lib.search.kernels.moves import energy, in_the_way, stand
from echelon_lib.search.ledger import Ledger
from echelon_lib.search.offers import Offer, OfferKind, offer_of, refused
from echelon_lib.search.repair import LATER_PRICE, SHARE_OF_LIGHT
from echelon_lib.search.student_rules import MUST
from echelon_lib.search.warming import smallest_school
from echelon_lib.search.why import named, placeable

TRIES = 3
"""Ways that are tried of mending what a moved section breaks; the best is taken."""
QUICK, EFFORT, LONG = 1, 4, 12
"""Rounds in which whoever lost a place looks for another: in trials, for moves, for wishes."""
HEAT = 0.3
"""How much worse, in light requests, a step of them may make it for the time being."""
ROUNDS = 5
"""Throws of the dice for each request that might give way to a wish."""
BEST = 6
"""Of a kind of suggestion, as many are looked at in full."""
MOST_MOVES = 120
"""Moves of sections that are tried for one wish."""
EACH = 3
"""Suggestions of one kind, at most."""
DEAR = 10 * MUST
"""What a wish weighs besides while one asks for it, so that nothing else of the student displaces it."""
SEED = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class _Way:
    """A state of the arrays that a change leads to, and the version of the workbench it starts from."""

    version: int
    periods: NDArray[np.int64]
    sections: NDArray[np.int64]
    options: NDArray[np.int64]


class Workbench:
    """A timetable of which one can ask what changes would cost.

    Parameters
    ----------
    problem
        A problem whose sections have one meeting each at named periods, and whose students may not clash.
    timetable
        A timetable of it that keeps the required rules.

    Raises
    ------
    EchelonError
        When the problem is of another kind, or the timetable breaks required rules.
    """

    def __init__(self, problem: Problem, timetable: Timetable) -> None:
        warm_up_questions()
        self._prepare(problem, timetable)

    def _prepare(self, problem: Problem, timetable: Timetable) -> None:
        placeable(problem)
        if not problem.policy.clash_of("student").required:
            raise EchelonError("students of this school may have clashes, which cannot be asked about")
        broken = evaluate(problem, timetable).required
        if broken:
            rules = ", ".join(f"{rule} ({amount})" for rule, amount in broken.items())
            raise EchelonError(f"the timetable breaks required rules: {rules}\n  Maybe repair it first?")
        self.problem = problem
        self._number_of = {id: number for number, id in enumerate(problem.requests_of)}
        self._version = 0
        self._wanted = -1
        self._load(timetable)

    def _load(self, timetable: Timetable) -> None:
        known = earlier(self.problem, timetable)
        if known.periods.min(initial=0) < 0:
            raise EchelonError("some sections have no period\n  Maybe complete the timetable first?")
        self.arrays, self.unit = known.arrays, known.unit
        a = self._a = known.arrays.school
        w = self._w = known.arrays.state(0)
        for section, period in enumerate(known.periods):
            stand(a, w, section, int(period))
        take_over(a, w, known.sections, known.options)
        if self.arrays.timetable(known.periods.tolist(), w.section.tolist()) != _with_everybody(
            self.problem, timetable
        ):
            text = "students are in courses that serve no request of theirs, or that save nothing"
            raise EchelonError(f"{text}\n  Maybe take them out first?")
        w.weights[[UNMET, LATER, OVER]] = 1.0, LATER_PRICE, self.unit
        w.weights[MOVED], w.weights[SHIFTED] = max(1, self.unit // SHARE_OF_LIGHT), 0.0
        self._heat = HEAT * self.unit
        self._version += 1
        self._settle(timetable)

    def _settle(self, timetable: Timetable) -> None:
        """Take the present state as the one from which questions start."""
        self.timetable = timetable
        self._home = {name: value.copy() for name, value in self._w._asdict().items() if name != "log"}
        self._ledger = Ledger(self.problem, timetable)

    def _reset(self, salt: int = 0) -> None:
        w = self._w
        for name, value in self._home.items():
            np.copyto(getattr(w, name), value)
        w.counts[LOGGED], w.counts[LOGGING] = 0, 1
        w.dice[0] = SEED + np.uint64(2 * salt)
        if self._wanted >= 0:
            w.sums[UNMET] += DEAR

    # Moves of sections -------------------------------------------------------------------------------------

    def move_cost(self, section: str, period: str) -> Offer:
        """Return what it costs to move a section to a period, with the repair that makes it so.

        The section of its teacher there comes to its place, and the students of both find other seats.

        Raises
        ------
        DataError
            When there is no such section or period.
        """
        i, q = self._numbers(section, period)
        reason = self._why_not_there(i, q)
        if reason:
            return refused("move", reason)
        best, salt = np.inf, -1
        for k in range(TRIES):
            self._reset(k)
            if shift(self._a, self._w, i, q, -1, EFFORT, self._heat) and energy(self._w) < best:
                best, salt = energy(self._w), k
        if salt < 0:
            return refused("move", self._in_words_in_the_way(i, q))
        if salt != TRIES - 1:
            self._reset(salt)
            shift(self._a, self._w, i, q, -1, EFFORT, self._heat)
        return self._offer(None)

    def moves(self, section: str) -> dict[str, Offer]:
        """Return what moving a section to each other period costs, by the name of the period."""
        names = [period.name for period in self.problem.calendar.periods]
        here = self._numbers(section, names[0])[0]
        now = self._home["period"][here]
        return {
            name: self.move_cost(section, name)
            for name in names
            if self.arrays.times.index(self.problem.calendar.time(name)) != now
        }

    def _numbers(self, section: str, period: str) -> tuple[int, int]:
        issues = []
        names = [one.name for one in self.problem.calendar.periods]
        if section not in self.problem.sections:
            cure = suggest(section, self.problem.sections) or "look the name up in the master schedule?"
            issues.append(Issue(f"no section is called {section!r}", value=section, cure=cure))
        if period not in names:
            cure = suggest(period, names) or f"one of {', '.join(names)}?"
            issues.append(Issue(f"no period is called {period!r}", value=period, cure=cure))
        if issues:
            raise DataError(issues)
        time = self.problem.calendar.time(period)
        return self.arrays.section_at[section], self.arrays.times.index(time)

    def _why_not_there(self, i: int, q: int) -> str:
        if self._home["period"][i] == q:
            return "it is there already"
        if not self._a.allowed[i] >> q & 1:
            return "the file or a required rule does not let it be there"
        return ""

    def _in_words_in_the_way(self, i: int, q: int) -> str:
        self._reset()
        j = int(in_the_way(self._a, self._w, i, q))
        if j == -2:
            return "its teachers have different sections then"
        if j < 0:
            return "a required rule on what may be at one time does not let it be there"
        other = self.arrays.sections[j]
        return (
            f"its teacher has {other} ({self.problem.course_of[other].id}) then, which cannot take its place"
        )

    # Wishes ------------------------------------------------------------------------------------------------

    def suggestions(self, student: str, course: str, *, quick: bool = False) -> tuple[Offer, ...]:
        """Return changes that give a student a course, the best first; none where none was found.

        Parameters
        ----------
        student, course
            Their identifiers.
        quick
            Whether a change by which nobody loses a request ends the search for others.

        Raises
        ------
        DataError
            When there is no such student or course.
        """
        named(self.problem, student, course)
        wish, option = self._wish(student, course)
        if wish < 0:
            return ()
        who = (student, course)
        with self._wanting(wish, option):
            found = list(self._yielding(wish, who))
            if not quick or all(one.lost for one in found):
                found += self._moving(wish, who)
                found += self._exceeding(wish, who)
        return _ranked(found)

    @contextmanager
    def _wanting(self, wish: int, option: int) -> Iterator[None]:
        """Let a request want nothing but one of its options, dearly: neither no course nor another one."""
        a, had = self._a, int(self._home["option"][wish])
        mine = slice(int(a.option_at[wish]), int(a.option_at[wish + 1]))
        columns = (a.option_course, a.option_cost, a.option_price, a.option_section)
        kept = [column[mine].copy() for column in columns]
        same = a.option_course[mine] == a.option_course[option]
        cost, price = a.option_cost[had], a.option_price[had]
        for column in columns:
            column[mine] = np.where(same, column[mine], column[option])
        if self._home["section"][wish] >= 0:  # it is served by another course for now
            a.option_cost[had], a.option_price[had] = cost + DEAR, price
        a.weight[wish] += DEAR
        self._wanted = wish
        try:
            yield
        finally:
            self._wanted = -1
            a.weight[wish] -= DEAR
            for column, values in zip(columns, kept, strict=True):
                column[mine] = values

    def _wish(self, student: str, course: str) -> tuple[int, int]:
        """Return the request of a student that a course would serve better, and its option; -1 for none."""
        if student not in self.problem.requests_of:
            return -1, -1
        a, home = self._a, self._home
        number = self._number_of[student]
        at = next(k for k, one in enumerate(self.problem.courses) if one.id == course)
        held = range(int(a.wish_at[number]), int(a.wish_at[number + 1]))
        if any(home["section"][r] >= 0 and a.course[home["section"][r]] == at for r in held):
            return -1, -1
        best: list[tuple[int, int, int]] = []
        for r in held:
            now = a.option_cost[home["option"][r]] if home["section"][r] >= 0 else a.weight[r]
            for option in range(int(a.option_at[r]), int(a.option_at[r + 1])):
                if a.option_course[option] == at and a.option_cost[option] < now:
                    best.append((int(a.option_cost[option]) - int(now), r, option))
        return min(best)[1:] if best else (-1, -1)

    def _yielding(self, wish: int, who: tuple[str, str]) -> Iterator[Offer]:
        """Yield what comes of it when a request, of the student or of somebody else, gives way."""
        a, w = self._a, self._w
        victims = np.array([-1, *self._victims(wish)], np.int64)
        costs = np.full((ROUNDS, len(victims)), np.inf)
        seeds = [SEED + np.uint64(2 * k) for k in range(ROUNDS)]
        for k, seed in enumerate(seeds):
            self._reset()
            weigh_yielding(a, w, wish, victims, LONG, self._heat, seed, costs[k])
        # Of each who might give way the best; then the best of these.
        best = costs.argmin(axis=0)
        order = np.argsort(costs.min(axis=0), kind="stable")[: 2 * BEST]
        for k in order[np.isfinite(costs[best[order], order])]:
            self._reset(int(best[k]))
            if yield_seat(a, w, wish, int(victims[k]), LONG, self._heat):
                yield self._offer(who)

    def _victims(self, wish: int) -> Iterator[int]:
        """Yield the requests in seats that the wish could take, and the student's own."""
        a, home = self._a, self._home
        student = int(a.student[wish])
        for r in range(int(a.wish_at[student]), int(a.wish_at[student + 1])):
            if r != wish and home["section"][r] >= 0 and a.option_section[home["option"][r]] < 0:
                yield r
        for section in self._sections_of(wish):
            if not a.free[student] >> home["period"][section] & 1:
                continue
            begin = home["inside_at"][section]
            for r in home["inside"][begin : begin + home["rows"][section, 0]]:
                if a.student[r] != student and a.option_section[home["option"][r]] < 0:
                    yield int(r)

    def _sections_of(self, wish: int) -> list[int]:
        a = self._a
        found: dict[int, None] = {}
        for option in range(int(a.option_at[wish]), int(a.option_at[wish + 1])):
            c, only = int(a.option_course[option]), int(a.option_section[option])
            found |= dict.fromkeys([only] if only >= 0 else range(int(a.first[c]), int(a.first[c + 1])))
        return list(found)

    def _moving(self, wish: int, who: tuple[str, str]) -> Iterator[Offer]:
        """Yield what comes of it when a section of the course, or one that is in its way, moves."""
        a, home = self._a, self._home
        student = int(a.student[wish])
        own = self._sections_of(wish)
        mine = range(int(a.wish_at[student]), int(a.wish_at[student + 1]))
        taken = [int(home["section"][r]) for r in mine if home["section"][r] >= 0]
        size = np.diff(a.first)[a.course]
        sections = sorted(dict.fromkeys((*own, *taken)), key=lambda i: (int(size[i]), i))
        pairs = [(i, q) for i in sections for q in range(len(self.arrays.times)) if a.allowed[i] >> q & 1]
        costs: list[tuple[float, int, int]] = []
        for i, q in pairs[:MOST_MOVES]:
            self._reset()
            if shift(a, self._w, i, q, wish, QUICK, 0.0) and served(a, self._w, wish):
                costs.append((float(energy(self._w)), i, q))
        for _, i, q in sorted(costs)[:BEST]:
            self._reset()
            shift(a, self._w, i, q, wish, LONG, self._heat)
            if served(a, self._w, wish):
                yield self._offer(who)

    def _exceeding(self, wish: int, who: tuple[str, str]) -> Iterator[Offer]:
        """Yield what comes of it when one section takes one student more than it may."""
        for section in self._sections_of(wish):
            self._reset()
            if self._full(section, int(self._a.student[wish])) and open_seat(self._a, self._w, wish, section):
                yield self._offer(who, exceeded=self.arrays.sections[section])

    def _full(self, section: int, student: int) -> bool:
        a, rows = self._a, self._home["rows"]
        mask = int(a.tags[student]) << 1 | 1
        return any(mask >> k & 1 and rows[section, k] >= a.limit[section, k] for k in range(a.limit.shape[1]))

    # What came of it ---------------------------------------------------------------------------------------

    def _offer(self, wish: tuple[str, str] | None, *, exceeded: str | None = None) -> Offer:
        """Return what the present state of the arrays is, against the one from which questions start."""
        a, w, home = self._a, self._w, self._home
        moved = [self.arrays.sections[s] for s in np.flatnonzero(w.period != home["period"])]
        requests = np.flatnonzero(w.section != home["section"])
        changed = [self.arrays.students[s] for s in dict.fromkeys(a.student[requests].tolist())]
        after = self._timetable(moved, changed)
        found = self._ledger.difference(after, changed, moved)
        way = _Way(self._version, w.period.copy(), w.section.copy(), w.option.copy())
        if found.required and exceeded is None:
            kind: OfferKind = "move" if moved else "reseat"
            rules = ", ".join(f"{rule} ({amount})" for rule, amount in found.required.items())
            return refused(kind, f"required rules would be broken: {rules}")
        return offer_of(
            self.problem,
            self.timetable,
            after,
            found,
            wish=wish,
            changed=changed,
            moved=moved,
            exceeded=exceeded,
            way=way,
        )

    def _timetable(self, moved: Iterable[str], changed: Iterable[str]) -> Timetable:
        a, w = self._a, self._w
        placements = dict(self.timetable.placements)
        for id in moved:
            time = self.arrays.times[int(w.period[self.arrays.section_at[id]])]
            placements[self.problem.sections[id].meetings[0].id] = Placement(time)
        enrolments = dict(self.timetable.enrolments)
        for who in changed:
            number = self._number_of[who]
            mine = w.section[int(a.wish_at[number]) : int(a.wish_at[number + 1])]
            enrolments[who] = frozenset(self.arrays.sections[s] for s in mine.tolist() if s >= 0)
        return Timetable(placements, enrolments)

    def apply(self, offer: Offer) -> Timetable:
        """Take an offer: further questions are about the timetable with it, which is returned.

        Raises
        ------
        EchelonError
            When it cannot be had, breaks a required rule, or was made before another one was taken.
        """
        way: Any = offer.way
        if offer.timetable is None or way is None or offer.required:
            raise EchelonError(f"this change cannot be taken: {offer.reason or 'it breaks a required rule'}")
        if way.version != self._version:
            text = "the timetable has changed since this was offered"
            raise EchelonError(f"{text}\n  Maybe ask once more?")
        self._load(offer.timetable)
        return offer.timetable


def _with_everybody(problem: Problem, timetable: Timetable) -> Timetable:
    """Return a timetable that names every student, and no period of what does not exist."""
    none: frozenset[str] = frozenset()
    taken = {who: timetable.enrolments.get(who, none) for who in problem.student}
    return Timetable({id: Placement(timetable.placements[id].time) for id in problem.meetings}, taken)


@cache
def warm_up_questions() -> None:
    """Compile the kernels of a workbench, or load them where that was done before."""
    school = smallest_school()
    meetings = zip(("x", "y"), school.calendar.times, strict=True)
    placements = {id: Placement(time) for id, time in meetings}
    bench = Workbench.__new__(Workbench)
    bench._prepare(school, Timetable(placements, {"a": frozenset("xy")}))
    bench.move_cost("x", "A2")
    bench.suggestions("b", "x")
    open_seat(bench._a, bench._w, 2, 0)


def as_repair(workbench: Workbench) -> Callable[[str, str], str]:
    """Return what names the cheapest change for a student and a course, for lists of unmet requests."""

    def answer(student: str, course: str) -> str:
        offers = workbench.suggestions(student, course, quick=True)
        return offers[0].sentence if offers else "no change was found"

    return answer


def suggested(problem: Problem, timetable: Timetable, student: str, course: str) -> tuple[Offer, ...]:
    """Return what a workbench suggests, the best first; nothing where it does not take the timetable.

    Raises
    ------
    DataError
        When there is no such student or course.
    """
    try:
        return Workbench(problem, timetable).suggestions(student, course)
    except DataError:
        raise
    except EchelonError:
        return ()


def _ranked(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """Return offers of which none is worse than another in every way, a few of each kind, the best first."""
    found: list[Offer] = []
    count: dict[str, int] = {}
    for one in sorted((one for one in offers if one.timetable is not None), key=lambda one: one.rank):
        if any(_no_better(one, other) for other in found) or count.get(one.kind, 0) >= EACH:
            continue
        count[one.kind] = count.get(one.kind, 0) + 1
        found.append(one)
    return tuple(found)


def _no_better(one: Offer, other: Offer) -> bool:
    """Return whether an offer wins nothing against one that ranks before it."""
    if (one.sections, one.students, one.cost) == (other.sections, other.students, other.cost):
        return True
    mine, its = one.rank[:4], other.rank[:4]
    return mine != its and all(worse >= better for worse, better in zip(mine, its, strict=True))
