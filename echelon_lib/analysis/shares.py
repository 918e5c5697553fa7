"""Shares in words that never flatter: nothing is called 100 % that is not."""

from __future__ import annotations

UNKNOWN = "unknown"
"""What a table says where nothing is known."""


def percent(part: int, whole: int, *, up: bool = False) -> str:
    """Return a share such as ``98.1 %``, with one decimal, or as many as it takes to stay honest.

    A share is rounded down (up, for what cannot be passed). It reads ``100 %`` only when nothing is missing
    and ``0 %`` only when there is nothing; a share of nothing is ``100 %``.

    Examples
    --------
    >>> percent(981, 1000), percent(94, 100), percent(11397, 11400), percent(3, 3)
    ('98.1 %', '94 %', '99.97 %', '100 %')
    """
    if whole <= 0 or part == whole:
        return "100 %"
    digits = 1
    nearest = min(abs(part), abs(whole - part)) or whole
    while nearest * 100 * 10**digits < whole:
        digits += 1
    scaled = part * 100 * 10**digits
    units = -(-scaled // whole) if up else scaled // whole
    sign, units = ("-", -units) if units < 0 else ("", units)
    head, tail = divmod(units, 10**digits)
    decimals = f"{tail:0{digits}d}".rstrip("0")
    return f"{sign}{head}.{decimals} %" if decimals else f"{sign}{head} %"


def part_of(part: int | None, whole: int | None) -> str:
    """Return a count with its share, such as ``37 of 38 (97.3 %)``, or as much of it as is known."""
    if part is None:
        return UNKNOWN
    return f"{part:,} of {whole:,} ({percent(part, whole)})" if whole else f"{part:,}"


def number(value: int | None) -> str:
    """Return a whole number with separators, or ``unknown``."""
    return UNKNOWN if value is None else f"{value:,}"
