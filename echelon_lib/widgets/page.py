"""A page of steps: each a panel that is made when it is needed, and what keeps them up to date."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ipywidgets
import traitlets

from echelon_lib.widgets.figure_view import PlotlyScript
from echelon_lib.widgets.markup import said
from echelon_lib.widgets.memory import Memory
from echelon_lib.widgets.page_state import PageState

logger = logging.getLogger(__name__)

TICK = 0.5
"""Seconds between two looks at what has become due."""

MakePanel = Callable[[Any], ipywidgets.Widget]


class StepsPage(ipywidgets.VBox):
    """A page of an administrator, in steps.

    Parameters
    ----------
    name
        Under which a browser tab remembers what was chosen.
    state
        The state that it shows.
    panels
        The steps in their order: title, and what makes the panel.

    Notes
    -----
    In a notebook it keeps itself up to date as long as it is there; elsewhere ``state.tick()`` does.
    """

    def __init__(self, name: str, state: PageState, panels: Mapping[str, tuple[str, MakePanel]]) -> None:
        self._page_state = state
        self._makers = {step: make for step, (_, make) in panels.items()}
        self._panels: dict[str, ipywidgets.Widget] = {}
        self._seen = False
        self._memory = Memory(name)
        self._memory.on_hello(self._recall)
        self._message = ipywidgets.HTML()
        traitlets.dlink((state, "message"), (self._message, "value"), lambda text: said(text, "error"))
        self._news = ipywidgets.HTML()
        traitlets.dlink((state, "news"), (self._news, "value"), lambda text: said(text, "good"))
        self._busy = ipywidgets.HTML()
        traitlets.dlink((state, "busy"), (self._busy, "value"), _waiting)
        steps = ipywidgets.ToggleButtons(
            options=[(title, step) for step, (title, _) in panels.items()], style={"button_width": "auto"}
        )
        steps.add_class("ech-steps")
        traitlets.link((state, "step"), (steps, "value"))
        self._body = ipywidgets.VBox()
        state.observe(self._show, "step")
        state.observe(self._remember, list(state.kept))
        super().__init__(
            [
                ipywidgets.HTML(f"<style>{_style()}</style>"),
                steps,
                self._message,
                self._news,
                self._busy,
                self._body,
                self._memory,
                PlotlyScript(),
            ]
        )
        self.add_class("ech-app")
        self._show()
        self._task = _follow(self._tick)

    def _show(self, change: Any = None) -> None:
        self._body.children = (self._panel(self._page_state.step),)

    def _panel(self, step: str) -> ipywidgets.Widget:
        if step not in self._panels:
            self._panels[step] = self._makers[step](self._page_state)
        return self._panels[step]

    def _tick(self) -> None:
        """Do what has become due; then make a panel that somebody will look at, so that a click finds it."""
        if not self._seen:
            return
        self._page_state.tick()
        missing = [step for step in self._makers if step not in self._panels]
        if missing:
            self._panel(missing[0])

    def _remember(self, change: Any) -> None:
        self._memory.value = self._page_state.as_dict()

    def _recall(self, kept: Any) -> None:
        self._seen = True
        self._page_state.refresh_schools()
        self._page_state.restore(kept)

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


def _waiting(text: str) -> str:
    return f'<div role="status">{said(text)}</div>' if text else ""


def _style() -> str:
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def workspace_at(workspace: str) -> Path | None:
    """Return the folder that a notebook names; None where it is blank."""
    return Path(workspace).expanduser() if workspace.strip() else None
