"""The rounds of advice of a run, as ``advice.json`` in its folder keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from echelon_lib.advice.actions import Action
from echelon_lib.advice.changes import Verdict
from echelon_lib.analysis.score import Score
from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.formats.tables import write_text_atomic

ADVICE = "advice.json"
LARGEST_ADVICE = 50_000_000
"""Bytes of an ``advice.json``; a larger one is something else."""

Decision = Literal["applied", "refused", "open"]


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Figures(_Kept):
    """The score of a timetable, and what stands behind it."""

    unmet: int
    surplus: int
    shortfall: int
    requests: int = 0
    met: int = 0
    sections: int = 0
    below_target: int = 0
    structural: int = 0

    @property
    def score(self) -> Score:
        """The three numbers that are compared."""
        return Score(self.unmet, self.surplus, self.shortfall)


class Proposal(_Kept):
    """One proposed action and what became of it.

    Parameters
    ----------
    number
        Its place in the list, from 1.
    action, sentence
        The action, and what it does in words; empty words for one that speaks of what is not there.
    decision
        Applied, refused, or still open.
    by
        Who refused it: ``check``, ``person`` or nobody.
    reasons
        Why it was refused.
    """

    number: int
    action: Action
    sentence: str = ""
    decision: Decision = "open"
    by: Literal["", "check", "person"] = ""
    reasons: tuple[str, ...] = ()


class Round(_Kept):
    """One round of advice.

    Parameters
    ----------
    number
        From 1; the first solve comes before it.
    adviser, instead_of, because, text, record
        As in ``Advice``.
    proposals
        Every proposal, the refused ones as well.
    before, after
        Figures before and after; no ``after`` where nothing was solved.
    kept
        Whether its outcome was kept; None while it is open.
    asking, solving
        Seconds.
    receipts
        Files of the run folder that hold what was sent to an adviser outside.
    note
        What else is to be said, such as why it was rolled back.
    """

    number: Annotated[int, Field(ge=1)]
    adviser: str
    instead_of: str = ""
    because: str = ""
    text: str = ""
    record: dict[str, Any] = Field(default_factory=dict)
    proposals: tuple[Proposal, ...] = ()
    before: Figures
    after: Figures | None = None
    kept: bool | None = None
    asking: float = 0.0
    solving: float = 0.0
    receipts: tuple[str, ...] = ()
    note: str = ""

    @property
    def applied(self) -> tuple[Action, ...]:
        """The actions that were applied."""
        return tuple(one.action for one in self.proposals if one.decision == "applied")

    @property
    def open(self) -> tuple[Proposal, ...]:
        """The proposals that wait for a decision."""
        return tuple(one for one in self.proposals if one.decision == "open")


class Rounds(_Kept):
    """All rounds of advice of a run.

    Parameters
    ----------
    adviser
        Who was asked.
    rounds
        In order.
    ended
        Why there was no further round, in a sentence; empty while they go on.
    failure
        Of an adviser that could not answer: ``kind``, ``message``, ``record`` of what it cost, ``receipts``.
    """

    adviser: str
    rounds: tuple[Round, ...] = ()
    ended: str = ""
    failure: dict[str, Any] = Field(default_factory=dict)


def proposals(verdicts: Iterable[Verdict]) -> tuple[Proposal, ...]:
    """Return verdicts as proposals; those that are legal are open."""
    return tuple(
        Proposal(
            number=number,
            action=one.action,
            sentence=one.sentence,
            decision="open" if one.legal else "refused",
            by="" if one.legal else "check",
            reasons=tuple(map(str, one.reasons)),
        )
        for number, one in enumerate(verdicts, start=1)
    )


def in_short(rounds: Rounds) -> dict[str, Any]:
    """Return what ``result.json`` says of the rounds; ``advice.json`` says everything."""
    listed = [
        {
            "round": one.number,
            "adviser": one.adviser,
            "instead_of": one.instead_of,
            "proposed": len(one.proposals),
            "applied": len(one.applied),
            "kept": one.kept,
            "before": one.before.model_dump(),
            "after": None if one.after is None else one.after.model_dump(),
        }
        for one in rounds.rounds
    ]
    return {"adviser": rounds.adviser, "ended": rounds.ended, "rounds": listed}


def write_rounds(folder: str | Path, rounds: Rounds) -> None:
    """Keep the rounds in ``advice.json`` of a folder; what was there is replaced at once."""
    write_text_atomic(Path(folder) / ADVICE, rounds.model_dump_json(indent=2) + "\n")


def read_rounds(folder: str | Path) -> Rounds | None:
    """Return the rounds of a folder; None where nobody was asked.

    Raises
    ------
    DataError
        When ``advice.json`` is there and damaged.
    """
    path = Path(folder) / ADVICE
    try:
        if not path.exists():
            return None
        if not path.is_file() or path.stat().st_size > LARGEST_ADVICE:
            raise _damaged("it is not the file of a run")
        return Rounds.model_validate_json(path.read_bytes())
    except OSError as error:
        raise _damaged(f"it cannot be read ({error.strerror})") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise _damaged(f"{place or 'its content'}: {first['msg']}") from None


def read_actions(path: str | Path, only: Sequence[int] | None = None) -> tuple[Action, ...]:
    """Return actions from a file: those proposed in the last round of an ``advice.json``, or a bare list.

    Parameters
    ----------
    path
        The file.
    only
        Numbers of the proposals to take, from 1; without them all that are not refused.

    Raises
    ------
    DataError
        When the file is no such file, or has no proposal of that number.
    """
    from echelon_lib.advice.actions import ACTIONS

    path = Path(path)
    try:
        data = json.loads(path.read_bytes())
        if isinstance(data, dict):
            last = Rounds.model_validate(data).rounds[-1:]
            listed = [one for kept in last for one in kept.proposals]
        else:
            actions = ACTIONS.validate_python(data)
            listed = [Proposal(number=number, action=one) for number, one in enumerate(actions, start=1)]
    except OSError as error:
        raise DataError([Issue(f"cannot be read: {error.strerror}", path.name)]) from None
    except (ValueError, RecursionError) as error:
        reason = error.errors(include_url=False)[0]["msg"] if isinstance(error, ValidationError) else ""
        text = f"this is no list of actions{f': {reason}' if reason else ''}"
        raise DataError([Issue(text, path.name, cure="give the advice.json of a run?")]) from None
    strange = sorted(set(only or ()) - {one.number for one in listed})
    if strange:
        text = f"there is no proposal {', '.join(map(str, strange))}; there are {len(listed)}"
        raise DataError([Issue(text, path.name, cure="the numbers are those that echelon advise prints?")])
    if only is not None:
        return tuple(one.action for one in listed if one.number in only)
    return tuple(one.action for one in listed if one.decision != "refused")


def _damaged(what: str) -> DataError:
    return DataError([Issue(f"{ADVICE} is damaged: {what}.", ADVICE, cure="take it away?")])
