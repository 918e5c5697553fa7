"""The independent checker sees each rule that is broken on purpose, and nothing where it is kept or off."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import tomli_w
from independent_checker import RULES, read

from echelon_lib.generate.family import generate_family
from echelon_lib.rule_kinds import Kinds
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario

ROOT = Path(__file__).resolve().parents[1]

FILES = {
    "school/Sections_Information.csv": """Section ID,Course ID,Teacher Assigned,\
# of Seats Available,Department,Period
E1,English 9,T1,3,English,R1;R2
E2,English 9,T1,3,English,
B1,Biology,T2,3,Science,
B2,Biology,T2,3,Science,
M1,Medical,T3,2,Special,
A1,Art,T4,4,Arts,
A2,Art,T5,4,Arts,
C1,Choir,T4,4,Arts,
U1,Study,TBD,0,English,
""",
    "school/Student_Info.csv": """Student ID,SPED,Grade,ELL,House
S1,Yes,9,Y,North
S2,y,09,yes,North
S3,No,9,No,South
S4,No,9th,,South
S5,No,12,No,
""",
    "school/Teacher_Info.csv": """Teacher ID,Department,Dedicated Course,Current Load,Science Sections
T1,English,,2,0
T2,Science,,2,2
T3,Special,Medical,1,0
T4,Arts,,2,0
T5,Arts,,1,0
""",
    "school/Student_Preference_Info.csv": """Student ID,Preferred Sections
S1,English 9;Biology;Art|Choir
S2,English 9;Biology;Choir
S3,English 9;Biology;Art;|Choir
S4,English 9;Art
S5,Medical;Art
""",
    "school/Teacher_unavailability.csv": """Teacher ID,Unavailable Periods
T1,"R3,G3"
T1,R2
""",
    "school/Period.csv": "period_id,period_name\n1,R1\n2,R2\n3,R3\n4,G1\n5,G2\n6,G3\n",
    "school/Course_Information.csv": """Course ID,Core,Min Size,Grades
English 9,Yes,,9
Biology,Yes,,9-10
Medical,No,,11;12
Choir,No,,
""",
    "school/Locks.csv": """Kind,ID,Period,Teacher ID,Section ID
section,E1,R1,,
section,E2,,T1,
course,Medical,R1;G1,,
department,English,R1;R3;G1,,
teacher,T1,R3,,
teacher,T2,,,B1
teacher,T4,,,
student,S4,R1,,
student,S1,,,E1
""",
    "run/Master_Schedule.csv": """Section ID,Period
E1,R1
E2,G1
B1,R2
B2,G2
M1,R1
A1,R3
A2,G2
C1,G3
U1,R3
""",
    "run/Teacher_Schedule.csv": """Teacher ID,Section ID,Period
T1,E1,R1
T1,E2,G1
T2,B1,R2
T2,B2,G2
T3,M1,R1
T4,A1,R3
T5,A2,G2
T4,C1,G3
""",
    "run/Student_Assignments.csv": """Student ID,Section ID
S1,E1
S1,B1
S1,A1
S2,E2
S2,B2
S2,C1
S3,E1
S3,B2
S3,A1
S4,E2
S4,A2
S5,M1
S5,A2
""",
    "run/unmet_requests.csv": "Student ID,Course ID,Reason\n",
}
"""A school of five students, and an answer that meets every request and keeps every rule."""

MASTER, TAUGHT, ENROLLED = (
    f"run/{name}.csv" for name in ("Master_Schedule", "Teacher_Schedule", "Student_Assignments")
)
SECTIONS, LOCKS = "school/Sections_Information.csv", "school/Locks.csv"
AWAY = "school/Teacher_unavailability.csv"
UNMET = "run/unmet_requests.csv"
Change = tuple[str, str, str]


def moved(section: str, old: str, new: str) -> tuple[Change, Change]:
    """Move a section to another period, in both tables of a run."""
    return (MASTER, f"{section},{old}", f"{section},{new}"), (TAUGHT, f"{section},{old}", f"{section},{new}")


def unmet(student: str, course: str) -> Change:
    """Say in the list of unmet requests that a student does not get a course."""
    return UNMET, "Reason\n", f"Reason\n{student},{course},no seat\n"


def missing(student: str, section: str, course: str) -> tuple[Change, Change]:
    """Take a student out of a section, and say so in the list of unmet requests."""
    return (ENROLLED, f"{student},{section}\n", ""), (
        UNMET,
        "Reason\n",
        f"Reason\n{student},{course},no seat\n",
    )


def extra(teacher: str) -> tuple[Change, ...]:
    """Give the section without a teacher to one."""
    return ((TAUGHT, "T4,C1,G3\n", f"T4,C1,G3\n{teacher},U1,R1\n"), (MASTER, "U1,R3", "U1,R1"))


SMALLEST = 'section_minimum = 1\nkinds.section_minimum = "required"'
FILLED = 'section_target = 25\nkinds.section_target = "required"'
SPED_TOGETHER = ((ENROLLED, "S2,B2", "S2,B1"),)
FOURTH = ((ENROLLED, "S4,A2", "S4,A1"),)


@dataclass(frozen=True)
class Case:
    """What is changed in the files so that one rule of the school is broken."""

    rule: str
    changes: Sequence[Change]
    rules: str = ""


CASES = {
    "a section is nowhere": Case("answer", [(MASTER, "A1,R3\n", "")]),
    "a section is twice": Case("answer", [(MASTER, "A1,R3\n", "A1,R3\nA1,R2\n")]),
    "a period that there is not": Case("answer", [(MASTER, "A1,R3", "A1,R9")]),
    "a student is twice in a section": Case("answer", [(ENROLLED, "S1,E1\n", "S1,E1\nS1,E1\n")]),
    "a student whom nobody knows": Case("answer", [(ENROLLED, "S1,E1\n", "S1,E1\nS9,E1\n")]),
    "a section lost its teacher": Case(
        "teachers as given", [(TAUGHT, "T1,E2,G1\n", "")], 'kinds.locks = "off"'
    ),
    "a teacher at another time": Case("teachers as given", [(TAUGHT, "T5,A2,G2", "T5,A2,G3")]),
    "a teacher in two places": Case("teacher_clash", moved("E2", "G1", "R1"), 'kinds.locks = "off"'),
    "a teacher is away": Case("teacher_unavailable", [(AWAY, "T1,R2", "T1,G1")]),
    "too much for a teacher": Case(
        "teacher_load", extra("T5"), 'teacher_load = 1\nkinds.own_department = "off"'
    ),
    "another department": Case("own_department", extra("T5")),
    "a dedicated teacher teaches more": Case(
        "dedicated_teacher",
        [*extra("T3")[:1], (SECTIONS, "TBD,0,English", "TBD,0,Special"), (TAUGHT, "U1,R1", "U1,R3")],
    ),
    "two for a course of one teacher": Case(
        "dedicated_teacher",
        [(SECTIONS, "B2,Biology,T2", "B2,Biology,T6"), (TAUGHT, "T2,B2", "T6,B2"),
         ("school/Teacher_Info.csv", "T1,", "T6,Science,,1,1\nT1,")],
        "[courses.Biology]\ndedicated_teacher = true",
    ),
    "the one teacher of a course teaches more": Case(
        "dedicated_teacher",
        [(TAUGHT, "T4,C1,G3\n", "T4,C1,G3\nT1,U1,R3\n"), (AWAY, '"R3,G3"', "G3"),
         (LOCKS, "T1,R3", "T1,G3")],
        '[courses."English 9"]\ndedicated_teacher = true',
    ),
    "labs in a row": Case(
        "labs_apart", moved("B1", "R2", "G1"), 'kinds.labs_apart = "required"\nlabs.departments = ["Science"]'
    ),
    "labs of a course in a row": Case(
        "labs_apart", moved("B1", "R2", "G1"), 'kinds.labs_apart = "required"\nlabs.courses = ["Biology"]'
    ),
    "all on one day": Case(
        "workload_balance", moved("C1", "G3", "R2"), 'kinds.workload_balance = "required"'
    ),
    "a section that is fixed elsewhere": Case("fixed period", [(SECTIONS, "R1;R2", "R2;R3")]),
    "a course outside its periods": Case(
        "course_periods", moved("M1", "R1", "G1"), '[courses.Medical]\nperiods = ["R1", "R2"]'
    ),
    "a course too often at once": Case(
        "per_period", moved("A2", "G2", "R3"), "[courses.Art]\nper_period = 1"
    ),
    "more than the seats": Case("seats", [(SECTIONS, "A1,Art,T4,4", "A1,Art,T4,1")]),
    "more than the seats of a course": Case("course_seats", FOURTH, "[courses.Art]\nseats = 2"),
    "more than the largest section": Case("section_maximum", FOURTH, "section_maximum = 2"),
    "fewer than the smallest section": Case(
        "section_minimum", missing("S2", "C1", "Choir"), SMALLEST
    ),
    "fewer than the smallest section of a course": Case(
        "section_minimum", [("school/Course_Information.csv", "Choir,No,,", "Choir,No,2,")],
        SMALLEST,
    ),
    "emptier than is wanted": Case(
        "section_target", missing("S2", "C1", "Choir"), FILLED
    ),
    "one section fuller than another": Case("size_balance", FOURTH, 'kinds.size_balance = "required"'),
    "too many of special education": Case("sped_limit", SPED_TOGETHER, "sped_limit = 1"),
    "too many of them in a course": Case("sped_limit", SPED_TOGETHER, "[courses.Biology]\nsped_limit = 1"),
    "more of them than is wanted": Case(
        "sped_target", SPED_TOGETHER, 'sped_target = 1\nkinds.sped_target = "required"'
    ),
    "all of them in one section": Case("sped_spread", SPED_TOGETHER, 'kinds.sped_spread = "required"'),
    "all learners of English in one section": Case(
        "tag_balance", SPED_TOGETHER, 'balance = ["ELL"]\nkinds.tag_balance = "required"'
    ),
    "all of a house in one section": Case(
        "tag_balance", SPED_TOGETHER, 'balance = ["House"]\nkinds.tag_balance = "required"'
    ),
    "a student in two places": Case("student_clash", moved("C1", "G3", "G1")),
    "what nobody asked for": Case("requests", [(ENROLLED, "S4,A2\n", "S4,A2\nS4,C1\n")]),
    "a course twice": Case("requests", [(ENROLLED, "S1,B1\n", "S1,B1\nS1,B2\n")]),
    "a course and its alternate": Case("requests", [(ENROLLED, "S1,A1\n", "S1,A1\nS1,C1\n")]),
    "a course and the alternate for any": Case("requests", [(ENROLLED, "S3,A1\n", "S3,A1\nS3,C1\n")]),
    "the alternate for any in place of a core course": Case(
        "requests", [(ENROLLED, "S3,B2\n", "S3,C1\n"), unmet("S3", "Biology")]
    ),
    "no core course": Case("graduation", missing("S2", "B2", "Biology"), 'kinds.graduation = "required"'),
    "another grade": Case("grade_limits", [("school/Student_Info.csv", "S5,No,12", "S5,No,Grade 10")]),
    "another grade in a range": Case("grade_limits", [("school/Course_Information.csv", "9-10", "10-11")]),
    "a list that hides an unmet request": Case("unmet requests", [(ENROLLED, "S4,A2\n", "")]),
    "a list of what was met": Case("unmet requests", [unmet("S1", "Art")]),
    "a section locked elsewhere": Case("locks", [(LOCKS, "E1,R1", "E1,R2")]),
    "a section locked to another teacher": Case("locks", [(LOCKS, "E2,,T1", "E2,,T2")]),
    "a course locked elsewhere": Case("locks", [(LOCKS, "R1;G1", "R2;G1")]),
    "a department locked elsewhere": Case("locks", [(LOCKS, "R1;R3;G1", "R3;G1")]),
    "a teacher locked to be free": Case("locks", [(LOCKS, "T1,R3", "T1,R1")]),
    "a teacher locked to a section": Case("locks", [(LOCKS, "T2,,,B1", "T2,,,A1")]),
    "a student locked to be free": Case("locks", [(LOCKS, "S4,R1", "S4,G1")]),
    "a student locked into a section": Case("locks", [(LOCKS, "S1,,,E1", "S1,,,E2")]),
}  # fmt: skip


def found(case: Case, folder: Path, changes: Sequence[Change], more: str = "") -> set[str]:
    """Write the files, changed, with the rules of a case; return the rules that are broken."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for where, old, new in changes:
        text = (folder / where).read_text(encoding="utf-8")
        assert old in text, (where, old)
        (folder / where).write_text(text.replace(old, new, 1), encoding="utf-8")
    said = tomllib.loads(case.rules)
    if more:
        said.setdefault("kinds", {})[more] = "off"
    (folder / "rules.toml").write_text(tomli_w.dumps(said), encoding="utf-8")
    broken, _ = read(folder / "school", folder / "run", folder / "rules.toml")
    return {rule for rule, _ in broken}


@pytest.mark.parametrize("name", CASES)
def test_what_is_broken_on_purpose_is_seen(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    assert found(case, tmp_path / "kept", ()) == set()
    assert found(case, tmp_path / "broken", case.changes) == {case.rule}
    if case.rule in Kinds.model_fields:
        assert found(case, tmp_path / "off", case.changes, case.rule) == set()


def test_a_teacher_locked_to_all_sections_keeps_them(tmp_path: Path) -> None:
    case = Case("locks", [(TAUGHT, "T4,C1,G3", "T5,C1,G3")])
    assert found(case, tmp_path, case.changes) == {"locks", "teachers as given"}


def test_each_rule_is_broken_by_some_case() -> None:
    assert {case.rule for case in CASES.values()} == {"answer", *RULES}
    assert set(Kinds.model_fields) <= set(RULES)


def test_a_rule_of_one_course_may_be_priced_for_it_alone(tmp_path: Path) -> None:
    rules = "[courses.Art]\nseats = 2\nkinds = { seats = { priced = 5 } }"
    assert found(Case("course_seats", FOURTH, rules), tmp_path, FOURTH) == set()


def test_alternates_fill_requests_and_do_not_meet_them(tmp_path: Path) -> None:
    chosen = [(ENROLLED, f"{student},A1\n", f"{student},C1\n") for student in ("S1", "S3")]
    case = Case("requests", [*chosen, unmet("S1", "Art"), unmet("S3", "Art")])
    assert found(case, tmp_path, case.changes) == set()
    _, figures = read(tmp_path / "school", tmp_path / "run")
    assert figures == {"requests": 13, "met": 11, "filled": 13, "core": 7, "core_filled": 7}


def test_the_locks_that_a_run_was_given_count(tmp_path: Path) -> None:
    case = Case("locks", ())
    found(case, tmp_path, ())
    (tmp_path / "run" / "Locks.csv").write_text(
        "Kind,ID,Period,Teacher ID,Section ID\nsection,A2,R1,,\n", encoding="utf-8"
    )
    broken, _ = read(tmp_path / "school", tmp_path / "run", tmp_path / "rules.toml")
    assert broken == [("locks", "A2 is locked to R1")]


def test_runs_of_a_benchmark_can_be_checked(tmp_path: Path) -> None:
    generate_family("realistic", students=60).write(tmp_path / "school")
    scenario = Scenario(folder=tmp_path / "school", rules=tmp_path / "school" / "rules.toml", kind="greedy")
    run(scenario, tmp_path / "run")
    command = [sys.executable, str(ROOT / "benchmarks" / "check_run.py"), str(tmp_path / "run")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken; requests " in done.stdout
    master = tmp_path / "run" / "Master_Schedule.csv"
    text = master.read_text(encoding="utf-8")
    master.write_text(re.sub("^(S[0-9]+),.*$", r"\1,nowhere", text, count=1, flags=re.M), encoding="utf-8")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "'nowhere', which is no period" in done.stdout
