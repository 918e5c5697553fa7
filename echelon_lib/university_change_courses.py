"""The kinds of changes to courses, sections and students of a university whose timetable is published."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import accumulate
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from echelon_lib.domain.errors import Issue
from echelon_lib.formats.university_csv import MOST_MEETINGS, MOST_PEOPLE
from echelon_lib.formats.university_people import MOST_IN_BATCH, MOST_YEARS
from echelon_lib.formats.university_records import (
    CourseRecord,
    EnrolmentRecord,
    Part,
    TeachingRecord,
    UniversityFiles,
    UniversityStudentRecord,
)
from echelon_lib.university_change_kinds import (
    NEW_ROW,
    Name,
    Names,
    NewName,
    Text,
    UniversityChangeBase,
    no_department,
    no_faculty,
    unknown,
)

Meetings = Annotated[int, Field(ge=0, le=MOST_MEETINGS)]
Slots = Annotated[int, Field(ge=1, le=MOST_MEETINGS)]
CourseKind = Literal["core", "department elective", "open elective"]


class _Audience(BaseModel):
    """Who attends: a year of a programme, or students by their identifiers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    programme: Name | None = Field(default=None, description="Programme of those who attend.")
    year: Annotated[int, Field(ge=1)] | None = Field(default=None, description="Their year.")
    students: Names = Field(default=(), description="Identifiers of students who attend.", repr=False)

    @model_validator(mode="after")
    def _both_or_none(self) -> _Audience:
        if (self.programme is None) != (self.year is None):
            raise ValueError("a programme and a year go together\n  Maybe name the other one?")
        return self

    def nobody(self, files: UniversityFiles) -> Iterator[Issue]:
        """Yield why some of those named cannot attend."""
        yield from no_year(files, self.programme, self.year)
        known = {row.id for row in files.students}
        missing = sum(student not in known for student in self.students)
        if missing:
            text = f"{missing} of the students who are named are not known"
            yield Issue(text, cure="look the identifiers up in Students.csv?")

    def people(self, files: UniversityFiles) -> tuple[str, ...]:
        """Return the students who attend, in the order of the files."""
        named = set(self.students)
        return tuple(
            row.id
            for row in files.students
            if row.id in named
            or (self.year is not None and (row.programme, row.year) == (self.programme, self.year))
        )


class NewSection(_Audience):
    """A section that is new: who teaches it, and who attends it."""

    section: NewName = Field(description="Identifier of the section.")
    part: Part = Field(default="Lecture", description="Lecture or Lab.")
    faculty: Name | None = Field(default=None, description="Who teaches it; chosen where left out.")
    features: Names = Field(default=(), description="What its room needs beyond the features of the course.")
    seats: Annotated[int, Field(ge=1, le=MOST_PEOPLE)] | None = Field(default=None, description="Its seats.")

    def misfits(self, files: UniversityFiles, course: CourseRecord, qualified: Names = ()) -> Iterator[Issue]:
        """Yield why the section cannot be one of a course; ``qualified`` can teach it as well."""
        if any(row.id == self.section for row in files.sections):
            text = f"{self.section!r} is a section already"
            yield Issue(text, value=self.section, cure="give the new one another name?")
        if not (course.lectures if self.part == "Lecture" else course.labs):
            text = f"{course.id} has no {self.part.lower()}s a week, so {self.section} never meets"
            yield Issue(text, value=self.part, cure="the other part was meant?")
        yield from no_features(files, self.features)
        yield from self.nobody(files)
        if self.faculty is not None:
            yield from no_faculty(files, self.faculty)
        elif not qualified and not any(course.id in row.courses for row in files.faculty):
            text = (
                f"nobody is qualified to teach {course.id}, so that nobody can be chosen for {self.section}"
            )
            yield Issue(text, value=self.section, cure="name somebody as its faculty?")

    def record(self, course: str) -> TeachingRecord:
        """Return the row of the section."""
        return TeachingRecord(
            id=self.section,
            course=course,
            part=self.part,
            faculty=self.faculty,
            features=frozenset(self.features),
            seats=self.seats,
            row=NEW_ROW,
        )


class CourseAdded(_Audience, UniversityChangeBase):
    """A new course; who attends it is dealt out over those parallel sections that name nobody themselves."""

    kind: Literal["course_added"] = "course_added"
    course: NewName = Field(description="Identifier of the course.")
    department: Name = Field(description="Its department.")
    name: Text = Field(default="", description="Its name.")
    credits: Annotated[int, Field(ge=0, le=1000)] | None = Field(default=None, description="Its credits.")
    lectures: Meetings = Field(default=0, description="Lectures a week of a lecture section.")
    labs: Meetings = Field(default=0, description="Labs a week of a lab section.")
    lecture_slots: Slots = Field(default=1, description="Slots of a lecture.")
    lab_slots: Slots = Field(default=2, description="Slots of a lab.")
    lecture_features: Names = Field(default=(), description="What the room of a lecture needs.")
    lab_features: Names = Field(default=(), description="What the room of a lab needs.")
    course_kind: CourseKind | None = Field(default=None, description="Core, or which kind of elective.")
    qualified: Names = Field(default=(), description="Who can teach it; a section may leave the choice open.")
    sections: Annotated[tuple[NewSection, ...], Field(min_length=1)] = Field(description="Its sections.")

    def faults(self, files: UniversityFiles) -> Iterator[Issue]:
        """Yield why it cannot be."""
        if any(row.id == self.course for row in files.courses):
            text = f"{self.course!r} is a course already"
            yield Issue(text, value=self.course, cure="a section of it was meant (section_added)?")
        yield from no_department(files, self.department)
        day = max((row.slots for row in files.calendar), default=0)
        for meetings, slots in ((self.lectures, self.lecture_slots), (self.labs, self.lab_slots)):
            if meetings and slots > day:
                text = f"a meeting of {slots} slots does not fit into a day of {day}"
                yield Issue(text, value=str(slots), cure="split it into several meetings?")
        yield from no_features(files, (*self.lecture_features, *self.lab_features))
        for person in self.qualified:
            yield from no_faculty(files, person)
        yield from self.nobody(files)
        for id, count in Counter(one.section for one in self.sections).items():
            if count > 1:
                yield Issue(f"{id!r} is named {count} times", value=id, cure="name it once?")
        record = self._record()
        for one in self.sections:
            yield from one.misfits(files, record, self.qualified)

    def _record(self) -> CourseRecord:
        return CourseRecord(
            id=self.course,
            department=self.department,
            name=self.name,
            credits=self.credits,
            lectures=self.lectures,
            labs=self.labs,
            lecture_slots=self.lecture_slots,
            lab_slots=self.lab_slots,
            lecture_features=frozenset(self.lecture_features),
            lab_features=frozenset(self.lab_features),
            kind=self.course_kind,
            row=NEW_ROW,
        )

    def changed(self, files: UniversityFiles) -> UniversityFiles:
        """Return the records with the course, its sections, who can teach it and who attends it."""
        able = {*self.qualified, *(one.faculty for one in self.sections if one.faculty)}
        after = replace(
            files,
            courses=(*files.courses, self._record()),
            sections=(*files.sections, *(one.record(self.course) for one in self.sections)),
            faculty=tuple(
                replace(row, courses=(*row.courses, self.course)) if row.id in able else row
                for row in files.faculty
            ),
        )
        everybody = self.people(files)
        joins: dict[str, list[str]] = {}
        for part in ("Lecture", "Lab"):
            own = [one for one in self.sections if one.part == part]
            shared = [one for one in own if not one.students and one.year is None]
            named = {who for one in own for who in one.people(files)}
            rest = [who for who in everybody if who not in named]
            for number, one in enumerate(shared):
                share = rest[number * len(rest) // len(shared) : (number + 1) * len(rest) // len(shared)]
                for who in share:
                    joins.setdefault(who, []).append(one.section)
            for one in own:
                for who in one.people(files):
                    joins.setdefault(who, []).append(one.section)
        return joined(after, joins)

    def sentence(self) -> str:
        """Return what happens, in a sentence."""
        return f"{self.department} offers {self.course}: {', '.join(one.section for one in self.sections)}."


class CourseDropped(UniversityChangeBase):
    """A course is not held."""

    kind: Literal["course_dropped"] = "course_dropped"
    course: Name = Field(description="The course.")

    def faults(self, files: UniversityFiles) -> Iterator[Issue]:
        """Yield why it cannot be."""
        yield from no_course(files, self.course)

    def changed(self, files: UniversityFiles) -> UniversityFiles:
        """Return the records without the course and its sections."""
        gone = [row.id for row in files.sections if row.course == self.course]
        faculty = tuple(
            replace(row, courses=tuple(one for one in row.courses if one != self.course))
            if self.course in row.courses
            else row
            for row in files.faculty
        )
        courses = tuple(row for row in files.courses if row.id != self.course)
        return replace(without(files, gone), courses=courses, faculty=faculty)

    def sentence(self) -> str:
        """Return what happens, in a sentence."""
        return f"{self.course} is not held."


class SectionAdded(NewSection, UniversityChangeBase):
    """A course gets one more section; whoever sits in a parallel one and is named changes over."""

    kind: Literal["section_added"] = "section_added"
    course: Name = Field(description="Its course.")

    def faults(self, files: UniversityFiles) -> Iterator[Issue]:
        """Yield why it cannot be."""
        course = next((row for row in files.courses if row.id == self.course), None)
        if course is None:
            yield from no_course(files, self.course)
            return
        if not files.is_held(course):
            text = f"{self.course} is held in the {course.semester} semester"
            yield Issue(text, value=self.course, cure="another course was meant?")
        yield from self.misfits(files, course)

    def changed(self, files: UniversityFiles) -> UniversityFiles:
        """Return the records with the section, and who attends it."""
        after = replace(files, sections=(*files.sections, self.record(self.course)))
        return joined(after, {who: [self.section] for who in self.people(files)})

    def sentence(self) -> str:
        """Return what happens, in a sentence."""
        by = f" with {self.faculty}" if self.faculty else ""
        return f"{self.course} has one more {self.part.lower()} section, {self.section}{by}."


class SectionDropped(UniversityChangeBase):
    """A section is not held; its students go to a parallel one, or do without."""

    kind: Literal["section_dropped"] = "section_dropped"
    section: Name = Field(description="The section.")
    to: Name | None = Field(default=None, description="The parallel section that takes its students.")

    def faults(self, files: UniversityFiles) -> Iterator[Issue]:
        """Yield why it cannot be."""
        row = next((row for row in files.sections if row.id == self.section), None)
        if row is None:
            yield from no_section(files, self.section)
        elif self.to is not None:
            others = [
                r.id for r in files.sections if (r.course, r.part) == (row.course, row.part) and r is not row
            ]
            if self.to not in others:
                text = f"{self.to!r} is no section beside {self.section}"
                yield Issue(
                    text, value=self.to, cure=f"one of {', '.join(others)}?" if others else "leave it out?"
                )

    def changed(self, files: UniversityFiles) -> UniversityFiles:
        """Return the records without the section."""
        sat = [row.student for row in files.enrolments if self.section in row.sections]
        after = without(files, [self.section])
        return after if self.to is None else joined(after, {who: [self.to] for who in sat})

    def sentence(self) -> str:
        """Return what happens, in a sentence."""
        return f"{self.section} is not held{f'; its students go to {self.to}' if self.to else ''}."


class EnrolmentGrows(UniversityChangeBase):
    """A year of a programme gets more people, or a student joins sections.

    More people come as batches that grow, where the files have batches; else as students of their own, who
    attend what the students of the year attend, one after the other.
    """

    kind: Literal["enrolment_grows"] = "enrolment_grows"
    programme: Name | None = Field(default=None, description="The programme.")
    year: Annotated[int, Field(ge=1, le=MOST_YEARS)] | None = Field(default=None, description="The year.")
    people: Annotated[int, Field(ge=1, le=MOST_IN_BATCH)] | None = Field(
        default=None, description="How many people more."
    )
    student: Name | None = Field(default=None, description="A student, who may be new.", repr=False)
    sections: Names = Field(default=(), description="The sections that the student joins.")

    @model_validator(mode="after")
    def _one_of_two(self) -> EnrolmentGrows:
        if (self.programme is None) != (self.year is None):
            raise ValueError("a programme and a year go together\n  Maybe name the other one?")
        if self.student is None and (self.people is None or self.programme is None or self.sections):
            raise ValueError(
                "it does not say who comes\n  Maybe programme, year and people, or student and sections?"
            )
        if self.student is not None and (not self.sections or self.people is not None):
            raise ValueError("a student joins sections\n  Maybe name the sections, and no people?")
        return self

    def faults(self, files: UniversityFiles) -> Iterator[Issue]:
        """Yield why it cannot be."""
        if self.student is None:
            found = list(no_year(files, self.programme, self.year))
            yield from found
            if not found and any(row.size > MOST_IN_BATCH for row in self.changed(files).students):
                text = f"a batch would have more than {MOST_IN_BATCH:,} people"
                yield Issue(text, value=str(self.people), cure="fewer people, or several batches?")
            return
        if self.programme is not None:
            yield from unknown(
                "programme", self.programme, (row.id for row in files.programmes), "Programmes.csv"
            )
        known = any(row.id == self.student for row in files.students)
        if not known and self.programme is None:
            yield Issue("the student is not known", cure="give programme and year of a new student?")
        if known and self.programme is not None:
            yield Issue("the student is known already", cure="leave programme and year out?")
        for section in self.sections:
            yield from no_section(files, section)
        sat = {s for row in files.enrolments if row.student == self.student for s in row.sections}
        for section in self.sections:
            if section in sat:
                yield Issue(f"the student attends {section!r} already", value=section, cure="leave it out?")

    def changed(self, files: UniversityFiles) -> UniversityFiles:
        """Return the records with more people."""
        if self.student is not None:
            if self.programme is not None and self.year is not None:
                row = UniversityStudentRecord(
                    id=self.student, programme=self.programme, year=self.year, row=NEW_ROW
                )
                files = replace(files, students=(*files.students, row))
            return joined(files, {self.student: list(self.sections)})
        count, of = self.people or 0, (self.programme, self.year)
        year = [row for row in files.students if (row.programme, row.year) == of]
        ends = list(accumulate(row.size for row in year))
        # Whom the new people follow: evenly among those who are there, so that large batches get more.
        shares = Counter(year[bisect_right(ends, n * ends[-1] // count)].id for n in range(count))
        if any(row.size > 1 for row in year):
            students = tuple(replace(row, size=row.size + shares[row.id]) for row in files.students)
            return replace(files, students=students)
        return _copied(files, year, shares)

    def sentence(self) -> str:
        """Return what happens, in a sentence."""
        if self.student is not None:
            return f"Student {self.student} joins {', '.join(self.sections)}."
        return f"{self.programme}, year {self.year}, has {self.people} people more."


def _copied(
    files: UniversityFiles, year: Iterable[UniversityStudentRecord], shares: Mapping[str, int]
) -> UniversityFiles:
    """Return the files with new students who attend what others attend."""
    known = {row.id for row in files.students}
    attends = {row.student: row.sections for row in files.enrolments}
    students, joins = [], {}
    for row in year:
        number = 0
        for _ in range(shares[row.id]):
            number += 1
            while f"{row.id}+{number}" in known:
                number += 1
            id = f"{row.id}+{number}"
            known.add(id)
            students.append(replace(row, id=id, extra={}, row=NEW_ROW))
            joins[id] = list(attends.get(row.id, ()))
    return joined(replace(files, students=(*files.students, *students)), joins)


# What changes ask of the records, and do to them ---------------------------------------------------------


def joined(files: UniversityFiles, joins: Mapping[str, list[str]]) -> UniversityFiles:
    """Return the files with students in more sections; they leave those that are parallel to them."""
    part = {row.id: (row.course, row.part) for row in files.sections}
    waiting = dict(joins)

    def with_new(row: EnrolmentRecord) -> EnrolmentRecord:
        new = waiting.pop(row.student, None)
        if not new:
            return row
        taken = {part[section] for section in new}
        kept = (section for section in row.sections if part[section] not in taken)
        return replace(row, sections=tuple(dict.fromkeys((*kept, *new))))

    rows = [with_new(row) for row in files.enrolments]
    rows += [EnrolmentRecord(student=who, sections=tuple(new), row=NEW_ROW) for who, new in waiting.items()]
    return replace(files, enrolments=tuple(rows))


def without(files: UniversityFiles, sections: Iterable[str]) -> UniversityFiles:
    """Return the files without some sections."""
    gone = set(sections)
    return replace(
        files,
        sections=tuple(row for row in files.sections if row.id not in gone),
        enrolments=tuple(
            replace(row, sections=tuple(s for s in row.sections if s not in gone))
            if gone.intersection(row.sections)
            else row
            for row in files.enrolments
        ),
    )


def no_course(files: UniversityFiles, course: str) -> Iterator[Issue]:
    """Yield that no course has an identifier."""
    yield from unknown("course", course, (row.id for row in files.courses), "Courses.csv")


def no_section(files: UniversityFiles, section: str) -> Iterator[Issue]:
    """Yield that no section has an identifier."""
    yield from unknown("section", section, (row.id for row in files.sections), "Sections.csv")


def no_features(files: UniversityFiles, features: Iterable[str]) -> Iterator[Issue]:
    """Yield the features that no room has."""
    known = sorted({feature for row in files.rooms for feature in row.features})
    for feature in dict.fromkeys(features):
        if feature not in known:
            issues = unknown("feature of a room", feature, known, "Rooms.csv")
            yield from issues


def no_year(files: UniversityFiles, programme: str | None, year: int | None) -> Iterator[Issue]:
    """Yield that a programme is not known, or has nobody in a year."""
    if programme is None:
        return
    found = list(unknown("programme", programme, (row.id for row in files.programmes), "Programmes.csv"))
    yield from found
    years = sorted({row.year for row in files.students if row.programme == programme})
    if not found and year not in years:
        cure = f"one of {', '.join(map(str, years))}?" if years else "another programme was meant?"
        yield Issue(f"{programme} has no students in year {year}", value=str(year), cure=cure)
