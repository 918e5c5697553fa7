"""Whether each rule is required, has a price or is off.

Title and description of each field are what people read of it, wherever it is shown; ``group`` says which
rules stand together and ``unit`` what a price is paid for.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

USUAL_PRICE = 10
"""Price of a rule that is required by default, where it is priced instead."""

Price = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]


class Strict(BaseModel):
    """A part of the rules: it cannot be changed, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Priced(Strict):
    """A rule that may be broken at a price per unit: ``{ priced = 5 }``."""

    priced: Price = Field(title="Price", description="What one unit costs where the rule is not kept.")


Kind = Literal["required", "off"] | Priced


def ruled(
    default: Kind, group: str, unit: str, title: str, description: str, *, offered: int = USUAL_PRICE
) -> Any:
    """Return the field of a rule with the words in which people read of it.

    ``offered`` is the price that is suggested where the rule has none and is to have one.
    """
    words: dict[str, Any] = {"group": group, "unit": unit, "offered": offered}
    return Field(default=default, title=title, description=description, json_schema_extra=words)


class RuleKinds(Strict):
    """Whether each rule of an institution is required, has a price or is off.

    The titles are the names that the rules have in findings, in prices and in violations.
    """

    @classmethod
    def usual_price(cls, rule: str) -> int:
        """Return the price of a rule by default, or the one that is offered where it has none."""
        field = cls.model_fields[rule]
        offered: int = field.json_schema_extra["offered"]  # type: ignore[index, assignment]
        return field.default.priced if isinstance(field.default, Priced) else offered

    @classmethod
    def rule_named(cls, name: str) -> str | None:
        """Return the rule that findings and violations call so, such as ``SPED limit``; None for no rule."""
        titles = {(info.title or key).casefold(): key for key, info in cls.model_fields.items()}
        return titles.get(name.casefold())


class Kinds(RuleKinds):
    """Whether each rule of a school is ``"required"``, ``{ priced = n }`` or ``"off"``."""

    teacher_clash: Kind = ruled(
        "required", "Clashes", "clash", "Teacher clash", "No teacher has two sections in the same period."
    )
    student_clash: Kind = ruled(
        "required", "Clashes", "clash", "Student clash", "No student has two sections in the same period."
    )
    teacher_unavailable: Kind = ruled(
        "required",
        "Teachers",
        "section",
        "Teacher unavailable",
        "No section is in a period in which the files say that its teacher is away.",
    )
    seats: Kind = ruled(
        "required",
        "Class sizes",
        "student",
        "Seats",
        "No section has more students than the seats that its file gives it.",
    )
    section_maximum: Kind = ruled(
        "required",
        "Class sizes",
        "student",
        "Section maximum",
        "No section has more students than this, even where there are more seats.",
    )
    section_minimum: Kind = ruled(
        Priced(priced=10),
        "Class sizes",
        "student",
        "Section minimum",
        "Every section has at least so many students that it is worth holding.",
    )
    section_target: Kind = ruled(
        Priced(priced=2),
        "Class sizes",
        "student",
        "Section target",
        "Every section is filled to this share of its seats.",
    )
    size_balance: Kind = ruled(
        Priced(priced=1),
        "Class sizes",
        "student",
        "Size balance",
        "The sections of a course are equally full.",
    )
    teacher_load: Kind = ruled(
        "required",
        "Teachers",
        "section",
        "Teacher load",
        "No teacher has more sections than this; the files decide who teaches what.",
    )
    own_department: Kind = ruled(
        "required",
        "Teachers",
        "section",
        "Own department",
        "Teachers teach in their own department only; the files decide who teaches what.",
    )
    tag_balance: Kind = ruled(
        Priced(priced=1),
        "Class sizes",
        "student",
        "Tag balance",
        "Students of each sort that is to be balanced are spread evenly over the sections of a course.",
    )
    grade_limits: Kind = ruled(
        "required",
        "Requests",
        "student",
        "Grade limits",
        "A course that the files keep to some grades has no students of other grades.",
    )
    graduation: Kind = ruled(
        "off",
        "Requests",
        "request",
        "Graduation",
        "No request for a core course is left unfilled; its price comes on top of the weight of the request.",
        offered=1_000,  # more than any request weighs by default
    )
    locks: Kind = ruled(
        "required",
        "Requests",
        "section",
        "Lock",
        "What the files lock stays: sections in their periods, students in their sections or free.",
    )
    course_periods: Kind = ruled(
        "required",
        "How strict the rules of single courses are",
        "section",
        "Course periods",
        "A course that is kept to some periods is in no other.",
    )
    course_seats: Kind = ruled(
        "required",
        "How strict the rules of single courses are",
        "student",
        "Course seats",
        "A course with a number of seats of its own has no more students in a section.",
    )
    per_period: Kind = ruled(
        "required",
        "How strict the rules of single courses are",
        "section",
        "Sections per period",
        "A course has no more sections in one period than its own rules say.",
    )
    dedicated_teacher: Kind = ruled(
        "required",
        "How strict the rules of single courses are",
        "section or teacher",
        "Dedicated teacher",
        "A course with a dedicated teacher has no other, and that teacher teaches nothing else.",
    )
    sped_limit: Kind = ruled(
        "required",
        "Special education",
        "student",
        "SPED limit",
        "No section has more SPED students than this.",
    )
    sped_target: Kind = ruled(
        Priced(priced=3),
        "Special education",
        "student",
        "SPED target",
        "A section should rather not have more SPED students than this.",
    )
    sped_spread: Kind = ruled(
        Priced(priced=1),
        "Special education",
        "student",
        "SPED spread",
        "SPED students are spread evenly over the sections of a course.",
    )
    labs_apart: Kind = ruled(
        Priced(priced=5),
        "Teachers",
        "pair of labs",
        "Labs not consecutive",
        "A teacher's labs do not follow one another without a break on the same day.",
    )
    workload_balance: Kind = ruled(
        Priced(priced=3),
        "Teachers",
        "section",
        "Workload balance",
        "The sections of a teacher are spread evenly over the days.",
    )


def _of_course(rule: str) -> Any:
    """Return the same words for the kind of a rule of one course."""
    info = Kinds.model_fields[rule]
    words: Any = info.json_schema_extra
    return Field(default=None, title=info.title, description=info.description, json_schema_extra=words)


class CourseKinds(Strict):
    """Kinds of the rules of one course, where they differ from the school's."""

    periods: Kind | None = _of_course("course_periods")
    seats: Kind | None = _of_course("course_seats")
    per_period: Kind | None = _of_course("per_period")
    dedicated_teacher: Kind | None = _of_course("dedicated_teacher")


OF_COURSE = {
    "course_periods": "periods",
    "course_seats": "seats",
    "per_period": "per_period",
    "dedicated_teacher": "dedicated_teacher",
}
"""Rules that a course may have of its own, with their keys in ``CourseKinds``."""
