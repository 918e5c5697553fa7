"""What the evaluator says, on a terminal and in a JSON document, of whatever kind of institution it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from echelon_lib.commands.screen import Screen

if TYPE_CHECKING:
    from echelon_lib.constraints.base import Violation
    from echelon_lib.scoring.evaluate import Evaluation


def say_violations(screen: Screen, score: Evaluation, listed: Sequence[Violation]) -> None:
    """Write some violations, and how many there are."""
    if listed:
        total = sum(1 for _ in score.violations())
        screen.say(f"\nViolations, {len(listed)} of {total}:")
    for one in listed:
        price = "required" if one.enforcement.required else f"cost {one.cost:,}"
        screen.say(f"  {one.rule} ({price}): {one.sentence}")


def scored(score: Evaluation) -> dict[str, Any]:
    """Return feasibility, terms and cost for a JSON document."""
    return {
        "feasible": score.feasible,
        "required": dict(score.required),
        "terms": {
            term.name: {"level": term.level, "amount": term.amount, "cost": term.cost}
            for term in score.terms.values()
        },
        "cost": list(score.cost),
    }


def violations_of(score: Evaluation, listed: Sequence[Violation]) -> dict[str, Any]:
    """Return some violations, and how many there are, for a JSON document."""
    return {
        "violations_found": sum(1 for _ in score.violations()),
        "violations": [
            {
                "rule": one.rule,
                "required": one.enforcement.required,
                "amount": one.amount,
                "cost": one.cost,
                "sentence": one.sentence,
            }
            for one in listed
        ],
    }
