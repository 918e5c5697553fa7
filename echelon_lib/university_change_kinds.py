"""The kinds of changes to a university whose timetable is published: faculty, rooms, departments.

Each says in words why it cannot be, and changes the records of the files. Those of courses, sections and
students are in ``university_change_courses``. Slots are numbered from 1, as in the files.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from echelon_lib.domain.errors import Issue, suggest
from echelon_lib.formats.school_cells import invisible
from echelon_lib.formats.school_names import LONGEST_ID
from echelon_lib.formats.university_records import FacultyTimesRecord, UniversityFiles


def _as_in_a_cell(text: str) -> str:
    """Return a text as a cell of the files gives it back, or refuse what no cell may hold."""
    text = text.strip()
    if invisible(text):
        raise ValueError(f"it holds the invisible character {invisible(text)}\n  Maybe type it by hand?")
    return text


def _named(name: str) -> str:
    if not name:
        raise ValueError("it is blank\n  Maybe write a name?")
    return name


def _listable(name: str) -> str:
    if ";" in name:
        raise ValueError("it holds ';', which separates the names in other files\n  Maybe leave it out?")
    return name


Text = Annotated[str, Field(max_length=LONGEST_ID), AfterValidator(_as_in_a_cell)]
Name = Annotated[Text, AfterValidator(_named)]
Names = tuple[Name, ...]
NewName = Annotated[Name, AfterValidator(_listable)]
"""The identifier of what is new and that other files list."""
NEW_ROW = 0
"""The row of a record that stands in no file yet."""


class UniversityChangeBase(BaseModel):
    """What all changes of a university have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @abstractmethod
    def faults(self, files: UniversityFiles) -> Iterator[Issue]:
        """Yield why it cannot be; nothing where it can."""

    @abstractmethod
    def changed(self, files: UniversityFiles) -> UniversityFiles:
        """Return the records with the change, which must be possible."""

    @abstractmethod
    def sentence(self) -> str:
        """Return what happens, in a sentence; of a student it is personal, and never logged."""

    def frozen(self, files: UniversityFiles) -> tuple[str, ...]:
        """Return the sections whose meetings have to stay where they are."""
        return ()


class FacultyLeaves(UniversityChangeBase):
    """Somebody leaves; sections that nobody is named for go to a qualified colleague with hours left."""

    kind: Literal["faculty_leaves"] = "faculty_leaves"
    faculty: Name = Field(description="Who leaves.")
    by: Name | None = Field(default=None, description="Who takes all sections not named below.")
    sections: Mapping[Name, Name] = Field(
        default_factory=dict, description="For single sections, who takes them."
    )

    def faults(self, files: UniversityFiles) -> Iterator[Issue]:
        """Yield why it cannot be."""
        yield from no_faculty(files, self.faculty)
        for person in dict.fromkeys((*((self.by,) if self.by else ()), *self.sections.values())):
            if person == self.faculty:
                text = f"{person!r} leaves and cannot take a section"
                yield Issue(text, value=person, cure="name somebody else?")
            else:
                yield from no_faculty(files, person)
        taught = [row.id for row in files.sections if row.faculty == self.faculty]
        for section in dict.fromkeys(self.sections):
            if section not in taught:
                cure = suggest(section, taught) or f"one of {', '.join(taught) or 'none'}?"
                yield Issue(f"{self.faculty} does not teach {section!r}", value=section, cure=cure)

    def changed(self, files: UniversityFiles) -> UniversityFiles:
        """Return the records without the person; sections that nobody is named for are open."""
        return replace(
            files,
            sections=tuple(
                replace(row, faculty=self.sections.get(row.id, self.by))
                if row.faculty == self.faculty
                else row
                for row in files.sections
            ),
            faculty=tuple(row for row in files.faculty if row.id != self.faculty),
            faculty_times=tuple(row for row in files.faculty_times if row.faculty != self.faculty),
        )

    def sentence(self) -> str:
        """Return what happens, in a sentence."""
        takes = [f"{person} takes {section}" for section, person in self.sections.items()]
        takes.append(f"{self.by} takes the sections" if self.by else "colleagues take the sections")
        return f"{self.faculty} leaves; {'; '.join(takes)}."


class FacultyAway(UniversityChangeBase):
    """Somebody cannot teach on a day any more, or in some of its slots."""

    kind: Literal["faculty_away"] = "faculty_away"
    faculty: Name = Field(description="Who is away.")
    day: Name = Field(description="Name of the day.")
    from_slot: Annotated[int, Field(ge=1)] = Field(default=1, description="First slot, from 1.")
    to_slot: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Last slot; that of the day where left out."
    )

    def faults(self, files: UniversityFiles) -> Iterator[Issue]:
        """Yield why it cannot be."""
        yield from no_faculty(files, self.faculty)
        slots = {row.day: row.slots for row in files.calendar}
        if self.day not in slots:
            cure = suggest(self.day, slots) or f"one of {', '.join(slots)}?"
            yield Issue(f"no day is called {self.day!r}", value=self.day, cure=cure)
            return
        last = slots[self.day]
        for slot in (self.from_slot, self.to_slot or self.from_slot):
            if slot > last:
                yield Issue(
                    f"{self.day} has no slot {slot}", value=str(slot), cure=f"{last} is the last one?"
                )
                return
        if self.to_slot is not None and self.to_slot < self.from_slot:
            text = f"the slots end at {self.to_slot}, before they begin at {self.from_slot}"
            yield Issue(text, value=str(self.to_slot), cure="exchange the two?")

    def changed(self, files: UniversityFiles) -> UniversityFiles:
        """Return the records with the hours closed."""
        last = self.to_slot or next(row.slots for row in files.calendar if row.day == self.day)
        away = FacultyTimesRecord(
            faculty=self.faculty,
            day=self.day,
            first=self.from_slot - 1,
            last=last - 1,
            kind="away",
            row=NEW_ROW,
        )
        return replace(files, faculty_times=(*files.faculty_times, away))

    def sentence(self) -> str:
        """Return what happens, in a sentence."""
        whole = self.from_slot == 1 and self.to_slot is None
        return f"{self.faculty} is away on {self.day}{'' if whole else f', {self._slots()}'}."

    def _slots(self) -> str:
        if self.to_slot is None:
            return f"from slot {self.from_slot} on"
        return f"slots {self.from_slot} to {self.to_slot}"


class RoomCloses(UniversityChangeBase):
    """A room cannot be used any more."""

    kind: Literal["room_closes"] = "room_closes"
    room: Name = Field(description="The room.")

    def faults(self, files: UniversityFiles) -> Iterator[Issue]:
        """Yield why it cannot be."""
        yield from unknown("room", self.room, (row.id for row in files.rooms), "Rooms.csv")

    def changed(self, files: UniversityFiles) -> UniversityFiles:
        """Return the records without the room."""
        return replace(files, rooms=tuple(row for row in files.rooms if row.id != self.room))

    def sentence(self) -> str:
        """Return what happens, in a sentence."""
        return f"The room {self.room} closes."


class DepartmentFrozen(UniversityChangeBase):
    """The meetings of a department must stay in their hours and rooms."""

    kind: Literal["department_frozen"] = "department_frozen"
    department: Name = Field(description="The department.")

    def faults(self, files: UniversityFiles) -> Iterator[Issue]:
        """Yield why it cannot be."""
        yield from no_department(files, self.department)

    def changed(self, files: UniversityFiles) -> UniversityFiles:
        """Return the records as they are."""
        return files

    def frozen(self, files: UniversityFiles) -> tuple[str, ...]:
        """Return the sections of the department."""
        courses = {row.id for row in files.courses if row.department == self.department}
        return tuple(row.id for row in files.sections if row.course in courses)

    def sentence(self) -> str:
        """Return what happens, in a sentence."""
        return f"The meetings of {self.department} stay where they are."


# What changes ask of the records -------------------------------------------------------------------------


def unknown(what: str, value: str, known: Iterable[str], place: str) -> Iterator[Issue]:
    """Yield that a name is not known, with the nearest one."""
    names = list(known)
    if value not in names:
        cure = suggest(value, names) or f"look the name up in {place}?"
        yield Issue(f"no {what} is called {value!r}", value=value, cure=cure)


def no_faculty(files: UniversityFiles, person: str) -> Iterator[Issue]:
    """Yield that nobody of the faculty has an identifier."""
    yield from unknown("member of the faculty", person, (row.id for row in files.faculty), "Faculty.csv")


def no_department(files: UniversityFiles, department: str) -> Iterator[Issue]:
    """Yield that no department has an identifier."""
    yield from unknown("department", department, (row.id for row in files.departments), "Departments.csv")
