"""Values and rows in the words of messages."""

from __future__ import annotations

import re
from collections.abc import Sequence


def shown(value: str, limit: int = 60) -> str:
    """Return the value in quotes for a message: control characters visible, shortened to ``limit``."""
    return repr(value if len(value) <= limit else value[: limit - 1] + "…")


def rows_in_words(lines: Sequence[int]) -> str:
    """Return ``row 3`` or ``rows 3, 4, 5 and 12 more``, naming at most ten."""
    if len(lines) == 1:
        return f"row {lines[0]}"
    more = f" and {len(lines) - 10} more" if len(lines) > 10 else ""
    return f"rows {', '.join(str(line) for line in lines[:10])}{more}"


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key by which ``9`` comes before ``10``, and numbers before words."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part.casefold())
        for part in re.split(r"(\d+)", text)
        if part
    )
