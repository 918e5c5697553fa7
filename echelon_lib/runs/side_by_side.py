"""Several runs side by side, from what each of them recorded."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from echelon_lib.analysis.quality import LINES
from echelon_lib.analysis.shares import UNKNOWN, number, part_of
from echelon_lib.analysis.utilisation import TARGET
from echelon_lib.runs.compare import Value, changed_files, changed_rules, figures_of, titled
from echelon_lib.runs.record import Record, as_count

FIRST = ""
"""What the first run says where the others are compared with it."""


def runs_table(records: Mapping[str, Record]) -> pd.DataFrame:
    """Return what several runs reach, a column for each.

    Parameters
    ----------
    records
        What each run says of itself, by a name for people. Rules and files of the others are compared with
        those of the first.

    Returns
    -------
    DataFrame
        Measure and a column for each run: texts, ``unknown`` where a run does not say.
    """
    levels = max((len(record.levels) for record in records.values()), default=0)
    first = next(iter(records.values()), None)
    columns = {
        name: _reached(record) | _levels(record, levels) | _circumstances(record, first)
        for name, record in records.items()
    }
    measures = next(iter(columns.values()), {})
    rows = [(measure, *(column[measure] for column in columns.values())) for measure in measures]
    return pd.DataFrame(rows, columns=["Measure", *columns], dtype=str)


def terms_table(records: Mapping[str, Record]) -> pd.DataFrame:
    """Return what several runs of a university reach, term by term, and which of them does best.

    Parameters
    ----------
    records
        What each run says of itself, by a name for people.

    Returns
    -------
    DataFrame
        Measure, a column for each run, Best: texts, ``unknown`` where a run does not say. Best is empty where
        all reach the same, or where nothing says which is better, as with costs under different weights.
    """
    figures = {name: figures_of(record) for name, record in records.items()}
    better = {titled(line): line.better for line in LINES.values()}
    better |= {"Required rules broken": "lower", "Sessions placed": "higher"}
    titles = dict.fromkeys(title for one in figures.values() for title in one)
    if not weights_differ(records):
        better |= {title: "lower" for title in titles if title.startswith("Cost of ")}
    rows = []
    for title in titles:
        values = {name: one.get(title) for name, one in figures.items()}
        if any(value is not None for value in values.values()):
            best = _best(values, better.get(title))
            rows.append((title, *map(_worded, values.values()), best))
    return pd.DataFrame(rows, columns=["Measure", *figures, "Best"], dtype=str)


def weights_differ(records: Mapping[str, Record]) -> bool:
    """Return whether some of several runs had other rules than the first, so that costs do not compare."""
    first, *others = records.values() or (None,)
    return first is not None and any(changed_rules(first, other) for other in others)


def _best(values: Mapping[str, Value], better: str | None) -> str:
    """Return the names of those who do best; empty where there is nothing to choose."""
    known = {name: value for name, value in values.items() if isinstance(value, int | float)}
    if better is None or len(known) < 2 or len(set(known.values())) == 1:
        return ""
    best = max(known.values()) if better == "higher" else min(known.values())
    return ", ".join(name for name, value in known.items() if value == best)


def _worded(value: Value) -> str:
    if value is None:
        return UNKNOWN
    return value if isinstance(value, str) else f"{value:,}"


def _reached(record: Record) -> dict[str, str]:
    said = {name: as_count(record.data.get(name)) for name in ("requests", "met", "filled")}
    said |= {name: as_count(record.data.get(name)) for name in ("students", "complete")}
    numbers = record.data.get("summary")
    use = {
        name: as_count(numbers.get(name)) if isinstance(numbers, dict) else None
        for name in ("seats", "enrolled", "below_target")
    }
    broken = record.required
    return {
        "Status": record.text("status") or UNKNOWN,
        "Requests met": part_of(said["met"], said["requests"]),
        "Requests filled": part_of(said["filled"], said["requests"]),
        "Students complete": part_of(said["complete"], said["students"]),
        "Seats used": part_of(use["enrolled"], use["seats"]),
        f"Sections below {TARGET} %": number(use["below_target"]),
        "Required rules broken": UNKNOWN if broken is None else f"{sum(broken.values()):,}",
    }


def _levels(record: Record, levels: int) -> dict[str, str]:
    lines = {}
    for place in range(levels):
        said = record.levels[place] if place < len(record.levels) else {}
        bound = number(as_count(said.get("bound")))
        proven = " (proven)" if said.get("proven") is True and bound != UNKNOWN else ""
        lines[f"Cost of level {place + 1}"] = number(as_count(said.get("cost")))
        lines[f"Bound of level {place + 1}"] = f"{bound}{proven}"
    return lines


def _circumstances(record: Record, first: Record | None) -> dict[str, str]:
    seconds, seed = record.number("seconds"), as_count(record.data.get("seed"))
    return {
        "Seconds": UNKNOWN if seconds is None else f"{seconds:.1f}",
        "Solver": record.text("solver") or UNKNOWN,
        "Seed": UNKNOWN if seed is None else str(seed),
        "Rules changed": FIRST if first is None or record is first else _rules_changed(first, record),
        "Files changed": FIRST if first is None or record is first else _files_changed(first, record),
    }


def _rules_changed(first: Record, record: Record) -> str:
    if not all(isinstance(one.data.get("rules"), dict) for one in (first, record)):
        return UNKNOWN
    return "yes" if changed_rules(first, record) else "no"


def _files_changed(first: Record, record: Record) -> str:
    if not first.texts("inputs") or not record.texts("inputs"):
        return UNKNOWN
    return ", ".join(changed_files(first, record)) or "no"
