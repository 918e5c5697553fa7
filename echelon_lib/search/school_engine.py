"""Schools with individual requests: several searches side by side, and a proof for what can be proven.

Each search anneals sections and students (:mod:`echelon_lib.search.annealer`). All of them first serve
requests; then they go on from the best one and improve what later levels price. Where requests are left, an
exact sectioning at the times found says whether better could be made of this master schedule.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from functools import cache, partial

import numpy as np

from echelon_lib.domain.calendar import Calendar
from echelon_lib.domain.offerings import Course, Meeting, Request, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import UNMET, evaluate
from echelon_lib.search.annealer import BLOCK, Annealer
from echelon_lib.search.arrays import SchoolArrays
from echelon_lib.search.board import Board
from echelon_lib.search.claim import Claim, LevelClaim
from echelon_lib.search.complete import placed
from echelon_lib.search.exact import solve_levels
from echelon_lib.search.neighbourhoods import improve
from echelon_lib.search.report import Report
from echelon_lib.solvers.apart import solve_apart
from echelon_lib.solvers.base import backends, choose_backend
from echelon_lib.solvers.linear import LinearModel
from echelon_lib.solvers.master_schedule import MasterScheduleModel
from echelon_lib.solvers.reduce import OF_STUDENTS, Reduction
from echelon_lib.stop import Running, running

MOST_SEARCHES = 8
"""Searches side by side, however many cores there are."""
SEARCHES = 2
"""Searches where iterations are counted, on any machine: the answer must not depend on its cores."""
REQUESTS_SHARE = 0.9
"""Share of the time for requests while they are not all served."""
PROOF_SHARE = 0.25
"""Share of the time left then for the exact sectioning of requests that are left."""
LARGEST_PROOF = 20_000
"""Most requests for which exact sectioning is tried."""
NEWS = 1.0
"""Seconds between two looks at what the searches have found."""


def search_school(
    reduction: Reduction,
    *,
    backend: str,
    stop: Running,
    seed: int,
    report: Report,
    start: Timetable,
    lower: int,
    warm: bool = False,
) -> Claim:
    """Search a school student by student.

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
        A bound of the first level that is known beforehand; requests are left alone when it is reached.
    warm
        Whether the start is worth keeping: the first search goes on from it.

    Returns
    -------
    Claim
        The best timetable and the bound that was known; what is proven besides stands in the notes.
    """
    engine = _Engine(reduction, backend, stop, seed, report, start, lower)
    claim = Claim("annealing of sections and students")
    claim.levels = [LevelClaim(None, lower, (UNMET,))]
    starts = engine.starts()
    if starts is None:
        claim.timetable = engine.best if evaluate(engine.problem, engine.best).feasible else None
        claim.infeasible = engine.infeasible
        if engine.infeasible:
            claim.timetable = None
            claim.notes.append("no placement of the sections keeps the required rules (proven by the solver)")
    elif not stop.done():
        engine.serve_requests(starts, warm=warm)
        engine.prove(claim)
        engine.free_neighbourhoods(claim)
        engine.improve_later()
        claim.timetable = engine.best
        claim.notes.append(engine.effort())
    claim.interrupted = stop.cancelled
    return claim


class _Engine:
    """The best timetable so far, and the steps that look for a better one."""

    def __init__(
        self,
        reduction: Reduction,
        backend: str,
        stop: Running,
        seed: int,
        report: Report,
        start: Timetable,
        lower: int,
    ) -> None:
        self.reduction = reduction
        self.problem = reduction.problem
        self.backend = backend
        self.stop = stop
        self.seed = seed
        self.report = report
        self.lower = lower
        self.start = start
        self.best = start
        self.score = evaluate(self.problem, start)
        self.board = Board(self.problem)
        self.arrays = SchoolArrays(self.problem)
        self.infeasible = False
        counted = stop.iterations
        self.moves = None if counted is None else counted * BLOCK
        count = SEARCHES if counted is not None else max(1, min(MOST_SEARCHES, os.cpu_count() or 1))
        self.searches = [
            Annealer(self.arrays, seed * MOST_SEARCHES + k, stop, lower, self.moves) for k in range(count)
        ]

    def consider(self, timetable: Timetable | None) -> None:
        """Keep a timetable if it is better."""
        if timetable is None:
            return
        new = evaluate(self.problem, timetable)
        if (not new.feasible, new.cost) < (not self.score.feasible, self.score.cost):
            self.best, self.score = timetable, new
            self.report.keep(timetable, new)
            if new.feasible:
                self.report(1, new.cost[0], None)

    # Steps -------------------------------------------------------------------------------------------------

    def starts(self) -> list[Sequence[int]] | None:
        """Return periods of all sections for each search, or None where no complete placement is known."""
        found: list[Sequence[int]] = []
        known = self.board.periods(self.start)
        whole = self.score.feasible and min(known, default=0) >= 0
        for search in self.searches:
            dice = random.Random(search.seed)
            nobody: list[list[int]] = [[] for _ in self.board.students]
            period: Sequence[int] = placed(self.board, [-1] * len(known), nobody, dice)
            if min(period, default=0) < 0:
                period = known if whole else self._placed_exactly()
                if min(period, default=0) < 0:
                    return None
            found.append(period)
        return found

    def _placed_exactly(self) -> list[int]:
        """Place sections by an integer model without students."""
        rules = tuple(c for c in self.problem.constraints if not isinstance(c, OF_STUDENTS))
        bare = replace(self.problem, requests=(), pooled={}, constraints=rules)
        part = solve_levels(
            Reduction(bare),
            backend=self.backend,
            stop=self.stop.part(0.5),
            seed=self.seed,
            report=self.report.aside(),
            start=Timetable(self.best.placements),
            levels=1,
        )
        self.infeasible = part.infeasible
        return [-1] if part.timetable is None else self.board.periods(part.timetable)

    def serve_requests(self, starts: Sequence[Sequence[int]], *, warm: bool) -> None:
        """Run the phases that serve requests, in all searches side by side."""
        clock = self.stop.part(REQUESTS_SHARE)
        known = self.score.feasible and self.score.cost[0] <= self.lower
        # Where moves are counted, the clock leaves none for the later levels by itself.
        most = 1.0 if self.moves is None else REQUESTS_SHARE

        def run(search: Annealer, periods: Sequence[int], *, first: bool) -> None:
            if first and self.score.feasible:
                search.load(self.start)
                if known or not warm:
                    search.offer()
                if known:
                    return
            if first and warm and self.score.feasible:
                search.serve_requests(search.phase(clock, most), gently=True)
            else:
                search.clear()
                search.place(periods)
                search.place_sections(search.phase(clock, 0.5))
                search.seat_everybody()
                search.serve_requests(search.phase(clock, most))

        jobs = [
            partial(run, search, periods, first=search is self.searches[0])
            for search, periods in zip(self.searches, starts, strict=True)
        ]
        self._side_by_side(jobs)

    def improve_later(self) -> None:
        """Improve what later levels price, from the best answer to the requests."""
        if self.stop.done() or self.problem.levels < 2:
            return
        first = min(self.searches, key=lambda s: tuple(s.best))
        if first.best[0] == np.iinfo(np.int64).max:
            return
        for search in self.searches:
            if search is not first:
                search.adopt(first)
        self._side_by_side([partial(s.improve_later, s.phase(self.stop, 1.0)) for s in self.searches])

    def prove(self, claim: Claim) -> None:
        """Section students exactly at the times found, where requests are left: better, or proven."""
        large = len(self.arrays.requests) > LARGEST_PROOF
        if not self.score.feasible or self.score.cost[0] <= self.lower or self.stop.done() or large:
            return
        left = self.stop.remaining()
        if left is None or left < 1.0:
            return
        placements = self.best.placements
        fixed = {s.id: placements[s.meetings[0].id].time for s in self.problem.sections.values()}
        model = MasterScheduleModel(self.reduction, level=1, held=(), fixed=fixed)
        chosen = choose_backend(model.linear, self.backend)
        answer = solve_apart(
            model.linear,
            chosen.name,
            stop=self.stop.part(PROOF_SHARE),
            start=model.encode(self.best),
            seed=self.seed,
        )
        claim.notes.extend(answer.doubts)
        if answer.values is not None:
            self._take(model.timetable(answer.values))
        if answer.status == "optimal":
            text = f"no sectioning meets more at these times of the sections ({chosen.name}, proven)"
            claim.notes.append(text)

    def free_neighbourhoods(self, claim: Claim) -> None:
        """Free the sections of some teachers at a time and place them exactly, where Gurobi may do that."""
        left = self.stop.remaining()
        reached = not self.score.feasible or self.score.cost[0] <= self.lower
        if self.backend not in ("auto", "gurobi") or reached or left is None or left < 1.0:
            return
        gurobi = backends()["gurobi"]
        size = len(self.arrays.requests) * len(self.arrays.times)
        if gurobi.why_not(_probe(size)) is not None:
            return
        model = MasterScheduleModel(self.reduction, level=1, held=())
        if gurobi.why_not(model.linear) is not None:
            return
        before = self.score.cost[0]
        clock = self.stop.part(PROOF_SHARE)
        report = self.report.aside()
        better = improve(
            model, gurobi, self.best, lower=self.lower, stop=clock, seed=self.seed, report=report
        )
        self._take(better)
        if self.score.cost[0] < before:
            claim.solver += f", then {gurobi.name} (neighbourhoods)"

    def _take(self, timetable: Timetable | None) -> None:
        """Keep a timetable from elsewhere if it is better, and let the first search go on from it."""
        before = self.score.cost[0]
        self.consider(timetable)
        if self.score.cost[0] < before:
            self.searches[0].load(self.best)
            self.searches[0].offer()

    def effort(self) -> str:
        """Return what was done, in a sentence: with as many iterations and the seed it can be repeated."""
        blocks = ", ".join(str(search.done // BLOCK) for search in self.searches)
        return f"{len(self.searches)} searches of {blocks} times {BLOCK:,} moves"

    def _side_by_side(self, jobs: Sequence[Callable[[], None]]) -> None:
        """Run jobs in threads, which kernels leave free, and hear what they find meanwhile."""
        heard: list[object] = [None] * len(self.searches)
        with ThreadPoolExecutor(len(jobs)) as pool:
            running_ = [pool.submit(job) for job in jobs]
            try:
                pending = set(running_)
                while pending:
                    _, pending = wait(pending, timeout=NEWS)
                    self._hear(heard)
            except BaseException:
                self.stop.cancel()
                raise
            for job in running_:
                job.result()

    def _hear(self, heard: list[object]) -> None:
        news = [s for k, s in enumerate(self.searches) if s.offered is not heard[k] and s.offered is not None]
        for k, search in enumerate(self.searches):
            heard[k] = search.offered
        for search in sorted(news, key=lambda s: tuple(s.best))[:1]:
            self.consider(search.timetable())
        if self.moves is None and any(s.best[0] <= self.lower for s in self.searches):
            # The requests of one are served: the others need not go on with theirs.
            for search in self.searches:
                search.settled = True


def _probe(columns: int) -> LinearModel:
    """Return an empty model of so many columns, to ask whether a licence would do."""
    model = LinearModel("probe")
    for number in range(min(columns, 2_001)):
        model.add_column(f"x{number}")
    return model


def smallest_school() -> Problem:
    """Return a school of two sections and two students, with which kernels are compiled."""
    calendar = Calendar.of_days({"A": ["A1", "A2"]})
    sections = [Section(id, (Meeting(id, calendar.times),), 2, ("t",)) for id in ("x", "y")]
    return Problem(
        "smallest",
        calendar,
        tuple(Course.of(s.id, [s]) for s in sections),
        (Attendee("t", "teacher"), *(Attendee(id, "student") for id in "ab")),
        requests=tuple(Request(f"{s}{c}", s, (c,)) for s in "ab" for c in "xy"),
    )


@cache
def warm_up() -> None:
    """Compile the kernels, or load them where that was done before; no clock should count it."""
    search = Annealer(SchoolArrays(smallest_school()), 0, running(None), moves=100)
    search.place([0, 1])
    search.search()
