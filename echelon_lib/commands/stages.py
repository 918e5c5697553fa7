"""The option with which stages of a university's search are chosen."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from echelon_lib.commands.errors import scenario_of
from echelon_lib.domain.errors import DataError, Issue

if TYPE_CHECKING:
    from echelon_lib.search.university.stages import Stages

CHOICES = (
    "grouping: banding, louvain, none; feasibility: heat-bath, dsatur, cpsat; repair: breakout, mixture, "
    "learned, none; policy: a file that 'echelon train repair' wrote; quality: annealing, genetic, none; "
    "generations: a number, 0 for as many as the time allows."
)
STAGE = f"What does a stage of a university's search, such as quality=none; may be repeated. {CHOICES}"
REPAIR_STAGE = (
    "What mends clashes of a university: repair=breakout, repair=mixture or repair=learned, as for 'echelon "
    "solve', the latter with policy=FILE if wanted. Only the breakout knows a --price."
)


def chosen(words: Iterable[str]) -> dict[str, str | int]:
    """Return what is chosen for each stage by words such as ``quality=none``.

    Raises
    ------
    DataError
        With each word that chooses nothing, or again for the same stage.
    """
    found: dict[str, str | int] = {}
    issues = []
    for word in words:
        stage, equals, choice = (part.strip() for part in word.partition("="))
        if not (stage and equals and choice):
            cure = "write it as quality=none?"
            issues.append(Issue(f"{word!r} chooses nothing", "--stage", value=word, cure=cure))
        elif stage in found:
            cure = "choose one of them?"
            issues.append(Issue(f"{stage!r} is chosen twice", "--stage", value=word, cure=cure))
        found[stage] = int(choice) if choice.isascii() and choice.isdecimal() else choice
    if issues:
        raise DataError(issues)
    return found


def chosen_repair(words: Iterable[str]) -> Stages:
    """Return the stages of which words such as ``repair=mixture`` choose the repair.

    Raises
    ------
    DataError
        With each word that chooses nothing, another stage, or that nothing is repaired.
    """
    found = chosen(words)
    cure = "choose repair=breakout, repair=mixture or repair=learned?"
    issues = [
        Issue(f"{stage}={choice} has no meaning for a re-solve", "--stage", value=str(choice), cure=cure)
        for stage, choice in found.items()
        if stage not in ("repair", "policy") or (stage, choice) == ("repair", "none")
    ]
    if issues:
        raise DataError(issues)
    return scenario_of(folder=Path(), stages=found).stages
