"""Why some sessions have no place while all others stay, in words; or where they can go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.solvers.cpsat import clashing_core
from echelon_lib.solvers.free_sessions import Closed, FreeSession, FreeSessions, Rulebook
from echelon_lib.solvers.placed_sessions import SessionsAnswer, answer, place
from echelon_lib.solvers.result import Status
from echelon_lib.stop import Running, Stop, running

_WHY: dict[Closed, str] = {
    "rules": "are closed to it by the rules (its faculty is away, say)",
    "faculty": "are taken by other sessions of its faculty",
    "students": "are taken by other sessions of its students",
    "rooms": "have no suitable room free",
}
_SHOWN = 6


def why_impossible(
    problem: Problem,
    timetable: Timetable,
    sessions: Iterable[str],
    *,
    stop: Stop | Running | float | None = 5.0,
    seed: int = 0,
) -> SessionsAnswer:
    """Say whether some sessions can be placed if only they may move; where they can, place them.

    Parameters
    ----------
    problem
        A university's problem.
    timetable
        Any timetable of it; its other sessions stay where they are, and those without a place are left out of
        account.
    sessions
        Identifiers of sessions, or of sections for all of their sessions.
    stop
        When to stop; a number is seconds.
    seed
        The same seed gives the same answer, unless a clock ends the search.

    Returns
    -------
    SessionsAnswer
        INFEASIBLE with the reasons in words: which of the sessions cannot all have a place, what closes
        their times, and which others would make room; or a timetable in which few of them moved.

    Raises
    ------
    BackendUnavailable
        When ortools is missing.
    DataError
        When a session does not exist.
    EchelonError
        When the problem is none of sessions with fixed attendees.
    """
    clock = running(stop)
    free = Rulebook(problem).free(timetable, sessions)
    found = answer(free, timetable, place(free, stop=clock, seed=seed, stay=1), clock)
    return explained(free, found, clock, seed)


def explained(free: FreeSessions, found: SessionsAnswer, clock: Running, seed: int) -> SessionsAnswer:
    """Return an answer with the reasons in words where it is that there is none."""
    if found.status is not Status.INFEASIBLE:
        return found
    # The proof needs no reasons: they get what time is left, and a moment at least.
    left = clock.remaining()
    patience = clock if left is None or left > 1.0 else running(1.0)
    core = clashing_core(free, stop=patience, seed=seed)
    return replace(found, sentences=tuple(_reasons(free, core)), seconds=clock.elapsed())


def _reasons(free: FreeSessions, core: tuple[int, ...] | None) -> Iterator[str]:
    count = len(free.sessions)
    only = "only this session" if count == 1 else f"only these {count:,} sessions"
    yield f"There is no answer if {only} may move and all others stay: that is proven."
    if core is None:
        return
    members = [free.sessions[index] for index in core]
    if len(members) > 1:
        listed = _listed([member.id for member in members])
        yield f"Already these {len(members)} cannot all have a place: {listed}."
        yield from _shared(free, members)
    for member in members[:_SHOWN]:
        yield _closed(free, member)
    yield from _cure(free, members)


def _nowhere(free: FreeSessions, session: FreeSession) -> bool:
    """Return whether a session has no place whatever else moves."""
    return not free.problem.meetings[session.id].times or (session.rooms is not None and not session.rooms)


def _closed(free: FreeSessions, session: FreeSession) -> str:
    course = free.problem.course_of[free.problem.section_of[session.id].id].id
    total = len(free.problem.meetings[session.id].times)
    what = f"{session.id} ({course}, {session.people} people)"
    if not total:
        return f"{what} has no time at all, for no room has what it needs."
    if session.rooms is not None and not session.rooms:
        return f"{what} has no place at any time: no room with what it needs has so many seats."
    count = Counter(why for _, why in session.closed)
    parts = [f"{count[why]} {text}" for why, text in _WHY.items() if count[why]]
    left = len(session.times)
    return f"Of the {total} times of {what}, {', '.join((*parts, f'{left} are left'))}."


def _shared(free: FreeSessions, members: Sequence[FreeSession]) -> Iterator[str]:
    """Yield who attends several of some sessions, and how many rooms they have among them."""
    problem = free.problem
    attends = Counter(who for member in members for who in problem.section_of[member.id].attendees)
    several = {who: count for who, count in attends.items() if count > 1}
    for who, count in several.items():
        if problem.attendee[who].kind == "teacher":
            yield f"{who} teaches {count} of them."
    people = sum(problem.attendee[who].size for who in several if problem.attendee[who].kind == "group")
    if people:
        yield f"{people:,} students attend more than one of them."
    rooms = {room for member in members for room in member.rooms or ()}
    if all(member.rooms for member in members):
        only = f"Only {min(rooms)} is large enough and has what they need."
        yield only if len(rooms) == 1 else f"Among them they have {len(rooms)} rooms to choose from."


def _cure(free: FreeSessions, members: Sequence[FreeSession]) -> Iterator[str]:
    """Yield which sessions that stay close most of the times of some that do not."""
    problem, calendar = free.problem, free.problem.calendar
    closes: Counter[str] = Counter()
    for member in members:
        if _nowhere(free, member):
            continue
        section = problem.section_of[member.id]
        shut = [mask for mask, why in member.closed if why in ("faculty", "students")]
        near = {
            meeting.id
            for who in section.attendees
            if problem.policy.clash_of(problem.attendee[who].kind).required
            for other in problem.sections_of.get(who, ())
            for meeting in other.meetings
        }
        for id in near:
            where = free.stays.placements.get(id)
            if where is not None:
                taken = calendar.mask(where.time)
                closes[id] += sum(bool(mask & taken) for mask in shut)
    most = sorted(((-count, id) for id, count in closes.items() if count))[:3]
    if most:
        takes = "takes" if len(most) == 1 else "take"
        yield f"Maybe let {_listed([id for _, id in most])} move as well, which {takes} most of these times?"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
