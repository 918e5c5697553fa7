"""What an adviser is: somebody who looks at a timetable and proposes changes of sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from echelon_lib.advice.actions import Action
from echelon_lib.advice.changes import Verdict
from echelon_lib.analysis.score import Score
from echelon_lib.domain.errors import EchelonError
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable


@dataclass(frozen=True)
class Advice:
    """What an adviser proposes.

    Parameters
    ----------
    adviser
        Who proposes it: ``rules``, ``random`` or ``claude``.
    actions
        What is proposed, in order; none where nothing is to be done.
    text
        The adviser's own words on the whole, for a person.
    record
        How it came about, as plain JSON types: calls, tokens, seconds, versions. It names no student.
    instead_of
        The adviser who was asked first and could not answer; empty otherwise.
    because
        Why that one could not, in a sentence.
    start
        The timetable by which the adviser shows that the changes can be borne, if it has one: the next solve
        may begin with it. Like any timetable it stays in the house.
    """

    adviser: str
    actions: tuple[Action, ...] = ()
    text: str = ""
    record: Mapping[str, Any] = field(default_factory=dict)
    instead_of: str = ""
    because: str = ""
    start: Timetable | None = None


@dataclass(frozen=True)
class Past:
    """An earlier round, as advisers are told of it.

    Parameters
    ----------
    verdicts
        What was proposed and what was said of each proposal; a person's refusal is a reason.
    before, after
        The scores before and after it.
    kept
        Whether it was kept; one that made things worse was rolled back.
    """

    verdicts: tuple[Verdict, ...]
    before: Score
    after: Score | None
    kept: bool


class Advisor(Protocol):
    """Somebody who proposes changes of sections."""

    @property
    def name(self) -> str:
        """The word by which it is chosen, such as ``rules``."""
        ...

    def propose(self, problem: Problem, timetable: Timetable, history: Sequence[Past] = ()) -> Advice:
        """Return what to change, given the last timetable and what earlier rounds came to.

        Raises
        ------
        AdviserUnavailable
            When the adviser cannot answer, and may not be replaced by another.
        """
        ...


class AdviserUnavailable(EchelonError):
    """An adviser that cannot answer, with the cure in its message.

    Parameters
    ----------
    message
        What went wrong, and on the next line what would mend it.
    kind
        One word for records: ``key``, ``network``, ``busy``, ``refusal``, ``cut_off``, ``unreadable``,
        ``budget``, ``not_allowed`` or ``package``.
    record
        What was spent until then, as in ``Advice.record``.
    """

    def __init__(self, message: str, kind: str, record: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.record = dict(record or {})
