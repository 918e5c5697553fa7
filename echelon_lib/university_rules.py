"""The rules of a university: one typed home, read from strict TOML, and the variants that have names.

Own variants stand in the rules as ``[variants."Quiet mornings"]``; ``Balanced+Faculty-focused`` is the mean
of two. Title and description of each field are what people read of it, wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from pydantic import Field, ValidationInfo, field_validator, model_validator

from echelon_lib.domain.errors import DataError, Issue, suggest
from echelon_lib.domain.policy import OFF, REQUIRED, Enforcement, priced
from echelon_lib.rule_kinds import Kind, Price, Priced, RuleKinds, Strict, ruled
from echelon_lib.strict_toml import RulesFile, text_of

Variant = Literal["Balanced", "Faculty-focused", "Compactness-focused"]

PRICES: Mapping[str, Mapping[str, int]] = {
    "Balanced": {
        "faculty_preference": 125,
        "student_gaps": 5,
        "faculty_gaps": 30,
        "same_day_repeats": 40,
        "empty_seats": 1,
        "rooms_of_a_section": 12,
        "peak_load": 1,
    },
    "Faculty-focused": {"faculty_preference": 180, "faculty_gaps": 45, "student_gaps": 2},
    "Compactness-focused": {"faculty_preference": 50, "faculty_gaps": 45, "student_gaps": 8},
}
"""What the rules cost in each variant; the others but Balanced name only what differs from it."""

MEAN = "+"
"""Between the names of variants: the mean of their prices."""

OwnVariants = Mapping[str, Mapping[str, Price]]
"""Prices by rule of each variant that a university has named itself; others are as in Balanced."""


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
    hours_of_a_section: Kind = ruled(
        "off",
        "The week",
        "hour beyond the first",
        "Hours of a section",
        "All lectures of a section begin at the same hour of the day.",
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
    variants: OwnVariants = Field(
        default={},
        title="Own variants",
        description="Prices under names of your own; what one leaves out costs as in Balanced.",
    )
    variant: str = Field(
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
        prices = _prices(str(data.get("variant", "Balanced")), _mappings(data.get("variants"))) or {}
        kinds = {
            rule: {"priced": price} for rule, price in prices.items() if rule in UniversityKinds.model_fields
        }
        return {**data, "kinds": {**kinds, **data.get("kinds", {})}}

    @field_validator("variants")
    @classmethod
    def _may_be_priced(cls, variants: OwnVariants) -> OwnVariants:
        """Refuse names that stand for something else already, and rules that no variant may price."""
        for name, prices in variants.items():
            if not name.strip() or MEAN in name or name in PRICES:
                text = f"{name!r} cannot be the name of a variant of one's own"
                raise ValueError(f"{text}\n  Maybe another name, without {MEAN}?")
            for rule in prices:
                if rule not in PRICEABLE:
                    cure = suggest(rule, PRICEABLE) or f"one of {', '.join(PRICEABLE)}?"
                    raise ValueError(f"the variant {name!r} cannot price {rule!r}\n  Maybe {cure}")
        return variants

    @field_validator("variant")
    @classmethod
    def _is_known(cls, variant: str, info: ValidationInfo) -> str:
        own = info.data.get("variants", {})
        if _prices(variant, own) is None:
            raise ValueError(f"there is no such variant\n  Maybe {_meant(variant, own)}")
        return variant

    def enforcement(self, rule: str) -> Enforcement:
        """Return how a rule of ``UniversityKinds`` is enforced; all prices add up at one level."""
        kind: Kind = getattr(self.kinds, rule)
        if isinstance(kind, Priced):
            return priced(kind.priced, level=1)
        return REQUIRED if kind == "required" else OFF

    def with_kind(self, rule: str, kind: Kind) -> UniversityRules:
        """Return rules in which a rule of ``UniversityKinds`` is of another kind."""
        kinds = {**{name: getattr(self.kinds, name) for name in UniversityKinds.model_fields}, rule: kind}
        return self.model_copy(update={"kinds": UniversityKinds(**kinds)})

    def with_variant(self, variant: str) -> UniversityRules:
        """Return rules with the prices of a variant, or with the mean of those of several.

        What is required stays so, and what is off as well unless a variant of one's own prices it.

        Raises
        ------
        DataError
            When there is no such variant.
        """
        prices = _prices(variant, self.variants)
        if prices is None:
            cure = _meant(variant, self.variants)
            raise DataError([Issue(f"there is no variant {variant!r}", "variant", value=variant, cure=cure)])
        kinds: dict[str, Kind] = {name: getattr(self.kinds, name) for name in UniversityKinds.model_fields}
        for rule in _prices(self.variant, self.variants) or {}:
            if rule not in prices:  # what only the variant before had priced
                kinds[rule] = UniversityKinds.model_fields[rule].default
        for rule, price in prices.items():
            if isinstance(kinds[rule], Priced) or (kinds[rule] == "off" and rule not in PRICES["Balanced"]):
                kinds[rule] = Priced(priced=price)
        return self.model_copy(update={"variant": variant, "kinds": UniversityKinds(**kinds)})

    def to_toml(self) -> str:
        """Return the rules as the text of a TOML file, which is read back as the same rules."""
        return text_of(self.model_dump(mode="json"))


PRICEABLE = tuple(rule for rule, info in UniversityKinds.model_fields.items() if info.default != "required")
"""The rules that a variant of one's own may price."""


def _prices(variant: str, own: OwnVariants) -> dict[str, int] | None:
    """Return the prices of a variant, or the mean of several; None where one of them is not known."""
    found = []
    for name in map(str.strip, variant.split(MEAN)):
        prices = PRICES.get(name, own.get(name))
        if prices is None:
            return None
        found.append({**PRICES["Balanced"], **prices})
    rules = dict.fromkeys(rule for prices in found for rule in prices)
    # Halves are rounded up, and nothing that has a price comes to have none.
    mean = {rule: sum(prices.get(rule, 0) for prices in found) / len(found) for rule in rules}
    return {rule: max(1, int(price + 0.5)) for rule, price in mean.items()}


def _meant(variant: str, own: OwnVariants) -> str:
    """Return what may have been meant by the name of a variant that is not known."""
    known = (*PRICES, *own)
    words = [word.strip() for word in variant.split(MEAN)]
    wrong = next((word for word in words if word not in known), variant)
    return suggest(wrong, known) or f"one of {', '.join(known)}?"


def _mappings(value: Any) -> Mapping[str, Mapping[str, Any]]:
    """Return what is a mapping of mappings of whole numbers; whatever else stands there is refused later."""
    if not isinstance(value, Mapping):
        return {}
    return {
        str(name): {str(rule): price for rule, price in prices.items() if isinstance(price, int)}
        for name, prices in value.items()
        if isinstance(prices, Mapping)
    }


VARIANTS: Mapping[str, UniversityRules] = {name: UniversityRules(variant=name) for name in get_args(Variant)}
"""The rules of each variant that has a name."""
