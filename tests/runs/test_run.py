"""Runs: a folder from the first moment, complete at the end, never overwritten, nothing half-written."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tiny_universities import small

from echelon_lib.domain.errors import DataError
from echelon_lib.formats.run_folder import RunExistsError, RunFolder, read_run
from echelon_lib.formats.university_writing import write_university_files
from echelon_lib.runs import run as run_module
from echelon_lib.runs.progress import Progress
from echelon_lib.runs.run import Outcome, run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.school_rules import SchoolRules
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.solvers.result import Status
from echelon_lib.stop import Cancel

FILES = {
    *("Master_Schedule.csv", "Student_Assignments.csv", "Teacher_Schedule.csv", "Constraint_Violations.csv"),
    *("unmet_requests.csv", "findings.csv", "viewer.html", "result.json", "progress.json", "schedules"),
}


def loaded(folder: Path, name: str = "result.json") -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))


@pytest.fixture
def broken(tiny_high_folder: Path, tmp_path: Path) -> Path:
    """The tiny school in which a section has no seats to count."""
    folder = tmp_path / "broken"
    shutil.copytree(tiny_high_folder, folder)
    path = folder / "Sections_Information.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("T01,6,", "T01,six,"), encoding="utf-8")
    return folder


def test_the_folder_holds_everything(solved: Outcome) -> None:
    assert {path.name for path in solved.folder.iterdir()} == FILES
    assert loaded(solved.folder, "progress.json")["phase"] == "done"
    assert loaded(solved.folder, "progress.json")["percent"] == 100


def test_what_is_written_is_what_was_found(solved: Outcome) -> None:
    assert solved.result.status is Status.OPTIMAL
    assert solved.result.best is not None
    read = read_run(solved.folder, solved.problem)
    assert evaluate(solved.problem, read).cost == solved.result.cost == tuple(loaded(solved.folder)["cost"])


def test_the_result_says_what_it_was_made_from(solved: Outcome, tiny_high_folder: Path) -> None:
    record = loaded(solved.folder)
    assert record["parameters"]["folder"] == str(tiny_high_folder.resolve())
    assert record["parameters"]["solver"] == "highs"
    assert set(record["inputs"]) == {path.name for path in tiny_high_folder.glob("*.csv")}
    assert SchoolRules.from_mapping(record["rules"]) == SchoolRules()
    assert record["first_line"] == solved.summary.first_line
    assert "37 of" not in record["first_line"]


def test_greedy_is_there_to_compare_with(solved: Outcome, quick: Outcome) -> None:
    greedy = loaded(solved.folder)["greedy"]
    assert solved.greedy is not None
    assert greedy["met"] == solved.greedy.met < loaded(solved.folder)["met"]
    assert greedy["cost"] == loaded(quick.folder)["cost"]
    assert set(greedy["terms"]) == set(loaded(solved.folder)["terms"])


def test_tables_are_at_hand(solved: Outcome) -> None:
    assert set(solved.tables) == {"utilisation", "courses", "below target", "unmet"}
    assert len(solved.tables["unmet"]) == solved.summary.requests - (solved.summary.met or 0)


def test_rules_are_kept_with_their_hash(tiny_high_folder: Path, tmp_path: Path) -> None:
    rules = tmp_path / "mine.toml"
    rules.write_text("section_target = 60\n", encoding="utf-8")
    outcome = run(Scenario(folder=tiny_high_folder, rules=rules, kind="greedy"), tmp_path / "out")
    record = loaded(outcome.folder)
    assert record["rules"]["section_target"] == 60
    assert len(record["inputs"]["mine.toml"]) == 64


def test_rules_that_are_gone_at_the_end_cost_no_timetable(tiny_high_folder: Path, tmp_path: Path) -> None:
    rules = tmp_path / "mine.toml"
    rules.write_text("section_target = 60\n", encoding="utf-8")
    told = Scenario(folder=tiny_high_folder, rules=rules, kind="greedy")

    def take_away(moment: Progress) -> None:
        if moment.phase.startswith("solving"):
            rules.unlink(missing_ok=True)

    outcome = run(told, tmp_path / "out", on_progress=take_away)
    assert not rules.exists()
    assert len(loaded(outcome.folder)["inputs"]["mine.toml"]) == 64


def test_a_run_has_a_folder_of_its_own(
    tiny_high_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    scenario = Scenario(folder=tiny_high_folder, kind="greedy")
    folders = {run(scenario).folder for _ in range(3)}
    assert len(folders) == 3
    assert {folder.parent for folder in folders} == {Path("runs")}
    assert len({folder.name.split("-")[1] for folder in folders}) == 1


@pytest.mark.parametrize("there", ["a finished run", "a file inside", "a file"])
def test_nothing_is_overwritten(tiny_high_folder: Path, tmp_path: Path, quick: Outcome, there: str) -> None:
    out = tmp_path / "out"
    if there == "a finished run":
        shutil.copytree(quick.folder, out)
    elif there == "a file inside":
        out.mkdir()
        (out / "mine.txt").write_text("mine")
    else:
        out.write_text("mine")
    before = {path: path.read_bytes() for path in (out, *out.rglob("*")) if path.is_file()}
    with pytest.raises(RunExistsError):
        run(Scenario(folder=tiny_high_folder, kind="greedy"), out)
    assert before == {path: path.read_bytes() for path in (out, *out.rglob("*")) if path.is_file()}


def test_bad_data_leave_nothing(broken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="six"):
        run(Scenario(folder=broken), tmp_path / "deep" / "out")
    with pytest.raises(DataError, match="six"):
        run(Scenario(folder=broken))
    assert {path.name for path in tmp_path.iterdir()} == {"broken"}


def test_bad_data_leave_a_folder_that_was_there(broken: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(DataError):
        run(Scenario(folder=broken), out)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("rules", ["no.toml", "wrong.toml"])
def test_bad_rules_leave_nothing(tiny_high_folder: Path, tmp_path: Path, rules: str) -> None:
    (tmp_path / "wrong.toml").write_text("sped_limt = 3\n", encoding="utf-8")
    with pytest.raises(DataError):
        run(Scenario(folder=tiny_high_folder, rules=tmp_path / rules), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_impossible_school_is_a_result(tiny_high_folder: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[courses."World History"]\nperiods = ["R1"]\n', encoding="utf-8")
    outcome = run(Scenario(folder=tiny_high_folder, rules=rules), tmp_path / "out")
    assert outcome.result.status is Status.INFEASIBLE
    assert outcome.greedy is None
    assert dict(outcome.tables) == {}
    with (outcome.folder / "findings.csv").open(encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert list(found[0]) == ["Severity", "Rule", "Place", "Message", "Suggestion"]
    assert found[0]["Severity"] == "error"
    assert not (outcome.folder / "Master_Schedule.csv").exists()
    assert loaded(outcome.folder)["status"] == "INFEASIBLE"
    assert loaded(outcome.folder)["findings"]["error"] >= 1
    assert loaded(outcome.folder, "progress.json")["status"] == "completed"


def test_an_interrupt_keeps_what_there_is(tiny_high_folder: Path, tmp_path: Path) -> None:
    cancel = Cancel()

    def follow(moment: Progress) -> None:
        if moment.phase.startswith("solving"):
            cancel.set()

    scenario = Scenario(folder=tiny_high_folder, solver="highs")
    outcome = run(scenario, tmp_path / "out", on_progress=follow, stop=cancel)
    assert outcome.result.status is Status.CANCELLED
    assert outcome.result.evaluation is not None
    assert outcome.result.evaluation.feasible
    assert read_run(outcome.folder, outcome.problem) is not None
    assert loaded(outcome.folder, "progress.json")["phase"] == "cancelled"


def test_an_impatient_interrupt_keeps_the_greedy_timetable(
    tiny_high_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run_module, "solve", interrupted)
    outcome = run(Scenario(folder=tiny_high_folder), tmp_path / "out")
    assert outcome.result.status is Status.CANCELLED
    assert outcome.greedy is not None
    assert outcome.result.cost == outcome.greedy.cost
    assert "greedy timetable is kept" in " ".join(outcome.result.notes)
    assert (outcome.folder / "viewer.html").exists()


def test_an_interrupt_while_reading_is_told(
    tiny_high_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run_module, "read_institution", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(Scenario(folder=tiny_high_folder), tmp_path / "out")
    assert loaded(tmp_path / "out", "progress.json")["status"] == "cancelled"


def test_a_failure_is_told_without_students(
    tiny_high_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise OSError(28, "No space left for ST07, 'ST08' and ST07.", "disk")

    monkeypatch.setattr(RunFolder, "finish", failing)
    with pytest.raises(OSError, match="No space"):
        run(Scenario(folder=tiny_high_folder, kind="greedy"), tmp_path / "out")
    state = loaded(tmp_path / "out", "progress.json")
    assert (state["phase"], state["status"]) == ("failed", "failed")
    assert "No space left" in state["message"]
    assert "ST0" not in state["message"]


def test_a_failure_of_a_university_is_told_without_students(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise OSError(28, "No space left for zoe, of batch.", "disk")

    monkeypatch.setattr(run_module, "preflight", failing)
    write_university_files(small(), tmp_path / "small")
    with pytest.raises(OSError, match="No space"):
        run(Scenario(folder=tmp_path / "small"), tmp_path / "out")
    assert "No space left for …, of batch." in loaded(tmp_path / "out", "progress.json")["message"]


def test_words_of_others_are_not_told(
    tiny_high_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise KeyError("Ada, who is ill")

    monkeypatch.setattr(run_module, "preflight", failing)
    with pytest.raises(KeyError):
        run(Scenario(folder=tiny_high_folder), tmp_path / "out")
    assert loaded(tmp_path / "out", "progress.json")["message"] == "KeyError"


def test_phases_come_in_order(tiny_high_folder: Path, tmp_path: Path) -> None:
    moments: list[Progress] = []
    scenario = Scenario(folder=tiny_high_folder, kind="greedy")
    run(scenario, tmp_path / "out", on_progress=moments.append)
    phases = list(dict.fromkeys(moment.phase for moment in moments))
    assert phases == ["reading", "checking", "solving level 1", "writing", "done"]
    assert [m.percent for m in moments] == sorted(m.percent for m in moments)
    assert [m.seconds for m in moments] == sorted(m.seconds for m in moments)
    assert moments[-1].status == "completed"


def test_an_answer_is_scored_once_more(
    tiny_high_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: Outcome
) -> None:
    from dataclasses import replace

    assert quick.result.evaluation is not None
    lie = replace(quick.result.evaluation, cost=(0, 0))
    claimed = replace(quick.result, status=Status.OPTIMAL, evaluation=lie)
    monkeypatch.setattr(run_module, "solve", lambda *_, **__: claimed)
    outcome = run(Scenario(folder=tiny_high_folder), tmp_path / "out")
    assert outcome.result.status is Status.FEASIBLE
    assert outcome.result.cost == quick.result.cost
    assert loaded(outcome.folder)["mismatches"]
