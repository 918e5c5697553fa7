"""The best timetable of a run that is not finished, and what another run can continue from.

``incumbent.json`` lies in the run folder while a search goes on. It is replaced as a whole each time, and
taken away when ``result.json`` is there; a run that was ended from outside leaves it behind.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.run_reading import (
    ASSIGNMENT_COLUMNS,
    ASSIGNMENTS,
    MASTER,
    RESULT,
    SCHEDULE_COLUMNS,
    exact_tables,
    has_timetable,
    timetable_of,
)
from echelon_lib.formats.run_tables import answer_tables
from echelon_lib.formats.tables import LARGEST_FILE, Row, Table, write_text_atomic
from echelon_lib.formats.wording import shown
from echelon_lib.scoring.evaluate import Evaluation

INCUMBENT = "incumbent.json"

_COLUMNS = {"placements": (*SCHEDULE_COLUMNS, "Room"), "enrolments": ASSIGNMENT_COLUMNS}
_NEEDED = {"placements": len(SCHEDULE_COLUMNS), "enrolments": len(ASSIGNMENT_COLUMNS)}
_TABLES = {"placements": MASTER, "enrolments": ASSIGNMENTS}


def write_incumbent(
    folder: str | Path, problem: Problem, timetable: Timetable, evaluation: Evaluation, *, seconds: float
) -> None:
    """Keep a timetable in ``incumbent.json`` of a run folder; the one that was there is replaced at once.

    Parameters
    ----------
    folder
        The run folder.
    problem, timetable, evaluation
        The problem, its best timetable so far, and what the evaluator says of it.
    seconds
        Seconds since the run began.

    Raises
    ------
    OSError
        When the file cannot be written; the one that was there stays.
    """
    tables = answer_tables(problem, timetable)
    record: dict[str, Any] = {
        "problem": problem.name,
        "seconds": round(seconds, 3),
        "feasible": evaluation.feasible,
        "cost": list(evaluation.cost),
        "met": evaluation.met,
    }
    record |= {title: [list(row) for row in tables[name].rows] for title, name in _TABLES.items()}
    write_text_atomic(Path(folder) / INCUMBENT, json.dumps(record, allow_nan=False) + "\n")


def read_incumbent(folder: str | Path, problem: Problem) -> Timetable | None:
    """Return the timetable that an unfinished run has kept; None where there is none.

    Whether it keeps the rules is for ``evaluate`` to say.

    Raises
    ------
    DataError
        The file cannot be read, is damaged, or names what the problem does not know; all at once.
    """
    return timetable_of(*found, problem) if (found := _kept(Path(folder))) else None


def has_incumbent(folder: str | Path) -> bool:
    """Return whether an unfinished run has kept a timetable."""
    return (Path(folder) / INCUMBENT).is_file()


def read_start(folder: str | Path, problem: Problem) -> tuple[Timetable, tuple[str, ...]]:
    """Return the timetable of an earlier run to continue from, and what is to be said of it.

    Sections, periods, rooms and students that the problem does not know any more are left out.

    Parameters
    ----------
    folder
        The folder of a run that is finished or has kept a timetable.
    problem
        The problem as it is now.

    Raises
    ------
    DataError
        When the folder holds no timetable, one that is damaged, or one of which nothing is left.
    """
    folder = Path(folder)
    name = shown(folder.name or str(folder), 120)
    if not folder.is_dir():
        cure = "another name was meant, or it lies in another folder?"
        raise DataError([Issue(f"The run {name} to continue from does not exist.", cure=cure)])
    found = None if (folder / RESULT).exists() else _kept(folder)
    if found is None and not has_timetable(folder) and not (folder / ASSIGNMENTS).exists():
        cure = "leave it out to begin anew, or choose a run that has a timetable?"
        raise DataError([Issue(f"The run {name} has no timetable to continue from.", cure=cure)])
    gone: set[tuple[str, str]] = set()
    timetable = timetable_of(*(found or exact_tables(folder)), problem, gone)
    if gone and not timetable.placements and not timetable.enrolments:
        cure = "leave it out to begin anew, or choose a run of this school?"
        text = f"The run {name} is of another school: nothing of its timetable is in this one."
        raise DataError([Issue(text, cure=cure)])
    return timetable, tuple(_left_out(gone))


def _left_out(gone: Iterable[tuple[str, str]]) -> list[str]:
    """Say what was left out, in counts, since a note may be logged and a log names no student."""
    counts = Counter(kind for kind, _ in gone)
    if not counts:
        return []
    words = [f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in sorted(counts.items())]
    text = " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
    return [f"left out of the earlier timetable, since the school does not have them any more: {text}"]


def _kept(folder: Path) -> tuple[Table, Table] | None:
    """Return ``incumbent.json`` as the two tables that a finished run would have; None where it is not."""
    path = folder / INCUMBENT
    try:
        if not path.exists():
            return None
        if not path.is_file() or path.stat().st_size > LARGEST_FILE:
            raise _damaged("it is not the file of a run")
        data = json.loads(path.read_bytes())
    except FileNotFoundError:  # the run has just been finished
        return None
    except OSError as error:
        raise _damaged(f"it cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise _damaged("it is not JSON to the end") from None
    if not isinstance(data, dict):
        raise _damaged("it does not hold an object")
    return _table(data, "placements"), _table(data, "enrolments")


def _table(data: Mapping[str, Any], title: str) -> Table:
    columns, needed = _COLUMNS[title], _NEEDED[title]
    lines = data.get(title)
    if not isinstance(lines, list) or not all(_is_row(line, needed, len(columns)) for line in lines):
        raise _damaged(f"{title!r} is no list of rows of {needed} texts")
    rows = (Row(number, dict(zip(columns, line, strict=False))) for number, line in enumerate(lines, start=1))
    return Table(f"{INCUMBENT}, {title}", columns, tuple(rows))


def _is_row(line: object, least: int, most: int) -> bool:
    return (
        isinstance(line, Sequence)
        and not isinstance(line, str)
        and least <= len(line) <= most
        and all(isinstance(cell, str) for cell in line)
    )


def _damaged(what: str) -> DataError:
    cure = "take the file away and begin anew, or continue from another run?"
    return DataError([Issue(f"The kept timetable is damaged: {what}.", INCUMBENT, cure=cure)])
