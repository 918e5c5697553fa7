"""``echelon solve``: make the timetable of a school."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echelon_lib.commands.errors import DONE, FAILED, INTERRUPTED, NOTHING, guarded, scenario_of
from echelon_lib.commands.interrupts import Interrupts
from echelon_lib.commands.screen import UNKNOWN, Screen, share
from echelon_lib.commands.watch import Watch

if TYPE_CHECKING:
    from echelon_lib.runs.progress import Progress
    from echelon_lib.runs.run import Outcome
    from echelon_lib.solvers.result import Result


@guarded
def solve(
    folder: Annotated[Path, typer.Argument(help="Folder with the files of the school.", show_default=False)],
    kind: Annotated[str, typer.Option(help="milp: search with proof; greedy: one quick timetable.")] = "milp",
    rules: Annotated[Path | None, typer.Option(help="TOML file with the rules.", show_default=False)] = None,
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
    from echelon_lib.solvers.result import Status

    if result.mismatches:
        return FAILED
    if result.best is None or result.evaluation is None or not result.evaluation.feasible:
        return NOTHING
    return INTERRUPTED if result.status is Status.CANCELLED else DONE


def report(screen: Screen, outcome: Outcome, code: int) -> None:
    """Say how a run came out: a sentence, a short table, and where the files are."""
    folder = outcome.folder
    viewer = folder / "viewer.html"
    if screen.as_json:
        record = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        record.pop("trace", None)
        place = str(viewer) if viewer.exists() else None
        screen.document({"exit_code": code, "folder": str(folder), "viewer": place, **record})
        return
    screen.say(outcome.summary.first_line, bold=True)
    screen.table(("", "This run", "Greedy"), _lines(outcome))
    for note in outcome.result.notes:
        screen.say(f"Note: {note}")
    for mismatch in outcome.result.mismatches:
        screen.say(f"Mismatch: {mismatch}")
    screen.say(f"Run folder: {folder}")
    if viewer.exists():
        screen.say(f"To look up and print timetables, open {viewer} in a browser.")


def _lines(outcome: Outcome) -> list[tuple[str, str, str]]:
    from echelon_lib.analysis.shares import percent

    numbers, result, greedy = outcome.summary, outcome.result, outcome.greedy

    def of(part: int | None, whole: int) -> str:
        return UNKNOWN if part is None or not whole else f"{part:,} of {whole:,} ({percent(part, whole)})"

    lines = [
        ("Status", result.status.value, ""),
        (
            "Requests met",
            of(numbers.met, numbers.requests),
            UNKNOWN if greedy is None else of(greedy.met, numbers.requests),
        ),
        (
            "Students complete",
            of(numbers.complete, numbers.students),
            UNKNOWN if greedy is None else of(greedy.complete, numbers.students),
        ),
    ]
    for level in result.levels:
        text = UNKNOWN if level.cost is None else f"{level.cost:,}"
        if level.proven:
            text += " (proven)"
        elif level.bound is not None:
            text += f" (bound {level.bound:,}, gap {share(level.gap)})"
        cost = greedy.cost if greedy is not None else ()
        lines.append(
            (
                f"Cost of level {level.level}",
                text,
                f"{cost[level.level - 1]:,}" if level.level <= len(cost) else UNKNOWN,
            )
        )
    lines += [
        ("Seats used", of(numbers.enrolled, numbers.seats), ""),
        ("Sections below 75 %", _any(numbers.below_target), ""),
        ("Findings", _findings(outcome), ""),
        ("Seconds", f"{result.runtime:.1f}", ""),
        ("Solver", result.solver, ""),
    ]
    return lines


def _any(value: Any) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def _findings(outcome: Outcome) -> str:
    counts: dict[str, int] = {}
    for finding in outcome.findings:
        counts[finding.severity] = counts.get(finding.severity, 0) + 1
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"
