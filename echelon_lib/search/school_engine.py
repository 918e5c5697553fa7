"""Schools with individual requests: place sections by a seat-free surrogate, then section students exactly.

The surrogate (findings of a study on generated schools) asks of a master schedule only that each student's
courses can be matched to different periods in which they are held. Students are then sectioned exactly at the
fixed times, and sections of courses with unmet requests are moved and the sectioning repeated.
"""

from __future__ import annotations

import math
import random
from dataclasses import replace

from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import UNMET, Evaluation, evaluate
from echelon_lib.search.board import Board, bits
from echelon_lib.search.claim import Claim, LevelClaim
from echelon_lib.search.exact import solve_levels
from echelon_lib.search.greedy import enrol, place
from echelon_lib.search.report import Report
from echelon_lib.solvers.reduce import Reduction, why_not
from echelon_lib.stop import Running

STARTS = 4
"""Greedy starts, of which the best goes on."""
SURROGATE_SHARE = 0.5
"""Share of the time for placing sections before the first exact sectioning."""
BLOCK = 50
"""Moves between two looks at the clock."""
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


class Surrogate:
    """The weight of requests that no matching of courses to open periods can serve, kept move by move."""

    def __init__(self, board: Board, period: list[int]) -> None:
        self.board = board
        self.period = list(period)
        self.wants = list(board.patterns)
        self.count = list(board.patterns.values())
        self.held = [[0] * len(board.times) for _ in board.course_ids]
        self.busy: list[list[int]] = [[-1] * len(board.times) for _ in board.teaches]
        for section, at in enumerate(self.period):
            if at >= 0:
                self.held[board.course[section]][at] += 1
                if board.teacher[section] >= 0:
                    self.busy[board.teacher[section]][at] = section
        self.askers: list[list[int]] = [[] for _ in board.course_ids]
        for pattern, wants in enumerate(self.wants):
            for _, course in wants:
                self.askers[course].append(pattern)
        self.mask = [sum(1 << at for at, n in enumerate(row) if n) for row in self.held]
        self.loss_of = [self._loss(student) for student in range(len(self.wants))]
        self.loss = sum(self.loss_of)

    def _loss(self, pattern: int) -> int:
        """Return what a matching must leave out; the heaviest first is exact (a transversal matroid)."""
        owner: dict[int, int] = {}
        masks: list[int] = []
        lost = used = 0
        for weight, course in self.wants[pattern]:
            mask = self.mask[course]
            free = mask & ~used
            if free:
                bit = free & -free
                owner[bit] = len(masks)
                used |= bit
                masks.append(mask)
                continue
            masks.append(mask)
            new = _augment(masks, owner, used)
            if new:
                used |= new
            else:
                masks.pop()
                lost += weight
        return lost * self.count[pattern]

    def legal(self, moves: list[tuple[int, int]]) -> bool:
        """Return whether sections may stand at new periods as far as limits at one time are concerned."""
        board = self.board
        for section, at in moves:
            for number in board.limited_by[section]:
                limit, scope = board.at_most[number]
                moved = {one for one, _ in moves}
                there = sum(self.period[s] == at for s in scope if s not in moved)
                if there + sum(q == at and s in scope for s, q in moves) > limit:
                    return False
        return self._legal_days(moves)

    def _legal_days(self, moves: list[tuple[int, int]]) -> bool:
        """Return whether required rules on a teacher's day allow new periods of sections of one teacher."""
        board = self.board
        teacher = board.teacher[moves[0][0]]
        if teacher < 0:
            return True
        after = {section: self.period[section] for section in board.teaches[teacher]} | dict(moves)
        mask = sum(1 << at for at in after.values() if at >= 0)
        if board.day_is_full(teacher, mask):
            return False
        return not any(
            after[other] >= 0 and board.next_to[at] >> after[other] & 1
            for section, at in moves
            for other in board.never_next[section]
        )

    def price(self, moves: list[tuple[int, int]]) -> float:
        """Return a mild price of crowding: sections of a course at one time, labs right after each other."""
        board = self.board
        total = 0.0
        for section, at in moves:
            course = board.course[section]
            if len(board.members[course]) > 2:
                total += self.held[course][at] - self.held[course][self.period[section]] + 1
            teacher = board.teacher[section]
            if board.wants_apart[section] and teacher >= 0:
                for near in bits(board.next_to[at]):
                    other = self.busy[teacher][near]
                    total += 0.2 * (other >= 0 and other != section and board.wants_apart[other])
                for near in bits(board.next_to[self.period[section]]):
                    other = self.busy[teacher][near]
                    total -= 0.2 * (other >= 0 and other != section and board.wants_apart[other])
        return total * 5.0

    def move(self, moves: list[tuple[int, int]]) -> tuple[int, list[tuple[int, int]]]:
        """Move sections; return the change of the loss and what undoes the students' part of it."""
        board = self.board
        changed: set[int] = set()
        for section, at in moves:
            row = self.held[board.course[section]]
            row[self.period[section]] -= 1
            row[at] += 1
            changed.add(board.course[section])
            if board.teacher[section] >= 0:
                self.busy[board.teacher[section]][self.period[section]] = -1
        for section, at in moves:
            if board.teacher[section] >= 0:
                self.busy[board.teacher[section]][at] = section
            self.period[section] = at
        undo: list[tuple[int, int]] = []
        change = 0
        patterns: set[int] = set()
        for course in changed:
            mask = sum(1 << at for at, n in enumerate(self.held[course]) if n)
            if mask != self.mask[course]:
                self.mask[course] = mask
                patterns.update(self.askers[course])
        for pattern in patterns:
            loss = self._loss(pattern)
            if loss != self.loss_of[pattern]:
                undo.append((pattern, self.loss_of[pattern]))
                change += loss - self.loss_of[pattern]
                self.loss_of[pattern] = loss
        self.loss += change
        return change, undo

    def back(self, moves: list[tuple[int, int]], undo: list[tuple[int, int]]) -> None:
        """Undo a move with the periods before it and the losses before it."""
        board = self.board
        for section, before in moves:
            row = self.held[board.course[section]]
            row[self.period[section]] -= 1
            row[before] += 1
            if board.teacher[section] >= 0:
                self.busy[board.teacher[section]][self.period[section]] = -1
        for section, before in moves:
            if board.teacher[section] >= 0:
                self.busy[board.teacher[section]][before] = section
            self.period[section] = before
            course = board.course[section]
            self.mask[course] = sum(1 << at for at, n in enumerate(self.held[course]) if n)
        for pattern, loss in undo:
            self.loss += loss - self.loss_of[pattern]
            self.loss_of[pattern] = loss


def _augment(masks: list[int], owner: dict[int, int], used: int) -> int:
    """Give the last mask a bit by an alternating path; return the bit newly used, or 0."""
    start = len(masks) - 1
    parent: dict[int, int] = {}
    queue: list[int] = []
    seen = masks[start]
    rest = seen
    while rest:
        bit = rest & -rest
        rest ^= bit
        parent[bit] = 0
        queue.append(bit)
    for bit in queue:
        mask = masks[owner[bit]]
        free = mask & ~used
        if free:
            new = free & -free
            hole = new
            step = bit
            while step:
                owner[hole] = owner[step]
                hole, step = step, parent[step]
            owner[hole] = start
            return new
        rest = mask & ~seen
        seen |= mask
        while rest:
            other = rest & -rest
            rest ^= other
            parent[other] = bit
            queue.append(other)
    return 0


def propose(state: Surrogate, dice: random.Random, hot: list[int]) -> list[tuple[int, int]] | None:
    """Return a move of a section, or an exchange with the teacher's other section, or None."""
    board = state.board
    section = hot[dice.randrange(len(hot))] if dice.random() < 0.7 else dice.randrange(len(state.period))
    before, at = state.period[section], dice.randrange(len(board.times))
    if before < 0 or at == before or not board.allowed[section] >> at & 1:
        return None
    moves = [(section, at)]
    teacher = board.teacher[section]
    other = state.busy[teacher][at] if teacher >= 0 else -1
    if other >= 0:
        if not board.allowed[other] >> before & 1:
            return None
        moves.append((other, before))
    return moves if state.legal(moves) else None


def anneal(
    state: Surrogate, dice: random.Random, stop: Running, *, warm: float, cold: float, most: int
) -> list[int]:
    """Anneal the surrogate and return the best periods seen."""
    board = state.board
    small = [s for s in range(len(state.period)) if len(board.members[board.course[s]]) <= 3]
    hot = small or list(range(len(state.period)))
    best, kept = state.loss, list(state.period)
    done = 0
    whole = stop.remaining()
    while done < most and not stop.done(iterations=done, best=best) and best > 0:
        left = stop.remaining()
        spent = done / most
        if whole and left is not None:
            spent = max(spent, 1 - left / whole)
        temperature = warm * (cold / warm) ** min(1.0, spent)
        for _ in range(BLOCK):
            done += 1
            moves = propose(state, dice, hot)
            if moves is None:
                continue
            price = state.price(moves)
            before = [(section, state.period[section]) for section, _ in moves]
            change, undo = state.move(moves)
            worse = change + price
            if worse > 0 and dice.random() >= math.exp(-worse / temperature):
                state.back(before, undo)
            elif state.loss < best:
                best, kept = state.loss, list(state.period)
    return kept


def search_school(
    problem: Problem,
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
    problem
        A problem whose sections have one meeting each at named periods.
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
    engine = _Engine(problem, backend, stop, seed, report, start)
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
        self, problem: Problem, backend: str, stop: Running, seed: int, report: Report, start: Timetable
    ) -> None:
        self.problem = problem
        self.backend = backend
        self.stop = stop
        self.seed = seed
        self.report = report
        self.board = Board(problem)
        self.reduction = Reduction(problem, individual=bool(why_not(problem)))
        self.dice = random.Random(seed)
        self.best, self.score = start, evaluate(problem, start)
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
            moves = _exchange(state, section, at)
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


def _exchange(state: Surrogate, section: int, at: int) -> list[tuple[int, int]] | None:
    board = state.board
    before = state.period[section]
    if at == before:
        return None
    moves = [(section, at)]
    other = state.busy[board.teacher[section]][at] if board.teacher[section] >= 0 else -1
    if other >= 0:
        if not board.allowed[other] >> before & 1:
            return None
        moves.append((other, before))
    return moves if state.legal(moves) else None
