"""A finished run folder becomes an outcome again, and nothing that it says of itself is believed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.run_folder import RESULT, read_run
from echelon_lib.formats.run_reading import has_timetable, read_closest
from echelon_lib.formats.wording import shown
from echelon_lib.preflight import Finding, impossible, preflight
from echelon_lib.runs.assess import changed_since, mismatches_of
from echelon_lib.runs.changed import actions_of
from echelon_lib.runs.changed import changed as changed_by
from echelon_lib.runs.institution import Institution, institution_of, read_institution
from echelon_lib.runs.locking import locked, locks_of_run
from echelon_lib.runs.outcome import Outcome, outcome_of
from echelon_lib.runs.record import Record, as_number, read_outcome
from echelon_lib.runs.rounds import read_rounds
from echelon_lib.runs.scenario import Scenario
from echelon_lib.scoring.evaluate import Evaluation, evaluate
from echelon_lib.search.greedy import greedy
from echelon_lib.solvers.result import LevelResult, Result, StageRecord, Status, TracePoint

_INSTEAD: Mapping[Institution, str] = {
    "school": "choose a run of a university?",
    "university": "choose a run of a school? Of a university, 'echelon calendars' writes the weeks of people "
    "and rooms, 'echelon repair' makes changes, and 'echelon dashboard' looks everything up.",
}
"""What to do where a run is one of the other institution."""


def finished(folder: str | Path) -> Record:
    """Return what a finished run says of itself.

    Raises
    ------
    DataError
        When the folder holds no finished run, or what it says cannot be read.
    """
    record = read_outcome(folder)
    if record is None:
        cure = "it is still going on, or was ended before it was finished?"
        raise DataError([Issue(f"{shown(Path(folder).name, 120)} holds no finished run.", cure=cure)])
    return record


def reopen(
    folder: str | Path,
    *,
    problem: Problem | None = None,
    findings: tuple[Finding, ...] | None = None,
    of: Institution | None = None,
) -> Outcome:
    """Return what ``run`` returned, from its folder and the files of its school.

    The timetable is scored anew. Claims of ``result.json`` that the evaluator does not confirm become
    mismatches, and bounds that they held up are gone. Where the school's files have changed since, a note
    says so, the figures are those of the files as they are now, and no bound is known of them.

    Parameters
    ----------
    folder
        The run folder.
    problem
        The problem of the run, where it is at hand; else it is read with the rules of the run.
    findings
        What preflight found in that problem, if it is at hand.
    of
        The institution that it has to be a run of; None for either.

    Raises
    ------
    DataError
        When the run is not finished or damaged, is one of another institution, or the files of its school are
        gone or fit it no more.
    """
    folder = Path(folder)
    record = finished(folder)
    if of is not None and record.institution != of:
        text = f"{shown(folder.name, 120)} is a run of a {record.institution}, and this is for runs of a {of}"
        raise DataError([Issue(text, cure=_INSTEAD[record.institution])])
    scenario = _scenario(record)
    changed: list[str] = []
    actions = actions_of(record)
    if problem is None:
        problem, changed = _problem(folder, record, scenario)
    timetable = _timetable(folder, record, problem, changed)
    result = _result(record, problem, timetable, same=not changed)
    if timetable is None and problem.groups:
        with suppress(DataError):  # it breaks rules as it is, and may fit changed files no more
            result = replace(result, closest=read_closest(folder, problem))
    findings = preflight(problem) if findings is None else findings
    quick = None if impossible(findings) or problem.groups else greedy(problem, seed=result.seed)
    baseline = None if quick is None else evaluate(problem, quick)
    notes = [f"Changed since the run: {', '.join(changed)}. All figures are of the files as they are now."]
    return outcome_of(
        scenario,
        folder,
        problem,
        result,
        findings=findings,
        greedy=baseline,
        notes=tuple(notes if changed else ()),
        actions=actions,
        advice=read_rounds(folder),
    )


def _scenario(record: Record) -> Scenario:
    told = {name: value for name, value in record.parameters.items() if name in Scenario.model_fields}
    if not isinstance(told.get("folder"), str):
        cure = "it was not made by a run of this version?"
        raise DataError([Issue(f"{RESULT} does not say of which school it is.", RESULT, cure=cure)])
    return Scenario.from_mapping(told, source=RESULT)


def _problem(folder: Path, record: Record, scenario: Scenario) -> tuple[Problem, list[str]]:
    """Return the problem of the school's files as they are now, and which of them have changed."""
    try:
        rules = record.rules(institution_of(scenario.folder))
        found = read_institution(scenario.folder, rules, accept_headers=scenario.accept_headers)
        problem = changed_by(found.problem, actions_of(record), source=RESULT)
        problem = locked(problem, locks_of_run(folder))
    except DataError as error:
        raise _without_school(error) from None
    except OSError as error:
        raise _without_school(DataError([Issue(f"{error.strerror or type(error).__name__}.")])) from None
    return problem, changed_since(record, found.files.input_hashes)


def _without_school(error: DataError) -> DataError:
    text = "The run cannot be opened, since the files of its school cannot be read any more."
    cure = "upload the same files under the same name again, or put them back? The run's own tables and"
    cure += " viewer.html are complete without them."
    return DataError([Issue(text, cure=cure), *error.issues])


def _timetable(folder: Path, record: Record, problem: Problem, changed: list[str]) -> Timetable | None:
    if record.data.get("cost") is None and not has_timetable(folder):
        return None
    try:
        return read_run(folder, problem)
    except DataError as error:
        if not changed:
            raise
        text = f"The school's files have changed since the run and fit it no more: {', '.join(changed)}."
        raise DataError([Issue(text, cure="put them back as they were?"), *error.issues]) from None


def _result(record: Record, problem: Problem, timetable: Timetable | None, *, same: bool) -> Result:
    score = None if timetable is None else evaluate(problem, timetable)
    levels = _levels(record, problem, score, same=same)
    wrong = tuple(mismatches_of(record, score)) if score is not None and same else ()
    seed = record.number("seed")
    return Result(
        _status(record, score, levels),
        timetable,
        score,
        levels,
        _trace(record.data.get("trace")),
        float(record.number("seconds") or 0.0),
        record.text("solver") or "",
        seed if isinstance(seed, int) and seed >= 0 else 0,
        tuple(dict.fromkeys((*_texts(record.data.get("mismatches")), *wrong))),
        _texts(record.data.get("notes")),
        _stages(record.data.get("stages")),
    )


def _levels(
    record: Record, problem: Problem, score: Evaluation | None, *, same: bool
) -> tuple[LevelResult, ...]:
    """Return cost and bound of each level; a bound is believed as far as the costs before it are true."""
    requests = problem.policy.requests
    costs: list[int | None] = [None] * len(record.levels)
    if score is not None:
        costs = [*score.cost] if score.feasible else [None] * len(score.cost)
    levels = []
    trusted = same
    for number, cost in enumerate(costs, start=1):
        said: Mapping[str, Any] = record.levels[number - 1] if number <= len(record.levels) else {}
        bound = as_number(said.get("bound"))
        known = int(bound) if trusted and bound is not None and (cost is None or bound <= cost) else None
        scale = problem.request_weight if requests.priced and requests.level == number else None
        terms = _texts(said.get("terms")) if known is not None else ()
        levels.append(LevelResult(number, cost, known, terms, scale))
        trusted = trusted and said.get("cost") == cost and (bound is None or known is not None)
    return tuple(levels)


def _status(record: Record, score: Evaluation | None, levels: tuple[LevelResult, ...]) -> Status:
    """Return the status that the run claims, as far as the evaluator bears it out."""
    said = record.text("status")
    claimed = next((one for one in Status if one.value == said), None)
    if claimed is Status.CANCELLED:
        return claimed
    if score is None:
        return Status.INFEASIBLE if claimed is Status.INFEASIBLE else Status.NO_TIMETABLE_FOUND
    proven = score.feasible and all(level.proven for level in levels)
    return Status.OPTIMAL if claimed is Status.OPTIMAL and proven else Status.FEASIBLE


def _trace(value: object) -> tuple[TracePoint, ...]:
    """Return the moments of the search that are written as such."""
    found = []
    for point in value if isinstance(value, list) else ():
        numbers = point if isinstance(point, list) and len(point) == 4 else [None] * 4
        seconds, level = as_number(numbers[0]), as_number(numbers[1])
        incumbent, bound = (as_number(one) for one in numbers[2:])
        if seconds is not None and isinstance(level, int):
            costs = (None if one is None else int(one) for one in (incumbent, bound))
            found.append(TracePoint(float(seconds), level, *costs))
    return tuple(found)


def _stages(value: object) -> tuple[StageRecord, ...]:
    """Return the stages of the search that are written as such."""
    found = []
    for one in value if isinstance(value, list) else ():
        said = one if isinstance(one, dict) else {}
        stage, strategy = said.get("stage"), said.get("strategy")
        seconds, clashes, cost = (as_number(said.get(name)) for name in ("seconds", "clashes", "cost"))
        if isinstance(stage, str) and isinstance(strategy, str) and seconds is not None:
            whole = (None if number is None else int(number) for number in (clashes, cost))
            found.append(StageRecord(stage, strategy, float(seconds), *whole))
    return tuple(found)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
