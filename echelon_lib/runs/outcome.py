"""What a run made, and how it is put together of a result that the evaluator has confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echelon_lib.advice.actions import Action
from echelon_lib.analysis.quality import quality_table
from echelon_lib.analysis.requests import unmet_requests
from echelon_lib.analysis.summary import Summary, summary
from echelon_lib.analysis.utilisation import below_target, utilisation_by_course, utilisation_by_section
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.preflight import Finding
from echelon_lib.runs.plan import Plan
from echelon_lib.runs.rounds import Rounds
from echelon_lib.runs.scenario import Scenario
from echelon_lib.scoring.evaluate import Evaluation, evaluate
from echelon_lib.solvers.result import LevelResult, Result, Status

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Outcome:
    """What a run made.

    Parameters
    ----------
    scenario
        What it was told.
    folder
        The run folder.
    problem, result, findings, summary
        The problem as solved, its result, what preflight found, and the numbers a person asks first.
    tables
        ``utilisation`` by section, ``courses``, ``below target`` and ``unmet`` requests of a school,
        ``quality`` of a university; empty without a timetable.
    greedy
        The evaluation of our greedy timetable of the same problem and seed, for comparison; None where
        preflight proves that there is no timetable.
    notes
        What has to be known of an outcome that was read back, such as files that have changed since.
    actions
        The changes of sections between the files of the school and ``problem``.
    advice
        The rounds of advice of a hybrid run; None where nobody was asked.
    plan
        What the run of a university was going to do; None for a school, and for what was read back.
    """

    scenario: Scenario
    folder: Path
    problem: Problem
    result: Result
    findings: tuple[Finding, ...]
    summary: Summary
    tables: Mapping[str, pd.DataFrame]
    greedy: Evaluation | None
    notes: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    advice: Rounds | None = None
    plan: Plan | None = None


def outcome_of(
    scenario: Scenario,
    folder: Path,
    problem: Problem,
    result: Result,
    *,
    findings: tuple[Finding, ...],
    greedy: Evaluation | None,
    notes: tuple[str, ...] = (),
    actions: tuple[Action, ...] = (),
    advice: Rounds | None = None,
) -> Outcome:
    """Return an outcome with the summary and the tables of its result."""
    numbers = summary(problem, result)
    return Outcome(
        scenario,
        folder,
        problem,
        result,
        findings,
        numbers,
        _tables(problem, result, numbers),
        greedy,
        notes,
        actions,
        advice,
    )


def _tables(problem: Problem, result: Result, numbers: Summary) -> dict[str, pd.DataFrame]:
    if result.best is None:
        return {}
    if numbers.quality is not None:
        return {"quality": quality_table({"Value": numbers.quality})}
    return {
        "utilisation": utilisation_by_section(problem, result.best),
        "courses": utilisation_by_course(problem, result.best),
        "below target": below_target(problem, result.best),
        "unmet": unmet_requests(problem, result.best, result.evaluation),
    }


def checked(problem: Problem, result: Result) -> Result:
    """Have the answer scored once more, by the evaluator and by nobody else."""
    if result.best is None:
        return result
    score = evaluate(problem, result.best)
    said = result.evaluation
    if said is not None and (said.cost, said.required) == (score.cost, score.required):
        return result
    text = f"the result says {None if said is None else said.cost}, the evaluator {score.cost}"
    status = result.status if result.status is Status.CANCELLED else Status.FEASIBLE
    return replace(result, evaluation=score, status=status, mismatches=(*result.mismatches, text))


def with_kept(problem: Problem, result: Result, kept: Mapping[str, tuple[Timetable, Evaluation]]) -> Result:
    """Keep the best of some timetables where an interrupted search has nothing to show.

    Parameters
    ----------
    problem, result
        The problem and the result of its search.
    kept
        Timetables with their evaluations, each by what it is called.
    """
    usable = {name: one for name, one in kept.items() if one[1].feasible}
    if result.best is not None or result.status is not Status.CANCELLED or not usable:
        return result
    name = min(usable, key=lambda one: usable[one][1].cost)
    best, score = usable[name]
    bounds = {level.level: level for level in result.levels}
    levels = []
    for number, cost in enumerate(score.cost, start=1):
        known = bounds.get(number)
        scale = problem.request_weight if number == problem.policy.requests.level else None
        bound = known.bound if known is not None and known.bound is not None and known.bound <= cost else None
        terms = known.terms if known is not None and bound is not None else ()
        levels.append(LevelResult(number, cost, bound, terms, scale))
    note = f"interrupted before the search had an answer; {name} is kept"
    return replace(result, best=best, evaluation=score, levels=tuple(levels), notes=(*result.notes, note))


def figures(score: Evaluation) -> dict[str, Any]:
    """Return what ``result.json`` says of a timetable that was made for comparison."""
    return {
        "feasible": score.feasible,
        "required": dict(score.required),
        "met": score.met,
        "filled": score.filled,
        "complete": score.complete,
        "cost": list(score.cost),
        "terms": {
            term.name: {"level": term.level, "amount": term.amount, "cost": term.cost}
            for term in score.terms.values()
        },
    }
