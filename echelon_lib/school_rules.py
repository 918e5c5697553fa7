"""The rules of a school: one typed home, read from strict TOML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from echelon_lib.domain.policy import OFF, REQUIRED, Enforcement, priced
from echelon_lib.strict_toml import read_toml, validated

SPED = "SPED"
"""Tag of students with the SPED flag."""
LAB = "Lab"
"""Tag of sections that are labs."""

Count = Annotated[int, Field(ge=0, le=10_000, strict=True)]
Price = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Priced(_Strict):
    """A rule that may be broken at a price per unit: ``{ priced = 5 }``."""

    priced: Price


Kind = Literal["required", "off"] | Priced


class CalendarRules(_Strict):
    """Days of the calendar; without them the letters of the period names say the day."""

    days: dict[str, tuple[str, ...]] | None = None


class LabRules(_Strict):
    """Which sections are labs, where no file says so."""

    departments: tuple[str, ...] = ()
    courses: tuple[str, ...] = ()


class RequestRules(_Strict):
    """What an unmet request costs.

    The first request of a list weighs ``weight``, each later one ``step`` less, none less than ``lowest``; a
    core course weighs ``core_factor`` times as much.
    """

    weight: Annotated[int, Field(ge=1, le=10_000, strict=True)] = 100
    step: Annotated[int, Field(ge=0, le=10_000, strict=True)] = 5
    lowest: Annotated[int, Field(ge=1, le=10_000, strict=True)] = 50
    core_factor: Annotated[int, Field(ge=1, le=100, strict=True)] = 2

    def weight_of(self, position: int, *, core: bool = False) -> int:
        """Return the weight of the request at a position of the list, from 0."""
        weight = max(min(self.weight, self.lowest), self.weight - self.step * position)
        return weight * self.core_factor if core else weight


class Kinds(_Strict):
    """Whether each rule is ``"required"``, ``{ priced = n }`` or ``"off"``."""

    teacher_clash: Kind = "required"
    student_clash: Kind = "required"
    teacher_unavailable: Kind = "required"
    seats: Kind = "required"
    section_maximum: Kind = "required"
    section_minimum: Kind = Priced(priced=10)
    section_target: Kind = Priced(priced=2)
    size_balance: Kind = Priced(priced=1)
    teacher_load: Kind = "required"
    own_department: Kind = "required"
    course_periods: Kind = "required"
    course_seats: Kind = "required"
    per_period: Kind = "required"
    dedicated_teacher: Kind = "required"
    sped_limit: Kind = "required"
    sped_target: Kind = Priced(priced=3)
    sped_spread: Kind = Priced(priced=1)
    labs_apart: Kind = Priced(priced=5)
    workload_balance: Kind = Priced(priced=3)


class CourseKinds(_Strict):
    """Kinds of the rules of one course, where they differ from the school's."""

    periods: Kind | None = None
    seats: Kind | None = None
    per_period: Kind | None = None
    dedicated_teacher: Kind | None = None


class CourseRules(_Strict):
    """Rules of one course.

    Parameters
    ----------
    periods
        The only periods it may be in.
    seats
        Seats of each section, whatever the file says beyond.
    per_period
        Sections in one period, at most.
    dedicated_teacher
        One teacher gives all sections and teaches nothing else.
    kinds
        Kinds of these rules where they differ from ``[kinds]``.
    """

    periods: tuple[str, ...] | None = Field(default=None, min_length=1)
    seats: Annotated[int, Field(ge=1, le=10_000, strict=True)] | None = None
    per_period: Annotated[int, Field(ge=1, le=10_000, strict=True)] | None = None
    dedicated_teacher: bool = False
    kinds: CourseKinds = CourseKinds()


_OF_COURSE = {
    "course_periods": "periods",
    "course_seats": "seats",
    "per_period": "per_period",
    "dedicated_teacher": "dedicated_teacher",
}


class SchoolRules(_Strict):
    """Everything a school decides; every value reaches the evaluator or a preflight check.

    Parameters
    ----------
    name
        Name of the school, for people.
    sped_limit, sped_target
        SPED students in a section: at most, and rather not more than.
    section_minimum, section_maximum
        Smallest and largest section, in students.
    section_target
        Enrolment that a section should reach, in per cent of its seats.
    teacher_load
        Sections of a teacher, at most.
    """

    name: str = ""
    sped_limit: Count | None = 12
    sped_target: Count | None = 3
    section_minimum: Count | None = 10
    section_maximum: Annotated[int, Field(ge=1, le=10_000, strict=True)] | None = 40
    section_target: Annotated[int, Field(ge=0, le=100, strict=True)] | None = 75
    teacher_load: Annotated[int, Field(ge=1, le=100, strict=True)] | None = 6
    calendar: CalendarRules = CalendarRules()
    labs: LabRules = LabRules()
    requests: RequestRules = RequestRules()
    kinds: Kinds = Kinds()
    courses: dict[str, CourseRules] = {}

    def enforcement(self, rule: str, course: str | None = None) -> Enforcement:
        """Return how a rule of ``Kinds`` is enforced, for a course where it matters."""
        kind: Kind = getattr(self.kinds, rule)
        if course is not None and course in self.courses and rule in _OF_COURSE:
            kind = getattr(self.courses[course].kinds, _OF_COURSE[rule]) or kind
        if isinstance(kind, Priced):
            return priced(kind.priced)
        return REQUIRED if kind == "required" else OFF

    @classmethod
    def from_toml(cls, path: str | Path) -> SchoolRules:
        """Read rules from a TOML file.

        Raises
        ------
        DataError
            When the file is missing or is not TOML, a key is unknown or a value does not fit; all at once.
        """
        return cls.from_mapping(read_toml(path, "the rules"), source=Path(path).name)

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any], *, source: str = "rules") -> SchoolRules:
        """Make rules from nested mappings; raises DataError like ``from_toml``."""
        return validated(cls, data, source)
