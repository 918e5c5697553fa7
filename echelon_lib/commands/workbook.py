"""``echelon workbook``: a run as one Excel workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from echelon_lib.commands.errors import DONE, guarded
from echelon_lib.commands.screen import Screen


@guarded
def workbook(
    run: Annotated[Path, typer.Argument(help="A run folder.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(help="File to write, which may not exist.", show_default="<name of the run>.xlsx"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Write a run as one Excel workbook: the master schedule, students, sections and what is not met.

    The run folder stays as it is. The workbook names students where the files of the school do.
    """
    from echelon_lib.formats.workbook import write_workbook

    path = write_workbook(run, out if out is not None else Path(f"{run.resolve().name}.xlsx"))
    screen = Screen(as_json=as_json)
    screen.say(f"Written to {path}")
    screen.document({"exit_code": DONE, "workbook": str(path)})
    return DONE
