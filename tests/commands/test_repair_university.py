"""``echelon repair`` of a university: a new run with what moved, whom it affects, and what cannot be kept."""

from __future__ import annotations

import csv
import json
import logging
import shutil
from dataclasses import asdict
from pathlib import Path

import openpyxl
import pytest
from command_runner import documents, echelon

from echelon_lib.domain.errors import DataError
from echelon_lib.formats.university_writing import write_university_files
from echelon_lib.formats.workbook import write_workbook
from echelon_lib.runs.reopen import reopen
from echelon_lib.runs.resolving import resolve_run
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.university import load_university
from echelon_lib.university_changes import UNIVERSITY_CHANGES
from tests.conftest import SAMPLES
from tests.search.university.test_parallel_offers import ONE_HOUR, PARALLEL
from tests.tiny_universities import small

COLLEGE = SAMPLES / "small_college"
TEN = SAMPLES / "small_college_changes.toml"


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the college."""
    return run(Scenario(folder=COLLEGE, seconds=1.0), tmp_path_factory.mktemp("college") / "run").folder


@pytest.fixture(scope="module")
def repaired(solved: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run after ten changes."""
    out = tmp_path_factory.mktemp("repaired") / "new"
    done = echelon("repair", solved, "--changes", TEN, "--out", out)
    assert done.exit_code == 0, done.stderr
    return out


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_ten_changes_become_a_run_of_their_own(
    solved: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = {path: path.read_bytes() for path in solved.rglob("*") if path.is_file()}
    with caplog.at_level(logging.INFO):
        code, told = documents("repair", solved, "--changes", TEN, "--out", tmp_path / "new")
    assert code == 0
    assert files == {path: path.read_bytes() for path in solved.rglob("*") if path.is_file()}
    assert told["clean"] is True
    assert told["left"] == told["broken"] == []
    assert told["moved"] == sum(row["What"] == "hour" for row in told["changes"])
    assert set(told["handed_over"]) == {row["ID"] for row in told["changes"] if row["What"] == "faculty"}
    assert told["measures"][0]["Measure"] == "Faculty preference"
    record = json.loads((tmp_path / "new" / "result.json").read_text(encoding="utf-8"))
    assert record["repair"]["changes"] == {"faculty_leaves": 4, "faculty_away": 3, "room_closes": 3}
    assert record["repair"]["moved"] == told["moved"]
    students = {group.id for group in load_university(COLLEGE).groups}
    assert not students & set(json.dumps([told, record]).replace('"', " ").replace(",", " ").split())
    assert "S0" not in caplog.text


def test_the_tables_say_what_moved_and_whom_it_affects(solved: Path, repaired: Path) -> None:
    before, after = reopen(solved).result.best, reopen(repaired).result.best
    assert before is not None
    assert after is not None
    changes = rows(repaired / "changes.csv")
    moved = {row["ID"] for row in changes if row["What"] in ("hour", "room")}
    assert moved == {change.who for change in before.diff(after)}
    assert all(row["Sentence"] for row in changes)
    affected = rows(repaired / "affected.csv")
    problem = reopen(repaired).problem
    faculty = {row["ID"]: row for row in affected if row["Who"] == "faculty"}
    hours = {row["ID"] for row in changes if row["What"] == "hour"}
    for id, row in faculty.items():
        own = {m.id for section in problem.sections_of[id] for m in section.meetings}
        assert int(row["New hours"]) == len(own & hours)
    of_students = [row for row in affected if row["Who"] == "students"]
    assert all(" Year " in row["ID"] for row in of_students)
    everybody = {
        g for id in moved for g in problem.section_of[id].attendees if problem.attendee[g].kind == "group"
    }
    assert sum(int(row["People"]) for row in of_students) == len(everybody)
    measures = {row["Measure"]: row for row in rows(repaired / "measures.csv")}
    assert 0 < float(measures["Faculty preference"]["After"]) <= 100


def test_the_new_run_is_opened_and_repaired_like_any_other(repaired: Path, tmp_path: Path) -> None:
    outcome = reopen(repaired)
    assert outcome.notes == ()
    assert not outcome.result.mismatches
    assert outcome.result.best is not None
    assert evaluate(outcome.problem, outcome.result.best).feasible
    assert "F005" not in outcome.problem.attendee
    more = tmp_path / "more.json"
    more.write_text('[{"kind": "course_dropped", "course": "GEO292"}]', encoding="utf-8")
    code, told = documents(
        "repair", repaired, "--changes", more, "--lock", "MAT", "--out", tmp_path / "newer"
    )
    assert code == 0
    assert told["moved"] == 0
    assert {row["What"] for row in told["changes"]} == {"gone"}
    assert "GEO292" not in reopen(tmp_path / "newer").problem.course


def test_more_moves_than_allowed_end_with_a_code_of_their_own(solved: Path, tmp_path: Path) -> None:
    code, told = documents("repair", solved, "--changes", TEN, "--most", 1, "--out", tmp_path / "new")
    assert code == 3
    assert told["clean"] is False
    assert any("At most 1 were to get another hour" in fact for fact in told["facts"])
    assert reopen(tmp_path / "new").result.best is not None


def test_what_cannot_be_kept_is_named_and_the_closest_answer_written(solved: Path, tmp_path: Path) -> None:
    listed = [{"kind": "room_closes", "room": room} for room in ("B01-308", "B01-309")]
    path = tmp_path / "changes.json"
    path.write_text(json.dumps(listed), encoding="utf-8")
    code, told = documents("repair", solved, "--changes", path, "--out", tmp_path / "new")
    assert code == 3
    assert told["left"]
    assert all("has no room: none has all that it needs" in one["why"] for one in told["left"])
    assert [one["stage"] for one in told["stages"]] == ["rehousing", "repair", "return home"]
    assert told["stages"][-1]["clashes"] == 1000 * len(told["left"])
    assert told["stages"][-1]["cost"] is None
    assert told["proof"][0] == "It is proven that they cannot all have a place while all others stay."
    closest = rows(tmp_path / "new" / "closest.csv")
    assert {row["Session"] for row in closest if not row["Day"]} == {one["session"] for one in told["left"]}
    kept = [row for row in rows(tmp_path / "new" / "changes.csv") if row["Cause"] == "cannot be kept"]
    assert len(kept) == len(told["left"])


def test_what_is_offered_is_taken_up_with_the_file_that_was_written(tmp_path: Path) -> None:
    write_university_files(small(**PARALLEL), tmp_path / "files")
    before = run(Scenario(folder=tmp_path / "files", iterations=5), tmp_path / "run").folder
    path = tmp_path / "changes.json"
    path.write_bytes(UNIVERSITY_CHANGES.dump_json(tuple(ONE_HOUR)))
    code, told = documents("repair", before, "--changes", path, "--out", tmp_path / "new")
    assert code == 3
    assert told["offers"]
    assert "zoe" not in json.dumps(told)
    offers = tmp_path / "new" / "with_offers.json"
    code, told = documents("repair", before, "--changes", offers, "--out", tmp_path / "newer")
    assert (code, told["clean"], told["offers"]) == (0, True, [])


def test_nothing_is_written_where_a_change_cannot_be(solved: Path, tmp_path: Path) -> None:
    path = tmp_path / "changes.toml"
    text = TEN.read_text(encoding="utf-8")
    path.write_text(text.replace("B01-110", "B01-1100").replace('"Wed"', '"We"'), encoding="utf-8")
    done = echelon("repair", solved, "--changes", path, "--lock", "XYZ", "--out", tmp_path / "new")
    assert done.exit_code == 2
    for words in ("no room is called 'B01-1100'", "no day is called 'We'", "nothing is called 'XYZ'"):
        assert words in done.stderr
    assert not (tmp_path / "new").exists()


def test_a_run_that_was_not_finished_is_called_so(solved: Path, tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    killed.mkdir()
    shutil.copy(solved / "progress.json", killed)
    done = echelon("repair", killed, "--changes", TEN, "--out", tmp_path / "new")
    assert done.exit_code == 2
    assert "'killed' holds no finished run." in done.stderr
    done = echelon("evaluate", COLLEGE, killed)
    assert done.exit_code == 2
    assert "'killed' holds no timetable.\n  Maybe the run is not finished" in done.stderr


def test_no_run_is_overwritten(solved: Path) -> None:
    done = echelon("repair", solved, "--changes", TEN, "--out", solved)
    assert done.exit_code == 2
    assert "exists already" in done.stderr


def test_each_stage_is_told_with_its_seconds(solved: Path, repaired: Path, tmp_path: Path) -> None:
    record = json.loads((repaired / "result.json").read_text(encoding="utf-8"))
    stages = record["stages"]
    assert {one["stage"]: one["strategy"] for one in stages} == {
        "rehousing": "free rooms at the same hour",
        "repair": "breakout with weights of pairs",
        "return home": "free hours and rooms",
        "polish": "annealing on week masks",
    }
    assert stages[0]["clashes"] > 0
    assert [one["clashes"] for one in stages[1:]] == [0, 0, 0]
    assert stages[0]["cost"] is None
    assert stages[-1]["cost"] == record["cost"][0]
    assert all(one["seconds"] > 0 for one in stages)
    assert sum(one["seconds"] for one in stages) <= record["seconds"]
    assert all(any(note.startswith(f"{one['strategy']}: ") for note in record["notes"]) for one in stages)
    assert [asdict(one) for one in reopen(repaired).result.stages] == stages
    summary = openpyxl.load_workbook(write_workbook(repaired, tmp_path / "run.xlsx")).worksheets[0]
    assert {"rehousing", "polish"} <= {cell for row in summary.iter_rows(values_only=True) for cell in row}
    shown = echelon("repair", solved, "--changes", TEN, "--out", tmp_path / "new").stdout
    assert [line.split()[0] for line in shown.splitlines() if " annealing on week masks " in line] == [
        "polish"
    ]


@pytest.mark.parametrize(
    ("choice", "strategy"),
    [("mixture", "random mixture of bursts"), ("learned", "learned mixture of bursts")],
)
def test_what_repairs_is_chosen_by_words(choice: str, strategy: str, solved: Path, tmp_path: Path) -> None:
    words = ("repair", solved, "--changes", TEN, "--stage", f"repair={choice}")
    code, told = documents(*words, "--out", tmp_path / "new")
    assert code == 0
    assert told["clean"] is True
    assert [one["strategy"] for one in told["stages"] if one["stage"] == "repair"] == [strategy]
    record = json.loads((tmp_path / "new" / "result.json").read_text(encoding="utf-8"))
    assert record["parameters"]["stages"]["repair"] == choice


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--stage", "quality=none"], "quality=none has no meaning for a re-solve"),
        (["--stage", "repair=none"], "repair=none has no meaning for a re-solve"),
        (["--stage", "repair=best"], "Maybe one of breakout, "),
        (["--stage", "repair"], "'repair' chooses nothing"),
        (["--stage", "policy=nope"], "a policy is for the learned repair"),
        (["--stage", "repair=learned", "--stage", "policy=nope"], "learned repair cannot be read"),
        (["--stage", "repair=mixture", "--price", 5], "repair=mixture knows no price"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(
    words: list[object], message: str, solved: Path, tmp_path: Path
) -> None:
    done = echelon("repair", solved, "--changes", TEN, *words, "--out", tmp_path / "new")
    assert done.exit_code == 2
    assert message in done.stderr
    assert "Maybe" in done.stderr
    assert not (tmp_path / "new").exists()


def test_the_repair_cannot_be_left_out_from_python_either(solved: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be left out here"):
        resolve_run(solved, (), repair="none", out=tmp_path / "new")
