"""What the kernels for universities work on: a week that is to be filled, and where everything is in it.

Meetings, sections, attendees (teachers and groups) and rooms are numbers. The slots of a week are the bits of
a number: bit ``day * slots + slot``. Lists of different lengths lie one after the other: those of ``i`` from
``x_at[i]`` up to ``x_at[i + 1]``. Rules that look at one meeting alone arrive as masks of starts, tables of
prices and as lists of rooms; the others as weights, 0 where nothing is priced.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Small = NDArray[np.int32]

TEACHER_WEIGHT = 10
"""What a clash of a teacher counts, where that of a group counts 1; both are required to be none."""
MOST_SHARED = 10
"""Most that the groups which two meetings share count together."""

PLACES, GROUP_GAPS, TEACHER_GAPS, REPEATS, SEATS, ROOMS, LOAD, TRAVEL, HOURS = range(9)
"""What the sums of a week are made of, each with its weights: prices of starts, idle slots of groups and of
teachers, meetings of a section on one day, empty (and missing) seats, rooms of a section, squares of the
meetings at work, ways from building to building, and hours of the day at which a section begins."""
SUMS = 9

BLOCKED = -2
"""Stands in a room at a slot that is free, but not for this part of the search."""


class University(NamedTuple):
    """What does not change.

    Parameters
    ----------
    length, people, section
        Of each meeting: its slots, who comes, and its section.
    own_at, own
        Meetings of each section.
    who_at, who, lead
        Attendees of each meeting, teachers first, and how many these are.
    has_at, has
        Meetings of each attendee.
    domain, price
        Starts that the required rules leave to each meeting, and what each start costs.
    kind, room_at, room, fits
        The kind of each meeting by what it asks of rooms; the rooms of each kind, smallest first, as lists
        and as a table.
    capacity, building
        Of each room; building 0 is not known.
    is_teacher, gap_price, travel_price
        Of each attendee: what an idle slot costs, and a change of building.
    idle
        Idle slots of a day by its mask.
    seat_price, over_price, loaded
        Of each meeting: what an empty seat costs, what a missing one, and whether it counts in the load.
    repeat_price, rooms_price, hours_price
        Of each section: what a pair of meetings on a day costs, a room beyond the first, and an hour of the
        day beyond the first at which its meetings begin; empty where no hour costs anything.
    load_price
        What the square of a slot's load costs, as the only number of an array.
    travels
        Whether changes of building cost anything.
    days, slots
        Days of the week and slots of each.
    """

    length: Ints
    people: Ints
    section: Ints
    own_at: Ints
    own: Ints
    who_at: Ints
    who: Small
    lead: Ints
    has_at: Ints
    has: Small
    domain: Ints
    price: Ints
    kind: Ints
    room_at: Ints
    room: Small
    fits: NDArray[np.bool_]
    capacity: Ints
    building: Small
    is_teacher: NDArray[np.bool_]
    gap_price: Ints
    travel_price: Ints
    idle: Ints
    seat_price: Ints
    over_price: Ints
    loaded: NDArray[np.bool_]
    repeat_price: Ints
    rooms_price: Ints
    hours_price: Ints
    load_price: Ints
    travels: bool
    days: int
    slots: int


class Week(NamedTuple):
    """Where everything is.

    Parameters
    ----------
    start, place
        Start and room of each meeting; -1 for none.
    visits, busy
        Meetings of each attendee at each slot while clashes are possible, and the slots that have any.
    site
        Building of each attendee at each slot, where travel is priced; 0 for none.
    holds
        Meeting at each slot in each room; -1 for none.
    often
        Meetings of each section on each day.
    load
        Meetings at work at each slot.
    frozen
        Meetings that stay where they are.
    free
        Slots that may be touched, as the only number of an array.
    stamp
        Scratch of exchanges, by attendee; the last one counts them.
    dice
        Random numbers.
    """

    start: Ints
    place: Ints
    visits: NDArray[np.uint8]
    busy: Ints
    site: Small
    holds: Small
    often: Ints
    load: Ints
    frozen: NDArray[np.bool_]
    free: Ints
    stamp: Ints
    dice: NDArray[np.uint64]


class Graph(NamedTuple):
    """Pairs of meetings that somebody would have to attend both.

    Parameters
    ----------
    at, other
        The other meetings of each.
    back
        Where each pair stands the other way round.
    base, weight
        What a clash of each pair weighs at first, and by now.
    """

    at: Ints
    other: Small
    back: Small
    base: Small
    weight: Small
