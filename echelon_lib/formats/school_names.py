"""Names that one file of a folder gives and others refer to."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from echelon_lib.domain.errors import suggest
from echelon_lib.formats.tables import Table
from echelon_lib.formats.wording import shown

LONGEST_ID = 200
MOST_SUGGESTIONS = 50
MOST_COMPARED = 200_000
"""Pairs of names that are compared for suggestions; among very many names, few unknown ones are searched."""


@dataclass(slots=True)
class Names:
    """The names of one kind of thing, for checking a reference and for suggesting another.

    Parameters
    ----------
    kind
        What bears the names, in the words of messages.
    place
        Where the names stand, in the words of messages; may be empty.
    names
        The names themselves; none when their file could not be read.
    cure
        What would mend an unknown name that is near to none.
    hints
        Cures for unknown names that are often written by mistake.
    """

    kind: str
    place: str
    names: frozenset[str]
    cure: str
    hints: Mapping[str, str] = field(default_factory=dict)
    _folded: dict[str, str] = field(init=False, repr=False)
    _asked: dict[str, str | None] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._folded = {folded(name): name for name in sorted(self.names)}

    def fault(self, name: str) -> tuple[str, str] | None:
        """Return what is wrong with a reference and its cure, or None when nothing is.

        A blank refers to nothing, and against no names at all nothing can be checked.
        """
        if not name or not self.names or name in self.names:
            return None
        message = f"There is no {self.kind} {shown(name)}{self.place}."
        return message, self.hints.get(name) or self._nearest(name) or self.cure

    def _nearest(self, name: str) -> str | None:
        """Return a cure that offers the nearest name; only the first unknown names are searched."""
        same = self._folded.get(folded(name))
        if same is not None:
            return f"'{same}' was meant? It differs in capitals or spaces only."
        most = min(MOST_SUGGESTIONS, 1 + MOST_COMPARED // len(self.names))
        if name not in self._asked and len(self._asked) < most and len(name) <= LONGEST_ID:
            self._asked[name] = suggest(name, self.names)
        return self._asked.get(name)


def names_in(table: Table, column: str) -> frozenset[str]:
    """Return the names that may be referred to, any cell of an unreadable row included.

    Nothing is returned for a column that is absent, so that no name is called unknown for want of it.
    """
    if column not in table.columns:
        return frozenset()
    dropped = (cell for cells in table.dropped for cell in cells)
    return frozenset({*(row[column] for row in table.rows), *dropped} - {""})


def folded(name: str) -> str:
    """Return what is left of a name when capitals and the kinds of spaces do not count."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def alike(lines: Mapping[str, int]) -> list[dict[str, int]]:
    """Return the names, each with its line, that differ from one another in capitals or spaces only."""
    groups: dict[str, dict[str, int]] = defaultdict(dict)
    for name, line in lines.items():
        groups[folded(name)][name] = line
    return [group for group in groups.values() if len(group) > 1]
