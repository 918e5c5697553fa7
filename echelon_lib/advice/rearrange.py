"""Moves of sections to other periods, in the copy of a timetable, until nobody is worse off on the whole."""

from __future__ import annotations

import random

from echelon_lib.advice.seating import OTHERS, OWN, Seating
from echelon_lib.domain.calendar import Time

_TRIES = 12
"""Moves that are looked at before the best of them is taken."""
_REST = 8
"""Moves for which a section that was moved stays where it is."""
_HOPELESS = 12
"""Students without a seat from whom on nothing is tried."""


class Rearrangement:
    """A search that ends after so many looks at moves, of which each takes some milliseconds.

    Parameters
    ----------
    seating
        The copy.
    looks
        Moves that may be looked at in all.
    """

    def __init__(self, seating: Seating, looks: int) -> None:
        self.looks = looks
        self._seating = seating
        self._dice = random.Random(0)

    def give_up(self, section: str, looks: int) -> int | None:
        """Give up a section and move others until as many requests are met as before, of as much weight.

        Returns
        -------
        int or None
            How many moves it takes; None where it is not found possible, and nothing has changed.
        """
        seating = self._seating
        start, before = seating.mark(), frozenset(seating.waiting)
        allowed = _lost(seating)
        most = max(0, self.looks - looks)
        seating.give_up_waiting(section)
        if len(seating.waiting) - len(before) <= _HOPELESS:
            seating.retry(OTHERS, _new(seating, before))
        resting: dict[str, int] = {}
        step = 0
        while any(mine > most_ for mine, most_ in zip(_lost(seating), allowed, strict=True)):
            hopeless = len(seating.waiting) - len(before) > _HOPELESS
            move = None if hopeless else self._best_move(before, resting, step, most)
            if move is None:
                seating.undo(start)
                return None
            step += 1
            resting[move[0]] = step + _REST
            self._shift(*move, before)
            seating.retry(OTHERS, _new(seating, before))
            seating.retry(OWN, list(seating.waiting))
        return step

    def _best_move(
        self, before: frozenset[tuple[str, str]], resting: dict[str, int], step: int, most: int
    ) -> tuple[str, Time] | None:
        """Return the first move that helps, or else the best of those that were looked at."""
        seating = self._seating
        moves = list(
            dict.fromkeys(
                move
                for student, course in _new(seating, before)
                for move in seating.ways_out(student, course)
                if resting.get(move[0], -1) < step
            )
        )
        self._dice.shuffle(moves)
        now = _lost(seating)
        best: tuple[tuple[int, int], tuple[str, Time]] | None = None
        for move in moves[:_TRIES]:
            if self.looks <= most:
                return None
            self.looks -= 1
            mark = seating.mark()
            self._shift(*move, before)
            lost = _lost(seating)
            seating.undo(mark)
            if best is None or lost < best[0]:
                best = lost, move
            if lost < now:
                break
        return None if best is None else best[1]

    def _shift(self, section: str, time: Time, before: frozenset[tuple[str, str]]) -> None:
        """Move a section, and seat those who lost a course by it all, or miss just this one."""
        seating = self._seating
        seating.shift(section, time)
        course = seating.course_of(section)
        seating.retry(OWN, [key for key in seating.waiting if key not in before or key[1] == course])


def _lost(seating: Seating) -> tuple[int, int]:
    """Return the weight and the number of what students miss."""
    return sum(seating.waiting.values()), len(seating.waiting)


def _new(seating: Seating, before: frozenset[tuple[str, str]]) -> list[tuple[str, str]]:
    return [key for key in seating.waiting if key not in before]
