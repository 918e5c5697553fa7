"""``echelon calendars``: the weeks of people and rooms of a run as iCalendar files."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echelon_lib.commands.errors import DONE, NOTHING, guarded
from echelon_lib.commands.screen import FIRST_DAY, WEEKS, Screen
from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.runs.term_dates import MOST_WEEKS, USUAL_WEEKS, next_monday

if TYPE_CHECKING:
    from echelon_lib.formats.calendar_files import Kind


@guarded
def calendars(
    run: Annotated[Path, typer.Argument(help="A run folder of a university.", show_default=False)],
    faculty: Annotated[
        bool, typer.Option("--faculty", help="A file for each member of the faculty.")
    ] = False,
    rooms: Annotated[bool, typer.Option("--rooms", help="A file for each room.")] = False,
    students: Annotated[bool, typer.Option("--students", help="A file for each student or group.")] = False,
    one: Annotated[
        list[str] | None, typer.Option("--id", help="A person, group or room; may be given several times.")
    ] = None,
    first_day: Annotated[str | None, typer.Option(help=FIRST_DAY, show_default="next Monday")] = None,
    weeks: Annotated[int, typer.Option(min=1, max=MOST_WEEKS, help=WEEKS)] = USUAL_WEEKS,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the files, new or empty.", show_default="<name of the run>-calendars"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Write calendars that every calendar program reads, each session repeated weekly.

    The run folder stays as it is. Times are local times of the university.
    """
    from echelon_lib.formats.calendar_files import write_calendars
    from echelon_lib.runs.reopen import reopen

    chosen: list[Kind] = []
    chosen += ["teacher"] if faculty else []
    chosen += ["room"] if rooms else []
    chosen += ["group"] if students else []
    if not chosen and not one:
        cure = "--faculty, --rooms, --students, or --id with a name?"
        raise DataError([Issue("nobody is chosen", "options", cure=cure)])
    first = _day(first_day)
    outcome = reopen(run, of="university")
    screen = Screen(as_json=as_json)
    for note in outcome.notes:
        screen.say(note)
    timetable = outcome.result.best
    if timetable is None:
        screen.say("The run has no timetable, so there is nothing to write.")
        screen.document({"exit_code": NOTHING})
        return NOTHING
    folder = out if out is not None else Path(f"{run.resolve().name}-calendars")
    files = write_calendars(
        outcome.problem, timetable, folder, kinds=chosen, ids=one or (), first=first, weeks=weeks
    )
    screen.say(f"{len(files):,} calendars written to {folder}")
    screen.document({"exit_code": DONE, "folder": str(folder), "files": len(files)})
    return DONE


def _day(text: str | None) -> date:
    if text is None:
        return next_monday()
    try:
        return date.fromisoformat(text)
    except ValueError:
        cure = "write it as 2026-09-07?"
        raise DataError([Issue(f"{text!r} is no date", "--first-day", value=text, cure=cure)]) from None
