"""Generated schools of each family and size, solved by each method: medians and worst cases in one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from echelon_lib.generate.family import generate_family
from echelon_lib.runs.bench import Instance, Solved, solved

COLUMNS = (
    *("Family", "Students", "Method", "Runs", "Requests", "Met", "Worst", "Complete", "Core lost"),
    *("Gap", "Later levels", "Broken", "Seconds", "MiB"),
)
LEGEND = (
    "Each row has the medians of its runs; *Worst* is the least share of requests met, *Core lost* the "
    "median and the most core requests that nothing serves, *Gap* the median of (cost − bound) ÷ weight "
    "of all requests, *Later levels* everything else that has a price, *Broken* the required rules "
    "broken in all runs together, as the evaluator counts them. Seconds are of the solve, without the "
    "one compilation; MiB are the greatest resident memory of the process. A method without an answer in "
    "some run says so in *Runs*, as do runs in which the evaluator contradicted the solver (a mismatch) "
    "or there was an error; either ends the command with exit code 1. Schools of fewer than 800 "
    "students, those of *cohort* aside, have three quarters of the electives that larger ones of their "
    "size would have, so that the share of their requests that are for singletons is near to that of the "
    "schools by which the families were set. With `--keep FOLDER` schools and runs stay there, and "
    "`benchmarks/check_run.py` reads a run against every required rule without the library."
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of the table: a family, a size, and how it is measured."""

    family: str
    students: int
    method: str
    instances: int
    seeds: int
    seconds: float


def measure_cell(cell: Cell, folder: Path, *, keep: Path | None = None) -> tuple[str, ...]:
    """Solve the schools of a cell, one after the other, each in a process of its own.

    Parameters
    ----------
    cell
        What to measure.
    folder
        Where schools are kept between cells; they are generated when they are missing.
    keep
        Where the runs stay, if they are to.
    """
    schools = [_school(cell, instance, folder) for instance in range(cell.instances)]
    runs = [
        solved(school, cell.method, cell.seconds, seed, keep=keep)
        for school in schools
        for seed in range(cell.seeds)
    ]
    return _row(cell, runs)


def measure_all(
    cells: Iterable[Cell], folder: Path, *, keep: Path | None = None
) -> Iterator[tuple[str, ...]]:
    """Yield the row of each cell."""
    for cell in cells:
        yield measure_cell(cell, folder, keep=keep)


def _school(cell: Cell, seed: int, folder: Path) -> Instance:
    name = f"{cell.family}-{cell.students}-{seed}"
    if not (folder / name).exists():
        generate_family(cell.family, students=cell.students, seed=seed).write(folder / name)
    return Instance(name, folder / name, folder / name / "rules.toml")


def _row(cell: Cell, runs: Sequence[Solved]) -> tuple[str, ...]:
    head = (cell.family, f"{cell.students:,}", cell.method)
    summaries = [run.answer["summary"] for run in runs if run.answer and "summary" in run.answer]
    with_answer = [one for one in summaries if isinstance(one, dict) and one.get("met") is not None]
    answered = str(len(runs)) if len(with_answer) == len(runs) else f"{len(with_answer)} of {len(runs)}"
    faults = Counter(run.fault for run in runs if run.fault is not None)
    answered = ", ".join([answered, *(f"{number} {fault}" for fault, number in faults.items())])
    if not with_answer:
        return (*head, answered, *("–",) * (len(COLUMNS) - 4))
    met = [100 * one["met"] / one["requests"] for one in with_answer]
    complete = [100 * one["complete"] / one["students"] for one in with_answer]
    lost = [one["core"] - one["core_filled"] for one in with_answer]
    gaps = [one["gap"] for one in with_answer if one["gap"] is not None]
    later = [sum(one["cost"][1:]) for one in with_answer]
    seconds = [one["seconds"] for one in with_answer if one["seconds"] is not None]
    return (
        *head,
        answered,
        f"{median(one['requests'] for one in with_answer):,.0f}",
        f"{median(met):.3f} %",
        f"{min(met):.3f} %",
        f"{median(complete):.2f} %",
        f"{median(lost):g}, {max(lost)}",
        f"{100 * median(gaps):.3f} %" if gaps else "–",
        f"{median(later):,.0f}",
        str(sum(one["broken"] for one in with_answer)),
        f"{median(seconds):.1f}" if seconds else "–",
        f"{max(run.memory for run in runs if run.answer):.0f}",
    )
