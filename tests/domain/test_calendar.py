"""Times as bit masks, and the names of periods."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon_lib.domain.calendar import Calendar, Period, Time

times = st.builds(Time, st.integers(0, 6), st.integers(1, 3), days=st.integers(1, 7), weeks=st.integers(1, 3))


@pytest.mark.parametrize(
    ("one", "other", "overlap", "precede"),
    [
        (Time(0), Time(0), True, False),
        (Time(0), Time(1), False, True),
        (Time(1), Time(0), False, False),
        (Time(0), Time(2), False, False),
        (Time(0, length=2), Time(1), True, False),
        (Time(0, length=2), Time(2), False, True),
        (Time(0, length=4), Time(1), True, False),
        (Time(0, days=1), Time(0, days=2), False, False),
        (Time(0, days=1), Time(1, days=2), False, False),
        (Time(0, days=3), Time(0, days=6), True, False),
        (Time(0, weeks=1), Time(0, weeks=2), False, False),
        (Time(0, weeks=3), Time(1, weeks=2), False, True),
    ],
)
def test_pairs_of_times(one: Time, other: Time, overlap: bool, precede: bool) -> None:
    assert one.overlaps(other) is overlap
    assert one.precedes(other) is precede


def slots(time: Time) -> set[tuple[int, int, int]]:
    return {
        (week, day, slot)
        for week in range(4)
        for day in range(4)
        for slot in range(time.start, time.start + time.length)
        if time.weeks >> week & 1 and time.days >> day & 1
    }


@given(times, times)
def test_overlap_is_a_common_slot(one: Time, other: Time) -> None:
    assert one.overlaps(other) == other.overlaps(one) == bool(slots(one) & slots(other))
    if one.precedes(other):
        assert not one.overlaps(other)


@pytest.fixture
def rotation() -> Calendar:
    """An A/B rotation whose second day is shorter."""
    return Calendar.of_days({"R": ["R1", "R2", "R3"], "G": ["G1", "G2"]})


def test_periods_lie_in_days(rotation: Calendar) -> None:
    assert rotation.days == ("R", "G")
    assert rotation.slots == 3
    assert [period.name for period in rotation.periods] == ["R1", "R2", "R3", "G1", "G2"]
    assert rotation.time("G2") == Time(1, days=2)
    assert rotation.days_of(rotation.time("G2")) == (1,)
    assert rotation.times is rotation.times
    assert not rotation.time("R3").precedes(rotation.time("G1"))


def test_names_and_times_go_both_ways(rotation: Calendar) -> None:
    assert all(rotation.time(rotation.name(time)) == time for time in rotation.times)
    with pytest.raises(KeyError):
        rotation.time("R9")


def test_a_time_without_a_name_is_described(rotation: Calendar) -> None:
    assert rotation.name(Time(0, length=2, days=3)) == "R+G slots 0-1"
    assert rotation.days_of(Time(0, days=0b111)) == (0, 1)  # a day outside the calendar is no day


def test_a_calendar_may_be_empty_or_have_longer_periods() -> None:
    assert Calendar.of_days({}).times == ()
    double = Calendar(("Mon",), 4, (Period("early", Time(0, length=2)), Period("late", Time(2, length=2))))
    assert double.name(Time(2, length=2)) == "late"


@given(times, times)
def test_masks_of_times_within_the_calendar_tell_every_overlap(one: Time, other: Time) -> None:
    calendar = Calendar(("a", "b", "c"), 9, (), weeks=2)
    assert calendar.holds(one)
    assert bool(calendar.mask(one) & calendar.mask(other)) == one.overlaps(other)
    assert calendar.mask(one).bit_count() == len(slots(one))


@pytest.mark.parametrize(
    ("time", "inside", "mask"),
    [
        (Time(0), True, 0b1),
        (Time(1, length=2), True, 0b110),
        (Time(2, days=2), True, 0b100000),
        (Time(0, days=3), True, 0b1001),
        (Time(2, length=2), False, 0b100),
        (Time(-1, length=2), False, 0b1),
        (Time(0, days=5), False, 0b1),
        (Time(0, weeks=2), False, 0),
        (Time(0, length=0), False, 0),
    ],
)
def test_what_lies_beyond_the_calendar_is_in_no_mask(
    rotation: Calendar, time: Time, inside: bool, mask: int
) -> None:
    assert rotation.holds(time) is inside
    assert rotation.mask(time) == mask


def test_a_time_of_several_periods_is_named_by_them(rotation: Calendar) -> None:
    assert rotation.name(Time(0, length=2)) == "R1 + R2"
    assert rotation.name(Time(1, length=3)) == "R slots 1-3"
