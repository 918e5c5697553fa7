"""A seat-free surrogate of a school, and its annealing.

It asks of a master schedule only that each student's courses can be matched to different periods in which
they are held: a matching per student, kept up to date move by move.
"""

from __future__ import annotations

import math
import random

from echelon_lib.search.board import Board, bits
from echelon_lib.stop import Running

BLOCK = 50
"""Moves between two looks at the clock."""


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


def exchange(state: Surrogate, section: int, at: int) -> list[tuple[int, int]] | None:
    """Return the move of a section to a period, the teacher's section there taking its place, or None."""
    board = state.board
    before = state.period[section]
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


def propose(state: Surrogate, dice: random.Random, hot: list[int]) -> list[tuple[int, int]] | None:
    """Return a move of a section, or an exchange with the teacher's other section, or None."""
    board = state.board
    section = hot[dice.randrange(len(hot))] if dice.random() < 0.7 else dice.randrange(len(state.period))
    return exchange(state, section, dice.randrange(len(board.times)))


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
