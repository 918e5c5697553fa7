"""What moves between two timetables of a university: sessions, the people of them, and measures."""

from __future__ import annotations

from echelon_lib.analysis.university_moves import (
    affected_people,
    gone_sessions,
    handed_over_sections,
    quality_change,
)
from tests.tiny_universities import GOOD, placed, section, small, university

MOVED = "ALG-1#1 Mon 12:00 nook, ALG-1#2 Tue 09:00 hall, GEN-1#1 Tue 10:00 hall, GEN-1L#1 Tue 11:00 lab"


def test_sessions_that_are_dropped_are_gone() -> None:
    old = university()
    problem = university(
        sections=[row for row in small().sections if row.course != "ALG"] + [section("ALG-2")]
    )
    assert gone_sessions(old, placed(old, GOOD).unplace("ALG-1#2"), problem).values.tolist() == [
        ["ALG-1#1", "ALG", "Mon 11:00 nook"]
    ]
    assert gone_sessions(old, placed(old, GOOD), old).empty


def test_people_are_counted_by_programme_and_faculty_by_name() -> None:
    problem = university()
    table = affected_people(problem, placed(problem, GOOD), placed(problem, MOVED))
    assert table.values.tolist() == [["students", "BSC Year 1", 16, 1, 1], ["faculty", "Ada", 1, 1, 1]]


def test_sections_change_hands() -> None:
    rows = [section(row.id, row.part, "Cy") if row.id == "ALG-1" else row for row in small().sections]
    table = handed_over_sections(university(), university(sections=rows))
    assert table.values.tolist() == [["ALG-1", "ALG", "Ada", "Cy"]]


def test_measures_of_both_stand_side_by_side() -> None:
    problem = university()
    table = quality_change(problem, placed(problem, GOOD), problem, placed(problem, MOVED))
    assert list(table.columns[:3]) == ["Measure", "Before", "After"]
    seats = table.set_index("Measure").loc["Seat utilisation"]
    assert seats["Before"] > seats["After"]
