"""Tables in CSV files: read with every fault named, written whole and safe for spreadsheets."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.formats.csv_text import (
    DELIMITERS,
    Record,
    declared_delimiter,
    decode,
    joined_record,
    split_records,
)
from echelon_lib.formats.headers import Wanted, read_header
from echelon_lib.formats.wording import rows_in_words

LONGEST_CELL = 131_072
LARGEST_FILE = 200_000_000

_MAY_READ = "you may not read it, or another program holds it open."


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Parameters
    ----------
    line
        Line of the file on which the row begins; the first line of the file is 1.
    cells
        Stripped text by column; columns that were not asked for are here too.
    """

    line: int
    cells: dict[str, str] = field(hash=False)

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def get(self, column: str) -> str:
        """Return the cell, or an empty text when the file has no such column."""
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Table:
    """What was read from one CSV file, with everything that was noticed on the way.

    Parameters
    ----------
    path
        Name of the file as messages show it.
    columns
        Columns in the order of the file; the ones asked for under the name they were asked by.
    rows
        The rows that could be read.
    carried
        Columns of the file that were not asked for; their values are in the rows.
    issues
        What makes the table unusable; empty when all is well.
    notes
        What was noticed and did no harm.
    dropped
        Cells of the rows that could not be read, so that a reader need not call their ids unknown.
    sha256
        Hash of the bytes of the file, or None when it could not be read.
    """

    path: str
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    carried: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
    notes: tuple[Issue, ...] = ()
    dropped: tuple[tuple[str, ...], ...] = ()
    sha256: str | None = None


def read_table(
    path: str | Path, *, required: Sequence[str], optional: Sequence[str] = (), accept_headers: bool = False
) -> Table:
    """Read a CSV file and name everything that is wrong with it.

    Nothing is raised for a bad file: the faults are in ``issues``, each with row, column and cure, and what
    was noticed without harm (encoding, delimiter, repeated rows) is in ``notes``. UTF-8, UTF-16 with a byte
    order mark and Windows-1252 are read, with any line ends. White space round headers and cells is removed;
    an apostrophe that `write_table` put before a formula is removed as well.

    Parameters
    ----------
    path
        The file.
    required, optional
        Column titles. A required column that is missing is an issue.
    accept_headers
        Take columns whose titles nearly fit (capitals, underscores, plurals, typing errors) and note it;
        otherwise each of them is an issue with a suggestion.
    """
    path = Path(path)
    return table_from(
        path.name,
        lambda: _read_bytes(path),
        required=required,
        optional=optional,
        accept_headers=accept_headers,
    )


def table_from(
    name: str,
    content: Callable[[], bytes],
    *,
    required: Sequence[str],
    optional: Sequence[str] = (),
    accept_headers: bool = False,
) -> Table:
    """Read a CSV file that lies elsewhere than on disk as ``read_table`` does; what is raised is an issue."""
    digest = None
    try:
        data = content()
        if not data.strip():
            raise DataError([Issue("The file is empty.", name, cure="it was not saved to the end.")])
        digest = hashlib.sha256(data).hexdigest()
        text, notes = decode(name, data)
    except DataError as error:
        return Table(name, issues=error.issues, sha256=digest)
    wanted = Wanted(tuple(required), tuple(optional), accept_headers)
    return _Reading(name, wanted, list(notes)).table(text, digest)


def write_table(path: str | Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file: UTF-8 without a byte order mark, commas, line feeds, all of it or nothing.

    `read_table` returns every text without white space at its ends as it was written; equal rows are
    read once.

    Raises
    ------
    DataError
        A row has not as many cells as there are columns, or a cell is too long or is not valid Unicode.
    """
    write_text_atomic(path, table_text(Path(path).name, columns, rows))


def table_text(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return the text of a CSV file of some name, as ``write_table`` writes it; raises DataError like it."""
    lines = []
    for number, row in enumerate([columns, *rows], start=1):
        cells = [str(cell) for cell in row]
        if len(cells) != len(columns):
            message = f"{len(cells)} cells were to be written under {len(columns)} columns."
            raise DataError([Issue(message, name, number)])
        if any(len(cell) >= LONGEST_CELL for cell in cells):
            raise DataError([Issue(f"A cell has {LONGEST_CELL} characters or more.", name, number)])
        lines.append(joined_record(cells))
    return "\n".join([*lines, ""])


def write_text_atomic(path: str | Path, text: str) -> None:
    """Write a text as UTF-8 like ``write_bytes_atomic``.

    Raises
    ------
    DataError
        The text cannot be written as UTF-8 (it holds a lone surrogate).
    OSError
        The folder does not exist or cannot be written to.
    """
    path = Path(path)
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        message = f"The character {text[error.start]!r} cannot be written as UTF-8."
        raise DataError([Issue(message, path.name, line)]) from None
    write_bytes_atomic(path, data)


def write_bytes_atomic(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old one or the whole new one, never a part.

    Raises
    ------
    OSError
        The folder does not exist or cannot be written to.
    """
    temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _read_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            cure = "rename the folder and put the file in its place."
            raise _unread(path, f"{path.name} is a folder; a file was expected.", cure)
        if not path.exists():
            raise _unread(path, f"The file {path.name} is missing.", _nearest_file(path))
        if not path.is_file():
            raise _unread(path, f"{path.name} is not a regular file.", _nearest_file(path))
        size = path.stat().st_size
        if size > LARGEST_FILE:
            message = f"The file has {size} bytes; at most {LARGEST_FILE} are read."
            raise _unread(path, message, "another file has this name.", str(size))
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _unread(path, f"The file {path.name} cannot be read: {reason}.", _MAY_READ) from None


def _unread(path: Path, message: str, cure: str, value: str | None = None) -> DataError:
    return DataError([Issue(message, path.name, value=value, cure=cure)])


def _nearest_file(path: Path) -> str:
    try:
        names = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())
    except OSError:
        return f"put {path.name} into an existing folder."
    return cure_of_missing(path.name, names, path.parent.name or str(path.parent))


def cure_of_missing(name: str, others: Iterable[str], folder: str) -> str:
    """Return what would mend that a folder holds no file of a name, but others."""
    folded = {other.casefold(): other for other in others}
    near = get_close_matches(name.casefold(), folded, n=1, cutoff=0.75)
    if near:
        return f"rename '{folded[near[0]]}', which is in the folder, to '{name}'."
    return f"put {name} into the folder '{folder}'."


@dataclass(slots=True)
class _Reading:
    """The reading of one text as a table; issues and notes gather here."""

    path: str
    wanted: Wanted
    notes: list[Issue]
    issues: list[Issue] = field(default_factory=list)

    def table(self, text: str, digest: str) -> Table:
        """Return what the text holds."""
        declared = declared_delimiter(text)
        delimiter, position = declared or (self._best_delimiter(text), 0)
        line = 2 if declared else 1
        if declared or delimiter != ",":
            self.notes.append(Issue(f"The cells are separated by {DELIMITERS[delimiter]}.", self.path, 1))
        records = (record for record in split_records(text, delimiter, position, line) if not record.blank)
        first = next(records, None)
        if first is None:
            cure = "only empty cells were saved."
            self.issues.append(Issue("The file holds no header line.", self.path, line, cure=cure))
            return self._table(digest)
        header = read_header(self.path, first, self.wanted)
        self.issues.extend(header.issues)
        self.notes.extend(header.notes)
        if header.columns is None:
            return self._table(digest)
        rows, dropped = self._rows(records, header.columns, first.line)
        return self._table(digest, tuple(column for column in header.columns if column), rows, dropped)

    def _table(
        self,
        digest: str,
        columns: tuple[str, ...] = (),
        rows: tuple[Row, ...] = (),
        dropped: tuple[tuple[str, ...], ...] = (),
    ) -> Table:
        wanted = {*self.wanted.required, *self.wanted.optional}
        carried = tuple(column for column in columns if column not in wanted)
        return Table(
            self.path, columns, rows, carried, tuple(self.issues), tuple(self.notes), dropped, digest
        )

    def _best_delimiter(self, text: str) -> str:
        """Return the delimiter under which most wanted columns are found; the comma wins a draw."""

        def fitting(delimiter: str) -> int:
            first = next((record for record in split_records(text, delimiter) if not record.blank), None)
            return self.wanted.count_in(first.cells) if first else 0

        return max((",", ";", "\t"), key=fitting)

    def _rows(
        self, records: Iterable[Record], columns: Sequence[str], header_line: int
    ) -> tuple[tuple[Row, ...], tuple[tuple[str, ...], ...]]:
        rows: list[Row] = []
        dropped: list[tuple[str, ...]] = []
        seen: set[tuple[str, ...]] = set()
        repeated: list[int] = []
        overlong: list[int] = []
        untitled: set[int] = set()
        for record in records:
            cells = record.cells
            if len(cells) > len(columns) and not any(cells[len(columns) :]):
                overlong.append(record.line)
                cells = cells[: len(columns)]
            fault, cure = record.fault, record.cure
            if fault is None and len(cells) != len(columns):
                count = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
                fault = f"The row has {count} where the header has {len(columns)}."
                cure = "a comma is missing or one too many; put quotes round a cell that holds a comma."
            if fault is None and any(len(cell) >= LONGEST_CELL for cell in cells):
                fault = f"A cell has {LONGEST_CELL} characters or more."
                cure = "a quote was opened and not closed."
            if fault:
                self.issues.append(Issue(fault, self.path, record.line, cure=cure))
                dropped.append(tuple(cells))
                continue
            key = tuple(cells)
            if key in seen:
                repeated.append(record.line)
                continue
            seen.add(key)
            untitled.update(i for i, column in enumerate(columns) if not column and cells[i])
            by_title = {column: cell for column, cell in zip(columns, cells, strict=True) if column}
            rows.append(Row(record.line, by_title))
        for index in sorted(untitled):
            message = f"Column {index + 1} holds values but has no title."
            cure = "give it a title, or delete the column."
            self.issues.append(Issue(message, self.path, header_line, cure=cure))
        for message, lines in (
            ("Rows that repeat an earlier row cell by cell were read once", repeated),
            ("Rows end in empty cells beyond the last column, which were not read", overlong),
        ):
            if lines:
                self.notes.append(Issue(f"{message}: {rows_in_words(lines)}.", self.path, lines[0]))
        if not rows and not dropped:
            self.notes.append(Issue("The file holds a header and no rows.", self.path))
        return tuple(rows), tuple(dropped)
