"""``echelon bench``: the tables under ``benchmarks/``."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from echelon_lib.commands.errors import DONE, guarded
from echelon_lib.commands.screen import Screen

bench = typer.Typer(help="Measure the solvers and make the tables of benchmarks/.", no_args_is_help=True)

INDIVIDUAL = (0, 1, 2)
"""Seeds of the generated schools with individual requests."""


@bench.command()
@guarded
def schools(
    seconds: Annotated[float, typer.Option(help="Seconds of each solve.", min=0.1)] = 60.0,
    seed: Annotated[int, typer.Option(help="Seed of the solvers.")] = 0,
    methods: Annotated[str, typer.Option(help="Solvers, separated by commas.")] = "greedy,highs,gurobi",
    out: Annotated[Path | None, typer.Option(help="Markdown file to write.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Solve sample and generated schools (and Chico, where ECHELON_BENCHMARKS has it) with every solver.

    Run it from the root of the repository; each solve has a process of its own and nothing runs beside it.
    """
    from echelon_lib.formats.tables import write_text_atomic
    from echelon_lib.generate.school import generate_school, write_school
    from echelon_lib.runs.bench import COLUMNS, Instance, markdown, measure

    data = Path("data")
    screen = Screen(as_json=as_json)
    with tempfile.TemporaryDirectory() as made:
        instances = [
            Instance("tiny_high", data / "samples" / "tiny_high"),
            Instance("valley_high", data / "samples" / "valley_high", data / "rules" / "valley_high.toml"),
        ]
        for number in INDIVIDUAL:
            folder = Path(made) / f"individual-{number}"
            write_school(generate_school(students=500, request_lists=490, seed=number), folder)
            instances.append(Instance(f"500 students, 490 lists, seed {number}", folder))
        benchmarks = os.environ.get("ECHELON_BENCHMARKS")
        if benchmarks and (Path(benchmarks) / "chico").is_dir():
            chico = Path(benchmarks) / "chico"
            instances.append(Instance("chico", chico, data / "rules" / "chico.toml"))
        rows: list[tuple[str, ...]] = []
        for row in measure(
            instances, [word.strip() for word in methods.split(",")], seconds=seconds, seed=seed
        ):
            rows.append(row)
            screen.note(" · ".join(row))
    screen.table(COLUMNS, rows)
    if out is not None:
        how = f"echelon bench schools --seconds {seconds:g} --seed {seed} --methods {methods}"
        write_text_atomic(out, markdown("Schools", how, rows))
    screen.document({"exit_code": DONE, "columns": list(COLUMNS), "rows": [list(row) for row in rows]})
    return DONE
