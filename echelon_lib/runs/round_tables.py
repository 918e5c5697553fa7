"""Rounds of advice as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from echelon_lib.analysis.shares import part_of
from echelon_lib.runs.rounds import Figures, Proposal, Round, Rounds

_FIGURES = ["Requests met", "Unmet weight", "Surplus", "Shortfall", "Sections", "Under 75 %"]
_DECISIONS = {"applied": "applied", "refused": "refused", "open": "to be decided"}
_KINDS = {
    "merge": "Merge",
    "remove": "Give up",
    "split": "Split",
    "add": "Add",
    "reassign": "Other teacher",
    "periods": "Periods",
    "spread": "Spread",
    "seats": "Seats",
}


def round_table(rounds: Rounds) -> pd.DataFrame:
    """Return a row for the first solve and for each round: what was asked, and what it came to.

    Returns
    -------
    DataFrame
        Round, Adviser, Proposed, Applied, Requests met, Unmet weight, Surplus, Shortfall, Sections,
        Under 75 %, Outcome. The figures are those after the round, also where it was rolled back.
    """
    rows = []
    if rounds.rounds:
        rows.append(("First solve", "", None, None, *_figures(rounds.rounds[0].before), ""))
    for one in rounds.rounds:
        after = one.after or one.before
        rows.append(
            (
                _name(one),
                one.adviser,
                len(one.proposals),
                len(one.applied),
                *_figures(after),
                _outcome(one),
            )
        )
    columns = ["Round", "Adviser", "Proposed", "Applied", *_FIGURES, "Outcome"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype(dict.fromkeys(["Proposed", "Applied", *_FIGURES[1:]], "Int64"))


def figure_table(figures: Mapping[str, Figures]) -> pd.DataFrame:
    """Return the figures of some moments side by side.

    Returns
    -------
    DataFrame
        Measure, and a column for each moment. Requests met; the score, which is unmet weight, surplus and
        shortfall; sections, those under 75 %, and those of them that nothing could help.
    """
    titles = [*_FIGURES, "Structural"]
    columns = {name: [*map(_shown, (*_figures(one), one.structural))] for name, one in figures.items()}
    return pd.DataFrame({"Measure": titles, **columns})


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def round_figures(rounds: Sequence[Round]) -> dict[str, Figures]:
    """Return the figures of the first solve and after each round that solved again, by a name for people."""
    found = {"First solve": rounds[0].before} if rounds else {}
    return found | {_name(one): one.after for one in rounds if one.after is not None}


def taken_back(rounds: Sequence[Round]) -> list[str]:
    """Return the names of the rounds that were not kept."""
    return [_name(one) for one in rounds if one.kept is False]


def proposal_table(made: Round) -> pd.DataFrame:
    """Return a row for each proposal of a round.

    Returns
    -------
    DataFrame
        Number, Kind, What, Why (the adviser's reason), Decision, Reasons (why it was refused).
    """
    rows = [_row(one) for one in made.proposals]
    return pd.DataFrame(rows, columns=["Number", "Kind", "What", "Why", "Decision", "Reasons"])


def _name(one: Round) -> str:
    return f"Round {one.number}"


def _row(one: Proposal) -> tuple[object, ...]:
    what = one.sentence or f"{one.action.kind} {one.action.subject}"
    decision = _DECISIONS[one.decision]
    if one.decision == "refused":
        decision = "refused by a person" if one.by == "person" else "not possible"
    return one.number, _KINDS[one.action.kind], what, one.action.reason, decision, " ".join(one.reasons)


def _figures(figures: Figures) -> tuple[object, ...]:
    return (
        part_of(figures.met, figures.requests),
        figures.unmet,
        figures.surplus,
        figures.shortfall,
        figures.sections,
        figures.below_target,
    )


def _outcome(one: Round) -> str:
    if one.kept is None:
        return "open"
    return one.note or ("kept" if one.kept else "rolled back")
