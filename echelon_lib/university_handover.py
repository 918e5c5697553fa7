"""Who takes the sections that are open after changes, so that the published timetable can stay as it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from echelon_lib.formats.university_records import UniversityFiles
from echelon_lib.university_staffing import free_slots, weekly_hours


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Sections that somebody was chosen for.

    Parameters
    ----------
    files
        The files with them.
    given
        Who was chosen for each section.
    left
        Sections that nobody qualified can take, with the reason in a sentence.
    """

    files: UniversityFiles
    given: Mapping[str, str]
    left: Mapping[str, str]


def handed_over(files: UniversityFiles, meets: Mapping[str, int]) -> HandedOver:
    """Choose somebody for every open section; equal files and timetable, equal choice.

    Parameters
    ----------
    files
        The files; sections without faculty are open.
    meets
        The slots of the week that each section takes in the published timetable, as a mask; the first slot
        of the first day is the lowest bit.

    Notes
    -----
    Sections with the fewest qualified people come first, each to the one with the fewest hours in which the
    person teaches or is away, of the own department rather than of another one, then with the lightest load
    for the hours allowed. Where nobody has hours left, one section that was handed over before is handed on.
    """
    choice = _Choice(files, meets)
    for section in sorted(choice.hours, key=lambda s: (len(choice.able[s]), -choice.hours[s], s)):
        choice.place(section)
    rows = tuple(
        replace(row, faculty=choice.of[row.id]) if row.id in choice.of else row for row in files.sections
    )
    given = {row.id: choice.of[row.id] for row in files.sections if row.id in choice.of}
    left = {section: choice.why(section) for section in choice.hours if section not in given}
    return HandedOver(replace(files, sections=rows), given, left)


class _Choice:
    def __init__(self, files: UniversityFiles, meets: Mapping[str, int]) -> None:
        courses = {course.id: course for course in files.courses if files.is_held(course)}
        rows = [row for row in files.sections if row.course in courses]
        self.meets = meets
        self.hours = {row.id: weekly_hours(row, courses[row.course]) for row in rows if row.faculty is None}
        self.course = {row.id: row.course for row in rows}
        department = {course.id: course.department for course in files.courses}
        self.home = {person.id: person.department for person in files.faculty}
        self.of_department = {row.id: department[row.course] for row in rows}
        able: defaultdict[str, list[str]] = defaultdict(list)
        for person in files.faculty:
            for course in dict.fromkeys(person.courses):
                able[course].append(person.id)
        self.able = {section: sorted(able[self.course[section]]) for section in self.hours}
        free = free_slots(files)
        self.most = {person.id: min(person.maximum, free[person.id]) for person in files.faculty}
        self.load = dict.fromkeys(self.most, 0)
        self.busy = _away(files)
        for row in rows:
            if row.faculty is not None:
                self.load[row.faculty] += weekly_hours(row, courses[row.course])
                self.busy[row.faculty] |= meets.get(row.id, 0)
        self.of: dict[str, str] = {}

    def _fits(self, section: str, person: str, without: int = 0) -> bool:
        return self.load[person] - without + self.hours[section] <= self.most[person]

    def _price(self, section: str, person: str) -> tuple[int, bool, float, str]:
        clashes = (self._busy(person) & self.meets.get(section, 0)).bit_count()
        stranger = self.home[person] != self.of_department[section]
        return (
            clashes,
            stranger,
            (self.load[person] + self.hours[section]) / max(1, self.most[person]),
            person,
        )

    def _busy(self, person: str) -> int:
        mine = (self.meets.get(section, 0) for section, who in self.of.items() if who == person)
        busy = self.busy[person]
        for mask in mine:
            busy |= mask
        return busy

    def _give(self, section: str, person: str) -> None:
        before = self.of.get(section)
        if before is not None:
            self.load[before] -= self.hours[section]
        self.of[section] = person
        self.load[person] += self.hours[section]

    def place(self, section: str) -> None:
        """Give a section to somebody, if need be by handing another one on."""
        fitting = [person for person in self.able[section] if self._fits(section, person)]
        if fitting:
            self._give(section, min(fitting, key=lambda person: self._price(section, person)))
            return
        for person in self.able[section]:
            for other in sorted(one for one, who in self.of.items() if who == person):
                takers = [one for one in self.able[other] if one != person and self._fits(other, one)]
                if takers and self._fits(section, person, self.hours[other]):
                    self._give(other, min(takers, key=lambda one: self._price(other, one)))
                    self._give(section, person)
                    return

    def why(self, section: str) -> str:
        """Say why nobody can take a section."""
        course, hours = self.course[section], self.hours[section]
        if not self.able[section]:
            return f"{section} is without faculty: nobody else is qualified to teach {course}."
        free = ", ".join(f"{p} {max(0, self.most[p] - self.load[p])}" for p in self.able[section])
        return f"{section} is without faculty: it takes {hours} hours, and those qualified have left: {free}."


def _away(files: UniversityFiles) -> dict[str, int]:
    """Return the slots of the week in which each person is away, as masks."""
    day = {row.day: index for index, row in enumerate(files.calendar)}
    slots = max((row.slots for row in files.calendar), default=0)
    away = {person.id: 0 for person in files.faculty}
    for row in files.faculty_times:
        if row.kind == "away" and row.faculty in away:
            stretch = (1 << row.last + 1) - (1 << row.first)
            away[row.faculty] |= stretch << day[row.day] * slots
    return away
