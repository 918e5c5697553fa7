"""A linear model as LP text: the same text for the same model, for people and for golden tests."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from echelon_lib.solvers.linear import LinearModel

_WIDTH = 100
_KEYWORD = re.compile(
    "(bin|binary|binaries|bound|bounds|end|free|gen|generals?|inf|infinity|int|integers?|max|maximi[sz]e|min"
    "|minimi[sz]e|s\\.?t\\.?|subject|such|semi|semis|sos[12]?)",
    re.IGNORECASE,
)
_NUMBER_LIKE = re.compile(r"[0-9.]|e[0-9]*$|e[0-9]", re.IGNORECASE)


def lp_text(model: LinearModel) -> str:
    """Return the model in LP format.

    Characters that the format does not allow in a name become underscores; a row with two limits is written
    as two rows, and one without limits is left out.
    """
    rows, columns = model.shape
    # Readers disagree about a constant in the cost, so a fixed column stands for it.
    *names, one = _allowed([*model.column_names, "offset"])
    lines = [f"\\ {' '.join(model.name.split())}: {rows} rows, {columns} columns", "Minimize"]
    priced = [(names[at], cost) for at, cost in enumerate(model.costs.tolist()) if cost]
    if model.objective_offset:
        priced.append((one, model.objective_offset))
    lines += _wrapped(" cost:", _sum(priced))
    lines.append("Subject To")
    limits = list(_limits(model))
    for (_, row, limit), name in zip(limits, _allowed([wanted for wanted, _, _ in limits]), strict=True):
        terms = [(names[at], value) for at, value in model.row_terms(row)]
        # The format asks for a term even in a row that has none.
        words = _sum(terms or [(names[0], 0.0)]) if names else []
        lines += _wrapped(f" {name}:" if words else f"\\ {name}: 0", [*words, limit])
    bounds = [*_bounds(model, names), *([f" {one} = 1"] if model.objective_offset else [])]
    if bounds:
        lines += ["Bounds", *bounds]
    whole = model.integer.tolist()
    binary = [
        whole[at] and low == 0 and high == 1
        for at, (low, high) in enumerate(zip(model.lower.tolist(), model.upper.tolist(), strict=True))
    ]
    general = [name for at, name in enumerate(names) if whole[at] and not binary[at]]
    if general:
        lines += ["General", *_wrapped("", general)]
    if any(binary):
        lines += ["Binary", *_wrapped("", [name for at, name in enumerate(names) if binary[at]])]
    return "\n".join([*lines, "End", ""])


def _limits(model: LinearModel) -> Iterator[tuple[str, int, str]]:
    """Yield each limit of each row: the name that it would have, the number of the row, and the limit."""
    rows = zip(model.row_names, model.row_lower.tolist(), model.row_upper.tolist(), strict=True)
    for row, (name, low, high) in enumerate(rows):
        if low == high:
            yield name, row, f"= {_text(low)}"
            continue
        both = math.isfinite(low) and math.isfinite(high)
        if math.isfinite(low):
            yield f"{name}.low" if both else name, row, f">= {_text(low)}"
        if math.isfinite(high):
            yield f"{name}.high" if both else name, row, f"<= {_text(high)}"


def _bounds(model: LinearModel, names: Sequence[str]) -> list[str]:
    lines = []
    pairs = zip(names, model.lower.tolist(), model.upper.tolist(), model.integer.tolist(), strict=True)
    for name, low, high, whole in pairs:
        if low == 0 and (math.isinf(high) or (whole and high == 1)):
            continue
        if low == high:
            lines.append(f" {name} = {_text(low)}")
        elif math.isinf(low) and math.isinf(high):
            lines.append(f" {name} free")
        elif math.isinf(high):
            lines.append(f" {name} >= {_text(low)}")
        else:
            lines.append(f" {_text(low)} <= {name} <= {_text(high)}")
    return lines


def _sum(terms: Iterable[tuple[str, float]]) -> list[str]:
    words: list[str] = []
    for name, value in terms:
        sign = "-" if value < 0 else "+" if words else ""
        size = "" if abs(value) == 1 else f"{_text(abs(value))} "
        words.append(f"{sign} {size}{name}".strip())
    return words


def _text(value: float) -> str:
    return str(int(value)) if math.isfinite(value) and value.is_integer() else repr(value)


def _wrapped(head: str, words: Iterable[str]) -> list[str]:
    lines = [head]
    for word in words:
        if len(lines[-1]) + len(word) >= _WIDTH and lines[-1].strip():
            lines.append("  ")
        lines[-1] += f" {word}"
    return lines


def _allowed(names: Sequence[str]) -> list[str]:
    """Return names that the format can hold, all different."""
    taken: set[str] = set()
    found = []
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_.(),]", "_", name)[:200]
        if _NUMBER_LIKE.match(plain) or _KEYWORD.fullmatch(plain):
            plain = f"_{plain}"
        for number in chain([0], range(2, len(names) + 2)):
            word = f"{plain}~{number}" if number else plain
            if word not in taken:
                break
        taken.add(word)
        found.append(word)
    return found
