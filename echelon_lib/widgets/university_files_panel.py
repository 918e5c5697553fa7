"""The last step of the university page: what can be taken away of the run that is shown."""

from __future__ import annotations

from typing import Any

import ipywidgets

from echelon_lib.widgets.calendar_downloads import calendars_of_run
from echelon_lib.widgets.markup import heading
from echelon_lib.widgets.result_panel import first_line
from echelon_lib.widgets.run_downloads import downloads
from echelon_lib.widgets.university_state import UniversityState


class UniversityFilesPanel(ipywidgets.VBox):
    """Offers the files of a run, also where it cannot be opened any more.

    Parameters
    ----------
    state
        The state that it shows.
    """

    def __init__(self, state: UniversityState) -> None:
        self._state = state
        self._first_line = ipywidgets.HTML()
        self._files = ipywidgets.VBox()
        self._calendars = ipywidgets.VBox()
        state.observe(self._show, ["run", "outcome", "unopened"])
        super().__init__([heading("Take it away"), self._first_line, self._files, self._calendars])
        self._show()

    def _show(self, change: Any = None) -> None:
        state, outcome = self._state, self._state.outcome
        job = state.job(state.run)
        known = job is not None and job.record is not None
        self._first_line.value = (
            "" if known and outcome is None and not state.unopened else first_line(state, outcome)
        )
        self._files.children = (downloads(job.folder),) if known and job is not None else ()
        shown = outcome is not None and outcome.result.best is not None
        self._calendars.children = (calendars_of_run(outcome),) if shown and outcome is not None else ()
