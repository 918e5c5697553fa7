"""What a search has found so far: the trace that people watch, and the timetable that an interrupt keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import Evaluation, evaluate
from echelon_lib.solvers.result import TracePoint
from echelon_lib.stop import Running

OnTimetable: TypeAlias = Callable[[Timetable, Evaluation], None]
"""Called with each timetable that keeps the required rules and is better than all before; perhaps from
another thread, and the search waits meanwhile."""

OnPromise: TypeAlias = Callable[[Callable[[], Timetable]], None]
"""Called with what makes a timetable that is better than all before, where making it would keep the search
waiting: whoever wants it calls that whenever it likes, from any thread, and has it evaluated."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a search stands.

    Parameters
    ----------
    stage
        What it does, in words.
    share
        How much of the whole search is over, 0 to 1; None where the clock decides.
    left
        Seconds to its end at the speed so far; None where the clock decides or nobody knows.
    """

    stage: str
    share: float | None = None
    left: float | None = None


OnStanding: TypeAlias = Callable[[Standing], None]
"""Called with each stage that begins, and many times a second while one of them goes on."""


class Report:
    """Hears of incumbents, bounds and timetables while a search goes on.

    Parameters
    ----------
    problem
        The problem that is searched; what is kept is scored by the evaluator.
    clock
        Tells the seconds.
    on_incumbent
        Called with every new point of the trace.
    on_timetable
        Called with every better timetable.
    on_standing
        Called with where the search stands.
    on_promise
        Called with better timetables that are not made yet.

    Attributes
    ----------
    trace
        Incumbent and bound of a level whenever one of them changed.
    """

    def __init__(
        self,
        problem: Problem,
        clock: Running,
        on_incumbent: Callable[[TracePoint], None] | None = None,
        on_timetable: OnTimetable | None = None,
        on_standing: OnStanding | None = None,
        on_promise: OnPromise | None = None,
    ) -> None:
        self._problem = problem
        self._clock = clock
        self._on_incumbent = on_incumbent
        self._on_timetable = on_timetable
        self._on_standing = on_standing
        self._on_promise = on_promise
        self._best: tuple[Timetable, Evaluation] | None = None
        self._promised: Callable[[], Timetable] | None = None
        self.trace: list[TracePoint] = []

    def __call__(self, level: int, incumbent: int | None, bound: int | None) -> None:
        """Take an incumbent or a bound of a level, None where there is nothing new."""
        before = next((point for point in reversed(self.trace) if point.level == level), None)
        if before is not None:
            incumbent = before.incumbent if incumbent is None else incumbent
            bound = before.bound if bound is None else bound
            # A backend begins anew with each model, but what was known stays known.
            if level == 1 and incumbent is not None and before.incumbent is not None:
                incumbent = min(incumbent, before.incumbent)
            if bound is not None and before.bound is not None:
                bound = max(bound, before.bound)
            if (before.incumbent, before.bound) == (incumbent, bound):
                return
        point = TracePoint(self._clock.elapsed(), level, incumbent, bound)
        self.trace.append(point)
        if self._on_incumbent is not None:
            self._on_incumbent(point)

    def bound(self, level: int) -> int | None:
        """Return the bound of a level as far as it was told."""
        return max((p.bound for p in self.trace if p.level == level and p.bound is not None), default=None)

    @property
    def best(self) -> Timetable | None:
        """The best timetable so far; None before the first."""
        if self._promised is not None:
            self.keep(self._promised())
        return None if self._best is None else self._best[0]

    def stands(self, standing: Standing) -> None:
        """Tell where the search stands."""
        if self._on_standing is not None:
            self._on_standing(standing)

    def promise(self, make: Callable[[], Timetable]) -> None:
        """Tell of a timetable better than all before that is made only where somebody asks for it."""
        self._promised = make
        if self._on_promise is not None:
            self._on_promise(make)

    def keep(self, timetable: Timetable, score: Evaluation | None = None) -> None:
        """Keep a timetable if the evaluator (its score may be at hand) calls it better than those before.

        It takes the place of what was promised before.
        """
        score = evaluate(self._problem, timetable) if score is None else score
        self._promised = None
        if self._best is not None and rank(score) >= rank(self._best[1]):
            return
        self._best = timetable, score
        if score.feasible and self._on_timetable is not None:
            self._on_timetable(timetable, score)

    def offer(self, level: int, cost: int, make: Callable[[], Timetable | None]) -> None:
        """Keep a timetable that is still to be made, if its cost of a level promises something better."""
        known = None if self._best is None else self._best[1]
        if known is not None and known.feasible and cost >= known.cost[level - 1]:
            return
        timetable = make()
        if timetable is not None:
            self.keep(timetable)

    def aside(self) -> Report:
        """Return a report for a trial: its figures are nobody's news, its timetables are kept if better."""
        return _Aside(self)


class _Aside(Report):
    """The report of a trial."""

    def __init__(self, whole: Report) -> None:
        super().__init__(whole._problem, whole._clock)
        self._whole = whole

    @property
    def best(self) -> Timetable | None:
        return self._whole.best

    def keep(self, timetable: Timetable, score: Evaluation | None = None) -> None:
        self._whole.keep(timetable, score)

    def offer(self, level: int, cost: int, make: Callable[[], Timetable | None]) -> None:
        self._whole.offer(level, cost, make)


def rank(score: Evaluation) -> tuple[bool, tuple[int, ...]]:
    """Return what is less for a better timetable."""
    return not score.feasible, score.cost
