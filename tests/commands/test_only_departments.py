"""``--only-departments``: some departments are timetabled anew, all others stay where they are."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from command_runner import documents, echelon

from echelon_lib.domain.errors import DataError
from echelon_lib.domain.problem import Problem
from echelon_lib.formats.run_reading import read_run
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.university import load_university
from tests.conftest import SAMPLES

COLLEGE = SAMPLES / "small_college"
ONLY = ("BIO", "MAT")


@pytest.fixture(scope="module")
def problem() -> Problem:
    """The sample college."""
    return load_university(COLLEGE)


def test_all_others_keep_their_time_and_room(problem: Problem, planted_college: Path, tmp_path: Path) -> None:
    words = ["--start", planted_college, "--only-departments", ", ".join(ONLY), "--iterations", 40]
    code, told = documents("solve", COLLEGE, *words, "--out", tmp_path / "run")
    assert code == 0
    before, after = read_run(planted_college, problem), read_run(tmp_path / "run", problem)
    moved = {id for id, place in after.placements.items() if before.placements[id] != place}
    assert {problem.section_of[id].department for id in moved} == set(ONLY)
    assert len(after.placements) == len(before.placements) == 698
    assert evaluate(problem, after).feasible
    assert evaluate(problem, after).cost < evaluate(problem, before).cost
    # Whoever attends: a course is of one department, though others may sit in it.
    shared = {
        id
        for id in moved
        for who in problem.section_of[id].attendees
        if problem.attendee[who].department not in ONLY
    }
    assert shared
    assert told["parameters"]["departments"] == list(ONLY)
    assert [note.partition(":")[0] for note in told["notes"]] == ["annealing on week masks"]


def test_without_it_others_move(problem: Problem, planted_college: Path, tmp_path: Path) -> None:
    """Otherwise the test above would say nothing."""
    run(Scenario(folder=COLLEGE, start=planted_college, iterations=40), tmp_path / "run")
    before, after = read_run(planted_college, problem), read_run(tmp_path / "run", problem)
    moved = {id for id, place in after.placements.items() if before.placements[id] != place}
    assert {problem.section_of[id].department for id in moved} > set(ONLY)


def test_all_stages_respect_it(problem: Problem, planted_college: Path, tmp_path: Path) -> None:
    """From a start that lacks the sessions of a department, they alone are placed."""
    start = tmp_path / "start"
    start.mkdir()
    lines = _rows(planted_college / "timetable.csv")
    of = {id: problem.section_of[id].department for id in problem.meetings}
    kept = [line for line in lines if of[line["Session"]] not in ONLY]
    with (start / "timetable.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(kept)
    scenario = Scenario(folder=COLLEGE, start=start, departments=ONLY, iterations=5)
    done = run(scenario, tmp_path / "run")
    assert done.result.evaluation is not None
    assert done.result.evaluation.feasible, done.result.notes
    before, after = read_run(planted_college, problem), read_run(tmp_path / "run", problem)
    assert all(after.placements[id] == place for id, place in before.placements.items() if of[id] not in ONLY)
    # One that lacks sessions of the others has nothing in which they could stay.
    others = Scenario(folder=COLLEGE, start=start, departments=("PHY",), iterations=5)
    with pytest.raises(
        DataError, match=r"have no place in the start to stay in: [\w.-]+#\d, [^,]+, [^,]+, …"
    ):
        run(others, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_cannot_be_is_said(planted_college: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = echelon("solve", COLLEGE, "--only-departments", "BIO", "--out", out)
    assert done.exit_code == 2
    assert "need a timetable in which the others stay" in done.stderr
    words = ["solve", COLLEGE, "--start", planted_college, "--out", out]
    done = echelon(*words, "--only-departments", "BIO,MATH,X")
    assert done.exit_code == 2
    assert "no department is called 'MATH'" in done.stderr
    assert "no department is called 'X'" in done.stderr
    done = echelon(*words, "--only-departments", "BIO", "--stage", "feasibility=cpsat")
    assert done.exit_code == 2
    assert "begins with all departments anew" in done.stderr
    for names in ("", " , "):
        done = echelon(*words, "--only-departments", names)
        assert done.exit_code == 2
        assert f"--only-departments: {names!r} names nothing" in done.stderr
    school = SAMPLES / "tiny_high"
    done = echelon("solve", school, "--only-departments", "Math", "--workers", 2, "--out", out)
    assert done.exit_code == 2
    assert done.stderr.count("this has no meaning for a school") == 2
    assert not out.exists()


def test_a_repair_may_be_kept_to_departments(problem: Problem, planted_college: Path, tmp_path: Path) -> None:
    first = run(Scenario(folder=COLLEGE, start=planted_college, iterations=1), tmp_path / "first").folder
    before = read_run(first, problem)
    room = next(place.room for id, place in before.placements.items() if _of(problem, id) == "BIO")
    changes = tmp_path / "changes.json"
    changes.write_text(json.dumps([{"kind": "room_closes", "room": room}]), encoding="utf-8")
    words = ["repair", first, "--changes", changes, "--only-departments", "BIO", "--out", tmp_path / "new"]
    _, told = documents(*words)
    moved = {row["ID"] for row in told["changes"] if row["What"] in ("hour", "room")}
    assert moved
    lost = {id for id, place in before.placements.items() if place.room == room}
    assert {_of(problem, id) for id in moved - lost} <= {"BIO"}
    done = echelon(*words[:4], "--only-departments", "BIOL", "--out", tmp_path / "none")
    assert done.exit_code == 2
    assert "no department is called 'BIOL'" in done.stderr


def _of(problem: Problem, id: str) -> str:
    return problem.section_of[id].department
