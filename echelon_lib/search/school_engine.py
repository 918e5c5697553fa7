"""Schools with individual requests: several searches side by side, and a proof for what can be proven.

Each search anneals sections and students (:mod:`echelon_lib.search.annealer`). All of them first serve
requests; then they go on from the best one and improve what later levels price. Where requests are left, an
exact sectioning at the times found says meanwhile whether better could be made of this master schedule; the
notes say so where there is no deadline, or there are too many requests, for that.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import UNMET, evaluate
from echelon_lib.search.annealer import BLOCK, REQUESTS_MOVES, SECTIONS_MOVES, Annealer
from echelon_lib.search.arrays import SchoolArrays
from echelon_lib.search.board import Board
from echelon_lib.search.claim import Claim, LevelClaim
from echelon_lib.search.complete import placed
from echelon_lib.search.cores import cores
from echelon_lib.search.exact import solve_levels
from echelon_lib.search.neighbourhoods import improve
from echelon_lib.search.proof import Proof, prepare
from echelon_lib.search.report import Report, rank
from echelon_lib.solvers.apart import Apart
from echelon_lib.solvers.base import backends
from echelon_lib.solvers.linear import LinearModel
from echelon_lib.solvers.master_schedule import MasterScheduleModel
from echelon_lib.solvers.reduce import OF_STUDENTS, Reduction
from echelon_lib.stop import Running

MOST_SEARCHES = 8
"""Searches side by side, however many cores there are."""
SEARCHES = 2
"""Searches where no deadline is set, on any machine: the answer must not depend on its cores."""
REQUESTS_SHARE = 0.9
"""Share of the time for requests while they are not all served."""
FREE_SHARE = 0.25
"""Share of the time left then in which sections of some teachers are freed, where Gurobi may do that."""
PREPARING = 0.15
"""Share of the time from the end at which the process of exact sectioning is made ready."""
SHORTEST_PROOF = 1.0
"""Seconds that have to be left for exact sectioning, or for freeing sections."""
LARGEST_PROOF = 20_000
"""Most requests for which exact sectioning is tried."""
NOT_EXAMINED = "whether another sectioning meets more at these times of the sections was not examined"
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
        Hears of incumbents: of the first level, and of later ones once they are worked on.
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
        try:
            engine.serve_requests(starts, warm=warm)
            engine.free_neighbourhoods(claim)
            proof = engine.prove()
            engine.improve_later(proof)
            if proof is not None:
                engine.settle(proof, claim)
        finally:
            if engine.desk is not None:
                engine.desk.end()
        claim.timetable = engine.best
        claim.notes.extend((engine.effort(), *engine.not_examined()))
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
        self.desk: Apart | None = None
        self.timed = stop.remaining() is not None
        counted = stop.iterations
        self.moves = None if counted is None else counted * BLOCK
        count = min(MOST_SEARCHES, cores()) if self.timed else SEARCHES
        self.searches = [
            Annealer(self.arrays, seed * MOST_SEARCHES + k, stop, lower, self.moves) for k in range(count)
        ]
        self.working_on = 1  # the last of the levels that are
        self._from: tuple[int, ...] = ()
        self._step = 0

    def consider(self, timetable: Timetable | None, origin: tuple[int, ...] = (0,)) -> None:
        """Keep a timetable if it is better; of equal ones that of the first origin, whenever it came."""
        if timetable is None:
            return
        new = evaluate(self.problem, timetable)
        if (rank(new), (self._step, *origin)) < (rank(self.score), self._from):
            self.best, self.score, self._from = timetable, new, (self._step, *origin)
            self.report.keep(timetable, new)
            self.tell()

    def tell(self) -> None:
        """Report what the levels that are worked on cost, the first one last, whose gain is the news."""
        if self.score.feasible:
            for level in reversed(range(1, self.working_on + 1)):
                self.report(level, self.score.cost[level - 1], None)

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

        def run(search: Annealer, periods: Sequence[int], *, first: bool) -> None:
            if first and self.score.feasible:
                search.load(self.start)
                if known or not warm:
                    search.offer()
                if known:
                    return
            if first and warm and self.score.feasible:
                both = 1 - (1 - SECTIONS_MOVES) * (1 - REQUESTS_MOVES)
                search.serve_requests(search.phase(clock, 1.0, both), gently=True)
            else:
                search.clear()
                search.place(periods)
                search.place_sections(search.phase(clock, 0.5, SECTIONS_MOVES))
                search.seat_everybody()
                search.serve_requests(search.phase(clock, 1.0, REQUESTS_MOVES))

        jobs = [
            partial(run, search, periods, first=search is self.searches[0])
            for search, periods in zip(self.searches, starts, strict=True)
        ]
        self._side_by_side(jobs)

    def improve_later(self, proof: Proof | None = None) -> None:
        """Improve what later levels price, from the best answer to the requests.

        While its sectioning is being proven, the sections stand still and a core is left to the proof; what
        that finds is gone on from.
        """
        while not self.stop.done() and self.problem.levels > 1:
            first = self._leader()
            if first.best[0] == np.iinfo(np.int64).max:
                return
            self.working_on = self.problem.levels
            self.tell()
            waiting = proof is not None and not proof.ended
            searches = self.searches[: max(1, len(self.searches) - 1)] if waiting else self.searches
            for search in searches:
                search.halted = False
                if search is not first:
                    search.adopt(first)
            still = proof is not None and (waiting or self._proven(proof))
            jobs = [partial(s.improve_later, s.phase(self.stop), still=still) for s in searches]
            self._side_by_side(jobs, proof if waiting else None)
            if not waiting or proof is None or not proof.ended:
                return
            self._take_sectioning(proof)

    def _leader(self) -> Annealer:
        """Return the search that found the best timetable, unless another one serves more requests."""
        known = self.searches[self._from[1]] if self._from else self.searches[0]
        best = min(self.searches, key=lambda s: tuple(s.best))
        return known if known.best[0] == best.best[0] else best

    def prove(self) -> Proof | None:
        """Begin to section students exactly at the times found, where requests are left."""
        left = self.stop.remaining()
        if not self._provable() or self.stop.done() or left is None or left < SHORTEST_PROOF:
            return None
        self.desk = self.desk or prepare(self.reduction)
        return Proof.begin(self.desk, self.best, backend=self.backend, stop=self.stop, seed=self.seed)

    def _provable(self) -> bool:
        """Return whether requests are left, and not too many for exact sectioning."""
        return self._requests_left() and len(self.arrays.requests) <= LARGEST_PROOF

    def _requests_left(self) -> bool:
        """Return whether the best timetable may leave requests unmet that another one meets."""
        return self.score.feasible and self.score.cost[0] > self.lower

    def not_examined(self) -> Iterator[str]:
        """Yield why the sectioning was not examined, if it is too large or without a deadline."""
        if self._requests_left() and not self._provable():
            yield f"{NOT_EXAMINED}: {len(self.arrays.requests):,} requests are more than {LARGEST_PROOF:,}"
        elif self._requests_left() and not self.timed:
            yield f"{NOT_EXAMINED}: that is done only where seconds limit the search"

    def settle(self, proof: Proof, claim: Claim) -> None:
        """Wait for the exact sectioning until the deadline, take what is better, and say what is proven."""
        answer = proof.wait()
        self._take_sectioning(proof)
        if answer is not None:
            claim.notes.extend(answer.doubts)
        if answer is not None and self._proven(proof):
            text = f"no sectioning meets more at these times of the sections ({answer.solver}, proven)"
            claim.notes.append(text)

    def _take_sectioning(self, proof: Proof) -> None:
        answer = proof.answer()
        if answer is not None:
            self._take(answer.timetable)

    def _proven(self, proof: Proof) -> bool:
        """Return whether the best timetable has the times of which a proof speaks."""
        answer = proof.answer()
        return answer is not None and answer.proven and self.best.placements == proof.placements

    def free_neighbourhoods(self, claim: Claim) -> None:
        """Free the sections of some teachers at a time and place them exactly, where Gurobi may do that."""
        left = self.stop.remaining()
        reached = not self.score.feasible or self.score.cost[0] <= self.lower
        if self.backend not in ("auto", "gurobi") or reached or left is None or left < SHORTEST_PROOF:
            return
        gurobi = backends()["gurobi"]
        size = len(self.arrays.requests) * len(self.arrays.times)
        if gurobi.why_not(_probe(size)) is not None:
            return
        model = MasterScheduleModel(self.reduction, level=1, held=())
        if gurobi.why_not(model.linear) is not None:
            return
        before = self.score.cost[0]
        clock = self.stop.part(FREE_SHARE)
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
        """Return what was done, in a sentence, and how it can be repeated, or something much like it."""
        names = dict.fromkeys(name for search in self.searches for name in search.made)
        parts = (
            f"{name} {', '.join(f'{search.made.get(name, 0):,}' for search in self.searches)}"
            for name in names
        )
        text = f"{len(self.searches)} searches tried so many moves: {'; '.join(parts)}"
        if not self.timed:
            return f"{text}; the same seed and stop give the same answer"
        count = max(1, round(sum(search.done for search in self.searches) / len(self.searches) / BLOCK))
        return (
            f"{text}; --iterations {count} does about as much, and the same answer again with the same seed"
        )

    def _side_by_side(self, jobs: Sequence[Callable[[], None]], proof: Proof | None = None) -> None:
        """Run jobs in threads, which kernels leave free, and hear what they find meanwhile."""
        self._step += 1
        heard = [0] * len(self.searches)
        with ThreadPoolExecutor(len(jobs)) as pool:
            running_ = [pool.submit(job) for job in jobs]
            try:
                pending = set(running_)
                while pending:
                    _, pending = wait(pending, timeout=NEWS)
                    self._hear(heard)
                    left = self.stop.remaining()
                    late = left is not None and left < PREPARING * (left + self.stop.elapsed())
                    if late and self._step == 1 and self.desk is None and self._provable():
                        self.desk = prepare(self.reduction)
                    if proof is not None and proof.ended:
                        for search in self.searches:
                            search.halted = True
            except BaseException:
                self.stop.cancel()
                raise
            for job in running_:
                job.result()
        self._hear(heard)

    def _hear(self, heard: list[int]) -> None:
        """Look at what was offered: at the best news where time matters, else at all of it, in no hurry."""
        news: list[tuple[int, int, Annealer, NDArray[np.int64]]] = []
        for k, search in enumerate(self.searches):
            while search.offers:
                heard[k] += 1
                news.append((k, heard[k], search, search.offers.popleft()))
        if self.timed and news:
            best = min((one[2] for one in news), key=lambda s: tuple(s.best))
            news = [one for one in news if one[2] is best][-1:]
        for k, number, search, kept in news:
            self.consider(search.timetable(kept), (k, number))
        if self.timed and any(s.best[0] <= self.lower for s in self.searches):
            # The requests of one are served: the others need not go on with theirs.
            for search in self.searches:
                search.settled = True


def _probe(columns: int) -> LinearModel:
    """Return an empty model of so many columns, to ask whether a licence would do."""
    model = LinearModel("probe")
    for number in range(min(columns, 2_001)):
        model.add_column(f"x{number}")
    return model
