"""How meetings lie over the days: gaps, runs and even loads."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from echelon_lib.constraints.base import Shape, View, Violation, shaped
from echelon_lib.domain.calendar import Time, ones
from echelon_lib.domain.policy import Enforcement, Scope


@dataclass(frozen=True, slots=True)
class NotConsecutive:
    """The meetings of an attendee whose section carries ``tag`` do not follow each other within a day.

    The amount is 1 for each pair in neighbouring slots of one day.
    """

    name: str
    scope: Scope
    enforcement: Enforcement
    tag: str

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each pair of neighbours."""
        attendee = self.scope.attendee or ""
        placed = [(p, s) for p, s in view.placed_of(attendee) if self.tag in s.tags]
        for first, one in placed:
            for second, other in placed:
                if first.time.precedes(second.time):
                    text = (
                        f"{attendee} has {self.tag} sections {one.id} in {view.time_name(first.time)} and "
                        f"{other.id} in {view.time_name(second.time)}, one right after the other."
                    )
                    yield Violation(self.name, 1, (attendee, one.id, other.id), text, self.enforcement)


@dataclass(frozen=True, slots=True)
class EvenDays:
    """The meetings of an attendee are spread evenly over the days.

    The amount is, for each day, the meetings beyond ``ceil(n / days)``, where n counts all meetings that the
    attendee has to attend, placed or not.
    """

    name: str
    scope: Scope
    enforcement: Enforcement

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each day that holds too much."""
        attendee = self.scope.attendee or ""
        total = sum(len(section.meetings) for section in view.problem.sections_of.get(attendee, ()))
        days = view.problem.calendar.days
        even = -(-total // max(1, len(days)))
        load = Counter(
            day
            for placement, _ in view.placed_of(attendee)
            for day in view.problem.calendar.days_of(placement.time)
        )
        for day, count in sorted(load.items()):
            if count > even:
                text = (
                    f"{attendee} has {count} of {total} sections on day {days[day]}, an even share is {even}."
                )
                yield Violation(self.name, count - even, (attendee,), text, self.enforcement)


@dataclass(frozen=True, slots=True)
class SameDay:
    """The meetings of a section are on different days; the amount is the pairs of its meetings on one day.

    The scope is some sections, or empty: all. k meetings on one day are k(k - 1)/2 pairs.
    """

    name: str
    scope: Scope
    enforcement: Enforcement

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each section that meets more than once on a day."""
        problem, calendar = view.problem, view.problem.calendar
        for id in self.scope.sections or problem.sections:
            times = [
                placement.time
                for meeting in problem.sections[id].meetings
                if (placement := view.placement(meeting.id)) is not None
            ]
            if len(times) < 2:
                continue
            count = Counter(
                (week, day) for time in times for week in ones(time.weeks) for day in calendar.days_of(time)
            )
            pairs = sum(k * (k - 1) // 2 for k in count.values())
            if pairs:
                often = ", ".join(f"{k} times on {calendar.days[d]}" for (_, d), k in count.items() if k > 1)
                text = f"{id} ({problem.course_of[id].id}) meets {often}."
                yield Violation(self.name, pairs, (id,), text, self.enforcement)


@dataclass(frozen=True, slots=True)
class SameHour:
    """The meetings of a section begin at one hour of the day; the amount is the hours beyond the first.

    The scope is some sections, or empty: all. Hours are the slots of a day, whatever the day.
    """

    name: str
    scope: Scope
    enforcement: Enforcement

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each section that begins at several hours."""
        problem, calendar = view.problem, view.problem.calendar
        for id in self.scope.sections or problem.sections:
            hours = {
                placement.time.start: calendar.hours(placement.time)[0]
                for meeting in problem.sections[id].meetings
                if (placement := view.placement(meeting.id)) is not None
            }
            if len(hours) > 1:
                named = ", ".join(hour for _, hour in sorted(hours.items()))
                text = f"{id} ({problem.course_of[id].id}) begins at {len(hours)} hours of the day: {named}."
                yield Violation(self.name, len(hours) - 1, (id,), text, self.enforcement)


@dataclass(frozen=True, slots=True)
class MinimumDays:
    """The meetings of the scope take place on at least ``minimum`` days; the amount is the days missing.

    "Minimum working days" of curriculum-based timetabling (Di Gaspero, McCollum and Schaerf, 2007).
    """

    name: str
    scope: Scope
    enforcement: Enforcement
    minimum: int
    shape: Shape = "linear"

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield the shortfall, if any."""
        days = {
            day
            for meeting in self.scope.meetings
            if (placement := view.placement(meeting)) is not None
            for day in view.problem.calendar.days_of(placement.time)
        }
        missing = self.minimum - len(days)
        if missing > 0:
            sections = tuple(dict.fromkeys(view.problem.section_of[m].id for m in self.scope.meetings))
            named = ", ".join(sections) or "nothing"
            text = f"{named} meets on {len(days)} days, {missing} fewer than {self.minimum}."
            amount = shaped(missing, self.shape)
            yield Violation(self.name, amount, sections, text, self.enforcement)


@dataclass(frozen=True, slots=True)
class NoIsolatedMeeting:
    """No meeting of an attendee lies alone: something comes right before or right after it that day.

    The amount is 1 for each isolated meeting and day; "curriculum compactness" of curriculum-based
    timetabling (Di Gaspero, McCollum and Schaerf, 2007).
    """

    name: str
    scope: Scope
    enforcement: Enforcement

    def violations(self, view: View) -> Iterator[Violation]:
        """Yield each isolated meeting."""
        attendee = self.scope.attendee or ""
        calendar = view.problem.calendar
        by_day: dict[int, list[tuple[Time, str]]] = defaultdict(list)
        for placement, section in view.placed_of(attendee):
            for day in calendar.days_of(placement.time):
                by_day[day].append((placement.time, section.id))
        for day, meetings in sorted(by_day.items()):
            for time, alone in meetings:
                if not any(time.precedes(other) or other.precedes(time) for other, _ in meetings):
                    name = calendar.days[day]
                    text = f"{alone} stands alone in the day {name} of {attendee}, at slot {time.start}."
                    yield Violation(self.name, 1, (attendee, alone), text, self.enforcement)
