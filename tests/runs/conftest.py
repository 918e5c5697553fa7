"""Runs that several tests look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from echelon_lib.runs.run import Outcome, run
from echelon_lib.runs.scenario import Scenario


@pytest.fixture(scope="session")
def solved(tiny_high_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The tiny school, solved to proof."""
    out = tmp_path_factory.mktemp("runs") / "solved"
    return run(Scenario(folder=tiny_high_folder, solver="highs", seconds=60.0), out)


@pytest.fixture(scope="session")
def quick(tiny_high_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The tiny school, scheduled greedily."""
    out = tmp_path_factory.mktemp("runs") / "quick"
    return run(Scenario(folder=tiny_high_folder, kind="greedy"), out)
