"""Hours that are kept for electives: those of the whole university, and those of each school."""

from __future__ import annotations

from dataclasses import dataclass

from echelon_lib.generate.university.courses import BASKETS
from echelon_lib.generate.university.draws import Dice
from echelon_lib.generate.university.sessions import LAB_SLOTS

DAYS, SLOTS = 5, 9
WEEK = DAYS * SLOTS
_LECTURES, _LABS = 3, 2
_DRAWS = 12

STARTS = {
    length: [slot for slot in range(WEEK) if slot % SLOTS + length <= SLOTS] for length in (1, LAB_SLOTS)
}


@dataclass(frozen=True, slots=True)
class Band:
    """Starts of the lectures, on different days, and of the labs of the electives of one basket."""

    lectures: tuple[int, ...]
    labs: tuple[int, ...] = ()

    @property
    def slots(self) -> int:
        """The slots as bits."""
        return sum(1 << slot for slot in self.lectures) | sum(bits(slot, LAB_SLOTS) for slot in self.labs)


def bits(start: int, length: int) -> int:
    """Return the slots of a session as bits."""
    return ((1 << length) - 1) << start


def open_bands(dice: Dice) -> list[Band]:
    """Draw the hours of the open electives."""
    return _most_spacious(dice, BASKETS, 0, 0)


def school_bands(dice: Dice, taken: int) -> list[Band]:
    """Draw the hours of the electives of a school, none of which is taken."""
    return _most_spacious(dice, 2, _LABS, taken)


def _most_spacious(dice: Dice, count: int, labs: int, taken: int) -> list[Band]:
    """Draw a few times, and return what leaves most room for labs of other courses."""
    best: tuple[int, list[Band]] | None = None
    for _ in range(_DRAWS):
        bands: list[Band] = []
        used = taken
        for _ in range(count):
            bands.append(_band(dice, labs, used))
            used |= bands[-1].slots
        room = _room_for_labs(used)
        if best is None or room > best[0]:
            best = room, bands
    assert best is not None
    return best[1]


def _band(dice: Dice, labs: int, used: int) -> Band:
    """Draw one band; there are always slots enough, since at most 23 of 45 are taken in the end."""
    of_labs: list[int] = []
    for start in dice.some(STARTS[LAB_SLOTS], WEEK):
        if len(of_labs) < labs and not used & bits(start, LAB_SLOTS):
            of_labs.append(start)
            used |= bits(start, LAB_SLOTS)
    lectures: list[int] = []
    for slot in dice.some(STARTS[1], WEEK):
        new_day = all(slot // SLOTS != other // SLOTS for other in lectures)
        if len(lectures) < _LECTURES and new_day and not used >> slot & 1:
            lectures.append(slot)
    return Band(tuple(lectures), tuple(of_labs))


def _room_for_labs(used: int) -> int:
    """Return how many labs fit into the slots that are not used, one after another."""
    count = slot = 0
    while slot < WEEK:
        if slot % SLOTS + LAB_SLOTS <= SLOTS and not used & bits(slot, LAB_SLOTS):
            count += 1
            slot += LAB_SLOTS
        else:
            slot += 1
    return count
