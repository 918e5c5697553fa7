"""The rounds of advice within a run: asked, solved and written down as they come."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from echelon_lib.advice.advisor import AdviserUnavailable
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.run_folder import RunFolder
from echelon_lib.runs.advisers import Receipts, adviser, sending_is_off
from echelon_lib.runs.compiling import compile_for
from echelon_lib.runs.loop import AdviceLoop, State, carry_on
from echelon_lib.runs.outcome import checked
from echelon_lib.runs.progress import Reporter
from echelon_lib.runs.rounds import Rounds, write_rounds
from echelon_lib.runs.scenario import Scenario
from echelon_lib.search.choose import solve
from echelon_lib.solvers.result import Result
from echelon_lib.stop import AnyOf, Running, Stop, running

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Advised:
    """What rounds of advice came to.

    Parameters
    ----------
    state
        The best that was reached.
    rounds
        Every round.
    interrupted
        Whether somebody stopped them.
    """

    state: State
    rounds: Rounds
    interrupted: bool


def take_advice(
    scenario: Scenario,
    folder: RunFolder,
    first: State,
    reporter: Reporter,
    whole: Running,
    ends: Sequence[Stop] = (),
) -> Advised:
    """Go through the rounds of advice of a hybrid run; ``advice.json`` is written after each.

    Parameters
    ----------
    scenario
        Who is asked, how often and how long.
    folder
        The run folder.
    first
        The school as it was solved first.
    reporter
        Hears of every phase.
    whole
        The clock of everything together; cancelling it ends the rounds and keeps the best.
    ends
        Further reasons to end a search, such as a ``Cancel``.
    """
    receipts = Receipts(folder.path)
    settings = scenario.claude
    if sending_is_off(scenario.folder):
        settings = settings.model_copy(update={"send": False})
    advisor = adviser(
        scenario.advice,
        seed=scenario.seed,
        settings=settings,
        receipts=receipts,
        stop=whole,
    )
    kept: list[AdviceLoop] = []

    def solve_again(problem: Problem, start: Timetable) -> Result:
        compile_for(problem, scenario.method, reporter.phase)
        reporter.phase("solving level 1")
        clock = running(AnyOf(scenario.limit(whole.remaining()), *ends))
        result = solve(
            problem,
            scenario.method,
            stop=clock,
            seed=scenario.seed,
            on_incumbent=reporter.point,
            start=start,
        )
        if clock.cancelled:
            whole.cancel()
        return checked(problem, result)

    def before(loop: AdviceLoop) -> None:
        kept[:] = [loop]
        reporter.phase(f"asking for advice, round {len(loop.rounds) + 1}")

    def after(loop: AdviceLoop) -> None:
        write_rounds(folder.path, _rounds(loop))
        state = loop.state
        if loop.rounds[-1].kept and state.result.evaluation is not None:
            reporter.replace(state.problem, state.timetable, state.result.evaluation)
        last = loop.rounds[-1]
        logger.info("Round %d of advice: %s", last.number, last.after.score if last.after else last.note)

    interrupted = False
    try:
        loop = carry_on(
            first,
            advisor,
            solve_again,
            rounds=scenario.max_iterations - 1,
            done=partial(_done, whole),
            before_round=before,
            after_round=after,
            receipts=receipts.fresh,
        )
    except KeyboardInterrupt:
        whole.cancel()
        interrupted = True
        loop = kept[0] if kept else AdviceLoop(first, advisor, solve_again)
    interrupted = interrupted or whole.cancelled
    if interrupted:
        loop.ended = "Interrupted; what was reached before is kept."
    rounds = _rounds(loop)
    if loop.unavailable is not None:
        rounds = rounds.model_copy(update={"failure": _failure(loop.unavailable, receipts.fresh())})
    write_rounds(folder.path, rounds)
    notes = [*loop.state.result.notes]
    if loop.unavailable is not None:
        notes.append(f"{advisor.name} could not be asked, and nobody in its place: {loop.unavailable}")
    notes += [
        f"{one.adviser} was asked instead of {one.instead_of}: {one.because}"
        for one in loop.rounds
        if one.instead_of
    ]
    result = replace(loop.state.result, notes=tuple(dict.fromkeys(notes)))
    return Advised(replace(loop.state, result=result), rounds, interrupted)


def _rounds(loop: AdviceLoop) -> Rounds:
    return Rounds(adviser=loop.advisor.name, rounds=tuple(loop.rounds), ended=loop.ended)


def _failure(error: AdviserUnavailable, receipts: Sequence[str]) -> dict[str, Any]:
    return {
        "kind": error.kind,
        "message": str(error),
        "record": dict(error.record),
        "receipts": list(receipts),
    }


def _done(whole: Running) -> str:
    if whole.cancelled:
        return "Interrupted; what was reached before is kept."
    return "The time for all searches together is used up." if whole.remaining() == 0.0 else ""
