"""A published week is made good again after changes, and as few meetings as may be get another hour.

Meetings that lost their room get another one at the same hour first. What clashes is mended by the breakout
with a price for every hour that is not the published one, from several seeds; then whatever can goes home.
What has no place in the end is left out, and the reason is told.

Attempts are made two by two, side by side. One of them seldom empties a room for a meeting, which moves least
where that is easy; the other does whenever no room is free, which finds an answer where rooms are scarce.
Another repair may take the place of the breakout; it knows no price.
"""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray

from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.domain.uncollected import uncollected
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.search.kernels.university_layout import TEACHER_WEIGHT
from echelon_lib.search.kernels.university_week import broken, clashing
from echelon_lib.search.university.arrays import UniversityArrays
from echelon_lib.search.university.breakout import ANYWHERE, Breakout, graph
from echelon_lib.search.university.desk import Desk
from echelon_lib.search.university.parallel import parallel_offers
from echelon_lib.search.university.resolve_account import Resolved, Told
from echelon_lib.search.university.soft import Annealing
from echelon_lib.search.university.strategy import BLOCK, UNKNOWN, Strategy, WeekSearch
from echelon_lib.solvers.result import StageRecord
from echelon_lib.stop import Never, Running, Stop, running

Ints = NDArray[np.int64]

PRICE = 20
"""What another hour costs, in groups that clash."""
SEEDS = 6
SIDES = (0.1, 25_000), (1.0, 50_000)
"""Attempts side by side: the share of the searches for a room that end by emptying one, and the steps without
fewer meetings that clash, after which an attempt gives up."""
PERSISTENT = 10
"""How many times as long two last attempts go on where those before left something without a place."""
ENOUGH = 0.01
"""Share of the meetings at another hour up to which no further attempt is made to move fewer."""
REHOUSING = "rehousing", "free rooms at the same hour"
RETURN = "return home", "free hours and rooms"
"""Stages that can be done in one way only, and the words for who does them."""
POLISH = 2_000, 200_000
"""Moves of the annealing for each meeting that moved, and in all at most."""


def resolve(
    problem: Problem,
    published: Timetable,
    *,
    price: int = PRICE,
    cap: int | None = None,
    stop: Stop | Running | float | None = 5.0,
    seed: int = 0,
    seeds: int = SEEDS,
    repair: Strategy | None = None,
) -> Resolved:
    """Make a published timetable good again for a changed problem.

    Parameters
    ----------
    problem
        The problem as it is now. A meeting with a single time and a single room stays there.
    published
        The timetable that people know; it may have meetings that are gone.
    price
        What it costs to give a meeting another hour, in groups that clash; 0 lets meetings move freely.
    cap
        Meetings that may get another hour, at most; where more are needed, the answer says so.
    stop
        When to stop. A number of iterations is shared by the seeds, and makes the answer repeatable.
    seed
        Seed of the random decisions.
    seeds
        Attempts at most, each from a seed of its own; the best is kept. No more are made when one keeps the
        rules and moves little. Where none places everything, two last ones take what is left of a deadline.
    repair
        What mends clashes in place of the breakout, without a price; it may take all the time that there is.

    Returns
    -------
    Resolved
        The timetable, in which what has no place is left out, with what moved, what is left, and why.

    Raises
    ------
    EchelonError
        When a rule has no encoding.
    """
    clock = running(stop)
    with uncollected():
        arrays = UniversityArrays.of(problem)
        begun = _Begun.of(arrays, published)
        enough = max(begun.must, int(ENOUGH * len(arrays.meetings)))
        enough = enough if cap is None else min(enough, cap)
        best, made = _best(arrays, begun, price, clock, seed, max(1, seeds), enough, repair)
        best.polish()
        return _account(best, published, cap=cap, seeds=made)


def closest(problem: Problem, timetable: Timetable, *, movable: Collection[str] | None = None) -> Resolved:
    """Leave out of a timetable whatever clashes, and say why that has no place.

    Parameters
    ----------
    problem
        The problem.
    timetable
        What a search ended with that found no timetable.
    movable
        Identifiers of the meetings that may be moved; None for all.

    Returns
    -------
    Resolved
        The timetable without what has no place in it, with the reasons and with what may be offered. Nothing
        counts as moved.

    Raises
    ------
    EchelonError
        When a rule has no encoding.
    """
    with uncollected():
        arrays = UniversityArrays.of(problem, movable=movable)
        only = _Attempt(arrays, _Begun.of(arrays, timetable), 0, None)
        only.tidy()
        return _account(only, None, cap=None, seeds=0)


def _account(best: _Attempt, published: Timetable | None, *, cap: int | None, seeds: int) -> Resolved:
    """Tell of an attempt; without a published timetable nothing has moved."""
    arrays, begun, week = best.search.arrays, best.begun, best.search.week
    problem, timetable = arrays.problem, arrays.timetable(week.start, week.place)
    told = Told(arrays, best.desk, timetable if published is None else published, begun.home, begun.why)
    evaluation = evaluate(problem, timetable)
    done = told.account(best.left, timetable, evaluation, cap=cap, seeds=seeds)
    left = {arrays.meetings[i]: [told.time(i, at) for at in best.desk.starts(i)] for i in best.left}
    beside = evaluation.cost[arrays.level - 1] - best.key[-1] if evaluation.feasible else None
    return replace(
        done,
        offers=parallel_offers(problem, timetable, left),
        stages=tuple(one.record(beside) for one in (*begun.stages, *best.stages)),
        told=tuple(f"{one.strategy}: {one.told}" for one in (*begun.stages, *best.stages)),
    )


@dataclass(frozen=True, slots=True)
class _Stage:
    """What a stage came to; the cost is that of the terms that placements change, where nothing clashes."""

    name: str
    strategy: str
    seconds: float
    told: str
    clashes: int
    cost: int

    def record(self, beside: int | None) -> StageRecord:
        """Return it with what all other terms cost; None where the answer keeps not all required rules."""
        clashes = None if self.clashes == UNKNOWN else self.clashes
        cost = None if self.clashes or beside is None else self.cost + beside
        return StageRecord(self.name, self.strategy, self.seconds, clashes, cost)


def _standing(search: WeekSearch) -> tuple[int, int]:
    """Return what clashes in a week that was just loaded, and what it costs otherwise."""
    arrays = search.arrays
    return int(broken(arrays.university, search.week)), int(arrays.sums(search.week).sum())


def _best(
    arrays: UniversityArrays,
    begun: _Begun,
    price: int,
    clock: Running,
    seed: int,
    seeds: int,
    enough: int,
    repair: Strategy | None,
) -> tuple[_Attempt, int]:
    """Make attempts side by side until one moves no more than is enough; return the best, and how many.

    The seconds of its repair are those of all attempts, but for its own return home.
    """
    watch = Never().start()
    pairs = None if repair else graph(arrays.university)
    moves = None if clock.iterations is None else max(1, clock.iterations * BLOCK // seeds)
    best: _Attempt | None = None
    made = 0
    with ThreadPoolExecutor(len(SIDES)) as pool:

        def wave(side: int, part: Running, longer: int = 1) -> list[_Attempt]:
            attempts = [_Attempt(arrays, begun, seed * 1_000 + made + k, moves) for k in range(side)]
            jobs = [
                pool.submit(
                    one.run,
                    repair or Breakout(begun.home, price, pairs, evicted, longer * patience),
                    part,
                )
                for one, (evicted, patience) in zip(attempts, SIDES, strict=False)
            ]
            for job in jobs:
                job.result()
            return attempts

        while made < seeds and (best is None or not clock.done()):
            side = min(len(SIDES), seeds - made)
            found = wave(side, clock.part(side / (seeds - made)))
            made += side
            best = min([*([] if best is None else [best]), *found], key=lambda one: one.key)
            if len(best.left) <= begun.hopeless and best.moved <= enough:
                break
        assert best is not None
        if moves is None and len(best.left) > begun.hopeless and not clock.done():
            best = min([best, *wave(len(SIDES), clock, PERSISTENT)], key=lambda one: one.key)
            made += len(SIDES)
    mended, home = best.stages
    seconds = watch.elapsed() - home.seconds
    best.stages[0] = replace(mended, seconds=seconds, told=f"{mended.told}; best of {made} attempts")
    return best, made


@dataclass(frozen=True)
class _Begun:
    """Where everything is before the search.

    Attributes
    ----------
    home, rooms
        Published start and room of each meeting: ``ANYWHERE`` and -1 where there is none.
    start, place
        Where it is to begin with; -1 where it lost its place.
    still
        Meetings that stay: they are frozen, may not be moved, or have no place at all.
    why
        Why a meeting could not simply stay.
    must
        Meetings that have to get another hour.
    hopeless
        Meetings to which nothing leaves an hour or a room.
    stages
        The stage that is over by then.
    """

    home: Ints
    rooms: Ints
    start: Ints
    place: Ints
    still: NDArray[np.bool_]
    why: dict[int, str]
    must: int
    hopeless: int
    stages: list[_Stage] = field(default_factory=list)

    @classmethod
    def of(cls, arrays: UniversityArrays, published: Timetable) -> _Begun:
        watch = Never().start()
        a = arrays.university
        start, place = arrays.read(published)
        placed = published.placements
        where = [arrays.where(i, placed.get(id)) for i, id in enumerate(arrays.meetings)]
        home = np.array([at if at >= 0 else ANYWHERE for at, _ in where], np.int64)
        rooms = np.array([room for _, room in where], np.int64)
        dead = arrays.hopeless
        single = (np.bitwise_count(a.domain) == 1) & (arrays.suitable == 1)
        why: dict[int, str] = {}
        for i in np.flatnonzero((start < 0) & ~dead).tolist():
            at = int(home[i])
            if at == ANYWHERE:
                why[i] = "it is new"
            elif not a.domain[i] >> at & 1:
                why[i] = "its faculty is away then"
            elif rooms[i] < 0:
                why[i] = "its room is closed"
            else:
                why[i] = "its room does not suit it any more"
        away = sum(reason == "its faculty is away then" for reason in why.values())
        still = dead | (single & (start >= 0)) | ~arrays.movable
        found = cls(home, rooms, start, place, still, why, away, int(dead.sum()))
        said, clashes, cost = found._rehouse(arrays)
        found.stages.append(_Stage(*REHOUSING, watch.elapsed(), said, clashes, cost))
        return found

    def _rehouse(self, arrays: UniversityArrays) -> tuple[str, int, int]:
        """Give a room to what lost its own, at the same hour; return what was done, clashes and cost."""
        search = WeekSearch(arrays, 0)
        search.load(self.start, self.place)
        desk = Desk(arrays.university, search.week)
        lost = [i for i, why in self.why.items() if why.startswith("its room")]
        people = arrays.university.people
        for i in sorted(lost, key=lambda i: (len(desk.rooms(i)), -people[i], i)):
            at = int(self.home[i])
            room = desk.room(i, at, desk.liked(i))
            if room >= 0:
                desk.put(i, at, room)
                self.start[i], self.place[i] = at, room
        # A clash at home is the reason for most others that cannot stay.
        search.week.frozen[:] = False
        listed = np.zeros(len(self.home), np.int64)
        for i in listed[: int(clashing(arrays.university, search.week, listed))].tolist():
            if search.week.start[i] >= 0:
                self.why.setdefault(i, "somebody of it has something else then")
        search.load(self.start, self.place)
        kept = int((self.start[lost] >= 0).sum())
        return f"{kept} of {len(lost)} meetings without their room have another", *_standing(search)


class _Attempt:
    """One run of the repair, tidied up: what still clashes is left out, and what can goes home."""

    def __init__(self, arrays: UniversityArrays, begun: _Begun, seed: int, moves: int | None) -> None:
        self.begun = begun
        self.search = WeekSearch(arrays, seed, moves)
        self.desk = Desk(arrays.university, self.search.week)
        self.left: list[int] = []
        self.moved = 0
        self.key: tuple[int, ...] = ()
        self.stages: list[_Stage] = []
        self.search.best = np.stack((begun.start, begun.place))
        self.search.week.frozen[:] = begun.still

    def run(self, repair: Strategy, clock: Running) -> None:
        """Search, and tidy up."""
        search, watch = self.search, Never().start()
        said = repair.run(search, clock, np.random.default_rng(search.seed))
        spent = watch.elapsed()
        self.stages.append(_Stage("repair", repair.name, spent, said, search.clashes, search.cost))
        self.tidy()

    def tidy(self) -> None:
        """Leave out what clashes in the best week, and let go home whatever can."""
        search, watch = self.search, Never().start()
        search.load(*search.best)
        self.left = self._left_out()
        while self._go_home():
            pass
        self.left = [i for i in self.left if search.week.start[i] < 0]
        start, place = search.week.start.copy(), search.week.place.copy()
        self._count(start, place)
        said = f"{self.moved} meetings stay at another hour, {len(self.left)} are left out"
        self._over(*RETURN, watch, said)

    def _over(self, stage: str, strategy: str, watch: Running, said: str) -> None:
        """Note that a stage is over, after its week was counted."""
        clashes, cost = _standing(self.search)
        self.stages.append(_Stage(stage, strategy, watch.elapsed(), said, clashes, cost))

    def _count(self, start: Ints, place: Ints) -> None:
        search, begun = self.search, self.begun
        search.load(start, place)
        known = (begun.home != ANYWHERE) & (start >= 0)
        self.moved = int((known & (start != begun.home)).sum())
        rooms = int((known & (start == begun.home) & (place != begun.rooms)).sum())
        self.key = (len(self.left), self.moved, rooms, int(search.arrays.sums(search.week).sum()))

    def polish(self) -> None:
        """Let what moved, and nothing else, find the hours and rooms that cost least."""
        begun, week, watch = self.begun, self.search.week, Never().start()
        moved = (week.start != begun.home) & (week.start >= 0) & ~begun.still
        if self.left or not moved.any():
            return
        arrays = replace(self.search.arrays, movable=moved)
        moves = min(POLISH[0] * int(moved.sum()), POLISH[1])
        search = WeekSearch(arrays, self.search.seed, moves)
        search.load(week.start, week.place)
        search.look()
        annealing = Annealing(gently=True)
        said = annealing.run(search, Never().start(), np.random.default_rng(self.search.seed))
        self._count(*search.best)
        while self._go_home():
            pass
        self._count(week.start.copy(), week.place.copy())
        self._over("polish", annealing.name, watch, said)

    def _left_out(self) -> list[int]:
        """Take out what clashes, the worst first; what finds a free place afterwards is put there."""
        a, week, desk = self.search.arrays.university, self.search.week, self.desk
        listed = np.zeros(len(a.length), np.int64)
        week.frozen[:] = False
        out = np.flatnonzero(week.start < 0).tolist()
        count = int(clashing(a, week, listed))
        bad = [self._rank(i) for i in listed[:count].tolist() if week.start[i] >= 0]
        heapify(bad)
        while bad:
            said = heappop(bad)
            i = said[-1]
            now = self._rank(i)  # what was taken out since may have been all that it clashed with
            if now == said:
                desk.lift(i)
                out.append(i)
            elif now[1]:
                heappush(bad, now)
        for i in out:
            for at in self._nearest(i):
                if not len(desk.busy(i, at)) and (room := desk.room(i, at, desk.liked(i))) >= 0:
                    desk.put(i, at, room)
                    break
        week.frozen[:] = self.begun.still
        return out

    def _rank(self, i: int) -> tuple[bool, int, int, int]:
        """Return what decides how early a meeting is taken out, the least first; its number comes last."""
        return bool(self.begun.still[i]), -self._harm(i), int(self.search.arrays.university.people[i]), i

    def _harm(self, i: int) -> int:
        busy = self.desk.busy(i, int(self.search.week.start[i]))
        return int(np.where(self.search.arrays.university.is_teacher[busy], TEACHER_WEIGHT, 1).sum())

    def _nearest(self, i: int) -> list[int]:
        """Return the starts of a meeting, the published one first."""
        home = int(self.begun.home[i])
        return sorted(self.desk.starts(i), key=lambda at: (at != home, abs(at - home), at))

    def _go_home(self) -> bool:
        """Let everything that can return to its published hour or room; return whether anything did."""
        a, week, desk, begun = self.search.arrays.university, self.search.week, self.desk, self.begun
        changed = False
        away = (begun.home != ANYWHERE) & ~begun.still
        away &= (week.start != begun.home) | (week.place != begun.rooms)
        for i in np.flatnonzero(away).tolist():
            home, own = int(begun.home[i]), int(begun.rooms[i])
            if not a.domain[i] >> home & 1 or len(desk.busy(i, home)):
                continue
            here = int(week.place[i])
            room = desk.room(i, home, [own, here] if week.start[i] == home else desk.liked(i, own))
            if room >= 0 and (home, room) != (week.start[i], here):
                desk.put(i, home, room)
                changed = True
        return self._exchange_rooms(away) or changed

    def _exchange_rooms(self, away: NDArray[np.bool_]) -> bool:
        """Let what could return to its room but for another exchange rooms with it, where both rooms suit."""
        a, week, begun = self.search.arrays.university, self.search.week, self.begun
        changed = False
        for i in np.flatnonzero(away & (week.start == begun.home) & (begun.rooms >= 0)).tolist():
            start, here, own = int(week.start[i]), int(week.place[i]), int(begun.rooms[i])
            j = int(week.holds[start, own])
            if j < 0 or j == i or not away[j] or week.start[j] != start or a.length[j] != a.length[i]:
                continue
            at_home = begun.rooms[j] == own and begun.home[j] == start
            if at_home or not a.fits[a.kind[i], own] or not a.fits[a.kind[j], here]:
                continue
            stop = start + int(a.length[i])
            week.holds[start:stop, own], week.holds[start:stop, here] = i, j
            week.place[i], week.place[j] = own, here
            changed = True
        return changed
