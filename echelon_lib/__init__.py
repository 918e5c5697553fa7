"""Echelon: a workbench with which schools and universities make their timetables.

The names in ``__all__`` are the front door. Each is fetched from its module when it is first used, so
that ``import echelon_lib`` loads no solver, no plotting and no data frames.

Examples
--------
>>> from echelon_lib import load_school, solve
>>> problem = load_school("data/samples/valley_high")  # doctest: +SKIP
>>> result = solve(problem, stop=60, seed=0)  # doctest: +SKIP
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from echelon_lib.advice.changes import apply
    from echelon_lib.advice.rules import RuleAdvisor
    from echelon_lib.domain.errors import DataError
    from echelon_lib.domain.problem import Problem
    from echelon_lib.domain.timetable import Timetable
    from echelon_lib.formats.itc2007_curriculum import read_benchmark
    from echelon_lib.generate.school import generate_school
    from echelon_lib.late_changes import with_changes
    from echelon_lib.plots.utilisation import plot_utilisation
    from echelon_lib.preflight import preflight
    from echelon_lib.runs.run import run
    from echelon_lib.runs.scenario import Scenario
    from echelon_lib.schools import SchoolRules, load_school
    from echelon_lib.scoring.evaluate import evaluate
    from echelon_lib.scoring.explain import explain
    from echelon_lib.search.choose import solve
    from echelon_lib.search.repair import repair
    from echelon_lib.search.suggest import Workbench
    from echelon_lib.search.swap import cheapest_swap
    from echelon_lib.search.university.resolve import resolve
    from echelon_lib.search.university.stages import Stages
    from echelon_lib.search.why import why_here, why_not
    from echelon_lib.solvers.result import Result
    from echelon_lib.stop import AnyOf, MaxRuntime, NoImprovement
    from echelon_lib.university import UniversityRules, load_university
    from echelon_lib.university_changes import with_university_changes

__version__ = "0.1.0"

__all__ = [
    "AnyOf",
    "DataError",
    "MaxRuntime",
    "NoImprovement",
    "Problem",
    "Result",
    "RuleAdvisor",
    "Scenario",
    "SchoolRules",
    "Stages",
    "Timetable",
    "UniversityRules",
    "Workbench",
    "__version__",
    "apply",
    "cheapest_swap",
    "evaluate",
    "explain",
    "generate_school",
    "load_school",
    "load_university",
    "plot_utilisation",
    "preflight",
    "read_benchmark",
    "repair",
    "resolve",
    "run",
    "solve",
    "why_here",
    "why_not",
    "with_changes",
    "with_university_changes",
]

_HOMES = {
    "AnyOf": "echelon_lib.stop",
    "DataError": "echelon_lib.domain.errors",
    "MaxRuntime": "echelon_lib.stop",
    "NoImprovement": "echelon_lib.stop",
    "Problem": "echelon_lib.domain.problem",
    "Result": "echelon_lib.solvers.result",
    "RuleAdvisor": "echelon_lib.advice.rules",
    "Scenario": "echelon_lib.runs.scenario",
    "SchoolRules": "echelon_lib.schools",
    "Stages": "echelon_lib.search.university.stages",
    "Timetable": "echelon_lib.domain.timetable",
    "UniversityRules": "echelon_lib.university",
    "Workbench": "echelon_lib.search.suggest",
    "apply": "echelon_lib.advice.changes",
    "cheapest_swap": "echelon_lib.search.swap",
    "evaluate": "echelon_lib.scoring.evaluate",
    "explain": "echelon_lib.scoring.explain",
    "generate_school": "echelon_lib.generate.school",
    "load_school": "echelon_lib.schools",
    "load_university": "echelon_lib.university",
    "plot_utilisation": "echelon_lib.plots.utilisation",
    "preflight": "echelon_lib.preflight",
    "read_benchmark": "echelon_lib.formats.itc2007_curriculum",
    "repair": "echelon_lib.search.repair",
    "resolve": "echelon_lib.search.university.resolve",
    "run": "echelon_lib.runs.run",
    "solve": "echelon_lib.search.choose",
    "why_here": "echelon_lib.search.why",
    "why_not": "echelon_lib.search.why",
    "with_changes": "echelon_lib.late_changes",
    "with_university_changes": "echelon_lib.university_changes",
}


class _FrontDoor(ModuleType):
    """The package as a module whose front-door names no submodule can displace."""

    def __setattr__(self, name: str, value: object) -> None:
        # The import system binds each submodule on its package: without this, importing the module
        # `echelon_lib.preflight` would put it where the function `preflight` is promised.
        if name in _HOMES and isinstance(value, ModuleType):
            return
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _FrontDoor


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(
            f"module {__name__!r} has no attribute {name!r}", name=name, obj=sys.modules[__name__]
        )
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
