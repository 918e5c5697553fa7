"""How much sooner two cores make a university's week as good as one does: one table, printed and written.

.venv/bin/python benchmarks/cores.py --departments 20 127 --seconds 60 --seeds 3 --out benchmarks/cores.md
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from echelon_lib import load_university
from echelon_lib.formats.tables import write_text_atomic
from echelon_lib.generate.university.generator import generate_university
from echelon_lib.runs.resources import Resources
from echelon_lib.search.university.arrays import UniversityArrays
from echelon_lib.search.university.crew import Crew, Threads
from echelon_lib.search.university.distributed import Workers
from echelon_lib.search.university.engine import strategies, warm_up_university
from echelon_lib.search.university.soft import Annealing
from echelon_lib.search.university.stages import Stages
from echelon_lib.search.university.strategy import WeekSearch
from echelon_lib.stop import MaxRuntime, Never

SHARES = (0.4, 0.5, 0.625, 0.8, 1.0)
"""Shares of the seconds of one core that two cores are given."""
COLUMNS = (
    *("Departments", "Sessions", "Who", "Seconds for equal cost", "Times one core", "Of each seed"),
    *("Moves a second", "Cost by seconds"),
)


@dataclass(frozen=True)
class Annealed:
    """What an annealing of some seconds came to."""

    cost: int
    moves: float


def anneal(search: WeekSearch, week: np.ndarray, seconds: float, crew: Crew | None, seed: int) -> Annealed:
    """Anneal the same week for some seconds, by one thread or by others."""
    again = WeekSearch(search.arrays, seed, crew=crew)
    again.load(*week)
    again.look()
    clock = MaxRuntime(seconds).start()
    Annealing().run(again, clock, np.random.default_rng(seed))
    return Annealed(again.cost, again.done / clock.elapsed())


def seconds_for(cost: float, times: Sequence[float], costs: Sequence[float]) -> float:
    """Return the seconds in which a cost is reached, between those that were tried; infinity for none.

    Between two of them the cost falls with the logarithm of the time, nearly; what the shortest time reaches
    counts as taking that long, so that no speed-up is larger than what was tried.
    """
    best = np.minimum.accumulate(np.asarray(costs, float))
    if cost >= best[0]:
        return times[0]
    for k in range(1, len(times)):
        if cost >= best[k]:
            share = (best[k - 1] - cost) / (best[k - 1] - best[k])
            return math.exp(math.log(times[k - 1]) + share * math.log(times[k] / times[k - 1]))
    return math.inf


def rows_of(departments: int, seconds: float, seeds: int, crews: dict[str, Crew]) -> list[tuple[str, ...]]:
    """Return the rows of one size."""
    with tempfile.TemporaryDirectory() as made:
        generate_university(departments, seed=0).write(Path(made) / "university")
        problem = load_university(Path(made) / "university")
    arrays = UniversityArrays.of(problem)
    times = [seconds * share for share in SHARES]
    single: list[Annealed] = []
    found: dict[str, list[list[Annealed]]] = {name: [] for name in crews}
    for seed in range(seeds):
        search = WeekSearch(arrays, seed)
        for _, stage in strategies(Stages(quality="none"), parts=1):
            stage.run(search, Never().start(), np.random.default_rng(seed))
        single.append(anneal(search, search.best, seconds, None, seed))
        for name, crew in crews.items():
            found[name].append([anneal(search, search.best, each, crew, seed) for each in times])
    head = (str(departments), f"{len(problem.meetings):,}")
    rows = [
        (
            *(*head, "one core", f"{seconds:.1f}", "1", "–"),
            f"{median(one.moves for one in single):,.0f}",
            f"{seconds:g}: {median(one.cost for one in single):,.0f}",
        )
    ]

    def times_one(taken: float) -> str:
        return f"{seconds / taken:.2f}" if taken < math.inf else "under 1"

    for name, runs in found.items():
        costs = [median(run[k].cost for run in runs) for k in range(len(times))]
        taken = seconds_for(median(one.cost for one in single), times, costs)
        each = [
            seconds_for(one.cost, times, [a.cost for a in run]) for one, run in zip(single, runs, strict=True)
        ]
        rows.append(
            (
                *(*head, name, f"{taken:.1f}" if taken < math.inf else f"over {seconds:g}", times_one(taken)),
                ", ".join(map(times_one, each)),
                f"{median(run[-1].moves for run in runs):,.0f}",
                ", ".join(f"{time:g}: {cost:,.0f}" for time, cost in zip(times, costs, strict=True)),
            )
        )
    return rows


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--departments", type=int, nargs="+", default=[20, 127])
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--workers", type=int, default=2, help="Threads, and processes, side by side.")
    options.add_argument("--out", type=Path)
    chosen = options.parse_args()
    warm_up_university(Stages())
    rows, loads = [], [os.getloadavg()[0]]
    with ExitStack() as opened:
        workers = opened.enter_context(Workers.started(chosen.workers))
        workers.compile()
        crews: dict[str, Crew] = {
            f"{chosen.workers} threads": Threads(chosen.workers),
            f"{chosen.workers} workers of dask.distributed": workers,
        }
        for departments in chosen.departments:
            rows += rows_of(departments, chosen.seconds, chosen.seeds, crews)
            loads.append(os.getloadavg()[0])
    sizes = " ".join(map(str, chosen.departments))
    given = f"--departments {sizes} --seconds {chosen.seconds:g} --seeds {chosen.seeds}"
    lines = [
        "# Two cores in place of one",
        "",
        f"Made by `benchmarks/cores.py {given} --workers {chosen.workers}`. {Resources.here().sentence}",
        f"Load of the machine before each size and at the end: {', '.join(f'{one:.1f}' for one in loads)}.",
        "",
        f"One core anneals a week without clashes for {chosen.seconds:g} seconds; the others anneal the same",
        f"week for {', '.join(f'{share:g}' for share in SHARES)} times as long. *Seconds for equal cost*:",
        "how long they need for the cost that one core reaches, between the times that were tried; costs",
        "are medians over the seeds.",
        "",
        f"| {' | '.join(COLUMNS)} |",
        f"|{'---|' * len(COLUMNS)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    print("\n".join(lines))  # noqa: T201
    if chosen.out is not None:
        write_text_atomic(chosen.out, "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
