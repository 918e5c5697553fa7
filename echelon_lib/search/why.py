"""Why a student has no place in a course, and why a section is where it is: in sentences, with figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from echelon_lib.constraints.base import View, Violation
from echelon_lib.constraints.enrolment import AtMostEnrolled, OnlyFor
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.errors import DataError, EchelonError, Issue, suggest
from echelon_lib.domain.offerings import Course, Section
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import Evaluation, evaluate
from echelon_lib.search.complete import completed
from echelon_lib.solvers.reduce import OF_STUDENTS, not_placeable


@dataclass(frozen=True, slots=True)
class Refusal:
    """What speaks against one section of a course for one student.

    Parameters
    ----------
    section
        The section.
    period
        The name of its period; None where it has none yet.
    enrolled, seats
        Students in it, and the most it may have; None without a limit.
    tag
        A tag of the student of which the section has as many as it may, if any.
    clashes
        The sections of the student at the same time.
    """

    section: str
    period: str | None
    enrolled: int
    seats: int | None
    tag: str | None
    clashes: tuple[str, ...]

    @property
    def full(self) -> bool:
        """Whether no seat is left."""
        return self.seats is not None and self.enrolled >= self.seats

    @property
    def open(self) -> bool:
        """Whether nothing speaks against it."""
        return self.period is not None and not (self.full or self.tag or self.clashes)


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why a student does not have a course.

    Parameters
    ----------
    student, course
        Whom and what it is about.
    asked
        Whether the course may serve a request of the student, as the first choice or as an alternate.
    taken
        The section of the course that the student has after all.
    refusals
        What speaks against each section of the course.
    facts
        The same in sentences. They are personal data: shown to the user, never logged.
    """

    student: str
    course: str
    asked: bool
    taken: str | None
    refusals: tuple[Refusal, ...]
    facts: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.facts)


def why_not(problem: Problem, timetable: Timetable, student: str, course: str) -> WhyNot:
    """Say what speaks against each section of a course for a student.

    Parameters
    ----------
    problem
        The problem.
    timetable
        Any timetable, complete or not.
    student, course
        Their identifiers.

    Raises
    ------
    DataError
        When there is no such student or course.
    """
    offered = named(problem, student, course)
    view = View(problem, timetable)
    mine = timetable.enrolments.get(student, frozenset())
    taken = next((section.id for section in offered.sections if section.id in mine), None)
    refusals = tuple(_refusal(view, student, section) for section in offered.sections)
    asked, first = asked_for(problem, student, course)
    facts = [first]
    if taken is not None:
        facts.append(f"The student has it, in {taken}.")
    elif not offered.sections:
        facts.append(f"{course} is not offered: it has no section.")
    else:
        facts.extend(_refused(problem, one) for one in refusals)
    if any(one.open for one in refusals) and taken is None and asked:
        facts.append("A better timetable exists: an open section costs nobody anything.")
    return WhyNot(student, course, asked, taken, refusals, tuple(facts))


def named(problem: Problem, student: str, course: str) -> Course:
    """Return a course after checking that it and a student exist.

    Raises
    ------
    DataError
        When one of them does not; no other student is named.
    """
    issues = []
    if student not in problem.student:
        cure = "look the identifier up in the list of students?"
        issues.append(Issue(f"no student is called {student!r}", value=student, cure=cure))
    if course not in problem.course:
        cure = suggest(course, problem.course) or "look the name up in the list of courses?"
        issues.append(Issue(f"no course is called {course!r}", value=course, cure=cure))
    if issues:
        raise DataError(issues)
    return problem.course[course]


def asked_for(problem: Problem, student: str, course: str) -> tuple[bool, str]:
    """Return whether a course may serve a request of a student, and that in a sentence."""
    requests = problem.requests_of.get(student, ())
    closed = _for_others(problem, student, course)
    if closed is not None:
        return (
            False,
            f"Student {student}: {course} is for {closed.reason} only, which {closed.name!r} requires.",
        )
    for number, request in enumerate(requests, start=1):
        if request.primary == course:
            core = ", needed to graduate" if request.core else ""
            text = f"{course} is request {number} of {len(requests)}, of weight {request.weight}{core}."
            return True, f"Student {student}: {text}"
    for request in requests:
        if course in request.courses:
            return True, f"Student {student}: {course} is an alternate to {request.primary}."
    if course in problem.pooled.get(student, ()) and not all(request.core for request in requests):
        return True, f"Student {student}: {course} is an alternate to any elective."
    return False, f"Student {student} did not ask for {course}, and gets only what was asked for."


def _for_others(problem: Problem, student: str, course: str) -> OnlyFor | None:
    """Return a required rule that keeps a student out of every section of a course."""
    sections = {section.id for section in problem.course[course].sections}
    for rule in problem.constraints:
        if isinstance(rule, OnlyFor) and rule.enforcement.required and student not in rule.students:
            sections -= set(rule.scope.sections)
            if not sections:
                return rule
    return None


def _refusal(view: View, student: str, section: Section) -> Refusal:
    problem = view.problem
    tags = problem.student[student].tags
    seats = section.seats if problem.policy.seats.required else None
    short: str | None = None
    for rule in problem.constraints:
        if not isinstance(rule, AtMostEnrolled) or not rule.enforcement.required:
            continue
        for name, limit in zip(rule.scope.sections, rule.limits, strict=True):
            if name != section.id:
                continue
            if rule.tag is None:
                seats = limit if seats is None else min(seats, limit)
            elif rule.tag in tags and view.enrolled(name, rule.tag) >= limit:
                short = rule.tag
    times = [placed.time for meeting in section.meetings if (placed := view.placement(meeting.id))]
    whole = bool(times) and len(times) == len(section.meetings)
    clashes: tuple[str, ...] = ()
    if problem.policy.clash_of("student").mode != "off":
        clashes = tuple(_at(view, student, times, section.id))
    period = ", ".join(view.time_name(time) for time in times) if whole else None
    return Refusal(section.id, period, view.enrolled(section.id), seats, short, clashes)


def _at(view: View, student: str, times: Iterable[Time], but: str) -> Iterator[str]:
    """Yield the sections of a student that overlap some times."""
    for name in sorted(view.timetable.enrolments.get(student, frozenset())):
        section = view.problem.sections.get(name)
        if section is None or name == but:
            continue
        placed = [p.time for meeting in section.meetings if (p := view.placement(meeting.id))]
        if any(one.overlaps(other) for one in placed for other in times):
            yield name


def _refused(problem: Problem, one: Refusal) -> str:
    """Say what speaks against a section."""
    if one.period is None:
        return f"{one.section} has no period yet."
    reasons = []
    if one.full:
        few = {0: "it has no seat", 1: "its only seat is taken"}
        reasons.append(few.get(one.seats or 0, f"all {one.seats} seats are taken"))
    if one.tag is not None:
        reasons.append(f"no {one.tag} seat is left")
    if one.clashes:
        courses = ", ".join(f"{problem.course_of[name].id} ({name})" for name in one.clashes)
        reasons.append(f"the student has {courses} then")
    where = f"{one.section} in {one.period}"
    if not reasons:
        return f"{where}: nothing speaks against it; it has a free seat and the student is free."
    return f"{where}: {'; '.join(reasons)}."


# Sections ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A period of which one asks why a section is not there.

    Parameters
    ----------
    period
        Its name.
    reason
        Why the section may not be there, in words; empty where it may.
    clashing
        Students of the section who have something else then.
    losing
        Students who would have a request less.
    cost
        What each level would cost more, as the evaluator says; None where the section may not be there.
    timetable
        The timetable in which it is there; None where that is so already or may not be.
    """

    period: str
    reason: str = ""
    clashing: int = 0
    losing: int = 0
    cost: tuple[int, ...] | None = None
    timetable: Timetable | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class WhyHere:
    """Why a section is where it is.

    Parameters
    ----------
    section, course
        What it is about.
    period
        The name of its period; None where it has none.
    places
        Every other period, in the order of the calendar.
    facts
        The same in sentences; no student is named.
    """

    section: str
    course: str
    period: str | None
    places: tuple[Place, ...]
    facts: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.facts)


def why_here(problem: Problem, timetable: Timetable, section: str, *, seed: int = 0) -> WhyHere:
    """Say for every other period why a section is not there, or what it would cost there.

    The section is put there, whoever clashes is seated anew by ``completed``, and the evaluator says what it
    costs. No other section moves; a search that moves more of them may find it cheaper.

    Parameters
    ----------
    problem
        A problem whose sections have one meeting each at named periods.
    timetable
        A timetable of it.
    section
        Its identifier.
    seed
        Seed of the seating.

    Raises
    ------
    DataError
        When there is no such section.
    EchelonError
        When the problem is of a kind that cannot be completed.
    """
    if section not in problem.sections:
        cure = suggest(section, problem.sections) or "look the name up in the master schedule?"
        raise DataError([Issue(f"no section is called {section!r}", value=section, cure=cure)])
    placeable(problem)
    moved = _Moved(problem, timetable, problem.sections[section], seed)
    places = tuple(moved.places())
    course = problem.course_of[section].id
    here = None if moved.here is None else problem.calendar.name(moved.here)
    facts = (*moved.first(), *map(moved.told, places), *moved.last())
    return WhyHere(section, course, here, places, facts)


def placeable(problem: Problem) -> None:
    """Raise EchelonError where sections have not one meeting each at named periods."""
    reasons = list(dict.fromkeys(not_placeable(problem)))
    if reasons:
        raise EchelonError(f"this problem cannot be asked about yet: {'; '.join(reasons)}")


class _Moved:
    """A section, and what a timetable would be with it elsewhere."""

    def __init__(self, problem: Problem, timetable: Timetable, section: Section, seed: int) -> None:
        self.problem = problem
        self.timetable = timetable
        self.section = section
        self.meeting = section.meetings[0]
        self.seed = seed
        self.view = View(problem, timetable)
        self.now = evaluate(problem, timetable)
        placement = timetable.placements.get(self.meeting.id)
        self.here = None if placement is None else placement.time
        self.students = self.view.students_in[section.id]
        # Where sections are is judged without students, which takes no time.
        rules = tuple(c for c in problem.constraints if not isinstance(c, OF_STUDENTS))
        self.bare = replace(problem, requests=(), pooled={}, constraints=rules)
        self.broken = {v.sentence for v in self._broken(Timetable(timetable.placements))}

    def _broken(self, timetable: Timetable) -> Iterator[Violation]:
        return (v for v in evaluate(self.bare, timetable).violations() if v.enforcement.required)

    def first(self) -> Iterator[str]:
        """Yield where the section is, and what holds it there wherever the others are."""
        what = f"{self.section.id} ({self.problem.course_of[self.section.id].id})"
        who = ", ".join(self.problem.teachers_of(self.section))
        by = f" with {who}" if who else ""
        students = counted(len(self.students), "student")
        where = "has no period yet" if self.here is None else f"is in {self.view.time_name(self.here)}"
        yield f"{what}{by} {where} and has {students}."
        every, own = self.problem.calendar.times, self.meeting.times
        if len(own) == 1:
            yield f"The file keeps it to {self.view.time_name(own[0])}."
        elif set(own) != set(every):
            yield f"The file keeps it to {', '.join(map(self.view.time_name, own))}."

    def last(self) -> Iterator[str]:
        """Yield how the costs are to be read."""
        if not self.now.feasible:
            rules = ", ".join(f"{rule} ({amount})" for rule, amount in self.now.required.items())
            yield f"The timetable breaks required rules: {rules}."
            yield "What a move costs can be told once it keeps them."
            return
        anew = evaluate(self.problem, completed(self.problem, self.timetable, seed=self.seed))
        if anew.cost < self.now.cost:
            saved = costs_in_words(difference(self.now, anew))
            yield f"Where it is, seating students anew alone changes the costs as well: {saved}."
        yield "No other section moves here; a search that moves more of them may find less costly ways."

    def places(self) -> Iterator[Place]:
        """Yield every other period with what speaks against it or what it costs."""
        for time in self.problem.calendar.times:
            if time != self.here:
                yield self.place(time)

    def place(self, time: Time) -> Place:
        """Return what can be said of one period."""
        name = self.view.time_name(time)
        clashing = sum(any(_at(self.view, student, [time], self.section.id)) for student in self.students)
        reason = self.reason(time)
        if reason or not self.now.feasible:
            return Place(name, reason, clashing)
        trial = self.timetable.place(self.meeting.id, time)
        there = completed(self.problem, trial, seed=self.seed)
        if there.placements != trial.placements:
            return Place(name, "required rules let it be there only if other sections move", clashing)
        score = evaluate(self.problem, there)
        if not score.feasible:
            return Place(name, f"required rules would be broken: {', '.join(score.required)}", clashing)
        had = {one.request.id for one in self.now.served if one.rank is not None}
        lost = {one.request.student for one in score.served if one.rank is None and one.request.id in had}
        return Place(name, "", clashing, len(lost), difference(self.now, score), there)

    def reason(self, time: Time) -> str:
        """Return why the section may not be at a time; empty where it may."""
        if time not in self.meeting.times:
            return "the file does not allow it"
        if self.problem.policy.clash_of("teacher").required:
            for teacher in self.problem.teachers_of(self.section):
                for placement, other in self.view.placed_of(teacher):
                    if other.id != self.section.id and placement.time.overlaps(time):
                        return f"its teacher {teacher} has {other.id} ({self.problem.course_of[other.id].id})"
        for violation in self._broken(Timetable(self.timetable.place(self.meeting.id, time).placements)):
            if violation.sentence not in self.broken:
                return violation.sentence.rstrip(".")
        return ""

    def told(self, place: Place) -> str:
        """Say what speaks against a period or what it costs."""
        if place.reason:
            return f"Not in {place.period}: {place.reason}."
        clash = "none of its students has something else"
        if place.clashing:
            have = "has" if place.clashing == 1 else "have"
            clash = f"{place.clashing} of its {counted(len(self.students), 'student')} {have} something else"
        if place.cost is None:
            return f"In {place.period} {clash}."
        cost = costs_in_words(place.cost)
        if not any(place.cost):
            return f"In {place.period} it would be as good: {clash}, and nothing costs more."
        if place.losing == 0:
            return f"In {place.period} {clash}, and all keep their requests; {cost}."
        lose = "1 student loses" if place.losing == 1 else f"{place.losing} students lose"
        return f"In {place.period} {clash}, and {lose} a request; {cost}."


def difference(before: Evaluation, after: Evaluation) -> tuple[int, ...]:
    """Return what each level costs more."""
    return tuple(new - old for new, old in zip(after.cost, before.cost, strict=True))


def costs_in_words(difference: tuple[int, ...]) -> str:
    """Say how the cost of each level changes."""
    changes = [
        f"level {level} costs {abs(change):,} {'more' if change > 0 else 'less'}"
        for level, change in enumerate(difference, start=1)
        if change
    ]
    return ", ".join(changes) or "no cost changes"


def counted(number: int, thing: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
