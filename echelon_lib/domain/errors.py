"""Errors that name thing, value, place and cure, and come all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong with what was read.

    Parameters
    ----------
    message
        What is wrong, in one sentence, with the value that is wrong.
    path, row, column
        Where: file name, line of the file (the header is line 1) and column title.
    value
        The offending value as it was read.
    cure
        What would mend it; printed on the next line after "Maybe".
    harmless
        Nothing need be done: it was read as it was meant, and is only worth knowing.
    """

    message: str
    path: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    cure: str | None = None
    harmless: bool = False

    @property
    def place(self) -> str:
        """The place in words, such as ``Period.csv, row 3, column period_name``."""
        parts = [self.path or ""]
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column is not None:
            parts.append(f"column {self.column!r}")
        return ", ".join(part for part in parts if part)

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}" if self.place else self.message
        return f"{text}\n  Maybe {self.cure}" if self.cure else text


class EchelonError(Exception):
    """Base of every error that Echelon raises on purpose."""


class DataError(EchelonError):
    """Data that cannot be used; holds every issue found, not only the first."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues = tuple(issues)
        count = len(self.issues)
        head = "1 problem" if count == 1 else f"{count} problems"
        super().__init__("\n".join([f"{head} found:", *(str(issue) for issue in self.issues)]))


def suggest(value: str, known: Iterable[str]) -> str | None:
    """Return the known word nearest to ``value`` as a question, or None when nothing is near."""
    words = {word.casefold(): word for word in known}
    near = get_close_matches(value.strip().casefold(), list(words), n=1, cutoff=0.6)
    return f"{words[near[0]]!r} was meant?" if near else None
