"""What is left of a timetable made complete again: what is still good stays as it is."""

from __future__ import annotations

import random
from collections.abc import Sequence

from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.search.board import Board, bits
from echelon_lib.search.greedy import place
from echelon_lib.search.report import rank
from echelon_lib.search.seating import Seating

MOST_TRIES = 20_000
"""Weeks of one teacher that are tried; few teachers have so many."""


def completed(problem: Problem, timetable: Timetable, *, seed: int = 0) -> Timetable:
    """Make a complete timetable of what is left of one after the problem was changed.

    What the problem does not know is forgotten. Sections that are not placed, or may not stay where they are,
    go where the fewest students clash; other sections of a teacher move only where there is no room else.
    Students keep their sections as far as seats and periods allow, and are seated for what they miss by moves
    between sections of one course, which cost nobody a request.

    Parameters
    ----------
    problem
        A problem whose sections have one meeting each at named periods.
    timetable
        Any timetable, of this problem or of one like it.
    seed
        Seed of the order and of ties.

    Returns
    -------
    Timetable
        It keeps the required rules on clashes, times, seats and limits; where no room was found, sections are
        unplaced or too small, and requests unmet.
    """
    board = Board(problem)
    dice = random.Random(seed)
    taken = _known(board, timetable)
    period = placed(board, board.periods(timetable), taken, dice)
    seating = Seating(board, period)
    seating.keep_locked()
    for student, sections in enumerate(taken):
        seating.keep(student, sections)
    seating.fill(dice)
    return board.timetable(
        period, {student: set(takes.values()) for student, takes in enumerate(seating.takes)}
    )


def best_start(problem: Problem, timetables: Sequence[Timetable], *, seed: int = 0) -> Timetable:
    """Return the best of several timetables, as the evaluator sees them once they are completed.

    Parameters
    ----------
    problem
        As for ``completed``.
    timetables
        What there is, at least one.
    seed
        Seed of the order.
    """
    found = (completed(problem, one, seed=seed) for one in timetables)
    return min(found, key=lambda one: rank(evaluate(problem, one)))


def _known(board: Board, timetable: Timetable) -> list[list[int]]:
    """Return the sections of each student as far as they still exist."""
    number = {id: at for at, id in enumerate(board.section_ids)}
    return [
        sorted(number[id] for id in timetable.enrolments.get(student, ()) if id in number)
        for student in board.students
    ]


def placed(board: Board, period: list[int], taken: Sequence[Sequence[int]], dice: random.Random) -> list[int]:
    """Return the periods with every section placed that can be; those that keep the rules stay.

    Parameters
    ----------
    board
        The school.
    period
        The period of each section, -1 where it has none yet.
    taken
        The sections of each student.
    dice
        Decides ties.
    """
    students: list[list[int]] = [[] for _ in period]
    for student, sections in enumerate(taken):
        for section in sections:
            students[section].append(student)
    kept = [-1] * len(period)
    # Where two sections are in each other's way, the one with more students stays.
    for section in sorted(range(len(period)), key=lambda s: (-len(students[s]), s)):
        if _may_stay(board, kept, section, period[section]):
            kept[section] = period[section]
    homeless = [section for section, at in enumerate(kept) if at < 0]
    if not homeless:
        return kept
    clashing = _clashing(board, kept, taken, homeless)
    found = place(board, dice, kept=kept, clashing=clashing)
    for teacher in dict.fromkeys(board.teacher[s] for s in homeless if found[s] < 0 <= board.teacher[s]):
        _rearrange(board, found, teacher, [len(some) for some in students], clashing)
    return found


def _may_stay(board: Board, period: Sequence[int], section: int, at: int) -> bool:
    """Return whether a section at a period breaks no required rule with those that have theirs."""
    if at < 0 or not board.allowed[section] >> at & 1 or board.is_next(section, at, period):
        return False
    for number in board.limited_by[section]:
        limit, scope = board.at_most[number]
        if sum(period[other] == at for other in scope if other != section) >= limit:
            return False
    if board.meets_another(section, at, period):
        return False
    teacher = board.teacher[section]
    if teacher < 0:
        return True
    others = [period[s] for s in board.teaches[teacher] if s != section and period[s] >= 0]
    if at in others and board.problem.policy.clash_of("teacher").required:
        return False
    return board.day_has_room(section, at, period)


def _clashing(
    board: Board, period: Sequence[int], taken: Sequence[Sequence[int]], sections: Sequence[int]
) -> dict[int, list[int]]:
    """Return how many students who need a section have something else at each period.

    These are its own students and those who ask for the course and have no section of it.
    """
    courses = {board.course[section] for section in sections}
    found = {section: [0] * len(board.times) for section in sections}
    for student, mine in enumerate(taken):
        busy = {period[s] for s in mine if period[s] >= 0}
        held = {board.course[s] for s in mine if period[s] >= 0}
        own = [s for s in mine if s in found]
        waiting = {course for _, course in board.wants[student]} & courses - held
        waiting -= {board.course[s] for s in own}
        needed = [*own, *(s for s in sections if board.course[s] in waiting)]
        for section in needed:
            for at in busy:
                found[section][at] += 1
    return found


def _rearrange(
    board: Board, period: list[int], teacher: int, size: Sequence[int], clashing: dict[int, list[int]]
) -> None:
    """Place all sections of a teacher anew, if they have no room else, so that the fewest students notice."""
    sections = sorted(board.teaches[teacher], key=lambda s: (board.allowed[s].bit_count(), s))
    before = {section: period[section] for section in sections}

    def price(section: int, at: int) -> int:
        if at == before[section]:
            return 0
        return clashing[section][at] if section in clashing else 1 + size[section]

    # A place for every section is worth more than any number of students who have to change.
    nowhere = 1 + sum(max(price(section, at) for at in range(len(board.times))) for section in sections)
    best = [sum(nowhere for at in before.values() if at < 0), 0]
    found = dict(before)

    def search(number: int, cost: int) -> None:
        best[1] += 1
        if cost >= best[0] or best[1] > MOST_TRIES:
            return
        if number == len(sections):
            best[0] = cost
            found.update({section: period[section] for section in sections})
            return
        section = sections[number]
        for at in sorted(bits(board.allowed[section]), key=lambda at: price(section, at)):
            if _may_stay(board, period, section, at):
                period[section] = at
                search(number + 1, cost + price(section, at))
                period[section] = -1
        search(number + 1, cost + nowhere)

    for section in sections:
        period[section] = -1
    search(0, 0)
    for section in sections:
        period[section] = found[section]
