"""A change that can be had, what it costs, and whom: as figures and in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import Served
from echelon_lib.search.ledger import Difference
from echelon_lib.search.why import costs_in_words, counted

OfferKind = Literal["reseat", "give up", "swap", "move", "exceed"]
SHOWN = 8
"""Students who are told one by one."""


@dataclass(frozen=True)
class Offer:
    """A change of a timetable that can be had, or why it cannot.

    Parameters
    ----------
    kind
        ``reseat``: students change sections and nobody loses a request; ``give up``: the student gives up
        another request for it; ``swap``: another student does; ``move``: a section moves; ``exceed``: a
        section takes one student more than a limit allows.
    timetable
        The timetable with the change; None where it cannot be had.
    cost
        What each level costs more, exactly as the evaluator says; empty without a timetable.
    required
        Required rules that it breaks, with their amounts: only a limit that is exceeded on purpose.
    sections
        Sections that move: section, period before, period after.
    students
        Students who are in other sections, or whose sections are in other periods.
    lost, gained
        Requests, as (student, course), that come out worse or better.
    sentence
        What it is, in a sentence.
    facts
        What changes for whom, in sentences. They are personal data: shown to the user, never logged.
    reason
        Why it cannot be had; empty where it can.
    """

    kind: OfferKind
    timetable: Timetable | None = field(repr=False)
    cost: tuple[int, ...] = ()
    required: Mapping[str, int] = field(default_factory=dict)
    sections: tuple[tuple[str, str, str], ...] = ()
    students: tuple[str, ...] = field(default=(), repr=False)
    lost: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    gained: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    sentence: str = field(default="", repr=False)
    facts: tuple[str, ...] = field(default=(), repr=False)
    reason: str = ""
    # How the workbench gets there, and the state of it for which that is true.
    way: Any = field(default=None, repr=False, compare=False)

    @property
    def rank(self) -> tuple[bool, int, int, int, tuple[int, ...]]:
        """What to compare offers by: broken rules, requests, sections that move, students, other costs."""
        first = self.cost[0] if self.cost else 0
        return bool(self.required), first, len(self.sections), len(self.students), self.cost

    def __str__(self) -> str:
        return "\n".join((self.sentence or self.reason, *self.facts))


def refused(kind: OfferKind, reason: str) -> Offer:
    """Return the answer where a change cannot be had."""
    return Offer(kind, None, reason=reason)


def offer_of(
    problem: Problem,
    before: Timetable,
    after: Timetable,
    found: Difference,
    *,
    wish: tuple[str, str] | None,
    changed: Sequence[str],
    moved: Sequence[str],
    exceeded: str | None = None,
    way: object = None,
) -> Offer:
    """Return what a change is, in figures and in sentences.

    Parameters
    ----------
    before, after, found
        The timetables and what the second costs more.
    wish
        The student and course for which it is done, if any.
    changed, moved
        The students who are in other sections, and the sections that are in other periods.
    exceeded
        A section that takes one student more than it may.
    """
    calendar = problem.calendar

    def when(timetable: Timetable, section: str) -> str:
        return calendar.name(timetable.placements[problem.sections[section].meetings[0].id].time)

    sections = tuple((id, when(before, id), when(after, id)) for id in moved)
    there = set(changed)
    shifted = {
        who for who, some in after.enrolments.items() if who not in there and any(id in some for id in moved)
    }
    lost, gained = (tuple(map(_wish, some)) for some in (found.worse, found.better))
    kind: OfferKind = "reseat"
    if exceeded is not None:
        kind = "exceed"
    elif moved:
        kind = "move"
    elif lost:
        kind = "give up" if wish is not None and {who for who, _ in lost} == {wish[0]} else "swap"
    told = _Told(problem, before, after, when)
    people = (*((wish[0],) if wish is not None and wish[0] in there else ()), *sorted(there))
    names = tuple(dict.fromkeys(people))
    sentence = _sentence(told, wish, names, shifted, sections, lost, gained, exceeded, found)
    facts = [told.student(who) for who in names[:SHOWN]]
    if len(names) > SHOWN:
        facts.append(f"{counted(len(names) - SHOWN, 'more student')} would change sections.")
    students = (*names, *sorted(shifted))
    return Offer(
        kind,
        after,
        found.cost,
        found.required,
        sections,
        students,
        lost,
        gained,
        sentence,
        tuple(facts),
        way=way,
    )


def _wish(one: Served) -> tuple[str, str]:
    return one.request.student, one.request.primary


def _sentence(
    told: _Told,
    wish: tuple[str, str] | None,
    names: Sequence[str],
    shifted: set[str],
    sections: Sequence[tuple[str, str, str]],
    lost: Sequence[tuple[str, str]],
    gained: Sequence[tuple[str, str]],
    exceeded: str | None,
    found: Difference,
) -> str:
    parts = [f"{id} ({told.course(id)}) moves from {was} to {now}" for id, was, now in sections]
    if exceeded is not None:
        broken = ", ".join(found.required) or "no required rule"
        parts.append(f"{exceeded} takes one student more than it may ({broken})")
    others = [who for who in names if wish is None or who != wish[0]]
    if wish is not None:
        parts.append(f"student {wish[0]} gets {told.comes(*wish)}")
    if others:
        parts.append(f"{counted(len(others), 'other student' if wish else 'student')} would change sections")
    if shifted:
        more = " more" if others or wish else ""
        parts.append(f"{len(shifted):,}{more} would change periods only")
    mine = [course for who, course in lost if wish is not None and who == wish[0]]
    theirs = [(who, course) for who, course in lost if wish is None or who != wish[0]]
    if mine:
        parts.append(f"gives up {', '.join(mine)}")
    if theirs:
        names_ = ", ".join(f"{course} of student {who}" for who, course in theirs[:SHOWN])
        more = f" and {len(theirs) - SHOWN} more" if len(theirs) > SHOWN else ""
        parts.append(f"{counted(len(theirs), 'request')} would be lost or served worse ({names_}{more})")
    if not lost:
        parts.append("nobody loses a request")
    extra = len([one for one in gained if wish is None or one[0] != wish[0]])
    if extra:
        parts.append(f"{counted(extra, 'request')} of others would come out better")
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}; {costs_in_words(found.cost)}."


class _Told:
    """Words for what changes."""

    def __init__(self, problem: Problem, before: Timetable, after: Timetable, when: Any) -> None:
        self.problem, self.before, self.after, self.when = problem, before, after, when

    def course(self, section: str) -> str:
        return self.problem.course_of[section].id

    def comes(self, who: str, course: str) -> str:
        """Return the course that a student gets, with section and period."""
        new = self.after.enrolments[who] - self.before.enrolments.get(who, frozenset())
        for id in sorted(self.after.enrolments[who], key=lambda id: id not in new):
            if self.course(id) == course:
                return f"{course} ({id} in {self.when(self.after, id)})"
        return "another course of the request"

    def student(self, who: str) -> str:
        return f"Student {who} {'; '.join(self._changes(who))}."

    def _changes(self, who: str) -> Iterator[str]:
        had, has = (t.enrolments.get(who, frozenset()) for t in (self.before, self.after))
        left = {self.course(id): id for id in sorted(had - has)}
        for id in sorted(has - had):
            of = self.course(id)
            place = f"{id} in {self.when(self.after, id)}"
            old = left.pop(of, None)
            if old is None:
                yield f"gets {of} ({place})"
            else:
                yield f"moves in {of} from {old} in {self.when(self.before, old)} to {place}"
        for of, id in left.items():
            yield f"leaves {of} ({id} in {self.when(self.before, id)})"
