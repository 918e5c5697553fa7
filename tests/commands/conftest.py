"""Schools and runs for the commands, each test in a folder of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from command_runner import echelon

IMPOSSIBLE = '[courses."World History"]\nperiods = ["R1"]\n'


@pytest.fixture(autouse=True)
def somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ECHELON_DEBUG", raising=False)


@pytest.fixture
def school(tiny_high_folder: Path) -> Path:
    """The tiny school."""
    return tiny_high_folder


@pytest.fixture
def broken(school: Path, tmp_path: Path) -> Path:
    """The tiny school with two cells that cannot be read."""
    folder = Path(shutil.copytree(school, tmp_path / "broken"))
    path = folder / "Sections_Information.csv"
    text = path.read_text(encoding="utf-8").replace("T01,7,", "T01,many,").replace("T03,10,", "T09,10,")
    path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def impossible(tmp_path: Path) -> Path:
    """Rules that no timetable of the tiny school can keep."""
    path = tmp_path / "impossible.toml"
    path.write_text(IMPOSSIBLE, encoding="utf-8")
    return path


@pytest.fixture
def made(school: Path, tmp_path: Path) -> Path:
    """A run of the tiny school."""
    assert echelon("solve", school, "--kind", "greedy", "--out", tmp_path / "made").exit_code == 0
    return tmp_path / "made"
