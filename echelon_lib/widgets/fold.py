"""Parts of a page that unfold: what is not shown is not made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import ipywidgets


class Fold(ipywidgets.VBox):
    """A title to press, and what it shows then.

    Parameters
    ----------
    title, description
        The words; without a title it is always unfolded.
    make
        Makes what is shown, when it is shown for the first time.
    """

    def __init__(self, title: str, description: str, make: Callable[[], Sequence[ipywidgets.Widget]]) -> None:
        self.title = title
        self._make = make
        self._description = description
        self._body = ipywidgets.VBox()
        self.button = ipywidgets.ToggleButton()
        self.button.add_class("ech-fold")
        self.button.observe(self._turned, "value")
        self._remark = ""
        super().__init__([self.button, self._body] if title else [self._body])
        self.button.value = not title
        self.say("")

    def say(self, remark: str) -> None:
        """Say something beside the title."""
        self._remark = remark
        sign = "▾" if self.button.value else "▸"
        self.button.description = f"{sign} {self.title}{f' – {remark}' if remark else ''}"
        self.button.tooltip = f"{'Hide' if self.button.value else 'Show'} {self.title}"

    def _turned(self, change: Any) -> None:
        if self.button.value and not self._body.children:
            about = [ipywidgets.HTML(f"<p>{escape(self._description)}</p>")] if self._description else []
            self._body.children = (*about, *self._make())
        self._body.layout.display = "" if self.button.value else "none"
        self.say(self._remark)
