"""Scoring folders, ours and others', and catching claims that are not true."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from echelon_lib.domain.errors import DataError
from echelon_lib.runs.assess import assess
from echelon_lib.runs.run import Outcome
from echelon_lib.school_rules import SchoolRules


@pytest.fixture
def copy(solved: Outcome, tmp_path: Path) -> Path:
    """A run folder that may be spoilt."""
    return Path(shutil.copytree(solved.folder, tmp_path / "copy"))


def edit(folder: Path, change: Callable[[Any], object]) -> None:
    record = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    change(record)
    (folder / "result.json").write_text(json.dumps(record), encoding="utf-8")


def test_our_run_is_confirmed(solved: Outcome, tiny_high_folder: Path) -> None:
    found = assess(tiny_high_folder, solved.folder)
    assert found.mismatches == ()
    assert found.evaluation.cost == solved.result.cost
    assert found.notes == ("Scored with the rules of the run.",)


def test_a_folder_of_somebody_else_is_scored(copy: Path, tiny_high_folder: Path) -> None:
    for path in copy.iterdir():
        if path.name not in {"Master_Schedule.csv", "Student_Assignments.csv"}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    found = assess(tiny_high_folder, copy)
    assert found.evaluation.feasible
    assert found.mismatches == ()
    assert found.notes == ("Scored with the default rules.",)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: r["terms"]["unmet requests"].update(cost=0), "'unmet requests'"),
        (lambda r: r["terms"].pop("section minimum"), "'section minimum'"),
        (lambda r: r["terms"].update(invented={"level": 1, "amount": 1, "cost": 4}), "'invented'"),
        (lambda r: r.update(cost=[0, 76]), "level 1"),
        (lambda r: r.update(cost=["85", 76]), "level 1"),
        (lambda r: r.update(met=38), "'met'"),
        (lambda r: r.update(complete=12), "'complete'"),
        (lambda r: r.update(feasible=False), "not feasible"),
        (lambda r: r.update(required={"teacher clash": 1}), "'teacher clash'"),
        (lambda r: r["levels"][0].update(bound=1000), "bound 1000"),
        (lambda r: r["levels"][1].update(bound=1000), "evaluated cost of level 2"),
        (lambda r: r.update(status="INFEASIBLE"), "this one does"),
    ],
)
def test_a_false_claim_is_a_mismatch(
    copy: Path, tiny_high_folder: Path, change: Callable[[Any], object], words: str
) -> None:
    edit(copy, change)
    found = assess(tiny_high_folder, copy)
    assert len(found.mismatches) == 1
    assert words in found.mismatches[0]


@pytest.mark.parametrize(
    "change",
    [
        lambda r: [r.pop(key) for key in list(r) if key != "status"],
        lambda r: r.update(terms=None, required=None, cost=None, levels=None, met="many", parameters=[]),
        lambda r: r.update(levels=[3, None], inputs=7, terms=[]),
    ],
)
def test_what_is_not_claimed_is_not_compared(
    copy: Path, tiny_high_folder: Path, change: Callable[[Any], object]
) -> None:
    edit(copy, change)
    assert assess(tiny_high_folder, copy).mismatches == ()


def test_other_rules_are_said_and_not_held_against_the_run(copy: Path, tiny_high_folder: Path) -> None:
    found = assess(tiny_high_folder, copy, SchoolRules(section_target=20))
    assert found.mismatches == ()
    assert "other rules" in found.notes[0]
    same = assess(tiny_high_folder, copy, SchoolRules())
    assert same.mismatches == same.notes == ()


def test_changed_files_are_named(copy: Path, tiny_high_folder: Path, tmp_path: Path) -> None:
    school = Path(shutil.copytree(tiny_high_folder, tmp_path / "school"))
    path = school / "Sections_Information.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("T03,10,", "T03,2,"), encoding="utf-8")
    found = assess(school, copy)
    assert not found.evaluation.feasible
    assert "Changed since the run: Sections_Information.csv." in found.notes
    assert any("'seats'" in mismatch for mismatch in found.mismatches)


@pytest.mark.parametrize("content", ["", "{", "[]", "3", "[" * 100_000, '{"rules": {"sped_limt": 3}}'])
def test_a_damaged_result_is_bad_data(copy: Path, tiny_high_folder: Path, content: str) -> None:
    (copy / "result.json").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=r"result\.json"):
        assess(tiny_high_folder, copy)


def test_a_run_that_is_not_there_is_bad_data(tiny_high_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        assess(tiny_high_folder, tmp_path / "nowhere")
    with pytest.raises(DataError, match="Master_Schedule"):
        assess(tiny_high_folder, tmp_path)
