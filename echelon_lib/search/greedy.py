"""A quick timetable: sections one by one where they clash least, then students one by one."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.search.board import Board, bits, can_match


def greedy(problem: Problem, *, seed: int = 0) -> Timetable:
    """Place every section and enrol every student without looking back.

    Parameters
    ----------
    problem
        A problem whose sections have one meeting each at named periods.
    seed
        Seed of the order and of ties.

    Returns
    -------
    Timetable
        It keeps the required rules on clashes, times, seats and limits; sections may be unplaced and requests
        unmet where no room was left.
    """
    board = Board(problem)
    dice = random.Random(seed)
    period = place(board, dice)
    return board.timetable(period, enrol(board, period, dice))


def place(
    board: Board,
    dice: random.Random,
    *,
    kept: Sequence[int] | None = None,
    clashing: Mapping[int, Sequence[int]] | None = None,
) -> list[int]:
    """Place sections, those of courses with few sections first, where fewest students would clash.

    Parameters
    ----------
    board
        The school.
    dice
        Decides ties.
    kept
        The periods of sections that stay where they are; -1 for those to be placed.
    clashing
        For sections whose students are known, how many of them have something else at each period.

    Returns
    -------
    list of int
        The period of each section, -1 where there is no room.
    """
    together = _together(board)
    asking = [sum(row.values()) for row in together]
    period = [-1] * len(board.section_ids) if kept is None else list(kept)
    here: list[dict[int, int]] = [{} for _ in board.times]
    busy = [0] * len(board.teaches)

    def stand(section: int, at: int) -> None:
        period[section] = at
        here[at][board.course[section]] = here[at].get(board.course[section], 0) + 1
        if board.teacher[section] >= 0:
            busy[board.teacher[section]] |= 1 << at

    order = [section for section, at in enumerate(period) if at < 0]
    for section, at in enumerate(period):
        if at >= 0:
            stand(section, at)
    dice.shuffle(order)
    order.sort(key=lambda s: (len(board.members[board.course[s]]), len(bits(board.allowed[s]))))
    known = clashing or {}
    for section in order:
        course = board.course[section]
        others = together[course]
        best, choice = float("inf"), -1
        for at in bits(board.allowed[section]):
            if not may_stand(board, period, busy, section, at):
                continue
            clash = sum(
                others.get(other, 0) * count / len(board.members[other]) for other, count in here[at].items()
            ) / len(board.members[course])
            crowd = here[at].get(course, 0) * asking[course] / len(board.members[course])
            apart = 5.0 * bool(
                board.wants_apart[section] and busy[board.teacher[section]] & board.next_to[at]
            )
            noticed = known[section][at] if section in known else 0
            cost = noticed + clash + crowd + apart + 0.01 * dice.random()
            if cost < best:
                best, choice = cost, at
        if choice >= 0:
            stand(section, choice)
    return period


def may_stand(board: Board, period: list[int], busy: list[int], section: int, at: int) -> bool:
    """Return whether a section may be placed at a period and leave room for the teacher's other sections."""
    for number in board.limited_by[section]:
        limit, scope = board.at_most[number]
        if sum(period[other] == at for other in scope) >= limit:
            return False
    if board.meets_another(section, at, period):
        return False
    teacher = board.teacher[section]
    if teacher < 0:
        return True
    if busy[teacher] >> at & 1:
        return False
    taken = busy[teacher] | 1 << at
    if not board.day_has_room(section, at, period) or board.is_next(section, at, period):
        return False
    rest = [s for s in board.teaches[teacher] if s != section and period[s] < 0]
    return can_match([board.allowed[s] & ~taken for s in rest])


def enrol(board: Board, period: list[int], dice: random.Random) -> dict[int, set[int]]:
    """Enrol students in the placed sections, those with a counted tag first, each by an exact matching.

    Whoever is kept in a section has a seat there before all others.
    """
    free = list(board.seats)
    places = [dict(by_tag) for by_tag in board.tag_places]
    order = list(range(len(board.students)))
    dice.shuffle(order)
    order.sort(key=lambda student: -len(board.tags[student]))
    clash = board.problem.policy.clash_of("student").mode != "off"
    enrolments: dict[int, set[int]] = {}

    def sit(student: int, section: int) -> None:
        free[section] -= 1
        for tag in board.tags[student]:
            if tag in places[section]:
                places[section][tag] -= 1

    kept = [[section for section in sections if period[section] >= 0] for sections in board.kept]
    for student, sections in enumerate(kept):
        for section in sections:
            sit(student, section)
    for student in order:
        tags = board.tags[student]
        open_: list[dict[int, int]] = []
        away = board.closed[student]
        for section in kept[student] if clash else ():
            away |= 1 << period[section]
        for course in board.wanted_beside(student, kept[student]):
            by_period: dict[int, int] = {}
            for section in board.members[course]:
                at = period[section]
                if at < 0 or away >> at & 1 or not board.admits(student, section):
                    continue
                if free[section] < 1 or any(places[section].get(tag, 1) < 1 for tag in tags):
                    continue
                if at not in by_period or free[section] > free[by_period[at]]:
                    by_period[at] = section
            open_.append(by_period)
        if clash:
            taken = {open_[want][at] for at, want in _matching(open_, dice).items()}
        else:
            taken = {next(iter(by_period.values())) for by_period in open_ if by_period}
        for section in taken:
            sit(student, section)
        enrolments[student] = taken | set(kept[student])
    return enrolments


def _matching(open_: list[dict[int, int]], dice: random.Random) -> dict[int, int]:
    """Give wishes, the heaviest first, periods of their own; exact, since matchings form a matroid."""
    owner: dict[int, int] = {}

    def seat(want: int, seen: set[int]) -> bool:
        periods = [at for at in open_[want] if at not in seen]
        dice.shuffle(periods)
        periods.sort(key=lambda at: at in owner)
        for at in periods:
            if at in seen:
                continue
            seen.add(at)
            if at not in owner or seat(owner[at], seen):
                owner[at] = want
                return True
        return False

    for want in range(len(open_)):
        seat(want, set())
    return owner


def _together(board: Board) -> list[dict[int, int]]:
    """Return for each course how many students ask for each other course as well."""
    found: list[dict[int, int]] = [{} for _ in board.course_ids]
    for wants, count in board.patterns.items():
        for _, one in wants:
            row = found[one]
            for _, other in wants:
                if one != other:
                    row[other] = row.get(other, 0) + count
    return found
