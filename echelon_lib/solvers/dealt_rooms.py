"""Rooms for sessions whose times are known, by augmenting paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_DEEPEST = 200
"""Sessions that change rooms for one that has none, at most."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A session that needs a room.

    Parameters
    ----------
    id
        The session.
    mask
        The slots that it takes.
    rooms
        The rooms that suit it, the best first.
    """

    id: str
    mask: int
    rooms: tuple[str, ...]


def deal_rooms(asks: Sequence[Ask], taken: Mapping[str, int]) -> dict[str, str] | None:
    """Give every session a room, none to two sessions at once.

    Parameters
    ----------
    asks
        The sessions.
    taken
        Slots of each room that are not to be had.

    Returns
    -------
    dict or None
        The room of each session. Where all sessions take one slot, None means that there is no such
        dealing (Kuhn's method); otherwise it means that none was found.
    """
    deal = _Deal(asks, taken)
    order = sorted(
        range(len(asks)),
        key=lambda i: (-asks[i].mask.bit_count(), len(asks[i].rooms), asks[i].id),
    )
    if not all(deal.house(i, set(), 0) for i in order):
        return None
    return {ask.id: deal.where[index] for index, ask in enumerate(asks)}


class _Deal:
    def __init__(self, asks: Sequence[Ask], taken: Mapping[str, int]) -> None:
        self._asks, self._taken = asks, taken
        self._inside: dict[str, set[int]] = {}
        self.where: dict[int, str] = {}

    def house(self, index: int, tried: set[tuple[str, int]], depth: int) -> bool:
        """Give a session a room, moving others where need be; nothing changes where that fails."""
        ask = self._asks[index]
        for room in ask.rooms:
            if not self._taken.get(room, 0) & ask.mask and not self._others(room, ask.mask):
                self._put(index, room)
                return True
        if depth == _DEEPEST:
            return False
        for room in ask.rooms:
            if (room, ask.mask) in tried or self._taken.get(room, 0) & ask.mask:
                continue
            tried.add((room, ask.mask))
            before = dict(self.where)
            others = self._others(room, ask.mask)
            for other in others:
                self._take_out(other)
            self._put(index, room)
            if all(self.house(other, tried, depth + 1) for other in others):
                return True
            self._restore(before)
        return False

    def _others(self, room: str, mask: int) -> list[int]:
        return sorted(i for i in self._inside.get(room, ()) if self._asks[i].mask & mask)

    def _put(self, index: int, room: str) -> None:
        self.where[index] = room
        self._inside.setdefault(room, set()).add(index)

    def _take_out(self, index: int) -> None:
        self._inside[self.where.pop(index)].discard(index)

    def _restore(self, before: dict[int, str]) -> None:
        for index in [i for i, room in self.where.items() if before.get(i) != room]:
            self._take_out(index)
        for index, room in before.items():
            if index not in self.where:
                self._put(index, room)
