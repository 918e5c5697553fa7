"""Scenarios: typed, strict, and with a cure for everything that does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from echelon_lib.domain.errors import DataError
from echelon_lib.runs.scenario import Scenario


def test_defaults_are_said_once() -> None:
    scenario = Scenario(folder=Path("school"))
    assert (scenario.kind, scenario.solver, scenario.seconds, scenario.seed) == ("milp", "auto", 60.0, 0)
    assert scenario.rules is None
    assert scenario.method == "auto"


def test_a_scenario_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Scenario(folder=Path("school")).seed = 3  # type: ignore[misc]


def test_greedy_needs_no_solver() -> None:
    assert Scenario(folder=Path("school"), kind="greedy").method == "greedy"
    with pytest.raises(DataError, match="the kind 'greedy' uses no solver"):
        Scenario(folder=Path("school"), kind="greedy", solver="highs")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("first_day", 1788739200, "such as 2026-09-07"),
        ("seconds", 0, "greater than 0"),
        ("seconds", -1.0, "greater than 0"),
        ("seconds", float("nan"), "finite"),
        ("seconds", float("inf"), "finite"),
        ("seconds", "60", "valid number"),
        ("seconds", True, "valid number"),
        ("seed", -1, "greater than or equal to 0"),
        ("seed", 1.5, "valid integer"),
        ("seed", True, "valid integer"),
        pytest.param("seed", 10**5000, "very large", id="a seed too long to spell"),
        ("kind", "hybird", "'hybrid' was meant"),
        ("solver", "gurob", "'gurobi' was meant"),
        ("folder", " ", "no folder is named"),
        ("folder", 3, "does not fit"),
        ("accept_headers", "yes", "does not fit"),
        ("name", "x" * 201, "does not fit"),
        ("workers", 0, "greater than or equal to 1"),
        ("workers", 1000, "less than or equal to 256"),
        ("dask", "10.0.0.7", "is no address of a scheduler"),
        ("dask", "tcp://10.0.0.7", "with the port"),
        ("secnds", 3, "'seconds' was meant"),
        ("self", 3, "is unknown"),
    ],
)
def test_what_does_not_fit_is_named(key: str, value: Any, words: str) -> None:
    with pytest.raises(DataError) as error:
        Scenario.from_mapping({"folder": "school", key: value}, source="my.toml")
    assert words in str(error.value)
    assert [issue.column for issue in error.value.issues] == [key]
    assert error.value.issues[0].path == "my.toml"


def test_everything_comes_at_once() -> None:
    with pytest.raises(DataError) as error:
        Scenario(seconds=-1, seed=-1, solver="none")
    assert [issue.column for issue in error.value.issues] == ["folder", "solver", "seconds", "seed"]


def test_paths_count_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text('folder = "../school"\nrules = "rules.toml"\nseconds = 20\n', encoding="utf-8")
    scenario = Scenario.from_toml(path)
    assert scenario.folder == tmp_path / "../school"
    assert scenario.rules == tmp_path / "rules.toml"
    assert scenario.seconds == 20.0


def test_the_policy_of_a_stage_counts_from_the_file_as_well(tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text('folder = "a"\n[stages]\nrepair = "learned"\npolicy = "own.json"\n', encoding="utf-8")
    assert Scenario.from_toml(path).stages.policy == tmp_path / "own.json"


def test_absolute_paths_stay(tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text('folder = "/school"\nrules = ""\n', encoding="utf-8")
    scenario = Scenario.from_toml(path)
    assert scenario.folder == Path("/school")
    assert scenario.rules is None


def test_a_file_is_as_strict(tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text('folder = 3\nseconds = "long"\n', encoding="utf-8")
    with pytest.raises(DataError) as error:
        Scenario.from_toml(path)
    assert [(issue.path, issue.column) for issue in error.value.issues] == [
        ("scenario.toml", "folder"),
        ("scenario.toml", "seconds"),
    ]
    with pytest.raises(DataError, match="the scenario cannot be read"):
        Scenario.from_toml(tmp_path / "other.toml")
