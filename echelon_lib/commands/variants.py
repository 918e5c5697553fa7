"""``echelon variants``: a university under several sets of prices, solved side by side and compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echelon_lib.commands.errors import DONE, FAILED, INTERRUPTED, NOTHING, guarded
from echelon_lib.commands.interrupts import Interrupts
from echelon_lib.commands.screen import FOLDER, RULES, Screen
from echelon_lib.commands.solve import names_of
from echelon_lib.commands.watch import Watch

if TYPE_CHECKING:
    from echelon_lib.runs.variants import Variants


@guarded
def variants(
    folder: Annotated[str, typer.Argument(help=FOLDER, show_default=False)],
    variants: Annotated[
        str | None,
        typer.Option(
            help="Names of variants, of the rules' own as well; sums of names, for the mean of their prices; "
            "or TOML files with rules. Separated by commas.",
            show_default="Balanced, Faculty-focused, Compactness-focused, and halfway from the first to each",
        ),
    ] = None,
    rules: Annotated[str | None, typer.Option(help=RULES, show_default=False)] = None,
    seconds: Annotated[float, typer.Option(help="Time that the search of each may take.")] = 60.0,
    iterations: Annotated[
        int | None,
        typer.Option(help="Iterations of each search in place of seconds.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the random decisions.")] = 0,
    cores: Annotated[
        int | None,
        typer.Option(min=1, help="Processors for all of them together.", show_default="those of the machine"),
    ] = None,
    start: Annotated[
        Path | None, typer.Option(help="Run folder from which all of them begin.", show_default=False)
    ] = None,
    accept_headers: Annotated[
        bool, typer.Option("--accept-headers", help="Take column titles that nearly fit.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for all of it, new or empty.", show_default="runs/<time>-<hash>"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Solve variants of a university's timetable side by side, and say what each gains and for whom.

    Each variant is a run folder of its own. All of them are compared at the prices of Balanced, term by term,
    and with the first one: how many people are better and worse off. Ctrl-C keeps the best of each so far.
    """
    with Interrupts() as interrupts:
        from echelon_lib.runs.variants import USUAL, solve_variants

        screen = Screen(as_json=as_json)
        with Watch(screen) as watch:
            done = solve_variants(
                folder,
                names_of(variants, "--variants") or USUAL,
                rules=rules,
                seconds=seconds,
                iterations=iterations,
                seed=seed,
                cores=cores,
                start=start,
                accept_headers=accept_headers,
                out=out,
                on_progress=watch.follow(interrupts, "compiling", "solving"),
                stop=interrupts.cancel,
            )
        code = _code(done)
        _report(screen, done, code)
        return code


def _code(done: Variants) -> int:
    codes = {FAILED if run.record is None else run.record.exit_code for run in done.runs}
    if done.interrupted:
        return INTERRUPTED if done.timetables else FAILED
    return next((code for code in (FAILED, NOTHING, INTERRUPTED) if code in codes), DONE)


def _report(screen: Screen, done: Variants, code: int) -> None:
    """Say what became of each, how they compare, and who gains by each in place of the first."""
    from echelon_lib.analysis.variants import ALL_RULES, COST
    from echelon_lib.analysis.who_gains import ALL

    for note in done.notes:
        screen.say(note)
    if done.timetables:
        table = done.comparison
        table = table[(table["About"] != COST) | table["What"].str.startswith(ALL_RULES)]
        table = table.assign(What=table["What"] + ", " + table["Unit"])
        table = table.drop(columns=["About", "Unit", "Better", "Best"]).round(2)
        # Numbers leave room for what is compared; the names of five variants would not.
        numbers = {name: str(number) for number, name in enumerate(done.timetables, start=1)}
        screen.say("; ".join(f"{number}: {name}" for name, number in numbers.items()))
        screen.frame(table.rename(columns=numbers))
    first = next(iter(done.timetables), "")
    together = done.gains[done.gains["By"] == ALL]
    for name in list(done.timetables)[1:]:
        mine = together[together["Variant"] == name].drop(columns=["Variant", "By", "Group"])
        screen.frame(mine.round(2), title=f"{name} in place of {first}")
    screen.say(
        f"Folder: {done.folder}; comparison.csv and who_gains.csv have all of it, variants.html shows it in "
        "a browser, faculty.csv names the faculty."
    )
    screen.document(
        {
            "exit_code": code,
            "folder": str(done.folder),
            "interrupted": done.interrupted,
            "variants": [
                {"name": run.name, "folder": str(run.folder), "state": run.state, "message": run.message}
                for run in done.runs
            ],
            "comparison": done.comparison.to_dict("records"),
            "who_gains": done.gains.to_dict("records"),
        }
    )
