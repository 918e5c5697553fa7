"""What is locked, in words, and whether a timetable keeps it."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from echelon_lib.domain.locks import Lock
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.locks import broken


def lock_table(problem: Problem, timetable: Timetable, locks: Iterable[Lock] | None = None) -> pd.DataFrame:
    """Return a person's locks, and whether a timetable keeps each of them.

    Parameters
    ----------
    problem, timetable
        The problem and a timetable of it.
    locks
        The locks; those that a person set in the problem when left out.

    Returns
    -------
    DataFrame
        Locked, Stays, Said in (blank for what was locked on a page), Kept, Why not.
    """
    chosen = person_locks(problem) if locks is None else locks
    rows = [
        (*words(lock), lock.place, "no" if said else "yes", said)
        for lock, said in broken(problem, timetable, chosen)
    ]
    return pd.DataFrame(rows, columns=["Locked", "Stays", "Said in", "Kept", "Why not"], dtype=str)


def person_locks(problem: Problem) -> tuple[Lock, ...]:
    """Return the locks that a person set, and none that the program holds."""
    return tuple(lock for lock in problem.locks if lock.origin == "person")


def kept_sentence(problem: Problem, timetable: Timetable) -> str:
    """Return how many of a person's locks are kept, in a sentence; empty where there are none."""
    said = [text for _, text in broken(problem, timetable, person_locks(problem))]
    if not said:
        return ""
    bad = sum(map(bool, said))
    if bad:
        return f"{len(said) - bad:,} of {len(said):,} locks are kept."
    return "The one lock is kept." if len(said) == 1 else f"All {len(said):,} locks are kept."


def words(lock: Lock) -> tuple[str, str]:
    """Return what is locked and how it stays, in words; they name a student where one is locked."""
    periods = ", ".join(lock.periods)
    what = f"{lock.kind} {lock.id}"
    if lock.kind == "section":
        stays = [*([f"in {periods}"] if periods else []), *([f"with {lock.teacher}"] if lock.teacher else [])]
        return what, " ".join(stays)
    if lock.kind in {"course", "department"}:
        return what, f"in {periods}"
    if periods:
        return what, f"free in {periods}"
    if lock.section is not None:
        return what, f"with {lock.section}" if lock.kind == "teacher" else f"in {lock.section}"
    return what, "with all sections"
