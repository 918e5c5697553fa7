"""``echelon train``: what is learned before it can be chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from echelon_lib.commands.errors import DONE, INTERRUPTED, guarded
from echelon_lib.commands.interrupts import Interrupts
from echelon_lib.commands.screen import Screen

train = typer.Typer(help="Train what the search can learn.", no_args_is_help=True)


@train.callback()
def _group() -> None:
    """Train what the search can learn."""


@train.command()
@guarded
def repair(
    timetables: Annotated[int, typer.Option(help="Timetables with clashes to learn from.", min=1)] = 1_000,
    universities: Annotated[
        int, typer.Option(help="Different universities of 6 to 12 departments that they are of.", min=1)
    ] = 250,
    seed: Annotated[int, typer.Option(help="Seed: the same one gives the same file.", min=0)] = 0,
    out: Annotated[Path, typer.Option(help="File to write; it must not exist.")] = Path("repair_policy.json"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Train which operator clears clashes of a university's week, for the stage repair=learned.

    Ctrl-C stops it; the same command goes on from there, and ends with the same file.
    """
    with Interrupts() as interrupts:
        from echelon_lib.runs.repair_training import Plan, train
        from echelon_lib.search.university.policy import policy_of

        screen = Screen(as_json=as_json)
        plan = Plan(timetables, min(universities, timetables), seed)
        for moment in train(plan, out, interrupts.cancel):
            screen.note(
                f"{moment.done:,} of {moment.of:,} timetables; of the last ones {moment.cleared:.0%} were "
                f"cleared, with {moment.bursts:.1f} bursts each"
            )
        if not out.exists():
            screen.note("Interrupted; the same command goes on from here.")
            screen.document({"exit_code": INTERRUPTED})
            return INTERRUPTED
        about = policy_of(out).trained
        unseen = about["unseen"]
        learned, at_random = unseen["learned"], unseen["random"]
        screen.say(
            f"Of {unseen['timetables']} timetables of universities that were not trained on, the learned "
            f"choice clears {learned['cleared']} with {learned['bursts']:.1f} bursts each, a random one "
            f"{at_random['cleared']} with {at_random['bursts']:.1f}."
        )
        screen.say(
            f"Written to {out}; next: echelon solve FOLDER --stage repair=learned --stage policy={out}"
        )
        screen.document({"exit_code": DONE, "file": str(out), **about})
        return DONE
