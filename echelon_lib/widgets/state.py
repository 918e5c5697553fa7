"""What the master schedule page knows: what its user chose, and what follows from it."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import dropwhile, islice
from typing import Any, get_args

import traitlets
from traitlets import Bool, Dict, Enum, Float, HasTraits, Int, List, Unicode

from echelon_lib.advice.settings import ClaudeSettings
from echelon_lib.analysis.week import WEEK_BY
from echelon_lib.domain.errors import DataError, EchelonError, Issue
from echelon_lib.domain.problem import Problem
from echelon_lib.formats.school_csv import SchoolFiles, read_school_files
from echelon_lib.preflight import Finding, impossible, preflight
from echelon_lib.rule_advice import kinds_changed, priced_instead
from echelon_lib.runs.jobs import Job, Jobs
from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.reopen import reopen
from echelon_lib.runs.scenario import MOST_SEED, Scenario
from echelon_lib.runs.workspace import School, Workspace
from echelon_lib.school_rules import SchoolRules
from echelon_lib.schools import school_problem
from echelon_lib.solvers.result import TracePoint
from echelon_lib.widgets.advice_state import AdviceState
from echelon_lib.widgets.lock_state import LockState

logger = logging.getLogger(__name__)

STEPS = ("school", "rules", "run", "result", "advice")
SHOWING = ("result", "advice")
"""The steps that show a run."""
VIEWS = (
    "overview",
    "week",
    "locks",
    "sections",
    "conflicts",
    "lookup",
    "unmet",
    "groups",
    "compare",
    "files",
)
MOST_OTHERS = 5
"""Runs that are put beside the one that is shown, at most."""
LONGEST_RUN = 86_400.0
"""Seconds of a search that is started on a page, at most: a day."""
NO_SCHOOL = "Choose a school whose files can be read first."
UNFIT = "Something that was entered under Rules does not fit. Mend it there first."
MOST_MOMENTS = 500
"""Moments of a run that a page remembers, at most."""
KEPT = (
    *("school", "accept_headers", "rules", "solver", "seconds", "seed"),
    *("started", "run", "others", "view", "grid_by", "section"),
    *("improve", "adviser", "titles", "step"),
)
"""What the user chose, in the order in which it is taken over: a school has its rules, a run its sections."""


def default_of(name: str) -> Any:
    """Return the default of an input of a run."""
    return Scenario.model_fields[name].default


SOLVERS: tuple[str, ...] = get_args(Scenario.model_fields["solver"].annotation)
TITLES: tuple[str, ...] = get_args(ClaudeSettings.model_fields["titles"].annotation)
ADVISERS = ("rules", "claude")
MOST_ROUNDS: int = default_of("max_iterations") - 1
"""Rounds of advice within a run that is started on a page: every search but the first."""


class MasterScheduleState(HasTraits):
    """The page without its looks: it can be used, and tested, without a browser.

    The traits in ``KEPT`` are what the user chose; they round-trip through ``as_dict`` and ``restore`` and
    hold no student. All others follow from them, from the workspace and from the runs in it.

    Parameters
    ----------
    workspace
        Where schools and runs lie; the default one when left out.
    """

    step = Enum(STEPS, default_value=STEPS[0])
    school = Unicode()
    accept_headers = Bool(default_of("accept_headers"))
    rules = Dict()
    solver = Enum(SOLVERS, default_value=default_of("solver"))
    seconds = Float(default_of("seconds"), min=1.0, max=LONGEST_RUN)
    seed = Int(default_of("seed"), min=0, max=MOST_SEED)
    started = Unicode()
    run = Unicode()
    others = List(Unicode(), maxlen=MOST_OTHERS)
    view = Enum(VIEWS, default_value=VIEWS[0])
    grid_by = Enum(WEEK_BY, default_value=WEEK_BY[0])
    section = Unicode()
    improve = Enum(("none", *ADVISERS), default_value="none")
    adviser = Enum(ADVISERS, default_value=ADVISERS[0])
    titles = Enum(TITLES, default_value=TITLES[0])

    schools = traitlets.Tuple()
    files = traitlets.Instance(SchoolFiles, allow_none=True)
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

    def __init__(self, workspace: Workspace | None = None, **kept: Any) -> None:
        super().__init__()
        self.workspace = workspace or Workspace.default()
        self.runs = Jobs(self.workspace)
        self._opened = ""
        self._rules_of: dict[str, dict[str, Any]] = {}
        self._changed = False
        self.refresh_schools()
        self.refresh_jobs()
        self.advice = AdviceState(self)
        self.locking = LockState(self)
        self.restore(kept)

    # What was chosen --------------------------------------------------------------------------------------

    def as_dict(self) -> dict[str, Any]:
        """Return what the user chose, as plain JSON types."""
        return {name: getattr(self, name) for name in KEPT}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over choices made earlier; whatever does not fit, or is no longer there, stays as it is.

        The mapping may come from a browser, so nothing in it is believed.
        """
        known = [school.id for school in self.schools]
        runs = [job.id for job in self.jobs]
        for name in KEPT:
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
            if name == "others" and isinstance(value, list):
                value = [one for one in value if one in runs][:MOST_OTHERS]
            with suppress(traitlets.TraitError, DataError, TypeError, ValueError):
                if name == "rules":
                    SchoolRules.from_mapping(value)
                setattr(self, name, value)
        self.tick()

    # The school -------------------------------------------------------------------------------------------

    def refresh_schools(self) -> None:
        """Look again which schools there are; the first is chosen where none is."""
        self.schools = self.workspace.schools()
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
            school = self.workspace.add_school(name, files)
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
                    self.rules = plain(SchoolRules.from_toml(school.rules))
        self._read()

    def _keep(self, school: School, rules: Mapping[str, Any]) -> None:
        """Keep the rules that are set, so that a closed page loses none; a full disk loses nothing else."""
        with suppress(OSError):
            self.workspace.keep_draft(school, SchoolRules.from_mapping(rules))

    @traitlets.observe("accept_headers")
    def _other_headers(self, change: Any) -> None:
        self._read()

    def _read(self) -> None:
        """Read the files of the school; what is wrong with them becomes ``issues``."""
        school = self.chosen
        files: SchoolFiles | None = None
        issues: tuple[Issue, ...] = ()
        near: tuple[Issue, ...] = ()
        if school is not None:
            try:
                files = read_school_files(school.folder, accept_headers=self.accept_headers)
            except DataError as error:
                issues = error.issues
                near = () if self.accept_headers else _near_headers(school, issues)
            except OSError as error:
                issues = (Issue(f"The files cannot be read: {error.strerror}."),)
        self.issues, self.near_headers, self.files = issues, near, files
        self._judge()

    # The rules --------------------------------------------------------------------------------------------

    @property
    def school_rules(self) -> SchoolRules:
        """The rules as they are set."""
        return SchoolRules.from_mapping(self.rules)

    @traitlets.observe("rules")
    def _other_rules(self, change: Any) -> None:
        self.checked = False
        self._changed = True

    def price_instead(self, finding: Finding) -> bool:
        """Price the required rule that a finding proves impossible; returns whether there is one."""
        before = self.school_rules
        rules = priced_instead(before, finding)
        if rules is None:
            return False
        self.news = "\n".join(kinds_changed(before, rules))
        self.rules = plain(rules)
        self.tick()
        return True

    def _judge(self) -> None:
        """Make the problem of files and rules and check it by arithmetic."""
        problem: Problem | None = None
        findings: tuple[Finding, ...] = ()
        issues = self.issues if self.files is None else ()
        if self.files is not None and self.chosen is not None:
            try:
                problem = school_problem(self.files, self.school_rules, name=self.chosen.name)
                findings = preflight(problem)
            except DataError as error:
                issues = error.issues
            except (EchelonError, ArithmeticError, LookupError, TypeError, ValueError) as error:
                # The text of an unforeseen error may hold the identifier of a student.
                logger.error("Unforeseen %s while checking the rules.", type(error).__name__)
                problem = None
                text = f"This should not have happened ({type(error).__name__}): the rules cannot be checked."
                issues = (
                    Issue(text, cure="undo what was changed last, or tell whoever looks after Echelon?"),
                )
        self.issues, self.findings, self.problem = issues, findings, problem
        self.checked = True

    @property
    def obstacles(self) -> tuple[Finding, ...]:
        """The findings that prove that no timetable keeps all required rules."""
        return impossible(self.findings)

    @property
    def hindrance(self) -> str:
        """Why no run can be started, in a sentence; empty where one can."""
        if self.chosen is None or self.problem is None:
            return NO_SCHOOL
        if self.unfit:
            return UNFIT
        if self.obstacles:
            return "No timetable can keep all required rules. Price one of them first."
        return ""

    # Runs -------------------------------------------------------------------------------------------------

    def start(self, *, start: str | None = None) -> bool:
        """Start a run of the chosen school, from an earlier run where one is named; says what hinders it."""
        if not self.checked:
            self._judge()
        school = self.chosen
        if school is None or self.hindrance:
            self.message = self.hindrance
            return False
        earlier = None if start is None else self.job(start)
        if start is not None and (earlier is None or not self.goes_on_from(earlier)):
            self.message = "There is nothing of this school to go on from in that run."
            return False
        told: dict[str, Any] = {"accept_headers": self.accept_headers, "start": start}
        if self.improve != "none":
            why = self.advice.hindrance(self.improve)
            if why:
                self.message = why
                return False
            told["advice"] = self.improve
        return self.launch(school, self.school_rules, **told)

    def launch(self, school: School, rules: SchoolRules, **told: Any) -> bool:
        """Start a run with the solver, the seconds and the seed that are set, and follow it."""
        done = False
        with self.saying():
            if told.get("advice") == "claude":
                told["claude"] = self.advice.settings()
            marked = self.runs.marked(told.get("start") or "")
            if marked is not None:
                told.setdefault("locks", marked.read_text(encoding="utf-8"))
            job = self.runs.start(
                school, rules, solver=self.solver, seconds=self.seconds, seed=self.seed, **told
            )
            self.started = self.following = job.id
            self.trace = ()
            self.refresh_jobs()
            done = True
        return done

    def rules_of(self, job: Job) -> SchoolRules | None:
        """Return the rules with which a run was started; None where they are not known any more."""
        with suppress(DataError, OSError):
            if job.record is not None:
                rules = job.record.rules()
                return rules if isinstance(rules, SchoolRules) else None
            return SchoolRules.from_toml(str(job.scenario.get("rules")))
        return None

    def take_rules(self, job: Job) -> None:
        """Set the rules with which a run was started."""
        self.message = self.news = ""
        rules = self.rules_of(job)
        if rules is None:
            self.message = "The rules of this run are not known any more."
            return
        self.rules = plain(rules)
        self.tick()
        self.news = "The rules of that run are set now."

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
            self.others = [other for other in self.others if other != id]
            self.refresh_jobs()

    @traitlets.observe("following")
    def _other_followed(self, change: Any) -> None:
        self.trace = ()

    def refresh_jobs(self) -> None:
        """Look again which runs there are and how far they are."""
        before = self.job(self.started)
        self.jobs = self.runs.jobs()
        going = [job.id for job in self.jobs if job.going]
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

    def _before(self, id: str) -> list[str]:
        """Return the last run of the same school that had ended before a run, to be put beside it."""
        later = dropwhile(lambda job: job.id != id, self.jobs)  # the newest stand first
        shown = next(later, None)
        if shown is None:
            return []
        same = (job.id for job in later if job.record is not None and job.school_id == shown.school_id)
        return list(islice(same, 1))

    def _ended(self, job: Job) -> None:
        if job.record is not None:
            self.run = job.id
            if self.step == "run":
                self.step = "result"

    @traitlets.observe("run")
    def _other_run(self, change: Any) -> None:
        self.section = ""
        self.others = [other for other in self.others if other != self.run] or self._before(self.run)
        if self.step in SHOWING:
            self.open_run()

    @traitlets.observe("step")
    def _other_step(self, change: Any) -> None:
        self.message = self.news = ""
        if self.step in SHOWING:
            self.open_run()
        self.advice.tick()

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
            job = self.job(self.run)
            if job is None:
                raise EchelonError("This run is no longer there.")
            self.outcome = reopen(job.folder)
            done = True
        if not done:
            # It is tried once more when it is asked for again.
            self._opened, self.unopened = "", self.run

    # What happens by itself -------------------------------------------------------------------------------

    def tick(self) -> None:
        """Do what has become due: check changed rules, follow the runs."""
        if not self.checked:
            self._judge()
        if self._changed and self.chosen is not None:
            self._changed = False
            self._keep(self.chosen, self.rules)
        self.refresh_jobs()
        self.advice.tick()

    @contextmanager
    def saying(self) -> Iterator[None]:
        """Turn a failure into a message for the user; nothing of it goes into a log."""
        self.message = self.news = ""
        try:
            yield
        except (DataError, EchelonError) as error:
            self.message = str(error)
        except OSError as error:
            self.message = f"{error.strerror or type(error).__name__}. Nothing that was there is lost."
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            # The text of an unforeseen error may hold the identifier of a student.
            logger.error("Unforeseen %s on the master schedule page.", type(error).__name__)
            self.message = f"This should not have happened ({type(error).__name__}). Reload the page."


def plain(rules: SchoolRules) -> dict[str, Any]:
    """Return the rules that differ from the defaults as plain JSON types."""
    return rules.model_dump(mode="json", exclude_defaults=True)


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
        read_school_files(school.folder, accept_headers=True)
        left: tuple[Issue, ...] = ()
    except DataError as error:
        left = error.issues
    return tuple(issue for issue in issues if issue not in left)
