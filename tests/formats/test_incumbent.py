"""The timetable that an unfinished run keeps: read back as it was, or refused in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from schools_by_hand import result_of, six_students, six_students_placed

from echelon_lib.domain.errors import DataError
from echelon_lib.domain.offerings import Course
from echelon_lib.domain.places import Room
from echelon_lib.domain.problem import Problem
from echelon_lib.formats.incumbent import has_incumbent, read_incumbent, read_start, write_incumbent
from echelon_lib.formats.run_folder import RunFolder, write_run
from echelon_lib.scoring.evaluate import evaluate


@pytest.fixture
def problem() -> Problem:
    return six_students()


@pytest.fixture
def kept(tmp_path: Path, problem: Problem) -> Path:
    """The folder of a run that was ended before it was finished."""
    keep(tmp_path, problem)
    return tmp_path


def keep(folder: Path, problem: Problem) -> None:
    placed = six_students_placed()
    write_incumbent(folder, problem, placed, evaluate(problem, placed), seconds=1.5)


def loaded(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "incumbent.json").read_text(encoding="utf-8"))
    return found


def edit(folder: Path, change: Callable[[Any], object]) -> None:
    record = loaded(folder)
    change(record)
    (folder / "incumbent.json").write_text(json.dumps(record), encoding="utf-8")


def words(folder: Path, problem: Problem) -> str:
    with pytest.raises(DataError) as error:
        read_incumbent(folder, problem)
    return str(error.value)


def without_art_1_and_ann(problem: Problem) -> Problem:
    """The six students without Ann and without the first section of Art."""
    courses = [
        Course.of(
            c.id, [s for s in problem.sections.values() if problem.course_of[s.id] is c and s.id != "A-1"]
        )
        for c in problem.courses
    ]
    return replace(
        problem,
        courses=tuple(courses),
        attendees=tuple(one for one in problem.attendees if one.id != "ann"),
        requests=tuple(one for one in problem.requests if one.student != "ann"),
        constraints=(),
    )


def test_it_is_read_back_as_it_was(kept: Path, problem: Problem) -> None:
    assert read_incumbent(kept, problem) == six_students_placed()
    record = loaded(kept)
    assert record["cost"] == list(evaluate(problem, six_students_placed()).cost)
    assert (record["feasible"], record["seconds"]) == (True, 1.5)
    assert {path.name for path in kept.iterdir()} == {"incumbent.json"}


def test_rooms_are_kept(tmp_path: Path, problem: Problem) -> None:
    problem = replace(problem, rooms=(Room("101", 30), Room("102", 30)))
    placed = six_students_placed().place("A-1", problem.calendar.times[0], "101")
    write_incumbent(tmp_path, problem, placed, evaluate(problem, placed), seconds=0.0)
    assert read_incumbent(tmp_path, problem) == placed


def test_nothing_was_kept(tmp_path: Path, problem: Problem) -> None:
    assert read_incumbent(tmp_path, problem) is None
    assert not has_incumbent(tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: r.pop("placements"), "'placements' is no list"),
        (lambda r: r.update(enrolments={"ann": ["A-1"]}), "'enrolments' is no list"),
        (lambda r: r.update(placements=[["A-1"]]), "'placements' is no list of rows of 2 texts"),
        (lambda r: r.update(placements=["A1"]), "'placements' is no list"),
        (lambda r: r["enrolments"].append(["ann", 3]), "'enrolments' is no list"),
        (lambda r: r["placements"].append(["A-9", "R1"]), "'A-9' is not in the problem"),
        (lambda r: r["placements"].append(["A-1", "R2"]), "placed twice; row 1 placed it first"),
        (lambda r: r["placements"][0].__setitem__(1, "R9"), "'R9' is not in the problem"),
        (lambda r: r["placements"][0].__setitem__(1, ""), "has no period"),
        (lambda r: r["enrolments"].append(["zoe", "A-1"]), "student of this row is not in the problem"),
        (lambda r: r["enrolments"].append(r["enrolments"][0]), "twice"),
    ],
)
def test_what_does_not_fit_is_named(
    kept: Path, problem: Problem, change: Callable[[Any], object], said: str
) -> None:
    edit(kept, change)
    text = words(kept, problem)
    assert said in text
    assert "incumbent.json" in text
    assert "zoe" not in text


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000, b'{"placements": NaN'])
def test_a_damaged_file_is_said_in_words(kept: Path, problem: Problem, content: bytes) -> None:
    (kept / "incumbent.json").write_bytes(content)
    assert "The kept timetable is damaged" in words(kept, problem)
    assert "Maybe take the file away" in words(kept, problem)


def test_a_file_that_ends_in_the_middle_is_damaged(kept: Path, problem: Problem) -> None:
    whole = (kept / "incumbent.json").read_bytes()
    for length in range(0, len(whole) - 2, 97):
        (kept / "incumbent.json").write_bytes(whole[:length])
        assert "is damaged" in words(kept, problem)


def test_a_folder_of_its_name_is_no_file(tmp_path: Path, problem: Problem) -> None:
    (tmp_path / "incumbent.json").mkdir()
    assert "is not the file of a run" in words(tmp_path, problem)


def test_it_goes_when_the_result_is_there(tmp_path: Path, problem: Problem) -> None:
    folder = RunFolder.create(tmp_path / "run")
    keep(folder.path, problem)
    folder.finish(problem, result_of(problem, six_students_placed()), first_line="Done", unmet=())
    assert not has_incumbent(folder.path)
    assert folder.finished


def test_a_run_that_cannot_be_finished_keeps_it(tmp_path: Path, problem: Problem) -> None:
    folder = RunFolder.create(tmp_path / "run")
    keep(folder.path, problem)
    (folder.path / "viewer.html").mkdir()  # the rename of the real one fails
    with pytest.raises(OSError, match="viewer"):
        folder.finish(problem, result_of(problem, six_students_placed()), first_line="Done", unmet=())
    assert read_incumbent(folder.path, problem) == six_students_placed()


def test_its_name_is_taken(tmp_path: Path, problem: Problem) -> None:
    folder = RunFolder.create(tmp_path / "run")
    with pytest.raises(ValueError, match="not the name"):
        folder.finish(
            problem,
            result_of(problem, None),
            first_line="",
            unmet=(),
            tables={"incumbent.json": (["A"], [])},
        )


# Continuing --------------------------------------------------------------------------------------------


def test_a_run_is_continued_from_what_it_kept(kept: Path, problem: Problem) -> None:
    assert read_start(kept, problem) == (six_students_placed(), ())


def test_a_finished_run_is_continued_from_its_result(tmp_path: Path, problem: Problem) -> None:
    better = six_students_placed().enrol("ann", "A-1")
    written = write_run(tmp_path / "run", problem, result_of(problem, better), first_line="Done", unmet=())
    keep(written, problem)
    edit(written, lambda r: r.update(placements=[]))
    assert read_start(written, problem)[0] == better, "the result counts, not what was left of the search"


def test_a_half_written_result_is_not_taken(kept: Path, problem: Problem) -> None:
    (kept / "Master_Schedule.csv").write_text("Section ID,Period\nA-1,R2\n", encoding="utf-8")
    assert read_start(kept, problem)[0] == six_students_placed()


@pytest.mark.parametrize("source", ["kept", "finished"])
def test_what_is_there_no_more_is_left_out(tmp_path: Path, problem: Problem, source: str) -> None:
    folder = tmp_path / "run"
    if source == "kept":
        folder.mkdir()
        keep(folder, problem)
    else:
        write_run(folder, problem, result_of(problem, six_students_placed()), first_line="", unmet=())
    now = without_art_1_and_ann(problem)
    timetable, notes = read_start(folder, now)
    assert set(timetable.placements) == {"A-2", "B-1", "C-1"}
    assert set(timetable.enrolments) == {"bob", "cyd", "dan", "eve"}
    assert len(notes) == 1
    assert notes[0].endswith("1 section and 1 student")
    assert "ann" not in notes[0]


@pytest.mark.parametrize(
    "there", ["nothing", "an unfinished run", "an impossible run", "a file", "no folder"]
)
def test_a_run_without_a_timetable_is_refused(tmp_path: Path, problem: Problem, there: str) -> None:
    folder = tmp_path / "run"
    if there == "an unfinished run":
        RunFolder.create(folder)
    elif there == "an impossible run":
        write_run(folder, problem, result_of(problem, None), first_line="", unmet=())
    elif there == "a file":
        folder.write_text("", encoding="utf-8")
    elif there == "nothing":
        folder.mkdir()
    with pytest.raises(DataError, match="to continue from") as error:
        read_start(folder, problem)
    assert error.value.issues[0].cure


def test_a_damaged_start_is_refused(kept: Path, problem: Problem) -> None:
    (kept / "incumbent.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="damaged"):
        read_start(kept, problem)
