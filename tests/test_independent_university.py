"""The independent checker of universities sees what the evaluator sees, and nothing where rules are kept."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from independent_university import RULES, check, read

from echelon_lib.formats.run_reading import read_run
from echelon_lib.formats.session_table import session_table
from echelon_lib.formats.tables import write_table
from echelon_lib.formats.university_writing import write_university_files
from echelon_lib.runs.resolving import UNIVERSITY, resolve_run
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.stop import MaxIterations
from echelon_lib.university import load_university, university_problem
from echelon_lib.university_changes import read_university_changes
from echelon_lib.university_rules import UniversityKinds, UniversityRules
from tests.conftest import ROOT, SAMPLES
from tests.tiny_universities import GOOD, enrolled, person, placed, section, small, student, times

COLLEGE = SAMPLES / "small_college"
TIMETABLE = "timetable.csv"


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the college, as soon as nothing clashes in it."""
    scenario = Scenario(folder=COLLEGE, solver="greedy", seconds=60)
    return run(scenario, tmp_path_factory.mktemp("college") / "run", stop=MaxIterations(50)).folder


def test_a_solved_college_keeps_every_rule(solved: Path) -> None:
    assert check(COLLEGE, solved)["sessions"] == 698


def test_a_repaired_college_keeps_every_rule(solved: Path, tmp_path: Path) -> None:
    changes = read_university_changes(SAMPLES / "small_college_changes.toml")
    done = resolve_run(solved, changes, out=tmp_path / "run", seconds=60, seeds=2, stop=MaxIterations(20))
    assert done.resolved.clean
    assert check(tmp_path / "run" / UNIVERSITY, tmp_path / "run")["sessions"] > 600
    broken, _ = read(COLLEGE, tmp_path / "run")
    assert {"faculty as given"} <= {rule for rule, _ in broken}, "the files of before are others"


def test_the_planted_timetable_keeps_every_rule() -> None:
    assert check(COLLEGE, COLLEGE / "planted")["sessions"] == 698


@dataclass(frozen=True)
class Case:
    """What is changed in a small university, or in the table of its sessions, so that rules are broken."""

    rules: set[str]
    moved: dict[str, str] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)
    kind: str = ""


CASES = {
    "a session is nowhere": Case({"unplaced meetings"}, {"GEN-1#1": ""}),
    "a room that lacks something": Case(
        {"placement outside the allowed times or rooms"}, {"GEN-1#1": "Tue 10:00 11:00 nook"}
    ),
    "Ben is in two places": Case(
        {"teacher clash", "group clash"}, {"GEN-1#1": "Tue 12:00 13:00 hall"}
    ),
    "only Ada is in two places": Case(
        {"teacher clash"},
        {"ALG-2#1": "Mon 11:00 12:00 hall", "ALG-2#2": "Tue 10:00 11:00 nook"},
        {"sections": [*small().sections, section("ALG-2")]},
    ),
    "only a batch is in two places": Case({"group clash"}, {"GEN-1#1": "Mon 11:00 12:00 hall"}),
    "a room is taken twice": Case(
        {"room clash"},
        {"ALG-2#1": "Mon 11:00 12:00 nook", "ALG-2#2": "Tue 10:00 11:00 nook"},
        {"sections": [*small().sections, section("ALG-2", faculty="Cy")]},
    ),
    "people without a seat": Case(
        {"room capacity"},
        files={"students": [student("batch", 16), student("zoe")]},
        kind="room_capacity",
    ),
    "Ada is away": Case(
        {"faculty availability"}, {"ALG-1#1": "Mon 10:00 11:00 nook"}, kind="faculty_availability"
    ),
    "Ben teaches too much": Case(
        {"faculty hours"},
        files={"faculty": [one if one.id != "Ben" else replace(one, maximum=2) for one in small().faculty]},
        kind="faculty_hours",
    ),
    "nobody is left to teach": Case(
        {"faculty for every section"},
        {"GEN-2#1": "Mon 09:00 10:00 hall"},
        {
            "sections": [*small().sections, section("GEN-2", faculty=None)],
            "faculty": [person("Ada", 4, "ALG"), person("Ben", 3, "GEN"), person("Cy", 2, "ALG")],
        },
    ),
}  # fmt: skip


def found(case: Case, folder: Path, kind: str = "") -> tuple[set[str], set[str]]:
    """Write the files of a case; return what is broken for the checker, and what for the evaluator."""
    (folder / "run").mkdir(parents=True)
    files = small(**case.files)
    write_university_files(files, folder / "files")
    problem = university_problem(files)
    table = session_table(problem, placed(problem, GOOD))
    lines = [dict(zip(table.columns, line, strict=True)) for line in table.rows]
    for line in lines:
        if (where := case.moved.get(str(line["Session"]))) is not None:
            words = where.split() or [""] * 4
            line |= dict(zip(("Day", "Start", "End", "Room"), words, strict=True))
    write_table(folder / "run" / TIMETABLE, table.columns, [list(line.values()) for line in lines])
    rules = folder / "rules.toml"
    rules.write_text(f'kinds.{kind} = "off"\n' if kind else "", encoding="utf-8")
    broken, _ = read(folder / "files", folder / "run", rules)
    known = load_university(
        folder / "files", UniversityRules.from_bytes(rules.read_bytes(), source=rules.name)
    )
    said = evaluate(known, read_run(folder / "run", known)).required
    return {rule for rule, _ in broken}, {*said}


@pytest.mark.parametrize("name", CASES)
def test_what_is_broken_on_purpose_is_seen_by_both(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    assert found(case, tmp_path / "required") == (case.rules, case.rules)
    if case.kind:
        assert found(case, tmp_path / "off", case.kind) == (set(), set())


def test_what_is_kept_is_kept_for_both(tmp_path: Path) -> None:
    assert found(Case(set()), tmp_path / "plain") == (set(), set())
    both = [enrolled("batch", "ALG-1", "GEN-1", "GEN-1L", "ART-1"), enrolled("zoe", "ALG-1", "ART-1")]
    free = [times("Ada", "Mon", 0, 3, "away")]
    moved = {"ALG-1#1": "Tue 10:00 11:00 nook", "GEN-1#1": "Mon 10:00 11:00 hall"}
    other = Case(set(), moved, {"enrolments": both, "faculty_times": free})
    assert found(other, tmp_path / "other") == (set(), set()), "courses of the other semester are not held"


def test_each_rule_is_broken_by_some_case() -> None:
    assert {rule for case in CASES.values() for rule in case.rules} == {*RULES} - {"faculty as given"}
    required = {
        name for name in UniversityKinds.model_fields if getattr(UniversityKinds(), name) == "required"
    }
    assert required == {case.kind for case in CASES.values() if case.kind} | {"faculty_for_every_section"}


WRONG: dict[str, tuple[Sequence[str], str]] = {
    "a session that nobody knows": (("ALG-1#1,", "ALG-9#1,"), "there is no session ALG-9#1"),
    "a session that is there twice": (("ALG-1#2,", "ALG-1#1,"), "ALG-1#1 is placed twice"),
    "a time between the hours": ((",09:00,10:00,", ",09:30,10:30,"), "which is no time"),
    "a lab that is too short": ((",11:00,13:00,lab", ",11:00,12:00,lab"), "takes 1 slots, not 2"),
    "a room that there is not": ((",nook,", ",attic,"), "'attic', which is no room"),
    "somebody else": ((",Ben,", ",Cy,"), "GEN-1 is with Cy, and its file says Ben"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_answer_is_told(name: str, tmp_path: Path) -> None:
    (old, new), words = WRONG[name]
    found(Case(set()), tmp_path)
    path = tmp_path / "run" / TIMETABLE
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    broken, _ = read(tmp_path / "files", tmp_path / "run")
    assert any(words in text for _, text in broken), broken


def test_runs_of_universities_can_be_checked(solved: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "check_run.py")]
    done = subprocess.run([*command, str(solved)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken; sessions 698, hours " in done.stdout
    shutil.copytree(solved, tmp_path / "run")
    path = tmp_path / "run" / TIMETABLE
    with path.open(encoding="utf-8", newline="") as file:
        first, *others = csv.DictReader(file)
    other = {name: first[name] for name in ("Day", "Start", "End", "Room")}
    write_table(path, list(first), [[*one.values()] for one in (first, others[0] | other, *others[1:])])
    done = subprocess.run([*command, str(tmp_path / "run")], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{others[0]['Session']} at once" in done.stdout
    assert json.loads((solved / "result.json").read_text(encoding="utf-8"))["institution"] == "university"
