"""The last step of the page: what came out, from one sentence down to each student."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets
import traitlets

from echelon_lib.runs.outcome import Outcome
from echelon_lib.solvers.result import Status
from echelon_lib.widgets.live_run import whose
from echelon_lib.widgets.markup import heading, said
from echelon_lib.widgets.result_views import COMPARE, VIEWS, downloads
from echelon_lib.widgets.state import MasterScheduleState

_TITLES = {
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

    def __init__(self, state: MasterScheduleState) -> None:
        self._state = state
        self._made: dict[str, ipywidgets.Widget] = {}
        self._first_line = ipywidgets.HTML()
        self._views = ipywidgets.ToggleButtons(
            options=[(title, name) for name, title in _TITLES.items()], style={"button_width": "auto"}
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
        self._first_line.value = _first_line(self._state, outcome)
        self._show()

    def _show(self, change: Any = None) -> None:
        state = self._state
        if state.step != "result":
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
        if outcome.result.best is None and name not in ("overview", COMPARE, "files"):
            return ipywidgets.HTML(said("There is no timetable, so there is nothing to show here."))
        make: Callable[[MasterScheduleState, Outcome], ipywidgets.Widget] = VIEWS[name]
        return make(self._state, outcome)


def _first_line(state: MasterScheduleState, outcome: Outcome | None) -> str:
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
