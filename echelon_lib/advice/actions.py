"""Changes of sections as typed actions: each says what speaks against it, what it does, and to whom.

An action changes the files of the school, or its rules, and the problem is made of them anew: what solves,
prices and checks a school never knows that it was changed.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from echelon_lib.advice.situation import Reason, Situation
from echelon_lib.checks.finding import counted
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.school_csv import MOST_SEATS
from echelon_lib.formats.school_records import SectionRecord
from echelon_lib.school_rules import CourseRules, SchoolRules
from echelon_lib.schools import School

Name = Annotated[str, Field(max_length=200)]
Seats = Annotated[int, Field(ge=1, le=MOST_SEATS, strict=True)]


class _Action(BaseModel):
    """What all actions have: why they are proposed, and how they are judged and carried out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Annotated[str, Field(max_length=2_000)] = Field(
        default="", description="Why this helps, in one sentence."
    )

    person_only: ClassVar[bool] = False
    """Whether no adviser may propose it."""

    @property
    @abstractmethod
    def subject(self) -> str:
        """What it changes: a section, or the course where it changes all of them."""

    @abstractmethod
    def faults(self, situation: Situation) -> Iterator[Reason]:
        """Yield what speaks against the action in a situation; nothing where it is legal."""

    @abstractmethod
    def sentence(self, situation: Situation) -> str:
        """Return what it does, in a sentence."""

    @abstractmethod
    def changed(self, school: School) -> School:
        """Return the school with the change, which must be legal."""

    def carry(self, situation: Situation, timetable: Timetable) -> Timetable:
        """Return what is left of a timetable of the situation by the change: the start of the next solve."""
        return timetable

    def check(self, problem: Problem, timetable: Timetable | None = None) -> tuple[Reason, ...]:
        """Return what speaks against the action; empty where it may be applied.

        Parameters
        ----------
        problem
            The problem of a school.
        timetable
            Its timetable; without one nothing that depends on enrolments is asked.

        Raises
        ------
        EchelonError
            When the problem was not made of the files of a school.
        """
        return tuple(self.faults(Situation(problem, timetable)))

    def apply(self, problem: Problem) -> Problem:
        """Return the problem with the change.

        Raises
        ------
        EchelonError
            When the action is not legal, or the problem was not made of the files of a school.
        """
        from echelon_lib.advice.changes import apply

        return apply(problem, [self])  # type: ignore[list-item]


class _Releases(_Action):
    """An action after which somebody teaches a section less; it has to say who."""

    releases: Name = Field(
        default="",
        description="The teacher who has one section less by it, as now assigned; empty if there is none.",
    )

    def _released(self, situation: Situation, section: str) -> Iterator[Reason]:
        teacher = situation.sections[section].teacher or ""
        if teacher != self.releases:
            who = f"{teacher} teaches {section}" if teacher else f"nobody teaches {section}"
            yield Reason(f"{who}: an action names the teacher whose load it lowers.")

    def _load_after(self, situation: Situation) -> str:
        if not self.releases:
            return ""
        load = situation.load(self.releases)
        return f" {self.releases} then has {counted(load - 1, 'section')} instead of {load}."


class MergeSections(_Releases):
    """Put the students of one section into another of the same course, and give it up."""

    kind: Literal["merge"] = "merge"
    section: Name = Field(description="The section that is given up.")
    into: Name = Field(description="The section that takes its students; of the same course.")

    @property
    def subject(self) -> str:
        """The section that is given up."""
        return self.section

    def faults(self, situation: Situation) -> Iterator[Reason]:
        """Yield why the sections cannot be merged."""
        unknown = tuple(_unknown(situation, self.section, self.into))
        yield from unknown
        if unknown:
            return
        if self.section == self.into:
            yield Reason(f"{self.section} cannot be merged with itself.")
            return
        course, other = (situation.sections[one].course for one in (self.section, self.into))
        if course != other:
            yield Reason(f"{self.section} is {course} and {self.into} is {other}: only one course is merged.")
            return
        yield from self._released(situation, self.section)
        yield from situation.locked(self.section)
        if situation.timetable is not None:
            seats = _seats(situation, self.into)
            together = situation.enrolled(self.section) + situation.enrolled(self.into)
            if together > seats:
                yield Reason(f"together they have {together} students, and {self.into} holds {seats}.")
            limit = _sped_limit(situation, course)
            flagged = [situation.enrolled(one, sped=True) for one in (self.section, self.into)]
            if limit is not None and sum(flagged) > limit:
                text = (
                    f"together they have {sum(flagged)} SPED students, and {limit} is the most in a section."
                )
                yield Reason(text, public=False)
        yield from _still_held(situation, course, self.section)

    def sentence(self, situation: Situation) -> str:
        """Return what it does, in a sentence."""
        course = situation.sections[self.section].course
        return f"{self.section} of {course} is merged into {self.into}.{self._load_after(situation)}"

    def changed(self, school: School) -> School:
        """Return the school without the section."""
        return _without(school, self.section)

    def carry(self, situation: Situation, timetable: Timetable) -> Timetable:
        """Return the timetable with the students in the other section."""
        kept = _left(timetable, situation, self.section)
        enrolments = dict(kept.enrolments)
        for student in situation.students_in(self.section):
            enrolments[student] = enrolments.get(student, frozenset()) | {self.into}
        return replace(kept, enrolments=enrolments)


class RemoveSection(_Releases):
    """Give up a section; its students go to other sections of the course."""

    kind: Literal["remove"] = "remove"
    section: Name = Field(description="The section that is given up.")

    @property
    def subject(self) -> str:
        """The section that is given up."""
        return self.section

    def faults(self, situation: Situation) -> Iterator[Reason]:
        """Yield why the section cannot be given up."""
        unknown = tuple(_unknown(situation, self.section))
        yield from unknown
        if not unknown:
            yield from self._released(situation, self.section)
            yield from situation.locked(self.section)
            yield from _still_held(situation, situation.sections[self.section].course, self.section)

    def sentence(self, situation: Situation) -> str:
        """Return what it does, in a sentence."""
        course = situation.sections[self.section].course
        left = len(situation.sections_of(course)) - 1
        others = "the other section takes" if left == 1 else f"the other {left} sections take"
        goes = f"{self.section} of {course} is given up{f'; {others} its students' if left else ''}."
        return f"{goes}{self._load_after(situation)}"

    def changed(self, school: School) -> School:
        """Return the school without the section."""
        return _without(school, self.section)

    def carry(self, situation: Situation, timetable: Timetable) -> Timetable:
        """Return the timetable without the section; its students have to find others."""
        return _left(timetable, situation, self.section)


class SplitSection(_Action):
    """Divide an overfilled section into two; a teacher with room takes the new one."""

    kind: Literal["split"] = "split"
    section: Name = Field(description="The section that is divided.")
    new_section: Name = Field(description="A name for the new section, which no section has yet.")
    teacher: Name = Field(description="The teacher of the new section.")

    @property
    def subject(self) -> str:
        """The section that is divided."""
        return self.section

    def faults(self, situation: Situation) -> Iterator[Reason]:
        """Yield why the section cannot be divided."""
        unknown = tuple(_unknown(situation, self.section))
        yield from unknown
        yield from _named_anew(situation, self.new_section)
        if unknown:
            return
        row = situation.sections[self.section]
        yield from situation.why_not_teach(self.teacher, row.course, row.periods, row.department)
        yield from _worth_holding(situation, row)
        least = _least(situation, row)
        if situation.timetable is not None:
            count, seats = situation.enrolled(self.section), _seats(situation, self.section)
            waiting = max(0, situation.need[row.course].requests - _held(situation, row.course))
            if count <= seats and not waiting:
                yield Reason(f"{self.section} has {count} students in {seats} seats, and nobody waits.")
            elif (count + waiting) // 2 < least:
                text = f"two halves of {count + waiting} students, those who wait included, are smaller than"
                yield Reason(f"{text} the {least} worth holding.")

    def sentence(self, situation: Situation) -> str:
        """Return what it does, in a sentence."""
        course = situation.sections[self.section].course
        load = situation.load(self.teacher)
        return (
            f"{self.section} of {course} is split; {self.teacher} takes the new {self.new_section} and has "
            f"{counted(load + 1, 'section')} instead of {load}."
        )

    def changed(self, school: School) -> School:
        """Return the school with one section more, which is like the one that is divided."""
        row = next(row for row in school.files.sections if row.id == self.section)
        return _with(school, replace(row, id=self.new_section, teacher=self.teacher), after=row.id)

    def carry(self, situation: Situation, timetable: Timetable) -> Timetable:
        """Return the timetable with every second student without the section, free for the new one."""
        half = situation.students_in(self.section)[1::2]
        left = {student: timetable.enrolments[student] - {self.section} for student in half}
        return replace(timetable, enrolments={**timetable.enrolments, **left})


class AddSection(_Action):
    """Open one more section of a course."""

    kind: Literal["add"] = "add"
    course: Name = Field(description="The course.")
    new_section: Name = Field(description="A name for the new section, which no section has yet.")
    teacher: Name = Field(description="The teacher of the new section.")

    @property
    def subject(self) -> str:
        """The new section."""
        return self.new_section

    def faults(self, situation: Situation) -> Iterator[Reason]:
        """Yield why the section cannot be opened."""
        yield from _named_anew(situation, self.new_section)
        if not situation.sections_of(self.course):
            yield Reason(f"no section offers {self.course!r}, so its seats and department are not known.")
            return
        row = self.like(situation.school)
        yield from situation.why_not_teach(self.teacher, self.course, row.periods, row.department)
        yield from _worth_holding(situation, row)

    def sentence(self, situation: Situation) -> str:
        """Return what it does, in a sentence."""
        load = situation.load(self.teacher)
        return (
            f"{self.course} gets a section more, {self.new_section}; {self.teacher} takes it and has "
            f"{counted(load + 1, 'section')} instead of {load}."
        )

    def changed(self, school: School) -> School:
        """Return the school with one section more, which is like the last of the course."""
        row = self.like(school)
        return _with(school, replace(row, id=self.new_section, teacher=self.teacher), after=row.id)

    def like(self, school: School) -> SectionRecord:
        """Return the section that the new one resembles: the last of the course, free to move if one is."""
        rows = [row for row in school.files.sections if row.course == self.course]
        return next((row for row in reversed(rows) if not row.periods), rows[-1])


class ReassignTeacher(_Releases):
    """Give a section to another teacher."""

    kind: Literal["reassign"] = "reassign"
    section: Name = Field(description="The section.")
    teacher: Name = Field(description="The teacher who takes it.")

    @property
    def subject(self) -> str:
        """The section."""
        return self.section

    def faults(self, situation: Situation) -> Iterator[Reason]:
        """Yield why the teacher cannot take the section."""
        unknown = tuple(_unknown(situation, self.section))
        yield from unknown
        if unknown:
            return
        row = situation.sections[self.section]
        if row.teacher == self.teacher:
            yield Reason(f"{self.teacher} teaches {self.section} already.")
            return
        yield from self._released(situation, self.section)
        yield from situation.locked(self.section, leaves=False)
        yield from situation.why_not_teach(self.teacher, row.course, row.periods, row.department)

    def sentence(self, situation: Situation) -> str:
        """Return what it does, in a sentence."""
        row, load = situation.sections[self.section], situation.load(self.teacher)
        goes = f"{self.teacher} takes {self.section} of {row.course}"
        has = f"has {counted(load + 1, 'section')} instead of {load}"
        return f"{goes} and {has}.{self._load_after(situation)}"

    def changed(self, school: School) -> School:
        """Return the school with the other teacher."""
        return _edited(school, self.section, lambda row: replace(row, teacher=self.teacher))


class ChangePeriods(_Action):
    """Say in which periods a section may be."""

    kind: Literal["periods"] = "periods"
    section: Name = Field(description="The section.")
    periods: Annotated[tuple[Name, ...], Field(max_length=200)] = Field(
        description="The names of the periods in which it may be; empty for any."
    )

    @property
    def subject(self) -> str:
        """The section."""
        return self.section

    def faults(self, situation: Situation) -> Iterator[Reason]:
        """Yield why the section cannot be kept to these periods."""
        unknown = tuple(_unknown(situation, self.section))
        yield from unknown
        known = {period.name for period in situation.problem.calendar.periods}
        strange = [name for name in self.periods if name not in known]
        for name in strange:
            yield Reason(f"{name!r} is no period of this school.")
        if unknown or strange:
            return
        row = situation.sections[self.section]
        if set(row.periods) == set(self.periods):
            yield Reason(f"{self.section} may be in just these periods already.")
        yield from situation.locked(self.section, leaves=False, restaffed=False)
        allowed = [
            name
            for name in situation.course_periods(row.course)
            if (not self.periods or name in self.periods)
            and name not in situation.away.get(row.teacher or "", ())
        ]
        if not allowed:
            yield Reason(f"its course or its teacher leaves {self.section} none of these periods.")

    def sentence(self, situation: Situation) -> str:
        """Return what it does, in a sentence."""
        course = situation.sections[self.section].course
        where = f"only in {', '.join(self.periods)}" if self.periods else "in any period"
        return f"{self.section} of {course} may be {where}."

    def changed(self, school: School) -> School:
        """Return the school with other periods for the section."""
        periods = tuple(dict.fromkeys(self.periods))
        return _edited(school, self.section, lambda row: replace(row, periods=periods))


class SpreadSped(_Action):
    """Limit the SPED students in each section of a course, which spreads them; proposed by rules only."""

    kind: Literal["spread"] = "spread"
    course: Name = Field(description="The course.")
    limit: Annotated[int, Field(ge=0, le=10_000, strict=True)] = Field(
        description="SPED students in a section of it, at most."
    )

    @property
    def subject(self) -> str:
        """The course."""
        return self.course

    def faults(self, situation: Situation) -> Iterator[Reason]:
        """Yield why the course cannot have this limit."""
        members = situation.sections_of(self.course)
        if not members:
            yield Reason(f"no section offers {self.course!r}.")
            return
        if situation.school.rules.enforcement("sped_limit").mode == "off":
            yield Reason("the school does not limit SPED students in a section.", public=False)
        now = _said_limit(situation.school.rules, self.course)
        if now is not None and self.limit >= now:
            yield Reason(f"{self.course} has {now} as its limit already.", public=False)
        asking = situation.asking_sped[self.course]
        if self.limit * len(members) < asking:
            text = (
                f"{len(members)} sections would hold {self.limit * len(members)} SPED students of {asking}."
            )
            yield Reason(text, public=False)

    def sentence(self, situation: Situation) -> str:
        """Return what it does, in a sentence."""
        return f"No section of {self.course} takes more than {self.limit} SPED students."

    def changed(self, school: School) -> School:
        """Return the school with a rule of its own for the course."""
        own = school.rules.courses.get(self.course, CourseRules())
        own = own.model_copy(update={"sped_limit": self.limit})
        courses = {**school.rules.courses, self.course: own}
        return replace(school, rules=school.rules.model_copy(update={"courses": courses}))


class ChangeSeats(_Action):
    """Give a section other seats: for a person to decide, since use is measured against them."""

    kind: Literal["seats"] = "seats"
    section: Name = Field(description="The section.")
    seats: Seats = Field(description="Its seats.")

    person_only: ClassVar[bool] = True

    @property
    def subject(self) -> str:
        """The section."""
        return self.section

    def faults(self, situation: Situation) -> Iterator[Reason]:
        """Yield why the section cannot have these seats."""
        unknown = tuple(_unknown(situation, self.section))
        yield from unknown
        if unknown:
            return
        row, rules = situation.sections[self.section], situation.school.rules
        if row.seats == self.seats:
            yield Reason(f"{self.section} has {self.seats} seats already.")
        most = rules.section_maximum
        if most is not None and rules.enforcement("section_maximum").required and self.seats > most:
            yield Reason(f"{self.seats} seats are more than the {most} that a section may have.")
        asked, held = situation.need[row.course].requests, _held(situation, row.course)
        left = held - _seats(situation, self.section) + self.seats
        if self.seats < row.seats and left < min(asked, held):
            yield Reason(f"{row.course} would have {left} seats, and {asked} students ask for it.")

    def sentence(self, situation: Situation) -> str:
        """Return what it does, in a sentence."""
        row = situation.sections[self.section]
        return f"{self.section} of {row.course} has {self.seats} seats instead of {row.seats}."

    def changed(self, school: School) -> School:
        """Return the school with other seats for the section."""
        before = {row.id: row.seats for row in school.files.sections if row.id == self.section}
        changed = _edited(school, self.section, lambda row: replace(row, seats=self.seats))
        return replace(changed, seats_before={**before, **school.seats_before})


Action = Annotated[
    MergeSections
    | RemoveSection
    | SplitSection
    | AddSection
    | ReassignTeacher
    | ChangePeriods
    | SpreadSped
    | ChangeSeats,
    Field(discriminator="kind"),
]
"""Any action; ``kind`` says which."""

ACTIONS: TypeAdapter[tuple[Action, ...]] = TypeAdapter(tuple[Action, ...])
"""Reads a list of actions, as they stand in a scenario or in a record."""


def fresh_name(situation: Situation, course: str, taken: Iterable[str] = ()) -> str:
    """Return a name for one more section of a course, in the manner of its others, that nobody has."""
    used = {*situation.sections, *taken}
    members = situation.sections_of(course)
    last = members[-1] if members else course
    stem, dash, number = last.rpartition("-")
    if dash and number.isdecimal():
        for count in range(int(number) + 1, int(number) + 10_000):
            name = f"{stem}-{count:0{len(number)}d}"
            if name not in used:
                return name
    return next(name for count in range(2, 10_000) if (name := f"{last}-{count}") not in used)


# What actions ask ---------------------------------------------------------------------------------------


def _unknown(situation: Situation, *sections: str) -> Iterator[Reason]:
    for section in sections:
        if section not in situation.sections:
            yield Reason(f"{section!r} is no section of this school, or not any more.")


def _named_anew(situation: Situation, name: str) -> Iterator[Reason]:
    if not name.strip():
        yield Reason("the new section has no name.")
    elif name != name.strip() or not name.isprintable():
        yield Reason(f"{name!r} begins or ends with a space, or holds a character that nobody sees.")
    elif name in situation.sections:
        yield Reason(f"{name!r} is a section already.")


def _seats(situation: Situation, section: str) -> int:
    """Return how many students a section may have: its seats, or the largest size if that is less."""
    row, rules = situation.sections[section], situation.school.rules
    limits = [row.seats]
    if rules.section_maximum is not None and rules.enforcement("section_maximum").required:
        limits.append(rules.section_maximum)
    own = rules.courses.get(row.course)
    if own is not None and own.seats is not None and rules.enforcement("course_seats", row.course).required:
        limits.append(own.seats)
    return min(limits)


def _held(situation: Situation, course: str) -> int:
    return sum(_seats(situation, section) for section in situation.sections_of(course))


def _sped_limit(situation: Situation, course: str) -> int | None:
    """Return how many SPED students a section of a course may have; None without a required limit."""
    rules = situation.school.rules
    return _said_limit(rules, course) if rules.enforcement("sped_limit").required else None


def _said_limit(rules: SchoolRules, course: str) -> int | None:
    """Return how many SPED students a section of a course should have at most, however strict that is."""
    own = rules.courses.get(course)
    limits = [rules.sped_limit, None if own is None else own.sped_limit]
    return min((limit for limit in limits if limit is not None), default=None)


def _still_held(situation: Situation, course: str, gone: str) -> Iterator[Reason]:
    """Yield why the sections that are left would not hold those who ask for a course."""
    others = [one for one in situation.sections_of(course) if one != gone]
    need, held = situation.need[course], _held(situation, course)
    left = held - _seats(situation, gone)
    if len(situation.sections) == 1:
        yield Reason(f"{gone} is the only section of the school.")
    elif not others and need.requests:
        yield Reason(f"{gone} is the only section of {course}, and students ask for it.")
    elif left < min(need.requests, held):
        yield Reason(f"without {gone}, {course} has {left} seats, and {need.requests} students ask for it.")
    else:
        limit, asking = _sped_limit(situation, course), situation.asking_sped[course]
        if limit is not None and sum(min(limit, _seats(situation, one)) for one in others) < asking:
            text = (
                f"without {gone}, {course} has too few places for the {asking} SPED students who ask for it."
            )
            yield Reason(text, public=False)


def _least(situation: Situation, row: SectionRecord) -> int:
    """Return with how many students a section like that of a row is worth holding; 0 without a rule."""
    rules = situation.school.rules
    if rules.enforcement("section_minimum").mode == "off":
        return 0
    said = (one.min_size for one in situation.school.files.courses if one.id == row.course)
    least = next((size for size in said if size is not None), rules.section_minimum)
    return min(row.seats, least or 0)


def _worth_holding(situation: Situation, row: SectionRecord) -> Iterator[Reason]:
    """Yield why one more section like that of a row would leave its course sections too small."""
    least, need = _least(situation, row), situation.need[row.course]
    each = need.requests // (need.sections + 1)
    if each < least:
        asks = f"{need.requests} students ask for {row.course}"
        yield Reason(f"{asks}: {need.sections + 1} sections would have {each} each, fewer than {least}.")


# What actions change ------------------------------------------------------------------------------------


def _sections(school: School, rows: Iterable[SectionRecord]) -> School:
    return replace(school, files=replace(school.files, sections=tuple(rows)))


def _without(school: School, section: str) -> School:
    return _sections(school, (row for row in school.files.sections if row.id != section))


def _with(school: School, new: SectionRecord, *, after: str) -> School:
    rows = []
    for row in school.files.sections:
        rows.append(row)
        if row.id == after:
            rows.append(new)
    return _sections(school, rows)


def _edited(school: School, section: str, edit: Callable[[SectionRecord], SectionRecord]) -> School:
    return _sections(school, (edit(row) if row.id == section else row for row in school.files.sections))


def _left(timetable: Timetable, situation: Situation, section: str) -> Timetable:
    """Return the timetable without a section."""
    meetings = {meeting.id for meeting in situation.problem.sections[section].meetings}
    left = {s: timetable.enrolments[s] - {section} for s in situation.students_in(section)}
    return Timetable(
        {meeting: place for meeting, place in timetable.placements.items() if meeting not in meetings},
        {**timetable.enrolments, **left},
    )
