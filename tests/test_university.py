"""A university's files as a problem: every row has its say, and breaking it is told."""

from __future__ import annotations

import csv
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tiny_universities import (
    GOOD,
    course,
    enrolled,
    person,
    placed,
    room,
    section,
    small,
    student,
    times,
)
from tiny_universities import university as made

from echelon_lib import evaluate, load_university
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.errors import DataError, EchelonError, Issue
from echelon_lib.domain.problem import Problem
from echelon_lib.formats.calendar_files import calendars_of
from echelon_lib.formats.university_records import (
    CALENDAR,
    COLUMNS,
    COURSES,
    DEPARTMENTS,
    ENROLMENTS,
    FACULTY,
    FACULTY_TIMES,
    PROGRAMMES,
    ROOMS,
    SECTIONS,
    STUDENTS,
    CalendarRecord,
    UniversityFiles,
)
from echelon_lib.formats.university_writing import write_university_files
from echelon_lib.generate.university.generator import generate_university
from echelon_lib.preflight import Finding, preflight
from echelon_lib.schools import School
from echelon_lib.university import University, UniversityRules, university_of
from echelon_lib.university_rules import VARIANTS

ROOT = Path(__file__).resolve().parents[1]
OFF = UniversityRules.from_mapping(
    {"kinds": dict.fromkeys(VARIANTS["Balanced"].model_dump()["kinds"], "off")}
)


def only(rule: str, kind: Any) -> UniversityRules:
    """Rules of which one has a kind and all others are off."""
    kinds = {**dict.fromkeys(OFF.model_dump()["kinds"], "off"), rule: kind}
    return UniversityRules.from_mapping({"kinds": kinds})


def findings_at(problem: Problem, file: str) -> list[Finding]:
    return [finding for finding in preflight(problem) if finding.place.startswith(file)]


@pytest.fixture(scope="module")
def university() -> Problem:
    """The small university with the usual rules."""
    return made()


def test_the_week_has_named_hours(university: Problem) -> None:
    calendar = university.calendar
    assert (calendar.days, calendar.slots, calendar.weeks) == (("Mon", "Tue"), 4, 1)
    assert [period.name for period in calendar.periods[:5]] == [
        *("Mon 09:00", "Mon 10:00", "Mon 11:00", "Mon 12:00", "Tue 09:00")
    ]
    half = CalendarRecord(day="Sat", slots=3, first="08:30", minutes=45, row=2)
    names = [period.name for period in made(calendar=[half], faculty_times=[]).calendar.periods]
    assert names == ["Sat 08:30", "Sat 09:15", "Sat 10:00"]


def test_courses_parts_sections_and_meetings(university: Problem) -> None:
    tree = {
        course.id: {part.id: [section.id for section in part.sections] for part in course.parts}
        for course in university.courses
    }
    assert tree == {
        "ALG": {"ALG Lecture": ["ALG-1"]},
        "GEN": {"GEN Lecture": ["GEN-1"], "GEN Lab": ["GEN-1L"]},
    }
    assert list(university.meetings) == ["ALG-1#1", "ALG-1#2", "GEN-1#1", "GEN-1L#1"]
    assert university.course["ALG"].tags == {"Core"}
    assert university.course["GEN"].tags == {"Open elective"}
    assert university.sections["GEN-1"].tags == {"Lecture"}
    assert university.sections["GEN-1L"].tags == {"Lab"}
    assert university.sections["GEN-1L"].department == "BIO"


def test_lengths_and_domains_are_shared(university: Problem) -> None:
    first, second, gen, lab = university.meetings.values()
    assert {time.length for time in first.times} == {1}
    assert len(first.times) == 8
    assert {time.length for time in lab.times} == {2}
    assert [time.start for time in lab.times] == [0, 1, 2, 0, 1, 2]  # none runs over the end of a day
    assert first.times is second.times is gen.times
    assert first.rooms is second.rooms


def test_rooms_have_the_features_and_are_ordered_by_seats(university: Problem) -> None:
    assert university.meetings["ALG-1#1"].rooms == ("nook", "lab", "hall")
    assert university.meetings["GEN-1#1"].rooms == ("hall",)
    assert university.meetings["GEN-1L#1"].rooms == ("lab",)
    more = made(
        sections=[section("ALG-1", features=frozenset({"Wet lab"}))], enrolments=[enrolled("zoe", "ALG-1")]
    )
    assert more.meetings["ALG-1#1"].rooms == ("lab",)


def test_people_are_attendees(university: Problem) -> None:
    assert university.sections["ALG-1"].attendees == ("Ada", "batch", "zoe")
    assert university.sections["ALG-1"].headcount == 16
    batch = university.attendee["batch"]
    assert (batch.kind, batch.tags, batch.size, batch.department) == ("group", {"BSC", "Year 1"}, 15, "MAT")
    assert university.attendee["Ben"].department == "BIO"
    assert university.requests == ()


def test_the_other_semester_is_left_out_and_said() -> None:
    said = [str(finding) for finding in preflight(made()) if finding.severity == "info"]
    assert said == [
        "info: Courses.csv, column 'Semester': 1 courses of the other semester are not timetabled: ART"
    ]
    assert "ART" in made(semester="even").course
    assert "ALG" in made(semester="even").course  # is held in both
    everything = replace(small(), semester=None)
    assert set(University(everything, UniversityRules()).problem().course) == {"ALG", "GEN", "ART"}


def test_what_was_noticed_while_reading_is_told() -> None:
    note = Issue("a column is carried", "Rooms.csv")
    (finding,) = [f for f in preflight(made(notes=[note])) if f.place == "Rooms.csv"]
    assert (finding.severity, finding.message) == ("info", "a column is carried")


def test_a_good_timetable_keeps_every_required_rule(university: Problem) -> None:
    evaluation = evaluate(university, placed(university, GOOD))
    assert evaluation.feasible
    amounts = {name: term.amount for name, term in evaluation.terms.items()}
    assert amounts == {
        "faculty preference": 0,
        "student gaps": 0,
        "faculty gaps": 0,
        "same-day repeats": 0,
        "empty seats": 25 + 5 * 2,  # 15 people in the hall for an hour, in the lab for two
        "rooms of a section": 0,
        "peak load": 5,
    }
    assert evaluation.cost == (40,)


@pytest.mark.parametrize(
    ("rule", "before", "after", "name", "amount"),
    [
        ("faculty_availability", "ALG-1#1 Mon 11:00", "ALG-1#1 Mon 10:00", "faculty availability", 1),
        ("faculty_preference", "GEN-1#1 Tue 10:00", "GEN-1#1 Mon 12:00", "faculty preference", 1),
        ("faculty_preference", "GEN-1L#1 Tue 11:00", "GEN-1L#1 Mon 09:00", "faculty preference", 2),
        ("faculty_preference", "ALG-1#1 Mon 11:00", "ALG-1#1 Mon 10:00", "faculty preference", 1),
        (
            "student_gaps",
            "ALG-1#1 Mon 11:00 nook, ALG-1#2 Tue 09:00",
            "ALG-1#1 Mon 11:00 nook, ALG-1#2 Mon 09:00",
            "student gaps",
            16,
        ),
        ("faculty_gaps", "GEN-1#1 Tue 10:00", "GEN-1#1 Tue 09:00", "faculty gaps", 1),
        ("same_day_repeats", "ALG-1#2 Tue 09:00", "ALG-1#2 Mon 12:00", "same-day repeats", 1),
        ("empty_seats", "ALG-1#2 Tue 09:00 nook", "ALG-1#2 Tue 09:00 lab", "empty seats", 25 + 10 + 4),
        ("rooms_of_a_section", "ALG-1#2 Tue 09:00 nook", "ALG-1#2 Tue 09:00 lab", "rooms of a section", 1),
        ("peak_load", "ALG-1#2 Tue 09:00", "ALG-1#2 Tue 11:00", "peak load", 7),
        ("hours_of_a_section", "ALG-1#2 Tue 09:00", "ALG-1#2 Tue 12:00", "hours of a section", 1),
        ("hours_of_a_section", "ALG-1#2 Tue 09:00", "ALG-1#2 Tue 11:00", "hours of a section", 0),
        ("building_travel", "ALG-1#2 Tue 09:00 nook", "ALG-1#2 Tue 09:00 hall", "building travel", 0),
    ],
)
def test_each_rule_reaches_the_evaluator(rule: str, before: str, after: str, name: str, amount: int) -> None:
    assert before in GOOD
    price = 1 if rule in ("peak_load", "empty_seats") else 7
    for kind, expected in (({"priced": price}, amount * price), ("off", None)):
        problem = made(only(rule, kind))
        evaluation = evaluate(problem, placed(problem, GOOD.replace(before, after)))
        if expected is None:
            assert name not in evaluation.terms
            assert name not in evaluation.required
        else:
            assert evaluation.terms[name].cost == expected
            assert evaluation.cost == (expected,)
    if rule != "peak_load":
        required = made(only(rule, "required"))
        found = evaluate(required, placed(required, GOOD.replace(before, after))).required
        assert found.get(name, 0) == amount


def test_an_id_of_two_people_is_told_without_it() -> None:
    with pytest.raises(DataError) as error:
        made(students=[student("batch", 15), student("zoe"), student("Cy")])
    assert "the faculty of Faculty.csv, row 2, have the same id" in str(error.value)
    assert "Cy" not in str(error.value)


def test_calendars_and_checks_say_of_which_term_they_are() -> None:
    problem = made(academic_year="2026/27")
    timetable = placed(problem, GOOD)
    texts = calendars_of(problem, timetable, ids=["Ada"], first=date(2026, 9, 7), weeks=15)
    assert "X-WR-CALNAME:Ada (2026/27 odd semester)\r\n" in texts["teacher-Ada.ics"]
    assert university_of(problem).files.summary()[0] == "term: 2026/27 odd semester"


def days(*days: tuple[str, str]) -> list[CalendarRecord]:
    return [
        CalendarRecord(day=day, slots=4, first=first, minutes=60, row=row)
        for row, (day, first) in enumerate(days, start=2)
    ]


@pytest.mark.parametrize(
    ("week", "first", "begins"),
    [
        (("Mon", "Tue"), date(2026, 9, 7), {"Mon": "20260907", "Tue": "20260908"}),
        (("Mon", "Tue"), date(2026, 9, 9), {"Mon": "20260914", "Tue": "20260915"}),
        (("Sunday", "monday"), date(2026, 9, 7), {"Sunday": "20260913", "monday": "20260907"}),
        (("A", "B"), date(2026, 9, 9), {"A": "20260909", "B": "20260910"}),
    ],
    ids=["from Monday", "from Wednesday", "from Sunday to Monday", "days without weekdays"],
)
def test_sessions_of_calendars_are_on_their_weekdays(
    week: tuple[str, str], first: date, begins: dict[str, str]
) -> None:
    problem = made(calendar=days((week[0], "09:00"), (week[1], "10:30")), faculty_times=[])
    timetable = placed(problem, f"ALG-1#1 {week[0]} 11:00 nook, ALG-1#2 {week[1]} 10:30 nook")
    (text,) = calendars_of(problem, timetable, ids=["Ada"], first=first, weeks=2).values()
    assert re.findall(r"DTSTART:(\w+)", text) == [begins[week[0]] + "T110000", begins[week[1]] + "T103000"]


def test_days_may_begin_at_different_hours() -> None:
    problem = made(calendar=days(("Mon", "09:00"), ("Tue", "10:30")), faculty_times=[])
    names = [problem.calendar.name(Time(0, 2, days=1 << day)) for day in (0, 1)]
    assert names == ["Mon 09:00-11:00", "Tue 10:30-12:30"]
    assert problem.calendar.hours(Time(1, 1, days=3)) == ("slot 2", "slot 2")


def test_calendars_of_like_names_are_all_there() -> None:
    problem = made(students=[*small().students, student("Bö"), student("Bü")])
    texts = calendars_of(problem, placed(problem, GOOD), kinds=["group"], first=date(2026, 9, 7), weeks=2)
    assert {"group-B_.ics", "group-B_-2.ics"} <= texts.keys()


def test_students_who_change_buildings_pay_for_it() -> None:
    problem = made(only("building_travel", {"priced": 1}))
    assert evaluate(problem, placed(problem, GOOD)).terms["building travel"].amount == 15  # nook to hall


def test_hours_of_a_section_are_those_of_its_lectures() -> None:
    labs = (course("ALG", 2), course("GEN", 1, 2, lab_slots=1))
    words = "ALG-1#1 Mon 11:00 nook, ALG-1#2 Tue 09:00 nook, GEN-1L#1 Mon 09:00 lab, GEN-1L#2 Tue 12:00 lab"
    problem = made(only("hours_of_a_section", {"priced": 1}), courses=labs, sections=small().sections[:3])
    evaluation = evaluate(problem, placed(problem, words))
    (said,) = [one.sentence for one in evaluation.violations() if one.rule == "hours of a section"]
    assert said == "ALG-1 (ALG) begins at 2 hours of the day: 09:00, 11:00."
    nothing_but_labs = made(
        only("hours_of_a_section", "required"), courses=labs, sections=small().sections[2:3], enrolments=[]
    )
    assert nothing_but_labs.constraints == ()


def test_capacity_and_hours_are_required() -> None:
    problem = made()
    crowded = made(students=[student("batch", 40), student("zoe")])
    evaluation = evaluate(crowded, placed(crowded, GOOD))
    assert evaluation.required == {"room capacity": 25 + 25 + 20}
    tired = made(faculty=[person("Ada", 1, "ALG"), person("Ben", 8, "GEN")])
    assert evaluate(tired, placed(tired, GOOD)).required == {"faculty hours": 1}
    assert evaluate(problem, placed(problem, GOOD)).required == {}


@pytest.mark.parametrize(
    ("before", "after", "broken"),
    [
        ("ALG-1#2 Tue 09:00", "ALG-1#2 Tue 10:00", "group clash"),
        ("GEN-1L#1 Tue 11:00", "GEN-1L#1 Tue 10:00", "teacher clash"),
        (
            "ALG-1#1 Mon 11:00 nook, ALG-1#2 Tue 09:00 nook",
            "ALG-1#1 Mon 11:00 nook, ALG-1#2 Mon 11:00 nook",
            "room clash",
        ),
        ("GEN-1#1 Tue 10:00 hall", "GEN-1#1 Tue 10:00 nook", "placement outside the allowed times or rooms"),
        (", GEN-1L#1 Tue 11:00 lab", "", "unplaced meetings"),
    ],
)
def test_what_every_timetable_keeps(university: Problem, before: str, after: str, broken: str) -> None:
    assert before in GOOD
    assert evaluate(university, placed(university, GOOD.replace(before, after))).required[broken] == 1


def test_who_prefers_nothing_prefers_every_hour_not_away() -> None:
    problem = made(only("faculty_preference", {"priced": 1}))
    for hour, amount in (("Mon 09:00", 1), ("Mon 10:00", 1), ("Mon 12:00", 0), ("Tue 12:00", 0)):
        timetable = placed(problem, f"ALG-1#1 {hour} nook")
        assert evaluate(problem, timetable).terms["faculty preference"].amount == amount


def test_a_preferred_hour_in_which_one_is_away_is_none() -> None:
    both = [times("Ada", "Mon", 0, 1, "away"), times("Ada", "Mon", 0, 2, "preferred")]
    problem = made(only("faculty_preference", {"priced": 1}), faculty_times=both)
    for hour, amount in (("Mon 10:00", 1), ("Mon 11:00", 0)):
        timetable = placed(problem, f"ALG-1#1 {hour} nook")
        assert evaluate(problem, timetable).terms["faculty preference"].amount == amount


def test_all_prices_are_of_one_level(university: Problem) -> None:
    rules = [rule.enforcement for rule in university.constraints]
    assert {rule.level for rule in rules if rule.priced} == {1}
    assert evaluate(university, placed(university, GOOD)).cost == (40,)


def test_a_problem_can_be_made_anew(university: Problem) -> None:
    source = university_of(university)
    assert source.problem() == university
    assert source.name == "small"
    named = University(source.files, UniversityRules(name="Small University")).problem()
    assert named.name == "Small University"


def test_a_school_is_no_university(university: Problem) -> None:
    with pytest.raises(
        EchelonError, match=r"small was not made of the files of a university\n  Maybe read it"
    ):
        university_of(replace(university, source=None))
    assert not isinstance(university.source, School)


def test_students_and_faculty_of_one_name_are_refused_at_once() -> None:
    alike = {"students": [student("Ada"), student("Ben", 3)], "enrolments": []}
    with pytest.raises(DataError) as error:
        made(**alike)
    assert [issue.value for issue in error.value.issues] == ["Ada", "Ben"]
    assert error.value.issues[0].place == "Students.csv, row 2, column 'Student ID'"


def test_enrolments_of_one_student_in_several_rows_add_up() -> None:
    rows = [enrolled("zoe", "ALG-1"), enrolled("zoe", "GEN-1", "ALG-1")]
    problem = made(enrolments=rows)
    assert problem.sections["ALG-1"].attendees == ("Ada", "zoe")
    assert problem.sections["GEN-1"].attendees == ("Ben", "zoe")


def test_a_course_without_sections_stays_a_course() -> None:
    problem = made(courses=[*small().courses, course("SET", 1)])
    assert problem.course["SET"].parts == ()


def test_a_generated_university_comes_through_its_folder(tmp_path: Path) -> None:
    invented = generate_university(2, seed=3)
    invented.write(tmp_path / "college")
    problem = load_university(tmp_path / "college", UniversityRules(variant="Faculty-focused"))
    assert problem.name == "college"
    assert {rule.name for rule in problem.constraints} >= {"faculty hours", "student gaps", "peak load"}
    files: UniversityFiles = invented.files
    held = {course.id for course in files.courses if files.is_held(course)}
    assert set(problem.sections) == {row.id for row in files.sections if row.course in held}
    assert not [finding for finding in preflight(problem) if finding.severity == "error"]


def test_who_teaches_without_being_qualified_is_told() -> None:
    rows = [section("ALG-1", faculty="Ben"), section("GEN-1", faculty="Ben")]
    both = [enrolled("batch", "ALG-1"), enrolled("zoe", "ALG-1")]
    (finding,) = findings_at(made(sections=rows, enrolments=both), "Sections.csv")
    assert (finding.severity, finding.place) == ("warning", "Sections.csv, row 2, column 'Faculty ID'")
    assert finding.message == "Ben teaches ALG-1, but Faculty.csv does not name ALG among the courses"


# Every column -------------------------------------------------------------------------------------------


def described() -> dict[tuple[str, str], str]:
    """Where each column of a university goes, as ``data/README.md`` says."""
    found: dict[tuple[str, str], str] = {}
    file = ""
    page = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    for line in page.partition("# The data of a university")[2].splitlines():
        if line.startswith("## "):
            file = line[3:].strip()
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and file in COLUMNS and cells[0] != "Column" and set(cells[0]) != {"-"}:
            found[file, cells[0]] = cells[-1]
    return found


DESCRIBED = described()
EDITS: dict[tuple[str, str], str] = {
    (CALENDAR, "Day"): "Wed", (CALENDAR, "Slots"): "5", (CALENDAR, "First Slot"): "08:00",
    (CALENDAR, "Slot Minutes"): "45", (CALENDAR, "Academic Year"): "2031/32", (CALENDAR, "Semester"): "even",
    (DEPARTMENTS, "Department ID"): "PHY", (DEPARTMENTS, "Name"): "Other", (DEPARTMENTS, "School"): "Other",
    (PROGRAMMES, "Programme ID"): "BA", (PROGRAMMES, "Department ID"): "BIO", (PROGRAMMES, "Name"): "Other",
    (PROGRAMMES, "Years"): "1", (COURSES, "Course ID"): "ALGEBRA", (COURSES, "Department ID"): "BIO",
    (COURSES, "Lectures"): "1", (COURSES, "Labs"): "2", (COURSES, "Name"): "Other", (COURSES, "Credits"): "9",
    (COURSES, "Lecture Slots"): "2", (COURSES, "Lab Slots"): "1", (COURSES, "Lecture Features"): "Projector",
    (COURSES, "Lab Features"): "Projector", (COURSES, "Semester"): "even", (COURSES, "Kind"): "open elective",
    (SECTIONS, "Section ID"): "ALG-9", (SECTIONS, "Course ID"): "SET", (SECTIONS, "Part"): "Lab",
    (SECTIONS, "Faculty ID"): "Cy", (SECTIONS, "Features"): "Projector", (SECTIONS, "Seats"): "15",
    (FACULTY, "Faculty ID"): "Eve", (FACULTY, "Department ID"): "BIO", (FACULTY, "Maximum Hours"): "3",
    (FACULTY, "Courses"): "GEN", (FACULTY, "Name"): "Other", (FACULTY_TIMES, "Faculty ID"): "Cy",
    (FACULTY_TIMES, "Day"): "Tue", (FACULTY_TIMES, "From Slot"): "2", (FACULTY_TIMES, "To Slot"): "3",
    (FACULTY_TIMES, "Kind"): "preferred", (ROOMS, "Room ID"): "aula", (ROOMS, "Capacity"): "39",
    (ROOMS, "Building"): "North", (ROOMS, "Features"): "Projector;Piano", (STUDENTS, "Student ID"): "crowd",
    (STUDENTS, "Programme ID"): "BBIO", (STUDENTS, "Year"): "2", (STUDENTS, "Size"): "14",
    (ENROLMENTS, "Student ID"): "zed", (ENROLMENTS, "Sections"): "ALG-1",
}  # fmt: skip
"""For each column what its first row says instead."""
WEEKLY = {(CALENDAR, column) for column in ("Slots", "Slot Minutes", "Academic Year", "Semester")}
"""Columns that say the same in all rows."""
LABS = {(COURSES, "Labs"), (COURSES, "Lab Slots"), (COURSES, "Lab Features")}
"""Columns about labs, of which the first course has none."""
NAMED = {(CALENDAR, "First Slot"), (CALENDAR, "Slot Minutes")}
"""Columns that decide nothing but what hours are called."""


def every_column() -> UniversityFiles:
    """The small university with something in every column, with one more of whatever an edit may refer to."""
    files = small()
    return replace(
        files,
        academic_year="2026/27",
        departments=tuple(replace(row, name="Sciences", school="North") for row in files.departments),
        programmes=(
            *(replace(row, name="Bachelor", years=3) for row in files.programmes),
            replace(files.programmes[0], id="BBIO"),
        ),
        courses=(
            *(replace(row, name="A course", credits=6) for row in files.courses),
            course("SET", 1, 1, credits=3),
        ),
        sections=tuple(replace(row, seats=20, features=frozenset({"Chairs"})) for row in files.sections),
        faculty=tuple(replace(row, name="Somebody") for row in files.faculty),
        rooms=tuple(replace(row, features=row.features | {"Chairs"}) for row in files.rooms),
        students=(*files.students, student("zed", year=2)),
    )


def outcome(folder: Path) -> tuple[Problem, list[str]]:
    problem = load_university(folder)
    return replace(problem, name=""), [str(finding) for finding in preflight(problem)]


def test_the_page_describes_the_columns_that_are_read() -> None:
    read = {(file, column) for file, (needed, more) in COLUMNS.items() for column in (*needed, *more)}
    assert set(DESCRIBED) == read == set(EDITS)
    assert set(DESCRIBED.values()) == {"evaluator", "preflight", "display"}


@pytest.mark.parametrize(("file", "column"), EDITS, ids=str)
def test_every_column_goes_where_the_page_says(file: str, column: str, tmp_path: Path) -> None:
    """What one cell says changes the problem, what is found before solving, or nothing but what is shown."""
    before, after = tmp_path / "before", tmp_path / "after"
    write_university_files(every_column(), before)
    shutil.copytree(before, after)
    with (before / file).open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    new = EDITS[file, column]
    first = 1 if (file, column) in LABS else 0
    old = rows[first][column]
    assert old != new
    for row in rows if (file, column) in WEEKLY else rows[first : first + 1]:
        row[column] = new
    with (after / file).open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    faults: tuple[Issue, ...] = ()
    try:
        changed = outcome(after)
    except DataError as error:
        faults = error.issues
    if faults:  # other files refer to it: they say so, and the evaluator has it from there
        assert column.endswith("ID") or column in {"Day", "Lectures", "Part"}
        assert column in {"Lectures", "Part"} or any(issue.value == old for issue in faults)
        assert DESCRIBED[file, column] == "evaluator"
        return
    problem, found = outcome(before)
    if (file, column) in NAMED:
        assert DESCRIBED[file, column] == "display"
        assert changed[0].calendar.times == problem.calendar.times
    elif DESCRIBED[file, column] == "evaluator":
        assert changed[0] != problem
    elif DESCRIBED[file, column] == "preflight":
        assert changed != (problem, found)
    else:
        assert changed == (problem, found)


def test_rooms_without_a_feature_that_is_needed() -> None:
    problem = made(rooms=[room("hall", 40, "South", "Projector"), room("typo", 20, "South", "Wet labs")])
    assert problem.meetings["GEN-1L#1"].times == ()  # it may be nowhere, which is not the same as anywhere
    errors = [finding for finding in preflight(problem) if finding.severity == "error"]
    assert [finding.message for finding in errors] == [
        "1 section of GEN (GEN-1L) can be nowhere: no room has all the features that are needed."
    ]
    (remark,) = [finding for finding in preflight(problem) if finding.place.startswith("Sections.csv")]
    assert remark.message == "section GEN-1L (GEN) needs Wet lab: no room has Wet lab"
    assert remark.suggestion == "'Wet labs' was meant?"
    two = made(
        courses=[course("GEN", 1, lecture_features=frozenset({"Projector", "Wet lab"}))],
        sections=[section("GEN-1", faculty="Ben")],
        enrolments=[],
    )
    (remark,) = [finding for finding in preflight(two) if finding.place.startswith("Sections.csv")]
    assert remark.message == "section GEN-1 (GEN) needs Projector, Wet lab: no single room has all of it"
