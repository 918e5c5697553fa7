"""The week of a university, and the times in it that a session of some length may take."""

from __future__ import annotations

from echelon_lib.domain.calendar import Calendar, Period, Time
from echelon_lib.formats.university_calendar import clock
from echelon_lib.formats.university_records import UniversityFiles


def calendar_of(files: UniversityFiles) -> Calendar:
    """Return the week: a named period for each slot, such as ``Mon 08:00``."""
    slots = max((row.slots for row in files.calendar), default=0)
    hours = tuple(
        tuple(clock(_minutes(row.first) + slot * row.minutes) for slot in range(slots + 1))
        for row in files.calendar
    )
    periods = tuple(
        Period(f"{row.day} {hours[index][slot]}", Time(slot, days=1 << index))
        for index, row in enumerate(files.calendar)
        for slot in range(row.slots)
    )
    return Calendar(tuple(row.day for row in files.calendar), slots, periods, clock=hours, term=files.term)


def times_of(calendar: Calendar, length: int) -> tuple[Time, ...]:
    """Return all times of a length that fit in a day."""
    days, starts = range(len(calendar.days)), range(calendar.slots - length + 1)
    return tuple(Time(start, length, 1 << day) for day in days for start in starts)


def _minutes(first: str) -> int:
    """Return the minutes since midnight of the first slot of a day, such as ``08:00``."""
    hour, minute = map(int, first.split(":"))
    return 60 * hour + minute
