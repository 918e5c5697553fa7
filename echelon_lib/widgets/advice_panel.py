"""The last step of the page: whether other sections would help, who says so, and what it came to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import ipywidgets

from echelon_lib.runs.outcome import Outcome
from echelon_lib.widgets.advice_ask import AskBox
from echelon_lib.widgets.advice_list import ProposalList
from echelon_lib.widgets.advice_rounds import before_after, rounds_of
from echelon_lib.widgets.advice_state import Gain
from echelon_lib.widgets.fold import Fold
from echelon_lib.widgets.landing import Landing
from echelon_lib.widgets.live_run import LiveRun, whose
from echelon_lib.widgets.markup import facts, heading, said, tabled
from echelon_lib.widgets.state import MasterScheduleState

_COLUMNS = ["Section", "Course", "Teacher", "Period", "Seats", "Enrolled", "Why"]
_NO_RUN = "Make a timetable first, or choose an earlier run in the step Run and show it."


class AdvicePanel(ipywidgets.VBox):
    """Goes through one round of advice about the run that is shown.

    Parameters
    ----------
    state
        The state that it shows.
    """

    def __init__(self, state: MasterScheduleState) -> None:
        self._page, self._state = state, state.advice
        self._of: Any = None
        self._about = ipywidgets.HTML()
        self._came_to = ipywidgets.VBox()
        self._gain = ipywidgets.VBox()
        live = LiveRun(state)
        self._list = ProposalList(state)
        self._running = ipywidgets.VBox([heading("Solving again", 3), live, live.stop])
        self._round = ipywidgets.VBox([AskBox(state), self._list, self._running])
        state.observe(self._show, ["outcome", "unopened", "step", "jobs", "following"])
        self._state.observe(self._show, ["origin", "concluded"])
        self._landing = Landing()
        super().__init__(
            [self._landing, heading("Advice"), self._about, self._came_to, self._gain, self._round]
        )
        self._show()

    def _show(self, change: Any = None) -> None:
        page, state = self._page, self._state
        if page.step != "advice":
            return
        outcome = page.outcome
        job = page.job(page.started)
        self._running.layout.display = (
            "" if job is not None and page.following == job.id and job.going else "none"
        )
        self._round.layout.display = "" if outcome is not None and outcome.result.best is not None else "none"
        self._about.value = _about(page, outcome)
        of = (outcome, state.concluded)
        if of == self._of:
            return
        another, self._of = self._of is not None, of
        if another and state.concluded is not None:
            self._landing.land()  # the answer stands above what was pressed
        self._came_to.children = tuple(self._reached(outcome))
        self._gain.children = tuple(_gain(state.gain(), outcome))

    def _reached(self, outcome: Outcome | None) -> list[ipywidgets.Widget]:
        """Return what earlier changes came to, where there were any."""
        state = self._state
        if outcome is None:
            return []
        parts: list[ipywidgets.Widget] = []
        if state.origin is not None and state.concluded is not None:
            parts += before_after(state, state.origin, outcome, state.concluded)
        if outcome.advice is not None:
            parts += rounds_of(outcome.advice)
        return parts


def _about(page: MasterScheduleState, outcome: Outcome | None) -> str:
    if outcome is None:
        return said(_NO_RUN)
    job = page.job(page.run)
    of = f"It is about this run: {whose(job)}." if job is not None else ""
    if outcome.result.best is None:
        return said("This run has no timetable to ask about.", "warning", more=of)
    text = "An adviser looks at how full the sections are and proposes which to give up, open or change."
    return f"<p>{text}</p>{said(of)}"


def _gain(gain: Gain | None, outcome: Outcome | None) -> list[ipywidgets.Widget]:
    """Return whether there is anything to gain, and which sections it is about."""
    if gain is None or outcome is None:
        return []
    pairs = [
        ("Sections", f"{gain.sections:,}"),
        ("Under 75 % of their seats", f"{gain.under:,}"),
        ("of these a change could help", f"{gain.helpable:,}"),
        ("of these nothing can help", f"{gain.structural:,}"),
        ("Requests that miss a seat", f"{gain.missing:,}"),
    ]
    if gain.helpable or gain.missing:
        text = said(" ".join(_worth(gain)), "warning")
    elif gain.under:
        text = said("No change of sections would help: the sections under 75 % cannot be filled.", "good")
    else:
        text = said("Every section is at 75 % of its seats, and no request misses a seat.", "good")
    low = outcome.tables["below target"]
    parts = [heading("Is there anything to gain?", 3), ipywidgets.HTML(text + facts(pairs))]
    for title, table in (
        ("Sections that a change could help", low[~low["Structural"]]),
        ("Sections that nothing can help, and why", low[low["Structural"]]),
    ):
        if len(table):
            shown = tabled(table[_COLUMNS])
            parts.append(Fold(title, "", partial(_made, shown)))
    return parts


def _worth(gain: Gain) -> Iterator[str]:
    """Yield why it is worth asking."""
    if gain.helpable:
        several = f"{gain.helpable:,} sections are" if gain.helpable > 1 else "1 section is"
        yield f"{several} under 75 %, and fewer or other sections could help."
    if gain.missing:
        several = f"{gain.missing:,} requests miss" if gain.missing > 1 else "1 request misses"
        yield f"{several} a seat, and more sections could help."


def _made(shown: str) -> list[ipywidgets.Widget]:
    return [ipywidgets.HTML(shown)]
