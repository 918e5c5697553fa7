"""A path of a notebook leads to the same place wherever the notebook was started."""

from __future__ import annotations

from pathlib import Path

import pytest

from echelon_lib.runs.paths import found

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("started", ["", "notebooks", "tests/runs"])
def test_the_sample_is_found_from_everywhere(started: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / started)
    assert (Path(found("data/samples/tiny_high")) / "Period.csv").exists()


def test_what_lies_here_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data" / "samples" / "tiny_high").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert found("data/samples/tiny_high") == str(Path("data/samples/tiny_high"))


def test_whole_paths_stay(tmp_path: Path) -> None:
    assert found(str(tmp_path)) == str(tmp_path)


@pytest.mark.parametrize(
    "path", ["", "   ", "no/such/school", "nul\0byte", "x" * 5000, "~nobody-of-this-name/x"]
)
def test_what_leads_nowhere_is_left_to_the_reader(path: str) -> None:
    assert found(path) == path
