"""A folder of CSV files, written whole and never over another one."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.formats.csv_text import Record
from echelon_lib.formats.headers import Wanted, read_header
from echelon_lib.formats.tables import write_table, write_text_atomic

Columns = tuple[str, ...]
Rows = tuple[tuple[str, ...], ...]
CellTexts = Mapping[str, str]


def table_of_cells(
    titles: tuple[Columns, Columns], carried: Iterable[str], rows: Iterable[tuple[CellTexts, CellTexts]]
) -> tuple[Columns, Rows]:
    """Return the columns and rows of a file; an optional column is there where something stands in it.

    Parameters
    ----------
    titles
        The required and the optional columns.
    carried
        Columns that are carried for display.
    rows
        Each as the cells that are read and those carried for display.
    """
    needed, optional = titles
    given = tuple(rows)
    shown_too = dict.fromkeys((*carried, *(title for _, more in given for title in more)))
    used = (title for title in optional if any(cells[title] for cells, _ in given))
    columns = (*needed, *used, *shown_too)
    # A carried title that is near to an optional one would be taken for it if that were left out.
    if read_header("", Record(1, [*columns]), Wanted(needed, optional)).issues:
        columns = (*needed, *optional, *shown_too)
    whole = ({**more, **cells} for cells, more in given)
    return columns, tuple(tuple(cells.get(title, "") for title in columns) for cells in whole)


def write_tables(
    folder: str | Path,
    tables: Mapping[str, tuple[Sequence[str], Iterable[Sequence[object]]]],
    *,
    texts: Mapping[str, str] | None = None,
) -> None:
    """Write tables, and texts beside them, into a new or empty folder: all of them or none.

    Each has the name of its file, which may stand in a folder of its own, such as ``answer/Period.csv``.

    Raises
    ------
    DataError
        The folder holds something already, is a file, or cannot be written to.
    """
    folder = Path(folder)
    try:
        folder = folder.resolve()
        if folder.exists() and not folder.is_dir():
            raise _refused(folder, "There is a file of this name, and nothing is overwritten.")
        if folder.is_dir() and any(folder.iterdir()):
            raise _refused(folder, "The folder is not empty, and nothing is overwritten.")
        new = not folder.exists()
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = (folder.parent if new else folder) / f".{secrets.token_hex(8)}.tmp"
        staging.mkdir()
        try:
            for name, (columns, rows) in tables.items():
                (staging / name).parent.mkdir(parents=True, exist_ok=True)
                write_table(staging / name, columns, rows)
            for name, text in (texts or {}).items():
                write_text_atomic(staging / name, text)
            if new:
                staging.rename(folder)
            else:
                _move_files(staging, folder)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refused(folder, f"The files could not be written: {reason}.") from error


def _move_files(staging: Path, folder: Path) -> None:
    """Move finished files into an empty folder, which may be a mounted one; take them back on a fault."""
    moved: list[Path] = []
    try:
        for file in sorted(staging.iterdir()):
            goal = folder / file.name
            if goal.exists():
                raise _refused(folder, "The folder was filled meanwhile, and nothing is overwritten.")
            file.rename(goal)
            moved.append(goal)
    except BaseException:
        for goal in moved:
            if goal.is_dir():
                shutil.rmtree(goal, ignore_errors=True)
            else:
                goal.unlink(missing_ok=True)
        raise


def _refused(folder: Path, message: str) -> DataError:
    cure = "choose the name of a new folder."
    return DataError([Issue(message, folder.name, value=str(folder), cure=cure)])
