"""What stands in the workbook of a run: its tables as typed cells, and a summary of its ``result.json``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.formats.csv_text import decode, split_records
from echelon_lib.formats.run_reading import RESULT, TIMETABLE, read_result
from echelon_lib.formats.run_tables import Sheet
from echelon_lib.formats.tables import LARGEST_FILE
from echelon_lib.formats.wording import shown

UNKNOWN = "unknown"


class Share(float):
    """A number that is shown in per cent."""


Cell: TypeAlias = str | int | float
"""A text, a number, or a ``Share``."""


@dataclass(frozen=True, slots=True)
class SheetOf:
    """A table of the run folder as a sheet.

    Parameters
    ----------
    title
        Name of the sheet.
    file
        The CSV file, below the run folder.
    content
        What a row of it is.
    numbers
        Columns that hold numbers; everything else is text, so that ids keep their zeros.
    timetable
        Whether it is written only where there is a timetable.
    optional
        Whether a run folder may do without it.
    """

    title: str
    file: str
    content: str
    numbers: tuple[str, ...] = ()
    timetable: bool = True
    optional: bool = False


_PRICES = SheetOf(
    "Prices paid",
    "Constraint_Violations.csv",
    "A rule that is missed somewhere, by how much, and what it costs",
    ("amount", "cost"),
)
_FINDINGS = SheetOf(
    "Findings",
    "findings.csv",
    "Something noticed in the files before the search",
    timetable=False,
    optional=True,
)

SHEETS = (
    SheetOf("Master schedule", "Master_Schedule.csv", "A section and the period in which it meets"),
    SheetOf("Week by teacher", "schedules/teacher_schedule.csv", "A teacher and what they teach when"),
    SheetOf(
        "Students",
        "schedules/student_schedule.csv",
        "A student and where they are when",
        ("grade", "grade level"),
    ),
    SheetOf(
        "Sections",
        "schedules/section_schedule.csv",
        "A section with its course, teacher, period, seats and students",
        ("seats", "enrolled"),
    ),
    SheetOf("Unmet requests", "unmet_requests.csv", "A request that is not met, and why"),
    _PRICES,
    _FINDINGS,
)
"""The sheets of a school."""

UNIVERSITY_SHEETS = (
    SheetOf("Timetable", TIMETABLE, "A session with day, hours, room, faculty and who comes", ("people",)),
    _PRICES,
    _FINDINGS,
)

SUMMARY = "Summary"

_STATUS = {
    "OPTIMAL": "proven: no timetable is better at any level",
    "FEASIBLE": "keeps every required rule; the time ran out before the proof",
    "INFEASIBLE": "no timetable can keep the required rules",
    "NO_TIMETABLE_FOUND": "the time ran out before a timetable was found",
    "CANCELLED": "stopped by hand; the best so far is kept",
}
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")


@dataclass(frozen=True, slots=True)
class Contents:
    """What stands in a workbook.

    Parameters
    ----------
    first_line
        The outcome in a sentence.
    started
        When the run began, as it recorded it; None where it did not.
    summary
        Blocks of the sheet in front, each with a header of its own.
    sheets
        The tables by the name of their sheet.
    """

    first_line: str
    started: str | None
    summary: tuple[Sheet, ...]
    sheets: Mapping[str, Sheet]


def read_contents(run_folder: str | Path) -> Contents:
    """Return what stands in the workbook of a run folder.

    Raises
    ------
    DataError
        The folder holds no finished run, or a file of it is missing or damaged; all issues at once.
    """
    folder = Path(run_folder)
    if not folder.is_dir():
        cure = "another name was meant, or the run failed to start?"
        raise DataError([Issue(f"The run folder {shown(str(folder), 120)} does not exist.", cure=cure)])
    record = read_result(folder)
    if record is None:
        cure = "the run is not finished, has failed, or a folder inside this one was meant?"
        raise DataError([Issue(f"{shown(str(folder), 120)} holds no finished run.", RESULT, cure=cure)])
    wanted = UNIVERSITY_SHEETS if record.get("institution") == "university" else SHEETS
    made = record.get("cost") is not None or (folder / wanted[0].file).exists()
    issues: list[Issue] = []
    sheets: dict[str, Sheet] = {}
    for sheet in wanted:
        path = folder / sheet.file
        if (sheet.timetable and not made) or (sheet.optional and not path.exists()):
            continue
        try:
            sheets[sheet.title] = _read(path, sheet)
        except DataError as error:
            issues.extend(error.issues)
    if issues:
        raise DataError(issues)
    started = record.get("started")
    return Contents(
        _text(record.get("first_line")),
        started if isinstance(started, str) else None,
        tuple(block for block in _summary(folder, record, sheets) if block.rows),
        sheets,
    )


# Tables ------------------------------------------------------------------------------------------------


def _read(path: Path, sheet: SheetOf) -> Sheet:
    """Return the rows of a file as they stand there, repeated ones included."""
    damaged = "it was damaged; copy the whole run folder again, or repeat the run?"
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise DataError(
                [Issue("The file is too large for the table of a run.", sheet.file, cure=damaged)]
            )
        data = path.read_bytes()
    except OSError as error:
        message = f"The file cannot be read: {error.strerror}."
        raise DataError([Issue(message, sheet.file, cure=damaged)]) from None
    text, _ = decode(sheet.file, data)
    records = [record for record in split_records(text, ",") if not record.blank]
    if not records:
        raise DataError([Issue("The file has no header.", sheet.file, cure=damaged)])
    columns = records[0].cells
    issues = [
        Issue(
            record.fault or f"The row has {len(record.cells)} cells where the header has {len(columns)}.",
            sheet.file,
            record.line,
            cure=damaged,
        )
        for record in records
        if record.fault or len(record.cells) != len(columns)
    ]
    if issues:
        raise DataError(issues)
    numeric = [column.strip().casefold() in sheet.numbers for column in columns]
    rows = [
        [_typed(cell) if number else cell for cell, number in zip(record.cells, numeric, strict=True)]
        for record in records[1:]
    ]
    return Sheet(columns, rows)


def _typed(cell: str) -> Cell:
    """Return a whole number that a spreadsheet holds exactly as a number; all else as it is."""
    return int(cell) if _WHOLE.fullmatch(cell) and cell != "-0" else cell


# Summary -----------------------------------------------------------------------------------------------


def _summary(folder: Path, record: Mapping[str, Any], sheets: Mapping[str, Sheet]) -> Iterator[Sheet]:
    yield Sheet(("Result", "This run", "Of", "Share", "Greedy"), list(_reached(record)))
    yield Sheet(("Cost by level", "Cost", "At least", "Gap", "Proven"), list(_levels(record)))
    yield Sheet(
        ("To notice",), [(_text(note),) for name in ("mismatches", "notes") for note in _list(record, name)]
    )
    stages = list(_stages(record))
    if stages:
        yield Sheet(("Stage", "Done by", "Seconds", "Clashes left", "Cost"), stages)
    yield Sheet(
        ("Sheet", "Rows", "What a row is"),
        [
            (one.title, len(list(sheets[one.title].rows)), one.content)
            for one in (*SHEETS, UNIVERSITY_SHEETS[0])
            if one.title in sheets
        ],
    )
    yield Sheet(("This run", ""), list(_run(folder, record)))
    inputs = _mapping(record, "inputs")
    yield Sheet(("File", "SHA-256"), [(name, _text(digest)) for name, digest in inputs.items()])


def _reached(record: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    numbers, greedy = _mapping(record, "summary"), _mapping(record, "greedy")
    status = _text(record.get("status"))
    university = record.get("institution") == "university"
    # Nothing is proven of the prices of a university, however long it is searched.
    meaning = "keeps every required rule" if university and status == "FEASIBLE" else _STATUS.get(status)
    yield ("Status", f"{status}: {meaning}" if meaning else status)
    if university:
        yield from _measured(numbers)
        yield ("Required rules broken", _broken(record), "", "", "")
        return
    for title, said, name, whole in (
        ("Requests met", record, "met", record.get("requests")),
        ("Requests filled, by an alternate too", record, "filled", record.get("requests")),
        ("Students with all they asked for", record, "complete", record.get("students")),
        ("Seats used", numbers, "enrolled", numbers.get("seats")),
        ("Sections placed", numbers, "placed", numbers.get("sections")),
        ("Sections below 75 % of their seats", numbers, "below_target", numbers.get("sections")),
        ("  of which no timetable could help", numbers, "structural", numbers.get("sections")),
    ):
        part, of, quick = _count(said.get(name)), _count(whole), _count(greedy.get(name))
        share = Share(math.floor(10_000 * part / of) / 10_000) if part is not None and of else ""
        yield (title, _known(part), _known(of), share, "" if quick is None else quick)
    yield ("Required rules broken", _broken(record), "", "", _broken(greedy) if greedy else "")


def _measured(numbers: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    """Yield how many sessions of a university have a place, and how good their places are."""
    placed, of = _count(numbers.get("meetings_placed")), _count(numbers.get("meetings"))
    share = Share(math.floor(10_000 * placed / of) / 10_000) if placed is not None and of else ""
    yield ("Sessions placed", _known(placed), _known(of), share, "")
    measures = _mapping(numbers, "quality")
    for name, value in measures.items():
        number = _number(value)
        if number is not None:
            yield (name.replace("_", " ").capitalize(), round(number, 2), "", "", "")


def _broken(said: Mapping[str, Any]) -> Cell:
    """Return the amount by which required rules are broken."""
    amounts = said.get("required")
    if not isinstance(amounts, dict):
        return UNKNOWN
    return sum(amount for given in amounts.values() if (amount := _count(given)) is not None)


def _levels(record: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    for number, level in enumerate(_list(record, "levels"), start=1):
        if not isinstance(level, dict):
            continue
        gap, proven = _number(level.get("gap")), level.get("proven")
        yield (
            f"Level {number}",
            _known(_number(level.get("cost"))),
            _known(_number(level.get("bound"))),
            UNKNOWN if gap is None else Share(math.ceil(10_000 * gap) / 10_000),
            "yes" if proven is True else "no" if proven is False else UNKNOWN,
        )


def _stages(record: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    """Yield what each stage of a search came to."""
    for one in _list(record, "stages"):
        if isinstance(one, dict):
            seconds = _number(one.get("seconds"))
            yield (
                _text(one.get("stage")),
                _text(one.get("strategy")),
                UNKNOWN if seconds is None else round(seconds, 2),
                _known(_number(one.get("clashes"))),
                _known(_number(one.get("cost"))),
            )


def _run(folder: Path, record: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    told, seconds = _mapping(record, "parameters"), _number(record.get("seconds"))
    limit, seed = _number(told.get("seconds")), _number(record.get("seed"))
    yield ("School", _text(record.get("problem")))
    yield ("Run folder", folder.resolve().name)
    yield ("Started", _text(record.get("started")).replace("T", " ").replace("+00:00", " UTC"))
    yield ("Seconds", UNKNOWN if seconds is None else round(seconds, 1))
    yield ("Seconds allowed", _known(limit))
    yield ("Solver", _text(record.get("solver")))
    yield ("Seed", _known(seed))
    yield ("Echelon", _text(_mapping(record, "versions").get("echelon")))


def _mapping(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = said.get(name)
    return value if isinstance(value, dict) else {}


def _list(said: Mapping[str, Any], name: str) -> list[Any]:
    value = said.get(name)
    return value if isinstance(value, list) else []


def _number(value: object) -> int | float | None:
    """Return a number that a spreadsheet can hold, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < 10**15 else None


def _count(value: object) -> int | None:
    number = _number(value)
    return number if isinstance(number, int) else None


def _known(value: int | float | None) -> Cell:
    return UNKNOWN if value is None else value


def _text(value: object) -> str:
    return UNKNOWN if value is None else str(value)
