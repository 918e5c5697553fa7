"""Tables in CSV files: read with every fault named, written whole and safe for spreadsheets."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher, get_close_matches
from pathlib import Path

from echelon_lib.domain.errors import DataError, Issue

LONGEST_CELL = 131_072
MOST_COLUMNS = 1_000
LARGEST_FILE = 200_000_000

_BREAK = re.compile(r"\r\n|\r|\n")
_RISKY = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_NEEDS_ESCAPE = re.compile(rf"'*\s*[{_RISKY}]")
_IS_ESCAPED = re.compile(rf"'+\s*[{_RISKY}]")
_NEGATIVE = re.compile(r"-[0-9]+(?:\.[0-9]+)?")
_NEEDS_QUOTES = re.compile(r'[",;\x00-\x1f\x7f-\x9f]|^\s|\s$')
_SEPARATOR_LINE = re.compile(r'"?sep=([,;\t|])"?[^\S\r\n]*(?:\r\n|\r|\n|\Z)', re.IGNORECASE)
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_NOT_TEXT = {
    b"PK\x03\x04": "an Excel workbook or another zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "a compressed file",
    b"%PDF": "a PDF document",
}
_SAVE_AGAIN = "save it again as 'CSV UTF-8 (comma delimited)'."
_MAY_READ = "you may not read it, or another program holds it open."
_BALANCE = "close the quote, or double each quote that belongs to the text."


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


@dataclass(frozen=True, slots=True)
class _Record:
    """One line of cells as it stands in the file, or the fault that kept it from being split."""

    line: int
    cells: list[str]
    quoted: bool = False
    fault: str | None = None
    cure: str | None = None

    @property
    def blank(self) -> bool:
        return not self.quoted and self.fault is None and not any(self.cells)


def shown(value: str, limit: int = 60) -> str:
    """Return the value in quotes for a message: control characters visible, shortened to ``limit``."""
    return repr(value if len(value) <= limit else value[: limit - 1] + "…")


def rows_in_words(lines: Sequence[int]) -> str:
    """Return ``row 3`` or ``rows 3, 4, 5 and 12 more``, naming at most ten."""
    if len(lines) == 1:
        return f"row {lines[0]}"
    more = f" and {len(lines) - 10} more" if len(lines) > 10 else ""
    return f"rows {', '.join(str(line) for line in lines[:10])}{more}"


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
    data, issue = _read_bytes(path)
    if data is None:
        return Table(path=path.name, issues=(issue,) if issue else ())
    digest = hashlib.sha256(data).hexdigest()
    notes: list[Issue] = []
    text, issue = _decode(path.name, data, notes)
    if text is None:
        return Table(path=path.name, issues=(issue,) if issue else (), notes=tuple(notes), sha256=digest)
    return _Reading(path.name, tuple(required), tuple(optional), accept_headers, notes).table(text, digest)


def read_cell(text: str) -> str:
    """Strip a cell and remove the apostrophe that keeps a spreadsheet from running it."""
    text = text.strip()
    return text[1:] if _IS_ESCAPED.match(text) else text


def escape_cell(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run; `read_cell` is the inverse.

    Plain negative numbers stay as they are.
    """
    return f"'{text}" if _NEEDS_ESCAPE.match(text) and not _NEGATIVE.fullmatch(text) else text


def write_table(path: str | Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file: UTF-8 without a byte order mark, commas, line feeds, all of it or nothing.

    `read_table` returns every text without white space at its ends as it was written; equal rows are
    read once.

    Raises
    ------
    DataError
        A row has not as many cells as there are columns, or a cell is too long or is not valid Unicode.
    """
    path = Path(path)
    lines = []
    for number, row in enumerate([columns, *rows], start=1):
        cells = [str(cell) for cell in row]
        if len(cells) != len(columns):
            message = f"{len(cells)} cells were to be written under {len(columns)} columns."
            raise DataError([Issue(message, path.name, number)])
        if any(len(cell) >= LONGEST_CELL for cell in cells):
            raise DataError([Issue(f"A cell has {LONGEST_CELL} characters or more.", path.name, number)])
        all_blank = not any(cells)
        lines.append(",".join(_written(cell, quoted=all_blank) for cell in cells))
    write_text_atomic(path, "\n".join([*lines, ""]))


def write_text_atomic(path: str | Path, text: str) -> None:
    """Write a text as UTF-8 so that a reader sees the old file or the whole new one, never a part.

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


def _written(cell: str, *, quoted: bool) -> str:
    cell = escape_cell(cell)
    if quoted or _NEEDS_QUOTES.search(cell):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _read_bytes(path: Path) -> tuple[bytes | None, Issue | None]:
    try:
        if path.is_dir():
            cure = "rename the folder and put the file in its place."
            return None, Issue(f"{path.name} is a folder; a file was expected.", path.name, cure=cure)
        if not path.exists():
            return None, Issue(f"The file {path.name} is missing.", path.name, cure=_nearest_file(path))
        if not path.is_file():
            return None, Issue(f"{path.name} is not a regular file.", path.name, cure=_nearest_file(path))
        size = path.stat().st_size
        if size > LARGEST_FILE:
            message = f"The file has {size} bytes; at most {LARGEST_FILE} are read."
            return None, Issue(message, path.name, value=str(size), cure="another file has this name.")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return None, Issue(f"The file {path.name} cannot be read: {reason}.", path.name, cure=_MAY_READ)
    if not data.strip():
        return None, Issue("The file is empty.", path.name, cure="it was not saved to the end.")
    return data, None


def _nearest_file(path: Path) -> str:
    try:
        names = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())
    except OSError:
        return f"put {path.name} into an existing folder."
    folded = {name.casefold(): name for name in names}
    near = get_close_matches(path.name.casefold(), folded, n=1, cutoff=0.75)
    if near:
        return f"rename '{folded[near[0]]}', which is in the folder, to '{path.name}'."
    return f"put {path.name} into the folder '{path.parent.name or path.parent}'."


def _decode(name: str, data: bytes, notes: list[Issue]) -> tuple[str | None, Issue | None]:
    for start, kind in _NOT_TEXT.items():
        if data.startswith(start):
            return None, Issue(f"The file is {kind}, not a CSV text.", name, cure=_SAVE_AGAIN)
    for mark, encoding in (
        (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"),
    ):  # fmt: skip
        if data.startswith(mark):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError as error:
                line = error.object.count(b"\n", 0, error.start) + 1
                message = f"The file begins as {encoding.upper()} but cannot be decoded to its end."
                return None, Issue(message, name, line, cure=_SAVE_AGAIN)
            if encoding != "utf-8-sig":
                notes.append(Issue(f"The file was read as {encoding.upper()}.", name))
            return text, None
    if data.count(0) * 4 > len(data):
        message = "The file is full of NUL bytes; it may be UTF-16 without a byte order mark."
        return None, Issue(message, name, cure=_SAVE_AGAIN)
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        line = len(_BREAK.findall(data[: error.start].decode("latin-1"))) + 1
    if not data.decode("utf-8", errors="ignore").isascii():
        message = "The file mixes UTF-8 with another encoding."
        return None, Issue(message, name, line, cure=_SAVE_AGAIN)
    try:
        text, encoding = data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        text, encoding = data.decode("latin-1"), "Latin-1"
    message = f"The file is not UTF-8 and was read as {encoding}; accented letters begin at this row."
    notes.append(Issue(message, name, line, cure=f"check the accented letters, or {_SAVE_AGAIN}"))
    return text, None


def _records(text: str, delimiter: str, position: int, line: int) -> Iterator[_Record]:
    """Split a text into records; a record whose quotes do not balance ends with its line."""
    space = r"[^\S\r\n\t]" if delimiter == "\t" else r"[^\S\r\n]"
    mark = re.escape(delimiter)
    quoted_cell = re.compile(rf'{space}*"([^"]*+(?:""[^"]*+)*+)"{space}*(?={mark}|\r|\n|\Z)')
    opening = re.compile(rf'{space}*"')
    plain_cell = re.compile(rf"[^{mark}\r\n]*")
    nul = ("The row holds a NUL byte.", "the file is damaged; " + _SAVE_AGAIN)
    balance = ("The quotes of the row do not balance.", _BALANCE)
    while position < len(text):
        found = _BREAK.search(text, position)
        stop, after = found.span() if found else (len(text), len(text))
        raw = text[position:stop]
        if '"' not in raw:
            fault, cure = nul if "\0" in raw else (None, None)
            yield _Record(line, [read_cell(cell) for cell in raw.split(delimiter)], False, fault, cure)
            position, line = after, line + 1
            continue
        cells: list[str] = []
        begin, at, quoted = line, position, False
        fault = cure = None
        while True:
            match = quoted_cell.match(text, at)
            if match:
                content, quoted = match[1].replace('""', '"'), True
                line += len(_BREAK.findall(content))
            elif opening.match(text, at):
                rest = _rest_of_line(text, at)
                cells.extend(read_cell(cell.strip(' "')) for cell in rest.split(delimiter))
                fault, cure = balance
                at += len(rest)
                break
            else:
                match = plain_cell.match(text, at)
                assert match is not None
                content = match[0]
                if "\0" in content:
                    fault, cure = nul
            cells.append(read_cell(content))
            at = match.end()
            if not text.startswith(delimiter, at):
                break
            at += 1
        yield _Record(begin, cells, quoted, fault, cure)
        found = _BREAK.match(text, at)
        position, line = (found.end() if found else len(text)), line + 1


def _rest_of_line(text: str, at: int) -> str:
    """Return the text from a position to the end of its line."""
    found = _BREAK.search(text, at)
    return text[at : found.start() if found else len(text)]


@dataclass(slots=True)
class _Reading:
    """The reading of one text as a table; issues and notes gather here."""

    path: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    accept_headers: bool
    notes: list[Issue]
    issues: list[Issue] = field(default_factory=list)

    def table(self, text: str, digest: str) -> Table:
        position, line, delimiter = 0, 1, self._best_delimiter(text)
        declared = _SEPARATOR_LINE.match(text)
        if declared:
            position, line, delimiter = declared.end(), 2, declared[1]
        if declared or delimiter != ",":
            self.notes.append(Issue(f"The cells are separated by {_DELIMITERS[delimiter]}.", self.path, 1))
        records = (record for record in _records(text, delimiter, position, line) if not record.blank)
        header = next(records, None)
        columns = self._columns(header) if header else None
        if header is None:
            self.issues.append(
                Issue("The file holds no header line.", self.path, line, cure="only empty cells were saved.")
            )
        if header is None or columns is None:
            return Table(self.path, issues=tuple(self.issues), notes=tuple(self.notes), sha256=digest)
        rows, dropped = self._rows(records, columns, header.line)
        wanted = {*self.required, *self.optional}
        named = tuple(column for column in columns if column)
        carried = tuple(column for column in named if column not in wanted)
        return Table(self.path, named, rows, carried, tuple(self.issues), tuple(self.notes), dropped, digest)

    def _best_delimiter(self, text: str) -> str:
        """Return the delimiter under which most wanted columns are found; the comma wins a draw."""
        wanted = {_letters(column) for column in (*self.required, *self.optional)}

        def fitting(delimiter: str) -> int:
            header = next((record for record in _records(text, delimiter, 0, 1) if not record.blank), None)
            return len(wanted & {_letters(cell) for cell in header.cells}) if header else 0

        return max((",", ";", "\t"), key=fitting)

    def _columns(self, header: _Record) -> list[str] | None:
        """Return the columns under the names asked for, or None when the header cannot be used."""
        if header.fault:
            self.issues.append(Issue(header.fault, self.path, header.line, cure=header.cure))
            return None
        titles = [cell.strip("\ufeff").strip() for cell in header.cells]
        if len(titles) > MOST_COLUMNS:
            message = f"The header has {len(titles)} columns; at most {MOST_COLUMNS} are read."
            cure = "the line breaks were lost; " + _SAVE_AGAIN
            self.issues.append(Issue(message, self.path, header.line, cure=cure))
            return None
        for title, count in Counter(titles).items():
            if title and count > 1:
                message = f"The header names the column {shown(title)} {count} times."
                cure = "delete the column that is not meant, or give it another title."
                self.issues.append(Issue(message, self.path, header.line, title, title, cure))
        columns = list(titles)
        near = _near_titles(titles, self.required, self.optional)
        for column, title in near.items():
            columns[titles.index(title)] = column
            message = f"The column {shown(title)} nearly fits {shown(column)}"
            if self.accept_headers:
                self.notes.append(
                    Issue(f"{message} and was read as it.", self.path, header.line, title, title)
                )
                continue
            cure = f"rename it to '{column}', or accept headers that nearly fit (accept_headers=True)."
            self.issues.append(Issue(f"{message}.", self.path, header.line, title, title, cure))
        left = [title for title in titles if title and title in columns and title not in self.required]
        for column in self.required:
            if column not in columns:
                here = ", ".join(shown(title, 40) for title in titles[:12]) or "nothing"
                message = f"The column {shown(column)} is missing; the header has {here}."
                guess = _likely_title(column, left)
                cure = (
                    f"'{guess}' is the column that is meant; rename it to '{column}'."
                    if guess
                    else f"add the column '{column}', or make the header the first line of the file."
                )
                self.issues.append(Issue(message, self.path, header.line, column, cure=cure))
        return columns if not self.required or set(self.required) & set(columns) else None

    def _rows(
        self, records: Iterable[_Record], columns: list[str], header_line: int
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


def _letters(title: str) -> str:
    return "".join(character for character in title.casefold() if character.isalnum())


def _singular(title: str) -> str:
    words = re.findall(r"[^\W_]+", title.casefold())
    return "".join(word[:-1] if len(word) > 2 and word.endswith("s") else word for word in words)


def _likeness(first: str, second: str) -> float:
    return SequenceMatcher(None, _letters(first)[:80], _letters(second)[:80]).ratio()


def _near_titles(
    titles: Sequence[str], required: Collection[str], optional: Collection[str]
) -> dict[str, str]:
    """Return the wanted columns whose title is not in the header, each with the one title near to it."""

    def typing_error(column: str, title: str) -> bool:
        if column in required:
            return _likeness(column, title) >= 0.8
        return min(len(_letters(column)), len(_letters(title))) >= 5 and _likeness(column, title) >= 0.83

    near: dict[str, str] = {}
    missing = [column for column in (*required, *optional) if column not in titles]
    free = [title for title in titles if title and title not in {*required, *optional}]
    for fits in (
        lambda column, title: _letters(column) == _letters(title),
        lambda column, title: _singular(column) == _singular(title),
        typing_error,
    ):
        for column in list(missing):
            candidates = [title for title in free if fits(column, title)]
            rivals = [other for other in missing if candidates and fits(other, candidates[0])]
            if len(candidates) == 1 and len(rivals) == 1:
                near[column] = candidates[0]
                missing.remove(column)
                free.remove(candidates[0])
    return near


def _likely_title(column: str, titles: Sequence[str]) -> str | None:
    """Return the title most like a missing column, for the cure only; it is never taken."""
    words = set(re.findall(r"[^\W_]+", column.casefold()))
    for title in titles:
        inside = set(re.findall(r"[^\W_]+", title.casefold()))
        if inside and inside <= words:
            return title
    best = max(titles, key=lambda title: _likeness(column, title), default=None)
    return best if best is not None and _likeness(column, best) >= 0.6 else None
