"""CP-SAT on the free sessions of a week; the one place that imports ortools.

Each session takes one of its open times; who attends several has them at different times; and no more
sessions of a set of rooms take place at once than rooms of it are free, for every set of rooms that some
session needs. The last is less than a room for each session, so that what has no answer here has none at all;
rooms are dealt out afterwards (``dealt_rooms``), and times for which they do not suffice are no answer.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any, Final, Literal, TypeAlias

from echelon_lib.solvers.base import Availability, BackendFailed, BackendUnavailable
from echelon_lib.solvers.free_sessions import FreeSessions
from echelon_lib.stop import Running

Claim: TypeAlias = Literal["optimal", "feasible", "infeasible", "unknown"]

MOST_SEED: Final = 2_000_000_000
NO_LIMIT: Final = 1e9
_MISSING = "ortools is not installed or cannot be imported ({}).\n  Maybe: pip install 'ortools>=9.15,<9.16'"
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Starts:
    """What CP-SAT says of the times of free sessions.

    Parameters
    ----------
    claim
        ``optimal``, ``feasible``, ``infeasible`` (both proofs) or ``unknown``.
    chosen
        Number of the time of each session; None without an answer.
    cost, bound
        What the times cost, and what any answer costs at least; None where nothing is known.
    """

    claim: Claim
    chosen: tuple[int, ...] | None = None
    cost: int | None = None
    bound: int | None = None


def availability() -> Availability:
    """Say whether ortools imports; it needs no licence."""
    try:
        from ortools.sat.python import cp_model  # noqa: F401
    except ImportError as error:
        return Availability(False, False, None, _MISSING.format(error))
    return Availability(True, True, importlib.metadata.version("ortools"), "")


def choose_starts(
    free: FreeSessions,
    *,
    stop: Running,
    seed: int = 0,
    workers: int = 1,
    effort: float = NO_LIMIT,
    stay: int = 0,
    shuffled: bool = False,
) -> Starts:
    """Choose the times of free sessions, at the least price.

    Parameters
    ----------
    free
        The sessions.
    stop
        Its remaining seconds are the limit; it may be cancelled from another thread.
    seed, workers
        With one worker the same seed gives the same answer, unless a clock ends the search.
    effort
        Most work, in CP-SAT's own measure, which depends on no clock; one unit is about a second.
    stay
        What it costs besides if a session leaves the time that it has.
    shuffled
        Whether the seed decides in which order times are tried. Otherwise the first times come first, which
        leaves room for others later in the week, and the seed decides something only where times clash.

    Raises
    ------
    BackendUnavailable
        When ortools is missing.
    BackendFailed
        When CP-SAT does not take the model.
    """
    _available()
    if any(not session.times for session in free.sessions):
        return Starts("infeasible")
    if stop.done():
        return Starts("unknown")
    model, literals = _model(free)
    terms = [
        (literal, price + (stay if session.home is not None and number != session.home else 0))
        for session, own in zip(free.sessions, literals, strict=True)
        for number, (literal, price) in enumerate(zip(own, session.price, strict=True))
    ]
    priced = [(literal, price) for literal, price in terms if price]
    if priced:
        model.minimize(sum(price * literal for literal, price in priced))
    for session, own in zip(free.sessions, literals, strict=True):
        if session.home is not None:
            model.add_hint(own[session.home], 1)
    for own in literals:
        model.add_exactly_one(own)
    solver = _solver(seed, workers, effort)
    solver.parameters.permute_variable_randomly = shuffled
    status = _run(solver, model, stop)
    if status == "infeasible":
        return Starts("infeasible")
    bound = round(solver.best_objective_bound) if priced else 0
    if status == "unknown":
        return Starts("unknown", bound=bound if priced else None)
    chosen = tuple(next(k for k, one in enumerate(own) if solver.boolean_value(one)) for own in literals)
    cost = round(solver.objective_value) if priced else 0
    return Starts(status, chosen, cost, bound)


def clashing_core(
    free: FreeSessions, *, stop: Running, seed: int = 0, most: int = 30
) -> tuple[int, ...] | None:
    """Return a few sessions that cannot all have a time; none of them can be spared where time sufficed.

    Parameters
    ----------
    free
        Sessions that were found infeasible.
    stop, seed
        As for ``choose_starts``.
    most
        A larger set is not made smaller one by one.

    Returns
    -------
    tuple or None
        Numbers of sessions, or None where the time did not suffice to find any such set.
    """
    _available()
    for index, session in enumerate(free.sessions):
        if not session.times:
            return (index,)
    core = _core(free, range(len(free.sessions)), stop, seed)
    if core is None or len(core) > most:
        return core
    needed = list(core)
    for index in core:
        rest = [one for one in needed if one != index]
        found = _core(free, rest, stop, seed) if rest else None
        if found is not None:
            needed = [one for one in needed if one in found]
    return tuple(needed)


def _core(free: FreeSessions, among: Collection[int], stop: Running, seed: int) -> tuple[int, ...] | None:
    """Return sessions that cannot all have a time, among some; None where they can, or nobody knows."""
    if stop.done():
        return None
    model, literals = _model(free, among)
    wanted = {}
    for index in sorted(among):
        literal = model.new_bool_var("")
        model.add_bool_or([*literals[index], literal.negated()])
        model.add_at_most_one(literals[index])
        wanted[literal.index] = index
        model.add_assumption(literal)
    solver = _solver(seed, 1, NO_LIMIT)
    if _run(solver, model, stop) != "infeasible":
        return None
    named = solver.sufficient_assumptions_for_infeasibility()
    return tuple(sorted(wanted[number] for number in named)) or tuple(sorted(among))


def _available() -> None:
    found = availability()
    if not found.installed:
        raise BackendUnavailable(found.reason)


def _model(free: FreeSessions, among: Collection[int] | None = None) -> tuple[Any, list[list[Any]]]:
    """Return the model without saying that sessions must take place, and the literals of their times."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    literals: list[list[Any]] = []
    at: list[dict[int, list[Any]]] = []
    for index, session in enumerate(free.sessions):
        known = among is None or index in among
        own = [model.new_bool_var("") for _ in session.times] if known else []
        slots: dict[int, list[Any]] = {}
        for literal, mask in zip(own, session.masks, strict=False):
            for slot in _slots(mask):
                slots.setdefault(slot, []).append(literal)
        literals.append(own)
        at.append(slots)
    for members in free.together:
        for slot in range(free.week):
            rivals = _at(at, members, slot)
            if len({index for index in members if slot in at[index]}) > 1:
                model.add_at_most_one(rivals)
    for rooms, needing in free.room_sets:
        closed = [free.taken.get(room, 0) for room in sorted(rooms)]
        for slot in range(free.week):
            left = sum(not taken >> slot & 1 for taken in closed)
            if sum(slot in at[index] for index in needing) > left:
                rivals = _at(at, needing, slot)
                if left == 1:
                    model.add_at_most_one(rivals)
                else:
                    model.add(sum(rivals) <= left)
    return model, literals


def _at(at: Sequence[dict[int, list[Any]]], members: Sequence[int], slot: int) -> list[Any]:
    return [literal for index in members for literal in at[index].get(slot, ())]


def _slots(mask: int) -> list[int]:
    return [slot for slot in range(mask.bit_length()) if mask >> slot & 1]


def _solver(seed: int, workers: int, effort: float) -> Any:
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.random_seed = seed % MOST_SEED
    solver.parameters.num_workers = workers
    solver.parameters.max_deterministic_time = effort
    solver.parameters.linearization_level = 0  # there is little but sets of which at most one may be chosen
    # An interrupt is ours to see: it ends the search and keeps what was found.
    solver.parameters.catch_sigint_signal = False
    return solver


def _run(solver: Any, model: Any, stop: Running) -> Claim:
    """Solve in a thread of its own, so that the keyboard and other threads can end it."""
    from ortools.sat.python import cp_model

    left = stop.remaining()
    if left is not None:
        solver.parameters.max_time_in_seconds = left
    ended, answers, errors = Event(), list[Any](), list[BaseException]()

    def work() -> None:
        try:
            answers.append(solver.solve(model))
        except BaseException as error:
            errors.append(error)
        finally:
            ended.set()

    thread = Thread(target=work, name="echelon-cpsat", daemon=True)
    thread.start()
    while True:
        try:
            while not ended.wait(_POLL_SECONDS):
                if stop.done():
                    solver.stop_search()
            break
        except KeyboardInterrupt:
            stop.cancel()
    thread.join()
    if errors:
        raise errors[0]
    status = answers[0]
    if status == cp_model.MODEL_INVALID:
        raise BackendFailed(f"CP-SAT does not take the model: {model.validate()}")
    claims: dict[Any, Claim] = {
        cp_model.OPTIMAL: "optimal",
        cp_model.FEASIBLE: "feasible",
        cp_model.INFEASIBLE: "infeasible",
    }
    return claims.get(status, "unknown")
