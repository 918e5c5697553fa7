"""Facts about a section of a run in Claude's words, with a receipt of everything that was sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from echelon_lib.advice.rephrase import Rephrased, rephrased
from echelon_lib.advice.settings import ClaudeSettings
from echelon_lib.runs.advisers import Receipts, sending_is_off
from echelon_lib.runs.ask import claimed
from echelon_lib.runs.outcome import Outcome


def retold(
    outcome: Outcome,
    facts: Sequence[str],
    settings: ClaudeSettings,
    *,
    approve: Callable[[str], bool] | None = None,
) -> Rephrased:
    """Return facts about a section in Claude's words, or as they are where that is not possible.

    Parameters
    ----------
    outcome
        The run; what is sent is kept below ``advice/`` of its folder.
    facts
        Sentences about a section, such as those of ``why_here``; never about a single student.
    settings
        Model, budget and switches.
    approve
        Called with the exact text before it is sent.
    """
    from echelon_lib.advice.claude import Claude

    folder = claimed(outcome.folder)
    if sending_is_off(folder, outcome.scenario.folder):
        settings = settings.model_copy(update={"send": False})
    receipts = Receipts(folder)

    def show(text: str) -> bool:
        receipts.show(text)
        return approve is None or approve(text)

    line = Claude(settings, approve=show, on_sending=receipts.begin, on_receipt=receipts.keep)
    try:
        return rephrased(facts, outcome.problem, line)
    finally:
        with suppress(OSError):
            folder.rmdir()  # unless it holds what was sent
