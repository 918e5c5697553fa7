"""``echelon workbook``: where it puts the file, and what it refuses."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
from command_runner import documents, echelon


def test_the_workbook_lies_beside_the_run(made: Path) -> None:
    before = sorted(path.name for path in made.rglob("*"))
    done = echelon("workbook", made)
    assert done.exit_code == 0
    assert done.stdout == "Written to made.xlsx\n"
    assert "Master schedule" in openpyxl.load_workbook("made.xlsx").sheetnames
    assert sorted(path.name for path in made.rglob("*")) == before
    again = echelon("workbook", made)
    assert again.exit_code == 2
    assert "nothing is overwritten" in again.stderr


def test_the_name_may_be_given(made: Path, tmp_path: Path) -> None:
    code, document = documents("workbook", made, "--out", tmp_path / "for the board.xlsx")
    assert (code, document["workbook"]) == (0, str(tmp_path / "for the board.xlsx"))
    assert (tmp_path / "for the board.xlsx").exists()


def test_a_run_whose_name_has_a_dot_keeps_it(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "spring.v2")
    assert echelon("workbook", tmp_path / "spring.v2").stdout == "Written to spring.v2.xlsx\n"


def test_what_is_no_run_is_refused(school: Path, made: Path) -> None:
    for words in (["nowhere"], [school], [made, "--out", "a.xls"], [made, "--out", "no/a.xlsx"]):
        done = echelon("workbook", *words)
        assert done.exit_code in (1, 2)
        assert "Maybe" in done.stderr
    assert [path.name for path in Path.cwd().iterdir()] == ["made"]
