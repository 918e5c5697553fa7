"""The ``echelon`` command through its front door: words, exit codes, one JSON document."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_runner import ROOT, documents, echelon, in_a_process

from echelon_lib import __version__
from echelon_lib.commands.screen import clean

# Help and parameters -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--help"], "solve"), (["--version"], __version__), (["solve", "--help"], "--seconds")],
)
def test_help_and_version_are_quick(words: list[str], said: str) -> None:
    took = []
    for _ in range(3):
        # Time of the processor, so that a busy machine does not count.
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        code, out, err = in_a_process(*words)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert (code, err) == (0, "")
        assert said in out
    assert min(took) < 1.0


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; import echelon_lib.commands.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded.isdisjoint({"pandas", "numpy", "pydantic", "highspy", "gurobipy", "plotly", "papermill"})


@pytest.mark.parametrize(
    "words",
    [
        ["solv"],
        ["solve"],
        ["solve", "SCHOOL", "--second", "3"],
        ["solve", "SCHOOL", "--seconds", "0"],
        ["solve", "SCHOOL", "--seconds=-5"],
        ["solve", "SCHOOL", "--seconds", "nan"],
        ["solve", "SCHOOL", "--seconds", "inf"],
        ["solve", "SCHOOL", "--seconds", "soon"],
        ["solve", "SCHOOL", "--seed=-1"],
        ["solve", "SCHOOL", "--seed", "1.5"],
        ["solve", "SCHOOL", "--kind", "hybird"],
        ["solve", "SCHOOL", "--kind", "greedy", "--solver", "highs"],
        ["solve", "SCHOOL", "--solver", "cplex"],
        ["solve", "nowhere"],
        ["solve", "SCHOOL", "--rules", "nowhere.toml"],
        ["check", "nowhere"],
        ["check", "SCHOOL", "--rules", "."],
        ["evaluate", "SCHOOL", "nowhere"],
        ["evaluate", "SCHOOL"],
        ["compare", "nowhere", "nowhere"],
        ["generate", "school", "--students", "3"],
        ["generate", "school", "--periods", "9"],
        ["generate", "school", "--request-lists=-4"],
        ["demo", "--seconds", "0"],
    ],
    ids=" ".join,
)
def test_bad_parameters_end_with_two(school: Path, words: list[str]) -> None:
    done = echelon(*(str(school) if word == "SCHOOL" else word for word in words))
    assert done.exit_code == 2
    assert done.stderr.strip()
    assert "Traceback" not in done.output
    assert list(Path.cwd().iterdir()) == []


def test_options_are_named_as_options(school: Path) -> None:
    done = echelon("solve", school, "--seconds", "nan", "--seed=-1", "--solver", "gurob")
    for option in ("--seconds: nan", "--seed: -1", "--solver: 'gurob'", "Maybe 'gurobi' was meant?"):
        assert option in done.stderr


# check -------------------------------------------------------------------------------------------------


def test_check_says_what_was_read(school: Path) -> None:
    done = echelon("check", school)
    assert done.exit_code == 0
    assert "38 requests" in done.stdout
    assert done.stderr == ""


def test_check_lists_every_issue(broken: Path) -> None:
    done = echelon("check", broken)
    assert done.exit_code == 2
    assert "Sections_Information.csv, row 4, column '# of Seats Available'" in done.stderr
    assert "'many'" in done.stderr
    assert "'T09'" in done.stderr
    code, document = documents("check", broken)
    assert code == document["exit_code"] == 2
    assert {issue["row"] for issue in document["issues"]} == {4, 5, 7}


def test_check_proves_impossibility(school: Path, impossible: Path) -> None:
    done = echelon("check", school, "--rules", impossible)
    assert done.exit_code == 3
    assert "Errors: no timetable can keep all required rules" in done.stdout
    code, document = documents("check", school, "--rules", impossible)
    assert code == 3
    assert document["possible"] is False
    assert document["findings"][0]["severity"] == "error"


def test_check_writes_a_report_and_overwrites_nothing(school: Path, tmp_path: Path) -> None:
    assert echelon("check", school, "--out", tmp_path / "report.txt").exit_code == 0
    text = (tmp_path / "report.txt").read_text(encoding="utf-8")
    assert "38 requests" in text
    done = echelon("check", school, "--out", tmp_path / "report.txt")
    assert done.exit_code == 2
    assert "nothing is overwritten" in done.stderr
    assert (tmp_path / "report.txt").read_text(encoding="utf-8") == text
    assert echelon("check", school, "--out", tmp_path / "no" / "report.txt").exit_code == 1


def test_check_lists_what_counsellors_should_see(school: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(school, tmp_path / "copy"))
    path = folder / "Student_Preference_Info.csv"
    text = path.read_text(encoding="utf-8").replace('ST08,"English;World History"', 'ST08,"English;Chess"')
    path.write_text(text, encoding="utf-8")
    done = echelon("check", folder)
    assert "ST08: Chess has no section" in done.stdout
    _, document = documents("check", folder)
    assert [note["student"] for note in document["request_lists"]] == ["ST08"]


def test_check_accepts_headers_when_told(school: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(school, tmp_path / "copy"))
    path = folder / "Period.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("period_name", "Period Name"), encoding="utf-8")
    assert echelon("check", folder).exit_code == 2
    assert echelon("check", folder, "--accept-headers").exit_code == 0
    done = echelon("solve", folder, "--kind", "greedy", "--accept-headers", "--out", tmp_path / "out")
    assert done.exit_code == 0
    assert echelon("evaluate", folder, tmp_path / "out").exit_code == 0


# evaluate, compare, generate, solvers ------------------------------------------------------------------


def test_evaluate_confirms_a_run(school: Path, made: Path) -> None:
    done = echelon("evaluate", school, made)
    assert done.exit_code == 0
    assert "Feasible" in done.stdout
    assert "does not get" in done.stdout
    unmet = next(line for line in done.stdout.splitlines() if "unmet requests  " in line)
    assert unmet.split()[-2:] == ["4", "345"], "their number and their weight"
    code, document = documents("evaluate", school, made)
    assert code == 0
    assert document["feasible"] is True
    assert len(document["violations"]) == 10 < document["violations_found"]


def test_evaluate_finds_broken_rules(school: Path, made: Path) -> None:
    path = made / "Master_Schedule.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line.split(",")[0] + ",G1" for line in lines[1:]), encoding="utf-8")
    path.write_text(lines[0] + "\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    (made / "result.json").unlink()
    done = echelon("evaluate", school, made)
    assert done.exit_code == 1
    assert "Not feasible" in done.stdout
    assert "Teacher T01 has" in done.stdout


def test_evaluate_catches_a_false_claim(school: Path, made: Path) -> None:
    record = json.loads((made / "result.json").read_text())
    record["terms"]["unmet requests"]["cost"] = 0
    (made / "result.json").write_text(json.dumps(record))
    done = echelon("evaluate", school, made)
    assert done.exit_code == 1
    assert "Mismatch: the cost of 'unmet requests': result.json says 0" in done.stdout


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("Master_Schedule.csv", "ENG-1", "ENG-9"),
        ("Master_Schedule.csv", "Period", "When"),
        ("Student_Assignments.csv", "ST02", "ST99"),
        ("result.json", "{", "["),
    ],
)
def test_evaluate_refuses_bad_files(school: Path, made: Path, file: str, old: str, new: str) -> None:
    text = (made / file).read_text(encoding="utf-8")
    assert old in text
    (made / file).write_text(text.replace(old, new), encoding="utf-8")
    done = echelon("evaluate", school, made)
    assert done.exit_code == 2
    assert file in done.stderr


def test_compare_needs_only_the_runs(school: Path, made: Path, tmp_path: Path) -> None:
    assert echelon("solve", school, "--solver", "highs", "--out", tmp_path / "other").exit_code == 0
    done = echelon("compare", made, tmp_path / "other")
    assert done.exit_code == 0
    assert "Requests met" in done.stdout
    assert "Students moved: " in done.stdout
    code, document = documents("compare", made, tmp_path / "other")
    assert code == 0
    assert document["students_moved"] > 0


def test_compare_says_why_figures_are_unknown(made: Path, tmp_path: Path) -> None:
    bare = Path(shutil.copytree(made, tmp_path / "bare"))
    (bare / "result.json").unlink()
    done = echelon("compare", made, bare)
    assert done.exit_code == 0
    assert "unknown" in done.stdout
    assert "–" not in done.stdout
    assert "bare has no result.json, so its figures are unknown" in done.stdout
    alone = echelon("compare", bare, bare)
    assert alone.stdout.splitlines()[0] == "Sections moved: 0. Students moved: 0."


def test_generated_schools_can_be_used(tmp_path: Path) -> None:
    first = echelon(
        "generate", "school", "--students", 40, "--seed", 3, "--out", tmp_path / "a", "--request-lists", 8
    )
    assert first.exit_code == 0
    assert "sections" in first.stdout
    assert echelon("check", tmp_path / "a").exit_code in (0, 3)
    assert echelon("generate", "school", "--students", 40, "--out", tmp_path / "a").exit_code == 2
    code, document = documents("generate", "school", "--students", 40, "--request-lists", 0)
    assert code == 0
    assert document["folder"] == "school-40-0"
    assert document["distinct_lists"] >= 39
    misfit = ("--students", 200, "--surplus", 5, "--missing", 1, "--out", tmp_path / "b")
    code, document = documents("generate", "school", *misfit)
    assert code == 0
    assert document["surplus_sections"] >= 5
    assert document["missing_sections"] == 1


def test_schools_of_a_family_come_with_rules_and_an_answer(tmp_path: Path) -> None:
    school = tmp_path / "school"
    asked = ("--family", "hard", "--students", 60, "--planted", "--out", school)
    code, document = documents("generate", "school", *asked)
    assert code == 0
    assert document["shortage"] == 0
    assert 0 < document["singleton_conflict_density"] < 1
    code, score = documents("evaluate", school, school / "planted", "--rules", school / "rules.toml")
    assert code == 0
    assert score["met"] == score["requests"] == document["requests"]
    asked = ("--family", "cohort", "--students", 60, "--alternates", 0.5, "--out", tmp_path / "c")
    done = echelon("generate", "school", *asked)
    assert done.exit_code == 0
    assert "requests with alternates" in done.stdout
    assert "singleton share" in done.stdout
    assert "--rules" in done.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--family", "odd"], "must be one of realistic"),
        (
            ["--family", "hard", "--request-lists", 5],
            "--request-lists has no meaning for a school of the family",
        ),
        (["--family", "hard", "--surplus", 5], "--surplus has no meaning"),
        (["--planted"], "--planted has no meaning for a school without a family"),
        (["--days", 2], "--days has no meaning"),
        (["--alternates", 0.1], "--alternates has no meaning"),
        (["--family", "hard", "--alternates", 1.5], "alternates is 1.5; it must be a share from 0 to 1"),
    ],
)
def test_options_that_do_not_fit_the_kind_of_school_are_refused(options: list[object], words: str) -> None:
    done = echelon("generate", "school", *options)
    assert done.exit_code == 2
    assert words in " ".join(done.stderr.split())


def test_solvers_tell_what_they_can() -> None:
    done = echelon("solvers")
    assert done.exit_code == 0
    code, document = documents("solvers")
    assert code == 0
    assert [one["solver"] for one in document["solvers"]] == ["gurobi", "highs", "greedy"]
    assert all(
        set(one) >= {"installed", "licensed", "version", "supports", "reason"} for one in document["solvers"]
    )


# Words of strangers ------------------------------------------------------------------------------------


def test_data_cannot_steer_the_terminal(school: Path, tmp_path: Path) -> None:
    assert clean("a\x1b[31mb\x9bc\u202ed") == "a\ufffd[31mb\ufffdc\ufffdd"
    assert clean("\udcff") == "?"
    folder = Path(shutil.copytree(school, tmp_path / "copy"))
    for path in folder.glob("*.csv"):
        path.write_text(path.read_text(encoding="utf-8").replace("Art", "[/red] :smile:"), encoding="utf-8")
    assert echelon("solve", folder, "--kind", "greedy", "--out", tmp_path / "out").exit_code == 0
    done = echelon("evaluate", folder, tmp_path / "out", "--violations", 100)
    assert done.exit_code == 0
    assert "[/red] :smile:" in done.stdout


def test_a_terminal_without_unicode_will_do(
    school: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    code, out, err = in_a_process("solve", school, "--kind", "greedy", "--out", tmp_path / "out")
    assert code == 0, err
    assert "Requests met" in out


def test_beside_a_document_standard_error_names_nobody(school: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(school, tmp_path / "odd"))
    path = folder / "Student_Preference_Info.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("ST03,", "ZZ99,"), encoding="utf-8")
    done = echelon("check", folder, "--json")
    assert done.exit_code == 2
    assert "ZZ99" in done.stdout
    assert "ZZ99" not in done.stderr
    assert "1 problem found" in done.stderr
