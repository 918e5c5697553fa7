"""Who works on the parts of a week side by side: threads of this process, or others that can be lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from echelon_lib.domain.errors import EchelonError
from echelon_lib.search.kernels.university_layout import University, Week
from echelon_lib.search.university.parts import Deal, Done, Effort, Part
from echelon_lib.stop import Running

Work: TypeAlias = Callable[[Week, Sequence[Deal], Effort, Running], list[Done | None]]
"""Does the parts of a round, all beginning with the same week; None for what was not finished in time."""


LEAST_ROUND, LEAST_ROUND_ELSEWHERE = 0.004, 3.0
"""Seconds that a round should take at least, here and where its parts are sent to other processes."""


def processes_here(count: int) -> str:
    """Return what workers that are started here are called."""
    return f"{count} processes of this machine" if count > 1 else "a process of this machine"


class LostError(EchelonError):
    """Whoever worked cannot be reached any more."""


class Crew(Protocol):
    """Those who work side by side."""

    @property
    def size(self) -> int:
        """How many parts they work on at a time."""
        ...

    @property
    def least_round(self) -> float:
        """Seconds that a round should take at least, so that handing over does not matter."""
        ...

    @property
    def told(self) -> tuple[str, ...]:
        """What happened to them meanwhile, in sentences without full stop."""
        ...

    def holding(self, university: University, parts: int) -> AbstractContextManager[Work]:
        """Give them the university, of which they do so many parts, and take it away in the end.

        Both this and what works may raise ``LostError``.
        """
        ...


@dataclass(frozen=True)
class Threads:
    """Threads of this process; the kernels let all of them run at a time, and parts beyond them wait."""

    size: int
    least_round: float = LEAST_ROUND
    told: tuple[str, ...] = ()

    @contextmanager
    def holding(self, university: University, parts: int) -> Iterator[Work]:
        """Have a copy of the week for each part."""
        copies = [Part(university) for _ in range(parts)]

        def one(part: Part, whole: Week, deal: Deal, effort: Effort) -> Done:
            part.copy(whole)
            return part.work(deal, effort)

        with ThreadPoolExecutor(min(parts, self.size)) as pool:

            def work(whole: Week, deals: Sequence[Deal], effort: Effort, clock: Running) -> list[Done | None]:
                both = zip(copies, deals, strict=False)
                jobs = [pool.submit(one, part, whole, deal, effort) for part, deal in both]
                return [job.result() for job in jobs]

            yield work


class Steady:
    """A crew in whose place the ``spare`` threads of this process go on as soon as it is lost.

    A round that was lost is done again from where it began, so that nothing of the answer hangs on it where
    moves are counted.
    """

    def __init__(
        self, crew: Crew, spare: Threads, university: University, parts: int, stack: ExitStack
    ) -> None:
        self._crew, self._spare, self._stack = crew, spare, stack
        self._university, self._parts = university, parts
        self._lost: list[str] = []
        self._work: Work
        try:
            self._work = stack.enter_context(crew.holding(university, parts))
        except LostError as lost:
            self._go_on(lost)

    def _go_on(self, lost: LostError) -> None:
        self._lost.append(f"{lost}, and threads of this process went on")
        self._work = self._stack.enter_context(self._spare.holding(self._university, self._parts))

    def work(self, whole: Week, deals: Sequence[Deal], effort: Effort, clock: Running) -> list[Done | None]:
        """Do the parts of a round."""
        try:
            return self._work(whole, deals, effort, clock)
        except LostError as lost:
            self._go_on(lost)
            return self._work(whole, deals, effort, clock)

    @property
    def told(self) -> tuple[str, ...]:
        """What happened to the crew."""
        return (*self._crew.told, *self._lost)
