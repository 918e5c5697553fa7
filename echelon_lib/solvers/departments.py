"""A department of a university timetabled by CP-SAT, and all of them one after another."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal, TypeAlias

from echelon_lib.domain.errors import DataError, Issue, suggest
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.solvers.free_sessions import Rulebook
from echelon_lib.solvers.impossible import explained
from echelon_lib.solvers.placed_sessions import SessionsAnswer, Tried, answer, place
from echelon_lib.stop import Running, Stop, running

Outcome: TypeAlias = Literal["without clashes", "with clashes", "no rooms", "out of time"]

MOST_SECONDS = 20.0
"""Seconds for one department, at most."""
EFFORT = 4.0
"""Work for a department, in CP-SAT's own measure."""


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """What became of a department: ``outcome``, and ``clashing`` people who are in two places for it."""

    department: str
    sessions: int
    outcome: Outcome
    clashing: int
    seconds: float


@dataclass(frozen=True)
class DepartmentsReport:
    """What became of a university whose departments were timetabled one after another.

    Parameters
    ----------
    rows
        The departments in the order in which they were timetabled.
    required
        Required rules that the timetable breaks, as ``evaluate`` counts them; empty where there are none.
    seconds
        How long it took.
    """

    rows: tuple[DepartmentRow, ...]
    required: dict[str, int]
    seconds: float

    @property
    def sentence(self) -> str:
        """What was done and what is left, in a sentence without full stop."""
        count = Counter(row.outcome for row in self.rows)
        done = ", ".join(f"{count[one]} {one}" for one in dict.fromkeys(row.outcome for row in self.rows))
        sessions = sum(row.sessions for row in self.rows)
        left = ", ".join(f"{amount} {name}" for name, amount in self.required.items())
        end = f"between them are left: {left}" if left else "nothing clashes between them"
        return f"CP-SAT timetabled {len(self.rows)} departments ({sessions:,} sessions): {done}; {end}"


def timetable_department(
    problem: Problem,
    department: str,
    *,
    timetable: Timetable | None = None,
    preference: bool = False,
    stop: Stop | Running | float | None = MOST_SECONDS,
    seed: int = 0,
    workers: int = 1,
) -> SessionsAnswer:
    """Timetable the sessions of one department.

    Parameters
    ----------
    problem
        A university's problem.
    department
        Whose sections.
    timetable
        Where the sessions of other departments are, which stay there; without it nothing else is looked at.
    preference
        Whether to look for the times that faculty like best, as the rules price them, or for any.
    stop
        When to stop; a number is seconds.
    seed, workers
        With one worker the same seed gives the same answer, unless a clock ends the search.

    Returns
    -------
    SessionsAnswer
        Confirmed by ``evaluate``; with ``preference`` OPTIMAL where nothing liked better is possible.

    Raises
    ------
    BackendUnavailable
        When ortools is missing.
    DataError
        When there is no such department.
    EchelonError
        When the problem is none of sessions with fixed attendees.
    """
    of = _sessions_of(problem)
    if department not in of:
        text = f"no section is of department {department!r}"
        raise DataError([Issue(text, value=department, cure=suggest(department, of))])
    clock, before = running(stop), timetable or Timetable()
    free = Rulebook(problem).free(before, of[department], prefer=preference)
    tried = place(free, stop=clock, seed=seed, workers=workers)
    return explained(free, answer(free, before, tried, clock, priced=preference), clock, seed)


def by_departments(
    problem: Problem,
    *,
    stop: Stop | Running | float | None = None,
    seed: int = 0,
    effort: float = EFFORT,
) -> tuple[Timetable, DepartmentsReport]:
    """Timetable a university department after department, those with most sessions first.

    Each is placed beside those before it, which stay. Where that cannot be done, or not with little work, it
    is placed so that few people are in two places: within a department nothing clashes, between departments
    something may. A room is never given twice; where rooms do not suffice the department has no places.

    Parameters
    ----------
    problem
        A university's problem.
    stop
        When to stop; what was placed is kept. A department gets at most 20 seconds.
    seed
        The same seed gives the same answer, unless a clock ends the search.
    effort
        Work for a department beside the others, and again for one that has to clash with them, in CP-SAT's
        own measure; one unit takes seconds.

    Returns
    -------
    Timetable, DepartmentsReport
        What was placed, and what became of each department.

    Raises
    ------
    BackendUnavailable
        When ortools is missing.
    EchelonError
        When the problem is none of sessions with fixed attendees.
    """
    clock, book = running(stop), Rulebook(problem)
    departments = sorted(_sessions_of(problem).items(), key=lambda item: (-len(item[1]), item[0]))
    placements: dict[str, Placement] = {}
    rows = []
    left = sum(len(ids) for _, ids in departments)
    for department, ids in departments:
        # A hard department may take some of the time of those that come after it, but not all of it.
        own = clock.part(_share(clock.remaining(), 3 * len(ids) / left))
        left -= len(ids)
        began = clock.elapsed()
        outcome, tried = _beside(book, Timetable(placements), ids, own, seed, effort)
        placements.update(tried.placements or {})
        people = (tried.starts.cost or 0) if outcome == "with clashes" else 0
        rows.append(DepartmentRow(department, len(ids), outcome, people, clock.elapsed() - began))
    timetable = Timetable(placements)
    required = dict(evaluate(problem, timetable).required)
    return timetable, DepartmentsReport(tuple(rows), required, clock.elapsed())


def _beside(
    book: Rulebook, placed: Timetable, ids: list[str], clock: Running, seed: int, effort: float
) -> tuple[Outcome, Tried]:
    """Place a department beside others, or else so that few people clash with them."""
    tried = place(book.free(placed, ids), stop=clock, seed=seed, effort=effort)
    if tried.placements is not None:
        return "without clashes", tried
    if not clock.done():
        tried = place(book.free(placed, ids, sight="priced"), stop=clock, seed=seed, effort=effort)
        if tried.placements is not None:
            return "with clashes", tried
    infeasible = tried.starts.claim == "infeasible" or tried.starts.chosen is not None
    return ("no rooms" if infeasible else "out of time"), tried


def _share(seconds: float | None, share: float) -> float:
    """Return a share of the seconds that are left, or the one that a department gets at most."""
    return min(1.0, share, MOST_SECONDS / seconds if seconds else 1.0)


def _sessions_of(problem: Problem) -> dict[str, list[str]]:
    """Return the sessions of each department."""
    found: dict[str, list[str]] = {}
    for section in problem.sections.values():
        found.setdefault(section.department, []).extend(meeting.id for meeting in section.meetings)
    return {department: ids for department, ids in found.items() if ids}
