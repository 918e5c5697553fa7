"""The runs of a workspace as a list: show one, go on from it, take its rules, remove it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets

from echelon_lib.runs.job import Job
from echelon_lib.widgets.confirmed import Confirmed
from echelon_lib.widgets.markup import Tone, heading, moment, prose, row, said
from echelon_lib.widgets.page_state import PageState, plain

_STATES = {"failed": "could not be done", "lost": "broken off from outside"}


class RunList(ipywidgets.VBox):
    """Lists runs, the newest first, with what can be done with the one that is chosen.

    Parameters
    ----------
    state
        The state that it shows.
    """

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._runs = ipywidgets.Select(rows=8, layout=ipywidgets.Layout(width="auto"))
        self._open = ipywidgets.Button(description="Show this run", icon="folder-open")
        self._open.on_click(self._show_run)
        self._go_on = ipywidgets.Button(description="Go on from there", icon="step-forward")
        self._go_on.on_click(lambda button: state.start(start=self._runs.value))
        word = state.rules_word
        self._take = Confirmed(
            f"Take its {word}", f"Yes, take its {word}", self._taking, icon="copy", no="No, keep mine"
        )
        self._remove = Confirmed("Remove it", "Yes, remove it", self._removal, icon="trash")
        self._about = ipywidgets.HTML()
        self._runs.observe(self._chosen, "value")
        for asking in (self._take, self._remove):
            self._runs.observe(lambda change, asking=asking: asking.back(), "value")
        state.observe(self._other_followed, "following")
        state.observe(self._show, ["jobs", "school", "problem", "findings", "checked", "unfit"])
        self._none = prose("There is no run yet.")
        deeds = row(self._open, self._go_on, self._take, self._remove)
        self._list = ipywidgets.VBox([self._runs, deeds, self._about])
        super().__init__(
            [
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

    def _show_run(self, button: Any) -> None:
        self._state.run = self._runs.value or ""
        self._state.step = self._state.showing[0]

    def _taking(self) -> tuple[str, Callable[[], None]]:
        """Return what is lost when the rules of the run that is chosen are taken, and what takes them."""
        state, job = self._state, self._state.job(self._runs.value or "")
        if job is None:
            return "", lambda: None
        known = state.rules_of(job)
        lost = bool(state.rules) and known is not None and plain(known) != state.rules
        return (
            f"The {state.rules_word} that are set now will be replaced." if lost else "",
            lambda: state.take_rules(job),
        )

    def _removal(self) -> tuple[str, Callable[[], None]]:
        """Return what is lost with the run that is chosen, and what removes it."""
        id = self._runs.value or ""
        job = self._state.job(id)
        text = "This run and its timetable will be gone for good"
        text += "." if job is None else f": {line_of(job)}."
        return text, lambda: self._state.remove_run(id)

    def _show(self, change: Any = None) -> None:
        chosen, options = self._runs.value, [(line_of(one), one.id) for one in self._state.jobs]
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


def line_of(job: Job) -> str:
    """Return a run in a line of a list."""
    when = moment(job.started)
    if job.record is not None and job.record.text("first_line"):
        outcome = str(job.record.text("first_line")).split(", ")[0]
        if job.state == "cancelled":
            outcome += " (stopped)"
        count = len(job.record.data.get("actions") or ())
        if count:
            outcome += f" · with {count:,} {'change' if count == 1 else 'changes'} of sections"
    else:
        outcome = _STATES.get(job.state, job.state)
    return " · ".join(part for part in (when, job.school, job.name, outcome) if part)
