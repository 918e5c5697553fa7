"""What a linear backend is: installed, licensed, able to solve this model; and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from echelon_lib.domain.errors import EchelonError, suggest
from echelon_lib.solvers.linear import FloatArray, LinearModel
from echelon_lib.stop import Running, Stop

LinearStatus: TypeAlias = Literal["optimal", "feasible", "infeasible", "unknown", "interrupted"]

OnIncumbent: TypeAlias = Callable[[float, FloatArray, float], None]
"""Called with the objective, the values and the seconds so far."""

OnBound: TypeAlias = Callable[[float, float], None]
"""Called with the bound and the seconds so far."""


class BackendUnavailable(EchelonError):
    """The backend that was asked for cannot be used; the message says why and what would cure it."""


class BackendFailed(EchelonError):
    """A backend broke down over a model that it had accepted."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a backend may be used, whatever the model.

    Parameters
    ----------
    installed
        Whether its package imports.
    licensed
        Whether it may be used now, perhaps for small models only.
    version
        The version of the package, or None when it does not import.
    reason
        What is missing or limited; empty when nothing is.
    """

    installed: bool
    licensed: bool
    version: str | None
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class LinearAnswer:
    """What a backend found.

    Parameters
    ----------
    status
        ``optimal``: no answer costs less, which is proven. ``feasible``: there is an answer without such a
        proof, be it that time ran out or that the gap asked for was reached. ``infeasible``: there is no
        answer, which is proven. ``unknown``: there is neither answer nor proof; so it is with an unbounded
        model. ``interrupted``: somebody stopped the solve; the incumbent is kept if there was one.
    values
        One value a column, whole numbers rounded; None when there is no answer.
    objective
        The cost of the values as :meth:`LinearModel.value` computes it, never as the backend reports it.
    bound
        No answer costs less than this; None when nothing is known. Where costs come in steps it is on a step.
    native_status
        The backend's own word for how it ended.
    seconds
        Wall-clock seconds that the solve took.
    solver
        The name of the backend.
    doubts
        What does not fit: rows that the values break, or an objective that the backend reports differently.
        An answer with doubts is never called optimal.
    """

    status: LinearStatus
    values: FloatArray | None
    objective: float | None
    bound: float | None
    native_status: str
    seconds: float
    solver: str
    doubts: tuple[str, ...] = ()


class LinearBackend(Protocol):
    """A solver of linear models."""

    @property
    def name(self) -> str:
        """The word by which users ask for this backend."""
        ...

    def availability(self) -> Availability:
        """Say whether the backend is installed and may be used at all."""
        ...

    def why_not(self, model: LinearModel) -> str | None:
        """Say in a sentence, with the cure, why it may not solve this model now; None when it may."""
        ...

    def solve(
        self,
        model: LinearModel,
        *,
        stop: Stop | Running | float | None = None,
        start: FloatArray | None = None,
        seed: int = 0,
        threads: int = 1,
        gap: float = 0.0,
        on_incumbent: OnIncumbent | None = None,
        on_bound: OnBound | None = None,
    ) -> LinearAnswer:
        """Minimise the cost of a model.

        Parameters
        ----------
        stop
            When to stop. An iteration is a node of the search tree. Hand a :class:`Running` to several
            solves to give them a common deadline; an interrupt from the keyboard cancels it, so that the
            later ones end too.
        start
            One value a column, NaN where it is not known. A start that satisfies the model is an incumbent
            from the first moment, whatever the backend makes of it; another one is a hint.
        seed, threads
            The same seed with one thread gives the same answer unless a clock stops the solve.
        gap
            Stop at this relative gap between cost and bound; zero asks for a proof.
        on_incumbent, on_bound
            Called from the thread of the solve. What they raise stops the solve and is raised again here.

        Raises
        ------
        BackendUnavailable
            If the backend may not solve this model.
        BackendFailed
            If it breaks down without any answer.
        ValueError
            If an argument cannot be used.
        """
        ...


def backends() -> dict[str, LinearBackend]:
    """Return the backends by name, the one that ``auto`` prefers first; nothing is imported or probed."""
    from echelon_lib.solvers.gurobi import GurobiBackend
    from echelon_lib.solvers.highs import HighsBackend

    known: tuple[LinearBackend, ...] = (GurobiBackend(), HighsBackend())
    return {backend.name: backend for backend in known}


def choose_backend(model: LinearModel, name: str = "auto") -> LinearBackend:
    """Return the backend of that name, or with ``auto`` the first that may solve the model.

    Raises
    ------
    BackendUnavailable
        If there is no such backend or it may not solve this model; the message holds the cure.
    """
    known = backends()
    word = name.strip().casefold() if isinstance(name, str) else ""
    if word == "auto":
        reasons = []
        for backend in known.values():
            reason = backend.why_not(model)
            if reason is None:
                return backend
            reasons.append(f"{backend.name}: {reason}")
        raise BackendUnavailable("\n".join(["No linear backend can solve this model.", *reasons]))
    if word not in known:
        near = suggest(word, ["auto", *known]) if word else None
        cure = near or f"one of auto, {', '.join(known)} was meant?"
        raise BackendUnavailable(f"There is no linear backend {name!r}.\n  Maybe {cure}")
    reason = known[word].why_not(model)
    if reason is not None:
        raise BackendUnavailable(reason)
    return known[word]
