"""Which way things depend: the table of the design, and the few things that stand in one named place.

Imports are read from the source, so those inside functions and for type checkers count as well.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import echelon_lib

LIBRARY = Path(echelon_lib.__file__).resolve().parent

# Each part of the library and the parts that it may import; within a part everything may import everything.
# The order is that of the drawing, from the bottom up: nothing may stand right that stands further down left.
MODEL = {"domain", "constraints", "locks", "scoring", "stop"}
DIALECTS = {
    "bounds",
    "checks",
    "formats",
    "generate",
    "preflight",
    "rule_advice",
    "rule_kinds",
    "school_rules",
}
DIALECTS |= {"school_constraints", "school_people", "school_remarks", "schools", "strict_toml"}
DIALECTS |= {"university", "university_constraints", "university_rules", "university_staffing"}
DIALECTS |= {"university_week"}
ENGINES = {"solvers", "search"}
LATE = {"change_files", "late_changes", "late_kinds"}
LATE |= {"university_changes", "university_change_courses", "university_change_kinds", "university_handover"}
VIEWS = {"analysis", "plots", "advice", "whatif"}
MAY_IMPORT: dict[str, set[str]] = {
    "domain": set(),
    "constraints": {"domain"},
    "locks": {"domain", "constraints"},
    "scoring": {"domain", "constraints"},
    "stop": {"domain"},
    "communities": {"domain", "stop"},
    "bounds": MODEL,
    "checks": MODEL | {"bounds"},
    "preflight": MODEL | {"bounds", "checks"},
    "formats": MODEL,
    "generate": MODEL | {"formats"},
    "strict_toml": MODEL | {"formats"},
    "rule_kinds": MODEL,
    "school_rules": MODEL | {"rule_kinds", "strict_toml"},
    "rule_advice": MODEL | {"checks", "preflight", "rule_kinds", "school_rules"},
    "school_people": MODEL | {"formats", "school_rules"},
    "school_constraints": MODEL | {"formats", "school_people", "school_rules"},
    "school_remarks": MODEL | {"formats", "school_constraints", "school_people", "school_rules"},
    "schools": MODEL | {"formats", "school_constraints", "school_people", "school_remarks", "school_rules"},
    "late_kinds": MODEL | {"formats"},
    "change_files": MODEL | {"strict_toml"},
    "late_changes": MODEL | {"change_files", "formats", "late_kinds", "schools"},
    "university_rules": MODEL | {"rule_kinds", "strict_toml"},
    "university_week": MODEL | {"formats"},
    "university_staffing": MODEL | {"bounds", "formats", "university_week"},
    "university_constraints": MODEL | {"formats", "university_rules"},
    "university": MODEL
    | {"formats", "university_constraints", "university_rules", "university_staffing", "university_week"},
    "university_change_kinds": MODEL | {"formats"},
    "university_change_courses": MODEL | {"formats", "university_change_kinds"},
    "university_handover": MODEL | {"formats", "university_staffing"},
    "university_changes": MODEL
    | {"change_files", "formats", "university", "university_change_courses", "university_change_kinds"}
    | {"university_handover", "university_staffing"},
    "solvers": MODEL | {"bounds", "preflight"},
    "search": MODEL | {"bounds", "communities", "preflight", "solvers"},
    "analysis": MODEL | DIALECTS | {"communities"},
    "plots": MODEL | DIALECTS | {"analysis"},
    "advice": MODEL | DIALECTS | {"analysis"},
    "whatif": MODEL | DIALECTS | ENGINES | {"analysis"},
    "runs": MODEL | DIALECTS | LATE | ENGINES | VIEWS,
    "widgets": MODEL | DIALECTS | LATE | ENGINES | VIEWS | {"runs"},
    "commands": MODEL | DIALECTS | LATE | ENGINES | VIEWS | {"runs", "widgets"},
    "__main__": {"commands"},
}

# What a solver answered is no solver: pictures and advice may look at a result.
ALSO_ALLOWED = {
    ("analysis", "echelon_lib.solvers.result"),
    ("plots", "echelon_lib.solvers.result"),
    ("advice", "echelon_lib.solvers.result"),
}

STANDARD_LIBRARY_ONLY = ("domain/", "constraints/", "scoring/evaluate.py")

# Packages that are heavy, optional or hard to replace, and the one place (file or folder) that imports each.
ONE_PLACE = {
    "anthropic": "advice/claude.py",
    "anywidget": "widgets/",
    "boto3": "formats/object_store.py",
    "botocore": "formats/object_store.py",
    "dask": "search/university/distributed.py",
    "distributed": "search/university/distributed.py",
    "gurobipy": "solvers/gurobi.py",
    "highspy": "solvers/highs.py",
    "ipywidgets": "widgets/",
    "jupyter_server": "commands/dashboard_server.py",
    "networkx": "communities.py",
    "numba": "search/kernels/",
    "openpyxl": "formats/workbook.py",
    "ortools": "solvers/cpsat.py",
    "platformdirs": "runs/workspace.py",
    "plotly": "plots/",
    "psutil": "runs/processes.py",
    "rich": "commands/",
    "tomli_w": "strict_toml.py",
    "tornado": "commands/dashboard_server.py",
    "typer": "commands/",
    "voila": "commands/dashboard_server.py",
}

ABOVE_THE_MACHINE = {"runs", "widgets", "commands", "__main__"}  # these may know clock, environment and files
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv"}
CLOCK = {
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "pandas.Timestamp.now",
    "pandas.Timestamp.today",
}
WRITING_CALLS = {"json.dump", "pickle.dump", "numpy.save", "numpy.savez", "numpy.savetxt"}
WRITING_METHODS = {
    *("write_text", "write_bytes", "mkdir", "touch", "unlink", "rmdir", "symlink_to", "makedirs"),
    *("to_csv", "to_excel", "to_parquet", "to_pickle", "write_html", "write_image", "write_json"),
}
WRITING_MODULES = {"shutil", "tempfile"}
TALKING = {
    *("print", "pprint.pprint", "sys.stdout.write", "sys.stderr.write"),
    *("logging.basicConfig", "logging.StreamHandler", "logging.FileHandler"),
}


def imported(tree: ast.AST, package: str) -> Iterator[str]:
    """Yield every module or member that is imported, as a dotted name, wherever the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {
            "import_module",
            "__import__",
        }:
            names = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "name")]
            yield from (str(name.value) for name in names if isinstance(name, ast.Constant))


def full_names(tree: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Yield every name and attribute with the dotted name that it stands for, aliases undone."""
    meaning: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                meaning[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                meaning[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            first, dot, rest = ast.unparse(node).partition(".")
            yield node, meaning.get(first, first) + dot + rest


def opens_for_writing(call: ast.Call, name: str) -> bool:
    """Tell whether a call is ``open`` or ``.open`` with a mode other than reading."""
    if name in {"open", "io.open"}:
        position = 1
    elif name.endswith(".open") and name.count(".") == 1:
        position = 0
    else:
        return False
    modes = [
        *call.args[position : position + 1],
        *(word.value for word in call.keywords if word.arg == "mode"),
    ]
    return any(not isinstance(mode, ast.Constant) or set(str(mode.value)) & set("wax+") for mode in modes)


def import_faults(part: str, file: str, name: str) -> Iterator[str]:
    """Yield what is wrong with one import of the dotted ``name`` in ``file``."""
    top, _, inner = name.partition(".")
    if top == "echelon_lib":
        other = inner.split(".")[0]
        if other in {"", "*"} or (other not in MAY_IMPORT and other != "__version__"):
            yield f"imports {name}, the front door, from inside: name the module itself"
        elif other in MAY_IMPORT and other != part and other not in MAY_IMPORT[part]:
            excused = any(part == who and f"{name}.".startswith(f"{what}.") for who, what in ALSO_ALLOWED)
            if not excused:
                yield f"imports {name}: {part} may not depend on {other}"
        return
    if file.startswith(STANDARD_LIBRARY_ONLY) and top not in sys.stdlib_module_names:
        yield f"imports {name}: only the standard library may be used here"
    place = ONE_PLACE.get(top)
    if place and not (file == place or (place.endswith("/") and file.startswith(place))):
        yield f"imports {name}: only {place} may do that"
    if part not in ABOVE_THE_MACHINE and part != "stop" and top == "time":
        yield f"imports {name}: below runs only stop.py may read the clock"
    if part not in ABOVE_THE_MACHINE and part != "formats" and top in WRITING_MODULES:
        yield f"imports {name}: below runs only formats may write files"


def faults(source: str, file: str) -> list[str]:
    """Return what breaks the rules in a module of the library, each as one sentence without a full stop.

    ``file`` is its path below ``echelon_lib``, with forward slashes.
    """
    tree = ast.parse(source)
    part = file.removesuffix(".py").split("/")[0]
    if part not in MAY_IMPORT:
        return [f"{file}: the part {part} stands in no row of the table"]
    package = ".".join(["echelon_lib", *file.split("/")[:-1]])
    found = [fault for name in imported(tree, package) for fault in import_faults(part, file, name)]

    calls = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node, name in full_names(tree):
        call = calls.get(id(node))
        if part != "commands" and name in TALKING and (call or name != "print"):
            found.append(f"uses {name}: the library neither prints nor sets up logging")
        if part != "commands" and call and name.endswith(".addHandler"):
            found.append(f"uses {name}: the library neither prints nor sets up logging")
        if part in ABOVE_THE_MACHINE:
            continue
        if any(f"{name}.".startswith(f"{each}.") for each in ENVIRONMENT):
            found.append(f"uses {name}: below runs nothing reads the environment")
        if part != "stop" and name in CLOCK:
            found.append(f"uses {name}: below runs only stop.py may read the clock")
        writes = call and (
            name in WRITING_CALLS
            or (isinstance(node, ast.Attribute) and node.attr in WRITING_METHODS)
            or opens_for_writing(call, name)
        )
        if part != "formats" and writes:
            found.append(f"uses {name}: below runs only formats may write files")
    return [f"{file}: {fault}" for fault in dict.fromkeys(found)]


def modules() -> list[str]:
    found = (path.relative_to(LIBRARY).as_posix() for path in LIBRARY.rglob("*.py"))
    return sorted(file for file in found if file != "__init__.py")


@pytest.mark.parametrize("file", modules())
def test_module_keeps_to_its_layer(file: str) -> None:
    assert faults((LIBRARY / file).read_text(encoding="utf-8"), file) == []


def test_the_table_has_no_circle() -> None:
    below: set[str] = set()
    for part, allowed in MAY_IMPORT.items():
        assert allowed <= below, f"{part} may import what stands above it"
        below.add(part)


def test_named_places_are_in_the_table() -> None:
    for place in ONE_PLACE.values():
        assert place.removesuffix(".py").split("/")[0] in MAY_IMPORT


BROKEN = {
    "upwards": ("domain/problem.py", "from echelon_lib.scoring.evaluate import evaluate"),
    "upwards within a function": ("scoring/explain.py", "def f():\n    import echelon_lib.search.choose"),
    "upwards for the type checker": (
        "constraints/base.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from echelon_lib.solvers import base",
    ),
    "upwards by a relative import": ("formats/native.py", "from ..solvers import highs"),
    "upwards by the package": ("solvers/highs.py", "from echelon_lib import runs"),
    "upwards by a string": (
        "analysis/loads.py",
        "import importlib\nimportlib.import_module('echelon_lib.runs')",
    ),
    "sideways": ("preflight.py", "from echelon_lib.schools import SchoolRules"),
    "a plot that solves": ("plots/utilisation.py", "from echelon_lib.search.choose import solve"),
    "advice that solves": ("advice/advisor.py", "import echelon_lib.solvers.gurobi"),
    "a result's neighbour": ("plots/progress.py", "from echelon_lib.solvers.result_cache import x"),
    "a run that shows": ("runs/loop.py", "from echelon_lib.widgets.state import State"),
    "the front door from inside": ("search/repair.py", "from echelon_lib import solve"),
    "the whole front door": ("search/repair.py", "import echelon_lib"),
    "the front door by a star": ("runs/run.py", "from echelon_lib import *"),
    "numpy in the domain": ("domain/calendar.py", "import numpy as np"),
    "pandas in the evaluator": ("scoring/evaluate.py", "def f():\n    import pandas"),
    "a solver package elsewhere": ("search/choose.py", "import gurobipy as gp"),
    "a solver package by the side": ("solvers/master_schedule.py", "from highspy import Highs"),
    "a plot elsewhere": ("analysis/utilisation.py", "import plotly.express"),
    "a widget elsewhere": ("runs/run.py", "import ipywidgets"),
    "the model's API elsewhere": ("advice/advisor.py", "from anthropic import Anthropic"),
    "a web server elsewhere": ("widgets/app.py", "from tornado.web import RequestHandler"),
    "workers elsewhere": ("runs/resources.py", "from distributed import Client"),
    "cloud storage elsewhere": ("formats/tables.py", "import boto3"),
    "a workbook elsewhere": ("runs/run.py", "from openpyxl import Workbook"),
    "graphs elsewhere": ("analysis/conflicts.py", "import networkx as nx"),
    "a new part": ("magic/wand.py", ""),
    "the environment": ("solvers/gurobi.py", "import os\nx = os.environ['GRB_LICENSE_FILE']"),
    "the environment's method": ("solvers/gurobi.py", "import os\nx = os.environ.get('A')"),
    "the environment by another name": ("domain/places.py", "from os import getenv as ask\nask('A')"),
    "the clock": ("solvers/highs.py", "import time\nstart = time.perf_counter()"),
    "the clock by another name": ("search/school.py", "from time import monotonic as now\nnow()"),
    "today": ("domain/calendar.py", "import datetime as dt\ndt.date.today()"),
    "now": ("formats/native.py", "from datetime import datetime\ndatetime.now()"),
    "writing text": ("plots/loads.py", "from pathlib import Path\nPath('a').write_text('b')"),
    "writing by open": ("solvers/highs.py", "with open('model.lp', 'w') as file: ..."),
    "writing by a mode in words": ("scoring/explain.py", "open('a', mode='ab')"),
    "writing by a path's open": ("schools.py", "def f(path):\n    path.open('w')"),
    "a table that writes itself": ("analysis/loads.py", "def f(table):\n    table.to_csv('a.csv')"),
    "temporary files": ("search/genetic.py", "import tempfile"),
    "print": ("runs/run.py", "print('done')"),
    "pprint": ("runs/run.py", "from pprint import pprint\npprint({})"),
    "set up logging": ("solvers/base.py", "import logging\nlogging.basicConfig()"),
    "a log handler": ("runs/jobs.py", "def f(log, handler):\n    log.addHandler(handler)"),
}


@pytest.mark.parametrize(("file", "source"), BROKEN.values(), ids=BROKEN)
def test_the_checker_sees(file: str, source: str) -> None:
    assert len(faults(source, file)) >= 1


KEPT = {
    "downwards": ("scoring/evaluate.py", "from echelon_lib.domain.problem import Problem\nimport math"),
    "within one part": ("search/choose.py", "from echelon_lib.search import school"),
    "relative within one part": ("solvers/highs.py", "from . import base\nfrom .base import Backend"),
    "a result": ("plots/progress.py", "from echelon_lib.solvers.result import Result"),
    "the version": ("formats/native.py", "from echelon_lib import __version__"),
    "named places": ("solvers/gurobi.py", "import gurobipy"),
    "named folders": ("plots/loads.py", "import plotly.graph_objects as go"),
    "what stop.py is for": ("stop.py", "import time\ntime.monotonic()"),
    "what formats are for": ("formats/native.py", "def f(path):\n    path.write_text('a')"),
    "reading": ("schools.py", "def f(path):\n    path.open()\n    path.open('r')\n    open('a', 'rb')"),
    "a class of time": ("domain/calendar.py", "class Time: ...\ntime = Time()\ntime.start = 3"),
    "dates": ("domain/calendar.py", "from datetime import date\ndate.fromisoformat('2026-09-01')"),
    "a word of the command": ("commands/solve.py", "import typer\nprint('done')"),
    "runs know the machine": ("runs/run.py", "import os, time, shutil\nos.environ['A']\ntime.time()"),
}


@pytest.mark.parametrize(("file", "source"), KEPT.values(), ids=KEPT)
def test_the_checker_lets_pass(file: str, source: str) -> None:
    assert faults(source, file) == []
