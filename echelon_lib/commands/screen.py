"""What the command says: tables and sentences on a terminal, one JSON document for programs."""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame
    from rich.console import Console

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
UNKNOWN = "–"
FOLDER = "Folder with the files of the school or university, or s3://bucket/prefix."
FIRST_DAY = "First day of teaching, such as 2026-09-07."
WEEKS = "Weeks of teaching in the calendars."
RULES = "TOML file with the rules, or its s3:// address."


def clean(text: object) -> str:
    """Return a text that cannot steer a terminal and can be written in any encoding of Unicode."""
    plain = str(text).encode("utf-8", "replace").decode("utf-8")
    return _CONTROLS.sub("\ufffd", plain)


class Screen:
    """Where a command writes.

    Parameters
    ----------
    as_json
        Keep standard output for one JSON document: sentences and tables are left out.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json

    @cached_property
    def out(self) -> Console:
        """The console of results."""
        return _console(stderr=False)

    @cached_property
    def err(self) -> Console:
        """The console of progress and errors."""
        return _console(stderr=True)

    def say(self, text: object = "", *, bold: bool = False) -> None:
        """Write a sentence, unless JSON is wanted."""
        if not self.as_json:
            self.out.print(clean(text), style="bold" if bold else None, soft_wrap=True)

    def note(self, text: object) -> None:
        """Write a sentence beside the results."""
        self.err.print(clean(text), soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
        """Write a table, unless JSON is wanted; numbers are aligned to the right."""
        if self.as_json:
            return
        from rich import box
        from rich.table import Table
        from rich.text import Text

        lines = [list(row) for row in rows]
        table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, highlight=False)
        for index, column in enumerate(columns):
            cells = [row[index] for row in lines]
            numeric = bool(cells) and all(isinstance(cell, int | float) or cell is None for cell in cells)
            table.add_column(Text(clean(column)), justify="right" if numeric else "left", overflow="fold")
        for row in lines:
            table.add_row(*(Text(clean(shown(cell))) for cell in row))
        self.out.print(table)

    def frame(self, table: DataFrame, *, title: str = "") -> None:
        """Write a data frame, unless JSON is wanted."""
        if not self.as_json:
            plain = table.astype(object)
            rows = plain.where(plain.notna(), None).itertuples(index=False, name=None)
            self.table(list(table), rows, title=title)

    def document(self, value: Mapping[str, Any]) -> None:
        """Write the JSON document, if one is wanted."""
        if self.as_json:
            text = json.dumps(_plain(value), indent=2, ensure_ascii=True, allow_nan=False)
            sys.stdout.write(text + "\n")
            sys.stdout.flush()


def shown(value: object) -> str:
    """Return a value for a cell: whole numbers with separators, nothing known as a dash."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return str(value)


def share(value: float | None) -> str:
    """Return a gap or another share in per cent."""
    return UNKNOWN if value is None else f"{100 * value:.1f} %"


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    class Steady(Console):
        """A console whose reader may go away: a closed pipe must not end a run."""

        def on_broken_pipe(self) -> None:
            self.quiet = True
            stream = sys.stderr if stderr else sys.stdout
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, not a path of ours
                os.dup2(nowhere.fileno(), stream.fileno())

    return Steady(stderr=stderr, markup=False, emoji=False, highlight=False)


def _plain(value: object) -> object:
    """Return a value as JSON knows it; a number that is none becomes null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, str | int):
        return value
    return str(value)
