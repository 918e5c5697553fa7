"""The loop of solving and advice: ask, check, change the sections, solve again, and keep what is better.

It knows neither folders nor clocks: ``run`` gives it both, so that a notebook can go through it step by step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from echelon_lib.advice.actions import Action
from echelon_lib.advice.advisor import Advice, AdviserUnavailable, Advisor, Past
from echelon_lib.advice.changes import Changes, Verdict, judge
from echelon_lib.advice.situation import Reason
from echelon_lib.analysis.requests import unmet_requests
from echelon_lib.analysis.score import improvable, score
from echelon_lib.analysis.utilisation import below_target
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.runs.rounds import Figures, Proposal, Round, proposals
from echelon_lib.search.complete import best_start
from echelon_lib.solvers.result import Result
from echelon_lib.stop import Running

Solve = Callable[[Problem, Timetable], Result]
"""Solves a changed problem from a start."""

Decide = Callable[[tuple[Proposal, ...]], Mapping[int, str]]
"""Returns the numbers of the open proposals that a person refuses, with the reason of each."""


@dataclass(frozen=True)
class State:
    """Where the loop stands.

    Parameters
    ----------
    problem, result
        The problem as it is now, and its result; ``result.best`` is a timetable.
    actions
        The actions that made the problem of the first one, in order.
    """

    problem: Problem
    result: Result
    actions: tuple[Action, ...] = ()

    @property
    def timetable(self) -> Timetable:
        """The timetable of the result."""
        if self.result.best is None:
            raise ValueError("there is no timetable to ask about")
        return self.result.best


class AdviceLoop:
    """Rounds of advice on one school.

    Parameters
    ----------
    first
        The school as it was solved first.
    advisor
        Who is asked.
    solve
        Solves again; it has to keep to the time that is left.
    """

    def __init__(self, first: State, advisor: Advisor, solve: Solve) -> None:
        self.state = first
        self.advisor = advisor
        self.rounds: list[Round] = []
        self.ended = ""
        self.unavailable: AdviserUnavailable | None = None
        self._solve = solve
        self._history: list[Past] = []
        self._asked: tuple[Round, tuple[Verdict, ...], Advice] | None = None

    def content(self) -> str:
        """Return why nothing is left to be asked, in a sentence; empty where there is."""
        problem, timetable = self.state.problem, self.state.timetable
        if improvable(problem, timetable):
            return ""
        reasons = unmet_requests(problem, timetable, self.state.result.evaluation)["Reason"]
        if any(str(reason).startswith("no ") for reason in reasons):
            return ""
        return "The target is met: every section is at 75 % of its seats, or its course cannot fill it."

    def ask(self) -> Round:
        """Ask the adviser; the proposals of the round that may be applied are open.

        Raises
        ------
        AdviserUnavailable
            When the adviser cannot answer and may not be replaced; nothing has changed then.
        """
        clock = Running()
        state = self.state
        advice = self.advisor.propose(state.problem, state.timetable, tuple(self._history))
        judged = judge(state.problem, advice.actions, state.timetable, by_person=False)
        made = Round(
            number=len(self.rounds) + 1,
            adviser=advice.adviser,
            instead_of=advice.instead_of,
            because=advice.because,
            text=advice.text,
            record=dict(advice.record),
            proposals=proposals(judged.verdicts),
            before=figures_of(state.problem, state.result),
            asking=round(clock.elapsed(), 3),
        )
        self._asked = made, judged.verdicts, advice
        return made

    @property
    def start(self) -> tuple[Problem, Timetable] | None:
        """The adviser's own timetable with everything it proposed last, and the problem of that, if any."""
        if self._asked is None or (start := self._asked[2].start) is None:
            return None
        state = self.state
        judged = judge(state.problem, self._asked[2].actions, state.timetable, by_person=False)
        return judged.problem, start

    def go_on(self, refused: Mapping[int, str] | None = None, *, receipts: Sequence[str] = ()) -> Round:
        """Apply what was proposed last, but for what a person refuses, solve again and keep what is better.

        Parameters
        ----------
        refused
            Numbers of the proposals that are refused, with the reason of each.
        receipts
            Files that hold what was sent.
        """
        if self._asked is None:
            raise ValueError("nobody was asked yet")
        (made, verdicts, advice), state = self._asked, self.state
        listed, changes = decided(made.proposals, refused or {}, state.problem, state.timetable)
        clock = Running()
        result = self._solve_again(changes, advice) if changes.applied else None
        after = None if result is None or result.best is None else figures_of(changes.problem, result)
        kept, note = compared(made.before, after, result, any_legal=bool(changes.applied))
        self._history.append(
            Past(_told(verdicts, listed), made.before.score, None if after is None else after.score, kept)
        )
        if kept and result is not None:
            self.state = State(changes.problem, result, (*state.actions, *changes.applied))
        self.ended = self._ending(made, after, changes, kept=kept)
        self._asked = None
        done: dict[str, Any] = {"proposals": listed, "after": after, "kept": kept, "note": note}
        done |= {"solving": round(clock.elapsed(), 3), "receipts": tuple(receipts)}
        self.rounds.append(made.model_copy(update=done))
        return self.rounds[-1]

    def _solve_again(self, changes: Changes, advice: Advice) -> Result:
        left = [changes.timetable or self.state.timetable]
        if advice.start is not None:
            left.append(advice.start)
        return self._solve(changes.problem, best_start(changes.problem, left))

    def _ending(self, made: Round, after: Figures | None, changes: Changes, *, kept: bool) -> str:
        """Return why the loop ends here; empty where another round may help."""
        if not changes.applied:
            proposed = made.proposals or made.record.get("refused")
            left = "nothing is left to apply" if proposed else f"{made.adviser} proposes nothing"
            return f"No further change: {left}."
        if after is None or after.score > made.before.score:
            return ""
        if not kept or not after.score.improves_on(made.before.score):
            return "The last round improved the score by less than 2 %."
        return self.content()


def carry_on(
    first: State,
    advisor: Advisor,
    solve: Solve,
    *,
    rounds: int,
    decide: Decide | None = None,
    done: Callable[[], str] = lambda: "",
    after_round: Callable[[AdviceLoop], None] = lambda loop: None,
    before_round: Callable[[AdviceLoop], None] = lambda loop: None,
    receipts: Callable[[], Sequence[str]] = tuple,
) -> AdviceLoop:
    """Go through rounds of advice until nothing is left to be asked or gained.

    Parameters
    ----------
    first, advisor, solve
        As for ``AdviceLoop``.
    rounds
        Rounds at most; the first solve is none of them.
    decide
        Asks a person about the proposals; without it all that are legal are applied.
    done
        Says why there is no time for another round; an empty text where there is.
    before_round, after_round
        Called before somebody is asked and after each round.
    receipts
        Names the files that were written since it was called last.

    Returns
    -------
    AdviceLoop
        As it ended. Where the adviser could not answer, what was reached before stands, and ``unavailable``
        is the reason.
    """
    loop = AdviceLoop(first, advisor, solve)
    loop.ended = loop.content()
    while not loop.ended:
        if len(loop.rounds) >= rounds:
            loop.ended = "The searches that are allowed are used up."
        elif done():
            loop.ended = done()
        else:
            before_round(loop)
            try:
                asked = loop.ask()
            except AdviserUnavailable as error:
                loop.unavailable = error
                loop.ended = f"{advisor.name} could not be asked: {error}"
                break
            told = decide(asked.proposals) if decide and asked.open else None
            loop.go_on(told, receipts=receipts())
            after_round(loop)
    return loop


def figures_of(problem: Problem, result: Result) -> Figures:
    """Return the figures of a result that has a timetable."""
    timetable, evaluation = result.best, result.evaluation
    if timetable is None or evaluation is None:
        raise ValueError("there is no timetable")
    found = score(problem, timetable, evaluation)
    low = below_target(problem, timetable)
    return Figures(
        unmet=found.unmet,
        surplus=found.surplus,
        shortfall=found.shortfall,
        requests=evaluation.requests,
        met=evaluation.met,
        sections=len(problem.sections),
        below_target=len(low),
        structural=int(low["Structural"].sum()),
    )


def compared(
    before: Figures, after: Figures | None, result: Result | None, *, any_legal: bool
) -> tuple[bool, str]:
    """Return whether the outcome of a round is kept, and what is to be said of it."""
    if not any_legal:
        return True, "Nothing was changed."
    if after is None or result is None or result.evaluation is None or not result.evaluation.feasible:
        return False, "Rolled back: no timetable that keeps the required rules was found with the changes."
    if after.score > before.score:
        return False, f"Rolled back: {after.score}, which is worse than {before.score}."
    if after.score == before.score:
        return False, "Not kept: nothing was gained by it."
    return True, ""


def decided(
    listed: Sequence[Proposal], refused: Mapping[int, str], problem: Problem, timetable: Timetable
) -> tuple[tuple[Proposal, ...], Changes]:
    """Return all proposals with what becomes of each, and what those that are applied come to.

    Parameters
    ----------
    listed
        The proposals; those that are open are applied unless they are refused here.
    refused
        Numbers of the proposals that a person refuses, with the reason of each.
    problem, timetable
        What the proposals are about.
    """
    told = {number: why or "a person refused it" for number, why in refused.items()}
    wanted = [one.action for one in listed if one.decision == "open" and one.number not in told]
    # Without what a person refused, another action may have lost what it stood on.
    changes = judge(problem, wanted, timetable, by_person=False)
    again = iter(changes.verdicts)

    def fate(one: Proposal) -> Proposal:
        if one.decision == "refused":
            return one
        if one.number in told:
            return _refused(one, "person", told[one.number])
        late = next(again)
        if late.legal:
            return one.model_copy(update={"decision": "applied"})
        return _refused(one, "check", *map(str, late.reasons))

    return tuple(map(fate, listed)), changes


def _refused(one: Proposal, by: Literal["check", "person"], *reasons: str) -> Proposal:
    return one.model_copy(update={"decision": "refused", "by": by, "reasons": reasons})


def _told(verdicts: Sequence[Verdict], listed: Sequence[Proposal]) -> tuple[Verdict, ...]:
    """Return the verdicts as advisers hear of them; what a person said stays in the house."""
    return tuple(
        replace(verdict, reasons=tuple(Reason(text, public=False) for text in one.reasons))
        if verdict.legal and one.decision == "refused"
        else verdict
        for verdict, one in zip(verdicts, listed, strict=True)
    )
