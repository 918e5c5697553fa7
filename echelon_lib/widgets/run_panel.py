"""The third step of the page: start a run, watch it, stop it, and find earlier ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets
import traitlets

from echelon_lib.runs.job import Job
from echelon_lib.runs.scenario import MOST_SEED
from echelon_lib.widgets.confirmed import Confirmed
from echelon_lib.widgets.fold import Fold
from echelon_lib.widgets.live_run import LiveRun
from echelon_lib.widgets.markup import Tone, heading, moment, prose, row, said, wide
from echelon_lib.widgets.state import (
    LONGEST_RUN,
    MOST_ROUNDS,
    NO_SCHOOL,
    SOLVERS,
    UNFIT,
    MasterScheduleState,
    plain,
)

_SOLVERS = {
    "auto": "As suits the school: exact model, search, or both",
    "gurobi": "The same, with Gurobi for what is exact",
    "highs": "The same, with HiGHS for what is exact",
    "greedy": "Quick, without looking back",
}
_STATES = {"failed": "could not be done", "lost": "broken off from outside"}
_IMPROVE = {
    "none": "No, keep the sections as they are",
    "rules": f"Yes, as the rules advise: up to {MOST_ROUNDS} more searches as long as the first",
    "claude": f"Yes, as Claude advises: up to {MOST_ROUNDS} more searches as long as the first",
}


class RunPanel(ipywidgets.VBox):
    """Starts, follows and stops runs.

    Parameters
    ----------
    state
        The state that it shows.
    """

    def __init__(self, state: MasterScheduleState) -> None:
        self._state = state
        self._ready = ipywidgets.HTML()
        self._improving = ipywidgets.HTML()
        self._start = ipywidgets.Button(description="Make the timetable", button_style="primary", icon="play")
        self._start.on_click(lambda button: state.start())
        self._live = LiveRun(state)
        self._runs = ipywidgets.Select(rows=8, layout=ipywidgets.Layout(width="auto"))
        self._open = ipywidgets.Button(description="Show this run", icon="folder-open")
        self._open.on_click(self._show_run)
        self._go_on = ipywidgets.Button(description="Go on from there", icon="step-forward")
        self._go_on.on_click(lambda button: state.start(start=self._runs.value))
        self._take = Confirmed(
            "Take its rules", "Yes, take its rules", self._taking, icon="copy", no="No, keep mine"
        )
        self._remove = Confirmed("Remove it", "Yes, remove it", self._removal, icon="trash")
        self._about = ipywidgets.HTML()
        self._runs.observe(self._chosen, "value")
        for asking in (self._take, self._remove):
            self._runs.observe(lambda change, asking=asking: asking.back(), "value")
        state.observe(self._other_followed, "following")
        state.observe(self._show, ["jobs", "school", "problem", "findings", "checked", "unfit", "improve"])
        state.advice.observe(self._show, ["consented", "forbidden"])
        self._none = prose("There is no run yet.")
        deeds = row(self._open, self._go_on, self._take, self._remove)
        self._list = ipywidgets.VBox([self._runs, deeds, self._about])
        super().__init__(
            [
                heading("Make the timetable"),
                self._ready,
                self._settings(),
                self._improving,
                row(self._start, self._live.stop),
                self._live,
                heading("Runs", 3),
                prose(
                    "A run goes on when this page is closed. Every run is kept until it is removed, and none "
                    "is ever overwritten."
                ),
                self._none,
                self._list,
            ]
        )
        self._show()

    def _settings(self) -> ipywidgets.VBox:
        state = self._state
        style = {"description_width": "initial"}
        seconds = ipywidgets.BoundedFloatText(
            min=1.0, max=LONGEST_RUN, step=30.0, description="Seconds it may take", style=style
        )
        solver = ipywidgets.Dropdown(
            options=[(_SOLVERS.get(name, name), name) for name in SOLVERS],
            description="Solver",
            style=style,
            layout=wide(),
        )
        seed = ipywidgets.BoundedIntText(
            min=0,
            max=MOST_SEED,
            description="Seed",
            style=style,
            tooltip="The same seed gives the same answer where the answer is proven.",
        )
        improve = ipywidgets.Dropdown(
            options=[(text, name) for name, text in _IMPROVE.items()],
            description="May sections be changed?",
            style=style,
            layout=ipywidgets.Layout(width="640px", max_width="100%"),
            tooltip="After the search an adviser proposes changes of sections, and it is searched again; "
            "what is not better is rolled back.",
        )
        traitlets.link((state, "improve"), (improve, "value"))
        traitlets.link((state, "seconds"), (seconds, "value"))
        traitlets.link((state, "solver"), (solver, "value"))
        traitlets.link((state, "seed"), (seed, "value"))
        special = Fold("For specialists", "", lambda: [row(solver, seed)])
        return ipywidgets.VBox([seconds, improve, special])

    def _show_run(self, button: Any) -> None:
        self._state.run = self._runs.value or ""
        self._state.step = "result"

    def _taking(self) -> tuple[str, Callable[[], None]]:
        """Return what is lost when the rules of the run that is chosen are taken, and what takes them."""
        state, job = self._state, self._state.job(self._runs.value or "")
        if job is None:
            return "", lambda: None
        known = state.rules_of(job)
        lost = bool(state.rules) and known is not None and plain(known) != state.rules
        return (
            "The rules that are set now will be replaced." if lost else "",
            lambda: state.take_rules(job),
        )

    def _removal(self) -> tuple[str, Callable[[], None]]:
        """Return what is lost with the run that is chosen, and what removes it."""
        id = self._runs.value or ""
        job = self._state.job(id)
        text = "This run and its timetable will be gone for good"
        text += "." if job is None else f": {_line(job)}."
        return text, lambda: self._state.remove_run(id)

    def _show(self, change: Any = None) -> None:
        state = self._state
        job = state.job(state.following)
        going = job is not None and job.going
        self._ready.value = _ready(state)
        busy = going and state.following == state.started
        why = state.advice.hindrance(state.improve)
        self._start.disabled = bool(state.hindrance or busy or why)
        self._improving.value = said(why, "warning")
        chosen, options = self._runs.value, [(_line(one), one.id) for one in state.jobs]
        self._none.layout.display = "none" if options else ""
        self._list.layout.display = "" if options else "none"
        if options != list(self._runs.options):
            self._runs.options = options
            ids = [id for _, id in options]
            self._runs.value = chosen if chosen in ids else (ids[0] if ids else None)
        self._chosen()

    def _other_followed(self, change: Any) -> None:
        """Show the run that is followed now, and choose it in the list."""
        self._show()
        if self._state.following in [id for _, id in self._runs.options]:
            self._runs.value = self._state.following

    def _chosen(self, change: Any = None) -> None:
        job = self._state.job(self._runs.value or "")
        self._open.disabled = job is None or job.record is None
        state = self._state
        self._go_on.disabled = bool(state.hindrance) or job is None or not state.goes_on_from(job)
        self._take.disabled = job is None
        self._remove.disabled = job is None or job.going
        tone: Tone = "error" if job is not None and job.state in ("failed", "lost") else "plain"
        self._about.value = "" if job is None else said(job.message, tone)


def _ready(state: MasterScheduleState) -> str:
    school = state.chosen
    if school is None or (state.checked and state.problem is None):
        return said(NO_SCHOOL, "warning")
    if state.unfit:
        return said(UNFIT, "error")
    if not state.checked:
        return said("Checking the rules …")
    if state.obstacles:
        text = "No timetable can keep all required rules. Price one of them, or mend the files."
        return said(text, "error", more="\n".join(str(one) for one in state.obstacles))
    return said(f"{school.name} is ready.", "good")


def _line(job: Job) -> str:
    """Return a run in a line of the list."""
    when = moment(job.started)
    if job.record is not None and job.record.text("first_line"):
        outcome = str(job.record.text("first_line")).split(",")[0]
        if job.state == "cancelled":
            outcome += " (stopped)"
        count = len(job.record.data.get("actions") or ())
        if count:
            outcome += f" · with {count:,} {'change' if count == 1 else 'changes'} of sections"
    else:
        outcome = _STATES.get(job.state, job.state)
    return " · ".join(part for part in (when, job.school, job.name, outcome) if part)
