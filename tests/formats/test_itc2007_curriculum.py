"""Curriculum-based course timetabling: read, scored as an independent validator does, and written."""

from __future__ import annotations

import contextlib
import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon_lib.domain.errors import DataError
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.formats.itc2007_curriculum import read_benchmark, read_solution, write_solution
from echelon_lib.scoring.evaluate import evaluate

TINY = """\
Name: Tiny
Courses: 3
Rooms: 2
Days: 2
Periods_per_day: 3
Curricula: 2
Constraints: 2

COURSES:
alg ann 3 2 30
geo ben 2 2 12
art ann 1 1 20

ROOMS:
big 30
small 15

CURRICULA:
maths 2 alg geo
ann 1 art

UNAVAILABILITY_CONSTRAINTS:
geo 0 0
art 1 2

END.
"""
# Art is 5 people too many for the small room and stands alone for its curriculum.
GOOD = ["alg big 0 0", "alg big 0 1", "alg big 1 0", "geo big 0 2", "geo big 1 1", "art small 0 2"]
# Algebra is on one day, once in too small a room; geometry too is on one day, in two rooms, with a gap.
POOR = ["alg big 0 0", "alg big 0 1", "alg small 0 2", "geo small 1 0", "geo big 1 2", "art big 1 1"]


def written(folder: Path, text: str, name: str = "tiny.ctt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def tiny(tmp_path: Path) -> Problem:
    """An instance of three courses, in which a curriculum has the name of a teacher."""
    return read_benchmark(written(tmp_path, TINY))


def placed(problem: Problem, folder: Path, lines: list[str]) -> Timetable:
    return read_solution(problem, written(folder, "\n".join(lines), "tiny.sol"))


# An instance made up for the test, priced by hand --------------------------------------------------------


def test_an_instance_becomes_a_problem(tiny: Problem) -> None:
    assert tiny.name == "Tiny"
    assert [period.name for period in tiny.calendar.periods][:2] == ["day 0 period 0", "day 0 period 1"]
    assert tiny.sections["alg"].attendees == ("ann", "maths")
    assert tiny.sections["art"].attendees == ("ann", "curriculum ann")
    assert tiny.sections["alg"].headcount == 30
    assert list(tiny.meetings) == ["alg-1", "alg-2", "alg-3", "geo-1", "geo-2", "art-1"]
    assert tiny.meetings["alg-1"].rooms == ("big", "small")
    assert tiny.meetings["alg-1"].times is tiny.calendar.times
    assert tiny.meetings["geo-1"].times is tiny.meetings["geo-2"].times
    assert len(tiny.meetings["geo-1"].times) == 5
    assert tiny.levels == 1
    assert tiny.remarks == ()


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (GOOD, {"room_capacity": 5, "min_working_days": 0, "curriculum_compactness": 2, "room_stability": 0}),
        (
            POOR,
            {"room_capacity": 15, "min_working_days": 10, "curriculum_compactness": 6, "room_stability": 2},
        ),
    ],
)
def test_costs_are_those_counted_by_hand(
    tiny: Problem, tmp_path: Path, lines: list[str], expected: dict[str, int]
) -> None:
    evaluation = evaluate(tiny, placed(tiny, tmp_path, lines))
    assert evaluation.feasible
    assert {name: term.cost for name, term in evaluation.terms.items()} == expected
    assert evaluation.cost == (sum(expected.values()),)


BROKEN = {
    "a lecture is missing": (GOOD[:-1], {"unplaced meetings": 1}),
    "nothing is placed": ([], {"unplaced meetings": 6}),
    "a teacher is in two places": ([*GOOD[:-1], "art small 1 0"], {"teacher clash": 1}),
    "a curriculum is in two places": ([*GOOD[:4], "geo small 1 0", GOOD[5]], {"group clash": 1}),
    "a room is taken twice": ([*GOOD[:-1], "art big 0 2"], {"room clash": 1}),
    "a course is unavailable": (
        [*GOOD[:-1], "art small 1 2"],
        {"placement outside the allowed times or rooms": 1},
    ),
}


@pytest.mark.parametrize(("lines", "required"), BROKEN.values(), ids=BROKEN)
def test_each_hard_rule_can_be_broken(
    tiny: Problem, tmp_path: Path, lines: list[str], required: dict[str, int]
) -> None:
    assert evaluate(tiny, placed(tiny, tmp_path, lines)).required == required


def test_two_lectures_of_a_course_at_once_are_infeasible(tiny: Problem, tmp_path: Path) -> None:
    # The validator skips the second entry, so this is not in the comparison with it.
    timetable = placed(tiny, tmp_path, GOOD).place("alg-2", tiny.calendar.time("day 0 period 0"), "small")
    assert evaluate(tiny, timetable).required == {"teacher clash": 1, "group clash": 1}


def test_sentences_name_what_the_file_names(tiny: Problem, tmp_path: Path) -> None:
    said = [violation.sentence for violation in evaluate(tiny, placed(tiny, tmp_path, GOOD)).violations()]
    assert "art-1 has 20 people in small (15 seats) in day 0 period 2." in said
    assert "art stands alone in the day 0 of curriculum ann, at slot 2." in said


# Files as they come --------------------------------------------------------------------------------------


def test_layout_and_packing_do_not_matter(tiny: Problem, tmp_path: Path) -> None:
    loose = TINY.replace("\n\n", "\n").replace("\n", "  \r\n").replace("alg ann 3", "alg\t ann  3")
    (tmp_path / "loose.ctt").write_bytes(b"\xef\xbb\xbf" + loose.encode())
    (tmp_path / "tiny.ctt.gz").write_bytes(gzip.compress(TINY.encode()))
    assert read_benchmark(tmp_path / "loose.ctt") == tiny
    assert read_benchmark(str(tmp_path / "tiny.ctt.gz")) == tiny


def test_harmless_oddities_become_remarks(tmp_path: Path) -> None:
    text = TINY.replace("Constraints: 2", "Constraints: 3").replace("geo 0 0\n", "geo 0 0\ngeo 0 0\n")
    text = text.replace("maths 2 alg geo", "maths 3 alg geo alg").replace("ann 1 art", "ann 0") + "more\n"
    problem = read_benchmark(written(tmp_path, text))
    assert [remark.row for remark in problem.remarks] == [19, 20, 24, 28]
    assert problem.sections["alg"].attendees == ("ann", "maths")


MALFORMED = {
    "too few courses": ("geo ben 2 2 12\n", "", "row 2: The header says Courses: 3, but 2 lines"),
    "too many rooms": ("big 30\n", "big 30\nhall 60\n", "row 3: The header says Rooms: 2, but 3 lines"),
    "a course without teacher": ("alg ann 3 2 30", "alg 3 2 30", "row 10: The line has 4 words"),
    "a word for a number": ("geo ben 2 2 12", "geo ben two 2 12", "row 11: The number of lectures 'two'"),
    "a fraction": ("big 30", "big 30.5", "row 15: The capacity '30.5' is no whole number"),
    "digits of another script": ("big 30", "big ٣٠", "row 15: The capacity '٣٠' is no whole number"),
    "a number beyond reason": ("Days: 2", "Days: 999999999", "row 4: The value of 'Days' 999999999"),
    "a number of 5,000 digits": ("big 30", "big " + "9" * 5000, "row 15: The capacity '999"),
    "no lectures": ("art ann 1 1 20", "art ann 0 1 20", "row 12: The number of lectures 0 is not within 1"),
    "no days": ("Days: 2", "Days: 0", "row 4: The value of 'Days' 0 is not within 1 to 366"),
    "negative students": ("art ann 1 1 20", "art ann 1 1 -20", "row 12: The number of students -20"),
    "a course twice": ("art ann", "geo ann", "row 12: The course 'geo' is given twice"),
    "a room twice": ("small 15", "big 15", "row 16: The room 'big' is given twice"),
    "a curriculum twice": ("ann 1 art", "maths 1 art", "row 20: The curriculum 'maths' is given twice"),
    "an unknown course": ("maths 2 alg geo", "maths 2 alge geo", "row 19: The course 'alge' is unknown"),
    "a wrong number of courses": ("maths 2", "maths 3", "row 19: The curriculum 'maths' says 3 courses"),
    "unavailable on no day": ("geo 0 0", "geo 2 0", "row 23: The day 2 is not within 0 to 1"),
    "unavailable in no period": ("geo 0 0", "geo 0 -1", "row 23: The period -1 is not within 0 to 2"),
    "unavailable and unknown": ("geo 0 0", "gee 0 0", "row 23: The course 'gee' is unknown"),
    "no end": ("END.\n", "", "The file ends too early"),
    "no rooms heading": ("ROOMS:", "", "The heading 'ROOMS:' is missing"),
    "a misspelt heading": ("CURRICULA:", "CURRICULAS:", "Maybe line 18 ('CURRICULAS:') was meant?"),
    "a heading twice": ("CURRICULA:", "ROOMS:", "row 18: The heading 'ROOMS:' is there twice"),
    "no name": ("Name: Tiny\n", "", "The header has no 'Name'"),
    "an empty name": ("Name: Tiny", "Name:", "row 1: The header gives no value for 'Name'"),
    "an unknown header": ("Days: 2", "Day: 2", "row 4: The line 'Day: 2' is no header line"),
    "a header twice": ("Days: 2", "Days: 2\nDays: 3", "row 5: The header gives 'Days' twice ('2' and '3')"),
    "a NUL byte": ("big 30", "big\0 30", "row 15: The line holds a NUL byte"),
}


@pytest.mark.parametrize(("old", "new", "message"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_instance_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert TINY.count(old) == 1
    with pytest.raises(DataError) as error:
        read_benchmark(written(tmp_path, TINY.replace(old, new)))
    assert message in str(error.value)
    assert "tiny.ctt" in str(error.value)
    assert "Maybe" in str(error.value)


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    text = (
        TINY.replace("Rooms: 2", "Rooms: 9").replace("alg ann 3", "alg ann x").replace("geo 0 0", "geo 5 0")
    )
    text = text.replace("maths 2 alg geo", "maths 2 alg Geo")
    with pytest.raises(DataError) as error:
        read_benchmark(written(tmp_path, text))
    assert [issue.row for issue in error.value.issues] == [3, 10, 19, 23]
    assert "'geo' was meant?" in str(error.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The file is empty"),
        (b"\n \n", "The file is empty"),
        (b"\x1f\x8b\x08\x00broken", "cannot be read"),
        (gzip.compress(TINY.encode())[:-20], "cannot be read"),
        (b"Name: \xff\xfe\xfd\n", "row 1: The file is no UTF-8 text"),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "damaged.ctt").write_bytes(data)
    with pytest.raises(DataError, match=message):
        read_benchmark(tmp_path / "damaged.ctt")


def test_a_missing_file_has_a_near_one(tmp_path: Path) -> None:
    written(tmp_path, TINY)
    with pytest.raises(DataError, match=r"The file tinny\.ctt is missing\.\n  Maybe 'tiny\.ctt' was meant"):
        read_benchmark(tmp_path / "tinny.ctt")
    with pytest.raises(DataError, match="is not a regular file"):
        read_benchmark(tmp_path)


def test_a_flood_of_faults_is_cut(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="more problems are not shown") as error:
        read_benchmark(written(tmp_path, TINY.replace("big 30", "big 30\n" + "hall\tx\n" * 500)))
    assert len(error.value.issues) == 101


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["", "x", "-1", "0", "9", "END.", "ROOMS:"]))))
def test_no_damage_leads_to_anything_but_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, str]]
) -> None:
    words = TINY.replace("\n", " \n ").split(" ")
    for place, word in damage:
        words[place % len(words)] = word
    path = written(tmp_path_factory.mktemp("damaged"), " ".join(words))
    with contextlib.suppress(DataError):
        assert isinstance(read_benchmark(path), Problem)


# Solutions -----------------------------------------------------------------------------------------------


def test_a_solution_is_read_again_as_it_was_written(tiny: Problem, tmp_path: Path) -> None:
    timetable = placed(tiny, tmp_path, POOR)
    write_solution(tiny, timetable, tmp_path / "again.sol")
    assert (tmp_path / "again.sol").read_text().splitlines() == POOR
    assert read_solution(tiny, tmp_path / "again.sol") == timetable
    write_solution(tiny, Timetable(), tmp_path / "again.sol")
    assert read_solution(tiny, tmp_path / "again.sol") == Timetable()


def test_faults_of_a_solution_come_at_once(tiny: Problem, tmp_path: Path) -> None:
    lines = ["alg big 0", "algo big 0 0", "alg bug 0 0", "geo big 2 0", "geo big 0 3", "geo big 0 x"]
    lines += ["art big 0 1", "art small 0 1", "", "art small 0 2", "art small 1 0"]
    with pytest.raises(DataError) as error:
        placed(tiny, tmp_path, lines)
    said = [(issue.row, issue.message) for issue in error.value.issues]
    assert [row for row, _ in said] == [1, 2, 3, 4, 5, 6, 8, 10]
    assert "course room day period" in said[0][1]
    assert said[3][1] == "The day 2 is not within 0 to 1."
    assert "already (line 7)" in said[6][1]
    assert "has 1 lectures, the file places 3 (rows 10, 11 too many)" in said[7][1]
    assert "'alg' was meant?" in str(error.value)


def test_what_the_format_cannot_say_is_not_written(tiny: Problem, tmp_path: Path) -> None:
    first, second = tiny.calendar.times[:2]
    outside = tiny.calendar.times[-1].__class__(start=7)
    timetable = Timetable({
        "alg-1": Placement(first, "big"), "alg-2": Placement(first, "small"), "alg-3": Placement(second),
        "geo-1": Placement(outside, "big"), "geo-2": Placement(second, "cellar"),
        "nothing": Placement(first, "big"),
    })  # fmt: skip
    with pytest.raises(DataError) as error:
        write_solution(tiny, timetable, tmp_path / "bad.sol")
    assert len(error.value.issues) == 5
    assert "'alg' has two lectures in day 0 period 0" in str(error.value)
    assert not (tmp_path / "bad.sol").exists()
