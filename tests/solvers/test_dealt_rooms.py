"""Rooms are dealt out to sessions whose times are known, as often as that is possible."""

from __future__ import annotations

import random
from itertools import product

import pytest

from echelon_lib.solvers.dealt_rooms import Ask, deal_rooms


def possible(asks: list[Ask], taken: dict[str, int]) -> bool:
    """Try every dealing."""
    for rooms in product(*(ask.rooms for ask in asks)):
        used = dict(taken)
        for ask, room in zip(asks, rooms, strict=True):
            if used.get(room, 0) & ask.mask:
                break
            used[room] = used.get(room, 0) | ask.mask
        else:
            return True
    return False


@pytest.mark.parametrize("length", [1, 2])
def test_rooms_are_dealt_where_they_suffice_and_never_twice(length: int) -> None:
    dice = random.Random(length)
    outcomes = set()
    for _ in range(300):
        rooms = [f"r{number}" for number in range(dice.randint(1, 4))]
        asks = [
            Ask(
                f"s{number}",
                ((1 << dice.randint(1, length)) - 1) << dice.randint(0, 2),
                tuple(dice.sample(rooms, dice.randint(1, len(rooms)))),
            )
            for number in range(dice.randint(1, 6))
        ]
        taken = {dice.choice(rooms): dice.randint(0, 7)}
        dealt = deal_rooms(asks, taken)
        outcomes.add(dealt is not None)
        if dealt is None:
            # Sessions of two slots may be missed, never those of one.
            assert length > 1 or not possible(asks, taken)
            continue
        used = dict(taken)
        for ask in asks:
            room = dealt[ask.id]
            assert room in ask.rooms
            assert not used.get(room, 0) & ask.mask, "a room is never given twice"
            used[room] = used.get(room, 0) | ask.mask
    assert outcomes == {True, False}


def test_a_session_without_any_room_has_none() -> None:
    assert deal_rooms([Ask("s", 1, ())], {}) is None
    assert deal_rooms([], {}) == {}


def test_the_first_room_that_is_free_is_taken() -> None:
    assert deal_rooms([Ask("s", 1, ("nook", "hall"))], {"nook": 2}) == {"s": "nook"}
    assert deal_rooms([Ask("s", 1, ("nook", "hall"))], {"nook": 1}) == {"s": "hall"}
