"""What a run hands out beside its tables: calendars of people and rooms, and a workbook.

All of it can be made again from the run folder at any time, so it is written when the run is complete, and
nothing that fails here takes anything away from the run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from echelon_lib.domain.problem import Problem
from echelon_lib.formats.tables import write_bytes_atomic
from echelon_lib.formats.workbook import workbook_of
from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.scenario import Handout, Scenario
from echelon_lib.runs.term_dates import USUAL_WEEKS, next_monday
from echelon_lib.solvers.result import Status

if TYPE_CHECKING:
    from echelon_lib.formats.calendar_files import Kind

logger = logging.getLogger(__name__)

USUAL: tuple[Handout, ...] = ("faculty", "rooms", "workbook")
MOST_SESSIONS = 5_000
"""Sessions up to which a university's run hands out by itself; more take many seconds."""
FILES: Mapping[Handout, str] = {
    "faculty": "calendars/faculty.zip",
    "rooms": "calendars/rooms.zip",
    "students": "calendars/students.zip",
    "workbook": "workbook.xlsx",
}
"""The file of the run folder that holds each."""
_KINDS: Mapping[Handout, Kind] = {"faculty": "teacher", "rooms": "room", "students": "group"}


def handouts_of(scenario: Scenario, problem: Problem) -> tuple[Handout, ...]:
    """Return what a run is to hand out: what was asked for, or what is usual."""
    if scenario.handouts is not None:
        return scenario.handouts
    asked = scenario.first_day is not None or scenario.weeks != USUAL_WEEKS
    usual = problem.groups and (asked or len(problem.meetings) <= MOST_SESSIONS)
    return USUAL if usual else ()


def with_first_day(scenario: Scenario, problem: Problem) -> Scenario:
    """Return a scenario that says when teaching begins where calendars are made, for the record."""
    if scenario.first_day is None and set(handouts_of(scenario, problem)) & _KINDS.keys():
        return scenario.model_copy(update={"first_day": next_monday()})
    return scenario


def hand_out(outcome: Outcome, phase: Callable[[str], None]) -> None:
    """Write what a finished run is to hand out into its folder; what cannot be made is left out.

    Parameters
    ----------
    outcome
        The run, whose folder is complete. One that was interrupted hands out only what was asked for.
    phase
        Hears that it begins. An interrupt leaves out what is not written yet.
    """
    wanted = handouts_of(outcome.scenario, outcome.problem)
    hurried = outcome.result.status is Status.CANCELLED and outcome.scenario.handouts is None
    if not wanted or outcome.result.best is None or hurried:
        return
    phase("handing out")
    try:
        for handout in wanted:
            try:
                content = _content(handout, outcome)
                path = outcome.folder / FILES[handout]
                path.parent.mkdir(exist_ok=True)
                write_bytes_atomic(path, content)
            except Exception as error:
                logger.warning("%s could not be made: %s", FILES[handout], type(error).__name__)
    except KeyboardInterrupt:
        logger.info("Interrupted: what was not handed out yet is left out.")


def missing_handouts(outcome: Outcome) -> list[str]:
    """Return the files that a run was to hand out and that are not there."""
    wanted = handouts_of(outcome.scenario, outcome.problem) if outcome.result.best is not None else ()
    return [FILES[handout] for handout in wanted if not (outcome.folder / FILES[handout]).exists()]


def _content(handout: Handout, outcome: Outcome) -> bytes:
    if handout == "workbook":
        return workbook_of(outcome.folder)
    from echelon_lib.formats.calendar_files import zipped_calendars  # its library takes a while to import

    timetable, scenario = outcome.result.best, outcome.scenario
    assert timetable is not None
    first = scenario.first_day or next_monday()
    return zipped_calendars(
        outcome.problem, timetable, kind=_KINDS[handout], first=first, weeks=scenario.weeks
    )
