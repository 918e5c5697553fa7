"""Variants of a university's timetable side by side: each rule in its unit, each measure, and what they cost.

Costs at prices of their own do not compare; so everything is priced once more at the prices of one variant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from echelon_lib.analysis.quality import LINES, quality
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import Evaluation, evaluate
from echelon_lib.university_rules import UniversityKinds

BROKEN = "Required rules broken"
ALL_RULES = "All rules"
RULE, MEASURE, COST = "rule", "measure", "cost"
"""What a row is about."""


def compare_variants(
    problem: Problem,
    timetables: Mapping[str, Timetable],
    *,
    own_costs: Mapping[str, int | None] | None = None,
    prices: str = "Balanced",
) -> pd.DataFrame:
    """Return what several timetables reach, term by term.

    Parameters
    ----------
    problem
        The problem, at the prices at which all are compared.
    timetables
        The timetables by the names of their variants.
    own_costs
        What each costs at the prices of its own variant; None where that is not known.
    prices
        The name of the prices of the problem.

    Returns
    -------
    DataFrame
        About (``rule``: how much each rule is missed; ``measure``; ``cost``: what each rule costs at the
        prices of the problem, all of them together, and that at the own prices), What, Unit, Better
        (``higher`` or ``lower``; empty where variants do not compare), a column of numbers for each variant,
        Best (the variants that are best; empty where all are alike).
    """
    scores = {name: evaluate(problem, timetable) for name, timetable in timetables.items()}
    measured = {name: quality(problem, timetable) for name, timetable in timetables.items()}
    rows = [
        _row(RULE, BROKEN, "times", "lower", [sum(one.required.values()) for one in scores.values()]),
        *_rules(scores),
        *(
            _row(
                *(MEASURE, line.title, line.unit, line.better),
                [getattr(one, measure) for one in measured.values()],
            )
            for measure, line in LINES.items()
        ),
        *_costs(scores, prices),
    ]
    if own_costs is not None:
        costs = [own_costs.get(name) for name in timetables]
        rows.append(_row(COST, f"{ALL_RULES}, at its own prices", "cost", "", costs))
    table = pd.DataFrame(rows, columns=["About", "What", "Unit", "Better", *timetables])
    table = table.astype(dict.fromkeys(timetables, "float64"))
    table["Best"] = [_best(row, list(timetables)) for _, row in table.iterrows()]
    return table


def unit_of(rule: str) -> str:
    """Return in what a rule of a university is counted, such as ``idle hour``; nothing for other rules."""
    key = UniversityKinds.rule_named(rule)
    extra = UniversityKinds.model_fields[key].json_schema_extra if key is not None else None
    return str(extra["unit"]) if isinstance(extra, dict) else ""


def _rules(scores: Mapping[str, Evaluation]) -> Iterator[tuple[object, ...]]:
    for name in _terms(scores):
        amounts = [one.terms[name].amount for one in scores.values()]
        yield _row(RULE, _title(name), unit_of(name), "lower", amounts)


def _costs(scores: Mapping[str, Evaluation], prices: str) -> Iterator[tuple[object, ...]]:
    for name in _terms(scores):
        costs = [one.terms[name].cost for one in scores.values()]
        yield _row(COST, f"{_title(name)}, at the prices of {prices}", "cost", "lower", costs)
    totals = [sum(one.cost) for one in scores.values()]
    yield _row(COST, f"{ALL_RULES}, at the prices of {prices}", "cost", "lower", totals)


def _terms(scores: Mapping[str, Evaluation]) -> list[str]:
    return list(dict.fromkeys(name for one in scores.values() for name in one.terms))


def _title(rule: str) -> str:
    return rule[:1].upper() + rule[1:]


def _row(about: str, what: str, unit: str, better: str, values: Sequence[object]) -> tuple[object, ...]:
    return about, what, unit, better, *values


def _best(row: pd.Series, names: list[str]) -> str:
    values = row[names].dropna()
    if not row["Better"] or values.empty or (len(values) > 1 and values.nunique() == 1):
        return ""
    best = values.max() if row["Better"] == "higher" else values.min()
    return ", ".join(values.index[values == best])
