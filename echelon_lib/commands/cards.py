"""``echelon cards``: timetables of a run to print in bulk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from echelon_lib.commands.errors import DONE, NOTHING, guarded
from echelon_lib.commands.screen import Screen
from echelon_lib.domain.errors import DataError, Issue


@guarded
def cards(
    run: Annotated[Path, typer.Argument(help="A run folder of a school.", show_default=False)],
    students: Annotated[bool, typer.Option("--students", help="A card a student, several a page.")] = False,
    teachers: Annotated[bool, typer.Option("--teachers", help="A page a teacher.")] = False,
    master: Annotated[
        bool, typer.Option("--master", help="The master schedule, and a page a department.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="File to write, which may not exist.", show_default="<name of the run>-<what>.html"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Write timetables of a run as one page that any browser prints.

    Students' cards, where nothing is chosen. The run folder stays as it is. The page loads nothing from
    anywhere, and names students where it has their cards.
    """
    from echelon_lib.formats.printed import master_pages, student_cards, teacher_pages, write_page
    from echelon_lib.runs.reopen import reopen

    chosen = [
        name
        for name, wanted in (("students", students), ("teachers", teachers), ("master", master))
        if wanted
    ]
    if len(chosen) > 1:
        text = f"--{' and --'.join(chosen)} are different pages"
        raise DataError([Issue(text, "options", cure="ask for one at a time?")])
    what = chosen[0] if chosen else "students"
    outcome = reopen(run, of="school")
    screen = Screen(as_json=as_json)
    for note in outcome.notes:
        screen.say(note)
    timetable = outcome.result.best
    if timetable is None:
        screen.say("The run has no timetable, so there is nothing to print.")
        screen.document({"exit_code": NOTHING})
        return NOTHING
    if what == "students":
        unmet = outcome.tables["unmet"].itertuples(index=False, name=None)
        text = student_cards(outcome.problem, timetable, unmet=unmet)
    else:
        text = (teacher_pages if what == "teachers" else master_pages)(outcome.problem, timetable)
    path = write_page(out if out is not None else Path(f"{run.resolve().name}-{what}.html"), text)
    screen.say(f"Written to {path}; open it in a browser and print it.")
    screen.document({"exit_code": DONE, "page": str(path), "what": what, "notes": list(outcome.notes)})
    return DONE
