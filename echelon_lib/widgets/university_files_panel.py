"""The last step of the university page: what can be taken away of the run that is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipywidgets

from echelon_lib.runs.outcome import Outcome
from echelon_lib.widgets.calendar_downloads import calendars_of_run
from echelon_lib.widgets.markup import heading
from echelon_lib.widgets.result_panel import first_line
from echelon_lib.widgets.run_downloads import downloads
from echelon_lib.widgets.university_state import STEPS, UniversityState


class UniversityFilesPanel(ipywidgets.VBox):
    """Offers the files of a run, also where it cannot be opened any more.

    Parameters
    ----------
    state
        The state that it shows.
    """

    def __init__(self, state: UniversityState) -> None:
        self._state = state
        self._offered: tuple[Path | None, Outcome | None] = (None, None)
        self._first_line = ipywidgets.HTML()
        self._files = ipywidgets.VBox()
        self._calendars = ipywidgets.VBox()
        state.observe(self._show, ["run", "outcome", "unopened", "step"])
        super().__init__([heading("Take it away"), self._first_line, self._files, self._calendars])
        self._show()

    def _show(self, change: Any = None) -> None:
        state, outcome = self._state, self._state.outcome
        job = state.job(state.run)
        folder = None if job is None or job.record is None else job.folder
        opening = folder is not None and outcome is None and not state.unopened
        self._first_line.value = "" if opening else first_line(state, outcome)
        # What nobody looks at is not made: it would be gone again before the browser has it.
        same = self._offered[0] == folder and self._offered[1] is outcome
        if state.step != STEPS[-1] or opening or same:
            return
        self._offered = (folder, outcome)
        self._files.children = () if folder is None else (downloads(folder),)
        shown = outcome is not None and outcome.result.best is not None
        self._calendars.children = (calendars_of_run(outcome),) if shown and outcome is not None else ()
