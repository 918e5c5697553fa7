"""A timetable that is known to meet every request: the students are seated, and ask for where they sit.

Each student's list is drawn as in any school of the family, and seated as far as the periods of the sections
let it. What does not fit is replaced by a course that does, and the seats are planned anew.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from echelon_lib.generate.families.courses import OfferedCourse
from echelon_lib.generate.families.presets import Family
from echelon_lib.generate.families.sections import SPED_LIMIT, PlannedSection, seats_of_each
from echelon_lib.generate.families.students import CORE, ELECTIVE, Pupil, demand
from echelon_lib.generate.school_catalogue import Draw

_EXTRA = 3
"""Seats by which a section of a required course grows, rather than that somebody misses the course."""
_CHOICE = 12
_LARGEST = 40


class _Room:
    """The seats that are taken, section by section."""

    def __init__(self, sections: Sequence[PlannedSection]) -> None:
        self.sections = sections
        self.taken = [0] * len(sections)
        self.sped = [0] * len(sections)
        self._numbers: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
        self.periods: defaultdict[str, list[int]] = defaultdict(list)
        for number, section in enumerate(sections):
            key = section.course.title, section.period
            if key not in self._numbers:
                self.periods[section.course.title].append(section.period)
            self._numbers[key].append(number)

    def left(self, number: int, sped: bool, extra: int) -> int:
        """Return how many more students, or students in special education, fit into a section."""
        section = self.sections[number]
        most = section.seats + extra
        if extra and not section.course.whole:
            most = max(section.seats, min(_LARGEST, most))
        left = most - self.taken[number]
        return min(left, SPED_LIMIT - self.sped[number]) if sped else left

    def emptiest(self, title: str, period: int, sped: bool, extra: int = 0) -> tuple[int, int]:
        """Return how many seats the emptiest section of a course in a period has left, and its number."""
        return max((self.left(number, sped, extra), -number) for number in self._numbers[title, period])

    def open_periods(self, title: str, sped: bool, extra: int) -> list[int]:
        """Return the periods in which a course has a seat, those with the most seats first."""
        found = [(self.emptiest(title, period, sped, extra)[0], -period) for period in self.periods[title]]
        return [-period for left, period in sorted(found, reverse=True) if left > 0]

    def sit(self, title: str, period: int, sped: bool, extra: int) -> int:
        """Take a seat of a course in a period and return the number of the section."""
        number = -self.emptiest(title, period, sped, extra)[1]
        self.taken[number] += 1
        self.sped[number] += sped
        return number


def plant(
    draw: Draw, family: Family, pupils: Sequence[Pupil], sections: Sequence[PlannedSection]
) -> list[list[int]]:
    """Change lists and seats so that all requests are met, and return each student's sections by number.

    Lists lose courses only where no other course fits either. Every section keeps its teacher and period.
    """
    courses = {one.course.title: one.course for one in sections}
    room = _Room(sections)
    order = list(range(len(pupils)))
    draw.shuffle(order)
    seated: list[list[int]] = [[] for _ in pupils]
    lists = Counter(frozenset(pupil.titles) for pupil in pupils)
    for place in order:
        lists[frozenset(pupils[place].titles)] -= 1
        seated[place] = _seat(draw, pupils[place], room, courses, lists)
        lists[frozenset(pupils[place].titles)] += 1
    _plan_seats(family, pupils, room)
    return seated


def _seat(
    draw: Draw,
    pupil: Pupil,
    room: _Room,
    courses: Mapping[str, OfferedCourse],
    lists: Mapping[frozenset[str], int],
) -> list[int]:
    """Give a student a seat for each course that is left on the list, and change the list until all are.

    If it can be helped, the changed list is none of those that others have.
    """
    held: dict[int, str] = {}
    extra: dict[str, int] = {}
    for title, rank in zip(pupil.titles, pupil.ranks, strict=True):
        for more in (0, _EXTRA) if rank == CORE else (0,):
            extra[title] = more
            if _find(title, pupil.sped, room, held, extra, set()):
                break
    missed = [title for title in pupil.titles if title not in held.values()]
    for title in missed:
        place = pupil.titles.index(title)
        others = {*pupil.titles} - {title}
        fitting = sorted(_fitting(pupil, room, courses, held), reverse=True)
        own = [one for one in fitting if not lists.get(frozenset(others | {one[2]}))]
        instead = _one_of(draw, own or fitting)
        if instead is None:
            del pupil.titles[place], pupil.ranks[place]
        else:
            period, other = instead
            held[period], extra[other] = other, 0
            pupil.swap(place, other, ELECTIVE)
    pupil.length = len(pupil.titles)
    pupil.sort()
    period_of = {title: period for period, title in held.items()}
    return [room.sit(title, period_of[title], pupil.sped, extra[title]) for title in pupil.titles]


def _find(
    title: str,
    sped: bool,
    room: _Room,
    held: dict[int, str],
    extra: Mapping[str, int],
    tried: set[int],
) -> bool:
    """Find a period for a course of a student, and move other courses of the student for it."""
    for period in room.open_periods(title, sped, extra[title]):
        if period in tried:
            continue
        tried.add(period)
        other = held.get(period)
        if other is None or _find(other, sped, room, held, extra, tried):
            held[period] = title
            return True
    return False


def _one_of(draw: Draw, fitting: Sequence[tuple[int, int, str]]) -> tuple[int, str] | None:
    """Draw a period and a course that has a seat there from those with the most seats, which come first."""
    first = fitting[:_CHOICE]
    return first[draw.below(len(first))][1:] if first else None


def _fitting(
    pupil: Pupil, room: _Room, courses: Mapping[str, OfferedCourse], held: Mapping[int, str]
) -> Iterator[tuple[int, int, str]]:
    """Yield courses that fit: seats that are left in per cent of a section, the period, and the title."""
    for title, course in courses.items():
        if course.free_choice and pupil.grade in course.grades and title not in pupil.titles:
            for period in room.open_periods(title, pupil.sped, 0):
                if period not in held:
                    left = room.emptiest(title, period, pupil.sped)[0]
                    yield 100 * left // course.seats, period, title
                    break


def _plan_seats(family: Family, pupils: Sequence[Pupil], room: _Room) -> None:
    """Give the sections of each course the seats that the changed lists need.

    In a very small school a course may have lost everybody; it keeps its seats.
    """
    asked = demand(pupils)
    count = Counter(section.course.title for section in room.sections)
    for section, taken in zip(room.sections, room.taken, strict=True):
        title = section.course.title
        if not asked[title]:
            continue
        seats = seats_of_each(family, section.course, asked[title], count[title])
        section.seats = max(seats, taken)
