"""The part of the step Variants that has several of them made with one button."""

from __future__ import annotations

from typing import Any

import ipywidgets
import pandas as pd

from echelon_lib.runs.job import Job
from echelon_lib.runs.record import as_number
from echelon_lib.widgets.live_run import doing_of
from echelon_lib.widgets.markup import heading, prose, row, said, tabled
from echelon_lib.widgets.seconds_field import seconds_field
from echelon_lib.widgets.university_state import UniversityState
from echelon_lib.widgets.variant_prices import OWN

_HINT = (
    "A variant is a timetable that weighs things otherwise. Tick those that you want: each becomes a run of "
    "its own, and when all have ended they are chosen for comparison below."
)


class VariantsMaking(ipywidgets.VBox):
    """Starts several variants together, shows how far they are, and stops them.

    Parameters
    ----------
    state
        The state that it shows.
    """

    def __init__(self, state: UniversityState) -> None:
        self._state = state
        self._showing = False
        self._boxes: dict[str, ipywidgets.Checkbox] = {}
        self._offered = ipywidgets.HBox(layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="4px 12px"))
        self._make = ipywidgets.Button(description="Make these variants", button_style="primary", icon="play")
        self._make.on_click(lambda button: state.variants.make())
        self._stop = ipywidgets.Button(description="Stop all and keep the best of each", icon="stop")
        self._stop.on_click(lambda button: state.variants.stop())
        self._why_not = ipywidgets.HTML()
        self._told = ipywidgets.HTML()
        self._live = ipywidgets.HTML()
        names = ["rules", "variant", "wanted", "made", "jobs", "school", "problem", "findings", "checked"]
        state.observe(self._show, [*names, "unfit"])
        super().__init__(
            [
                heading("Make variants"),
                prose(_HINT),
                self._offered,
                seconds_field(state, "Seconds for each"),
                self._why_not,
                row(self._make, self._stop),
                self._told,
                self._live,
            ]
        )
        self._show()

    def _box(self, key: str) -> ipywidgets.Checkbox:
        box = ipywidgets.Checkbox(indent=False, layout=ipywidgets.Layout(width="auto"))

        def turned(change: Any) -> None:
            if not self._showing:
                self._state.variants.want(key, change["new"])

        box.observe(turned, "value")
        return box

    def _show(self, change: Any = None) -> None:
        state, making = self._state, self._state.variants.making
        offered = state.variants.offered
        if list(offered) != list(self._boxes):
            self._boxes = {key: self._boxes.get(key) or self._box(key) for key in offered}
            self._offered.children = list(self._boxes.values())
        self._showing = True
        for key, box in self._boxes.items():
            box.description = f"{offered[key]} (as set under Weights)" if key == OWN else offered[key]
            box.value, box.disabled = key in state.wanted, bool(making)
        self._showing = False
        hindrance = "" if making else state.variants.hindrance
        self._make.disabled = bool(making or hindrance)
        self._why_not.value = said(hindrance, "warning") if hindrance else ""
        self._stop.layout.display = "" if making else "none"
        self._told.value = (
            f'<div role="status" aria-live="polite">{said(_told(making))}</div>' if making else ""
        )
        self._live.value = tabled(_rows(state, making)) if making else ""


def _told(making: tuple[Job, ...]) -> str:
    """Return how many go on, have ended and wait, in a sentence or two."""
    waiting = [job.name for job in making if job.state == "waiting"]
    going = sum(job.going for job in making) - len(waiting)
    ended = len(making) - going - len(waiting)
    text = f"{going} being made, {ended} made, {len(waiting)} waiting."
    if waiting:
        waits, begins = ("waits", "begins") if len(waiting) == 1 else ("wait", "begin")
        names = " and ".join(filter(None, (", ".join(waiting[:-1]), waiting[-1])))
        text += f" {names} {waits} until another run has ended, and then {begins} without"
        text += " being asked again, as long as this page is open."
    return text


def _rows(state: UniversityState, making: tuple[Job, ...]) -> pd.DataFrame:
    """Return how far each is: a row for each variant."""
    rows = []
    for job in making:
        said_so = job.progress or {}
        found, left = as_number(said_so.get("incumbent")), as_number(said_so.get("eta_seconds"))
        rows.append(
            (
                job.name,
                doing_of(job, state.levels) if job.going else job.message,
                f"{as_number(said_so.get('percent')) or 0.0:.0f} %" if job.going else "",
                "none yet" if found is None else f"{found:,}",
                f"{left:.0f} s" if job.going and left is not None else "",
            )
        )
    return pd.DataFrame(rows, columns=["Variant", "What it does", "Done", "Best so far", "Left, at most"])
