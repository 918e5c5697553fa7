"""``echelon watch``: follow a run that goes on elsewhere."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from echelon_lib.commands.errors import DONE, FAILED, INTERRUPTED, guarded
from echelon_lib.commands.screen import Screen
from echelon_lib.commands.watch import Watch
from echelon_lib.domain.errors import DataError, Issue

BETWEEN_LOOKS = 0.5
"""Seconds between two looks at the folder."""


@guarded
def watch(
    run: Annotated[Path, typer.Argument(help="The folder of a run.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Follow a run to its end: what it does, how far it is, what is left, and its best cost so far.

    Ctrl-C ends the watching and not the run. The exit code is that of the run.
    """
    from echelon_lib.runs.job import JobReader, read_progress

    screen, reader = Screen(as_json=as_json), JobReader()
    with Watch(screen) as shown:
        while True:
            job = reader.job(run, run)
            if job is None:
                cure = "the run has another folder, or has not begun?"
                raise DataError([Issue(f"{str(run)!r} holds no run.", cure=cure)])
            moment = read_progress(run)
            if moment is not None:
                shown.show(moment)
            if not job.going:
                break
            time.sleep(BETWEEN_LOOKS)
    # Variants side by side have a folder with a progress and no result of their own.
    done = moment is not None and moment.status == "completed"
    code = DONE if done else INTERRUPTED if job.state == "cancelled" and job.has_incumbent else FAILED
    if job.record is not None:
        code = job.record.exit_code
    message = "The run has ended." if done and job.record is None else job.message
    screen.say(message)
    progress = None if moment is None else moment.as_dict()
    screen.document({"exit_code": code, "folder": str(run), "message": message, "progress": progress})
    return code
