"""An exact sectioning at the times that a search has found, beside the search and in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.solvers.apart import LOOKS, Apart
from echelon_lib.solvers.base import choose_backend
from echelon_lib.solvers.master_schedule import MasterScheduleModel
from echelon_lib.solvers.reduce import Reduction
from echelon_lib.stop import Running, running

EARLY, LATE = 0.5, 0.2
"""Seconds before the deadline at which the solver should end, and after it at which the process is ended."""


@dataclass(frozen=True, slots=True)
class Sectioned:
    """What exact sectioning came to: a timetable, and whether no other meets more at its times."""

    timetable: Timetable | None
    proven: bool
    solver: str
    doubts: tuple[str, ...] = ()


def section_exactly(
    reduction: Reduction, start: Timetable, backend: str, clock: Running, seed: int
) -> Sectioned:
    """Section students as well as possible at the times of a timetable, which is improved.

    Parameters
    ----------
    reduction
        The problem.
    start
        Places all sections.
    backend
        A linear backend, or ``auto``.
    clock
        When to end; it may have been started in another process.
    seed
        Of the backend.
    """
    fixed = {s.id: start.placements[s.meetings[0].id].time for s in reduction.problem.sections.values()}
    model = MasterScheduleModel(reduction, level=1, held=(), fixed=fixed)
    chosen = choose_backend(model.linear, backend)
    left = clock.remaining()
    answer = chosen.solve(model.linear, stop=left, start=model.encode(start), seed=seed)
    better = None if answer.values is None else model.timetable(answer.values)
    return Sectioned(better, answer.status == "optimal", chosen.name, tuple(answer.doubts))


def prepare(reduction: Reduction) -> Apart:
    """Start a process that is given a problem and waits for a timetable of it."""
    return Apart(section_exactly, reduction, waiting=True)


class Proof:
    """An exact sectioning that goes on until its answer comes or the deadline has passed.

    Parameters
    ----------
    work
        The process, whose answer is a ``Sectioned``.
    placements
        The placements of which it speaks.
    stop
        Its deadline; cancelling it ends the process.
    """

    def __init__(self, work: Apart, placements: Mapping[str, Placement], stop: Running) -> None:
        self.placements = placements
        self._work, self._stop = work, stop
        self._answer: Sectioned | None = None

    @classmethod
    def begin(cls, work: Apart, timetable: Timetable, *, backend: str, stop: Running, seed: int) -> Proof:
        """Let a process that ``prepare`` made begin; it builds its model itself, and nobody waits for it."""
        left = stop.remaining()
        work.hand(timetable, backend, running(None if left is None else max(0.0, left - EARLY)), seed)
        return cls(work, timetable.placements, stop)

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self._work.ended

    def answer(self) -> Sectioned | None:
        """Return the answer as soon as there is one; None before, and where the process failed."""
        if self._answer is None and self.ended:
            self._answer = self._work.answer()
        return self._answer

    def wait(self) -> Sectioned | None:
        """Wait for the answer as long as there is time; None where the process was late and is ended."""
        late: Running | None = None
        while not self._work.wait(LOOKS):
            if late is None and self._stop.done():
                late = running(LATE)
            if self._stop.cancelled or (late is not None and late.done()):
                break
        self.end()
        return self.answer()

    def end(self) -> None:
        """End the process."""
        self._work.end()
