"""``echelon solvers``: which solvers are installed, licensed and able to do what; it compiles the search."""

from __future__ import annotations

from typing import Annotated

import typer

from echelon_lib.commands.errors import DONE, guarded
from echelon_lib.commands.screen import UNKNOWN, Screen

SUPPORTS = {
    "gurobi": "all school rules, with proof",
    "highs": "all school rules, with proof",
    "greedy": "required school rules, without proof",
}
READY = "The search for large schools and for universities is compiled on this machine."
NOT_READY = (
    "The search for large schools and for universities is not compiled on this machine yet: the first run "
    "that needs it takes about a minute longer, or 'echelon solvers --compile' does it now."
)


@guarded
def solvers(
    compile_now: Annotated[
        bool, typer.Option("--compile", help="Compile the search ahead, once on this machine.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """List the solvers: installed, licensed, version, supports; say whether the search is compiled."""
    from echelon_lib import __version__
    from echelon_lib.runs.compiling import COMPILING, compile_search, compiled
    from echelon_lib.solvers.base import backends

    screen = Screen(as_json=as_json)
    if compile_now:
        if not compiled():
            screen.note(f"{COMPILING[0].upper()}{COMPILING[1:]} ...")
        compile_search()
    rows: list[dict[str, object]] = []
    for name, backend in backends().items():
        found = backend.availability()
        rows.append(
            {
                "solver": name,
                "installed": found.installed,
                "licensed": found.licensed,
                "version": found.version,
                "supports": SUPPORTS.get(name, "linear models"),
                "reason": found.reason,
            }
        )
    rows.append(
        {
            "solver": "greedy",
            "installed": True,
            "licensed": True,
            "version": __version__,
            "supports": SUPPORTS["greedy"],
            "reason": "part of Echelon",
        }
    )
    ready = compiled()
    screen.table(
        ("Solver", "Installed", "Licensed", "Version", "Supports", "Remark"),
        [
            (
                *(row[key] for key in ("solver", "installed", "licensed", "version", "supports")),
                row["reason"] or UNKNOWN,
            )
            for row in rows
        ],
    )
    screen.say(READY if ready else NOT_READY)
    screen.document({"exit_code": DONE, "compiled": ready, "solvers": rows})
    return DONE
