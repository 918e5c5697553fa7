"""When to stop: criteria as values, and the running clocks that are started from them.

A criterion (:class:`MaxRuntime`, :class:`MaxIterations`, :class:`NoImprovement`, :class:`AnyOf`) is a plain
value that can be kept, compared and printed. ``start()`` makes a :class:`Running` from it. One running
object is handed to every solve of a job, so that a deadline and an interrupt are common to all of them.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from time import monotonic
from typing import Protocol, SupportsIndex, TypeAlias, cast, runtime_checkable

Cost: TypeAlias = float | tuple[float, ...]
"""A cost to be minimised, or the costs of several levels in order."""


@runtime_checkable
class Stop(Protocol):
    """A stopping criterion."""

    def start(self) -> Running:
        """Start a fresh clock (or counter) for this criterion."""
        ...


class Running:
    """A criterion that has been started; this plain one stops only when it is cancelled.

    Parameters
    ----------
    clock
        Seconds from an arbitrary beginning that never go back.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._cancelled = False

    def elapsed(self) -> float:
        """Return the seconds since the start."""
        return self._clock() - self._began

    def remaining(self) -> float | None:
        """Return the seconds that are left, never below zero; None means that time is unlimited."""
        return None

    @property
    def iterations(self) -> int | None:
        """The iterations that one solve may make; None where they are not limited."""
        return None

    @property
    def patience(self) -> int | None:
        """The iterations without anything better that end a solve; None where they do not matter."""
        return None

    def done(self, *, iterations: int | None = None, best: Cost | None = None) -> bool:
        """Say whether it is time to stop.

        Parameters
        ----------
        iterations
            Iterations (moves, nodes of a search tree) done so far in the present solve; None when only the
            clock and the interrupt are asked about.
        best
            The cost of the incumbent of the present solve, or None while there is none.
        """
        return self.cancelled

    def cancel(self) -> None:
        """Make every later ``done()`` true; safe in another thread and in a signal handler."""
        self._cancelled = True

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked to stop, as opposed to a limit that was reached."""
        return self._cancelled

    def next_solve(self) -> None:
        """Forget iterations and incumbents, since another solve begins; the clock goes on."""

    def part(self, share: float) -> Running:
        """Return a clock of a share, 0 to 1, of the time that is left; cancelling either cancels both."""
        if isinstance(share, bool) or not 0 <= share <= 1:
            raise ValueError(f"{share!r} is no share of the time.\n  Maybe 0.5 was meant for half of it?")
        return _Part(self, share)


@dataclass(frozen=True, slots=True)
class Never:
    """Go on until the work is done."""

    def start(self) -> Running:
        """Start a clock that sets no limit."""
        return Running()


@dataclass(frozen=True, slots=True)
class MaxRuntime:
    """Stop after so many seconds of wall-clock time; zero stops at once, infinity never.

    Raises
    ------
    ValueError
        If the seconds are negative, not a number, or no number at all.
    """

    seconds: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "seconds", _seconds(self.seconds))

    def start(self) -> Running:
        """Start the clock."""
        return _Deadline(self.seconds)


@dataclass(frozen=True, slots=True)
class MaxIterations:
    """Stop after so many iterations of one solve.

    Raises
    ------
    ValueError
        If the number is negative or not whole.
    """

    iterations: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "iterations", _count(self.iterations, least=0))

    def start(self) -> Running:
        """Start the counter."""
        return _Iterations(self.iterations)


@dataclass(frozen=True, slots=True)
class NoImprovement:
    """Stop when so many iterations of one solve brought nothing better.

    The counting begins with the first incumbent: as long as there is none, the search goes on.

    Raises
    ------
    ValueError
        If the number is below one or not whole.
    """

    iterations: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "iterations", _count(self.iterations, least=1))

    def start(self) -> Running:
        """Start the counter."""
        return _Stale(self.iterations)


class AnyOf:
    """Stop as soon as one of several criteria says so; numbers are seconds.

    Raises
    ------
    ValueError
        If one of them is not a stopping criterion.
    """

    __slots__ = ("stops",)

    def __init__(self, *stops: Stop | float | None) -> None:
        self.stops: tuple[Stop, ...] = tuple(as_stop(stop) for stop in stops)

    def start(self) -> Running:
        """Start all of them together."""
        return _Any(tuple(stop.start() for stop in self.stops))

    def __eq__(self, other: object) -> bool:
        return self.stops == other.stops if isinstance(other, AnyOf) else NotImplemented

    def __hash__(self) -> int:
        return hash((AnyOf, self.stops))

    def __repr__(self) -> str:
        return f"AnyOf({', '.join(map(repr, self.stops))})"


class Cancel:
    """A switch that stops every solve that was given it: ``stop=AnyOf(60, cancel)``.

    It may be set from another thread or from a signal handler; therefore it is a plain flag without a lock.
    """

    __slots__ = ("_set",)

    def __init__(self) -> None:
        self._set = False

    def set(self) -> None:
        """Ask all who watch this switch to stop."""
        self._set = True

    def is_set(self) -> bool:
        """Say whether somebody asked to stop."""
        return self._set

    def start(self) -> Running:
        """Start a clock that watches this switch."""
        return _Watched(self)


def as_stop(value: Stop | float | int | None) -> Stop:
    """Return the criterion that is meant: a number is seconds, None is never.

    Raises
    ------
    ValueError
        If the value is negative, not a number, a truth value or something else.
    """
    if isinstance(value, type | Running):
        raise ValueError(_refusal(value))
    if isinstance(value, Stop):
        return value
    return Never() if value is None else MaxRuntime(value)


def running(stop: Stop | Running | float | None) -> Running:
    """Return ``stop`` when it runs already, and start it otherwise."""
    return stop if isinstance(stop, Running) else as_stop(stop).start()


class _Deadline(Running):
    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def remaining(self) -> float | None:
        return None if math.isinf(self._seconds) else max(0.0, self._seconds - self.elapsed())

    def done(self, *, iterations: int | None = None, best: Cost | None = None) -> bool:
        return self.cancelled or self.remaining() == 0.0


class _Iterations(Running):
    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    @property
    def iterations(self) -> int | None:
        return self._limit

    def done(self, *, iterations: int | None = None, best: Cost | None = None) -> bool:
        return self.cancelled or (iterations is not None and iterations >= self._limit)


class _Stale(Running):
    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._best: Cost | None = None
        self._since = 0

    @property
    def patience(self) -> int | None:
        return self._limit

    def next_solve(self) -> None:
        self._best, self._since = None, 0

    def done(self, *, iterations: int | None = None, best: Cost | None = None) -> bool:
        if iterations is not None and best is not None:
            if self._best is None or iterations < self._since or _less(best, self._best):
                self._best, self._since = best, iterations
            elif iterations - self._since >= self._limit:
                return True
        return self.cancelled


class _Watched(Running):
    def __init__(self, switch: Cancel) -> None:
        super().__init__()
        self._switch = switch

    @property
    def cancelled(self) -> bool:
        return self._cancelled or self._switch.is_set()


class _Part(Running):
    def __init__(self, whole: Running, share: float) -> None:
        super().__init__()
        self._whole = whole
        left = whole.remaining()
        self._seconds = math.inf if left is None else left * share

    def remaining(self) -> float | None:
        left = self._whole.remaining()
        own = max(0.0, self._seconds - self.elapsed())
        return left if math.isinf(own) else own if left is None else min(own, left)

    @property
    def iterations(self) -> int | None:
        return self._whole.iterations

    @property
    def patience(self) -> int | None:
        return self._whole.patience

    def done(self, *, iterations: int | None = None, best: Cost | None = None) -> bool:
        return self._whole.done(iterations=iterations, best=best) or self.remaining() == 0.0

    def cancel(self) -> None:
        self._whole.cancel()

    @property
    def cancelled(self) -> bool:
        return self._whole.cancelled

    def next_solve(self) -> None:
        self._whole.next_solve()


class _Any(Running):
    def __init__(self, parts: tuple[Running, ...]) -> None:
        super().__init__()
        self._parts = parts

    def remaining(self) -> float | None:
        return min((left for part in self._parts if (left := part.remaining()) is not None), default=None)

    @property
    def iterations(self) -> int | None:
        return min((most for part in self._parts if (most := part.iterations) is not None), default=None)

    @property
    def patience(self) -> int | None:
        return min((most for part in self._parts if (most := part.patience) is not None), default=None)

    def done(self, *, iterations: int | None = None, best: Cost | None = None) -> bool:
        answers = [part.done(iterations=iterations, best=best) for part in self._parts]
        return self.cancelled or any(answers)

    @property
    def cancelled(self) -> bool:
        return self._cancelled or any(part.cancelled for part in self._parts)

    def next_solve(self) -> None:
        for part in self._parts:
            part.next_solve()


def _less(new: Cost, old: Cost) -> bool:
    """Compare two costs of the same kind, a number counting as one level."""
    return (new if isinstance(new, tuple) else (new,)) < (old if isinstance(old, tuple) else (old,))


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ValueError(_refusal(value))
    try:
        seconds = float(value)
    except OverflowError:
        raise ValueError(_refusal(value)) from None
    if math.isnan(seconds) or seconds < 0:
        raise ValueError(_refusal(value))
    return seconds


def _count(value: object, *, least: int) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        count = operator.index(cast(SupportsIndex, value))
    except TypeError:
        count = least - 1
    if count < least:
        raise ValueError(
            f"{_short(value)} is no number of iterations.\n  Maybe a whole number from {least} on was meant?"
        )
    return count


def _refusal(value: object) -> str:
    return (
        f"{_short(value)} does not say when to stop.\n"
        "  Maybe give seconds (zero or more), MaxRuntime(60), NoImprovement(1000), AnyOf(...) or None."
    )


def _short(value: object) -> str:
    text = repr(value) if not isinstance(value, int) or abs(value) < 10**20 else "a very large whole number"
    return text if len(text) <= 60 else f"{text[:57]}..."
