"""The files of a university: what is read, what is written, and each fault named with its place and cure."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.formats import university_records as records
from echelon_lib.formats.university_calendar import clock, minutes_of
from echelon_lib.formats.university_csv import UniversityFiles, is_university, read_university_files
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
)
from echelon_lib.formats.university_writing import university_tables, write_university_files

FILES = {
    CALENDAR: (
        "Day,Slots,First Slot,Slot Minutes,Academic Year,Semester\n"
        "Mon,4,08:00,60,2026/27,odd\nTue,4,8:30,60,2026/27,odd\n"
    ),
    DEPARTMENTS: "Department ID,Name,School\nPHY,Physics,Science\nART,,\n",
    PROGRAMMES: "Programme ID,Department ID,Name,Years\nBA-PHY,PHY,Bachelor of Physics,3\nBA-ART,ART,,\n",
    COURSES: (
        "Course ID,Department ID,Lectures,Labs,Name,Credits,Lecture Slots,Lab Slots,Lecture Features,"
        "Lab Features,Semester,Kind\n"
        "PHY1,PHY,2,1,Mechanics,6,1,2,Lecture room,Physics lab;Sink,odd,core\n"
        "ART1,ART,1,0,,,,,,,,Open Elective\n"
        "ART2,ART,1,0,,,2,,,,even,\n"
    ),
    SECTIONS: (
        "Section ID,Course ID,Part,Faculty ID,Features,Seats\n"
        "PHY1-A,PHY1,Lecture,F1,Projector,30\nPHY1-A-L1,PHY1,lab,F1,,\nART1-A,ART1,Lecture,,,\n"
        "ART2-A,ART2,Lecture,TBD,,\n"
    ),
    FACULTY: (
        "Faculty ID,Department ID,Maximum Hours,Courses,Name\nF1,PHY,10,PHY1,A. Lomir\nF2,ART,4,ART1;ART2,\n"
    ),
    FACULTY_TIMES: "Faculty ID,Day,From Slot,To Slot,Kind\nF1,Mon,1,2,away\nF1,Tue,1,4,preferred\n",
    ROOMS: "Room ID,Capacity,Building,Features\nB01-101,40,B01,Lecture room;Projector\nX,12,,\n",
    STUDENTS: "Student ID,Programme ID,Year,Size\nS1,BA-PHY,1,\nS2,BA-ART,2,12\n",
    ENROLMENTS: "Student ID,Sections\nS1,PHY1-A;PHY1-A-L1;ART1-A\nS2,ART1-A\n",
}
Edit = Callable[[Path], object]


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A folder of a university with three courses, four sections and two rows of students."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def swap(name: str, old: str, new: str) -> Edit:
    """Replace a piece of a file; the piece must be there."""

    def edit(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def add(name: str, text: str) -> Edit:
    """Append to a file."""
    return lambda folder: (folder / name).write_text(FILES[name] + text, encoding="utf-8")


def whole(name: str, text: str) -> Edit:
    return lambda folder: (folder / name).write_text(text, encoding="utf-8")


def drop(name: str) -> Edit:
    return lambda folder: (folder / name).unlink()


def problems(folder: Path) -> tuple[Issue, ...]:
    with pytest.raises(DataError) as caught:
        read_university_files(folder)
    return caught.value.issues


def notes(files: UniversityFiles) -> str:
    return "\n".join(str(note) for note in files.notes)


# What is read ------------------------------------------------------------------------------------------


def test_everything_is_read_as_written(tiny: Path) -> None:
    files = read_university_files(str(tiny))
    assert [(day.day, day.slots, day.first, day.minutes) for day in files.calendar] == [
        ("Mon", 4, "08:00", 60),
        ("Tue", 4, "08:30", 60),
    ]
    assert (files.academic_year, files.semester) == ("2026/27", "odd")
    assert files.departments[0] == records.DepartmentRecord(id="PHY", name="Physics", school="Science", row=2)
    assert [programme.years for programme in files.programmes] == [3, None]
    assert files.courses[0] == records.CourseRecord(
        id="PHY1",
        department="PHY",
        name="Mechanics",
        credits=6,
        lectures=2,
        labs=1,
        lecture_features=frozenset({"Lecture room"}),
        lab_features=frozenset({"Physics lab", "Sink"}),
        semester="odd",
        kind="core",
        row=2,
    )
    art = files.courses[1]
    assert (art.credits, art.lecture_slots, art.lab_slots, art.semester) == (None, 1, 2, "both")
    assert (art.kind, files.courses[2].kind) == ("open elective", None)
    assert [(one.part, one.faculty, one.seats) for one in files.sections] == [
        ("Lecture", "F1", 30),
        ("Lab", "F1", None),
        ("Lecture", None, None),
        ("Lecture", None, None),
    ]
    assert files.sections[0].features == {"Projector"}
    assert (files.faculty[1].maximum, files.faculty[1].courses) == (4, ("ART1", "ART2"))
    assert [(one.day, one.first, one.last, one.kind) for one in files.faculty_times] == [
        ("Mon", 0, 1, "away"),
        ("Tue", 0, 3, "preferred"),
    ]
    assert (files.rooms[0].capacity, files.rooms[0].building) == (40, "B01")
    assert files.rooms[0].features == {"Lecture room", "Projector"}
    assert [(one.programme, one.year, one.size) for one in files.students] == [
        ("BA-PHY", 1, 1),
        ("BA-ART", 2, 12),
    ]
    assert files.enrolments[0].sections == ("PHY1-A", "PHY1-A-L1", "ART1-A")
    assert files.notes == ()
    assert set(files.input_hashes) == set(FILES)
    assert pickle.loads(pickle.dumps(files)) == files


def test_courses_of_the_other_semester_are_read_and_told_apart(tiny: Path) -> None:
    files = read_university_files(tiny)
    assert [files.is_held(course) for course in files.courses] == [True, True, False]
    assert files.counts()["courses of the other semester"] == 1
    whole(CALENDAR, "Day,Slots,First Slot,Slot Minutes\nMon,4,08:00,60\nTue,4,08:00,60\n")(tiny)
    files = read_university_files(tiny)
    assert all(files.is_held(course) for course in files.courses)


def test_no_student_is_printed(tiny: Path) -> None:
    files = read_university_files(tiny)
    assert "S1" not in repr((files, files.students, files.enrolments))
    assert "people: 13" in repr(files)


def test_a_university_is_known_by_its_files(tiny: Path, valley_high_folder: Path) -> None:
    assert is_university(tiny)
    assert not is_university(valley_high_folder)
    assert not is_university(tiny / CALENDAR)
    assert not is_university(tiny / "nowhere")
    drop(ENROLMENTS)(tiny)
    assert not is_university(tiny)


QUIRKS: list[tuple[str, Edit, str]] = [
    ("no times", drop(FACULTY_TIMES), ""),
    (
        "another table",
        lambda folder: (folder / "Fees.csv").write_text("x"),
        "none of the files of a university",
    ),
    ("away and preferred", add(FACULTY_TIMES, "F1,Mon,2,3,preferred\n"), "both preferred and away"),
    ("away and preferred apart", add(FACULTY_TIMES, "F1,Mon,3,3,preferred\n"), ""),
    ("feature twice", swap(ROOMS, "Lecture room;", "Projector;"), "Features that are named twice"),
    ("empty entry", swap(ENROLMENTS, "PHY1-A;", "PHY1-A;;"), "Empty entries"),
    ("section twice", swap(ENROLMENTS, "PHY1-A;", "PHY1-A;PHY1-A;"), "Sections that are named twice"),
    ("attends nothing", swap(ENROLMENTS, "S2,ART1-A", "S2,"), "attend nothing"),
    (
        "two sections of a part",
        lambda folder: (
            add(SECTIONS, "PHY1-B,PHY1,Lecture,,,\n")(folder),
            swap(ENROLMENTS, "PHY1-A;", "PHY1-A;PHY1-B;")(folder),
        ),
        "two sections of one part",
    ),
    ("year too late", swap(STUDENTS, "BA-PHY,1", "BA-PHY,4"), "year that their programme does not have"),
    ("qualified for nothing", swap(FACULTY, "ART1;ART2", ""), "qualified for no course"),
    ("no meetings", add(COURSES, "ART3,ART,0,0,,,,,,,,\n"), "neither lectures nor labs"),
    ("number of a spreadsheet", swap(ROOMS, ",40,", ",40.0,"), "'.0'"),
    ("unknown feature", swap(COURSES, "Lecture room", "Swimming pool"), ""),
]


@pytest.mark.parametrize(("edit", "words"), [case[1:] for case in QUIRKS], ids=[case[0] for case in QUIRKS])
def test_harmless_things_are_noted_or_pass(tiny: Path, edit: Edit, words: str) -> None:
    edit(tiny)
    files = read_university_files(tiny)
    assert bool(files.notes) == bool(words)
    assert words in notes(files)


def test_headers_that_nearly_fit_are_taken_where_that_is_wanted(tiny: Path) -> None:
    swap(ROOMS, "Capacity", "capacity")(tiny)
    (issue,) = problems(tiny)
    assert "rename it to 'Capacity'" in str(issue)
    assert read_university_files(tiny, accept_headers=True).rooms[0].capacity == 40


# Faults ------------------------------------------------------------------------------------------------

DAYS_OF_NINE = "Day,Slots,First Slot,Slot Minutes\n" + "".join(f"D{day},9,08:00,60\n" for day in range(7))
LONG_DAYS = "Day,Slots,First Slot,Slot Minutes\n" + "".join(f"{day},21,08:00,30\n" for day in ("Mon", "Tue"))
DAMAGE: list[tuple[str, Edit, str, int | None, str | None, str]] = [
    *((f"no {name}", drop(name), name, None, None, "missing") for name in FILES if name != FACULTY_TIMES),
    *(
        (f"nothing in {name}", whole(name, text.split("\n")[0] + "\n"), name, None, None, "names no")
        for name, text in FILES.items()
        if name != FACULTY_TIMES
    ),
    *(
        (
            f"{name} without {column}",
            swap(name, column, f"Z{place}"),
            name,
            1,
            column,
            "is missing",
        )
        for name, (required, _) in COLUMNS.items()
        for place, column in enumerate(required)
    ),
    (
        "times by another name",
        lambda folder: (folder / FACULTY_TIMES).rename(folder / "Faculty_Time.csv"),
        "Faculty_Time.csv",
        None,
        None,
        f"rename it to '{FACULTY_TIMES}'",
    ),
    ("day twice", add(CALENDAR, "Mon,4,09:00,60,2026/27,odd\n"), CALENDAR, 4, "Day", "row 2 already"),
    ("slots differ", swap(CALENDAR, "Tue,4", "Tue,5"), CALENDAR, 3, "Slots", "'5' differs from '4' in row 2"),
    ("minutes differ", swap(CALENDAR, "8:30,60", "8:30,45"), CALENDAR, 3, "Slot Minutes", "write '60' here"),
    (
        "years differ",
        swap(CALENDAR, "2026/27,odd\nT", "2025/26,odd\nT"),
        CALENDAR,
        3,
        "Academic Year",
        "'2025",
    ),
    (
        "semesters differ",
        swap(CALENDAR, "8:30,60,2026/27,odd", "8:30,60,2026/27,even"),
        CALENDAR,
        3,
        "Semester",
        "same",
    ),
    ("semester unclear", swap(CALENDAR, "7,odd", "7,spring"), CALENDAR, 2, "Semester", "write odd or even"),
    ("no time of day", swap(CALENDAR, "08:00", "8 am"), CALENDAR, 2, "First Slot", "such as 08:00"),
    ("hour 25", swap(CALENDAR, "08:00", "25:00"), CALENDAR, 2, "First Slot", "'25:00' is no time"),
    ("time blank", swap(CALENDAR, "08:00", ""), CALENDAR, 2, "First Slot", "is blank"),
    ("after midnight", swap(CALENDAR, "08:00", "21:00"), CALENDAR, 2, "First Slot", "after midnight"),
    ("no slots", swap(CALENDAR, "Mon,4", "Mon,0"), CALENDAR, 2, "Slots", "from 1 to 62"),
    ("too many slots", whole(CALENDAR, DAYS_OF_NINE), CALENDAR, None, None, "at most 62"),
    ("a long day", whole(CALENDAR, LONG_DAYS), CALENDAR, None, None, "at most 20 are read"),
    (
        "department twice",
        add(DEPARTMENTS, "PHY,Optics,\n"),
        DEPARTMENTS,
        4,
        "Department ID",
        "another 'Name'",
    ),
    ("list in an id", swap(DEPARTMENTS, "ART", "AR;T"), DEPARTMENTS, 3, "Department ID", "separates"),
    (
        "programme unknown",
        swap(STUDENTS, "BA-PHY", "BA-PHI"),
        STUDENTS,
        2,
        "Programme ID",
        "'BA-PHY' was meant?",
    ),
    (
        "department unknown",
        swap(PROGRAMMES, ",PHY", ",PHI"),
        PROGRAMMES,
        2,
        "Department ID",
        "'PHY' was meant?",
    ),
    ("years in words", swap(PROGRAMMES, "Physics,3", "Physics,three"), PROGRAMMES, 2, "Years", "'three'"),
    ("course of no one", swap(COURSES, "ART2,ART", "ART2,art"), COURSES, 4, "Department ID", "capitals"),
    ("lectures blank", swap(COURSES, "PHY,2,1", "PHY,,1"), COURSES, 2, "Lectures", "whole number"),
    ("labs negative", swap(COURSES, "PHY,2,1", "PHY,2,-1"), COURSES, 2, "Labs", "'-1'"),
    ("lectures absurd", swap(COURSES, "PHY,2,1", "PHY,41,1"), COURSES, 2, "Lectures", "from 0 to 40"),
    ("lecture longer than a day", swap(COURSES, "6,1,2", "6,5,2"), COURSES, 2, "Lecture Slots", "a day of 4"),
    ("lab longer than a day", swap(COURSES, "6,1,2", "6,1,5"), COURSES, 2, "Lab Slots", "a day of 4"),
    ("length zero", swap(COURSES, "6,1,2", "6,0,2"), COURSES, 2, "Lecture Slots", "'0'"),
    ("kind unclear", swap(COURSES, "odd,core", "odd,main"), COURSES, 2, "Kind", "or open elective"),
    ("held unclear", swap(COURSES, "odd,core", "summer,core"), COURSES, 2, "Semester", "odd, even or both"),
    ("course twice", add(COURSES, "ART1,ART,2,0,,,,,,,,\n"), COURSES, 5, "Course ID", "row 3 already"),
    ("section twice", add(SECTIONS, "ART1-A,ART1,Lecture,F2,,\n"), SECTIONS, 6, "Section ID", "row 4"),
    ("section of nothing", swap(SECTIONS, "ART1,L", "ART9,L"), SECTIONS, 4, "Course ID", "no course 'ART9'"),
    ("part unclear", swap(SECTIONS, "PHY1,lab", "PHY1,tutorial"), SECTIONS, 3, "Part", "Lecture or Lab"),
    ("part blank", swap(SECTIONS, "PHY1,lab", "PHY1,"), SECTIONS, 3, "Part", "blank"),
    ("a lab without labs", swap(SECTIONS, "ART1,Lecture", "ART1,Lab"), SECTIONS, 4, "Part", "no labs a week"),
    (
        "faculty unknown",
        swap(SECTIONS, "Lecture,F1", "Lecture,F11"),
        SECTIONS,
        2,
        "Faculty ID",
        "'F1' was meant?",
    ),
    ("seats zero", swap(SECTIONS, "Projector,30", "Projector,0"), SECTIONS, 2, "Seats", "'0'"),
    ("faculty twice", add(FACULTY, "F1,ART,3,,\n"), FACULTY, 4, "Faculty ID", "row 2 already"),
    ("hours blank", swap(FACULTY, "PHY,10", "PHY,"), FACULTY, 2, "Maximum Hours", "whole number"),
    ("hours beyond a week", swap(FACULTY, "PHY,10", "PHY,169"), FACULTY, 2, "Maximum Hours", "from 0 to 168"),
    ("qualified for what is not", swap(FACULTY, "ART1;", "ART7;"), FACULTY, 3, "Courses", "no course 'ART7'"),
    ("times of no one", add(FACULTY_TIMES, "F7,Mon,1,1,away\n"), FACULTY_TIMES, 4, "Faculty ID", "'F7'"),
    ("day unknown", swap(FACULTY_TIMES, "Tue", "Wed"), FACULTY_TIMES, 3, "Day", "no day 'Wed'"),
    ("slot beyond the day", swap(FACULTY_TIMES, "1,4", "1,5"), FACULTY_TIMES, 3, "To Slot", "from 1 to 4"),
    ("slot zero", swap(FACULTY_TIMES, "1,2", "0,2"), FACULTY_TIMES, 2, "From Slot", "from 1 to 4"),
    ("slots backwards", swap(FACULTY_TIMES, "1,2", "3,2"), FACULTY_TIMES, 2, "To Slot", "before they begin"),
    (
        "times unclear",
        swap(FACULTY_TIMES, "preferred", "liked"),
        FACULTY_TIMES,
        3,
        "Kind",
        "away or preferred",
    ),
    ("room twice", add(ROOMS, "X,20,,\n"), ROOMS, 4, "Room ID", "row 3 already"),
    ("capacity zero", swap(ROOMS, "X,12", "X,0"), ROOMS, 3, "Capacity", "'0'"),
    ("capacity blank", swap(ROOMS, "X,12", "X,"), ROOMS, 3, "Capacity", "whole number"),
    ("student twice", add(STUDENTS, "S1,BA-ART,1,\n"), STUDENTS, 4, "Student ID", "row 2 already"),
    ("year zero", swap(STUDENTS, "BA-PHY,1", "BA-PHY,0"), STUDENTS, 2, "Year", "from 1 to 20"),
    ("batch of none", swap(STUDENTS, "2,12", "2,0"), STUDENTS, 3, "Size", "'0'"),
    ("enrolled twice", add(ENROLMENTS, "S1,ART1-A\n"), ENROLMENTS, 4, "Student ID", "row 2 already"),
    ("nobody enrolled", add(ENROLMENTS, "S9,ART1-A\n"), ENROLMENTS, 4, "Student ID", "no student 'S9'"),
    (
        "attends what is not",
        swap(ENROLMENTS, "L1;", "L9;"),
        ENROLMENTS,
        2,
        "Sections",
        "'PHY1-A-L1' was meant?",
    ),
    (
        "attends a course",
        swap(ENROLMENTS, "S2,ART1-A", "S2,ART1"),
        ENROLMENTS,
        3,
        "Sections",
        "'ART1-A' was meant?",
    ),
    (
        "commas in a list",
        swap(ENROLMENTS, "S2,ART1-A", '"S2","ART1-A,PHY1-A"'),
        ENROLMENTS,
        3,
        "Sections",
        "no section",
    ),
    ("invisible character", swap(ROOMS, "X,", "X\u200b,"), ROOMS, 3, "Room ID", "U+200B"),
    ("blank id", swap(ROOMS, "X,", ","), ROOMS, 3, "Room ID", "blank"),
]


@pytest.mark.parametrize(
    ("edit", "path", "row", "column", "words"),
    [case[1:] for case in DAMAGE],
    ids=[case[0] for case in DAMAGE],
)
def test_damage_is_named(
    tiny: Path, edit: Edit, path: str, row: int | None, column: str | None, words: str
) -> None:
    edit(tiny)
    issues = problems(tiny)
    here = [issue for issue in issues if (issue.path, issue.row, issue.column) == (path, row, column)]
    assert any(words in str(issue) for issue in here), issues
    assert all(issue.cure for issue in issues)


@pytest.mark.parametrize(
    "edit",
    [
        *(drop(name) for name in FILES if name != FACULTY_TIMES),
        swap(COURSES, "PHY,2,1", "PHY,two,1"),
        swap(SECTIONS, "PHY1-A,", "PHY1-A,x,"),
        swap(STUDENTS, "S1,BA-PHY,1,", "S1,BA-PHY,1,,x"),
        swap(CALENDAR, "Mon,4", "Mon,four"),
    ],
)
def test_one_fault_does_not_make_others_of_the_rows_that_refer_to_it(tiny: Path, edit: Edit) -> None:
    edit(tiny)
    assert len({issue.path for issue in problems(tiny)}) == 1


def test_all_problems_of_all_files_come_at_once(tiny: Path) -> None:
    for edit in (
        swap(CALENDAR, "08:00", "dawn"),
        swap(DEPARTMENTS, "School", "school"),
        swap(PROGRAMMES, ",PHY", ",PHX"),
        swap(COURSES, "odd,core", "odd,x"),
        swap(SECTIONS, "Projector,30", "Projector,many"),
        swap(FACULTY, "PHY,10", "PHY,ten"),
        swap(FACULTY_TIMES, "Tue", "Wed"),
        swap(ROOMS, "40", "-40"),
        swap(STUDENTS, "BA-PHY,1", "BA-PHY,first"),
        swap(ENROLMENTS, "S2,ART1-A", "S2,ART1-Z"),
    ):
        edit(tiny)
    issues = problems(tiny)
    assert {issue.path for issue in issues} == set(FILES)
    with pytest.raises(DataError) as caught:
        read_university_files(tiny)
    assert all(str(issue) in str(caught.value) for issue in issues)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "holds the ten files"),
        ("tiny/Rooms.csv", "is a file"),
        ("tinny", "'tiny' was meant?"),
        (".", "'tiny'"),
    ],
)
def test_a_folder_that_is_none_is_refused(tiny: Path, name: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_university_files(tiny.parent / name if name else "")


def test_only_some_of_very_many_names_are_searched_for_suggestions(tiny: Path) -> None:
    students = [f"S{number:05d}" for number in range(20_000)]
    whole(STUDENTS, "Student ID,Programme ID,Year\n" + "".join(f"{one},BA-ART,1\n" for one in students))(tiny)
    whole(ENROLMENTS, "Student ID,Sections\n" + "".join(f"T{one},ART1-A\n" for one in students[:40]))(tiny)
    issues = problems(tiny)
    assert len(issues) == 40
    assert 0 < sum("was meant?" in str(issue) for issue in issues) < 40


# What is written ---------------------------------------------------------------------------------------


def again(files: UniversityFiles) -> UniversityFiles:
    """The files of a university, written and read, without what reading alone knows."""
    with tempfile.TemporaryDirectory() as folder:
        write_university_files(files, Path(folder) / "university")
        return replace(read_university_files(Path(folder) / "university"), notes=(), input_hashes={})


def test_a_round_trip_gives_the_same_records(tiny: Path) -> None:
    files = replace(read_university_files(tiny), input_hashes={})
    assert again(files) == files


def test_columns_for_display_are_carried(tiny: Path) -> None:
    whole(ROOMS, "Room ID,Capacity,Key\nX,12,K7\n")(tiny)
    whole(STUDENTS, "Student ID,Programme ID,Year,E-mail\nS1,BA-PHY,1,-\nS2,BA-ART,1,=x\n")(tiny)
    files = replace(read_university_files(tiny), input_hashes={})
    assert files.carried == {ROOMS: ("Key",), STUDENTS: ("E-mail",)}
    assert files.rooms[0].extra == {"Key": "K7"}
    assert again(files) == files
    assert university_tables(files)[ROOMS][0] == ("Room ID", "Capacity", "Key")


def test_nothing_is_overwritten(tiny: Path) -> None:
    files = read_university_files(tiny)
    before = {path.name: path.read_bytes() for path in tiny.iterdir()}
    with pytest.raises(DataError, match="nothing is overwritten"):
        write_university_files(files, tiny)
    assert {path.name: path.read_bytes() for path in tiny.iterdir()} == before


def test_all_files_or_none_are_written(tiny: Path, tmp_path: Path) -> None:
    files = read_university_files(tiny)
    wrong = replace(files.enrolments[0], sections=("x" * 200_000,))
    with pytest.raises(DataError, match="characters or more"):
        write_university_files(replace(files, enrolments=(wrong,)), tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


names = st.text(
    st.characters(categories=("L", "N", "P", "S"), exclude_characters=";"), min_size=1, max_size=12
)
features = st.frozensets(names, max_size=3)


@given(data=st.data())
@settings(max_examples=40)
def test_any_records_come_back(data: st.DataObject) -> None:
    ids = data.draw(st.lists(names, min_size=6, max_size=6, unique_by=lambda name: name.casefold()))
    ids = [name if name.casefold() not in {"tbd", "staff"} else f"{name}1" for name in ids]
    department, programme, course, teacher, room, student = ids
    files = UniversityFiles(
        calendar=(records.CalendarRecord(day="Mon", slots=6, first="09:15", minutes=45, row=2),),
        departments=(records.DepartmentRecord(id=department, name=data.draw(names), row=2),),
        programmes=(records.ProgrammeRecord(id=programme, department=department, years=5, row=2),),
        courses=(
            records.CourseRecord(
                id=course,
                department=department,
                credits=data.draw(st.none() | st.integers(0, 60)),
                lectures=data.draw(st.integers(1, 9)),
                labs=data.draw(st.integers(1, 9)),
                lecture_slots=data.draw(st.integers(1, 6)),
                lab_slots=data.draw(st.integers(1, 6)),
                lecture_features=data.draw(features),
                lab_features=data.draw(features),
                semester=data.draw(st.sampled_from(records.OFFERED)),
                kind=data.draw(st.none() | st.sampled_from(records.COURSE_KINDS)),
                row=2,
            ),
        ),
        sections=(
            records.TeachingRecord(
                id=room,
                course=course,
                part=data.draw(st.sampled_from(records.PARTS)),
                faculty=data.draw(st.none() | st.just(teacher)),
                features=data.draw(features),
                seats=data.draw(st.none() | st.integers(1, 99)),
                row=2,
            ),
        ),
        faculty=(
            records.FacultyRecord(id=teacher, department=department, maximum=3, courses=(course,), row=2),
        ),
        faculty_times=data.draw(
            st.just(())
            | st.just(
                (
                    records.FacultyTimesRecord(
                        faculty=teacher, day="Mon", first=2, last=5, kind="preferred", row=2
                    ),
                )
            )
        ),
        rooms=(records.RoomRecord(id=room, capacity=7, features=data.draw(features), row=2),),
        students=(
            records.UniversityStudentRecord(
                id=student, programme=programme, year=2, size=data.draw(st.integers(1, 3)), row=2
            ),
        ),
        enrolments=(records.EnrolmentRecord(student=student, sections=(room,), row=2),),
        academic_year=data.draw(st.just("") | names),
        semester=data.draw(st.none() | st.sampled_from(records.SEMESTERS)),
    )
    assert again(files) == files


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("08:00", 480),
        ("8:05", 485),
        ("8.05", 485),
        ("23:59:00", 1439),
        ("24:00", None),
        ("8:60", None),
        ("8", None),
    ],
)
def test_times_of_day(text: str, minutes: int | None) -> None:
    assert minutes_of(text) == minutes
    assert minutes is None or minutes_of(clock(minutes)) == minutes
