"""Ctrl-C and the signal to end: the first asks a search to stop, so that what it has is kept."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

from echelon_lib.stop import Cancel

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """A context in which SIGINT and SIGTERM set a switch instead of ending the process.

    While ``impatient`` is true, a further signal raises KeyboardInterrupt, for a search that does not look
    at the switch.
    """

    def __init__(self) -> None:
        self.cancel = Cancel()
        self.impatient = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            # Whoever was asked to stop is about to end; asking again must not change how.
            after = signal.SIG_IGN if self.cancel.is_set() else handler
            signal.signal(number, signal.SIG_DFL if after is None else after)

    def _take(self, number: int, frame: FrameType | None) -> None:
        again = self.cancel.is_set()
        self.cancel.set()
        if again and self.impatient:
            raise KeyboardInterrupt
