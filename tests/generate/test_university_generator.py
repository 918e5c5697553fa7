"""Made-up universities: as large as they should be, alike by seed, with a timetable that keeps every rule."""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from echelon_lib.formats.university_csv import read_university_files
from echelon_lib.formats.university_records import COLUMNS, PLANTED_TIMETABLE, UniversityFiles
from echelon_lib.generate.university.draws import Dice
from echelon_lib.generate.university.generator import GeneratedUniversity, generate_university
from echelon_lib.generate.university.naming import department_names, letters
from echelon_lib.generate.university.reference import REFERENCE, Size, reference_size
from echelon_lib.generate.university.statistics import university_statistics

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "data" / "samples" / "small_college"
FIGURES = {
    "courses": "courses",
    "lecture_sections": "sections",
    "sessions": "sessions",
    "hours": "hours",
    "students": "students",
    "seat_entries": "entries",
    "faculty": "faculty",
    "rooms": "rooms",
}
LECTURE_ROOMS = 0.81 / 0.765
"""Use of lecture rooms by that of all rooms, as the reference of 127 departments has it."""


@cache
def made(departments: int, seed: int = 1, chosen_faculty: int = 0) -> GeneratedUniversity:
    return generate_university(departments, seed=seed, chosen_faculty=chosen_faculty)


# The planted timetable ---------------------------------------------------------------------------------


def faults(university: GeneratedUniversity) -> Counter[str]:
    """Count what is wrong with the planted timetable, rule by rule, by looking at every hour of everybody."""
    files, found = university.files, Counter[str]()
    days = [day.day for day in files.calendar]
    courses = {course.id: course for course in files.courses}
    sections = {section.id: section for section in files.sections}
    rooms = {room.id: room for room in files.rooms}
    faculty = {one.id: one for one in files.faculty}
    people = {one.id: one.size for one in files.students}
    present: Counter[str] = Counter()
    for row in files.enrolments:
        present.update(dict.fromkeys(row.sections, people[row.student]))
    away = {
        (row.faculty, days.index(row.day), slot)
        for row in files.faculty_times
        if row.kind == "away"
        for slot in range(row.first, row.last + 1)
    }
    wanted: list[str] = []
    for section in files.sections:
        course = courses[section.course]
        meetings = course.lectures if section.part == "Lecture" else course.labs
        wanted += [f"{section.id}#{number}" for number in range(1, meetings + 1)]
    found["missing or twice"] = sum(
        (Counter(wanted) - Counter(one.session for one in university.planted)).values()
    ) + abs(len(wanted) - len(university.planted))

    used: Counter[tuple[str, str, int, int]] = Counter()
    taught: Counter[str] = Counter()
    hours: dict[str, list[tuple[int, int]]] = {name: [] for name in sections}
    for one in university.planted:
        section, room = sections[one.section], rooms[one.room]
        course = courses[section.course]
        lecture = section.part == "Lecture"
        features = (course.lecture_features if lecture else course.lab_features) | section.features
        found["length"] += one.length != (course.lecture_slots if lecture else course.lab_slots)
        found["end of day"] += one.slot + one.length > files.calendar[one.day].slots
        found["features"] += not features <= room.features
        found["capacity"] += present[one.section] > room.capacity
        found["faculty given"] += section.faculty not in (None, one.faculty)
        found["qualified"] += section.course not in faculty[one.faculty].courses
        taught[one.faculty] += one.length
        for slot in range(one.slot, one.slot + one.length):
            used["room", one.room, one.day, slot] += 1
            used["faculty", one.faculty, one.day, slot] += 1
            found["away"] += (one.faculty, one.day, slot) in away
            hours[one.section].append((one.day, slot))
    for (kind, *_), count in used.items():
        found[f"{kind} clash"] += count - 1
    for row in files.enrolments:
        own = [hour for name in row.sections for hour in hours[name]]
        found["student clash"] += len(own) - len(set(own))
    found["maximum hours"] = sum(taught[name] > faculty[name].maximum for name in taught)
    return +found


@pytest.mark.parametrize(
    ("departments", "seed"),
    [*((1, seed) for seed in range(3)), (2, 3), (3, 0), *((5, seed) for seed in range(12)), (20, 0), (20, 3)],
)
def test_the_planted_timetable_keeps_every_rule(departments: int, seed: int) -> None:
    assert faults(made(departments, seed)) == {}


def test_a_large_university_is_planted_as_well() -> None:
    university = made(127, 3)
    assert faults(university) == {}
    assert_near(university_statistics(university.files), REFERENCE[127])


BREAKS = {
    "room clash": lambda one, other: replace(one, room=other.room, day=other.day, slot=other.slot),
    "faculty clash": lambda one, other: replace(one, faculty=other.faculty, day=other.day, slot=other.slot),
    "end of day": lambda one, _: replace(one, slot=9),
    "length": lambda one, _: replace(one, length=one.length + 1),
    "missing or twice": lambda _, other: other,
    "faculty given": lambda one, other: replace(one, faculty=other.faculty),
}


@pytest.mark.parametrize("rule", BREAKS)
def test_the_check_sees_a_broken_rule(rule: str) -> None:
    university = made(5)
    one, other = next(
        (first, second)
        for first in university.planted
        for second in university.planted
        if first.faculty != second.faculty and first.room != second.room
    )
    place = university.planted.index(one)
    changed = (*university.planted[:place], BREAKS[rule](one, other), *university.planted[place + 1 :])
    assert faults(replace(university, planted=changed))[rule]


def test_the_check_sees_what_the_files_forbid() -> None:
    university = made(5)
    files = university.files
    small = replace(files, rooms=tuple(replace(room, capacity=1) for room in files.rooms))
    bare = replace(files, rooms=tuple(replace(room, features=frozenset()) for room in files.rooms))
    idle = replace(files, faculty=tuple(replace(one, maximum=0, courses=()) for one in files.faculty))
    gone = replace(
        files, faculty_times=tuple(replace(row, kind="away", first=0, last=8) for row in files.faculty_times)
    )
    everybody = tuple(section.id for section in files.sections[:40])
    crowd = replace(files, enrolments=(replace(files.enrolments[0], sections=everybody),))
    for changed, rules in (
        (small, {"capacity"}),
        (bare, {"features"}),
        (idle, {"maximum hours", "qualified"}),
        (gone, {"away"}),
        (crowd, {"student clash"}),
    ):
        assert set(faults(replace(university, files=changed))) == rules


# Size and kind -----------------------------------------------------------------------------------------


def assert_near(statistics: dict[str, int | float], size: Size, *, lecture_rooms: float = 0.05) -> None:
    """Compare with a reference, which knows at 127 departments only how much fuller lecture rooms are."""
    off = {name: statistics[name] / getattr(size, field) - 1 for name, field in FIGURES.items()}
    assert {name: round(part, 3) for name, part in off.items() if abs(part) > 0.05} == {}
    use = size.hours / size.rooms / 45
    assert statistics["room_slot_use"] == pytest.approx(use, rel=0.05)
    assert statistics["lecture_room_use"] == pytest.approx(use * LECTURE_ROOMS, rel=lecture_rooms)


@pytest.mark.parametrize(
    ("departments", "seeds", "lecture_rooms"),
    [(5, 12, 0.3), (20, 4, 0.08), (60, 1, 0.05), (500, 1, 0.05)],
)
def test_figures_are_near_those_of_the_reference(departments: int, seeds: int, lecture_rooms: float) -> None:
    """All within 5 %, but lecture rooms of 20 departments within 8 % and of 5 within 30 %: they are few."""
    for seed in range(seeds):
        statistics = university_statistics(made(departments, seed).files)
        assert statistics["departments"] == statistics["programmes"] == departments
        assert_near(statistics, REFERENCE[departments], lecture_rooms=lecture_rooms)
        shares = [statistics[f"{kind}_share"] for kind in ("core", "department_elective", "open_elective")]
        # The reference has these shares at 127 departments; those of 500 have more courses each.
        near = 0.01 if departments < 500 else 0.035
        assert shares == pytest.approx([0.67, 0.22, 0.11], abs=near)
        assert statistics["distinct_section_sets"] > 0.9 * statistics["students"]
        assert statistics["lecture_room_use"] > statistics["room_slot_use"]


def test_sizes_between_the_reference_ones_are_in_proportion() -> None:
    """All within 5 %, but lecture rooms of 10 departments within 8 %."""
    assert reference_size(127) == REFERENCE[127]
    sizes = [reference_size(departments) for departments in range(1, 1_001)]
    assert all(a.students < b.students and a.courses < b.courses for a, b in pairwise(sizes))
    assert_near(university_statistics(made(10).files), reference_size(10), lecture_rooms=0.08)


def test_statistics_of_a_week_by_hand() -> None:
    files = made(5).files
    first, second = files.enrolments[:2]
    lecture = next(one for one in files.sections if one.part == "Lecture" and one.id in first.sections)
    lab = next(one for one in files.sections if one.part == "Lab")
    course_of = {course.id: course for course in files.courses}
    held = replace(course_of[lecture.course], lectures=3, lecture_slots=1, semester="odd", kind="core")
    of_lab = replace(course_of[lab.course], id="lab", labs=2, lab_slots=2, semester="both", kind=None)
    other = replace(held, id="other", semester="even")
    tiny = replace(
        files,
        courses=(held, of_lab, other),
        sections=(lecture, replace(lab, course="lab"), replace(lecture, id="not held", course="other")),
        students=(files.students[0], replace(files.students[1], size=10)),
        enrolments=(
            replace(first, sections=(lecture.id, lab.id)),
            replace(second, sections=(lecture.id, "not held")),
        ),
        rooms=files.rooms[:4],
    )
    statistics = university_statistics(tiny)
    lecture_rooms = sum("Lecture room" in room.features for room in tiny.rooms)
    assert 0 < lecture_rooms < 4
    assert (statistics["sessions"], statistics["hours"], statistics["courses"]) == (5, 7, 2)
    assert (statistics["lecture_sections"], statistics["lab_sections"]) == (1, 1)
    assert (statistics["students"], statistics["seat_entries"]) == (11, 5 + 10 * 3)
    assert statistics["room_slot_use"] == round(7 / (4 * 45), 3)
    assert statistics["core_share"] == 0.5


def test_what_a_university_is_like() -> None:
    files = made(20).files
    assert [day.day for day in files.calendar] == ["Mon", "Tue", "Wed", "Thu", "Fri"]
    assert {(day.slots, day.first, day.minutes) for day in files.calendar} == {(9, "08:00", 60)}
    attended = Counter(name for row in files.enrolments for name in row.sections)
    labs = {section.id for section in files.sections if section.part == "Lab"}
    assert set(attended) == {section.id for section in files.sections}
    assert max(attended[name] for name in labs) <= 30
    assert max(attended.values()) <= 60
    assert labs
    for name in labs:
        lecture, _, batch = name.rpartition("-L")
        assert lecture in attended
        assert batch.isdecimal()
    given = {section.id: section.faculty for section in files.sections}
    assert all(given[name] == given[name.rpartition("-L")[0]] for name in labs)
    lecture_rooms = [room for room in files.rooms if "Lecture room" in room.features]
    assert 0 < sum("Projector" in room.features for room in lecture_rooms) < len(lecture_rooms)
    assert all(room.features and len(room.features) == 1 for room in files.rooms if room not in lecture_rooms)
    assert all("Lecture room" in course.lecture_features for course in files.courses)
    away = Counter(row.faculty for row in files.faculty_times if row.kind == "away")
    assert 0.9 * len(files.faculty) < len(away)
    for kind in ("students", "faculty", "rooms", "courses", "sections", "departments", "programmes"):
        names = [one.id for one in getattr(files, kind)]
        assert len(names) == len(set(names))


def test_faculty_may_be_left_to_be_chosen() -> None:
    given, open_ = made(5), made(5, chosen_faculty=40)
    empty = {section.id for section in open_.files.sections if section.faculty is None}
    assert 0.25 < len(empty) / len(open_.files.sections) < 0.55
    assert {name.rpartition("-L")[0] for name in empty if "-L" in name} <= empty
    assert open_.planted == given.planted
    assert faults(open_) == {}
    assert not any(section.faculty is None for section in given.files.sections)


# Seeds and files ---------------------------------------------------------------------------------------


def test_a_seed_gives_the_same_university_and_another_one_another() -> None:
    assert generate_university(5, seed=1) == made(5)
    assert made(5, 2).files != made(5).files
    assert made(5, 2).planted != made(5).planted


def test_the_university_does_not_depend_on_the_process() -> None:
    code = (
        "import hashlib; from echelon_lib.generate.university.generator import generate_university as g;"
        "from echelon_lib.formats.university_writing import university_tables as t; one = g(2, seed=5);"
        "print(hashlib.sha256(repr((t(one.files), one.planted)).encode()).hexdigest())"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert len(answers) == 1
    assert len(answers.pop()) == hashlib.sha256().digest_size * 2


def test_draws_never_change() -> None:
    dice = Dice(3, 1)
    assert dice.wholes(8, 100).tolist() == [25, 40, 34, 42, 53, 90, 32, 52]
    assert dice.order(5).tolist() == [3, 4, 2, 1, 0]
    assert sorted(dice.quota({"a": 0.5, "b": 0.3, "c": 0.2}, 10)) == [*"aaaaabbbcc"]
    assert len(dice.quota({"a": 0.5, "b": 0.5}, 7)) == 7


def read_back(folder: Path) -> UniversityFiles:
    return replace(read_university_files(folder), input_hashes={})


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    university = made(5)
    university.write(tmp_path / "plain")
    assert {path.name for path in (tmp_path / "plain").iterdir()} == set(COLUMNS)
    assert read_back(tmp_path / "plain") == university.files
    university.write(tmp_path / "planted", planted=True)
    assert read_back(tmp_path / "planted") == university.files
    with (tmp_path / "planted" / PLANTED_TIMETABLE).open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    assert len(rows) == len(university.planted)
    for row, one in zip(rows, university.planted, strict=True):
        assert row == {
            "Session": one.session,
            "Day": university.files.calendar[one.day].day,
            "Start": f"{8 + one.slot:02d}:00",
            "End": f"{8 + one.slot + one.length:02d}:00",
            "Room": one.room,
            "Faculty": one.faculty,
        }


def content(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_committed_sample_is_what_the_generator_makes(tmp_path: Path) -> None:
    generate_university(5, seed=0).write(tmp_path / "small_college", planted=True)
    again = content(tmp_path / "small_college")
    assert again == content(SAMPLE)
    assert sum(map(len, again.values())) < 300_000


def test_every_column_is_in_the_dictionary() -> None:
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    pages = {
        page.partition("\n")[0]: page
        for page in text.partition("# The data of a university")[2].split("\n## ")
    }
    for file, (required, optional) in COLUMNS.items():
        rows = [line for line in pages[file].splitlines() if line.startswith("| ")][1:]
        described = {row.split(" | ")[0].removeprefix("| "): row.split(" | ")[1] for row in rows}
        assert set(described) == {*required, *optional}
        assert {column for column, kind in described.items() if "optional" in kind} == set(optional)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"departments": 0}, "departments is 0"),
        ({"departments": 1_001}, "from 1 to 1,000"),
        ({"departments": True}, "departments is True"),
        ({"seed": -1}, "from 0 on"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"chosen_faculty": 101}, "from 0 to 100"),
    ],
)
def test_arguments_out_of_range_are_named(arguments: dict[str, int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        generate_university(**arguments)


def test_names_are_different_for_a_thousand_departments() -> None:
    names = department_names(1_000)
    assert len({code for code, _ in names}) == len({name for _, name in names}) == 1_000
    assert [letters(number) for number in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
