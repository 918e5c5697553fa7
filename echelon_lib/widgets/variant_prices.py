"""What the rules of a university cost, as weights that a person sets, and the variants that have names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from echelon_lib.rule_kinds import Kind, Priced
from echelon_lib.university_rules import PRICES, OwnVariants, UniversityKinds, UniversityRules

BALANCED = "Balanced"
OWN = "Own weights"
"""The name of weights that are those of no variant, until somebody gives them another."""

_LEAST_SCALE, _TIMES = 10, 3
"""How far a weight can be raised: this, or so many times the most that a variant has."""


@dataclass(frozen=True, slots=True)
class Weight:
    """The price of a rule.

    Parameters
    ----------
    rule, title, description, unit
        The rule, and what people read of it.
    price
        What a unit costs, 0 where the rule is off; None where it is required.
    balanced
        The price in the variant Balanced, 0 where it is off there.
    most
        How far a person may raise it.
    """

    rule: str
    title: str
    description: str
    unit: str
    price: int | None
    balanced: int
    most: int


def weighted() -> tuple[str, ...]:
    """Return the rules that have a price, or may have one: those that are required in no variant."""
    return tuple(
        name
        for name, info in UniversityKinds.model_fields.items()
        if isinstance(info.default, Priced) or info.default == "off"
    )


def named(rules: UniversityRules) -> OwnVariants:
    """Return the variants that have names: those of every university, then those of the rules themselves."""
    own = {name: prices for name, prices in rules.variants.items() if name != OWN}
    return {**PRICES, **own}


def prices_of(variant: str, known: OwnVariants = PRICES) -> Mapping[str, int]:
    """Return what each rule costs in a variant that has a name; 0 where it is off."""
    balanced = dict.fromkeys(weighted(), 0) | dict(PRICES[BALANCED])
    return balanced | dict(known[variant])


def named_prices(variant: str, rules: UniversityRules) -> Mapping[str, int]:
    """Return the prices of a variant that has a name.

    A rule that it leaves alone stays as it is set, unless another variant has set it.
    """
    known = named(rules)
    priced = {*PRICES[BALANCED], *known.get(rules.variant, ())}
    return {rule: price for rule, price in prices_of(variant, known).items() if price or rule in priced}


def weights_of(rules: UniversityRules) -> tuple[Weight, ...]:
    """Return the weights of some rules."""
    found = []
    for rule in weighted():
        info = UniversityKinds.model_fields[rule]
        words = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        price = _price(getattr(rules.kinds, rule))
        usual = max(prices_of(variant)[rule] for variant in PRICES) or UniversityKinds.usual_price(rule)
        most = max(_LEAST_SCALE, _TIMES * usual, price or 0)
        title, about = info.title or rule, info.description or ""
        balanced = prices_of(BALANCED)[rule]
        found.append(Weight(rule, title, about, str(words.get("unit", "")), price, balanced, most))
    return tuple(found)


def _price(kind: Kind) -> int | None:
    if isinstance(kind, Priced):
        return kind.priced
    return None if kind == "required" else 0


def variant_of(rules: UniversityRules) -> str:
    """Return the variant whose prices some rules have; empty where it is none that has a name."""
    mine = {weight.rule: weight.price for weight in weights_of(rules) if weight.price is not None}
    known = named(rules)
    for variant in known:
        if all(prices_of(variant, known)[rule] == price for rule, price in mine.items()):
            return variant
    return ""


def with_prices(rules: UniversityRules, prices: Mapping[str, int]) -> UniversityRules:
    """Return rules with other prices, 0 for off; what is required stays so.

    The rules bear the name of a variant only where they have its prices: else the prices of that variant
    would be filled in where they are read back.
    """
    kinds: dict[str, Kind] = {name: getattr(rules.kinds, name) for name in UniversityKinds.model_fields}
    for rule, price in prices.items():
        if kinds[rule] != "required":
            kinds[rule] = Priced(priced=price) if price else "off"
    said = {"name": rules.name, "variants": rules.variants, "variant": BALANCED, "kinds": kinds}
    made = UniversityRules.model_validate(said)
    return UniversityRules.model_validate(said | {"variant": variant_of(made) or BALANCED})
