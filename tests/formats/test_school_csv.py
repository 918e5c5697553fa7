from __future__ import annotations

import logging
import os
import pickle
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.formats.school_csv import SchoolFiles, read_school_files
from echelon_lib.formats.school_records import (
    COURSES,
    LOCKS,
    PERIODS,
    PREFERENCES,
    SECTIONS,
    STUDENTS,
    TEACHERS,
    UNAVAILABILITY,
)

SEATS = "# of Seats Available"
FILES = {
    PERIODS: "period_id,period_name\n1,R1\n2,R2\n3,G1\n",
    TEACHERS: (
        "Teacher ID,Department,Dedicated Course,Current Load,Science Sections\n"
        "T1,Maths,,2,0\nT2,Arts,Ceramics,1,0\n"
    ),
    SECTIONS: (
        f"Section ID,Course ID,Teacher Assigned,{SEATS},Department\n"
        "S1,Math 1,T1,25,Maths\nS2,Math 1,T1,25,Maths\nS3,Ceramics,T2,15,Arts\nS4,Art 1,TBD,20,Arts\n"
    ),
    STUDENTS: "Student ID,SPED\nA1,Yes\nB2,No\n",
    PREFERENCES: "Student ID,Preferred Sections\nA1,Math 1;Art 1|Ceramics\nB2,Math 1;Ceramics;|Art 1\n",
    UNAVAILABILITY: 'Teacher ID,Unavailable Periods\nT1,"R1,G1"\nT2,R2\n',
}
Edit = Callable[[Path], object]


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A folder of a school with two students, two teachers and four sections."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def chico_folder() -> Path:
    """The sample of Chico, where the benchmarks are at hand."""
    root = os.environ.get("ECHELON_BENCHMARKS")
    if root and (Path(root) / "chico").is_dir():
        return Path(root) / "chico"
    reason = "ECHELON_BENCHMARKS names no folder that holds chico"
    if "benchmarks" in os.environ.get("ECHELON_REQUIRE", ""):
        pytest.fail(reason)
    pytest.skip(reason)


def swap(name: str, old: str, new: str) -> Edit:
    """Replace a piece of a file; the piece must be there."""

    def edit(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def add(name: str, text: str) -> Edit:
    """Append to a file, or begin it."""

    def edit(folder: Path) -> None:
        before = (folder / name).read_text(encoding="utf-8") if (folder / name).exists() else ""
        (folder / name).write_text(before + text, encoding="utf-8")

    return edit


def whole(name: str, text: str | bytes) -> Edit:
    """Put another file in the place of one."""
    return lambda folder: (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())


def drop(name: str) -> Edit:
    return lambda folder: (folder / name).unlink()


def rename(name: str, new: str) -> Edit:
    return lambda folder: (folder / name).rename(folder / new)


def as_folder(name: str) -> Edit:
    def edit(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return edit


def problems(folder: Path) -> tuple[Issue, ...]:
    with pytest.raises(DataError) as caught:
        read_school_files(folder)
    return caught.value.issues


def note_texts(school: SchoolFiles) -> str:
    return "\n".join(str(note) for note in school.notes)


COLUMN = "Preferred Sections"
DAMAGE: list[tuple[str, Edit, str, int | None, str | None, str]] = [
    ("no sections file", drop(SECTIONS), SECTIONS, None, None, "missing"),
    ("no students file", drop(STUDENTS), STUDENTS, None, None, "missing"),
    ("no teachers file", drop(TEACHERS), TEACHERS, None, None, "missing"),
    ("no preferences file", drop(PREFERENCES), PREFERENCES, None, None, "missing"),
    ("no periods file", drop(PERIODS), PERIODS, None, None, "missing"),
    (
        "wrong capitals in a file name",
        rename(PERIODS, "period.CSV"),
        PERIODS,
        None,
        None,
        "rename 'period.CSV'",
    ),
    (
        "optional file by another name",
        rename(UNAVAILABILITY, "Teacher_Unavailability.csv"),
        "Teacher_Unavailability.csv",
        None,
        None,
        f"rename it to '{UNAVAILABILITY}'",
    ),
    ("folder for a file", as_folder(PERIODS), PERIODS, None, None, "is a folder"),
    ("empty file", whole(STUDENTS, ""), STUDENTS, None, None, "empty"),
    ("workbook", whole(STUDENTS, b"PK\x03\x04abc"), STUDENTS, None, None, "Excel"),
    ("no sections", whole(SECTIONS, FILES[SECTIONS].split("\n")[0]), SECTIONS, None, None, "no section"),
    ("no students", whole(STUDENTS, "Student ID,SPED\n"), STUDENTS, None, None, "no student"),
    ("no periods", whole(PERIODS, "period_id,period_name\n"), PERIODS, None, None, "no period"),
    ("column missing", swap(STUDENTS, "SPED", "Grade"), STUDENTS, 1, "SPED", "missing"),
    ("column nearly fits", swap(STUDENTS, "SPED", "sped"), STUDENTS, 1, "sped", "rename it to 'SPED'"),
    (
        "optional nearly fits",
        swap(SECTIONS, "Department", "Department,period"),
        SECTIONS,
        1,
        "period",
        "Period",
    ),
    ("column twice", swap(STUDENTS, "SPED", "SPED,SPED"), STUDENTS, 1, "SPED", "2 times"),
    ("cell too many", swap(SECTIONS, "S2,", "S2,x,"), SECTIONS, 3, None, "6 cells"),
    ("cell too few", swap(STUDENTS, "B2,No", "B2"), STUDENTS, 3, None, "1 cell "),
    ("open quote", swap(UNAVAILABILITY, '"R1,G1"', '"R1,G1'), UNAVAILABILITY, 2, None, "quotes"),
    ("blank section id", swap(SECTIONS, "S2,", ","), SECTIONS, 3, "Section ID", "blank"),
    ("blank course", swap(SECTIONS, "S2,Math 1", "S2,"), SECTIONS, 3, "Course ID", "blank"),
    ("blank student id", swap(STUDENTS, "A1,", " ,"), STUDENTS, 2, "Student ID", "blank"),
    ("blank teacher id", swap(TEACHERS, "T2,", ","), TEACHERS, 3, "Teacher ID", "blank"),
    ("blank period name", swap(PERIODS, "2,R2", "2,"), PERIODS, 3, "period_name", "blank"),
    ("blank period id", swap(PERIODS, "2,R2", ",R2"), PERIODS, 3, "period_id", "blank"),
    ("section twice", add(SECTIONS, "S1,Art 1,T2,25,Arts\n"), SECTIONS, 6, "Section ID", "row 2"),
    ("student twice", add(STUDENTS, "A1,No\n"), STUDENTS, 4, "Student ID", "another 'SPED'"),
    ("teacher twice", add(TEACHERS, "T1,Arts,,2,0\n"), TEACHERS, 4, "Teacher ID", "'Department'"),
    ("period id twice", add(PERIODS, "1,G2\n"), PERIODS, 5, "period_id", "row 2"),
    ("period name twice", add(PERIODS, "4,R1\n"), PERIODS, 5, "period_name", "row 2"),
    ("preferences twice", add(PREFERENCES, "A1,Ceramics\n"), PREFERENCES, 4, "Student ID", "row 2"),
    ("seats in words", swap(SECTIONS, "25,", "25 seats,"), SECTIONS, 2, SEATS, "'25 seats'"),
    ("seats negative", swap(SECTIONS, "25,", "-25,"), SECTIONS, 2, SEATS, "'-25'"),
    ("seats zero", swap(SECTIONS, "25,", "0,"), SECTIONS, 2, SEATS, "'0'"),
    ("seats blank", swap(SECTIONS, "25,", ","), SECTIONS, 2, SEATS, "whole number"),
    ("seats a power", swap(SECTIONS, "25,", "1e3,"), SECTIONS, 2, SEATS, "'1e3'"),
    ("seats a fraction", swap(SECTIONS, "25,", "25.5,"), SECTIONS, 2, SEATS, "'25.5'"),
    ("seats absurd", swap(SECTIONS, "25,", "10001,"), SECTIONS, 2, SEATS, "10,000"),
    ("seats endless", swap(SECTIONS, "25,", "9" * 5000 + ","), SECTIONS, 2, SEATS, "whole number"),
    ("seats in other digits", swap(SECTIONS, "25,", "２５,"), SECTIONS, 2, SEATS, "whole number"),
    ("SPED blank", swap(STUDENTS, "A1,Yes", "A1,"), STUDENTS, 2, "SPED", "Yes or No"),
    ("SPED unclear", swap(STUDENTS, "A1,Yes", "A1,maybe"), STUDENTS, 2, "SPED", "'maybe'"),
    ("SPED a number", swap(STUDENTS, "A1,Yes", "A1,2"), STUDENTS, 2, "SPED", "'2'"),
    ("load in words", swap(TEACHERS, "Maths,,2", "Maths,,two"), TEACHERS, 2, "Current Load", "'two'"),
    ("reserved teacher", add(TEACHERS, "Staff,Arts,,,\n"), TEACHERS, 4, "Teacher ID", "no teacher yet"),
    (
        "teacher unknown",
        swap(SECTIONS, "T1,25", "T11,25"),
        SECTIONS,
        2,
        "Teacher Assigned",
        "'T1' was meant?",
    ),
    ("teacher in capitals", swap(SECTIONS, "T1,25", "t1,25"), SECTIONS, 2, "Teacher Assigned", "capitals"),
    ("absent unknown", add(UNAVAILABILITY, "T9,R1\n"), UNAVAILABILITY, 4, "Teacher ID", "no teacher 'T9'"),
    ("student unknown", add(PREFERENCES, "C3,Math 1\n"), PREFERENCES, 4, "Student ID", "no student 'C3'"),
    (
        "period unknown",
        swap(UNAVAILABILITY, "T2,R2", "T2,R9"),
        UNAVAILABILITY,
        3,
        "Unavailable Periods",
        "'R9'",
    ),
    (
        "period in capitals",
        swap(UNAVAILABILITY, ",R2", ",r2"),
        UNAVAILABILITY,
        3,
        "Unavailable Periods",
        "'R2' was",
    ),
    (
        "period by id",
        swap(UNAVAILABILITY, ",R2", ",2"),
        UNAVAILABILITY,
        3,
        "Unavailable Periods",
        "'R2' was meant?",
    ),
    (
        "fixed period unknown",
        whole(
            SECTIONS,
            f"Section ID,Course ID,Teacher Assigned,{SEATS},Department,Period\nS1,Art 1,T1,9,Arts,Z\n",
        ),
        SECTIONS,
        2,
        "Period",
        "'Z'",
    ),
    (
        "one of several fixed periods unknown",
        whole(
            SECTIONS,
            f"Section ID,Course ID,Teacher Assigned,{SEATS},Department,Period\n"
            "S1,Art 1,T1,9,Arts,R1\nS2,Art 1,T1,9,Arts,R2;Z;G1\n",
        ),
        SECTIONS,
        3,
        "Period",
        "no period 'Z'",
    ),
    (
        "commas between fixed periods",
        whole(
            SECTIONS,
            f'Section ID,Course ID,Teacher Assigned,{SEATS},Department,Period\nS1,Art 1,T1,9,Arts,"R1,R2"\n',
        ),
        SECTIONS,
        2,
        "Period",
        "no period 'R1,R2'",
    ),
    (
        "lab unclear",
        whole(
            SECTIONS, f"Section ID,Course ID,Teacher Assigned,{SEATS},Department,Lab\nS1,Art 1,T1,9,Arts,x\n"
        ),
        SECTIONS,
        2,
        "Lab",
        "'x'",
    ),
    (
        "too many periods",
        add(PERIODS, "".join(f"x{i},P{i}\n" for i in range(300))),
        PERIODS,
        None,
        None,
        "303",
    ),
    ("list in a period name", swap(PERIODS, "2,R2", '2,"R2,a"'), PERIODS, 3, "period_name", "separates"),
    (
        "separator in a course",
        swap(SECTIONS, "Ceramics", "Ceramics;2"),
        SECTIONS,
        4,
        "Course ID",
        "separates",
    ),
    ("bar in a course", swap(SECTIONS, "Ceramics", "Ceramics|2"), SECTIONS, 4, "Course ID", "separates"),
    ("control character", swap(STUDENTS, "A1", "A\x071"), STUDENTS, 2, "Student ID", "U+0007"),
    ("zero width space", swap(SECTIONS, "S1", "S\u200b1"), SECTIONS, 2, "Section ID", "U+200B"),
    ("line in an id", swap(SECTIONS, "S1,", '"S\n1",'), SECTIONS, 2, "Section ID", "U+000A"),
    ("endless id", swap(SECTIONS, "S1,", "S" * 300 + ","), SECTIONS, 2, "Section ID", "longer"),
    ("no primary", swap(PREFERENCES, "A1,Math 1", "A1,|Math 1"), PREFERENCES, 2, COLUMN, "primary"),
    ("NUL", whole(STUDENTS, b"Student ID,SPED\nA\x001,Yes\nB2,No\n"), STUDENTS, 2, None, "NUL"),
    ("core unclear", add(COURSES, "Course ID,Core\nArt 1,perhaps\n"), COURSES, 2, "Core", "'perhaps'"),
    ("course twice", add(COURSES, "Course ID,Core\nArt 1,Yes\nArt 1,No\n"), COURSES, 3, "Course ID", "row 2"),
]


@pytest.mark.parametrize(
    ("edit", "path", "row", "column", "words"),
    [case[1:] for case in DAMAGE],
    ids=[case[0] for case in DAMAGE],
)
def test_damage_is_named(tiny: Path, edit: Edit, path: str, row: int | None, column: str | None, words: str):
    edit(tiny)
    issues = problems(tiny)
    here = [issue for issue in issues if (issue.path, issue.row, issue.column) == (path, row, column)]
    assert any(words in str(issue) for issue in here), issues
    assert all(issue.cure for issue in issues)


@pytest.mark.parametrize(
    "edit",
    [
        drop(TEACHERS),
        drop(PERIODS),
        drop(STUDENTS),
        swap(TEACHERS, "T1,", "T1,x,"),
        swap(PERIODS, "R2", "R2,x"),
        swap(STUDENTS, "B2,No", "B2,No,x"),
        swap(STUDENTS, "A1,Yes", "A1,"),
        swap(TEACHERS, "Teacher ID", "Name"),
    ],
)
def test_one_fault_does_not_make_others_of_the_rows_that_refer_to_it(tiny: Path, edit: Edit):
    edit(tiny)
    assert len(problems(tiny)) == 1


def test_all_problems_of_all_files_come_at_once(tiny: Path):
    for edit in (
        swap(PERIODS, "3,G1", "3,"),
        swap(TEACHERS, "Dedicated Course", "dedicated_course"),
        swap(SECTIONS, "15,", "many,"),
        swap(STUDENTS, "A1,Yes", "A1,?"),
        add(PREFERENCES, "Z9,Math 1\n"),
        swap(UNAVAILABILITY, ",R2", ",R7"),
        add(COURSES, "Course ID,Lab\nArt 1,?\n"),
    ):
        edit(tiny)
    issues = problems(tiny)
    assert {issue.path for issue in issues} == {*FILES, COURSES}
    with pytest.raises(DataError) as caught:
        read_school_files(tiny)
    assert str(caught.value).startswith(f"{len(issues)} problems found")
    assert all(str(issue) in str(caught.value) for issue in issues)


def test_the_tiny_school_is_read_as_written(tiny: Path):
    school = read_school_files(str(tiny))
    assert [period.name for period in school.periods] == ["R1", "R2", "G1"]
    assert [(s.id, s.course, s.teacher, s.seats, s.row) for s in school.sections][2:] == [
        ("S3", "Ceramics", "T2", 15, 4),
        ("S4", "Art 1", None, 20, 5),
    ]
    assert [student.sped for student in school.students] == [True, False]
    assert (school.teachers[1].dedicated_course, school.teachers[0].dedicated_course) == ("Ceramics", None)
    assert school.preferences[0].requests == (("Math 1",), ("Art 1", "Ceramics"))
    assert school.preferences[1].requests == (("Math 1",), ("Ceramics",))
    assert school.preferences[1].pooled == ("Art 1",)
    assert school.unavailability[0].periods == ("R1", "G1")
    assert school.notes == ()
    assert set(school.input_hashes) == set(FILES)
    assert school.counts()["alternates"] == 2
    assert {"4 sections", "1 unstaffed section", "1 student with the SPED flag"} <= {*school.summary()}
    assert pickle.loads(pickle.dumps(school)) == school


def test_optional_columns_and_the_courses_file_are_read(tiny: Path):
    whole(
        SECTIONS,
        f"Section ID,Course ID,Teacher Assigned,{SEATS},Department,Period,Lab,Colour\n"
        "S1,Math 1,staff,25.0,Maths,R1,,red\nS2,Art 1,,9,Arts,,y,\n",
    )(tiny)
    add(
        COURSES,
        "Course ID,Core,Lab,Min Size,Grades,Term,Length,Linked To\nArt 1,No,1,8,9-11;12,S1,2,Math 1\n",
    )(tiny)
    school = read_school_files(tiny)
    first, second = school.sections
    assert (first.periods, first.lab, first.seats, first.extra) == (("R1",), None, 25, {"Colour": "red"})
    assert (second.periods, second.lab, second.teacher) == ((), True, None)
    (course,) = school.courses
    assert (course.core, course.lab, course.min_size) == (False, True, 8)
    assert course.grades == ("9", "10", "11", "12")
    assert (course.term, course.length, course.linked_to) == ("S1", "2", ("Math 1",))
    assert school.carried == {SECTIONS: ("Colour",)}
    assert "'.0'" in note_texts(school)


@pytest.mark.parametrize(
    ("cell", "periods", "note"),
    [
        ("", (), ""),
        ("G1", ("G1",), ""),
        ("G1;R1", ("G1", "R1"), ""),
        (" R1 ; R2 ;G1", ("R1", "R2", "G1"), ""),
        ("R1;R2;R1", ("R1", "R2"), "read once"),
        ("R1;;R2;", ("R1", "R2"), "Empty entries were skipped"),
    ],
)
def test_the_periods_of_a_section_are_read(tiny: Path, cell: str, periods: tuple[str, ...], note: str):
    whole(
        SECTIONS,
        f"Section ID,Course ID,Teacher Assigned,{SEATS},Department,Period\nS1,Art 1,T1,9,Arts,{cell}\n",
    )(tiny)
    school = read_school_files(tiny)
    assert school.sections[0].periods == periods
    said = [text for text in note_texts(school).split("\n") if "'Period'" in text]
    assert bool(said) == bool(note)
    assert note in " ".join(said)


@pytest.mark.parametrize("word", ["Yes", "y", "TRUE", "1", "No", "n", "False", "0", " yES "])
def test_every_spelling_of_the_sped_flag_is_read(tiny: Path, word: str):
    swap(STUDENTS, "A1,Yes", f"A1,{word}")(tiny)
    assert read_school_files(tiny).students[0].sped is (word.strip().casefold() in {"yes", "y", "true", "1"})


QUIRKS: list[tuple[str, Edit, str]] = [
    ("rows repeated", add(STUDENTS, "A1,Yes\nB2,No\n"), "rows 4, 5"),
    ("no unavailability", drop(UNAVAILABILITY), ""),
    (
        "empty entries",
        swap(PREFERENCES, "Math 1;Art 1", "Math 1;;Art 1"),
        "Empty entries were skipped (row 2)",
    ),
    ("empty alternate", swap(PREFERENCES, "Art 1|", "Art 1||"), "Empty entries"),
    ("trailing separator", swap(PREFERENCES, "|Art 1", "|Art 1;"), "Empty entries"),
    ("no request", swap(PREFERENCES, "Math 1;Art 1|Ceramics", ""), "No course is asked for"),
    ("course unknown", swap(PREFERENCES, "Math 1", "Maths 1"), ""),
    ("course twice", swap(PREFERENCES, "Math 1;", "Math 1;Math 1;"), ""),
    ("semicolons between periods", swap(UNAVAILABILITY, '"R1,G1"', "R1 ; G1"), ""),
    ("a row a period", add(UNAVAILABILITY, "T2,G1\n"), "several rows"),
    ("period twice", swap(UNAVAILABILITY, "R1,G1", "R1,G1,R1"), "read once"),
    ("nothing unavailable", swap(UNAVAILABILITY, "T2,R2", "T2,"), "No period is named"),
    ("ids alike", add(STUDENTS, "a1,No\n"), "capitals or spaces only: rows 2, 4"),
    ("courses alike", swap(SECTIONS, "S2,Math 1", "S2,math  1"), "'Math 1' and 'math  1'"),
    ("no department", swap(SECTIONS, "25,Maths", "25,"), "No department"),
    ("rooms", add("Room_Information.csv", "Room ID\n"), "Room_Information.csv: The file is not used"),
    ("co-teaching", add("Co_Teaching.csv", "x\n"), "Co_Teaching.csv: The file is not used"),
    ("groups", add("Groups.csv", "x\n"), "Groups.csv: The file is not used"),
    ("locks", add(LOCKS, "Kind,ID,Period\nSection,S1,R1\n"), ""),
    ("other file", add("Bells.csv", "x\n"), "Bells.csv: This is none of the files"),
    ("escaped formula", swap(SECTIONS, "Ceramics", "'=Ceramics"), ""),
    (
        "course not offered",
        add(COURSES, "Course ID,Linked To\nPE,Golf\n"),
        "Linked courses without a section",
    ),
    ("only headers", whole(PREFERENCES, "Student ID,Preferred Sections\n"), "no rows"),
]


@pytest.mark.parametrize(("edit", "words"), [case[1:] for case in QUIRKS], ids=[case[0] for case in QUIRKS])
def test_a_quirk_is_read_and_noted(tiny: Path, edit: Edit, words: str):
    edit(tiny)
    school = read_school_files(tiny)
    assert words in note_texts(school)
    assert bool(words) == bool(school.notes)


def test_commas_between_courses_are_noted(tiny: Path):
    swap(PREFERENCES, "A1,Math 1;Art 1|Ceramics", 'A1,"Math 1,Art 1"')(tiny)
    school = read_school_files(tiny)
    assert school.preferences[0].requests == (("Math 1,Art 1",),)
    assert "use ';'" in note_texts(school)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_every_encoding_reads_the_same(tiny: Path, encoding: str, ends: str):
    swap(SECTIONS, "Math 1", "Français")(tiny)
    expected = read_school_files(tiny)
    for name in FILES:
        text = (tiny / name).read_text(encoding="utf-8")
        (tiny / name).write_bytes(text.replace("\n", ends).encode(encoding))
    school = read_school_files(tiny)
    assert (school.sections, school.students, school.preferences) == (
        expected.sections,
        expected.students,
        expected.preferences,
    )
    assert bool(school.notes) == (encoding in {"latin-1", "utf-16"})


def test_rows_of_one_teacher_are_put_together(tiny: Path):
    add(UNAVAILABILITY, "T2,G1;R2\n")(tiny)
    assert read_school_files(tiny).unavailability[1].periods == ("R2", "G1")


def test_headers_that_nearly_fit_can_be_accepted(tiny: Path):
    swap(
        SECTIONS,
        f"Section ID,Course ID,Teacher Assigned,{SEATS}",
        "section_id,CourseID,Teachers Assigned,Seats Available",
    )(tiny)
    swap(PERIODS, "period_id,period_name", "Period ID,Period Name")(tiny)
    assert len(problems(tiny)) == 6
    school = read_school_files(tiny, accept_headers=True)
    assert [section.seats for section in school.sections] == [25, 25, 15, 20]
    assert len(school.notes) == 6


def test_display_columns_are_carried_and_never_printed(tiny: Path, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    whole(STUDENTS, "Student ID,Name,SPED,Grade\nA1,Ann Lee,Yes,9\nB2,Bo Roe,No,10\n")(tiny)
    school = read_school_files(tiny)
    assert school.carried == {STUDENTS: ("Name", "Grade")}
    assert school.students[0].extra == {"Name": "Ann Lee", "Grade": "9"}
    printed = f"{school!r} {school.summary()} {school.students!r} {school.preferences!r}"
    assert not any(secret in printed for secret in ("Ann", "A1", "B2", "True"))
    assert caplog.records == []


def test_a_folder_that_is_not_there_or_not_a_folder(tiny: Path):
    for wrong, words in (
        (tiny.parent / "tinny", "'tiny' was meant?"),
        (tiny / PERIODS, "is a file"),
        ("", "No folder"),
        (tiny / "a\0b", "does not exist"),
        (tiny / ("x" * 5000), "cannot be read"),
    ):
        with pytest.raises(DataError) as caught:
            read_school_files(wrong)
        assert words in str(caught.value)


def test_an_empty_folder_misses_five_files(tmp_path: Path):
    issues = problems(tmp_path)
    assert [issue.path for issue in issues] == [PERIODS, TEACHERS, SECTIONS, STUDENTS, PREFERENCES]


def test_many_strangers_are_named_without_delay(tiny: Path):
    whole(STUDENTS, "Student ID,SPED\n" + "".join(f"ST{i:05},No\n" for i in range(3000)))(tiny)
    whole(PREFERENCES, "Student ID,Preferred Sections\n" + "".join(f"XT{i:05},Art 1\n" for i in range(3000)))(
        tiny
    )
    began = time.perf_counter()
    assert len(problems(tiny)) == 3000
    assert time.perf_counter() - began < 10


def test_chico_is_read(chico_folder: Path):
    began = time.perf_counter()
    school = read_school_files(chico_folder)
    assert time.perf_counter() - began < 1
    counts = school.counts()
    assert (counts["sections"], counts["courses"], counts["teachers"]) == (482, 21, 169)
    assert (counts["students"], counts["students with the SPED flag"], counts["requests"]) == (
        1900,
        290,
        11400,
    )
    assert (counts["seats"], counts["periods"], counts["teachers with unavailable periods"]) == (11990, 8, 19)
    assert school.notes == ()
    assert school.carried == {}
    assert len({record.requests for record in school.preferences}) == 12


def test_a_folder_of_schools_names_them(tmp_path: Path) -> None:
    for name in ("east_high", "west_high"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Sections_Information.csv").write_text("Section ID\n")
    with pytest.raises(DataError) as found:
        read_school_files(tmp_path)
    (issue,) = found.value.issues
    assert "holds none of the files of a school" in issue.message
    assert "east_high" in str(issue.cure)
    assert "west_high" in str(issue.cure)
