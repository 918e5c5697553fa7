"""The option with which stages of a university's search are chosen."""

from __future__ import annotations

from collections.abc import Iterable

from echelon_lib.domain.errors import DataError, Issue

CHOICES = (
    "grouping: banding, louvain, none; feasibility: heat-bath, dsatur, cpsat; repair: breakout, mixture, "
    "learned, none; policy: a file that 'echelon train repair' wrote; quality: annealing, genetic, none; "
    "generations: a number, 0 for as many as the time allows."
)
STAGE = f"What does a stage of a university's search, such as quality=none; may be repeated. {CHOICES}"


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
