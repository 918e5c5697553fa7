"""Free sessions placed by CP-SAT: times, rooms, and the evaluator's word for it."""

from __future__ import annotations

from dataclasses import dataclass

from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.solvers.cpsat import NO_LIMIT, Starts, choose_starts
from echelon_lib.solvers.dealt_rooms import Ask, deal_rooms
from echelon_lib.solvers.free_sessions import FreeSessions
from echelon_lib.solvers.result import Status
from echelon_lib.stop import Running

TRIES = 3
"""Choices of times for which rooms are sought, each with a seed of its own."""


@dataclass(frozen=True)
class SessionsAnswer:
    """What became of some sessions while all others stayed.

    Parameters
    ----------
    status
        OPTIMAL or FEASIBLE with a timetable that ``evaluate`` confirmed; INFEASIBLE where it is proven that
        there is none; NO_TIMETABLE_FOUND where nobody knows; CANCELLED.
    timetable
        All others as they were, and the sessions where they go; None without an answer.
    sessions
        The sessions that were free.
    moved
        Those of them that had a time and have another.
    cost, bound
        What faculty's preferences cost for the sessions, and what they cost at least; None where nothing is
        known or they were not asked for.
    sentences
        What a person should know.
    seconds
        How long it took.
    """

    status: Status
    timetable: Timetable | None
    sessions: tuple[str, ...]
    moved: tuple[str, ...]
    cost: int | None
    bound: int | None
    sentences: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Tried:
    """Times as CP-SAT chose them, and placements with rooms; None where there are no times or no rooms."""

    starts: Starts
    placements: dict[str, Placement] | None


def place(
    free: FreeSessions,
    *,
    stop: Running,
    seed: int,
    workers: int = 1,
    effort: float = NO_LIMIT,
    stay: int = 0,
) -> Tried:
    """Choose times by CP-SAT and deal out rooms; the arguments are those of ``choose_starts``.

    Where rooms cannot be dealt out for some times, a few other choices of times are tried.
    """
    starts = Starts("unknown")
    for attempt in range(TRIES):
        found = choose_starts(
            free,
            stop=stop,
            seed=seed + attempt,
            workers=workers,
            effort=effort,
            stay=stay,
            shuffled=attempt > 0,
        )
        if found.chosen is None:
            return Tried(found if attempt == 0 else starts, None)
        starts = found
        rooms = _rooms(free, found.chosen)
        if rooms is not None:
            placements = {
                session.id: Placement(session.times[number], rooms.get(session.id))
                for session, number in zip(free.sessions, found.chosen, strict=True)
            }
            return Tried(found, placements)
    return Tried(starts, None)


def _rooms(free: FreeSessions, chosen: tuple[int, ...]) -> dict[str, str] | None:
    """Return the room of each session that needs one; the one that it has where that will do."""
    asks = []
    for session, number in zip(free.sessions, chosen, strict=True):
        if session.rooms is not None:
            own = [room for room in session.rooms if room == session.room]
            rooms = tuple(dict.fromkeys((*own, *session.rooms)))
            asks.append(Ask(session.id, session.masks[number], rooms))
    if not free.problem.policy.room_clash.required:
        return {ask.id: ask.rooms[0] for ask in asks if ask.rooms}
    return deal_rooms(asks, free.taken)


def answer(
    free: FreeSessions, before: Timetable, tried: Tried, clock: Running, *, priced: bool = False
) -> SessionsAnswer:
    """Return what was tried as an answer; of a proof that there is none it says no more than that.

    Parameters
    ----------
    free, before, tried
        The sessions, the timetable that they are of, and what came of them.
    clock
        When it began.
    priced
        Whether what the times cost is what faculty's preferences cost.
    """
    starts, ids = tried.starts, tuple(session.id for session in free.sessions)
    if starts.claim == "infeasible":
        return SessionsAnswer(Status.INFEASIBLE, None, ids, (), None, None, (), clock.elapsed())
    bound = starts.bound if priced else None
    if tried.placements is None:
        status = Status.CANCELLED if clock.cancelled else Status.NO_TIMETABLE_FOUND
        text = _nothing(len(ids), rooms=starts.chosen is not None, cancelled=clock.cancelled)
        return SessionsAnswer(status, None, ids, (), None, bound, (text,), clock.elapsed())
    timetable = Timetable({**free.stays.placements, **tried.placements}, free.stays.enrolments)
    broken = newly_broken(free, timetable)
    if broken:
        text = f"Times and rooms were found for {_sessions(len(ids))}, but they break {', '.join(broken)}."
        more = "CP-SAT knows nothing of that rule, so that it is unknown whether there is an answer."
        return SessionsAnswer(
            Status.NO_TIMETABLE_FOUND, None, ids, (), None, bound, (text, more), clock.elapsed()
        )
    changed = moved(before, timetable)
    first = sum(id not in before.placements for id in ids)
    text = f"{_sessions(len(ids))} can be placed while all others stay: {len(changed)} of them moved"
    text += f", {first} had no place before." if first else "."
    status = Status.OPTIMAL if priced and starts.claim == "optimal" else Status.FEASIBLE
    cost = starts.cost if priced else None
    return SessionsAnswer(status, timetable, ids, changed, cost, bound, (text,), clock.elapsed())


def newly_broken(free: FreeSessions, timetable: Timetable) -> tuple[str, ...]:
    """Return the required rules that free sessions break where they were placed, as ``evaluate`` sees it."""
    before, after = (evaluate(free.problem, one).required for one in (free.stays, timetable))
    unplaced = "unplaced meetings"
    expected = {**before, unplaced: before.get(unplaced, 0) - len(free.sessions)}
    return tuple(name for name, amount in after.items() if amount > expected.get(name, 0))


def moved(before: Timetable, after: Timetable) -> tuple[str, ...]:
    """Return the sessions that had a time and have another, in order."""
    return tuple(
        id
        for id, new in sorted(after.placements.items())
        if (old := before.placements.get(id)) is not None and old.time != new.time
    )


def _nothing(count: int, *, rooms: bool, cancelled: bool) -> str:
    if cancelled:
        return f"The search for places of {_sessions(count)} was cancelled before it found any."
    if rooms:
        return (
            f"Times were found for {_sessions(count)}, but no way to deal out the rooms for them; "
            "whether there is one is unknown."
        )
    return f"No places were found for {_sessions(count)} in the time; whether there are any is unknown."


def _sessions(count: int) -> str:
    return "1 session" if count == 1 else f"{count:,} sessions"
