"""Who takes the sections that are open after changes, so that the published timetable can stay as it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from echelon_lib.formats.university_records import UniversityFiles
from echelon_lib.university_staffing import free_slots, weekly_hours

LONGEST = 4
"""Sections that change hands so that one more finds somebody, at most."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Sections that somebody was chosen for.

    Parameters
    ----------
    files
        The files with them.
    given
        Who was chosen for each section: those that were open, and those that a colleague hands on.
    facts
        The same in sentences, and who hands on what.
    left
        Sections that nobody qualified can take, with the reason in a sentence.
    """

    files: UniversityFiles
    given: Mapping[str, str]
    facts: tuple[str, ...]
    left: Mapping[str, str]


def handed_over(
    files: UniversityFiles, meets: Mapping[str, int], *, keep: Collection[str] = ()
) -> HandedOver:
    """Choose somebody for every open section; equal files and timetable, equal choice.

    Parameters
    ----------
    files
        The files; sections without faculty are open.
    meets
        The slots of the week that each section takes in the published timetable, as a mask; the first slot
        of the first day is the lowest bit.
    keep
        Sections that nobody hands on.

    Notes
    -----
    Sections with the fewest qualified people come first, each to the one with the fewest hours in which the
    person teaches or is away, of the own department rather than of another one, then with the lightest load
    for the hours allowed. Where nobody has hours left, colleagues hand on what they teach: an augmenting path
    through who can teach what, the shortest, and among these the one with the fewest hours that clash.
    """
    choice = _Choice(files, meets, keep)
    for section in sorted(choice.open, key=lambda s: (len(choice.able(s)), -choice.hours[s], s)):
        choice.place(section)
    given = {
        row.id: choice.of[row.id]
        for row in files.sections
        if row.id in choice.of and choice.of[row.id] != row.faculty
    }
    rows = tuple(replace(row, faculty=given.get(row.id, row.faculty)) for row in files.sections)
    before = {row.id: row.faculty for row in files.sections}
    facts = tuple(
        f"{person} takes {section}."
        if before[section] is None
        else f"{person} takes {section} from {before[section]}, who has hours for another section by that."
        for section, person in given.items()
    )
    left = {section: choice.why(section) for section in choice.open if section not in choice.of}
    return HandedOver(replace(files, sections=rows), given, facts, left)


@dataclass(frozen=True, slots=True)
class _Handing:
    """A section that looks for somebody, and why: ``giver`` would hand it on to take what ``after`` is."""

    section: str
    giver: str | None = None
    after: _Handing | None = None

    @property
    def givers(self) -> Iterator[str]:
        """Those who hand on something, from here back to the first section."""
        step: _Handing | None = self
        while step is not None and step.giver is not None:
            yield step.giver
            step = step.after


class _Choice:
    """A choice in the making: who has which section, and how many hours everybody has."""

    def __init__(self, files: UniversityFiles, meets: Mapping[str, int], keep: Collection[str]) -> None:
        courses = {course.id: course for course in files.courses if files.is_held(course)}
        rows = [row for row in files.sections if row.course in courses]
        self.meets, self.keep = meets, frozenset(keep)
        self.hours = {row.id: weekly_hours(row, courses[row.course]) for row in rows}
        self.open = [row.id for row in rows if row.faculty is None]
        self.course = {row.id: row.course for row in rows}
        self.home = {person.id: person.department for person in files.faculty}
        self.of_department = {row.id: courses[row.course].department for row in rows}
        self.qualified: defaultdict[str, list[str]] = defaultdict(list)
        for person in sorted(files.faculty, key=lambda person: person.id):
            for course in dict.fromkeys(person.courses):
                self.qualified[course].append(person.id)
        free = free_slots(files)
        self.most = {person.id: min(person.maximum, free[person.id]) for person in files.faculty}
        self.away = _away(files)
        self.load = dict.fromkeys(self.most, 0)
        self.of: dict[str, str] = {}
        self.has: dict[str, set[str]] = {person: set() for person in self.most}
        for row in rows:
            if row.faculty is not None:
                self._give(row.id, row.faculty)

    def able(self, section: str) -> list[str]:
        """Return who is qualified to teach a section."""
        return self.qualified[self.course[section]]

    def _give(self, section: str, person: str) -> None:
        before = self.of.get(section)
        if before is not None:
            self.load[before] -= self.hours[section]
            self.has[before].discard(section)
        self.of[section] = person
        self.load[person] += self.hours[section]
        self.has[person].add(section)

    def _fits(self, section: str, person: str, without: int = 0) -> bool:
        return self.load[person] - without + self.hours[section] <= self.most[person]

    def _price(self, section: str, person: str, without: str | None = None) -> tuple[int, int, float, str]:
        busy = self.away[person]
        for other in self.has[person]:
            busy |= 0 if other == without else self.meets.get(other, 0)
        clashes = (busy & self.meets.get(section, 0)).bit_count()
        stranger = int(self.home[person] != self.of_department[section])
        share = (self.load[person] + self.hours[section]) / max(1, self.most[person])
        return clashes, stranger, share, person

    def place(self, section: str) -> None:
        """Give a section to somebody, if need be by having others handed on."""
        level, seen = [_Handing(section)], {section}
        for _ in range(LONGEST):
            ends = [
                (step, person)
                for step in level
                for person in self.able(step.section)
                if person not in step.givers and self._fits(step.section, person)
            ]
            if ends:
                self._hand_on(*min(ends, key=lambda end: self._price_of(*end)))
                return
            level = [_Handing(*names, step) for step in level for names in self._handed_on(step, seen)]

    def _handed_on(self, step: _Handing, seen: set[str]) -> Iterator[tuple[str, str]]:
        """Yield what somebody would have to hand on to take a section, and who that is; each section once."""
        for person in self.able(step.section):
            for other in sorted(self.has[person] - self.keep - seen):
                if person not in step.givers and self._fits(step.section, person, self.hours[other]):
                    seen.add(other)
                    yield other, person

    def _price_of(self, step: _Handing, person: str) -> tuple[float | str, ...]:
        """Return what it takes that a person takes a section and all before it are handed on."""
        clashes, strangers, share, _ = self._price(step.section, person)
        published = int(step.section not in self.open)
        while step.after is not None and step.giver is not None:
            price = self._price(step.after.section, step.giver, step.section)
            clashes, strangers = clashes + price[0], strangers + price[1]
            step = step.after
            published += int(step.section not in self.open)
        return clashes, published, strangers, share, person, step.section

    def _hand_on(self, step: _Handing, person: str) -> None:
        self._give(step.section, person)
        while step.after is not None and step.giver is not None:
            self._give(step.after.section, step.giver)
            step = step.after

    def why(self, section: str) -> str:
        """Say why nobody can take a section."""
        course, hours = self.course[section], self.hours[section]
        able = self.able(section)
        if not able:
            return f"{section} is without faculty: nobody else is qualified to teach {course}."
        free = ", ".join(f"{p} {max(0, self.most[p] - self.load[p])}" for p in able)
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
