"""``echelon generate university``: the folder that it writes and the figures that it prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_runner import documents, echelon

from echelon_lib.formats.university_csv import is_university, read_university_files
from echelon_lib.formats.university_records import PLANTED_TIMETABLE
from echelon_lib.generate.university.statistics import university_statistics


def test_the_command_writes_a_university(tmp_path: Path) -> None:
    asked = ("generate", "university", "--departments", 3, "--seed", 4)
    done = echelon(*asked, "--out", tmp_path / "a")
    assert done.exit_code == 0
    assert "distinct section sets" in done.stdout
    assert is_university(tmp_path / "a")
    assert not (tmp_path / "a" / PLANTED_TIMETABLE).exists()
    assert echelon(*asked, "--out", tmp_path / "a").exit_code == 2
    more = ("--planted", "--chosen-faculty", 30, "--out", tmp_path / "b")
    code, document = documents(*asked, *more)
    assert code == 0
    files = read_university_files(tmp_path / "b")
    assert document == {"exit_code": 0, "folder": str(tmp_path / "b"), **university_statistics(files)}
    assert (tmp_path / "b" / PLANTED_TIMETABLE).exists()
    assert files.counts()["sections without faculty"] > 0


def test_the_command_names_every_bad_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = echelon("generate", "university", "--departments", 0, "--seed=-1", "--chosen-faculty", 101)
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: 3 problems found")
    assert list(tmp_path.iterdir()) == []
