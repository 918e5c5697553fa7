"""Fixtures that every test may use: the sample schools; benchmarks and a browser where they are present."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "data" / "samples"

# A machine that is busy or starts cold must not fail a property; CI draws the same examples each time.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


# A browser that is tested with asks nobody for anything by itself, and needs no display.
BROWSER_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)


def missing(what: str, reason: str) -> NoReturn:
    """Skip a test for want of something, or fail where ``ECHELON_REQUIRE`` names it."""
    if what in re.split(r"[\s,]+", os.environ.get("ECHELON_REQUIRE", "")):
        pytest.fail(f"{reason}, and ECHELON_REQUIRE asks for {what}", pytrace=False)
    pytest.skip(reason)


def folder_beside(variable: str, what: str) -> Path:
    """Return the folder that an environment variable names; skip without it, or fail where it is required."""
    named = os.environ.get(variable, "").strip()
    # A relative path counts from the checkout, wherever pytest was started.
    folder = ROOT / Path(named).expanduser() if named else None
    if folder is not None and folder.is_dir():
        return folder.resolve()
    reason = f"{what}: {variable} " + (f"names {named!r}, which is no folder" if named else "is not set")
    missing("benchmarks", reason)


@pytest.fixture(scope="session")
def planted_college(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample college with the timetable by which it was made, as a run would have it."""
    folder = tmp_path_factory.mktemp("college") / "small_college"
    shutil.copytree(SAMPLES / "small_college", folder)
    shutil.copy(folder / "planted" / "timetable.csv", folder)
    return folder


@pytest.fixture(scope="session")
def benchmarks() -> Path:
    """The folder of benchmark instances, which are other people's data and not in the repository."""
    return folder_beside("ECHELON_BENCHMARKS", "no benchmarks")


@pytest.fixture(scope="session")
def validators() -> Path:
    """The folder of independent checkers of benchmark solutions."""
    return folder_beside("ECHELON_VALIDATORS", "no validators")


# Not for the whole session: while Playwright is open, no other test can have an event loop of its own.
@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """A Chromium of this machine: the one that ``ECHELON_CHROMIUM`` names, else the one on the path."""
    named = os.environ.get("ECHELON_CHROMIUM", "").strip() or "chromium"
    path = shutil.which(named)
    if path is None:
        missing("browser", f"no browser: {named} is not here")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("browser", "no browser: Playwright is not installed")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(BROWSER_FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def tiny_high_folder() -> Path:
    """The sample school that is solved in a moment."""
    return SAMPLES / "tiny_high"


@pytest.fixture(scope="session")
def valley_high_folder() -> Path:
    """The sample school of the demo."""
    return SAMPLES / "valley_high"


@pytest.fixture
def only_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """No school is small enough for the exact model."""
    from echelon_lib.search import choose

    monkeypatch.setattr(choose, "COUNTED_MODEL", 0)
    monkeypatch.setattr(choose, "TINY_MODEL", 0)
