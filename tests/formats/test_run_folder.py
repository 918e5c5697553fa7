"""A run folder is whole or not there, is never overwritten, and is read back as it was written."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from schools_by_hand import WEEK, result_of, six_students, six_students_placed, unplaced

from echelon_lib.domain.errors import DataError, EchelonError
from echelon_lib.domain.offerings import Course, Meeting, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.places import Room
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats import run_folder
from echelon_lib.formats.run_folder import RunExistsError, RunFolder, read_run, write_run
from echelon_lib.formats.tables import read_table
from echelon_lib.solvers.result import Status

ALWAYS = {"Constraint_Violations.csv", "unmet_requests.csv", "result.json"}
WITH_TIMETABLE = ALWAYS | {
    *("Master_Schedule.csv", "Student_Assignments.csv", "Teacher_Schedule.csv", "viewer.html"),
    *("schedules/student_schedule.csv", "schedules/section_schedule.csv", "schedules/teacher_schedule.csv"),
}
STUDENTS = ("ann", "bob", "cyd", "dan", "eve", "fay")


@pytest.fixture
def problem() -> Problem:
    return six_students()


@pytest.fixture
def written(tmp_path: Path, problem: Problem) -> Path:
    return write_run(
        tmp_path / "runs" / "first",
        problem,
        result_of(problem, six_students_placed(), bound=100),
        first_line="63.6 % of requests met",
        unmet=iter([("cyd", "Drama", "not offered")]),
        summary={"below_target": 2},
        inputs={"Period.csv": "ab12"},
        parameters={"time_limit": 60.0, "rules": {"sped_limit": 12}},
        tables={"schedules/rooms.csv": (["Room"], [["=1+1"]])},
        extra={"scenario": "chico"},
    )


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_every_file_is_there_and_no_other(written: Path) -> None:
    assert files(written) == WITH_TIMETABLE | {"schedules/rooms.csv"}
    assert files(written.parent) == {f"first/{name}" for name in files(written)}, "nothing is left beside it"


def test_exact_tables(written: Path) -> None:
    assert lines(written / "Master_Schedule.csv") == [
        "Section ID,Period",
        "A-1,R1",
        "A-2,R2",
        "B-1,R2",
        "C-1,R1",
    ]
    assert lines(written / "Student_Assignments.csv")[:4] == [
        "Student ID,Section ID",
        "ann,A-1",
        "ann,B-1",
        "bob,A-2",
    ]
    assert lines(written / "Teacher_Schedule.csv") == [
        "Teacher ID,Section ID,Period",
        *("pat,A-1,R1", "pat,A-2,R2", "quin,B-1,R2"),
    ]
    assert lines(written / "unmet_requests.csv") == ["Student ID,Course ID,Reason", "cyd,Drama,not offered"]
    assert '"unmet":{"2":[["Drama","not offered"]]}' in (written / "viewer.html").read_text(encoding="utf-8")
    violations = lines(written / "Constraint_Violations.csv")
    assert violations[0] == "Rule,Kind,Who,Amount,Cost,Sentence"
    assert 'unmet requests,priced,"cyd; Drama",100,100,Student cyd does not get Drama.' in violations


def test_readable_tables(written: Path) -> None:
    students = read_table(written / "schedules" / "student_schedule.csv", required=["Student ID"])
    assert students.columns == ("Student ID", "Name", "R1", "R2", "G1", "G2")
    assert [students.rows[0][column] for column in students.columns] == [
        *("ann", "Ann", "Art (A-1, pat)", "Biology (B-1, quin)", "", ""),
    ]
    assert len(students.rows) == 6, "fay has nothing and is listed all the same"
    sections = read_table(written / "schedules" / "section_schedule.csv", required=["Section ID"])
    assert sections.rows[3].cells == {
        "Section ID": "C-1",
        "Course": "Chess",
        "Department": "",
        "Teacher": "",
        "Period": "R1",
        "Seats": "2",
        "Enrolled": "2",
        "Students": "bob; eve",
    }
    teachers = lines(written / "schedules" / "teacher_schedule.csv")
    assert teachers[1] == "pat,Arts,Art (A-1),Art (A-2),,"
    assert teachers[3] == "ruth,Science,,,,"


def test_what_the_files_say_of_a_student_and_no_table_needs_is_nowhere(written: Path) -> None:
    for name in files(written):
        text = (written / name).read_text(encoding="utf-8")
        assert "secret plan" not in text
        if name != "Constraint_Violations.csv":
            assert "SPED" not in text or name == "result.json"


def test_result_json(written: Path) -> None:
    record = json.loads((written / "result.json").read_text(encoding="utf-8"))
    assert record["status"] == "FEASIBLE"
    assert record["first_line"] == "63.6 % of requests met"
    assert (record["met"], record["filled"], record["complete"], record["requests"]) == (7, 7, 2, 11)
    assert record["cost"] == [400, 2]
    assert record["terms"]["section target"] == {"level": 2, "amount": 2, "cost": 2}
    first, second = record["levels"]
    assert (first["bound"], first["proven"]) == (100, False)
    assert first["gap"] == pytest.approx(300 / 1100)
    assert (second["bound"], second["gap"]) == (None, None), "nothing known is null, never 0"
    assert record["trace"][0] == [0.1, 1, None, 0]
    assert (record["solver"], record["seed"], record["seconds"]) == ("by hand", 7, 1.25)
    assert {"python", "echelon", "highspy"} <= record["versions"].keys()
    assert record["inputs"] == {"Period.csv": "ab12"}
    assert record["parameters"] == {"time_limit": 60.0, "rules": {"sped_limit": 12}}
    assert (record["summary"], record["scenario"]) == ({"below_target": 2}, "chico")
    text = json.dumps(record)
    assert not [student for student in STUDENTS if f'"{student}' in text], "no student is named"


def test_numbers_that_are_none_are_null(tmp_path: Path, problem: Problem) -> None:
    folder = RunFolder.create(tmp_path / "run")
    folder.progress({"gap": float("inf"), "bound": float("nan"), "status": Status.FEASIBLE, "path": tmp_path})
    state = json.loads((folder.path / "progress.json").read_text(encoding="utf-8"))
    assert (state["gap"], state["bound"], state["status"]) == (None, None, "FEASIBLE")


@pytest.mark.parametrize("status", [Status.INFEASIBLE, Status.NO_TIMETABLE_FOUND, Status.CANCELLED])
def test_without_a_timetable_there_is_a_result(tmp_path: Path, problem: Problem, status: Status) -> None:
    result = result_of(problem, None, status=status)
    folder = write_run(tmp_path / "run", problem, result, first_line="No timetable", unmet=())
    assert files(folder) == ALWAYS
    record = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert record["status"] == status.value
    assert (record["cost"], record["met"], record["feasible"]) == (None, None, None)
    assert lines(folder / "Constraint_Violations.csv") == ["Rule,Kind,Who,Amount,Cost,Sentence"]
    with pytest.raises(DataError, match=r"Master_Schedule.csv is missing"):
        read_run(folder, problem)


# Never overwritten, never half ------------------------------------------------------------------------


def test_no_run_is_overwritten(written: Path, problem: Problem) -> None:
    before = (written / "result.json").read_bytes()
    for attempt in (
        lambda: write_run(written, problem, result_of(problem, None), first_line="", unmet=()),
        lambda: RunFolder.create(written),
        lambda: RunFolder(written).finish(problem, result_of(problem, None), first_line="", unmet=()),
    ):
        with pytest.raises(RunExistsError, match=r"exists already.*\n  Maybe choose another name") as caught:
            attempt()
        assert isinstance(caught.value, EchelonError)
        assert isinstance(caught.value, FileExistsError)
    assert (written / "result.json").read_bytes() == before


def test_an_empty_folder_may_be_taken_and_only_once(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    RunFolder.create(tmp_path / "run")
    with pytest.raises(RunExistsError):
        RunFolder.create(tmp_path / "run")


def test_a_file_is_no_folder(tmp_path: Path, problem: Problem) -> None:
    (tmp_path / "file").write_text("kept", encoding="utf-8")
    for path in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(RunExistsError):
            RunFolder.create(path)
        with pytest.raises(RunExistsError):
            write_run(path, problem, result_of(problem, None), first_line="", unmet=())
    assert (tmp_path / "file").read_text(encoding="utf-8") == "kept"


def test_a_live_run(tmp_path: Path, problem: Problem) -> None:
    run = RunFolder.create(tmp_path / "run")
    assert json.loads((run.path / "progress.json").read_text(encoding="utf-8")) == {"phase": "created"}
    run.progress({"phase": "solving", "incumbent": 500})
    run.progress({"phase": "solving", "incumbent": 400})
    assert json.loads((run.path / "progress.json").read_text(encoding="utf-8"))["incumbent"] == 400
    assert files(run.path) == {"progress.json"}
    assert not run.finished
    result = result_of(problem, six_students_placed())
    assert run.finish(problem, result, first_line="done", unmet=()) == run.path
    assert run.finished
    assert files(run.path) == WITH_TIMETABLE | {"progress.json"}


def test_a_crash_in_between_leaves_no_result(
    tmp_path: Path, problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunFolder.create(tmp_path / "run")
    wrote: list[str] = []

    def fails(path: Path, columns: object, rows: object) -> None:
        wrote.append(path.name)
        if len(wrote) == 3:
            raise OSError("no space left")

    monkeypatch.setattr(run_folder, "write_table", fails)
    result = result_of(problem, six_students_placed())
    with pytest.raises(OSError, match="no space left"):
        run.finish(problem, result, first_line="", unmet=())
    assert files(run.path) == {"progress.json"}
    wrote.clear()
    with pytest.raises(OSError, match="no space left"):
        write_run(tmp_path / "other", problem, result, first_line="", unmet=())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]


def test_the_result_is_the_last_to_get_its_name(
    tmp_path: Path, problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    original = Path.replace

    def recorded(self: Path, target: str | os.PathLike[str]) -> Path:
        names.append(Path(target).name)
        return original(self, target)

    monkeypatch.setattr(Path, "replace", recorded)
    run = RunFolder.create(tmp_path / "run")
    run.finish(problem, result_of(problem, six_students_placed()), first_line="", unmet=())
    assert names[-1] == "result.json"


@pytest.mark.parametrize(
    "name",
    [
        "../x.csv",
        "/x.csv",
        "result.json",
        "viewer.html",
        "MASTER_SCHEDULE.csv",
        "./Master_Schedule.csv",
        "a\\b.csv",
        "",
    ],
)
def test_further_tables_stay_inside_and_take_nobodys_place(
    tmp_path: Path, problem: Problem, name: str
) -> None:
    result = result_of(problem, six_students_placed())
    with pytest.raises(ValueError, match="is not the name of a further file"):
        write_run(tmp_path / "run", problem, result, first_line="", unmet=(), tables={name: (["A"], [])})
    assert list(tmp_path.iterdir()) == []


def test_an_extra_entry_takes_nobodys_place(tmp_path: Path, problem: Problem) -> None:
    with pytest.raises(ValueError, match="'status' is an entry"):
        write_run(
            tmp_path / "run",
            problem,
            result_of(problem, None),
            first_line="",
            unmet=(),
            extra={"status": "OPTIMAL"},
        )


# Reading back -----------------------------------------------------------------------------------------


def test_write_then_read_is_identity(written: Path, problem: Problem) -> None:
    assert read_run(written, problem) == six_students_placed()


@pytest.mark.parametrize("odd", ["=cmd()", "-1+2", "@x", "'quoted", 'a "b", c; d', "Zoë ﬁ 漢", "+1", "a\nb"])
def test_odd_names_come_back_as_they_were(tmp_path: Path, odd: str) -> None:
    problem = Problem(
        "odd",
        WEEK,
        (Course.of(odd, [Section(odd, (Meeting(odd, WEEK.times),), 3, (odd,))]),),
        (Attendee(odd, "teacher"), Attendee(odd, "student")),
    )
    timetable = Timetable().place(odd, WEEK.time("G1")).enrol(odd, odd)
    folder = write_run(tmp_path / "run", problem, result_of(problem, timetable), first_line="", unmet=())
    assert read_run(folder, problem) == timetable


def test_sections_left_out_are_not_placed(tmp_path: Path, problem: Problem) -> None:
    timetable = unplaced(six_students_placed(), "B-1")
    folder = write_run(tmp_path / "run", problem, result_of(problem, timetable), first_line="", unmet=())
    assert read_run(folder, problem) == timetable
    student = lines(folder / "schedules" / "student_schedule.csv")
    assert student[0].endswith("G2,Not placed")
    assert student[1] == 'ann,Ann,"Art (A-1, pat)",,,,"Biology (B-1, quin)"'


def test_several_meetings_rooms_and_double_periods_come_back(tmp_path: Path) -> None:
    double = replace(WEEK.time("R1"), length=2)
    meetings = (Meeting("X/1", (double,), ("hall",)), Meeting("X/2", WEEK.times, ("hall",)))
    problem = Problem(
        "double",
        WEEK,
        (Course.of("X", [Section("X", meetings, 9, ("pat",))]),),
        (Attendee("pat", "teacher"),),
        (Room("hall", 9),),
    )
    timetable = Timetable().place("X/1", double, "hall").place("X/2", WEEK.time("G1"))
    folder = write_run(tmp_path / "run", problem, result_of(problem, timetable), first_line="", unmet=())
    assert read_run(folder, problem) == timetable
    assert lines(folder / "schedules" / "teacher_schedule.csv")[1] == "pat,,X (X),X (X),X (X),"


def test_what_the_problem_does_not_know_is_left_to_the_violations(tmp_path: Path, problem: Problem) -> None:
    timetable = (
        six_students_placed().enrol("nobody", "A-1").enrol("ann", "ghost").place("ghost", WEEK.time("R1"))
    )
    folder = write_run(tmp_path / "run", problem, result_of(problem, timetable), first_line="", unmet=())
    assert read_run(folder, problem) == six_students_placed()
    assert "ghost is placed but does not exist." in (folder / "Constraint_Violations.csv").read_text("utf-8")


def faults(folder: Path, problem: Problem) -> list[tuple[str | None, int | None, str | None]]:
    with pytest.raises(DataError) as caught:
        read_run(folder, problem)
    return [(issue.path, issue.row, issue.column) for issue in caught.value.issues]


def test_every_fault_is_told_at_once(written: Path, problem: Problem) -> None:
    (written / "Master_Schedule.csv").write_text(
        "Section ID,Period\nA-1,R1\nA-9,R1\nA-2,R9\nA-1,R2\nB-1,\n,R1\nC-1,r1\n", encoding="utf-8"
    )
    (written / "Student_Assignments.csv").write_text(
        "Student ID,Section ID\nann,A-1\nzoe,A-1\nann,Z-9\nann,A-1\n", encoding="utf-8"
    )
    master, students = "Master_Schedule.csv", "Student_Assignments.csv"
    assert sorted(faults(written, problem), key=str) == sorted(
        [
            (master, 3, "Section ID"),
            (master, 4, "Period"),
            (master, 5, "Section ID"),
            (master, 6, "Period"),
            (master, 7, "Section ID"),
            (master, 8, "Period"),
            (students, 3, "Student ID"),
            (students, 4, "Section ID"),
            (students, 5, None),
        ],
        key=str,
    )


def test_faults_offer_a_cure_and_name_no_student(written: Path, problem: Problem) -> None:
    (written / "Master_Schedule.csv").write_text("Section ID,Period\nA-1,r1\n", encoding="utf-8")
    (written / "Student_Assignments.csv").write_text("Student ID,Section ID\nzoe,A-1\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"Maybe 'R1' was meant\?") as caught:
        read_run(written, problem)
    assert "zoe" not in str(caught.value)


def test_missing_files_and_columns(written: Path, problem: Problem, tmp_path: Path) -> None:
    (written / "Master_Schedule.csv").unlink()
    (written / "Student_Assignments.csv").write_text("Student,Sect\nann,A-1\n", encoding="utf-8")
    found = faults(written, problem)
    assert {path for path, _, _ in found} == {"Master_Schedule.csv", "Student_Assignments.csv"}
    with pytest.raises(DataError, match="does not exist"):
        read_run(tmp_path / "nowhere", problem)


def test_rules_are_not_enforced_by_reading(written: Path, problem: Problem) -> None:
    (written / "Master_Schedule.csv").write_text("Section ID,Period\nA-1,R1\nA-2,R1\n", encoding="utf-8")
    assert read_run(written, problem).placements["A-2"].time == WEEK.time("R1")


def test_thousands_of_unknown_names_are_told_in_a_moment(written: Path, problem: Problem) -> None:
    rows = "".join(f"ann,Q-{number}\n" for number in range(3000))
    (written / "Student_Assignments.csv").write_text("Student ID,Section ID\n" + rows, encoding="utf-8")
    assert len(faults(written, problem)) == 3000
