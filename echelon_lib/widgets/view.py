"""What the small views share: a state of traits that a script of the same name draws in the browser."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import anywidget

from echelon_lib.domain.errors import EchelonError

logger = logging.getLogger(__name__)

_HERE = Path(__file__).parent


def script_of(file: str) -> str:
    """Return the script that stands beside a module and has its name."""
    return Path(file).with_suffix(".js").read_text(encoding="utf-8")


def style_of(file: str) -> str:
    """Return the style sheet beside a module, after the one that all views share."""
    shared, own = _HERE / "view.css", Path(file).with_suffix(".css")
    return "\n".join(path.read_text(encoding="utf-8") for path in (shared, own) if path.exists())


def in_words(error: Exception, otherwise: str) -> str:
    """Return what a person may read of a failure.

    Our own errors say it themselves. Of any other only the kind is logged and ``otherwise`` is shown: its
    text may hold a student's data.
    """
    if isinstance(error, EchelonError):
        return str(error)
    logger.error("Unforeseen %s in a view.", type(error).__name__)
    return otherwise


class View(anywidget.AnyWidget):
    """A state whose picture a script draws; the page may set nothing but what is named here."""

    page_may_set: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.on_msg(self._heard)

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Take over what the page says, as far as the page may say it."""
        super().set_state({name: value for name, value in sync_data.items() if name in self.page_may_set})

    def heard(self, content: Mapping[str, Any], buffers: Sequence[memoryview]) -> None:
        """Answer a message of the page; nothing in it may be believed."""

    def _heard(self, widget: Any, content: Any, buffers: Any) -> None:
        if isinstance(content, dict):
            self.heard(content, [memoryview(one).cast("B") for one in buffers or ()])
