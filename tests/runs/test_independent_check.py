"""Run folders hold what their results say, by a checker that knows the files alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from independent_checker import check

from echelon_lib.generate.family import FAMILIES, generate_family
from echelon_lib.generate.school import generate_school, write_school
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.search.warming import warm_up
from echelon_lib.solvers.result import Status

SHAPES = {
    "grouped, six periods": {"students": 120, "request_lists": 20, "periods": 6, "seed": 1},
    "grouped, seven periods": {"students": 200, "request_lists": 30, "periods": 7, "seed": 2},
    "everyone else wants something else": {"students": 150, "request_lists": None, "periods": 8, "seed": 3},
    "many alternates": {"students": 100, "request_lists": 40, "alternates": 0.5, "seed": 4},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_generated_school(shape: str, tmp_path: Path) -> None:
    folder = tmp_path / "school"
    write_school(generate_school(**SHAPES[shape]), folder)
    outcome = run(Scenario(folder=folder, seconds=6), tmp_path / "run")
    assert outcome.result.status in (Status.OPTIMAL, Status.FEASIBLE)
    found = check(folder, outcome.folder)
    evaluation = outcome.result.evaluation
    assert evaluation is not None
    assert found == {"requests": evaluation.requests, "met": evaluation.met, "filled": evaluation.filled}
    assert outcome.greedy is not None
    assert found["filled"] >= outcome.greedy.filled


@pytest.mark.parametrize("family", FAMILIES)
def test_a_school_of_each_family(family: str, tmp_path: Path) -> None:
    """Nearly everyone has a list of their own: the search is tried, with every rule that the family has."""
    folder = tmp_path / "school"
    generate_family(family, students=300, seed=5).write(folder)
    warm_up()
    outcome = run(Scenario(folder=folder, rules=folder / "rules.toml", seconds=6), tmp_path / "run")
    found = check(folder, outcome.folder)
    evaluation = outcome.result.evaluation
    assert evaluation is not None
    assert evaluation.feasible
    assert outcome.result.mismatches == ()
    assert "searched student by student" in " ".join(outcome.result.notes)
    assert found["met"] == evaluation.met
    assert found["met"] >= 0.93 * found["requests"]


@pytest.mark.parametrize("solver", ["greedy", "highs"])
def test_the_samples(solver: str, tiny_high_folder: Path, valley_high_folder: Path, tmp_path: Path) -> None:
    for folder in (tiny_high_folder, valley_high_folder):
        outcome = run(Scenario(folder=folder, seconds=6, solver=solver), tmp_path / folder.name)
        found = check(folder, outcome.folder)
        assert outcome.result.evaluation is not None
        assert found["met"] == outcome.result.evaluation.met
