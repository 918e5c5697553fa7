"""Runs that several tests look at."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
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


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for little."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a file system cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)
