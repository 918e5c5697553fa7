"""The week of a university, and the times in it that a session of some length may take."""

from __future__ import annotations

from collections.abc import Iterator

from echelon_lib.domain.calendar import Calendar, Period, Time
from echelon_lib.formats.university_records import UniversityFiles


def calendar_of(files: UniversityFiles) -> Calendar:
    """Return the week: a named period for each slot, such as ``Mon 08:00``."""
    periods = []
    for index, row in enumerate(files.calendar):
        hour, minute = map(int, row.first.split(":"))
        for slot in range(row.slots):
            start = hour * 60 + minute + slot * row.minutes
            named = f"{row.day} {start // 60:02d}:{start % 60:02d}"
            periods.append(Period(named, Time(slot, days=1 << index)))
    slots = max((row.slots for row in files.calendar), default=0)
    clock = tuple(tuple(_clock(row.first, row.minutes, slots)) for row in files.calendar)
    return Calendar(
        tuple(row.day for row in files.calendar), slots, tuple(periods), clock=clock, term=files.term
    )


def times_of(calendar: Calendar, length: int) -> tuple[Time, ...]:
    """Return all times of a length that fit in a day."""
    days, starts = range(len(calendar.days)), range(calendar.slots - length + 1)
    return tuple(Time(start, length, 1 << day) for day in days for start in starts)


def _clock(first: str, minutes: int, slots: int) -> Iterator[str]:
    """Yield the time of day at which each slot begins, and at which the last one ends."""
    hour, minute = map(int, first.split(":"))
    for slot in range(slots + 1):
        start = hour * 60 + minute + slot * minutes
        yield f"{start // 60:02d}:{start % 60:02d}"
