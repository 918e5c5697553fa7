"""The front door of solving: check, choose a method, search, and have the answer re-scored."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from echelon_lib.bounds.requests import request_bound
from echelon_lib.domain.errors import EchelonError, suggest
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.preflight import PRICE_THEM, obstacles, required_in_vain
from echelon_lib.scoring.evaluate import UNMET, Evaluation, evaluate
from echelon_lib.search.claim import Claim, LevelClaim, rescored
from echelon_lib.search.complete import completed
from echelon_lib.search.exact import solve_levels
from echelon_lib.search.greedy import greedy
from echelon_lib.search.report import OnPromise, OnStanding, OnTimetable, Report, rank
from echelon_lib.search.school_engine import search_school
from echelon_lib.search.university.crew import Crew
from echelon_lib.search.university.engine import search_university, warm_up_university
from echelon_lib.search.university.rules import is_university, why_not_searched
from echelon_lib.search.university.stages import Stages
from echelon_lib.search.warming import warm_up
from echelon_lib.solvers.base import backends, choose_backend
from echelon_lib.solvers.linear import LinearModel
from echelon_lib.solvers.reduce import Reduction, not_placeable, why_not, why_not_singly
from echelon_lib.solvers.result import Result, TracePoint
from echelon_lib.stop import Running, Stop, running

SEARCH_SHARE = 0.4
"""Share of the time for a good start before the exact model, at most."""
LONGEST_SEARCH = 10.0
"""Seconds for it at most: where the exact model can be taken at all, it soon proves what it finds."""
SHORT_SEARCH = 1.0
"""Seconds for it where the quick timetable has what the bound promises: only later levels gain then."""
COUNTED_MODEL = 6_000
"""Most group columns, courses that may serve a wish × periods, with which the exact model is taken."""
TINY_MODEL = 600
"""Most of them with which the exact model is taken at once, from a greedy start."""


def solve(
    problem: Problem,
    solver: str = "auto",
    *,
    stop: Stop | Running | float | None = 60.0,
    seed: int = 0,
    cores: int | None = None,
    on_incumbent: Callable[[TracePoint], None] | None = None,
    start: Timetable | None = None,
    on_timetable: OnTimetable | None = None,
    stages: Stages | None = None,
    on_standing: OnStanding | None = None,
    on_promise: OnPromise | None = None,
    movable: Collection[str] | None = None,
    crew: Crew | None = None,
) -> Result:
    """Find a timetable, prove how good it is, and have it re-scored by the evaluator.

    Parameters
    ----------
    problem
        The problem.
    solver
        ``auto`` takes the exact model where it is small and the search otherwise; so do ``gurobi`` and
        ``highs``, which say who solves linear models. ``exact`` takes the exact model whatever its size,
        ``greedy`` gives a quick answer without proof of its own. Weeks of universities are searched in any
        case; ``greedy`` ends when nothing clashes.
    stop
        Seconds, a stopping criterion, or a running one that can be cancelled from elsewhere.
    seed
        Seed of the random decisions.
    cores
        Processors that the search of a university may use, at most; None for all of them.
    on_incumbent
        Called with each new incumbent and bound.
    start
        A timetable to begin with, such as last year's, an earlier answer, or what is left of one after the
        problem was changed: it is completed first. If it keeps the required rules, the result is no worse.
    on_timetable
        Called with each timetable that keeps the required rules and is better than all before.
    stages
        What does each stage of the search for a university; None for the defaults.
    on_standing, on_promise
        Called with the stage in which the search of a university is, and with better timetables that are
        made only where somebody asks for them.
    movable
        Of a university, the meetings that may be moved; all others stay exactly where the start has them.
        None for all.
    crew
        Of a university, who works on the parts of its week side by side; None for threads of this process.

    Returns
    -------
    Result
        With status, timetable, evaluation, and cost, bound and gap of each level.

    Raises
    ------
    BackendUnavailable
        When the solver that was asked for cannot be used; the message holds the cure.
    EchelonError
        When there is no such solver or the problem is of a kind that none can take.
    """
    _known(solver)
    university = is_university(problem)
    reasons = list(dict.fromkeys(why_not_searched(problem) if university else not_placeable(problem)))
    if university and solver == "exact":
        reasons.append("there is no exact model of a university")
    if not university and stages is not None:
        reasons.append("stages can be chosen for universities only")
    if stages is not None and stages.feasibility == "cpsat" and movable is not None:
        reasons.append("CP-SAT begins with all departments anew")
    if not university and (movable is not None or crew is not None):
        reasons.append("meetings that stay and workers elsewhere are for universities")
    if reasons:
        cure = f"\n  Maybe {PRICE_THEM}" if university and any(required_in_vain(problem)) else ""
        raise EchelonError(f"no solver can take this problem yet: {'; '.join(reasons)}{cure}")
    method = None if university or solver == "greedy" else _Method(problem, alone=solver == "exact")
    if not isinstance(stop, Running) and (university or (method is not None and method.searched)):
        kernels_for(problem, stages)()
    clock = running(stop)
    report = Report(problem, clock, on_incumbent, on_timetable, on_standing, on_promise)
    try:
        if start is not None:
            report.keep(start)
        claim = _search(problem, solver, method, clock, seed, report, start, stages, cores, movable, crew)
    except KeyboardInterrupt:
        clock.cancel()
        bound = report.bound(1)
        known = [] if bound is None else [LevelClaim(None, bound, (UNMET,))]
        claim = Claim(solver, report.best, known, interrupted=True)
    _best_of(problem, claim, report.best)
    return rescored(problem, claim, trace=tuple(report.trace), runtime=clock.elapsed(), seed=seed)


def _best_of(problem: Problem, claim: Claim, best: Timetable | None) -> None:
    """Put the best timetable that was found on the way in the place of a worse answer."""
    if best is None or best is claim.timetable:
        return
    score = evaluate(problem, best)
    if claim.timetable is not None:
        answer = evaluate(problem, claim.timetable)
        if rank(answer) <= rank(score):
            return
    elif not score.feasible:
        return
    if claim.infeasible:
        text = "a timetable that keeps the required rules contradicts what is said to be proven"
        claim.contradictions.append(text)
    # The bounds of later levels hold only where the earlier ones cost what they did.
    first = claim.levels[0] if claim.levels and not claim.infeasible else LevelClaim()
    claim.timetable = best
    claim.levels = [LevelClaim(None, first.bound, first.terms)]


def _known(solver: str) -> None:
    names = ["auto", "exact", "greedy", *backends()]
    if solver not in names:
        cure = suggest(solver, names) or f"one of {', '.join(names)}?"
        raise EchelonError(f"there is no solver {solver!r}\n  Maybe {cure}")
    if solver in backends():
        choose_backend(LinearModel("probe"), solver)


def _search(
    problem: Problem,
    solver: str,
    method: _Method | None,
    clock: Running,
    seed: int,
    report: Report,
    start: Timetable | None,
    stages: Stages | None,
    cores: int | None,
    movable: Collection[str] | None,
    crew: Crew | None,
) -> Claim:
    if is_university(problem):
        if solver == "greedy":
            stages = (stages or Stages()).model_copy(update={"quality": "none"})
        return search_university(
            problem,
            stop=clock,
            seed=seed,
            report=report,
            start=start,
            movable=movable,
            stages=stages,
            cores=cores,
            crew=crew,
        )
    blocked = obstacles(problem)
    if blocked:
        return Claim("preflight", infeasible=True, notes=[finding.message for finding in blocked])
    lower = request_bound(problem).cost
    report(1, None, lower)
    first = _first(problem, seed, start)
    report.keep(first)
    score = evaluate(problem, first)
    if score.feasible:
        report(1, score.cost[0], None)
    if method is None:
        return Claim("greedy", first, [LevelClaim(None, lower, (UNMET,))])
    solver = "auto" if solver == "exact" else solver
    best = first
    if method.searched:
        searched = search_school(
            method.reduction,
            backend=solver,
            stop=clock.part(_share_of_the_search(clock, score, lower)) if method.exact else clock,
            seed=seed,
            report=report,
            start=first,
            lower=lower,
            warm=start is not None,
        )
        best = searched.timetable or first
        if searched.infeasible or (not method.exact and evaluate(problem, best).feasible):
            searched.notes.append(f"searched student by student: {'; '.join(method.why)}")
            return searched
        report.keep(best)
    claim = solve_levels(
        method.reduction, backend=solver, stop=clock, seed=seed, report=report, start=best, lower=lower
    )
    claim.solver += f" (exact model {'student by student' if method.singly else 'in counts'})"
    return claim


def _share_of_the_search(clock: Running, first: Evaluation, lower: int) -> float:
    """Return the share of the time for the search where the exact model comes after it."""
    longest = SHORT_SEARCH if first.feasible and first.cost[0] <= lower else LONGEST_SEARCH
    left = clock.remaining()
    return min(SEARCH_SHARE, longest / left) if left else SEARCH_SHARE * longest / LONGEST_SEARCH


class _Method:
    """How a problem is solved: by the exact model, by a search, or by a search and then the model.

    Attributes
    ----------
    reduction
        The problem in counts.
    exact
        Whether the exact model is taken.
    singly
        Whether it has every student in a group of one.
    searched
        Whether the search student by student is run.
    why
        Why the exact model is not taken.

    With ``alone`` the exact model is taken whatever its size, and nothing else.
    """

    def __init__(self, problem: Problem, *, alone: bool = False) -> None:
        why = why_not(problem)
        self.singly = bool(why) and not why_not_singly(problem)
        self.reduction = Reduction(problem, individual=bool(why))
        options = sum(len(wish.options) for group in self.reduction.groups for wish in group.wishes)
        size = options * len(problem.calendar.times)
        if not why and size > COUNTED_MODEL:
            why = (f"{len(self.reduction.groups)} different request lists are too many to count",)
        self.why = why
        self.exact = not why or (self.singly and size <= COUNTED_MODEL)
        clashes = problem.policy.clash_of("student").required
        self.searched = clashes and (not self.exact or size > TINY_MODEL)
        # Where students may clash, the exact model is the only way, whatever its size.
        self.exact = self.exact or not clashes or alone
        self.searched = self.searched and not alone


def needs_compiling(problem: Problem, solver: str = "auto") -> bool:
    """Return whether solving a problem begins with kernels that are compiled once on a machine."""
    if is_university(problem):
        return solver != "exact" and not any(why_not_searched(problem))
    if solver in ("greedy", "exact") or any(not_placeable(problem)):
        return False
    return _Method(problem).searched


def kernels_for(problem: Problem, stages: Stages | None = None) -> Callable[[], None]:
    """Return what compiles the kernels for a problem, or loads them."""
    return partial(warm_up_university, stages or Stages()) if is_university(problem) else warm_up


def _first(problem: Problem, seed: int, start: Timetable | None) -> Timetable:
    """Return the best of the timetable that was given, what it becomes when it is completed, and greedy's."""
    quick = greedy(problem, seed=seed)
    if start is None:
        return quick

    found = (start, completed(problem, start, seed=seed), quick)
    return min(found, key=lambda one: rank(evaluate(problem, one)))
