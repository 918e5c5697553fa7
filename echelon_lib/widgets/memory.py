"""What a browser tab remembers, so that a reloaded page goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import traitlets

from echelon_lib.widgets.view import View, script_of

LARGEST = 200_000
"""Characters that are taken back from a browser, at most."""


class Memory(View):
    """Keeps ``value`` in the tab, and tells what the tab kept as soon as the page is shown.

    It is kept by the browser until the tab is closed, apart for each tab, and sent nowhere else.

    Parameters
    ----------
    name
        Under which it is kept.
    """

    _esm = script_of(__file__)

    name = traitlets.Unicode().tag(sync=True)
    value = traitlets.Dict().tag(sync=True)

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self._callbacks: list[Callable[[Mapping[str, Any]], None]] = []

    def on_hello(self, callback: Callable[[Mapping[str, Any]], None]) -> None:
        """Call back whenever a page is shown, with what its tab kept; an empty mapping where it is new."""
        self._callbacks.append(callback)

    def heard(self, content: Mapping[str, Any], buffers: Sequence[memoryview]) -> None:
        """Take what the tab kept."""
        if content.get("kind") != "hello":
            return
        value = content.get("value")
        kept = value if isinstance(value, dict) and len(repr(value)) <= LARGEST else {}
        for callback in self._callbacks:
            callback(kept)
