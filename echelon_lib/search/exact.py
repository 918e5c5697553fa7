"""The exact way: one integer model in counts for each level, the earlier levels held."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from echelon_lib.domain.calendar import Time
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import UNMET, evaluate
from echelon_lib.search.claim import Claim, LevelClaim
from echelon_lib.search.neighbourhoods import improve
from echelon_lib.search.report import Report
from echelon_lib.solvers.base import LinearAnswer, LinearBackend, choose_backend
from echelon_lib.solvers.linear import FloatArray
from echelon_lib.solvers.master_schedule import MasterScheduleModel
from echelon_lib.solvers.reduce import Reduction
from echelon_lib.stop import Running

EARLIER_LEVEL_SHARE = 0.7
"""Share of the time left that a level may use while another level follows."""
SECTIONING_SHARE = 0.2
"""Share of a later level's time for sectioning students anew before sections move."""
WHOLE_MODEL_SHARE = 0.25
"""Share of a level's time for the whole model; what is left goes to neighbourhoods."""


def solve_levels(
    reduction: Reduction,
    *,
    backend: str,
    stop: Running,
    seed: int,
    report: Report,
    start: Timetable,
    lower: int = 0,
    fixed: dict[str, Time] | None = None,
    levels: int | None = None,
) -> Claim:
    """Minimise each level in turn and hold it.

    Parameters
    ----------
    reduction
        The problem in counts.
    backend
        Name of a linear backend, or ``auto``.
    stop
        Common deadline of all levels; it may be cancelled.
    report
        Hears of incumbents and bounds.
    start
        A timetable to begin with; where it keeps the required rules it is the first incumbent.
    lower
        A bound of the first level that is known beforehand.
    fixed
        Times of all sections, to section students only; bounds then hold for these times alone.
    levels
        Levels to minimise, from the first; all of them when left out.

    Returns
    -------
    Claim
        The best timetable with what was proven of each level.
    """
    problem = reduction.problem
    first = evaluate(problem, start)
    claim = Claim(backend)
    if first.feasible:
        claim.timetable = start
    held: list[int] = []
    levels = problem.levels if levels is None else levels
    for level in range(1, levels + 1):
        known = evaluate(problem, claim.timetable).cost if claim.timetable is not None else None
        if level == 1 and known is not None and known[0] <= lower:
            claim.levels.append(LevelClaim(known[0], lower, (UNMET,)))
            report(level, known[0], lower)
            held.append(known[0])
            continue
        if stop.done():
            if level == 1:
                claim.levels.append(LevelClaim(None, lower, (UNMET,)))
            break
        clock = stop if level == levels else stop.part(EARLIER_LEVEL_SHARE)
        if level > 1 and fixed is None and claim.timetable is not None:
            step = clock.part(SECTIONING_SHARE)
            _section(claim, reduction, tuple(held), backend, step, seed, report)
            known = evaluate(problem, claim.timetable).cost
        model = MasterScheduleModel(reduction, level=level, held=tuple(held), fixed=fixed)
        chosen = choose_backend(model.linear, backend)
        claim.solver = f"{chosen.name} {chosen.availability().version or ''}".strip()
        stop.next_solve()
        answer = chosen.solve(
            model.linear,
            stop=clock if fixed is not None else clock.part(WHOLE_MODEL_SHARE),
            start=model.encode(claim.timetable or start),
            seed=seed,
            on_incumbent=partial(_heard_cost, report, model),
            on_bound=partial(_heard_bound, report, level),
        )
        _take(claim, model, answer, known, lower if level == 1 else None)
        if claim.timetable is not None:
            report.keep(claim.timetable)
            held = _held(claim, problem, level)
        if claim.infeasible or claim.timetable is None or answer.status == "interrupted":
            break
        if fixed is None and answer.status not in ("optimal", "infeasible") and not clock.done():
            _improve(claim, model, chosen, clock, seed, report)
        held = _held(claim, problem, level)
    claim.interrupted = claim.interrupted or stop.cancelled
    return claim


def _is_better(model: MasterScheduleModel, found: Timetable, known: tuple[int, ...]) -> bool:
    score = evaluate(model.problem, found)
    return score.feasible and score.cost[: model.level] < known[: model.level]


def _held(claim: Claim, problem: Problem, level: int) -> list[int]:
    """Return what the levels up to one cost now; an earlier level may have become cheaper on the way."""
    if claim.timetable is None:
        return []
    cost = evaluate(problem, claim.timetable).cost[:level]
    for number, said in enumerate(claim.levels[: level - 1]):
        if said.cost is not None and cost[number] < said.cost:
            claim.levels[number] = replace(said, cost=cost[number])
    return list(cost)


def _heard_cost(
    report: Report, model: MasterScheduleModel, cost: float, values: FloatArray, seconds: float
) -> None:
    report(model.level, round(cost), None)
    _offered(report, model, cost, values, seconds)


def _offered(
    report: Report, model: MasterScheduleModel, cost: float, values: FloatArray, seconds: float
) -> None:
    report.offer(model.level, round(cost), partial(model.timetable, values))


def _heard_bound(report: Report, level: int, bound: float, seconds: float) -> None:
    report(level, None, round(bound))


def _section(
    claim: Claim,
    reduction: Reduction,
    held: tuple[int, ...],
    backend: str,
    stop: Running,
    seed: int,
    report: Report,
) -> None:
    """Section students anew at the times of the claim's timetable; this gains most of a later level."""
    problem, timetable, level = reduction.problem, claim.timetable, len(held) + 1
    if timetable is None:
        return
    placed = timetable.placements
    fixed = {id: placed[section.meetings[0].id].time for id, section in problem.sections.items()}
    model = MasterScheduleModel(reduction, level=level, held=held, fixed=fixed)
    stop.next_solve()
    answer = choose_backend(model.linear, backend).solve(
        model.linear,
        stop=stop,
        start=model.encode(timetable),
        seed=seed,
        on_incumbent=partial(_offered, report, model),
    )
    if answer.values is None:
        return
    better = model.timetable(answer.values)
    if better is None:
        return
    score = evaluate(problem, better)
    if score.feasible and score.cost[:level] < evaluate(problem, timetable).cost[:level]:
        claim.timetable = better
        report.keep(better)
        report(level, score.cost[level - 1], None)


def _improve(
    claim: Claim,
    model: MasterScheduleModel,
    backend: LinearBackend,
    stop: Running,
    seed: int,
    report: Report,
) -> None:
    """Improve the timetable of a claim by neighbourhoods at the level of a model."""
    if claim.timetable is None:
        return
    said = claim.levels[-1]
    better = improve(
        model, backend, claim.timetable, lower=said.bound or 0, stop=stop, seed=seed, report=report
    )
    if better is not claim.timetable:
        claim.timetable = better
        cost = evaluate(model.problem, better).cost[model.level - 1]
        claim.levels[-1] = LevelClaim(cost, said.bound, said.terms)
    claim.interrupted = claim.interrupted or stop.cancelled


def _take(
    claim: Claim,
    model: MasterScheduleModel,
    answer: LinearAnswer,
    known: tuple[int, ...] | None,
    lower: int | None,
) -> None:
    """Put an answer of the backend into the claim."""
    claim.interrupted = claim.interrupted or answer.status == "interrupted"
    claim.notes.extend(answer.doubts)
    level = model.level
    if answer.status == "infeasible":
        if known is None and level == 1:
            claim.infeasible = True
            claim.notes.append("no placement of the sections keeps the required rules (proven by the solver)")
        else:
            claim.contradictions.append(f"the model of level {level} contradicts a timetable that exists")
        return
    bound = None if answer.bound is None else round(answer.bound)
    if lower is not None:
        bound = lower if bound is None else max(bound, lower)
    cost: int | None = None
    if answer.values is not None:
        cost = model.value(answer.values)
        if known is not None and cost >= known[level - 1]:
            cost = known[level - 1]
        else:
            # What the evaluator does not confirm is a mismatch, and costs nobody the timetable at hand.
            found = model.timetable(answer.values)
            if found is None:
                claim.notes.append(f"the answer of level {level} is no timetable")
            elif known is None or _is_better(model, found, known):
                claim.timetable = found
    claim.levels.append(LevelClaim(cost, bound, tuple(sorted(model.terms))))
