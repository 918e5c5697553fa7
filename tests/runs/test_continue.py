"""Continuing: a run that begins where an earlier one ended, or was ended, and is never worse."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from echelon_lib.domain.errors import DataError
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.incumbent import write_incumbent
from echelon_lib.runs import run as run_module
from echelon_lib.runs.run import Outcome, run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.search.report import OnTimetable
from echelon_lib.solvers.result import Status
from echelon_lib.stop import Cancel


def record(folder: Path) -> Any:
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))


@pytest.fixture
def ended(solved: Outcome, tmp_path: Path) -> Path:
    """The folder of a run that was ended from outside when it had the best timetable."""
    folder = tmp_path / "ended"
    folder.mkdir()
    assert solved.result.best is not None
    assert solved.result.evaluation is not None
    write_incumbent(folder, solved.problem, solved.result.best, solved.result.evaluation, seconds=1.0)
    return folder


def test_a_quick_run_keeps_what_a_long_one_found(
    tiny_high_folder: Path, tmp_path: Path, solved: Outcome, quick: Outcome
) -> None:
    told = Scenario(folder=tiny_high_folder, kind="greedy", start=solved.folder)
    outcome = run(told, tmp_path / "run")
    assert outcome.result.cost == solved.result.cost
    assert outcome.result.cost is not None
    assert quick.result.cost is not None
    assert outcome.result.cost < quick.result.cost
    assert record(outcome.folder)["parameters"]["start"] == str(solved.folder.resolve())
    assert outcome.result.notes == ()


def test_a_run_that_was_ended_is_continued(tiny_high_folder: Path, tmp_path: Path, ended: Path) -> None:
    outcome = run(Scenario(folder=tiny_high_folder, kind="greedy", start=ended), tmp_path / "run")
    assert list(outcome.result.cost or ()) == json.loads((ended / "incumbent.json").read_text())["cost"]
    assert (ended / "incumbent.json").exists(), "what is continued from stays as it is"


def test_a_run_that_is_stopped_at_once_keeps_its_start(
    tiny_high_folder: Path, tmp_path: Path, solved: Outcome
) -> None:
    cancel = Cancel()
    cancel.set()
    told = Scenario(folder=tiny_high_folder, solver="highs", start=solved.folder)
    assert run(told, tmp_path / "run", stop=cancel).result.cost == solved.result.cost


def test_a_search_that_breaks_off_leaves_what_it_told_of(
    tiny_high_folder: Path, tmp_path: Path, solved: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, on_timetable: OnTimetable, **__: object) -> None:
        assert solved.result.best is not None
        assert solved.result.evaluation is not None
        on_timetable(solved.result.best, solved.result.evaluation)
        raise KeyboardInterrupt

    monkeypatch.setattr(run_module, "solve", interrupted)
    outcome = run(Scenario(folder=tiny_high_folder), tmp_path / "run")
    assert outcome.result.status is Status.CANCELLED
    assert outcome.result.cost == solved.result.cost
    assert "the best timetable so far is kept" in " ".join(outcome.result.notes)


def test_what_the_school_lacks_now_is_left_out_and_said(
    tiny_high_folder: Path, tmp_path: Path, solved: Outcome
) -> None:
    school = Path(shutil.copytree(tiny_high_folder, tmp_path / "school"))
    for name in ("Student_Info.csv", "Student_Preference_Info.csv"):
        with (school / name).open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.reader(file) if row[0] != "ST01"]
        with (school / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    outcome = run(Scenario(folder=school, kind="greedy", start=solved.folder), tmp_path / "run")
    assert "1 student" in " ".join(record(outcome.folder)["notes"])
    assert "ST01" not in " ".join(record(outcome.folder)["notes"])
    assert outcome.result.evaluation is not None
    assert outcome.result.evaluation.feasible


def test_a_start_of_another_school_is_refused(
    valley_high_folder: Path, tmp_path: Path, solved: Outcome
) -> None:
    with pytest.raises(DataError, match="is of another school"):
        run(Scenario(folder=valley_high_folder, kind="greedy", start=solved.folder), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_start_that_breaks_rules_is_a_hint_and_said(
    tiny_high_folder: Path, tmp_path: Path, solved: Outcome
) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    assert solved.result.best is not None
    time = next(iter(solved.result.best.placements.values())).time
    broken = Timetable(
        {id: one.__class__(time) for id, one in solved.result.best.placements.items()},
        solved.result.best.enrolments,
    )
    write_incumbent(folder, solved.problem, broken, evaluate(solved.problem, broken), seconds=1.0)
    outcome = run(Scenario(folder=tiny_high_folder, solver="highs", start=folder), tmp_path / "run")
    assert "breaks required rules" in " ".join(outcome.result.notes)
    assert outcome.result.cost == solved.result.cost


@pytest.mark.parametrize("damage", ["no folder", "no timetable", "damaged"])
def test_a_start_that_cannot_be_used_leaves_nothing(
    tiny_high_folder: Path, tmp_path: Path, ended: Path, damage: str
) -> None:
    if damage == "no folder":
        shutil.rmtree(ended)
    elif damage == "no timetable":
        (ended / "incumbent.json").unlink()
    else:
        (ended / "incumbent.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError):
        run(Scenario(folder=tiny_high_folder, start=ended), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_start_is_named_like_the_other_places(tmp_path: Path) -> None:
    assert Scenario.from_mapping({"folder": "school", "start": " "}).start is None
    assert Scenario.from_mapping({"folder": "school", "start": ""}).start is None
    path = tmp_path / "scenario.toml"
    path.write_text('folder = "school"\nstart = "runs/first"\n', encoding="utf-8")
    assert Scenario.from_toml(path).start == tmp_path / "runs" / "first"
    with pytest.raises(DataError) as error:
        Scenario.from_mapping({"folder": "school", "start": 3})
    assert [issue.column for issue in error.value.issues] == ["start"]


def test_other_rules_than_those_of_the_start_are_said(
    tiny_high_folder: Path, tmp_path: Path, solved: Outcome
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('section_target = "off"\n[kinds]\nstudent_clash = "off"\n', encoding="utf-8")
    told = Scenario(folder=tiny_high_folder, kind="greedy", start=solved.folder, rules=rules)
    said = [note for note in run(told, tmp_path / "other").result.notes if "had other rules" in note]
    assert said == ["the earlier run had other rules: section_target, kinds.student_clash"]
    same = Scenario(folder=tiny_high_folder, kind="greedy", start=solved.folder)
    assert not [note for note in run(same, tmp_path / "same").result.notes if "had other rules" in note]
