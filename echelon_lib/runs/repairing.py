"""A repair as a run: the school with its late changes, and the timetable that people knew made good again.

The run folder holds the changed school in ``school/``, so that every command takes it like any other run, and
``changes.csv`` says what moved and why. It names students, as the tables of every run do.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from echelon_lib.bounds.requests import request_bound
from echelon_lib.domain.locks import Lock
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.school_csv import read_school_files
from echelon_lib.formats.school_records import LOCKS
from echelon_lib.formats.school_writing import write_school_files
from echelon_lib.late_changes import Changed, LateChange, with_changes
from echelon_lib.locks import broken, with_locks
from echelon_lib.preflight import impossible, preflight
from echelon_lib.runs.handouts import hand_out
from echelon_lib.runs.locking import own_locks, write_locks
from echelon_lib.runs.outcome import Outcome, outcome_of
from echelon_lib.runs.progress import OnProgress, Reporter, utc_now
from echelon_lib.runs.published import files_of_run, published
from echelon_lib.runs.repair_tables import CHANGE_COLUMNS, asked_row, change_rows
from echelon_lib.runs.run import Read, claim_folder, write_outcome
from echelon_lib.runs.scenario import Scenario
from echelon_lib.schools import School, school_of
from echelon_lib.scoring.evaluate import UNMET, evaluate
from echelon_lib.search.claim import Claim, LevelClaim, rescored
from echelon_lib.search.greedy import greedy
from echelon_lib.search.repair import locks_for, repair, warm_up_repair
from echelon_lib.search.repair_account import Repair
from echelon_lib.stop import AnyOf, Stop, running

logger = logging.getLogger(__name__)

SCHOOL = "school"
"""Folder of the changed school, below that of the run."""
CHANGES = "changes.csv"


@dataclass(frozen=True)
class Repaired:
    """A repair and the run that it was written as.

    Parameters
    ----------
    outcome
        The run.
    repair
        What was changed, and why.
    gone
        Locks that cannot hold any more, in sentences that name no student.
    """

    outcome: Outcome
    repair: Repair
    gone: tuple[str, ...]


def repair_run(
    run: str | Path,
    changes: Sequence[LateChange],
    *,
    out: str | Path | None = None,
    price: int | None = None,
    most: int | None = None,
    locked: Sequence[str] = (),
    seconds: float = 5.0,
    seed: int = 0,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
) -> Repaired:
    """Make the timetable of a run good again after late changes, and write it as a run of its own.

    Parameters
    ----------
    run
        The folder of the earlier run, which stays as it is.
    changes
        What has changed since.
    out
        The new run folder, new or empty; without one ``runs/<UTC time>-<hash of the inputs>``.
    price, most, locked
        As for ``repair``.
    seconds, seed
        Time of the search, and seed of its random decisions.
    on_progress, stop
        As for ``run``.

    Raises
    ------
    DataError
        When the run cannot be opened, has no timetable, or a change cannot be; nothing is written then.
    RunExistsError
        When ``out`` is a file or a folder that holds something.
    """
    earlier, before = published(run)
    changed = with_changes(earlier.problem, changes)
    locks = locks_for(changed.problem, before, locked)
    said = earlier.scenario.model_dump() | {"start": Path(run), "seconds": float(seconds), "seed": seed}
    said |= {"kind": "milp", "advice": "none", "solver": "auto", "actions": (), "accept_headers": False}
    said |= {"locks": None}  # they are in the problem, and written with the run
    scenario = Scenario.from_mapping(said)
    folder, made = claim_folder(scenario, out)
    reporter = Reporter(folder, time_limit=seconds, solver="repair", on_progress=on_progress)
    with reporter:
        school = folder.path / SCHOOL
        with files_of_run(folder, made, school, reporter):
            write_school_files(school_of(changed.problem).files, school)
            scenario = scenario.model_copy(update={"folder": school})
            read = _read(scenario, earlier.problem, changed)
        started = utc_now()
        reporter.phase("checking")
        findings = preflight(read.problem)
        reporter.phase("solving level 1")
        warm_up_repair()
        clock = running(AnyOf(seconds, *(() if stop is None else (stop,))))
        done = repair(
            read.problem,
            before,
            old=earlier.problem,
            locked=locks,
            price=price,
            most=most,
            stop=clock,
            seed=seed,
        )
        read = replace(read, problem=_still_locked(read.problem, done.timetable, locks))
        mine = own_locks(read.problem)
        if mine:
            write_locks(folder.path / LOCKS, read.problem, mine)
        bound = request_bound(read.problem).cost
        blocked = [] if done.evaluation.feasible else [finding.message for finding in impossible(findings)]
        levels = [LevelClaim(None, bound, (UNMET,))]
        notes = [*blocked, *done.notes]
        claim = Claim("repair", done.timetable, levels, infeasible=bool(blocked), notes=notes)
        claim.interrupted = clock.cancelled
        claim.notes += changed.gone
        result = rescored(read.problem, claim, trace=(), runtime=clock.elapsed(), seed=seed)
        reporter.phase("writing")
        reporter.settle(read.problem, result)
        quick = None if impossible(findings) else evaluate(read.problem, greedy(read.problem, seed=seed))
        outcome = outcome_of(scenario, folder.path, read.problem, result, findings=findings, greedy=quick)
        kinds = Counter(change.kind for change in changes)
        counts = {"changes": dict(kinds), "affected": len(done.affected), "share": done.share}
        asked = {"price": price, "most": most}
        rows = [asked_row(change.sentence()) for change in changes]
        rows += change_rows(done, changed.gone)
        write_outcome(
            outcome,
            folder,
            read,
            started,
            more={CHANGES: (CHANGE_COLUMNS, rows)},
            extra={"repair": counts | asked | {"cost": dict(done.cost), "lost": len(done.lost)}},
        )
        hand_out(outcome, reporter.phase)
        reporter.end("cancelled" if claim.interrupted else "completed")
    logger.info("Repair %s ended: %s", folder.path.name, result.status.value)
    return Repaired(outcome, done, changed.gone)


def _still_locked(problem: Problem, timetable: Timetable, locks: Sequence[Lock]) -> Problem:
    """Return a problem with those locks of a repair that its timetable keeps; it has named the others."""
    kept = [lock for lock, said in broken(problem, timetable, locks) if not said]
    return with_locks(problem, kept, enforcement=school_of(problem).rules.enforcement("locks"))


def _read(scenario: Scenario, before: Problem, changed: Changed) -> Read:
    """Read the changed school as everybody will read it from now on."""
    school = school_of(changed.problem)
    files = read_school_files(scenario.folder)
    # Locks that were set since the files were read stand in none of them, and hold all the same.
    problem = replace(changed.problem, source=School(files, school.rules, school.name, school.seats_before))
    return Read(school.rules, files.input_hashes, before, problem)
