"""When things can happen: times as bit masks, periods as their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

MOST_SLOTS = 62
"""Slots of a week that fit into the bits of a number."""
MOST_SLOTS_OF_A_DAY = 20
"""Slots of a day for whose masks the search for universities has a table."""


@dataclass(frozen=True, slots=True, order=True)
class Time:
    """A recurring stretch of time.

    Parameters
    ----------
    start
        First slot within the day, from 0.
    length
        Number of slots.
    days
        Bit mask of days: bit 0 is the first day of the calendar.
    weeks
        Bit mask of weeks; terms and semesters are weeks too.

    Notes
    -----
    The representation is that of ITC-2019 (Müller, Rudová and Müllerová, PATAT 2018).
    """

    start: int
    length: int = 1
    days: int = 1
    weeks: int = 1

    def overlaps(self, other: Time) -> bool:
        """Return whether somebody would have to be in two places at once."""
        return bool(
            self.weeks & other.weeks
            and self.days & other.days
            and self.start < other.start + other.length
            and other.start < self.start + self.length
        )

    def precedes(self, other: Time) -> bool:
        """Return whether ``other`` begins in the slot after this one ends, on a common day and week."""
        return bool(
            self.weeks & other.weeks and self.days & other.days and self.start + self.length == other.start
        )


def ones(mask: int) -> Iterator[int]:
    """Yield the places of the bits that are set, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


@lru_cache(maxsize=4096)
def _bits(mask: int, count: int) -> tuple[int, ...]:
    return tuple(bit for bit in range(count) if mask >> bit & 1)


@dataclass(frozen=True, slots=True)
class Period:
    """A time that has a name in the school, such as ``R1``."""

    name: str
    time: Time


@dataclass(frozen=True)
class Calendar:
    """The days, the slots of a day and the named periods of an institution.

    Parameters
    ----------
    days
        Names of the days in order; an A/B rotation has two.
    slots
        Number of slots in a day.
    periods
        Named times, in the order in which people list them.
    weeks
        Number of weeks; 1 when every week is alike.
    clock
        For each day the time at which each slot begins, and at which the last ends, such as ``08:00``; empty
        where nobody says.
    term
        Which weeks these are, such as ``2026/27 odd semester``: it is shown, and decides nothing.
    """

    days: tuple[str, ...]
    slots: int
    periods: tuple[Period, ...]
    weeks: int = 1
    clock: tuple[tuple[str, ...], ...] = ()
    term: str = field(default="", compare=False)

    @cached_property
    def times(self) -> tuple[Time, ...]:
        """All named times in order; meetings share this one object as their domain."""
        return tuple(period.time for period in self.periods)

    @cached_property
    def _by_name(self) -> Mapping[str, Time]:
        return {period.name: period.time for period in self.periods}

    @cached_property
    def _names(self) -> dict[Time, str]:
        return {period.time: period.name for period in self.periods}

    @cached_property
    def _masks(self) -> dict[Time, int]:
        return {}

    def time(self, name: str) -> Time:
        """Return the time of a named period; raises KeyError for an unknown name."""
        return self._by_name[name]

    def name(self, time: Time) -> str:
        """Return the name people use for a time, or a description where it has none."""
        found = self._names.get(time)
        if found is None:
            found = self._names[time] = self._described(time)
        return found

    def _described(self, time: Time) -> str:
        """Return the names of the single slots of a time, or their numbers where they have none."""
        begin, end = self.hours(time)
        if not begin.startswith("slot"):
            return f"{self.day_names(time)} {begin}-{end}"
        if 1 < time.length <= 4:
            slots = range(time.start, time.start + time.length)
            names = [self._names.get(Time(slot, 1, time.days, time.weeks)) for slot in slots]
            if all(names):
                return " + ".join(filter(None, names))
        return f"{self.day_names(time)} slots {time.start}-{time.start + time.length - 1}"

    def day_names(self, time: Time) -> str:
        """Return the days of a time in words, such as ``Mon+Wed``."""
        return "+".join(self.days[day] for day in self.days_of(time))

    def hours(self, time: Time) -> tuple[str, str]:
        """Return when a time begins and ends within its day, as the clock or else the slots say."""
        clocks = {self.clock[day] for day in self.days_of(time)} if self.clock and self.holds(time) else ()
        if len(clocks) == 1:  # on several days it may begin at several times
            (clock,) = clocks
            return clock[time.start], clock[time.start + time.length]
        return f"slot {time.start + 1}", f"slot {time.start + time.length}"

    def mask(self, time: Time) -> int:
        """Return the slots of a time as a bit mask, without what lies beyond the calendar.

        The bit of a slot is ``(week * len(days) + day) * slots + slot``, each counted from 0.
        """
        found = self._masks.get(time)
        if found is None:
            within = range(max(0, time.start), min(self.slots, time.start + time.length))
            stretch = sum(1 << slot for slot in within)
            days = sum(stretch << day * self.slots for day in self.days_of(time))
            week = len(self.days) * self.slots
            found = sum(days << index * week for index in _bits(time.weeks, self.weeks))
            self._masks[time] = found
        return found

    def holds(self, time: Time) -> bool:
        """Return whether a time lies within the calendar, with all its slots, days and weeks."""
        inside = time.start >= 0 and time.length > 0 and time.start + time.length <= self.slots
        return inside and not (time.days >> len(self.days) or time.weeks >> self.weeks)

    def days_of(self, time: Time) -> tuple[int, ...]:
        """Return the indices of the days on which a time takes place."""
        return _bits(time.days, len(self.days))

    @classmethod
    def of_days(cls, days: Mapping[str, Iterable[str]]) -> Calendar:
        """Make the calendar of a school from its days and the names of their periods in order.

        Examples
        --------
        >>> Calendar.of_days({"R": ["R1", "R2"], "G": ["G1", "G2"]}).time("G2")
        Time(start=1, length=1, days=2, weeks=1)
        """
        columns = {day: tuple(names) for day, names in days.items()}
        periods = tuple(
            Period(name, Time(start=slot, days=1 << index))
            for index, names in enumerate(columns.values())
            for slot, name in enumerate(names)
        )
        return cls(tuple(columns), max(map(len, columns.values()), default=0), periods)
