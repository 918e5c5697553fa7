"""A result as tables: what it reaches, and what its cost is made of."""

from __future__ import annotations

import pandas as pd

from echelon_lib.analysis.shares import UNKNOWN, number, part_of
from echelon_lib.analysis.summary import Summary, core_filled, summary
from echelon_lib.analysis.utilisation import TARGET
from echelon_lib.domain.problem import Problem
from echelon_lib.scoring.evaluate import UNMET, Evaluation
from echelon_lib.solvers.result import LevelResult, Result


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
        Measure, This run, Greedy: texts, ``unknown`` where nothing is known. Core requests have a line of
        their own where there are any.
    """
    known = numbers or summary(problem, result)
    rows = [("Status", known.status or UNKNOWN, "")]
    quick = (
        (None,) * 4 if greedy is None else (greedy.met, greedy.filled, core_filled(greedy), greedy.complete)
    )
    shares = [
        ("Requests met", known.met, quick[0], known.requests),
        ("Requests filled", known.filled, quick[1], known.requests),
        ("Core requests filled", known.core_filled, quick[2], known.core),
        ("Students complete", known.complete, quick[3], known.students),
        ("Seats used", known.enrolled, None, known.seats),
    ]
    if not known.core:
        del shares[2]
    for title, mine, other, whole in shares:
        rows.append((title, part_of(mine, whole), "" if other is None else part_of(other, whole)))
    rows.append((f"Sections below {TARGET} %", _low(known), ""))
    broken = "" if greedy is None else f"{sum(greedy.required.values()):,}"
    rows.append(("Required rules broken", number(known.broken), broken))
    for level in result.levels:
        cost = "" if greedy is None or level.level > len(greedy.cost) else f"{greedy.cost[level.level - 1]:,}"
        rows.append((f"Cost of level {level.level}", number(level.cost), cost))
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
        amount where a greedy timetable is given. Rules without an amount in either are left out. The amount
        of unmet requests is their number, not their weight.
    """
    broken, priced = _amounts(evaluation)
    broken_by_greedy, priced_by_greedy = ({}, {}) if greedy is None else _amounts(greedy)
    rows: list[tuple[str, str, int, int | None, int]] = []
    for name in dict.fromkeys((*broken, *broken_by_greedy)):
        rows.append((name, "required", broken.get(name, 0), None, broken_by_greedy.get(name, 0)))
    for term in sorted(evaluation.terms.values(), key=lambda term: (term.level, -term.cost, term.name)):
        amount, quick = priced[term.name], priced_by_greedy.get(term.name, 0)
        if amount or quick:
            rows.append((term.name, str(term.level), amount, term.cost, quick))
    table = pd.DataFrame(rows, columns=["Rule", "Level", "Amount", "Cost", "Greedy amount"])
    table = table.astype(
        {"Rule": "str", "Level": "str", "Amount": "int64", "Cost": "Int64", "Greedy amount": "int64"}
    )
    return table if greedy is not None else table.drop(columns="Greedy amount")


def stage_table(result: Result) -> pd.DataFrame:
    """Return what each stage of a search came to.

    Returns
    -------
    DataFrame
        Stage, Done by, Seconds, Clashes left (an hour that somebody has twice counts 1, of faculty 10, a
        session without a place 1,000), Cost (missing while something clashes): in the order of the stages.
        Without rows where the search has no stages.
    """
    rows = [(one.stage, one.strategy, round(one.seconds, 2), one.clashes, one.cost) for one in result.stages]
    table = pd.DataFrame(rows, columns=["Stage", "Done by", "Seconds", "Clashes left", "Cost"])
    return table.astype({"Seconds": "float64", "Clashes left": "Int64", "Cost": "Int64"})


def _amounts(evaluation: Evaluation) -> tuple[dict[str, int], dict[str, int]]:
    """Return by how much each required and each priced rule is missed, requests by their number."""
    unmet = evaluation.requests - evaluation.met
    broken = {name: unmet if name == UNMET else amount for name, amount in evaluation.required.items()}
    priced = {term.name: unmet if term.name == UNMET else term.amount for term in evaluation.terms.values()}
    return broken, priced


def _low(known: Summary) -> str:
    if known.below_target is None:
        return UNKNOWN
    if not known.structural:
        return f"{known.below_target:,}"
    return f"{known.below_target:,}, of which {known.structural:,} no timetable could help"


def _bound(level: LevelResult) -> str:
    if level.bound is None:
        return UNKNOWN
    return f"{level.bound:,} (proven)" if level.proven else f"{level.bound:,}"


def _gap(level: LevelResult) -> str:
    if level.gap is None:
        return UNKNOWN
    per_cent = round(100 * level.gap, 2)
    return "under 0.01 %" if level.gap > 0 and not per_cent else f"{per_cent:g} %"
