"""A run as one Excel workbook, in which nothing is ever a formula."""

from __future__ import annotations

import io
import math
import os
import re
import secrets
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.formats.csv_text import escape_cell
from echelon_lib.formats.run_tables import Sheet
from echelon_lib.formats.workbook_sheets import SUMMARY, Contents, Share, read_contents

if TYPE_CHECKING:
    from openpyxl import Workbook

MOST_ROWS = 1_048_576
"""Rows that a sheet of Excel can hold, its header included."""

MOST_COLUMNS = 16_384
LONGEST_TEXT = 32_767
"""UTF-16 units that a cell of Excel can hold."""

_CUT = "…"
_WIDEST, _NARROWEST = 48, 8
_LONGEST_AS_TEXT = 255  # in a cell of the format Text, older Excels show more than this as ####
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NO_XML = re.compile(r"[\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_EARLIEST = datetime(1980, 1, 1)


def workbook_of(run_folder: str | Path, *, most_rows: int = MOST_ROWS) -> bytes:
    """Return the workbook of a run folder; the same run gives the same bytes.

    The sheets hold what the CSV files of the folder hold, cell by cell: ids are texts with all their zeros,
    and texts that a spreadsheet would run are texts. A control character is shown by its picture, a text
    that is too long for a cell ends in an ellipsis, and where rows are too many the last one says so.
    Like the run folder, a workbook holds personal data.

    Parameters
    ----------
    run_folder
        The folder of a finished run.
    most_rows
        Rows that a sheet may have, its header included.

    Raises
    ------
    DataError
        The folder holds no finished run, or a file of it is missing or damaged.
    """
    from openpyxl import Workbook

    contents = read_contents(run_folder)
    book = Workbook(write_only=True)
    _add_styles(book)
    book.properties.creator = "Echelon"
    book.properties.title = storable(contents.first_line)
    book.properties.created = moment = _moment(contents.started)
    _write_summary(book, contents)
    for title, sheet in contents.sheets.items():
        _write_table(book, title, sheet, most_rows)
    made = io.BytesIO()
    book.save(made)
    return _steady(made, moment)


def write_workbook(run_folder: str | Path, path: str | Path, *, most_rows: int = MOST_ROWS) -> Path:
    """Write the workbook of a run folder to a new file, whole or not at all; return its path.

    Raises
    ------
    DataError
        The folder holds no finished run; or the file exists already, is not called ``.xlsx``, or cannot be
        written.
    """
    path = Path(path)
    if path.suffix.lower() != ".xlsx":
        message = f"{path.name!r} does not end in .xlsx, so a spreadsheet would refuse to open it."
        raise DataError([Issue(message, path.name, cure=f"{path.stem + '.xlsx'!r} was meant?")])
    if path.exists() or path.is_symlink():
        raise _taken(path)
    data = workbook_of(run_folder, most_rows=most_rows)
    temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _name(temporary, path)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        message = f"The workbook could not be written: {error.strerror or type(error).__name__}."
        cure = "free some space, or choose a folder that exists and is yours."
        raise DataError([Issue(message, path.name, value=str(path), cure=cure)]) from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    return path


def storable(text: str) -> str:
    """Return a text as a cell of Excel can hold it; what it cannot hold is replaced visibly."""
    text = _CONTROL.sub(_picture, text.replace("\r\n", "\n"))
    text = _NO_XML.sub("\ufffd", text)
    if len(text.encode("utf-16-le")) // 2 <= LONGEST_TEXT:
        return text
    kept = text.encode("utf-16-le")[: 2 * (LONGEST_TEXT - len(_CUT))]
    return kept.decode("utf-16-le", errors="ignore") + _CUT


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    return "␡" if code == 0x7F else chr(0x2400 + code)


# Sheets ------------------------------------------------------------------------------------------------


def _write_summary(book: Workbook, contents: Contents) -> None:
    widths = (42, 18, 16, 14, 14)
    sheet = _new_sheet(book, SUMMARY, widths, "portrait")
    room = sum(widths) / 1.3  # the letters of a title are wider
    sheet.merged_cells.add("A1:E1")
    sheet.row_dimensions[1].height = 18 * max(1, math.ceil(len(contents.first_line) / room))
    sheet.append([_cell(sheet, contents.first_line, "title")])
    for block in contents.summary:
        sheet.append([])
        sheet.append([_cell(sheet, title, "header") for title in block.columns])
        for row in block.rows:
            sheet.append([_cell(sheet, value, wide=sum(widths)) for value in row])


def _write_table(book: Workbook, title: str, table: Sheet, most_rows: int) -> None:
    from openpyxl.utils import get_column_letter

    columns, rows = list(table.columns), list(table.rows)
    if len(columns) > MOST_COLUMNS:
        message = f"The table has {len(columns):,} columns; a sheet holds at most {MOST_COLUMNS:,}."
        raise DataError([Issue(message, title, cure="use the CSV file of the run folder.")])
    more = 0
    if len(rows) + 1 > most_rows:
        kept = most_rows - 2
        more, rows = len(rows) - kept, rows[:kept]
    widths = _widths([columns, *rows])
    sheet = _new_sheet(book, title, widths, "landscape")
    sheet.freeze_panes = "B2"
    sheet.print_title_rows = "1:1"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(rows) + 1}"
    sheet.append([_cell(sheet, column, "header") for column in columns])
    for row in rows:
        sheet.append([_cell(sheet, value, wide=width) for value, width in zip(row, widths, strict=True)])
    if more:
        said = f"{more:,} more rows do not fit into a sheet; the CSV file of the run folder has all of them."
        sheet.append([_cell(sheet, said)])


def _new_sheet(book: Workbook, title: str, widths: Sequence[float], orientation: str) -> Any:
    """Return a sheet set up for screen and paper; Excel wants all of this before the first row."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet = book.create_sheet(title)
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.orientation = orientation
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    footer = sheet.HeaderFooter.oddFooter
    footer.left.text, footer.center.text, footer.right.text = "&A", "&F", "Page &P of &N"
    return sheet


def _widths(rows: Iterable[Sequence[object]]) -> list[float]:
    """Return how wide each column is, so that most texts are read without widening it."""
    longest: list[int] = []
    for row in rows:
        lengths = [max(map(len, str(cell).split("\n"))) for cell in row]
        longest = list(map(max, longest, lengths)) if longest else lengths
    return [float(min(_WIDEST, max(_NARROWEST, length + 3))) for length in longest]


# Cells -------------------------------------------------------------------------------------------------


def _add_styles(book: Workbook) -> None:
    from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill

    top, wrapped = Alignment(vertical="top"), Alignment(vertical="top", wrap_text=True)
    for name, format, alignment, font in (
        ("title", "General", wrapped, Font(bold=True, size=13)),
        ("header", "@", wrapped, Font(bold=True)),
        ("text", "@", top, Font()),
        ("wrapped", "@", wrapped, Font()),
        ("long", "General", wrapped, Font()),
        ("number", "General", top, Font()),
        ("whole", "#,##0", top, Font()),
        ("share", "0.00 %", top, Font()),
    ):
        style = NamedStyle(name=_style(name), number_format=format, alignment=alignment, font=font)
        if name == "header":
            style.fill = PatternFill("solid", fgColor="D9E2EC")
        book.add_named_style(style)


def _style(name: str) -> str:
    return f"Echelon {name}"


def _cell(sheet: Any, value: object, style: str | None = None, *, wide: float = _WIDEST) -> Any:
    """Return a cell with a style, or None for an empty one; whatever a text looks like, it is no formula."""
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, int | float) and not isinstance(value, bool):
        cell = WriteOnlyCell(sheet, float(value) if isinstance(value, Share) else value)
        kind = "share" if isinstance(value, Share) else "whole" if isinstance(value, int) else "number"
        cell.style = _style(style or kind)
        return cell
    text = storable(str(value))
    if not text:
        return None
    # Excel takes _x0041_ for an A unless its first underscore is written as _x005F_.
    written = _LOOKS_ESCAPED.sub("_x005F_", text)
    cell = WriteOnlyCell(sheet)
    cell.value = written if len(written) <= LONGEST_TEXT else written[: LONGEST_TEXT - len(_CUT)] + _CUT
    cell.data_type = "s"
    if style is None:
        broken = len(text) > wide or "\n" in text
        style = "long" if len(text) > _LONGEST_AS_TEXT else "wrapped" if broken else "text"
    cell.style = _style(style)
    if escape_cell(text) != text:
        cell.quotePrefix = True
    return cell


# The file ----------------------------------------------------------------------------------------------


def _moment(started: str | None) -> datetime:
    """Return the time that the workbook carries: that of its run, not that of its writing."""
    try:
        told = datetime.fromisoformat(started or "")
        moment = told.astimezone(UTC) if told.tzinfo else told
    except (ValueError, OverflowError):
        return _EARLIEST
    return moment.replace(tzinfo=None, microsecond=0)


def _steady(made: io.BytesIO, moment: datetime) -> bytes:
    """Return a workbook without any trace of when and where it was written."""
    steady = io.BytesIO()
    said = rf"\g<1>{moment:%Y-%m-%dT%H:%M:%SZ}".encode()
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(steady, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":
                data = _MODIFIED.sub(said, data)
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o600 << 16
            target.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return steady.getvalue()


def _name(temporary: Path, path: Path) -> None:
    """Give a finished file its name, unless something has that name: a plain rename would overwrite it."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        # A disk without hard links: what came there since it was looked at is seen, up to a moment.
        if path.exists() or path.is_symlink():
            raise FileExistsError(path) from None
        temporary.rename(path)


def _taken(path: Path) -> DataError:
    message = f"{str(path)!r} exists already, and nothing is overwritten."
    return DataError([Issue(message, cure="choose another name.")])
