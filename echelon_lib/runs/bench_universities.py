"""Measuring the search on generated universities of several sizes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from echelon_lib.formats.run_reading import RESULT
from echelon_lib.generate.university.generator import generate_university
from echelon_lib.runs.bench import Instance, Solved, solved

COLUMNS = (
    *("Departments", "Seconds", "Runs", "Sessions", "Clash-free after", "Latest", "Broken"),
    *("Faculty preference", "Compact, students", "Compact, faculty", "Seats", "Cost", "MiB"),
)
LEGEND = (
    "Each row has the medians of its runs on universities with the seeds 0, 1 and so on. *Clash-free after* "
    "and *Latest* are the median and the most seconds of the search until no required rule was broken, "
    "*Broken* the required rules broken in all runs together, as the evaluator counts them. Faculty "
    "preference and seats are in per cent, compactness is of 10; notebook 04 gives the formulas. Seconds do "
    "not count the one compilation; MiB are the greatest resident memory of the process. Prices are those of "
    "*Balanced*."
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of the table: a size, and how it is measured."""

    departments: int
    instances: int
    seeds: int
    seconds: float


def measure_all(cells: Iterable[Cell], folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield the row of each cell; universities that are missing below ``folder`` are generated there.

    Each run is a process of its own, one after the other; the runs stay in ``folder``.
    """
    for cell in cells:
        universities = [university(cell.departments, instance, folder) for instance in range(cell.instances)]
        runs = [
            solved(one, "auto", cell.seconds, seed, keep=folder)
            for one in universities
            for seed in range(cell.seeds)
        ]
        yield _row(cell, runs)


def university(departments: int, seed: int, folder: Path) -> Instance:
    """Return a generated university, which is generated where it is missing below ``folder``."""
    place = folder / f"university-{departments}-{seed}"
    if not place.exists():
        generate_university(departments, seed=seed).write(place)
    return Instance(place.name, place, None)


def _row(cell: Cell, runs: list[Solved]) -> tuple[str, ...]:
    head = (str(cell.departments), f"{cell.seconds:g}")
    answers = [run.answer for run in runs if run.answer and run.answer.get("cost") is not None]
    answered = str(len(runs)) if len(answers) == len(runs) else f"{len(answers)} of {len(runs)}"
    faults = sorted({run.fault for run in runs if run.fault is not None})
    answered = ", ".join([answered, *faults])
    if not answers:
        return (*head, answered, *("–",) * (len(COLUMNS) - 3))
    numbers: list[Mapping[str, Any]] = [mapping(one["summary"]) for one in answers]
    first = [seconds for one in answers if (seconds := first_seconds(one)) is not None]
    measures = [mapping(one["quality"]) for one in numbers]

    def middle(name: str, digits: int) -> str:
        found = [one[name] for one in measures if one[name] is not None]
        return f"{median(found):.{digits}f}" if found else "–"

    return (
        *head,
        answered,
        f"{median(one['meetings'] for one in numbers):,.0f}",
        f"{median(first):.1f}" if first else "–",
        f"{max(first):.1f}" if len(first) == len(runs) else "not always",
        str(sum(one["broken"] for one in numbers)),
        middle("faculty_preference", 1),
        middle("student_compactness", 2),
        middle("faculty_compactness", 2),
        middle("seat_utilisation", 1),
        f"{median(one['cost'][0] for one in numbers):,.0f}",
        f"{max(run.memory for run in runs):.0f}",
    )


def mapping(value: object) -> Mapping[str, Any]:
    """Return a value of a record as a mapping, which is empty where it is none."""
    return value if isinstance(value, dict) else {}


def first_seconds(answer: Mapping[str, object]) -> float | None:
    """Return the seconds of the search until there was a timetable that keeps every required rule."""
    record = json.loads((Path(str(answer["folder"])) / RESULT).read_text(encoding="utf-8"))
    return next((seconds for seconds, _, incumbent, _ in record["trace"] if incumbent is not None), None)
