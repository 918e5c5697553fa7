"""Wrong advice planted among what an adviser proposes, to measure how much of it goes through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from echelon_lib.advice.actions import Action, AddSection, RemoveSection, fresh_name
from echelon_lib.advice.advisor import Advice, Past
from echelon_lib.advice.changes import judge
from echelon_lib.advice.situation import Situation
from echelon_lib.analysis.score import score
from echelon_lib.constraints.base import View
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.search.complete import completed

ILLEGAL = ("unknown section", "last section", "unfit teacher")
"""Wrong advice that no check may let through, in the order in which it is planted."""
HARMFUL = "harmful"
"""Wrong advice that is legal: a section is given up, and students of its course find no other."""


@dataclass(frozen=True, slots=True)
class Plant:
    """A wrong action.

    Parameters
    ----------
    kind
        One of ``ILLEGAL``, or ``HARMFUL``.
    action
        The action.
    course
        The course that loses by it; empty where there is none.
    """

    kind: str
    action: Action
    course: str = ""


@dataclass(frozen=True, slots=True)
class PlantedAdvisor:
    """Repeats an advice with a wrong action before all others, where nothing it needs is changed yet."""

    advice: Advice
    wrong: Action

    @property
    def name(self) -> str:
        """The word by which the one who gave the advice is chosen."""
        return self.advice.adviser

    def propose(self, problem: Problem, timetable: Timetable, history: Sequence[Past] = ()) -> Advice:
        """Return the advice with the wrong action."""
        return replace(self.advice, actions=(self.wrong, *self.advice.actions))


def plant(problem: Problem, timetable: Timetable, turn: int) -> Plant:
    """Return the wrong action whose turn it is.

    Parameters
    ----------
    problem, timetable
        The problem of a school and its timetable.
    turn
        A number from 0: even ones are illegal, by turns; odd ones harmful, if such an action is legal.
    """
    situation = Situation(problem, timetable)
    harmful = _harmful(situation, timetable) if turn % 2 else None
    if harmful is not None:
        return Plant(HARMFUL, harmful, situation.sections[harmful.section].course)
    kind = ILLEGAL[turn // 2 % len(ILLEGAL)]
    makers = {"last section": _last_section, "unfit teacher": _too_much}
    action = makers[kind](situation) if kind in makers else None
    if action is None:
        return Plant("unknown section", RemoveSection(section=fresh_name(situation, problem.courses[0].id)))
    return Plant(kind, action)


def enrolled(problem: Problem, timetable: Timetable, course: str) -> int:
    """Return how many students a course has."""
    view = View(problem, timetable)
    return sum(view.enrolled(section.id) for section in problem.course[course].sections)


def _last_section(situation: Situation) -> Action | None:
    """Return the giving up of the only section of a course that students ask for."""
    for course, need in sorted(situation.need.items()):
        if need.sections == 1 and need.requests:
            (section,) = situation.sections_of(course)
            return RemoveSection(section=section, releases=situation.sections[section].teacher or "")
    return None


def _too_much(situation: Situation) -> Action | None:
    """Return one more section for the teacher with the most sections, of a course that is not for them."""
    teachers = sorted(situation.teachers, key=lambda one: (-situation.load(one), one))
    courses = sorted(course for course, need in situation.need.items() if need.sections)
    for teacher, course in product(teachers, courses):
        if situation.why_not_teach(teacher, course):
            return AddSection(course=course, new_section=fresh_name(situation, course), teacher=teacher)
    return None


def _harmful(situation: Situation, timetable: Timetable) -> RemoveSection | None:
    """Return the legal giving up of a section that leaves most requests unmet as things stand."""
    losses = [(loss, action) for loss, action in _losses(situation, timetable) if loss > 0]
    return max(losses, key=lambda one: (one[0], one[1].section))[1] if losses else None


def _losses(situation: Situation, timetable: Timetable) -> Iterator[tuple[int, RemoveSection]]:
    """Yield what giving up a section costs in weight, where its course loses students by it."""
    problem = situation.problem
    before = completed(problem, timetable)
    unmet = score(problem, before).unmet
    for row in situation.sections.values():
        action = RemoveSection(section=row.id, releases=row.teacher or "")
        changes = judge(problem, [action], timetable, by_person=False)
        if not changes.applied or changes.timetable is None:
            continue
        after = completed(changes.problem, changes.timetable)
        if enrolled(changes.problem, after, row.course) < enrolled(problem, before, row.course):
            yield score(changes.problem, after).unmet - unmet, action
