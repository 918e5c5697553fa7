"""A notebook that runs in the background: followed by its run folder, and stopped without losing its best.

Papermill runs in a thread of its own, so that signals stay with whoever started it. The kernel is a process;
a search in it that is asked to stop by SIGINT keeps its incumbent, and the notebook goes on to its end.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from echelon_lib.formats.run_folder import PROGRESS
from echelon_lib.runs.notebook import run_notebook
from echelon_lib.stop import Cancel

logger = logging.getLogger(__name__)

GRACE = 90.0
"""Seconds that a notebook has to come to its end after it was asked to stop; Spot gives two minutes."""

_LOOK = 0.5
_AGAIN = 3.0
_LET_GO = 10.0


class NotebookJob:
    """A notebook in a thread, and the run that it makes.

    Parameters
    ----------
    notebook, parameters, output
        As ``run_notebook`` takes them.
    run
        The run folder that the notebook was told to write to; None when it makes no run.
    grace
        Seconds between the wish to stop and the end of the kernel by force.
    """

    def __init__(
        self,
        notebook: Path,
        parameters: Mapping[str, Any],
        output: Path,
        *,
        run: Path | None = None,
        grace: float = GRACE,
    ) -> None:
        # Papermill changes the folder of the whole process while it runs.
        self._work = (notebook.absolute(), dict(parameters), output.absolute())
        self._run = None if run is None else run.absolute()
        self._grace = grace
        self._kernel: int | None = None
        self._error: BaseException | None = None
        self._asked: float | None = None
        self._knocked: float | None = None
        self._handed_on = False
        self._killed: float | None = None
        self._thread = threading.Thread(target=self._execute, name="echelon-notebook", daemon=True)

    def follow(self, cancel: Cancel, tell: Callable[[Mapping[str, Any]], None]) -> None:
        """Run the notebook to its end; when ``cancel`` is set, hand that on to the search, once.

        Parameters
        ----------
        cancel
            The wish to stop.
        tell
            Hears of each moment of the run while it goes on: the entries of ``progress.json``.

        Raises
        ------
        DataError, NotebookFailed
            As ``run_notebook`` does.
        """
        self._thread.start()
        while self._goes_on():
            moment = self._moment()
            if cancel.is_set():
                self._stop(moment)
            if moment is not None and moment.get("status") == "running":
                tell(moment)
        if self._error is not None:
            raise self._error

    def _execute(self) -> None:
        notebook, parameters, output = self._work
        try:
            run_notebook(notebook, parameters, output, on_kernel=self._started)
        except BaseException as error:
            self._error = error

    def _started(self, pid: int) -> None:
        self._kernel = pid

    def _goes_on(self) -> bool:
        self._thread.join(_LOOK)
        if self._killed is not None and time.monotonic() - self._killed > _LET_GO:
            return False
        return self._thread.is_alive()

    def _moment(self) -> dict[str, Any] | None:
        """Return what the run says of itself; None before there is a run."""
        if self._run is None:
            return None
        try:
            found = json.loads((self._run / PROGRESS).read_bytes())
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) and {"pid", "phase", "status"} <= found.keys() else None

    def _stop(self, moment: Mapping[str, Any] | None) -> None:
        """Do what brings the notebook nearer to its end without losing anything."""
        now = time.monotonic()
        if self._asked is None:
            self._asked = now
            logger.info("The notebook was asked to stop")
        if now - self._asked > self._grace:
            self._kill(now)
        elif moment is None:
            # There is nothing to keep yet. A kernel between two cells does not hear, so it is asked again.
            if self._knocked is None or now - self._knocked > _AGAIN:
                self._knocked = now
                self._signal(self._kernel, signal.SIGINT)
        elif not self._handed_on and _searches(moment):
            # Once only: a second signal could hit the writing of what the first one saved.
            self._handed_on = self._signal(moment["pid"], signal.SIGINT)

    def _kill(self, now: float) -> None:
        if self._killed is None:
            logger.warning("The notebook did not end within %.0f seconds; its kernel is ended", self._grace)
            self._killed = now
            self._signal(self._kernel, signal.SIGKILL)

    @staticmethod
    def _signal(pid: int | None, number: signal.Signals) -> bool:
        if not isinstance(pid, int) or pid <= 1:
            return False
        with suppress(OSError):
            os.kill(pid, number)
            return True
        return False


def _searches(moment: Mapping[str, Any]) -> bool:
    return moment["status"] == "running" and str(moment["phase"]).startswith("solving")
