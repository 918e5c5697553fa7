"""The folder of a run: complete as soon as it holds ``result.json``, and never overwritten.

``progress.json``, and ``incumbent.json`` until the end, are replaced as a whole each time. Every other file
is written under a temporary name and then renamed, ``result.json`` last.
"""

from __future__ import annotations

import json
import math
import platform
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import asdict, dataclass, is_dataclass
from enum import Enum
from importlib import metadata
from operator import index
from pathlib import Path, PurePosixPath
from typing import Protocol, SupportsFloat, SupportsIndex

from echelon_lib import __version__
from echelon_lib.domain.errors import EchelonError
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.incumbent import INCUMBENT
from echelon_lib.formats.run_reading import CLOSEST, RESULT, TIMETABLE, read_run
from echelon_lib.formats.run_tables import Sheet, answer_tables, readable_tables, violations_table
from echelon_lib.formats.session_table import session_table
from echelon_lib.formats.tables import write_table, write_text_atomic
from echelon_lib.formats.viewer import viewer_html
from echelon_lib.scoring.evaluate import Evaluation, evaluate

__all__ = ["PROGRESS", "RESULT", "RunExistsError", "RunFolder", "read_run", "write_run"]

PROGRESS = "progress.json"
_PACKAGES = ("gurobipy", "highspy", "ortools", "numba", "numpy", "pandas", "scipy", "plotly", "anthropic")


class RunExistsError(EchelonError, FileExistsError):
    """A run would have overwritten something."""


class LevelLike(Protocol):
    """What the folder records of a level; the type lives in ``echelon_lib.solvers.result``."""

    @property
    def level(self) -> int: ...
    @property
    def cost(self) -> int | None: ...
    @property
    def bound(self) -> int | None: ...
    @property
    def terms(self) -> tuple[str, ...]: ...
    @property
    def proven(self) -> bool: ...
    @property
    def gap(self) -> float | None: ...


class TracePointLike(Protocol):
    """A moment of the search."""

    @property
    def seconds(self) -> float: ...
    @property
    def level(self) -> int: ...
    @property
    def incumbent(self) -> int | None: ...
    @property
    def bound(self) -> int | None: ...


class ResultLike(Protocol):
    """What the folder records of a result; the type lives in ``echelon_lib.solvers.result``."""

    @property
    def status(self) -> Enum: ...
    @property
    def best(self) -> Timetable | None: ...
    @property
    def evaluation(self) -> Evaluation | None: ...
    @property
    def levels(self) -> Sequence[LevelLike]: ...
    @property
    def trace(self) -> Sequence[TracePointLike]: ...
    @property
    def runtime(self) -> float: ...
    @property
    def solver(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def mismatches(self) -> tuple[str, ...]: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def stages(self) -> Sequence[object]: ...
    @property
    def closest(self) -> Timetable | None: ...


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A folder that one run owns.

    Parameters
    ----------
    path
        The folder, which exists.
    """

    path: Path

    @classmethod
    def create(cls, path: str | Path) -> RunFolder:
        """Make the folder and take possession of it; of two runs that try at once, one fails.

        Raises
        ------
        RunExistsError
            The path is a file or a folder that holds something.
        """
        path = Path(path)
        try:
            path.mkdir(parents=True, exist_ok=True)
            if next(path.iterdir(), None) is not None:
                raise _exists(path)
            with (path / PROGRESS).open("x", encoding="utf-8") as file:
                file.write('{"phase": "created"}\n')
        except (FileExistsError, NotADirectoryError) as error:
            raise (error if isinstance(error, RunExistsError) else _exists(path)) from None
        return cls(path)

    @property
    def finished(self) -> bool:
        """Whether the run came to its end and every file is there."""
        return (self.path / RESULT).exists()

    def progress(self, state: Mapping[str, object]) -> None:
        """Replace ``progress.json``; a reader sees the old state or the new one, never a part."""
        write_text_atomic(self.path / PROGRESS, _json(state))

    def finish(
        self,
        problem: Problem,
        result: ResultLike,
        *,
        first_line: str,
        unmet: Iterable[Sequence[object]],
        summary: Mapping[str, object] | None = None,
        tables: Mapping[str, tuple[Sequence[str], Iterable[Sequence[object]]]] | None = None,
        inputs: Mapping[str, str] | None = None,
        parameters: Mapping[str, object] | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> Path:
        """Write the outcome of the run; return the folder.

        Parameters
        ----------
        problem
            The problem as it was solved. Where no student asks for anything, as at a university, the
            timetable is written as ``timetable.csv``, a row for each session.
        result
            Its result. Without a timetable there are only ``Constraint_Violations.csv``,
            ``unmet_requests.csv`` (both with a header alone) and ``result.json``, and the tables given; of a
            university also the answer that comes closest as ``closest.csv``, with the rules that it breaks.
        first_line
            The outcome in a sentence, as ``analysis.summary`` words it.
        unmet
            Rows of ``unmet_requests.csv``: student, course, reason, as ``analysis.requests`` finds them.
        summary
            More numbers for ``result.json``, under ``summary``.
        tables
            Further CSV files: columns and rows by file name, such as ``schedules/sections.csv``.
        inputs
            Hash of each input file by its name.
        parameters
            What the run was told: time limit, seed, rules and so on.
        extra
            Further entries of ``result.json``. None of this may name a student.

        Raises
        ------
        RunExistsError
            The run is finished already.
        ValueError
            A name in ``tables`` leaves the folder or is that of a file written here, or a name in
            ``extra`` is that of an entry written here.
        """
        if self.finished:
            raise _exists(self.path)
        left = list(unmet)
        sheets = {"Constraint_Violations.csv": violations_table(result.evaluation)}
        texts: dict[str, str] = {}
        if not problem.groups:
            sheets["unmet_requests.csv"] = Sheet(("Student ID", "Course ID", "Reason"), left)
        if problem.groups and result.best is not None:
            sheets[TIMETABLE] = session_table(problem, result.best)
        elif problem.groups and result.closest is not None:
            sheets[CLOSEST] = session_table(problem, result.closest)
            sheets["Constraint_Violations.csv"] = violations_table(evaluate(problem, result.closest))
        elif result.best is not None:
            sheets |= {**answer_tables(problem, result.best), **readable_tables(problem, result.best)}
            texts["viewer.html"] = viewer_html(problem, result.best, first_line=first_line, unmet=left)
        for name, (columns, rows) in (tables or {}).items():
            if not _is_free(name, {*sheets, *texts, RESULT, PROGRESS, INCUMBENT}):
                raise ValueError(f"tables: {name!r} is not the name of a further file of the run folder.")
            sheets[name] = Sheet(columns, rows)
        record = _record(problem, result, first_line)
        more = {"summary": summary, "inputs": inputs, "parameters": parameters}
        record |= {title: value or {} for title, value in more.items()}
        for title, value in (extra or {}).items():
            if title in record:
                raise ValueError(f"extra: {title!r} is an entry that result.json has already.")
            record[title] = value
        texts[RESULT] = _json(record)
        self._write(sheets, texts)
        with suppress(OSError):  # what is finished stays so
            (self.path / INCUMBENT).unlink(missing_ok=True)
        return self.path

    def _write(self, sheets: Mapping[str, Sheet], texts: Mapping[str, str]) -> None:
        """Write everything beside its place, then rename it; the last of the texts comes last."""
        beside = self.path / f".{secrets.token_hex(8)}.partial"
        try:
            for name, sheet in sheets.items():
                target = beside / name
                target.parent.mkdir(parents=True, exist_ok=True)
                write_table(target, list(sheet.columns), sheet.rows)
            for name, text in texts.items():
                write_text_atomic(beside / name, text)
            for name in (*sheets, *texts):
                target = self.path / name
                target.parent.mkdir(parents=True, exist_ok=True)
                (beside / name).replace(target)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def write_run(
    folder: str | Path,
    problem: Problem,
    result: ResultLike,
    *,
    first_line: str,
    unmet: Iterable[Sequence[object]],
    summary: Mapping[str, object] | None = None,
    tables: Mapping[str, tuple[Sequence[str], Iterable[Sequence[object]]]] | None = None,
    inputs: Mapping[str, str] | None = None,
    parameters: Mapping[str, object] | None = None,
    extra: Mapping[str, object] | None = None,
) -> Path:
    """Write a whole run folder at once: it appears under its name complete or not at all.

    The parameters are those of ``RunFolder.finish``.

    Raises
    ------
    RunExistsError
        The folder exists.
    """
    folder = Path(folder)
    if folder.exists() or folder.is_symlink():
        raise _exists(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise _exists(folder.parent) from None
    beside = folder.parent / f".{secrets.token_hex(8)}.partial"
    beside.mkdir()
    try:
        RunFolder(beside).finish(
            problem,
            result,
            first_line=first_line,
            unmet=unmet,
            summary=summary,
            tables=tables,
            inputs=inputs,
            parameters=parameters,
            extra=extra,
        )
        try:
            beside.rename(folder)
        except OSError:
            raise (_exists(folder) if folder.exists() else OSError(f"{folder} cannot be written.")) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder


def _exists(path: Path) -> RunExistsError:
    return RunExistsError(
        f"The run folder {path} exists already, and no run is ever overwritten.\n"
        "  Maybe choose another name, or leave it out and let one be made from time and inputs."
    )


def _is_free(name: str, used: Set[str]) -> bool:
    """Return whether a name may be given to a further table."""
    parts = PurePosixPath(name).parts
    plain = bool(parts) and not name.startswith("/") and not any(c in name for c in "\\:\0")
    return (
        plain
        and not any(part.startswith(".") for part in parts)
        and name.endswith(".csv")
        and str(PurePosixPath(name)).casefold() not in {one.casefold() for one in used}
    )


def _record(problem: Problem, result: ResultLike, first_line: str) -> dict[str, object]:
    found = result.evaluation
    terms = found.terms.values() if found is not None else ()
    return {
        "status": result.status.value,
        "first_line": first_line,
        "problem": problem.name,
        "feasible": None if found is None else found.feasible,
        "required": None if found is None else dict(found.required),
        "terms": {
            term.name: {"level": term.level, "amount": term.amount, "cost": term.cost} for term in terms
        },
        "cost": None if found is None else list(found.cost),
        "levels": [
            {
                "level": one.level,
                "cost": one.cost,
                "bound": one.bound,
                "gap": one.gap,
                "proven": one.proven,
                "terms": list(one.terms),
            }
            for one in result.levels
        ],
        "requests": len(problem.requests),
        "met": None if found is None else found.met,
        "filled": None if found is None else found.filled,
        "students": len(problem.requests_of),
        "complete": None if found is None else found.complete,
        "seconds": result.runtime,
        "solver": result.solver,
        "seed": result.seed,
        "versions": _versions(),
        "mismatches": list(result.mismatches),
        "notes": list(result.notes),
        "stages": list(result.stages),
        "trace": [[one.seconds, one.level, one.incumbent, one.bound] for one in result.trace],
    }


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "echelon": __version__}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _json(value: object) -> str:
    return json.dumps(_plain(value), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _plain(value: object) -> object:
    """Return a value as JSON knows it; a number that is none becomes null."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Set):
        return sorted((_plain(one) for one in value), key=str)
    if isinstance(value, Iterable):
        return [_plain(one) for one in value]
    if isinstance(value, SupportsIndex):
        return index(value)
    if isinstance(value, SupportsFloat):
        return _plain(float(value))
    return str(value)
