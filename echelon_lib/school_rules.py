"""The rules of a school: one typed home, read from strict TOML.

Title and description of each field are what people read of it, wherever it is shown; ``choices`` says which
names of the school fit, and ``kind`` which rule a field belongs to that does not have its name.
"""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field, ValidationInfo, field_validator
from pydantic.fields import FieldInfo

from echelon_lib.domain.policy import OFF, REQUIRED, Enforcement, priced
from echelon_lib.rule_kinds import OF_COURSE, CourseKinds, Kind, Kinds, Priced, Strict
from echelon_lib.strict_toml import RulesFile, text_of

SPED = "SPED"
"""Tag of students with the SPED flag."""
LAB = "Lab"
"""Tag of sections that are labs."""

WITH_REQUESTS = frozenset({"graduation"})
"""Rules whose price counts with the requests, at the first level."""

Count = Annotated[int, Field(ge=0, le=10_000, strict=True)]


class CalendarRules(Strict):
    """Days of the calendar; without them the letters of the period names say the day."""

    days: dict[str, tuple[str, ...]] | None = Field(
        default=None,
        title="Days",
        description="The days that alternate and the periods of each in order, one day a line, such as "
        "R: R1, R2; left empty, the letters of the period names say the day.",
        json_schema_extra={"choices": "periods"},
    )


class LabRules(Strict):
    """Which sections are labs, where no file says so."""

    departments: tuple[str, ...] = Field(
        default=(),
        title="Departments",
        description="Every section of these departments is a lab, unless its file says otherwise.",
        json_schema_extra={"choices": "departments"},
    )
    courses: tuple[str, ...] = Field(
        default=(),
        title="Courses",
        description="Every section of these courses is a lab, unless its file says otherwise.",
        json_schema_extra={"choices": "courses"},
    )


class RequestRules(Strict):
    """What an unmet request costs."""

    weight: Annotated[int, Field(ge=1, le=10_000, strict=True)] = Field(
        default=100,
        title="First request",
        description="What the first request on a student's list weighs if it is not met.",
    )
    step: Annotated[int, Field(ge=0, le=10_000, strict=True)] = Field(
        default=5,
        title="Less for each later one",
        description="Each request weighs so much less than the one before it on the list.",
    )
    lowest: Annotated[int, Field(ge=1, le=10_000, strict=True)] = Field(
        default=50,
        title="Least weight",
        description="No request weighs less than this, however far down the list it stands.",
    )
    core_factor: Annotated[int, Field(ge=1, le=100, strict=True)] = Field(
        default=2,
        title="Factor for core courses",
        description="A request for a core course weighs so many times as much.",
    )

    def weight_of(self, position: int, *, core: bool = False) -> int:
        """Return the weight of the request at a position of the list, from 0."""
        weight = max(min(self.weight, self.lowest), self.weight - self.step * position)
        return weight * self.core_factor if core else weight

    @property
    def heaviest(self) -> int:
        """The most that a request can weigh: the first of a list, for a core course."""
        return self.weight_of(0, core=True)


class CourseRules(Strict):
    """Rules of one course."""

    periods: tuple[str, ...] | None = Field(
        default=None,
        min_length=1,
        title="Only in",
        description="The only periods in which the course may be.",
        json_schema_extra={"choices": "periods"},
    )
    seats: Annotated[int, Field(ge=1, le=10_000, strict=True)] | None = Field(
        default=None,
        title="Seats of each section",
        description="Students in each section at most, however many seats its file gives it.",
        json_schema_extra={"without": "as in the files"},
    )
    per_period: Annotated[int, Field(ge=1, le=10_000, strict=True)] | None = Field(
        default=None,
        title="Sections in one period",
        description="Sections of the course in one period, at most.",
        json_schema_extra={"without": "no limit"},
    )
    sped_limit: Count | None = Field(
        default=None,
        title="SPED students in a section",
        description="SPED students in a section of the course, at most; the school's limit holds as well.",
        json_schema_extra={"without": "as for the school"},
    )
    dedicated_teacher: bool = Field(
        default=False,
        title="One teacher only",
        description="One teacher gives all sections of the course and teaches nothing else.",
    )
    kinds: CourseKinds = Field(
        default=CourseKinds(),
        title="How strict",
        description="How strict these rules are for this course, where that differs from the whole school.",
    )


class SchoolRules(Strict, RulesFile):
    """Everything a school decides; every value reaches the evaluator or a preflight check."""

    name: str = Field(
        default="",
        title="Name of the school",
        description="The name that people read; without one it is that of the folder.",
    )
    sped_limit: Count | None = Field(
        default=12,
        title="At most",
        description="SPED students in a section, at most.",
        json_schema_extra={"without": "no limit"},
    )
    sped_target: Count | None = Field(
        default=3,
        title="Rather at most",
        description="SPED students in a section, rather not more than this.",
        json_schema_extra={"without": "no limit"},
    )
    section_minimum: Count | None = Field(
        default=10,
        title="At least",
        description="Students in a section, at least.",
        json_schema_extra={"without": "no limit"},
    )
    section_maximum: Annotated[int, Field(ge=1, le=10_000, strict=True)] | None = Field(
        default=40,
        title="At most",
        description="Students in a section, at most.",
        json_schema_extra={"without": "no limit"},
    )
    section_target: Annotated[int, Field(ge=0, le=100, strict=True)] | None = Field(
        default=75,
        title="Per cent of the seats",
        description="Enrolment that a section should reach, in per cent of its seats.",
        json_schema_extra={"without": "no limit"},
    )
    teacher_load: Annotated[int, Field(ge=1, le=100, strict=True)] | None = Field(
        default=6,
        title="At most",
        description="Sections of a teacher, at most.",
        json_schema_extra={"without": "no limit"},
    )
    balance: tuple[str, ...] = Field(
        default=(),
        title="Also balanced",
        description="Columns of the students file, such as ELL or Gender: students of each sort are spread "
        "evenly over the sections of a course.",
        json_schema_extra={"choices": "student_columns", "kind": "tag_balance"},
    )
    kinds: Kinds = Field(
        default=Kinds(),
        title="Kinds of rules",
        description="Whether each rule is required, has a price or is off.",
    )
    courses: dict[str, CourseRules] = Field(
        default={},
        title="Rules of single courses",
        description="What holds for one course only, such as its periods, its seats or a teacher of its own.",
        json_schema_extra={"choices": "courses"},
    )
    requests: RequestRules = Field(
        default=RequestRules(),
        title="Request weights",
        description="What an unmet request costs; the solver meets those first that weigh most.",
    )
    labs: LabRules = Field(
        default=LabRules(),
        title="Labs",
        description="Which sections are labs where no file says so.",
    )
    calendar: CalendarRules = Field(
        default=CalendarRules(),
        title="Calendar days",
        description="Which periods belong to which day.",
    )

    @field_validator("*", mode="before")
    @classmethod
    def _off_is_none(cls, value: object, info: ValidationInfo) -> object:
        """Take "off" for a limit that may be None, since TOML has no word for nothing."""
        limit = info.field_name in cls.model_fields and _is_limit(cls.model_fields[info.field_name])
        return None if limit and value == "off" else value

    def enforcement(self, rule: str, course: str | None = None) -> Enforcement:
        """Return how a rule of ``Kinds`` is enforced, for a course where it matters."""
        kind: Kind = getattr(self.kinds, rule)
        if course is not None and course in self.courses and rule in OF_COURSE:
            kind = getattr(self.courses[course].kinds, OF_COURSE[rule]) or kind
        if isinstance(kind, Priced):
            return priced(kind.priced, 1 if rule in WITH_REQUESTS else 2)
        return REQUIRED if kind == "required" else OFF

    def with_kind(self, rule: str, kind: Kind, course: str | None = None) -> SchoolRules:
        """Return rules in which a rule of ``Kinds`` is of another kind, for the school or for one course.

        Where no course may have a kind of its own for that rule, the school's is changed.
        """
        if course is None or rule not in OF_COURSE:
            return self.model_copy(update={"kinds": self.kinds.model_copy(update={rule: kind})})
        own = self.courses.get(course, CourseRules())
        kinds = own.kinds.model_copy(update={OF_COURSE[rule]: kind})
        courses = {**self.courses, course: own.model_copy(update={"kinds": kinds})}
        return self.model_copy(update={"courses": courses})

    def to_toml(self) -> str:
        """Return the rules as the text of a TOML file, which is read back as the same rules."""
        said = self.model_dump(mode="json", exclude_none=True)
        fields = type(self).model_fields
        return text_of(
            {name: said.get(name, "off") for name in fields if name in said or _is_limit(fields[name])}
        )


def _is_limit(field: FieldInfo) -> bool:
    """Return whether a field has a limit by default and may have none."""
    return field.default is not None and type(None) in get_args(field.annotation)
