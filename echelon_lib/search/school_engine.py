"""Schools with individual requests: place sections by a surrogate, then section students exactly.

Students are sectioned exactly at the times that the surrogate found good; then sections of courses with unmet
requests are moved and the sectioning is repeated.
"""

from __future__ import annotations

import random
from dataclasses import replace

from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import UNMET, Evaluation, evaluate
from echelon_lib.search.board import Board, bits
from echelon_lib.search.claim import Claim, LevelClaim
from echelon_lib.search.exact import solve_levels
from echelon_lib.search.greedy import enrol, place
from echelon_lib.search.report import Report
from echelon_lib.search.surrogate import Surrogate, anneal, exchange
from echelon_lib.solvers.reduce import Reduction
from echelon_lib.stop import Running

STARTS = 4
"""Greedy starts, of which the best goes on."""
SURROGATE_SHARE = 0.5
"""Share of the time for placing sections before the first exact sectioning."""
MOST_MOVES = 400_000
"""Moves of a full annealing run, where time is not limited."""
MOVES_PER_PLACE = 400
"""Moves for each section and period, where that is fewer: a small school is soon looked through."""
MOST_RETRIES = 200
"""Times in a row that moving sections and sectioning again may bring nothing before the search ends."""
PATIENCE = 20
"""The same where the exact model follows."""
WARM, COLD = 0.8, 0.05
"""First and last temperature of the annealing, in weights of a pattern of average size."""


def search_school(
    reduction: Reduction,
    *,
    backend: str,
    stop: Running,
    seed: int,
    report: Report,
    start: Timetable,
    lower: int,
    counted: bool = False,
) -> Claim:
    """Search a school student by student for few unmet requests.

    Parameters
    ----------
    reduction
        The problem in counts, with every student a group of one where ``why_not`` speaks against counting.
    backend
        Linear backend of the exact sectioning.
    stop
        Deadline; it may be cancelled, and the best timetable is kept.
    report
        Hears of incumbents and bounds of the first level.
    start
        A timetable to begin with.
    lower
        A bound of the first level that is known beforehand; the search ends when it is reached.
    counted
        The exact model in counts follows, so that a good start is all that is asked for.

    Returns
    -------
    Claim
        The best timetable and the bound that was known; nothing more is proven.
    """
    engine = _Engine(reduction, backend, stop, seed, report, start)
    engine.greedy_starts(lower)
    if not counted:
        engine.place_exactly()
    engine.place_sections(lower)
    engine.move_sections(lower, patience=PATIENCE if counted else MOST_RETRIES)
    claim = Claim(engine.solver, engine.best, infeasible=engine.infeasible)
    if engine.infeasible:
        claim.timetable = None
        claim.notes.append("no placement of the sections keeps the required rules (proven by the solver)")
    claim.levels = [LevelClaim(None, lower, (UNMET,))]
    claim.interrupted = stop.cancelled
    return claim


class _Engine:
    """The best timetable so far and the steps that look for a better one."""

    def __init__(
        self, reduction: Reduction, backend: str, stop: Running, seed: int, report: Report, start: Timetable
    ) -> None:
        self.reduction = reduction
        self.problem = reduction.problem
        self.backend = backend
        self.stop = stop
        self.seed = seed
        self.report = report
        self.board = Board(self.problem)
        self.dice = random.Random(seed)
        self.best, self.score = start, evaluate(self.problem, start)
        self.solver = "multi-start greedy"
        self.infeasible = False

    def consider(self, timetable: Timetable) -> None:
        """Keep a timetable if it is better."""
        new = evaluate(self.problem, timetable)
        if (not new.feasible, new.cost) < (not self.score.feasible, self.score.cost):
            self.best, self.score = timetable, new
            self.report.keep(timetable)
            if new.feasible:
                self.report(1, new.cost[0], None)

    def greedy_starts(self, lower: int) -> None:
        """Try several greedy timetables."""
        for _ in range(STARTS - 1):
            if self.score.cost[0] <= lower or self.stop.done():
                return
            self.consider(self.greedy())

    def greedy(self) -> Timetable:
        """Return another greedy timetable."""
        period = place(self.board, self.dice)
        return self.board.timetable(period, enrol(self.board, period, self.dice))

    def place_exactly(self) -> None:
        """Place sections by an integer model without students, where no greedy timetable keeps the rules."""
        if self.score.feasible or self.stop.done():
            return
        enrolment = (AtMostEnrolled, AtLeastEnrolled)
        rules = tuple(c for c in self.problem.constraints if not isinstance(c, enrolment))
        bare = replace(self.problem, requests=(), pooled={}, constraints=rules)
        part = solve_levels(
            Reduction(bare),
            backend=self.backend,
            stop=self.stop.part(SURROGATE_SHARE),
            seed=self.seed,
            report=self.report.aside(),
            start=Timetable(self.best.placements),
            levels=1,
        )
        self.infeasible = part.infeasible
        if part.timetable is not None:
            period = self.board.periods(part.timetable)
            self.consider(self.board.timetable(period, enrol(self.board, period, self.dice)))
            self.section(period, self.stop.part(SURROGATE_SHARE))

    def place_sections(self, lower: int) -> None:
        """Anneal the surrogate and section students exactly, from several starts while that is cheap.

        The surrogate knows no seats: placements that are alike to it differ in what sectioning makes of them.
        """
        start = self.best
        for _ in range(STARTS):
            state = Surrogate(self.board, self.board.periods(start))
            if self.score.cost[0] <= lower or self.stop.done() or not self.complete(state.period):
                return
            students = sum(state.count) / max(1, len(state.count))
            weight = max((request.weight for request in self.problem.requests), default=1) * students
            clock = self.stop.part(SURROGATE_SHARE)
            most = min(MOST_MOVES, MOVES_PER_PLACE * len(state.period) * len(self.board.times))
            period = anneal(state, self.dice, clock, warm=weight * WARM, cold=weight * COLD, most=most)
            settled = not clock.done()
            self.section(period, self.stop.part(SURROGATE_SHARE))
            if not settled:
                return
            start = self.greedy()

    def move_sections(self, lower: int, *, patience: int) -> None:
        """Move sections of courses that are short and section again while that helps."""
        stale = 0
        while stale < patience:
            left = self.stop.remaining()
            short = left is not None and left < 1.0
            if self.score.cost[0] <= lower or self.stop.done() or short or not self.score.feasible:
                return
            before = self.score.cost
            period = _moved(self.board, self.board.periods(self.best), self.score, self.dice)
            self.section(period, self.stop.part(0.34))
            stale = 0 if self.score.cost < before else stale + 1

    def complete(self, period: list[int]) -> bool:
        """Return whether every section is placed."""
        return all(at >= 0 for at in period)

    def section(self, period: list[int], stop: Running) -> None:
        """Section students exactly at fixed times and keep the timetable if it is better."""
        if stop.done() or not self.complete(period):
            return
        board = self.board
        fixed = {id: board.times[at] for id, at in zip(board.section_ids, period, strict=True)}
        part = solve_levels(
            self.reduction,
            backend=self.backend,
            stop=stop,
            seed=self.seed,
            report=self.report.aside(),
            start=board.timetable(period, enrol(board, period, self.dice)),
            fixed=fixed,
            levels=1,
        )
        if part.timetable is not None:
            self.consider(part.timetable)
            self.solver = f"{part.solver} (sectioning, after greedy starts and annealing of sections)"


def _moved(board: Board, period: list[int], score: Evaluation, dice: random.Random) -> list[int]:
    """Return periods with some sections of courses that are short moved where the surrogate loses least."""
    course_at = {course: number for number, course in enumerate(board.course_ids)}
    short = [course_at[one.request.primary] for one in score.served if one.rank is None]
    state = Surrogate(board, period)
    sections = [s for course in short for s in board.members[course]] or list(range(len(period)))
    for _ in range(max(1, dice.randrange(1, 4))):
        best: tuple[float, list[tuple[int, int]]] | None = None
        section = dice.choice(sections)
        for at in bits(board.allowed[section]):
            moves = exchange(state, section, at)
            if moves is None:
                continue
            before = [(one, state.period[one]) for one, _ in moves]
            price = state.price(moves)
            change, undo = state.move(moves)
            state.back(before, undo)
            value = change + price + dice.random()
            if best is None or value < best[0]:
                best = (value, moves)
        if best is not None:
            state.move(best[1])
    return state.period
