"""The kinds of late changes: what each says, why it cannot be, and what it does to a school's records."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from echelon_lib.domain.errors import Issue, suggest
from echelon_lib.formats.school_csv import MOST_SEATS
from echelon_lib.formats.school_records import (
    PreferenceRecord,
    SchoolFiles,
    SectionRecord,
    StudentRecord,
    UnavailabilityRecord,
)

Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = tuple[Name, ...]
NEW_ROW = 0
"""The row of a record that stands in no file yet."""


class _Change(BaseModel):
    """What all late changes have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @abstractmethod
    def faults(self, files: SchoolFiles) -> Iterator[Issue]:
        """Yield why it cannot be; nothing where it can."""

    @abstractmethod
    def changed(self, files: SchoolFiles) -> SchoolFiles:
        """Return the records with the change, which must be possible."""

    @abstractmethod
    def sentence(self) -> str:
        """Return what happens, in a sentence; of a student it is personal, and never logged."""


# Students ------------------------------------------------------------------------------------------------


class StudentJoins(_Change):
    """A student comes to the school."""

    kind: Literal["student_joins"] = "student_joins"
    student: Name = Field(description="Identifier of the student.", repr=False)
    requests: Names = Field(description="Courses in order of priority; alternates follow a bar: Art|Band.")
    sped: bool = Field(default=False, description="Whether the student has the SPED flag.", repr=False)
    details: Mapping[Name, str] = Field(
        default_factory=dict, description="Further columns of the students file, such as Grade.", repr=False
    )

    def faults(self, files: SchoolFiles) -> Iterator[Issue]:
        """Yield why the student cannot come."""
        if any(row.id == self.student for row in files.students):
            text = f"student {self.student!r} is at the school already"
            yield Issue(text, value=self.student, cure="a change of requests was meant?")
        primaries = [wish[0] for wish in map(_wish, self.requests)]
        for course in dict.fromkeys(one for one in primaries if primaries.count(one) > 1):
            yield Issue(f"{course!r} is asked for twice", value=course, cure="name it once?")
        for wish in self.requests:
            yield from _not_offered(files, _wish(wish))

    def changed(self, files: SchoolFiles) -> SchoolFiles:
        """Return the records with the student and what the student asks for."""
        student = StudentRecord(id=self.student, sped=self.sped, extra=dict(self.details), row=NEW_ROW)
        wishes = tuple(map(_wish, self.requests))
        asks = PreferenceRecord(student=self.student, requests=wishes, row=NEW_ROW)
        return replace(files, students=(*files.students, student), preferences=(*files.preferences, asks))

    def sentence(self) -> str:
        """Return what happens, in a sentence."""
        return f"Student {self.student} joins and asks for {', '.join(self.requests)}."


class StudentLeaves(_Change):
    """A student leaves the school."""

    kind: Literal["student_leaves"] = "student_leaves"
    student: Name = Field(description="Identifier of the student.", repr=False)

    def faults(self, files: SchoolFiles) -> Iterator[Issue]:
        """Yield why the student cannot leave."""
        yield from _no_student(files, self.student)

    def changed(self, files: SchoolFiles) -> SchoolFiles:
        """Return the records without the student."""
        students = tuple(row for row in files.students if row.id != self.student)
        asks = tuple(row for row in files.preferences if row.student != self.student)
        return replace(files, students=students, preferences=asks)

    def sentence(self) -> str:
        """Return what happens, in a sentence."""
        return f"Student {self.student} leaves the school."


class _OfRequests(_Change):
    """A change of what one student asks for."""

    student: Name = Field(description="Identifier of the student.", repr=False)

    def _asks(self, files: SchoolFiles) -> tuple[tuple[str, ...], ...]:
        return next((row.requests for row in files.preferences if row.student == self.student), ())

    def _asked(self, files: SchoolFiles, course: str) -> Iterator[Issue]:
        primaries = [wish[0] for wish in self._asks(files)]
        if course not in primaries:
            cure = suggest(course, primaries) or "it is an alternate, or was dropped before?"
            yield Issue(f"the student does not ask for {course!r} first", value=course, cure=cure)

    def _not_asked(self, files: SchoolFiles, course: str) -> Iterator[Issue]:
        if course in [wish[0] for wish in self._asks(files)]:
            yield Issue(f"the student asks for {course!r} already", value=course, cure="leave it out?")

    def _with(self, files: SchoolFiles, wishes: Iterable[tuple[str, ...]]) -> SchoolFiles:
        found = tuple(wishes)
        rows = [row for row in files.preferences if row.student == self.student]
        if not rows:
            new = PreferenceRecord(student=self.student, requests=found, row=NEW_ROW)
            return replace(files, preferences=(*files.preferences, new))
        edited = (replace(r, requests=found) if r is rows[0] else r for r in files.preferences)
        # A row that asks for nothing is none that the reader would take.
        kept = tuple(row for row in edited if row.requests or row.pooled)
        return replace(files, preferences=kept)


class RequestAdded(_OfRequests):
    """A student asks for one more course."""

    kind: Literal["request_added"] = "request_added"
    course: Name = Field(description="The course; alternates follow a bar: Art|Band.")
    place: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Its place among the student's requests; the last where left out."
    )

    def faults(self, files: SchoolFiles) -> Iterator[Issue]:
        """Yield why it cannot be asked for."""
        yield from _no_student(files, self.student)
        yield from _not_offered(files, _wish(self.course))
        yield from self._not_asked(files, _wish(self.course)[0])

    def changed(self, files: SchoolFiles) -> SchoolFiles:
        """Return the records with the request."""
        wishes = list(self._asks(files))
        wishes.insert(len(wishes) if self.place is None else self.place - 1, _wish(self.course))
        return self._with(files, wishes)

    def sentence(self) -> str:
        """Return what happens, in a sentence."""
        return f"Student {self.student} asks for {self.course} as well."


class RequestDropped(_OfRequests):
    """A student does not ask for a course any more."""

    kind: Literal["request_dropped"] = "request_dropped"
    course: Name = Field(description="The course that was the first choice of the request.")

    def faults(self, files: SchoolFiles) -> Iterator[Issue]:
        """Yield why it cannot be dropped."""
        yield from list(_no_student(files, self.student)) or self._asked(files, self.course)

    def changed(self, files: SchoolFiles) -> SchoolFiles:
        """Return the records without the request."""
        return self._with(files, (wish for wish in self._asks(files) if wish[0] != self.course))

    def sentence(self) -> str:
        """Return what happens, in a sentence."""
        return f"Student {self.student} does not ask for {self.course} any more."


class RequestReplaced(_OfRequests):
    """A student asks for another course in the place of one."""

    kind: Literal["request_replaced"] = "request_replaced"
    course: Name = Field(description="The course that was the first choice of the request.")
    by: Name = Field(description="The course in its place; alternates follow a bar.")

    def faults(self, files: SchoolFiles) -> Iterator[Issue]:
        """Yield why it cannot be replaced."""
        yield from list(_no_student(files, self.student)) or self._asked(files, self.course)
        yield from _not_offered(files, _wish(self.by))
        if _wish(self.by)[0] != self.course:
            yield from self._not_asked(files, _wish(self.by)[0])

    def changed(self, files: SchoolFiles) -> SchoolFiles:
        """Return the records with the other request."""
        new = _wish(self.by)
        return self._with(files, (new if wish[0] == self.course else wish for wish in self._asks(files)))

    def sentence(self) -> str:
        """Return what happens, in a sentence."""
        return f"Student {self.student} asks for {self.by} in the place of {self.course}."


# Teachers ------------------------------------------------------------------------------------------------


class TeacherLost(_Change):
    """A teacher leaves; others take the sections, or they are unstaffed until somebody is found."""

    kind: Literal["teacher_lost"] = "teacher_lost"
    teacher: Name = Field(description="The teacher who leaves.")
    by: Name | None = Field(default=None, description="The teacher who takes all sections not named below.")
    sections: Mapping[Name, Name] = Field(
        default_factory=dict, description="For single sections, the teacher who takes them."
    )

    def faults(self, files: SchoolFiles) -> Iterator[Issue]:
        """Yield why it cannot be."""
        yield from _no_teacher(files, self.teacher)
        for teacher in dict.fromkeys((*((self.by,) if self.by else ()), *self.sections.values())):
            if teacher == self.teacher:
                text = f"{teacher!r} is lost and cannot take a section"
                yield Issue(text, value=teacher, cure="name somebody else?")
            else:
                yield from _no_teacher(files, teacher)
        taught = {row.id for row in files.sections if row.teacher == self.teacher}
        for section in self.sections.keys() - taught:
            cure = suggest(section, taught) or f"one of {', '.join(sorted(taught)) or 'none'}?"
            yield Issue(f"{self.teacher} does not teach {section!r}", value=section, cure=cure)

    def changed(self, files: SchoolFiles) -> SchoolFiles:
        """Return the records without the teacher."""
        sections = tuple(
            replace(row, teacher=self.sections.get(row.id, self.by)) if row.teacher == self.teacher else row
            for row in files.sections
        )
        teachers = tuple(row for row in files.teachers if row.id != self.teacher)
        away = tuple(row for row in files.unavailability if row.teacher != self.teacher)
        return replace(files, sections=sections, teachers=teachers, unavailability=away)

    def sentence(self) -> str:
        """Return what happens, in a sentence."""
        takes = [f"{teacher} takes {section}" for section, teacher in self.sections.items()]
        takes.append(f"{self.by} takes the sections" if self.by else "other sections are without a teacher")
        return f"{self.teacher} leaves; {'; '.join(takes)}."


class TeacherAway(_Change):
    """A teacher cannot teach in some periods any more."""

    kind: Literal["teacher_away"] = "teacher_away"
    teacher: Name = Field(description="The teacher.")
    periods: Annotated[Names, Field(min_length=1)] = Field(description="Names of the periods.")

    def faults(self, files: SchoolFiles) -> Iterator[Issue]:
        """Yield why it cannot be."""
        yield from _no_teacher(files, self.teacher)
        yield from _no_period(files, self.periods)

    def changed(self, files: SchoolFiles) -> SchoolFiles:
        """Return the records with the periods closed."""
        rows = [row for row in files.unavailability if row.teacher == self.teacher]
        if not rows:
            new = UnavailabilityRecord(
                teacher=self.teacher, periods=tuple(dict.fromkeys(self.periods)), row=NEW_ROW
            )
            return replace(files, unavailability=(*files.unavailability, new))
        both = tuple(dict.fromkeys((*rows[0].periods, *self.periods)))
        edited = (replace(r, periods=both) if r is rows[0] else r for r in files.unavailability)
        return replace(files, unavailability=tuple(edited))

    def sentence(self) -> str:
        """Return what happens, in a sentence."""
        return f"{self.teacher} cannot teach in {', '.join(self.periods)}."


# Sections ------------------------------------------------------------------------------------------------


class SectionAdded(_Change):
    """A course gets one more section."""

    kind: Literal["section_added"] = "section_added"
    section: Name = Field(description="Identifier of the new section.")
    course: Name = Field(description="Its course, which has sections already.")
    seats: Annotated[int, Field(ge=0, le=MOST_SEATS)] = Field(description="Its seats.")
    teacher: Name | None = Field(default=None, description="Who teaches it; nobody yet where left out.")
    periods: Names = Field(default=(), description="The only periods in which it may be; any where empty.")

    def faults(self, files: SchoolFiles) -> Iterator[Issue]:
        """Yield why it cannot be."""
        if any(row.id == self.section for row in files.sections):
            text = f"{self.section!r} is a section already"
            yield Issue(text, value=self.section, cure="give the new one another name?")
        yield from _not_offered(files, (self.course,))
        if self.teacher is not None:
            yield from _no_teacher(files, self.teacher)
        yield from _no_period(files, self.periods)

    def changed(self, files: SchoolFiles) -> SchoolFiles:
        """Return the records with the section behind the others of its course."""
        like = [row for row in files.sections if row.course == self.course][-1]
        new = replace(
            like, id=self.section, teacher=self.teacher, seats=self.seats, periods=self.periods, row=NEW_ROW
        )
        at = files.sections.index(like) + 1
        return replace(files, sections=(*files.sections[:at], new, *files.sections[at:]))

    def sentence(self) -> str:
        """Return what happens, in a sentence."""
        by = f" with {self.teacher}" if self.teacher else ""
        return f"{self.course} has one more section, {self.section}{by}, of {self.seats} seats."


class SectionDropped(_Change):
    """A section is not held."""

    kind: Literal["section_dropped"] = "section_dropped"
    section: Name = Field(description="The section.")

    def faults(self, files: SchoolFiles) -> Iterator[Issue]:
        """Yield why it cannot be."""
        yield from _no_section(files, self.section)

    def changed(self, files: SchoolFiles) -> SchoolFiles:
        """Return the records without the section."""
        return replace(files, sections=tuple(row for row in files.sections if row.id != self.section))

    def sentence(self) -> str:
        """Return what happens, in a sentence."""
        return f"{self.section} is not held."


class SeatsChanged(_Change):
    """A section has other seats."""

    kind: Literal["seats_changed"] = "seats_changed"
    section: Name = Field(description="The section.")
    seats: Annotated[int, Field(ge=0, le=MOST_SEATS)] = Field(description="Its seats from now on.")

    def faults(self, files: SchoolFiles) -> Iterator[Issue]:
        """Yield why it cannot be."""
        yield from _no_section(files, self.section)

    def changed(self, files: SchoolFiles) -> SchoolFiles:
        """Return the records with other seats."""
        return _edited(files, self.section, lambda row: replace(row, seats=self.seats))

    def sentence(self) -> str:
        """Return what happens, in a sentence."""
        return f"{self.section} has {self.seats} seats."


LateChange = Annotated[
    StudentJoins
    | StudentLeaves
    | RequestAdded
    | RequestDropped
    | RequestReplaced
    | TeacherLost
    | TeacherAway
    | SectionAdded
    | SectionDropped
    | SeatsChanged,
    Field(discriminator="kind"),
]
"""Any late change; ``kind`` says which."""

LATE_CHANGES: TypeAdapter[tuple[LateChange, ...]] = TypeAdapter(tuple[LateChange, ...])
"""Reads a list of late changes."""


# What changes ask of the records -------------------------------------------------------------------------


def _wish(text: str) -> tuple[str, ...]:
    """Return a course and its alternates, as ``Art|Band`` writes them."""
    return tuple(dict.fromkeys(word.strip() for word in text.split("|") if word.strip())) or (text,)


def _not_offered(files: SchoolFiles, courses: Iterable[str]) -> Iterator[Issue]:
    offered = dict.fromkeys(row.course for row in files.sections)
    for course in courses:
        if course not in offered:
            cure = suggest(course, offered) or "look the name up in the list of courses?"
            yield Issue(f"no section offers {course!r}", value=course, cure=cure)


def _no_student(files: SchoolFiles, student: str) -> Iterator[Issue]:
    if not any(row.id == student for row in files.students):
        cure = "look the identifier up in the list of students?"
        yield Issue(f"no student is called {student!r}", value=student, cure=cure)


def _no_teacher(files: SchoolFiles, teacher: str) -> Iterator[Issue]:
    known = [row.id for row in files.teachers]
    if teacher not in known:
        cure = suggest(teacher, known) or "look the name up in the list of teachers?"
        yield Issue(f"no teacher is called {teacher!r}", value=teacher, cure=cure)


def _no_section(files: SchoolFiles, section: str) -> Iterator[Issue]:
    known = [row.id for row in files.sections]
    if section not in known:
        cure = suggest(section, known) or "look the name up in the master schedule?"
        yield Issue(f"no section is called {section!r}", value=section, cure=cure)


def _no_period(files: SchoolFiles, periods: Iterable[str]) -> Iterator[Issue]:
    known = [row.name for row in files.periods]
    for period in periods:
        if period not in known:
            cure = suggest(period, known) or f"one of {', '.join(known)}?"
            yield Issue(f"no period is called {period!r}", value=period, cure=cure)


def _edited(files: SchoolFiles, section: str, edit: Callable[[SectionRecord], SectionRecord]) -> SchoolFiles:
    return replace(files, sections=tuple(edit(row) if row.id == section else row for row in files.sections))
