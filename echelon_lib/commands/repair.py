"""``echelon repair``: make a timetable good again after a late change, with as little changed as possible."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echelon_lib.commands.errors import guarded
from echelon_lib.commands.interrupts import Interrupts
from echelon_lib.commands.screen import Screen
from echelon_lib.commands.solve import exit_code
from echelon_lib.commands.watch import Watch

if TYPE_CHECKING:
    from echelon_lib.runs.progress import Progress
    from echelon_lib.runs.repairing import Repaired


@guarded
def repair(
    run: Annotated[Path, typer.Argument(help="A run folder; it stays as it is.", show_default=False)],
    changes: Annotated[
        Path, typer.Option(help="JSON or TOML file with what has changed.", show_default=False)
    ],
    most: Annotated[
        int | None,
        typer.Option(
            min=0, help="Enrolments that may change beside those that must.", show_default="any number"
        ),
    ] = None,
    price: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Weight of requests that changing one enrolment has to win.",
            show_default="a tenth of a light request for the first few, then more than one",
        ),
    ] = None,
    lock: Annotated[
        list[str] | None,
        typer.Option(help="A section, course, teacher or student that stays as it is.", show_default=False),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Time that the search may take.")] = 5.0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random decisions.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(help="Run folder, new or empty.", show_default="runs/<time>-<hash>"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Make the timetable of a run good again after late changes, and write a new run folder.

    The file lists changes such as {"kind": "section_dropped", "section": "ART-1"}; other kinds are
    student_joins, student_leaves, request_added, request_dropped, request_replaced, teacher_lost,
    teacher_away, section_added and seats_changed. What is said of students is personal.
    """
    with Interrupts() as interrupts:
        from echelon_lib.late_changes import read_late_changes
        from echelon_lib.runs.repairing import repair_run

        listed = read_late_changes(changes)
        screen = Screen(as_json=as_json)
        with Watch(screen) as watch:

            def follow(moment: Progress) -> None:
                interrupts.impatient = moment.phase.startswith("solving")
                watch.show(moment)

            done = repair_run(
                run,
                listed,
                out=out,
                price=price,
                most=most,
                locked=tuple(lock or ()),
                seconds=seconds,
                seed=seed,
                on_progress=follow,
                stop=interrupts.cancel,
            )
        code = exit_code(done.outcome.result)
        _report(screen, done, code)
        return code


def _report(screen: Screen, done: Repaired, code: int) -> None:
    """Say what was changed and why, and where the files are."""
    from echelon_lib.runs.repairing import CHANGES, SCHOOL

    outcome, found = done.outcome, done.repair
    screen.say(outcome.summary.first_line, bold=True)
    for fact in found.facts:
        screen.say(fact)
    for sentence in done.gone:
        screen.say(f"Cannot be kept: {sentence}")
    screen.say(f"Run folder: {outcome.folder}; {CHANGES} has every change, {SCHOOL} the changed school.")
    screen.document(
        {
            "exit_code": code,
            "folder": str(outcome.folder),
            "status": outcome.result.status.value,
            "moved": [
                {
                    "kind": one.kind,
                    "who": one.who,
                    "course": one.course,
                    "before": one.before,
                    "after": one.after,
                    "cause": one.cause,
                    "why": one.why,
                }
                for one in found.moved
            ],
            "affected": list(found.affected),
            "lost": [{"student": o.student, "course": o.course, "new": o.new} for o in found.lost],
            "broken": [*found.broken, *done.gone],
            "cost": dict(found.cost),
            "share": found.share,
            "facts": list(found.facts),
        }
    )
