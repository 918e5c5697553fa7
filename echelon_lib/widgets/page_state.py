"""What the pages for schools and for universities know alike: files, rules, runs, and what follows."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, ClassVar

import traitlets
from traitlets import Bool, Dict, Float, HasTraits, Int, Unicode

from echelon_lib.domain.errors import DataError, EchelonError, Issue
from echelon_lib.domain.problem import Problem
from echelon_lib.preflight import Finding, impossible, preflight
from echelon_lib.runs.institution import (
    Files,
    Institution,
    Rules,
    problem_of,
    read_files,
    rules_at,
    rules_of_kind,
)
from echelon_lib.runs.jobs import Job, Jobs
from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.reopen import reopen
from echelon_lib.runs.scenario import MOST_SEED, Scenario
from echelon_lib.runs.workspace import School, Workspace
from echelon_lib.solvers.result import TracePoint

logger = logging.getLogger(__name__)

LONGEST_RUN = 86_400.0
"""Seconds of a search that is started on a page, at most: a day."""
MOST_MOMENTS = 500
"""Moments of a run that a page remembers, at most."""


def default_of(name: str) -> Any:
    """Return the default of an input of a run."""
    return Scenario.model_fields[name].default


@dataclass(frozen=True)
class Reading:
    """What was read of the files of a school: ``near`` are the issues that go if near titles are taken."""

    files: Files | None = None
    issues: tuple[Issue, ...] = ()
    near: tuple[Issue, ...] = ()


@dataclass(frozen=True)
class Judgement:
    """The problem that files and rules make, and what arithmetic says of it."""

    problem: Problem | None = None
    findings: tuple[Finding, ...] = ()
    issues: tuple[Issue, ...] = ()


class PageState(HasTraits):
    """A page without its looks: it can be used, and tested, without a browser.

    The traits in ``kept`` are what the user chose; they round-trip through ``as_dict`` and ``restore`` and
    hold no student. All others follow from them, from the workspace and from the runs in it. ``school`` is
    the school or the university that is chosen.

    Parameters
    ----------
    workspace
        Where schools, universities and runs lie; the default one when left out.
    """

    institution: ClassVar[Institution]
    kept: ClassVar[tuple[str, ...]]
    """Traits that the user sets, in the order in which they are taken over."""
    running: ClassVar[str]
    """The step in which runs are started."""
    showing: ClassVar[tuple[str, ...]]
    """The steps that show a run; the first is where a page goes when one has ended."""
    lists_of_runs: ClassVar[Mapping[str, int]] = {}
    """Traits that hold names of runs, with how many at most."""
    levels: ClassVar[Mapping[int, str]] = {}
    """What is improved at each level of the objective, in words."""
    rules_word: ClassVar[str] = "rules"
    no_school: ClassVar[str]
    unfit_rules: ClassVar[str]

    step: Any
    school = Unicode()
    accept_headers = Bool(default_of("accept_headers"))
    rules = Dict()
    seconds = Float(default_of("seconds"), min=1.0, max=LONGEST_RUN)
    seed = Int(default_of("seed"), min=0, max=MOST_SEED)
    started = Unicode()
    run = Unicode()

    schools = traitlets.Tuple()
    files = traitlets.Any()
    problem = traitlets.Instance(Problem, allow_none=True)
    issues = traitlets.Tuple()
    near_headers = traitlets.Tuple()
    findings = traitlets.Tuple()
    checked = Bool(False)
    unfit = Int(0)
    jobs = traitlets.Tuple()
    following = Unicode()
    trace = traitlets.Tuple()
    outcome = traitlets.Instance(Outcome, allow_none=True)
    unopened = Unicode()
    message = Unicode()
    news = Unicode()
    busy = Unicode()

    def __init__(self, workspace: Workspace | None = None, **kept: Any) -> None:
        super().__init__()
        self.workspace = workspace or Workspace.default()
        self.runs = Jobs(self.workspace)
        self._opened = ""
        self._rules_of: dict[str, dict[str, Any]] = {}
        self._changed = False
        self.refresh_schools()
        self.refresh_jobs()
        self.begin()
        self.restore(kept)

    def begin(self) -> None:
        """Make what belongs to one sort of page only."""

    # What was chosen --------------------------------------------------------------------------------------

    def as_dict(self) -> dict[str, Any]:
        """Return what the user chose, as plain JSON types."""
        return {name: getattr(self, name) for name in self.kept}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over choices made earlier; whatever does not fit, or is no longer there, stays as it is.

        The mapping may come from a browser, so nothing in it is believed.
        """
        known = [school.id for school in self.schools]
        self.refresh_jobs()  # a page that waited to be opened knows of none that began since
        runs = [job.id for job in self.jobs]
        for name in self.kept:
            if name not in data:
                continue
            value = data[name]
            if name == "school" and value not in known:
                # What was set for a school that is gone says nothing of another.
                data = {key: one for key, one in data.items() if key not in ("accept_headers", "rules")}
                continue
            if name in ("started", "run") and value not in [*runs, ""]:
                continue
            if name == "seconds" and not (isinstance(value, int | float) and math.isfinite(value)):
                continue
            if name in self.lists_of_runs and isinstance(value, list):
                value = [one for one in value if one in runs][: self.lists_of_runs[name]]
            with suppress(traitlets.TraitError, DataError, TypeError, ValueError):
                if name == "rules":
                    rules_of_kind(self.institution).from_mapping(value)
                setattr(self, name, value)
        self.tick()

    # The school -------------------------------------------------------------------------------------------

    def refresh_schools(self) -> None:
        """Look again which schools there are; the first is chosen where none is."""
        self.schools = self.workspace.schools(self.institution)
        known = [school.id for school in self.schools]
        if self.school not in known:
            self.school = known[0] if known else ""

    @property
    def chosen(self) -> School | None:
        """The school that is chosen."""
        return next((school for school in self.schools if school.id == self.school), None)

    def add_school(self, name: str, files: Mapping[str, bytes]) -> bool:
        """Keep uploaded files as a school and choose it; says what is wrong otherwise.

        Other files of the school that is chosen, under the same name, keep the rules that are set.
        """
        done = False
        with self.saying():
            school = self.workspace.add_school(name, files, self.institution)
            before, rules = self.chosen, self.rules
            self.refresh_schools()
            if before is not None and not before.sample and before.name == school.name:
                self._rules_of.setdefault(school.id, rules)
                self._keep(school, rules)
            self.school = school.id
            done = True
        return done

    def remove_school(self) -> None:
        """Remove the chosen school, if it was uploaded; its runs stay."""
        with self.saying():
            self.workspace.remove_school(self.school)
            self.refresh_schools()

    @traitlets.observe("school")
    def _other_school(self, change: Any) -> None:
        school = self.chosen
        self.message = self.news = ""  # what was said of another school
        if change["old"]:
            self._rules_of[change["old"]] = self.rules
        self.accept_headers = default_of("accept_headers")
        self.rules = self._rules_of.get(self.school, {})
        if self.school not in self._rules_of and school is not None:
            with self.saying():
                draft = self.workspace.draft(school)
                if draft is not None:
                    self.rules = plain(draft)
                elif school.rules is not None:
                    self.rules = plain(rules_at(self.institution, school.rules))
        self.read()

    def _keep(self, school: School, rules: Mapping[str, Any]) -> None:
        """Keep the rules that are set, so that a closed page loses none; a full disk loses nothing else."""
        with suppress(OSError):
            self.workspace.keep_draft(school, rules_of_kind(self.institution).from_mapping(rules))

    @traitlets.observe("accept_headers")
    def _other_headers(self, change: Any) -> None:
        self.read()

    def read(self) -> None:
        """Read the files of the school; what is wrong with them becomes ``issues``."""
        self.take_reading(reading_of(self.chosen, accept_headers=self.accept_headers))
        self.judge()

    def take_reading(self, reading: Reading) -> None:
        """Take over what was read."""
        self.issues, self.near_headers, self.files = reading.issues, reading.near, reading.files

    # The rules --------------------------------------------------------------------------------------------

    @property
    def rules_set(self) -> Rules:
        """The rules as they are set."""
        return rules_of_kind(self.institution).from_mapping(self.rules)

    @traitlets.observe("rules")
    def _other_rules(self, change: Any) -> None:
        self._changed = True
        self.rules_changed()

    def rules_changed(self) -> None:
        """Have other rules checked at the next tick."""
        self.checked = False

    def judge(self) -> None:
        """Make the problem of files and rules and check it by arithmetic."""
        self.take_judgement(judgement_of(self.chosen, self.files, self.rules, self.issues))

    def take_judgement(self, judgement: Judgement) -> None:
        """Take over what arithmetic says."""
        self.issues, self.findings, self.problem = judgement.issues, judgement.findings, judgement.problem
        self.checked = True

    @property
    def obstacles(self) -> tuple[Finding, ...]:
        """The findings that prove that no timetable keeps all required rules."""
        return impossible(self.findings)

    @property
    def hindrance(self) -> str:
        """Why no run can be started, in a sentence; empty where one can."""
        if self.chosen is None or self.problem is None:
            return self.no_school
        if self.unfit:
            return self.unfit_rules
        if self.obstacles:
            return "No timetable can keep all required rules. Price one of them first."
        return ""

    @property
    def ready(self) -> str:
        """What is said where a run can be started."""
        return f"{self.chosen.name} is ready." if self.chosen is not None else ""

    # Runs -------------------------------------------------------------------------------------------------

    def start(self, *, start: str | None = None) -> bool:
        """Start a run of the chosen school, from an earlier run where one is named; says what hinders it."""
        if not self.checked:
            self.judge()
        school = self.chosen
        if school is None or self.hindrance:
            self.message = self.hindrance
            return False
        earlier = None if start is None else self.job(start)
        if start is not None and (earlier is None or not self.goes_on_from(earlier)):
            self.message = f"There is nothing of this {self.institution} to go on from in that run."
            return False
        told = self.told()
        if told is None:
            return False
        return self.launch(school, self.rules_set, accept_headers=self.accept_headers, start=start, **told)

    def told(self) -> dict[str, Any] | None:
        """Return what else a run is told that is started here; None where a message says what hinders it."""
        return {}

    def launch(self, school: School, rules: Rules, **told: Any) -> bool:
        """Start a run with the seconds and the seed that are set, and follow it."""
        done = False
        with self.saying():
            job = self.runs.start(school, rules, seconds=self.seconds, seed=self.seed, **told)
            self.started = self.following = job.id
            self.trace = ()
            self.refresh_jobs()
            done = True
        return done

    def rules_of(self, job: Job) -> Rules | None:
        """Return the rules with which a run was started; None where they are not known any more."""
        kind = rules_of_kind(self.institution)
        with suppress(DataError, OSError):
            if job.record is None:
                return kind.from_toml(str(job.scenario.get("rules")))
            rules = job.record.rules(self.institution)
            return rules if isinstance(rules, kind) else None
        return None

    def take_rules(self, job: Job) -> None:
        """Set the rules with which a run was started."""
        self.message = self.news = ""
        rules = self.rules_of(job)
        if rules is None:
            self.message = f"The {self.rules_word} of this run are not known any more."
            return
        self.rules = plain(rules)
        self.tick()
        self.news = f"The {self.rules_word} of that run are set now."

    def goes_on_from(self, job: Job) -> bool:
        """Tell whether a run of the chosen school can go on from an earlier run."""
        school = self.chosen
        same = school is not None and (job.school_id in ("", school.id) or job.school == school.name)
        return same and not job.going and job.can_be_continued

    def cancel(self) -> None:
        """Stop the run that is followed; it keeps the best timetable it has."""
        with self.saying():
            if self.following:
                self.runs.cancel(self.following)
                self.refresh_jobs()

    def remove_run(self, id: str) -> None:
        """Remove a run that has ended, with everything in its folder."""
        with self.saying():
            self.runs.remove(id)
            if self.run == id:
                self.run = ""
            self.forget_run(id)
            self.refresh_jobs()

    def own(self, id: str) -> bool:
        """Tell whether a run was started on this page."""
        return id == self.started

    def forget_run(self, id: str) -> None:
        """Show a run that was removed nowhere any more."""

    @traitlets.observe("following")
    def _other_followed(self, change: Any) -> None:
        self.trace = ()

    def refresh_jobs(self) -> None:
        """Look again which runs there are and how far they are."""
        before = self.job(self.started)
        self.jobs = tuple(job for job in self.runs.jobs() if job.institution == self.institution)
        going = [job.id for job in sorted(self.jobs, key=_waits) if job.going]
        if self.started in going:
            self.following = self.started
        elif going and self.following not in going:
            self.following = going[0]  # a page that was opened anew finds what is running
        self._trace(self.job(self.following))
        now = self.job(self.started)
        if before is not None and before.going and now is not None and not now.going:
            self._ended(now)

    def _trace(self, job: Job | None) -> None:
        """Keep the moments of the run that is followed, as far as this page has seen them."""
        moment = None if job is None else _moment(job)
        if moment is None:
            return
        last = self.trace[-1] if self.trace else None
        if last is None or moment.seconds < last.seconds:  # another run
            self.trace = (moment,)
        elif (last.level, last.incumbent, last.bound) != (moment.level, moment.incumbent, moment.bound):
            self.trace = (*self.trace, moment)[-MOST_MOMENTS:]

    def job(self, id: str) -> Job | None:
        """Return a run by its name."""
        return next((job for job in self.jobs if job.id == id), None)

    def _ended(self, job: Job) -> None:
        if job.record is not None:
            self.run = job.id
            if self.step == self.running:
                self.step = self.showing[0]

    @traitlets.observe("run")
    def _other_run(self, change: Any) -> None:
        self.run_chosen()
        if self.step in self.showing:
            self.open_run()

    def run_chosen(self) -> None:
        """Do what is due when another run is shown."""

    @traitlets.observe("step")
    def _other_step(self, change: Any) -> None:
        self.message = self.news = ""
        if self.step in self.showing:
            self.open_run()
        self.step_taken()

    def step_taken(self) -> None:
        """Do what is due at another step."""

    def open_run(self) -> None:
        """Read the run that is shown, unless it has been read already."""
        if self._opened == self.run:
            return
        self._opened, self.unopened = self.run, ""
        self.outcome = None
        if not self.run:
            return
        done = False
        with self.saying():
            self.show_run(self.job_to_open())
            done = True
        if not done:
            self.run_not_opened()

    def job_to_open(self) -> Job:
        """Return the run that is to be shown; raises EchelonError where it is gone."""
        job = self.job(self.run)
        if job is None:
            raise EchelonError("This run is no longer there.")
        return job

    def show_run(self, job: Job) -> None:
        """Read a run, so that it is shown; raises EchelonError or OSError where it cannot be read."""
        self.outcome = reopen(job.folder)

    def run_not_opened(self) -> None:
        """Offer what a run wrote that cannot be read; it is tried once more when it is asked for again."""
        self._opened, self.unopened = "", self.run

    # What happens by itself -------------------------------------------------------------------------------

    def tick(self) -> None:
        """Do what has become due: check changed rules, follow the runs."""
        if not self.checked:
            self.judge()
        if self._changed and self.chosen is not None:
            self._changed = False
            self._keep(self.chosen, self.rules)
        self.refresh_jobs()
        if any(_waits(job) for job in self.jobs):
            self._start_waiting()

    def _start_waiting(self) -> None:
        """Start the runs for whose turn it is time."""
        try:
            self.runs.start_waiting()
        except (EchelonError, OSError) as error:
            self.message = said_of(error)

    @contextmanager
    def saying(self) -> Iterator[None]:
        """Turn a failure into a message for the user; nothing of it goes into a log."""
        self.message = self.news = ""
        try:
            yield
        except Exception as error:
            self.message = said_of(error)


def said_of(error: Exception) -> str:
    """Return what a page says of a failure; raises it again where it is none that is foreseen."""
    if isinstance(error, EchelonError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.strerror or type(error).__name__}. Nothing that was there is lost."
    if not isinstance(error, ArithmeticError | LookupError | TypeError | ValueError):
        raise error
    # The text of an unforeseen error may hold the identifier of a student.
    logger.error("Unforeseen %s on a page.", type(error).__name__)
    return f"This should not have happened ({type(error).__name__}). Reload the page."


def plain(rules: Rules) -> dict[str, Any]:
    """Return the rules that differ from the defaults as plain JSON types."""
    return rules.model_dump(mode="json", exclude_defaults=True)


def reading_of(school: School | None, *, accept_headers: bool) -> Reading:
    """Return what the files of a school hold, or what is wrong with them."""
    if school is None:
        return Reading()
    try:
        return Reading(read_files(school.institution, school.folder, accept_headers=accept_headers))
    except DataError as error:
        near = () if accept_headers else _near_headers(school, error.issues)
        return Reading(None, error.issues, near)
    except OSError as error:
        return Reading(None, (Issue(f"The files cannot be read: {error.strerror}."),))


def judgement_of(
    school: School | None, files: Files | None, rules: Mapping[str, Any], issues: tuple[Issue, ...]
) -> Judgement:
    """Return the problem of files and rules with what arithmetic says; ``issues`` without files."""
    if files is None or school is None:
        return Judgement(issues=issues)
    try:
        rules_set = rules_of_kind(school.institution).from_mapping(rules)
        problem = problem_of(files, rules_set, name=school.name)
        return Judgement(problem, preflight(problem))
    except DataError as error:
        return Judgement(issues=error.issues)
    except (EchelonError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        # The text of an unforeseen error may hold the identifier of a student.
        logger.error("Unforeseen %s while checking the rules.", type(error).__name__)
        text = f"This should not have happened ({type(error).__name__}): the rules cannot be checked."
        return Judgement(
            issues=(Issue(text, cure="undo what was changed last, or tell whoever looks after Echelon?"),)
        )


def _waits(job: Job) -> bool:
    return job.state == "waiting"


def _moment(job: Job) -> TracePoint | None:
    """Return where a run stands; None as long as it searches nothing."""
    state = job.progress or {}
    level, seconds = state.get("level"), state.get("seconds")
    if not isinstance(level, int) or not isinstance(seconds, int | float):
        return None
    return TracePoint(float(seconds), level, state.get("incumbent"), state.get("bound"))


def _near_headers(school: School, issues: tuple[Issue, ...]) -> tuple[Issue, ...]:
    """Return the issues that would go if column titles that nearly fit were taken."""
    try:
        read_files(school.institution, school.folder, accept_headers=True)
        left: tuple[Issue, ...] = ()
    except DataError as error:
        left = error.issues
    return tuple(issue for issue in issues if issue not in left)
