"""What may not leave the house: identifiers and names of people, flags, and counts of a few students."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from echelon_lib.formats.school_records import SchoolFiles, StudentRecord, TeacherRecord

FEWEST = 10
"""Students of whom a count may be told; of fewer, zero included, it says only that they are fewer."""
STEP = 5
"""Counts are told in steps of so many students."""
FOLDED = f"<{FEWEST}"
LONGEST_TITLE = 60

_FLAG_WORDS = (
    "sped",
    "iep",
    "504",
    "ell",
    "esl",
    "eld",
    "special ed",
    "special education",
    "english learner",
    "english learners",
    "english language learner",
    "english language learners",
    "english language development",
    "ells",
    "ieps",
)
_LONGEST_NAME = 4  # words; what is longer is a note, whose single words name nobody


def folded(count: int) -> int | str:
    """Return a count of students as it may be told: rounded down, so that no sum tells a small one."""
    return count - count % STEP if count >= FEWEST else FOLDED


def plain_text(text: str) -> str:
    """Return a text in one line, without control characters and the brackets of mark-up."""
    kept = "".join(
        " " if (kind := unicodedata.category(letter))[0] in "CZ" and kind != "Cf" else letter
        for letter in unicodedata.normalize("NFC", text)
        if unicodedata.category(letter) != "Cf" and letter not in "<>"
    )
    return " ".join(kept.split())


class Private:
    """Everything in the files of a school by which a person could be known.

    These are the identifiers of students and teachers, and what the further columns of their files say:
    a value that ten people share names nobody, unless its column is one of names.

    Parameters
    ----------
    files
        The files of the school.
    """

    def __init__(self, files: SchoolFiles) -> None:
        people: list[StudentRecord | TeacherRecord] = [*files.students, *files.teachers]
        phrases: set[tuple[str, ...]] = set()
        for one in people:
            phrases.add(_words(one.id))
            if not any(letter.isdecimal() for letter in one.id):
                phrases.update(_parts(_words(one.id)))
        columns = [row.extra for row in people]
        columns += [row.extra for row in files.preferences]
        columns += [row.extra for row in files.unavailability]
        columns += [
            {title: value for title, value in row.extra.items() if "teacher" in title.casefold()}
            for row in files.sections
        ]
        for words in _names(columns):
            phrases.add(words)
            phrases.update(_parts(words))
        self._phrases = frozenset(words for words in phrases if words)

    def found_in(self, text: str) -> bool:
        """Return whether a text holds any of it, as words of their own, or the word SPED in any manner."""
        return speaks_of_flags(text) or _holds(text, self._phrases)

    def title(self, text: str) -> str | None:
        """Return a title as it may be quoted; None where it has to stay in the house."""
        title = plain_text(text)
        return None if not title or self.found_in(title) else title[:LONGEST_TITLE].rstrip()


def names_in(files: SchoolFiles) -> Iterator[str]:
    """Yield the identifiers in the files of a school: of people, sections, courses and periods."""
    for rows in (files.students, files.teachers, files.sections):
        yield from (row.id for row in rows)
    yield from (row.course for row in files.sections)
    yield from (row.name for row in files.periods)


def speaks_of_flags(text: str) -> bool:
    """Return whether a text speaks of special education, of a plan of a student, or of language learners."""
    return "sped" in text.casefold() or _holds(text, _FLAGS)


def _words(text: str) -> tuple[str, ...]:
    """Return the words of a text, without accents and capitals."""
    letters = unicodedata.normalize("NFKD", plain_text(text))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return tuple(re.findall(r"[^\W_]+", bare.casefold()))


def _holds(text: str, phrases: frozenset[tuple[str, ...]]) -> bool:
    """Return whether a text holds one of some phrases as words of its own."""
    words, longest = _words(text), max(map(len, phrases), default=0)
    return any(
        words[at : at + length] in phrases
        for at in range(len(words))
        for length in range(1, min(longest, len(words) - at) + 1)
    )


def _parts(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the single words of a name, so that neither half of it is told."""
    if len(words) <= _LONGEST_NAME:
        yield from ((word,) for word in words if len(word) > 2 and not word.isdecimal())


def _names(columns: Iterable[Mapping[str, str]]) -> Iterator[tuple[str, ...]]:
    """Yield the values of further columns that may name somebody."""
    held: Counter[tuple[str, str]] = Counter()
    for row in columns:
        held.update((title, value.strip()) for title, value in row.items())
    for (title, value), count in held.items():
        words = _words(value)
        plain = len(value) <= 2 or all(word.isdecimal() for word in words)
        if not plain and (count < FEWEST or "name" in title.casefold()):
            yield words


_FLAGS = frozenset(map(_words, _FLAG_WORDS))
