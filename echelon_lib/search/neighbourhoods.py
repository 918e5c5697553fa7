"""Large neighbourhoods: free the sections of some teachers, keep the others' times, and solve exactly.

Ruin and recreate with an integer model (Shaw, 1998); students are always free, since they are counted.
"""

from __future__ import annotations

import random

from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.search.report import Report
from echelon_lib.solvers.base import LinearBackend
from echelon_lib.solvers.master_schedule import MasterScheduleModel
from echelon_lib.stop import Running

FIRST_SIZE = 12
"""Classes of teachers that are free in the first neighbourhood."""
SECONDS = 4.0
"""Longest solve of one neighbourhood."""
MOST = 500
"""Neighbourhoods, where time is not limited."""
PATIENCE = 25
"""Neighbourhoods in a row that may bring nothing, where time is not limited."""


def improve(
    model: MasterScheduleModel,
    backend: LinearBackend,
    best: Timetable,
    *,
    lower: int,
    stop: Running,
    seed: int,
    report: Report,
) -> Timetable:
    """Improve a timetable at the level of a model, neighbourhood by neighbourhood.

    Parameters
    ----------
    model
        The model of the level.
    backend
        Solves the neighbourhoods.
    best
        A timetable that keeps the required rules.
    lower
        A bound of the level; the search ends when it is reached.
    stop
        Deadline; it may be cancelled.
    seed
        Seed of the choice of neighbourhoods.
    report
        Hears of incumbents.

    Returns
    -------
    Timetable
        The best one found, which may be the one that was given.
    """
    problem, level = model.problem, model.level
    dice = random.Random(seed)
    classes = range(len(model.reduction.classes))
    size = float(min(FIRST_SIZE, len(classes)))
    score = evaluate(problem, best)
    stale = 0
    for number in range(MOST):
        left = stop.remaining()
        if score.cost[level - 1] <= lower or stop.done(iterations=number) or not classes:
            return best
        if left is None and stale >= PATIENCE:
            return best
        stale += 1
        share = 1.0 if left is None or left <= SECONDS else SECONDS / left
        start = model.encode(best)
        short = {one.request.primary for one in score.served if one.rank is None}
        concerned = [
            i for i in classes if any(t.kind.course in short for t, _ in model.reduction.classes[i].load)
        ]
        free = set(dice.sample(concerned, min(len(concerned), int(size) // 3)))
        rest = [i for i in classes if i not in free]
        free.update(dice.sample(rest, min(len(rest), int(size) - len(free))))
        linear = model.frozen_but(free, start)
        stop.next_solve()
        clock = stop.part(share) if left is not None else stop
        answer = backend.solve(linear, start=start, stop=clock, seed=dice.randrange(2**30))
        if answer.values is None:
            continue
        found = model.timetable(answer.values)
        if found is None:
            continue
        new = evaluate(problem, found)
        if new.feasible and new.cost[:level] < score.cost[:level]:
            best, score, stale = found, new, 0
            report.keep(best)
            report(level, score.cost[level - 1], None)
        elif answer.status == "optimal":
            size = min(size * 1.15, float(len(classes)))
        else:
            size = max(size / 1.15, 3.0)
    return best
