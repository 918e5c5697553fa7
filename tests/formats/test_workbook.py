"""The workbook of a run: what the CSV files hold, cell by cell, and never a formula."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echelon_lib.domain.errors import DataError
from echelon_lib.formats.tables import write_table
from echelon_lib.formats.workbook import LONGEST_TEXT, storable, workbook_of, write_workbook
from echelon_lib.formats.workbook_sheets import SHEETS
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario

HEADERS: Mapping[str, Sequence[str]] = {
    "Master_Schedule.csv": ("Section ID", "Period"),
    "schedules/teacher_schedule.csv": ("Teacher ID", "Department", "R1"),
    "schedules/student_schedule.csv": ("Student ID", "Grade", "R1"),
    "schedules/section_schedule.csv": ("Section ID", "Course", "Seats", "Enrolled", "Students"),
    "unmet_requests.csv": ("Student ID", "Course ID", "Reason"),
    "Constraint_Violations.csv": ("Rule", "Kind", "Who", "Amount", "Cost", "Sentence"),
    "findings.csv": ("Severity", "Rule", "Place", "Message", "Suggestion"),
}

RUNNABLE = [
    "=1+1",
    "+1",
    "-1+2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    '=HYPERLINK("http://x","y")',
    "=cmd|' /C calc'!A0",
    'DDE("cmd","/C calc")',
    "'=1",
    "＝1+1",
    "#N/A",
    "#REF!",
    "{=1}",
    "TRUE",
    "007",
    "1E5",
    "2026-09-01",
    "-7",
    "_x0041_",
    "_x005F_x0041_",
    "\U0001f600",
]


def folder_of(place: Path, rows: Mapping[str, Sequence[Sequence[object]]] = {}, **record: Any) -> Path:
    """Return a run folder with these rows and this ``result.json``."""
    for name, columns in HEADERS.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        write_table(place / name, columns, rows.get(name, ()))
    said = {"status": "FEASIBLE", "first_line": "All well", "cost": [0], "required": {}} | record
    (place / "result.json").write_text(json.dumps(said), encoding="utf-8")
    return place


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def shown(value: object) -> str:
    """Return what Excel shows of a cell."""
    text = "" if value is None else str(value)
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda code: chr(int(code[1], 16)), text)


def rows_of(sheet: Any) -> list[list[str]]:
    return [[shown(cell.value) for cell in row] for row in sheet.iter_rows()]


def cells_of(book: Any) -> Iterator[Any]:
    return (cell for sheet in book for row in sheet.iter_rows() for cell in row)


def said(book: Any) -> dict[str, list[Any]]:
    """Return the lines of the summary by their first cell."""
    return {row[0]: [*row[1:]] for row in book["Summary"].iter_rows(values_only=True) if row[0]}


@pytest.fixture(scope="module")
def made(tiny_high_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the tiny school with some requests unmet."""
    out = tmp_path_factory.mktemp("workbook") / "made"
    return run(Scenario(folder=tiny_high_folder, kind="greedy"), out).folder


@pytest.fixture(scope="module")
def book(made: Path) -> Any:
    """The workbook of that run, read back."""
    return opened(workbook_of(made))


# What it holds -----------------------------------------------------------------------------------------


def test_every_sheet_is_its_csv_file(made: Path, book: Any) -> None:
    assert book.sheetnames == ["Summary", *(sheet.title for sheet in SHEETS)]
    for sheet in SHEETS:
        with (made / sheet.file).open(encoding="utf-8", newline="") as file:
            assert rows_of(book[sheet.title]) == list(csv.reader(file)), sheet.title


def test_the_summary_says_how_it_came_out(made: Path, book: Any) -> None:
    record = json.loads((made / "result.json").read_text(encoding="utf-8"))
    assert book["Summary"]["A1"].value == record["first_line"]
    lines = said(book)
    assert lines["Requests met"] == [34, 38, 0.8947, 34]
    assert lines["Status"][0].startswith("FEASIBLE: ")
    assert lines["Students"][0] == 12
    assert lines["Period.csv"][0] == record["inputs"]["Period.csv"]
    assert lines["Run folder"][0] == "made"
    assert lines["Solver"][0] == record["solver"]
    assert str(made.parent) not in " ".join(str(cell.value) for cell in cells_of(book)), (
        "no path of the machine"
    )


def test_a_share_does_not_flatter(tmp_path: Path) -> None:
    lines = said(opened(workbook_of(folder_of(tmp_path, requests=100_000, met=99_999))))
    assert lines["Requests met"][:3] == [99_999, 100_000, 0.9999]


def test_numbers_are_numbers_and_ids_are_text(tmp_path: Path) -> None:
    section = ("007", "0042", "28", "0", "12")
    rows = {
        "schedules/section_schedule.csv": [section, ("1E5", "-7", "", "many", "1; 2")],
        "schedules/student_schedule.csv": [("0001", "9", "3"), ("1", "09", "")],
        "Constraint_Violations.csv": [("r", "priced", "7", "3", "12345678901234567", "s")],
    }
    book = opened(workbook_of(folder_of(tmp_path, rows)))
    values = [list(row) for row in book["Sections"].iter_rows(min_row=2, values_only=True)]
    assert values == [["007", "0042", 28, 0, "12"], ["1E5", "-7", None, "many", "1; 2"]]
    assert book["Sections"]["A2"].number_format == "@"
    students = [list(row) for row in book["Students"].iter_rows(min_row=2, values_only=True)]
    assert students == [["0001", 9, "3"], ["1", "09", None]]
    paid = [list(row) for row in book["Prices paid"].iter_rows(min_row=2, values_only=True)]
    assert paid == [["r", "priced", "7", 3, "12345678901234567", "s"]], "too long to be held exactly"


def test_equal_rows_are_all_there(tmp_path: Path) -> None:
    twice = {"unmet_requests.csv": [("ST1", "Art", "no seat"), ("ST1", "Art", "no seat")]}
    book = opened(workbook_of(folder_of(tmp_path, twice)))
    assert book["Unmet requests"].max_row == 3
    assert said(book)["Unmet requests"][0] == 2


def test_a_run_without_a_timetable(tiny_high_folder: Path, tmp_path: Path) -> None:
    rules = tmp_path / "impossible.toml"
    rules.write_text('[courses."World History"]\nperiods = ["R1"]\n', encoding="utf-8")
    folder = run(Scenario(folder=tiny_high_folder, rules=rules), tmp_path / "out").folder
    book = opened(workbook_of(folder))
    assert book.sheetnames == ["Summary", "Findings"]
    lines = said(book)
    assert lines["Status"][0].startswith("INFEASIBLE: ")
    assert lines["Requests met"][:2] == ["unknown", 38]
    assert book["Findings"].max_row > 1


def test_a_strange_record_is_not_believed(tmp_path: Path) -> None:
    odd = {
        "met": True,
        "requests": 1e-320,
        "filled": 3,
        "levels": [3, {"gap": 1e300, "cost": "x", "proven": 1}],
        "required": {"a": "=1"},
        "inputs": {"=1+1": ["x"]},
        "notes": ["=2+2", None, "\ud800"],
        "started": "yesterday",
        "summary": [],
        "first_line": None,
    }
    book = opened(workbook_of(folder_of(tmp_path, **odd)))
    assert all(cell.data_type != "f" for cell in cells_of(book))
    assert said(book)["Level 2"] == ["unknown"] * 4
    assert said(book)["=1+1"][0] == "['x']"
    assert "\ufffd" in said(book)


# Nothing runs ------------------------------------------------------------------------------------------


def test_nothing_is_ever_a_formula(tmp_path: Path) -> None:
    rows = {name: [[text] * len(columns) for text in RUNNABLE] for name, columns in HEADERS.items()}
    data = workbook_of(folder_of(tmp_path, rows, first_line="=1+1", problem="=2+2", solver="@x"))
    book = opened(data)
    assert {cell.data_type for cell in cells_of(book)} <= {"s", "n"}
    expected = [text.replace("\r", "␍") for text in RUNNABLE]
    for sheet in SHEETS:
        assert [row[0] for row in rows_of(book[sheet.title])][1:] == expected, sheet.title
    risky = book["Master schedule"]["A2"]
    assert (risky.value, risky.number_format, risky.quotePrefix) == ("=1+1", "@", True)
    inside = zipfile.ZipFile(io.BytesIO(data))
    markup = b"".join(inside.read(name) for name in inside.namelist() if "/worksheets/" in name)
    assert not re.search(rb"<(f|hyperlinks?|oleObjects?)[ >/]", markup)
    assert [name for name in inside.namelist() if "external" in name.casefold() or "vba" in name] == []


def test_titles_of_columns_are_no_formulas_either(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    write_table(folder / "schedules/student_schedule.csv", ("Student ID", "=1+1", "@x"), [])
    header = opened(workbook_of(folder))["Students"][1]
    assert [(cell.value, cell.data_type) for cell in header] == [
        ("Student ID", "s"),
        ("=1+1", "s"),
        ("@x", "s"),
    ]


plain = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=40
)
hostile = st.builds(
    str.__add__, st.sampled_from(["", "=", "+", "-", "@", "'=", "#N/A", "00", "_x0041_"]), plain
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(hostile.filter(str.strip), hostile, hostile), max_size=4))
def test_any_text_is_read_back_as_it_was(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    rows = [tuple(cell.strip() for cell in row) for row in rows]
    folder = folder_of(tmp_path, {"unmet_requests.csv": rows})
    book = opened(workbook_of(folder))
    sheet = book["Unmet requests"]
    assert rows_of(sheet)[1:] == [list(row) for row in rows]
    assert all(cell.data_type == "s" or cell.value is None for row in sheet.iter_rows() for cell in row)


@settings(max_examples=200)
@given(text=st.text(max_size=60))
def test_any_text_can_be_stored(text: str) -> None:
    stored = storable(text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]", stored)
    assert storable(stored) == stored
    assert len(stored) == len(text.replace("\r\n", "\n"))


def test_what_a_cell_cannot_hold_is_replaced_visibly() -> None:
    assert storable("a\x00b\x07c\x1fd\x7fe\rf") == "a␀b␇c␟d␡e␍f"
    assert storable("two\r\nlines\tand a tab") == "two\nlines\tand a tab"
    assert storable("\ud800\uffff") == "\ufffd\ufffd"


@pytest.mark.parametrize("letter", ["x", "\U0001f600", "_x0041_"])
def test_a_text_too_long_is_cut_with_a_sign(tmp_path: Path, letter: str) -> None:
    longest = letter * (LONGEST_TEXT // len(letter.encode("utf-16-le")) * 2)
    rows = {"unmet_requests.csv": [(longest, letter * 60_000, "n")]}
    if letter == "_x0041_":
        rows = {"unmet_requests.csv": [("short", letter * 6_000, "n")]}
    first, second, third = opened(workbook_of(folder_of(tmp_path, rows)))["Unmet requests"][2]
    assert third.value == "n"
    assert second.value.endswith("…")
    assert len(second.value.encode("utf-16-le")) // 2 <= LONGEST_TEXT
    assert not first.value.endswith("…")


def test_rows_that_do_not_fit_are_counted_in_words(tmp_path: Path) -> None:
    rows = {"unmet_requests.csv": [(f"ST{number}", "Art", "no seat") for number in range(10)]}
    folder = folder_of(tmp_path, rows)
    sheet = opened(workbook_of(folder, most_rows=6))["Unmet requests"]
    assert sheet.max_row == 6
    assert rows_of(sheet)[4] == ["ST3", "Art", "no seat"]
    assert sheet["A6"].value.startswith("6 more rows do not fit")
    assert opened(workbook_of(folder, most_rows=10))["Unmet requests"]["A10"].value.startswith("2 more")
    assert opened(workbook_of(folder, most_rows=11))["Unmet requests"]["A11"].value == "ST9"


# How it looks ------------------------------------------------------------------------------------------


def test_a_sheet_can_be_filtered_scrolled_and_printed(book: Any) -> None:
    for sheet in book:
        assert len(sheet.title) <= 31
        assert not set(sheet.title) & set("[]:*?/\\'")
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
    students = book["Students"]
    assert students.auto_filter.ref == f"A1:{students.cell(13, students.max_column).coordinate}"
    assert students.freeze_panes == "B2"
    assert students.print_title_rows == "$1:$1"
    assert students.page_setup.orientation == "landscape"
    assert students["A1"].font.bold
    widths = [column.width for column in students.column_dimensions.values()]
    assert all(8 <= width <= 48 for width in widths)


def test_long_texts_are_wrapped(book: Any) -> None:
    cells = [cell for cell in book["Prices paid"]["F"] if len(cell.value) > 48]
    assert cells
    assert all(cell.alignment.wrap_text for cell in cells)


# The file ----------------------------------------------------------------------------------------------


def test_the_same_run_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(made, tmp_path / "made"))
    assert workbook_of(made) == workbook_of(copy)
    entries = zipfile.ZipFile(io.BytesIO(workbook_of(made))).infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}


def test_it_carries_the_time_of_its_run(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, started="2026-09-01T12:30:00+02:00")
    told = opened(workbook_of(folder)).properties
    assert str(told.created) == str(told.modified) == "2026-09-01 10:30:00"


def test_a_workbook_is_written_whole_and_over_nothing(made: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in made.rglob("*") if path.is_file()}
    path = write_workbook(made, tmp_path / "made.xlsx")
    assert path.read_bytes() == workbook_of(made)
    path.write_bytes(b"mine")
    with pytest.raises(DataError, match="nothing is overwritten"):
        write_workbook(made, path)
    assert path.read_bytes() == b"mine"
    assert [path.name for path in tmp_path.iterdir()] == ["made.xlsx"], "nothing else is left"
    assert {path: path.read_bytes() for path in made.rglob("*") if path.is_file()} == before


def test_of_two_that_write_at_once_one_is_refused(made: Path, tmp_path: Path) -> None:
    def wrote(_: int) -> bool:
        with suppress(DataError):
            write_workbook(made, tmp_path / "made.xlsx")
            return True
        return False

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(wrote, range(4))) == [False, False, False, True]
    assert [path.name for path in tmp_path.iterdir()] == ["made.xlsx"]


def test_a_link_that_leads_nowhere_is_not_followed(made: Path, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").symlink_to(tmp_path / "b.xlsx")
    with pytest.raises(DataError, match="nothing is overwritten"):
        write_workbook(made, tmp_path / "a.xlsx")
    assert not (tmp_path / "b.xlsx").exists()


@pytest.mark.parametrize("name", ["book.xls", "book", "no/book.xlsx", "book.csv/book.xlsx"])
def test_a_bad_place_has_a_cure(made: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "book.csv").touch()
    with pytest.raises(DataError, match="Maybe"):
        write_workbook(made, tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["book.csv"]


# Damaged runs ------------------------------------------------------------------------------------------


def test_a_folder_that_is_no_finished_run(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        workbook_of(tmp_path / "nowhere")
    with pytest.raises(DataError, match="holds no finished run"):
        workbook_of(tmp_path)


def test_everything_damaged_comes_at_once(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "Master_Schedule.csv").write_text('Section ID,Period\nS1\n"S2,R1\n', encoding="utf-8")
    (folder / "unmet_requests.csv").unlink()
    (folder / "Constraint_Violations.csv").write_bytes(b"PK\x03\x04")
    (folder / "findings.csv").write_bytes(b"")
    with pytest.raises(DataError) as error:
        workbook_of(folder)
    found = [(issue.path, issue.row) for issue in error.value.issues]
    assert found == [
        ("Master_Schedule.csv", 2),
        ("Master_Schedule.csv", 3),
        ("unmet_requests.csv", None),
        ("Constraint_Violations.csv", None),
        ("findings.csv", None),
    ]
    assert all(issue.cure for issue in error.value.issues)


def test_findings_may_be_missing(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "findings.csv").unlink()
    assert "Findings" not in opened(workbook_of(folder)).sheetnames
