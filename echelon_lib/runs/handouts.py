"""What a run hands out beside its tables: calendars of people and rooms, and a workbook."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from echelon_lib.formats.run_archive import zipped
from echelon_lib.formats.workbook import workbook_of
from echelon_lib.runs.term_dates import next_monday

if TYPE_CHECKING:
    from echelon_lib.domain.problem import Problem
    from echelon_lib.domain.timetable import Timetable
    from echelon_lib.formats.calendar_files import Kind
    from echelon_lib.formats.run_folder import More
    from echelon_lib.runs.scenario import Handout, Scenario

logger = logging.getLogger(__name__)

WORKBOOK = "workbook.xlsx"
USUAL: tuple[Handout, ...] = ("faculty", "rooms", "workbook")
MOST_SESSIONS = 5_000
"""Sessions up to which a university's run hands out by itself; more take several seconds."""
_KINDS: Mapping[Handout, Kind] = {"faculty": "teacher", "rooms": "room", "students": "group"}


def handouts_of(scenario: Scenario, problem: Problem) -> tuple[Handout, ...]:
    """Return what the run is to hand out: what was asked for, or what is usual."""
    if scenario.handouts is not None:
        return scenario.handouts
    return USUAL if problem.groups and len(problem.meetings) <= MOST_SESSIONS else ()


def first_day_of(scenario: Scenario) -> date:
    """Return the first day of the first week of teaching."""
    return scenario.first_day or next_monday()


def calendar_file(handout: Handout) -> str:
    """Return the file of the run folder that holds the calendars of a kind, as a ZIP file."""
    return f"calendars/{handout}.zip"


def handed_out(problem: Problem, timetable: Timetable, scenario: Scenario, wanted: Sequence[Handout]) -> More:
    """Return what makes the files of a run that are handed out, from the folder that holds its tables."""
    return partial(_files_of, problem, timetable, scenario, tuple(wanted))


def _files_of(
    problem: Problem,
    timetable: Timetable,
    scenario: Scenario,
    wanted: tuple[Handout, ...],
    tables: Path,
    name: str,
) -> Mapping[str, bytes]:
    from echelon_lib.formats.calendar_files import calendars_of  # its library takes a while to import

    files: dict[str, bytes] = {}
    try:
        for handout in wanted:
            if handout == "workbook":
                files[WORKBOOK] = workbook_of(tables, name=name)
                continue
            texts = calendars_of(
                problem,
                timetable,
                kinds=[_KINDS[handout]],
                monday=first_day_of(scenario),
                weeks=scenario.weeks,
            )
            files[calendar_file(handout)] = zipped((file, text.encode()) for file, text in texts.items())
    except KeyboardInterrupt:  # the timetable is worth more than what can be made of it at any time
        logger.info("Interrupted: what was not handed out yet is left out.")
    return files
