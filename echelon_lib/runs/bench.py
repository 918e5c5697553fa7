"""Benchmarks: every instance with every method, each in a process of its own, as one table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

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
    "Cost 1 and Bound 1 are the weight of unmet requests, Cost 2 and Bound 2 everything else that has a price; "
    "seconds are of the solve, MiB the greatest resident memory of its process. *not run*: the solver may not "
    "take a model of this size here, or the run failed."
)


@dataclass(frozen=True, slots=True)
class Instance:
    """A school to measure: its name in the table, its folder and its rules."""

    name: str
    folder: Path
    rules: Path | None = None


def measure(
    instances: Iterable[Instance], methods: Sequence[str], *, seconds: float, seed: int = 0
) -> Iterator[tuple[str, ...]]:
    """Yield a row of ``COLUMNS`` for each instance and method, one after the other.

    Seconds are of the solve; MiB are the greatest resident memory of the whole process.
    """
    for instance in instances:
        for method in methods:
            yield _row(instance, method, *solved(instance, method, seconds, seed))


def solved(
    instance: Instance, method: str, seconds: float, seed: int
) -> tuple[dict[str, object] | None, float]:
    """Solve a school in a process of its own; return what it printed, if anything, and its memory in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        return _solved(instance, method, seconds, seed, Path(folder))


def _solved(
    instance: Instance, method: str, seconds: float, seed: int, folder: Path
) -> tuple[dict[str, object] | None, float]:
    command = [sys.executable, "-m", "echelon_lib", "solve", str(instance.folder), "--json"]
    command += [
        "--solver",
        method,
        "--seconds",
        str(seconds),
        "--seed",
        str(seed),
        "--out",
        str(folder / "run"),
    ]
    if instance.rules is not None:
        command += ["--rules", str(instance.rules)]
    with (folder / "answer.json").open("wb") as answer:
        child = subprocess.Popen(command, stdout=answer, stderr=subprocess.DEVNULL)
        _, _, usage = os.wait4(child.pid, 0)
        child.returncode = 0
    text = (folder / "answer.json").read_text(encoding="utf-8")
    try:
        return json.loads(text), usage.ru_maxrss / 1024
    except ValueError:
        return None, usage.ru_maxrss / 1024


def _row(instance: Instance, method: str, found: dict[str, object] | None, memory: float) -> tuple[str, ...]:
    if found is None or "status" not in found:
        return (instance.name, method, *("–",) * 8, "not run", "–", "–")
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
        str(found["status"]),
        f"{float(str(found.get('seconds', 0))):.1f}",
        f"{memory:.0f}",
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
