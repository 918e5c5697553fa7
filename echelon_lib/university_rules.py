"""The rules of a university: one typed home, read from strict TOML, and the variants that have names.

Title and description of each field are what people read of it, wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from pydantic import Field, field_validator, model_validator

from echelon_lib.domain.errors import DataError, Issue, suggest
from echelon_lib.domain.policy import OFF, REQUIRED, Enforcement, priced
from echelon_lib.rule_kinds import Kind, Priced, RuleKinds, Strict, ruled
from echelon_lib.strict_toml import RulesFile, text_of

Variant = Literal["Balanced", "Faculty-focused", "Compactness-focused"]

PRICES: Mapping[str, Mapping[str, int]] = {
    "Balanced": {
        "faculty_preference": 60,
        "student_gaps": 3,
        "faculty_gaps": 30,
        "same_day_repeats": 40,
        "empty_seats": 1,
        "rooms_of_a_section": 12,
        "peak_load": 1,
    },
    "Faculty-focused": {"faculty_preference": 120, "faculty_gaps": 45, "student_gaps": 1},
    "Compactness-focused": {"faculty_preference": 30, "faculty_gaps": 45, "student_gaps": 6},
}
"""What the rules cost in each variant; the others but Balanced name only what differs from it."""


def _priced(rule: str, group: str, unit: str, title: str, description: str) -> Any:
    return ruled(Priced(priced=PRICES["Balanced"][rule]), group, unit, title, description)


class UniversityKinds(RuleKinds):
    """Whether each rule of a university is ``"required"``, ``{ priced = n }`` or ``"off"``."""

    faculty_availability: Kind = ruled(
        "required",
        "Faculty",
        "meeting",
        "Faculty availability",
        "Nobody teaches while the files say that they are away.",
    )
    faculty_hours: Kind = ruled(
        "required",
        "Faculty",
        "hour",
        "Faculty hours",
        "Nobody teaches more hours a week than the files allow.",
    )
    faculty_for_every_section: Kind = ruled(
        "required",
        "Faculty",
        "section",
        "Faculty for every section",
        "Every section has someone who teaches it, named by the files or chosen among the qualified.",
    )
    faculty_preference: Kind = _priced(
        "faculty_preference",
        "Faculty",
        "hour",
        "Faculty preference",
        "Faculty teach in the hours that they prefer.",
    )
    faculty_gaps: Kind = _priced(
        "faculty_gaps",
        "Compact days",
        "idle hour",
        "Faculty gaps",
        "Faculty have no idle hours between the first and the last hour of a day.",
    )
    student_gaps: Kind = _priced(
        "student_gaps",
        "Compact days",
        "idle hour of a student",
        "Student gaps",
        "Students have no idle hours between the first and the last hour of a day.",
    )
    building_travel: Kind = ruled(
        "off",
        "Compact days",
        "way of a student",
        "Building travel",
        "Students need not change buildings from one hour to the next.",
    )
    same_day_repeats: Kind = _priced(
        "same_day_repeats",
        "The week",
        "pair of meetings",
        "Same-day repeats",
        "The meetings of a section are on different days.",
    )
    peak_load: Kind = _priced(
        "peak_load",
        "The week",
        "meeting squared",
        "Peak load",
        "Meetings are spread evenly over the week: the squares of the meetings of each hour are added.",
    )
    room_capacity: Kind = ruled(
        "required",
        "Rooms",
        "person",
        "Room capacity",
        "No meeting has more people than its room has seats.",
    )
    empty_seats: Kind = _priced(
        "empty_seats",
        "Rooms",
        "empty seat and hour",
        "Empty seats",
        "Rooms are no larger than their meetings need.",
    )
    rooms_of_a_section: Kind = _priced(
        "rooms_of_a_section",
        "Rooms",
        "room beyond the first",
        "Rooms of a section",
        "All meetings of a section that are equally long are in one room.",
    )

    @field_validator("peak_load")
    @classmethod
    def _never_required(cls, kind: Kind) -> Kind:
        if kind == "required":
            raise ValueError("no timetable is without meetings\n  Maybe give it a price: { priced = 1 }?")
        return kind

    @field_validator("faculty_for_every_section")
    @classmethod
    def _never_priced(cls, kind: Kind) -> Kind:
        if isinstance(kind, Priced):
            text = "no timetable changes who teaches, so that a price changes nothing"
            raise ValueError(f'{text}\n  Maybe write "required" or "off"?')
        return kind


class UniversityRules(Strict, RulesFile):
    """Everything a university decides; every value reaches the evaluator or a preflight check."""

    name: str = Field(
        default="",
        title="Name of the university",
        description="The name that people read; without one it is that of the folder.",
    )
    variant: Variant = Field(
        default="Balanced",
        title="Variant",
        description="What the rules cost where the kinds do not say it themselves.",
    )
    kinds: UniversityKinds = Field(
        default=UniversityKinds(),
        title="Kinds of rules",
        description="Whether each rule is required, has a price or is off.",
    )

    @model_validator(mode="before")
    @classmethod
    def _priced_by_the_variant(cls, data: Any) -> Any:
        """Fill the prices of the variant in where the kinds say nothing."""
        if not isinstance(data, Mapping) or not isinstance(data.get("kinds", {}), Mapping):
            return data
        prices = PRICES.get(str(data.get("variant", "Balanced")), {})
        kinds = {rule: {"priced": price} for rule, price in prices.items()}
        return {**data, "kinds": {**kinds, **data.get("kinds", {})}}

    def enforcement(self, rule: str) -> Enforcement:
        """Return how a rule of ``UniversityKinds`` is enforced; all prices add up at one level."""
        kind: Kind = getattr(self.kinds, rule)
        if isinstance(kind, Priced):
            return priced(kind.priced, level=1)
        return REQUIRED if kind == "required" else OFF

    def with_kind(self, rule: str, kind: Kind) -> UniversityRules:
        """Return rules in which a rule of ``UniversityKinds`` is of another kind."""
        kinds = {**{name: getattr(self.kinds, name) for name in UniversityKinds.model_fields}, rule: kind}
        return UniversityRules(name=self.name, variant=self.variant, kinds=UniversityKinds(**kinds))

    def with_variant(self, variant: str) -> UniversityRules:
        """Return rules with the prices of a variant; what is required or off stays so.

        Raises
        ------
        DataError
            When there is no such variant.
        """
        if variant not in PRICES:
            cure = suggest(variant, PRICES) or f"one of {', '.join(PRICES)}?"
            raise DataError([Issue(f"there is no variant {variant!r}", "variant", value=variant, cure=cure)])
        prices: dict[str, Kind] = {
            rule: Priced(priced=PRICES[variant].get(rule, balanced))
            for rule, balanced in PRICES["Balanced"].items()
            if isinstance(getattr(self.kinds, rule), Priced)
        }
        kinds = {name: getattr(self.kinds, name) for name in UniversityKinds.model_fields} | prices
        return UniversityRules.model_validate({"name": self.name, "variant": variant, "kinds": kinds})

    def to_toml(self) -> str:
        """Return the rules as the text of a TOML file, which is read back as the same rules."""
        return text_of(self.model_dump(mode="json"))


VARIANTS: Mapping[str, UniversityRules] = {name: UniversityRules(variant=name) for name in get_args(Variant)}
"""The rules of each variant that has a name."""
