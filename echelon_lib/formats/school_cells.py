"""The cells of rows, of a school or a university: read by their kind, every fault kept with its place."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from echelon_lib.domain.errors import Issue
from echelon_lib.formats.school_names import LONGEST_ID, Names, alike
from echelon_lib.formats.tables import Row, Table
from echelon_lib.formats.wording import rows_in_words, shown

YES = frozenset({"yes", "y", "true", "1"})
NO = frozenset({"no", "n", "false", "0"})
Word = TypeVar("Word", bound=str)

_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_WHOLE = re.compile(r"([0-9]{1,12})(\.0+)?")


@dataclass(frozen=True, slots=True)
class Findings:
    """What is found while files are read: issues, notes, and rows that share one note."""

    issues: list[Issue] = field(default_factory=list)
    notes: list[Issue] = field(default_factory=list)
    tallies: dict[tuple[str, str | None, str], list[int]] = field(default_factory=lambda: defaultdict(list))

    def all_notes(self) -> list[Issue]:
        """Return the notes, those that rows share at the end and once each."""
        shared = [
            Issue(f"{message} ({rows_in_words(lines)}).", path, lines[0], column)
            for (path, column, message), lines in self.tallies.items()
        ]
        return [*self.notes, *shared]


@dataclass(frozen=True, slots=True)
class Cells:
    """One row, read cell by cell; a cell that cannot be what it should be is an issue."""

    table: Table
    row: Row
    findings: Findings

    @property
    def line(self) -> int:
        """The line of the file on which the row begins."""
        return self.row.line

    @property
    def extra(self) -> dict[str, str]:
        """The cells carried for display."""
        return {column: self.row[column] for column in self.table.carried}

    def problem(self, column: str, message: str, cure: str) -> None:
        """Record an issue with the value that stands in the cell."""
        value = self.row.get(column)[:LONGEST_ID]
        self.findings.issues.append(Issue(message, self.table.path, self.line, column, value, cure))

    def tally(self, column: str, message: str) -> None:
        """Record something harmless; rows with the same message become one note."""
        self.findings.tallies[self.table.path, column, message].append(self.line)

    def has(self, column: str) -> bool:
        """Tell whether the file has the column."""
        return column in self.table.columns

    def raw(self, column: str) -> str:
        """Return a cell as it stands, for a column that was checked before."""
        return self.row.get(column)

    def text(self, column: str) -> str:
        """Return a cell, having refused characters that nobody sees."""
        text = self.row.get(column)
        hidden = invisible(text)
        if hidden:
            message = f"{shown(text)} holds the invisible character {hidden}."
            self.problem(column, message, "type the text again by hand.")
        return text

    def identifier(self, column: str, forbidden: str = "") -> str:
        """Return an id, having refused a blank, an overlong one and one that holds a separator."""
        text = self.text(column)
        if not self.has(column):
            return text
        bad = [sign for sign in forbidden if sign in text]
        if not text:
            self.problem(column, f"The cell {shown(column)} is blank.", "fill it in, or delete the row.")
        elif len(text) > LONGEST_ID:
            self.problem(column, f"{shown(text)} is longer than {LONGEST_ID} characters.", "shorten it.")
        elif bad:
            message = f"{shown(text)} holds {shown(bad[0])}, which separates the names in other files."
            self.problem(column, message, "use another character; nobody could refer to it.")
        return text

    def reference(self, column: str, name: str, names: Names) -> str:
        """Return a name, having refused one that is not among the names."""
        fault = names.fault(name)
        if fault is not None:
            self.problem(column, *fault)
        return name

    def whole(self, column: str, least: int, most: int, *, may_be_blank: bool = True) -> int | None:
        """Return a whole number; ``25.0``, as spreadsheets write it, is taken and noted."""
        text = self.row.get(column)
        if not self.has(column) or (may_be_blank and not text):
            return None
        match = _WHOLE.fullmatch(text)
        if match is None or not least <= int(match[1]) <= most:
            message = f"{shown(text)} is not a whole number from {least} to {most:,}."
            self.problem(column, message, "write digits only, such as 25.")
            return None
        if match[2]:
            self.tally(column, "Whole numbers are written with '.0' and were read as whole")
        return int(match[1])

    def yes_no(self, column: str, *, may_be_blank: bool = True) -> bool | None:
        """Return True, False, or None where nothing is said."""
        text = self.row.get(column)
        if not self.has(column) or (may_be_blank and not text):
            return None
        if text.casefold() in YES or text.casefold() in NO:
            return text.casefold() in YES
        message = f"{shown(text)} is neither yes nor no." if text else f"The cell {shown(column)} is blank."
        cure = "write Yes or No (Y, N, True, False, 1 and 0 are read as well)."
        self.problem(column, message, cure)
        return None

    def one_of(self, column: str, words: Sequence[Word], *, may_be_blank: bool = True) -> Word | None:
        """Return the one of several words that stands in the cell, in whatever capitals."""
        text = self.row.get(column)
        if not self.has(column) or (may_be_blank and not text):
            return None
        spoken = " ".join(text.casefold().split())
        for word in words:
            if spoken == word.casefold():
                return word
        listed = " or ".join([", ".join(words[:-1]), words[-1]])
        message = f"{shown(text)} is not {listed}." if text else f"The cell {shown(column)} is blank."
        self.problem(column, message, f"write {listed}.")
        return None


def invisible(text: str) -> str:
    """Return the first character of a text that nobody sees, as ``U+200B``; empty where there is none."""
    if text.isprintable():
        return ""
    return next((f"U+{ord(sign):04X}" for sign in text if unicodedata.category(sign) in _INVISIBLE), "")


def pieces(text: str, separators: str) -> list[str]:
    """Return the parts of a text between separators, without white space at their ends."""
    return [piece.strip() for piece in re.split(f"[{re.escape(separators)}]", text)]


def listed(
    cells: Cells, column: str, separators: str, things: str, names: Names | None = None
) -> tuple[str, ...]:
    """Return what a cell lists, each once; where names are given, an unknown one is an issue."""
    entries = pieces(cells.text(column), separators)
    named = [entry for entry in entries if entry]
    if names is not None:
        for entry in named:
            cells.reference(column, entry, names)
    if named and len(named) < len(entries):
        cells.tally(column, "Empty entries were skipped")
    once = tuple(dict.fromkeys(named))
    if len(once) < len(named):
        cells.tally(column, f"{things} that are named twice were read once")
    return once


def named_periods(cells: Cells, column: str, separators: str, periods: Names) -> tuple[str, ...]:
    """Return the periods that a cell names, each once; an unknown one is an issue."""
    return listed(cells, column, separators, "Periods", periods)


def distinct(table: Table, column: str, findings: Findings, forbidden: str = "") -> Iterator[Cells]:
    """Yield the rows with a new id; an id that comes again in another row is an issue."""
    first: dict[str, Row] = {}
    for row in table.rows:
        cells = Cells(table, row, findings)
        name = cells.identifier(column, forbidden)
        earlier = first.setdefault(name, row) if name else row
        if earlier is row:
            yield cells
            continue
        differing = [title for title in table.columns if row[title] != earlier[title]]
        message = (
            f"{shown(name)} stands in row {earlier.line} already, with another"
            f" {' and '.join(shown(title) for title in differing)}."
        )
        cells.problem(column, message, "delete one of the rows, or give it its own id.")
    for group in alike({name: row.line for name, row in first.items()}):
        lines = list(group.values())
        message = f"Ids that differ in capitals or spaces only: {rows_in_words(lines)}."
        findings.notes.append(Issue(message, table.path, lines[0], column))
