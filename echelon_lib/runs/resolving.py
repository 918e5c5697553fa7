"""A re-solve as a run: a university with its changes, and the published timetable made good again.

The run folder holds the changed files in ``university/``, so that every command takes it like any other run.
``changes.csv`` says what moved and why, ``affected.csv`` whom that affects; neither names a student. Where
sessions are left without a place, ``with_offers.json`` may hold the same changes and the students who could
change to parallel sections; it names them, and is for whoever decides.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from echelon_lib.analysis.university_moves import (
    NOWHERE,
    affected_people,
    gone_sessions,
    handed_over_sections,
    place_in_words,
    quality_change,
)
from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.university_writing import write_university_files
from echelon_lib.preflight import impossible, preflight
from echelon_lib.runs.compiling import compile_for
from echelon_lib.runs.handouts import hand_out, with_first_day
from echelon_lib.runs.outcome import Outcome, outcome_of
from echelon_lib.runs.paths import sha256_of
from echelon_lib.runs.progress import OnProgress, Reporter, utc_now
from echelon_lib.runs.published import files_of_run, published
from echelon_lib.runs.reopen import finished
from echelon_lib.runs.run import Read, claim_folder, write_outcome
from echelon_lib.runs.scenario import Scenario
from echelon_lib.runs.unplaced import (
    CHANGE_COLUMNS,
    CHANGES,
    OFFERS,
    cannot_be_kept,
    proof_of,
    write_offers,
)
from echelon_lib.search.claim import Claim, rescored
from echelon_lib.search.university.engine import bursts_of
from echelon_lib.search.university.resolve import PRICE, SEEDS, resolve
from echelon_lib.search.university.resolve_account import Resolved
from echelon_lib.stop import AnyOf, Stop, running
from echelon_lib.university import university_of
from echelon_lib.university_changes import (
    UniversityChange,
    UniversityChanged,
    with_university_changes,
)

logger = logging.getLogger(__name__)

UNIVERSITY = "university"
"""Folder of the changed files, below that of the run."""
AFFECTED, MEASURES = "affected.csv", "measures.csv"

__all__ = ["AFFECTED", "CHANGES", "MEASURES", "OFFERS", "UNIVERSITY", "ResolvedRun", "resolve_run"]


@dataclass(frozen=True)
class ResolvedRun:
    """A re-solve and the run that it was written as.

    Parameters
    ----------
    outcome
        The run; it has no timetable where a required rule cannot be kept.
    resolved
        What was moved, and why; its timetable leaves out what has no place.
    changed
        The university with its changes, and who takes which sections.
    tables
        ``CHANGES``, ``AFFECTED`` and ``MEASURES`` as they are written.
    proof
        What is proven of the sessions without a place, in sentences; empty where nothing is.
    """

    outcome: Outcome
    resolved: Resolved
    changed: UniversityChanged
    tables: Mapping[str, tuple[Sequence[str], Sequence[Sequence[object]]]]
    proof: tuple[str, ...] = ()

    def frame(self, name: str) -> pd.DataFrame:
        """Return one of the tables, such as ``CHANGES``."""
        columns, rows = self.tables[name]
        return pd.DataFrame([list(row) for row in rows], columns=list(columns))


def is_run_of_university(run: str | Path) -> bool:
    """Return whether a finished run is one of a university; raises DataError where it is not finished."""
    return finished(run).institution == "university"


def resolve_run(
    run: str | Path,
    changes: Sequence[UniversityChange],
    *,
    out: str | Path | None = None,
    most: int | None = None,
    locked: Sequence[str] = (),
    departments: Sequence[str] = (),
    price: int = PRICE,
    seeds: int = SEEDS,
    seconds: float = 5.0,
    seed: int = 0,
    repair: str = "breakout",
    policy: Path | None = None,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
) -> ResolvedRun:
    """Make the timetable of a university's run good again after changes, and write it as a run of its own.

    Parameters
    ----------
    run
        The folder of the earlier run, which stays as it is.
    changes
        What has changed since.
    out
        The new run folder, new or empty; without one ``runs/<UTC time>-<hash of the inputs>``.
    most
        Sessions that may get another hour; where more are needed, the answer says so.
    locked
        Sections, courses, departments or faculty whose sessions stay where they are.
    departments
        Departments whose courses alone may be moved; empty for all.
    price, seeds
        As for ``resolve``.
    seconds, seed
        Time of the search, and seed of its random decisions.
    repair, policy
        What mends clashes, as in ``Stages``; it cannot be left out. Only the breakout knows the price.
    on_progress, stop
        As for ``run``.

    Raises
    ------
    DataError
        When the run cannot be opened, has no timetable, or a change or a stage cannot be; nothing is written
        then.
    RunExistsError
        When ``out`` is a file or a folder that holds something.
    """
    if repair == "none":
        cure = "choose breakout, mixture or learned?"
        raise DataError([Issue("the repair cannot be left out here", column="repair", cure=cure)])
    earlier, before = published(run)
    changed = with_university_changes(earlier.problem, before, changes, keep=locked, only=departments)
    said = earlier.scenario.model_dump() | {"start": Path(run), "seconds": float(seconds), "seed": seed}
    said |= {"departments": tuple(departments), "workers": None, "dask": ""}
    said |= {"stages": {"repair": repair, "policy": policy}}
    scenario = Scenario.from_mapping(said | {"accept_headers": False})
    bursts = bursts_of(scenario.stages)
    folder, made = claim_folder(scenario, out)
    reporter = Reporter(folder, time_limit=seconds, solver="repair", on_progress=on_progress)
    with reporter:
        place = folder.path / UNIVERSITY
        source = university_of(changed.plain)
        with files_of_run(folder, made, place, reporter):
            write_university_files(source.files, place)
            scenario = scenario.model_copy(update={"folder": place})
            inputs = {path.name: sha256_of(path) for path in sorted(place.iterdir())}
        problem = changed.plain
        read = Read(source.rules, inputs, earlier.problem, problem)
        started = utc_now()
        reporter.phase("checking")
        findings = preflight(problem)
        compile_for(problem, "auto", reporter.phase, scenario.stages)
        reporter.phase("solving level 1")
        clock = running(AnyOf(seconds, *(() if stop is None else (stop,))))
        done = resolve(
            *(changed.problem, before),
            price=price,
            cap=most,
            stop=clock,
            seed=seed,
            seeds=seeds,
            repair=bursts,
        )
        proof = proof_of(problem, done, seed)
        blocked = [finding.message for finding in impossible(findings)]
        notes = [*blocked, *done.notes, *changed.facts, *proof, *done.told]
        claim = Claim("re-solve", done.timetable, infeasible=bool(blocked), notes=notes)
        claim.stages.extend(done.stages)
        claim.interrupted = clock.cancelled
        result = rescored(problem, claim, trace=(), runtime=clock.elapsed(), seed=seed)
        reporter.phase("writing")
        reporter.settle(problem, result)
        told = with_first_day(scenario, problem)
        outcome = outcome_of(told, folder.path, problem, result, findings=findings, greedy=None)
        write_offers(folder.path, changes, done.offers)
        tables = _tables(earlier.problem, before, problem, done)
        counts = {"changes": dict(Counter(change.kind for change in changes)), **_figures(done)}
        write_outcome(outcome, folder, read, started, more=tables, extra={"repair": counts})
        hand_out(outcome, reporter.phase)
        reporter.end("cancelled" if claim.interrupted else "completed")
    logger.info("Re-solve %s ended: %s", folder.path.name, result.status.value)
    return ResolvedRun(outcome, done, changed, tables, proof)


def _figures(done: Resolved) -> dict[str, object]:
    times, rooms, new = done.counts.values()
    placed = len(done.timetable.placements)
    return {
        "moved": times,
        "rooms": rooms,
        "new": new,
        "left": len(done.left),
        "share": times / placed if placed else None,
        "over_cap": done.over_cap,
        "clean": done.clean,
    }


def _tables(
    old: Problem, before: Timetable, problem: Problem, done: Resolved
) -> dict[str, tuple[Sequence[str], Sequence[Sequence[object]]]]:
    after = done.timetable
    people = affected_people(problem, before, after)
    measures = quality_change(old, before, problem, after)
    return {
        CHANGES: (CHANGE_COLUMNS, list(_changes(old, before, problem, done))),
        AFFECTED: (list(people.columns), people.values.tolist()),
        MEASURES: (list(measures.columns), measures.values.tolist()),
    }


def _changes(
    old: Problem, before: Timetable, problem: Problem, done: Resolved
) -> Iterator[tuple[object, ...]]:
    """Yield a row for each session that moved, each section handed over, and what cannot be kept."""
    for one in done.moved:
        places = (place_in_words(problem, place) for place in (one.before, one.after))
        what = "hour" if one.what == "time" else one.what
        yield (what, one.meeting, one.course, *places, one.cause, one.why, one.sentence)
    for row in gone_sessions(old, before, problem).itertuples(index=False):
        text = f"{row.Session} ({row.Course}) is not held any more."
        yield ("gone", row.Session, row.Course, row.Before, NOWHERE, "had to", "it is dropped", text)
    for row in handed_over_sections(old, problem).itertuples(index=False):
        text = f"{row.Section} ({row.Course}) goes from {row.Before} to {row.After}."
        yield ("faculty", row.Section, row.Course, row.Before, row.After, "had to", "", text)
    yield from cannot_be_kept(problem, done, before)
