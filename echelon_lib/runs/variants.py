"""Variants of a university's timetable: each solved by a process of its own, side by side, then compared.

Each variant is a run folder that every command takes. With the same seed the steps until nothing clashes are
the same in all of them, since no price counts there; so the variants differ by their prices.
"""

from __future__ import annotations

import json
import logging
import re
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

import pandas as pd

from echelon_lib.analysis.variants import compare_variants
from echelon_lib.analysis.who_gains import faculty_gains, who_gains
from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.run_folder import RunFolder
from echelon_lib.formats.run_reading import has_timetable, read_run
from echelon_lib.formats.tables import write_table, write_text_atomic
from echelon_lib.plots.variants_page import variants_page
from echelon_lib.runs import processes
from echelon_lib.runs.compiling import compile_for, compiled
from echelon_lib.runs.institution import institution_of, read_institution
from echelon_lib.runs.job import ABOUT, ANSWER, LOG, JobReader, State, read_progress
from echelon_lib.runs.jobs import command_of
from echelon_lib.runs.paths import CHECKOUT, place_text
from echelon_lib.runs.progress import OnProgress, Reporter
from echelon_lib.runs.record import Record, as_count
from echelon_lib.runs.run import claim_folder, remove_folder
from echelon_lib.runs.scenario import Scenario
from echelon_lib.search.cores import cores as usable
from echelon_lib.search.report import Standing
from echelon_lib.stop import Running, Stop, running
from echelon_lib.university_rules import UniversityRules

logger = logging.getLogger(__name__)

USUAL = (
    *("Balanced", "Faculty-focused", "Compactness-focused"),
    *("Balanced+Faculty-focused", "Balanced+Compactness-focused"),
)
"""The variants where nobody names any: those that have names, and halfway from Balanced to the others."""
COMPARED = "Balanced"
"""The variant at whose prices all are compared."""
MOST = 20
"""Variants at once, at most."""

LOGS = "logs"
"""Folder of what the processes said, below that of the variants."""
COMPARISON, GAINS, FACULTY, PAGE, ABOUT_ALL = (
    *("comparison.csv", "who_gains.csv", "faculty.csv", "variants.html", "variants.json"),
)
BETWEEN_LOOKS = 0.3
"""Seconds between two looks at the processes."""


@dataclass(frozen=True)
class VariantRun:
    """A variant and what became of it.

    Parameters
    ----------
    name
        Its name.
    folder
        Its run folder; it may be missing.
    state, message
        How it ended, and that in a sentence.
    record
        What its ``result.json`` says; None where there is none.
    """

    name: str
    folder: Path
    state: State
    message: str
    record: Record | None


@dataclass(frozen=True)
class Variants:
    """Variants side by side.

    Parameters
    ----------
    folder
        The folder with all of them.
    problem
        The problem at the prices at which they are compared.
    runs
        Each variant, in the order in which they were asked for.
    timetables
        The timetables of those that have one.
    comparison, gains, faculty
        What ``compare_variants``, ``who_gains`` and ``faculty_gains`` say of these; the last names people.
    interrupted
        Whether somebody stopped it.
    """

    folder: Path
    problem: Problem
    runs: tuple[VariantRun, ...]
    timetables: Mapping[str, Timetable]
    comparison: pd.DataFrame
    gains: pd.DataFrame
    faculty: pd.DataFrame
    interrupted: bool

    @property
    def notes(self) -> tuple[str, ...]:
        """What became of each variant, in sentences."""
        return tuple(f"{run.name}: {run.message}" for run in self.runs)


def solve_variants(
    folder: str | Path,
    variants: Sequence[str] = USUAL,
    *,
    rules: str | Path | None = None,
    seconds: float = 60.0,
    iterations: int | None = None,
    seed: int = 0,
    cores: int | None = None,
    start: str | Path | None = None,
    accept_headers: bool = False,
    out: str | Path | None = None,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
) -> Variants:
    """Solve variants of a university side by side, and compare them.

    Parameters
    ----------
    folder
        Folder with the files of the university, or its address.
    variants
        Names of variants of the rules, sums of names for the mean of their prices, or TOML files with rules.
    rules
        TOML file with the rules; None for the defaults.
    seconds, iterations, seed, start, accept_headers
        As in a ``Scenario``, of each variant.
    cores
        Processors for all of them together; None for those of this machine. As many variants are solved side
        by side, and share what is left over.
    out
        Folder for all of it, new or empty; without one ``runs/<UTC time>-<hash of the inputs>``.
    on_progress
        As for ``run``; per cent and time left are of all variants together.
    stop
        A reason to stop: what goes on then keeps its best, what waits is not begun.

    Raises
    ------
    DataError
        When a variant, the rules or the files cannot be used; nothing is left then.
    RunExistsError
        When ``out`` is a file or a folder that holds something.
    """
    told = {"rules": rules, "seconds": float(seconds), "iterations": iterations, "seed": seed, "start": start}
    # Calendars are wanted of the variant that is chosen, not of each.
    base = Scenario.from_mapping({"folder": folder, "accept_headers": accept_headers, "handouts": (), **told})
    own, asked = _asked(base, variants)
    cores = max(1, cores or usable())
    side = min(cores, len(asked))
    share = [cores // side + (number < cores % side) for number in range(side)]
    place, made = claim_folder(base, out)
    reporter = Reporter(place, time_limit=None, solver="variants", on_progress=on_progress)
    with reporter:
        try:
            read = read_institution(
                base.folder, own.with_variant(COMPARED), accept_headers=base.accept_headers
            )
        except DataError:
            reporter.end("failed", "the data cannot be used")
            remove_folder(place, made)
            raise
        try:
            if not compiled(university=True):  # once, not by each of them
                compile_for(read.problem, base.method, reporter.phase)
            waiting = [_Solving(name, one, place.path) for name, one in asked.items()]
            clock = running(stop)
            _solve_all(waiting, share, reporter, clock)
            reporter.phase("comparing")
            done = _compared(place, read.problem, waiting, interrupted=clock.cancelled)
            _write(done, base)
        except BaseException as error:
            interrupted = isinstance(error, KeyboardInterrupt)
            reporter.end("cancelled" if interrupted else "failed", type(error).__name__)
            raise
        reporter.end("cancelled" if done.interrupted else "completed")
    logger.info("Variants %s ended: %s of %s solved", place.path.name, len(done.timetables), len(done.runs))
    return done


def _asked(base: Scenario, variants: Sequence[str]) -> tuple[UniversityRules, dict[str, Scenario]]:
    """Return the rules, and what is to be solved for each variant by its name."""
    if institution_of(base.folder) != "university":
        raise DataError([Issue("a school has no variants", "variants", cure="name a university's folder?")])
    rules = UniversityRules() if base.rules is None else UniversityRules.from_toml(base.rules)
    issues: list[Issue] = []
    found: dict[str, Scenario] = {}
    for word in map(str.strip, variants):
        name = word
        more: dict[str, object] = {"variant": word}
        try:
            if word.endswith(".toml"):
                UniversityRules.from_toml(word)
                name, more = Path(word).stem, {"rules": Path(word)}
            else:
                rules.with_variant(word)
        except DataError as error:
            issues += error.issues
            continue
        if _slug(name) in map(_slug, found):
            issues.append(Issue(f"the variant {name!r} is named twice", "variants", value=name))
        found[name] = base.model_copy(update=more)
    if not 1 <= len(variants) <= MOST:
        cure = f"name 1 to {MOST}, separated by commas?"
        issues.append(Issue(f"{len(variants)} variants are no number to compare", "variants", cure=cure))
    if issues:
        raise DataError(issues)
    return rules, found


def _slug(name: str) -> str:
    """Return a name as that of a folder."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "variant"


# Solving ------------------------------------------------------------------------------------------------


@dataclass
class _Solving:
    """A variant whose process waits, goes on or has ended."""

    name: str
    scenario: Scenario
    place: Path
    process: processes.Process | None = field(default=None, init=False)
    cores: int = field(default=0, init=False)
    begun: float = field(default=0.0, init=False)
    took: float | None = field(default=None, init=False)

    @property
    def folder(self) -> Path:
        return self.place / _slug(self.name)

    @property
    def about(self) -> Path:
        return self.place / LOGS / _slug(self.name)

    @property
    def going(self) -> bool:
        """Whether its process goes on; the moment of its end is noted."""
        if self.process is None or self.took is not None:
            return False
        if not self.process.alive():
            self.took = time.monotonic() - self.begun
        return self.took is None

    def start(self, cores: int) -> None:
        self.cores, self.begun = cores, time.monotonic()
        self.about.mkdir(parents=True)
        words = command_of(self.scenario.model_copy(update={"cores": cores}), self.folder, self.about)
        with (self.about / ANSWER).open("xb") as out, (self.about / LOG).open("xb") as err:
            self.process = processes.start(
                words,
                folder=Path.cwd(),
                environment=processes.environment_with(CHECKOUT),
                out=out,
                err=err,
            )
        said = {"pid": self.process.pid, "created": self.process.created}
        write_text_atomic(self.about / ABOUT, json.dumps(said) + "\n")

    def stop(self) -> None:
        """Ask it to stop and keep its best."""
        if self.process is not None:
            self.process.send(signal.SIGINT)

    def kill(self) -> None:
        if self.process is not None:
            processes.kill(self.process)

    def progress(self) -> tuple[str, float, float | None]:
        """Return what it does, the share that is over, and the seconds that are left if that is known."""
        if self.took is not None:
            return "", 1.0, 0.0
        moment = read_progress(self.folder)
        if moment is None:
            return "starting", 0.0, None
        return moment.phase.removeprefix("solving: "), moment.percent / 100, moment.eta_seconds


def _solve_all(waiting: Sequence[_Solving], share: Sequence[int], reporter: Reporter, clock: Running) -> None:
    """Solve all variants, as many side by side as have a share of the processors."""
    left, free, told = list(waiting), list(share), False
    going: list[_Solving] = []
    reporter.phase("solving level 1")
    try:
        while left or going:
            if clock.done():
                left.clear()
                for one in () if told else going:
                    one.stop()
                told = True
            for one in [one for one in going if not one.going]:
                going.remove(one)
                free.append(one.cores)
            while left and free:
                one = left.pop(0)
                one.start(free.pop(0))
                going.append(one)
            reporter.stands(_standing(waiting, going, left))
            try:
                time.sleep(BETWEEN_LOOKS)
            except KeyboardInterrupt:  # the first asks them to stop, which keeps their best
                if clock.cancelled:
                    raise
                clock.cancel()
    except BaseException:
        for one in going:
            one.kill()
        raise


def _standing(every: Sequence[_Solving], going: Sequence[_Solving], left: Sequence[_Solving]) -> Standing:
    """Return how far all of them are, and how long the last takes if each takes as long as those before."""
    found = {one.name: one.progress() for one in going}
    over = sum(1.0 for one in every if one.took is not None) + sum(share for _, share, _ in found.values())
    stage = ", ".join(f"{name} ({what})" for name, (what, _, _) in found.items())
    lanes = [seconds for _, _, seconds in found.values() if seconds is not None]
    took = [one.took for one in every if one.took is not None]
    each = mean(took) if took else every[0].scenario.longest
    if len(lanes) < len(found) or not lanes or (left and each is None):
        return Standing(stage or "variants", over / len(every))
    for _ in left:
        assert each is not None
        lanes.sort()
        lanes[0] += each
    return Standing(stage, over / len(every), max(lanes))


# Comparing ----------------------------------------------------------------------------------------------


def _compared(place: RunFolder, problem: Problem, done: Sequence[_Solving], *, interrupted: bool) -> Variants:
    runs = tuple(_ended(one) for one in done)
    timetables = {
        run.name: read_run(run.folder, problem)
        for run in runs
        if run.record is not None and has_timetable(run.folder)
    }
    costs = {run.name: _cost(run.record) for run in runs if run.record is not None}
    return Variants(
        place.path,
        problem,
        runs,
        timetables,
        compare_variants(problem, timetables, own_costs=costs, prices=COMPARED),
        who_gains(problem, timetables),
        faculty_gains(problem, timetables),
        interrupted or any(run.state == "cancelled" for run in runs),
    )


def _ended(one: _Solving) -> VariantRun:
    if one.process is None:
        return VariantRun(one.name, one.folder, "cancelled", "Stopped before it was begun.", None)
    job = JobReader().job(one.about, one.folder)
    assert job is not None, "its process was written down"
    return VariantRun(one.name, one.folder, job.state, job.message, job.record)


def _cost(record: Record) -> int | None:
    costs = [as_count(level.get("cost")) for level in record.levels]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known and len(known) == len(costs) else None


def _write(done: Variants, base: Scenario) -> None:
    """Write the tables, the page and a record of it; the record comes last."""
    tables = {COMPARISON: done.comparison, GAINS: done.gains, FACULTY: done.faculty}
    for name, table in tables.items():
        write_table(done.folder / name, list(table.columns), _rows(table))
    page = variants_page(done.problem.name, done.comparison, done.gains, notes=done.notes)
    write_text_atomic(done.folder / PAGE, page)
    record = {
        "folder": place_text(base.folder),
        "rules": None if base.rules is None else place_text(base.rules),
        "seconds": base.seconds if base.iterations is None else None,
        "iterations": base.iterations,
        "seed": base.seed,
        "compared_with": next(iter(done.timetables), None),
        "prices": COMPARED,
        "interrupted": done.interrupted,
        "variants": [
            {"name": run.name, "folder": run.folder.name, "state": run.state, "message": run.message}
            for run in done.runs
        ],
    }
    write_text_atomic(done.folder / ABOUT_ALL, json.dumps(record, indent=2) + "\n")


def _rows(table: pd.DataFrame) -> Iterator[Sequence[object]]:
    """Yield the rows with nothing where a number is missing."""
    plain = table.astype(object)
    yield from plain.where(plain.notna(), "").itertuples(index=False, name=None)
