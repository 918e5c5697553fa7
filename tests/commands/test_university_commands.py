"""``echelon check`` and ``echelon evaluate`` of a university: the files say of which kind a folder is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from command_runner import ROOT, documents, echelon
from tiny_universities import enrolled, small

from echelon_lib.formats.university_writing import write_university_files


@pytest.fixture
def college() -> Path:
    """The sample of a university."""
    return ROOT / "data" / "samples" / "small_college"


@pytest.fixture
def closed(college: Path, tmp_path: Path) -> Path:
    """The college without its chemistry labs."""
    folder = Path(shutil.copytree(college, tmp_path / "closed"))
    path = folder / "Rooms.csv"
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if "Chemistry" not in line]
    path.write_text("\n".join([*kept, ""]), encoding="utf-8")
    return folder


def test_check_reads_a_university(college: Path) -> None:
    done = echelon("check", college)
    assert done.exit_code == 0
    assert "lab sections: 83" in done.stdout
    assert "Nothing was found that stands in the way." in done.stdout
    code, document = documents("check", college)
    assert code == 0
    assert document["institution"] == "university"
    assert document["read"]["rooms"] == 36


def test_check_proves_impossibility(closed: Path) -> None:
    done = echelon("check", closed)
    assert done.exit_code == 3
    assert "can be nowhere: no room has all the features that are needed." in done.stdout


@pytest.mark.parametrize("rule", ["student_gaps", "rooms_of_a_section"])
def test_a_rule_that_can_only_be_priced_is_found_before_the_search(
    rule: str, college: Path, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(f'[kinds]\n{rule} = "required"\n', encoding="utf-8")
    code, told = documents("check", college, "--rules", rules)
    assert code == 0, "a timetable that somebody else made may keep it"
    (found,) = [one for one in told["findings"] if one["severity"] == "warning"]
    assert found["rule"] == rule.replace("_", " ")
    assert "the search can only price it" in found["message"]
    assert found["suggestion"] == "give it a price in the rules, such as { priced = 1 }?"
    done = echelon("solve", college, "--rules", rules, "--out", tmp_path / "run")
    assert done.exit_code == 1
    assert "Maybe give it a price in the rules" in done.stderr


def test_variants_that_name_nothing_are_refused(college: Path) -> None:
    done = echelon("variants", college, "--variants", ",")
    assert done.exit_code == 2
    assert "--variants: ',' names nothing" in done.stderr


def test_check_names_the_students_whom_findings_count(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    write_university_files(small(enrolments=[enrolled("batch", "ALG-1")]), folder)
    done = echelon("check", folder)
    assert "1 student attends nothing, of 2 in all.\n" in done.stdout
    assert "\n    Students: zoe\n" in done.stdout
    _, document = documents("check", folder)
    assert [one["students"] for one in document["findings"] if one["rule"] == "enrolment"] == [["zoe"]]


def test_check_takes_the_rules_of_a_university(college: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[kinds]\nstudent_gap = "off"\n', encoding="utf-8")
    done = echelon("check", college, "--rules", rules)
    assert done.exit_code == 2
    assert "'student_gaps' was meant?" in done.stderr


def test_evaluate_scores_the_planted_timetable(college: Path) -> None:
    planted = college / "planted"
    done = echelon("evaluate", college, planted, "--violations", 2)
    assert done.exit_code == 0
    assert "698 of 698 sessions placed" in done.stdout
    assert "Feasible: every required rule is kept." in done.stdout
    assert "Compactness for students" in done.stdout
    code, document = documents("evaluate", college, planted, "--violations", 2)
    assert code == 0
    assert document["feasible"] is True
    assert sum(term["cost"] for term in document["terms"].values()) == document["cost"][0]
    assert 0 < document["quality"]["faculty_preference"] <= 100
    assert len(document["violations"]) == 2


def test_evaluate_takes_other_prices(college: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('variant = "Faculty-focused"\n', encoding="utf-8")
    planted = college / "planted"
    usual = documents("evaluate", college, planted)[1]["terms"]["faculty preference"]
    focused = documents("evaluate", college, planted, "--rules", rules)[1]["terms"]["faculty preference"]
    assert usual["amount"] == focused["amount"]
    assert focused["cost"] == 1.44 * usual["cost"]


def test_evaluate_finds_what_is_broken(college: Path, tmp_path: Path) -> None:
    lines = (college / "planted" / "timetable.csv").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "timetable.csv"
    path.write_text("\n".join([*lines[:-1], ""]), encoding="utf-8")
    code, document = documents("evaluate", college, tmp_path)
    assert code == 1
    assert document["required"] == {"unplaced meetings": 1}
    path.write_text("\n".join([*lines, lines[1]]).replace("Mon", "Mo") + "\n", encoding="utf-8")
    done = echelon("evaluate", college, tmp_path)
    assert done.exit_code == 2
    assert "row 700: Rows that repeat an earlier row cell by cell are given twice" in done.stderr
    assert "timetable.csv, row 2, column 'Day': The period 'Mo " in done.stderr
