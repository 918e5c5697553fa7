"""Linear models as sparse rows: what the formulations build and what every linear backend reads."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

FloatArray: TypeAlias = NDArray[np.float64]

TOLERANCE: Final = 1e-6
"""By how much a row or a bound may be missed before it counts as violated; solvers work with the same."""

_INFINITE = 1e20
_LARGEST = 1e15
_SMALLEST = 1e-9


class LinearModel:
    """Minimise the cost of columns under rows of linear terms.

    Every name is unique among the columns or among the rows, so that whatever is wrong can be named. A
    lower bound above an upper bound is allowed: such a model is infeasible, which is an answer and not an
    error. Bounds of 1e20 and beyond are infinite; coefficients below 1e-9 are dropped, as solvers would do
    without telling.
    """

    def __init__(self, name: str = "model") -> None:
        self.name = name
        self._offset = 0.0
        self._column_at: dict[str, int] = {}
        self._lower: list[float] = []
        self._upper: list[float] = []
        self._cost: list[float] = []
        self._integer: list[bool] = []
        self._row_at: dict[str, int] = {}
        self._row_lower: list[float] = []
        self._row_upper: list[float] = []
        self._row_start: list[int] = [0]
        self._index: list[int] = []
        self._value: list[float] = []
        self._matrix: csc_matrix | None = None

    def add_column(
        self,
        name: str,
        *,
        lower: float = 0.0,
        upper: float = math.inf,
        cost: float = 0.0,
        integer: bool = True,
    ) -> int:
        """Add a column (a variable) and return its number.

        Raises
        ------
        ValueError
            If the name is taken or empty, or a number cannot be used.
        """
        _new_name("column", name, self._column_at)
        low, high = _bounds(f"column {name!r}", lower, upper)
        price = _number(f"the cost of column {name!r}", cost)
        column = len(self._cost)
        self._column_at[name] = column
        self._lower.append(low)
        self._upper.append(high)
        self._cost.append(price)
        self._integer.append(bool(integer))
        self._matrix = None
        return column

    def add_row(self, name: str, lower: float, upper: float, terms: Iterable[tuple[int, float]]) -> int:
        """Add the row ``lower <= sum of coefficient * column <= upper`` and return its number.

        Several terms of one column are summed.

        Raises
        ------
        ValueError
            If the name is taken or empty, a column does not exist, or a number cannot be used.
        """
        _new_name("row", name, self._row_at)
        low, high = _bounds(f"row {name!r}", lower, upper)
        width = len(self._cost)
        sums: dict[int, float] = {}
        for place, coefficient in terms:
            column = operator.index(place)
            if not 0 <= column < width:
                raise ValueError(f"Row {name!r} uses column {column}, but the model has {width:,} columns.")
            sums[column] = sums.get(column, 0.0) + float(coefficient)
        for column, total in sums.items():
            if not abs(total) < _LARGEST:
                raise ValueError(
                    f"Row {name!r} has the coefficient {total} at column {self.column_names[column]!r}."
                )
        kept = sorted((column, total) for column, total in sums.items() if abs(total) >= _SMALLEST)
        row = len(self._row_lower)
        self._row_at[name] = row
        self._row_lower.append(low)
        self._row_upper.append(high)
        self._index.extend(column for column, _ in kept)
        self._value.extend(total for _, total in kept)
        self._row_start.append(len(self._index))
        self._matrix = None
        return row

    def set_bounds(self, column: int, lower: float, upper: float) -> None:
        """Give a column other bounds; equal bounds fix it."""
        at = self._column(column)
        self._lower[at], self._upper[at] = _bounds(f"column {self.column_names[at]!r}", lower, upper)

    def set_cost(self, column: int, cost: float) -> None:
        """Give a column another cost."""
        at = self._column(column)
        self._cost[at] = _number("the cost of a column", cost)

    def clear_costs(self) -> None:
        """Make every column free of charge and the offset zero."""
        self._cost = [0.0] * len(self._cost)
        self._offset = 0.0

    def copy(self) -> LinearModel:
        """Return a model that can be changed without changing this one."""
        other = LinearModel(self.name)
        other._offset = self._offset
        other._column_at = dict(self._column_at)
        other._row_at = dict(self._row_at)
        other._lower, other._upper = self._lower.copy(), self._upper.copy()
        other._cost, other._integer = self._cost.copy(), self._integer.copy()
        other._row_lower, other._row_upper = self._row_lower.copy(), self._row_upper.copy()
        other._row_start = self._row_start.copy()
        other._index, other._value = self._index.copy(), self._value.copy()
        other._matrix = self._matrix
        return other

    @property
    def objective_offset(self) -> float:
        """A constant that is added to the cost of every answer."""
        return self._offset

    @objective_offset.setter
    def objective_offset(self, offset: float) -> None:
        self._offset = _number("the offset of the cost", offset)

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and of columns."""
        return len(self._row_lower), len(self._cost)

    @property
    def column_names(self) -> Sequence[str]:
        """The names of the columns in order."""
        return tuple(self._column_at)

    @property
    def row_names(self) -> Sequence[str]:
        """The names of the rows in order."""
        return tuple(self._row_at)

    def column(self, name: str) -> int:
        """Return the number of the column of that name, or raise KeyError."""
        return self._column_at[name]

    def row(self, name: str) -> int:
        """Return the number of the row of that name, or raise KeyError."""
        return self._row_at[name]

    @property
    def costs(self) -> FloatArray:
        """The cost of every column."""
        return np.array(self._cost, dtype=np.float64)

    @property
    def lower(self) -> FloatArray:
        """The lower bound of every column, ``-inf`` where there is none."""
        return np.array(self._lower, dtype=np.float64)

    @property
    def upper(self) -> FloatArray:
        """The upper bound of every column, ``inf`` where there is none."""
        return np.array(self._upper, dtype=np.float64)

    @property
    def integer(self) -> NDArray[np.bool_]:
        """Whether each column must be a whole number."""
        return np.array(self._integer, dtype=np.bool_)

    @property
    def row_lower(self) -> FloatArray:
        """The lower bound of every row."""
        return np.array(self._row_lower, dtype=np.float64)

    @property
    def row_upper(self) -> FloatArray:
        """The upper bound of every row."""
        return np.array(self._row_upper, dtype=np.float64)

    def row_terms(self, row: int) -> list[tuple[int, float]]:
        """Return the terms of one row, by column."""
        span = slice(self._row_start[row], self._row_start[row + 1])
        return list(zip(self._index[span], self._value[span], strict=True))

    def matrix(self) -> csc_matrix:
        """Return the coefficients, rows by columns; the matrix is shared and not to be changed."""
        if self._matrix is None:
            from scipy.sparse import csr_matrix

            self._matrix = csr_matrix(
                (
                    np.array(self._value, dtype=np.float64),
                    np.array(self._index, dtype=np.int32),
                    np.array(self._row_start, dtype=np.int32),
                ),
                shape=self.shape,
            ).tocsc()
        return self._matrix

    def value(self, values: ArrayLike) -> float:
        """Return the cost of an answer, the offset included."""
        array = self._values(values)
        priced = np.flatnonzero(np.asarray(self._cost))
        return math.fsum([self.objective_offset, *(self.costs[priced] * array[priced]).tolist()])

    def objective_step(self) -> int | None:
        """Return the step in which the cost can change, or None when it is not bound to whole numbers.

        The step is the greatest common divisor of the costs. It exists when every priced column is a whole
        number with a whole cost; without any cost it is 1.
        """
        step = 0
        for cost, integer in zip(self._cost, self._integer, strict=True):
            if cost:
                if not integer or not cost.is_integer():
                    return None
                step = math.gcd(step, int(cost))
        return step or 1

    def check(self, values: ArrayLike, tolerance: float = TOLERANCE) -> list[str]:
        """Name every bound, whole number and row that the answer misses by more than the tolerance.

        Raises
        ------
        ValueError
            If the number of values is not the number of columns.
        """
        array = self._values(values)
        unknown = ~np.isfinite(array)
        if unknown.any():
            return [
                f"column {self.column_names[at]!r}: {array[at]} is no value"
                for at in np.flatnonzero(unknown).tolist()
            ]
        found = _outside("column", array, self.lower, self.upper, self.column_names, tolerance)
        broken = np.flatnonzero(self.integer & (np.abs(array - np.rint(array)) > tolerance))
        found += [
            f"column {self.column_names[at]!r}: {array[at]:.10g} is not a whole number"
            for at in broken.tolist()
        ]
        rows = np.asarray(self.matrix() @ array, dtype=np.float64)
        return found + _outside("row", rows, self.row_lower, self.row_upper, self.row_names, tolerance)

    def _column(self, column: int) -> int:
        at = operator.index(column)
        if not 0 <= at < len(self._cost):
            raise ValueError(f"The model has no column {at}; it has {len(self._cost):,}.")
        return at

    def _values(self, values: ArrayLike) -> FloatArray:
        array = np.asarray(values, dtype=np.float64)
        if array.shape != (len(self._cost),):
            raise ValueError(
                f"{len(self._cost):,} values are needed, one a column; the shape given is {array.shape}."
            )
        return array

    def __repr__(self) -> str:
        rows, columns = self.shape
        return f"<LinearModel {self.name!r}: {rows:,} rows, {columns:,} columns, {len(self._index):,} terms>"

    def lp_text(self) -> str:
        """Return the model in LP format; the same model gives the same text."""
        from echelon_lib.solvers.lp_text import lp_text

        return lp_text(self)


def _outside(
    kind: str,
    values: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    names: Sequence[str],
    tolerance: float,
) -> list[str]:
    low = np.flatnonzero(values < lower - tolerance)
    high = np.flatnonzero(values > upper + tolerance)
    found = [
        (at, f"{kind} {names[at]!r}: {values[at]:.10g} is below {lower[at]:.10g}") for at in low.tolist()
    ]
    found += [
        (at, f"{kind} {names[at]!r}: {values[at]:.10g} is above {upper[at]:.10g}") for at in high.tolist()
    ]
    return [text for _, text in sorted(found)]


def _new_name(kind: str, name: str, taken: dict[str, int]) -> None:
    if not isinstance(name, str) or not name:
        raise ValueError(f"A {kind} needs a name; {name!r} is none.")
    if name in taken:
        raise ValueError(f"There are two {kind}s with the name {name!r}.")


def _number(what: str, value: float) -> float:
    number = float(value)
    if not abs(number) < _LARGEST:
        raise ValueError(
            f"{what[:1].upper()}{what[1:]} is {number}; it must be finite and below {_LARGEST:g}."
        )
    return number


def _bounds(what: str, lower: float, upper: float) -> tuple[float, float]:
    low, high = float(lower), float(upper)
    if math.isnan(low) or math.isnan(high):
        raise ValueError(f"A bound of {what} is not a number: {low} to {high}.")
    if low >= _INFINITE or high <= -_INFINITE:
        raise ValueError(f"The bounds of {what} leave no number: {low} to {high}.")
    return (-math.inf if low <= -_INFINITE else low), (math.inf if high >= _INFINITE else high)
