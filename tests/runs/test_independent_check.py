"""Run folders hold what their results say, by a checker that knows the files alone."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

import pytest
from independent_checker import check
from independent_files import rows

from echelon_lib.formats.tables import write_table
from echelon_lib.generate.family import FAMILIES, generate_family
from echelon_lib.generate.school import generate_school, write_school
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.search.warming import warm_up
from echelon_lib.solvers.result import Status
from echelon_lib.stop import MaxIterations

RULES = {"valley_high": Path(__file__).resolve().parents[2] / "data" / "rules" / "valley_high.toml"}
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
    outcome = run(Scenario(folder=folder, seconds=3), tmp_path / "run")
    assert outcome.result.status in (Status.OPTIMAL, Status.FEASIBLE)
    found = check(folder, outcome.folder)
    evaluation = outcome.result.evaluation
    assert evaluation is not None
    said = {"requests": evaluation.requests, "met": evaluation.met, "filled": evaluation.filled}
    assert {name: found[name] for name in said} == said
    assert outcome.greedy is not None
    assert found["filled"] >= outcome.greedy.filled


@pytest.mark.parametrize(("family", "planted"), list(zip(FAMILIES, cycle([False, True]), strict=False)))
def test_a_school_of_each_family(family: str, planted: bool, tmp_path: Path) -> None:
    """Nearly everyone has a list of their own: the search is tried, with every rule that the family has."""
    folder = tmp_path / "school"
    students = {"realistic": 500, "hard": 450, "cohort": 300, "tight": 400}[family]
    generate_family(family, students=students, seed=5, planted=planted).write(folder)
    warm_up()
    outcome = run(
        Scenario(folder=folder, rules=folder / "rules.toml", seconds=300),
        tmp_path / "run",
        stop=MaxIterations(4),
    )
    found = check(folder, outcome.folder)
    evaluation = outcome.result.evaluation
    assert evaluation is not None
    assert evaluation.feasible
    assert outcome.result.mismatches == ()
    assert "searched student by student" in " ".join(outcome.result.notes)
    assert found == {
        "requests": evaluation.requests,
        "met": evaluation.met,
        "filled": evaluation.filled,
        "core": outcome.summary.core,
        "core_filled": outcome.summary.core_filled,
    }
    assert found["core_filled"] == found["core"]
    assert outcome.greedy is not None
    assert found["requests"] - found["met"] <= 0.75 * (outcome.greedy.requests - outcome.greedy.met)
    if planted:
        found = check(folder, folder / "planted")
        assert found["met"] == found["requests"]


def test_a_school_with_locks_and_a_floor_of_core_courses(tmp_path: Path) -> None:
    """A run keeps what was locked in another one, and fills each core request where that is required."""
    folder, rules = tmp_path / "school", tmp_path / "rules.toml"
    generate_family("realistic", students=300, seed=5, planted=True).write(folder)
    said = (folder / "rules.toml").read_text(encoding="utf-8")
    rules.write_text(said + '\n[kinds]\ngraduation = "required"\n', encoding="utf-8")
    before = {row["Section ID"]: row["Period"] for row in rows(folder / "planted" / "Master_Schedule.csv")}
    sits = {
        row["Student ID"]: row["Section ID"] for row in rows(folder / "planted" / "Student_Assignments.csv")
    }
    locked = [("section", id, period, "", "") for id, period in [*before.items()][::9]]
    locked += [("student", student, "", "", section) for student, section in [*sits.items()][::17]]
    write_table(folder / "Locks.csv", ("Kind", "ID", "Period", "Teacher ID", "Section ID"), locked)
    outcome = run(Scenario(folder=folder, rules=rules, seconds=300), tmp_path / "run", stop=MaxIterations(4))
    found = check(folder, outcome.folder, rules)
    assert found["core_filled"] == found["core"]


@pytest.mark.parametrize("solver", ["greedy", "highs"])
def test_the_samples(solver: str, tiny_high_folder: Path, valley_high_folder: Path, tmp_path: Path) -> None:
    for folder in (tiny_high_folder, valley_high_folder):
        rules = RULES.get(folder.name)
        scenario = Scenario(folder=folder, rules=rules, seconds=3, solver=solver)
        outcome = run(scenario, tmp_path / folder.name)
        found = check(folder, outcome.folder, rules)
        assert outcome.result.evaluation is not None
        assert found["met"] == outcome.result.evaluation.met
