"""What a person decided on an answer, and what solving again came to: both are kept with the answer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from echelon_lib.advice.changes import judge
from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.formats.wording import shown
from echelon_lib.runs.loop import compared, decided, figures_of
from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.rounds import ADVICE, Proposal, Round, Rounds, proposals, read_rounds, write_rounds


def answer_of(folder: str | Path) -> Round:
    """Return what somebody proposed, as the folder of an answer keeps it.

    Raises
    ------
    DataError
        When there is no answer, or it is damaged.
    """
    rounds = read_rounds(folder)
    if rounds is None or not rounds.rounds:
        cure = "name the folder below advice/ of a run?"
        raise DataError([Issue(f"{shown(Path(folder).name)} holds no answer.", ADVICE, cure=cure)])
    return rounds.rounds[-1]


def decide(answer: str | Path, outcome: Outcome, refused: Mapping[int, str] | Mapping[str, str]) -> Round:
    """Accept what was proposed, but for what a person refuses, and keep the decisions.

    The proposals are judged anew; deciding again forgets what was decided before.

    Parameters
    ----------
    answer
        The folder of an answer, as ``ask`` returns it.
    outcome
        The run that it is about.
    refused
        Numbers of the proposals that are refused, with the reason of each.

    Returns
    -------
    Round
        The round; ``applied`` holds the actions to solve with, after those of the run.

    Raises
    ------
    DataError
        When there is no answer, it is about another timetable, or a number is that of no open proposal.
    """
    made, timetable = answer_of(answer), outcome.result.best
    if timetable is None:
        raise DataError([Issue(f"The run {shown(outcome.folder.name)} has no timetable to decide about.")])
    if made.before != figures_of(outcome.problem, outcome.result):
        cure = "name the run that was asked about, or ask again?"
        text = f"The answer is about another timetable than that of {shown(outcome.folder.name)}."
        raise DataError([Issue(text, ADVICE, cure=cure)])
    actions = [one.action for one in made.proposals]
    fresh = proposals(judge(outcome.problem, actions, timetable, by_person=False).verdicts)
    listed, _ = decided(fresh, _numbers(refused, fresh), outcome.problem, timetable)
    return _keep(
        answer, made.model_copy(update={"proposals": listed, "after": None, "kept": None, "note": ""})
    )


def conclude(answer: str | Path, before: Outcome, after: Outcome) -> Round:
    """Keep what the accepted proposals came to, and whether it is better.

    Parameters
    ----------
    answer
        The folder of the answer.
    before
        The run that it is about.
    after
        The run with the accepted proposals.

    Returns
    -------
    Round
        The round with its figures after; ``kept`` says whether they are as good, ``note`` what is amiss.

    Raises
    ------
    DataError
        When there is no answer.
    """
    made, result = answer_of(answer), after.result
    reached = None if result.best is None else figures_of(after.problem, result)
    kept, note = compared(made.before, reached, result, any_legal=bool(made.applied))
    done = {"after": reached, "kept": kept, "note": note, "solving": round(result.runtime, 3)}
    return _keep(answer, made.model_copy(update=done))


def _keep(folder: str | Path, made: Round) -> Round:
    write_rounds(folder, Rounds(adviser=made.instead_of or made.adviser, rounds=(made,)))
    return made


def _numbers(refused: Mapping[int, str] | Mapping[str, str], listed: tuple[Proposal, ...]) -> dict[int, str]:
    """Return the refusals by number; JSON has written numbers as texts."""
    open_ones = {str(one.number): one.number for one in listed if one.decision == "open"}
    strange = [str(one) for one in refused if str(one) not in open_ones]
    if strange:
        cure = f"one of {', '.join(open_ones)}?" if open_ones else "leave it out?"
        raise DataError(
            Issue(f"there is no open proposal {shown(one)}", "refuse", value=one, cure=cure)
            for one in strange
        )
    return {open_ones[str(one)]: str(why) for one, why in refused.items()}
