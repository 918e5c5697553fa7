"""The text of a CSV file: decoded, split into records of cells, and put together again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from echelon_lib.domain.errors import DataError, Issue

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
SAVE_AGAIN = "save it again as 'CSV UTF-8 (comma delimited)'."

_BREAK = re.compile(r"\r\n|\r|\n")
_RISKY = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_NEEDS_ESCAPE = re.compile(rf"'*\s*[{_RISKY}]")
_IS_ESCAPED = re.compile(rf"'+\s*[{_RISKY}]")
_NEGATIVE = re.compile(r"-[0-9]+(?:\.[0-9]+)?")
_NEEDS_QUOTES = re.compile(r'[",;\x00-\x1f\x7f-\x9f]|^\s|\s$')
_SEPARATOR_LINE = re.compile(r'"?sep=([,;\t|])"?[^\S\r\n]*(?:\r\n|\r|\n|\Z)', re.IGNORECASE)
_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"\xef\xbb\xbf": "utf-8-sig",
}
_NOT_TEXT = {
    b"PK\x03\x04": "an Excel workbook or another zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "a compressed file",
    b"%PDF": "a PDF document",
}
_BALANCE = "close the quote, or double each quote that belongs to the text."


@dataclass(frozen=True, slots=True)
class Record:
    """One line of cells as it stands in the file, or the fault that kept it from being split."""

    line: int
    cells: list[str]
    quoted: bool = False
    fault: str | None = None
    cure: str | None = None

    @property
    def blank(self) -> bool:
        """Whether the line holds nothing but separators."""
        return not self.quoted and self.fault is None and not any(self.cells)


def read_cell(text: str) -> str:
    """Strip a cell and remove the apostrophe that keeps a spreadsheet from running it."""
    text = text.strip()
    return text[1:] if _IS_ESCAPED.match(text) else text


def escape_cell(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run; `read_cell` is the inverse.

    Plain negative numbers stay as they are.
    """
    return f"'{text}" if _NEEDS_ESCAPE.match(text) and not _NEGATIVE.fullmatch(text) else text


def joined_record(cells: Sequence[str]) -> str:
    """Return cells as one line of a CSV text, without its line end; a line of blanks is kept by quotes."""
    blank = not any(cells)
    return ",".join(_written(cell, quoted=blank) for cell in cells)


def _written(cell: str, *, quoted: bool) -> str:
    cell = escape_cell(cell)
    if quoted or _NEEDS_QUOTES.search(cell):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def decode(name: str, data: bytes) -> tuple[str, tuple[Issue, ...]]:
    """Return the text of a file, and what was noticed about its encoding.

    Raises
    ------
    DataError
        The bytes are no text, or their encoding cannot be told.
    """
    for start, kind in _NOT_TEXT.items():
        if data.startswith(start):
            raise _no_text(name, f"The file is {kind}, not a CSV text.")
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError as error:
                line = error.object.count(b"\n", 0, error.start) + 1
                message = f"The file begins as {encoding.upper()} but cannot be decoded to its end."
                raise _no_text(name, message, line) from None
            if encoding == "utf-8-sig":
                return text, ()
            return text, (Issue(f"The file was read as {encoding.upper()}.", name),)
    if data.count(0) * 4 > len(data):
        raise _no_text(name, "The file is full of NUL bytes; it may be UTF-16 without a byte order mark.")
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError as error:
        line = len(_BREAK.findall(data[: error.start].decode("latin-1"))) + 1
    if not data.decode("utf-8", errors="ignore").isascii():
        raise _no_text(name, "The file mixes UTF-8 with another encoding.", line)
    try:
        text, encoding = data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        text, encoding = data.decode("latin-1"), "Latin-1"
    message = f"The file is not UTF-8 and was read as {encoding}; accented letters begin at this row."
    return text, (Issue(message, name, line, cure=f"check the accented letters, or {SAVE_AGAIN}"),)


def _no_text(name: str, message: str, line: int | None = None) -> DataError:
    return DataError([Issue(message, name, line, cure=SAVE_AGAIN)])


def declared_delimiter(text: str) -> tuple[str, int] | None:
    """Return the delimiter that a first line ``sep=;`` names and where the text goes on, if there is one."""
    declared = _SEPARATOR_LINE.match(text)
    return (declared[1], declared.end()) if declared else None


def split_records(text: str, delimiter: str, position: int = 0, line: int = 1) -> Iterator[Record]:
    """Split a text into records; a record whose quotes do not balance ends with its line."""
    space = r"[^\S\r\n\t]" if delimiter == "\t" else r"[^\S\r\n]"
    mark = re.escape(delimiter)
    quoted_cell = re.compile(rf'{space}*"([^"]*+(?:""[^"]*+)*+)"{space}*(?={mark}|\r|\n|\Z)')
    opening = re.compile(rf'{space}*"')
    plain_cell = re.compile(rf"[^{mark}\r\n]*")
    nul = ("The row holds a NUL byte.", "the file is damaged; " + SAVE_AGAIN)
    balance = ("The quotes of the row do not balance.", _BALANCE)
    while position < len(text):
        found = _BREAK.search(text, position)
        stop, after = found.span() if found else (len(text), len(text))
        raw = text[position:stop]
        if '"' not in raw:
            fault, cure = nul if "\0" in raw else (None, None)
            yield Record(line, [read_cell(cell) for cell in raw.split(delimiter)], False, fault, cure)
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
        yield Record(begin, cells, quoted, fault, cure)
        found = _BREAK.match(text, at)
        position, line = (found.end() if found else len(text)), line + 1


def _rest_of_line(text: str, at: int) -> str:
    """Return the text from a position to the end of its line."""
    found = _BREAK.search(text, at)
    return text[at : found.start() if found else len(text)]
