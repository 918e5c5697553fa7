"""The master schedule page: five steps, each a panel, and what keeps them up to date."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets
import traitlets

from echelon_lib.runs.workspace import Workspace
from echelon_lib.widgets.advice_panel import AdvicePanel
from echelon_lib.widgets.figure_view import PlotlyScript
from echelon_lib.widgets.markup import said
from echelon_lib.widgets.memory import Memory
from echelon_lib.widgets.result_panel import ResultPanel
from echelon_lib.widgets.rules_panel import RulesPanel
from echelon_lib.widgets.run_panel import RunPanel
from echelon_lib.widgets.school_panel import SchoolPanel
from echelon_lib.widgets.state import KEPT, STEPS, MasterScheduleState

logger = logging.getLogger(__name__)

TICK = 0.5
"""Seconds between two looks at what has become due."""

_TITLES = dict(zip(STEPS, ("1  School", "2  Rules", "3  Run", "4  Result", "5  Advice"), strict=True))
_PANELS = dict(zip(STEPS, (SchoolPanel, RulesPanel, RunPanel, ResultPanel, AdvicePanel), strict=True))


class MasterScheduleApp(ipywidgets.VBox):
    """The page of an administrator: school, rules, run, result, advice.

    Parameters
    ----------
    state
        The state that it shows; a new one in the default workspace when left out.

    Notes
    -----
    In a notebook it keeps itself up to date as long as it is there; elsewhere ``state.tick()`` does.
    """

    def __init__(self, state: MasterScheduleState | None = None) -> None:
        self.state = state or MasterScheduleState()
        self._panels: dict[str, ipywidgets.Widget] = {}
        self._seen = False
        self._memory = Memory("master_schedule")
        self._memory.on_hello(self._recall)
        self._message = ipywidgets.HTML()
        traitlets.dlink((self.state, "message"), (self._message, "value"), lambda text: said(text, "error"))
        self._news = ipywidgets.HTML()
        traitlets.dlink((self.state, "news"), (self._news, "value"), lambda text: said(text, "good"))
        steps = ipywidgets.ToggleButtons(
            options=[(_TITLES[step], step) for step in STEPS], style={"button_width": "auto"}
        )
        steps.add_class("ech-steps")
        traitlets.link((self.state, "step"), (steps, "value"))
        self._body = ipywidgets.VBox()
        self.state.observe(self._show, "step")
        self.state.observe(self._remember, list(KEPT))
        super().__init__(
            [
                ipywidgets.HTML(f"<style>{_style()}</style>"),
                steps,
                self._message,
                self._news,
                self._body,
                self._memory,
                PlotlyScript(),
            ]
        )
        self.add_class("ech-app")
        self._show()
        self._task = _follow(self._tick)

    def _show(self, change: Any = None) -> None:
        self._body.children = (self._panel(self.state.step),)

    def _panel(self, step: str) -> ipywidgets.Widget:
        if step not in self._panels:
            self._panels[step] = _PANELS[step](self.state)
        return self._panels[step]

    def _tick(self) -> None:
        """Do what has become due; then make a panel that somebody will look at, so that a click finds it."""
        self.state.tick()
        missing = [step for step in STEPS if step not in self._panels]
        if self._seen and missing:
            self._panel(missing[0])

    def _remember(self, change: Any) -> None:
        self._memory.value = self.state.as_dict()

    def _recall(self, kept: Any) -> None:
        self._seen = True
        self.state.refresh_schools()
        self.state.restore(kept)

    def close(self) -> None:
        """End the page; runs go on."""
        if self._task is not None:
            self._task.cancel()
        super().close()


def _follow(tick: Callable[[], None]) -> asyncio.Task[None] | None:
    """Look after the page from now on, where there is a loop that can."""

    async def follow() -> None:
        while True:
            await asyncio.sleep(TICK)
            try:
                tick()
            except Exception as error:  # a page that stops following would look as if the run had stopped
                logger.error("Unforeseen %s while following the runs.", type(error).__name__)

    try:
        return asyncio.get_running_loop().create_task(follow())
    except RuntimeError:
        return None


def _style() -> str:
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def master_schedule(workspace: str = "") -> MasterScheduleApp:
    """Return the page, the last line of its notebook.

    Parameters
    ----------
    workspace
        Folder of schools and runs; the usual one where it is blank.
    """
    place = Workspace(Path(workspace).expanduser()) if workspace.strip() else None
    return MasterScheduleApp(MasterScheduleState(place))
