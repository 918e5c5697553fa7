"""A button for what cannot be taken back: it asks first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets

from echelon_lib.widgets.markup import said

Prepare = Callable[[], tuple[str, Callable[[], None]]]


class Confirmed(ipywidgets.HBox):
    """A button that asks before it does anything; the one that says yes stands beside it.

    While it asks, the button itself says no: whoever presses it twice in a row has done nothing, and the
    keyboard's focus stays where it is.

    Parameters
    ----------
    description, icon
        What stands on the button.
    yes
        What stands on the button that says yes.
    prepare
        Is called when the button is pressed: returns what is asked, and what is done on a yes. Where nothing
        is asked, it is done at once.
    no
        What stands on the button while it asks.
    """

    def __init__(
        self, description: str, yes: str, prepare: Prepare, *, icon: str = "", no: str = "No, keep it"
    ) -> None:
        self._description, self._icon, self._no, self._prepare = description, icon, no, prepare
        self._do: Callable[[], None] | None = None
        self.button = ipywidgets.Button(description=description, icon=icon)
        self.button.on_click(self._pressed)
        self.yes = ipywidgets.Button(description=yes, button_style="danger")
        self.yes.on_click(self._agreed)
        self._question = ipywidgets.HTML()
        wrap = ipywidgets.Layout(flex_flow="row wrap", align_items="center", grid_gap="4px 12px")
        super().__init__([self.button, self.yes, self._question], layout=wrap)
        self.back()

    @property
    def disabled(self) -> bool:
        """Whether it can be pressed; it asks nothing any more once it cannot."""
        return bool(self.button.disabled)

    @disabled.setter
    def disabled(self, value: bool) -> None:
        self.button.disabled = value
        if value:
            self.back()

    def back(self) -> None:
        """Ask nothing any more."""
        self._do = None
        self.button.description, self.button.icon = self._description, self._icon
        self._question.value = ""
        self.yes.layout.display = self._question.layout.display = "none"

    def _pressed(self, button: Any) -> None:
        if self._do is not None:
            self.back()
            return
        question, do = self._prepare()
        if not question:
            do()
            return
        self._do = do
        self.button.description, self.button.icon = self._no, ""
        self._question.value = f'<div role="status">{said(question, "warning")}</div>'
        self.yes.layout.display = self._question.layout.display = ""

    def _agreed(self, button: Any) -> None:
        do = self._do
        self.back()
        if do is not None:
            do()
