"""Asking an adviser about a finished run: the proposals wait for a person to decide."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from echelon_lib.advice.settings import ClaudeSettings
from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.incumbent import write_incumbent
from echelon_lib.formats.tables import write_text_atomic
from echelon_lib.formats.wording import shown
from echelon_lib.runs.advisers import OnText, Receipts, adviser, sending_is_off
from echelon_lib.runs.changed import ANSWERS
from echelon_lib.runs.loop import AdviceLoop, State
from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.rounds import ADVICE, Round, Rounds, write_rounds
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.solvers.result import Result

WORDS = "words.txt"
"""What the adviser writes, while it writes."""


def ask(
    outcome: Outcome,
    name: str,
    *,
    settings: ClaudeSettings | None = None,
    seed: int = 0,
    approve: Callable[[str], bool] | None = None,
    on_text: OnText | None = None,
    out: str | Path | None = None,
) -> tuple[Round, Path]:
    """Ask an adviser about the timetable of a run and keep what it proposes beside it.

    Nothing is changed: ``solve`` takes the accepted proposals as the actions of a new run.

    Parameters
    ----------
    outcome
        A run, as ``run`` or ``reopen`` returns it.
    name
        ``rules``, ``claude`` or ``random``.
    settings
        Model, budget and switches of Claude.
    seed
        Seed of the random one.
    approve
        Called with the exact text before anything is sent.
    on_text
        Hears what Claude writes while it writes; ``words.txt`` holds the same.
    out
        Folder for the answer, which holds none yet; without one, the next free number below ``advice/`` of
        the run folder.

    Returns
    -------
    tuple of Round and Path
        The round, whose legal proposals are open, and the folder that holds its ``advice.json``.

    Raises
    ------
    DataError
        When the run has no timetable to ask about, or ``out`` holds an answer already.
    AdviserUnavailable
        When the adviser cannot answer and may not be replaced; what was sent is kept all the same.
    """
    _timetable(outcome)
    if sending_is_off(outcome.folder, outcome.scenario.folder):
        settings = (settings or ClaudeSettings()).model_copy(update={"send": False})
    folder = claimed(outcome.folder) if out is None else _new(Path(out))
    receipts = Receipts(folder)
    written: list[str] = []

    def listen(text: str) -> None:
        written.append(text)
        write_text_atomic(folder / WORDS, "".join(written))
        if on_text is not None:
            on_text(text)

    def show(text: str) -> bool:
        receipts.show(text)
        return approve is None or approve(text)

    asked = adviser(name, seed=seed, settings=settings, receipts=receipts, approve=show, on_text=listen)
    loop = AdviceLoop(State(outcome.problem, outcome.result), asked, _nobody)
    try:
        made = loop.ask()
    except BaseException:
        with suppress(OSError):
            folder.rmdir()  # unless it holds what was sent
        raise
    earlier = () if outcome.advice is None else outcome.advice.rounds
    made = made.model_copy(update={"number": len(earlier) + 1, "receipts": receipts.fresh()})
    if loop.start is not None:
        problem, start = loop.start
        write_incumbent(folder, problem, start, evaluate(problem, start), seconds=made.asking)
    write_rounds(folder, Rounds(adviser=name, rounds=(made,)))
    return made, folder


def preview(outcome: Outcome, settings: ClaudeSettings | None = None) -> str:
    """Return the exact text that Claude would be sent about a run; nothing is sent.

    Raises
    ------
    DataError
        When the run has no timetable to ask about.
    """
    from echelon_lib.advice.claude import ClaudeAdvisor

    return ClaudeAdvisor(settings or ClaudeSettings()).preview(outcome.problem, _timetable(outcome))


def _timetable(outcome: Outcome) -> Timetable:
    if outcome.result.best is None:
        cure = "choose a run that has one?"
        text = f"The run {shown(outcome.folder.name)} has no timetable to ask about."
        raise DataError([Issue(text, cure=cure)])
    return outcome.result.best


def claimed(run: Path) -> Path:
    """Return the next free folder for an answer about a run, which is made."""
    for number in range(1, 10_000):
        folder = run / ANSWERS / f"{number:03d}"
        try:
            folder.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            continue
        return folder
    raise DataError([Issue(f"Ten thousand answers lie in {shown(run.name)} already.", cure="remove some?")])


def _new(folder: Path) -> Path:
    """Return the folder that somebody named, if no answer lies in it."""
    if (folder / ADVICE).exists():
        text = f"{shown(folder.name)} holds an answer already, and none is ever overwritten."
        raise DataError([Issue(text, ADVICE, cure="name another folder?")])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _nobody(*_: object) -> Result:
    raise ValueError("asking solves nothing")
