"""The front door opens quickly, loads nothing heavy, and keeps each name whatever is imported first."""

from __future__ import annotations

import ast
import importlib
import statistics
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

import echelon_lib

ROOT = Path(__file__).resolve().parents[1]
NAMES = sorted(set(echelon_lib.__all__) - {"__version__"})
HEAVY = (
    "anthropic",
    "boto3",
    "gurobipy",
    "highspy",
    "ipywidgets",
    "networkx",
    "numpy",
    "ortools",
    "pandas",
    "plotly",
    "pydantic",
    "scipy",
)


def in_a_fresh_process(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def home_of(name: str) -> str:
    return echelon_lib._HOMES[name]


def test_import_loads_nothing_heavy() -> None:
    code = "import sys, echelon_lib; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    assert set(in_a_fresh_process(code).split()).isdisjoint(HEAVY)


def test_import_takes_under_half_a_second() -> None:
    def seconds(code: str) -> float:
        took = []
        for _ in range(3):
            start = time.perf_counter()
            in_a_fresh_process(code)
            took.append(time.perf_counter() - start)
        return statistics.median(took)

    assert seconds("import echelon_lib") - seconds("pass") < 0.5


@pytest.mark.parametrize("name", NAMES)
def test_name_is_its_modules_own(name: str) -> None:
    value = getattr(echelon_lib, name)
    assert not isinstance(value, ModuleType)
    assert value is getattr(importlib.import_module(home_of(name)), name)


# Each name is tried from a clean start: Echelon's own modules are forgotten, the rest may stay loaded.
EACH_NAME = """
import importlib, sys
def home(): return importlib.import_module({homes!r}[name])
def door(): return getattr(importlib.import_module("echelon_lib"), name)
for name in list({homes!r})[::{step}]:
    for key in [key for key in sys.modules if key.partition(".")[0] == "echelon_lib"]:
        del sys.modules[key]
    {order}
    assert not isinstance(value, type(sys)), name
    assert value is getattr(module, name) is door(), name
"""


@pytest.mark.parametrize(
    ("order", "step"),
    [
        ("module = home(); value = door()", 1),
        ("value = door(); module = home()", 1),
        # It takes all modules each time.
        ("exec('from echelon_lib import *'); value = locals()[name]; module = home()", 8),
    ],
    ids=["module first", "name first", "all names at once"],
)
def test_names_survive_every_order_of_import(order: str, step: int) -> None:
    in_a_fresh_process(EACH_NAME.format(homes=echelon_lib._HOMES, order=order, step=step))


def test_a_submodule_cannot_displace_a_name() -> None:
    code = """
import sys, types, echelon_lib
module = types.ModuleType("echelon_lib.preflight")
module.preflight = lambda problem: ()
sys.modules["echelon_lib.preflight"] = module
echelon_lib.preflight = module
assert echelon_lib.preflight is module.preflight
import echelon_lib.preflight
from echelon_lib.preflight import preflight
assert echelon_lib.preflight is preflight is module.preflight
assert sys.modules["echelon_lib.preflight"] is module
"""
    in_a_fresh_process(code)


def test_a_name_can_still_be_replaced_for_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(echelon_lib, "DataError", ValueError)
    assert echelon_lib.DataError is ValueError


def test_lists_of_names_agree() -> None:
    source = Path(echelon_lib.__file__).read_text(encoding="utf-8")
    guard = next(
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    seen_by_mypy = {
        alias.name: node.module
        for node in guard.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen_by_mypy == echelon_lib._HOMES
    assert set(NAMES) == set(echelon_lib._HOMES)
    assert set(echelon_lib.__all__) <= set(dir(echelon_lib))


def test_an_unknown_name_is_said() -> None:
    with pytest.raises(AttributeError, match="'echelon_lib' has no attribute 'solv'"):
        echelon_lib.solv  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'nothing'"):
        from echelon_lib import nothing  # noqa: F401
