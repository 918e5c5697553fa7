"""A view that follows the state of its page until it is closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets


class Following(ipywidgets.VBox):
    """A view that is left when it is closed: that of another run must not touch the state any more.

    Parameters
    ----------
    children
        What it shows.
    leave
        Is called once, when it is closed.
    """

    def __init__(self, children: Sequence[ipywidgets.Widget], leave: Callable[[], None]) -> None:
        super().__init__(list(children))
        self._leave: Callable[[], None] | None = leave

    def close(self) -> None:
        """Follow the state no longer."""
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()
        super().close()
