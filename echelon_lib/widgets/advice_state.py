"""What the page knows of advice about the run that it shows: who is asked, what is proposed and decided."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
from traitlets import Bool, HasTraits, Instance, Unicode

from echelon_lib.advice.actions import Action
from echelon_lib.advice.settings import ClaudeSettings
from echelon_lib.analysis.staffing import load_changes
from echelon_lib.domain.errors import DataError, EchelonError
from echelon_lib.runs.ask import preview
from echelon_lib.runs.asking import Asking, Askings
from echelon_lib.runs.changed import actions_of
from echelon_lib.runs.decisions import conclude, decide
from echelon_lib.runs.job import Job
from echelon_lib.runs.loop import compared, decided, figures_of
from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.reopen import reopen
from echelon_lib.runs.rounds import Proposal, Round
from echelon_lib.runs.sending import forbid_sending, never_sends, settings_of, why_not_claude

if TYPE_CHECKING:
    from echelon_lib.widgets.state import MasterScheduleState

UNREAD = "Read first what would be sent to Claude, and agree to it in the step Advice."
LONGEST_REASON = 300
"""Characters of a reason why somebody refuses a proposal, at most."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What other sections could win for a timetable.

    Parameters
    ----------
    sections, under, structural
        All sections, those under the target, and those of them that no change of sections could help.
    missing
        Requests that miss a seat.
    """

    sections: int
    under: int
    structural: int
    missing: int

    @property
    def helpable(self) -> int:
        """Sections under the target that a change could help."""
        return self.under - self.structural


class AdviceState(HasTraits):
    """The advice step without its looks; all that is decided lies in the folder of the run.

    Parameters
    ----------
    page
        The state of the page, whose ``run`` it is about.
    """

    asking = Instance(Asking, allow_none=True)
    origin = Instance(Outcome, allow_none=True)
    concluded = Instance(Round, allow_none=True)
    exact = Unicode()
    fault = Unicode()
    consented = Bool(False)
    forbidden = Bool(False)

    def __init__(self, page: MasterScheduleState) -> None:
        super().__init__()
        self._page = page
        self._askings = Askings(page.runs)
        self._looked = ""
        self._text_of: tuple[str, ClaudeSettings] | None = None
        self.forbidden = never_sends(page.workspace)
        page.observe(lambda change: self.tick(), "outcome")
        page.observe(self._withdraw, "titles")

    def tick(self) -> None:
        """Look how far the adviser is; and once for each run, from what it came and what that was worth."""
        page = self._page
        self.forbidden = never_sends(page.workspace)
        if page.step != "advice":
            return
        job = page.job(page.run)
        shown = page.outcome is not None and job is not None
        self.asking = self._askings.newest(job) if shown and job is not None else None
        if page.outcome is None:
            self._looked, self.origin, self.concluded = "", None, None
        elif self._looked != page.run:
            self._looked = page.run
            with self.hold_trait_notifications():
                self.origin, self.concluded = self._before(page.outcome)
        if page.adviser == "claude" and page.outcome is not None and page.outcome.result.best is not None:
            self._make_text()

    # Whether there is anything to gain ------------------------------------------------------------------

    def gain(self) -> Gain | None:
        """Return what a change of sections could win; None where there is no timetable."""
        outcome = self._page.outcome
        if outcome is None or outcome.result.best is None:
            return None
        low = outcome.tables["below target"]
        missing = sum(str(reason).startswith("no ") for reason in outcome.tables["unmet"]["Reason"])
        return Gain(len(outcome.problem.sections), len(low), int(low["Structural"].sum()), missing)

    # What may be sent -------------------------------------------------------------------------------------

    def forbid(self, forbidden: bool) -> None:
        """Decide, for everybody who uses this workspace, whether anything of it may ever be sent."""
        with self._page.saying():
            forbid_sending(self._page.workspace, forbidden=forbidden)
        self.forbidden = never_sends(self._page.workspace)
        if self.forbidden:
            self.consented = False

    def _withdraw(self, change: Any) -> None:
        self.consented = False  # what was read is not what would be sent now

    def settings(self) -> ClaudeSettings:
        """Return model and limits, and whether what was read may be sent.

        Raises
        ------
        DataError
            When the file of the workspace does not fit.
        """
        told = {"titles": self._page.titles, "send": self.consented}
        return settings_of(self._page.workspace).model_copy(update=told)

    def _make_text(self) -> None:
        """Make the text that would be sent, a tick later: it takes a moment, and the page says so first."""
        try:
            of = (self._page.run, self.settings().model_copy(update={"send": False}))
            if self._text_of != of:
                self._text_of, self.exact, self.fault = of, "", ""
            elif not self.exact and not self.fault:
                self.exact = self.preview()
        except EchelonError as error:
            self.exact, self.fault = "", str(error)

    def preview(self) -> str:
        """Return the exact text that Claude would be sent about the run that is shown.

        Raises
        ------
        EchelonError
            When it cannot be made.
        """
        outcome = self._page.outcome
        if outcome is None:
            raise EchelonError("There is no run to ask about.")
        return preview(outcome, self.settings())

    def hindrance(self, name: str) -> str:
        """Return why an adviser cannot be asked, with the cure; empty where he can."""
        if name != "claude":
            return ""
        return why_not_claude(self._page.workspace) or ("" if self.consented else UNREAD)

    # Asking -----------------------------------------------------------------------------------------------

    def ask(self) -> bool:
        """Ask the adviser who is chosen about the run that is shown; says what hinders it."""
        page = self._page
        job = page.job(page.run)
        page.message = self.hindrance(page.adviser)
        if page.message or job is None or page.outcome is None or page.outcome.result.best is None:
            return False
        done = False
        with page.saying():
            settings = self.settings() if page.adviser == "claude" else None
            self.asking = self._askings.start(job, page.adviser, settings)
            done = True
        return done

    def cancel(self) -> None:
        """Stop asking."""
        with self._page.saying():
            if self.asking is not None:
                self._askings.cancel(self.asking)
        self.tick()

    # Deciding ---------------------------------------------------------------------------------------------

    @property
    def round(self) -> Round | None:
        """The answer about the run that is shown."""
        rounds = None if self.asking is None else self.asking.rounds
        return None if rounds is None or not rounds.rounds else rounds.rounds[-1]

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """What is proposed, with what was decided."""
        return () if self.round is None else self.round.proposals

    @property
    def accepted(self) -> tuple[Proposal, ...]:
        """The proposals that would be applied."""
        return tuple(one for one in self.proposals if one.decision != "refused")

    @property
    def refused(self) -> Mapping[int, str]:
        """What a person refused, with the reason of each."""
        return {one.number: " ".join(one.reasons) for one in self.proposals if one.by == "person"}

    def decide(self, number: int, *, accepted: bool, reason: str = "") -> None:
        """Accept or refuse one proposal; it is written down at once."""
        refused = {**self.refused, number: " ".join(reason.split())[:LONGEST_REASON]}
        if accepted:
            refused.pop(number)
        self._decide(refused)

    def decide_all(self, *, accepted: bool) -> None:
        """Accept all proposals that are possible, or refuse them."""
        open_ones = {one.number: "" for one in self.proposals if one.by != "check"}
        self._decide({} if accepted else {**open_ones, **self.refused})

    def _decide(self, refused: Mapping[int, str]) -> None:
        outcome = self._page.outcome
        if self.asking is None or outcome is None:
            return
        with self._page.saying():
            decide(self.asking.folder, outcome, refused)
        self.tick()

    def loads(self) -> pd.DataFrame:
        """Return the teachers whose number of sections the accepted proposals change."""
        outcome = self._page.outcome
        if outcome is None or outcome.result.best is None:
            return pd.DataFrame()
        open_ones = [one.model_copy(update={"decision": "open"}) for one in self.accepted]
        _, changes = decided(open_ones, {}, outcome.problem, outcome.result.best)
        return load_changes(outcome.problem, changes.problem)

    # Solving again ----------------------------------------------------------------------------------------

    def solve_again(self) -> bool:
        """Start a run with the accepted changes, from the run that is shown and with its rules."""
        page, made = self._page, self.round
        job = page.job(page.run)
        if job is None or made is None or not self.accepted:
            page.message = "There is no accepted change to solve with."
            return False
        school = next((one for one in page.schools if one.id == job.school_id), page.chosen)
        rules = page.rules_of(job)
        if school is None or rules is None or (job.school_id not in ("", school.id)):
            page.message = "The school of this run, or its rules, are not there any more."
            return False
        if any(one.decision == "open" for one in made.proposals):
            self._decide(self.refused)
            if page.message:
                return False
        headers = bool(job.scenario.get("accept_headers"))
        actions: tuple[Action, ...] = tuple(one.action for one in self.accepted)
        return page.launch(school, rules, start=job.id, actions=actions, accept_headers=headers)

    def _before(self, outcome: Outcome) -> tuple[Outcome | None, Round | None]:
        """Return the run whose proposals a run was made with, and what they came to."""
        with suppress(DataError, EchelonError, OSError):
            earlier = self._earlier(outcome)
            if earlier is None:
                return None, None
            origin = reopen(earlier.folder)
            if origin.result.best is None:
                return None, None
            new = outcome.scenario.actions[len(origin.actions) :]
            for one in self._askings.about(earlier):
                if one.rounds is not None and one.rounds.rounds and one.rounds.rounds[-1].applied == new:
                    return origin, conclude(one.folder, origin, outcome)
            return origin, _came_to(origin, outcome)
        return None, None

    def _earlier(self, outcome: Outcome) -> Job | None:
        """Return the run from which a run with further changes was started."""
        start = outcome.scenario.start
        job = None if start is None else self._page.job(start.name)
        if job is None or job.record is None or job.folder != start:
            return None
        before, told = actions_of(job.record), outcome.scenario.actions
        return job if len(told) > len(before) and told[: len(before)] == before else None

    def take_back(self) -> None:
        """Show the run from before the changes again; the other one stays among the runs."""
        if self.origin is not None:
            self._page.run, self._page.step = self.origin.folder.name, "result"
            self._page.news = "The timetable from before the changes is shown again. The other one is kept."

    def keep(self) -> None:
        """Show the run with the changes as the result."""
        self._page.step = "result"


def _came_to(before: Outcome, after: Outcome) -> Round:
    """Return what changes came to that nobody proposed in the folder of the run."""
    first = figures_of(before.problem, before.result)
    then = None if after.result.best is None else figures_of(after.problem, after.result)
    kept, note = compared(first, then, after.result, any_legal=True)
    return Round(number=1, adviser="", before=first, after=then, kept=kept, note=note)
