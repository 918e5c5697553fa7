"""Linear models: what they refuse, what they compute, and the text they are written as."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from echelon_lib.solvers.linear import LinearModel

GOLDEN = """\
\\ two sections: 5 rows, 5 columns
Minimize
 cost: - 5 ENG9_01 + 2.5 _e2 + maths + 7 offset
Subject To
 one_period: ENG9_01 + ENG9_01~2 = 1
 seats.low: 2 ENG9_01 + _e2 - 3 maths >= 1
 seats.high: 2 ENG9_01 + _e2 - 3 maths <= 30
 nothing: 0 ENG9_01 <= 4
 seats.low~2: - maths >= -12.5
Bounds
 -3 <= _e2 <= 8
 maths free
 ENG9_01~2 = 1
 offset = 1
General
 _e2 ENG9_01~2
Binary
 ENG9_01
End
"""


@pytest.fixture
def two_sections() -> LinearModel:
    """A model with every kind of column and row, and names that the LP format cannot hold."""
    model = LinearModel("two\nsections")
    first = model.add_column("ENG9-01", upper=1, cost=-5)
    second = model.add_column("e2", lower=-3, upper=8, cost=2.5)
    third = model.add_column("maths", lower=-math.inf, cost=1, integer=False)
    fourth = model.add_column("ENG9 01", lower=1, upper=1)
    model.add_column("spare", integer=False)
    model.add_row("one period", 1, 1, [(first, 1), (fourth, 1)])
    model.add_row("seats", 1, 30, [(first, 2), (second, 1), (third, -3)])
    model.add_row("nothing", -math.inf, 4, [])
    model.add_row("loose", -math.inf, math.inf, [(first, 1)])
    model.add_row("seats.low", -12.5, math.inf, [(third, -1)])
    model.objective_offset = 7
    return model


def test_golden_lp_text(two_sections: LinearModel) -> None:
    assert two_sections.lp_text() == GOLDEN
    assert two_sections.copy().lp_text() == GOLDEN


def test_lp_text_names_are_never_read_as_numbers_or_keywords() -> None:
    model = LinearModel()
    for name in ("free", "Max", "st", "9", ".5", "e12", "E", "inf", "a+b", "a-b", "été", "x" * 400):
        model.add_column(name, upper=1, cost=1)
    words = model.lp_text().split("Binary\n")[1].removesuffix("End\n").split()
    assert words[:8] == ["_free", "_Max", "_st", "_9", "_.5", "_e12", "_E", "_inf"]
    assert len(set(words)) == 12
    assert all(word.isascii() and len(word) <= 255 for word in words)


def test_lp_text_has_short_lines() -> None:
    model = LinearModel()
    model.add_row("wide", 0, 9, [(model.add_column(f"column {number}", cost=1), 1) for number in range(200)])
    assert max(map(len, model.lp_text().splitlines())) <= 110


def test_lp_text_of_nothing() -> None:
    assert LinearModel().lp_text() == "\\ model: 0 rows, 0 columns\nMinimize\n cost:\nSubject To\nEnd\n"


@pytest.mark.parametrize("package", ["highspy", "gurobipy"])
def test_lp_text_reads_back_as_the_same_model(
    package: str, two_sections: LinearModel, tmp_path: Path
) -> None:
    solver = pytest.importorskip(package)
    path = tmp_path / "model.lp"
    path.write_text(two_sections.lp_text(), encoding="ascii")
    if package == "highspy":
        native = solver.Highs()
        native.silent()
        native.readModel(str(path))
        native.setOptionValue("presolve", "off")
        native.run()
        cost = native.getObjectiveValue()
    else:
        with solver.Env(params={"OutputFlag": 0}) as env, solver.read(str(path), env) as native:
            native.optimize()
            cost = native.ObjVal
    # maths may fall to (2*0 - 3 - 30) / 3 = -11, or with e2 dearer still lower: -3 * 2.5 - 11 + 7.
    assert cost == pytest.approx(-11.5)
    assert two_sections.value([0, -3, -11, 1, 0]) == pytest.approx(-11.5)
    assert two_sections.check([0, -3, -11, 1, 0]) == []


def test_terms_of_one_column_are_summed_and_nothings_dropped() -> None:
    model = LinearModel()
    x, y = model.add_column("x"), model.add_column("y")
    row = model.add_row("r", 0, 5, [(y, 1), (x, 2), (y, 3), (x, -2), (x, 0.1), (x, 0.2), (x, -0.3)])
    assert model.row_terms(row) == [(1, 4.0)]
    assert model.matrix().toarray().tolist() == [[0.0, 4.0]]


def test_terms_may_be_any_iterable_and_numbers_of_numpy() -> None:
    model = LinearModel()
    x = model.add_column("x", upper=np.int64(3), cost=np.float32(2))
    model.add_row("r", np.int64(1), np.inf, ((np.int32(at), np.int64(2)) for at in [x]))
    assert model.row_terms(0) == [(0, 2.0)]


@pytest.mark.parametrize("column", [-1, 1, 99])
def test_a_row_cannot_use_a_column_that_is_not_there(column: int) -> None:
    model = LinearModel()
    model.add_column("x")
    with pytest.raises(ValueError, match=f"Row 'r' uses column {column}, but the model has 1 columns"):
        model.add_row("r", 0, 1, [(column, 1.0)])
    with pytest.raises(ValueError, match="no column"):
        model.set_cost(column, 1)
    with pytest.raises(ValueError, match="no column"):
        model.set_bounds(column, 0, 1)
    assert model.shape == (0, 1), "a refused row leaves nothing behind"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e15])
def test_costs_and_coefficients_are_finite_and_exact(value: float) -> None:
    model = LinearModel()
    x = model.add_column("x")
    with pytest.raises(ValueError, match="cost of column 'y' is"):
        model.add_column("y", cost=value)
    with pytest.raises(ValueError, match="cost"):
        model.set_cost(x, value)
    with pytest.raises(ValueError, match=r"coefficient .* at column 'x'"):
        model.add_row("r", 0, 1, [(x, value)])
    with pytest.raises(ValueError, match="offset"):
        model.objective_offset = value
    assert model.shape == (0, 1)


@pytest.mark.parametrize(
    ("lower", "upper"), [(math.nan, 1), (0, math.nan), (math.inf, math.inf), (0, -math.inf)]
)
def test_bounds_that_mean_nothing_are_refused(lower: float, upper: float) -> None:
    model = LinearModel()
    with pytest.raises(ValueError, match="column 'x'"):
        model.add_column("x", lower=lower, upper=upper)
    with pytest.raises(ValueError, match="row 'r'"):
        model.add_row("r", lower, upper, [])


def test_names_are_unique_and_not_empty() -> None:
    model = LinearModel()
    model.add_column("x")
    model.add_row("x", 0, 1, [])
    with pytest.raises(ValueError, match="two columns with the name 'x'"):
        model.add_column("x")
    with pytest.raises(ValueError, match="two rows with the name 'x'"):
        model.add_row("x", 0, 1, [])
    with pytest.raises(ValueError, match="needs a name"):
        model.add_column("")
    assert (model.column("x"), model.row("x")) == (0, 0)


def test_check_names_all_that_is_missed(two_sections: LinearModel) -> None:
    assert two_sections.check([0, -3, -2, 1, 0]) == []
    assert two_sections.check([0.5, 9, 20, 1, -1]) == [
        "column 'e2': 9 is above 8",
        "column 'spare': -1 is below 0",
        "column 'ENG9-01': 0.5 is not a whole number",
        "row 'one period': 1.5 is above 1",
        "row 'seats': -50 is below 1",
        "row 'seats.low': -20 is below -12.5",
    ]


def test_check_has_a_tolerance_that_does_not_grow_with_the_numbers() -> None:
    model = LinearModel()
    x = model.add_column("x", upper=1e9)
    model.add_row("cost of level 1", -math.inf, 2_000_000, [(x, 1)])
    assert model.check([2_000_000 + 1e-7]) == []
    assert model.check([2_000_000.4], tolerance=0.5) == []
    assert model.check([2_000_001]) == ["row 'cost of level 1': 2000001 is above 2000000"]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_check_finds_what_is_no_value(two_sections: LinearModel, value: float) -> None:
    assert two_sections.check([0, value, 0, 1, 0]) == [f"column 'e2': {value} is no value"]


@pytest.mark.parametrize("values", [[], [1], [[1, 2, 3, 4, 5]], range(6)])
def test_check_and_value_want_one_value_a_column(two_sections: LinearModel, values: object) -> None:
    with pytest.raises(ValueError, match="5 values are needed"):
        two_sections.check(values)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="5 values are needed"):
        two_sections.value(values)  # type: ignore[arg-type]


def test_a_copy_can_be_changed_without_the_original(two_sections: LinearModel) -> None:
    before = two_sections.lp_text()
    two_sections.matrix()
    second = two_sections.copy()
    cost = [(at, price) for at, price in enumerate(second.costs.tolist()) if price]
    second.add_row("level 1", -math.inf, -4, cost)
    second.clear_costs()
    second.set_cost(0, 3)
    second.set_bounds(1, 2, 2)
    second.add_column("new")
    assert two_sections.lp_text() == before
    assert second.shape == (6, 6)
    assert second.matrix().shape == (6, 6)
    assert second.objective_offset == 0
    assert second.value([1, 2, 0, 1, 0, 0]) == 3


@pytest.mark.parametrize(
    ("costs", "integer", "step"),
    [
        ([4, 6, 0], [True, True, False], 2),
        ([3, 5], [True, True], 1),
        ([0, 0], [True, False], 1),
        ([], [], 1),
        ([-6, 9], [True, True], 3),
        ([1.5, 2], [True, True], None),
        ([1, 2], [True, False], None),
    ],
)
def test_the_step_of_the_cost(costs: list[float], integer: list[bool], step: int | None) -> None:
    model = LinearModel()
    for at, (cost, whole) in enumerate(zip(costs, integer, strict=True)):
        model.add_column(f"x{at}", cost=cost, integer=whole)
    assert model.objective_step() == step
