"""Who teaches what the files leave open: somebody qualified, within their hours, and as evenly as may be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from operator import add, sub

import numpy as np

from echelon_lib.bounds import most_disjoint
from echelon_lib.domain.calendar import Time
from echelon_lib.formats.university_records import CourseRecord, TeachingRecord, UniversityFiles
from echelon_lib.university_week import calendar_of, times_of

_DEEPEST = 4
"""Sections that are handed on, at most, to make room for one more."""
_ROUNDS = 20
_SECONDS = 5.0
"""For the exact assignment, which comes where handing on does not suffice."""

Need = tuple[int, ...]
"""Slots a week, and the sessions of at least so many slots for each length of session beyond one slot."""


@dataclass(frozen=True, slots=True)
class Staffing:
    """Who teaches what the files leave open.

    Parameters
    ----------
    chosen
        Who was chosen for each section, as far as somebody was found.
    could
        Who is qualified for each open section and has the time for it beside what the files give them.
    vain
        Sections left without anybody, where it is proven that not all open sections can have somebody.
    """

    chosen: Mapping[str, str]
    could: Mapping[str, tuple[str, ...]]
    vain: frozenset[str]

    @property
    def left(self) -> bool:
        """Whether any section has nobody."""
        return len(self.chosen) < len(self.could)

    @property
    def choices(self) -> Mapping[str, tuple[str, ...]]:
        """Who could teach each section for which another choice may do."""
        return {id: people for id, people in self.could.items() if people and id not in self.vain}


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
    """Choose faculty for the sections without any, in the order of the files; equal files, equal choice."""
    return staffed(files).chosen


def staffed(files: UniversityFiles) -> Staffing:
    """Choose faculty for the sections without any, and say who else could have been chosen.

    Notes
    -----
    Sections with the fewest qualified people come first, each to whoever has the lightest load for the hours
    allowed. Where nobody has time left, sections that were chosen before are handed on to make room, over at
    most four hands; where that does not suffice, an integer program gives somebody to as many sections as can
    have anybody. In the end single sections and pairs change hands while that makes loads more even (the sum
    of their squares falls).

    People have time for sections as long as these take no more slots than the person may teach and is not
    away, and for each length no more sessions of at least that length than stretches of it fit into the slots
    in which the person is not away.
    """
    courses = {course.id: course for course in files.courses if files.is_held(course)}
    open_rows = [row for row in files.sections if row.faculty is None and row.course in courses]
    if not open_rows:
        return Staffing({}, {}, frozenset())
    choice = _Choice(files, courses, open_rows)
    could = {
        row.id: tuple(person for person in choice.able[row.id] if choice.fits(row.id, person))
        for row in open_rows
    }
    for section in sorted(choice.need, key=lambda s: (len(choice.able[s]), -choice.need[s][0], s)):
        choice.place(section)
    vain = choice.place_exactly()
    for _ in range(_ROUNDS):
        if not choice.even_out():
            break
    return Staffing({row.id: choice.of[row.id] for row in open_rows if row.id in choice.of}, could, vain)


def weekly_hours(row: TeachingRecord, course: CourseRecord) -> int:
    """Return the slots a week of a section."""
    count, length = _sessions(row, course)
    return count * length


def _sessions(row: TeachingRecord, course: CourseRecord) -> tuple[int, int]:
    """Return the sessions a week of a section, and the slots of each."""
    if row.part == "Lab":
        return course.labs, course.lab_slots
    return course.lectures, course.lecture_slots


class _Choice:
    """A choice in the making: who has which open section, and how much time everybody has."""

    def __init__(
        self, files: UniversityFiles, courses: Mapping[str, CourseRecord], rows: Iterable[TeachingRecord]
    ) -> None:
        qualified: defaultdict[str, list[str]] = defaultdict(list)
        for person in files.faculty:
            for course in person.courses:
                qualified[course].append(person.id)
        held = {
            row.id: _sessions(row, courses[row.course]) for row in files.sections if row.course in courses
        }
        lengths = sorted({length for count, length in held.values() if count and length > 1})
        needs = {
            id: (count * length, *(count if length >= one else 0 for one in lengths))
            for id, (count, length) in held.items()
        }
        self.most = _most(files, lengths)
        self.need = {row.id: needs[row.id] for row in rows}
        self.load = dict.fromkeys(self.most, (0,) * (1 + len(lengths)))
        self.able = {
            row.id: [one for one in sorted(set(qualified[row.course])) if self.fits(row.id, one)]
            for row in rows
        }
        for row in files.sections:
            if row.faculty is not None and row.id in needs:
                self.load[row.faculty] = _sum(self.load[row.faculty], needs[row.id])
        self.of: dict[str, str] = {}
        self.mine: defaultdict[str, set[str]] = defaultdict(set)

    def fits(self, section: str, person: str, without: str = "") -> bool:
        """Tell whether a person has the time for a section, without another one if need be."""
        load, need = self.load[person], self.need[section]
        if without:
            load = _difference(load, self.need[without])
        return all(
            not more or now + more <= most
            for now, more, most in zip(load, need, self.most[person], strict=True)
        )

    def give(self, section: str, person: str) -> None:
        """Give a section to a person, who takes it from whoever has it."""
        self._take(section)
        self.of[section] = person
        self.mine[person].add(section)
        self.load[person] = _sum(self.load[person], self.need[section])

    def _take(self, section: str) -> None:
        before = self.of.pop(section, None)
        if before is not None:
            self.mine[before].discard(section)
            self.load[before] = _difference(self.load[before], self.need[section])

    def place(self, section: str) -> None:
        """Find somebody for a section, if need be by handing others on."""
        for depth in range(_DEEPEST + 1):
            if self._place(section, depth, {section}):
                return

    def _place(self, section: str, depth: int, moved: set[str]) -> bool:
        hours, now = self.need[section][0], self.of.get(section)
        people = [person for person in self.able[section] if person != now]
        fitting = [person for person in people if self.fits(section, person)]
        if fitting:
            self.give(
                section, min(fitting, key=lambda p: ((self.load[p][0] + hours) / max(1, self.most[p][0]), p))
            )
            return True
        if depth == 0:
            return False
        for person in people:
            for other in sorted(self.mine[person] - moved, key=lambda s: (self.need[s][0], s)):
                if not self.fits(section, person, other):
                    continue
                if self._place(other, depth - 1, moved | {other}) and self.fits(section, person):
                    self.give(section, person)
                    return True
        return False

    def place_exactly(self) -> frozenset[str]:
        """Choose anew around the sections without anybody; return those that are proven to be too many."""
        vain: set[str] = set()
        left = [section for section in self.need if section not in self.of]
        seen: set[str] = set()
        for section in left:
            if section in seen:
                continue
            around = self._around(section)
            seen |= around.keys()
            chosen, proven = self._assigned(sorted(around))
            if len(chosen) > sum(one in self.of for one in around):
                for one in around:
                    self._take(one)
                for one, person in chosen.items():
                    self.give(one, person)
            if proven:
                vain |= {one for one in around if one not in self.of}
        return frozenset(vain)

    def _around(self, section: str) -> dict[str, None]:
        """Return the open sections that hang together with one by who could teach them."""
        teaches: defaultdict[str, list[str]] = defaultdict(list)
        for one, people in self.able.items():
            for person in people:
                teaches[person].append(one)
        found, people_seen, ahead = {section: None}, set[str](), [section]
        while ahead:
            for person in set(self.able[ahead.pop()]) - people_seen:
                people_seen.add(person)
                new = [one for one in teaches[person] if one not in found]
                found |= dict.fromkeys(new)
                ahead += new
        return found

    def _assigned(self, sections: Collection[str]) -> tuple[dict[str, str], bool]:
        """Return somebody for as many of some sections as can be, and whether that is proven."""
        pairs = [(section, person) for section in sections for person in self.able[section]]
        if not pairs:
            return {}, True
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_matrix

        rows: dict[tuple[str, int], int] = {}
        limits: list[int] = []
        entries: list[tuple[int, int, int]] = []

        def entry(key: tuple[str, int], column: int, amount: int, limit: int) -> None:
            if key not in rows:
                rows[key] = len(limits)
                limits.append(limit)
            entries.append((amount, rows[key], column))

        given = dict(self.load)
        for section in sections:
            if section in self.of:
                person = self.of[section]
                given[person] = _difference(given[person], self.need[section])
        for column, (section, person) in enumerate(pairs):
            entry((f"section {section}", 0), column, 1, 1)
            for kind, amount in enumerate(self.need[section]):
                free = self.most[person][kind] - given[person][kind]
                if amount:
                    entry((f"person {person}", kind), column, amount, max(0, free))
        amounts, where, columns = zip(*entries, strict=True)
        answer = milp(
            -np.ones(len(pairs)),
            integrality=np.ones(len(pairs)),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(
                csr_matrix((amounts, (where, columns)), shape=(len(limits), len(pairs)), dtype=float),
                ub=np.array(limits, dtype=float),
            ),
            options={"time_limit": _SECONDS, "mip_rel_gap": 0.0},
        )
        taken = [] if answer.x is None else np.flatnonzero(answer.x > 0.5).tolist()
        return dict(pairs[column] for column in taken), answer.status == 0

    def even_out(self) -> bool:
        """Let sections and pairs of them change hands where loads become more even; tell whether any did."""
        changed = False
        for section in sorted(self.of):
            giver = self.of[section]
            for taker in self.able[section]:
                if taker == giver:
                    continue
                step = self._best_exchange(section, giver, taker)
                if step is not None:
                    if step:
                        self.give(step, giver)
                    self.give(section, taker)
                    changed = True
                    break
        return changed

    def _best_exchange(self, section: str, giver: str, taker: str) -> str | None:
        """Return what the taker gives in return, an empty text for nothing, None where it does not pay."""
        best, gain = None, 0
        hours, of_giver, of_taker = self.need[section][0], self.load[giver][0], self.load[taker][0]
        for other in ("", *sorted(self.mine[taker])):
            back = self.need[other][0] if other else 0
            saved = (
                of_giver**2 + of_taker**2 - (of_giver - hours + back) ** 2 - (of_taker + hours - back) ** 2
            )
            if saved <= gain or (other and giver not in self.able[other]):
                continue
            if self.fits(section, taker, other) and (not other or self.fits(other, giver, section)):
                best, gain = other, saved
        return best


def _sum(one: Need, other: Need) -> Need:
    return tuple(map(add, one, other))


def _difference(one: Need, other: Need) -> Need:
    return tuple(map(sub, one, other))


def _most(files: UniversityFiles, lengths: Iterable[int]) -> dict[str, Need]:
    """Return what each person has time for: slots, and sessions of each length.

    A length that fits into no day of the week limits nobody: no choice would help.
    """
    calendar = calendar_of(files)
    times = {length: times_of(calendar, length) for length in lengths}
    free, away = free_slots(files), _away(files)
    made: dict[tuple[frozenset[Time], int], int] = {}

    def places(absent: frozenset[Time], length: int) -> int:
        if (absent, length) not in made:
            mask = sum(calendar.mask(time) for time in absent)
            fitting = [time for time in times[length] if not calendar.mask(time) & mask]
            made[absent, length] = most_disjoint(fitting) or 0
        return made[absent, length]

    everything = calendar.slots * len(calendar.days)
    return {
        person.id: (
            min(person.maximum, free[person.id]),
            *(places(away[person.id], length) if times[length] else everything for length in times),
        )
        for person in files.faculty
    }


def free_slots(files: UniversityFiles) -> dict[str, int]:
    """Return how many slots of the week each person is not away."""
    week = sum(day.slots for day in files.calendar)
    return {person: week - len(absent) for person, absent in _away(files).items()}


def _away(files: UniversityFiles) -> dict[str, frozenset[Time]]:
    """Return the single slots of the week in which each person is away."""
    day = {row.day: index for index, row in enumerate(files.calendar)}
    away: defaultdict[str, set[Time]] = defaultdict(set)
    for row in files.faculty_times:
        if row.kind == "away":
            away[row.faculty].update(
                Time(slot, days=1 << day[row.day]) for slot in range(row.first, row.last + 1)
            )
    return {person.id: frozenset(away[person.id]) for person in files.faculty}
