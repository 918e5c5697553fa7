"""Fixtures that every test may use: the sample schools, and benchmarks where they are present."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "data" / "samples"

# A machine that is busy or starts cold must not fail a property; CI draws the same examples each time.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def folder_beside(variable: str, what: str) -> Path:
    """Return the folder that an environment variable names; skip without it, or fail where it is required."""
    named = os.environ.get(variable, "").strip()
    # A relative path counts from the checkout, wherever pytest was started.
    folder = ROOT / Path(named).expanduser() if named else None
    if folder is not None and folder.is_dir():
        return folder.resolve()
    reason = f"{what}: {variable} " + (f"names {named!r}, which is no folder" if named else "is not set")
    if "benchmarks" in re.split(r"[\s,]+", os.environ.get("ECHELON_REQUIRE", "")):
        pytest.fail(f"{reason}, and ECHELON_REQUIRE asks for benchmarks", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def benchmarks() -> Path:
    """The folder of benchmark instances, which are other people's data and not in the repository."""
    return folder_beside("ECHELON_BENCHMARKS", "no benchmarks")


@pytest.fixture(scope="session")
def validators() -> Path:
    """The folder of independent checkers of benchmark solutions."""
    return folder_beside("ECHELON_VALIDATORS", "no validators")


@pytest.fixture(scope="session")
def tiny_high_folder() -> Path:
    """The sample school that is solved in a moment."""
    return SAMPLES / "tiny_high"


@pytest.fixture(scope="session")
def valley_high_folder() -> Path:
    """The sample school of the demo."""
    return SAMPLES / "valley_high"
