"""``echelon repair``: a new run with what moved and why; the earlier one stays as it was."""

from __future__ import annotations

import csv
import json
import logging
from pathlib import Path

import pytest
from command_runner import documents, echelon
from test_schools import tables, written

from echelon_lib.runs.assess import assess
from echelon_lib.runs.locking import own_locks
from echelon_lib.runs.reopen import reopen
from echelon_lib.schools import load_school
from echelon_lib.scoring.evaluate import evaluate


@pytest.fixture
def changes(tmp_path: Path) -> Path:
    """Art has fewer seats, and a student joins."""
    path = tmp_path / "changes.json"
    listed = [
        {"kind": "seats_changed", "section": "ART-1", "seats": 5},
        {"kind": "student_joins", "student": "ST50", "requests": ["Biology"]},
    ]
    path.write_text(json.dumps({"changes": listed}), encoding="utf-8")
    return path


def test_a_run_is_repaired_as_a_run_of_its_own(
    made: Path, changes: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = {path: path.read_bytes() for path in made.rglob("*") if path.is_file()}
    with caplog.at_level(logging.INFO):
        done = echelon("repair", made, "--changes", changes, "--out", tmp_path / "new")
    assert done.exit_code == 0, done.stderr
    assert "Student ST50 gets Biology" in done.stdout
    assert files == {path: path.read_bytes() for path in made.rglob("*") if path.is_file()}
    assert "ST" not in caplog.text.replace("STATUS", "")
    with (tmp_path / "new" / "changes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["ID"] for row in rows if row["Cause"] == "had to"} >= {"ST50"}
    record = json.loads((tmp_path / "new" / "result.json").read_text(encoding="utf-8"))
    assert record["repair"]["changes"] == {"seats_changed": 1, "student_joins": 1}
    assert "ST50" not in json.dumps(record)


def test_the_new_run_is_opened_scored_and_repaired_like_any_other(
    made: Path, changes: Path, tmp_path: Path
) -> None:
    assert echelon("repair", made, "--changes", changes, "--out", tmp_path / "new").exit_code == 0
    outcome = reopen(tmp_path / "new")
    assert outcome.notes == ()
    assert not outcome.result.mismatches
    assert outcome.result.best is not None
    assert evaluate(outcome.problem, outcome.result.best).feasible
    assert "ST50" in outcome.problem.student
    assert outcome.problem.sections["ART-1"].seats == 5
    changed = load_school(tmp_path / "new" / "school")
    assert changed.requests == outcome.problem.requests
    assert not assess(tmp_path / "new" / "school", tmp_path / "new").mismatches
    more = tmp_path / "more.toml"
    more.write_text('[[changes]]\nkind = "student_leaves"\nstudent = "ST50"\n', encoding="utf-8")
    code, told = documents("repair", tmp_path / "new", "--changes", more, "--out", tmp_path / "newer")
    assert code == 0
    assert told["lost"] == []
    assert "ST50" not in reopen(tmp_path / "newer").problem.student
    again = echelon("solve", tmp_path / "newer" / "school", "--start", tmp_path / "newer", "--kind", "greedy")
    assert again.exit_code == 0, again.stderr


def test_a_document_holds_everything(made: Path, changes: Path, tmp_path: Path) -> None:
    code, told = documents(
        "repair", made, "--changes", changes, "--most", 0, "--lock", "ENG-1", "--out", tmp_path / "new"
    )
    assert code == 0
    assert told["status"] in ("FEASIBLE", "OPTIMAL")
    assert all(one["cause"] == "had to" for one in told["moved"])
    assert {"affected", "lost", "broken", "cost", "share", "facts"} <= told.keys()


def test_a_price_and_a_cap_say_what_a_change_is_worth(tmp_path: Path) -> None:
    files = tables("Art-1:1/T1@R1 Art-2:1/T2@R2 Band-1:1/T3@R1 Choir-1:1/T3@R2", {"ann": "Art"})
    school = written(tmp_path / "school", files)
    assert echelon("solve", school, "--kind", "greedy", "--out", tmp_path / "made").exit_code == 0
    timetable = reopen(tmp_path / "made").result.best
    assert timetable is not None
    taken = {"Art-1": "Choir", "Art-2": "Band"}[next(iter(timetable.enrolments["ann"]))]
    joins = {"kind": "student_joins", "student": "bob", "requests": [taken, "Art"]}
    path = tmp_path / "joins.json"
    path.write_text(json.dumps([joins]), encoding="utf-8")
    lost = {}
    for name, options in {
        "usual": (),
        "cheap": ("--price", 50),
        "dear": ("--price", 1000),
        "none": ("--most", 0),
    }.items():
        _, told = documents(
            "repair", tmp_path / "made", "--changes", path, *options, "--out", tmp_path / name
        )
        lost[name] = [(one["student"], one["course"]) for one in told["lost"]]
    assert lost["usual"] == lost["cheap"] == [], "ann makes room for bob"
    assert lost["dear"] == lost["none"] == [("bob", "Art")]
    assert echelon("repair", tmp_path / "made", "--changes", path, "--price", -1).exit_code == 2


def test_nothing_is_written_where_a_change_cannot_be(made: Path, changes: Path, tmp_path: Path) -> None:
    text = changes.read_text(encoding="utf-8").replace("ART-1", "ART-9")
    changes.write_text(text, encoding="utf-8")
    done = echelon("repair", made, "--changes", changes, "--out", tmp_path / "new")
    assert done.exit_code == 2
    assert "no section is called 'ART-9'" in done.stderr
    assert "Maybe 'ART-1' was meant?" in done.stderr
    assert not (tmp_path / "new").exists()
    done = echelon("repair", made, "--changes", changes, "--lock", "zed", "--out", tmp_path / "new")
    assert done.exit_code == 2
    assert not (tmp_path / "new").exists()


def test_no_run_is_overwritten(made: Path, changes: Path) -> None:
    done = echelon("repair", made, "--changes", changes, "--out", made)
    assert done.exit_code == 2
    assert "exists already" in done.stderr
    assert echelon("repair", made / "nowhere", "--changes", changes).exit_code == 2


def test_what_was_locked_for_a_repair_stays_locked_in_the_next(
    made: Path, changes: Path, tmp_path: Path
) -> None:
    options = ("--lock", "ENG-1", "--price", 30, "--most", 5)
    assert echelon("repair", made, "--changes", changes, *options, "--out", tmp_path / "new").exit_code == 0
    record = json.loads((tmp_path / "new" / "result.json").read_text(encoding="utf-8"))
    assert (record["locks"], record["repair"]["price"], record["repair"]["most"]) == (1, 30, 5)
    (lock,) = own_locks(reopen(tmp_path / "new").problem)
    assert (lock.id, lock.origin) == ("ENG-1", "person")
    more = tmp_path / "more.json"
    more.write_text('[{"kind": "student_leaves", "student": "ST50"}]', encoding="utf-8")
    assert echelon("repair", tmp_path / "new", "--changes", more, "--out", tmp_path / "newer").exit_code == 0
    again = reopen(tmp_path / "newer")
    assert [one.id for one in own_locks(again.problem)] == ["ENG-1"]
    assert not again.result.mismatches


def test_a_lock_that_a_repair_cannot_keep_is_named_and_gone(made: Path, tmp_path: Path) -> None:
    outcome = reopen(made)
    section = outcome.problem.sections["ENG-1"]
    (teacher,) = outcome.problem.teachers_of(section)
    period = outcome.problem.calendar.name(outcome.result.best.placements[section.meetings[0].id].time)
    away = tmp_path / "away.json"
    away.write_text(json.dumps([{"kind": "teacher_away", "teacher": teacher, "periods": [period]}]))
    done = echelon("repair", made, "--changes", away, "--lock", "ENG-1", "--out", tmp_path / "new")
    assert f"ENG-1 was to stay in {period}" in done.stdout
    assert own_locks(reopen(tmp_path / "new").problem) == ()


def test_what_proves_a_repair_impossible_comes_first_with_its_cure(made: Path, tmp_path: Path) -> None:
    problem = reopen(made).problem
    load = {one.id: problem.sections_of.get(one.id, ()) for one in problem.teachers}
    (lost, *_, takes) = sorted((one for one in load if load[one]), key=lambda one: len(load[one]))
    periods = len(problem.calendar.periods)
    changes = [{"kind": "teacher_lost", "teacher": lost, "by": takes}]
    like = load[takes][0]
    course = problem.course_of[like.id].id
    for number in range(periods):
        new = {"section": f"NEW-{number}", "course": course, "seats": 1, "teacher": takes}
        changes.append({"kind": "section_added", **new})
    path = tmp_path / "changes.json"
    path.write_text(json.dumps(changes), encoding="utf-8")
    done = echelon("repair", made, "--changes", path, "--out", tmp_path / "new")
    assert done.exit_code == 3
    first = done.stdout.splitlines()[0]
    assert first.startswith("No timetable can keep all required rules: ")
    assert takes in first
    assert "Maybe" in done.stdout
    with (tmp_path / "new" / "changes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["Sentence"] == f"{lost} leaves; {takes} takes the sections."
    assert sum(row["What"] == "change" for row in rows) == len(changes)


def test_every_lost_request_has_its_reason(tmp_path: Path) -> None:
    pupils = {f"p{number:02d}": "Art" for number in range(20)}
    school = written(tmp_path / "school", tables("Art-1:20/T1@R1 Band-1:1/T2@R2", pupils))
    assert echelon("solve", school, "--kind", "greedy", "--out", tmp_path / "made").exit_code == 0
    path = tmp_path / "seats.json"
    path.write_text('[{"kind": "seats_changed", "section": "Art-1", "seats": 2}]', encoding="utf-8")
    _, told = documents("repair", tmp_path / "made", "--changes", path, "--out", tmp_path / "new")
    assert len(told["lost"]) == 18
    assert any(fact.startswith("18 students lose Art. ") for fact in told["facts"])
    with (tmp_path / "new" / "changes.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["What"] == "request"]
    assert len(rows) == 18
    assert all("all 2 seats are taken" in row["Sentence"] for row in rows)


def test_what_only_universities_have_is_refused(made: Path, changes: Path, tmp_path: Path) -> None:
    words = ("--only-departments", "Art", "--stage", "repair=mixture")
    done = echelon("repair", made, "--changes", changes, *words, "--out", tmp_path / "new")
    assert done.exit_code == 2
    assert "--only-departments: this has no meaning for a school" in done.stderr
    assert "--stage: this has no meaning for a school\n  Maybe leave it out" in done.stderr
    assert not (tmp_path / "new").exists()
