"""With which code a run ends, whoever started it: the command line, the demo or a job in the cloud."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
FAILED: Final = 1
"""Failed, or an answer is not what it is said to be."""
BAD_INPUT: Final = 2
"""Parameters or data cannot be used."""
NOTHING: Final = 3
"""No timetable is possible, or none was found; where moves are capped, none that keeps to it."""
INTERRUPTED: Final = 4
"""Interrupted, with the best timetable so far saved."""


def code_of(*, mismatch: bool, feasible: bool, cancelled: bool) -> int:
    """Return the code of a run that wrote its result.

    Parameters
    ----------
    mismatch
        The evaluator contradicts what a solver said.
    feasible
        There is a timetable that keeps every required rule.
    cancelled
        The run was interrupted.
    """
    if mismatch:
        return FAILED
    if not feasible:
        return NOTHING
    return INTERRUPTED if cancelled else DONE
