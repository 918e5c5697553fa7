"""Small universities, made at random or by hand, and weeks for them."""

from __future__ import annotations

import random
from collections.abc import Sequence

from echelon_lib.constraints.compactness import BuildingTravel, Gaps
from echelon_lib.constraints.load import EvenLoad, WeeklyHours
from echelon_lib.constraints.rooms import EmptySeats, RoomCapacity, RoomsPerSection
from echelon_lib.constraints.spread import SameDay, SameHour
from echelon_lib.constraints.times import ForbiddenTimes, PreferredTimes
from echelon_lib.domain.calendar import Calendar, Period, Time
from echelon_lib.domain.offerings import Course, Meeting, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.places import Room
from echelon_lib.domain.policy import REQUIRED, Scope, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable


def week(days: int, slots: int) -> Calendar:
    """A calendar of single slots."""
    periods = (Time(slot, 1, 1 << day) for day in range(days) for slot in range(slots))
    names = tuple(f"Day{day}" for day in range(days))
    return Calendar(
        names, slots, tuple(Period(f"{names[t.days.bit_length() - 1]}.{t.start}", t) for t in periods)
    )


def starts(calendar: Calendar, length: int) -> tuple[Time, ...]:
    """Where a meeting may begin."""
    return tuple(
        Time(slot, length, 1 << day)
        for day in range(len(calendar.days))
        for slot in range(calendar.slots - length + 1)
    )


PRICES = {
    "student gaps": lambda p, dice: Gaps("student gaps", Scope(), p, "group"),
    "faculty gaps": lambda p, dice: Gaps("faculty gaps", Scope(), p, "teacher"),
    "same-day repeats": lambda p, dice: SameDay("same-day repeats", Scope(), p),
    "empty seats": lambda p, dice: EmptySeats("empty seats", Scope(), p),
    "rooms of a section": lambda p, dice: RoomsPerSection("rooms of a section", Scope(), p),
    "peak load": lambda p, dice: EvenLoad("peak load", Scope(), p),
    "building travel": lambda p, dice: BuildingTravel("building travel", Scope(), p, "group"),
    "hours of a section": lambda p, dice: SameHour("hours of a section", Scope(), p),
}
"""The priced rules that are one each, as the university has them."""


def random_university(seed: int, *, only: Sequence[str] | None = None, loose: bool = False) -> Problem:
    """A university in which a week without clashes exists, with all priced rules or some.

    ``loose`` leaves rooms without a required capacity, at a price.
    """
    dice = random.Random(seed)
    calendar = week(dice.choice((3, 4, 5)), dice.choice((4, 5)))
    groups = [f"g{n}" for n in range(dice.choice((3, 4, 6)))]
    teachers = [f"t{n}" for n in range(5)]
    rooms = [Room(f"r{n}", dice.choice((20, 40, 60)), dice.choice(("", "A", "B"))) for n in range(4)]
    rooms.append(Room("hall", 90, "A"))
    plain = tuple(room.id for room in rooms)
    special = (*dice.sample(plain[:-1], 2), "hall")
    lengths = {length: starts(calendar, length) for length in (1, 2, 3)}
    courses = []
    hours = dict.fromkeys(groups, 0)
    most = len(calendar.days) * calendar.slots // 2
    for n in range(dice.randint(4, 8)):
        length = dice.choice((1, 1, 2, 3)) if calendar.slots > 4 else dice.choice((1, 1, 2))
        count = dice.randint(1, 3)
        who = [g for g in dice.sample(groups, dice.choice((1, 2))) if hours[g] + length * count <= most]
        for group in who:
            hours[group] += length * count
        needed = () if dice.random() < 0.1 else special if dice.random() < 0.3 else plain
        meetings = tuple(Meeting(f"s{n}#{k}", lengths[length], needed) for k in range(count))
        attends = (*dice.sample(teachers, dice.choice((0, 1, 1, 1))), *who)
        section = Section(f"s{n}", meetings, None, attends, dice.randint(5, 60), f"d{n % 3}")
        courses.append(Course.of(f"c{n}", [section]))
    every = Scope.of_meetings(m.id for c in courses for s in c.sections for m in s.meetings)
    rules: list[object] = []
    for teacher in teachers:
        own = Scope.of_attendee(teacher)
        closed = tuple(dice.sample(calendar.times, 2))
        rules.append(ForbiddenTimes("faculty availability", own, REQUIRED, closed))
        rules.append(WeeklyHours("faculty hours", own, REQUIRED, 40))
        if only is None or "faculty preference" in only:
            liked = tuple(dice.sample(calendar.times, dice.randint(0, 9)))
            rules.append(PreferredTimes("faculty preference", own, priced(dice.randint(1, 60), 1), liked))
            rules.append(ForbiddenTimes("disliked", own, priced(7, 1), tuple(dice.sample(calendar.times, 2))))
    capacity = priced(5, 1) if loose else REQUIRED
    rules.append(RoomCapacity("room capacity", every, capacity))
    for name, make in PRICES.items():
        price = priced(dice.randint(1, 50), 1)
        if only is None or name in only:
            rules.append(make(price, dice))
    # Days that are alike for everybody would leave nothing to disagree about.
    people = [*(Attendee(id, "teacher", f"d{k % 3}") for k, id in enumerate(teachers))]
    people += [Attendee(id, "group", size=(4, 2, 3, 1, 2, 1)[n]) for n, id in enumerate(groups)]
    return Problem(
        f"random {seed}",
        calendar,
        tuple(courses),
        tuple(people),
        tuple(rooms),
        constraints=tuple(rules),  # type: ignore[arg-type]
    )


def random_week(problem: Problem, seed: int) -> Timetable:
    """Any places, clashes and rooms given twice included."""
    dice = random.Random(seed)
    return Timetable(
        {
            m.id: Placement(dice.choice(m.times), dice.choice(m.rooms) if m.rooms else None)
            for m in problem.meetings.values()
        }
    )
