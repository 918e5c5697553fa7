"""Codes in place of names: S1 and T2 leave the house, sections and teachers come back."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from typing import Literal

Sort = Literal["section", "teacher", "course", "department", "period"]

_LETTERS: dict[Sort, str] = {"section": "S", "teacher": "T", "course": "C", "department": "D", "period": "P"}
CODE = re.compile(r"(?<![^\W_])([STCDP])([1-9][0-9]{0,5})(?![^\W_])")
"""A code in a text, as a word of its own."""
_WORD_AT_END = re.compile(r"[^\W_]+\Z")


class Codebook:
    """Codes of one session, given in the order in which things are first spoken of.

    A name keeps its code as long as the book lives, so that later rounds speak of the same things.
    """

    def __init__(self) -> None:
        self._avoided: set[str] = set()
        self._codes: dict[Sort, dict[str, str]] = {sort: {} for sort in _LETTERS}
        self._names: dict[str, tuple[Sort, str]] = {}

    def code(self, sort: Sort, name: str) -> str:
        """Return the code of a name, a new one where it has none."""
        known = self._codes[sort]
        if name not in known:
            numbers = itertools.count(len(known) + 1)
            codes = (f"{_LETTERS[sort]}{number}" for number in numbers)
            known[name] = next(one for one in codes if one not in self._names and one not in self._avoided)
            self._names[known[name]] = sort, name
        return known[name]

    def avoid(self, names: Iterable[str]) -> None:
        """Give no code from now on that is a name already, such as T1 where a teacher is called T1."""
        self._avoided.update(name.upper() for name in names)

    def name(self, sort: Sort, code: str) -> str | None:
        """Return the name behind a code; None where there is no such code of this sort."""
        found = self._names.get(code)
        return found[1] if found is not None and found[0] == sort else None

    def named(self, text: str) -> str:
        """Return a text with the names in place of the codes; what is no code stays."""
        return CODE.sub(lambda match: self._names.get(match[0], ("", match[0]))[1], text)

    def codes_in(self, text: str) -> frozenset[str]:
        """Return everything in a text that looks like a code, whether it is one or not."""
        return frozenset(match[0] for match in CODE.finditer(text))

    def coded(self, text: str, names: Iterable[tuple[Sort, str]]) -> str:
        """Return a text with codes in place of the given names, the longest first."""
        sorts: dict[str, Sort] = {}
        for sort, name in names:
            if name.strip():
                sorts.setdefault(name, sort)
        words = "|".join(re.escape(name) for name in sorted(sorts, key=len, reverse=True))
        if not words:
            return text
        return re.sub(
            rf"(?<![^\W_])(?:{words})(?![^\W_])", lambda match: self.code(sorts[match[0]], match[0]), text
        )


class Teller:
    """Tells a text that comes in pieces, with names for codes; a code that may go on waits for its end."""

    def __init__(self, codebook: Codebook) -> None:
        self._codebook = codebook
        self._waiting = ""

    def tell(self, piece: str) -> str:
        """Return what can be told after one more piece."""
        text = self._waiting + piece
        last = _WORD_AT_END.search(text)
        # One character more is kept, since what stands before a code says whether it is one.
        cut = max(0, last.start() - 1) if last else len(text)
        self._waiting = text[cut:]
        return self._codebook.named(text[:cut])

    def rest(self) -> str:
        """Return what was still waiting."""
        text, self._waiting = self._waiting, ""
        return self._codebook.named(text)
