"""What a run of a university is going to do: which stage runs where, in how many parts, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from echelon_lib.domain.problem import Problem
from echelon_lib.runs.resources import Resources
from echelon_lib.runs.scenario import Scenario
from echelon_lib.search.university.crew import LEAST_ROUND, LEAST_ROUND_ELSEWHERE
from echelon_lib.search.university.engine import planned
from echelon_lib.search.university.genetic import Genetic
from echelon_lib.search.university.soft import Annealing, rounds_of
from echelon_lib.search.university.stages import Stages
from echelon_lib.search.university.strategy import BLOCK

HERE = "this process"


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """A stage of the search.

    Parameters
    ----------
    stage, where, ends
        What it is, who does it, and what ends it, in words.
    parts
        Parts of the week, which those who are there work on side by side.
    rounds
        How often they are dealt out anew, about; None where the week is not dealt out.
    """

    stage: str
    where: str
    parts: int
    rounds: int | None
    ends: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is going to do, and with what.

    Parameters
    ----------
    resources
        What this machine lets it use.
    workers
        The workers of dask.distributed, in words.
    stages
        The stages in their order.
    """

    resources: Resources
    workers: str
    stages: tuple[PlannedStage, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it, in sentences."""
        found = [self.resources.sentence, f"Workers of dask.distributed: {self.workers}."]
        for one in self.stages:
            dealt = ""
            if one.rounds is not None:
                dealt = f" in {one.parts} parts, dealt out about {one.rounds:,} times"
                dealt += ", the end in one" if one.parts > 1 else ""
            found.append(f"{one.stage[0].upper()}{one.stage[1:]}: {one.where}{dealt}; ends {one.ends}.")
        return tuple(found)

    def table(self) -> pd.DataFrame:
        """Return a row for each stage."""
        columns = ["Stage", "Where", "Parts", "Rounds, about", "Ends"]
        rows = [(one.stage, one.where, one.parts, one.rounds, one.ends) for one in self.stages]
        return pd.DataFrame(rows, columns=columns).astype({"Rounds, about": "Int64"})

    def as_dict(self) -> Mapping[str, Any]:
        """Return the entries of ``result.json``."""
        return asdict(self)


def plan_of(
    scenario: Scenario, problem: Problem, workers: tuple[int, str] | None = None, *, warm: bool = False
) -> Plan:
    """Return the plan for a university.

    Parameters
    ----------
    scenario
        What the run is told.
    problem
        The problem of the university.
    workers
        How many work on the parts of the week elsewhere, and what they are; None for threads of this process.
    warm
        Whether the run begins with a timetable that keeps the required rules.
    """
    moves = None if scenario.iterations is None else scenario.iterations * BLOCK
    seconds = scenario.seconds if moves is None else None
    limit = f"{seconds:g} s" if moves is None else f"{moves:,} moves"
    chosen = scenario.stages or Stages()
    if scenario.method == "greedy":
        chosen = chosen.model_copy(update={"quality": "none"})
    last = f"after {limit}" if warm or seconds is None else f"after the rest of {limit}"
    stages = []
    for stage in planned(chosen, cores=scenario.cores, counted=moves is not None, warm=warm):
        if isinstance(stage, Annealing):
            size, least = (None, LEAST_ROUND) if workers is None else (workers[0], LEAST_ROUND_ELSEWHERE)
            parts = stage.parts_of(problem, size, counted=moves is not None)
            rounds = rounds_of(parts, len(problem.meetings), least, seconds=seconds, moves=moves)
            where = workers[1] if workers else _threads(stage.threads_of(parts))
            stages.append(PlannedStage(stage.name, where, parts, rounds, last))
        elif isinstance(stage, Genetic):
            ends = f"after {stage.generations:,} generations, or {limit}" if stage.generations else last
            stages.append(PlannedStage(stage.name, _threads(stage.parts), 1, None, ends))
        else:
            stages.append(PlannedStage(stage.name, HERE, 1, None, f"when it has done its part, or {limit}"))
    return Plan(Resources.here(), "none" if workers is None else workers[1], tuple(stages))


def _threads(count: int) -> str:
    return f"{count} threads of {HERE}" if count > 1 else HERE
