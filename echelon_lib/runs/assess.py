"""Scoring a run folder, ours or anybody's, and comparing the score with what the folder claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from echelon_lib.analysis.summary import Summary, summary
from echelon_lib.domain.errors import DataError
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.run_folder import read_run
from echelon_lib.runs.changed import actions_of, changed
from echelon_lib.runs.institution import Rules, institution_of, read_institution
from echelon_lib.runs.locking import locked, locks_of_run
from echelon_lib.runs.record import Record, as_number, read_outcome
from echelon_lib.scoring.evaluate import Evaluation, evaluate
from echelon_lib.solvers.result import Status


@dataclass(frozen=True)
class Assessment:
    """What the evaluator says of a folder.

    Parameters
    ----------
    problem, timetable, evaluation, summary
        The problem, the timetable that was read, its score and the numbers a person asks first.
    mismatches
        Sentences about claims of ``result.json`` that the evaluator does not confirm.
    notes
        With which rules the score was made, and what has changed since the run.
    """

    problem: Problem
    timetable: Timetable
    evaluation: Evaluation
    summary: Summary
    mismatches: tuple[str, ...]
    notes: tuple[str, ...]


def assess(
    folder: str | Path,
    run: str | Path,
    rules: Rules | None = None,
    *,
    accept_headers: bool = False,
) -> Assessment:
    """Score the timetable of a folder: ``timetable.csv``, or ``Master_Schedule.csv`` and what goes with it.

    Parameters
    ----------
    folder
        Folder with the files of the school or university.
    run
        Folder with the timetable; it may hold a ``result.json``, whose claims are checked then.
    rules
        Rules to score with; without them those that ``result.json`` records, else the defaults.
    accept_headers
        Take column titles that nearly fit, as the run did if it says so.

    Raises
    ------
    DataError
        When the files of the school or of the run cannot be used.
    """
    record = read_outcome(run) if Path(run).is_dir() else None
    recorded = record.rules(institution_of(folder)) if record is not None else None
    if record is not None and record.parameters.get("accept_headers") is True:
        accept_headers = True
    found = read_institution(folder, rules or recorded, accept_headers=accept_headers)
    problem, notes = _with_changes(found.problem, record)
    problem, more = _with_locks(problem, Path(run), record)
    notes += more
    timetable = read_run(run, problem)
    evaluation = evaluate(problem, timetable)
    same_rules = rules is None or recorded is None or rules == recorded
    if rules is None:
        notes.append(
            "Scored with the default rules." if recorded is None else "Scored with the rules of the run."
        )
    elif not same_rules:
        notes.append("Scored with other rules than those of the run, so its own figures are not compared.")
    differing = changed_since(record, found.files.input_hashes)
    if differing:
        notes.append(f"Changed since the run: {', '.join(differing)}.")
    mismatches = tuple(mismatches_of(record, evaluation)) if record is not None and same_rules else ()
    numbers = summary(problem, timetable)
    return Assessment(problem, timetable, evaluation, numbers, mismatches, tuple(notes))


def _with_changes(problem: Problem, record: Record | None) -> tuple[Problem, list[str]]:
    """Return the problem with the changes of sections that a run names, and what is to be said of them."""
    actions = () if record is None else actions_of(record)
    if not actions:
        return problem, []
    try:
        done = changed(problem, actions)
    except DataError:  # the changed file may be the school's own by now
        return problem, ["The changes of sections that the run names do not fit these files: left out."]
    return done, ["Scored with the changes of sections that the run names."]


def _with_locks(problem: Problem, run: Path, record: Record | None) -> tuple[Problem, list[str]]:
    """Return the problem with the locks of a run, and what is to be said of them."""
    place = None if record is None else locks_of_run(run)
    if place is None:
        return problem, []
    try:
        return locked(problem, place), ["Scored with the locks of the run."]
    except DataError:
        return problem, ["The locks of the run do not fit these files: left out."]


def changed_since(record: Record | None, hashes: Mapping[str, str]) -> list[str]:
    """Return the names of the files that are not as they were when a run was made of them."""
    before = record.texts("inputs") if record is not None else {}
    return [name for name, digest in hashes.items() if name in before and before[name] != digest]


def mismatches_of(record: Record, score: Evaluation) -> Iterator[str]:
    """Yield the claims of a run that the evaluator does not confirm; what is not claimed is not compared."""
    claimed = record.terms
    if claimed:
        found = {name: term.cost for name, term in score.terms.items()}
        for name in dict.fromkeys((*claimed, *found)):
            yield from _differs(f"the cost of {name!r}", claimed.get(name, 0), found.get(name, 0))
    broken = record.required
    if broken is not None:
        for name in dict.fromkeys((*broken, *score.required)):
            yield from _differs(
                f"how far {name!r} is broken", broken.get(name, 0), score.required.get(name, 0)
            )
    feasible = record.data.get("feasible")
    if isinstance(feasible, bool) and feasible != score.feasible:
        words = {True: "feasible", False: "not feasible"}
        yield f"result.json calls it {words[feasible]}; it is {words[score.feasible]}."
    costs = record.data.get("cost")
    if isinstance(costs, list) and costs:
        width = max(len(costs), len(score.cost))
        for level in range(1, width + 1):
            said = costs[level - 1] if level <= len(costs) else 0
            cost = score.cost[level - 1] if level <= len(score.cost) else 0
            yield from _differs(f"the cost of level {level}", said, cost)
    for key, number in (("met", score.met), ("filled", score.filled), ("complete", score.complete)):
        said = record.number(key)
        if said is not None:
            yield from _differs(f"{key!r}", said, number)
    if not score.feasible:
        return
    if record.text("status") == Status.INFEASIBLE.value:
        yield "result.json says that no timetable keeps the required rules; this one does."
    for level, (said, cost) in enumerate(zip(record.levels, score.cost, strict=False), start=1):
        bound = as_number(said.get("bound"))
        if bound is not None and bound > cost:
            yield f"the bound {bound} of result.json is above {cost}, the evaluated cost of level {level}."
        if said.get("cost") != cost:  # a later bound holds only where the earlier levels cost what they did
            return


def _differs(what: str, said: object, found: int) -> Iterator[str]:
    if said != found or isinstance(said, bool):
        yield f"{what}: result.json says {str(said)[:40]}, the evaluator {found}."
