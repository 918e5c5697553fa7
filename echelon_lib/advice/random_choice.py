"""The adviser that draws legal actions at random: whoever claims to help has to do better."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from echelon_lib.advice.actions import (
    Action,
    AddSection,
    ChangePeriods,
    MergeSections,
    ReassignTeacher,
    RemoveSection,
    SplitSection,
    fresh_name,
)
from echelon_lib.advice.advisor import Advice, Past
from echelon_lib.advice.changes import Draft
from echelon_lib.advice.situation import Situation
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable

_Candidates = Callable[[Situation], list[Action]]


@dataclass(frozen=True)
class RandomAdvisor:
    """Draws a kind of action, each as likely as any other, and of that kind any that is legal.

    Spreading SPED students is for rules to propose and seats are for people, so neither is drawn.

    Parameters
    ----------
    seed
        Seed of the draw; every round of the same history is drawn anew from it.
    most
        Actions in a round, at most.
    """

    seed: int = 0
    most: int = 5

    @property
    def name(self) -> str:
        """The word by which it is chosen."""
        return "random"

    def propose(self, problem: Problem, timetable: Timetable, history: Sequence[Past] = ()) -> Advice:
        """Return legal actions at random; fewer than ``most`` where nothing else is legal."""
        dice = random.Random(f"{self.seed} {len(history)}")
        draft = Draft(problem, timetable, by_person=False)
        kinds = list(_KINDS)
        taken = 0
        while kinds and taken < self.most:
            kind = dice.choice(kinds)
            candidates = _KINDS[kind](draft.situation())
            dice.shuffle(candidates)
            action = next((one for one in candidates if draft.verdict(one).legal), None)
            if action is None:
                kinds.remove(kind)
                continue
            draft.add(action)
            taken += 1
        actions = draft.changes().applied
        return Advice(self.name, actions, "Drawn at random.", {"seed": self.seed, "round": len(history) + 1})


def _pairs(situation: Situation) -> list[Action]:
    sections = situation.sections.values()
    return [
        MergeSections(section=one.id, into=other, releases=one.teacher or "")
        for one in sections
        for other in situation.sections_of(one.course)
        if other != one.id
    ]


def _removals(situation: Situation) -> list[Action]:
    rows = situation.sections.values()
    return [RemoveSection(section=row.id, releases=row.teacher or "") for row in rows]


def _splits(situation: Situation) -> list[Action]:
    names = {course.id: fresh_name(situation, course.id) for course in situation.problem.courses}
    return [
        SplitSection(section=row.id, new_section=names[row.course], teacher=teacher)
        for row in situation.sections.values()
        for teacher in _colleagues(situation, row.department)
    ]


def _additions(situation: Situation) -> list[Action]:
    names = {course.id: fresh_name(situation, course.id) for course in situation.problem.courses}
    return [
        AddSection(course=course.id, new_section=names[course.id], teacher=teacher)
        for course in situation.problem.courses
        if course.sections
        for teacher in _colleagues(situation, course.department)
    ]


def _handovers(situation: Situation) -> list[Action]:
    return [
        ReassignTeacher(section=row.id, teacher=teacher, releases=row.teacher or "")
        for row in situation.sections.values()
        for teacher in _colleagues(situation, row.department)
    ]


def _periods(situation: Situation) -> list[Action]:
    names = [period.name for period in situation.problem.calendar.periods]
    return [
        ChangePeriods(section=section, periods=periods)
        for section in situation.sections
        for periods in [(), *((name,) for name in names)]
    ]


def _colleagues(situation: Situation, department: str) -> list[str]:
    return [id for id, row in situation.teachers.items() if not department or row.department == department]


_KINDS: Mapping[str, _Candidates] = {
    "merge": _pairs,
    "split": _splits,
    "add": _additions,
    "remove": _removals,
    "reassign": _handovers,
    "periods": _periods,
}
