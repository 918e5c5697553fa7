"""When meetings may take place, and how many at one time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from echelon_lib.constraints.base import Shape, View, Violation, shaped
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.policy import Enforcement, Scope


@dataclass(frozen=True, slots=True)
class ForbiddenTimes:
    """No meeting of the scope overlaps a forbidden time; the amount is 1 for each meeting that does.

    The scope is an attendee (a teacher who is away) or some meetings (a course kept to some periods);
    ``reason`` says why, such as the lock that asks for it.
    """

    name: str
    scope: Scope
    enforcement: Enforcement
    times: tuple[Time, ...]
    reason: str = ""

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each meeting at a forbidden time."""
        if self.scope.attendee is not None:
            attended = view.problem.sections_of.get(self.scope.attendee, ())
            meetings = tuple(meeting.id for section in attended for meeting in section.meetings)
        else:
            meetings = self.scope.meetings
        for meeting in meetings:
            placement = view.placement(meeting)
            if placement is None or not any(placement.time.overlaps(time) for time in self.times):
                continue
            when = view.time_name(placement.time)
            section = view.problem.section_of[meeting].id
            course = view.problem.course_of[section].id
            if self.scope.attendee is not None:
                who: tuple[str, ...] = (self.scope.attendee, section)
                text = f"{self.scope.attendee} is away in {when} but teaches {section} ({course}) then."
            else:
                who = (section,)
                text = f"{section} ({course}) may not be in {when}."
            if self.reason:
                text = f"{text[:-1]} ({self.reason})."
            yield Violation(self.name, 1, who, text, self.enforcement)


@dataclass(frozen=True, slots=True)
class FreeTimes:
    """A student is kept free at some times; the amount is the student's sections that overlap them.

    ``reason`` says why, such as the lock that asks for it.
    """

    name: str
    scope: Scope
    enforcement: Enforcement
    student: str
    times: tuple[Time, ...]
    reason: str = ""

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each section that the student has at such a time."""
        problem = view.problem
        for id in sorted(view.timetable.enrolments.get(self.student, ())):
            section = problem.sections.get(id)  # an unknown section is the evaluator's to report
            for meeting in section.meetings if section is not None else ():
                placement = view.placement(meeting.id)
                if placement is None or not any(placement.time.overlaps(time) for time in self.times):
                    continue
                when, course = view.time_name(placement.time), problem.course_of[id].id
                why = f" ({self.reason})" if self.reason else ""
                text = f"Student {self.student} has {id} ({course}) in {when}, but is kept free then{why}."
                yield Violation(self.name, 1, (self.student, id), text, self.enforcement)
                break


@dataclass(frozen=True, slots=True)
class PreferredTimes:
    """An attendee prefers some times; the amount is the slots of the attendee's meetings outside of them."""

    name: str
    scope: Scope
    enforcement: Enforcement
    times: tuple[Time, ...]

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each meeting that is not wholly at a preferred time."""
        problem, calendar = view.problem, view.problem.calendar
        attendee = self.scope.attendee or ""
        liked = 0
        for time in self.times:
            liked |= calendar.mask(time)
        for section in problem.sections_of.get(attendee, ()):
            for meeting in section.meetings:
                placement = view.placement(meeting.id)
                if placement is None:
                    continue
                time = placement.time
                slots = time.length * time.days.bit_count() * time.weeks.bit_count()
                outside = slots - (calendar.mask(time) & liked).bit_count()
                if outside:
                    course = problem.course_of[section.id].id
                    text = (
                        f"{attendee} would rather not have {meeting.id} ({course}) in {view.time_name(time)}."
                    )
                    yield Violation(self.name, outside, (attendee, section.id), text, self.enforcement)


@dataclass(frozen=True, slots=True)
class AtMostPerTime:
    """At most ``limit`` meetings of the scope at any one time; the amount is the excess at each time."""

    name: str
    scope: Scope
    enforcement: Enforcement
    limit: int = 1
    shape: Shape = "linear"

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each time at which too many of the meetings take place."""
        at: dict[Time, list[str]] = {}
        for meeting in self.scope.meetings:
            placement = view.placement(meeting)
            if placement is not None:
                at.setdefault(placement.time, []).append(view.problem.section_of[meeting].id)
        for time, sections in sorted(at.items(), key=lambda item: (item[0].days, item[0])):
            excess = len(sections) - self.limit
            if excess > 0:
                course = view.problem.course_of[sections[0]].id
                text = (
                    f"{len(sections)} sections of {course} are in {view.time_name(time)}, "
                    f"{excess} more than the {self.limit} allowed."
                )
                amount = shaped(excess, self.shape)
                yield Violation(self.name, amount, tuple(sections), text, self.enforcement)
