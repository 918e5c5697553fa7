"""The families of made-up schools: what makes each of them hard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """What the schools of a family have in common.

    Parameters
    ----------
    name
        As it is given on the command line.
    shorter
        How many courses fewer than there are periods a student asks for, with the weight of each number.
    slack
        Seats planned beyond the requests of a course, in per cent.
    room
        Seats of a small course, in per cent of its requests, as far as its room has them.
    periods, days
        Periods of the calendar and the days over which they alternate, unless somebody wants others.
    fitted
        Whether large courses as well have no more seats than ``room`` says.
    sped, ell
        Students in special education and English-language learners, in per cent.
    electives
        Students for whom a school has one elective more. Below 800 students, academies aside, it has three
        quarters of these: so the share of the requests that are for singletons, 21.65 % in the median of
        seeds 0 to 7 at 500 students, of ``hard`` and of ``realistic`` alike, is near to that of the schools
        by which the families were set, 22 % and 20 %.
    part_time, away
        Teachers who are there for half of the periods, and others who miss one period, in per cent.
    academies
        Whether students belong to academies that take the same few electives.
    """

    name: str
    shorter: Mapping[str, int]
    slack: int
    room: int
    periods: int = 8
    days: int = 2
    fitted: bool = False
    sped: int = 12
    ell: int = 8
    electives: int = 25
    part_time: int = 15
    away: int = 15
    academies: bool = False


FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        Family("realistic", shorter={"2": 12, "1": 68, "0": 20}, slack=4, room=112, electives=20),
        Family("hard", shorter={"2": 3, "1": 17, "0": 80}, slack=0, room=108, electives=15),
        Family(
            "cohort",
            periods=7,
            days=1,
            shorter={"1": 40, "0": 60},
            slack=3,
            room=108,
            academies=True,
        ),
        Family(
            "tight",
            shorter={"2": 5, "1": 55, "0": 40},
            slack=0,
            room=102,
            fitted=True,
            sped=20,
            electives=19,
            part_time=35,
            away=30,
        ),
    )
}
"""Every family by its name."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What students are left to choose.

    Parameters
    ----------
    left_out
        Required courses other than English and mathematics that a student does without, in per cent.
    rarer
        By how many students fewer an elective has to be asked for, to be offered.
    """

    left_out: int = 0
    rarer: int = 0


CHOICES = tuple(Choice(left_out=5 * step, rarer=step) for step in range(7))
"""What is tried, one after the other, until lists are different and singletons are many."""
DISTINCT, SINGLETONS = 94, 40
"""Request lists that are to be different and courses that are to be singletons, in per cent, at least."""


def period_names(periods: int, days: int) -> tuple[tuple[str, ...], ...]:
    """Return the names of the periods of each day: ``P1`` and so on, or ``R1`` … and ``G1`` …."""
    if days == 1:
        return (tuple(f"P{number}" for number in range(1, periods + 1)),)
    first = -(-periods // 2)
    return tuple(
        tuple(f"{letter}{number}" for number in range(1, count + 1))
        for letter, count in (("R", first), ("G", periods - first))
    )
