"""Quality measures of a university's timetable, each counted by hand."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import pytest
from tiny_universities import GOOD, course, person, placed, section, student, university

from echelon_lib.analysis.quality import LINES, QualityMeasures, quality, quality_table
from echelon_lib.domain.calendar import Calendar
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.university import UniversityRules


@pytest.fixture(scope="module")
def problem() -> Problem:
    """The small university: two days of four hours, three rooms, 16 people."""
    return university()


def measured(problem: Problem, *changes: tuple[str, str]) -> QualityMeasures:
    """Measure the good timetable with some words changed."""
    words = GOOD
    for before, after in changes:
        assert before in words
        words = words.replace(before, after)
    return quality(problem, placed(problem, words))


def test_the_good_timetable(problem: Problem) -> None:
    found = measured(problem)
    assert found.faculty_preference == 100
    assert found.student_compactness == 10
    assert found.faculty_compactness == 10
    assert found.student_idle == 0
    assert found.room_utilisation == pytest.approx(100 * 5 / (3 * 8))
    assert found.seat_utilisation == pytest.approx(100 * (16 + 16 + 15 + 30) / (16 + 16 + 40 + 40))
    assert found.workload_deviation == pytest.approx(
        math.sqrt(((2 - 5 / 3) ** 2 + (3 - 5 / 3) ** 2 + (5 / 3) ** 2) / 3)
    )
    assert found.peak_load == pytest.approx(1 / (5 / 8))
    assert found.same_day_repeats == 0
    assert found.lecture_continuity == 50  # algebra begins at eleven and at nine; the others are alone
    assert found.rooms_per_section == 1
    assert found.building_travel == pytest.approx(15 / 32)  # the batch, from the nook to the hall, on 32 days


MOVES: dict[str, tuple[tuple[str, str], str, float]] = {
    "an hour that Ben does not prefer": (
        ("GEN-1#1 Tue 10:00", "GEN-1#1 Mon 12:00"),
        "faculty_preference",
        80,
    ),
    "students wait an hour": (
        ("ALG-1#2 Tue 09:00", "ALG-1#2 Mon 09:00"),
        "student_compactness",
        10 * 77 / (77 + 16),
    ),
    "as idle hours": (("ALG-1#2 Tue 09:00", "ALG-1#2 Mon 09:00"), "student_idle", 16 / (16 + 15)),
    "Ben waits an hour": (("GEN-1#1 Tue 10:00", "GEN-1#1 Tue 09:00"), "faculty_compactness", 10 * 5 / 6),
    "twice on a day": (("ALG-1#2 Tue 09:00", "ALG-1#2 Mon 12:00"), "same_day_repeats", 50),
    "at one hour": (("ALG-1#2 Tue 09:00", "ALG-1#2 Tue 11:00"), "lecture_continuity", 100),
    "two rooms": (("ALG-1#2 Tue 09:00 nook", "ALG-1#2 Tue 09:00 lab"), "rooms_per_section", 2),
    "a larger room": (
        ("ALG-1#2 Tue 09:00 nook", "ALG-1#2 Tue 09:00 hall"),
        "seat_utilisation",
        100 * 77 / 136,
    ),
    "two at once": (("ALG-1#2 Tue 09:00", "ALG-1#2 Tue 12:00"), "peak_load", 2 / (5 / 8)),
    "one building": (("ALG-1#2 Tue 09:00 nook", "ALG-1#2 Tue 09:00 hall"), "building_travel", 0),
    "one room twice": (("GEN-1#1 Tue 10:00 hall", "GEN-1#1 Tue 11:00 lab"), "room_utilisation", 100 * 4 / 24),
}


@pytest.mark.parametrize(("move", "measure", "expected"), MOVES.values(), ids=MOVES)
def test_each_measure(problem: Problem, move: tuple[str, str], measure: str, expected: float) -> None:
    assert getattr(measured(problem, move), measure) == pytest.approx(expected)


def test_a_batch_counts_as_many_as_it_has_people() -> None:
    alone = university(students=[student("batch", 1), student("zoe")])
    found = measured(alone, ("ALG-1#2 Tue 09:00", "ALG-1#2 Mon 09:00"))
    assert found.student_idle == pytest.approx(2 / 3)


def test_loads_of_all_faculty_count() -> None:
    even = university(
        sections=[section("ALG-1"), section("ALG-2", faculty="Ben")],
        faculty=[person("Ada", 4, "ALG"), person("Ben", 4, "ALG")],
        enrolments=[],
        faculty_times=[],
    )
    words = "ALG-1#1 Mon 09:00 nook, ALG-1#2 Tue 09:00 nook, ALG-2#1 Mon 10:00 nook, ALG-2#2 Tue 10:00 nook"
    assert quality(even, placed(even, words)).workload_deviation == 0


def test_lectures_at_the_hour_of_most_of_them_are_continuous_and_labs_are_apart() -> None:
    many = university(
        courses=[course("ALG", 3), course("GEN", 2, 2, lab_slots=1)],
        sections=[section("ALG-1"), section("GEN-1", faculty="Ben"), section("GEN-1L", "Lab", "Ben")],
    )
    algebra = "ALG-1#1 Mon 10:00 nook, ALG-1#2 Tue 10:00 nook, ALG-1#3 Tue 12:00 nook"
    genetics = "GEN-1#1 Mon 09:00 hall, GEN-1#2 Tue 11:00 hall"
    labs = "GEN-1L#1 Mon 11:00 lab, GEN-1L#2 Tue 09:00 lab"
    assert quality(many, placed(many, algebra)).lecture_continuity == pytest.approx(100 * 2 / 3)
    assert quality(many, placed(many, f"{algebra}, {genetics}, {labs}")).lecture_continuity == 60
    assert quality(many, placed(many, labs)).lecture_continuity is None
    assert quality(many, placed(many, genetics.partition(",")[0])).lecture_continuity is None, "it is alone"


def test_nothing_placed_is_nothing_measured(problem: Problem) -> None:
    found = quality(problem, Timetable())
    assert (found.faculty_preference, found.student_compactness, found.peak_load) == (None, None, None)
    assert (found.seat_utilisation, found.rooms_per_section, found.building_travel) == (None, None, None)
    assert found.room_utilisation == 0
    empty = quality(Problem("empty", Calendar.of_days({})), Timetable())
    assert {getattr(empty, field.name) for field in fields(empty)} == {None}


def test_wishes_that_no_rule_knows_are_not_measured() -> None:
    rules = UniversityRules.from_mapping({"kinds": {"faculty_preference": "off"}})
    off = university(rules)
    assert measured(off).faculty_preference is None


def test_the_table_shows_timetables_side_by_side(problem: Problem) -> None:
    table = quality_table({"Good": measured(problem), "Empty": quality(problem, Timetable())})
    assert list(table.columns) == ["Measure", "Good", "Empty", "Unit", "Better", "Formula"]
    assert list(LINES) == [field.name for field in fields(QualityMeasures)]
    rows: dict[str, Any] = table.set_index("Measure").to_dict("index")
    assert rows["Faculty preference"]["Good"] == 100
    assert math.isnan(rows["Faculty preference"]["Empty"])
    assert rows["Room utilisation"]["Empty"] == 0
    assert set(table["Better"]) == {"higher", "lower"}
    assert table["Formula"].str.len().min() > 10
