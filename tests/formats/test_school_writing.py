"""The files of a school are read back as the records they were written from, whatever the records hold."""

from __future__ import annotations

import csv
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schools_of_records import school

from echelon_lib.domain.errors import DataError
from echelon_lib.formats.school_csv import SchoolFiles, read_school_files
from echelon_lib.formats.school_records import (
    COLUMNS,
    COURSES,
    PERIODS,
    PREFERENCES,
    SECTIONS,
    STUDENTS,
    TEACHERS,
    UNAVAILABILITY,
    CourseRecord,
    PeriodRecord,
    PreferenceRecord,
    SectionRecord,
    StudentRecord,
    TeacherRecord,
    UnavailabilityRecord,
)
from echelon_lib.formats.school_writing import school_tables, sections_table, write_school_files
from echelon_lib.generate.school import generate_school, write_school
from echelon_lib.schools import load_school, school_of

ALWAYS = {SECTIONS, STUDENTS, TEACHERS, PREFERENCES, PERIODS}
RECORDS = ("sections", "students", "teachers", "preferences", "unavailability", "periods", "courses")


def held(files: SchoolFiles) -> dict[str, Any]:
    """What the records hold, wherever they stand in a file."""
    return {kind: [replace(one, row=0) for one in getattr(files, kind)] for kind in RECORDS}


def again(files: SchoolFiles) -> SchoolFiles:
    """The files of a school, written and read."""
    with tempfile.TemporaryDirectory() as folder:
        write_school_files(files, Path(folder) / "school")
        return read_school_files(Path(folder) / "school")


# What is written ----------------------------------------------------------------------------------------


def test_the_sample_schools_are_read_back(tiny_high_folder: Path, valley_high_folder: Path) -> None:
    for folder in (tiny_high_folder, valley_high_folder):
        files = read_school_files(folder)
        assert held(again(files)) == held(files)
        assert again(files).carried == files.carried
        read = school_of(load_school(folder))
        other = replace(read, files=again(files)).problem()
        assert replace(other, remarks=()) == replace(read.problem(), remarks=())


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000), students=st.integers(10, 60), quirks=st.booleans())
def test_a_generated_school_is_read_back(seed: int, students: int, quirks: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lists = max(4, students // 2)
        made = generate_school(students=students, seed=seed, request_lists=lists, quirks=quirks)
        write_school(made, Path(folder) / "school")
        files = read_school_files(Path(folder) / "school")
    assert held(again(files)) == held(files)


def test_optional_columns_and_files_are_written_where_used() -> None:
    plain = school("Art-1/pat", asked={"Art": 1})
    tables = school_tables(school_of(plain).files)
    assert set(tables) == ALWAYS
    assert tables[SECTIONS] == (COLUMNS[SECTIONS][0], (("Art-1", "Art", "pat", "3", "Arts"),))
    fuller = school(
        "Art-1@R1+G1 Art-2", asked={"Art": 1}, away={"pat": "R1"}, teachers="pat", smallest={"Art": 0}
    )
    tables = school_tables(school_of(fuller).files)
    assert set(tables) == {*ALWAYS, UNAVAILABILITY, COURSES}
    columns, rows = tables[SECTIONS]
    assert columns == (*COLUMNS[SECTIONS][0], "Period")
    assert [row[2:] for row in rows] == [("", "3", "Arts", "R1;G1"), ("", "3", "Arts", "")]
    assert tables[COURSES] == (("Course ID", "Min Size"), (("Art", "0"),))


def test_the_table_of_sections_is_the_file_of_sections(tmp_path: Path) -> None:
    files = school_of(school("Art-1/pat@R2 Band-1:12", asked={"Art": 1})).files
    write_school_files(files, tmp_path / "school")
    with (tmp_path / "school" / SECTIONS).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert (tuple(header), tuple(map(tuple, rows))) == sections_table(files)
    assert rows[1] == ["Band-1", "Band", "", "12", "Arts", ""]


def test_a_carried_title_is_not_taken_for_a_column_that_is_left_out() -> None:
    files = school_of(school("Art-1", asked={"Art": 1})).files
    row = replace(files.sections[0], extra={"Periods": "as in May", "LAB": "no"})
    read = again(replace(files, sections=(row,)))
    assert read.sections[0].extra == {"Periods": "as in May", "LAB": "no"}
    assert (read.sections[0].periods, read.sections[0].lab) == ((), None)


def test_a_column_is_carried_though_no_row_of_its_file_is_left() -> None:
    files = school_of(school("Art-1")).files
    files = replace(
        files, students=(StudentRecord(id="ann", sped=False, row=2),), carried={PREFERENCES: ("Plan",)}
    )
    assert again(files).carried == {PREFERENCES: ("Plan",)}


def test_nothing_in_a_cell_runs_in_a_spreadsheet(tmp_path: Path) -> None:
    files = school_of(school("Art-1", asked={"Art": 1})).files
    row = replace(files.sections[0], department="=1+1", extra={"@Note": "-cmd", "Share": "-2"})
    write_school_files(replace(files, sections=(row,)), tmp_path / "school")
    with (tmp_path / "school" / SECTIONS).open(encoding="utf-8", newline="") as file:
        header, cells = csv.reader(file)
    assert header[-2:] == ["'@Note", "Share"]
    assert cells[-3:] == ["'=1+1", "'-cmd", "-2"]


def test_no_folder_is_overwritten_and_none_is_left_in_part(tmp_path: Path) -> None:
    files = school_of(school("Art-1", asked={"Art": 1})).files
    write_school_files(files, tmp_path / "school")
    with pytest.raises(DataError, match="not empty"):
        write_school_files(files, tmp_path / "school")
    broken = replace(files, students=(StudentRecord(id="\ud800", sped=False, row=2),))
    with pytest.raises(DataError, match="UTF-8"):
        write_school_files(broken, tmp_path / "other")
    assert [path.name for path in tmp_path.iterdir()] == ["school"]


# Whatever the records hold ------------------------------------------------------------------------------

SIGNS = "aB1é=+-@'\" .,/#"
TITLES = ("Periods", "LAB", "Grade", "=Plan", 'so "called", there', "'", "Name")


def a_text(forbidden: str = "") -> st.SearchStrategy[str]:
    """A text as it comes out of a cell, without the signs that separate names in it."""
    alphabet = "".join(sign for sign in SIGNS if sign not in forbidden)
    return st.text(alphabet, min_size=1, max_size=6).filter(lambda text: text == text.strip())


def some_names(least: int = 1, forbidden: str = "") -> st.SearchStrategy[list[str]]:
    return st.lists(a_text(forbidden), min_size=least, max_size=4, unique=True)


@st.composite
def any_files(draw: st.DrawFn) -> SchoolFiles:
    """The records of a school with names that are hard to write."""
    values = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4)
    titles = {name: draw(st.lists(st.sampled_from(TITLES), max_size=3, unique=True)) for name in COLUMNS}

    def extra(name: str) -> dict[str, str]:
        return {title: draw(values).strip() for title in titles[name]}

    def choice(names: list[str], most: int = 3) -> tuple[str, ...]:
        return tuple(draw(st.lists(st.sampled_from(names), max_size=most, unique=True)))

    maybe = st.none() | st.booleans()
    count = st.none() | st.integers(0, 1_000)
    periods = draw(some_names(forbidden=";,"))
    teachers = draw(some_names())
    courses = draw(some_names(forbidden=";|"))
    students = draw(some_names())
    away = draw(st.lists(st.sampled_from(teachers), max_size=3, unique=True))
    described = draw(st.lists(st.sampled_from(courses), max_size=3, unique=True))
    return SchoolFiles(
        sections=tuple(
            SectionRecord(
                id=one,
                course=draw(st.sampled_from(courses)),
                teacher=draw(st.none() | st.sampled_from(teachers)),
                seats=draw(st.integers(1, 10_000)),
                department=draw(st.just("") | a_text()),
                periods=choice(periods),
                lab=draw(maybe),
                extra=extra(SECTIONS),
                row=1,
            )
            for one in draw(some_names())
        ),
        students=tuple(
            StudentRecord(id=one, sped=draw(st.booleans()), extra=extra(STUDENTS), row=1) for one in students
        ),
        teachers=tuple(
            TeacherRecord(
                id=one,
                department=draw(st.just("") | a_text()),
                dedicated_course=draw(st.none() | st.sampled_from(courses)),
                current_load=draw(count),
                science_sections=draw(count),
                extra=extra(TEACHERS),
                row=1,
            )
            for one in teachers
        ),
        preferences=tuple(
            PreferenceRecord(
                student=one,
                requests=tuple(wish for _ in range(3) if (wish := choice(courses))),
                pooled=choice(courses),
                extra=extra(PREFERENCES),
                row=1,
            )
            for one in draw(st.lists(st.sampled_from(students), max_size=3, unique=True))
        ),
        unavailability=tuple(
            UnavailabilityRecord(teacher=one, periods=choice(periods), extra=extra(UNAVAILABILITY), row=1)
            for one in away
        ),
        periods=tuple(
            PeriodRecord(id=str(number), name=name, extra=extra(PERIODS), row=1)
            for number, name in enumerate(periods)
        ),
        courses=tuple(
            CourseRecord(
                id=one,
                core=draw(maybe),
                lab=draw(maybe),
                min_size=draw(count),
                grades=tuple(draw(st.lists(st.sampled_from(["9", "10", "K", "12-9"]), max_size=3))),
                term=draw(st.none() | a_text()),
                length=draw(st.none() | a_text()),
                linked_to=choice(courses),
                extra=extra(COURSES),
                row=1,
            )
            for one in described
        ),
    )


@settings(max_examples=30)
@given(files=any_files())
def test_files_of_records_of_files_are_the_same(files: SchoolFiles) -> None:
    read = again(files)
    assert held(read) == held(files)
    assert school_tables(read) == school_tables(files)
