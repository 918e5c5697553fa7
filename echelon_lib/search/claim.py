"""What a search claims, and the result that the evaluator makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import Evaluation, evaluate
from echelon_lib.solvers.result import LevelResult, Result, StageRecord, Status, TracePoint


@dataclass(frozen=True, slots=True)
class LevelClaim:
    """What a search says of one level: the cost it counted, its proven bound and the rules that it covers."""

    cost: int | None = None
    bound: int | None = None
    terms: tuple[str, ...] = ()


@dataclass
class Claim:
    """What a search says it found.

    Parameters
    ----------
    solver
        Who searched, with version and method.
    timetable
        The answer, or None.
    levels
        What is claimed of each level, from the first.
    infeasible
        Whether it proved that no timetable keeps the required rules.
    interrupted
        Whether somebody stopped it.
    notes
        What a reader should know.
    contradictions
        What was said to be proven on the way, and is not so.
    stages
        What each stage came to, where the search has stages.
    """

    solver: str
    timetable: Timetable | None = None
    levels: list[LevelClaim] = field(default_factory=list)
    infeasible: bool = False
    interrupted: bool = False
    notes: list[str] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)
    stages: list[StageRecord] = field(default_factory=list)


def rescored(
    problem: Problem, claim: Claim, *, trace: tuple[TracePoint, ...], runtime: float, seed: int
) -> Result:
    """Return the result of a claim: costs are the evaluator's, and what differs from them is named.

    A claimed cost that the evaluator does not confirm, a bound above the cost and a broken required rule are
    mismatches. A mismatch never costs the timetable; it costs the claim of being optimal, and the bounds of
    its level and of those that hold it. A timetable that breaks required rules is none: it is kept as the
    closest.
    """
    found = _rescored(problem, claim, trace, runtime, seed)
    return replace(found, stages=tuple(claim.stages))


def _rescored(
    problem: Problem, claim: Claim, trace: tuple[TracePoint, ...], runtime: float, seed: int
) -> Result:
    evaluation = None if claim.timetable is None else evaluate(problem, claim.timetable)
    notes = list(claim.notes)
    if evaluation is None or claim.timetable is None:
        levels = tuple(
            LevelResult(number, None, one.bound, one.terms, _scale(problem, number))
            for number, one in enumerate(claim.levels, start=1)
        )
        return Result(
            _without(claim), None, None, levels, trace, runtime, claim.solver, seed, (), tuple(notes)
        )
    wrong = _mismatches(claim, evaluation)
    mismatches = [*claim.contradictions, *wrong.values()]
    trusted = min(wrong, default=len(evaluation.cost) + 1)
    levels = tuple(
        LevelResult(
            number,
            cost if evaluation.feasible else None,
            *((said.bound, said.terms) if number < trusted else (None, ())),
            _scale(problem, number),
        )
        for number, cost in enumerate(evaluation.cost, start=1)
        for said in [_claim(claim, number)]
    )
    if not evaluation.feasible:
        notes.append(
            "the best answer breaks required rules: "
            + ", ".join(f"{rule} ({amount})" for rule, amount in evaluation.required.items())
        )
        return Result(
            *(_without(claim), None, None, levels, trace, runtime, claim.solver, seed),
            *(tuple(mismatches), tuple(notes)),
            closest=claim.timetable,
        )
    if not mismatches and all(level.proven for level in levels):
        status = Status.OPTIMAL
    elif claim.interrupted:
        status = Status.CANCELLED
    else:
        status = Status.FEASIBLE
    return Result(
        status,
        claim.timetable,
        evaluation,
        levels,
        trace,
        runtime,
        claim.solver,
        seed,
        tuple(mismatches),
        tuple(notes),
    )


def _without(claim: Claim) -> Status:
    """Return the status of a claim without a timetable that keeps the required rules."""
    if claim.infeasible:
        return Status.INFEASIBLE
    return Status.CANCELLED if claim.interrupted else Status.NO_TIMETABLE_FOUND


def _claim(claim: Claim, number: int) -> LevelClaim:
    return claim.levels[number - 1] if number <= len(claim.levels) else LevelClaim()


def _mismatches(claim: Claim, evaluation: Evaluation) -> dict[int, str]:
    """Return what the evaluator does not confirm, by level; a broken required rule is in the first."""
    said_cost = any(one.cost is not None for one in claim.levels)
    if not evaluation.feasible:
        return {1: f"required rules are broken: {dict(evaluation.required)}"} if said_cost else {}
    found: dict[int, str] = {}
    for number, cost in enumerate(evaluation.cost, start=1):
        said = _claim(claim, number)
        words: list[str] = []
        if said.cost is not None and said.cost != cost:
            terms = {name: term.cost for name, term in evaluation.terms.items() if term.level == number}
            words.append(f"the solver counts {said.cost}, the evaluator {cost} ({terms})")
        if said.bound is not None and said.bound > cost:
            words.append(f"the solver's bound {said.bound} is above the evaluated cost {cost}")
        if words:
            found[number] = f"level {number}: {'; '.join(words)}"
    return found


def _scale(problem: Problem, level: int) -> int | None:
    requests = problem.policy.requests
    return problem.request_weight if requests.priced and requests.level == level else None
