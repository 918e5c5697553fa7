from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from echelon_lib.domain.errors import DataError
from echelon_lib.formats.csv_text import escape_cell, read_cell
from echelon_lib.formats.tables import LONGEST_CELL, Table, read_table, write_table, write_text_atomic

COLUMNS = ("Student ID", "SPED")


def read(folder: Path, content: str | bytes, **options: object) -> Table:
    path = folder / "Student_Info.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path, **{"required": COLUMNS, **options})  # type: ignore[arg-type]


def cells(table: Table) -> list[tuple[str, ...]]:
    return [tuple(row[column] for column in table.columns) for row in table.rows]


TWO_ROWS = [("a1", "Yes"), ("b2", "No")]


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ("Student ID,SPED\na1,Yes\nb2,No\n", None),
        ("Student ID,SPED\na1,Yes\nb2,No", None),
        (b"\xef\xbb\xbfStudent ID,SPED\na1,Yes\nb2,No\n", None),
        ("\ufeff\ufeffStudent ID,SPED\na1,Yes\nb2,No\n", None),
        ("Student ID,SPED\r\na1,Yes\r\nb2,No\r\n", None),
        ("Student ID,SPED\ra1,Yes\rb2,No\r", None),
        (" Student ID\u00a0,\tSPED \n a1 ,\u00a0Yes\nb2 , No\u00a0\n", None),
        ('"Student ID","SPED"\n"a1" , "Yes"\n\u00a0"b2",No\n', None),
        ("\n\nStudent ID,SPED\n\na1,Yes\n,\n  \nb2,No\n\n", None),
        ("Student ID,SPED\na1,Yes\nb2,No\na1,Yes\n", "read once: row 4"),
        ("Student ID,SPED\na1,Yes,\nb2,No,,\n", "empty cells beyond the last column"),
        ("Student ID;SPED\na1;Yes\nb2;No\n", "separated by semicolons"),
        ("Student ID\tSPED\na1\tYes\nb2\tNo\n", "separated by tabs"),
        ("sep=;\r\nStudent ID;SPED\r\na1;Yes\r\nb2;No\r\n", "separated by semicolons"),
        ("Student ID,SPED\na1,Yes\nb2,No\n".encode("utf-16"), "UTF-16"),
        ("\ufeffStudent ID,SPED\na1,Yes\nb2,No\n".encode("utf-16-be"), "UTF-16"),
    ],
)
def test_a_quirk_of_spreadsheets_is_read_and_noted(tmp_path: Path, content: str | bytes, note: str | None):
    table = read(tmp_path, content)
    assert table.issues == ()
    assert cells(table) == TWO_ROWS
    assert [note in str(found) for found in table.notes] == ([] if note is None else [True])


def test_latin_1_is_read_and_the_row_noted(tmp_path: Path):
    table = read(tmp_path, "Student ID,SPED\na1,Yes\nJos\u00e9,No\n".encode("latin-1"))
    assert cells(table)[1] == ("José", "No")
    assert table.notes[0].row == 3
    assert "Windows-1252" in table.notes[0].message


def test_rows_know_their_line_and_carried_columns_keep_their_values(tmp_path: Path):
    table = read(tmp_path, 'Student ID,Name,SPED\n\n\na1,"Lee,\nAnn",Yes\nb2,Bo,No\n')
    assert [row.line for row in table.rows] == [4, 6]
    assert table.carried == ("Name",)
    assert table.rows[0]["Name"] == "Lee,\nAnn"
    assert table.sha256 is not None


@pytest.mark.parametrize(
    ("content", "row", "words"),
    [
        (b"", None, "empty"),
        (b" \n\n ", None, "empty"),
        (b",,\n,,\n", 1, "no header"),
        ("Student ID,SPED\na1,Yes,No\n", 2, "3 cells where the header has 2"),
        ("Student ID,SPED\na1\n", 2, "1 cell where the header has 2"),
        ('Student ID,SPED\na1,"Yes\nb2,No\n', 2, "quotes"),
        ('Student ID,SPED\na1,Yes\nb2,"N"o\n', 3, "quotes"),
        ('"Student ID,SPED\na1,Yes\n', 1, "quotes"),
        (b"Student ID,SPED\na\x001,Yes\n", 2, "NUL"),
        ("Student ID,SPED\na1,Yes\n".encode("utf-16-le"), None, "UTF-16 without a byte order mark"),
        ("Student ID,SPED\na1,Yes\n".encode("utf-16")[:-1], 2, "cannot be decoded"),
        (b"\xef\xbb\xbfStudent ID,SPED\na\xe9,Yes\n", 2, "cannot be decoded"),
        ("Student ID,SPED\nJosé,Yes\n".encode() + b"Ren\xe9,No\n", 3, "mixes"),
        (b"PK\x03\x04rest", None, "Excel"),
        ("Student ID,SPED,SPED\na1,Yes,No\n", 1, "2 times"),
        ("Student ID,SPED,\na1,Yes,x\n", 1, "no title"),
        (f"Student ID,SPED\n{'a' * LONGEST_CELL},Yes\n", 2, "characters or more"),
        ("Student ID,SPED" + ",x" * 2000 + "\n", 1, "at most"),
        ("a1,Yes\nb2,No\n", 1, "missing"),
        ("Student ID,Grade\na1,9\n", 1, "'SPED' is missing"),
    ],
)
def test_a_fault_is_named_with_its_row(tmp_path: Path, content: str | bytes, row: int | None, words: str):
    table = read(tmp_path, content)
    found = [issue for issue in table.issues if words in issue.message]
    assert found, table.issues
    assert found[0].row == row
    assert found[0].path == "Student_Info.csv"
    assert found[0].cure


def test_an_open_quote_hides_no_other_fault(tmp_path: Path):
    table = read(tmp_path, 'Student ID,SPED\n"a1,Yes\nb2\nc3,No\n"d4,No\n')
    assert [issue.row for issue in table.issues] == [2, 3, 5]
    assert cells(table) == [("c3", "No")]
    assert ("a1", "Yes") in table.dropped


def test_a_quote_inside_a_cell_is_only_a_character(tmp_path: Path):
    table = read(tmp_path, 'Student ID,SPED\n5" pipe,Yes\n"say ""hi""",No\n')
    assert cells(table) == [('5" pipe', "Yes"), ('say "hi"', "No")]


@pytest.mark.parametrize("title", ["sped", "S_P_E_D", "SPEDs", "S.P.E.D."])
def test_a_header_that_nearly_fits_is_a_choice(tmp_path: Path, title: str):
    content = f"Student ID,{title}\na1,Yes\n"
    refused = read(tmp_path, content)
    assert "rename it to 'SPED'" in str(refused.issues[0])
    assert "accept_headers=True" in str(refused.issues[0])
    assert refused.issues[0].column == title
    accepted = read(tmp_path, content, accept_headers=True)
    assert accepted.issues == ()
    assert accepted.rows[0]["SPED"] == "Yes"
    assert accepted.carried == ()
    assert "was read as it" in accepted.notes[0].message


@pytest.mark.parametrize("title", ["student_id", "StudentID", "Students ID", "Stduent ID", "Student IDs"])
def test_a_typing_error_in_a_header_is_recognised(tmp_path: Path, title: str):
    table = read(tmp_path, f"{title},SPED\na1,Yes\n", accept_headers=True)
    assert table.issues == ()
    assert table.rows[0]["Student ID"] == "a1"


def test_an_optional_header_that_nearly_fits_is_not_passed_over(tmp_path: Path):
    table = read(tmp_path, "Student ID,SPED,Peroid\na1,Yes,R1\n", optional=("Period",))
    assert "'Period'" in table.issues[0].message
    unlike = read(tmp_path, "Student ID,SPED,Score\na1,Yes,R1\n", optional=("Core",))
    assert unlike.issues == ()
    assert unlike.carried == ("Score",)


def test_two_headers_that_nearly_fit_are_never_chosen_between(tmp_path: Path):
    table = read(tmp_path, "Student ID,sped,Sped\na1,Yes,No\n", accept_headers=True)
    assert [issue.column for issue in table.issues] == ["SPED"]


def test_a_header_only_is_noted(tmp_path: Path):
    table = read(tmp_path, "Student ID,SPED\n")
    assert table.issues == ()
    assert "no rows" in table.notes[0].message


def test_a_missing_file_names_the_nearest(tmp_path: Path):
    (tmp_path / "student_infos.csv").write_text("x")
    table = read_table(tmp_path / "Student_Info.csv", required=COLUMNS)
    assert "missing" in table.issues[0].message
    assert "'student_infos.csv'" in str(table.issues[0].cure)


def test_a_folder_is_not_a_file(tmp_path: Path):
    (tmp_path / "Student_Info.csv").mkdir()
    table = read_table(tmp_path / "Student_Info.csv", required=COLUMNS)
    assert "is a folder" in table.issues[0].message


def test_a_path_that_no_system_takes_is_an_issue(tmp_path: Path):
    assert read_table(tmp_path / "a\0b", required=COLUMNS).issues
    assert read_table(tmp_path / ("a" * 5000), required=COLUMNS).issues


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-x", "@sum", "'=1", "''=1", "＝1", "－1", "'-5", "-1-1", "=", "\t=1", " =1"]
)
def test_what_a_spreadsheet_would_run_is_escaped(text: str):
    assert escape_cell(text) == "'" + text
    assert read_cell(escape_cell(text)) == text.strip() or read_cell(escape_cell(text)) == text


@pytest.mark.parametrize("text", ["-5", "-0.75", "'", "''", "'tis", "A-1", "", "5=5"])
def test_what_is_harmless_stays_as_it_is(text: str):
    assert escape_cell(text) == text
    assert read_cell(text) == text


words = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="='+-@\t\r\n\",; ab1\0\ufeff＝\u00a0\x85", max_size=8),
).filter(lambda text: text == text.strip())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(rows=st.lists(st.tuples(words, words), unique=True, max_size=6))
@example(rows=[("", "")])
@example(rows=[("'=1", "''"), ("'", "-5"), ("a\r\nb", '"'), ("\ufeff", "a\0b")])
def test_what_is_written_is_read(tmp_path: Path, rows: list[tuple[str, str]]):
    path = tmp_path / "table.csv"
    write_table(path, COLUMNS, rows)
    table = read_table(path, required=COLUMNS)
    assert table.issues == ()
    assert cells(table) == rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(data=st.binary(max_size=200))
def test_no_bytes_raise_anything(tmp_path: Path, data: bytes):
    read(tmp_path, data)
    read(tmp_path, b"Student ID,SPED\n" + data, accept_headers=True)


def test_one_column_keeps_its_empty_cells(tmp_path: Path):
    write_table(tmp_path / "t.csv", ["A"], [("",), ("x",)])
    assert cells(read_table(tmp_path / "t.csv", required=["A"])) == [("",), ("x",)]


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path):
    path = tmp_path / "t.csv"
    write_table(path, ["A", "B"], [(1, -2), ("x,y", "é")])
    before = path.read_bytes()
    assert before == 'A,B\n1,-2\n"x,y",é\n'.encode()
    for bad in ([("only one",)], [("\ud800", "")], [("a" * LONGEST_CELL, "")]):
        with pytest.raises(DataError, match=r"t\.csv, row 2"):
            write_table(path, ["A", "B"], bad)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["t.csv"]


def test_a_failed_replacement_leaves_no_temporary_file(tmp_path: Path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_text_atomic(tmp_path / "taken", "x")
    assert [entry.name for entry in tmp_path.iterdir()] == ["taken"]
    write_text_atomic(tmp_path / "note.txt", "a\r\nb")
    assert (tmp_path / "note.txt").read_bytes() == b"a\r\nb"
