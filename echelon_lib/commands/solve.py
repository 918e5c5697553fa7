"""``echelon solve``: make the timetable of a school."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echelon_lib.commands.errors import guarded, scenario_of
from echelon_lib.commands.interrupts import Interrupts
from echelon_lib.commands.screen import FOLDER, RULES, Screen
from echelon_lib.commands.watch import Watch

if TYPE_CHECKING:
    from echelon_lib.runs.progress import Progress
    from echelon_lib.runs.run import Outcome
    from echelon_lib.solvers.result import Result


@guarded
def solve(
    folder: Annotated[str, typer.Argument(help=FOLDER, show_default=False)],
    kind: Annotated[str, typer.Option(help="milp: search with proof; greedy: one quick timetable.")] = "milp",
    rules: Annotated[str | None, typer.Option(help=RULES, show_default=False)] = None,
    solver: Annotated[str, typer.Option(help="auto, gurobi, highs or greedy.")] = "auto",
    seconds: Annotated[float, typer.Option(help="Time that the search may take.")] = 60.0,
    seed: Annotated[int, typer.Option(help="Seed of the random decisions.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(help="Run folder, new or empty.", show_default="runs/<time>-<hash>"),
    ] = None,
    accept_headers: Annotated[
        bool, typer.Option("--accept-headers", help="Take column titles that nearly fit.")
    ] = False,
    start: Annotated[
        Path | None, typer.Option(help="Run folder to continue from.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Make the timetable of a school and write a run folder.

    Ctrl-C stops the search and keeps the best timetable so far.
    """
    with Interrupts() as interrupts:
        from echelon_lib.runs.run import run

        scenario = scenario_of(
            folder=folder,
            rules=rules,
            kind=kind,
            solver=solver,
            seconds=seconds,
            seed=seed,
            accept_headers=accept_headers,
            start=start,
        )
        screen = Screen(as_json=as_json)
        with Watch(screen) as watch:

            def follow(moment: Progress) -> None:
                interrupts.impatient = moment.phase.startswith("solving")
                watch.show(moment)

            outcome = run(scenario, out, on_progress=follow, stop=interrupts.cancel)
        code = exit_code(outcome.result)
        report(screen, outcome, code)
        return code


def exit_code(result: Result) -> int:
    """Return the code with which a run ends."""
    from echelon_lib.runs.exit_codes import code_of
    from echelon_lib.solvers.result import Status

    return code_of(
        mismatch=bool(result.mismatches),
        feasible=result.evaluation is not None and result.evaluation.feasible,
        cancelled=result.status is Status.CANCELLED,
    )


def report(screen: Screen, outcome: Outcome, code: int) -> None:
    """Say how a run came out: a sentence, a short table, and where the files are."""
    from echelon_lib.analysis.outcome import result_table

    folder = outcome.folder
    viewer = folder / "viewer.html"
    if screen.as_json:
        record = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        record.pop("trace", None)
        place = str(viewer) if viewer.exists() else None
        screen.document({"exit_code": code, "folder": str(folder), "viewer": place, **record})
        return
    screen.say(outcome.summary.first_line, bold=True)
    screen.frame(result_table(outcome.problem, outcome.result, outcome.greedy, numbers=outcome.summary))
    found = _findings(outcome)
    if found:
        screen.say(f"Findings: {found}; findings.csv has them.")
    for note in outcome.result.notes:
        screen.say(f"Note: {note}")
    for mismatch in outcome.result.mismatches:
        screen.say(f"Mismatch: {mismatch}")
    screen.say(f"Run folder: {folder}")
    if viewer.exists():
        screen.say(f"To look up and print timetables, open {viewer} in a browser.")


def _findings(outcome: Outcome) -> str:
    """Return how many findings of each kind there are, in words."""
    counts = Counter[str](finding.severity for finding in outcome.findings)
    words = {"error": ("error", "errors"), "warning": ("warning", "warnings"), "info": ("remark", "remarks")}
    return ", ".join(f"{counts[kind]:,} {words[kind][counts[kind] > 1]}" for kind in words if counts[kind])
