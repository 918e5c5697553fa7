"""The school's dialect: each rule broken on purpose, each column followed to where it goes."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tiny_schools import BACKENDS, usable

from echelon_lib import Problem, Result, load_school, preflight, solve
from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled
from echelon_lib.constraints.load import MaximumLoad
from echelon_lib.constraints.spread import NotConsecutive
from echelon_lib.constraints.times import ForbiddenTimes
from echelon_lib.domain.errors import DataError
from echelon_lib.formats.school_records import (
    COLUMNS,
    COURSES,
    LOCKS,
    PERIODS,
    PREFERENCES,
    SECTIONS,
    STUDENTS,
    TEACHERS,
    UNAVAILABILITY,
)
from echelon_lib.school_rules import Kinds, SchoolRules
from echelon_lib.solvers.result import Status

ROOT = Path(__file__).resolve().parents[1]
Rows = Mapping[str, list[list[str]]]


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Each backend that may be used."""
    return usable(request.param)


def written(folder: Path, files: Mapping[str, list[list[str]]]) -> Path:
    """Write tables, the first row of each being its header."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(rows)
    return folder


def tables(
    sections: str,
    wishes: Mapping[str, str],
    *,
    periods: str = "R1 R2 G1 G2",
    away: Mapping[str, str] | None = None,
    sped: str = "",
    dedicated: Mapping[str, str] | None = None,
    department: Mapping[str, str] | None = None,
) -> dict[str, list[list[str]]]:
    """The files of a school of sections such as ``Art-1:2/T1@R1``: seats, teacher and fixed period."""
    rows, teachers = [], {}
    for word in sections.split():
        id, seats, teacher, period = re.fullmatch(
            r"([^:/@]+)(?::(\d+))?(?:/(\w+))?(?:@(\w+))?", word
        ).groups()  # type: ignore[union-attr]
        teachers.setdefault(teacher, None)
        rows.append([id, id.split("-")[0], teacher or "TBD", seats or "3", "Science", period or ""])
    teachers.pop(None, None)
    files = {
        SECTIONS: [
            ["Section ID", "Course ID", "Teacher Assigned", "# of Seats Available", "Department", "Period"]
        ],
        TEACHERS: [["Teacher ID", "Department", "Dedicated Course", "Current Load", "Science Sections"]],
        STUDENTS: [["Student ID", "SPED"]],
        PREFERENCES: [["Student ID", "Preferred Sections"]],
        UNAVAILABILITY: [["Teacher ID", "Unavailable Periods"]],
        PERIODS: [["period_id", "period_name"]],
    }
    files[SECTIONS] += rows
    files[TEACHERS] += [
        [t, (department or {}).get(t, "Science"), (dedicated or {}).get(t, ""), "", ""] for t in teachers
    ]
    files[STUDENTS] += [[student, "Yes" if student in sped.split() else "No"] for student in wishes]
    files[PREFERENCES] += [[student, wish.replace(" ", ";")] for student, wish in wishes.items()]
    files[UNAVAILABILITY] += [[teacher, names] for teacher, names in (away or {}).items()]
    files[PERIODS] += [[str(n), name] for n, name in enumerate(periods.split(), start=1)]
    return files


# Each rule ----------------------------------------------------------------------------------------------

QUIET = {"section_minimum": 0, "section_target": 0, "sped_target": 100}
"""Limits that no tiny school breaks, so that one rule is looked at."""
THREE = {"ann": "Art", "bob": "Art", "cyd": "Art"}
BOTH = {"ann": "Art Band", "bob": "Art Band", "cyd": "Art Band"}
FULL = "Art-1:3@R1 Art-2:3@R2 Band-1:3@R2"
"""Whoever wants both courses must be in the first section of Art."""


def more(
    files: dict[str, list[list[str]]],
    *,
    column: str = "",
    of: str = "",
    courses: list[list[str]] | None = None,
    locks: str = "",
) -> dict[str, list[list[str]]]:
    """The files with a column of the students (``ann=9 bob=10``), courses described, and locks.

    A lock is ``kind id period teacher section``, with a dash where a cell is blank; commas separate locks.
    """
    if column:
        said = dict(word.split("=") for word in of.split())
        files[STUDENTS][0].append(column)
        for row in files[STUDENTS][1:]:
            row.append(said.get(row[0], ""))
    if courses:
        files[COURSES] = courses
    if locks:
        rows = [[word.replace("-", "", word == "-") for word in lock.split()] for lock in locks.split(",")]
        files[LOCKS] = [["Kind", "ID", "Period", "Teacher ID", "Section ID"], *rows]
    return files


@dataclass(frozen=True)
class Broken:
    """A school in which everything fits only if one rule does not hold.

    ``unmet`` is what the required rule costs in requests, None where it leaves no timetable at all;
    ``amount`` is how far the rule is broken where all requests are met at its price.
    """

    rule: str
    files: dict[str, list[list[str]]]
    unmet: int | None
    amount: int = 1
    term: str = ""
    rules: dict[str, Any] = field(default_factory=dict)


RULES = [
    Broken(
        "teacher_clash",
        tables("Art-1/T1 Band-1/T1", {"ann": "Art", "bob": "Band"}, periods="R1"),
        None,
        1,
        "teacher clash",
    ),
    Broken("student_clash", tables("Art-1 Band-1", BOTH, periods="R1"), 3, 3, "student clash"),
    Broken(
        "teacher_unavailable",
        tables("Art-1/T1 Band-1@R2", BOTH, periods="R1 R2", away={"T1": "R1"}),
        3,
        term="teacher unavailable",
    ),
    Broken("seats", tables("Art-1:1", THREE), 2, 2, "seats"),
    Broken("section_maximum", tables("Art-1:3", THREE), 2, 2, "section maximum", {"section_maximum": 1}),
    Broken(
        "section_minimum", tables("Art-1 Art-2", THREE), None, 1, "section minimum", {"section_minimum": 2}
    ),
    Broken("section_target", tables("Art-1:4", THREE), None, 1, "section target", {"section_target": 100}),
    Broken("size_balance", tables(FULL, BOTH), 1, 1, "size balance"),
    Broken(
        "course_periods",
        tables("Art-1 Band-1@R1", BOTH, periods="R1 R2"),
        3,
        1,
        "course periods",
        {"courses": {"Art": {"periods": ["R1"]}}},
    ),
    Broken("course_seats", tables("Art-1", THREE), 1, 1, "course seats", {"courses": {"Art": {"seats": 2}}}),
    Broken(
        "per_period",
        tables("Art-1 Art-2", THREE, periods="R1"),
        None,
        1,
        "sections per period",
        {"courses": {"Art": {"per_period": 1}}},
    ),
    Broken(
        "dedicated_teacher",
        tables("Art-1/T1 Band-1/T1", BOTH, dedicated={"T1": "Art"}),
        None,
        1,
        "dedicated teacher",
    ),
    Broken(
        "dedicated_teacher",
        tables("Art-1/T1 Art-2/T2", THREE),
        None,
        1,
        "dedicated teacher",
        {"courses": {"Art": {"dedicated_teacher": True}}},
    ),
    Broken("sped_limit", tables("Art-1", THREE, sped="ann bob cyd"), 1, 1, "SPED limit", {"sped_limit": 2}),
    Broken(
        "sped_limit",
        tables("Art-1 Art-2@R1 Band-1@R1", BOTH, sped="ann bob cyd"),
        1,
        1,
        "SPED limit",
        {"courses": {"Art": {"sped_limit": 2}}},
    ),
    Broken(
        "sped_target", tables("Art-1", THREE, sped="ann bob cyd"), 1, 1, "SPED target", {"sped_target": 2}
    ),
    Broken("sped_spread", tables(FULL, BOTH, sped="ann bob cyd"), 1, 1, "SPED spread"),
    Broken(
        "tag_balance",
        more(tables(FULL, BOTH), column="ELL", of="ann=Yes bob=y cyd=1"),
        1,
        1,
        "tag balance",
        {"balance": ["ell"], "sped_limit": "off"},
    ),
    Broken(
        "tag_balance",
        more(tables(FULL, BOTH), column="Gender", of="ann=F bob=F cyd=F"),
        1,
        1,
        "tag balance",
        {"balance": ["Gender"], "sped_limit": "off"},
    ),
    Broken(
        "grade_limits",
        more(
            tables("Art-1", THREE),
            column="grade",
            of="ann=9 bob=9th cyd=10",
            courses=[["Course ID", "Grades"], ["Art", "9;12"]],
        ),
        1,
        1,
        "grade limits",
    ),
    Broken(
        "locks",
        more(tables("Art-1 Band-1@R1", BOTH, periods="R1 R2"), locks="section Art-1 R1 - -"),
        3,
        1,
        "lock",
    ),
    Broken(
        "locks",
        more(tables("Art-1 Band-1@R1", BOTH, periods="R1 R2"), locks="course Art R1 - -"),
        3,
        1,
        "lock",
    ),
    Broken(
        "locks",
        more(tables("Art-1 Band-1@R1", BOTH, periods="R1 R2"), locks="department Science R1 - -"),
        3,
        1,
        "lock",
    ),
    Broken(
        "locks",
        more(tables("Art-1/T1 Band-1@R1", BOTH, periods="R1 R2"), locks="teacher T1 R2 - -"),
        3,
        1,
        "lock",
    ),
    Broken(
        "locks",
        more(tables("Art-1@R1 Art-2@R2 Band-1@R1", BOTH), locks="student ann - - Art-1"),
        1,
        1,
        "lock",
    ),
    Broken(
        "locks",
        more(tables("Art-1@R1 Art-2@R2 Band-1@R1", BOTH), locks="student ann R1 - -"),
        1,
        1,
        "lock",
    ),
    Broken(
        "labs_apart",
        tables("Art-1/T1 Band-1/T1", BOTH, periods="R1 R2"),
        None,
        1,
        "labs not consecutive",
        {"labs": {"departments": ["Science"]}},
    ),
    Broken(
        "workload_balance",
        tables("Art-1/T1 Band-1/T1", BOTH, periods="R1 R2 G1", away={"T1": "G1"}),
        None,
        1,
        "workload balance",
    ),
]


def solved(case: Broken, kind: object, folder: Path, backend: str) -> tuple[Problem, Result]:
    """The school with the rule at some kind, all other rules of the second level being off."""
    others = {rule: "off" for rule in Kinds.model_fields if SchoolRules().enforcement(rule).priced}
    data = {**QUIET, **case.rules, "kinds": {**others, case.rule: kind}, "requests": {"step": 0}}
    problem = load_school(written(folder, case.files), SchoolRules.from_mapping(data))
    return problem, solve(problem, backend, stop=30)


@pytest.mark.parametrize("case", RULES, ids=[f"{number}-{one.rule}" for number, one in enumerate(RULES)])
def test_a_rule_makes_the_difference(case: Broken, tmp_path: Path, backend: str) -> None:
    _, off = solved(case, "off", tmp_path / "off", backend)
    assert off.status is Status.OPTIMAL
    assert off.evaluation is not None
    assert off.evaluation.met == off.evaluation.requests
    assert case.term not in off.evaluation.terms

    _, strict = solved(case, "required", tmp_path / "required", backend)
    if case.unmet is None:
        assert strict.status is Status.INFEASIBLE
        assert strict.notes
    else:
        assert strict.status is Status.OPTIMAL
        assert strict.evaluation is not None
        assert strict.evaluation.requests - strict.evaluation.met == case.unmet

    _, dear = solved(case, {"priced": 7}, tmp_path / "priced", backend)
    assert dear.status is Status.OPTIMAL
    assert dear.evaluation is not None
    assert dear.evaluation.met == dear.evaluation.requests
    term = dear.evaluation.terms[case.term]
    assert (term.level, term.amount, term.cost) == (2, case.amount, 7 * case.amount)
    assert dear.cost == (0, 7 * case.amount)


def test_every_rule_is_broken_here_or_below() -> None:
    below = {"teacher_load", "own_department", "graduation"}
    assert {case.rule for case in RULES} | below == set(Kinds.model_fields)


@pytest.mark.parametrize(
    ("kind", "course", "first_level"),
    [
        ("off", "Band", 60),
        ("required", "Math", 100),
        ({"priced": 39}, "Band", 99),
        ({"priced": 41}, "Math", 100),
    ],
    ids=["off", "required", "cheap", "dear"],
)
def test_what_is_needed_to_graduate_comes_before_what_weighs_more(
    kind: object, course: str, first_level: int, tmp_path: Path, backend: str
) -> None:
    """There is one period: Band stands first on the list, and Math is core."""
    files = tables("Band-1 Math-1", {"ann": "Band Math"}, periods="R1")
    files[COURSES] = [["Course ID", "Core"], ["Math", "Yes"]]
    data = {**QUIET, "kinds": {"graduation": kind}, "requests": {"step": 40, "core_factor": 1}}
    problem = load_school(written(tmp_path / "school", files), SchoolRules.from_mapping(data))
    result = solve(problem, backend, stop=30)
    assert result.status is Status.OPTIMAL
    assert result.best is not None
    assert result.best.enrolments["ann"] == {f"{course}-1"}
    assert result.cost is not None
    assert result.cost[0] == first_level
    if course == "Band" and kind != "off":
        assert result.evaluation is not None
        (told,) = (one for one in result.evaluation.violations() if one.rule == "graduation")
        assert told.sentence == "Student ann needs Math to graduate and does not get it."


@pytest.mark.parametrize(
    ("rule", "rules", "words", "term"),
    [
        ("teacher_load", {"teacher_load": 1}, "T1 has 2 sections, 1 more than 1", "teacher load"),
        ("own_department", {}, "T1 of Arts teaches Art-1 in Science", "own department"),
    ],
)
def test_what_teachers_are_given_is_a_finding_or_a_price(
    rule: str, rules: dict[str, Any], words: str, term: str, tmp_path: Path
) -> None:
    files = tables("Art-1/T1 Band-1/T1", THREE, department={"T1": "Arts"})
    folder = written(tmp_path / "school", files)

    def look(kind: object) -> tuple[str, Result]:
        problem = load_school(folder, SchoolRules.from_mapping({**rules, "kinds": {rule: kind}}))
        said = " ".join(finding.message for finding in preflight(problem))
        return said, solve(problem, "highs", stop=20)

    said, result = look("required")
    assert words in said
    assert result.status is Status.OPTIMAL, "the teachers are given: nobody is infeasible for it"
    said, result = look({"priced": 2})
    assert words not in said
    assert result.evaluation is not None
    assert result.evaluation.terms[term].cost == 2 * (2 if rule == "own_department" else 1)
    said, result = look("off")
    assert words not in said
    assert result.evaluation is not None
    assert term not in result.evaluation.terms


def test_the_two_limits_of_sped_are_two_keys(tmp_path: Path) -> None:
    folder = written(tmp_path / "school", tables("Art-1", THREE, sped="ann"))
    rules = SchoolRules.from_mapping({"sped_limit": 5, "sped_target": 2})
    by_name = {rule.name: rule for rule in load_school(folder, rules).constraints if "SPED" in rule.name}
    limit, target = by_name["SPED limit"], by_name["SPED target"]
    assert isinstance(limit, AtMostEnrolled)
    assert isinstance(target, AtMostEnrolled)
    assert (limit.limits, limit.enforcement.required) == ((5,), True)
    assert (target.limits, target.enforcement.priced) == ((2,), True)


@pytest.mark.parametrize(
    ("everywhere", "in_art", "limits"),
    [(5, 2, (2, 5)), (2, 5, (2, 2)), ("off", 4, (4,)), (5, 0, (0, 5))],
)
def test_the_lower_of_two_sped_limits_holds(
    everywhere: object, in_art: int, limits: tuple[int, ...], tmp_path: Path
) -> None:
    folder = written(tmp_path / "school", tables("Art-1 Band-1", THREE, sped="ann"))
    rules = {"sped_limit": everywhere, "courses": {"Art": {"sped_limit": in_art}}}
    problem = load_school(folder, SchoolRules.from_mapping(rules))
    (limit,) = (c for c in problem.constraints if isinstance(c, AtMostEnrolled) and c.name == "SPED limit")
    assert limit.scope.sections == ("Art-1", "Band-1")[: len(limits)]
    assert limit.limits == limits


@pytest.mark.parametrize("flag", ["Yes", "y", "TRUE", "1"])
def test_a_flag_of_any_spelling_constrains(flag: str, tmp_path: Path) -> None:
    files = tables("Art-1", THREE)
    for row in files[STUDENTS][1:]:
        row[1] = flag
    problem = load_school(written(tmp_path / "school", files), SchoolRules(sped_limit=2))
    result = solve(problem, "highs", stop=20)
    assert result.evaluation is not None
    assert result.evaluation.met == 2


# Names that fit nothing ---------------------------------------------------------------------------------


def test_names_that_nothing_carries_are_noticed(tmp_path: Path) -> None:
    files = tables("Art-1/T1 Band-1", THREE, dedicated={"T1": "Artt"})
    rules = {
        "courses": {"Atr": {"seats": 3}, "Latin": {"periods": ["R1"]}},
        "labs": {"departments": ["Scence"], "courses": ["Bnad"]},
    }
    problem = load_school(written(tmp_path / "school", files), SchoolRules.from_mapping(rules))
    said = {remark.column: remark for remark in problem.remarks}
    assert said["courses.Atr"].cure == "'Art' was meant?"
    assert said["courses.Latin"].cure is None
    assert said["labs.departments"].cure == "'Science' was meant?"
    assert said["labs.courses"].cure == "'Band' was meant?"
    assert said["Dedicated Course"].cure == "'Art' was meant?"
    shown = " ".join(finding.message for finding in preflight(problem))
    for name in ("Atr", "Latin", "Scence", "Bnad", "Artt"):
        assert name in shown


def test_periods_that_do_not_exist_are_refused_all_at_once(tmp_path: Path) -> None:
    folder = written(tmp_path / "school", tables("Art-1", THREE))
    rules = {"courses": {"Art": {"periods": ["R1", "R7", "g1"]}, "Band": {"periods": ["X"]}}}
    with pytest.raises(DataError) as error:
        load_school(folder, SchoolRules.from_mapping(rules))
    assert sorted(str(issue.value) for issue in error.value.issues) == ["R7", "X", "g1"]
    assert all(issue.path == "rules" for issue in error.value.issues)
    assert {issue.value: issue.cure for issue in error.value.issues}["g1"] == "'G1' was meant?"


# Calendar -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("periods", "days"),
    [
        ("R1 R2 G1 G2", {"R": ["R1", "R2"], "G": ["G1", "G2"]}),
        ("G2 R1 G1 R2", {"G": ["G1", "G2"], "R": ["R1", "R2"]}),
        ("P1 P2 P10 P9", {"P": ["P1", "P2", "P9", "P10"]}),
        ("First Second Third", {"Day": ["First", "Second", "Third"]}),
        ("R1 R2 Lunch", {"Day": ["R1", "R2", "Lunch"]}),
    ],
)
def test_names_of_periods_say_the_day(periods: str, days: dict[str, list[str]], tmp_path: Path) -> None:
    problem = load_school(written(tmp_path / "school", tables("Art-1", THREE, periods=periods)))
    calendar = problem.calendar
    assert calendar.days == tuple(days)
    for number, (_, names) in enumerate(days.items()):
        for slot, name in enumerate(names):
            assert (calendar.time(name).start, calendar.days_of(calendar.time(name))) == (slot, (number,))


def test_the_last_period_of_a_day_is_not_before_the_first_of_the_next(tmp_path: Path) -> None:
    calendar = load_school(written(tmp_path / "school", tables("Art-1", THREE))).calendar
    assert calendar.time("R1").precedes(calendar.time("R2"))
    assert not calendar.time("R2").precedes(calendar.time("G1"))


def test_rules_may_say_the_days(tmp_path: Path) -> None:
    folder = written(tmp_path / "school", tables("Art-1", THREE))
    rules = SchoolRules.from_mapping({"calendar": {"days": {"Mon": ["G2", "R1"], "Tue": ["R2", "G1"]}}})
    calendar = load_school(folder, rules).calendar
    assert calendar.days == ("Mon", "Tue")
    assert calendar.time("G2").precedes(calendar.time("R1"))
    for days in ({"Mon": ["R1", "R2", "G1"]}, {"Mon": ["R1", "R2", "G1", "G2", "G2"]}, {"Mon": ["R1"] * 4}):
        wrong = SchoolRules.from_mapping({"calendar": {"days": days}})
        with pytest.raises(DataError, match=r"days and Period\.csv differ"):
            load_school(folder, wrong)


# Files ---------------------------------------------------------------------------------------------------


def test_a_section_without_a_teacher_is_placed_and_noticed(tmp_path: Path, backend: str) -> None:
    problem = load_school(written(tmp_path / "school", tables("Art-1 Art-2/T1", THREE)))
    assert problem.sections["Art-1"].attendees == ()
    assert "Art-1 (Art) has no teacher; it is placed unstaffed" in " ".join(
        finding.message for finding in preflight(problem)
    )
    result = solve(problem, backend, stop=20)
    assert result.best is not None
    assert set(result.best.placements) == {"Art-1", "Art-2"}


def test_a_fixed_period_is_kept(tmp_path: Path, backend: str) -> None:
    problem = load_school(written(tmp_path / "school", tables("Art-1/T1@G2", THREE)))
    result = solve(problem, backend, stop=20)
    assert result.best is not None
    assert problem.calendar.name(result.best.placements["Art-1"].time) == "G2"


def test_a_section_is_kept_to_the_periods_of_its_cell(tmp_path: Path, backend: str) -> None:
    files = tables(
        "Art-1/T1 Band-1@R1 Chess-1@G2", {"ann": "Art Band", "bob": "Art Chess", "cyd": "Art Band"}
    )
    files[SECTIONS][1][-1] = "R1;G2"
    problem = load_school(written(tmp_path / "school", files))
    (meeting,) = problem.sections["Art-1"].meetings
    assert [problem.calendar.name(time) for time in meeting.times] == ["R1", "G2"]
    result = solve(problem, backend, stop=20)
    assert result.best is not None
    assert result.evaluation is not None
    assert problem.calendar.name(result.best.placements["Art-1"].time) == "G2"
    assert result.evaluation.met == 5, "in R2 or G1 all six could be met"


def test_the_current_load_is_never_added(tmp_path: Path) -> None:
    files = tables("Art-1/T1 Band-1/T1", THREE)
    files[TEACHERS][1][3:] = ["6", "2"]
    folder = written(tmp_path / "school", files)
    rules = {"kinds": {"teacher_load": {"priced": 5}}, "labs": {"departments": ["Science"]}}
    problem = load_school(folder, SchoolRules.from_mapping(rules))
    result = solve(problem, "highs", stop=20)
    assert result.evaluation is not None
    assert result.evaluation.terms["teacher load"].amount == 0
    assert [rule.limit for rule in problem.constraints if isinstance(rule, MaximumLoad)] == [6]
    said = [str(remark) for remark in problem.remarks]
    assert any("T1 has 2 sections" in text and "Current Load says 6" in text for text in said)
    assert not any("Science Sections" in text for text in said), "two labs are what the file says"
    required = load_school(folder, SchoolRules(teacher_load=2))
    assert not any("more than 2" in str(remark) for remark in required.remarks)


def test_lists_of_periods_may_have_commas(tmp_path: Path) -> None:
    for number, names in enumerate(("R1;G1", "R1,G1", "R1, G1")):
        folder = written(tmp_path / str(number), tables("Art-1/T1", THREE, away={"T1": names}))
        (rule,) = (c for c in load_school(folder).constraints if isinstance(c, ForbiddenTimes))
        assert len(rule.times) == 2


def test_no_alternate_is_inferred_and_none_is_lost(tmp_path: Path) -> None:
    files = tables("Art-1 Band-1 Chess-1", {"ann": "Art|Band Chess", "bob": "Chess |Band", "cyd": "Latin"})
    problem = load_school(written(tmp_path / "school", files))
    asked = {request.id: request.courses for request in problem.requests}
    assert asked == {"ann#1": ("Art", "Band"), "ann#2": ("Chess",), "bob#1": ("Chess",), "cyd#1": ("Latin",)}
    assert problem.pooled == {"bob": ("Band",)}
    assert problem.course["Latin"].sections == ()


def test_all_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    files = tables("Art-1/T1", THREE)
    files[SECTIONS].append(["Art-2", "Art", "T9", "many", "Science", "X1"])
    files[STUDENTS].append(["dan", "perhaps"])
    files[PERIODS].append(["1", "R1"])
    with pytest.raises(DataError) as error:
        load_school(written(tmp_path / "school", files))
    assert {issue.path for issue in error.value.issues} >= {SECTIONS, STUDENTS}
    assert len(error.value.issues) >= 4


def test_a_school_has_a_name(tmp_path: Path) -> None:
    folder = written(tmp_path / "north", tables("Art-1", THREE))
    assert load_school(folder).name == "north"
    assert load_school(folder, SchoolRules(name="North High")).name == "North High"


# Every column -------------------------------------------------------------------------------------------


def described() -> dict[tuple[str, str], str]:
    """Where each column of a school goes, as ``data/README.md`` says."""
    found: dict[tuple[str, str], str] = {}
    file = ""
    page = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    for line in page.partition("# The data of a university")[0].splitlines():
        if line.startswith("## "):
            file = line[3:].strip()
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| Kind | Period |"):
            file = ""  # a table of what the columns mean together
        if line.startswith("|") and file.endswith(".csv") and cells[0] != "Column" and set(cells[0]) != {"-"}:
            found[file, cells[0]] = cells[-1]
    return found


DESCRIBED = described()


def test_the_page_describes_the_columns_that_are_read() -> None:
    read = {(file, column) for file, (needed, more) in COLUMNS.items() for column in (*needed, *more)}
    further = {(STUDENTS, "Grade"), (STUDENTS, "ELL")}
    assert set(DESCRIBED) - further == read
    assert set(DESCRIBED.values()) == {"evaluator", "preflight", "display"}
    assert {column for column, reaches in DESCRIBED.items() if reaches == "display"} == {(STUDENTS, "ELL")}


def everything() -> dict[str, list[list[str]]]:
    """A school with every file and every column."""
    files = tables(
        "Art-1/T1@R1 Art-2/T1 Band-1/T2",
        {"ann": "Art Band", "bob": "Band|Art"},
        away={"T1": "R1"},
        sped="bob",
    )
    files[SECTIONS][0].append("Lab")
    for row in files[SECTIONS][1:]:
        row.append("")
    files[STUDENTS][0] += ["Grade", "ELL"]
    for row in files[STUDENTS][1:]:
        row += ["9", "No"]
    for row in files[TEACHERS][1:]:
        row[3:] = ["2" if row[0] == "T1" else "1"] * 2
    header = ["Course ID", "Core", "Term", "Length", "Lab", "Min Size", "Grades", "Linked To"]
    files[COURSES] = [header, ["Art", "No", "Year", "1", "Yes", "1", "9-12", ""]]
    files[LOCKS] = [["Kind", "ID", "Period", "Teacher ID", "Section ID"]]
    files[LOCKS] += [
        ["student", "ann", "R2", "", ""],
        ["section", "Art-2", "R2", "T1", ""],
        ["student", "bob", "", "", "Band-1"],
    ]
    files[TEACHERS].append(["ann", "Science", "", "", ""])  # a teacher of the name of a student
    return files


def swapped(column: int) -> Callable[[list[list[str]]], None]:
    """Exchange the cells of two rows."""

    def edit(rows: list[list[str]]) -> None:
        rows[1][column], rows[2][column] = rows[2][column], rows[1][column]

    return edit


def in_row(row: int, column: int, text: str) -> Callable[[list[list[str]]], None]:
    """Write another text into a cell of some row."""

    def edit(rows: list[list[str]]) -> None:
        rows[row][column] = text

    return edit


def renamed(rows: list[list[str]]) -> None:
    """Give the last period, of which nothing else speaks, another name."""
    rows[-1][1] = "G9"


EDITS: dict[tuple[str, str], str | Callable[[list[list[str]]], None]] = {
    (SECTIONS, "Section ID"): "Art-9",
    (SECTIONS, "Course ID"): "Band",
    (SECTIONS, "Teacher Assigned"): "T2",
    (SECTIONS, "# of Seats Available"): "2",
    (SECTIONS, "Department"): "Arts",
    (SECTIONS, "Period"): "G1",
    (SECTIONS, "Lab"): "no",
    (STUDENTS, "Student ID"): swapped(0),
    (STUDENTS, "SPED"): "Yes",
    (STUDENTS, "Grade"): "8",
    (STUDENTS, "ELL"): "Yes",
    (TEACHERS, "Teacher ID"): swapped(0),
    (TEACHERS, "Department"): "Arts",
    (TEACHERS, "Dedicated Course"): "Art",
    (TEACHERS, "Current Load"): "5",
    (TEACHERS, "Science Sections"): "5",
    (PREFERENCES, "Student ID"): swapped(0),
    (PREFERENCES, "Preferred Sections"): "Band",
    (UNAVAILABILITY, "Teacher ID"): "T2",
    (UNAVAILABILITY, "Unavailable Periods"): "G1",
    (PERIODS, "period_id"): "2",
    (PERIODS, "period_name"): renamed,
    (COURSES, "Course ID"): "Band",
    (COURSES, "Core"): "Yes",
    (COURSES, "Term"): "S1",
    (COURSES, "Length"): "2",
    (COURSES, "Lab"): "No",
    (COURSES, "Min Size"): "3",
    (COURSES, "Grades"): "10-12",
    (COURSES, "Linked To"): "Band",
    (LOCKS, "Kind"): "teacher",
    (LOCKS, "ID"): "bob",
    (LOCKS, "Period"): "G1",
    (LOCKS, "Teacher ID"): in_row(2, 3, "T2"),
    (LOCKS, "Section ID"): in_row(3, 4, "Art-2"),
}


def parts(folder: Path, rules: SchoolRules) -> dict[str, object]:
    """What the evaluator looks at, what preflight says and what is carried for display.

    What cannot be read is checked and said, and reaches nothing else.
    """
    try:
        problem = load_school(folder, rules)
    except DataError as error:
        return {"preflight": error.issues, "evaluator": None}
    return {
        "evaluator": (
            problem.calendar,
            problem.courses,
            set(problem.attendees),
            problem.requests,
            problem.constraints,
        ),
        "preflight": [(finding.message, finding.place) for finding in preflight(problem)],
        "display": {student.id: dict(student.details) for student in problem.students},
    }


@pytest.mark.parametrize(("file", "column"), list(DESCRIBED), ids=lambda value: value)
def test_a_column_goes_where_the_page_says(file: str, column: str, tmp_path: Path) -> None:
    files = everything()
    rules = SchoolRules.from_mapping(
        {
            "labs": {"departments": ["Science"]},
            "kinds": {"own_department": {"priced": 1}, "dedicated_teacher": {"priced": 1}},
        }
    )
    before = parts(written(tmp_path / "before", files), rules)
    edit = EDITS[file, column]
    at = files[file][0].index(column)
    if callable(edit):
        edit(files[file])
    else:
        assert files[file][1][at] != edit
        files[file][1][at] = edit
    reaches = DESCRIBED[file, column]
    after = parts(written(tmp_path / "after", files), rules)
    assert before[reaches] != after[reaches]
    if reaches == "evaluator":
        assert after["evaluator"] is not None
    elif after["evaluator"] is not None:
        assert before["evaluator"] == after["evaluator"], "it decides nothing"


def test_a_further_column_is_carried_and_never_a_rule(tmp_path: Path) -> None:
    files = everything()
    files[STUDENTS][0].append("504")
    for row in files[STUDENTS][1:]:
        row.append("a plan")
    problem = load_school(written(tmp_path / "school", files))
    assert problem.student["ann"].details["504"] == "a plan"
    plain = load_school(written(tmp_path / "plain", everything()))
    assert problem.constraints == plain.constraints
    assert problem.requests == plain.requests
    assert not any("a plan" in str(remark) for remark in problem.remarks)


def test_labs_are_what_column_course_or_department_says(tmp_path: Path) -> None:
    files = tables("Art-1/T1 Art-2/T1 Band-1/T1", BOTH)
    folder = written(tmp_path / "school", files)

    def labs(folder: Path, **rules: object) -> set[str]:
        problem = load_school(folder, SchoolRules.from_mapping({"labs": rules}))
        apart = [c for c in problem.constraints if isinstance(c, NotConsecutive)]
        found = {section.id for section in problem.sections.values() if "Lab" in section.tags}
        assert bool(apart) is (len(found) > 1)
        return found

    assert labs(folder) == set()
    assert labs(folder, departments=["Science"]) == {"Art-1", "Art-2", "Band-1"}
    assert labs(folder, courses=["Art"]) == {"Art-1", "Art-2"}
    files[SECTIONS][0].append("Lab")
    for row, lab in zip(files[SECTIONS][1:], ("yes", "no", ""), strict=True):
        row.append(lab)
    files[COURSES] = [["Course ID", "Lab"], ["Band", "No"]]
    assert labs(written(tmp_path / "said", files), departments=["Science"]) == {"Art-1"}


def test_the_smallest_section_may_be_said_by_course(tmp_path: Path) -> None:
    files = tables("Art-1:5 Band-1:20 Chess-1:8", BOTH)
    files[COURSES] = [["Course ID", "Min Size"], ["Art", "7"], ["Band", "4"]]
    problem = load_school(written(tmp_path / "school", files))
    (rule,) = (c for c in problem.constraints if isinstance(c, AtLeastEnrolled) and "minimum" in c.name)
    assert dict(zip(rule.scope.sections, rule.limits, strict=True)) == {"Art-1": 5, "Band-1": 4, "Chess-1": 8}
