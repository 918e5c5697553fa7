"""The words of the ``echelon`` command."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Annotated

import typer

from echelon_lib.commands.advise import advise
from echelon_lib.commands.bench import bench
from echelon_lib.commands.calendars import calendars
from echelon_lib.commands.cards import cards
from echelon_lib.commands.check import check
from echelon_lib.commands.compare import compare
from echelon_lib.commands.dashboard import dashboard
from echelon_lib.commands.demo import demo
from echelon_lib.commands.evaluate import evaluate
from echelon_lib.commands.following import watch
from echelon_lib.commands.generate import generate
from echelon_lib.commands.lock import lock
from echelon_lib.commands.repair import repair
from echelon_lib.commands.solve import solve
from echelon_lib.commands.solvers import solvers
from echelon_lib.commands.train import train
from echelon_lib.commands.variants import variants
from echelon_lib.commands.why import why
from echelon_lib.commands.workbook import workbook

app = typer.Typer(
    name="echelon",
    help="Make, check and compare the timetables of schools and universities.",
    epilog="Exit codes: 0 done, 1 failed or mismatch, 2 bad parameters or data, 3 no timetable possible or "
    "found, 4 interrupted with the best timetable saved.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

for command in (check, solve, variants, watch, lock, repair, advise, evaluate, compare, why):
    app.command()(command)
for command in (workbook, cards, calendars):
    app.command()(command)
app.add_typer(generate, name="generate")
app.add_typer(bench, name="bench")
app.add_typer(train, name="train")
app.command()(solvers)
app.command()(demo)
app.command()(dashboard)


def _version(wanted: bool) -> None:
    if wanted:
        from echelon_lib import __version__

        typer.echo(f"echelon {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Make, check and compare the timetables of schools and universities."""


def main() -> None:
    """Run the command; letters that a terminal cannot show do not end it."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError, OSError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    app()
