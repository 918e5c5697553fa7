"""Finished runs, opened again: what they were, and not a word of it believed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from echelon_lib.domain.errors import DataError
from echelon_lib.runs.reopen import reopen
from echelon_lib.runs.run import Outcome, run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.solvers.result import Status
from echelon_lib.stop import Cancel


@pytest.fixture
def school(tiny_high_folder: Path, tmp_path: Path) -> Path:
    """The tiny school, in a place where it can be changed."""
    return Path(shutil.copytree(tiny_high_folder, tmp_path / "school"))


@pytest.fixture
def made(school: Path, tmp_path: Path) -> Outcome:
    """A run of that school, solved to proof."""
    return run(Scenario(folder=school, solver="highs"), tmp_path / "run")


@pytest.fixture
def copy(solved: Outcome, tmp_path: Path) -> Path:
    """A run folder that may be spoilt."""
    return Path(shutil.copytree(solved.folder, tmp_path / "copy"))


def edit(folder: Path, change: Callable[[Any], object]) -> None:
    record = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    change(record)
    (folder / "result.json").write_text(json.dumps(record), encoding="utf-8")


def assert_same(again: Outcome, before: Outcome) -> None:
    for field in fields(Outcome):
        if field.name not in {"tables", "scenario"}:
            assert getattr(again, field.name) == getattr(before, field.name), field.name
    assert set(again.tables) == set(before.tables)
    assert all(again.tables[name].equals(table) for name, table in before.tables.items())
    told = {"folder": before.scenario.folder.resolve()}
    assert again.scenario == before.scenario.model_copy(update=told)


def test_a_run_is_what_it_was(solved: Outcome, quick: Outcome) -> None:
    assert_same(reopen(solved.folder), solved)
    assert_same(reopen(quick.folder), quick)


def test_a_run_with_rules_and_a_start_is_what_it_was(
    tiny_high_folder: Path, tmp_path: Path, solved: Outcome
) -> None:
    (tmp_path / "mine.toml").write_text('section_target = "off"\n', encoding="utf-8")
    told = Scenario(
        folder=tiny_high_folder.resolve(),
        rules=tmp_path / "mine.toml",
        solver="highs",
        start=solved.folder.resolve(),
    )
    before = run(told, tmp_path / "run")
    (tmp_path / "mine.toml").unlink()
    assert_same(reopen(tmp_path / "run"), before)


def test_an_impossible_run_is_what_it_was(tiny_high_folder: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[courses."World History"]\nperiods = ["R1"]\n', encoding="utf-8")
    before = run(Scenario(folder=tiny_high_folder, rules=rules), tmp_path / "run")
    again = reopen(tmp_path / "run")
    assert again.result.status is Status.INFEASIBLE
    assert_same(again, before)


def test_a_cancelled_run_is_what_it_was(tiny_high_folder: Path, tmp_path: Path) -> None:
    cancel = Cancel()
    cancel.set()
    before = run(Scenario(folder=tiny_high_folder, solver="highs"), tmp_path / "run", stop=cancel)
    assert before.result.status is Status.CANCELLED
    assert_same(reopen(tmp_path / "run"), before)


def test_a_problem_at_hand_is_taken(solved: Outcome, copy: Path) -> None:
    edit(copy, lambda record: record["parameters"].update(folder="/nowhere"))
    again = reopen(copy, problem=solved.problem)
    assert again.problem is solved.problem
    assert again.result == solved.result


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: r.update(cost=[0, 0]), "level 1"),
        (lambda r: r.update(met=38), "'met'"),
        (lambda r: r["levels"][0].update(bound=10**6), "bound"),
        (lambda r: r.update(required={"teacher clash": 1}), "'teacher clash'"),
    ],
)
def test_a_false_claim_is_a_mismatch(
    copy: Path, solved: Outcome, change: Callable[[Any], object], words: str
) -> None:
    edit(copy, change)
    again = reopen(copy)
    assert words in " ".join(again.result.mismatches)
    assert again.result.evaluation == solved.result.evaluation
    assert again.result.cost == solved.result.cost


def test_a_proof_of_another_cost_is_none(copy: Path) -> None:
    edit(copy, lambda record: record["levels"][0].update(cost=1))
    levels = reopen(copy).result.levels
    assert levels[0].bound is not None, "it is no claim about the later level"
    assert levels[1].bound is None
    assert reopen(copy).result.status is Status.FEASIBLE


def test_a_bound_above_the_cost_proves_nothing(copy: Path) -> None:
    edit(copy, lambda record: record["levels"][0].update(bound=10**6))
    result = reopen(copy).result
    assert [level.bound for level in result.levels] == [None, None]
    assert result.status is Status.FEASIBLE
    assert "proven" not in reopen(copy).summary.first_line


def test_nothing_that_is_odd_is_taken(copy: Path) -> None:
    edit(
        copy,
        lambda record: record.update(
            status="GREAT", trace=[[1], "x", [None, 1, 2, 3], [0.5, 1, 3, None]], notes=[1, "a note"], seed=-3
        ),
    )
    result = reopen(copy).result
    assert result.status is Status.FEASIBLE
    assert len(result.trace) == 1
    assert result.notes == ("a note",)
    assert result.seed == 0


def test_a_timetable_that_was_changed_is_scored_as_it_is(copy: Path) -> None:
    path = copy / "Student_Assignments.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:-3], ""]), encoding="utf-8")
    again = reopen(copy)
    assert again.result.mismatches
    assert again.summary.met is not None
    assert again.summary.met < 37


def test_files_that_changed_since_are_said(made: Outcome, school: Path) -> None:
    path = school / "Teacher_unavailability.csv"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    again = reopen(made.folder)
    assert again.notes == (
        "Changed since the run: Teacher_unavailability.csv. All figures are of the files as they are now.",
    )
    assert again.result.mismatches == ()
    assert [level.bound for level in again.result.levels] == [None, None]
    assert again.result.status is Status.FEASIBLE


def test_files_that_fit_no_more_are_an_error(made: Outcome, school: Path) -> None:
    for name in ("Student_Info.csv", "Student_Preference_Info.csv"):
        path = school / name
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join(line for line in lines if not line.startswith("ST01")), encoding="utf-8")
    with pytest.raises(DataError, match="have changed since the run and fit it no more") as error:
        reopen(made.folder)
    assert "Student_Info.csv" in str(error.value)
    assert "ST01" not in str(error.value)


def test_files_that_are_gone_are_an_error(made: Outcome, school: Path) -> None:
    shutil.rmtree(school)
    with pytest.raises(DataError, match="cannot be read any more") as error:
        reopen(made.folder)
    assert "viewer.html" in (error.value.issues[0].cure or "")
    assert len(error.value.issues) > 1


@pytest.mark.parametrize("there", ["nothing", "progress.json", "a folder of tables"])
def test_an_unfinished_run_is_an_error(copy: Path, there: str) -> None:
    if there == "nothing":
        shutil.rmtree(copy)
    else:
        (copy / "result.json").unlink()
    with pytest.raises(DataError, match="no finished run"):
        reopen(copy)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: r.pop("parameters"), "does not say of which school"),
        (lambda r: r["parameters"].update(folder=3), "does not say of which school"),
        (lambda r: r["parameters"].update(seconds="long"), "seconds"),
        (lambda r: r.update(rules={"sped_limt": 3}), "sped_limt"),
    ],
)
def test_a_damaged_record_is_an_error(copy: Path, change: Callable[[Any], object], words: str) -> None:
    edit(copy, change)
    with pytest.raises(DataError, match=words):
        reopen(copy)


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -float("inf"), 10**400])
def test_a_number_that_is_none_is_unknown(copy: Path, odd: float) -> None:
    def change(record: Any) -> None:
        record.update(seconds=odd, trace=[[0.1, 1, odd, odd], [odd, 1, 1, 1]])
        for level in record["levels"]:
            level["bound"] = odd

    edit(copy, change)
    again = reopen(copy).result
    assert (again.runtime, {level.bound for level in again.levels}) == (0.0, {None})
    assert [(point.incumbent, point.bound) for point in again.trace] == [(None, None)]


def test_a_table_that_is_missing_is_an_error(copy: Path) -> None:
    (copy / "Master_Schedule.csv").unlink()
    with pytest.raises(DataError, match=r"Master_Schedule\.csv is missing"):
        reopen(copy)
