"""Linear backends: every behaviour on each of them."""

from __future__ import annotations

import builtins
import importlib.metadata
import math
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from echelon_lib.solvers import gurobi
from echelon_lib.solvers.base import (
    Availability,
    BackendUnavailable,
    LinearBackend,
    backends,
    choose_backend,
)
from echelon_lib.solvers.linear import LinearModel
from echelon_lib.solvers.progress import Outcome, Progress, raise_to_step
from echelon_lib.stop import AnyOf, Cancel, MaxIterations, MaxRuntime, NoImprovement, running

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["gurobi", "highs"])
def backend(request: pytest.FixtureRequest) -> LinearBackend:
    """Each backend in turn."""
    found = backends()[request.param]
    if not found.availability().licensed:
        pytest.skip(found.availability().reason)
    return found


def knapsack() -> LinearModel:
    """Five things worth 10, 13, 7, 8 and 4 in a sack for 10; the best choice is worth 22."""
    model = LinearModel("knapsack")
    worth, weight = (10, 13, 7, 8, 4), (5, 6, 4, 4, 1)
    things = [model.add_column(f"thing {at}", upper=1, cost=-price) for at, price in enumerate(worth)]
    model.add_row("sack", -math.inf, 10, zip(things, weight, strict=True))
    return model


def market_split(seed: int = 1) -> LinearModel:
    """Split shops among two firms, every product equally: no backend proves it in minutes."""
    draw = np.random.default_rng(seed)
    products, shops = 6, 50
    model = LinearModel("market split")
    sold = draw.integers(1, 100, (products, shops))
    first = [model.add_column(f"shop {at}", upper=1) for at in range(shops)]
    for product in range(products):
        more = model.add_column(f"more {product}", cost=1)
        less = model.add_column(f"less {product}", cost=1)
        half = int(sold[product].sum()) // 2
        terms = [*zip(first, sold[product].tolist(), strict=True), (more, -1), (less, 1)]
        model.add_row(f"product {product}", half, half, terms)
    return model


def everything_to_the_first() -> np.ndarray[Any, np.dtype[np.float64]]:
    """An answer of the market split that is feasible and dear."""
    model = market_split()
    values = np.zeros(model.shape[1])
    values[:50] = 1
    for product in range(6):
        surplus = sum(value for at, value in model.row_terms(product) if at < 50) - model.row_lower[product]
        values[50 + 2 * product] = surplus
    return values


def test_optimum(backend: LinearBackend) -> None:
    answer = backend.solve(knapsack())
    assert (answer.status, answer.objective, answer.bound) == ("optimal", -22, -22)
    assert answer.values is not None
    assert answer.values.tolist() == [1, 0, 0, 1, 1]
    assert answer.solver == backend.name
    assert answer.native_status.casefold() in ("optimal", "interrupted by user"), "a proof may end it"
    assert answer.doubts == ()
    assert answer.seconds >= 0


def test_offset_is_part_of_cost_and_bound(backend: LinearBackend) -> None:
    model = knapsack()
    model.objective_offset = 100.25
    bounds: list[float] = []
    answer = backend.solve(model, on_bound=lambda bound, _: bounds.append(bound))
    assert (answer.status, answer.objective, answer.bound) == ("optimal", 78.25, 78.25)
    assert all(bound == pytest.approx(round(bound - 0.25) + 0.25) for bound in bounds)


def test_infeasible_is_an_answer(backend: LinearBackend) -> None:
    model = LinearModel()
    x, y = model.add_column("x", upper=1), model.add_column("y", upper=1)
    model.add_row("at least three", 3, math.inf, [(x, 2), (y, 2), (x, -1)])
    model.add_row("at most two", -math.inf, 2, [(x, 1), (y, 1)])
    model.add_row("apart", 1, 1, [(x, 1), (y, 1)])
    answer = backend.solve(model)
    assert (answer.status, answer.values, answer.objective, answer.bound) == ("infeasible", None, None, None)


@pytest.mark.parametrize("kind", ["column", "whole number", "row", "empty row"])
def test_bounds_that_contradict_are_infeasible(backend: LinearBackend, kind: str) -> None:
    model = LinearModel()
    x = model.add_column("x", upper=5, cost=1)
    if kind == "column":
        model.set_bounds(x, 3, 2)
    elif kind == "whole number":
        model.set_bounds(x, 0.2, 0.8)
    elif kind == "row":
        model.add_row("r", 3, 2, [(x, 1)])
    else:
        model.add_row("r", 1, math.inf, [])
    assert backend.solve(model).status == "infeasible"


@pytest.mark.parametrize("integer", [True, False])
def test_unbounded_is_unknown_and_says_so(backend: LinearBackend, integer: bool) -> None:
    model = LinearModel()
    x = model.add_column("x", cost=-1, integer=integer)
    y = model.add_column("y", integer=integer)
    model.add_row("r", -math.inf, 3, [(x, 1), (y, -1)])
    answer = backend.solve(model, stop=10)
    assert (answer.status, answer.values, answer.bound) == ("unknown", None, None)
    assert "unb" in answer.native_status.casefold()


@pytest.mark.parametrize("possible", [True, False])
def test_a_model_without_columns(backend: LinearBackend, possible: bool) -> None:
    model = LinearModel()
    model.objective_offset = 3
    model.add_row("r", 0 if possible else 1, 2, [])
    seen: list[float] = []
    answer = backend.solve(model, on_incumbent=lambda cost, values, _: seen.append(cost))
    if possible:
        assert (answer.status, answer.objective, answer.bound, seen) == ("optimal", 3, 3, [3])
        assert answer.values is not None
        assert answer.values.shape == (0,)
    else:
        assert (answer.status, answer.values, seen) == ("infeasible", None, [])


def test_a_model_without_rows(backend: LinearBackend) -> None:
    model = LinearModel()
    model.add_column("x", lower=-2, upper=4, cost=3)
    model.add_column("y", upper=4, cost=-1.5, integer=False)
    answer = backend.solve(model)
    assert (answer.status, answer.objective) == ("optimal", -12)
    assert backend.solve(LinearModel()).status == "optimal"


def test_without_costs_any_answer_is_optimal(backend: LinearBackend) -> None:
    model = knapsack()
    model.clear_costs()
    answer = backend.solve(model)
    assert (answer.status, answer.objective, answer.bound) == ("optimal", 0, 0)


def test_linear_program(backend: LinearBackend) -> None:
    model = LinearModel()
    x = model.add_column("x", upper=4, cost=-3, integer=False)
    y = model.add_column("y", cost=-2, integer=False)
    model.add_row("r", -math.inf, 5, [(x, 1), (y, 2)])
    answer = backend.solve(model)
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(-13)
    assert answer.bound == pytest.approx(-13)
    assert answer.values == pytest.approx(np.array([4, 0.5]))


def test_whole_and_continuous_columns_in_one_row(backend: LinearBackend) -> None:
    """A model of which one version of HiGHS calls 15 optimal."""
    model = LinearModel()
    x = model.add_column("x", upper=10, cost=2, integer=False)
    z = model.add_column("z", upper=10, cost=3)
    model.add_row("r", 4.5, math.inf, [(x, 1), (z, 1)])
    answer = backend.solve(model)
    assert (answer.status, answer.objective) == ("optimal", pytest.approx(9))


def test_rows_with_two_limits_and_without(backend: LinearBackend) -> None:
    model = LinearModel()
    x, y = model.add_column("x", upper=9, cost=1), model.add_column("y", upper=9, cost=-1)
    model.add_row("both", 2, 4, [(x, 1), (y, 1)])
    model.add_row("loose", -math.inf, math.inf, [(x, 1)])
    model.add_row("lower", 1, math.inf, [(x, 1)])
    answer = backend.solve(model)
    assert answer.values is not None
    assert answer.values.tolist() == [1, 3]


@pytest.mark.parametrize("draw", range(12))
def test_both_agree_with_counting_through(backend: LinearBackend, draw: int) -> None:
    dice = np.random.default_rng(draw)
    model = LinearModel()
    columns = [model.add_column(f"x{at}", upper=2, cost=int(dice.integers(-9, 10))) for at in range(6)]
    for row in range(4):
        low = int(dice.integers(-6, 3))
        terms = [(column, int(dice.integers(-3, 4))) for column in columns]
        model.add_row(f"r{row}", low, low + int(dice.integers(0, 8)), terms)
    grid = np.stack(np.meshgrid(*[range(3)] * 6), axis=-1).reshape(-1, 6).astype(float)
    costs = [model.value(point) for point in grid if not model.check(point)]
    answer = backend.solve(model, seed=draw)
    assert answer.objective == (min(costs) if costs else None)
    assert answer.bound == answer.objective
    assert answer.status == ("optimal" if costs else "infeasible")


def test_the_same_seed_gives_the_same_answer(backend: LinearBackend) -> None:
    stop = AnyOf(MaxIterations(30), 20)
    one, other = (backend.solve(market_split(), stop=stop, seed=5) for _ in range(2))
    assert one.values is not None
    assert other.values is not None
    assert one.values.tolist() == other.values.tolist()


def test_threads_can_change_within_a_process(backend: LinearBackend) -> None:
    assert [backend.solve(knapsack(), threads=threads).objective for threads in (1, 2, 1)] == [-22] * 3


def test_nothing_is_printed(backend: LinearBackend, capfd: pytest.CaptureFixture[str]) -> None:
    gurobi._probed.clear()
    backend.availability()
    backend.solve(knapsack())
    backend.solve(market_split(), stop=0.2)
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""


def test_a_start_is_the_answer_when_time_is_up(backend: LinearBackend) -> None:
    seen: list[float] = []
    start = everything_to_the_first()
    answer = backend.solve(
        market_split(), stop=0, start=start, on_incumbent=lambda cost, values, _: seen.append(cost)
    )
    assert answer.status == "feasible"
    assert answer.values is not None
    assert answer.values.tolist() == start.tolist()
    assert seen == [answer.objective]
    assert answer.bound is None


def test_a_start_is_never_lost(backend: LinearBackend) -> None:
    seen: list[float] = []
    model, start = knapsack(), np.array([0, 1, 0, 1, 0])
    answer = backend.solve(model, start=start, on_incumbent=lambda cost, values, _: seen.append(cost))
    assert seen == [-21, -22]
    assert answer.status == "optimal"


def test_the_backend_is_given_the_start(backend: LinearBackend) -> None:
    """With the best answer as start nothing else can be reported."""
    model = knapsack()
    seen: list[list[float]] = []
    best = backend.solve(model)
    backend.solve(model, start=best.values, on_incumbent=lambda cost, values, _: seen.append(values.tolist()))
    assert best.values is not None
    assert seen == [best.values.tolist()]


@pytest.mark.parametrize("start", [[1, 1, 1, 1, 1], [9, -4, 0, 0, 0], [math.nan] * 5])
def test_a_start_that_cannot_hold_is_only_a_hint(backend: LinearBackend, start: list[float]) -> None:
    answer = backend.solve(knapsack(), start=np.array(start))
    assert (answer.status, answer.objective) == ("optimal", -22)


def test_a_start_in_part_is_completed(backend: LinearBackend) -> None:
    start = everything_to_the_first()
    start[50:] = math.nan
    seen: list[float] = []
    bounds: list[float] = []
    answer = backend.solve(
        market_split(),
        stop=1,
        start=start,
        on_incumbent=lambda cost, values, _: seen.append(cost),
        on_bound=lambda bound, _: bounds.append(bound),
    )
    assert seen[0] == market_split().value(everything_to_the_first())
    assert answer.bound is None or answer.bound <= 100, "the bound is not that of the completion"
    assert all(bound <= 100 for bound in bounds)


@pytest.mark.parametrize(
    ("start", "word"), [([1, 0], "one value a column, 5"), ([0, 0, math.inf, 0, 0], "column 'thing 2'")]
)
def test_a_start_of_another_model_is_refused(backend: LinearBackend, start: list[float], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        backend.solve(knapsack(), start=np.array(start))


@pytest.mark.parametrize(
    "wrong",
    [
        *({"seed": value} for value in (-1, 2**31, 1.5, True)),
        *({"threads": value} for value in (0, 10**6)),
        *({"gap": value} for value in (-1, math.nan, True, "1%", None)),
        *({"stop": value} for value in (-1, "soon")),
    ],
)
def test_settings_that_mean_nothing_are_refused(backend: LinearBackend, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Maybe"):
        backend.solve(knapsack(), **wrong)


def test_incumbents_fall_and_bounds_rise(backend: LinearBackend) -> None:
    model = market_split()
    incumbents: list[tuple[float, float]] = []
    bounds: list[tuple[float, float]] = []

    def keep(cost: float, values: np.ndarray[Any, np.dtype[np.float64]], seconds: float) -> None:
        assert model.check(values) == []
        assert model.value(values) == cost
        values[:] = -1  # what is done to it must not reach the answer
        incumbents.append((cost, seconds))

    answer = backend.solve(
        model, stop=1.0, on_incumbent=keep, on_bound=lambda bound, seconds: bounds.append((bound, seconds))
    )
    costs = [cost for cost, _ in incumbents]
    assert len(costs) >= 2
    assert costs == sorted(set(costs), reverse=True)
    assert bounds
    assert [bound for bound, _ in bounds] == sorted({bound for bound, _ in bounds})
    assert answer.status == "feasible"
    assert answer.objective == costs[-1]
    assert answer.bound == bounds[-1][0]
    assert answer.values is not None
    assert model.check(answer.values) == []
    for times in ([at for _, at in incumbents], [at for _, at in bounds]):
        assert times == sorted(times)
        assert 0 <= times[0] <= times[-1] <= answer.seconds


def test_the_deadline_is_common_to_consecutive_solves(backend: LinearBackend) -> None:
    clock = MaxRuntime(0.6).start()
    first = backend.solve(market_split(), stop=clock)
    began = time.monotonic()
    second = backend.solve(market_split(), stop=clock, start=first.values)
    assert time.monotonic() - began < 0.5
    assert second.objective == first.objective
    assert second.native_status == "not started"
    assert not clock.cancelled


def test_nodes_are_the_iterations(backend: LinearBackend) -> None:
    began = time.monotonic()
    answer = backend.solve(market_split(), stop=AnyOf(NoImprovement(20), 20))
    assert time.monotonic() - began < 10
    assert answer.status == "feasible"


def test_a_gap_that_is_reached_is_no_proof(backend: LinearBackend) -> None:
    model = knapsack()
    answer = backend.solve(model, gap=0.9)
    assert answer.objective is not None
    assert answer.status == ("optimal" if answer.bound == answer.objective else "feasible")


@pytest.mark.parametrize("way", ["the clock", "a switch"])
def test_another_thread_interrupts_and_the_incumbent_is_kept(backend: LinearBackend, way: str) -> None:
    cancel = Cancel()
    clock = running(AnyOf(20, cancel))
    timer = threading.Timer(0.5, clock.cancel if way == "the clock" else cancel.set)
    timer.start()
    began = time.monotonic()
    answer = backend.solve(market_split(), stop=clock)
    assert time.monotonic() - began < 5
    assert answer.status == "interrupted"
    assert answer.values is not None
    assert market_split().check(answer.values) == []
    assert backend.solve(market_split(), stop=clock).status == "interrupted", "the next solve ends too"


def test_an_interrupt_before_the_first_incumbent_leaves_none(backend: LinearBackend) -> None:
    cancel = Cancel()
    cancel.set()
    answer = backend.solve(market_split(), stop=cancel)
    assert (answer.status, answer.values, answer.bound) == ("interrupted", None, None)


@pytest.mark.parametrize("which", ["on_incumbent", "on_bound"])
def test_what_a_callback_raises_is_raised_to_the_caller(backend: LinearBackend, which: str) -> None:
    calls: list[int] = []

    def fail(*_: object) -> None:
        calls.append(1)
        raise ZeroDivisionError("from the dashboard")

    began = time.monotonic()
    wrong: dict[str, Any] = {which: fail}
    with pytest.raises(ZeroDivisionError, match="from the dashboard"):
        backend.solve(market_split(), stop=20, **wrong)
    assert time.monotonic() - began < 10
    assert calls == [1], "it is not called again"
    assert backend.solve(knapsack()).status == "optimal", "the process goes on"


CHILD = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a runner may have it ignored
sys.path.insert(0, "tests/solvers")
from test_backends import backends, knapsack, market_split, running
clock = running(60)
answer = backends()[sys.argv[1]].solve(
    market_split(), stop=clock, on_incumbent=lambda *_: print("incumbent", flush=True)
)
after = backends()[sys.argv[1]].solve(market_split(), stop=clock)
again = backends()[sys.argv[1]].solve(knapsack())
print("END", answer.status, not market_split().check(answer.values), after.status, again.status, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGINT cannot be sent to one process on Windows")
def test_an_interrupt_from_the_keyboard_keeps_the_incumbent(backend: LinearBackend) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, backend.name],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "incumbent\n"
        time.sleep(0.2)
        began = time.monotonic()
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=30)
    assert time.monotonic() - began < 10
    assert out.splitlines()[-1] == "END interrupted True interrupted optimal", err
    assert child.returncode == 0, err


@pytest.mark.parametrize(
    ("bound", "step", "offset", "raised"),
    [
        (11.2, 1, 0, 12),
        (12.000001, 1, 0, 12),
        (11.999999, 1, 0, 12),
        (12.001, 1, 0, 13),
        (-3.7, 1, 0, -3),
        (11, 5, 0, 15),
        (10, 5, 2, 12),
        (11.2, None, 0, 11.2),
        (0.25, 1, 0.25, 0.25),
        (0.3, 1, 0.25, 1.25),
        (3e12 + 0.5, 1, 0, 3e12 + 0.5),
    ],
)
def test_bounds_are_raised_to_the_next_possible_cost(
    bound: float, step: int | None, offset: float, raised: float
) -> None:
    assert raise_to_step(bound, step, offset) == pytest.approx(raised, abs=1e-12)


@pytest.mark.parametrize("nothing", [-math.inf, math.inf, math.nan, -1e100, 1e100])
def test_no_bound_is_none(nothing: float) -> None:
    progress = Progress(knapsack(), running(None))
    progress.take_bound(nothing)
    assert progress.answer("test", Outcome("over", "stopped")).bound is None


def test_a_cost_that_is_reported_differently_is_doubted_and_not_proven() -> None:
    progress = Progress(knapsack(), running(None))
    progress.take_values(np.array([0.0, 1, 0, 1, 0]))
    progress.take_bound(-21)
    answer = progress.answer("test", Outcome("optimal", "optimal", -20))
    assert answer.status == "feasible"
    assert answer.doubts == ("test reports the cost -20, but it is -21",)


def test_values_that_break_a_row_are_no_incumbent_and_kept_with_doubts_at_last() -> None:
    progress = Progress(knapsack(), running(None))
    assert not progress.take_values(np.ones(5))
    assert progress.best is None
    progress.take_values(np.ones(5), last=True)
    progress.take_bound(-42)
    answer = progress.answer("test", Outcome("optimal", "optimal", -42))
    assert answer.status == "feasible"
    assert answer.doubts == ("row 'sack': 20 is above 10",)


def test_infeasible_is_not_believed_against_an_answer() -> None:
    progress = Progress(knapsack(), running(None))
    progress.take_values(np.zeros(5))
    answer = progress.answer("test", Outcome("infeasible", "infeasible"))
    assert answer.status == "feasible"
    assert answer.doubts == ("test calls the model infeasible, but the answer satisfies it",)


def test_nearly_whole_values_are_rounded() -> None:
    progress = Progress(knapsack(), running(None))
    progress.take_values(np.array([1e-7, 0.9999999, -1e-7, 1.0000001, 0]))
    assert progress.best is not None
    assert progress.best.tolist() == [0, 1, 0, 1, 0]
    assert progress.objective == -21


def wide(columns: int, rows: int = 1) -> LinearModel:
    model = LinearModel()
    for at in range(columns):
        model.add_column(f"x{at}", upper=1, cost=1)
    for at in range(rows):
        model.add_row(f"r{at}", 0, 1, [(0, 1)])
    return model


@pytest.fixture
def free_licence() -> LinearBackend:
    """Gurobi with the licence that its package brings along."""
    backend = backends()["gurobi"]
    found = backend.availability()
    if not found.licensed or not found.reason:
        pytest.skip("Gurobi is missing, or licensed for models of any size")
    return backend


@pytest.mark.parametrize(
    ("columns", "rows", "reason"),
    [(2001, 1, "2,001 columns"), (10, 1001, "2,002 rows"), (2313, 1, "2,313 columns")],
)
def test_the_free_licence_refuses_large_models(
    free_licence: LinearBackend, columns: int, rows: int, reason: str
) -> None:
    model = wide(columns, rows)
    text = free_licence.why_not(model)
    assert text is not None
    assert text.startswith(f"The model has {reason}; the free licence allows 2,000.\n  Maybe use highs")
    with pytest.raises(BackendUnavailable, match=reason):
        choose_backend(model, "gurobi")
    with pytest.raises(BackendUnavailable, match=reason):
        free_licence.solve(model)
    assert choose_backend(model).name == "highs"


def test_the_free_licence_takes_what_is_just_small_enough(free_licence: LinearBackend) -> None:
    model = wide(2000, 1000)
    assert choose_backend(model).name == "gurobi"
    assert free_licence.solve(model).objective == 0


@pytest.mark.parametrize(("limited", "reason"), [(True, "2,000 rows and 2,000 columns"), (False, "")])
def test_a_full_licence_has_no_limit(monkeypatch: pytest.MonkeyPatch, limited: bool, reason: str) -> None:
    pytest.importorskip("gurobipy")
    monkeypatch.setattr(gurobi, "_probed", {"limited": limited})
    backend = backends()["gurobi"]
    assert reason in backend.availability().reason
    assert (backend.why_not(wide(2001)) is None) is not limited


def test_a_bad_licence_is_a_reason_and_auto_takes_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    gurobipy = pytest.importorskip("gurobipy")

    def refuse() -> bool:
        raise gurobipy.GurobiError(10009, "licence expired")

    monkeypatch.setattr(gurobi, "_is_size_limited", refuse)
    found = backends()["gurobi"].availability()
    assert (found.installed, found.licensed) == (True, False)
    assert "licence expired" in found.reason
    assert "Maybe use highs" in found.reason
    assert choose_backend(knapsack()).name == "highs"
    with pytest.raises(BackendUnavailable, match="licence expired"):
        choose_backend(knapsack(), "gurobi")


def test_a_licence_file_that_is_no_licence(tmp_path: Path) -> None:
    pytest.importorskip("gurobipy")
    path = tmp_path / "gurobi.lic"
    path.write_text("EXPIRATION=2001-01-01\nKEY=00000000\n", encoding="utf-8")
    code = (
        "import sys; sys.path.insert(0, 'tests/solvers'); from test_backends import *; "
        "print(choose_backend(knapsack()).name, backends()['gurobi'].availability())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "GRB_LICENSE_FILE": str(path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("highs Availability(installed=True, licensed=False")


@pytest.mark.parametrize(("name", "package"), [("gurobi", "gurobipy"), ("highs", "highspy")])
def test_a_missing_package_is_said_with_its_cure(
    monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    whole = builtins.__import__

    def without(wanted: str, *rest: Any) -> Any:
        if wanted.split(".", maxsplit=1)[0] == package:
            raise ModuleNotFoundError(f"No module named {package!r}")
        return whole(wanted, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    backend = backends()[name]
    found = backend.availability()
    assert (found.installed, found.licensed, found.version) == (False, False, None)
    with pytest.raises(BackendUnavailable, match=rf"{package} is not installed(.|\n)*Maybe: pip install"):
        choose_backend(knapsack(), name)
    with pytest.raises(BackendUnavailable, match="pip install"):
        backend.solve(knapsack())


def test_auto_without_any_backend_gives_all_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = builtins.__import__

    def without(wanted: str, *rest: Any) -> Any:
        if wanted.split(".", maxsplit=1)[0] in ("gurobipy", "highspy"):
            raise ModuleNotFoundError(wanted)
        return whole(wanted, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(BackendUnavailable, match=r"gurobi: gurobipy(.|\n)*highs: highspy"):
        choose_backend(knapsack())


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("gurobbi", "'gurobi' was meant"),
        ("cplex", "one of auto, gurobi, highs"),
        ("", "one of"),
        (None, "one of"),
    ],
)
def test_an_unknown_backend_is_refused(name: Any, cure: str) -> None:
    with pytest.raises(BackendUnavailable, match=rf"no linear backend .*\n  Maybe {cure}"):
        choose_backend(knapsack(), name)


def test_versions_are_those_of_the_packages(backend: LinearBackend) -> None:
    package = {"gurobi": "gurobipy", "highs": "highspy"}[backend.name]
    found = backend.availability()
    assert found == Availability(True, True, importlib.metadata.version(package), found.reason)


def test_asking_for_backends_imports_none() -> None:
    code = (
        "import sys; from echelon_lib.solvers.base import backends; backends(); "
        "print(*{'highspy', 'gurobipy', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
