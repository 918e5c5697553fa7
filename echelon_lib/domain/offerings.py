"""What is offered and what is asked for.

The tree is *Course → Part → Section → Meeting*. A student who takes a course is enrolled in one section of
each of its parts; a school's course has one part, and ``Course.of`` makes that trivial tree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from echelon_lib.domain.calendar import Time


@dataclass(frozen=True, slots=True)
class Meeting:
    """One thing to place.

    Parameters
    ----------
    id
        Unique among all meetings of a problem.
    times
        The times it may take. Meetings share the tuple, so a large domain is held once.
    rooms
        Identifiers of the rooms it may take; empty when it needs no room.
    """

    id: str
    times: tuple[Time, ...]
    rooms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """What a student is enrolled in.

    Parameters
    ----------
    id
        Unique among all sections of a problem.
    meetings
        Its meetings: one in a school, several in a week of a university.
    seats
        Seats for enrolled students; None when nobody enrols individually.
    attendees
        Identifiers of the teachers and groups that attend every meeting.
    headcount
        People who come besides the students enrolled individually; rooms must hold them too.
    department
        Department that offers it.
    tags
        Labels that rules may use, such as ``Lab``.
    """

    id: str
    meetings: tuple[Meeting, ...]
    seats: int | None = None
    attendees: tuple[str, ...] = ()
    headcount: int = 0
    department: str = ""
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Part:
    """Sections of which a student takes exactly one."""

    id: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """A course, its parts and their sections; a course that nobody teaches has a part without sections."""

    id: str
    parts: tuple[Part, ...]
    department: str = ""
    tags: frozenset[str] = frozenset()

    @property
    def sections(self) -> tuple[Section, ...]:
        """All sections of all parts."""
        return tuple(section for part in self.parts for section in part.sections)

    @classmethod
    def of(
        cls, id: str, sections: Iterable[Section], *, department: str = "", tags: Iterable[str] = ()
    ) -> Course:
        """Make a course with a single part."""
        return cls(id, (Part(id, tuple(sections)),), department, frozenset(tags))


@dataclass(frozen=True, slots=True)
class Request:
    """A student asks for a course, with alternates in order.

    Parameters
    ----------
    id
        Unique among all requests of a problem.
    student
        Identifier of the student.
    courses
        The primary course, then the alternates attached to it.
    weight
        Cost of leaving the request unfilled; the k-th alternate costs ``weight * k // 10``.
    core
        Whether the course is needed to graduate; pooled alternates serve electives only.
    """

    id: str
    student: str
    courses: tuple[str, ...]
    weight: int = 100
    core: bool = False

    @property
    def primary(self) -> str:
        """The course that was asked for first."""
        return self.courses[0]

    def cost(self, rank: int | None) -> int:
        """Return the cost of serving the request with its course number ``rank`` (0 is the primary)."""
        return self.weight if rank is None else min(self.weight, self.weight * rank // 10)
