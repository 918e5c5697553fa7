"""One run: read, check, solve, evaluate and write a folder that nobody ever overwrites."""

from __future__ import annotations

import hashlib
import logging
import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echelon_lib.analysis.requests import UNMET_COLUMNS, unmet_requests
from echelon_lib.analysis.summary import Summary, summary
from echelon_lib.analysis.utilisation import below_target, utilisation_by_course, utilisation_by_section
from echelon_lib.domain.errors import DataError, EchelonError
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.run_folder import PROGRESS, RunExistsError, RunFolder
from echelon_lib.formats.school_csv import SchoolFiles, read_school_files
from echelon_lib.formats.school_records import COLUMNS
from echelon_lib.formats.tables import LARGEST_FILE
from echelon_lib.preflight import Finding, impossible, preflight
from echelon_lib.runs.progress import OnProgress, Reporter, utc_now
from echelon_lib.runs.scenario import Scenario
from echelon_lib.school_rules import SchoolRules
from echelon_lib.schools import school_problem
from echelon_lib.scoring.evaluate import Evaluation, evaluate
from echelon_lib.search.choose import solve
from echelon_lib.search.greedy import greedy
from echelon_lib.solvers.result import LevelResult, Result, Status
from echelon_lib.stop import AnyOf, Stop, running

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)

RUNS = Path("runs")
"""Where runs go that are given no folder."""

FINDING_COLUMNS = ("Severity", "Rule", "Place", "Message", "Suggestion")


@dataclass(frozen=True)
class Outcome:
    """What a run made.

    Parameters
    ----------
    scenario
        What it was told.
    folder
        The run folder.
    problem, result, findings, summary
        The problem as solved, its result, what preflight found, and the numbers a person asks first.
    tables
        ``utilisation`` by section, ``courses``, ``below target`` and ``unmet`` requests; empty without a
        timetable.
    greedy
        The evaluation of our greedy timetable of the same problem and seed, for comparison; None where
        preflight proves that there is no timetable.
    """

    scenario: Scenario
    folder: Path
    problem: Problem
    result: Result
    findings: tuple[Finding, ...]
    summary: Summary
    tables: Mapping[str, pd.DataFrame]
    greedy: Evaluation | None


def run(
    scenario: Scenario,
    out: str | Path | None = None,
    *,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
) -> Outcome:
    """Make the timetable of a scenario and write it to a run folder.

    The folder holds ``progress.json`` from the first moment and is complete as soon as it holds
    ``result.json``. An interrupt while solving keeps the incumbent: everything is written with the status
    CANCELLED.

    Parameters
    ----------
    scenario
        What to do.
    out
        The run folder, new or empty; without one ``runs/<UTC time>-<hash of the inputs>``.
    on_progress
        Hears of every change of phase, and a few times a second of incumbent and bound.
    stop
        A reason to stop besides the seconds of the scenario, such as a ``Cancel``.

    Raises
    ------
    DataError
        When the data or the rules cannot be used; no folder is left then.
    RunExistsError
        When ``out`` is a file or a folder that holds something.
    """
    folder, made = _claim(scenario, out)
    reporter = Reporter(folder, time_limit=scenario.seconds, solver=scenario.method, on_progress=on_progress)
    problem: Problem | None = None
    with reporter:
        try:
            rules, files = _read(scenario, folder, made, reporter)
            problem = files[1]
            return _solve_and_write(scenario, folder, rules, *files, reporter, stop)
        except _Unusable as unusable:
            raise unusable.error from None
        except KeyboardInterrupt:
            reporter.end("cancelled", "interrupted before there was anything to keep")
            raise
        except BaseException as error:
            reporter.end("failed", _without_students(_said(error), problem))
            raise


class _Unusable(Exception):
    """Carries a DataError past the handling of failures: the folder is gone already."""

    def __init__(self, error: DataError) -> None:
        super().__init__()
        self.error = error


def _read(
    scenario: Scenario, folder: RunFolder, made: list[Path], reporter: Reporter
) -> tuple[SchoolRules, tuple[SchoolFiles, Problem]]:
    try:
        rules = SchoolRules() if scenario.rules is None else SchoolRules.from_toml(scenario.rules)
        files = read_school_files(scenario.folder, accept_headers=scenario.accept_headers)
        name = scenario.folder.resolve().name
        return rules, (files, school_problem(files, rules, name=name))
    except DataError as error:
        reporter.end("failed", "the data cannot be used")
        _remove(folder, made)
        raise _Unusable(error) from None


def _solve_and_write(
    scenario: Scenario,
    folder: RunFolder,
    rules: SchoolRules,
    files: SchoolFiles,
    problem: Problem,
    reporter: Reporter,
    stop: Stop | None,
) -> Outcome:
    started = utc_now()
    reporter.phase("checking")
    findings = preflight(problem)
    result: Result | None = None
    clock = running(AnyOf(scenario.seconds, *([] if stop is None else [stop])))
    try:
        reporter.phase("solving level 1")
        result = solve(problem, scenario.method, stop=clock, seed=scenario.seed, on_incumbent=reporter.point)
        reporter.phase("writing")
    except KeyboardInterrupt:
        clock.cancel()
        reporter.phase("writing")
    if result is None:
        seconds = clock.elapsed()
        result = Result(Status.CANCELLED, None, None, (), (), seconds, scenario.method, scenario.seed)
    elif clock.cancelled and result.status in (Status.FEASIBLE, Status.NO_TIMETABLE_FOUND):
        result = replace(result, status=Status.CANCELLED)
    quick = None if impossible(findings) else greedy(problem, seed=scenario.seed)
    baseline = None if quick is None else evaluate(problem, quick)
    result = _with_incumbent(problem, _checked(problem, result), quick, baseline)
    numbers = summary(problem, result)
    tables = _tables(problem, result)
    severities = Counter(finding.severity for finding in findings)
    folder.finish(
        problem,
        result,
        first_line=numbers.first_line,
        unmet=tables["unmet"].loc[:, list(UNMET_COLUMNS)].itertuples(index=False, name=None)
        if tables
        else (),
        summary=numbers.as_dict(),
        tables={"findings.csv": (FINDING_COLUMNS, [_row(finding) for finding in findings])},
        inputs=_inputs(scenario, files),
        parameters=scenario.model_dump(mode="json") | {"folder": str(scenario.folder.resolve())},
        extra={
            "kind": scenario.kind,
            "started": started,
            "rules": rules.model_dump(mode="json"),
            "findings": {name: severities[name] for name in ("error", "warning", "info")},
            "greedy": None if baseline is None else _figures(baseline),
        },
    )
    reporter.end("cancelled" if result.status is Status.CANCELLED else "completed")
    logger.info("Run %s ended: %s", folder.path.name, result.status.value)
    return Outcome(scenario, folder.path, problem, result, findings, numbers, tables, baseline)


def _checked(problem: Problem, result: Result) -> Result:
    """Have the answer scored once more, by the evaluator and by nobody else."""
    if result.best is None:
        return result
    score = evaluate(problem, result.best)
    said = result.evaluation
    if said is not None and (said.cost, said.required) == (score.cost, score.required):
        return result
    text = f"the result says {None if said is None else said.cost}, the evaluator {score.cost}"
    status = result.status if result.status is Status.CANCELLED else Status.FEASIBLE
    return replace(result, evaluation=score, status=status, mismatches=(*result.mismatches, text))


def _with_incumbent(
    problem: Problem, result: Result, quick: Timetable | None, baseline: Evaluation | None
) -> Result:
    """Keep the greedy timetable where an interrupted search has nothing better to show."""
    if result.best is not None or result.status is not Status.CANCELLED:
        return result
    if quick is None or baseline is None or not baseline.feasible:
        return result
    bounds = {level.level: level for level in result.levels}
    levels = []
    for number, cost in enumerate(baseline.cost, start=1):
        known = bounds.get(number)
        scale = problem.request_weight if number == problem.policy.requests.level else None
        bound = known.bound if known is not None and known.bound is not None and known.bound <= cost else None
        terms = known.terms if known is not None and bound is not None else ()
        levels.append(LevelResult(number, cost, bound, terms, scale))
    note = "interrupted before the search had an answer; the greedy timetable is kept"
    return replace(result, best=quick, evaluation=baseline, levels=tuple(levels), notes=(*result.notes, note))


def _tables(problem: Problem, result: Result) -> dict[str, pd.DataFrame]:
    if result.best is None:
        return {}
    return {
        "utilisation": utilisation_by_section(problem, result.best),
        "courses": utilisation_by_course(problem, result.best),
        "below target": below_target(problem, result.best),
        "unmet": unmet_requests(problem, result.best, result.evaluation),
    }


def _figures(score: Evaluation) -> dict[str, Any]:
    return {
        "feasible": score.feasible,
        "required": dict(score.required),
        "met": score.met,
        "filled": score.filled,
        "complete": score.complete,
        "cost": list(score.cost),
        "terms": {
            term.name: {"level": term.level, "amount": term.amount, "cost": term.cost}
            for term in score.terms.values()
        },
    }


def _row(finding: Finding) -> tuple[str, ...]:
    return (finding.severity, finding.rule, finding.place, finding.message, finding.suggestion or "")


def _inputs(scenario: Scenario, files: SchoolFiles) -> dict[str, str]:
    hashes = dict(files.input_hashes)
    if scenario.rules is not None:
        hashes[scenario.rules.name] = hashlib.sha256(scenario.rules.read_bytes()).hexdigest()
    return hashes


# The folder --------------------------------------------------------------------------------------------


def _claim(scenario: Scenario, out: str | Path | None) -> tuple[RunFolder, list[Path]]:
    """Return the folder, which is ours from now on, and the folders that had to be made for it."""
    if out is not None and str(out).strip():
        path = Path(out).expanduser()
        missing = _missing(path)
        return RunFolder.create(path), missing
    name = run_name(scenario)
    for number in range(1, 1000):
        path = RUNS / (name if number == 1 else f"{name}-{number}")
        missing = _missing(path)
        try:
            return RunFolder.create(path), missing
        except RunExistsError:
            if not path.is_dir():
                raise
    raise RunExistsError(f"There are a thousand runs named {name} already.\n  Maybe give a folder.")


def run_name(scenario: Scenario) -> str:
    """Return the name of a run that begins now: the UTC time and a short hash of the input files."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{_fingerprint(scenario)}"


def _missing(path: Path) -> list[Path]:
    """Return the folders on the way that do not exist, the innermost first."""
    return [folder for folder in (path, *path.parents) if not folder.exists()]


def _remove(folder: RunFolder, made: list[Path]) -> None:
    """Undo ``_claim``; what was there before, or has been filled meanwhile, stays."""
    with suppress(OSError):
        (folder.path / PROGRESS).unlink(missing_ok=True)
        for path in made:
            path.rmdir()


def _fingerprint(scenario: Scenario) -> str:
    """Return a short hash of the input files; files that cannot be read are left for the reader to name."""
    digest = hashlib.sha256()
    paths = [scenario.folder / name for name in sorted(COLUMNS)]
    for path in [*paths, *([] if scenario.rules is None else [scenario.rules])]:
        try:
            if path.is_file() and path.stat().st_size <= LARGEST_FILE:
                digest.update(f"{path.name}\0".encode(errors="replace") + path.read_bytes())
        except (OSError, ValueError):
            continue
    return digest.hexdigest()[:8]


# Failures ----------------------------------------------------------------------------------------------


def _said(error: BaseException) -> str:
    """Return what may be told of an error: our own words whole, others by their kind."""
    if isinstance(error, DataError):
        return f"{len(error.issues)} problems with the data"
    if isinstance(error, EchelonError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {Path(str(error.filename)).name}" if error.filename else error.strerror
    return type(error).__name__


def _without_students(text: str, problem: Problem | None) -> str:
    """Return a text in which no word is the identifier of a student."""
    if problem is None:
        return text
    known = problem.student
    return re.sub(r"[^\s'\"#,;:()\[\]]+", lambda word: "…" if word[0].rstrip(".") in known else word[0], text)
