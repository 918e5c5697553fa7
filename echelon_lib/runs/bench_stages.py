"""Measuring what each stage of the search for universities adds, by leaving it out or doing it otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from echelon_lib.runs.bench import Solved, solved
from echelon_lib.runs.bench_universities import first_seconds, mapping, university

COLUMNS = (
    *("Departments", "Stages", "At zero", "Clash-free after", "Clashes left", "Cost", "Faculty preference"),
    *("Compact, students", "Seats", "Quality seconds", "Seconds"),
)
LEGEND = (
    "Each row is the usual search with one thing done otherwise; it has the medians of its runs, one for "
    "each seed of the search. *At zero* are the runs that broke no required rule, as the evaluator counts "
    "them, *Clash-free after* the seconds of the search until then, of these runs. *Clashes left* is what "
    "the search counts at the end of all runs: an hour that somebody has twice 1, of faculty 10, a session "
    "without a place 1,000. Cost, preference and seats in per cent, and compactness of 10 are of the runs "
    "at zero, at the prices of *Balanced*. *Quality seconds* are those that the stage of quality had, "
    "*Seconds* those of the whole search; neither counts the one compilation."
)


USUAL = "usual"
ROWS = {
    USUAL: USUAL,
    "grouping=none": "no banding",
    "feasibility=dsatur": "no heat bath",
    "repair=none": "no repair",
    "repair=mixture": "random mixture repairs",
    "repair=learned": "learned mixture repairs",
    "feasibility=cpsat": "CP-SAT first",
    "feasibility=cpsat,repair=none": "CP-SAT first, no repair",
    "grouping=louvain": "communities, no banding",
    "quality=genetic": "genetic, 50 generations",
    "quality=genetic,generations=0": "genetic to the end",
    "quality=none": "no quality",
}
"""What each row does otherwise, in words of ``--stage``, and what the table calls it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured: sizes in departments, seconds of each run, seeds of the search, and the rows."""

    sizes: Sequence[int]
    seconds: float
    seeds: int
    rows: Sequence[str] = tuple(ROWS)


def measure(plan: Plan, folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield each row of each size; universities that are missing below ``folder`` are generated.

    Each run is a process of its own, one after the other; the runs stay in ``folder``.
    """
    for size in plan.sizes:
        instance = university(size, 0, folder)
        for row in plan.rows:
            words = [] if row == USUAL else [f"--stage={word}" for word in row.split(",")]
            place = folder / "-".join(("stages", *row.replace("=", "-").split(",")))
            place.mkdir(parents=True, exist_ok=True)
            runs = [
                solved(instance, "auto", plan.seconds, seed, keep=place, more=words)
                for seed in range(plan.seeds)
            ]
            yield _row(size, row, runs)


def _row(size: int, row: str, runs: Sequence[Solved]) -> tuple[str, ...]:
    faults = sorted({run.fault for run in runs if run.fault is not None})
    answers = [run.answer for run in runs if run.answer is not None and "status" in run.answer]
    zero = [one for one in answers if one.get("feasible")]
    at_zero = ", ".join((f"{len(zero)} of {len(runs)}", *faults))
    stages = [[mapping(stage) for stage in _list(one.get("stages"))] for one in answers]
    left = [own[-1]["clashes"] for own in stages if own and own[-1]["clashes"] is not None]
    quality = [sum(one["seconds"] for one in own if one["stage"] == "quality") for own in stages]
    measures = [mapping(mapping(one["summary"])["quality"]) for one in zero]
    return (
        str(size),
        ROWS.get(row, row),
        at_zero,
        _middle([first_seconds(one) for one in zero], 2),
        _middle(left, 0),
        _middle([_list(one["cost"])[0] for one in zero], 0),
        _middle([one["faculty_preference"] for one in measures], 1),
        _middle([one["student_compactness"] for one in measures], 2),
        _middle([one["seat_utilisation"] for one in measures], 1),
        _middle(quality, 1),
        _middle([one.get("seconds") for one in answers], 1),
    )


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _middle(values: Iterable[object], digits: int) -> str:
    known = [value for value in values if isinstance(value, int | float)]
    return f"{median(known):,.{digits}f}" if known else "–"
