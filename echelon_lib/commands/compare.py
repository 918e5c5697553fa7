"""``echelon compare``: two runs side by side."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echelon_lib.commands.errors import DONE, guarded
from echelon_lib.commands.screen import Screen

if TYPE_CHECKING:
    from echelon_lib.runs.compare import Value

MOST_MOVES = 40
"""Sections that moved that are listed on a terminal, at most."""


@guarded
def compare(
    first: Annotated[Path, typer.Argument(help="A run folder.", show_default=False)],
    second: Annotated[Path, typer.Argument(help="Another run folder.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Compare two runs: what each reaches, and what moves from the first to the second."""
    from echelon_lib.runs.compare import compare_runs

    found = compare_runs(first, second)
    one, other = found.names
    if one == other:
        one, other = f"1: {one}", f"2: {other}"
    screen = Screen(as_json=as_json)
    if found.measures:
        screen.table(
            ("", one, other, "Change"),
            [
                (
                    line.name,
                    _known(line.first),
                    _known(line.second),
                    "" if line.change is None else line.change,
                )
                for line in found.measures
            ],
        )
    if found.sections_moved is None or found.students_moved is None:
        screen.say("One of the runs has no timetable, so nothing can be said of what moves.")
    else:
        screen.say(f"Sections moved: {found.sections_moved:,}. Students moved: {found.students_moved:,}.")
        if found.moves:
            screen.table(("Section", "Before", "After"), found.moves[:MOST_MOVES])
        if len(found.moves) > MOST_MOVES:
            screen.say(f"… and {len(found.moves) - MOST_MOVES:,} more; --json has them all.")
    for note in found.notes:
        screen.say(note)
    screen.document({"exit_code": DONE, **asdict(found)})
    return DONE


def _known(value: Value) -> Value:
    return "unknown" if value is None else value
