"""The step of a page that says what came out, from one sentence down to each student."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar

import ipywidgets
import traitlets

from echelon_lib.runs.outcome import Outcome
from echelon_lib.solvers.result import Status
from echelon_lib.widgets.live_run import whose
from echelon_lib.widgets.markup import heading, said
from echelon_lib.widgets.page_state import PageState
from echelon_lib.widgets.result_views import COMPARE, VIEWS
from echelon_lib.widgets.run_downloads import downloads
from echelon_lib.widgets.state import MasterScheduleState

MakeView = Callable[[Any, Outcome], ipywidgets.Widget]

_ENDS = {
    Status.CANCELLED: "This run was stopped; with more time it might have come further.",
    Status.FEASIBLE: "It is not proven to be the best; there may be a better one.",
}

_ROUNDS = "An adviser changed sections for it; the step Advice shows how."


class ResultPanel(ipywidgets.VBox):
    """Shows the run that is chosen, one view at a time; a view is made when it is first looked at.

    Parameters
    ----------
    state
        The state that it shows.
    """

    step: ClassVar[str]
    titles: ClassVar[Mapping[str, str]]
    views: ClassVar[Mapping[str, MakeView]]
    without_timetable: ClassVar[Collection[str]] = ()
    """Views that have something to show of a run without a timetable."""

    def __init__(self, state: PageState) -> None:
        self._state: Any = state
        self._made: dict[str, ipywidgets.Widget] = {}
        self._first_line = ipywidgets.HTML()
        self._views = ipywidgets.ToggleButtons(
            options=[(title, name) for name, title in self.titles.items()], style={"button_width": "auto"}
        )
        self._views.add_class("ech-views")
        traitlets.link((state, "view"), (self._views, "value"))
        self._body = ipywidgets.VBox()
        state.observe(self._other_outcome, ["outcome", "unopened"])
        state.observe(self._show, ["view", "step"])
        super().__init__([heading("The timetable"), self._first_line, self._views, self._body])
        self._other_outcome()

    def _other_outcome(self, change: Any = None) -> None:
        for widget in self._made.values():
            widget.close()
        self._made = {}
        outcome = self._state.outcome
        self._views.layout.display = "none" if outcome is None else ""
        self._first_line.value = first_line(self._state, outcome)
        self._show()

    def _show(self, change: Any = None) -> None:
        state = self._state
        if state.step != self.step:
            self._body.children = ()
            return
        if state.outcome is None:
            job = state.job(state.unopened)
            self._body.children = () if job is None or job.record is None else (downloads(job.folder),)
            return
        if state.view not in self._made:
            self._made[state.view] = self._view(state.view, state.outcome)
        self._body.children = (self._made[state.view],)

    def _view(self, name: str, outcome: Outcome) -> ipywidgets.Widget:
        if outcome.result.best is None and name not in self.without_timetable:
            return ipywidgets.HTML(said("There is no timetable, so there is nothing to show here."))
        return self.views[name](self._state, outcome)


class SchoolResultPanel(ResultPanel):
    """The same for a school."""

    step = "result"
    titles: ClassVar = {
        "overview": "Overview",
        "week": "Week",
        "locks": "Lock",
        "sections": "How full",
        "conflicts": "Conflicts",
        "lookup": "Look up and print",
        "unmet": "Not met",
        "groups": "Who pays",
        "compare": "Compare",
        "files": "Download",
    }
    views = VIEWS
    without_timetable = ("overview", COMPARE, "files")

    def __init__(self, state: MasterScheduleState) -> None:
        super().__init__(state)


def first_line(state: PageState, outcome: Outcome | None) -> str:
    """Return the outcome of the run that is shown in a sentence, with whose run it is, as markup."""
    if outcome is None and state.unopened:
        return said("This run cannot be looked through here. What it wrote can still be saved.", "warning")
    if outcome is None:
        return said("Make a timetable first, or choose an earlier run in the step before.")
    feasible = outcome.result.evaluation is not None and outcome.result.evaluation.feasible
    text = outcome.summary.first_line
    job = state.job(outcome.folder.name)
    run = [] if job is None else [whose(job)]
    rounds = [] if outcome.advice is None else [_ROUNDS]
    ended = [_ENDS[outcome.result.status]] if outcome.result.status in _ENDS else []
    more = "\n".join(dict.fromkeys((*run, *rounds, *ended, *outcome.result.mismatches, *outcome.notes)))
    return said(text, "good" if feasible and not outcome.result.mismatches else "error", more=more)
