"""The exact way: one integer model in counts for each level, the earlier levels held."""

from __future__ import annotations

from echelon_lib.domain.calendar import Time
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import UNMET, evaluate
from echelon_lib.search.claim import Claim, LevelClaim
from echelon_lib.search.neighbourhoods import improve
from echelon_lib.search.report import Report
from echelon_lib.solvers.base import LinearAnswer, LinearBackend, choose_backend
from echelon_lib.solvers.master_schedule import MasterScheduleModel
from echelon_lib.solvers.reduce import Reduction
from echelon_lib.stop import Running

EARLIER_LEVEL_SHARE = 0.7
"""Share of the time left that a level may use while another level follows."""
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
            break
        model = MasterScheduleModel(reduction, level=level, held=tuple(held), fixed=fixed)
        chosen = choose_backend(model.linear, backend)
        claim.solver = f"{chosen.name} {chosen.availability().version or ''}".strip()
        stop.next_solve()
        clock = stop if level == levels else stop.part(EARLIER_LEVEL_SHARE)
        answer = chosen.solve(
            model.linear,
            stop=clock if fixed is not None else clock.part(WHOLE_MODEL_SHARE),
            start=model.encode(claim.timetable or start),
            seed=seed,
            on_incumbent=lambda cost, values, seconds, level=level: report(level, round(cost), None),  # type: ignore[misc]
            on_bound=lambda bound, seconds, level=level: report(level, None, round(bound)),  # type: ignore[misc]
        )
        _take(claim, model, answer, known, lower if level == 1 else None)
        if claim.infeasible or claim.timetable is None or answer.status == "interrupted":
            break
        if fixed is None and answer.status != "optimal" and not clock.done():
            _improve(claim, model, chosen, clock, seed, report)
        held.append(evaluate(problem, claim.timetable).cost[level - 1])
    return claim


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
            claim.notes.append(f"the model of level {level} contradicts a timetable that exists")
        return
    bound = None if answer.bound is None else round(answer.bound)
    if lower is not None:
        bound = lower if bound is None else max(bound, lower)
    cost: int | None = None
    if answer.values is not None:
        cost = model.value(answer.values)
        if known is None or cost < known[level - 1]:
            claim.timetable = model.decode(answer.values)
        else:
            cost = known[level - 1]
    claim.levels.append(LevelClaim(cost, bound, tuple(sorted(model.terms))))
