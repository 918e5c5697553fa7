"""``echelon why``: the sentences, the figures, and a cure for every question that cannot be answered."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from command_runner import documents, echelon
from messages_api import KEY, messages_api, point_away, saying

from echelon_lib import Workbench
from echelon_lib.analysis.moves import section_moves
from echelon_lib.runs import compiling
from echelon_lib.runs.reopen import reopen
from echelon_lib.scoring.evaluate import evaluate


def unmet(run: Path) -> tuple[str, str]:
    """A student and a course of the list of unmet requests."""
    with (run / "unmet_requests.csv").open(encoding="utf-8") as file:
        first = next(csv.DictReader(file))
    return first["Student ID"], first["Course ID"]


def test_a_section_is_explained(made: Path) -> None:
    done = echelon("why", made, "--section", "ENG-1")
    assert done.exit_code == 0
    assert "ENG-1 (English) with T01 is in" in done.stdout
    assert "its teacher T01 has" in done.stdout
    code, document = documents("why", made, "--section", "ENG-1")
    assert code == 0
    assert document["facts"][0] in done.stdout
    assert {place["period"] for place in document["places"]} | {document["period"]} == {
        period.name for period in reopen(made).problem.calendar.periods
    }


def test_a_told_move_costs_exactly_what_is_told(made: Path) -> None:
    code, document = documents("why", made, "--section", "ENG-1")
    assert code == 0
    outcome = reopen(made)
    problem, before = outcome.problem, outcome.result.best
    assert before is not None
    was = evaluate(problem, before)
    offers = Workbench(problem, before).moves("ENG-1")
    assert {move["period"] for move in document["moves"]} == {"R1", "R2", "G1"}
    for move in document["moves"]:
        after = offers[move["period"]].timetable
        assert after is not None
        now = evaluate(problem, after)
        assert now.feasible
        assert move["cost"] == [new - old for new, old in zip(now.cost, was.cost, strict=True)]
        table = section_moves(problem, before, after)
        assert move["sections"] == table[["Section", "Before", "After"]].to_numpy().tolist()
        assert ["ENG-1", document["period"], move["period"]] in move["sections"]
        worse = [new.cost > old.cost for old, new in zip(was.served, now.served, strict=True)]
        assert move["lost"] == sum(worse)


def test_moves_are_told_in_words_that_name_no_student(made: Path) -> None:
    told = echelon("why", made, "--section", "ENG-1").stdout
    _, document = documents("why", made, "--section", "ENG-1")
    _, moves = told.split("What a move would cost with the enrolments mended after it")
    assert moves.splitlines()[1:] == document["move_facts"]
    assert "To R2: ENG-2 (English) moves from R2 to" in moves
    assert not any(student in told + json.dumps(document) for student in reopen(made).problem.student)


def test_compiling_is_said_beside_the_answer(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "compile_questions", lambda phase: phase(compiling.COMPILING))
    done = echelon("why", made, "--section", "ENG-1", "--json")
    assert "Compiling the search (once on this machine) ..." in done.stderr
    assert json.loads(done.stdout)["moves"]


def test_a_student_without_a_course_is_told_why_and_what_it_would_cost(made: Path) -> None:
    student, course = unmet(made)
    done = echelon("why", made, "--student", student, "--course", course)
    assert done.exit_code == 0
    assert f"Student {student}: {course} is request" in done.stdout
    assert "The cheapest change that gives it" in done.stdout
    assert "Nobody loses a request." in done.stdout
    code, document = documents("why", made, "--student", student, "--course", course)
    assert code == 0
    assert document["swap"]["found"]
    assert document["swap"]["cost"][0] < 0
    assert document["swap"]["lost"] == []
    best = document["suggestions"][0]
    assert best["cost"][0] == document["swap"]["cost"][0]
    assert best["lost"] == []
    assert f"1. {best['sentence']}" in done.stdout


def test_nothing_is_changed_by_asking(made: Path) -> None:
    before = {path: path.read_bytes() for path in made.rglob("*") if path.is_file()}
    echelon("why", made, "--section", "ENG-1")
    echelon("why", made, "--student", unmet(made)[0], "--course", unmet(made)[1])
    assert before == {path: path.read_bytes() for path in made.rglob("*") if path.is_file()}
    outcome = reopen(made)
    assert outcome.result.best is not None
    assert evaluate(outcome.problem, outcome.result.best).feasible


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--section", "ENG-1", "--student", "ST01"],
        ["--section", "ENG-1", "--course", "Art"],
        ["--student", "ST01"],
        ["--course", "Art"],
    ],
    ids=" ".join,
)
def test_one_question_at_a_time(made: Path, words: list[str]) -> None:
    done = echelon("why", made, *words)
    assert done.exit_code == 2
    assert "Maybe echelon why RUN --section S, or" in done.stderr


def test_nothing_is_sent_of_a_student(made: Path) -> None:
    done = echelon("why", made, "--student", "ST01", "--course", "Art", "--send", "--yes")
    assert done.exit_code == 2
    assert "nothing is ever sent to Claude" in done.stderr
    assert done.stdout == ""


def test_unknown_names_have_a_cure(made: Path, tmp_path: Path) -> None:
    done = echelon("why", made, "--section", "ENG-9")
    assert done.exit_code == 2
    assert "no section is called 'ENG-9'" in done.stderr
    assert "Maybe 'ENG-" in done.stderr
    done = echelon("why", made, "--student", "ST99", "--course", "Artt")
    assert done.exit_code == 2
    assert "Maybe 'Art' was meant?" in done.stderr
    assert echelon("why", tmp_path / "nowhere", "--section", "ENG-1").exit_code == 2


def test_a_run_without_a_timetable_says_so(school: Path, impossible: Path, tmp_path: Path) -> None:
    assert echelon("solve", school, "--rules", impossible, "--out", tmp_path / "none").exit_code == 3
    done = echelon("why", tmp_path / "none", "--section", "ENG-1")
    assert done.exit_code == 3
    assert "no timetable" in done.stdout


def test_beside_a_document_standard_error_names_nobody(made: Path) -> None:
    done = echelon("why", made, "--student", "ZZ99", "--course", "Art", "--json")
    assert done.exit_code == 2
    assert "ZZ99" in json.loads(done.stdout)["message"]
    assert "ZZ99" not in done.stderr


def test_claude_may_say_it_and_may_not_invent(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_away(monkeypatch)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    settings, run = tmp_path / "claude.toml", tmp_path / "run"
    shutil.copytree(made, run)
    words = ("why", run, "--section", "ENG-1", "--claude", settings, "--send", "--yes")
    with messages_api() as service:
        settings.write_text(f'base_url = "{service.url}"\nretries = 0\n', encoding="utf-8")
        service.will(saying("S1 stands where its teacher is free."), saying("S1 has ninety students."))
        code, told = documents(*words)
        assert (code, told["by_claude"]) == (0, True)
        assert told["words"] == "ENG-1 stands where its teacher is free."
        code, invented = documents(*words)
        assert (code, invented["by_claude"]) == (0, False)
        assert invented["words"].splitlines() == invented["facts"]
        assert "a figure that is not among the facts" in invented["note"]
        assert len(service.seen) == 2
        assert "ENG-1" not in service.seen[0].body.decode()
    kept = sorted(path.relative_to(run).as_posix() for path in run.glob("advice/*/receipts/receipt-*.json"))
    assert kept == [f"advice/{number:03d}/receipts/receipt-001.json" for number in (1, 2)]


def test_nothing_is_sent_without_a_person_or_yes(made: Path) -> None:
    done = echelon("why", made, "--section", "ENG-1", "--send")
    assert done.exit_code == 2
    assert "nobody is here to be asked" in done.stderr
    assert "--yes" in done.stderr
