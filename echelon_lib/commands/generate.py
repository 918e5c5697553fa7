"""``echelon generate``: schools that nobody goes to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from echelon_lib.commands.errors import DONE, guarded
from echelon_lib.commands.screen import Screen
from echelon_lib.domain.errors import DataError, Issue

generate = typer.Typer(help="Invent data to try things out with.", no_args_is_help=True)


@generate.command()
@guarded
def school(
    students: Annotated[int, typer.Option(help="Students, from 10 to 10,000.")] = 480,
    seed: Annotated[int, typer.Option(help="Seed: the same one gives the same school.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder, new or empty.", show_default="school-<students>-<seed>"),
    ] = None,
    request_lists: Annotated[
        int, typer.Option(help="Different request lists; 0: nearly everyone has a list of their own.")
    ] = 60,
    periods: Annotated[int, typer.Option(help="Periods: 6, 7 or 8.")] = 8,
    surplus: Annotated[int, typer.Option(help="Sections beyond what the requests need.")] = 0,
    missing: Annotated[int, typer.Option(help="Sections taken away that the requests need.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Invent a high school in the files that a real one hands in."""
    from echelon_lib.generate.school import generate_school, write_school

    folder = out if out is not None else Path(f"school-{students}-{seed}")
    try:
        tables = generate_school(
            students=students,
            seed=seed,
            request_lists=request_lists or None,
            periods=periods,
            surplus=surplus,
            missing=missing,
        )
    except ValueError as error:
        raise DataError([Issue(line, "options") for line in str(error).splitlines()]) from None
    write_school(tables, folder)
    statistics = tables.statistics()
    screen = Screen(as_json=as_json)
    screen.table(("", "Number"), [(name.replace("_", " "), value) for name, value in statistics.items()])
    screen.say(f"Written to {folder}; next: echelon check {folder}")
    screen.document({"exit_code": DONE, "folder": str(folder), **statistics})
    return DONE
