"""How large a university of so many departments is: the figures that generated ones come near to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import log

FEWEST_DEPARTMENTS, MOST_DEPARTMENTS = 1, 1_000


@dataclass(frozen=True, slots=True)
class Size:
    """Numbers of a university.

    Parameters
    ----------
    sections
        Lecture sections; the batches of their labs are not counted.
    sessions, hours
        Meetings of a week, and the slots that they take.
    entries
        Attendances of a week: of each student at each meeting.
    faculty, rooms
        People who teach, and rooms.
    """

    courses: int
    sections: int
    sessions: int
    hours: int
    students: int
    entries: int
    faculty: int
    rooms: int


REFERENCE: Mapping[int, Size] = {
    5: Size(92, 214, 696, 774, 1_014, 18_963, 59, 36),
    20: Size(365, 719, 2_400, 2_736, 3_603, 67_755, 209, 101),
    60: Size(1_096, 2_172, 7_265, 8_289, 10_627, 199_506, 630, 249),
    127: Size(2_320, 4_916, 16_413, 18_600, 24_239, 453_410, 1_414, 540),
    500: Size(10_000, 20_367, 68_799, 78_341, 93_098, 1_894_802, 5_943, 2_443),
}
"""The instances, by departments, on which the method was studied."""


def reference_size(departments: int) -> Size:
    """Return the size of a university, between the studied ones in proportion to the departments."""
    known = sorted(REFERENCE)
    low = max((count for count in known if count <= departments), default=known[0])
    high = min((count for count in known if count >= departments), default=known[-1])
    part = log(departments / low) / log(high / low) if low < high else 0.0

    def number(name: str) -> int:
        per_low: float = getattr(REFERENCE[low], name) / low
        per_high: float = getattr(REFERENCE[high], name) / high
        return max(1, round(departments * ((1 - part) * per_low + part * per_high)))

    return Size(**{field.name: number(field.name) for field in fields(Size)})
