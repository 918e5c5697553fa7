"""Rows of ``Locks.csv``: every combination, and every contradiction with its row, column and cure."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_schools import more, tables, written

from echelon_lib import load_school, preflight
from echelon_lib.domain.errors import DataError
from echelon_lib.domain.locks import Lock
from echelon_lib.formats.school_csv import read_school_files
from echelon_lib.formats.school_locks import locks_in, records_of
from echelon_lib.formats.school_records import LOCKS
from echelon_lib.formats.school_writing import locks_table, write_school_files
from echelon_lib.school_rules import SchoolRules

WISHES = {"ann": "Art|Band Chess", "bob": "Art"}
SECTIONS = "Art-1/T1 Art-2/T1@R2 Band-1/T2 Chess-1"


def folder(locks: str, path: Path) -> Path:
    return written(path / "school", more(tables(SECTIONS, WISHES, away={"T2": "R1"}), locks=locks))


def test_every_combination_is_read_and_written_back(tmp_path: Path) -> None:
    files = read_school_files(
        folder(
            "section Art-1 R1 - -,SECTION Art-2 R2 T1 -,section Band-1 - T2 -,course Art R1;R2 - -,"
            "department Science R1;R2;G1 - -,teacher T1 G1,G2 - -,teacher T1 - - Art-1,teacher T2 - - -,"
            "student ann G1;G2 - -,student ann - - Band-1".replace("G1,G2", "G1;G2"),
            tmp_path,
        )
    )
    locks = list(locks_in(files.locks))
    assert locks == [
        Lock("section", "Art-1", ("R1",)),
        Lock("section", "Art-2", ("R2",), "T1"),
        Lock("section", "Band-1", (), "T2"),
        Lock("course", "Art", ("R1", "R2")),
        Lock("department", "Science", ("R1", "R2", "G1")),
        Lock("teacher", "T1", ("G1", "G2")),
        Lock("teacher", "T1", (), None, "Art-1"),
        Lock("teacher", "T2"),
        Lock("student", "ann", ("G1", "G2")),
        Lock("student", "ann", (), None, "Band-1"),
    ]
    assert locks[1].place == "Locks.csv, row 3"
    write_school_files(files, tmp_path / "again")
    assert read_school_files(tmp_path / "again").locks == files.locks
    assert records_of(locks) == files.locks
    assert records_of([Lock("teacher", "T1", origin="program")]) == ()
    assert locks_table(files)[0] == ("Kind", "ID", "Period", "Teacher ID", "Section ID")
    assert "10 locks" in files.summary()
    assert "ann" not in repr(files.locks)


WRONG = [
    ("period Art-1 R1 - -", "Kind", "'period' is no kind of lock", "section, course"),
    ("studnet ann R1 - -", "Kind", "'studnet' is no kind of lock", "'student' was meant?"),
    ("section Art-9 R1 - -", "ID", "There is no section 'Art-9'", ""),
    ("course Arts R1 - -", "ID", "There is no course 'Arts'", ""),
    ("department Sciense R1 - -", "ID", "There is no department 'Sciense'", "'Science' was meant?"),
    ("teacher T9 R1 - -", "ID", "There is no teacher 'T9'", ""),
    ("student anna R1 - -", "ID", "There is no student 'anna'", ""),
    ("section Art-1 R9 - -", "Period", "There is no period 'R9'", ""),
    ("section Art-1 - T9 -", "Teacher ID", "There is no teacher 'T9'", ""),
    ("student ann - - Art-9", "Section ID", "There is no section 'Art-9'", ""),
    ("section Art-1 - - -", "Kind", "locks nothing of the section", "'Period' or 'Teacher ID'"),
    ("course Art - - -", "Kind", "locks nothing of the course", "'Period'"),
    ("department Science - - -", "Kind", "locks nothing of the department", "'Period'"),
    ("department Science R1 T1 -", "Teacher ID", "a department does not look at 'Teacher ID'", "clear"),
    ("student ann - - -", "Kind", "locks nothing of the student", ""),
    ("section Art-1 R1 - Art-1", "Section ID", "a section does not look at 'Section ID'", "clear the cell"),
    ("teacher T1 - T1 -", "Teacher ID", "a teacher does not look at 'Teacher ID'", ""),
    ("section Art-1 R1;R2 - -", "Period", "one period, and 2 are named", "keeps it to several"),
    ("teacher T1 R1 - Art-1", "Section ID", "A teacher teaches nothing in the periods", "two rows"),
    ("student ann R1 - Art-1", "Section ID", "A student is kept free in the periods", "two rows"),
    ("section Art-1 - T2 -", "Teacher ID", "is taught by 'T1' (Sections_Information.csv, row 2)", "give"),
    ("section Chess-1 - T2 -", "Teacher ID", "has no teacher", ""),
    ("teacher T2 - - Art-1", "Section ID", "is taught by 'T1'", ""),
    ("section Art-2 R1 - -", "Period", "may be in R2 only by row 3", "change the sections file"),
    ("student bob - - Band-1", "Section ID", "does not ask for 'Band'", "add the course"),
    ("section Art-1 R1 - -,section Art-1 G1 - -", "Period", "Row 2 locks it to R1 already", "delete one"),
    ("course Art R1 - -,course Art R2;G1 - -", "Period", "Row 2 locks it to R1 already", ""),
    ("department Science R1 - -,department Science R2 - -", "Period", "Row 2 locks it to R1 already", ""),
    ("student ann - - Art-1,student ann - - Art-2", "Section ID", "'Art-1' of the same course", ""),
]


@pytest.mark.parametrize(("locks", "column", "message", "cure"), WRONG, ids=[case[0] for case in WRONG])
def test_a_contradiction_has_row_column_value_and_cure(
    locks: str, column: str, message: str, cure: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as error:
        read_school_files(folder(locks, tmp_path))
    (issue,) = error.value.issues
    last = locks.rsplit(",", maxsplit=1)[-1].split()
    at = ["Kind", "ID", "Period", "Teacher ID", "Section ID"].index(column)
    assert (issue.path, issue.row, issue.column) == (LOCKS, 2 + locks.count(","), column)
    assert issue.value == last[at].replace("-", "", last[at] == "-")
    assert message in issue.message
    assert issue.cure
    assert cure in issue.cure


def test_all_contradictions_come_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        read_school_files(folder("section Art-9 R1 - -,teacher T1 R9 - -,course Art - - -", tmp_path))
    assert [issue.row for issue in error.value.issues] == [2, 3, 4]


FOUND = [
    ("section Band-1 R1 - -", "away", ("can be in no period", "'teacher unavailable'", "Locks.csv, row 2")),
    (
        "section Art-1 R2 - -",
        "two of one teacher",
        ("teacher T1 has 2 sections", "1 period (R2)", "Locks.csv, row 2"),
    ),
    (
        "section Art-1 R2 - -,section Chess-1 R1 - -,course Chess G1 - -",
        "a course elsewhere",
        ("Chess-1", "no period"),
    ),
    (
        "section Chess-1 R1 - -,department Science G1;G2 - -",
        "a department elsewhere",
        ("Chess-1", "no period"),
    ),
    (
        "student ann - - Chess-1,student ann - - Art-2,section Chess-1 R2 - -",
        "two of one student",
        ("student ann is locked into 2 sections", "1 period (R2)"),
    ),
    ("student ann - - Art-2,student ann R2 - -", "free then", ("kept free in every period", "row 2")),
    ("student ann - - Art-1,student bob - - Art-1", "seats", ("2 students are locked into Art-1", "holds 1")),
]


@pytest.mark.parametrize(("locks", "words"), [(a, c) for a, _, c in FOUND], ids=[b for _, b, _ in FOUND])
def test_what_the_rules_forbid_is_found_before_solving(
    locks: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    path = folder(locks, tmp_path)
    strict = {"courses": {"Art": {"seats": 1}}} if "seats" in str(tmp_path) or "bob" in locks else {}

    def errors(kind: object) -> list[str]:
        rules = SchoolRules.from_mapping({**strict, "kinds": {"locks": kind}})
        return [str(one) for one in preflight(load_school(path, rules)) if one.severity == "error"]

    found = errors("required")
    assert any(all(word in one for word in words) for one in found), found
    assert all("\n  Maybe " in one for one in found)
    assert errors({"priced": 5}) == []
    assert errors("off") == []
