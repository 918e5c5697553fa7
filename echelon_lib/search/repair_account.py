"""What a repair changed, and why; whom it affects; what could not be kept; what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from echelon_lib.domain.offerings import Section
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import Evaluation, Served, evaluate
from echelon_lib.search.why import counted, why_not

Cause = Literal["had to", "to make room"]
FEW = 2
"""Students who are named where they lose a course for the same reasons; more are counted."""
SHOWN = 12
"""Changes that are told one by one, and losses with their reasons, where all is told in sentences."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One thing that is not as it was.

    Parameters
    ----------
    kind
        A section that meets in another period, or a student who is in other sections.
    who
        Identifier of the section or the student.
    course
        The course that it is about.
    before, after
        Periods of a section, sections of a student; None for none.
    cause
        Whether it could not stay, or moved so that somebody or something else found room.
    why
        Why, in a few words.
    """

    kind: Literal["section", "student"]
    who: str = field(repr=False)
    course: str
    before: str | None
    after: str | None
    cause: Cause
    why: str

    def sentence(self) -> str:
        """Return what changed; of a student it is personal, to be shown and never logged."""
        if self.kind == "section":
            verb = f"moves from {self.before} to {self.after}" if self.before else f"is put in {self.after}"
            what = f"{self.who} ({self.course}) {verb if self.after else f'loses its period {self.before}'}"
        elif self.before and self.after:
            what = f"Student {self.who} moves in {self.course} from {self.before} to {self.after}"
        elif self.after:
            what = f"Student {self.who} gets {self.course} ({self.after})"
        else:
            what = f"Student {self.who} leaves {self.course} ({self.before})"
        return f"{what}: {self.why}."


@dataclass(frozen=True, slots=True)
class Lost:
    """A request that was met before, or is new, and is not met.

    Parameters
    ----------
    student, course
        Whose request, and its first choice.
    new
        Whether it was not there before.
    reasons
        Why it is not met, in sentences.
    """

    student: str = field(repr=False)
    course: str
    new: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Repair:
    """A timetable made good again after a change.

    Parameters
    ----------
    timetable, evaluation
        The timetable and what the evaluator says of it.
    moved
        Everything that is not as it was: sections first, then students.
    lost
        Requests that cannot be met, though they were or are new.
    broken
        What else cannot be kept, in sentences: required rules and locks.
    cost
        What each term costs more than before, as the evaluator says; terms of equal cost are left out.
    share
        Enrolments that changed, as a share of all there were, without those of sections that were touched.
    facts
        All this in sentences; they are personal data, shown to the user and never logged.
    notes
        The same in counts, without any student.
    """

    timetable: Timetable
    evaluation: Evaluation
    moved: tuple[Moved, ...]
    lost: tuple[Lost, ...]
    broken: tuple[str, ...]
    cost: Mapping[str, int]
    share: float
    facts: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def affected(self) -> tuple[str, ...]:
        """The students whose sections, or the periods of whose sections, are not as they were."""
        enrolments = self.timetable.enrolments
        shifted = {one.who for one in self.moved if one.kind == "section"}
        changed = {one.who for one in self.moved if one.kind == "student"}
        return tuple(who for who, some in enrolments.items() if who in changed or shifted & some)

    def __str__(self) -> str:
        return "\n".join(self.facts)


def account(
    problem: Problem,
    held: Problem,
    old: Problem | None,
    before: Timetable,
    after: Timetable,
    had_to_move: set[str],
    released: tuple[str, ...] = (),
) -> Repair:
    """Say what became of a timetable.

    Parameters
    ----------
    problem, held, old
        The problem as it is, with what was locked for the repair, and as it was if that is known.
    before, after
        The timetables.
    had_to_move
        Sections that could not stay in their periods.
    released
        What was locked for the repair and could not be kept, in sentences.
    """
    told = _Account(problem, held, old, before, after, had_to_move)
    sections = list(told.sections())
    students = sorted(told.students(), key=lambda one: (one.cause != "had to", one.who))
    lost = tuple(told.lost())
    broken = (*released, *told.broken())
    cost = told.cost()
    share = told.share(students)
    moved = (*sections, *students)
    notes = tuple(_notes(moved, lost, broken, cost))
    facts = [*notes[:1], *(one.sentence() for one in moved[:SHOWN])]
    if len(moved) > SHOWN:
        facts.append(f"{counted(len(moved) - SHOWN, 'more change')}.")
    facts += _losses(lost)
    facts += [f"Cannot be kept: {sentence}" for sentence in broken]
    facts += notes[-1:]
    return Repair(after, told.now, moved, lost, broken, cost, share, tuple(facts), notes)


def _losses(lost: tuple[Lost, ...]) -> Iterator[str]:
    """Yield what is lost and why; many students who lose a course for the same reasons are told of once."""
    groups: dict[tuple[str, bool, tuple[str, ...]], list[str]] = {}
    for one in lost:
        groups.setdefault((one.course, one.new, one.reasons), []).append(one.student)
    for number, ((course, new, reasons), students) in enumerate(groups.items()):
        why = reasons if number < SHOWN else ()
        if len(students) > FEW:
            verb = "cannot get" if new else "lose"
            yield " ".join([f"{len(students):,} students {verb} {course}.", *why])
            continue
        for student in students:
            yield " ".join([f"Student {student} {'cannot get' if new else 'loses'} {course}.", *why])


class _Account:
    def __init__(
        self,
        problem: Problem,
        held: Problem,
        old: Problem | None,
        before: Timetable,
        after: Timetable,
        had_to_move: set[str],
    ) -> None:
        self.problem, self.held, self.old = problem, held, old
        self.before, self.after, self.had_to_move = before, after, had_to_move
        self.now = evaluate(problem, after)
        self.was = evaluate(old or problem, before)
        self.size = Counter(id for some in before.enrolments.values() for id in some)
        self.known = (old or problem).sections
        asked = ((one.student, course) for one in (old or problem).requests for course in one.courses)
        self.asked_before = set(asked)
        self.moved = {
            id for id in problem.sections if id in self.known and self._at(before, id) != self._at(after, id)
        }

    def _at(self, timetable: Timetable, id: str) -> str | None:
        section = self.problem.sections.get(id) or self.known[id]
        placement = timetable.placements.get(section.meetings[0].id)
        return None if placement is None else self.problem.calendar.name(placement.time)

    def sections(self) -> Iterator[Moved]:
        """Yield the sections that are new or moved."""
        for id in self.problem.sections:
            course = self.problem.course_of[id].id
            now = self._at(self.after, id)
            if id not in self.known or (id not in self.before.placements and now is not None):
                yield Moved("section", id, course, None, now, "had to", "it is new")
            elif id in self.moved:
                had = id in self.had_to_move
                why = "rules or its teacher do not let it stay" if had else "others find room by it"
                cause: Cause = "had to" if had else "to make room"
                yield Moved("section", id, course, self._at(self.before, id), now, cause, why)

    # Students ----------------------------------------------------------------------------------------------

    def students(self) -> Iterator[Moved]:
        """Yield what changed for each student, course by course."""
        course_of = {
            **{id: self._course(id) for id in self.known},
            **{id: course.id for id, course in self.problem.course_of.items()},
        }
        for who in dict.fromkeys((*self.before.enrolments, *self.after.enrolments)):
            had = self.before.enrolments.get(who, frozenset())
            has = self.after.enrolments.get(who, frozenset())
            if had == has or who not in self.problem.student:
                continue
            gone = {course_of.get(id, "a course that is gone"): id for id in sorted(had - has)}
            come = {course_of[id]: id for id in sorted(has - had)}
            pairs = {course: (gone.get(course), come.get(course)) for course in (*gone, *come)}
            causes = {course: self._why(who, course, *pair) for course, pair in pairs.items()}
            forced = any(cause == "had to" for cause, _ in causes.values())
            for course, pair in pairs.items():
                cause, why = causes[course]
                if cause != "had to" and forced:
                    cause, why = "had to", "other courses of the student had to change"
                yield Moved("student", who, course, *pair, cause, why)

    def _course(self, id: str) -> str:
        return (self.old or self.problem).course_of[id].id

    def _why(self, who: str, course: str, left: str | None, new: str | None) -> tuple[Cause, str]:
        if left is None:
            if (who, course) in self.asked_before:
                return "had to", "a place was found for a request that was not met"
            return "had to", "it is asked for now"
        if left not in self.problem.sections:
            return "had to", f"{left} is not held any more"
        if course not in self._asked(who):
            return "had to", "it is not asked for any more"
        period = self._at(self.after, left)
        if period is None:
            return "had to", f"{left} has no period any more"
        if left in self.moved and any(
            self._at(self.after, id) == period for id in self.after.enrolments[who] if id != left
        ):
            return "had to", f"{left} is in {period} now, which clashes"
        if self._shrunk(left):
            return "had to", f"{left} has fewer places than students"
        for id in self.after.enrolments[who]:
            if id in self.moved and id != new and self._at(self.after, id) == period:
                return "had to", f"{id} is in {period} now, which clashes"
        return "to make room", "somebody else finds a seat by it"

    def _asked(self, who: str) -> set[str]:
        wanted = {c for request in self.problem.requests_of.get(who, ()) for c in request.courses}
        return wanted | set(self.problem.pooled.get(who, ()))

    def _shrunk(self, id: str) -> bool:
        seats = self.problem.sections[id].seats
        was = self.known[id].seats if id in self.known else seats
        return seats is not None and (was is None or seats < was) and self.size[id] > seats

    # What is lost ------------------------------------------------------------------------------------------

    def lost(self) -> Iterator[Lost]:
        """Yield requests that were met and are not, and new ones that are not met."""
        met = {self._key(one): one.course is not None for one in self.was.served}
        for one in self.now.served:
            if one.course is not None or met.get(self._key(one), True) is False:
                continue
            if self.old is None and not self._had(one):
                continue
            student, course = one.request.student, one.request.primary
            reasons = why_not(self.problem, self.after, student, course).facts[1:]
            yield Lost(student, course, self._key(one) not in met, reasons)

    def _key(self, one: Served) -> tuple[str, tuple[str, ...]]:
        return one.request.student, one.request.courses

    def _had(self, one: Served) -> bool:
        """Return whether a student had something that is gone, where the old problem is not known."""
        had = self.before.enrolments.get(one.request.student, frozenset())
        return bool(had - self.problem.sections.keys())

    def broken(self) -> Iterator[str]:
        """Yield required rules that are broken now, and locks of the repair that could not be kept."""
        for violation in self.now.violations():
            if violation.enforcement.required:
                yield violation.sentence
        if self.held is not self.problem:
            said = {violation.sentence for violation in self.now.violations()}
            for violation in evaluate(self.held, self.after).violations():
                if violation.enforcement.required and violation.sentence not in said:
                    yield violation.sentence

    def cost(self) -> dict[str, int]:
        """Return what each term costs more."""
        before = {name: term.cost for name, term in self.was.terms.items()}
        after = {name: term.cost for name, term in self.now.terms.items()}
        names = dict.fromkeys((*before, *after))
        found = {name: after.get(name, 0) - before.get(name, 0) for name in names}
        return {name: change for name, change in found.items() if change}

    def share(self, students: list[Moved]) -> float:
        """Return the share of enrolments that changed outside the sections that were touched."""
        touched = self.moved | {id for id in self.problem.sections if id not in self.known}
        touched |= {id for id in self.known if self._touched(self.problem.sections.get(id), self.known[id])}
        changed = [
            one
            for one in students
            if one.before is not None
            and one.before not in touched
            and one.after not in touched
            and one.course in self._asked(one.who)
        ]
        return len(changed) / max(1, sum(self.size.values()))

    @staticmethod
    def _touched(now: Section | None, was: Section) -> bool:
        return now is None or (now.seats, now.attendees) != (was.seats, was.attendees)


def _notes(
    moved: tuple[Moved, ...], lost: tuple[Lost, ...], broken: tuple[str, ...], cost: Mapping[str, int]
) -> Iterator[str]:
    """Yield what happened in counts: these may be logged."""
    sections = [one for one in moved if one.kind == "section" and one.before is not None]
    students = {one.who: one.cause for one in moved if one.kind == "student" and one.cause == "to make room"}
    had = {one.who for one in moved if one.kind == "student" and one.cause == "had to"}
    made = students.keys() - had
    yield (
        f"{counted(len(sections), 'section')} moved and the sections of {counted(len(had | made), 'student')}"
        f" changed: {len(had)} had to, {len(made)} made room."
    )
    new = sum(one.new for one in lost)
    if len(lost) > new:
        yield (
            f"{counted(len(lost) - new, 'request')} that was met is not met any more."
            if len(lost) - new == 1
            else f"{len(lost) - new:,} requests that were met are not met any more."
        )
    if new:
        yield f"{counted(new, 'new request')} cannot be met."
    if broken:
        yield f"{counted(len(broken), 'required rule or lock')} cannot be kept."
    words = [f"{name} {change:+,}" for name, change in cost.items()]
    yield f"Costs: {', '.join(words) or 'as before'}."
