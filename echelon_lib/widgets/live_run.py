"""A run while it goes on: how far it is, and a button that stops it and keeps the best."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets

from echelon_lib.runs.compiling import COMPILING
from echelon_lib.runs.job import Job
from echelon_lib.runs.record import as_number
from echelon_lib.widgets.confirmed import Confirmed
from echelon_lib.widgets.live_trace import live_trace
from echelon_lib.widgets.markup import Tone, facts, moment, said
from echelon_lib.widgets.page_state import PageState

_TONES: dict[str, Tone] = {"finished": "good", "failed": "error", "lost": "error"}
_DOING = {
    "waiting": "Waiting until another run has ended",
    "stopping": "Stopping",
    "created": "Starting",
    "reading": "Reading the files",
    "checking": "Checking",
    "writing": "Writing the result",
    COMPILING: "Compiling the search, which is done once on this machine and takes about a minute",
}
"""What a run does, by its state or its phase."""


class LiveRun(ipywidgets.VBox):
    """Shows the run that is followed.

    Parameters
    ----------
    state
        The state that it shows.
    """

    def __init__(self, state: PageState) -> None:
        self._state = state
        self.stop = Confirmed(
            "Stop and keep the best",
            "Yes, stop it",
            self._stopping,
            icon="stop",
            no="No, let it go on",
        )
        self._bar = ipywidgets.FloatProgress(max=100.0, layout=ipywidgets.Layout(width="auto"))
        self._live = ipywidgets.HTML()
        self._trace = ipywidgets.HTML()
        state.observe(lambda change: self.stop.back(), "following")
        state.observe(self._show, ["following", "jobs", "trace"])
        super().__init__([self._bar, self._live, self._trace])
        self._show()

    @property
    def job(self) -> Job | None:
        """The run that is followed."""
        return self._state.job(self._state.following)

    def _stopping(self) -> tuple[str, Callable[[], None]]:
        """Return whether somebody is to be asked before the run that is followed is stopped."""
        state, job = self._state, self.job
        if job is None or state.own(job.id):
            return "", state.cancel
        return f"This run was not started on this page: {whose(job)}.", state.cancel

    def _show(self, change: Any = None) -> None:
        job = self.job
        going = job is not None and job.going
        self.stop.disabled = not going
        self._bar.layout.display = "" if going else "none"
        self._bar.value = float(as_number(((job and job.progress) or {}).get("percent")) or 0.0)
        self._trace.value = live_trace(self._state.trace) if going else ""
        self._live.value = _live(job, self._state.levels)


def whose(job: Job) -> str:
    """Return of which school a run is, by which name, and since when it goes on."""
    return f"{', '.join(filter(None, (job.school or job.id, job.name)))}, started {moment(job.started)}"


def doing_of(job: Job, levels: Mapping[int, str]) -> str:
    """Return what a run does at the moment, in words; ``levels`` says what each level is about."""
    if job.state in _DOING:
        return _DOING[job.state]
    state = job.progress or {}
    phase, level = str(state.get("phase", "starting")), as_number(state.get("level"))
    if phase.startswith("solving"):
        about = levels.get(int(level or 1))
        return f"Searching, level {level or 1:g}: {about}" if about else "Searching"
    return _DOING.get(phase, phase.capitalize())


def _live(job: Job | None, levels: Mapping[int, str]) -> str:
    """Return how far a run is, in a sentence and a few numbers; ``levels`` says what each level is about."""
    if job is None:
        return ""
    if not job.going:
        return f'<div role="status">{said(job.message, _TONES.get(job.state, "warning"))}</div>'
    state = job.progress or {}
    limit, doing = as_number(state.get("time_limit")), doing_of(job, levels)
    if job.state == "stopping":
        doing += "; the best timetable so far is kept. If it does not end in ten seconds, stop it again"
    found, bound = as_number(state.get("incumbent")), as_number(state.get("bound"))
    seconds, left = as_number(state.get("seconds")) or 0.0, as_number(state.get("eta_seconds"))
    pairs = [("Best so far", "none yet" if found is None else f"{found:,}")]
    if bound is not None or levels:
        pairs.append(("No timetable can be under", "not known yet" if bound is None else f"{bound:,}"))
    pairs.append(("Seconds", f"{seconds:.0f}" + (f" of {limit:g}" if limit else "")))
    pairs.append(("Done", f"{as_number(state.get('percent')) or 0.0:.0f} %"))
    if left is not None:
        pairs.append(("Left, at most", f"{left:.0f} s"))
    return f'<div role="status" aria-live="polite">{said(doing, more=whose(job))}</div>{facts(pairs)}'
