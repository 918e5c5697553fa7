"""Benchmarks: every instance with every method, each in a process of its own, as one table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from echelon_lib.runs.exit_codes import FAILED
from echelon_lib.solvers.base import BackendUnavailable

COLUMNS = (
    "Instance",
    "Method",
    "Requests",
    "Met",
    "Complete",
    "Cost 1",
    "Bound 1",
    "Gap 1",
    "Cost 2",
    "Bound 2",
    "Status",
    "Seconds",
    "MiB",
)
LEGEND = (
    "Cost 1 and Bound 1 are the weight of unmet requests, Cost 2 and Bound 2 everything else that has a "
    "price; seconds are of the solve, MiB the greatest resident memory of its process. *not run*: the "
    "solver may not take a model of this size here. *mismatch*: the evaluator contradicts the solver; "
    "*failed*: there was an error. Either ends the command with exit code 1."
)
MISMATCH, FAILURE = "mismatch", "failed"
"""How a row tells of runs that ended with exit code 1."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A school to measure: its name in the table, its folder and its rules."""

    name: str
    folder: Path
    rules: Path | None = None


@dataclass(frozen=True, slots=True)
class Solved:
    """What came of a solve in a process of its own.

    Parameters
    ----------
    answer
        What it printed, if anything.
    memory
        The greatest resident memory of the process, in MiB.
    code
        With which code it ended.
    """

    answer: Mapping[str, object] | None
    memory: float
    code: int

    @property
    def fault(self) -> str | None:
        """Whether the evaluator contradicted the answer, or there was an error.

        A solver that may not take a model of this size here is no fault.
        """
        if self.code == FAILED or self.code < 0:  # ended by a signal, such as for want of memory
            said = self.answer or {}
            if said.get("mismatches"):
                return MISMATCH
            return None if said.get("error") == BackendUnavailable.__name__ else FAILURE
        return None


def measure(
    instances: Iterable[Instance], methods: Sequence[str], *, seconds: float, seed: int = 0
) -> Iterator[tuple[str, ...]]:
    """Yield a row of ``COLUMNS`` for each instance and method, one after the other.

    Seconds are of the solve; MiB are the greatest resident memory of the whole process.
    """
    for instance in instances:
        for method in methods:
            yield _row(instance, method, solved(instance, method, seconds, seed))


def solved(
    instance: Instance,
    method: str,
    seconds: float,
    seed: int,
    *,
    keep: Path | None = None,
    more: Sequence[str] = (),
) -> Solved:
    """Solve a school or a university in a process of its own.

    With ``keep`` its run stays in a new folder there; ``more`` are further words of the command.
    """
    with tempfile.TemporaryDirectory() as made:
        name = f"{instance.name}-{method}-{seed}"
        places = (keep / f"{name}-{number}" for number in count(1)) if keep else (Path(made) / "run",)
        run = next(place for place in places if not place.exists())
        return _solved(instance, method, seconds, seed, run, Path(made) / "answer.json", more)


def faulty(rows: Iterable[Sequence[str]]) -> bool:
    """Return whether rows tell of a run that ended with exit code 1."""
    return any(fault in cell for row in rows for cell in row for fault in (MISMATCH, FAILURE))


def _solved(
    instance: Instance, method: str, seconds: float, seed: int, run: Path, answer: Path, more: Sequence[str]
) -> Solved:
    options = {"--solver": method, "--seconds": seconds, "--seed": seed, "--out": run}
    if instance.rules is not None:
        options["--rules"] = instance.rules
    command = [sys.executable, "-m", "echelon_lib", "solve", str(instance.folder), "--json"]
    command += [str(word) for option in options.items() for word in option]
    command += more
    with answer.open("wb") as printed:
        child = subprocess.Popen(command, stdout=printed, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    try:
        found = json.loads(answer.read_text(encoding="utf-8"))
    except ValueError:
        found = None
    return Solved(found, usage.ru_maxrss / 1024, child.returncode)


def _row(instance: Instance, method: str, run: Solved) -> tuple[str, ...]:
    found = run.answer
    if found is None or "status" not in found:
        return (instance.name, method, *("–",) * 8, run.fault or "not run", "–", "–")
    levels = found.get("levels")
    levels = levels if isinstance(levels, list) else []
    first, second = ([*levels, {}, {}])[:2]
    summary = found.get("summary")
    numbers = summary if isinstance(summary, dict) else {}
    requests = numbers.get("requests")
    gap = first.get("gap")
    return (
        instance.name,
        method,
        _text(requests),
        _share(numbers.get("met"), requests),
        _share(numbers.get("complete"), numbers.get("students")),
        _text(first.get("cost")),
        _text(first.get("bound")),
        "–" if gap is None else f"{100 * gap:.3f} %",
        _text(second.get("cost")),
        _text(second.get("bound")),
        f"{found['status']}, {run.fault}" if run.fault else str(found["status"]),
        f"{float(str(found.get('seconds', 0))):.1f}",
        f"{run.memory:.0f}",
    )


def _text(value: object) -> str:
    return "–" if value is None else str(value)


def _share(part: object, whole: object) -> str:
    if not isinstance(part, int) or not isinstance(whole, int) or not whole:
        return "–"
    return f"{100 * part / whole:.2f} %"


def markdown(
    title: str,
    how: str,
    rows: Sequence[Sequence[str]],
    *,
    columns: Sequence[str] = COLUMNS,
    legend: str = LEGEND,
) -> str:
    """Return rows as a page of Markdown that says how it was made."""
    lines = [f"# {title}", "", f"Made by `{how}`, one run after the other.", "", legend, ""]
    lines += ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
