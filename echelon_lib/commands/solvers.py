"""``echelon solvers``: which solvers are installed, licensed and able to do what."""

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


@guarded
def solvers(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """List the solvers: installed, licensed, version, and what they support."""
    from echelon_lib import __version__
    from echelon_lib.solvers.base import backends

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
    screen = Screen(as_json=as_json)
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
    screen.document({"exit_code": DONE, "solvers": rows})
    return DONE
