"""Linear expressions in columns, and convex prices as their linear pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

from echelon_lib.solvers.linear import FloatArray

Terms: TypeAlias = list[tuple[int, float]]
INFINITE = float("inf")


@dataclass
class Expression:
    """A linear expression in columns."""

    terms: Terms = field(default_factory=list)
    constant: float = 0.0

    def plus(self, other: Expression, factor: float = 1.0) -> Expression:
        """Return this expression plus a multiple of another."""
        terms = self.terms + [(column, factor * value) for column, value in other.terms]
        return Expression(terms, self.constant + factor * other.constant)

    def add(self, other: Expression, factor: float = 1.0) -> None:
        """Add a multiple of another expression to this one."""
        self.terms.extend((column, factor * value) for column, value in other.terms)
        self.constant += factor * other.constant

    def times(self, factor: float) -> Expression:
        """Return a multiple of this expression."""
        return Expression().plus(self, factor)

    def value(self, values: FloatArray) -> float:
        """Return the value under an answer."""
        return self.constant + sum(factor * float(values[column]) for column, factor in self.terms)


def pairs(count: Expression, most: int) -> Iterator[Expression]:
    """Yield the linear pieces, other than 0, of ``n (n - 1) / 2`` at whole numbers up to ``most``."""
    for k in range(1, most):
        yield count.times(k).plus(Expression(constant=-k * (k + 1) // 2))


def products(these: Sequence[Expression], those: Sequence[Expression]) -> Iterator[Expression]:
    """Yield, for every two columns that are 0 or 1, what is 1 where both are and at most 0 elsewhere."""
    for one in these:
        for other in those:
            yield one.plus(other).plus(Expression(constant=-1))


def pieces(
    who: Expression, z: Expression, prices: list[tuple[float, int, bool]], most: float
) -> Iterator[Expression]:
    """Yield the linear pieces, other than 0, of a sum of prices per section.

    The sum of ``weight * max(0, ±(who - limit * z))`` is convex and homogeneous, so it is the greatest of one
    linear piece for each interval between neighbouring limits.
    """
    if not who.terms and not any(not above for _, _, above in prices):
        return
    prices = [price for price in prices if not (price[2] and price[0] >= most)]
    limits = sorted({limit for limit, _, _ in prices})
    points = [-1.0, *((a + b) / 2 for a, b in pairwise(limits)), INFINITE]
    seen: set[tuple[float, float]] = set()
    for point in points if limits else []:
        slope = constant = 0.0
        for limit, weight, above in prices:
            if above and limit < point:
                slope, constant = slope + weight, constant - weight * limit
            elif not above and limit > point:
                slope, constant = slope - weight, constant + weight * limit
        if (slope or constant) and (slope, constant) not in seen:
            seen.add((slope, constant))
            yield Expression().plus(who, slope).plus(z, constant)
