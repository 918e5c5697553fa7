"""What is required, what is priced and what is ignored; and whom a constraint is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Mode = Literal["required", "priced", "off"]


@dataclass(frozen=True, slots=True)
class Enforcement:
    """How strictly a rule holds.

    Parameters
    ----------
    mode
        ``required``, ``priced`` or ``off``.
    weight
        Cost of one unit when priced.
    level
        Level of the objective in which a priced rule counts, from 1; earlier levels come first.
    """

    mode: Mode
    weight: int = 1
    level: int = 2

    @property
    def required(self) -> bool:
        """Whether a timetable that breaks the rule is infeasible."""
        return self.mode == "required"

    @property
    def priced(self) -> bool:
        """Whether a broken rule costs something."""
        return self.mode == "priced"

    def __str__(self) -> str:
        return f"priced = {self.weight}" if self.priced else self.mode


REQUIRED = Enforcement("required")
OFF = Enforcement("off")


def priced(weight: int, level: int = 2) -> Enforcement:
    """Return an enforcement with a price per unit."""
    return Enforcement("priced", weight, level)


FIRST_LEVEL = priced(1, level=1)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a constraint is about: meetings, sections, or an attendee whose meetings the timetable decides."""

    meetings: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    attendee: str | None = None

    @classmethod
    def of_meetings(cls, ids: Iterable[str]) -> Scope:
        """Return the scope of some meetings."""
        return cls(meetings=tuple(ids))

    @classmethod
    def of_sections(cls, ids: Iterable[str]) -> Scope:
        """Return the scope of some sections."""
        return cls(sections=tuple(ids))

    @classmethod
    def of_attendee(cls, id: str) -> Scope:
        """Return the scope of whatever an attendee has to attend."""
        return cls(attendee=id)


@dataclass(frozen=True, slots=True)
class Policy:
    """How the rules that every timetable has are enforced.

    Parameters
    ----------
    unplaced
        Every meeting has a placement.
    domain
        A meeting takes one of its own times and rooms.
    clash
        Nobody is in two places at once, by kind of attendee; a kind that is not named is required.
    room_clash
        A room holds one meeting at a time.
    seats
        A section has no more students than seats; the amount is the students beyond.
    enrolment
        A student takes only what was asked for, each course once and with all its parts.
    requests
        Weight of unmet requests; the amount is the cost of the requests themselves.
    """

    unplaced: Enforcement = REQUIRED
    domain: Enforcement = REQUIRED
    clash: Mapping[str, Enforcement] = field(default_factory=dict, hash=False)
    room_clash: Enforcement = REQUIRED
    seats: Enforcement = REQUIRED
    enrolment: Enforcement = REQUIRED
    requests: Enforcement = FIRST_LEVEL

    @property
    def rules(self) -> tuple[Enforcement, ...]:
        """How all these rules are enforced."""
        others = (self.unplaced, self.domain, self.room_clash, self.seats, self.enrolment, self.requests)
        return (*others, *self.clash.values())

    def clash_of(self, kind: str) -> Enforcement:
        """Return how clashes of a kind of attendee are enforced."""
        return self.clash.get(kind, REQUIRED)
