"""Titles of columns: the ones asked for found in a header, those that nearly fit included."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from echelon_lib.domain.errors import Issue
from echelon_lib.formats.csv_text import SAVE_AGAIN, Record
from echelon_lib.formats.wording import shown

MOST_COLUMNS = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """The titles of columns that a reader asks for.

    Parameters
    ----------
    accept_near
        Take columns whose titles nearly fit, and note it.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    accept_near: bool = False

    def count_in(self, titles: Iterable[str]) -> int:
        """Return how many of the columns are among the titles, whatever their capitals and signs."""
        wanted = {_letters(column) for column in (*self.required, *self.optional)}
        return len(wanted & {_letters(title) for title in titles})


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a table, and what was wrong or noticed about their titles.

    Parameters
    ----------
    columns
        Titles in the order of the file, the ones asked for under the name they were asked by; None when the
        header cannot be used.
    """

    columns: tuple[str, ...] | None
    issues: tuple[Issue, ...] = ()
    notes: tuple[Issue, ...] = ()


def read_header(path: str, record: Record, wanted: Wanted) -> Header:
    """Return the columns of a header line, with every fault of its titles."""
    if record.fault:
        return Header(None, (Issue(record.fault, path, record.line, cure=record.cure),))
    titles = [cell.strip("\ufeff").strip() for cell in record.cells]
    if len(titles) > MOST_COLUMNS:
        message = f"The header has {len(titles)} columns; at most {MOST_COLUMNS} are read."
        cure = "the line breaks were lost; " + SAVE_AGAIN
        return Header(None, (Issue(message, path, record.line, cure=cure),))
    issues = list(_repeated(path, record.line, titles))
    notes: list[Issue] = []
    columns = list(titles)
    for column, title in _near_titles(titles, wanted.required, wanted.optional).items():
        columns[titles.index(title)] = column
        message = f"The column {shown(title)} nearly fits {shown(column)}"
        if wanted.accept_near:
            notes.append(Issue(f"{message} and was read as it.", path, record.line, title, title))
            continue
        cure = f"rename it to '{column}', or accept headers that nearly fit "
        cure += "(--accept-headers; accept_headers=True in Python)."
        issues.append(Issue(f"{message}.", path, record.line, title, title, cure))
    issues.extend(_missing(path, record.line, titles, columns, wanted.required))
    usable = not wanted.required or not set(wanted.required).isdisjoint(columns)
    return Header(tuple(columns) if usable else None, tuple(issues), tuple(notes))


def _repeated(path: str, line: int, titles: Sequence[str]) -> Iterator[Issue]:
    for title, count in Counter(titles).items():
        if title and count > 1:
            message = f"The header names the column {shown(title)} {count} times."
            cure = "delete the column that is not meant, or give it another title."
            yield Issue(message, path, line, title, title, cure)


def _missing(
    path: str, line: int, titles: Sequence[str], columns: Collection[str], required: Sequence[str]
) -> Iterator[Issue]:
    left = [title for title in titles if title and title in columns and title not in required]
    for column in required:
        if column not in columns:
            here = ", ".join(shown(title, 40) for title in titles[:12]) or "nothing"
            message = f"The column {shown(column)} is missing; the header has {here}."
            guess = _likely_title(column, left)
            cure = (
                f"'{guess}' is the column that is meant; rename it to '{column}'."
                if guess
                else f"add the column '{column}', or make the header the first line of the file."
            )
            yield Issue(message, path, line, column, cure=cure)


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
