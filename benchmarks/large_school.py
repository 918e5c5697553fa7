"""How long reading, checking, scoring and writing a large school take: one table, printed and written.

.venv/bin/python benchmarks/large_school.py --students 4000 --out benchmarks/large_school.md
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from echelon_lib import SchoolRules, evaluate, load_school, preflight
from echelon_lib.formats.run_folder import RunFolder
from echelon_lib.formats.tables import write_text_atomic
from echelon_lib.generate.family import generate_family
from echelon_lib.runs.outcome import Outcome, outcome_of
from echelon_lib.runs.progress import utc_now
from echelon_lib.runs.run import Read, run, write_outcome
from echelon_lib.runs.scenario import Scenario

REPEATS = 3


def timed(work: Callable[[], object]) -> list[float]:
    """Return the seconds of some repetitions."""
    found = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
    return found


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--students", type=int, default=4_000)
    options.add_argument("--out", type=Path)
    chosen = options.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "school"
        generate_family("realistic", students=chosen.students, seed=0).write(folder)
        rules = SchoolRules.from_toml(folder / "rules.toml")
        problem = load_school(folder, rules)
        count = iter(range(2 * REPEATS + 1))

        def greedy() -> Outcome:
            scenario = Scenario(folder=folder, rules=folder / "rules.toml", kind="greedy")
            return run(scenario, Path(made) / f"run-{next(count)}")

        def written(outcome: Outcome) -> None:
            again = outcome_of(
                outcome.scenario,
                Path(made) / f"again-{next(count)}",
                problem,
                outcome.result,
                findings=outcome.findings,
                greedy=outcome.greedy,
            )
            write_outcome(again, RunFolder.create(again.folder), Read(rules, {}, problem, problem), utc_now())

        outcome = greedy()
        timetable = outcome.result.best
        rows.append(("read and preflight", timed(lambda: preflight(load_school(folder, rules)))))
        rows.append(("evaluate", timed(lambda: evaluate(problem, timetable))))
        rows.append(("the tables of a run and its folder", timed(lambda: written(outcome))))
        rows.append(("a greedy run: read, check, place, enrol, score, write", timed(greedy)))
    lines = [
        "# A large school",
        "",
        f"Made by `benchmarks/large_school.py --students {chosen.students}`: {len(problem.requests):,} "
        f"requests, {len(problem.sections):,} sections; {REPEATS} repetitions.",
        "",
        "| What | Median seconds | Worst |",
        "|---|---|---|",
        *(f"| {what} | {median(found):.2f} | {max(found):.2f} |" for what, found in rows),
    ]
    print("\n".join(lines))  # noqa: T201
    if chosen.out is not None:
        write_text_atomic(chosen.out, "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
