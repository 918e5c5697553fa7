"""``echelon repair``: make a timetable good again after a late change, with as little changed as possible.

The run says of whom it is: a school's is repaired, that of a university solved anew around what is published.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echelon_lib.commands.errors import guarded
from echelon_lib.commands.interrupts import Interrupts
from echelon_lib.commands.screen import Screen
from echelon_lib.commands.solve import exit_code, names_of, report_handouts
from echelon_lib.commands.stages import REPAIR_STAGE, chosen_repair
from echelon_lib.commands.watch import Watch
from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.runs.exit_codes import NOTHING

if TYPE_CHECKING:
    from echelon_lib.runs.repairing import Repaired
    from echelon_lib.runs.resolving import ResolvedRun


@guarded
def repair(
    run: Annotated[Path, typer.Argument(help="A run folder; it stays as it is.", show_default=False)],
    changes: Annotated[
        Path, typer.Option(help="JSON or TOML file with what has changed.", show_default=False)
    ],
    most: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Enrolments that may change beside those that must; of a university, sessions that may get "
            "another hour.",
            show_default="any number",
        ),
    ] = None,
    price: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Weight of requests that changing one enrolment has to win; of a university, what another "
            "hour of a session costs, in students that clash.",
            show_default="a tenth of a light request for the first few, then more than one; 20",
        ),
    ] = None,
    lock: Annotated[
        list[str] | None,
        typer.Option(
            help="A section, course, teacher, student or department that stays as it is; of a university, a "
            "section, course, department or member of the faculty.",
            show_default=False,
        ),
    ] = None,
    only_departments: Annotated[
        str | None,
        typer.Option(
            help="Departments of a university, such as CS,MATH, whose sessions alone may be moved.",
            show_default="all",
        ),
    ] = None,
    stage: Annotated[
        list[str] | None,
        typer.Option(help=REPAIR_STAGE, show_default="repair=breakout"),
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

    The file lists changes such as {"kind": "section_dropped", "section": "ART-1"}. Other kinds of a school
    are student_joins, student_leaves, request_added, request_dropped, request_replaced, teacher_lost,
    teacher_away, section_added and seats_changed; those of a university are faculty_leaves, faculty_away,
    room_closes, course_added, course_dropped, section_added, section_dropped, enrolment_grows and
    department_frozen. What is said of students is personal.
    """
    with Interrupts() as interrupts:
        from echelon_lib.runs.resolving import is_run_of_university

        screen = Screen(as_json=as_json)
        only = names_of(only_departments, "--only-departments")
        if is_run_of_university(run):
            return _resolve(
                *(screen, interrupts, run, changes, most, lock, only, stage, seconds, seed, price, out)
            )
        cures = {"--only-departments": "leave it out, or --lock what stays?"} if only else {}
        cures |= {"--stage": "leave it out: it is for universities?"} if stage else {}
        if cures:
            why = "this has no meaning for a school"
            raise DataError(Issue(why, option, cure=cure) for option, cure in cures.items())
        from echelon_lib.late_changes import read_late_changes
        from echelon_lib.runs.repairing import repair_run

        listed = read_late_changes(changes)
        with Watch(screen) as watch:
            done = repair_run(
                run,
                listed,
                out=out,
                price=price,
                most=most,
                locked=tuple(lock or ()),
                seconds=seconds,
                seed=seed,
                on_progress=watch.follow(interrupts, "solving", "handing out"),
                stop=interrupts.cancel,
            )
        code = exit_code(done.outcome.result)
        _report(screen, done, code)
        return code


def _resolve(
    screen: Screen,
    interrupts: Interrupts,
    run: Path,
    changes: Path,
    most: int | None,
    lock: list[str] | None,
    only: tuple[str, ...],
    stage: list[str] | None,
    seconds: float,
    seed: int,
    price: int | None,
    out: Path | None,
) -> int:
    """Do it for a university."""
    from echelon_lib.runs.resolving import resolve_run
    from echelon_lib.search.university.resolve import PRICE
    from echelon_lib.university_changes import read_university_changes

    stages = chosen_repair(stage or ())
    if price is not None and stages.repair != "breakout":
        cure = "leave it out, or choose repair=breakout?"
        raise DataError([Issue(f"repair={stages.repair} knows no price", "--price", cure=cure)])
    listed = read_university_changes(changes)
    with Watch(screen) as watch:
        done = resolve_run(
            run,
            listed,
            out=out,
            most=most,
            locked=tuple(lock or ()),
            departments=only,
            price=PRICE if price is None else price,
            seconds=seconds,
            seed=seed,
            repair=stages.repair,
            policy=stages.policy,
            on_progress=watch.follow(interrupts, "solving", "handing out"),
            stop=interrupts.cancel,
        )
    code = exit_code(done.outcome.result)
    if done.resolved.over_cap and code == 0:
        code = NOTHING
    _report_university(screen, done, code)
    return code


def _report_university(screen: Screen, done: ResolvedRun, code: int) -> None:
    """Say what was moved and why, whom it affects, and where the files are."""
    from echelon_lib.analysis.outcome import stage_table
    from echelon_lib.runs.resolving import AFFECTED, CHANGES, MEASURES, OFFERS, UNIVERSITY

    outcome, found = done.outcome, done.resolved
    screen.say(outcome.summary.first_line, bold=True)
    for fact in (*done.changed.facts, *found.facts, *done.proof):
        screen.say(fact)
    screen.frame(stage_table(outcome.result))
    if found.offers:
        screen.say(f"To take it up: echelon repair with --changes {outcome.folder / OFFERS}")
    screen.say(
        f"Run folder: {outcome.folder}; {CHANGES} has every change, {AFFECTED} whom it affects, {MEASURES} "
        f"the measures before and after, {UNIVERSITY} the changed files."
    )
    report_handouts(screen, outcome)
    rows = {
        name: [dict(zip(columns, row, strict=True)) for row in listed]
        for name, (columns, listed) in done.tables.items()
    }
    screen.document(
        {
            "exit_code": code,
            "folder": str(outcome.folder),
            "status": outcome.result.status.value,
            "clean": found.clean,
            "moved": found.counts["time"],
            "rooms": found.counts["room"],
            "new": found.counts["new"],
            "left": [{"session": one.meeting, "why": one.sentence} for one in found.left],
            "broken": list(found.broken),
            "handed_over": dict(done.changed.given),
            "changes": rows[CHANGES],
            "affected": rows[AFFECTED],
            "measures": rows[MEASURES],
            "facts": [*done.changed.facts, *found.facts],
            "proof": list(done.proof),
            "offers": [offer.sentence for offer in found.offers],
            "stages": [asdict(one) for one in outcome.result.stages],
        }
    )


def _report(screen: Screen, done: Repaired, code: int) -> None:
    """Say what was changed and why, and where the files are."""
    from echelon_lib.runs.repairing import CHANGES, SCHOOL
    from echelon_lib.solvers.result import Status

    outcome, found = done.outcome, done.repair
    screen.say(outcome.summary.first_line, bold=True)
    for finding in outcome.findings if outcome.result.status is Status.INFEASIBLE else ():
        if finding.severity == "error" and finding.suggestion:
            screen.say(f"{finding.message} Maybe {finding.suggestion}")
    for fact in found.facts:
        screen.say(fact)
    for sentence in done.gone:
        screen.say(f"Cannot be kept: {sentence}")
    screen.say(f"Run folder: {outcome.folder}; {CHANGES} has every change, {SCHOOL} the changed school.")
    report_handouts(screen, outcome)
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
