"""Where things can happen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Room:
    """A room with its number of seats; ``building`` and ``features`` where they are known."""

    id: str
    capacity: int
    building: str = ""
    features: frozenset[str] = frozenset()
