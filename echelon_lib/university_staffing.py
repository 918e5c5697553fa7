"""Who teaches what the files leave open: somebody qualified, within their hours, and as evenly as may be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from echelon_lib.formats.university_records import CourseRecord, TeachingRecord, UniversityFiles

_DEEPEST = 4
"""Sections that are handed on, at most, to make room for one more."""
_ROUNDS = 20


def with_faculty(files: UniversityFiles, chosen: Mapping[str, str] | None = None) -> UniversityFiles:
    """Return the files with faculty where they leave it open: as chosen, or as ``chosen_faculty`` does.

    A section that nobody can take stays open.
    """
    chosen = chosen_faculty(files) if chosen is None else chosen
    if not chosen:
        return files
    sections = tuple(
        replace(row, faculty=chosen[row.id]) if row.id in chosen else row for row in files.sections
    )
    return replace(files, sections=sections)


def chosen_faculty(files: UniversityFiles) -> Mapping[str, str]:
    """Choose faculty for the sections without any, in the order of the files; equal files, equal choice.

    Notes
    -----
    Sections with the fewest qualified people come first, each to whoever has the lightest load for the hours
    allowed. Where nobody has hours left, sections that were chosen before are handed on to make room, over at
    most four hands. In the end single sections and pairs change hands while that makes loads more even (the
    sum of their squares falls).
    """
    courses = {course.id: course for course in files.courses if files.is_held(course)}
    open_rows = [row for row in files.sections if row.faculty is None and row.course in courses]
    if not open_rows:
        return {}
    choice = _Choice(files, courses, open_rows)
    for section in sorted(choice.hours, key=lambda s: (len(choice.able[s]), -choice.hours[s], s)):
        choice.place(section)
    for _ in range(_ROUNDS):
        if not choice.even_out():
            break
    return {row.id: choice.of[row.id] for row in open_rows if row.id in choice.of}


def weekly_hours(row: TeachingRecord, course: CourseRecord) -> int:
    """Return the slots a week of a section."""
    if row.part == "Lab":
        return course.labs * course.lab_slots
    return course.lectures * course.lecture_slots


class _Choice:
    """A choice in the making: who has which open section, and how many hours everybody has."""

    def __init__(
        self, files: UniversityFiles, courses: Mapping[str, CourseRecord], rows: Iterable[TeachingRecord]
    ) -> None:
        qualified: defaultdict[str, list[str]] = defaultdict(list)
        for person in files.faculty:
            for course in person.courses:
                qualified[course].append(person.id)
        self.hours = {row.id: weekly_hours(row, courses[row.course]) for row in rows}
        self.able = {row.id: sorted(set(qualified[row.course])) for row in rows}
        free = free_slots(files)
        self.most = {person.id: min(person.maximum, free[person.id]) for person in files.faculty}
        self.load = dict.fromkeys(self.most, 0)
        for row in files.sections:
            if row.faculty is not None and row.course in courses:
                self.load[row.faculty] += weekly_hours(row, courses[row.course])
        self.of: dict[str, str] = {}
        self.mine: defaultdict[str, set[str]] = defaultdict(set)

    def give(self, section: str, person: str) -> None:
        """Give a section to a person, who takes it from whoever has it."""
        before = self.of.get(section)
        if before is not None:
            self.mine[before].discard(section)
            self.load[before] -= self.hours[section]
        self.of[section] = person
        self.mine[person].add(section)
        self.load[person] += self.hours[section]

    def place(self, section: str) -> None:
        """Find somebody for a section, if need be by handing others on."""
        for depth in range(_DEEPEST + 1):
            if self._place(section, depth, {section}):
                return

    def _place(self, section: str, depth: int, moved: set[str]) -> bool:
        hours, now = self.hours[section], self.of.get(section)
        people = [person for person in self.able[section] if person != now]
        fitting = [person for person in people if self.load[person] + hours <= self.most[person]]
        if fitting:
            self.give(section, min(fitting, key=lambda p: ((self.load[p] + hours) / max(1, self.most[p]), p)))
            return True
        if depth == 0:
            return False
        for person in people:
            missing = self.load[person] + hours - self.most[person]
            for other in sorted(self.mine[person] - moved, key=lambda s: (self.hours[s], s)):
                if self.hours[other] >= missing and self._place(other, depth - 1, moved | {other}):
                    if self.load[person] + hours <= self.most[person]:
                        self.give(section, person)
                        return True
                    missing = self.load[person] + hours - self.most[person]
        return False

    def even_out(self) -> bool:
        """Let sections and pairs of them change hands where loads become more even; tell whether any did."""
        changed = False
        for section in sorted(self.of):
            giver, hours = self.of[section], self.hours[section]
            for taker in self.able[section]:
                if taker == giver:
                    continue
                step = self._best_exchange(section, giver, taker, hours)
                if step is not None:
                    if step:
                        self.give(step, giver)
                    self.give(section, taker)
                    changed = True
                    break
        return changed

    def _best_exchange(self, section: str, giver: str, taker: str, hours: int) -> str | None:
        """Return what the taker gives in return, an empty text for nothing, None where it does not pay."""
        best, gain = None, 0
        for other in ("", *sorted(self.mine[taker])):
            back = self.hours[other] if other else 0
            if other and giver not in self.able[other]:
                continue
            one, two = self.load[giver] - hours + back, self.load[taker] + hours - back
            if one > self.most[giver] or two > self.most[taker]:
                continue
            saved = self.load[giver] ** 2 + self.load[taker] ** 2 - one**2 - two**2
            if saved > gain:
                best, gain = other, saved
        return best


def free_slots(files: UniversityFiles) -> dict[str, int]:
    """Return how many slots of the week each person is not away."""
    week = sum(day.slots for day in files.calendar)
    away: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
    for row in files.faculty_times:
        if row.kind == "away":
            away[row.faculty].update((row.day, slot) for slot in range(row.first, row.last + 1))
    return {person.id: week - len(away[person.id]) for person in files.faculty}
