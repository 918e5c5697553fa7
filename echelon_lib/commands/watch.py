"""A run as it goes: one live line on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from echelon_lib.commands.screen import Screen, clean

if TYPE_CHECKING:
    from rich.status import Status

    from echelon_lib.commands.interrupts import Interrupts
    from echelon_lib.runs.progress import Progress

BETWEEN_LINES = 2.0
"""Seconds between two lines that tell of the same phase."""
STILL = 10.0
"""Seconds after which a line says that the search is still being compiled."""


class Watch:
    """Shows the progress of a run on standard error; a context."""

    def __init__(self, screen: Screen) -> None:
        self._console = screen.err
        self._live: Status | None = None
        self._last: tuple[str, object, object, object] | None = None
        self._when = -BETWEEN_LINES

    def __enter__(self) -> Watch:
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._live = self._console.status("starting")
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def aside(self, say: Callable[[], None]) -> None:
        """Have something said beside the progress, whose live line is away meanwhile."""
        if self._live is not None:
            self._live.stop()
        say()
        if self._live is not None:
            self._live.start()

    def follow(self, interrupts: Interrupts, *impatient: str) -> Callable[[Progress], None]:
        """Return what shows each moment, and lets a second Ctrl-C end the phases that begin so at once."""

        def shown(moment: Progress) -> None:
            interrupts.impatient = moment.phase.startswith(impatient)
            self.show(moment)

        return shown

    def show(self, moment: Progress) -> None:
        """Show a moment of a run."""
        if moment.status == "failed":
            return  # the error itself says more
        text = clean(in_words(moment.as_dict()))
        if self._live is not None:
            from rich.text import Text

            self._live.update(Text(text))
            return
        still = moment.seconds // STILL if moment.phase.startswith("compiling") else None
        news = (moment.phase, moment.incumbent, moment.bound, still)
        if news == self._last:
            return
        other_phase = self._last is None or self._last[0] != moment.phase
        if other_phase or moment.seconds - self._when >= BETWEEN_LINES:
            self._last, self._when = news, moment.seconds
            try:
                self._console.print(text, soft_wrap=True)
            except OSError:
                self._console.quiet = True  # nobody reads any more; the run goes on


def in_words(moment: Mapping[str, Any]) -> str:
    """Return a moment of a run in a line."""
    parts = [f"{moment['phase']}: {moment['seconds']:.0f} s"]
    if str(moment["phase"]).startswith("solving"):
        limit = moment["time_limit"]
        # The limit is that of the search; a run that was long in reading and preparing is past it sooner.
        parts[0] += "" if limit is None or moment["seconds"] > limit else f" of {limit:g} s"
        if moment["phase"].startswith("solving:"):  # the search says itself how far it is
            parts.append(f"{moment['percent']:.0f} %")
            parts += [] if moment["eta_seconds"] is None else [f"{moment['eta_seconds']:.0f} s left"]
        incumbent, bound = moment["incumbent"], moment["bound"]
        if incumbent is not None:
            parts.append(f"cost {incumbent:,}")
        elif moment["solver"] != "variants":  # which have a cost each
            parts.append("no timetable yet")
        if bound is not None:
            parts.append(f"bound {bound:,}")
    return ", ".join(parts)
