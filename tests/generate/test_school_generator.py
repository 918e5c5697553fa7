"""Made-up schools: the same bytes every time, the shape of real ones, and a sample solved by brute force."""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from echelon_lib.domain.errors import DataError
from echelon_lib.generate.school import (
    PERIODS,
    PREFERENCES,
    SECTIONS,
    STUDENTS,
    TEACHERS,
    UNAVAILABLE,
    SchoolTables,
    generate_school,
    tiny_high,
    valley_high,
    write_school,
)

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
SIX_FILES = {SECTIONS, STUDENTS, TEACHERS, PREFERENCES, UNAVAILABLE, PERIODS}


@pytest.fixture(scope="session")
def grouped() -> SchoolTables:
    """A school of 480 students who hand in 60 different lists."""
    return valley_high()


@pytest.fixture(scope="session")
def individual() -> SchoolTables:
    """A school of 500 students with 490 different lists."""
    return generate_school(students=500, request_lists=490, seed=1)


def rows(school: SchoolTables, file: str) -> list[dict[str, str]]:
    columns, cells = school.tables[file]
    return [dict(zip(columns, row, strict=True)) for row in cells]


def requests(school: SchoolTables) -> dict[str, list[list[str]]]:
    return {
        row["Student ID"]: [wish.split("|") for wish in row["Preferred Sections"].split(";")]
        for row in rows(school, PREFERENCES)
    }


def faults(school: SchoolTables, periods: int) -> Iterator[str]:
    """Yield what would keep a school from being scheduled, or from being believed."""
    sped = {row["Student ID"]: row["SPED"][0] == "Y" for row in rows(school, STUDENTS)}
    grade = {row["Student ID"]: int(row["Grade"]) for row in rows(school, STUDENTS)}
    asked, asked_by_sped = Counter[str](), Counter[str]()
    for student, wishes in requests(school).items():
        primaries = [wish[0] for wish in wishes]
        asked.update(primaries)
        asked_by_sped.update(primaries if sped[student] else [])
        if len(set(primaries)) < len(primaries):
            yield f"{student} asks twice for a course"
        if not periods - 2 <= len(primaries) <= periods:
            yield f"{student} asks for {len(primaries)} courses"
        if any(other in primaries for wish in wishes for other in wish[1:]):
            yield f"{student} names as alternate what is asked for already"
        if f"English {grade[student]}" not in " ".join(primaries) and grade[student] < 11:
            yield f"{student} has no English of grade {grade[student]}"
    seats, sped_seats = Counter[str](), Counter[str]()
    taught = defaultdict(list)
    for row in rows(school, SECTIONS):
        count = int(row["# of Seats Available"])
        seats[row["Course ID"]] += count
        sped_seats[row["Course ID"]] += min(12, count)
        taught[row["Teacher Assigned"]].append(row)
        if not 1 <= count <= 40:
            yield f"{row['Section ID']} has {count} seats"
    for course in asked:
        if asked[course] > seats[course] or asked_by_sped[course] > sped_seats[course]:
            yield f"{course} has too few seats"
    named = {course for wishes in requests(school).values() for wish in wishes for course in wish}
    if named != set(seats):
        yield f"offered or asked for, not both: {sorted(named ^ set(seats))}"
    away = {
        row["Teacher ID"]: row["Unavailable Periods"].replace(",", ";").split(";")
        for row in rows(school, UNAVAILABLE)
    }
    known = set(school.column(PERIODS, "period_name"))
    for row in rows(school, TEACHERS):
        theirs = taught.pop(row["Teacher ID"])
        free = known - set(away.get(row["Teacher ID"], []))
        if not set(away.get(row["Teacher ID"], [])) <= known:
            yield f"{row['Teacher ID']} is away in an unknown period"
        if len(theirs) > min(5, len(free)):
            yield f"{row['Teacher ID']} has {len(theirs)} sections"
        if len({one["Course ID"] for one in theirs}) > 3:
            yield f"{row['Teacher ID']} prepares more than three courses"
        if {one["Department"] for one in theirs} != {row["Department"]}:
            yield f"{row['Teacher ID']} teaches outside the department"
    if taught:
        yield f"unknown teachers: {sorted(taught)}"


# Schools in general ------------------------------------------------------------------------------------


def test_the_six_files_have_the_columns_of_the_format(grouped: SchoolTables):
    assert set(grouped.tables) == SIX_FILES
    assert grouped.tables[SECTIONS][0] == (
        "Section ID", "Course ID", "Teacher Assigned", "# of Seats Available", "Department",
    )  # fmt: skip
    assert grouped.tables[STUDENTS][0][:2] == ("Student ID", "SPED")
    assert grouped.tables[TEACHERS][0] == (
        "Teacher ID", "Department", "Dedicated Course", "Current Load", "Science Sections",
    )  # fmt: skip
    assert grouped.tables[PREFERENCES][0] == ("Student ID", "Preferred Sections")
    assert grouped.tables[UNAVAILABLE][0] == ("Teacher ID", "Unavailable Periods")
    assert grouped.tables[PERIODS][0] == ("period_id", "period_name")
    assert grouped.column(PERIODS, "period_name") == ("R1", "R2", "R3", "R4", "G1", "G2", "G3", "G4")
    assert all(isinstance(cell, str) for _, cells in grouped.tables.values() for row in cells for cell in row)


def test_ids_are_unique_and_every_student_is_in_both_files(individual: SchoolTables):
    for file in (SECTIONS, STUDENTS, TEACHERS, PREFERENCES, UNAVAILABLE, PERIODS):
        ids = [row[0] for row in individual.tables[file][1]]
        assert len(ids) == len(set(ids))
    assert individual.column(STUDENTS, "Student ID") == individual.column(PREFERENCES, "Student ID")


@pytest.mark.parametrize("students", [10, 13, 40, 120, 480, 700])
@pytest.mark.parametrize("periods", [6, 7, 8])
@pytest.mark.parametrize("lists", [4, 9, None])
def test_a_school_of_any_size_holds_together(students: int, periods: int, lists: int | None):
    for seed in range(3):
        school = generate_school(students=students, seed=seed, request_lists=lists, periods=periods)
        assert list(faults(school, periods)) == []
        figures = school.statistics()
        assert figures["students"] == students
        assert figures["periods"] == periods
        assert figures["sped_students"] == round(0.12 * students)
        assert figures["distinct_lists"] == lists or (
            lists is None and figures["distinct_lists"] >= 0.98 * students
        )


@pytest.mark.parametrize("lists", [5, 8, 60, 199, 200])
def test_there_are_exactly_as_many_lists_as_were_asked_for(lists: int):
    school = generate_school(students=200, request_lists=lists, seed=3)
    assert school.statistics()["distinct_lists"] == lists


def test_sped_and_alternates_can_be_left_out_or_be_frequent():
    none = generate_school(students=200, sped_share=0, alternates=0)
    assert none.statistics()["sped_students"] == none.statistics()["lists_with_alternates"] == 0
    many = generate_school(students=200, sped_share=0.4, alternates=1)
    assert many.statistics()["sped_students"] == 80
    assert many.statistics()["lists_with_alternates"] >= 30
    assert list(faults(many, 8)) == []


@pytest.mark.parametrize("seed", range(4))
def test_individual_lists_look_like_a_real_school(seed: int):
    school = generate_school(students=500, request_lists=490, seed=seed)
    figures = school.statistics()
    assert list(faults(school, 8)) == []
    assert figures["distinct_lists"] >= 490
    assert 0.3 <= figures["singleton_share"] <= 0.55
    assert 1.1 <= figures["seats_per_request"] <= 1.2
    assert 6.8 <= figures["requests_per_student"] <= 7.3
    assert figures["teachers_with_unavailable_periods"] >= 3
    loads = Counter(school.column(SECTIONS, "Teacher Assigned")).values()
    assert sum(load >= 4 for load in loads) >= len(loads) / 2


def test_days_of_six_and_seven_periods_are_numbered_and_have_no_dedicated_courses():
    school = generate_school(students=150, periods=6, request_lists=None)
    assert school.column(PERIODS, "period_name") == ("P1", "P2", "P3", "P4", "P5", "P6")
    assert "Medical Career" not in school.column(SECTIONS, "Course ID")
    assert set(school.column(TEACHERS, "Dedicated Course")) == {""}


def test_a_ladder_never_begins_above_its_first_level(grouped: SchoolTables, individual: SchoolTables):
    for school in (grouped, individual):
        offered = set(school.column(SECTIONS, "Course ID"))
        for name in ("Spanish", "French", "German", "Art", "Band", "Culinary", "Engineering"):
            levels = [level for level in range(1, 5) if f"{name} {level}" in offered]
            assert levels == list(range(1, len(levels) + 1))


def test_statistics_count_what_the_files_hold():
    figures = tiny_high().statistics()
    assert figures["students"] == 12
    assert figures["courses"] == 4
    assert figures["sections"] == 6
    assert figures["teachers"] == 3
    assert figures["requests"] == 38
    assert figures["seats"] == 44
    assert figures["distinct_lists"] == 3
    assert figures["singletons"] == 2
    assert figures["sped_students"] == 2
    assert figures["sped_share"] == pytest.approx(1 / 6, abs=0.001)
    assert figures["surplus_sections"] == figures["missing_sections"] == 0


# Too many sections, and too few -------------------------------------------------------------------------


def fit(school: SchoolTables) -> tuple[dict[str, int], dict[str, list[int]]]:
    """Return for each course how many ask for it, and the seats of its sections."""
    asked = Counter(wish[0] for wishes in requests(school).values() for wish in wishes)
    seats = defaultdict(list)
    for row in rows(school, SECTIONS):
        seats[row["Course ID"]].append(int(row["# of Seats Available"]))
    return asked, seats


@pytest.mark.parametrize(
    ("students", "surplus", "lists"), [(200, 5, 60), (480, 12, 60), (900, 20, 60), (300, 8, None)]
)
def test_surplus_sections_are_added_where_they_leave_seats_empty(
    students: int, surplus: int, lists: int | None
):
    plain = generate_school(students=students, seed=7, request_lists=lists)
    school = generate_school(students=students, seed=7, request_lists=lists, surplus=surplus)
    assert list(faults(school, 8)) == []
    before, after = plain.statistics(), school.statistics()
    assert after["sections"] == before["sections"] + surplus
    assert after["surplus_sections"] == before["surplus_sections"] + surplus
    for file in (STUDENTS, PREFERENCES, PERIODS):
        assert school.tables[file] == plain.tables[file]
    asked, seats = fit(school)
    more = [course for course, each in seats.items() if len(each) > len(fit(plain)[1][course])]
    assert len(more) == surplus, "each is of another course"
    assert all(3 <= len(seats[course]) <= 7 for course in more)
    assert all(asked[course] < 0.75 * sum(seats[course]) for course in more)


def test_more_surplus_than_courses_is_dealt_out_again():
    school = generate_school(students=60, seed=2, surplus=90, request_lists=20)
    plain = generate_school(students=60, seed=2, request_lists=20)
    assert school.statistics()["sections"] == plain.statistics()["sections"] + 90
    loads = Counter(school.column(SECTIONS, "Teacher Assigned"))
    assert max(loads.values()) <= 5


@pytest.mark.parametrize("lists", [60, None])
def test_missing_sections_leave_students_without_a_seat(lists: int | None):
    plain = generate_school(students=480, seed=7, request_lists=lists)
    school = generate_school(students=480, seed=7, request_lists=lists, missing=4)
    assert school.statistics()["sections"] == plain.statistics()["sections"] - 4
    assert school.statistics()["missing_sections"] == 4
    assert plain.statistics()["missing_sections"] == 0
    asked, seats = fit(school)
    short = {course: asked[course] - sum(each) for course, each in seats.items()}
    assert sum(count >= 10 for count in short.values()) == 4
    assert {fault for fault in faults(school, 8) if "too few seats" not in fault} == set()


def test_both_go_together_and_are_seeded():
    arguments = {"students": 480, "seed": 7, "surplus": 8, "missing": 3}
    school = generate_school(**arguments)
    assert school == generate_school(**arguments)
    figures, plain = school.statistics(), generate_school(students=480, seed=7).statistics()
    assert figures["missing_sections"] == 3
    assert figures["surplus_sections"] == plain["surplus_sections"] + 8
    assert generate_school(**arguments | {"seed": 8}).statistics() != figures


def test_no_more_can_be_missing_than_courses_have_to_give():
    with pytest.raises(ValueError, match=r"missing is 200; only \d+ courses of this school"):
        generate_school(students=300, missing=200)


# The same bytes ----------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_school_and_another_seed_another():
    first = generate_school(students=120, seed=5)
    assert first == generate_school(students=120, seed=5)
    assert first != generate_school(students=120, seed=6)


def test_the_school_does_not_depend_on_the_process():
    code = (
        "import hashlib; from echelon_lib.generate.school import generate_school;"
        "school = generate_school(students=120, seed=5, request_lists=None);"
        "print(hashlib.sha256(repr(school).encode()).hexdigest())"
    )
    command = [sys.executable, "-c", code]
    root = str(Path(__file__).resolve().parents[2])
    answers = {
        subprocess.run(
            command,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": root},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    here = repr(generate_school(students=120, seed=5, request_lists=None))
    assert answers == {hashlib.sha256(here.encode()).hexdigest()}


@pytest.mark.parametrize("name", ["tiny_high", "valley_high"])
def test_committed_samples_are_what_the_generator_makes(name: str, tmp_path: Path):
    school = {"tiny_high": tiny_high, "valley_high": valley_high}[name]()
    write_school(school, tmp_path / name)
    made = {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
    assert made == {path.name: path.read_bytes() for path in (SAMPLES / name).glob("*.csv")}
    assert set(made) == SIX_FILES


# Writing -----------------------------------------------------------------------------------------------


def test_files_hold_what_the_tables_hold(tmp_path: Path):
    school = generate_school(students=60, request_lists=30)
    write_school(school, tmp_path / "new" / "school")
    for file, (columns, cells) in school.tables.items():
        with (tmp_path / "new" / "school" / file).open(encoding="utf-8", newline="") as text:
            header, *read = csv.reader(text)
        assert tuple(header) == columns
        assert tuple(tuple(row) for row in read) == cells
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["school"]


def test_an_empty_folder_is_filled(tmp_path: Path):
    write_school(tiny_high(), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == SIX_FILES


def test_a_folder_that_holds_anything_is_left_alone(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("keep me", encoding="utf-8")
    with pytest.raises(DataError, match="not empty") as refusal:
        write_school(tiny_high(), tmp_path)
    assert "Maybe choose the name of a new folder" in str(refusal.value)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_in_place_of_the_folder_is_left_alone(tmp_path: Path):
    (tmp_path / "school").write_text("keep me", encoding="utf-8")
    with pytest.raises(DataError, match="file of this name"):
        write_school(tiny_high(), tmp_path / "school")
    with pytest.raises(DataError, match="could not be written"):
        write_school(tiny_high(), tmp_path / "school" / "inside")
    with pytest.raises(DataError, match="could not be written"):
        write_school(tiny_high(), "nul\0name")
    assert (tmp_path / "school").read_text(encoding="utf-8") == "keep me"


@pytest.mark.parametrize("exists", [False, True])
def test_a_fault_half_way_leaves_nothing_behind(tmp_path: Path, exists: bool):
    tables = dict(tiny_high().tables)
    tables["Zone.csv"] = (("One", "Two"), (("only one",),))
    if exists:
        (tmp_path / "school").mkdir()
    with pytest.raises(DataError, match="1 cells were to be written"):
        write_school(SchoolTables(tables), tmp_path / "school")
    assert [path.name for path in tmp_path.rglob("*")] == (["school"] if exists else [])


# Arguments ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"students": 9}, "students is 9"),
        ({"students": 10_001}, "from 10 to 10000"),
        ({"students": 480.0}, "students is 480.0"),
        ({"students": True}, "students is True"),
        ({"students": "many"}, "students is 'many'"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 0.5}, "seed is 0.5"),
        ({"request_lists": 3}, "request_lists is 3"),
        ({"request_lists": "60"}, "request_lists is '60'"),
        ({"students": 40, "request_lists": 41}, "more than the 40 students"),
        ({"periods": 5}, "periods is 5"),
        ({"periods": 9}, "must be 6, 7 or 8"),
        ({"periods": None}, "periods is None"),
        ({"sped_share": -0.1}, "sped_share is -0.1"),
        ({"sped_share": 0.5}, "sped_share is 0.5"),
        ({"sped_share": float("nan")}, "sped_share is nan"),
        ({"alternates": 2}, "alternates is 2"),
        ({"alternates": "all"}, "alternates is 'all'"),
        ({"surplus": -1}, "surplus is -1"),
        ({"surplus": 2.0}, "surplus is 2.0"),
        ({"surplus": 1_001}, "surplus is 1001"),
        ({"missing": True}, "missing is True"),
    ],
)
def test_nonsense_is_refused(arguments: dict[str, object], words: str):
    with pytest.raises(ValueError, match=words):
        generate_school(**arguments)  # type: ignore[arg-type]


def test_all_wrong_arguments_are_named_at_once():
    with pytest.raises(ValueError, match="students is 0") as refusal:
        generate_school(students=0, seed=-3, periods=12, request_lists=1)
    for words in ("seed is -3", "periods is 12", "request_lists is 1"):
        assert words in str(refusal.value)


# Valley High -------------------------------------------------------------------------------------------


def test_valley_high_is_the_school_its_page_describes(grouped: SchoolTables):
    figures = grouped.statistics()
    expected = {
        "students": 480,
        "distinct_lists": 60,
        "courses": 80,
        "sections": 168,
        "teachers": 46,
        "periods": 8,
        "teachers_with_unavailable_periods": 13,
    }
    assert {name: figures[name] for name in expected} == expected
    assert 0.11 <= figures["sped_share"] <= 0.13
    assert 3 <= figures["lists_with_alternates"] <= 10
    assert list(faults(grouped, 8)) == []


def test_dedicated_courses_fit_two_periods_and_one_teacher_each(grouped: SchoolTables):
    dedicated = {row["Dedicated Course"]: row["Teacher ID"] for row in rows(grouped, TEACHERS)}
    asked = Counter(wish[0] for wishes in requests(grouped).values() for wish in wishes)
    for course in ("Medical Career", "Heroes Teach"):
        sections = [row for row in rows(grouped, SECTIONS) if row["Course ID"] == course]
        assert [row["# of Seats Available"] for row in sections] == ["15", "15"]
        assert {row["Teacher Assigned"] for row in sections} == {dedicated[course]}
        theirs = [row for row in rows(grouped, SECTIONS) if row["Teacher Assigned"] == dedicated[course]]
        assert len(theirs) == 2
        assert 20 <= asked[course] <= 30
        assert dedicated[course] not in grouped.column(UNAVAILABLE, "Teacher ID")


def test_sports_med_can_be_held_once_a_period(grouped: SchoolTables):
    sections = [row for row in rows(grouped, SECTIONS) if row["Course ID"] == "Sports Med"]
    assert len(sections) == 5


def test_some_courses_have_a_section_more_than_they_need(grouped: SchoolTables):
    asked = Counter(wish[0] for wishes in requests(grouped).values() for wish in wishes)
    seats = defaultdict(list)
    for row in rows(grouped, SECTIONS):
        seats[row["Course ID"]].append(int(row["# of Seats Available"]))
    low = {course for course, each in seats.items() if asked[course] < 0.75 * sum(each)}
    surplus = {course for course in low if asked[course] <= sum(seats[course][1:])}
    assert len(low) >= 4
    assert len(surplus) >= 3


def test_quirks_are_those_of_real_offices(grouped: SchoolTables):
    away = grouped.column(UNAVAILABLE, "Unavailable Periods")
    assert any("," in text for text in away)
    assert any(";" in text for text in away)
    assert set(grouped.column(STUDENTS, "SPED")) == {"Yes", "No", "Y", "N"}
    loads = Counter(grouped.column(SECTIONS, "Teacher Assigned"))
    behind = [r for r in rows(grouped, TEACHERS) if int(r["Current Load"]) != loads[r["Teacher ID"]]]
    assert {row["Dedicated Course"] for row in behind} == {"Medical Career", "Heroes Teach"}
    plain = generate_school(students=480, seed=24, request_lists=60)
    assert not any("," in text for text in plain.column(UNAVAILABLE, "Unavailable Periods"))
    assert set(plain.column(STUDENTS, "SPED")) == {"Yes", "No"}


# Tiny High, by brute force -----------------------------------------------------------------------------


def read_sample(name: str) -> list[dict[str, str]]:
    with (SAMPLES / "tiny_high" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def master_schedules(periods: list[str]) -> Iterator[dict[str, str]]:
    """Yield every placement of all sections in which no teacher is in two places or unavailable."""
    sections = read_sample(SECTIONS)
    away = {row["Teacher ID"]: row["Unavailable Periods"].split(";") for row in read_sample(UNAVAILABLE)}
    for places in product(periods, repeat=len(sections)):
        busy = {(row["Teacher Assigned"], period) for row, period in zip(sections, places, strict=True)}
        if len(busy) == len(sections) and not any(p in away.get(teacher, ()) for teacher, p in busy):
            yield {row["Section ID"]: period for row, period in zip(sections, places, strict=True)}


def ways(
    wishes: list[str], placed: dict[str, str], most: int
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield the sections a student can attend at once, and the courses lost, at most ``most`` of them."""
    by_course = defaultdict(list)
    for row in read_sample(SECTIONS):
        by_course[row["Course ID"]].append(row["Section ID"])
    for choice in product(*([*by_course[course], None] for course in wishes)):
        taken = [section for section in choice if section is not None]
        lost = tuple(course for course, section in zip(wishes, choice, strict=True) if section is None)
        if len(lost) <= most and len({placed[section] for section in taken}) == len(taken):
            yield tuple(taken), lost


def losses(placed: dict[str, str], most: int) -> set[tuple[str, ...]]:
    """Return every set of requests, by student's list and course, whose loss lets all others be met."""
    seats = {row["Section ID"]: int(row["# of Seats Available"]) for row in read_sample(SECTIONS)}
    names = list(seats)
    states: set[tuple[tuple[int, ...], tuple[str, ...]]] = {((0,) * len(names), ())}
    for row in read_sample(PREFERENCES):
        text = row["Preferred Sections"]
        options = list(ways(text.split(";"), placed, most))
        after = set()
        for used, lost in states:
            for taken, missed in options:
                more = tuple(sorted((*lost, *(f"{course} of {text}" for course in missed))))
                filled = tuple(count + (name in taken) for name, count in zip(names, used, strict=True))
                if len(more) <= most and all(
                    count <= seats[name] for name, count in zip(names, filled, strict=True)
                ):
                    after.add((filled, more))
        states = after
    return {lost for _, lost in states}


@pytest.fixture(scope="session")
def tiny_answers() -> dict[tuple[str, ...], dict[str, str]]:
    """What may be lost in Tiny High when at most one request is, each with a master schedule."""
    periods = [row["period_name"] for row in read_sample(PERIODS)]
    schedules = list(master_schedules(periods))
    # T01's four sections in any order, Biology anywhere, Art anywhere but in R1.
    assert len(schedules) == 24 * 4 * 3
    return {lost: placed for placed in schedules for lost in losses(placed, 1)}


def test_tiny_high_meets_37_of_38_and_no_more(tiny_answers: dict[tuple[str, ...], dict[str, str]]):
    assert sum(len(row["Preferred Sections"].split(";")) for row in read_sample(PREFERENCES)) == 38
    assert {len(lost) for lost in tiny_answers} == {1}


def test_tiny_high_loses_art_or_english_of_a_student_who_asks_for_everything(
    tiny_answers: dict[tuple[str, ...], dict[str, str]],
):
    everything = "English;World History;Biology;Art"
    assert set(tiny_answers) == {(f"Art of {everything}",), (f"English of {everything}",)}


def test_tiny_high_has_seats_for_all_requests():
    seats = Counter[str]()
    for row in read_sample(SECTIONS):
        seats[row["Course ID"]] += int(row["# of Seats Available"])
    asked = Counter(
        course for row in read_sample(PREFERENCES) for course in row["Preferred Sections"].split(";")
    )
    assert all(asked[course] <= seats[course] for course in asked)


def test_the_timetable_printed_for_tiny_high_is_an_answer():
    placed = {"HIS-1": "R1", "BIO-1": "R1", "ENG-1": "R2", "ART-1": "R2", "ENG-2": "G1", "HIS-2": "G2"}
    assert ("Art of English;World History;Biology;Art",) in losses(placed, 1)
