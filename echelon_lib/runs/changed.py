"""A school with changed sections: its problem, its files, and what an earlier timetable is worth for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from echelon_lib.advice.actions import ACTIONS, Action
from echelon_lib.advice.changes import UNSAID, ActionsRefused, Verdict, apply, judge, touched
from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.incumbent import INCUMBENT, read_start
from echelon_lib.formats.school_records import SECTIONS
from echelon_lib.formats.school_writing import sections_table
from echelon_lib.runs.record import Record, read_outcome
from echelon_lib.runs.rounds import read_rounds
from echelon_lib.schools import school_of
from echelon_lib.search.complete import best_start

ANSWERS = "advice"
"""Folder below that of a run, with one folder for each time somebody was asked about it."""
MOST_ANSWERS = 5
"""Answers that are looked at for a start: the newest."""
CHANGED = f"school/{SECTIONS}"
"""The sections file with the changes, in the folder of a run: to be given to the school's own system."""


def changed(problem: Problem, actions: Sequence[Action], *, source: str = "actions") -> Problem:
    """Return the problem after some actions, which may be those of several rounds.

    Raises
    ------
    DataError
        When any of them is not legal; with an issue for each.
    """
    for stage in _stages(actions):
        try:
            problem = apply(problem, stage)
        except ActionsRefused as error:
            raise DataError(_issue(one, source) for one in error.refused) from None
    return problem


def changed_files(
    problem: Problem, actions: Sequence[Action]
) -> dict[str, tuple[Sequence[str], Sequence[Sequence[object]]]]:
    """Return the files of the school that the actions have changed, as tables of the run folder."""
    return {CHANGED: sections_table(school_of(problem).files)} if actions else {}


def actions_of(record: Record) -> tuple[Action, ...]:
    """Return the actions between the files of the school and the timetable of a run.

    Raises
    ------
    DataError
        When the record names something that is no action.
    """
    return _actions(record.data.get("actions") or (), "result.json")


def earlier_actions(folder: str | Path) -> tuple[Action, ...]:
    """Return the changes of sections behind the timetable of a run, finished or not.

    Raises
    ------
    DataError
        When the run's records are damaged.
    """
    record = read_outcome(folder)
    if record is not None:
        return actions_of(record)
    rounds = read_rounds(folder)
    kept = () if rounds is None else tuple(one for one in rounds.rounds if one.kept)
    return tuple(action for one in kept for action in one.applied)


def start_of(
    folder: Path, before: Problem, problem: Problem, actions: Sequence[Action]
) -> tuple[Timetable, tuple[str, ...]]:
    """Return the timetable of an earlier run as a start for a changed school, and what is to be said of it.

    Students of sections that were given up since are carried over to where the actions put them.

    Parameters
    ----------
    folder
        The folder of the earlier run.
    before, problem
        The problem of the files, and with all the actions.
    actions
        All actions; those of the earlier run may be the first of them.

    Raises
    ------
    DataError
        As ``read_start`` does.
    """
    earlier = earlier_actions(folder)
    if not actions or tuple(actions[: len(earlier)]) != earlier:
        return read_start(folder, problem)
    middle = changed(before, earlier)
    timetable, notes = read_start(folder, middle)
    carried = judge(middle, actions[len(earlier) :], timetable).timetable
    # Whoever advised may have left a timetable of their own.
    answers = sorted(folder.glob(f"{ANSWERS}/*/{INCUMBENT}"))[-MOST_ANSWERS:]
    left = [carried or timetable, *(read_start(one.parent, problem)[0] for one in answers)]
    return best_start(problem, left), notes


def _stages(actions: Sequence[Action]) -> list[list[Action]]:
    """Return actions in lists that change nothing twice, as only a later round may."""
    stages: list[list[Action]] = []
    for action in actions:
        if not stages or touched(action) & {name for one in stages[-1] for name in touched(one)}:
            stages.append([])
        stages[-1].append(action)
    return stages


def _issue(verdict: Verdict, source: str) -> Issue:
    # This may end in the log of a job, which holds no figure about students with a flag.
    words = (one.text if one.public else UNSAID for one in verdict.reasons)
    action, why = verdict.action, " ".join(words)
    text = f"{action.kind} {action.subject!r} cannot be applied: {why}"
    return Issue(text, source, cure="leave it out, or look whether the files have changed?")


def _actions(data: Any, path: str) -> tuple[Action, ...]:
    try:
        return ACTIONS.validate_python(data)
    except ValidationError:
        text = "its actions are none that this version knows"
        raise DataError([Issue(text, path, cure="it was changed by hand?")]) from None
