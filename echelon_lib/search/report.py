"""What a search has found so far: the trace that people watch, and the timetable that an interrupt keeps."""

from __future__ import annotations

from collections.abc import Callable

from echelon_lib.domain.timetable import Timetable
from echelon_lib.solvers.result import TracePoint
from echelon_lib.stop import Running


class Report:
    """Hears of incumbents and bounds while a search goes on.

    Parameters
    ----------
    clock
        Tells the seconds.
    on_incumbent
        Called with every new point of the trace.

    Attributes
    ----------
    trace
        Incumbent and bound of a level whenever one of them changed.
    best
        The best timetable so far; None before the first.
    """

    def __init__(self, clock: Running, on_incumbent: Callable[[TracePoint], None] | None = None) -> None:
        self._clock = clock
        self._on_incumbent = on_incumbent
        self.trace: list[TracePoint] = []
        self.best: Timetable | None = None

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

    def keep(self, timetable: Timetable) -> None:
        """Keep a timetable that is better than those before."""
        self.best = timetable

    def aside(self) -> Report:
        """Return a report for a step of the search that is nobody's news, such as a trial."""
        return Report(self._clock)
