"""One search of a school with individual requests: sections, then sections and students, then the rest."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from echelon_lib.domain.timetable import Timetable
from echelon_lib.search.arrays import MOST_EXTRA, SchoolArrays
from echelon_lib.search.kernels.joint import anneal_all
from echelon_lib.search.kernels.layout import EXTRA, LATER, LOGGED, LOGGING, MOVED, OPEN, OVER, SHIFTED, UNMET
from echelon_lib.search.kernels.moves import insert, lift, relieve, seat, stand
from echelon_lib.search.kernels.surrogate import anneal_periods, prepare
from echelon_lib.stop import Running

BLOCK = 10_000
"""Moves that count as one iteration of a stopping criterion."""
STEPS = 400
"""Temperatures of a phase."""
EACH_REQUEST, LEAST_MOVES = 100, 100_000
"""Moves for each request, and at least, in a phase that neither a deadline nor a number of moves ends."""
OFFERS = 8
"""How often a phase without a deadline offers its best: by its moves, since others may be faster."""
MOST_MOVES = 100_000
"""Moves between two looks at the clock."""
HOT_FIRST, COLD_FIRST = 0.6, 0.05
HOT_JOINT, COLD_JOINT = 0.5, 0.15
HOT_LATER, COLD_LATER = 3.0, 0.2
"""Temperatures: in light requests, and in the price of the later levels."""
MIX_JOINT, MIX_LATER, MIX_STILL = (0.15, 0.25, 0, 0.4), (0.05, 0.9, 0, 0.0), (0.0, 0.95, 0, 0.0)
"""Shares of moves of sections and of students within courses, steals after a move of a section, and the share
of trades among the moves of open requests; the last for sections that stand still."""
SECTIONS_MOVES, REQUESTS_MOVES = 0.55, 0.55
"""Share of the counted moves for the first phase, and of what is left then for the second: about what each of
them makes in its share of the time."""
LATER_PRICE = 0.01
"""What one unit of the later levels is worth in light requests while requests are served."""
OVER_PRICES = 0.1, 0.6
"""First and last price, in light requests, of a student beyond a limit."""
OVERFILL = 3
"""Students beyond a limit while that has a price."""
HARD_FROM = 0.7
"""Share of the second phase from which on limits are hard."""
FEW = 3
"""Courses of so few sections decide most clashes; seven moves in ten are of theirs."""
LATER_ONLY = 1e6
"""Weight of a request when later levels are improved: none is given up for them."""


@dataclass
class Annealer:
    """A search with a seed of its own; several can run side by side in threads.

    Parameters
    ----------
    arrays
        The school.
    seed
        Equal seeds search alike where the stop has no deadline.
    stop
        When to end.
    lower
        Cost of the requests that no timetable can pass; requests are left alone when it is reached.
    moves
        Moves of the whole search where iterations limit it.

    Attributes
    ----------
    best
        Cost of requests and price of later levels of the best state within all limits.
    done, made
        Moves tried so far, all of them and by phase.
    offered, offers
        A copy of that state for whoever listens in another thread, and all copies that were not heard yet.
    settled
        Set from outside: requests need not be looked at any longer.
    halted
        Set from outside: later levels need not be looked at any longer.
    """

    arrays: SchoolArrays
    seed: int
    stop: Running
    lower: int = 0
    moves: int | None = None
    best: NDArray[np.int64] = field(init=False)
    done: int = field(init=False, default=0)
    made: dict[str, int] = field(init=False, default_factory=dict)
    offered: NDArray[np.int64] | None = field(init=False, default=None)
    offers: deque[NDArray[np.int64]] = field(init=False, default_factory=deque)
    settled: bool = field(init=False, default=False)
    halted: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        a = self.arrays.school
        self.state = self.arrays.state(self.seed)
        self.unit = max(1.0, float(np.percentile(a.weight, 25))) if len(a.weight) else 1.0
        self.best = np.full(2, np.iinfo(np.int64).max)
        self.kept = np.full((3, max(len(a.course), len(a.weight), 1)), -1, np.int64)
        self.stat = np.zeros(6, np.int64)
        self.weigh(later=LATER_PRICE)

    # What is there -----------------------------------------------------------------------------------------

    def weigh(self, *, request: float = 1.0, later: float, over: float = 1.0, moved: float = 0.0) -> None:
        """Set what the sums are worth to the search, in light requests."""
        w = self.state.weights
        w[UNMET], w[LATER], w[OVER] = request / self.unit, later, over
        w[MOVED], w[SHIFTED] = moved, moved

    def place(self, periods: Iterable[int]) -> None:
        """Place all sections; nobody may be seated."""
        a, w = self.arrays.school, self.state
        for section, period in enumerate(periods):
            if w.period[section] >= 0:
                lift(a, w, section)
            if period >= 0:
                stand(a, w, section, int(period))

    def enrol(self, sections: Iterable[int], options: Iterable[int]) -> None:
        """Seat requests in sections by options, where they are given."""
        a, w = self.arrays.school, self.state
        w.counts[LOGGING] = 0
        for request, (section, option) in enumerate(zip(sections, options, strict=True)):
            if w.section[request] != section or w.option[request] != option:
                seat(a, w, request, int(section), int(option))

    def clear(self) -> None:
        """Take everybody out of all sections."""
        nobody = np.full(len(self.arrays.school.weight), -1)
        self.enrol(nobody, nobody)

    def load(self, timetable: Timetable) -> None:
        """Take over a timetable in which all sections are placed, as far as it fits within the limits."""
        periods, sections, options = self.arrays.read(timetable)
        self.clear()
        self.place(periods)
        self.enrol(sections, options)
        self.look()
        self.harden()

    def adopt(self, other: Annealer) -> None:
        """Take over the best state of another search."""
        self.best[:] = other.best
        self.kept[:] = other.kept
        self.back_to_best()

    def offer(self) -> None:
        """Offer the best state within all limits to whoever listens."""
        if self.best[0] < np.iinfo(np.int64).max:
            self.offered = self.kept.copy()
            self.offers.append(self.offered)

    def timetable(self, kept: NDArray[np.int64] | None = None) -> Timetable | None:
        """Return a state that was offered, the last one if none is named, as a timetable."""
        kept = self.offered if kept is None else kept
        if kept is None:
            return None
        a = self.arrays.school
        return self.arrays.timetable(kept[0, : len(a.course)], kept[1, : len(a.weight)])

    # The phases --------------------------------------------------------------------------------------------

    def search(self) -> None:
        """Go through all phases from sections that have periods."""
        self.place_sections(self.phase(self.stop, 0.5, SECTIONS_MOVES))
        self.seat_everybody()
        self.serve_requests(self.phase(self.stop, 0.7, REQUESTS_MOVES))
        self.improve_later(self.phase(self.stop))

    def place_sections(self, phase: Phase) -> None:
        """Anneal the periods of sections against what a matching of each student's courses leaves."""
        a, w = self.arrays.school, self.state
        groups = a.asked_by.shape[1]
        loss = np.zeros(len(self.arrays.students), np.int64)
        supply = np.zeros((groups, len(self.arrays.times)))
        matched = np.full((len(loss), len(self.arrays.times)), -1, np.int64)
        scratch = np.empty_like(matched)
        total = np.array([prepare(a, w, loss, supply, matched)])
        mean = np.maximum(supply.mean(axis=1), 1e-9)
        sizes = np.diff(a.first)[a.course]
        hot = np.flatnonzero(sizes <= FEW)
        hot = hot if len(hot) else np.arange(len(a.course))
        stamp = np.zeros(len(loss) + 1, np.int64)
        self.weigh(later=LATER_PRICE)

        def step(moves: int, spent: float) -> bool:
            if self.settled:
                return True
            heat = HOT_FIRST * (COLD_FIRST / HOT_FIRST) ** spent
            anneal_periods(
                *(a, w, moves, heat, self.unit, loss, supply, mean, hot, total, stamp, matched, scratch)
            )
            return False

        if len(a.course):
            phase.run("sections", step)
        self.surrogate = int(total[0])

    def seat_everybody(self) -> None:
        """Serve requests one by one, the heavy ones first."""
        a, w = self.arrays.school, self.state
        w.counts[LOGGING] = 0
        dice = np.random.default_rng(self.seed)
        for r in np.lexsort((dice.random(len(a.weight)), -a.weight)):
            insert(a, w, int(r), 1)

    def serve_requests(self, phase: Phase, *, gently: bool = False) -> None:
        """Anneal sections and students together; limits have a price first and are hard at the end.

        ``gently`` begins as cold as the phase ends, so that a good start is not lost.
        """
        hot = COLD_JOINT if gently else HOT_JOINT
        a, w = self.arrays.school, self.state
        w.counts[LOGGING] = 0
        state = {"hard": False}

        def step(moves: int, spent: float) -> bool:
            if spent < HARD_FROM:
                w.counts[EXTRA] = min(OVERFILL, MOST_EXTRA)
                first, last = OVER_PRICES
                self.weigh(later=LATER_PRICE, over=first + (last - first) * spent / HARD_FROM)
            elif not state["hard"]:
                state["hard"] = True
                self.harden()
            heat = hot * (COLD_JOINT / hot) ** spent
            anneal_all(a, w, moves, heat, *MIX_JOINT, self.best, self.kept, self.stat)
            return bool(self.best[0] <= self.lower) or self.settled

        phase.run("sections and students", step)
        self.harden()
        self.back_to_best()
        self.offer()

    def harden(self) -> None:
        """Make all limits hard: who is too many leaves, and looks for another place."""
        a, w = self.arrays.school, self.state
        w.counts[EXTRA] = w.counts[LOGGED] = w.counts[LOGGING] = 0
        self.weigh(later=LATER_PRICE)
        relieve(a, w)
        for r in w.open[: w.counts[OPEN]].copy():
            insert(a, w, int(r), 1)
        self.look()

    def look(self) -> None:
        """Keep the state if it is the best within the limits."""
        a, w = self.arrays.school, self.state
        anneal_all(a, w, 0, 0.0, 0.0, 0.0, 0, 0.0, self.best, self.kept, self.stat)

    def back_to_best(self) -> None:
        """Return to the best state within the limits."""
        a = self.arrays.school
        if self.best[0] == np.iinfo(np.int64).max:
            return
        self.clear()
        self.place(self.kept[0, : len(a.course)])
        self.enrol(self.kept[1, : len(a.weight)], self.kept[2, : len(a.weight)])

    def improve_later(self, phase: Phase, *, still: bool = False) -> None:
        """Anneal what later levels price; no request is given up for it, and ``still`` moves no section."""
        a, w = self.arrays.school, self.state
        self.weigh(request=LATER_ONLY * self.unit, later=1.0)

        def step(moves: int, spent: float) -> bool:
            heat = HOT_LATER * (COLD_LATER / HOT_LATER) ** spent
            mix = MIX_STILL if still else MIX_LATER
            anneal_all(a, w, moves, heat, *mix, self.best, self.kept, self.stat)
            return self.halted

        phase.run("later levels", step)

    def phase(self, clock: Running, share: float = 1.0, of_moves: float = 1.0) -> Phase:
        """Return a part of the search: a share of the time of a clock, or of the moves that are left."""
        moves = None
        if self.moves is not None:
            moves = max(0, int((self.moves - self.done) * of_moves))
        elif clock.remaining() is None:
            moves = max(LEAST_MOVES, EACH_REQUEST * len(self.arrays.requests))
        return Phase(self, clock.part(share), moves)


class Phase:
    """A part of a search: so many moves, or so much time, over which it cools."""

    def __init__(self, search: Annealer, clock: Running, moves: int | None) -> None:
        self.search = search
        self.clock = clock
        self.moves = moves
        self._best: tuple[float, ...] | None = None
        self._since = self._done = 0
        self._offered: tuple[float, ...] | None = None

    def run(self, name: str, step: Callable[[int, float], bool]) -> None:
        """Call ``step(moves, share of the phase that is over)`` until that share is 1, or it returns True.

        A phase with a deadline goes by the clock, one without it by its moves alone; one with a deadline and
        a number of moves by whichever ends first.
        """
        clock, total = self.clock, self.moves
        whole = clock.remaining()
        begun = clock.elapsed()
        spent = 0.0
        chunk = 500 if total is None else min(MOST_MOVES, max(100, total // STEPS))
        made = self.search.made.get(name, 0)
        while spent < 1.0:
            before = clock.elapsed()
            ended = step(chunk, spent)
            self._done += chunk
            self.search.done += chunk
            self.search.made[name] = made + self._done
            now = clock.elapsed()
            was, spent = spent, 0.0 if total is None else self._done / max(1, total)
            if whole is not None:
                spent = max(spent, (now - begun) / max(1e-6, whole))
                if total is None and now - before < whole / (2 * STEPS):
                    chunk = min(2 * chunk, MOST_MOVES)
            over = self._over() or ended or spent >= 1.0
            if over or whole is not None or int(spent * OFFERS) > int(was * OFFERS):
                self._offer()
            if over:
                return

    def _known(self) -> tuple[float, ...] | None:
        best = self.search.best
        return tuple(float(n) for n in best) if best[0] < np.iinfo(np.int64).max else None

    def _offer(self) -> None:
        best = self._known()
        if self.search.offered is None or best != self._offered:
            self.search.offer()
            self._offered = best

    def _over(self) -> bool:
        """Return whether the stop says so; nothing better for a while is counted by each phase for itself."""
        clock, best = self.clock, self._known()
        if best is not None and (self._best is None or best < self._best):
            self._best, self._since = best, self._done
        most, patience = clock.iterations, clock.patience
        stale = patience is not None and best is not None and self._done - self._since >= patience * BLOCK
        return stale or clock.done() or (most is not None and self.search.done >= most * BLOCK)
