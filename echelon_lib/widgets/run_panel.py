"""The third step of the page: start a run, watch it, stop it, and find earlier ones."""

from __future__ import annotations

from typing import Any

import ipywidgets
import traitlets

from echelon_lib.runs.jobs import Job
from echelon_lib.widgets.live_trace import live_trace
from echelon_lib.widgets.markup import facts, heading, prose, row, said
from echelon_lib.widgets.state import LONGEST_RUN, SOLVERS, MasterScheduleState

_SOLVERS = {
    "auto": "Whatever suits best",
    "gurobi": "Gurobi",
    "highs": "HiGHS",
    "greedy": "Quick, without looking back",
}
_LEVELS = {1: "unmet requests", 2: "everything else that has a price"}


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
        self._start = ipywidgets.Button(description="Make the timetable", button_style="primary", icon="play")
        self._start.on_click(lambda button: state.start())
        self._stop = ipywidgets.Button(description="Stop and keep the best", icon="stop")
        self._stop.on_click(lambda button: state.cancel())
        self._bar = ipywidgets.FloatProgress(max=100.0, layout=ipywidgets.Layout(width="auto"))
        self._live = ipywidgets.HTML()
        self._trace = ipywidgets.HTML()
        self._runs = ipywidgets.Select(rows=8, layout=ipywidgets.Layout(width="auto"))
        self._open = ipywidgets.Button(description="Show this run", icon="folder-open")
        self._open.on_click(self._show_run)
        self._go_on = ipywidgets.Button(description="Go on from there", icon="step-forward")
        self._go_on.on_click(lambda button: state.start(start=self._runs.value))
        self._remove = ipywidgets.Button(description="Remove it", icon="trash")
        self._remove.on_click(lambda button: state.remove_run(self._runs.value))
        self._about = ipywidgets.HTML()
        self._runs.observe(self._chosen, "value")
        state.observe(self._show, ["jobs", "following", "problem", "findings", "checked"])
        self._none = prose("There is no run yet.")
        deeds = row(self._open, self._go_on, self._remove)
        self._list = ipywidgets.VBox([self._runs, deeds, self._about])
        super().__init__(
            [
                heading("Make the timetable"),
                self._ready,
                self._settings(),
                row(self._start, self._stop),
                self._bar,
                self._live,
                self._trace,
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

    def _settings(self) -> ipywidgets.HBox:
        state = self._state
        style = {"description_width": "initial"}
        seconds = ipywidgets.BoundedFloatText(
            min=1.0, max=LONGEST_RUN, step=30.0, description="Seconds it may take", style=style
        )
        solver = ipywidgets.Dropdown(
            options=[(_SOLVERS.get(name, name), name) for name in SOLVERS], description="Solver", style=style
        )
        seed = ipywidgets.BoundedIntText(
            min=0,
            max=2_000_000_000,
            description="Seed",
            style=style,
            tooltip="The same seed gives the same answer where the answer is proven.",
        )
        traitlets.link((state, "seconds"), (seconds, "value"))
        traitlets.link((state, "solver"), (solver, "value"))
        traitlets.link((state, "seed"), (seed, "value"))
        return row(seconds, solver, seed)

    def _show_run(self, button: Any) -> None:
        self._state.run = self._runs.value or ""
        self._state.step = "result"

    def _show(self, change: Any = None) -> None:
        state = self._state
        job = state.job(state.following)
        going = job is not None and job.going
        self._ready.value = _ready(state)
        busy = going and state.following == state.started
        self._start.disabled = state.problem is None or bool(state.obstacles) or busy
        self._stop.disabled = not going or (job is not None and job.state == "stopping")
        self._bar.layout.display = "" if going else "none"
        self._bar.value = float((job.progress or {}).get("percent") or 0.0) if job is not None else 0.0
        trace = live_trace(state.trace) if going else ""
        if trace != self._trace.value:
            self._trace.value = trace
        live = _live(job)
        if live != self._live.value:
            self._live.value = live
        chosen, options = self._runs.value, [(_line(one), one.id) for one in state.jobs]
        self._none.layout.display = "none" if options else ""
        self._list.layout.display = "" if options else "none"
        if options != list(self._runs.options):
            self._runs.options = options
            ids = [id for _, id in options]
            self._runs.value = chosen if chosen in ids else (ids[0] if ids else None)
        self._chosen()

    def _chosen(self, change: Any = None) -> None:
        job = self._state.job(self._runs.value or "")
        self._open.disabled = job is None or job.record is None
        self._go_on.disabled = job is None or job.going or not job.can_be_continued
        self._remove.disabled = job is None or job.going
        tone = "error" if job is not None and job.state in ("failed", "lost") else "plain"
        self._about.value = said(job.message, tone) if job is not None and job.message else ""  # type: ignore[arg-type]


def _ready(state: MasterScheduleState) -> str:
    school = state.chosen
    if school is None or (state.checked and state.problem is None):
        return said("Choose a school whose files can be read first.", "warning")
    if state.obstacles:
        text = "No timetable can keep all required rules. Price one of them, or mend the files."
        return said(text, "error", more="\n".join(str(one) for one in state.obstacles))
    return said(f"{school.name} is ready.", "good")


def _live(job: Job | None) -> str:
    """Return how far a run is, in a sentence and a few numbers."""
    if job is None:
        return ""
    if not job.going:
        tone = {"finished": "good", "failed": "error", "lost": "error"}.get(job.state, "warning")
        return f'<div role="status">{said(job.message, tone)}</div>'  # type: ignore[arg-type]
    state = job.progress or {}
    phase, limit = str(state.get("phase", "starting")), state.get("time_limit")
    level = state.get("level")
    words = {"reading": "Reading the files", "checking": "Checking", "writing": "Writing the result"}
    doing = words.get(phase, "Starting")
    if phase.startswith("solving"):
        doing = f"Searching, level {level or 1}: {_LEVELS.get(level or 1, '')}"
    if job.state == "stopping":
        doing = "Stopping; the best timetable so far is kept"
    found, bound = state.get("incumbent"), state.get("bound")
    seconds = float(state.get("seconds") or 0.0)
    pairs = [
        ("Best so far", "none yet" if found is None else f"{found:,}"),
        ("No timetable can be under", "not known yet" if bound is None else f"{bound:,}"),
        ("Seconds", f"{seconds:.0f}" + (f" of {limit:g}" if limit else "")),
    ]
    return f'<div role="status" aria-live="polite">{said(doing)}</div>{facts(pairs)}'


def _line(job: Job) -> str:
    """Return a run in a line of the list."""
    when = job.started.replace("T", " ")[:16]
    if job.record is not None and job.record.text("first_line"):
        outcome = str(job.record.text("first_line")).split(",")[0]
        if job.state == "cancelled":
            outcome += " (stopped)"
    else:
        outcome = job.state
    return " · ".join(part for part in (when, job.school, job.name, outcome) if part)
