"""Text files of benchmarks: their words by line, and a list of what is wrong with them."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from echelon_lib.domain.errors import DataError, Issue, suggest
from echelon_lib.formats.wording import shown

LARGEST_FILE = 50_000_000
ISSUES_SHOWN = 100

_INTEGER = re.compile(r"[+-]?[0-9]{1,12}")

Line = tuple[int, list[str]]


def read_lines(path: Path) -> Iterator[Line]:
    """Yield the words of each line that has any, with the number of the line; the file may be gzipped.

    Raises
    ------
    DataError
        The file is missing, too large, damaged or no UTF-8 text.
    """
    for number, line in enumerate(re.split(r"\r\n|\r|\n", _text(path)), start=1):
        words = line.split()
        if words:
            yield number, words


def _text(path: Path) -> str:
    try:
        if not path.exists():
            near = suggest(path.name, (file.name for file in path.parent.glob("*")))
            raise DataError(
                [
                    Issue(
                        f"The file {path.name} is missing.",
                        path.name,
                        cure=near or "another folder was meant?",
                    )
                ]
            )
        if not path.is_file():
            cure = "a file in the folder was meant?"
            raise DataError([Issue(f"{path.name} is not a regular file.", path.name, cure=cure)])
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
        if zipped:
            with gzip.open(path) as packed:
                data = packed.read(LARGEST_FILE + 1)
        else:
            with path.open("rb") as file:
                data = file.read(LARGEST_FILE + 1)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        text = f"The file {path.name} cannot be read: {reason}."
        raise DataError([Issue(text, path.name, cure="copy it again; it may be damaged.")]) from None
    if len(data) > LARGEST_FILE:
        text = f"The file has more than {LARGEST_FILE} bytes."
        raise DataError([Issue(text, path.name, cure="another file was meant?")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        cure = "save it again as plain text in UTF-8."
        raise DataError([Issue("The file is no UTF-8 text.", path.name, number, cure=cure)]) from None
    if "\0" in text:
        number = text.count("\n", 0, text.index("\0")) + 1
        cure = "the file is damaged, or is no text."
        raise DataError([Issue("The line holds a NUL byte.", path.name, number, cure=cure)])
    return text


@dataclass(slots=True)
class Faults:
    """Collects what is wrong with a file."""

    path: str
    issues: list[Issue] = field(default_factory=list)

    def add(
        self, message: str, row: int | None, value: str | None = None, *, cure: str | None = None
    ) -> None:
        """Note a fault at a line, where there is one."""
        self.issues.append(Issue(message, self.path, row, value=value, cure=cure))

    def finish(self) -> None:
        """Raise everything that was collected, in the order of the lines."""
        if not self.issues:
            return
        issues = sorted(self.issues, key=lambda issue: issue.row or 0)
        if len(issues) > ISSUES_SHOWN:
            rest = len(issues) - ISSUES_SHOWN
            issues = [*issues[:ISSUES_SHOWN], Issue(f"{rest} more problems are not shown.", self.path)]
        raise DataError(issues)

    def integer(self, text: str, what: str, row: int, low: int, high: int) -> int | None:
        """Return the whole number within its limits, or note what is wrong and return None."""
        if not _INTEGER.fullmatch(text):
            cure = f"a whole number from {low} to {high} was meant?"
            self.add(f"The {what} {shown(text)} is no whole number.", row, text, cure=cure)
            return None
        number = int(text)
        if not low <= number <= high:
            end = f"is not within {low} to {high}" if low <= high else "cannot be, there is none"
            cure = "days and periods count from 0." if what in {"day", "period"} else "it is a typing error?"
            self.add(f"The {what} {number} {end}.", row, text, cure=cure)
            return None
        return number

    def known(self, name: str, names: Iterable[str], what: str, row: int | None) -> bool:
        """Tell whether a name exists, and note it when it does not."""
        if name in names:
            return True
        # Looking for near names takes time, and nobody reads the hundredth suggestion.
        near = suggest(name, names) if len(self.issues) < ISSUES_SHOWN else None
        cure = near or f"it is missing from the list of {what}s of the instance."
        self.add(f"The {what} {shown(name)} is unknown.", row, name, cure=cure)
        return False
