"""What has no place in a timetable of a university, told alike by a solve and by a repair.

``closest.csv`` in a run folder is the timetable without it, ``changes.csv`` says why of each session, and
``with_offers.json`` may hold the students who could change to parallel sections; it names them, and is for
whoever decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from echelon_lib.analysis.university_moves import NOWHERE, place_in_words
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.tables import write_text_atomic
from echelon_lib.search.university.parallel import ParallelOffer
from echelon_lib.search.university.resolve import closest
from echelon_lib.search.university.resolve_account import Resolved
from echelon_lib.solvers.impossible import why_impossible
from echelon_lib.solvers.result import Result, Status
from echelon_lib.university_changes import UNIVERSITY_CHANGES, EnrolmentGrows, UniversityChange

CHANGES = "changes.csv"
CHANGE_COLUMNS = ("What", "ID", "Course ID", "Before", "After", "Cause", "Why", "Sentence")
OFFERS = "with_offers.json"
"""Changes together with what is offered, as ``echelon repair --changes`` takes them."""

PROOF = 3.0
"""Seconds in which CP-SAT may prove that what is left has no place."""
MOST_PROVEN = 200
"""Sessions of which that is tried, at most."""

Table = tuple[Sequence[str], Sequence[Sequence[object]]]


def with_closest(
    problem: Problem,
    result: Result,
    folder: Path,
    *,
    seed: int,
    movable: Sequence[str] | None,
    hurried: bool,
) -> tuple[Result, dict[str, Table]]:
    """Leave out what clashes where a search found no timetable; return the result and the tables to write.

    Parameters
    ----------
    problem, result
        A university, and what its search ended with.
    folder
        The run folder, into which offers are written.
    seed, movable
        Seed of the proof, and the meetings that may be moved; None for all.
    hurried
        Whether somebody interrupted it, who gets the answer at once.
    """
    if result.closest is None or hurried:
        return replace(result, closest=None), {}
    done = closest(problem, result.closest, movable=movable)
    write_offers(folder, (), done.offers)
    notes = (*result.notes, *done.lacking, *proof_of(problem, done, seed))
    rows = list(cannot_be_kept(problem, done, Timetable()))
    return replace(result, closest=done.timetable, notes=notes), {CHANGES: (CHANGE_COLUMNS, rows)}


def proof_of(problem: Problem, done: Resolved, seed: int) -> tuple[str, ...]:
    """Say what is proven of the sessions that are left without a place, while all others stay."""
    if not 0 < len(done.left) <= MOST_PROVEN:
        return ()
    left = [one.meeting for one in done.left]
    found = why_impossible(problem, done.timetable, left, stop=PROOF, seed=seed)
    if found.status is not Status.INFEASIBLE:
        return ()
    return ("It is proven that they cannot all have a place while all others stay.", *found.sentences)


def write_offers(folder: Path, changes: Sequence[UniversityChange], offers: Sequence[ParallelOffer]) -> None:
    """Write the changes and the students who change to parallel sections, where that is offered."""
    if not offers:
        return
    switches = (one for offer in offers for one in offer.switches)
    more = [EnrolmentGrows(student=one.student, sections=(one.joins,)) for one in switches]
    text = UNIVERSITY_CHANGES.dump_json((*changes, *more), indent=1).decode()
    write_text_atomic(folder / OFFERS, text + "\n")


def cannot_be_kept(problem: Problem, done: Resolved, before: Timetable) -> Iterator[tuple[object, ...]]:
    """Yield a row for each session without a place and for each rule that is broken, with the reason."""
    for left in done.left:
        was = place_in_words(problem, before.placements.get(left.meeting))
        yield ("session", left.meeting, left.course, was, NOWHERE, "cannot be kept", "", left.sentence)
    for sentence in done.broken:
        yield ("rule", "", "", "", "", "cannot be kept", "", sentence)
