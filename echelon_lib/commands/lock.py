"""``echelon lock``: lock what is good in the timetable of a run, so that solving again leaves it alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from echelon_lib.commands.errors import DONE, NOTHING, guarded
from echelon_lib.commands.screen import Screen
from echelon_lib.domain.errors import DataError, Issue

Names = list[str]


@guarded
def lock(
    run: Annotated[Path, typer.Argument(help="A run folder of a school.", show_default=False)],
    section: Annotated[
        Names | None, typer.Option(help="A section stays in its period and with its teacher.")
    ] = None,
    teacher: Annotated[Names | None, typer.Option(help="All sections of a teacher stay.")] = None,
    course: Annotated[Names | None, typer.Option(help="All sections of a course stay.")] = None,
    department: Annotated[Names | None, typer.Option(help="All sections of a department stay.")] = None,
    student: Annotated[Names | None, typer.Option(help="A student stays in all sections.")] = None,
    unlock: Annotated[bool, typer.Option("--unlock", help="Unlock what is named instead.")] = False,
    out: Annotated[Path, typer.Option(help="File of locks: extended, or new.")] = Path("locks.csv"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Lock sections, teachers, courses, departments or students where they are in the timetable of a run.

    Each option can be given several times. A new file begins with the locks that the run was made with.
    Solve again with 'echelon solve SCHOOL --start RUN --locks FILE'.
    """
    from echelon_lib.analysis.locks import lock_table
    from echelon_lib.formats.locks_file import read_locks_file
    from echelon_lib.runs.locking import Picked, own_locks, write_locks
    from echelon_lib.runs.reopen import reopen
    from echelon_lib.schools import school_of

    picked = Picked(section or (), teacher or (), course or (), department or (), student or ())
    if picked == Picked():
        cure = "echelon lock RUN --section S, --teacher T, --course C, --department D or --student ID?"
        raise DataError([Issue("nothing is named that is to be locked", cure=cure)])
    outcome = reopen(run, of="school")
    screen = Screen(as_json=as_json)
    for note in outcome.notes:
        screen.say(note)
    problem, timetable = outcome.problem, outcome.result.best
    if timetable is None:
        screen.say("The run has no timetable, so nothing can be locked in it.")
        screen.document({"exit_code": NOTHING, "locks": []})
        return NOTHING
    extended = out.exists()
    before = read_locks_file(out, school_of(problem).files) if extended else own_locks(problem)
    after = picked.taken_from(before, problem) if unlock else picked.added_to(before, problem, timetable)
    write_locks(out, problem, after)
    table = lock_table(problem, timetable, after)[["Locked", "Stays"]]
    if len(table):
        screen.frame(table)
    screen.say(f"{len(after):,} locks in {out}, {len(before):,} before.")
    rows = table.to_dict("records")
    screen.document({"exit_code": DONE, "file": str(out), "before": len(before), "locks": rows})
    return DONE
