"""One run: read, check, solve, evaluate and write a folder that nobody ever overwrites."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from echelon_lib.advice.actions import ACTIONS
from echelon_lib.analysis.requests import UNMET_COLUMNS
from echelon_lib.domain.errors import DataError, EchelonError, Issue
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.run_folder import PROGRESS, RunExistsError, RunFolder
from echelon_lib.formats.school_records import LOCKS
from echelon_lib.preflight import Finding, impossible, preflight
from echelon_lib.runs.advised import take_advice
from echelon_lib.runs.changed import changed_files, earlier_actions, start_of
from echelon_lib.runs.compare import other_rules
from echelon_lib.runs.compiling import compile_for
from echelon_lib.runs.departments import movable_meetings
from echelon_lib.runs.handouts import hand_out, with_first_day
from echelon_lib.runs.institution import (
    Files,
    Rules,
    file_names,
    institution_of,
    institution_of_rules,
    read_institution,
    rules_at,
)
from echelon_lib.runs.locking import changed_and_locked, locks_of_run, own_locks, write_locks
from echelon_lib.runs.loop import State
from echelon_lib.runs.outcome import Outcome, checked, figures, outcome_of, with_kept
from echelon_lib.runs.paths import fingerprint, place_text, sha256_of
from echelon_lib.runs.plan import Plan, plan_of
from echelon_lib.runs.progress import OnProgress, Reporter, utc_now
from echelon_lib.runs.record import read_outcome
from echelon_lib.runs.resources import announced, workers_of
from echelon_lib.runs.rounds import Rounds, in_short
from echelon_lib.runs.scenario import Scenario
from echelon_lib.runs.term_dates import USUAL_WEEKS
from echelon_lib.runs.unplaced import Table, with_closest
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.search.choose import solve
from echelon_lib.search.greedy import greedy
from echelon_lib.search.university.policy import policy_of
from echelon_lib.search.university.stages import Stages
from echelon_lib.solvers.result import Result, Status
from echelon_lib.stop import AnyOf, Stop, running
from echelon_lib.strict_toml import file_name

if TYPE_CHECKING:
    from echelon_lib.search.university.distributed import Workers

logger = logging.getLogger(__name__)

RUNS = Path("runs")
"""Where runs go that are given no folder."""

__all__ = ["FINDING_COLUMNS", "RUNS", "Outcome", "run", "run_name"]

FINDING_COLUMNS = ("Severity", "Rule", "Place", "Message", "Suggestion")


def run(
    scenario: Scenario,
    out: str | Path | None = None,
    *,
    on_progress: OnProgress | None = None,
    on_plan: Callable[[Plan], None] | None = None,
    stop: Stop | None = None,
) -> Outcome:
    """Make the timetable of a scenario and write it to a run folder.

    The folder holds ``progress.json`` from the first moment and is complete as soon as it holds
    ``result.json``; while it searches, ``incumbent.json`` holds the best timetable so far. An interrupt while
    solving keeps that one: everything is written with the status CANCELLED.

    Parameters
    ----------
    scenario
        What to do.
    out
        The run folder, new or empty; without one ``runs/<UTC time>-<hash of the inputs>``.
    on_progress
        Hears of every change of phase, and a few times a second of incumbent and bound.
    on_plan
        Hears of what is going to be done, before the search of a university.
    stop
        A reason to stop besides the seconds of the scenario, such as a ``Cancel``.

    Raises
    ------
    DataError
        When the data or the rules cannot be used; no folder is left then.
    RunExistsError
        When ``out`` is a file or a folder that holds something.
    """
    if scenario.start is not None and not scenario.actions:
        # Whoever goes on from changed sections goes on with the changes.
        scenario = scenario.model_copy(update={"actions": earlier_actions(scenario.start)})
    folder, made = claim_folder(scenario, out)
    reporter = Reporter(folder, time_limit=scenario.longest, solver=scenario.method, on_progress=on_progress)
    problem: Problem | None = None
    with reporter:
        try:
            read = _read(scenario, folder, made, reporter)
            problem = read.problem
            return _solve_and_write(scenario, folder, read, reporter, on_plan, stop)
        except _Unusable as unusable:
            raise unusable.error from None
        except KeyboardInterrupt:
            left = "before there was anything to keep" if reporter.best is None else "before it was written"
            reporter.end("cancelled", f"interrupted {left}")
            raise
        except BaseException as error:
            reporter.end("failed", _without_students(_said(error), problem))
            raise


def planned(scenario: Scenario) -> Plan:
    """Return the plan of a run without running it; files are read, and a scheduler is asked for its workers.

    Raises
    ------
    DataError
        When the data cannot be used, or they are those of a school.
    EchelonError
        When a scheduler does not answer.
    """
    read = _read_all(scenario)
    if not read.problem.groups:
        cure = "leave it out: the search of a school says by itself what it did?"
        raise DataError([Issue("a plan is made for a university only", column="plan", cure=cure)])
    return plan_of(scenario, read.problem, announced(scenario), warm=read.warm)


class _Unusable(Exception):
    """Carries a DataError past the handling of failures: the folder is gone already."""

    def __init__(self, error: DataError) -> None:
        super().__init__()
        self.error = error


@dataclass(frozen=True, slots=True)
class Read:
    """What was read for a run: ``inputs`` has the hash of each file, ``notes`` what a start lacks.

    ``before`` is the problem of the files as they are, without the changes of the scenario; ``broken`` has
    the required rules that the start breaks, ``movable`` the meetings that may be moved, None for all.
    """

    rules: Rules
    inputs: Mapping[str, str]
    before: Problem
    problem: Problem
    start: Timetable | None = None
    notes: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    movable: tuple[str, ...] | None = None

    @property
    def warm(self) -> bool:
        """Whether there is a start that keeps the required rules."""
        return self.start is not None and not self.broken


def _read(scenario: Scenario, folder: RunFolder, made: list[Path], reporter: Reporter) -> Read:
    try:
        return _read_all(scenario)
    except DataError as error:
        reporter.end("failed", "the data cannot be used")
        remove_folder(folder, made)
        raise _Unusable(error) from None


def _read_all(scenario: Scenario) -> Read:
    rules = rules_at(institution_of(scenario.folder), scenario.rules, scenario.variant)
    found = read_institution(scenario.folder, rules, accept_headers=scenario.accept_headers)
    # Now, since at the end of a long search the file may be gone, or be another.
    inputs = _inputs(scenario, found.files)
    before = found.problem
    locks = scenario.locks
    if locks is None and scenario.start is not None:
        locks = locks_of_run(scenario.start)
    headers = scenario.accept_headers
    problem = before
    if before.groups:
        _refuse_what_schools_have(scenario, locks)
        policy_of(scenario.stages.policy)  # what cannot be used is said before anything begins
    else:
        _refuse_what_universities_have(scenario)
        problem = changed_and_locked(before, scenario.actions, scenario.start, locks, accept_headers=headers)
    if scenario.start is None:
        if scenario.departments:
            cure = "name the run to continue from?"
            text = "departments that alone are timetabled need a timetable in which the others stay"
            raise DataError([Issue(text, column="start", cure=cure)])
        return Read(rules, inputs, before, problem)
    start, notes = start_of(scenario.start, before, problem, scenario.actions)
    broken = tuple(evaluate(problem, start).required)
    if broken:
        rest = ", ".join(broken)
        notes = (*notes, f"the earlier timetable breaks required rules, and was only a hint: {rest}")
    notes = (*notes, *_other_rules(scenario.start, rules))
    movable = movable_meetings(problem, scenario.departments, start) if scenario.departments else None
    return Read(rules, inputs, before, problem, start, notes, broken, movable)


def _other_rules(start: Path, rules: Rules) -> tuple[str, ...]:
    """Say which rules of an earlier run are others now, which nobody may notice who forgets to give them."""
    record = read_outcome(start)
    other = () if record is None else other_rules(record, rules.model_dump(mode="json"))
    return (f"the earlier run had other rules: {', '.join(other)}",) if other else ()


def _refuse_what_schools_have(scenario: Scenario, locks: Path | str | None) -> None:
    """Raise an issue for each thing asked for that a university's timetable does not have."""
    asked = {
        "locks": bool(locks),
        "actions": bool(scenario.actions),
        "advice": scenario.kind == "hybrid",
        "kind": scenario.kind == "greedy",
        "solver": scenario.solver not in ("auto", "greedy"),
    }
    _refuse("this has no meaning for a university", asked, "leave it out: it is for schools?")


def _refuse_what_universities_have(scenario: Scenario) -> None:
    """Raise an issue for each thing asked for that a school's timetable does not have."""
    handouts = scenario.handouts or ()
    asked = {
        "handouts": any(one != "workbook" for one in handouts),
        "first_day": scenario.first_day is not None,
        "weeks": scenario.weeks != USUAL_WEEKS,
        "stages": scenario.stages != Stages(),
        "departments": bool(scenario.departments),
        "cores": scenario.cores is not None,
        "workers": scenario.workers is not None,
        "dask": bool(scenario.dask),
    }
    _refuse("this has no meaning for a school", asked, "leave it out: it is for universities?")


def _refuse(why: str, asked: Mapping[str, bool], cure: str) -> None:
    issues = [Issue(why, column=name, cure=cure) for name, given in asked.items() if given]
    if issues:
        raise DataError(issues)


def _solve_and_write(
    scenario: Scenario,
    folder: RunFolder,
    read: Read,
    reporter: Reporter,
    on_plan: Callable[[Plan], None] | None,
    stop: Stop | None,
) -> Outcome:
    started = utc_now()
    problem = read.problem
    mine = own_locks(problem)
    if mine:  # at once, so that whoever goes on from a run that was ended finds them
        write_locks(folder.path / LOCKS, problem, mine)
    reporter.phase("checking")
    findings = preflight(problem)
    result: Result | None = None
    ends = [] if stop is None else [stop]
    stages = scenario.stages if problem.groups else None
    opened = ExitStack()
    ready, workers = _prepared(scenario, problem, stages, reporter, opened)
    plan: Plan | None = None
    if problem.groups:
        elsewhere = None if workers is None else (workers.size, workers.where)
        plan = plan_of(scenario, problem, elsewhere, warm=read.warm)
        if on_plan is not None:
            on_plan(plan)
    clock = running(AnyOf(scenario.limit(scenario.longest), *ends))
    whole = running(AnyOf(scenario.total_seconds, *ends))
    rounds: Rounds | None = None
    actions = scenario.actions
    try:
        if not ready:
            raise KeyboardInterrupt
        reporter.phase("solving level 1")
        result = solve(
            problem,
            scenario.method,
            stop=clock,
            seed=scenario.seed,
            cores=scenario.cores,
            on_incumbent=reporter.point,
            start=read.start,
            on_timetable=partial(reporter.keep, problem),
            stages=stages,
            on_standing=reporter.stands,
            on_promise=partial(reporter.promise, problem),
            movable=read.movable,
            crew=workers,
        )
    except KeyboardInterrupt:
        clock.cancel()
    finally:
        opened.close()
    if scenario.advice != "none" and result is not None and result.best is not None and not clock.cancelled:
        advised = take_advice(scenario, folder, State(problem, result, actions), reporter, whole, ends)
        problem, result, actions = advised.state.problem, advised.state.result, advised.state.actions
        rounds = advised.rounds
        if advised.interrupted:
            clock.cancel()
        findings = preflight(problem) if actions != scenario.actions else findings
    reporter.phase("writing")
    if result is None:
        seconds = clock.elapsed()
        result = Result(Status.CANCELLED, None, None, (), (), seconds, scenario.method, scenario.seed)
    elif clock.cancelled and result.status in (Status.FEASIBLE, Status.NO_TIMETABLE_FOUND):
        result = replace(result, status=Status.CANCELLED)
    quick = None if impossible(findings) or problem.groups else greedy(problem, seed=scenario.seed)
    baseline = None if quick is None else evaluate(problem, quick)
    kept = {} if reporter.best is None else {"the best timetable so far": reporter.best}
    if quick is not None and baseline is not None:
        kept["the greedy timetable"] = quick, baseline
    result = with_kept(problem, checked(problem, result), kept)
    result = replace(result, notes=(*result.notes, *read.notes))
    more: Mapping[str, Table] = {}
    if problem.groups:
        result, more = with_closest(
            problem,
            result,
            folder.path,
            seed=scenario.seed,
            movable=read.movable,
            hurried=clock.cancelled,
        )
    reporter.settle(problem, result)
    outcome = outcome_of(
        with_first_day(scenario, problem),
        folder.path,
        problem,
        result,
        findings=findings,
        greedy=baseline,
        actions=actions,
        advice=rounds,
    )
    outcome = replace(outcome, plan=plan)
    write_outcome(outcome, folder, read, started, more=more)
    hand_out(outcome, reporter.phase)
    reporter.end("cancelled" if result.status is Status.CANCELLED else "completed")
    logger.info("Run %s ended: %s", folder.path.name, result.status.value)
    return outcome


def _prepared(
    scenario: Scenario, problem: Problem, stages: Stages | None, reporter: Reporter, opened: ExitStack
) -> tuple[bool, Workers | None]:
    """Compile the search and have workers ready before the clock starts; say whether nobody interrupted."""
    try:
        compile_for(problem, scenario.method, reporter.phase, stages)
        return True, opened.enter_context(workers_of(scenario, reporter.phase))
    except KeyboardInterrupt:
        return False, None


def write_outcome(
    outcome: Outcome,
    folder: RunFolder,
    read: Read,
    started: str,
    *,
    more: Mapping[str, Table] | None = None,
    extra: Mapping[str, object] | None = None,
) -> None:
    """Write everything that is known of a run; ``more`` are further tables, ``extra`` further entries."""
    scenario, numbers, tables = outcome.scenario, outcome.summary, outcome.tables
    severities = Counter(finding.severity for finding in outcome.findings)
    places = {"folder": place_text(scenario.folder)}
    if scenario.rules is not None:
        places["rules"] = place_text(scenario.rules)
    if scenario.start is not None:
        places["start"] = place_text(scenario.start)
    if scenario.locks is not None:
        places["locks"] = place_text(scenario.locks)
    folder.finish(
        outcome.problem,
        outcome.result,
        first_line=numbers.first_line,
        unmet=tables["unmet"].loc[:, list(UNMET_COLUMNS)].itertuples(index=False, name=None)
        if "unmet" in tables
        else (),
        summary=numbers.as_dict(),
        tables={
            "findings.csv": (FINDING_COLUMNS, [_row(finding) for finding in outcome.findings]),
            **changed_files(outcome.problem, outcome.actions),
            **(more or {}),
        },
        inputs=read.inputs,
        parameters=scenario.model_dump(mode="json") | places,
        extra={
            "kind": scenario.kind,
            "institution": institution_of_rules(read.rules),
            "started": started,
            "rules": read.rules.model_dump(mode="json"),
            "findings": {name: severities[name] for name in ("error", "warning", "info")},
            "greedy": None if outcome.greedy is None else figures(outcome.greedy),
            "actions": ACTIONS.dump_python(outcome.actions, mode="json"),
            "locks": len(own_locks(outcome.problem)),
            "advice": None if outcome.advice is None else in_short(outcome.advice),
            **({} if outcome.plan is None else {"plan": outcome.plan.as_dict()}),
            **(extra or {}),
        },
    )


def _row(finding: Finding) -> tuple[str, ...]:
    return (finding.severity, finding.rule, finding.place, finding.message, finding.suggestion or "")


def _inputs(scenario: Scenario, files: Files) -> dict[str, str]:
    hashes = dict(files.input_hashes)
    if scenario.rules is not None:
        hashes[file_name(scenario.rules)] = sha256_of(scenario.rules)
    return hashes


# The folder --------------------------------------------------------------------------------------------


def claim_folder(scenario: Scenario, out: str | Path | None) -> tuple[RunFolder, list[Path]]:
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


def remove_folder(folder: RunFolder, made: list[Path]) -> None:
    """Undo ``claim_folder``; what was there before, or has been filled meanwhile, stays."""
    with suppress(OSError):
        (folder.path / PROGRESS).unlink(missing_ok=True)
        for path in made:
            path.rmdir()


def _fingerprint(scenario: Scenario) -> str:
    """Return a short hash of the input files; files that cannot be read are left for the reader to name."""
    more = (place for place in (scenario.rules, scenario.locks) if place is not None)
    return fingerprint(scenario.folder, file_names(scenario.folder), more)


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
    known = {one.id for one in problem.attendees if one.word == "student"}
    return re.sub(r"[^\s'\"#,;:()\[\]]+", lambda word: "…" if word[0].rstrip(".") in known else word[0], text)
