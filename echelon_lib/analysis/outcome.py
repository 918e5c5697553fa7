"""A result as tables: what it reaches, and what its cost is made of."""

from __future__ import annotations

import pandas as pd

from echelon_lib.analysis.shares import percent
from echelon_lib.analysis.summary import Summary, summary
from echelon_lib.analysis.utilisation import TARGET
from echelon_lib.domain.problem import Problem
from echelon_lib.scoring.evaluate import Evaluation
from echelon_lib.solvers.result import LevelResult, Result

UNKNOWN = "unknown"


def result_table(
    problem: Problem, result: Result, greedy: Evaluation | None = None, *, numbers: Summary | None = None
) -> pd.DataFrame:
    """Return what a result reaches, beside the greedy timetable of the same problem.

    Parameters
    ----------
    problem
        The problem.
    result
        Its result, with a timetable or without.
    greedy
        The evaluation of the greedy timetable; without it that column is empty.
    numbers
        What ``summary`` says of the result, if it is at hand.

    Returns
    -------
    DataFrame
        Measure, This run, Greedy: texts, ``unknown`` where nothing is known.
    """
    known = numbers or summary(problem, result)
    rows = [("Status", known.status or UNKNOWN, "")]
    quick = (None, None, None) if greedy is None else (greedy.met, greedy.filled, greedy.complete)
    for title, mine, other, whole in (
        ("Requests met", known.met, quick[0], known.requests),
        ("Requests filled, alternates included", known.filled, quick[1], known.requests),
        ("Students complete", known.complete, quick[2], known.students),
        ("Seats used", known.enrolled, None, known.seats),
    ):
        rows.append((title, _share(mine, whole), "" if other is None else _share(other, whole)))
    rows.append((f"Sections below {TARGET} %", _low(known), ""))
    broken = "" if greedy is None else f"{sum(greedy.required.values()):,}"
    rows.append(("Required rules broken", _number(known.broken), broken))
    for level in result.levels:
        cost = "" if greedy is None or level.level > len(greedy.cost) else f"{greedy.cost[level.level - 1]:,}"
        rows.append((f"Cost of level {level.level}", _number(level.cost), cost))
        rows.append((f"Bound of level {level.level}", _bound(level), ""))
        rows.append((f"Gap of level {level.level}", _gap(level), ""))
    rows.append(("Seconds", f"{result.runtime:.1f}", ""))
    rows.append(("Solver", result.solver, ""))
    rows.append(("Seed", str(result.seed), ""))
    return pd.DataFrame(rows, columns=["Measure", "This run", "Greedy"], dtype=str)


def cost_table(evaluation: Evaluation, greedy: Evaluation | None = None) -> pd.DataFrame:
    """Return what a timetable pays for each rule, the required ones that are broken first.

    Returns
    -------
    DataFrame
        Rule, Level (``required`` or its number), Amount, Cost (missing for a required rule), and Greedy
        amount where a greedy timetable is given. Rules without an amount in either are left out.
    """
    other = {} if greedy is None else {**greedy.required, **{t.name: t.amount for t in greedy.terms.values()}}
    rows: list[tuple[str, str, int, int | None, int]] = []
    for name in dict.fromkeys((*evaluation.required, *(greedy.required if greedy is not None else ()))):
        rows.append((name, "required", evaluation.required.get(name, 0), None, other.get(name, 0)))
    for term in sorted(evaluation.terms.values(), key=lambda term: (term.level, -term.cost, term.name)):
        if term.amount or other.get(term.name):
            rows.append((term.name, str(term.level), term.amount, term.cost, other.get(term.name, 0)))
    table = pd.DataFrame(rows, columns=["Rule", "Level", "Amount", "Cost", "Greedy amount"])
    table = table.astype(
        {"Rule": "str", "Level": "str", "Amount": "int64", "Cost": "Int64", "Greedy amount": "int64"}
    )
    return table if greedy is not None else table.drop(columns="Greedy amount")


def _share(part: int | None, whole: int) -> str:
    if part is None:
        return UNKNOWN
    return f"{part:,} of {whole:,} ({percent(part, whole)})" if whole else f"{part:,}"


def _number(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def _low(known: Summary) -> str:
    if known.below_target is None:
        return UNKNOWN
    if not known.structural:
        return f"{known.below_target:,}"
    return f"{known.below_target:,}, of which {known.structural:,} no timetable could help"


def _bound(level: LevelResult) -> str:
    if level.bound is None:
        return UNKNOWN
    return f"{level.bound:,}, so the cost is proven best" if level.proven else f"{level.bound:,}"


def _gap(level: LevelResult) -> str:
    if level.gap is None:
        return UNKNOWN
    per_cent = round(100 * level.gap, 2)
    return "under 0.01 %" if level.gap > 0 and not per_cent else f"{per_cent:g} %"
