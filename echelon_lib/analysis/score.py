"""How good a timetable is for whoever decides on sections: what the loop of solving and advice compares."""

from __future__ import annotations

from dataclasses import astuple, dataclass

from echelon_lib.analysis.utilisation import TARGET, below, needs, original_seats
from echelon_lib.constraints.base import View
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import UNMET, Evaluation, evaluate

WORTHWHILE = 2
"""Percent by which a score has to fall to count as better, beyond the first of its numbers."""


@dataclass(frozen=True, slots=True, order=True)
class Score:
    """Three numbers, compared in this order; less is better.

    Parameters
    ----------
    unmet
        Weight of the unmet requests.
    surplus
        Sections beyond the fewest that hold the requests, added over the courses.
    shortfall
        Students who are missing in the sections that are under the target of their seats, added up.
    """

    unmet: int
    surplus: int
    shortfall: int

    def improves_on(self, other: Score) -> bool:
        """Return whether unmet falls, or else the first other number that differs does by 2 % or more."""
        if self.unmet != other.unmet:
            return self.unmet < other.unmet
        for mine, theirs in zip(astuple(self)[1:], astuple(other)[1:], strict=True):
            if mine != theirs:
                return bool(mine * 100 <= theirs * (100 - WORTHWHILE))
        return False

    def __str__(self) -> str:
        return f"unmet weight {self.unmet}, {self.surplus} surplus sections, shortfall {self.shortfall}"


def score(
    problem: Problem,
    timetable: Timetable,
    evaluation: Evaluation | None = None,
    *,
    target: int = TARGET,
) -> Score:
    """Return the score of a timetable.

    Parameters
    ----------
    problem, timetable
        A school's problem and a timetable of it.
    evaluation
        What ``evaluate`` says of it, where it is at hand.
    target
        Percent of the seats that a section should reach.
    """
    evaluation = evaluation or evaluate(problem, timetable)
    view, places_of = View(problem, timetable), original_seats(problem)
    missing = 0
    for section in problem.sections.values():
        places = places_of[section.id] or 0
        missing += max(0, -(-places * target // 100) - view.enrolled(section.id))
    unmet = evaluation.terms[UNMET].cost if UNMET in evaluation.terms else 0
    return Score(unmet, sum(max(0, need.surplus) for need in needs(problem).values()), missing)


def improvable(problem: Problem, timetable: Timetable, *, target: int = TARGET) -> tuple[str, ...]:
    """Return the sections under the target that some change of sections could help; none where it is met.

    A section whose course needs all of its sections, and has too few requests to fill them, is *structural*
    and left out.
    """
    view, places_of = View(problem, timetable), original_seats(problem)
    need = needs(problem, target=target)
    return tuple(
        section.id
        for section in problem.sections.values()
        if below(view.enrolled(section.id), places_of[section.id], target)
        and not need[problem.course_of[section.id].id].structural
    )
