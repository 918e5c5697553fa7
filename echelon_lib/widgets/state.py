"""What the master schedule page knows: what its user chose, and what follows from it."""

from __future__ import annotations

from itertools import dropwhile, islice
from typing import Any, ClassVar, get_args

from traitlets import Enum, List, Unicode

from echelon_lib.advice.settings import ClaudeSettings
from echelon_lib.analysis.week import WEEK_BY
from echelon_lib.preflight import Finding
from echelon_lib.rule_advice import kinds_changed, priced_instead
from echelon_lib.runs.institution import Institution, Rules
from echelon_lib.runs.scenario import Scenario
from echelon_lib.runs.workspace import School
from echelon_lib.school_rules import SchoolRules
from echelon_lib.widgets.advice_state import AdviceState
from echelon_lib.widgets.background import Background
from echelon_lib.widgets.lock_state import LockState
from echelon_lib.widgets.page_state import PageState, default_of, plain

STEPS = ("school", "rules", "run", "result", "advice")
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
KEPT = (
    *("school", "accept_headers", "rules", "solver", "seconds", "seed"),
    *("started", "run", "others", "view", "grid_by", "section"),
    *("improve", "adviser", "titles", "step"),
)
"""What the user chose, in the order in which it is taken over: a school has its rules, a run its sections."""

SOLVERS: tuple[str, ...] = get_args(Scenario.model_fields["solver"].annotation)
TITLES: tuple[str, ...] = get_args(ClaudeSettings.model_fields["titles"].annotation)
ADVISERS = ("rules", "claude")
MOST_ROUNDS: int = default_of("max_iterations") - 1
"""Rounds of advice within a run that is started on a page: every search but the first."""


class MasterScheduleState(PageState):
    """The page of a school without its looks.

    Parameters
    ----------
    workspace
        Where schools and runs lie; the default one when left out.
    """

    institution: ClassVar[Institution] = "school"
    kept: ClassVar = KEPT
    running: ClassVar = "run"
    showing: ClassVar = ("result", "advice")
    lists_of_runs: ClassVar = {"others": MOST_OTHERS}
    levels: ClassVar = {1: "unmet requests", 2: "everything else that has a price"}
    no_school: ClassVar = "Choose a school whose files can be read first."
    unfit_rules: ClassVar = "Something that was entered under Rules does not fit. Mend it there first."

    step = Enum(STEPS, default_value=STEPS[0])
    solver = Enum(SOLVERS, default_value=default_of("solver"))
    others = List(Unicode(), maxlen=MOST_OTHERS)
    view = Enum(VIEWS, default_value=VIEWS[0])
    grid_by = Enum(WEEK_BY, default_value=WEEK_BY[0])
    section = Unicode()
    improve = Enum(("none", *ADVISERS), default_value="none")
    adviser = Enum(ADVISERS, default_value=ADVISERS[0])
    titles = Enum(TITLES, default_value=TITLES[0])

    def begin(self) -> None:
        """Make what advice and locks know, and what is done beside the page."""
        self.background = Background()
        self.advice = AdviceState(self)
        self.locking = LockState(self)

    @property
    def school_rules(self) -> SchoolRules:
        """The rules as they are set."""
        return SchoolRules.from_mapping(self.rules)

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

    # Runs -------------------------------------------------------------------------------------------------

    def told(self) -> dict[str, Any] | None:
        """Return who is to change sections; None where a message says why that cannot be."""
        if self.improve == "none":
            return {}
        self.message = self.advice.hindrance(self.improve)
        return None if self.message else {"advice": self.improve}

    def launch(self, school: School, rules: Rules, **told: Any) -> bool:
        """Start a run with the solver, the seconds and the seed that are set, and follow it."""
        ready = False
        with self.saying():
            if told.get("advice") == "claude":
                told["claude"] = self.advice.settings()
            marked = self.runs.marked(told.get("start") or "")
            if marked is not None:
                told.setdefault("locks", marked.read_text(encoding="utf-8"))
            ready = True
        return ready and super().launch(school, rules, solver=self.solver, **told)

    def forget_run(self, id: str) -> None:
        """Put a run that was removed beside no other."""
        self.others = [other for other in self.others if other != id]

    def run_chosen(self) -> None:
        """Put another run beside the one that is shown: the last one before it."""
        self.section = ""
        self.others = [other for other in self.others if other != self.run] or self._before(self.run)

    def _before(self, id: str) -> list[str]:
        """Return the last run of the same school that had ended before a run, to be put beside it."""
        later = dropwhile(lambda job: job.id != id, self.jobs)  # the newest stand first
        shown = next(later, None)
        if shown is None:
            return []
        same = (job.id for job in later if job.record is not None and job.school_id == shown.school_id)
        return list(islice(same, 1))

    def step_taken(self) -> None:
        """Look what is due of the advice."""
        self.advice.tick()

    def tick(self) -> None:
        """Do what has become due: check changed rules, follow the runs, look after advice and questions."""
        self.background.collect()
        super().tick()
        self.advice.tick()
        self.busy = self.background.said
