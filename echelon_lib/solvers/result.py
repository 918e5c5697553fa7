"""What a solver says, after the evaluator has had its say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import Evaluation


class Status(Enum):
    """How a solve ended."""

    OPTIMAL = "OPTIMAL"
    FEASIBLE = "FEASIBLE"
    INFEASIBLE = "INFEASIBLE"
    NO_TIMETABLE_FOUND = "NO_TIMETABLE_FOUND"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class LevelResult:
    """One level of the objective.

    Parameters
    ----------
    level
        Number of the level, from 1.
    cost
        Cost as the evaluator counts it; None without a timetable.
    bound
        Proven lower bound, with the earlier levels held; None when nothing is known.
    terms
        Names of the priced rules that the bound covers; empty without a bound.
    scale
        What the gap is relative to: total request weight, or None for the cost itself.
    """

    level: int
    cost: int | None
    bound: int | None
    terms: tuple[str, ...] = ()
    scale: int | None = None

    @property
    def proven(self) -> bool:
        """Whether cost and bound meet."""
        return self.cost is not None and self.bound is not None and self.cost <= self.bound

    @property
    def gap(self) -> float | None:
        """(cost − bound) ÷ scale; None without a cost or a bound."""
        if self.cost is None or self.bound is None:
            return None
        scale = max(1, abs(self.cost)) if self.scale is None else max(1, self.scale)
        return (self.cost - self.bound) / scale


@dataclass(frozen=True, slots=True)
class TracePoint:
    """A moment of the search: seconds since the start, the level worked on, incumbent and bound of it."""

    seconds: float
    level: int
    incumbent: int | None
    bound: int | None


@dataclass(frozen=True, slots=True)
class StageRecord:
    """What a strategy of a search by stages came to; its note says in words what it did.

    Parameters
    ----------
    stage, strategy
        Names of the stage and of who did it.
    seconds
        How long it took.
    clashes
        What clashes or has no place in the best week afterwards: an hour that somebody has twice counts 1,
        of a teacher 10, a meeting without a place 1,000. None while there is no week.
    cost
        What the best week costs; None while something clashes.
    """

    stage: str
    strategy: str
    seconds: float
    clashes: int | None
    cost: int | None


@dataclass(frozen=True)
class Result:
    """The outcome of a solve.

    Parameters
    ----------
    status
        OPTIMAL when every level is proven, and so on.
    best
        The best timetable found, or None.
    evaluation
        What the evaluator says of it, or None.
    levels
        Cost, bound and gap of each level.
    trace
        Incumbents and bounds over time.
    runtime
        Seconds.
    solver
        Who solved it, such as ``highs 1.14.0 (grouped exact model)``.
    seed
        Seed of the random decisions.
    mismatches
        Terms in which the solver's own count differs from the evaluator's; the evaluator is right.
    notes
        What a reader should know: rules held more strictly than asked, reasons of infeasibility.
    stages
        What each stage came to, where the search has stages.
    closest
        Where there is no timetable, the answer that comes closest to one; it breaks required rules.
    """

    status: Status
    best: Timetable | None
    evaluation: Evaluation | None
    levels: tuple[LevelResult, ...]
    trace: tuple[TracePoint, ...]
    runtime: float
    solver: str
    seed: int
    mismatches: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    stages: tuple[StageRecord, ...] = ()
    closest: Timetable | None = None

    @property
    def cost(self) -> tuple[int, ...] | None:
        """Cost of each level as the evaluator counts it."""
        return None if self.evaluation is None else self.evaluation.cost

    @property
    def bound(self) -> int | None:
        """Proven lower bound of the first level."""
        return self.levels[0].bound if self.levels else None

    @property
    def gap(self) -> float | None:
        """Gap of the first level."""
        return self.levels[0].gap if self.levels else None

    @property
    def proven(self) -> tuple[int, ...]:
        """Numbers of the levels that are proven optimal, from the first on."""
        numbers: list[int] = []
        for level in self.levels:
            if not level.proven:
                break
            numbers.append(level.level)
        return tuple(numbers)
