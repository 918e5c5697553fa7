"""The week as a page shows it: rows, columns, and a sentence for each section."""

from __future__ import annotations

from dataclasses import replace

import pytest
from schools_by_hand import WEEK, section, six_students, six_students_placed, unplaced

from echelon_lib.analysis.week import BANDS, OVER, UNKNOWN, WEEK_BY, band, week
from echelon_lib.domain.offerings import Course
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable


def test_by_teacher_everybody_has_a_row() -> None:
    shown = week(six_students(), six_students_placed())
    assert shown.columns == ("R1", "R2", "G1", "G2")
    assert [(row.name, row.about) for row in shown.rows] == [
        ("pat", "Arts, 2 sections"),
        ("quin", "Science, 1 section"),
        ("ruth", "Science, 0 sections"),
        ("(no teacher)", "1 section"),
    ]
    assert shown.rows[0].cells == {0: ("A-1",), 1: ("A-2",)}
    assert shown.rows[2].cells == {}


def test_by_period_the_columns_are_departments_and_say_who_teaches() -> None:
    shown = week(six_students(), six_students_placed(), "period")
    assert shown.columns == ("Arts", "Science", "(no department)")
    assert [row.name for row in shown.rows] == ["R1", "R2", "G1", "G2"]
    assert shown.rows[0].cells == {0: ("A-1",), 2: ("C-1",)}
    assert shown.rows[0].about == "2 sections, 1 of 3 teachers teach"
    assert shown.rows[1].about == "2 sections, 2 of 3 teachers teach"
    assert shown.sections["A-1"].text == "Art, pat"


@pytest.mark.parametrize("by", WEEK_BY)
def test_every_section_is_somewhere(by) -> None:
    timetable = unplaced(six_students_placed(), "B-1")
    shown = week(six_students(), timetable, by)
    found = {id for row in shown.rows for cell in row.cells.values() for id in cell}
    assert found == shown.sections.keys() == six_students().sections.keys()
    assert "not placed" in (shown.columns if by != "period" else [row.name for row in shown.rows])


def test_texts_say_what_the_row_does_not() -> None:
    texts = {by: week(six_students(), six_students_placed(), by).sections["B-1"].text for by in WEEK_BY}
    assert texts["teacher"] == "Biology"
    assert texts["course"] == "quin"
    assert texts["department"] == texts["period"] == "Biology, quin"


def test_sentences() -> None:
    shown = week(six_students(), unplaced(six_students_placed().enrol("fay", "C-1"), "A-1")).sections
    assert shown["A-1"].sentence == "A-1, Art, pat, not placed: 1 of 2 seats, 50 %, under the target."
    assert shown["A-2"].sentence == "A-2, Art, pat, R2: 2 of 2 seats, 100 %."
    assert shown["C-1"].sentence == (
        "C-1, Chess, no teacher, R1: 3 of 2 seats, 150 %, more students than seats."
    )
    assert [(one.fill, one.band) for one in shown.values()] == [
        ("1/2", 3),
        ("2/2", 5),
        ("2/3", 3),
        ("3/2", OVER),
    ]


@pytest.mark.parametrize(
    ("enrolled", "seats", "expected"),
    [
        *((0, 100, 1), (24, 100, 1), (25, 100, 2), (49, 100, 2), (50, 100, 3), (74, 100, 3)),
        *((75, 100, 4), (89, 100, 4), (90, 100, 5), (100, 100, 5), (101, 100, OVER)),
        *((5, None, UNKNOWN), (0, 0, UNKNOWN), (1, 0, OVER)),
    ],
)
def test_bands(enrolled: int, seats: int | None, expected: int) -> None:
    assert band(enrolled, seats) == expected


def test_colour_is_never_the_only_sign_of_too_few_or_too_many() -> None:
    signs = [sign for sign, _ in BANDS]
    assert signs == ["", "▾", "▾", "▾", "", "", "▴"]


def test_a_long_meeting_is_in_each_of_its_periods_and_said_once() -> None:
    double = replace(WEEK.time("G1"), length=2)
    shown = week(six_students(), six_students_placed().place("B-1", double))
    assert shown.rows[1].cells == {2: ("B-1",), 3: ("B-1",)}
    assert ", G1, G2: " in shown.sections["B-1"].sentence


def test_a_section_without_seats_is_counted() -> None:
    one = replace(section("A-1", 1), seats=None)
    shown = week(Problem("One", WEEK, (Course.of("Art", [one]),)), Timetable()).sections["A-1"]
    assert (shown.fill, shown.sentence) == ("0", "A-1, Art, no teacher, not placed: 0 students.")


def test_a_school_without_sections() -> None:
    assert week(Problem("None", WEEK), Timetable(), "period").rows[0].about == "0 sections"
