"""The step of a page in which runs are started, watched and stopped, and earlier ones found."""

from __future__ import annotations

from typing import Any, ClassVar

import ipywidgets
import traitlets

from echelon_lib.runs.scenario import MOST_SEED
from echelon_lib.widgets.fold import Fold
from echelon_lib.widgets.live_run import LiveRun
from echelon_lib.widgets.markup import heading, row, said, wide
from echelon_lib.widgets.page_state import PageState
from echelon_lib.widgets.run_list import RunList
from echelon_lib.widgets.seconds_field import seconds_field
from echelon_lib.widgets.state import MOST_ROUNDS, SOLVERS, MasterScheduleState

_SOLVERS = {
    "auto": "As suits the school: exact model, search, or both",
    "gurobi": "The same, with Gurobi for what is exact",
    "highs": "The same, with HiGHS for what is exact",
    "greedy": "Quick, without looking back",
}
_IMPROVE = {
    "none": "No, keep the sections as they are",
    "rules": f"Yes, as the rules advise: up to {MOST_ROUNDS} more searches as long as the first",
    "claude": f"Yes, as Claude advises: up to {MOST_ROUNDS} more searches as long as the first",
}
STYLE = {"description_width": "initial"}


class RunPanel(ipywidgets.VBox):
    """Starts, follows and stops runs.

    Parameters
    ----------
    state
        The state that it shows.
    """

    seed_hint: ClassVar[str] = "The same seed draws the same numbers; how far a run gets depends on its time."

    def __init__(self, state: PageState) -> None:
        self.state = state
        self._ready = ipywidgets.HTML()
        self._why_not = ipywidgets.HTML()
        self._start = ipywidgets.Button(description="Make the timetable", button_style="primary", icon="play")
        self._start.on_click(lambda button: state.start())
        self._live = LiveRun(state)
        names = ["following", "jobs", "school", "problem", "findings", "checked", "unfit", "variant"]
        state.observe(self.show, [name for name in names if state.has_trait(name)])
        super().__init__(
            [
                heading("Make the timetable"),
                self._ready,
                self.settings(),
                self._why_not,
                row(self._start, self._live.stop),
                self._live,
                RunList(state),
            ]
        )
        self.show()

    def settings(self) -> ipywidgets.Widget:
        """Return what is set before a run is started."""
        seed = ipywidgets.BoundedIntText(
            min=0, max=MOST_SEED, description="Seed", style=STYLE, tooltip=self.seed_hint
        )
        traitlets.link((self.state, "seed"), (seed, "value"))
        return self.arranged(seconds_field(self.state), seed)

    def arranged(self, seconds: ipywidgets.Widget, seed: ipywidgets.Widget) -> ipywidgets.Widget:
        """Return the settings as they stand on the page."""
        return row(seconds, seed)

    def why_not(self) -> str:
        """Return what else is in the way of a run, in a sentence; empty for nothing."""
        return ""

    def show(self, change: Any = None) -> None:
        """Say whether a run can be started."""
        state = self.state
        job = state.job(state.following)
        going = job is not None and job.going
        self._ready.value = _ready(state)
        busy = going and state.following == state.started
        why = self.why_not()
        self._start.disabled = bool(state.hindrance or busy or why)
        self._why_not.value = said(why, "warning")


class SchoolRunPanel(RunPanel):
    """The same for a school, with a solver to choose and advisers who may change sections."""

    state: MasterScheduleState
    seed_hint = "The same seed gives the same answer where the answer is proven."

    def __init__(self, state: MasterScheduleState) -> None:
        super().__init__(state)
        state.observe(self.show, "improve")
        state.advice.observe(self.show, ["consented", "forbidden"])

    def arranged(self, seconds: ipywidgets.Widget, seed: ipywidgets.Widget) -> ipywidgets.Widget:
        """Return the settings, those for specialists folded away."""
        solver = ipywidgets.Dropdown(
            options=[(_SOLVERS.get(name, name), name) for name in SOLVERS],
            description="Solver",
            style=STYLE,
            layout=wide(),
        )
        improve = ipywidgets.Dropdown(
            options=[(text, name) for name, text in _IMPROVE.items()],
            description="May sections be changed?",
            style=STYLE,
            layout=ipywidgets.Layout(width="640px", max_width="100%"),
            tooltip="After the search an adviser proposes changes of sections, and it is searched again; "
            "what is not better is rolled back.",
        )
        traitlets.link((self.state, "improve"), (improve, "value"))
        traitlets.link((self.state, "solver"), (solver, "value"))
        special = Fold("For specialists", "", lambda: [row(solver, seed)])
        return ipywidgets.VBox([seconds, improve, special])

    def why_not(self) -> str:
        """Return what is in the way of the adviser that is chosen."""
        return self.state.advice.hindrance(self.state.improve)


def _ready(state: PageState) -> str:
    school = state.chosen
    if school is None or (state.checked and state.problem is None):
        return said(state.no_school, "warning")
    if state.unfit:
        return said(state.unfit_rules, "error")
    if not state.checked:
        return said("Checking the rules …")
    if state.obstacles:
        text = "No timetable can keep all required rules. Price one of them, or mend the files."
        return said(text, "error", more="\n".join(str(one) for one in state.obstacles))
    return said(state.ready, "good")
