"""What a small change of a timetable costs, level by level, by the evaluator's own rules on what changed.

``evaluate`` looks at everything. Here every constraint is cut into pieces of one section, student, request or
teacher each, and only pieces that a change touches are asked, before and after it. The difference is the
same, which tests compare.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import cast

from echelon_lib.constraints.base import Constraint, View
from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled, KeptIn, OnlyFor
from echelon_lib.constraints.requests import CoreFilled
from echelon_lib.constraints.times import FreeTimes
from echelon_lib.domain.policy import Enforcement, Scope
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import UNMET, Served, serve


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change costs.

    Parameters
    ----------
    cost
        What each level costs more.
    required
        By how much more each required rule is broken; rules that are not broken more are left out.
    worse, better
        How requests come out that are served worse, or better, than before.
    """

    cost: tuple[int, ...]
    required: Mapping[str, int]
    worse: tuple[Served, ...]
    better: tuple[Served, ...]


class _Part(View):
    """A view that counts the students of the few sections that are asked about."""

    def enrolled(self, section: str, tag: str | None = None) -> int:
        """Return how many students are enrolled in a section, or how many of them carry a tag."""
        students = self.students_in[section]
        if tag is None:
            return len(students)
        known = self.problem.student
        return sum(who in known and tag in known[who].tags for who in students)


class Ledger:
    """The pieces of all rules of a problem, by what they depend on.

    Parameters
    ----------
    problem
        A problem whose students may not clash.
    timetable
        The timetable from which differences count.
    """

    def __init__(self, problem: Problem, timetable: Timetable) -> None:
        self.problem = problem
        self.timetable = timetable
        self._seats: dict[str, list[Constraint]] = {}
        self._places: dict[str, list[Constraint]] = {}
        self._people: dict[str, list[Constraint]] = {}
        self._always: list[Constraint] = []
        student_of = {request.id: request.student for request in problem.requests}
        for rule in cast("tuple[Constraint, ...]", problem.constraints):
            if rule.enforcement.mode == "off":
                continue
            if isinstance(rule, AtMostEnrolled | AtLeastEnrolled):
                for id, limit in zip(rule.scope.sections, rule.limits, strict=True):
                    piece = replace(rule, scope=Scope.of_sections([id]), limits=(limit,))
                    self._seats.setdefault(id, []).append(piece)
            elif isinstance(rule, OnlyFor):
                for id in rule.scope.sections:
                    self._seats.setdefault(id, []).append(replace(rule, scope=Scope.of_sections([id])))
            elif isinstance(rule, KeptIn | FreeTimes):
                self._people.setdefault(rule.student, []).append(rule)
            elif isinstance(rule, CoreFilled):
                for id in rule.requests:
                    if id in student_of:
                        self._people.setdefault(student_of[id], []).append(replace(rule, requests=(id,)))
            else:
                self._place(rule)
        # Students were read with their sections once; after a change only the changed ones are read anew.
        self._now = self._view(timetable, View(problem, timetable).students_in)

    def _place(self, rule: Constraint) -> None:
        """Note the sections whose periods a rule depends on; a rule of an unknown kind is always asked."""
        scope, problem = rule.scope, self.problem
        if scope.attendee is not None:
            sections = {section.id for section in problem.sections_of.get(scope.attendee, ())}
        elif scope.meetings and not scope.sections:
            sections = {problem.section_of[meeting].id for meeting in scope.meetings}
        else:
            self._always.append(rule)
            return
        for id in sections:
            self._places.setdefault(id, []).append(rule)

    def _view(self, timetable: Timetable, students_in: Mapping[str, tuple[str, ...]]) -> _Part:
        view = _Part(self.problem, timetable)
        view.__dict__["students_in"] = students_in
        view.__dict__["unfilled"] = {}
        return view

    def difference(
        self, after: Timetable, students: Collection[str], sections: Collection[str]
    ) -> Difference:
        """Return what a changed timetable costs more.

        Parameters
        ----------
        after
            The timetable with the change.
        students
            The students who are in other sections.
        sections
            The sections that are in other periods.
        """
        before = self.timetable
        gone: dict[str, set[str]] = {}
        come: dict[str, set[str]] = {}
        for who in students:
            had, has = before.enrolments.get(who, frozenset()), after.enrolments.get(who, frozenset())
            for id in had - has:
                gone.setdefault(id, set()).add(who)
            for id in has - had:
                come.setdefault(id, set()).add(who)
        touched = gone.keys() | come.keys()
        members = dict(self._now.students_in)
        for id in touched:
            left = gone.get(id, set())
            members[id] = tuple(who for who in members[id] if who not in left) + tuple(
                sorted(come.get(id, ()))
            )
        then = self._view(after, members)
        served = [(self._served(before, who), self._served(after, who)) for who in sorted(students)]
        levels, required = [0] * self.problem.levels, dict[str, int]()
        for view, sign, side in ((self._now, -1, 0), (then, 1, 1)):
            outcome = [one for pair in served for one in pair[side]]
            view.__dict__["unfilled"] = {one.request.id: one for one in outcome if one.course is None}
            moved = {who for id in sections for who in view.students_in[id]}
            pieces = self._pieces(touched, sections, moved.union(students))
            found = [v for piece in pieces for v in piece.violations(view)]
            for name, amount, rule in (
                *((one.rule, one.amount, one.enforcement) for one in found),
                *self._policy(view, touched, sections, outcome),
            ):
                if rule.required:
                    required[name] = required.get(name, 0) + sign * amount
                elif rule.priced:
                    levels[rule.level - 1] += sign * amount * rule.weight
        pairs = [pair for two in served for pair in zip(*two, strict=True)]
        return Difference(
            tuple(levels),
            {name: amount for name, amount in required.items() if amount > 0},
            tuple(new for old, new in pairs if new.cost > old.cost),
            tuple(new for old, new in pairs if new.cost < old.cost),
        )

    def _pieces(
        self, touched: Iterable[str], sections: Iterable[str], students: Iterable[str]
    ) -> list[Constraint]:
        found: dict[int, Constraint] = {id(rule): rule for rule in self._always}
        for by, names in ((self._seats, touched), (self._places, sections), (self._people, students)):
            for name in names:
                found.update((id(piece), piece) for piece in by.get(name, ()))
        return list(found.values())

    def _served(self, timetable: Timetable, who: str) -> list[Served]:
        problem = self.problem
        course_of, some = problem.course_of, timetable.enrolments.get(who, frozenset())
        taken = {course_of[id].id for id in some if id in course_of}
        return serve(problem.requests_of.get(who, ()), problem.pooled.get(who, ()), taken)

    def _policy(
        self, view: View, touched: Iterable[str], sections: Iterable[str], outcome: Iterable[Served]
    ) -> Iterable[tuple[str, int, Enforcement]]:
        """Yield what the rules that every timetable has count of what changed."""
        problem, policy = self.problem, self.problem.policy
        yield UNMET, sum(one.cost for one in outcome), policy.requests
        for id in touched:
            seats = problem.sections[id].seats
            if seats is not None and view.enrolled(id) > seats:
                yield "seats", view.enrolled(id) - seats, policy.seats
        for who in {one for id in sections for one in problem.sections[id].attendees}:
            placed = [placement.time for placement, _ in view.placed_of(who)]
            kind = problem.attendee[who].kind
            count = sum(one.overlaps(other) for one, other in combinations(placed, 2))
            yield f"{kind} clash", count, policy.clash_of(kind)
